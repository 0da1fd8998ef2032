"""The households' rows → facts: who is registered where, or what has changed about whom."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fcins import identity, values
from fcins.characters import unified
from fcins.errors import InputError
from fcins.figures import UNKNOWN_VILLAGE
from fcins.headings import DEAD, HEAD, LISTED, MOVED, REGISTERED, UNKNOWN, load_headings
from fcins.intake.households_in_rows import heads_apart, with_heads
from fcins.intake.leavers import Departures, departures, says
from fcins.intake.persons import Flaws, by_slot, numbered, persons
from fcins.intake.places import StatedVillage, places, stated_town, stated_village
from fcins.intake.states import read_states
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
    notices: list[Notice] = []
    read: set[str] = set()

    def facts(sheet: RawSheet, left: Departures | None) -> pd.DataFrame:
        rows = persons(sheet, "name", "citizen_id", today)
        if kind == "households":  # a change of a member is none of the head
            rows = with_heads(rows, heads_apart(sheet, rows, today))
        apart = (rows["slot"] >= sheet.slots).to_numpy()
        flaws = Flaws(rows)
        at = rows["at"].to_numpy()
        place = _place_of_change(sheet) if kind == "changes" else sheet.column
        town, village = places(place, policy)
        rows["town"] = town.where(town != "", stated_town(sheet, policy)).array.take(at)
        rows["village"] = village.array.take(at)
        for field in ("group", "household_no", "household_head", "address", "phone"):
            rows[field] = place(field).array.take(at)
        rows["group"] = _groups(rows, place("hamlet").array.take(at) if "village" in sheet.names else "")
        rows["relation"] = _relations(pd.Series(by_slot(sheet, "relation", rows), dtype="str"))
        rows.loc[apart, "relation"] = HEAD
        rows["household_head"] = identity.normalise_names(rows["household_head"])
        if kind == "households":
            notices.extend(_villages_from_around(sheet, rows, policy))
            notices.extend(_households_by_relation(sheet, rows))
        for field, usual in (("hukou_status", LISTED), ("residency", REGISTERED)):
            stated = headings.understood(field, sheet.column(field)).to_numpy(dtype=object)[at]
            stated = np.where(apart & (field == "hukou_status"), "", stated)  # the member's
            flaws.add("E303", stated == "?")  # never guessed to be the usual
            rows[field] = np.where(stated == "", usual, stated)
        if kind == "households":
            _note_departures(sheet, rows, flaws)
        rows["change"] = (left.changes if left else headings.value("change", sheet.column("change"))).array.take(at)
        rows["change_date"] = values.dates(left.days if left else sheet.column("change_date"))[at]
        if kind == "changes":
            flaws.add("E303", rows["change"].isin(["", "?"]).to_numpy())
            flaws.add("E307", rows["change_date"].isin(["", "?"]).to_numpy())
        states = read_states(sheet, kind, policy)
        states.note(flaws, at, ~apart)
        notices.extend(states.notices)
        read.update(states.headings)
        return flaws.written()

    frames = [facts(sheet, left) for sheet, left in zip(sheets, gone, strict=True)]
    notices += [_gone_notice(sheet, rows) for sheet, left, rows in zip(sheets, gone, frames, strict=True) if left]
    return Typed(kind, numbered(frames), tuple(notices), frozenset(read))


def _note_departures(sheet: RawSheet, rows: pd.DataFrame, flaws: Flaws) -> None:
    """A resident whose row has a 死亡时间 or 迁出时间 is dead or gone; W208 where the 户籍状态 says otherwise."""
    at = rows["at"].to_numpy()
    for field, status in (("moved_out_on", MOVED), ("died_on", DEAD)):
        if field in sheet.names:
            filled = says(sheet.stated(field))[at] & (rows["slot"] < sheet.slots).to_numpy()
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


def _villages_from_around(sheet: RawSheet, rows: pd.DataFrame, policy: Policy) -> list[Notice]:
    """Give people the village that stands around the table, where no column has any; say so where it may be another."""
    found, notices = StatedVillage(""), []
    if len(rows) and not (rows["village"] != "").any():
        found = stated_village(sheet, policy)
        rows["village"] = found.name
        if found.doubtful:
            text = f"没有“村居”一栏：{len(rows)}人的村（居）按{found.doubtful}取为“{found.name}”，请核对"
            notices.append(Notice("N303", text, sheet.sheet))
    nowhere = rows.loc[(rows["village"] == "").to_numpy(), "row"].tolist()
    if nowhere:
        text = f"{len(nowhere)}人没有村（居），登记在“{UNKNOWN_VILLAGE}”；请补“村居”一栏，或把村名写作工作表名"
        notices.append(Notice("N303", text, sheet.sheet, tuple(nowhere)))
    return notices


def _households_by_relation(sheet: RawSheet, rows: pd.DataFrame) -> list[Notice]:
    """Give people their head's name where a list says who heads a household and who follows, but has neither 户号 nor
    户主姓名: from one head to the next, within the village."""
    if (rows["household_no"] != "").any() or (rows["household_head"] != "").any():
        return []
    leads = (load_headings().value("head_relation", rows["relation"]) == HEAD).to_numpy()
    if not leads.any():
        return []
    head_at = np.maximum.accumulate(np.where(leads, np.arange(len(rows)), -1))
    place, _ = pd.factorize(rows["town"] + "\x1f" + rows["village"])
    follows = (head_at >= 0) & (rows["relation"] != "").to_numpy()
    follows &= place[np.maximum(head_at, 0)] == place
    rows["household_head"] = rows["name"].take(np.maximum(head_at, 0)).set_axis(rows.index).where(follows, "")
    text = (
        f"没有户号和户主姓名：按“与户主关系”和先后次序分户，从一个户主到下一个户主以前为一户，共{leads.sum()}户，请核对"
    )
    return [Notice("N303", text, sheet.sheet)]


def _relations(column: pd.Series) -> pd.Series:
    """与户主关系 in words where a whole column has codes of GB/T 4761; a number cell has lost the zero of 02.

    Codes of one digit alone are of another list, in which 2 may be a child.
    """
    distinct = {text: text.strip().removesuffix(".0") for text in column.unique() if text.strip()}
    codes = set(distinct.values())
    if (
        not codes
        or not all(re.fullmatch("[0-9]{1,2}", code) for code in codes)
        or not any(len(code) == 2 for code in codes)
    ):
        return column
    words = {code: word for word, known in load_headings().values["relation_code"].items() for code in known}
    return column.map({text: words.get(code.zfill(2), text) for text, code in distinct.items()} | {"": ""}).astype(
        "str"
    )


def _groups(rows: pd.DataFrame, hamlet: Any) -> pd.Series:
    """The group of each row, else the 自然村 below its village, else that of 东坊村一组."""
    group = rows["group"].where(rows["group"] != "", hamlet)
    below, ends = re.compile(load_headings().words["below_village"][0]), load_headings().words["group_endings"]

    def of_village(village: str) -> str:
        found = below.search(unified(village))
        return found[0] if found and found[0].endswith(ends) else ""

    silent = (group == "").to_numpy()
    if silent.any():
        group = group.where(~silent, values.each_distinct(rows["village"], of_village))
    return group.astype("str")


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
