"""What a file's rows became: facts of one kind, and what the clerk must know of how they were read."""

from dataclasses import dataclass

import pandas as pd

from fcins.headings import heading_key
from fcins.notices import Notice


@dataclass(frozen=True)
class Typed:
    """`kind`: of store.schema.FACT_TABLES; `facts`: the columns of its table but `batch`; `notices`: of its sheets.

    `read`: headings of columns that are no field of ours and were read all the same: states, ticks. `empty_of`: of a
    roster on which nobody stands, the categories that its sheets name.
    """

    kind: str
    facts: pd.DataFrame
    notices: tuple[Notice, ...] = ()
    read: frozenset[str] = frozenset()
    empty_of: tuple[str, ...] = ()

    def accounts_for(self, notice: Notice) -> bool:
        """Whether a column that a notice calls unused was read after all, or is told of with its consequence."""
        known = self.read.union(*(each.headings for each in self.notices))
        keys = {heading_key(heading) for heading in known}
        return notice.code == "N101" and {heading_key(heading) for heading in notice.headings} <= keys
