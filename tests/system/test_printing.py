"""What a printer gets: the documents as an office suite sets them, read back from the PDF."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from programs import output, pages, print_pdf

pytestmark = pytest.mark.system

WORKBOOKS = {
    "register": "*/*_2024年度征收清册.xlsx",
    "notice": "*/*_2024年度缴费公示.xlsx",
    "feedback": "反馈_区民政局_2024年度.xlsx",
}
HEADINGS = 3
"""The row of the headings; above it are the title and the line of the place."""


class Printed(NamedTuple):
    """A workbook and what came out of the printer."""

    sheets: list[Worksheet]
    pdf: Path
    pages: list[str]


@pytest.fixture(scope="module")
def all_printed(printer: None, documents: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Printed]:
    files = [file for name in WORKBOOKS.values() for file in documents.glob(name)]
    pdfs = print_pdf(files, tmp_path_factory.mktemp("pdf"))
    books = [openpyxl.load_workbook(file) for file in files]
    return {
        name: Printed(list(book.worksheets), pdf, pages(pdf))
        for name, book, pdf in zip(WORKBOOKS, books, pdfs, strict=True)
    }


@pytest.fixture(params=WORKBOOKS)
def printed(request: pytest.FixtureRequest, all_printed: dict[str, Printed]) -> Printed:
    return all_printed[request.param]


def tight(value: object) -> str:
    return re.sub(r"\s", "", "" if value is None else str(value))


def print_area(sheet: Worksheet) -> tuple[int, int]:
    """Its last row and column: it begins at A1; hidden columns for the way back lie to its right."""
    left, top, right, bottom = range_boundaries(sheet.print_area.split("!")[-1])
    assert (left, top) == (1, 1)
    return bottom, right


def headings(sheet: Worksheet) -> list[str]:
    return [tight(sheet.cell(HEADINGS, column).value) for column in range(1, print_area(sheet)[1] + 1)]


def as_shown(cell: Cell | MergedCell) -> str:
    """A number or a day as the sheet shows it, any other cell as nothing."""
    if isinstance(cell.value, datetime):
        return f"{cell.value:%Y-%m-%d}"
    if isinstance(cell.value, int | float):
        return f"{cell.value:.2f}" if cell.number_format.startswith("0.00") else str(cell.value)
    return ""


def heads(sheet: Worksheet) -> list[str]:
    """What stands above the headings: the title, and the parts of the line of the place."""
    return [str(sheet["A1"].value), *str(sheet["A2"].value).split("\u3000\u3000")]


def sheet_pages(printed: Printed) -> Iterator[tuple[Worksheet, str]]:
    """Each page with the sheet that it belongs to: a sheet begins where its title stands."""
    rest = list(printed.sheets)
    sheet = rest[0]
    for page in printed.pages:
        if rest and all(tight(part) in page for part in heads(rest[0])):
            sheet = rest.pop(0)
        yield sheet, page
    assert [each.title for each in rest] == []


def test_every_sheet_begins_with_its_title(printed: Printed) -> None:
    assert {sheet.title for sheet, _ in sheet_pages(printed)} == {sheet.title for sheet in printed.sheets}


def test_headings_stand_on_every_page(printed: Printed) -> None:
    for number, (sheet, page) in enumerate(sheet_pages(printed), 1):
        # a long heading wraps, never within its first four characters
        assert [heading for heading in headings(sheet) if heading[:4] not in page] == [], (
            f"{sheet.title}, page {number}"
        )


def test_pages_are_numbered(printed: Printed) -> None:
    count = len(printed.pages)
    footers = [re.findall(r"第(\d+)页共(\d+)页", page) for page in printed.pages]
    assert footers == [[(str(number), str(count))] for number in range(1, count + 1)]


def test_no_page_is_blank(printed: Printed) -> None:
    for number, (sheet, page) in enumerate(sheet_pages(printed), 1):
        left = re.sub(r"第\d+页共\d+页", "", page)
        for heading in headings(sheet):
            left = left.replace(heading, "", 1)
        assert len(left) > 20, f"{sheet.title}, page {number}"


def test_the_print_area_ends_with_the_text(printed: Printed) -> None:
    """The office suite here leaves out pages of nothing, others print them."""
    for sheet in printed.sheets:
        assert any(tight(cell.value) for cell in sheet[print_area(sheet)[0]]), sheet.title


def test_as_many_pages_as_the_rows_need(printed: Printed) -> None:
    """A sheet of A4 across holds 15 rows of several lines or 70 of one."""
    for sheet in printed.sheets:
        rows = sheet.max_row - HEADINGS
        needed = sum(each is sheet for each, _ in sheet_pages(printed))
        assert rows / 70 <= needed <= rows / 15 + 1, sheet.title


def test_every_page_is_a4_across(printed: Printed) -> None:
    count = len(printed.pages)
    sizes = re.findall(
        r"^Page +\d+ size: +([\d.]+) x ([\d.]+) pts \((\w+)\)", output("pdfinfo", "-l", count, printed.pdf), re.M
    )
    assert [(float(width) > float(height), paper) for width, height, paper in sizes] == [(True, "A4")] * count


def test_no_number_is_wider_than_its_column(printed: Printed) -> None:
    """Else ### stands in its place; the office suite here lets a number stick out instead, so they are counted too."""
    assert [number for number, page in enumerate(printed.pages, 1) if "###" in page] == []
    shown = [(sheet, cell, as_shown(cell)) for sheet in printed.sheets for row in sheet.iter_rows() for cell in row]
    numbers = [(sheet, cell, text) for sheet, cell, text in shown if text and cell.column <= print_area(sheet)[1]]
    assert len(numbers) > 40
    wide = [
        f"{sheet.title} {cell.coordinate} {text}"
        for sheet, cell, text in numbers
        if len(text) > sheet.column_dimensions[cell.column_letter].width
    ]
    assert wide == []


@pytest.mark.parametrize("name", ["register", "notice"])
def test_everybody_is_printed(name: str, all_printed: dict[str, Printed]) -> None:
    printed = all_printed[name]
    seen = 0
    for sheet in printed.sheets:
        if "公民身份号码" not in headings(sheet):
            continue
        column = headings(sheet).index("公民身份号码") + 1
        text = "".join(page for each, page in sheet_pages(printed) if each is sheet)
        numbers = [tight(sheet.cell(row, column).value) for row in range(HEADINGS + 1, sheet.max_row + 1)]
        assert [number for number in numbers if text.count(number) < numbers.count(number)] == [], sheet.title
        seen += len(list(filter(None, numbers)))
    assert seen > 300


def test_rare_characters_are_printed(all_printed: dict[str, Printed]) -> None:
    printed = all_printed["register"]
    names = {str(cell.value) for sheet in printed.sheets for row in sheet.iter_rows() for cell in row}
    assert {"王䶮", "张㛃"} <= names
    assert [name for name in ("王䶮", "张㛃") if name not in "".join(printed.pages)] == []
    fonts = output("pdffonts", printed.pdf)
    assert "CJK" in fonts, fonts  # not the boxes of a font that has no Han
