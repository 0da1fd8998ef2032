"""Workbooks as people send them → raw rows: below the heading row, without titles, totals and signatures.

Nothing is interpreted here: a cell keeps its text as it came, with the row number Excel shows. But all of a file is
accounted for: what was not read, stands twice or is hidden comes out as a notice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins.errors import InputError
from fcins.headings import HEAD, Field, load_headings
from fcins.notices import Notice
from fcins.workbooks.accounting import SheetAccount, account_of, of_file, stated_years, unused_columns
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.cells import NO_MARKS, Marks, read_grids
from fcins.workbooks.tables import Half, SheetTables, Table, Unread, read_tables

_DATE = r"^\d{4}-\d{2}-\d{2}|^\d{2}:\d{2}:\d{2}$"


@dataclass(frozen=True)
class RawSheet:
    """The data rows of one table of a sheet, and what stood around them.

    `file` base name; `sheet` its name (the file's stem for .csv); `title` all text above the sheet's first headings;
    `section`: the lines within the sheet that stand over these rows (特困人员花名册, 东坊村), outermost first, "" for
    none. Several tables of one sheet have one name; of tables side by side also row numbers may be the same.
    `headings`, `fields`: one per column from A on, to 20 columns past the last heading; a field is (name, slot),
    slot 1, 2 … for further people on a row.
    `rows`: columns 0 … k-1 of str, "" for empty, text as it came; `row_numbers` as Excel shows them.
    `numeric`: same shape, the cell was a number in the file (not text, not a date). Only for columns whose digits a
    number would have destroyed (identity numbers, receipt numbers); False in all others and for .csv.
    `skipped`: how many title, blank, total, signature and repeated heading rows; `skipped_rows`: why → which, as Excel
    numbers them, with the first table of a sheet; `declared_total`: people, as the sheet says.
    `unread`: the file's other sheets that hold something, but no heading row. `unused`: headings of columns that hold
    something but became no field; `beside`: columns of other tables beside this one. `marks`: what is hidden, struck
    through or spoilt. `notices`: what the clerk must know of the sheet, or of its file.
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
    section: str = ""
    skipped_rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    beside: frozenset[int] = frozenset()
    marks: Marks = NO_MARKS
    notices: tuple[Notice, ...] = ()

    @property
    def names(self) -> set[str]:
        """The fields that the sheet has."""
        return {field[0] for field in self.fields if field}

    @property
    def years(self) -> tuple[int, ...]:
        """The years that stand over the rows: in the section, else in the sheet's name, else in the title."""
        return stated_years(self.section) or stated_years(self.sheet) or stated_years(self.title)

    @property
    def own_headings(self) -> list[str]:
        """The headings, "" over the columns of other tables beside this one."""
        return ["" if at in self.beside else text for at, text in enumerate(self.headings)]

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


def read_workbook(
    path: WorkbookFile,
    required: Sequence[frozenset[str]],
    otherwise: Sequence[frozenset[str]] = (),
    passwords: Sequence[str] = (),
) -> list[RawSheet]:
    """Every table of the file with recognised headings: their fields contain an alternative of `required`, or where
    there is none of `otherwise`, by which a file of another kind is known. `passwords`: one of which may open it.

    Most sheets hold one table. One with section lines, further headings or tables side by side gives several, in the
    order of their rows. Raises InputError: no file, no workbook, encrypted, damaged, too large, empty, or no heading
    row in any sheet.
    """
    accounts: list[SheetAccount] = []
    others: list[Unread] = []
    raw: list[RawSheet] = []
    last: SheetTables | None = None
    for grid in read_grids(path, passwords):
        found = read_tables(grid, required, last, otherwise)
        if isinstance(found, Unread):
            others.append(found)
        elif found:
            last = found
            accounts.append(account_of(found))
            raw += _raw_sheets(path.name, found)
    if not raw:
        raise _no_heading(path.name, others) if others else _empty(path.name)
    unread = tuple(other.sheet for other in others)
    notices = [*(notice for other in others for notice in other.notices), *of_file(accounts, others)]
    return [replace(sheet, unread=unread, notices=_of_sheet(number, raw, notices)) for number, sheet in enumerate(raw)]


def holds_people(path: WorkbookFile, passwords: Sequence[str] = ()) -> bool:
    """Whether a file in which no heading row was found may be a list all the same: a heading that we know stands
    there, or something like an identity number, or nothing at all. Raises InputError for one that cannot be read."""
    found = [read_tables(grid, [frozenset({"citizen_id"})], None) for grid in read_grids(path, passwords)]
    others = [each for each in found if isinstance(each, Unread)]
    return len(others) < len(found) or any(each.people or each.nearest.seen or each.form is not None for each in others)


def _of_sheet(number: int, raw: Sequence[RawSheet], notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """The notices that go with one of the tables: the first one of a sheet has the sheet's, that of the file the
    others."""
    sheet = raw[number]
    if any(earlier.sheet == sheet.sheet for earlier in raw[:number]):
        return sheet.notices
    names = {each.sheet for each in raw}
    extra = [notice for notice in notices if notice.sheet == sheet.sheet or (number == 0 and notice.sheet not in names)]
    return (*sheet.notices, *extra)


def _empty(file: str) -> InputError:
    return InputError(f"{file}：工作簿是空的，没有任何内容。", "请核对是否拿错了文件。")


def _no_heading(file: str, others: list[Unread]) -> InputError:
    form = next((other for other in others if other.form is not None), None)
    if form and form.form is not None:
        return InputError(
            f"{file}：工作表“{form.sheet}”是一人一表的登记表（第{form.form + 1}行，号码写在列名的旁边），不是名册。",
            "请整理成一张表再导入：第一行是表头（姓名、身份证号……），下面每人一行。",
        )
    other = max(others, key=lambda each: each.nearest.score)
    best = other.nearest
    missing = "、".join(f"“{heading}”" for heading in best.missing)
    if not best.seen:
        return InputError(f"{file}：没有找到表头。", f"数据上方要有一行表头，至少包括{missing}。")
    seen = "、".join(best.seen)
    return InputError(
        f"{file}：工作表“{other.sheet}”第{other.start + best.row + 1}行像是表头（{seen}），但缺少{missing}。",
        f"{''.join(best.hints)}请改正表头后再导入。",
    )


# ── a table's rows ──


def _raw_sheets(file: str, sheet: SheetTables) -> Iterator[RawSheet]:
    """The tables of a sheet as raw rows: each part of each half by itself."""
    long_numbers = load_headings().words["long_numbers"]
    wanted = {
        at
        for table in sheet.tables
        for half in table.halves
        for at, field in enumerate(half.fields)
        if field and field[0] in long_numbers and at < len(sheet.grid.columns) and half.data.any()
    }
    numbers = sheet.grid.numbers(sorted(wanted)) if wanted else {}
    notices = sheet.grid.notices
    for table in sheet.tables:
        skipped = {why: [row + 1 for row in rows] for why, rows in table.skipped.items()}
        for half in table.halves:
            unused = unused_columns(table, half)
            rows = np.flatnonzero(half.data)
            part_of = table.part_of(rows)
            for number, part in enumerate(table.parts):
                own = rows[part_of == number] + table.top
                if len(own) or (len(table.parts) == 1 and half is table.halves[0]):
                    declared = table.declared[number] if half is table.halves[0] else None
                    yield replace(
                        _raw_sheet(file, sheet, table, half, own, numbers),
                        section=part.text,
                        skipped=sum(map(len, skipped.values())),
                        skipped_rows=skipped,
                        declared_total=declared,
                        unused=unused,
                        notices=notices,
                    )
                    skipped, notices = {}, ()


def _raw_sheet(
    file: str, sheet: SheetTables, table: Table, half: Half, own: np.ndarray, numbers: dict[int, np.ndarray]
) -> RawSheet:
    """Some rows of a table (counted from 0 in the sheet)."""
    picked = pa.array(own)
    columns = [_picked(column, picked) for column in table.columns]
    rows = pd.DataFrame({at: pd.Series(pd.array(column, dtype="str")) for at, column in enumerate(columns)})
    rows.columns = pd.RangeIndex(len(columns))
    numeric = np.zeros(rows.shape, dtype=bool)
    for at, is_number in numbers.items() if len(rows) else ():
        if at < len(half.fields) and half.fields[at]:
            text = columns[at]
            no_date = pc.and_(pc.not_equal(text, ""), pc.invert(pc.match_substring_regex(text, _DATE)))
            numeric[:, at] = is_number[own] & no_date.to_numpy(zero_copy_only=False)
    return RawSheet(
        file=file,
        sheet=sheet.grid.sheet,
        hidden=sheet.grid.hidden,
        title=sheet.title,
        headings=table.heading.headings,
        fields=half.fields,
        beside=frozenset(
            at for other in table.halves if other is not half for at, field in enumerate(other.fields) if field
        ),
        rows=rows,
        row_numbers=own.astype(np.int64) + 1,
        numeric=numeric,
        skipped=0,
        declared_total=None,
        marks=sheet.grid.marks,
    )


def _picked(column: pa.Array, rows: pa.Array) -> pa.Array:
    """These rows of a column; rows that follow each other are not copied."""
    if len(rows) and rows[-1].as_py() - rows[0].as_py() + 1 == len(rows):
        return column.slice(rows[0].as_py(), len(rows))
    return column.take(rows)
