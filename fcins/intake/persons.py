"""Raw rows → persons: who stands on each row, and what every kind of file says of them: place, day, number.

Pure: what a row says by itself, with the codes it earns by itself (`flaws`).
"""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity, values
from fcins.headings import UNKNOWN, load_headings
from fcins.intake import receipts
from fcins.intake.places import places
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

TO_THE_DAY = ("paid_on", "collected_on")
"""Money is judged by the day: a month alone would make somebody early, or an agent late."""

CERTIFICATE = r"^\d{17}[\dX][1-9][1-4]"
"""A 残疾人证号: the ID, the kind, and in the 20th place the level."""


Flags = npt.NDArray[np.bool_]


def persons(
    sheet: RawSheet,
    name_field: str,
    id_field: str,
    today: date,
    certified: Flags | None = None,
    every_row: bool = False,
) -> pd.DataFrame:
    """The persons on a sheet, one row each: `at` (row of the sheet), slot, row, name, ID columns and flags.

    `certified` marks rows where a 残疾人证号 of 20 or more characters stands for the ID and the level; a slot with
    neither name nor ID is nobody, unless `every_row`.
    """
    frames = []
    for slot in range(sheet.slots if not every_row else 1):
        stated_name = sheet.column(name_field, slot)
        name = identity.normalise_names(stated_name)
        remarks = identity.bracketed(stated_name.where(stated_name.array != name.array, ""))
        id_text = identity.normalise_ids(sheet.column(id_field, slot))
        by_number = sheet.numeric_column(id_field, slot)
        level = np.zeros(len(name), np.int64)
        owner = pd.Series("", index=name.index, dtype="str")
        if certified is not None:
            certificate = identity.normalise_ids(sheet.column("disability_cert", slot))
            longer = certified & id_text.str.match(CERTIFICATE).to_numpy()
            blank = ((id_text == "") & (certificate != "")).to_numpy()
            by_number = np.where(blank, sheet.numeric_column("disability_cert", slot), by_number)
            certificate = certificate.where(~longer, id_text)
            right = certificate.str.match(CERTIFICATE).to_numpy()
            level[right] = certificate[right].str.slice(19, 20).astype("int64")
            owner = certificate.str.slice(0, 18).where(right, "")
            id_text = id_text.where(~blank, certificate)
            id_text = id_text.where(~((longer | blank) & right), certificate.str.slice(0, 18))
        here = np.ones(len(name), np.bool_) if every_row else ((name != "") | (id_text != "") | by_number).to_numpy()
        at = np.flatnonzero(here)
        frame = pd.DataFrame(
            {
                "at": at,
                "slot": slot,
                "row": sheet.row_numbers[at],
                "name": name.array.take(at),
                "name_remark": remarks.array.take(at),
                "id_text": id_text.array.take(at),
                "by_number": by_number[at],
                "certificate_level": level[at],
                "certificate_id": owner.array.take(at),
                "sex_text": sheet.column("sex", slot).array.take(at),
                "birth_text": sheet.column("birth_date", slot).array.take(at),
            }
        )
        frames.append(frame)
    rows = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if len(frames) > 1:
        rows = rows.sort_values(["at", "slot"], ignore_index=True)
    rows["part"] = 0
    rows["name"] = rows["name"].astype("str")
    rows["id_text"] = rows["id_text"].astype("str")
    checked = identity.check_ids(rows["id_text"], today)
    spoiled = rows["by_number"].to_numpy()
    rows["citizen_id"] = checked["citizen_id"].where(~spoiled, "")
    rows["key"] = np.where(spoiled, 0, checked["key"])
    return rows.join(checked.drop(columns=["citizen_id", "key"]))


class Flaws:
    """The codes that rows earn by themselves, gathered column-wise and written as `E103 E104`."""

    def __init__(self, rows: pd.DataFrame, start: pd.Series | None = None) -> None:
        self._rows = rows
        self._text = np.full(len(rows), "", dtype=object)
        if start is not None:
            self._text[:] = start
            return
        spoiled = rows["by_number"].to_numpy() | rows["destroyed"].to_numpy()
        sound = ~spoiled & ~rows["foreign"].to_numpy()
        self.add("E112", rows["foreign"].to_numpy() & ~rows["by_number"].to_numpy())
        self.add("E107", spoiled)
        self.add("E101", (rows["name"] == "").to_numpy())
        self.add("E102", sound & rows["missing"].to_numpy())
        for code, flag in (
            ("E103", "bad_length"),
            ("E104", "bad_character"),
            ("E105", "bad_birth"),
            ("E106", "bad_check"),
        ):
            self.add(code, sound & rows[flag].to_numpy())
        valid = (rows["citizen_id"] != "").to_numpy()
        self.add("W108", valid & rows["raised"].to_numpy())
        sex = load_headings().value("sex", rows["sex_text"])
        self.add("W110", valid & (rows["sex_text"] != "").to_numpy() & (sex != rows["sex"]).to_numpy())
        self.add("W111", valid & _other_birth(rows))
        self.add("W208", _gone_by_name(rows["name_remark"]))

    def add(self, code: str, where: Flags) -> None:
        """Note a code on the rows marked."""
        at = np.flatnonzero(where)
        if at.size:
            self._text[at] = self._text[at] + f" {code}"

    def text(self) -> npt.NDArray[Any]:
        """The codes of each row, joined by spaces."""
        return np.array([text.strip() if text else "" for text in self._text], dtype=object)

    def written(self) -> pd.DataFrame:
        """The rows with their `flaws`."""
        return self._rows.assign(flaws=self.text())


