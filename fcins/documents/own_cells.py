"""A department's own cells in its feedback: which of them a finding is about, and what they say."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment.liability import Flags
from fcins.findings import CATALOGUE
from fcins.headings import UNKNOWN, load_headings
from fcins.identity import normalise_ids, normalise_names
from fcins.intake.corrections import PART_FIELDS
from fcins.intake.households_in_rows import HEAD_FIELDS
from fcins.intake.persons import CERTIFICATE, TO_THE_DAY
from fcins.intake.states import ending_cells
from fcins.values import dates, years
from fcins.workbooks.reading import RawSheet


def wrong_cells(codes: Sequence[str], role: str, lines: pd.DataFrame, sheet: RawSheet) -> Iterator[tuple[int, Flags]]:
    """The columns of the department's sheet that the codes are about, and on which lines.

    `lines`: name, id_text, and `at`, where they stand in the sheet.
    """
    own_names = dict(zip(("name", "citizen_id"), PART_FIELDS[role], strict=True))
    slots = _slots(lines, role, sheet)
    for code in codes:
        if code in _BY_ROW:
            yield from ((column, wrong[lines["at"].to_numpy()]) for column, wrong in _BY_ROW[code](sheet))
            continue
        fields = [own_names.get(name, name) for name in (field_of(code), *CATALOGUE[code].others)]
        of_sheet = [name for name in fields if name in sheet.names]
        for column, name_and_slot in enumerate(sheet.fields):
            if name_and_slot and name_and_slot[0] in (of_sheet if code in _BY_VALUE else of_sheet[:1]):
                name, slot = name_and_slot
                wrong = slots == slot
                if code in _BY_VALUE:
                    texts = sheet.rows[column].iloc[lines["at"].to_numpy()].str.strip()
                    wrong = wrong & np.array([_BY_VALUE[code](name, text) for text in texts], np.bool_)
                yield column, wrong


def differing_cells(lines: pd.DataFrame, sheet: RawSheet) -> Iterator[tuple[int, Flags]]:
    """The columns in which lines that another row contradicts (`fields`) differ from it, and on which lines."""
    for column, name_and_slot in enumerate(sheet.fields):
        if name_and_slot and name_and_slot[1] == 0:
            yield column, np.array([name_and_slot[0] in fields for fields in lines["fields"]], np.bool_)


def field_of(code: str) -> str:
    """The field that a code is about; of a couple simply the name or the ID of the one concerned."""
    field = CATALOGUE[code].field
    return "citizen_id" if field in ("wife_id", "husband_id") else field


def _no_date(field: str, text: str) -> bool:
    """Whether this cell makes the row's date unusable: it holds no date, or it is empty and must not be."""
    if not text:
        return field in ("paid_on", "change_date")
    column = pd.Series([text], dtype="str")
    if field == "fee_year":
        return bool(years(column)[0] < 0)
    return bool(dates(column, to_the_day=field in TO_THE_DAY)[0] == "?")


def _no_word(field: str, text: str) -> bool:
    """Whether this cell holds no word that we know; of categories only the whole row can say."""
    if field == "category":
        return True
    word = load_headings().understood(field, pd.Series([text], dtype="str"))[0]
    return word == UNKNOWN or (word == "" and field in ("scheme", "change"))


_BY_VALUE = {"E303": _no_word, "E307": _no_date}
"""Codes that several columns of a row can earn: whether a cell is the one."""


_BY_ROW = {"E308": ending_cells}
"""Codes that any of several columns can earn, for all people of a row: the columns, and on which rows they do."""


_QUOTED = {"E301": "disability_level", "W112": "disability_level", "E309": "family_kind"}
"""Codes of which it helps to see what the cell says, since it may say two things, or be overruled by another cell."""


def quotations(code: str, role: str, lines: pd.DataFrame, sheet: RawSheet) -> list[str]:
    """What each line's own cells say of a finding: （写的是“三级”，残疾人证号为3级）; "" where that helps nobody.

    `lines` as in wrong_cells. 残疾人证号: where one stands, its level holds.
    """
    if code in _BY_ROW:
        return _ended_by(lines, sheet)
    if code not in _QUOTED:
        return [""] * len(lines)
    stated = _of_lines(_QUOTED[code], lines, role, sheet)
    parts = [[f"写的是“{' '.join(text.split())}”"] if text else [] for text in stated]
    if _QUOTED[code] == "disability_level":
        for cells, level in zip(parts, _certificate_levels(lines, role, sheet), strict=True):
            cells += [f"残疾人证号为{level}级"] if level else []
    return [f"（{'，'.join(cells)}）" if cells else "" for cells in parts]


def _ended_by(lines: pd.DataFrame, sheet: RawSheet) -> list[str]:
    """What each line's columns of states say: （写的是“停保”）; a bare 是 with its heading."""
    parts: list[list[str]] = [[] for _ in range(len(lines))]
    at = lines["at"].to_numpy()
    for column, ends in ending_cells(sheet):
        texts = sheet.rows[column].iloc[at].str.strip()
        for place in np.flatnonzero(ends[at]).tolist():
            text, heading = texts.iloc[place], "".join(sheet.headings[column].split())
            parts[place].append(f"写的是“{text}”" if len(text) > 1 else f"{heading}写的是“{text}”")
    return [f"（{'，'.join(cells)}）" if cells else "" for cells in parts]


def _certificate_levels(lines: pd.DataFrame, role: str, sheet: RawSheet) -> list[str]:
    """The level in each line's 残疾人证号, wherever it stands; "" where there is none."""
    by_field = [normalise_ids(_of_lines(field, lines, role, sheet)) for field in ("citizen_id", "disability_cert")]
    first, second = (numbers.where(numbers.str.match(CERTIFICATE), "") for numbers in by_field)
    levels: list[str] = first.where(first != "", second).str.slice(19, 20).tolist()
    return levels


def _of_lines(field: str, lines: pd.DataFrame, role: str, sheet: RawSheet) -> "pd.Series[str]":
    """What stands under a field on each line's row, for its person."""
    at, slots = lines["at"].to_numpy(), _slots(lines, role, sheet)
    texts = np.full(len(lines), "", dtype=object)
    for slot in np.unique(slots).tolist():
        texts[slots == slot] = sheet.column(field, slot).to_numpy(dtype=object)[at[slots == slot]]
    return pd.Series(texts, dtype="str")


def _slots(lines: pd.DataFrame, role: str, sheet: RawSheet) -> npt.NDArray[np.int64]:
    """Which of the people on its row each line is about; a place after the last for a head without a row."""
    apart = set(HEAD_FIELDS) <= sheet.names
    slots = np.full(len(lines), sheet.slots if apart and not role else 0, np.int64)
    if role or (sheet.slots == 1 and not apart):
        return slots
    for slot in range(sheet.slots):
        name = normalise_names(sheet.column("name", slot).iloc[lines["at"].to_numpy()])
        number = normalise_ids(sheet.column("citizen_id", slot).iloc[lines["at"].to_numpy()])
        same = (name.to_numpy() == lines["name"].to_numpy()) & (number.to_numpy() == lines["id_text"].to_numpy())
        slots[same] = slot
    return slots
