"""Web pages and XML 表格 2003, which government systems export under the name .xls, as Excel shows them."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from fcins.errors import InputError
from fcins.workbooks.grids import Grid, Marks, text_grid, typed_grid
from fcins.workbooks.package import MAX_CELLS
from fcins.workbooks.refusals import SAVE_AS, damaged, too_large
from fcins.workbooks.text_tables import decoded, unguarded
from fcins.workbooks.usual_xml import utf8_xml

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_LINES = {"caption", "h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "center"}
_STRUCK = {"s", "strike", "del"}
_MOST_COLUMNS = 16384
_MOST_ROWS = 1 << 20


def page_grid(data: bytes, file: str) -> Grid:
    """All tables of a web page one below the other, as Excel puts them on one sheet; its headlines are rows, too.

    Raises InputError: no table in it.
    """
    from lxml import etree, html

    if re.match(rb"\s*mime-version:", data[:4096], re.IGNORECASE):
        data = _page_of_archive(data, file)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _page_text(data, file))
    try:
        root = html.document_fromstring(text.encode("utf-8"), html.HTMLParser(encoding="utf-8", huge_tree=True))
    except (etree.LxmlError, ValueError) as error:
        raise damaged(file) from error
    if next(root.iter("td", "th"), None) is None:
        raise InputError(f"{file}：不是工作簿，是扩展名改成表格的网页文件，里面没有表格。", SAVE_AS)
    rows: list[list[str]] = []
    hidden: list[int] = []
    struck: list[int] = []
    reach: dict[int, int] = {}  # column → how many more rows a cell from above takes up
    for node in root.iter():
        if node.tag == "table":
            reach = {}
        elif node.tag == "tr" and next(node.iter("table"), None) is None:
            rows.append(_row(node, reach))
            style = (node.get("style") or "").replace(" ", "").lower()
            if "display:none" in style:
                hidden.append(len(rows))
            if "line-through" in style or _is_struck(node):
                struck.append(len(rows))
        elif node.tag in _LINES and _stands_alone(node):
            rows.append([_shown(node)])
    width = max(map(len, rows))
    if width * len(rows) > MAX_CELLS or len(rows) > _MOST_ROWS:
        raise too_large(file, file)
    cells = zip(*(row + [""] * (width - len(row)) for row in rows), strict=True)
    columns = [unguarded(pa.array(column, pa.large_string())) for column in cells]
    sheet = (root.findtext(".//title") or "").strip() or file.rpartition(".")[0]
    return text_grid(sheet, False, columns, Marks(hidden_rows=tuple(hidden), struck_rows=tuple(struck)))


def _page_text(data: bytes, file: str) -> str:
    """The characters of a page: as its bytes tell, else as it states."""
    stated = _CHARSET.search(data[:4096])
    name = stated[1].decode("ascii").lower() if stated else ""
    if name not in ("", "utf-8", "gb2312", "gbk", "gb18030"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            pass
    return decoded(data, file)


def _page_of_archive(data: bytes, file: str) -> bytes:
    """The first page with a table of a web archive (.mht, “单个文件网页”)."""
    from email import message_from_bytes

    for part in message_from_bytes(data.lstrip()).walk():
        content = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(content, bytes) and re.search(rb"<td[\s>]", content, re.IGNORECASE):
            return content
    raise InputError(f"{file}：不是工作簿，是网页文件，里面没有表格。", SAVE_AS)


def _row(node: Any, reach: dict[int, int]) -> list[str]:
    """The cells of a row at their columns; those that another one covers are empty."""
    cells: list[str] = []
    covered: dict[int, int] = {}
    for cell in node.iterchildren("td", "th"):
        while reach.get(len(cells), 0) or covered.get(len(cells), 0):
            cells.append("")
        wide, high = (_span(cell.get(name)) for name in ("colspan", "rowspan"))
        at = len(cells)
        cells += [_shown(cell)] + [""] * (min(wide, _MOST_COLUMNS) - 1)
        if high > 1:
            covered |= dict.fromkeys(range(at, len(cells)), high)
    for column in list(reach):
        reach[column] -= 1
        if reach[column] <= 0:
            del reach[column]
    reach |= {column: high - 1 for column, high in covered.items()}
    return cells


def _span(stated: str | None) -> int:
    return max(1, int(stated)) if stated and stated.strip().isdigit() and len(stated) < 6 else 1


def _shown(node: Any) -> str:
    """The text of an element as a browser shows it: blanks run together, <br> a line break."""
    for line_break in node.iter("br"):
        line_break.tail = "\u2028" + (line_break.tail or "")
    text = re.sub(r"[ \t\r\n]+", " ", node.text_content())
    return re.sub(" ?\u2028 ?", "\n", text).replace("\xa0", " ").strip()


def _is_struck(row: Any) -> bool:
    return any(
        node.tag in _STRUCK or "line-through" in (node.get("style") or "") for node in row.iter() if node is not row
    )


def _stands_alone(node: Any) -> bool:
    """A line of text outside of rows, with no table or other line in it."""
    if any(above.tag in ("tr", "head") for above in node.iterancestors()):
        return False
    return not any(below.tag in _LINES or below.tag == "table" for below in node.iterdescendants()) and bool(
        _shown(node)
    )


def xml_grids(data: bytes, file: str) -> Iterator[Grid]:
    """The worksheets of an XML 表格 2003. Raises InputError: damaged, or cells too far out."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.parse(io.BytesIO(utf8_xml(data, "XML", file)), parser).getroot()
    except etree.LxmlError as error:
        raise damaged(file, f"XML 第{error.lineno}行" if isinstance(error, etree.XMLSyntaxError) else "XML") from error
    struck = {
        _stated(style, "ID")
        for style in root.iter("{*}Style")
        if any(_stated(font, "StrikeThrough") == "1" for font in style.iter("{*}Font"))
    }
    for sheet in root.iter("{*}Worksheet"):
        shown = next(sheet.iter("{*}Visible"), None)
        hidden = shown is not None and (shown.text or "") in ("SheetHidden", "SheetVeryHidden")
        yield _xml_grid(sheet, _stated(sheet, "Name"), hidden, struck, file)


