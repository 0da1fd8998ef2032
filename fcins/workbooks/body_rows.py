"""The body rows of a worksheet as XML, whole columns at a time by pyarrow's string kernels.

A writer that visits every cell takes seconds for a town's register. Here a column becomes one array of cell XML and the
rows are one join over those arrays. Only odd texts (markup characters, edge blanks, control characters, overlong) go
through `inline_text` one by one; it is the definition, the kernels are the short cut for plain text.

Standard: ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.73 (row); texts: `texts`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

from fcins.workbooks.texts import TEXT_LIMIT, cell_text, inline_text

LINE_POINTS, PADDING_POINTS, TALLEST_POINTS = 14.25, 4.5, 408.75  # in whole pixels of 0.75, for a 10 point font

TEXT_KINDS = frozenset({"text", "left", "id", "entry"})
WRAPPED_KINDS = frozenset({"text", "left", "entry"})
DECIMALS = {"money": 2, "points": 2, "percent": 4}  # kinds of whole numbers that a cell holds so many places smaller

_STRING = pa.large_string()
_ODD = r"[&<>\x00-\x09\x0b-\x1f\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}_|^[\s\x{85}\p{Z}]|[\s\x{85}\p{Z}]$"
_FIRST_TRUE_DATE = np.datetime64("1900-03-01")  # before it a spreadsheet's serials are off by its 1900-02-29
_SERIAL_ZERO = np.datetime64("1899-12-30")


def body_rows(
    frame: pd.DataFrame,
    kinds: Sequence[str],
    widths: Sequence[float],
    styles: Sequence[int],
    numbers: npt.NDArray[np.int64],
    opening: tuple[npt.NDArray[np.bool_], Sequence[int]] | None = None,
    marked: tuple[npt.NDArray[np.bool_], Sequence[int]] | None = None,
) -> tuple[memoryview, npt.NDArray[np.int64]]:
    """The `<row>` elements of a frame, as UTF-8 to put into a worksheet's `<sheetData>`, and where each begins.

    `kinds` (see writing.Column), `widths` (characters) and `styles` (cell format ids of the workbook) go with the
    frame's columns; `opening` marks rows (one bool a row) that have other styles, `marked` cells (rows × columns).
    `numbers` are the rows' numbers, counted from 1. One more place than rows is given, the end of the last. Missing
    values and "" give a formatted empty cell. Raises ValueError (ArrowInvalid) when a number column holds what is not
    a whole number.
    """
    if frame.empty:
        return memoryview(b""), np.zeros(1, np.int64)
    own = pa.array(numbers).cast(_STRING)
    parts: list[Any] = ['<row r="', own, None]
    lines = pa.array(np.ones(len(frame), np.int64))
    for index, kind in enumerate(kinds):
        values = _values(frame.iloc[:, index], kind)
        if kind in WRAPPED_KINDS:
            lines = pc.max_element_wise(lines, wrapped_lines(values, widths[index]))
        style = _scalar(str(styles[index]))
        if opening is not None and opening[1][index] != styles[index]:
            style = pc.if_else(pa.array(opening[0]), _scalar(str(opening[1][index])), style)
        if marked is not None and marked[0][:, index].any():
            style = pc.if_else(pa.array(marked[0][:, index]), _scalar(str(marked[1][index])), style)
        parts += [f'<c r="{xl_col_to_name(index)}', own, '" s="', style, _contents(values, kind)]
    parts[2] = _heights(lines)
    rows = _joined([*parts, "</row>"])
    _, ends, text = rows.buffers()
    return memoryview(text), np.frombuffer(ends, np.int64, count=len(rows) + 1)


def _values(column: "pd.Series[Any]", kind: str) -> pa.Array:
    """A column as texts, whole numbers (fen for money …) or days; missing as null."""
    if kind == "date":
        return _one_chunk(pa.array(column, from_pandas=True)).cast(pa.date32(), safe=False)  # the time of day goes
    if kind not in TEXT_KINDS:
        return _one_chunk(pa.array(column, from_pandas=True)).cast(pa.int64())
    try:
        return _one_chunk(pa.array(column, from_pandas=True)).cast(_STRING)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # mixed types, or half a surrogate pair
        return pa.array([None if pd.isna(x) else cell_text(str(x)) for x in column], _STRING)


def _contents(values: pa.Array, kind: str) -> pa.Array:
    """What follows a cell's style id: the type and the value, or the end of an empty cell. Works on unique values."""
    unique = values.dictionary_encode()
    if kind in TEXT_KINDS:
        cells = _text_cells(unique.dictionary)
    elif kind == "date":
        days = unique.dictionary.to_numpy(zero_copy_only=False)
        serials = _joined(['"><v>', pa.array((days - _SERIAL_ZERO).astype(np.int64)).cast(_STRING), "</v></c>"])
        texts = _text_cells(pa.array(np.datetime_as_string(days).astype(object), _STRING))
        cells = pc.if_else(pa.array(days >= _FIRST_TRUE_DATE), serials, texts)
    elif kind in DECIMALS:
        places = DECIMALS[kind]
        numbers = unique.dictionary.to_numpy()
        sign = pa.array(np.where(numbers < 0, "-", "").astype(object), _STRING)
        whole, rest = np.divmod(np.abs(numbers), 10**places)
        digits = pc.utf8_lpad(pa.array(rest).cast(_STRING), places, "0")
        cells = _joined(['"><v>', sign, pa.array(whole).cast(_STRING), ".", digits, "</v></c>"])
    else:
        cells = _joined(['"><v>', unique.dictionary.cast(_STRING), "</v></c>"])
    return pc.fill_null(cells.take(unique.indices), '"/>')


