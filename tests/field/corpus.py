"""Hundreds of bad files from a few good ones: cut short, bits turned over, parts missing, emptied or exchanged, names
that lie. The same files every time.
"""

import io
import random
import zipfile
from collections.abc import Iterator

import openpyxl
from field.making import THREE, as_csv, text_rows
from odd_files import excel_2, excel_5, locked_xls, saved, xls_book
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".xlsb", ".txt", "")
CUTS, FLIPS = 12, 24
NOT_TABLES = {
    "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "图片": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "压缩包": b"Rar!\x1a\x07\x00" + bytes(64),
    "空白": b"  \r\n \r\n",
    "一个字节": b"\0",
    "乱码": bytes(random.Random(14).randbytes(4096)),
    "很长的一行": "公民身份号码".encode() * 40_000,
    "只有引号": b'"' * 5000,
    "零": bytes(70_000),
}


def good_files() -> dict[str, bytes]:
    """Ending → a roster of three people in this format."""
    rows = text_rows(THREE)
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    xlsx = io.BytesIO()
    book.save(xlsx)
    open_document = OpenDocumentSpreadsheet()
    table = Table(name="名册")
    for row in rows:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=str(text)))
            line.addElement(cell)
        table.addElement(line)
    open_document.spreadsheet.addElement(table)
    ods = io.BytesIO()
    open_document.write(ods)
    lines = as_csv(rows)
    cells = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    return {
        "a.xlsx": xlsx.getvalue(),
        "b.xls": saved(xls_book(rows)),
        "c.ods": ods.getvalue(),
        "d.csv": lines.encode("gb18030"),
        "e.csv": lines.encode("utf-16"),
        "f.xls": excel_2(rows),
        "g.xls": excel_5(rows, 936),
        "h.xls": f"<html><table>{cells}</table></html>".encode(),
        "i.xls": locked_xls(rows, "VelvetSweatshop"),
    }


def bad_files() -> Iterator[tuple[str, bytes]]:
    """(name, content) of each bad file."""
    chance = random.Random(20240110)
    good = good_files()
    yield from ((f"{name}.xlsx", data) for name, data in NOT_TABLES.items())
    for name, data in good.items():
        stem, _, ending = name.rpartition(".")
        yield from ((f"{stem}-named{other}", data) for other in ENDINGS if other != f".{ending}")
        for number in range(CUTS):
            yield f"{stem}-cut{number}.{ending}", data[: len(data) * (number + 1) // (CUTS + 1)]
        for number in range(FLIPS):
            turned = bytearray(data)
            turned[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            yield f"{stem}-bit{number}.{ending}", bytes(turned)
        yield f"{stem}-behind.{ending}", data + bytes(chance.randbytes(100))
        if zipfile.is_zipfile(io.BytesIO(data)):
            yield from ((f"{stem}-{what}.{ending}", other) for what, other in _other_packages(data))


def _other_packages(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The same package with each part left out, emptied, cut in the middle, or full of something else."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for number, part in enumerate(parts):
        others = {"gone": None, "empty": b"", "half": parts[part][: len(parts[part]) // 2], "noise": b"<a>" * 50}
        for what, content in others.items():
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
                for name, text in parts.items():
                    kept = content if name == part else text
                    if kept is not None:
                        package.writestr(name, kept)
            yield f"{what}{number}", out.getvalue()
