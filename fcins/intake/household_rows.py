"""The households' rows → facts: who is registered where, or what has changed about whom."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from fcins import identity, values
from fcins.errors import InputError
from fcins.headings import DEAD, LISTED, MOVED, REGISTERED, UNKNOWN, load_headings
from fcins.intake.leavers import Departures, departures, says
from fcins.intake.persons import Flaws, by_slot, numbered, persons, stated_town, towns
from fcins.intake.typed import Typed
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet


def household_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> Typed:
    """The registry's rows, of kind "households", or "changes" where a 变动类型 column stands or all are dead or gone.

    Raises InputError for a list of who leaves that is none of the registry's (`leavers`), and for one beside residents.
    """
    headings = load_headings()
    gone = [departures(sheet) for sheet in sheets]
    of_change = ["change" in sheet.names or bool(left) for sheet, left in zip(sheets, gone, strict=True)]
    kind = "changes" if any(of_change) else "households"
    if any(gone) and not all(of_change):
        raise _beside_residents(sheets, gone)

    def facts(sheet: RawSheet, left: Departures | None) -> pd.DataFrame:
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
        if kind == "households":
            _note_departures(sheet, rows, flaws)
        rows["change"] = (left.changes if left else headings.value("change", sheet.column("change"))).array.take(at)
        rows["change_date"] = values.dates(left.days if left else sheet.column("change_date"))[at]
        if kind == "changes":
            flaws.add("E303", rows["change"].isin(["", "?"]).to_numpy())
            flaws.add("E307", rows["change_date"].isin(["", "?"]).to_numpy())
        return flaws.written()

    frames = [facts(sheet, left) for sheet, left in zip(sheets, gone, strict=True)]
    notices = [_gone_notice(sheet, rows) for sheet, left, rows in zip(sheets, gone, frames, strict=True) if left]
    return Typed(kind, numbered(frames), tuple(notices))


def _note_departures(sheet: RawSheet, rows: pd.DataFrame, flaws: Flaws) -> None:
    """A resident whose row has a 死亡时间 or 迁出时间 is dead or gone; W208 where the 户籍状态 says otherwise."""
    at = rows["at"].to_numpy()
    for field, status in (("moved_out_on", MOVED), ("died_on", DEAD)):
        if field in sheet.names:
            filled = says(sheet.stated(field))[at]
            stated = sheet.stated("hukou_status").to_numpy(dtype=object)[at]
            flaws.add("W208", filled & (stated != "") & (rows["hukou_status"] == LISTED).to_numpy())
            rows["hukou_status"] = np.where(filled & (stated == ""), status, rows["hukou_status"])


def _beside_residents(sheets: Sequence[RawSheet], gone: Sequence[Departures | None]) -> InputError:
    names = "、".join(f"“{sheet.sheet}”" for sheet, left in zip(sheets, gone, strict=True) if left)
    return InputError(
        f"{sheets[0].file}：工作表{names}是死亡、迁出人员的名单，其余的是户籍人口，不能一起导入",
        "请分成两个文件：先导入户籍人口，再导入死亡、迁出人员的名单",
    )


def _gone_notice(sheet: RawSheet, rows: pd.DataFrame) -> Notice:
    """N303: the list was read as changes."""
    changes = [change for change in rows["change"].unique() if change]
    undated = int(rows["change_date"].isin(["", "?"]).sum())
    parts = [f"{len(rows) - undated}人从各行的时间起不再在册"] if len(rows) > undated else []
    parts += [f"{undated}行没有可用的时间，退回，户籍没有改动"] if undated else []
    text = f"按户籍变动读（{'、'.join(changes)}），没有当作在册人口导入：{'；'.join(parts)}"
    return Notice("N303", text, sheet.sheet, loses=bool(undated))


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
