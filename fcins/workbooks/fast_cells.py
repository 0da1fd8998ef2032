"""The sheets of an .xlsx as columns of text, by fastexcel: a short sheet whole, a long one in pieces side by side.

Text only: the fast reader turns a number into believable text. `package.number_rows` knows which cells were numbers in
the file: only the type tells that Excel destroyed the last digits of an ID.

A piece is rows of the sheet as a workbook of its own. The sheet is read whole where a piece gives another number of
cells than its XML has, where the sheet is written in an unusual way, and where its shared strings are long beside it:
each piece would read them again.
"""

import io
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import fastexcel
import pyarrow as pa

from fcins.side_by_side import processors
from fcins.workbooks.grids import plain
from fcins.workbooks.package import CHUNK, SheetPart, Watch, is_usual, part_bytes, stream

_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_ROW = b"<row "
_FIRST_ROW = re.compile(rb'\s*<row [^>]*?\br="(\d+)"')
_ANCHOR = "fcins"
_SHARE = 4  # a piece is at least so many times as long as what comes with each piece: shared strings, styles


class Book:
    """An .xlsx that fastexcel has opened."""

    def __init__(self, data: bytes) -> None:
        self._reader = fastexcel.read_excel(data)

    def columns(self, sheet: str) -> tuple[list[pa.Array], int]:
        """The columns of a sheet from A on, "" where empty, and their height; row 1 is the first."""
        return _columns(self._reader, sheet, 0)


@dataclass(frozen=True)
class _Piece:
    """Rows of a sheet as they stand in its part, and the number of the first."""

    head: bytes
    first: int
    rows: bytes


class _NoPieces(Exception):
    """The sheet cannot be cut, or a piece may have lost cells."""


def read_long(
    package: zipfile.ZipFile, sheet: SheetPart, file: str, watch: Watch | None = None
) -> tuple[list[pa.Array], int] | None:
    """What `Book.columns` gives for a long sheet, in half the time on two processors and in much less memory.

    None where the sheet is short, is not written the usual way (`package.check_xlsx_extent` says more), or has to
    be read whole for another reason. `watch` sees every piece of the part. Raises InputError if a part is damaged.
    """
    size = package.getinfo(sheet.part).file_size
    if size < 2 * CHUNK:
        return None
    # The workbook, its shared strings and styles: no theme, drawings or properties.
    beside = {
        name: part_bytes(package, name, file)
        for name in package.namelist()
        if name.endswith((".xml", ".rels")) and name.count("/") < 2 and not name.startswith("docProps/")
    } | {"xl/_rels/workbook.xml.rels": part_bytes(package, "xl/_rels/workbook.xml.rels", file)}
    least = max(CHUNK // 2, _SHARE * sum(map(len, beside.values())))
    if size < 4 * least:
        return None
    done: list[tuple[int, list[pa.Array], int]] = []
    coming: deque[tuple[int, Future[tuple[list[pa.Array], int]]]] = deque()
    try:
        with ThreadPoolExecutor(processors()) as pool:
            for piece in _pieces(package, sheet, file, least, watch):
                coming.append((piece.first, pool.submit(_read, piece, beside, sheet)))
                if len(coming) > processors():  # no more of the sheet is held than is being read
                    first, parsed = coming.popleft()
                    done.append((first, *parsed.result()))
            done += [(first, *parsed.result()) for first, parsed in coming]
        return _joined(done)
    except _NoPieces:
        return None


def _pieces(package: zipfile.ZipFile, sheet: SheetPart, file: str, least: int, watch: Watch | None) -> Iterator[_Piece]:
    """A sheet's rows in pieces of at least so many bytes, each checked before it is given away."""
    head = b""
    held: list[bytes | memoryview] = []
    size, ended = 0, False
    for chunk in stream(package, sheet.part, file):
        if watch is not None:
            watch(chunk)
        if not is_usual(chunk):
            raise _NoPieces
        if ended:
            continue
        begin = 0
        if not head:
            begin = chunk.find(_BEGIN) + len(_BEGIN)
            if begin < len(_BEGIN):
                raise _NoPieces
            head = chunk[:begin]
        end = chunk.rfind(_END, begin)
        ended = end >= 0
        cut = end if ended else chunk.rfind(_ROW, begin)
        if not ended and (cut < 0 or size + cut < least):
            held.append(memoryview(chunk)[begin:])
            size += len(chunk)
            continue
        rows = b"".join([*held, memoryview(chunk)[begin:cut]])
        first = _FIRST_ROW.match(rows)
        if first is None:
            raise _NoPieces
        yield _Piece(head, int(first[1]), rows)
        held, size = [chunk[cut:]], len(chunk) - cut
    if not ended:
        raise _NoPieces


def _read(piece: _Piece, beside: dict[str, bytes], sheet: SheetPart) -> tuple[list[pa.Array], int]:
    """A piece's columns from A on and its height, by a workbook that has only these rows.

    A cell of our own right above them keeps the reader from beginning at row 1, or later than at the first row.
    """
    above = piece.first - 1
    anchor = f'<row r="{above}"><c r="A{above}" t="inlineStr"><is><t>{_ANCHOR}</t></is></c></row>'.encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in beside.items():
            package.writestr(name, content)
        package.writestr(
            sheet.part, b"".join([piece.head, anchor if above else b"", piece.rows, _END, b"</worksheet>"])
        )
    try:
        columns, height = _columns(fastexcel.read_excel(target.getvalue()), sheet.reader_name, None if above else 0)
    except BaseException as error:  # a panic of the reader is no Exception
        raise _NoPieces from error
    # Every filled cell must have come out: the reader drops in silence what it does not like.
    read = sum(height - column.null_count for column in columns) - bool(above)
    filled = piece.rows.count(b"</c>")
    if read != filled and read != filled - piece.rows.count(b'"></c>'):
        raise _NoPieces
    if above:
        if [column[0].as_py() for column in columns] != [_ANCHOR] + [None] * (len(columns) - 1):
            raise _NoPieces
        columns, height = [column.slice(1) for column in columns], height - 1
    return [plain(column) for column in columns], height


def _joined(pieces: list[tuple[int, list[pa.Array], int]]) -> tuple[list[pa.Array], int]:
    """The pieces (first row, columns, height) one below the other, each at its place."""
    width = max((len(columns) for _, columns, _ in pieces), default=0)
    parts: list[list[pa.Array]] = [[] for _ in range(width)]
    end = 0
    for first, columns, height in pieces:
        if first - 1 < end:
            raise _NoPieces
        for at, part in enumerate(parts):
            part.append(_blank(first - 1 - end))
            part.append(columns[at] if at < len(columns) else _blank(height))
        end = first - 1 + height
    pieces.clear()
    return [pa.concat_arrays(parts.pop(0)) for _ in range(width)], end  # no column is held twice but the one in hand


def _columns(reader: fastexcel.ExcelReader, sheet: str, skip_rows: int | None) -> tuple[list[pa.Array], int]:
    loaded = reader.load_sheet(sheet, header_row=None, skip_rows=skip_rows, dtypes="string")
    places = [column.absolute_index for column in loaded.available_columns()]
    batch = loaded.to_arrow()
    # fastexcel keeps the empty rows above the first filled one, but drops the empty columns before it.
    blanks = [pa.nulls(batch.num_rows, pa.large_string())] * (places[0] if places else 0)
    return [*blanks, *(column.cast(pa.large_string()) for column in batch.columns)], batch.num_rows


def _blank(height: int) -> pa.Array:
    return pa.repeat(pa.scalar("", pa.large_string()), height)
