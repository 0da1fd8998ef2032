"""Workbooks as people send them → raw rows: below the heading row, without titles, totals and signatures.

Nothing is interpreted here: a cell keeps its text as it came, with the row number Excel shows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins.errors import InputError
from fcins.headings import DROPPED, HEAD, Field, HeadingRows, Nearest, heading_key, load_headings, locate, nearest
from fcins.notices import Notice
from fcins.workbooks.cells import NO_MARKS, Grid, Marks, read_grids

HEAD_ROWS = 60  # a heading row stands among the first rows that hold anything
BESIDE = 20  # columns kept right of the last heading; what stands farther out is a stray cell, not the table
_SPACE = "[\\s\u200b\ufeff]"
# Twelve digits and more, spaced or full-width too, or a passport: whatever else the row says, it is about a person.
_ID_LIKE = r"^[\s\x{3000}'’`]*(?:(?:[0-9０-９][\s\x{3000}\-.]*){12}|[A-Za-z]{1,3}[0-9]{6})"
_DATE = r"^\d{4}-\d{2}-\d{2}|^\d{2}:\d{2}:\d{2}$"
_PEOPLE = re.compile(r"(\d[\d,]*)人")
_COUNT = re.compile(r"(?<![\d.])(\d[\d,]*)(?![\d,.年月日元万户对组村%-])")
_PEOPLE_IN_ALL = re.compile(r"(?:合计|总计|共计|共|总人数)[:为是有]*(\d[\d,]*)人")
_NUMBERING = re.compile(r"[0-9]{1,2}|[甲乙丙丁戊己庚辛]|[A-H]")


MOST_PEOPLE = 10_000_000
"""A larger number is no count of people."""


@dataclass(frozen=True)
class RawSheet:
    """The data rows of one sheet, and what stood around them.

    `file` base name; `sheet` its name (the file's stem for .csv); `title` all text above the headings.
    `headings`, `fields`: one per column from A on, to 20 columns past the last heading; a field is (name, slot),
    slot 1, 2 … for further people on a row.
    `rows`: columns 0 … k-1 of str, "" for empty, text as it came; `row_numbers` as Excel shows them.
    `numeric`: same shape, the cell was a number in the file (not text, not a date). Only for columns whose digits a
    number would have destroyed (identity numbers, receipt numbers); False in all others and for .csv.
    `skipped`: title, blank, total, signature and repeated heading rows; `declared_total`: people, as the sheet says.
    `unread`: the file's other sheets that hold something, but no heading row. `marks`: what is hidden, struck through
    or spoilt. `notices`: what the clerk must know of the sheet, or of its file.
    """

    file: str
    sheet: str
    hidden: bool
    title: str
    headings: list[str]
    fields: list[Field | None]
    rows: pd.DataFrame
    row_numbers: np.ndarray
    numeric: np.ndarray
    skipped: int
    declared_total: int | None
    unread: tuple[str, ...] = ()
    marks: Marks = NO_MARKS
    notices: tuple[Notice, ...] = ()

    @property
    def names(self) -> set[str]:
        """The fields that the sheet has."""
        return {field[0] for field in self.fields if field}

    @property
    def slots(self) -> int:
        """How many people a row can hold."""
        return 1 + max((field[1] for field in self.fields if field), default=0)

    def column(self, field: str, slot: int = 0) -> "pd.Series[str]":
        """The texts of a field without surrounding white space, "" where empty or where the sheet lacks the field.

        Blank cells of town, village, household_no and household_head take the value above, where people write it
        once for the rows that follow: a village only within its town, a household only on rows that name none
        themselves and are not a head's own.
        """
        if field in ("town", "village"):
            town = self._stripped("town")
            town = town.mask(town == "").ffill().fillna("")
            if field == "town":
                return town
            village = self._stripped("village")
            return village.mask(village == "").groupby(town.ne(town.shift()).cumsum()).ffill().fillna("")
        texts = self._stripped(field, slot)
        if field in ("household_no", "household_head") and slot == 0:
            is_head = load_headings().value("head_relation", self._stripped("relation")) == HEAD
            begins = (self._stripped("household_no") != "") | (self._stripped("household_head") != "") | is_head
            begun_at = np.maximum.accumulate(np.where(begins, np.arange(len(texts)), -1))
            filled = texts.take(np.maximum(begun_at, 0)).reset_index(drop=True)
            return filled.where(begun_at >= 0, "") if len(texts) else texts
        return texts

    def stated(self, field: str, slot: int = 0) -> "pd.Series[str]":
        """A field's texts without surrounding blanks, nothing filled down: what each row itself has."""
        return self._stripped(field, slot)

    def numeric_column(self, field: str, slot: int = 0) -> np.ndarray:
        """Per data row: was this field's cell a number in the file? False where the sheet lacks the field."""
        if (field, slot) not in self.fields:
            return np.zeros(len(self.rows), dtype=bool)
        return np.asarray(self.numeric[:, self.fields.index((field, slot))], dtype=bool)

    def _stripped(self, field: str, slot: int = 0) -> "pd.Series[str]":
        if (field, slot) not in self.fields:
            return pd.Series([""] * len(self.rows), dtype="str")
        return self.rows[self.fields.index((field, slot))].str.strip()


def read_workbook(path: Path, required: Sequence[frozenset[str]]) -> list[RawSheet]:
    """Every sheet of the file with a recognised heading row: one whose fields contain an alternative of `required`.

    Raises InputError: no file, no workbook, encrypted, damaged, too large, empty, or no heading row in any sheet.
    """
    sheets: list[RawSheet] = []
    others: list[tuple[str, Nearest, int]] = []
    for grid in read_grids(path):
        start = _first_filled(grid)
        if start is None:
            continue
        head = _texts(grid, start, HEAD_ROWS)
        heading = locate(head, required)
        if heading:
            grid, heading = _without_strays(grid, heading)
            sheets.append(_raw_sheet(path.name, grid, start, head[: heading.first], heading))
        else:
            others.append((grid.sheet, nearest(head, required), start))
    if not sheets:
        raise _no_heading(path.name, others) if others else _empty(path.name)
    unread = tuple(name for name, _, _ in others)
    return [replace(sheet, unread=unread) for sheet in sheets]


def _empty(file: str) -> InputError:
    return InputError(f"{file}：工作簿是空的，没有任何内容。", "请核对是否拿错了文件。")


def _no_heading(file: str, others: list[tuple[str, Nearest, int]]) -> InputError:
    sheet, best, start = max(others, key=lambda other: other[1].score)
    missing = "、".join(f"“{heading}”" for heading in best.missing)
    if not best.seen:
        return InputError(f"{file}：没有找到表头。", f"数据上方要有一行表头，至少包括{missing}。")
    seen = "、".join(best.seen)
    return InputError(
        f"{file}：工作表“{sheet}”第{start + best.row + 1}行像是表头（{seen}），但缺少{missing}。",
        f"{''.join(best.hints)}请改正表头后再导入。",
    )


def _first_filled(grid: Grid) -> int | None:
    """The first row with any text, None if the sheet has none."""
    height = len(grid.columns[0]) if grid.columns else 0
    for block in range(0, height, 1000):
        for at, row in enumerate(_texts(grid, block, 1000)):
            if any(text.strip() for text in row):
                return block + at
    return None


def _texts(grid: Grid, start: int, count: int) -> list[list[str]]:
    """Some rows as lists of text."""
    return [list(row) for row in zip(*(column.slice(start, count).to_pylist() for column in grid.columns), strict=True)]


def _raw_sheet(file: str, grid: Grid, start: int, above: list[list[str]], heading: HeadingRows) -> RawSheet:
    """Cut a sheet below its headings, and keep the data rows."""
    top = start + heading.first + heading.height
    kinds = _sort_rows(
        [column.slice(top) for column in grid.columns], above, _heading_texts(grid, start, heading), heading
    )
    picked = pa.array(np.flatnonzero(kinds.data) + top)
    columns = [_picked(column, picked) for column in grid.columns]
    rows = pd.DataFrame({at: pd.Series(pd.array(column, dtype="str")) for at, column in enumerate(columns)})
    rows.columns = pd.RangeIndex(len(columns))
    long_numbers = [
        at for at, field in enumerate(heading.fields) if field and field[0] in load_headings().words["long_numbers"]
    ]
    numeric = np.zeros(rows.shape, dtype=bool)
    for at, is_number in grid.numbers(long_numbers).items() if len(rows) else ():
        text = columns[at]
        no_date = pc.and_(pc.not_equal(text, ""), pc.invert(pc.match_substring_regex(text, _DATE)))
        numeric[:, at] = is_number[picked.to_numpy()] & no_date.to_numpy(zero_copy_only=False)
    return RawSheet(
        file=file,
        sheet=grid.sheet,
        hidden=grid.hidden,
        title="\n".join(text.strip() for row in above for text in row if text.strip()),
        headings=heading.headings,
        fields=heading.fields,
        rows=rows,
        row_numbers=picked.to_numpy().astype(np.int64) + 1,
        numeric=numeric,
        skipped=len(above) + kinds.skipped,
        declared_total=kinds.declared_total,
        marks=grid.marks,
        notices=grid.notices,
    )


def _picked(column: pa.Array, rows: pa.Array) -> pa.Array:
    """These rows of a column; rows that follow each other are not copied."""
    if len(rows) and rows[-1].as_py() - rows[0].as_py() + 1 == len(rows):
        return column.slice(rows[0].as_py(), len(rows))
    return column.take(rows)


def _without_strays(grid: Grid, heading: HeadingRows) -> tuple[Grid, HeadingRows]:
    """The table and a little beside it: a stray cell in column XFD must not make every row 16,384 cells wide."""
    width = max(at for at, text in enumerate(heading.headings) if text.strip()) + 1 + BESIDE
    return (
        replace(grid, columns=grid.columns[:width]),
        replace(heading, headings=heading.headings[:width], fields=heading.fields[:width]),
    )


def _heading_texts(grid: Grid, start: int, heading: HeadingRows) -> list[list[str]]:
    """The one or two heading rows as they stand in the sheet."""
    return _texts(grid, start + heading.first, heading.height)


@dataclass(frozen=True)
class _Kinds:
    data: np.ndarray
    skipped: int
    declared_total: int | None


def _sort_rows(
    columns: list[pa.Array], above: list[list[str]], heading_rows: list[list[str]], heading: HeadingRows
) -> _Kinds:
    """Which rows below the headings are about people: every row with an identity number, and some of the few others."""
    words = load_headings().words
    height = len(columns[0])
    identity_columns = [
        column for column, field in zip(columns, heading.fields, strict=True) if field and field[0] in words["identity"]
    ]
    data = np.zeros(height, dtype=bool)
    for column in identity_columns:
        data |= _matches(column, _ID_LIKE)
    rest = np.flatnonzero(~data)
    texts = [_compact(column.take(pa.array(rest))) for column in columns]
    filled = np.array([_truth(pc.not_equal(text, "")) for text in texts]).reshape(len(texts), len(rest))
    people = np.array([field is not None and field[0] in words["identifying"] for field in heading.fields])
    label = _labels(texts, filled, people)
    repeated = _same_as(texts, filled, heading_rows) & (filled.sum(axis=0) > 1)
    if above:
        repeated |= _same_as(texts, filled, [row[: len(texts)] for row in above]) & filled.any(axis=0)
    kept = filled[people].any(axis=0) & ~label & ~repeated
    if len(rest) and rest[0] == 0 and _is_numbering([text[0].as_py() for text in texts]):
        kept[0] = False
    data[rest] = kept
    # Blank rows between the data count, those after the last filled row are only left-over formats.
    last = max(np.flatnonzero(data)[-1:].max(initial=-1), rest[filled.any(axis=0)][-1:].max(initial=-1)) + 1
    loose_rows = np.flatnonzero(~kept & filled.any(axis=0))
    loose_rows = loose_rows[_may_tell_total(texts, loose_rows)]
    lines = [[_tight(text) for text in row] for row in above]
    lines += [list(row) for row in zip(*(text.take(pa.array(loose_rows)).to_pylist() for text in texts), strict=True)]
    return _Kinds(data, int(last - data.sum()), _declared_total(lines, heading.fields, heading.headings))


def _labels(texts: list[pa.Array], filled: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Total and signature rows: the first filled cell, or one where a person should stand, begins with such a word.
    A lone sentence under the table is a note, in the column of names too."""
    words = load_headings().words
    begins = "|".join(re.escape(_tight(word)) for word in (*words["totals"], *words["signatures"]))
    ends, stamped = ("|".join(words[some]) for some in ("total_endings", "stamped_totals"))
    label = f"^(?:{begins})|^.{{1,10}}(?:{ends})[:]?$|{stamped}"
    labelled = np.array([_matches(text, label) for text in texts]).reshape(filled.shape)
    sentence = np.array([_matches(text, "[:。]|.{20}") for text in texts]).reshape(filled.shape)
    first = filled & (np.cumsum(filled, axis=0) == 1)
    lone = sentence.any(axis=0) & (filled.sum(axis=0) == 1)
    return np.asarray((labelled & (first | people[:, None])).any(axis=0) | lone)


def _same_as(texts: list[pa.Array], filled: np.ndarray, rows: list[list[str]]) -> np.ndarray:
    """Rows that only repeat one of these rows, as at the top of each printed page."""
    keys = [pc.utf8_upper(pc.replace_substring_regex(text, DROPPED, "")) for text in texts]
    same = np.zeros(filled.shape[1], dtype=bool)
    for row in rows:
        agrees = np.array([_truth(pc.equal(key, heading_key(text))) for key, text in zip(keys, row, strict=True)])
        same |= (agrees.reshape(filled.shape) | ~filled).all(axis=0)
    return same


def _is_numbering(row: list[str]) -> bool:
    """A row 1 2 3 … (or 甲 乙 1 2 …) right under the headings, as on official forms."""
    cells = [text for text in row if text]
    numbers = [int(text) for text in cells if text.isdigit()]
    return len(cells) > 2 and all(map(_NUMBERING.fullmatch, cells)) and numbers == list(range(1, len(numbers) + 1))


def _may_tell_total(texts: list[pa.Array], rows: np.ndarray) -> np.ndarray:
    """Which of these rows may hold a declared total."""
    words = load_headings().words
    pattern = "|".join((*words["grand_totals"], *words["stamped_totals"], "共.{0,3}[0-9]"))
    worth_reading = np.zeros(len(rows), dtype=bool)
    for text in texts:
        worth_reading |= _matches(text.take(pa.array(rows)), pattern)
    return worth_reading


def _declared_total(lines: list[list[str]], fields: Sequence[Field | None], headings: Sequence[str]) -> int | None:
    """The number of people that a sheet claims to list. A stamped 应参保总人数 beats a 合计; the last one holds."""
    words = load_headings().words
    money = {at for at, field in enumerate(fields) if field and field[0] in words["amounts"]}
    money |= {at for at, text in enumerate(headings) if any(word in text for word in words["amount_words"])}
    stamped: int | None = None
    total: int | None = None
    for cells in lines:
        count = _after_word(cells, words["stamped_totals"])
        if count is not None:
            stamped = count
            continue
        if any(word in text for word in words["partial_totals"] for text in cells):
            continue
        at = next((at for at, text in enumerate(cells) if text.startswith(words["grand_totals"])), None)
        if at is not None:
            cell = cells[at]
            other_cells = [text for place, text in enumerate(cells) if place != at and place not in money]
            count = next(
                iter(_numbers(cell, _PEOPLE) + _numbers(" ".join(other_cells), _PEOPLE) + _numbers(cell, _COUNT)), None
            )
            counts = [int(text.replace(",", "")) for text in other_cells if re.fullmatch(r"\d[\d,]*", text)]
            count = counts[0] if count is None and len(counts) == 1 else count
        else:
            count = next(iter(_numbers(" ".join(cells), _PEOPLE_IN_ALL)), None)
        total = total if count is None else count
    declared = total if stamped is None else stamped
    return declared if declared is not None and declared <= MOST_PEOPLE else None


def _after_word(cells: list[str], stamped: tuple[str, ...]) -> int | None:
    """The count that follows such a word in its own cell or in the next filled one."""
    for at, text in enumerate(cells):
        word = next((word for word in stamped if word in text), None)
        if word:
            tail = text.partition(word)[2]
            following: Iterator[str] = (cell for cell in cells[at + 1 :] if cell)
            after = next(following, "")
            counts = _numbers(tail, _PEOPLE) + _numbers(tail, _COUNT)
            if not counts and re.fullmatch(r"\d[\d,]*人?", after):
                counts = _numbers(after, _COUNT)
            if counts:
                return counts[0]
    return None


def _numbers(text: str, pattern: re.Pattern[str]) -> list[int]:
    return [int(number.replace(",", "")) for number in pattern.findall(text)]


def _tight(text: str) -> str:
    return _compact(pa.array([text], pa.large_string()))[0].as_py() or ""


def _compact(column: pa.Array) -> pa.Array:
    """NFKC without white space."""
    return pc.replace_substring_regex(pc.utf8_normalize(column, form="NFKC"), _SPACE, "")


def _matches(column: pa.Array, pattern: str) -> np.ndarray:
    return _truth(pc.match_substring_regex(column, pattern))


def _truth(mask: pa.Array) -> np.ndarray:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool)
