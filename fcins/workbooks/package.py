"""The size and extent of a zipped workbook (.xlsx, .xlsm, .ods), checked before a reader opens it.

The readers believe the file: a small one can ask for hundreds of gigabytes, and then the whole process is gone, not
just the import. So the inflated bytes are checked here first, as they stream by.
"""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from posixpath import normpath
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import isal_zlib

from fcins.errors import InputError

CHUNK = 1 << 22  # stays in the processor's cache; the memory of larger pieces is cleared anew for each
_LONGEST_TEXT = 1 << 24  # between two tags: a cell holds 32,767 characters, but an .ods may hold a picture
_ENCRYPTED, _LOCAL_HEADER = 1, 30  # a flag and a length of the zip format
_UNREADABLE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zlib.error, isal_zlib.error,  # type: ignore[assignment]  # a class, whatever its stub says
    KeyError, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
MAX_INFLATED = 4 << 30
SUSPECT_INFLATED, SUSPECT_RATIO = 256 << 20, 200
# Readers allocate the whole rectangle from A1 to the last cell, 32 bytes for each; a full sheet of 50 columns fits.
MAX_CELLS = 60_000_000
MAX_ROWS = 1 << 20

# A cell whose tag is not written the usual way, <c r="B12" …>: no position, a name-space prefix, other quotes.
_UNUSUAL = r"<c(?:[^ a-z]| [^r]| r[^=]| r=[^\"]| r=\"[^A-Z])|<\w+:c[ />]"
# A filled cell past column 57 (BE) or past the last row Excel has: only then can the rectangle be too large.
_FAR = r'<c r="(?:(?:[A-Z]{3,}|[C-Z][A-Z]|B[F-Z])\d+|[A-Z]+(?:[2-9]\d{6}|\d{8,}))"(?:[^>]*[^/>])?>'
_ODD = f"(?:{_UNUSUAL})|(?:{_FAR})"  # looked for first: one pass, and most sheets have neither
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"(?:[^>]*[^/>])?>')
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*?)(/?)>")
_ODS_ROWS, _ODS_COLUMNS = (re.compile(rb'number-%s-repeated="(\d+)"' % what) for what in (b"rows", b"columns"))
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATIONSHIP = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class SheetPart:
    """A worksheet of an .xlsx: its name, whether it is hidden, and the part of the zip that holds its cells."""

    name: str
    hidden: bool
    part: str


