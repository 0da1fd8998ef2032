"""Files that no library would write: packages by hand, old formats, encrypted, damaged."""

import io
import struct
import zipfile
from pathlib import Path

from field.making import THREE, roster_rows

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


def ole(path: Path, stream: bytes, name: str = "Workbook") -> Path:
    """A compound file with one stream, by xlwt; `name` as the stream is called (BIFF5: Book)."""
    from xlwt import CompoundDoc

    out = io.BytesIO()
    CompoundDoc.XlsDoc().save(out, stream + b"\0" * max(0, 0x1000 - len(stream)))
    data = out.getvalue()
    if name != "Workbook":
        old = "Workbook\0".encode("utf-16-le")
        at = data.index(old)
        new = (name + "\0").encode("utf-16-le").ljust(len(old), b"\0")
        data = data[:at] + new + data[at + len(old) :]
        data = data[: at + 64] + struct.pack("<H", 2 * (len(name) + 1)) + data[at + 66 :]
    path.write_bytes(data)
    return path


def biff_record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def biff2(rows, encoding="gbk") -> bytes:
    """A bare BIFF2 stream, as small export units of old accounting programs write it: text as LABEL, nothing else."""
    out = biff_record(0x0009, struct.pack("<HH", 2, 0x10)) + biff_record(0x0042, struct.pack("<H", 936))
    for row, line in enumerate(rows):
        for column, text in enumerate(line):
            data = str(text).encode(encoding)
            out += biff_record(0x0004, struct.pack("<HH", row, column) + b"\0\0\0" + bytes([len(data)]) + data)
    return out + biff_record(0x000A)


def biff5(rows, encoding="gbk") -> bytes:
    """BIFF5 (Excel 5/95): byte strings in the code page of the file."""
    title = "名册".encode(encoding)
    head = biff_record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0x0DBB, 0x07CC)) + biff_record(
        0x0042, struct.pack("<H", 936)
    )
    tail = biff_record(0x000A)
    sheet_at = len(head) + 4 + 7 + len(title) + len(tail)
    book = head + biff_record(0x0085, struct.pack("<IBBB", sheet_at, 0, 0, len(title)) + title) + tail
    out = biff_record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0x0DBB, 0x07CC))
    out += biff_record(0x0200, struct.pack("<HHHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for row, line in enumerate(rows):
        for column, text in enumerate(line):
            data = str(text).encode(encoding)
            out += biff_record(0x0204, struct.pack("<HHHH", row, column, 15, len(data)) + data)
    return book + out + tail


def far_xls(path: Path, column: int) -> Path:
    """Three people and one stray cell in the last row of an .xls, in a column that may not exist."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(roster_rows(THREE)):
        for place, text in enumerate(row):
            sheet.write(at, place, text)
    sheet.write(65535, 255, "x")
    out = io.BytesIO()
    book.save(out)
    data = bytearray(out.getvalue())
    at = data.index(struct.pack("<HHHH", 0x00FD, 10, 65535, 255))
    data[at + 6 : at + 8] = struct.pack("<H", column)
    path.write_bytes(data)
    return path


def encrypted_xls(rows, password: str) -> bytes:
    """An .xls under the oldest RC4 encryption ([MS-OFFCRYPTO] 2.3.6), as Excel 97 to 2003 write it."""
    import hashlib

    import xlwt

    def rc4(key: bytes, length: int) -> bytes:
        state, j = list(range(256)), 0
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) % 256
            state[i], state[j] = state[j], state[i]
        out, i, j = bytearray(), 0, 0
        for _ in range(length):
            i = (i + 1) % 256
            j = (j + state[i]) % 256
            state[i], state[j] = state[j], state[i]
            out.append(state[(state[i] + state[j]) % 256])
        return bytes(out)

    salt = bytes(range(16))
    base = hashlib.md5((hashlib.md5(password.encode("utf-16-le")).digest()[:5] + salt) * 16).digest()[:5]

    def block(number):
        return hashlib.md5(base + struct.pack("<I", number)).digest()

    def xor(data, stream):
        return bytes(a ^ b for a, b in zip(data, stream, strict=False))

    verifier = bytes(range(16, 32))
    stream = rc4(block(0), 32)
    password_record = (
        struct.pack("<HHH", 1, 1, 1)
        + salt
        + xor(verifier, stream[:16])
        + xor(hashlib.md5(verifier).digest(), stream[16:])
    )

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(rows):
        for place, text in enumerate(row):
            sheet.write(at, place, str(text))
    plain = book.get_biff_data()
    records, at = [], 0
    while at + 4 <= len(plain):
        kind, length = struct.unpack_from("<HH", plain, at)
        records.append((kind, plain[at + 4 : at + 4 + length]))
        at += 4 + length
        if kind == 0 and length == 0:
            break
    records.insert(1, (0x2F, password_record))
    moved = 4 + len(password_record)
    out = bytearray()
    for kind, data in records:
        if kind == 0x85:
            data = struct.pack("<I", struct.unpack_from("<I", data)[0] + moved) + data[4:]
        start = len(out) + 4
        out += struct.pack("<HH", kind, len(data))
        if kind in (0x809, 0x2F, 0xE1, 0xE2, 0x195, 0x138):  # never encrypted
            out += data
            continue
        coded = bytearray()
        for place, byte in enumerate(data):
            offset = start + place
            if offset // 1024 != encrypted_xls.__dict__.get("block"):
                encrypted_xls.block, encrypted_xls.stream = offset // 1024, rc4(block(offset // 1024), 1024)
            coded.append(byte ^ encrypted_xls.stream[offset % 1024])
        out += data[:4] + bytes(coded[4:]) if kind == 0x85 else bytes(coded)
    encrypted_xls.__dict__.pop("block", None)
    if len(out) % 4:
        return b""
    place = io.BytesIO()
    from xlwt import CompoundDoc

    CompoundDoc.XlsDoc().save(place, bytes(out))
    return place.getvalue()


def rewritten(data: bytes, change) -> bytes:
    """The same zip with `change(name, bytes)` of each part: None leaves a part out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = change(name, old.read(name))
            if text is not None:
                new.writestr(name, text)
    return out.getvalue()


def spoilt(data: bytes, part: str) -> bytes:
    """One bit of a part's compressed bytes turned over, as a bad stick or a broken transfer does."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        info = package.getinfo(part)
    out = bytearray(data)
    out[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 4
    return bytes(out)


def marked(data: bytes, local: int, central: int, change) -> bytes:
    """A field of every header of a zip changed, in the local headers and in the directory."""
    out = bytearray(data)
    for sign, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        at = out.find(sign)
        while at >= 0:
            value = struct.unpack_from("<H", out, at + offset)[0]
            struct.pack_into("<H", out, at + offset, change(value))
            at = out.find(sign, at + 4)
    return bytes(out)


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
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(roster_rows(THREE)):
        for place, text in enumerate(row):
            sheet.write(at, place, str(text))
    out = io.BytesIO()
    book.save(out)
    path = folder / name
    path.write_bytes(out.getvalue().replace(struct.pack("<HHH", 0x42, 2, 1200), struct.pack("<HHH", 0x42, 2, number)))
    return path