def _gone_by_name(remarks: pd.Series) -> Flags:
    """Whether what stands in brackets beside the name says that the person is no longer there: 周建国（已故）."""
    if not (remarks != "").any():
        return np.zeros(len(remarks), np.bool_)
    headings = load_headings()
    gone: Flags = values.each_distinct(
        remarks, lambda text: text != "" and headings.contained("name_remark", text) != UNKNOWN, np.bool_
    )
    return gone


def _other_birth(rows: pd.DataFrame) -> Flags:
    """Whether the birth date in the row contradicts the ID's; a month alone is compared as a month."""
    if not (rows["birth_text"] != "").any():
        return np.zeros(len(rows), np.bool_)
    stated = values.each_distinct(rows["birth_text"], _digits_of_date, dtype=np.int64)
    born = rows["birth"].to_numpy().astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    by_month = month.astype(np.int64) // 12 * 100 + 197_001 + month.astype(np.int64) % 12
    by_day = by_month * 100 + (born - month).astype(np.int64) + 1
    same = np.where(stated < 1_000_000, stated == by_month, stated == by_day) & ~np.isnat(born)
    contradicts: Flags = (stated != 0) & ~same
    return contradicts


def _digits_of_date(text: str) -> int:
    """A date in any form as YYYYMMDD, a month alone as YYYYMM; 0 for none, -1 for what is no date."""
    found = values.read_date(text)
    return -1 if found == "?" else int(found.replace("-", "") or 0)


# ── places, dates, numbering ────────────────────────────────────────────────────────────────────────────────────────


def placed(sheet: RawSheet, rows: pd.DataFrame, policy: Policy) -> None:
    """Give rows their town, in the policy's name, and their village, as stated."""
    at = rows["at"].to_numpy()
    town, village = places(sheet.column, policy)
    rows["town"] = town.array.take(at)
    rows["village"] = village.array.take(at)


def dated(
    sheet: RawSheet,
    rows: pd.DataFrame,
    flaws: Flaws,
    field: str,
    needed: bool | Flags = False,
    latest: str = "",
    column: "pd.Series[str] | None" = None,
) -> None:
    """A day of each row, "" where there is none; E307 where it is unusable, or of money too early or after `latest`.

    `needed`: E307 for who has none, of all rows or of those marked; `column`: the sheet's, unless another is given.
    """
    column = sheet.column(field) if column is None else column
    if needed is not True:  # 长期, 无, / in a cell that may stay empty
        column = column.where(load_headings().value("no_date", column).isin(["", "?"]), "")
    found = values.dates(column, to_the_day=field in TO_THE_DAY)[rows["at"].to_numpy()]
    unusable = found == "?"
    if field in TO_THE_DAY:
        unusable |= receipts.impossible(found, latest)
    flaws.add("E307", unusable | ((found == "") & needed))
    rows[field] = np.where(unusable, "", found)


def slot_column(sheet: RawSheet, field: str, rows: pd.DataFrame) -> pd.Series:
    """`by_slot` as a column of text."""
    return pd.Series(by_slot(sheet, field, rows), dtype="str")


def by_slot(sheet: RawSheet, field: str, rows: pd.DataFrame) -> Any:
    """A person field of each row, from the row's own slot."""
    if sheet.slots == 1 and not rows["slot"].any():
        return sheet.column(field).array.take(rows["at"].to_numpy())
    answer = np.full(len(rows), "", dtype=object)
    at, slots = rows["at"].to_numpy(), rows["slot"].to_numpy()
    for slot in range(sheet.slots):
        in_slot = slots == slot
        answer[in_slot] = sheet.column(field, slot).to_numpy(dtype=object)[at[in_slot]]
    return answer


def numbered(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Sheets' facts one after another; `sheet_no` from 0, `seq` numbers the counted rows (a person, a couple)."""
    rows = pd.concat([frame.assign(sheet_no=number) for number, frame in enumerate(frames)], ignore_index=True)
    rows["seq"] = rows.groupby(["sheet_no", "at", "slot"], sort=False).ngroup()
    return rows
