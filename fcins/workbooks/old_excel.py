"""Workbooks of Excel 2 to 2003 (.xls), by xlrd, which reads them all and takes no gigabytes for a far cell."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from fcins.errors import InputError
from fcins.workbooks.grids import Grid, Marks, typed_grid
from fcins.workbooks.package import MAX_CELLS
from fcins.workbooks.refusals import damaged, too_large

_BIFF8 = 80
_ASCII_PAGES = (None, 367, 437, 1252)


def xls_grids(data: bytes, file: str) -> Iterator[Grid]:
    """The worksheets; macro sheets and charts are passed over. Raises InputError: damaged, or cells too far out."""
    book = _opened(data, file)
    if not book.nsheets:
        raise InputError(f"{file}：里面没有普通的工作表（只有图表、对话框或宏表）。", "请核对是否拿错了文件。")
    for sheet in book.sheets():
        rows, spoilt = _cells(sheet, book.datemode, file)
        yield typed_grid(sheet.name, sheet.visibility != 0, rows, _marks(book, sheet, spoilt))


def _opened(data: bytes, file: str) -> Any:
    """The workbook, with its formats if they can be read. Old Chinese programs write GBK and state another code page,
    or none: from BIFF8 on texts are Unicode, before it GB18030 is tried first."""
    problem: Exception | None = None
    for formats in (True, False):
        try:
            book = _try(data, formats, None)
        except MemoryError:
            raise
        except Exception as error:  # anything, on damaged bytes
            problem = problem or error
            continue
        if book.biff_version < _BIFF8 and book.codepage in _ASCII_PAGES:
            try:
                return _try(data, formats, "gb18030")
            except UnicodeDecodeError:
                pass
        return book
    raise damaged(file) from problem


def _try(data: bytes, formats: bool, encoding: str | None) -> Any:
    """The workbook, its sheets read through."""
    import xlrd

    return xlrd.open_workbook(
        file_contents=data,
        logfile=io.StringIO(),
        formatting_info=formats,
        encoding_override=encoding,
        ignore_workbook_corruption=True,
        ragged_rows=True,
    )


def _cells(sheet: Any, datemode: int, file: str) -> tuple[list[list[Any]], dict[int, list[int]]]:
    """Typed cells from A1 to the last filled one, and the errors among them: column → rows."""
    import xlrd

    spoilt: dict[int, list[int]] = {}
    rows: list[list[Any]] = []
    for at in range(sheet.nrows):
        row: list[Any] = list(sheet.row_values(at))
        for column, kind in enumerate(sheet.row_types(at)):
            if kind == xlrd.XL_CELL_DATE:
                row[column] = _moment(row[column], datemode)
            elif kind == xlrd.XL_CELL_BOOLEAN:
                row[column] = bool(row[column])
            elif kind == xlrd.XL_CELL_ERROR:
                row[column] = ""
                spoilt.setdefault(column, []).append(at + 1)
        while row and row[-1] == "":
            row.pop()
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    if width * len(rows) > MAX_CELLS // 8:
        raise too_large(file, sheet.name)
    return [row + [""] * (width - len(row)) for row in rows], spoilt


def _moment(number: float, datemode: int) -> Any:
    """A date, or the number itself where Excel knows none for it."""
    import xlrd

    try:
        if number < 1:
            return (dt.datetime(1899, 12, 31) + dt.timedelta(days=number)).time()  # noqa: DTZ001  # no time zone
        return xlrd.xldate.xldate_as_datetime(number, datemode)
    except (ValueError, OverflowError):
        return number


def _marks(book: Any, sheet: Any, spoilt: dict[int, list[int]]) -> Marks:
    struck = {at for at, font in enumerate(book.font_list) if font.struck_out}
    styles = {at for at, style in enumerate(book.xf_list) if style.font_index in struck}
    struck_rows = [
        at + 1
        for at in (range(sheet.nrows) if styles and sheet.formatting_info else ())
        if any(
            style in styles and kind
            for style, kind in zip(sheet._cell_xf_indexes[at], sheet.row_types(at), strict=False)
        )
    ]
    return Marks(
        hidden_rows=tuple(sorted(at + 1 for at, row in sheet.rowinfo_map.items() if row.hidden)),
        hidden_columns=tuple(sorted(at for at, column in sheet.colinfo_map.items() if column.hidden)),
        struck_rows=tuple(struck_rows),
        spoilt={column: tuple(rows) for column, rows in sorted(spoilt.items())},
    )