def open_package(data: bytes, file: str) -> zipfile.ZipFile:
    """The zip directory of `data`. Raises InputError: damaged, or it would inflate beyond reason (a zip bomb)."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise damaged(file) from error
    inflated = sum(part.file_size for part in package.infolist())
    ratio = inflated / max(1, len(data))
    if inflated > MAX_INFLATED or (inflated > SUSPECT_INFLATED and ratio > SUSPECT_RATIO):
        raise InputError(
            f"{file}：解压后有{inflated >> 20}MB，是文件本身的{ratio:.0f}倍，不像正常的工作簿，没有打开。",
            "请在 Excel 中只复制有数据的区域，粘贴到新工作簿另存后再导入。",
        )
    return package


def damaged(file: str) -> InputError:
    """The error for a workbook that cannot be read through."""
    return InputError(
        f"{file}：文件已损坏，读不出来。", "可能没有传完整；请重新获取，或在 Excel、WPS 中打开后另存为 .xlsx。"
    )


def too_large(file: str, sheet: str) -> InputError:
    """The error for a sheet whose last cell lies so far out that no memory would hold the rectangle."""
    return InputError(
        f"{file}：工作表“{sheet}”的有效区域太大，很远的地方有多余的单元格（按 Ctrl+End 可以看到）。",
        "请把数据区域复制到新工作簿，另存后再导入。",
    )


def stream(package: zipfile.ZipFile, part: str, file: str) -> Iterator[bytes]:
    """The inflated bytes of one part, in pieces that never cut a tag. Raises InputError if the part is damaged.

    The next piece is inflated, outside the interpreter, while the caller looks at this one.
    """
    rest = b""
    try:
        with ThreadPoolExecutor(1) as ahead:
            pieces = _inflated(package, part)
            coming = ahead.submit(next, pieces, b"")
            while chunk := coming.result():
                coming = ahead.submit(next, pieces, b"")
                chunk = rest + chunk
                cut = max(0, chunk.rfind(b"<"))
                rest = chunk[cut:]
                if cut:
                    yield chunk[:cut]
                if len(rest) > _LONGEST_TEXT:
                    raise damaged(file)
    except _UNREADABLE as error:
        raise damaged(file) from error
    yield rest


def _inflated(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The inflated bytes of one part in pieces, none empty, its check sum checked: as zipfile reads it, but faster."""
    info = package.getinfo(part)
    plain_deflate = info.compress_type == zipfile.ZIP_DEFLATED and not info.flag_bits & _ENCRYPTED
    archive = package.fp
    if not plain_deflate or archive is None:
        with package.open(part) as source:
            yield from iter(lambda: source.read(CHUNK), b"")
        return
    archive.seek(info.header_offset)
    header = archive.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\3\4"):
        raise zipfile.BadZipFile
    archive.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), os.SEEK_CUR)
    rest = archive.read(info.compress_size)
    inflate = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    check, size = 0, 0
    while piece := inflate.decompress(rest, CHUNK):
        check, size = isal_zlib.crc32(piece, check), size + len(piece)
        yield piece
        rest = inflate.unconsumed_tail
    if not inflate.eof or check != info.CRC or size != info.file_size:
        raise zipfile.BadZipFile


def check_other_parts(package: zipfile.ZipFile, sheets: Sequence[SheetPart], file: str) -> None:
    """Inflate the large parts beside the sheets once: a directory that lies about a size is found out here."""
    streamed = {sheet.part for sheet in sheets}
    for part in package.infolist():
        if part.compress_size > 1 << 18 and part.filename.endswith(".xml") and part.filename not in streamed:
            for _ in stream(package, part.filename, file):
                pass


def worksheets(package: zipfile.ZipFile, file: str) -> list[SheetPart]:
    """The worksheets of an .xlsx in their order; charts and macro sheets left out. Raises InputError if damaged."""
    names = {name.lower(): name for name in package.namelist()}
    try:
        links = ElementTree.fromstring(package.read(names["xl/_rels/workbook.xml.rels"]))
        book = ElementTree.fromstring(package.read(names["xl/workbook.xml"]))
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(file) from error
    parts = {}
    for link in links:
        if link.get("Type", "").endswith("/worksheet"):
            target = link.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
            parts[link.get("Id", "")] = names.get(path.lower(), path)
    sheets = []
    for node in book.iter():
        if node.tag.endswith("}sheet"):
            part = parts.get(node.get(_RELATIONSHIP) or node.get(_STRICT_RELATIONSHIP) or "")
            if part:
                sheets.append(SheetPart(node.get("name", ""), node.get("state", "visible") != "visible", part))
    return sheets


def is_usual(chunk: bytes) -> bool:
    """Whether a piece of a sheet has neither a cell written in an unusual way nor one far out."""
    return not _has(chunk, _ODD)


def _has(chunk: bytes, pattern: str) -> bool:
    """Whether a pattern (RE2) is found in bytes, which are not copied for it."""
    ends = pa.array([0, len(chunk)], pa.int64()).buffers()[1]
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(chunk)])
    return bool(pc.match_substring_regex(whole, pattern)[0].as_py())


