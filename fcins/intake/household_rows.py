"""The households' rows → facts: who is registered where, or what has changed about whom."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from fcins import identity, values
from fcins.headings import LISTED, REGISTERED, UNKNOWN, load_headings
from fcins.intake.persons import Flaws, by_slot, numbered, persons, stated_town, towns
from fcins.intake.typed import Typed
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet


def household_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> Typed:
    """The registry's rows, of kind "households", or "changes" where a 变动类型 column stands."""
    headings = load_headings()
    kind = "changes" if any("change" in sheet.names for sheet in sheets) else "households"

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = persons(sheet, "name", "citizen_id", today)
        flaws = Flaws(rows)
        at = rows["at"].to_numpy()
        place = _place_of_change(sheet) if kind == "changes" else sheet.column
        town = towns(place("town"), policy)
        rows["town"] = town.where(town != "", stated_town(sheet, policy)).array.take(at)
        rows["village"] = place("village").array.take(at)
        for field in ("group", "household_no", "household_head", "address", "phone"):
            rows[field] = place(field).array.take(at)
        rows["relation"] = by_slot(sheet, "relation", rows)
        rows["household_head"] = identity.normalise_names(rows["household_head"])
        for field, usual in (("hukou_status", LISTED), ("residency", REGISTERED)):
            stated = headings.understood(field, sheet.column(field)).to_numpy(dtype=object)[at]
            flaws.add("E303", stated == "?")  # never guessed to be the usual
            rows[field] = np.where(stated == "", usual, stated)
        rows["change"] = headings.value("change", sheet.column("change")).array.take(at)
        rows["change_date"] = values.dates(sheet.column("change_date"))[at]
        if kind == "changes":
            flaws.add("E303", rows["change"].isin(["", "?"]).to_numpy())
            flaws.add("E307", rows["change_date"].isin(["", "?"]).to_numpy())
        return flaws.written()

    return Typed(kind, numbered([facts(sheet) for sheet in sheets]))


def _place_of_change(sheet: RawSheet) -> Callable[[str], pd.Series]:
    """A field of each row of changes, as the row states it: it says where one person is, and what it leaves open is not
    taken from the row above. Only a family that came or left together shares the cells of its first row (merged): a
    member other than the head, with the same change and day, who names no village and household of their own."""
    stated = sheet.stated
    member = load_headings().value("head_relation", stated("relation")) == UNKNOWN
    together = pd.concat([stated("change"), stated("change_date")], axis=1)
    silent = [stated(field) == "" for field in ("village", "household_no", "household_head")]
    follows = member & np.logical_and.reduce(silent) & (together == together.shift()).all(axis=1)

    def place(field: str) -> pd.Series:
        own = stated(field)
        return own.mask(follows & (own == "")).ffill().fillna("")

    return place
