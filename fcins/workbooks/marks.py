"""What a sheet of an .xlsx shows otherwise than its cells say, found as its XML streams by.

Hidden rows and columns, cells that are struck through, error values, and formulas that no program has computed yet
(openpyxl, POI and report engines write such). Most pieces of most sheets have nothing of it, and one pass tells so.
"""

import re
import zipfile
from collections import defaultdict
from xml.etree import ElementTree

from fcins.workbooks.grids import Marks
from fcins.workbooks.package import column_number, has

# What has no value: a formula, then nothing, <v/> or <v></v>. One whose text is empty has t="str".
_NO_VALUE = r"(?:</f>|<f[^>]*/>)(?:<v ?/>|<v></v>)?</c>"
# Each begins with a letter that is rare in a sheet's XML, so one pass over a piece costs next to nothing.
_MAY_HIDE, _MAY_BE_ERROR, _MAY_COMPUTE = 'hidden="[1t]', "#[A-Z]", "f(?:[> ]|ilterColumn)"
_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<col (?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_MIN, _MAX = re.compile(rb'\bmin="(\d+)"'), re.compile(rb'\bmax="(\d+)"')
_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>')
_EMPTY_FORMULA = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?![^>]*\bt="str")[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)(?:<v ?/>|<v></v>)?</c>'
)
_MOST_COLUMNS = 16384
_LONGEST_CELL = 1 << 15


class MarkScan:
    """Sees the pieces of one sheet's XML, written the usual way, in their order. `struck`: the cell styles with a
    struck-through font."""

    def __init__(self, struck: frozenset[int] = frozenset()) -> None:
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._filtered = False
        self._spoilt: defaultdict[bytes, list[int]] = defaultdict(list)
        self._struck: set[int] = set()
        self._rest = b""
        styles = b"|".join(str(style).encode() for style in sorted(struck))
        self._struck_cell = re.compile(rb'<c r="[A-Z]+(\d+)"[^>]*\bs="(?:' + styles + rb')"[^>/]*>') if struck else None

    def see(self, chunk: bytes) -> None:
        """Look at the next piece."""
        if self._struck_cell:
            self._struck.update(map(int, self._struck_cell.findall(chunk)))
        if self._rest:  # the piece before ended within a cell
            end = chunk.find(b"</c>") + len(b"</c>")
            cell = self._rest + (chunk[:end] if end >= len(b"</c>") else chunk)
            if end < len(b"</c>") and len(cell) < _LONGEST_CELL:
                self._rest = cell
                return
            self._look(cell)
        if (
            has(chunk, _MAY_HIDE)
            or has(chunk, _MAY_BE_ERROR)
            or (has(chunk, _MAY_COMPUTE) and has(chunk, f"<filterColumn|{_NO_VALUE}"))
        ):
            self._look(chunk)
        last = chunk.rfind(b"<c ", max(0, len(chunk) - _LONGEST_CELL))
        self._rest = chunk[last:] if last >= 0 and b"</c>" not in chunk[last:] else b""

    def _look(self, piece: bytes) -> None:
        self._rows += map(int, _HIDDEN_ROW.findall(piece))
        for column in _HIDDEN_COLUMN.findall(piece):
            first, last = _MIN.search(column), _MAX.search(column)
            if first and last:
                self._columns += range(int(first[1]) - 1, min(int(last[1]), _MOST_COLUMNS))
        self._filtered |= b"<filterColumn" in piece
        for found in (_ERROR, _EMPTY_FORMULA):
            for letters, row in found.findall(piece):
                self._spoilt[letters].append(int(row))

    def marks(self) -> Marks:
        """All that was seen."""
        return Marks(
            hidden_rows=tuple(sorted(set(self._rows))),
            filtered=self._filtered and bool(self._rows),
            hidden_columns=tuple(sorted(set(self._columns))),
            struck_rows=tuple(sorted(self._struck)),
            spoilt={column_number(each) - 1: tuple(sorted(set(rows))) for each, rows in sorted(self._spoilt.items())},
        )


def struck_styles(package: zipfile.ZipFile, part: str) -> frozenset[int]:
    """The numbers of the cell styles (s="…") whose font is struck through; none if the styles cannot be read."""
    try:
        styles = ElementTree.fromstring(package.read(part))
    except Exception:  # a workbook whose styles are damaged is the reader's to refuse
        return frozenset()
    name = "{*}"
    struck = {
        at
        for at, font in enumerate(styles.iterfind(f"{name}fonts/{name}font"))
        if any(strike.get("val", "1") in ("1", "true") for strike in font.iterfind(f"{name}strike"))
    }
    return frozenset(
        at
        for at, style in enumerate(styles.iterfind(f"{name}cellXfs/{name}xf"))
        if style.get("fontId", "0").isdigit() and int(style.get("fontId", "0")) in struck
    )