def check_xlsx_extent(package: zipfile.ZipFile, sheet: SheetPart, file: str) -> bool:
    """Refuse a sheet whose rectangle from A1 to its last filled cell is too large; says whether every cell is
    written the usual way, so that `number_rows` can be trusted. What the sheet itself declares is not believed."""
    far = False
    for chunk in stream(package, sheet.part, file):
        if is_usual(chunk):
            continue
        if _has(chunk, _UNUSUAL):
            _check_by_parser(package, sheet, file)
            return False
        far = True
    if far:
        height = width = 0
        for chunk in stream(package, sheet.part, file):
            cells = _CELL.findall(chunk)
            height = max([height, *(int(row) for _, row in cells)])
            width = max([width, *(column_number(letters) for letters in {letters for letters, _ in cells})])
        if height * width > MAX_CELLS or height > MAX_ROWS:
            raise too_large(file, sheet.name)
    return True


def _check_by_parser(package: zipfile.ZipFile, sheet: SheetPart, file: str) -> None:
    """The same check by a real parser: slow, for the rare writer that gives its cells no position."""
    row = column = height = width = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, height, width
        tag = name.rpartition(":")[2]
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            place = re.fullmatch(r"([A-Za-z]+)(\d+)", attributes.get("r", ""))
            if place:
                row, column = int(place[2]), column_number(place[1].upper().encode())
            else:
                column += 1
        elif tag in ("v", "is", "f"):
            height, width = max(height, row), max(width, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        for chunk in stream(package, sheet.part, file):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise damaged(file) from error
    if height * width > MAX_CELLS:
        raise too_large(file, sheet.name)


def check_ods_extent(package: zipfile.ZipFile, file: str) -> None:
    """Refuse an .ods whose rows and columns, repetitions unrolled, span too large a rectangle."""
    content = b"".join(stream(package, "content.xml", file))
    for table in content.split(b"<table:table ")[1:]:
        rows = height = width = 0
        for attributes, body in _ODS_ROW.findall(table):
            repeated = _ODS_ROWS.search(attributes)
            rows += int(repeated[1]) if repeated else 1
            if b"<text:p" not in body and b"office:value" not in body:
                continue
            height = rows
            if b"columns-repeated" in body:
                width = max(width, _ods_width(body))
            else:
                width = max(width, body.count(b"<table:table-cell") + body.count(b"<table:covered-table-cell"))
        if height * width > MAX_CELLS:
            name = re.search(rb'table:name="([^"]*)"', table)
            raise too_large(file, name[1].decode("utf-8", "replace") if name else "")


def _ods_width(row: bytes) -> int:
    """The last filled column of one row of an .ods."""
    position = width = 0
    for attributes, closed in _ODS_CELL.findall(row):
        repeated = _ODS_COLUMNS.search(attributes)
        position += int(repeated[1]) if repeated else 1
        if not closed or b"office:value" in attributes:
            width = position
    return width


def number_rows(
    package: zipfile.ZipFile, sheet: SheetPart, columns: Sequence[int], height: int, file: str
) -> dict[int, np.ndarray]:
    """Which cells of these columns (from 0) the file keeps as numbers: per column a bool array of `height` rows.

    Dates are numbers too in this format; only the cell's text tells them apart. Only for sheets of which
    `check_xlsx_extent` says that their cells are written the usual way.
    """
    letters = {column_letters(column).encode(): column for column in columns}
    # A number's cell has no type, or that of a number; no other attribute of a cell has a t in it.
    number = rb'<c r="(' + b"|".join(sorted(letters)) + rb')(\d+)"(?:[^>t]|t="n")*>'
    cell = re.compile(number)
    numbers = {column: np.zeros(height, dtype=bool) for column in columns}
    for chunk in stream(package, sheet.part, file):
        # Most pieces of a sheet have none in these columns, and that is quickly found out.
        if _has(chunk, number.decode()):
            for column, row in cell.findall(chunk):
                if int(row) <= height:
                    numbers[letters[column]][int(row) - 1] = True
    return numbers


def column_number(letters: bytes) -> int:
    """A column's number from its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(column: int) -> str:
    """A column's letters from its number, here counted from 0: 0 is A."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
