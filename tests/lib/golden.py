"""Golden documents: a workbook as readable text, so that a lost format, merge or print setting shows in review.

`FCINS_REGOLD=1` writes the golden files anew; look at their diff before you keep it.
"""

import datetime
import difflib
import os
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import get_column_letter

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def dump(path: Path) -> str:
    """A workbook as text: properties; then for each sheet its state, set-up, columns and cells, row by row.

    A cell is `A1 mark | text`; marks: s text, n number, d date, f formula, b bool, e error. A column's looks are the
    different formats of its cells from top to bottom.
    """
    book = openpyxl.load_workbook(path)
    lines = _properties(book)
    for sheet in book.worksheets:
        lines += ["", f"=== {sheet.title} [{sheet.sheet_state}] {sheet.dimensions}", *_set_up(sheet), *_columns(sheet)]
        lines += [_cell(cell) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    book.close()
    return "\n".join([*lines, *_charts(path)]) + "\n"


def assert_golden(actual: str, golden_path: Path) -> None:
    """Compare with the golden file; with FCINS_REGOLD=1 write it instead."""
    if os.environ.get("FCINS_REGOLD") == "1":
        golden_path.parent.mkdir(parents=True, exist_ok=True)
        golden_path.write_text(actual, encoding="utf-8", newline="\n")
        return
    if not golden_path.exists():
        raise AssertionError(f"no golden file {golden_path.name}; write it with FCINS_REGOLD=1 and read it")
    expected = golden_path.read_text(encoding="utf-8")
    if actual != expected:
        diff = difflib.unified_diff(expected.splitlines(), actual.splitlines(), golden_path.name, "actual", lineterm="")
        raise AssertionError("\n".join(["differs from the golden file (FCINS_REGOLD=1 writes it anew)", *diff]))


def _charts(path: Path) -> list[str]:
    """Each chart: its kind and title; of each series the cells it is drawn from and what the chart keeps of them."""
    lines = []
    with zipfile.ZipFile(path) as archive:
        for part in sorted(name for name in archive.namelist() if name.startswith("xl/charts/chart")):
            root = ElementTree.fromstring(archive.read(part))
            kind = next(each.tag for each in root.iter() if each.tag.endswith("Chart")).split("}")[1]
            drawn = ["".join(part.itertext()) for part in root.iterfind(f".//{_CHART}title")]
            lines += ["", f"=== chart {kind}: {' | '.join(drawn)}"]
            for series in root.iter(f"{_CHART}ser"):
                for axis in ("tx", "cat", "val"):
                    cells = series.find(f"{_CHART}{axis}")
                    if cells is not None:
                        texts = [text for text in (each.text for each in cells.iter(f"{_CHART}v")) if text]
                        formula = next((each.text or "" for each in cells.iter(f"{_CHART}f")), "")
                        lines.append(" ".join([axis, formula, "|", *texts]))
    return lines


def _properties(book: Any) -> list[str]:
    properties = book.properties
    named = ("title", "creator", "lastModifiedBy", "subject", "description", "keywords", "category")
    texts = [f"{name}={getattr(properties, name)}" for name in named if getattr(properties, name)]
    dates = [f"created={properties.created}", f"modified={properties.modified}"]
    return [
        "properties: " + " ".join(dates + texts),
        *(f"name: {n} = {v.value}" for n, v in book.defined_names.items()),
    ]


def _set_up(sheet: Any) -> list[str]:
    page, fit = sheet.page_setup, sheet.sheet_properties.pageSetUpPr
    printed = {
        "orientation": page.orientation,
        "paper": page.paperSize,
        "fit": f"{page.fitToWidth or 1}x{page.fitToHeight}" if fit is not None and fit.fitToPage else None,
        "scale": page.scale if page.scale != 100 else None,
        "area": sheet.print_area,
        "repeat": sheet.print_title_rows,
        "freeze": sheet.freeze_panes,
        "centred": sheet.print_options.horizontalCentered,
        "header": sheet.oddHeader.center.text,
        "footer": sheet.oddFooter.center.text,
        "margins": "/".join(f"{getattr(sheet.page_margins, side):g}" for side in ("left", "right", "top", "bottom")),
        "protected": sheet.protection.sheet or None,
    }
    return [
        "print: " + " ".join(f"{name}={value}" for name, value in printed.items() if value),
        "merges: " + " ".join(sorted(str(merge) for merge in sheet.merged_cells.ranges)),
        "heights: " + " ".join(_heights(sheet)),
    ]


def _heights(sheet: Any) -> list[str]:
    """Runs of rows of one height: 4-9:18.75."""
    runs: list[tuple[int, int, str]] = []
    for number, row in sorted(sheet.row_dimensions.items()):
        height = ("" if row.height is None else f"{row.height:g}") + (" hidden" if row.hidden else "")
        if runs and runs[-1][1:] == (number - 1, height):
            runs[-1] = (runs[-1][0], number, height)
        elif height:
            runs.append((number, number, height))
    return [f"{first}:{height}" if first == last else f"{first}-{last}:{height}" for first, last, height in runs]


def _columns(sheet: Any) -> list[str]:
    lines = []
    for cells in sheet.iter_cols():
        letter = get_column_letter(cells[0].column)
        looks = dict.fromkeys(_look(cell) for cell in cells if cell.has_style)
        width = sheet.column_dimensions[letter].width
        lines.append(f"column {letter} width={width:.2f}: {' | '.join(looks)}")
    return lines


def _look(cell: Any) -> str:
    font, align, border = cell.font, cell.alignment, cell.border
    sides = {side.style for side in (border.left, border.right, border.top, border.bottom)}
    marks = [
        cell.number_format,
        f"{font.name}{font.sz:g}",
        "bold" if font.b else "",
        align.horizontal or "",
        "wrap" if align.wrap_text else "",
        "shrink" if align.shrink_to_fit else "",
        "+".join(sorted(style for style in sides if style)),
        cell.fill.fgColor.rgb if cell.fill.fill_type else "",
    ]
    return " ".join(mark for mark in marks if mark)


def _cell(cell: Any) -> str:
    value = cell.value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    text = str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    if text != text.strip():
        text = f"“{text}”"
    note = f"  [comment: {cell.comment.text}]" if cell.comment else ""
    link = f"  [link: {cell.hyperlink.target}]" if cell.hyperlink else ""
    return f"{cell.coordinate} {cell.data_type} | {text}{note}{link}"
