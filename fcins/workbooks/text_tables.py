"""A text as a table: .csv and .txt of any separator and encoding, as programs and people leave them.

One broken byte spoils one cell, not the file; a text without separators, or with much that is no text, is refused.
"""

import csv
import io
import re
import unicodedata
from itertools import zip_longest
from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fcins.errors import InputError
from fcins.workbooks.grids import Grid, Marks, text_grid
from fcins.workbooks.package import MAX_CELLS
from fcins.workbooks.refusals import too_large

_SEPARATORS = ",\t;|"
_SEPARATOR_LINE = re.compile(r"""\A"?sep=(.)"?\r?\n""", re.IGNORECASE)  # Excel's own
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BROKEN = "\ufffd"
_SAMPLE = 100_000
_LONGEST_CELL = 1 << 24
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8",
}  # fmt: skip


def text_table(data: bytes, file: str) -> Grid:
    """The one sheet of a text file, its broken cells marked as spoilt. Raises InputError: no text, or no table."""
    text = decoded(data, file)
    stated = _SEPARATOR_LINE.match(text)
    text = text[stated.end() :] if stated else text
    csv.field_size_limit(_LONGEST_CELL)
    try:
        columns_by = {
            mark: sum(max(0, len(record) - 1) for record in _records(text[:200_000], mark)) for mark in _SEPARATORS
        }
        separator = stated[1] if stated else max(columns_by, key=lambda mark: columns_by[mark])
        if text.strip() and not stated and not columns_by[separator]:
            raise InputError(
                f"{file}：不是工作簿，是没有分隔符的文本。", "请导入 .xlsx、.xls、.ods 或逗号分隔的 .csv 文件。"
            )
        records = _records(text, separator, strict=True)
    except csv.Error as error:
        raise InputError(
            f"{file}：不是规范的 CSV 文件（{error}引号不配对，或有特别长的一格）。",
            "请用记事本打开，改正这一行的引号；或请报送单位重新导出为 .xlsx。",
        ) from error
    if len(records) * max(map(len, records), default=0) > MAX_CELLS:
        raise too_large(file, PurePath(file).stem)
    # ="370499…" is how programs keep Excel from taking a text for a number: the text is what stands in the quotes.
    columns = [unguarded(pa.array(column, pa.large_string())) for column in zip_longest(*records, fillvalue="")]
    spoilt = {
        at: tuple((np.flatnonzero(pc.match_substring(column, _BROKEN).to_numpy(zero_copy_only=False)) + 1).tolist())
        for at, column in enumerate(columns if _BROKEN in text else ())
    }
    marks = Marks(spoilt={at: rows for at, rows in spoilt.items() if rows})
    return text_grid(PurePath(file).stem, False, columns, marks)


def unguarded(column: pa.Array) -> pa.Array:
    """Texts without the ="…" around them."""
    return pc.replace_substring_regex(column, r'^="([^"]*)"$', "\\1")


def _records(text: str, separator: str, *, strict: bool = False) -> list[list[str]]:
    """The records of a text. A quote that is closed too late swallows lines below it: `strict` raises csv.Error where
    one is never closed, or a cell holds whole lines with an ID; it says the line on which the record begins."""
    swallowed = re.compile(rf"\n(?=[^\n]*{re.escape(separator)})[^\n]*\d{{17}}[\dXx]")
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


def decoded(data: bytes, file: str) -> str:
    """The text of a file: UTF-8, GB18030, UTF-16 or UTF-32, U+FFFD where bytes are broken, control characters left out.

    Raises InputError if it is no text.
    """
    wide = _wide_encoding(data)
    if wide:
        whole = len(data) - len(data) % (4 if "32" in wide else 2)  # a Ctrl-Z behind the last character
        text = data[:whole].decode(wide, "replace")
    else:
        text = _narrow(data.rstrip(b"\x1a\0"))
    text = text.rstrip("\x1a\0").replace("\ufeff", "")
    sample = text[:_SAMPLE]
    allowed = 3 + len(sample) // 100
    unassigned = sum(unicodedata.category(mark) in ("Co", "Cn") for mark in sample)
    if len(_CONTROL.findall(sample)) > allowed or sample.count(_BROKEN) > allowed or unassigned * 20 > len(sample):
        raise InputError(
            f"{file}：不是工作簿，也不是文本表格。", "请导入 .xlsx、.xls、.ods 或 .csv 文件；打不开的文件请重新获取。"
        )
    return _CONTROL.sub("", text)


def _wide_encoding(data: bytes) -> str:
    """The encoding of a text in two or four bytes a character, "" if it is in neither: by its mark, or by its zeros."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return "" if encoding == "utf-8" else encoding
    sample = data[: 4096 - 4096 % 4]
    zeros = [sample[place::4].count(0) * 4 / max(1, len(sample)) for place in range(4)]
    if sum(zeros) < 0.4:  # digits and separators alone give more
        return ""
    if min(zeros[0], zeros[1]) > 0.9 or min(zeros[2], zeros[3]) > 0.9:
        return "utf-32-be" if zeros[0] > zeros[3] else "utf-32-le"
    if max(zeros[0], zeros[2]) < 0.05 or max(zeros[1], zeros[3]) < 0.05:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return ""


def _narrow(data: bytes) -> str:
    """UTF-8 or GB18030, whichever the bytes are but for a few broken ones."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    broken = text.count(_BROKEN)
    others = sum(not mark.isascii() for mark in text[:_SAMPLE]) - text[:_SAMPLE].count(_BROKEN)
    if data.startswith(b"\xef\xbb\xbf") or (others > 3 * broken and broken * 20 <= len(text)):
        return text
    return data.decode("gb18030", "replace")
