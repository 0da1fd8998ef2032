"""A table with title, headings, totals and page set-up → an .xlsx that prints as it is.

XlsxWriter makes the workbook (styles, page set-up, title, headings, totals, notes) with one sample row a sheet;
`body_rows` makes the XML of all rows with the sample's cell formats; the rows take the sample's place and the parts are
zipped again. The file is written aside and renamed, so that it appears whole or not at all. The same data gives the
same bytes: the only date in it is the caller's.
"""

import datetime
import errno
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import xlsxwriter

from fcins.aside import written_aside
from fcins.errors import FcinsError, UsageError
from fcins.workbooks.body_rows import DECIMALS, TALLEST_POINTS, body_rows, row_points, wrapped_lines
from fcins.workbooks.charts import ROWS as CHART_ROWS
from fcins.workbooks.charts import Chart, add_chart
from fcins.workbooks.own_mark import mark_of
from fcins.workbooks.texts import cell_text

FONT = "宋体"
ROW_LIMIT = 1_048_576
DEFLATE_LEVEL = 2  # two thirds of the time of level 4, files an eighth larger
_ROWS_TOGETHER = 2**16
_A4 = 9
_TITLE_ROW, _SUBTITLE_ROW, _HEADING_ROW, _BODY_ROW = 0, 1, 2, 3
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_STYLE_OF_KIND: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True},
    "left": {"text_wrap": True, "align": "left"},
    "id": {"num_format": "@", "shrink": True},
    "entry": {"num_format": "@", "text_wrap": True},
    "int": {"num_format": "0", "shrink": True},
    "money": {"num_format": "0.00", "shrink": True},
    "percent": {"num_format": "0.00%", "shrink": True},
    "points": {"num_format": "+0.00;-0.00;0.00", "shrink": True},
    "date": {"num_format": "yyyy-mm-dd", "shrink": True},
}
_MARK = {"bg_color": "#FFE699", "bold": True}  # seen on a black and white print, too


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters (a Han character takes two), and what its cells are.

    kind: "text" centred; "left" left-aligned; both wrap. "id" text that looks like a number. "int". "money": whole fen,
    shown as yuan 0.00. "percent": whole hundredths of a per cent, shown 0.00%; "points": the same as a difference,
    shown +0.00. "date": datetime64, a real date cell shown yyyy-mm-dd. "entry": text for others to change, which stays
    text whatever they type. `total`: summed in the 合计 row. `choices`: offered in a list, not enforced.
    """

    heading: str
    width: float
    kind: str = "text"
    total: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """One worksheet. `frame` holds the columns in the same order; a missing value gives an empty bordered cell.

    `subtitle` is the left, centre and right text of the line under the title; `notes` stand below the table, then
    the `signatures` with room to sign. `opens_group` (one bool a row) sets a heavier line above those rows; `marked`
    (rows × columns) makes cells stand out. `printed`: how many columns are printed, where not all are. `overall`: what
    the 合计 row says of a heading whose column is not summed (a rate). `charts` stand below the notes.
    """

    name: str
    title: str
    subtitle: tuple[str, str, str]
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    totals: bool = True
    opens_group: npt.NDArray[np.bool_] | None = None
    marked: npt.NDArray[np.bool_] | None = None
    printed: int | None = None
    overall: Mapping[str, int | None] = field(default_factory=dict)
    charts: tuple[Chart, ...] = ()


def write_workbook(
    path: Path,
    sheets: Sequence[Sheet],
    *,
    document: str,
    created: datetime.date,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write the sheets to `path`, whole or not at all; `check` sees the finished file before it is put in place.

    `document` says which it is (征收清册), so that an import can tell it from what a department made; `created` becomes
    its date. Raises what `check` and `placed` raise.
    """
    with placed(path) as (file, aside):
        _write_parts(file, sheets, document, created)
        file.flush()
        if check is not None:
            check(aside)


