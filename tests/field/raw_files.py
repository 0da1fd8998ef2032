"""Files that no library would write: packages by hand, far cells, dates of 1904. More of them are in odd_files."""

import io
import struct
import zipfile
from pathlib import Path

from field.making import THREE, roster_rows, text_rows
from odd_files import rewritten, saved, xls_book

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def letters(column: int) -> str:
    return chr(65 + column)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def raw_xlsx(
    path: Path,
    rows,
    *,
    prefix="",
    cell=None,
    positions=True,
    row_positions=True,
    book_part="xl/workbook.xml",
    rels_prefix="",
    slash="/",
    absolute=False,
    sheet_xml=None,
    extra=None,
    declaration='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    encoding="utf-8",
    date1904=False,
    compress=zipfile.ZIP_DEFLATED,
    stream=False,
    sst=None,
) -> Path:
    """An .xlsx written by hand, inline strings, one sheet: for what no library would write."""
    p = f"{prefix}:" if prefix else ""
    ns = f"xmlns:{prefix}" if prefix else "xmlns"
    rp = f"{rels_prefix}:" if rels_prefix else ""
    rns = f"xmlns:{rels_prefix}" if rels_prefix else "xmlns"

    def one(row, column, text):
        if cell:
            own = cell(row, column, text)
            if own is not None:
                return own
        place = f' r="{letters(column)}{row}"' if positions else ""
        if isinstance(text, (int, float)):
            return f"<{p}c{place}><{p}v>{text}</{p}v></{p}c>"
        if text == "" and positions:
            return ""
        if text == "":
            return f"<{p}c{place}/>"
        return f'<{p}c{place} t="inlineStr"><{p}is><{p}t>{escaped(text)}</{p}t></{p}is></{p}c>'

    body = sheet_xml
    if body is None:
        lines = []
        for number, row in enumerate(rows, start=1):
            place = f' r="{number}"' if row_positions else ""
            lines.append(
                f"<{p}row{place}>" + "".join(one(number, at, text) for at, text in enumerate(row)) + f"</{p}row>"
            )
        body = f'<{p}worksheet {ns}="{MAIN}"><{p}sheetData>{"".join(lines)}</{p}sheetData></{p}worksheet>'
    folder = book_part.rpartition("/")[0]
    name = book_part.rpartition("/")[2]
    target = f"/{folder}/worksheets/sheet1.xml" if absolute else "worksheets/sheet1.xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{book_part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f'<Override PartName="/{folder}/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<{rp}Relationships {rns}="{PACKAGE}"><{rp}Relationship Id="rId1" Type="{REL}/officeDocument" Target="{"/" if absolute else ""}{book_part}"/></{rp}Relationships>',
        book_part: f'<{p}workbook {ns}="{MAIN}" xmlns:r="{REL}"><{p}workbookPr{" date1904=" + chr(34) + "1" + chr(34) if date1904 else ""}/><{p}sheets><{p}sheet name="名册" sheetId="1" r:id="rId1"/></{p}sheets></{p}workbook>',
        f"{folder}/_rels/{name}.rels": f'<{rp}Relationships {rns}="{PACKAGE}"><{rp}Relationship Id="rId1" Type="{REL}/worksheet" Target="{target}"/>'
        + (f'<{rp}Relationship Id="rId2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>' if sst else "")
        + f"</{rp}Relationships>",
        f"{folder}/worksheets/sheet1.xml": body,
        **({f"{folder}/sharedStrings.xml": sst} if sst else {}),
        **(extra or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(_Unseekable(data) if stream else data, "w", compress) as package:
        for part, text in parts.items():
            info = zipfile.ZipInfo(part.replace("/", slash), (2023, 10, 1, 8, 0, 0))
            info.compress_type = compress
            info.filename = part.replace("/", slash)
            package.writestr(info, text if isinstance(text, bytes) else (declaration + text).encode(encoding))
    path.write_bytes(data.getvalue())
    return path


class _Unseekable:
    """A sink that cannot go back: zipfile then writes sizes behind the data, as a server that streams does."""

    def __init__(self, sink):
        self.sink = sink

    def write(self, data):
        return self.sink.write(data)

    def flush(self):
        pass


def far_xls(path: Path, column: int) -> Path:
    """Three people and one stray cell in the last row of an .xls, in a column that may not exist."""
    book = xls_book(roster_rows(THREE))
    book.get_sheet(0).write(65535, 255, "x")
    data = bytearray(saved(book))
    at = data.index(struct.pack("<HHHH", 0x00FD, 10, 65535, 255))
    data[at + 6 : at + 8] = struct.pack("<H", column)
    path.write_bytes(data)
    return path


def dated_1904(folder: Path, name: str, rows, column: int, excel: bool) -> Path:
    """A workbook in the 1904 date system whose `column` holds day numbers; `excel`: with the second workbookPr, in the
    extension list, that Excel 2013 and later write into every workbook."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )

    def cell(row, at, text):
        return f'<c r="{letters(at)}{row}" s="1"><v>{text}</v></c>' if at == column and row > 1 and text else None

    path = raw_xlsx(folder / name, rows, cell=cell, extra={"xl/styles.xml": styles}, date1904=True)

    def change(part, text):
        if part == "xl/_rels/workbook.xml.rels":
            return text.replace(
                b"</Relationships>",
                f'<Relationship Id="rId9" Type="{REL}/styles" Target="styles.xml"/></Relationships>'.encode(),
            )
        if part == "xl/workbook.xml" and excel:
            return text.replace(
                b"</workbook>",
                b'<extLst><ext uri="{140A7094-0E35-4892-8432-C4D2E57EDEB5}" xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main">'
                b'<x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>',
            )
        return text

    path.write_bytes(rewritten(path.read_bytes(), change))
    return path


def code_page(folder: Path, name: str, number: int) -> Path:
    """An ordinary .xls (BIFF8, its texts are Unicode whatever the code page says) that states another code page."""
    data = saved(xls_book(text_rows(THREE)))
    path = folder / name
    path.write_bytes(data.replace(struct.pack("<HHH", 0x42, 2, 1200), struct.pack("<HHH", 0x42, 2, number)))
    return path
