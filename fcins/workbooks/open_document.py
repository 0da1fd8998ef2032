"""An .ods before a reader opens it: refused if its cells lie too far out, tidied if it is laid out for people.

The reader unrolls what repeats, whatever it comes to, and fails on a blank line between two cells.
"""

import io
import re
import zipfile

from fcins.workbooks.grids import Marks
from fcins.workbooks.package import MAX_CELLS, open_package, part_bytes, stream
from fcins.workbooks.refusals import damaged, too_large

_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*?)(/?)>")
_COLUMN = re.compile(rb"<table:table-column\b([^>]*)>")
_ROWS, _COLUMNS = (re.compile(rb'number-%s-repeated="(\d+)"' % what) for what in (b"rows", b"columns"))
_HIDDEN = re.compile(rb'table:visibility="(?:collapse|filter)"')
_LAID_OUT = re.compile(rb">\s*\n\s*<")
_BETWEEN_CELLS = re.compile(rb"</table:table-(?:cell|row)>\s*\n\s*<")
_BLANKS = re.compile(rb'text:c="(\d+)"')
_MOST_BLANKS = 1 << 15  # of one cell
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14


def open_document(data: bytes, file: str) -> tuple[bytes, list[Marks]]:
    """The bytes that a reader can open, and the marks of each sheet in their order.

    Raises InputError: damaged, or a sheet whose rows and columns, repetitions unrolled, span too large a rectangle.
    """
    package = open_package(data, file)
    content = b"".join(stream(package, "content.xml", file))
    if any(int(count) > _MOST_BLANKS for count in _BLANKS.findall(content)):
        raise damaged(file, "content.xml")
    marks = [_marks(table, file) for table in content.split(b"<table:table ")[1:]]
    if not _BETWEEN_CELLS.search(content):
        return data, marks
    tidy = io.BytesIO()
    with zipfile.ZipFile(tidy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in package.namelist():
            if name != "content.xml" and name.endswith((".xml", "mimetype")):
                new.writestr(name, part_bytes(package, name, file))
        new.writestr("content.xml", _LAID_OUT.sub(b"><", content))
    return tidy.getvalue(), marks


def _marks(table: bytes, file: str) -> Marks:
    """What is hidden in one sheet. Raises InputError if it is too large."""
    rows = height = width = 0
    hidden_rows: list[int] = []
    for attributes, body in _ROW.findall(table):
        repeated = _times(_ROWS, attributes)
        if _HIDDEN.search(attributes):
            hidden_rows += range(rows + 1, min(rows + repeated, _MOST_ROWS) + 1)
        rows += repeated
        if b"<text:p" not in body and b"office:value" not in body:
            continue
        height = rows
        if b"columns-repeated" in body:
            width = max(width, _width(body))
        else:
            width = max(width, body.count(b"<table:table-cell") + body.count(b"<table:covered-table-cell"))
    if height * width > MAX_CELLS:
        name = re.search(rb'table:name="([^"]*)"', table)
        raise too_large(file, name[1].decode("utf-8", "replace") if name else "")
    columns = 0
    hidden_columns: list[int] = []
    for attributes in _COLUMN.findall(table):
        repeated = _times(_COLUMNS, attributes)
        if _HIDDEN.search(attributes):
            hidden_columns += range(columns, min(columns + repeated, _MOST_COLUMNS))
        columns += repeated
    filtered = bool(hidden_rows) and b'table:visibility="filter"' in table
    return Marks(tuple(hidden_rows), filtered, tuple(hidden_columns))


def _width(row: bytes) -> int:
    """The last filled column of one row."""
    position = width = 0
    for attributes, closed in _CELL.findall(row):
        position += _times(_COLUMNS, attributes)
        if not closed or b"office:value" in attributes:
            width = position
    return width


def _times(pattern: "re.Pattern[bytes]", attributes: bytes) -> int:
    repeated = pattern.search(attributes)
    return int(repeated[1]) if repeated else 1
