"""Writes pages of cells as .xlsx, .xls, .ods or .csv, the same bytes for the same cells."""

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | datetime.date | None
LETTERS = [xl_col_to_name(column) for column in range(100)]
LARGE = 50_000  # rows from which a workbook is written row by row instead of being kept in memory
ODD = re.compile("[&<>\x00-\x1e\ufffe\uffff]|_x|(?:^|\x1f)\\s|\\s(?:\x1f|$)")  # of cells joined by \x1f: one needs care


@dataclass
class Page:
    """One sheet: its rows of cells; merges are (first row, first column, last row, last column), all from 0."""

    name: str
    rows: list[Sequence[Cell]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    headings: set[int] = field(default_factory=set)
    widths: Sequence[int] = ()
    hidden: bool = False


def write(path: Path, pages: list[Page], encoding: str = "utf-8-sig") -> None:
    """Write the pages in the format of the path's suffix; a .csv takes the first page only, in `encoding`."""
    if path.suffix == ".csv":
        write_csv(path, pages[0], encoding)
    else:
        {".xlsx": write_xlsx, ".xls": write_xls, ".ods": write_ods}[path.suffix](path, pages)


class LongSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter tells no types
    """A sheet of a workbook in constant memory whose plain rows are written as they stand, six times as fast."""

    def plain_row(self, r: int, row: Sequence[Cell]) -> bool:
        """Write a row of texts and numbers without format; False: it is no such row, write it cell by cell."""
        texts = [cell for cell in row if isinstance(cell, str)]
        if ODD.search("\x1f".join(texts)) or any(isinstance(cell, datetime.date) for cell in row):
            return False
        cells = [
            f'<c r="{letters}{r + 1}" t="inlineStr"><is><t>{cell}</t></is></c>'
            if isinstance(cell, str)
            else f'<c r="{letters}{r + 1}"><v>{cell:.16G}</v></c>'
            for letters, cell in zip(LETTERS, row, strict=False)
            if cell is not None and cell != ""
        ]
        if cells:
            self._write_single_row(r)  # what XlsxWriter still holds of the row before
            self.fh.write(f'<row r="{r + 1}">{"".join(cells)}</row>')
            self._check_dimensions(r, len(row) - 1)
        return True


def write_xlsx(path: Path, pages: list[Page]) -> None:
    """With XlsxWriter; a large one row by row."""
    large = sum(len(page.rows) for page in pages) > LARGE
    with xlsxwriter.Workbook(path, {"constant_memory": large}) as book:
        book.set_properties({"created": datetime.datetime(2023, 10, 20, tzinfo=datetime.UTC)})
        bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True})
        day = book.add_format({"num_format": "yyyy/m/d"})
        for page in pages:
            sheet = book.add_worksheet(page.name, LongSheet)
            for column, width in enumerate(page.widths):
                sheet.set_column(column, column, width)
            string, number, date = sheet.write_string, sheet.write_number, sheet.write_datetime
            for r, row in enumerate(page.rows):
                style = bold if r in page.headings else None
                if large and style is None and sheet.plain_row(r, row):
                    continue
                for c, cell in enumerate(row):
                    if cell is None or cell == "":
                        continue
                    if isinstance(cell, str):
                        string(r, c, cell, style)
                    elif isinstance(cell, datetime.date):
                        date(r, c, datetime.datetime.combine(cell, datetime.time()), day)
                    else:
                        number(r, c, cell, style)
            for top, left, bottom, right in page.merges:
                if large and top == bottom:  # the row is already on disk: only say that it is one cell
                    sheet.merge_range(top, left, bottom, right, "")
                elif not large:
                    sheet.merge_range(top, left, bottom, right, page.rows[top][left], bold)
            if page.hidden:
                sheet.hide()


def write_xls(path: Path, pages: list[Page]) -> None:
    """With xlwt, as Excel 97 does."""
    book = xlwt.Workbook(encoding="utf-8")
    bold = xlwt.easyxf("font: bold on; align: horiz center, vert center, wrap on")
    plain, day = xlwt.easyxf(), xlwt.easyxf(num_format_str="YYYY/M/D")
    for page in pages:
        sheet = book.add_sheet(page.name)
        merged = {(t, left): (t, b, left, r) for t, left, b, r in page.merges}
        for r, row in enumerate(page.rows):
            for c, cell in enumerate(row):
                style = bold if r in page.headings else day if isinstance(cell, datetime.date) else plain
                if (r, c) in merged:
                    sheet.write_merge(*merged[r, c], cell, style)
                elif cell is not None and cell != "":
                    sheet.write(r, c, cell, style)
        sheet.visibility = int(page.hidden)
    book.save(str(path))


def write_ods(path: Path, pages: list[Page]) -> None:
    """OpenDocument by hand: odfpy needs minutes for what a few templates say, and stamps the time."""
    spaces = ' '.join(
        f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text")
    )  # fmt: skip
    tables = []
    for page in pages:
        rows = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in page.rows)
        tables.append(f'<table:table table:name="{escape(page.name)}">{rows}</table:table>')
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, how)


def ods_cell(cell: Cell) -> str:
    """A cell as OpenDocument has it."""
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, datetime.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell}"/>'
    if isinstance(cell, str):
        spaced = re.sub(" {2,}| $|^ ", lambda m: f'<text:s text:c="{len(m[0])}"/>', escape(cell))
        return f'<table:table-cell office:value-type="string"><text:p>{spaced}</text:p></table:table-cell>'
    number = f'office:value-type="float" office:value="{cell!r}"'
    return f"<table:table-cell {number}><text:p>{cell}</text:p></table:table-cell>"


def write_csv(path: Path, page: Page, encoding: str) -> None:
    """As Excel saves it: CRLF, and a number of 18 digits in scientific notation."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in page.rows:
        writer.writerow(f"{cell:.5E}" if isinstance(cell, float) else "" if cell is None else cell for cell in row)
    path.write_bytes(text.getvalue().encode(encoding))
