"""参保登记 → facts: which tier of pension each person chose, and when."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from fcins.intake.amounts import amounts
from fcins.intake.persons import Flaws, dated, numbered, persons, placed
from fcins.intake.states import read_states
from fcins.intake.typed import Typed
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet


def enrolment_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> Typed:
    """参保登记 → facts: tier_fen (UNUSABLE_FEN where unreadable) and enrolled_on."""
    notices: list[Notice] = []
    read: set[str] = set()

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = persons(sheet, "name", "citizen_id", today)
        flaws = Flaws(rows)
        at = rows["at"].to_numpy()
        placed(sheet, rows, policy)
        tier = amounts(sheet, "tier")
        notices.extend(tier.notices)
        rows["tier_fen"] = tier.fen[at]
        dated(sheet, rows, flaws, "enrolled_on")
        stated = read_states(sheet, "enrolment", policy)
        stated.note(flaws, at)
        notices.extend(stated.notices)
        read.update(stated.headings)
        return flaws.written()

    return Typed("enrolment", numbered([facts(sheet) for sheet in sheets]), tuple(notices), frozenset(read))
