"""The parts of a zipped workbook, and the size and extent of an .xlsx, checked before a reader opens it.

The readers believe the file: a small one can ask for hundreds of gigabytes, and then the whole process is gone, not
just the import. So the inflated bytes are checked here first, as they stream by.
"""

import io
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import isal_zlib

from fcins.errors import InputError
from fcins.workbooks.refusals import damaged, too_large

CHUNK = 1 << 22  # stays in the processor's cache; the memory of larger pieces is cleared anew for each
_LONGEST_TEXT = 1 << 24  # between two tags: a cell holds 32,767 characters, but an .ods may hold a picture
_ENCRYPTED, _LOCAL_HEADER = 1, 30  # a flag and a length of the zip format
UNREADABLE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zlib.error, isal_zlib.error, lzma.LZMAError,  # type: ignore[assignment]  # a class for all that
    LookupError, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, struct.error,
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

Watch = Callable[[bytes], None]


@dataclass(frozen=True)
class SheetPart:
    """A worksheet of an .xlsx: its name, whether it is hidden, and the part of the zip that holds its cells.

    `key`: the name by which a reader finds it, another one where two sheets have one name."""

    name: str
    hidden: bool
    part: str
    key: str = ""

    @property
    def reader_name(self) -> str:
        """The name of the sheet in the file that the readers open."""
        return self.key or self.name


def open_package(data: bytes, file: str) -> zipfile.ZipFile:
    """The zip directory of `data`. Raises InputError: damaged, or it would inflate beyond reason (a zip bomb)."""
    begin = data.find(b"PK", 0, 64)
    if begin > 0:  # blank lines of a JSP page in front
        data = data[begin:]
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


def name_in(package: zipfile.ZipFile, part: str) -> str:
    """The name under which a part stands in the zip, "" if it does not: Office looks at neither case nor slash."""
    wanted = plain_name(part)
    return next((name for name in reversed(package.namelist()) if plain_name(name) == wanted), "")


def plain_name(part: str) -> str:
    """A part's name as one compares it."""
    return part.replace("\\", "/").lstrip("/").lower()


def part_bytes(package: zipfile.ZipFile, part: str, file: str) -> bytes:
    """The inflated bytes of one part. Raises InputError that names the part if it is damaged."""
    try:
        return package.read(part)
    except UNREADABLE as error:
        raise _unreadable(error, part, file) from error


def _unreadable(error: Exception, part: str, file: str) -> InputError:
    """The cause, as far as one can tell it: a part under a password or in a rare compression is not damaged."""
    if isinstance(error, NotImplementedError):
        return InputError(
            f"{file}：{part} 用了不支持的压缩方式（如 Deflate64），读不出来。",
            "请在 Excel 或 WPS 中打开，另存为 .xlsx 后再导入。",
        )
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return InputError(f"{file}：压缩包加了密码，打不开。", "请先用压缩软件输入密码解开，再导入里面的工作簿。")
    return damaged(file, part)


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
                    raise damaged(file, part)
    except UNREADABLE as error:
        raise _unreadable(error, part, file) from error
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


def is_usual(chunk: bytes) -> bool:
    """Whether a piece of a sheet has neither a cell written in an unusual way nor one far out."""
    return not has(chunk, _ODD)


def has(chunk: bytes, pattern: str) -> bool:
    """Whether a pattern (RE2) is found in bytes, which are not copied for it."""
    ends = pa.array([0, len(chunk)], pa.int64()).buffers()[1]
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(chunk)])
    return bool(pc.match_substring_regex(whole, pattern)[0].as_py())


def check_xlsx_extent(package: zipfile.ZipFile, sheet: SheetPart, file: str, watch: Watch | None = None) -> bool:
    """Refuse a sheet whose rectangle from A1 to its last filled cell is too large; says whether every cell is
    written the usual way, so that a reader and `number_rows` can be trusted. What the sheet declares is not believed.

    `watch` sees every piece as it comes by."""
    far = False
    for chunk in stream(package, sheet.part, file):
        if watch is not None:
            watch(chunk)
        if is_usual(chunk):
            continue
        if has(chunk, _UNUSUAL):
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
        if has(chunk, number.decode()):
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