@contextmanager
def placed(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A document's file, open for writing under another name; put in place when all went well.

    Raises UsageError when the file is open elsewhere or the folder may not be written; FcinsError when the disk is
    full. On any failure an older file stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as (file, aside):
            yield file, aside
            aside.chmod(0o666 & ~_umask())
    except PermissionError as error:
        if error.filename2:  # only the renaming names two files
            raise UsageError(f"请先关闭正在打开的文件：{path}", "关闭 Excel 或 WPS 中的这个文件后重新运行。") from error
        raise UsageError(
            f"不能写入文件夹：{path.parent}", "请检查该文件夹的写入权限，或用 -o 换一个文件夹。"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FcinsError(f"磁盘空间已满，没有写成：{path}", "请清理磁盘后重新运行；原有的文件没有改动。") from error
        raise FcinsError(f"没有写成：{path}（{error.strerror}）", "请检查路径和磁盘；原有的文件没有改动。") from error


def safe_sheet_names(names: Sequence[str]) -> list[str]:
    """Sheet names a spreadsheet accepts, one for each given, unlike each other, as close to the given as can be.

    Forbidden characters become their full-width forms, names are cut at 31 UTF-16 units, repeated ones get "(2)".
    """
    taken: set[str] = {"history"}  # reserved by Excel
    safe: list[str] = []
    for name in names:
        base = _without_controls(name).translate(_FULL_WIDTH_IN_SHEETS).strip(" '\u3000") or "未命名"
        candidate, count = _cut(base, 31, "utf-16-le", 2), 1
        while candidate.casefold() in taken:
            count += 1
            candidate = _cut(base, 31 - len(f"({count})"), "utf-16-le", 2) + f"({count})"
        taken.add(candidate.casefold())
        safe.append(candidate)
    return safe


def safe_file_name(name: str) -> str:
    """A file name (no folder) that Windows and Linux accept, at most 200 bytes, the extension kept."""
    name = _without_controls(name).translate(_FULL_WIDTH_IN_FILES).strip(" .\u3000")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 5:
        stem, dot, extension = name, "", ""
    stem = _cut(stem, 200 - len((dot + extension).encode()), "utf-8", 1).rstrip(" .") or "未命名"
    if _WINDOWS_DEVICE.fullmatch(stem.partition(".")[0].rstrip()):
        stem = "_" + stem
    return stem + dot + extension


_FULL_WIDTH_IN_SHEETS = str.maketrans("[]:*?/\\", "［］：＊？／＼")
_FULL_WIDTH_IN_FILES = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
_WINDOWS_DEVICE = re.compile("(?i)con|prn|aux|nul|(?:com|lpt)[0-9¹²³]|conin\\$|conout\\$")
# Control characters, half surrogate pairs, and the invisible marks that reverse or hide part of a name.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]")


def _without_controls(name: str) -> str:
    return _CONTROLS.sub("", re.sub("[\t\r\n]+", " ", name))


def _cut(text: str, units: int, encoding: str, unit_bytes: int) -> str:
    return text.encode(encoding)[: units * unit_bytes].decode(encoding, errors="ignore").rstrip(" '")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write_parts(file: Any, sheets: Sequence[Sheet], document: str, created: datetime.date) -> None:
    """The skeleton's parts zipped again, each worksheet with its body rows in place of the sample rows."""
    skeleton = zipfile.ZipFile(_skeleton(sheets, document, created))
    parts = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, 1) if len(sheet.frame)}
    samples = {name: _Sample.of(skeleton.read(name), sheet) for name, sheet in parts.items()}
    bodies = {name: body for some in _alike(samples) for name, body in _bodies(some)}
    with zipfile.ZipFile(file, "w") as archive:
        for name in skeleton.namelist():
            content = skeleton.read(name)
            if name in bodies:
                sample = samples[name]
                content = b"".join((_dimensioned(content[: sample.start], sample), bodies[name], content[sample.end :]))
            part = zipfile.ZipInfo(name, _ZIP_DATE)  # fixed, and never the clock
            archive.writestr(part, content, zipfile.ZIP_DEFLATED, DEFLATE_LEVEL)


