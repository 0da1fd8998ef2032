"""Any .xlsx, .xlsm, .xls, .ods or .csv as columns of text, each row at its true place.

What a file is, its bytes say, not its name: an .xlsx saved as .xls is read, a web page saved as .xls is refused with
the reason. The large .xlsx goes through fastexcel, which gives text only; all else goes through python-calamine,
which gives typed cells. Both come out the same: a number without ".0", a date as 1960-01-01, TRUE and FALSE.
"""

import csv
import datetime as dt
import io
import re
import struct
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from fcins.errors import InputError
from fcins.notices import Notice
from fcins.workbooks.fast_cells import Book, plain, read_long
from fcins.workbooks.package import (
    SheetPart,
    check_ods_extent,
    check_other_parts,
    check_xlsx_extent,
    damaged,
    number_rows,
    open_package,
    worksheets,
)

MAX_BYTES = 1 << 30
_SAVE_AS = "请在 Excel 或 WPS 中打开，另存为 .xlsx 后再导入。"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_XLS_BEGIN = bytes.fromhex("0908100000060500")  # BOF of the workbook globals, BIFF8
# What else people hand in, by its first bytes.
_OTHER_FILES = {
    b"%PDF": "PDF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"{\\rtf": "文字文档",
    b"SQLite format 3": "数据库",
}
_WEB_PAGE = re.compile(
    rb"^\s*(?:<!doctype html|<html|<head|<meta|<table|<style|mime-version:)|<html[\s>]", re.IGNORECASE
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_DAY_ZERO = dt.datetime(1899, 12, 31)  # noqa: DTZ001  # cells have no time zone
_LEAP_DAY_THAT_NEVER_WAS = dt.timedelta(days=60)

Numbers = Callable[[Sequence[int]], dict[int, np.ndarray]]
T = TypeVar("T")


@dataclass(frozen=True)
class Marks:
    """What a sheet shows otherwise than its cells say. Rows as Excel numbers them, columns from 0.

    `hidden_rows`: hidden by hand or by a filter (`filtered`); `struck_rows`: with a cell that is struck through;
    `spoilt`: column → the rows whose cell is an error value or a formula without a value.
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


def read_grids(path: Path) -> Iterator[Grid]:
    """The sheets of a file one by one, hidden ones too; a sheet without any cell has no columns.

    Raises InputError: no such file, not a workbook, encrypted, damaged, or too large once unpacked.
    """
    file = path.name
    data = _bytes(path)
    kind = _kind(data, file)
    if kind == "csv":
        yield _csv_grid(data, path)
    elif kind == "xlsx":
        yield from _xlsx_grids(data, file)
    else:
        if kind == "ods":
            check_ods_extent(open_package(data, file), file)
        yield from _calamine_grids(data, file)


def _bytes(path: Path) -> bytes:
    file = path.name
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


def _kind(data: bytes, file: str) -> str:
    """xlsx, xls, ods or csv, by content. Raises InputError saying what the file is instead."""
    if data.startswith(b"PK"):
        return _zip_kind(data, file)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _encrypted(file)
        if not any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
            raise InputError(
                f"{file}：不是工作簿（是 Word 等其他 Office 文件）。", "请导入表格文件，或把表格复制到 Excel 另存。"
            )
        if _xls_is_encrypted(data):
            raise _encrypted(file)
        return "xls"
    for start, what in _OTHER_FILES.items():
        if data.startswith(start):
            raise InputError(f"{file}：不是工作簿，是{what}。", "请导入原始的 Excel 或 WPS 表格文件。")
    opening = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if _WEB_PAGE.search(opening):
        raise InputError(f"{file}：不是工作簿，是扩展名改成表格的网页文件。", _SAVE_AS)
    if opening.lstrip().startswith(b"<?xml"):
        raise InputError(f"{file}：不是工作簿，是 XML 文件（如“XML 表格 2003”）。", _SAVE_AS)
    return "csv"


def _xls_is_encrypted(data: bytes) -> bool:
    """Does a FILEPASS record stand among the first of the workbook stream ([MS-XLS] 2.4.117)? The reader cannot say."""
    at = data.find(_XLS_BEGIN)
    for _ in range(8):
        if not 0 <= at <= len(data) - 4:
            return False
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == 0x2F:
            return True
        at += 4 + length
    return False


def _zip_kind(data: bytes, file: str) -> str:
    package = open_package(data, file)
    names = set(package.namelist())
    if "xl/workbook.xml" in {name.lower() for name in names}:
        return "xlsx"
    if "content.xml" in names:
        if b"encryption-data" in (package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""):
            raise _encrypted(file)
        if b"spreadsheet" in (package.read("mimetype") if "mimetype" in names else b"spreadsheet"):
            return "ods"
    if "xl/workbook.bin" in names:
        raise InputError(f"{file}：二进制工作簿（.xlsb）暂不支持。", _SAVE_AS)
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise InputError(
            f"{file}：不是工作簿（是文字、演示等其他文档）。", "请导入表格文件，或把表格复制到 Excel 另存。"
        )
    raise InputError(f"{file}：不是工作簿，是压缩包。", "请先解压，再导入里面的工作簿。")


def _encrypted(file: str) -> InputError:
    return InputError(f"{file}：工作簿加了密码，打不开。", "请在 Excel 或 WPS 中输入密码打开，取消密码后另存再导入。")


# ── .xlsx: fastexcel for the text, the sheet's own XML for what is a number ──


def _xlsx_grids(data: bytes, file: str) -> Iterator[Grid]:
    package = open_package(data, file)
    sheets = worksheets(package, file)
    check_other_parts(package, sheets, file)
    long = {sheet.part: read_long(package, sheet, file) for sheet in sheets}
    # All others are checked before any is opened: the reader of one sheet may look at the others.
    usual = {each.part: long[each.part] is not None or check_xlsx_extent(package, each, file) for each in sheets}
    whole = any(usual[part] and read is None for part, read in long.items())
    book = _guarded(file, lambda: Book(data)) if whole else None
    for sheet in sheets:
        read = long.pop(sheet.part)
        if not usual[sheet.part]:
            yield from _calamine_grids(data, file, only=sheet.name)
        elif read is not None:
            yield _fast_grid(*read, sheet, package, file)
        elif book is not None:
            columns, height = _guarded(file, partial(book.columns, sheet.name))
            yield _fast_grid([plain(column) for column in columns], height, sheet, package, file)


def _fast_grid(columns: list[pa.Array], height: int, sheet: SheetPart, package: Any, file: str) -> Grid:
    return Grid(sheet.name, sheet.hidden, columns, lambda asked: number_rows(package, sheet, asked, height, file))


def _guarded(file: str, read: Callable[[], T]) -> T:
    """`read()`, with what a reader raises on a damaged file, its panics too, turned into InputError."""
    try:
        return read()
    except (InputError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise _encrypted(file) from error
    except BaseException as error:  # a panic of the Rust readers is no Exception
        raise damaged(file) from error


# ── all else: python-calamine, typed cells ──


def _calamine_grids(data: bytes, file: str, only: str | None = None) -> Iterator[Grid]:
    book = _guarded(file, lambda: python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)))
    for meta in book.sheets_metadata:
        if meta.typ == python_calamine.SheetTypeEnum.WorkSheet and only in (None, meta.name):
            hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
            yield typed_grid(meta.name, hidden, _guarded(file, partial(_cells, book, meta.name)))


def _cells(book: python_calamine.CalamineWorkbook, sheet: str) -> list[list[Any]]:
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def typed_grid(sheet: str, hidden: bool, rows: list[list[Any]]) -> Grid:
    """A grid from rows of typed cells, as python-calamine gives them, from A1 on."""
    typed = [list(column) for column in zip(*rows, strict=True)]
    columns = [plain(pa.array(_texts(column), pa.large_string())) for column in typed]

    def numbers(asked: Sequence[int]) -> dict[int, np.ndarray]:
        return {at: np.array([type(cell) in (int, float) for cell in typed[at]], dtype=bool) for at in asked}

    return Grid(sheet, hidden, columns, numbers)


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


# ── .csv ──


def _csv_grid(data: bytes, path: Path) -> Grid:
    text = _decoded(data, path.name)
    try:
        columns_by = {
            mark: sum(max(0, len(record) - 1) for record in _records(text[:200_000], mark)) for mark in ",\t;"
        }
        separator = max(columns_by, key=lambda mark: columns_by[mark])
        if text.strip() and not columns_by[separator]:
            raise InputError(
                f"{path.name}：不是工作簿，是没有分隔符的文本。", "请导入 .xlsx、.xls、.ods 或逗号分隔的 .csv 文件。"
            )
        records = _records(text, separator, strict=True)
    except csv.Error as error:
        raise InputError(
            f"{path.name}：不是规范的 CSV 文件（{error}引号不配对，或有特别长的一格）。",
            "请用记事本打开，改正这一行的引号；或请报送单位重新导出为 .xlsx。",
        ) from error
    # ="370499…" is how programs keep Excel from taking a text for a number: the text is what stands in the quotes.
    columns = [
        pc.replace_substring_regex(pa.array(column, pa.large_string()), r'^="([^"]*)"$', "\\1")
        for column in zip_longest(*records, fillvalue="")
    ]
    return Grid(path.stem, False, columns, lambda asked: {at: np.zeros(len(records), dtype=bool) for at in asked})


def _records(text: str, separator: str, *, strict: bool = False) -> list[list[str]]:
    """The records of a text. A quote that is closed too late swallows lines below it: `strict` raises csv.Error where
    one is never closed, or a cell holds whole lines with an ID; it says the line on which the record begins."""
    swallowed = re.compile(rf"\n(?=[^\n]*{separator})[^\n]*\d{{17}}[\dXx]")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    records: list[list[str]] = []
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
            if strict and any(swallowed.search(cell) for cell in record if "\n" in cell):
                raise csv.Error
            records.append(record)
        except StopIteration:
            return records
        except csv.Error as error:
            raise csv.Error(f"第{line}行") from error


def _decoded(data: bytes, file: str) -> str:
    """The text of a file: UTF-8, or UTF-16 with its mark, or GB18030. Raises InputError if it is no text."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:100_000]
        unassigned = sum(unicodedata.category(mark) in ("Co", "Cn") for mark in sample)
        if not _CONTROL.search(sample) and unassigned * 20 <= len(sample):
            return text
    raise InputError(
        f"{file}：不是工作簿，也不是文本表格。", "请导入 .xlsx、.xls、.ods 或 .csv 文件；打不开的文件请重新获取。"
    )
