"""What the tax office received → facts: who paid how much for what, when, and by which receipt."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import values
from fcins.findings import MONEY_WENT_BACK
from fcins.headings import BY_DEPARTMENT, load_headings
from fcins.intake import receipts
from fcins.intake.amounts import amounts
from fcins.intake.persons import Flaws, dated, numbered, persons, placed
from fcins.intake.states import read_states
from fcins.intake.typed import Typed
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet


def payment_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> Typed:
    """What the tax office received → facts: amount_fen, scheme (medical, pension), dates, fee_year.

    `today`: the day of import, clock.UNKNOWN where it cannot be. Money does not come from the future.
    """
    headings = load_headings()
    latest = receipts.last_day(today)
    notices: list[Notice] = []
    read: set[str] = set()

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = persons(sheet, "name", "citizen_id", today)
        flaws = Flaws(rows)
        at = rows["at"].to_numpy()
        placed(sheet, rows, policy)
        scheme = headings.value("scheme", sheet.column("scheme")).to_numpy()[at]
        flaws.add("E303", np.isin(scheme, ["", "?"]))
        rows["scheme"] = scheme
        paid = amounts(sheet, "paid_amount")
        notices.extend(paid.notices)
        amount = paid.fen[at]
        flaws.add("E306", amount == values.UNUSABLE_FEN)
        rows["amount_fen"] = amount
        dated(sheet, rows, flaws, "paid_on", needed=True, latest=latest)
        dated(sheet, rows, flaws, "collected_on", latest=latest)
        for field in ("channel", "receipt_no", "agent"):
            rows[field] = sheet.column(field).array.take(at)
        # 居民医疗保险费（财政补助）: the scheme says that a department paid.
        by_whom = values.each_distinct(sheet.column("scheme"), lambda text: headings.contained("channel_parts", text))
        rows["channel"] = rows["channel"].mask(by_whom[at] == BY_DEPARTMENT, BY_DEPARTMENT)
        rows["receipt_no"] = receipts.legible(rows["receipt_no"], sheet.numeric_column("receipt_no")[at])
        year, unusable = _fee_years(sheet, policy)
        flaws.add("E307", unusable[at])
        rows["fee_year"] = year[at]
        stated = read_states(sheet, "payments", policy)
        # A refund says 退费 too: it takes money back, it is not taken back.
        returned = stated.back[at] & ((amount >= 0) | (amount == values.UNUSABLE_FEN))
        flaws.add("E308", stated.ended[at] | returned)
        flaws.add(MONEY_WENT_BACK, returned)
        flaws.add("W208", stated.remarked[at])
        notices.extend(stated.notices)
        read.update(stated.headings)
        return flaws.written()

    return Typed("payments", numbered([facts(sheet) for sheet in sheets]), tuple(notices), frozenset(read))


def _fee_years(sheet: RawSheet, policy: Policy) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The year that each row's fee belongs to, the policy's where none is stated; and where it is unusable (E307).

    费款所属期起 and 止 must lie in one year, and in that of 所属年度. A fee over several years goes back; until it is
    settled its money is kept apart, in the first of them.
    """
    stated = np.stack([values.years(sheet.column(field)) for field in ("fee_year", "period_from", "period_to")])
    latest = stated.max(axis=0)
    earliest = np.where(stated == 0, latest, stated).min(axis=0)
    return np.where(earliest > 0, earliest, policy.fee_year), (earliest != latest) | (earliest < 0)