def _text_cells(texts: pa.Array) -> pa.Array:
    cells = _joined(['" t="inlineStr"><is><t>', texts, "</t></is></c>"])
    odd = pc.or_(pc.match_substring_regex(texts, _ODD), pc.greater(pc.binary_length(texts), TEXT_LIMIT))
    if pc.any(odd).as_py():
        own = [
            f'" t="inlineStr">{inline_text(t)}</c>' if cell_text(t) else '"/>' for t in texts.filter(odd).to_pylist()
        ]
        cells = pc.replace_with_mask(cells, odd, pa.array(own, _STRING))
    return pc.if_else(pc.equal(texts, ""), _scalar('"/>'), cells)


def _heights(lines: pa.Array) -> Any:
    unique = lines.dictionary_encode()
    points = [f'" ht="{row_points(count):g}" customHeight="1">' for count in unique.dictionary.to_pylist()]
    return pa.array(points, _STRING).take(unique.indices)


def _joined(parts: Sequence[Any]) -> pa.Array:
    return pc.binary_join_element_wise(*(_scalar(part) if isinstance(part, str) else part for part in [*parts, ""]))


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, _STRING)


def _one_chunk(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


# ── row heights ─────────────────────────────────────────────────────────────────────────────────────────────────────


def wrapped_lines(texts: pa.Array, width: float) -> pa.Array:
    """How many lines each text takes in a column `width` characters wide; a Han character counts as two."""
    # A Han character is three bytes of UTF-8 and two columns wide, an ASCII character one and one.
    characters = pc.utf8_length(texts)
    columns = pc.divide(pc.add(characters, pc.binary_length(texts)), 2)
    breaks = pc.count_substring(texts, "\n")
    fitting = max(int(width) // 2 * 2, 2)
    return pc.fill_null(pc.add(pc.divide(pc.add(columns, fitting - 1), fitting), breaks), 1)


def row_points(lines: float) -> float:
    """The height in points of a row with so many lines of 10 point text."""
    return min(lines * LINE_POINTS + PADDING_POINTS, TALLEST_POINTS)
