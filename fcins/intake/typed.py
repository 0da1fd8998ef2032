"""What a file's rows became: facts of one kind, and what the clerk must know of how they were read."""

from dataclasses import dataclass

import pandas as pd

from fcins.notices import Notice


@dataclass(frozen=True)
class Typed:
    """`kind`: of store.schema.FACT_TABLES; `facts`: the columns of its table but `batch`; `notices`: of its sheets."""

    kind: str
    facts: pd.DataFrame
    notices: tuple[Notice, ...] = ()
