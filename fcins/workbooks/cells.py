"""Any file that Excel or WPS opens as columns of text, each row at its true place.

What a file is, its bytes say, not its name (kinds.py). The large .xlsx goes through fastexcel, which gives text only;
all else goes through readers that give typed cells. All come out the same: a number without ".0", a date as
1960-01-01, TRUE and FALSE, an error value as an empty cell that is marked.
"""

import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import python_calamine

from fcins.errors import InputError
from fcins.workbooks.archives import ArchivedFile, WorkbookFile
from fcins.workbooks.fast_cells import Book, read_long
from fcins.workbooks.grids import NO_MARKS as NO_MARKS  # with read_grids go the values that it gives
from fcins.workbooks.grids import Grid as Grid
from fcins.workbooks.grids import Marks as Marks
from fcins.workbooks.grids import plain, typed_grid, with_marks, without_errors
from fcins.workbooks.kinds import kind_of
from fcins.workbooks.marks import MarkScan, struck_styles
from fcins.workbooks.package import (
    MAX_CELLS,
    SheetPart,
    check_other_parts,
    check_xlsx_extent,
    number_rows,
    open_package,
)
from fcins.workbooks.refusals import damaged, locked, too_large
from fcins.workbooks.workbook_parts import usual_package, workbook_parts

MAX_BYTES = 1 << 30

T = TypeVar("T")


def read_grids(file: WorkbookFile, passwords: Sequence[str] = ()) -> Iterator[Grid]:
    """The sheets of a file one by one, hidden ones too; a sheet without any cell has no columns. `passwords`: those
    that one of may open it.

    Raises InputError: no such file, not a workbook, under another password, damaged, or too large once unpacked.
    """
    return grids_of(_bytes(file), file.name, passwords)


def grids_of(data: bytes, file: str, passwords: Sequence[str] = ()) -> Iterator[Grid]:
    """The same of a file's bytes, wherever they come from; `file`: its name, for messages."""
    kind = kind_of(data, file)
    if kind in ("xls", "locked"):
        from fcins.workbooks.passwords import unlocked

        data = unlocked(data, file, passwords)
        kind = kind_of(data, file) if kind == "locked" else kind
    if kind == "xlsx":
        yield from _xlsx_grids(data, file)
    elif kind == "xls":
        from fcins.workbooks.old_excel import xls_grids

        yield from xls_grids(data, file)
    elif kind == "text":
        from fcins.workbooks.text_tables import text_table

        yield text_table(data, file)
    elif kind in ("page", "xml"):
        from fcins.workbooks.web_tables import page_grid, xml_grids

        yield from [page_grid(data, file)] if kind == "page" else xml_grids(data, file)
    elif kind == "ods":
        from fcins.workbooks.open_document import open_document

        data, marks = open_document(data, file)
        grids = list(_calamine_grids(data, file))
        for number, grid in enumerate(grids):
            yield with_marks(grid, marks[number]) if len(marks) == len(grids) else grid
    elif kind == "xlsb":
        yield from _calamine_grids(data, file)
    else:
        raise locked(file)


def _bytes(path: WorkbookFile) -> bytes:
    file = path.name
    if isinstance(path, ArchivedFile):
        with path.open() as opened:
            return opened.read()
    try:
        if path.is_dir():
            raise InputError(f"{file}：这是文件夹，不是文件。", "请指明文件夹里的工作簿文件。")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{file}：文件太大（超过1GB）。", "请按镇（街道）分成几个文件再导入。")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{file}：找不到这个文件。", f"请核对文件名和所在文件夹：{path.parent}") from error
    except PermissionError as error:
        raise InputError(
            f"{file}：没有读取权限，或正被别的程序占用。", "请在 Excel、WPS 中关闭该文件后再试。"
        ) from error
    except OSError as error:
        raise InputError(f"{file}：读不出来（{error.strerror}）。", "请把文件复制到本机硬盘后再试。") from error
    if not data:
        raise InputError(f"{file}：文件是空的（0字节）。", "请重新获取该文件。")
    if file.startswith("~$"):
        raise InputError(f"{file}：这是 Excel 打开文件时的临时文件。", "请指明去掉“~$”的那个文件。")
    return data


