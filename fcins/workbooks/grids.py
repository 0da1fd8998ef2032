"""What every reader of a file gives: a sheet as columns of text, with what it shows otherwise than its cells say."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fcins.notices import Notice

_MOMENT = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
_DAY_ZERO = dt.datetime(1899, 12, 31)  # noqa: DTZ001  # cells have no time zone
_LEAP_DAY_THAT_NEVER_WAS = dt.timedelta(days=60)
_ERROR_TEXTS = pa.array(
    ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"],
    pa.large_string(),
)

Numbers = Callable[[Sequence[int]], dict[int, np.ndarray]]


@dataclass(frozen=True)
class Marks:
    """What a sheet shows otherwise than its cells say. Rows as Excel numbers them, columns from 0.

    `hidden_rows`: hidden by hand or by a filter (`filtered`); `struck_rows`: with a cell that is struck through;
    `spoilt`: column → the rows whose cell is an error value, a formula without a value or broken bytes.
    """

    hidden_rows: tuple[int, ...] = ()
    filtered: bool = False
    hidden_columns: tuple[int, ...] = ()
    struck_rows: tuple[int, ...] = ()
    spoilt: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


NO_MARKS = Marks()


@dataclass(frozen=True)
class Grid:
    """One sheet from A1 to its last filled cell.

    `columns`: one text array per column, "" where empty; entry i is the row Excel numbers i + 1, column 0 is A.
    `numbers(columns)`: for the columns asked for, which cells the file keeps as numbers (dates may be among them).
    `notices`: what the reader of the file has to say of the sheet, or with sheet "" of the file.
    """

    sheet: str
    hidden: bool
    columns: list[pa.Array]
    numbers: Numbers
    marks: Marks = NO_MARKS
    notices: tuple[Notice, ...] = ()


def typed_grid(sheet: str, hidden: bool, rows: Sequence[Sequence[Any]], marks: Marks = NO_MARKS) -> Grid:
    """A grid from rows of typed cells, from A1 on, all of one length."""
    typed = [list(column) for column in zip(*rows, strict=True)]
    columns = [plain(pa.array(_texts(column), pa.large_string())) for column in typed]

    def numbers(asked: Sequence[int]) -> dict[int, np.ndarray]:
        return {at: np.array([type(cell) in (int, float) for cell in typed[at]], dtype=bool) for at in asked}

    return without_errors(Grid(sheet, hidden, columns, numbers, marks))


def text_grid(sheet: str, hidden: bool, columns: list[pa.Array], marks: Marks = NO_MARKS) -> Grid:
    """A grid of a file that knows no numbers, only texts."""
    height = len(columns[0]) if columns else 0
    return without_errors(
        Grid(sheet, hidden, columns, lambda asked: {at: np.zeros(height, dtype=bool) for at in asked}, marks)
    )


def without_errors(grid: Grid) -> Grid:
    """The grid with texts such as #N/A emptied and marked as spoilt: a formula's error, kept by who pasted values."""
    columns, spoilt = list(grid.columns), dict(grid.marks.spoilt)
    for at, column in enumerate(columns):
        if not pc.any(pc.starts_with(column, "#")).as_py():
            continue
        wrong = pc.is_in(column, _ERROR_TEXTS)
        rows = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)) + 1
        if len(rows):
            columns[at] = pc.if_else(wrong, "", column)
            spoilt[at] = tuple(sorted({*spoilt.get(at, ()), *rows.tolist()}))
    marks = clipped(replace(grid.marks, spoilt=spoilt), len(columns), len(columns[0]) if columns else 0)
    return replace(grid, columns=columns, marks=marks)


def with_marks(grid: Grid, marks: Marks) -> Grid:
    """The grid with marks that another look at the file has found."""
    marks = replace(marks, spoilt={**marks.spoilt, **grid.marks.spoilt})
    return replace(grid, marks=clipped(marks, len(grid.columns), len(grid.columns[0]) if grid.columns else 0))


def clipped(marks: Marks, width: int, height: int) -> Marks:
    """The marks within the filled cells: formats reach far below and beside most tables."""
    if marks == NO_MARKS:
        return marks

    def within(rows: Iterable[int]) -> tuple[int, ...]:
        return tuple(row for row in rows if row <= height)

    return Marks(
        hidden_rows=within(marks.hidden_rows),
        filtered=marks.filtered,
        hidden_columns=tuple(column for column in marks.hidden_columns if column < width),
        struck_rows=within(marks.struck_rows),
        # A formula without a value may stand beyond the last cell with one: there its column is empty, and told.
        spoilt=dict(sorted(marks.spoilt.items())),
    )


def plain(column: pa.Array) -> pa.Array:
    """Moments and truth values as people write them; "" for empty: 1960-01-01 00:00:00 is 1960-01-01."""
    column = pc.fill_null(column, "")
    if pc.any(pc.match_substring(column, ":")).as_py() and pc.any(pc.match_substring_regex(column, _MOMENT)).as_py():
        column = pc.replace_substring_regex(column, f"({_MOMENT})\\.\\d+$", "\\1")
        column = pc.replace_substring_regex(column, r"^1899-12-31 (\d{2}:\d{2}:\d{2})$", "\\1")
        column = pc.replace_substring_regex(column, r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", "\\1")
    truth = pc.is_in(column, pa.array(["true", "false"], pa.large_string()))
    return pc.if_else(truth, pc.utf8_upper(column), column) if pc.any(truth).as_py() else column


def _texts(cells: list[Any]) -> list[str]:
    """Typed cells as text; most columns are text already."""
    return cells if set(map(type, cells)) == {str} else [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    """One typed cell in the words fastexcel has for it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.9f}".rstrip("0").rstrip(".")
    if isinstance(cell, dt.timedelta):
        shift = dt.timedelta(days=1) if cell >= _LEAP_DAY_THAT_NEVER_WAS else dt.timedelta()
        return (_DAY_ZERO + cell - shift).isoformat(" ", "seconds")
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.time):
        return f"1899-12-31 {cell.isoformat('seconds')}"
    return f"{cell.isoformat()} 00:00:00" if isinstance(cell, dt.date) else str(cell)
