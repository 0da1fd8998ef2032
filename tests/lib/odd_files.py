"""Files as no common library writes them and Excel opens all the same: raw packages, old streams, old locks."""

import hashlib
import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from xml.sax.saxutils import escape

import xlwt
from xlwt import CompoundDoc

Table = Sequence[Sequence[str]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.filename = zipfile.ZIP_DEFLATED, name  # a backslash stays one
            package.writestr(info, data)
    return out.getvalue()


def parts_of(rows: Table, *, book: str = "xl/workbook.xml", more: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """The parts of an .xlsx with one sheet 名册 of inline texts; `more`: further (name, sheet XML)."""
    folder, _, name = book.rpartition("/")
    sheets = [("名册", sheet_xml(rows)), *more]
    numbered = list(enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    listed = "".join(f'<sheet name="{sheet}" sheetId="{n}" r:id="rId{n}"/>' for n, (sheet, _) in numbered)
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{book}" ContentType="{types}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="{book}"/></Relationships>',
        book: f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr/><sheets>{listed}</sheets></workbook>',
        f"{folder}/_rels/{name}.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        **{f"{folder}/worksheets/sheet{n}.xml": xml for n, (_, xml) in numbered},
    }


def sheet_xml(rows: Table, *, before: str = "", after: str = "", row: str = "", cell: str = "") -> str:
    """A sheet of inline texts; `row` and `cell`: more attributes of each."""
    lines = [
        f'<row r="{y}"{row}>'
        + "".join(
            f'<c r="{chr(65 + x)}{y}"{cell} t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for x, text in enumerate(line)
            if text
        )
        + "</row>"
        for y, line in enumerate(rows, 1)
    ]
    return f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{"".join(lines)}</sheetData>{after}</worksheet>'


def package(parts: Mapping[str, str], encoding: str = "utf-8", declared: str = "UTF-8") -> bytes:
    """The parts as a package, each with its declaration."""
    head = f'<?xml version="1.0" encoding="{declared}"?>\n'
    return zipped({name: (head + text).encode(encoding) for name, text in parts.items()})


# ── .xls ──


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of a workbook stream."""
    return struct.pack("<HH", kind, len(data)) + data


def excel_2(rows: Table, encoding: str = "gbk") -> bytes:
    """A bare stream of Excel 2."""
    out = record(0x09, struct.pack("<HH", 2, 0x10)) + record(0x42, struct.pack("<H", 936))
    for y, x, text in _cells(rows, encoding):
        out += record(0x04, struct.pack("<HH", y, x) + b"\0\0\0" + bytes([len(text)]) + text)
    return out + record(0x0A)


def excel_3(rows: Table, encoding: str = "gbk", version: int = 3) -> bytes:
    """A bare stream of Excel 3 or 4 that states no code page."""
    out = record({3: 0x0209, 4: 0x0409}[version], struct.pack("<HHH", version, 0x10, 0))
    for y, x, text in _cells(rows, encoding):
        out += record(0x0204, struct.pack("<HHHH", y, x, 0, len(text)) + text)
    return out + record(0x0A)


def excel_5(rows: Table, page: int, encoding: str = "gbk") -> bytes:
    """An .xls of Excel 5 or 95 that states this code page."""
    title = "名册".encode(encoding)
    head = record(0x0809, struct.pack("<HHHH", 0x500, 5, 0x0DBB, 0x07CC)) + record(0x42, struct.pack("<H", page))
    at = len(head) + 11 + len(title) + 4
    out = head + record(0x85, struct.pack("<IBBB", at, 0, 0, len(title)) + title) + record(0x0A)
    out += record(0x0809, struct.pack("<HHHH", 0x500, 0x10, 0x0DBB, 0x07CC))
    out += record(0x0200, struct.pack("<HHHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for y, x, text in _cells(rows, encoding):
        out += record(0x0204, struct.pack("<HHHH", y, x, 15, len(text)) + text)
    return renamed(compound(out + record(0x0A)), "Book")


def _cells(rows: Table, encoding: str) -> Iterator[tuple[int, int, bytes]]:
    return ((y, x, text.encode(encoding)) for y, row in enumerate(rows) for x, text in enumerate(row))


def compound(stream: bytes) -> bytes:
    """An OLE file with this one stream, named Workbook."""
    out = io.BytesIO()
    CompoundDoc.XlsDoc().save(out, stream + b"\0" * max(0, 0x1000 - len(stream)))
    return out.getvalue()


def renamed(data: bytes, name: str) -> bytes:
    """The OLE file with another name of its stream Workbook."""
    old = "Workbook\0".encode("utf-16-le")
    at = data.index(old)
    new = (name + "\0").encode("utf-16-le").ljust(len(old), b"\0")
    data = data[:at] + new + data[at + len(old) :]
    return data[: at + 64] + struct.pack("<H", 2 * (len(name) + 1)) + data[at + 66 :]


def xls_book(rows: Table) -> xlwt.Workbook:
    """A workbook of texts by xlwt."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("名册")
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            sheet.write(y, x, text)
    return book


def saved(book: xlwt.Workbook) -> bytes:
    """The bytes of an .xls."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def locked_xls(rows: Table, password: str) -> bytes:
    """An .xls under the RC4 encryption of Excel 97 ([MS-OFFCRYPTO] 2.3.6)."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    first = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    base = hashlib.md5((first + salt) * 16).digest()[:5]

    def stream_of(block: int) -> Iterator[int]:
        return _rc4(hashlib.md5(base + struct.pack("<I", block)).digest())

    start = stream_of(0)
    sealed = bytes(byte ^ next(start) for byte in verifier + hashlib.md5(verifier).digest())
    lock = struct.pack("<HHH", 1, 1, 1) + salt + sealed
    records = list(_records(xls_book(rows).get_biff_data()))
    records.insert(1, (0x2F, lock))
    plain = b"".join(
        record(kind, struct.pack("<I", int.from_bytes(data[:4], "little") + 4 + len(lock)) + data[4:])
        if kind == 0x85
        else record(kind, data)
        for kind, data in records
    )
    key = b"".join(
        bytes(byte for byte, _ in zip(stream_of(block), range(1024), strict=False))
        for block in range(len(plain) // 1024 + 1)
    )
    out, at = bytearray(plain), 0
    for kind, data in _records(plain):
        # Never encrypted: the heads of records, some kinds, and where a sheet begins.
        skipped = len(data) if kind in (0x809, 0x2F, 0xE1, 0xE2, 0x195, 0x138) else 4 * (kind == 0x85)
        for place in range(at + 4 + skipped, at + 4 + len(data)):
            out[place] ^= key[place]
        at += 4 + len(data)
    return compound(bytes(out))


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream) and stream[at : at + 4] != bytes(4):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _rc4(key: bytes) -> Iterator[int]:
    state, j = list(range(256)), 0
    for i, byte in zip(range(256), cycle(key), strict=False):
        j = (j + state[i] + byte) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    while True:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        yield state[(state[i] + state[j]) % 256]


# ── damage ──


def rewritten(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The zip with each part changed; None leaves it out."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        changed = {name: change(name, old.read(name)) for name in old.namelist()}
    return zipped({name: part for name, part in changed.items() if part is not None})


def spoilt(data: bytes, part: str) -> bytes:
    """The zip with one bit of a part's compressed bytes turned over."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        info = old.getinfo(part)
    out = bytearray(data)
    out[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 4
    return bytes(out)


def in_method(data: bytes, method: int) -> bytes:
    """The zip with another method of compression stated in all its headers."""
    out = bytearray(data)
    for sign, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = out.find(sign)
        while at >= 0:
            struct.pack_into("<H", out, at + offset, method)
            at = out.find(sign, at + 4)
    return bytes(out)
