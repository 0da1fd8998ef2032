"""What a file is, by its bytes and not by its name: an .xlsx saved as .xls is one, so is a web page saved as .xls."""

import re
import zipfile

from fcins.errors import InputError
from fcins.workbooks.package import name_in, open_package
from fcins.workbooks.refusals import SAVE_AS, damaged, locked

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_ENTRY = 128  # bytes of an entry in the directory of an OLE file: only there does a name tell what the file holds
# The bare streams of Excel 2 to 4, and of 5 without its OLE file: BOF and the size of its data.
_BARE_STREAM = re.compile(
    rb"\x09\x00[\x04\x06\x08]\x00|\x09\x02\x06\x00|\x09\x04\x06\x00|\x09\x08[\x08\x10]\x00\x00[\x05\x06]"
)
# What else people hand in, by its first bytes.
_OTHER_FILES = {
    b"%PDF": "PDF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"BM": "图片",
    b"II*\0": "图片",
    b"MM\0*": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"{\\rtf": "文字文档",
    b"SQLite format 3": "数据库",
    b"MZ": "程序",
}
_BLANK = b" \t\r\n"
_WEB_PAGE = re.compile(
    rb"^\s*(?:<!doctype html|<(?:html|head|meta|body|table|tr|style|div|center|script)|mime-version:)"
    rb"|<html[\s>]|<table[\s>]",
    re.IGNORECASE,
)
_DIRECTORY_NAMES = {
    "workbook": "xls",
    "book": "xls",
    "encryptedpackage": "locked",
    "worddocument": "word",
    "powerpoint document": "slides",
}


def kind_of(data: bytes, file: str) -> str:
    """xlsx, xlsb, ods, xls, locked (a package under a password), page, xml or text.

    Raises InputError saying what the file is instead, or that it is damaged.
    """
    if data.lstrip(_BLANK).startswith(b"PK"):
        return _zip_kind(data, file)
    if data.startswith(_OLE):
        return _ole_kind(data, file)
    if _BARE_STREAM.match(data):
        return "xls"
    if not data.strip(b"\0"):
        raise InputError(f"{file}：文件里没有内容（全是零字节）。", "可能没有传完整；请重新获取该文件。")
    opening = _opening(data)
    if re.search(rb"<(?:\w+:)?Workbook[\s>]", opening):
        return "xml"
    if _WEB_PAGE.search(opening):
        return "page"
    if opening.lstrip().startswith(b"<?xml"):
        raise InputError(f"{file}：不是工作簿，是 XML 文件。", SAVE_AS)
    for start, what in _OTHER_FILES.items():
        if data.startswith(start) and (len(start) > 2 or b"\0" in data[:1024]):
            raise InputError(f"{file}：不是工作簿，是{what}。", "请导入原始的 Excel 或 WPS 表格文件。")
    return "text"


def _opening(data: bytes) -> bytes:
    """The first characters of a file in ASCII terms, whether it is written in one byte each or in two."""
    start = data[:8192]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[1:2] == b"\0" or start[:1] == b"\0":
        start = start.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return start.removeprefix(b"\xef\xbb\xbf")


def _ole_kind(data: bytes, file: str) -> str:
    holds = {
        kind
        for name, kind in _DIRECTORY_NAMES.items()
        for found in re.finditer(re.escape((name + "\0").encode("utf-16-le")), data, re.IGNORECASE)
        if found.start() % _OLE_ENTRY == 0
    }
    for kind in ("locked", "xls"):
        if kind in holds:
            return kind
    if not holds:
        # Where the directory begins ([MS-CFB] 2.2): cut off, or never sent.
        if (int.from_bytes(data[48:52], "little") + 1) * 512 >= len(data):
            raise damaged(file)
        raise InputError(f"{file}：不是工作簿（里面没有工作表）。", "请核对是否拿错了文件。")
    raise InputError(
        f"{file}：不是工作簿（是 Word 等其他 Office 文件）。", "请导入表格文件，或把表格复制到 Excel 另存。"
    )


def _zip_kind(data: bytes, file: str) -> str:
    package = open_package(data, file)
    main = name_in(package, "content.xml")
    if main:
        if b"encryption-data" in _peek(package, "META-INF/manifest.xml"):
            raise locked(file)
        if b"spreadsheet" in (_peek(package, "mimetype") or b"spreadsheet"):
            return "ods"
    types = _peek(package, "[Content_Types].xml").replace(b"\0", b"")
    if name_in(package, "xl/workbook.bin") or b"sheet.binary" in types:
        return "xlsb"
    if name_in(package, "xl/workbook.xml") or b"spreadsheetml" in types or b"ms-excel" in types:
        return "xlsx"
    if types or name_in(package, "mimetype"):
        raise InputError(
            f"{file}：不是工作簿（是文字、演示等其他文档）。", "请导入表格文件，或把表格复制到 Excel 另存。"
        )
    if name_in(package, "index/document.iwa") or name_in(package, "index.zip"):
        raise InputError(f"{file}：不是工作簿，是苹果 Numbers 文件。", "请在 Numbers 中导出为 Excel（.xlsx）后再导入。")
    raise InputError(f"{file}：不是工作簿，是压缩包。", "请先解压，再导入里面的工作簿。")


def _peek(package: zipfile.ZipFile, part: str) -> bytes:
    """A small part, b"" if it is not in the package or cannot be read: whoever needs it says so."""
    name = name_in(package, part)
    try:
        return package.read(name) if name else b""
    except Exception:  # damaged in any way
        return b""