@dataclass(frozen=True)
class _Sample:
    """The sample row of a worksheet, or two where groups open: where they stand in the part, and their formats."""

    sheet: Sheet
    start: int
    end: int
    styles: tuple[int, ...]
    opening: tuple[int, ...]
    marked: tuple[int, ...]

    @classmethod
    def of(cls, worksheet: bytes, sheet: Sheet) -> "_Sample":
        last, width = _BODY_ROW + len(sheet.frame), len(sheet.columns)
        plain = _row_element(worksheet, last)
        first = _row_element(worksheet, last - 1) if _has_groups(sheet) else plain
        styles = _style_ids(plain)
        return cls(sheet, first.start(), plain.end(), styles[:width], _style_ids(first)[:width], styles[width:])


def _dimensioned(head: bytes, sample: _Sample) -> bytes:
    """The part before the rows, its extent without the cells right of the table that held the marked formats."""
    if not sample.marked:
        return head
    last = xlsxwriter.utility.xl_col_to_name(len(sample.styles) - 1).encode()
    return re.sub(rb'(<dimension ref="A1:)[A-Z]+', rb"\1" + last, head, count=1)


def _alike(samples: dict[str, _Sample]) -> Iterator[list[tuple[str, _Sample]]]:
    """Sheets of the same columns together, as many as make no more than some ten thousand rows."""
    alike: dict[Any, list[tuple[str, _Sample]]] = {}
    for name, sample in samples.items():
        look = (sample.sheet.columns, sample.styles, sample.marked)
        some = alike.setdefault(look, [])
        some.append((name, sample))
        if sum(len(each.sheet.frame) for _, each in some) > _ROWS_TOGETHER:
            yield alike.pop(look)
    yield from alike.values()


def _bodies(samples: list[tuple[str, _Sample]]) -> Iterator[tuple[str, memoryview]]:
    """The body rows of sheets of the same columns, made at once: many small sheets cost no more than a large one."""
    sheets = [sample.sheet for _, sample in samples]
    lengths = [len(sheet.frame) for sheet in sheets]
    opens = [_opens(sheet) for sheet in sheets]
    styles = samples[0][1].styles
    opening = next((sample.opening for _, sample in samples if sample.opening != styles), styles)
    columns = sheets[0].columns
    frames = [sheet.frame.set_axis(range(len(columns)), axis=1) for sheet in sheets]
    marks = [sheet.marked for sheet in sheets if sheet.marked is not None]
    rows, ends = body_rows(
        pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0],
        kinds=[column.kind for column in columns],
        widths=[column.width for column in columns],
        styles=styles,
        numbers=np.concatenate([np.arange(length) for length in lengths]) + _BODY_ROW + 1,
        opening=(np.concatenate(opens), opening),
        marked=(np.concatenate(marks), samples[0][1].marked) if marks else None,
    )
    at = 0
    for (name, _), length in zip(samples, lengths, strict=True):
        yield name, rows[ends[at] : ends[at + length]]
        at += length


def _has_groups(sheet: Sheet) -> bool:
    return sheet.opens_group is not None and len(sheet.frame) > 1


def _opens(sheet: Sheet) -> npt.NDArray[np.bool_]:
    """Which rows open a group; none where the sheet has no groups or only one row."""
    if sheet.opens_group is None or not _has_groups(sheet):
        return np.zeros(len(sheet.frame), np.bool_)
    return sheet.opens_group


def _row_element(worksheet: bytes, number: int) -> re.Match[bytes]:
    found = re.search(rb'<row r="%d"[^>]*>.*?</row>' % number, worksheet, re.DOTALL)
    assert found is not None, f"the skeleton lacks row {number}"
    return found


def _style_ids(row: re.Match[bytes]) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(rb' s="(\d+)"', row.group()))