# ── .xlsx: fastexcel for the text, the sheet's own XML for what is a number and what is marked ──


def _xlsx_grids(data: bytes, file: str) -> Iterator[Grid]:
    package = open_package(data, file)
    parts = workbook_parts(package, file)
    sheets, notices = parts.sheets, parts.notices
    check_other_parts(package, sheets, file)
    struck = struck_styles(package, parts.styles)
    scans = {sheet.part: MarkScan(struck) for sheet in sheets}
    long: dict[str, tuple[list[pa.Array], int] | None] = {}
    odd = parts.odd
    if not odd:
        long = {sheet.part: read_long(package, sheet, file, scans[sheet.part].see) for sheet in sheets}
        # All others are checked before any is opened: the reader of one sheet may look at the others.
        for sheet in sheets:
            if long[sheet.part] is None:
                scans[sheet.part] = MarkScan(struck)
                odd |= not check_xlsx_extent(package, sheet, file, scans[sheet.part].see)
    if odd:
        long.clear()
        data, sheets = usual_package(package, parts, file)
        package = open_package(data, file)
        scans = {sheet.part: MarkScan(struck) for sheet in sheets}
        for sheet in sheets:
            if not check_xlsx_extent(package, sheet, file, scans[sheet.part].see):
                raise damaged(file, f"工作表“{sheet.name}”")
    book = _guarded(file, lambda: Book(data)) if any(long.get(sheet.part) is None for sheet in sheets) else None
    for sheet in sheets:
        read = long.pop(sheet.part, None)
        if read is None and book is not None:
            columns, height = _guarded(file, partial(book.columns, sheet.reader_name))
            read = [plain(column) for column in columns], height
        if read is not None:
            grid = _fast_grid(*read, sheet, package, file, scans[sheet.part].marks())
            yield replace(grid, notices=tuple(each for each in notices if each.sheet in ("", sheet.name)))


def _fast_grid(columns: list[pa.Array], height: int, sheet: SheetPart, package: Any, file: str, marks: Marks) -> Grid:
    def numbers(asked: Any) -> Any:
        return number_rows(package, sheet, asked, height, file)

    return without_errors(Grid(sheet.name, sheet.hidden, columns, numbers, marks))


# ── .xlsb and .ods: python-calamine, typed cells ──


def _calamine_grids(data: bytes, file: str) -> Iterator[Grid]:
    book = _guarded(file, lambda: python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)))
    for meta in book.sheets_metadata:
        if meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
            hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
            yield typed_grid(meta.name, hidden, _guarded(file, partial(_cells, book, meta.name, file)))


def _cells(book: python_calamine.CalamineWorkbook, name: str, file: str) -> list[list[Any]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.end and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
        raise too_large(file, name)
    return sheet.to_python(skip_empty_area=False)


def _guarded(file: str, read: Callable[[], T]) -> T:
    """`read()`, with what a reader raises on a damaged file, its panics too, turned into InputError."""
    try:
        with _silence:
            return read()
    except (InputError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise locked(file) from error
    except BaseException as error:  # a panic of the Rust readers is no Exception
        raise damaged(file) from error


class _Silence:
    """File descriptor 2 goes nowhere while any thread reads: a panic prints itself on it before Python hears of it,
    and what the clerk is told comes later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._kept = -1

    def __enter__(self) -> None:
        with self._lock:
            self._readers += 1
            if self._readers == 1:
                try:
                    self._kept = os.dup(2)
                except OSError:  # there is none
                    self._kept = -1
                    return
                with Path(os.devnull).open("wb") as nowhere:
                    os.dup2(nowhere.fileno(), 2)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if not self._readers and self._kept >= 0:
                os.dup2(self._kept, 2)
                os.close(self._kept)
                self._kept = -1


_silence = _Silence()