def _xml_grid(sheet: Any, name: str, hidden: bool, struck: set[str], file: str) -> Grid:
    rows: dict[int, dict[int, Any]] = {}
    hidden_rows: list[int] = []
    struck_rows: set[int] = set()
    spoilt: dict[int, tuple[int, ...]] = {}
    row_at = 0
    for row in sheet.iter("{*}Row"):
        row_at = _number(row, "Index") or row_at + 1
        cells: dict[int, Any] = {}
        column = 0
        for cell in row.iterchildren("{*}Cell"):
            column = _number(cell, "Index") or column + 1
            data = next(cell.iterchildren("{*}Data"), None)
            kind = _stated(data, "Type") if data is not None else ""
            if kind == "Error" or (data is None and _stated(cell, "Formula")):
                spoilt[column - 1] = (*spoilt.get(column - 1, ()), row_at)
            elif data is not None:
                cells[column - 1] = _typed("".join(data.itertext()), kind)
                if _stated(cell, "StyleID") in struck:
                    struck_rows.add(row_at)
            column += _number(cell, "MergeAcross")
        if cells:
            rows[row_at - 1] = cells
        if _stated(row, "Hidden") == "1":
            hidden_rows += range(row_at, row_at + 1 + _number(row, "Span"))
        row_at += _number(row, "Span")
    height, width = max(rows, default=-1) + 1, max((max(cells) for cells in rows.values()), default=-1) + 1
    if height > _MOST_ROWS or width > _MOST_COLUMNS or height * width > MAX_CELLS // 8:
        raise too_large(file, name)
    typed = [[rows.get(at, {}).get(column, "") for column in range(width)] for at in range(height)]
    columns: list[int] = []
    at = 0
    for node in sheet.iter("{*}Column"):
        at = _number(node, "Index") or at + 1
        if _stated(node, "Hidden") == "1":
            columns += range(at - 1, min(at + _number(node, "Span"), _MOST_COLUMNS))
        at += _number(node, "Span")
    marks = Marks(tuple(hidden_rows), False, tuple(columns), tuple(sorted(struck_rows)), spoilt)
    return typed_grid(name, hidden, typed, marks)


def _stated(node: Any, name: str) -> str:
    """An attribute, whatever prefix it has."""
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")


def _number(node: Any, name: str) -> int:
    stated = _stated(node, name)
    return int(stated) if stated.isdigit() and len(stated) < 9 else 0


def _typed(text: str, kind: str) -> Any:
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            return dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text