def _skeleton(sheets: Sequence[Sheet], document: str, created: datetime.date) -> io.BytesIO:
    """A whole workbook by XlsxWriter but for the body rows; in memory: nothing personal gets to a temp folder."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    at = datetime.datetime.combine(created, datetime.time())
    book.set_properties({"category": mark_of(document), "created": at})
    formats = _Formats(book)
    for sheet, name in zip(sheets, safe_sheet_names([sheet.name for sheet in sheets]), strict=True):
        if len(sheet.frame) + 100 > ROW_LIMIT:
            raise UsageError(f"工作表“{name}”的行数超过了一张表能放的 {ROW_LIMIT} 行", "请按镇街或村居分开输出。")
        if sheet.frame.shape[1] != len(sheet.columns):
            raise ValueError(f"{len(sheet.columns)} columns for a frame of {sheet.frame.shape[1]}")
        _lay_out(book, book.add_worksheet(name), sheet, formats)
    book.close()
    target.seek(0)
    return target


class _Formats:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: Any) -> None:
        plain = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
        cell = {**plain, "border": 1, "align": "center"}
        self.title = book.add_format({**plain, "font_size": 18, "bold": True, "align": "center", "text_wrap": True})
        self.left = book.add_format({**plain, "align": "left"})
        self.centre = book.add_format({**plain, "align": "center"})
        self.right = book.add_format({**plain, "align": "right"})
        self.note = book.add_format({**plain, "align": "left", "text_wrap": True})
        self.heading = book.add_format({**cell, "bold": True, "text_wrap": True})
        self.body = {kind: book.add_format({**cell, **style}) for kind, style in _STYLE_OF_KIND.items()}
        self.opening = {kind: book.add_format({**cell, **style, "top": 2}) for kind, style in _STYLE_OF_KIND.items()}
        self.marked = {kind: book.add_format({**cell, **style, **_MARK}) for kind, style in _STYLE_OF_KIND.items()}
        self.total = {kind: book.add_format({**cell, **style, "bold": True}) for kind, style in _STYLE_OF_KIND.items()}


def _lay_out(book: Any, worksheet: Any, sheet: Sheet, formats: _Formats) -> None:
    widths = [column.width for column in sheet.columns]
    for index, width in enumerate(widths):
        worksheet.set_column(index, index, width)
    printed = widths[: sheet.printed]
    _across(worksheet, _TITLE_ROW, sheet.title, printed, formats.title, 1.9)
    _write_subtitle(worksheet, sheet.subtitle, printed, formats)
    for index, column in enumerate(sheet.columns):
        _write(worksheet, _HEADING_ROW, index, column.heading, formats.heading)
    worksheet.set_row(_HEADING_ROW, max(_points(c.heading, c.width) for c in sheet.columns) + 6)
    row = _BODY_ROW + len(sheet.frame)
    if len(sheet.frame):
        for index, column in enumerate(sheet.columns):
            worksheet.write_blank(row - 1, index, None, formats.body[column.kind])
            if _has_groups(sheet):
                worksheet.write_blank(row - 2, index, None, formats.opening[column.kind])
            if sheet.marked is not None:
                worksheet.write_blank(row - 1, index + len(widths), None, formats.marked[column.kind])
            if column.choices:
                listed = {"validate": "list", "source": list(column.choices), "show_error": False}
                worksheet.data_validation(_BODY_ROW, index, row - 1, index, listed)
        cells = xlsxwriter.utility.xl_range(_BODY_ROW, 0, row - 1, len(widths) - 1)
        worksheet.ignore_errors({"number_stored_as_text": cells})
    if sheet.totals:
        _write_totals(worksheet, row, sheet, formats)
        row += 1
    for note in sheet.notes:
        _across(worksheet, row, note, printed, formats.note, 1)
        row += 1
    for chart in sheet.charts if len(sheet.frame) else ():
        columns = [(column.heading, column.width, column.kind) for column in sheet.columns]
        add_chart(book, worksheet, chart, columns=columns, frame=sheet.frame, first_row=_BODY_ROW, at_row=row)
        row += CHART_ROWS
    row = _write_signatures(worksheet, row, sheet.signatures, printed, formats.left)
    _set_up_page(worksheet, max(row, _BODY_ROW) - 1, len(printed) - 1)


def _set_up_page(worksheet: Any, last_row: int, last_column: int) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(_A4)
    worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    worksheet.fit_to_pages(1, 0)
    worksheet.center_horizontally()
    worksheet.repeat_rows(_HEADING_ROW)
    worksheet.freeze_panes(_BODY_ROW, 0)
    worksheet.print_area(0, 0, last_row, last_column)
    worksheet.set_footer("&C第 &P 页 共 &N 页")


def _write(worksheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """Text as text. XlsxWriter takes a string from <r> to </r> for ready-made XML; a blank at its end prevents that."""
    text = cell_text(text)
    worksheet.write_string(row, column, text + " " if text.endswith("</r>") else text, style)


def _across(worksheet: Any, row: int, text: str, widths: Sequence[float], style: Any, size: float) -> None:
    """A text merged over the whole table, in a row tall enough; `size` is that of its font against the body's."""
    if len(widths) > 1:
        worksheet.merge_range(row, 0, row, len(widths) - 1, "", style)
    _write(worksheet, row, 0, text, style)
    worksheet.set_row(row, min(_points(text, sum(widths) / size) * size, TALLEST_POINTS))


@cache
def _points(text: str, width: float) -> float:
    """The height of a row that a text needs; the sheets of a workbook have most of their texts in common."""
    lines: int = wrapped_lines(pa.array([cell_text(text)], pa.large_string()), width)[0].as_py()
    return row_points(lines)


def _write_subtitle(worksheet: Any, texts: Sequence[str], widths: Sequence[float], formats: _Formats) -> None:
    """Texts in the first, the middle and the last column, from where they run over the empty cells beside them."""
    worksheet.set_row(_SUBTITLE_ROW, 18)
    last = len(widths) - 1
    middle = int(np.searchsorted(np.cumsum(widths), sum(widths) / 2))
    left, centre, right = texts
    if not 0 < middle < last:  # too narrow for three
        left, centre = "  ".join(filter(None, (left, centre))), ""
    if last == 0:
        left, right = "  ".join(filter(None, (left, right))), ""
    for text, column, style in (
        (left, 0, formats.left),
        (centre, middle, formats.centre),
        (right, last, formats.right),
    ):
        if text:
            _write(worksheet, _SUBTITLE_ROW, column, text, style)


def _write_totals(worksheet: Any, row: int, sheet: Sheet, formats: _Formats) -> None:
    for index, column in enumerate(sheet.columns):
        style = formats.total[column.kind]
        if index == 0:
            worksheet.write_string(row, 0, "合计", formats.total["text"])
        elif column.total or sheet.overall.get(column.heading) is not None:
            total = int(sheet.frame.iloc[:, index].sum()) if column.total else sheet.overall[column.heading]
            worksheet.write_number(row, index, total / 10 ** DECIMALS.get(column.kind, 0), style)
        else:
            worksheet.write_blank(row, index, None, style)
    worksheet.set_row(row, 20)


def _write_signatures(worksheet: Any, row: int, names: Sequence[str], widths: Sequence[float], style: Any) -> int:
    """The signature lines, spread over the width, as many in a line as have room; gives the row after them."""
    texts = [f"{name}：____________" for name in names]
    if not texts:
        return row
    room = max(len(name.encode("gb18030", "replace")) for name in names) + 16
    in_line = max(1, min(len(texts), len(widths), int(sum(widths) // room)))
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    columns = [int(np.argmin(abs(starts - sum(widths) * place / in_line))) for place in range(in_line)]
    for place, text in enumerate(texts):
        _write(worksheet, row + place // in_line, columns[place % in_line], text, style)
    lines = -(-len(texts) // in_line)
    for line in range(lines):
        worksheet.set_row(row + line, 30)
    return row + lines
