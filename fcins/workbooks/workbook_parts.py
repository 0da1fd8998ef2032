"""How an .xlsx is put together, and an unusual one put together anew as the readers expect it.

Excel opens much that no standard program writes: backslashes in zip names, a workbook part of another name or place,
prefixes before every element, XML in UTF-16 or GBK, cells without positions, a macro sheet beside the list. Our readers
fail on some of it or misread it, so such a file becomes one of the usual kind in memory before they see it.
"""

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from posixpath import dirname, normpath
from xml.etree import ElementTree

from fcins.errors import InputError
from fcins.notices import Notice
from fcins.workbooks.package import SheetPart, name_in, part_bytes, plain_name, stream
from fcins.workbooks.refusals import damaged
from fcins.workbooks.usual_xml import is_odd_start, usual_xml, utf8_xml

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_USUAL_BOOK = "xl/workbook.xml"
_COUNTED = re.compile(rb'uniqueCount="(\d+)"')


@dataclass(frozen=True)
class WorkbookParts:
    """What the workbook part of an .xlsx names. `styles`, `strings`: parts of the zip, "" if there are none.

    `odd`: something of it the readers may fail on. `notices`: what was there twice.
    """

    sheets: list[SheetPart]
    styles: str
    strings: str
    date1904: bool
    odd: bool
    notices: tuple[Notice, ...]


def workbook_parts(package: zipfile.ZipFile, file: str) -> WorkbookParts:
    """How the package is put together. Raises InputError: damaged, a named part is missing, or no worksheet at all."""
    book_name = _workbook_name(package, file)
    folder = dirname(plain_name(book_name))
    book = _parsed(package, book_name, file)
    links_name = name_in(package, f"{folder}/_rels/{plain_name(book_name).rpartition('/')[2]}.rels")
    if not links_name:
        raise damaged(file, f"缺少 {folder}/_rels/workbook.xml.rels")
    targets: dict[str, tuple[str, str]] = {}
    for link in _parsed(package, links_name, file):
        path = link.get("Target", "").replace("\\", "/")
        path = path.lstrip("/") if path.startswith("/") else normpath(f"{folder}/{path}")
        targets[link.get("Id", "")] = link.get("Type", "").rpartition("/")[2], path
    beside = {kind: name_in(package, path) for kind, path in targets.values() if kind in ("styles", "sharedStrings")}

    sheets, others = [], 0
    for node in book.iter():
        if node.tag.rpartition("}")[2] != "sheet":
            continue
        number = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
        kind, path = targets.get(number, ("worksheet", ""))
        if kind != "worksheet":
            others += kind != "chartsheet"
            continue
        name, part = node.get("name", ""), name_in(package, path)
        if not part:
            raise damaged(file, f"工作表“{name}”的部件 {path} 不在文件里" if path else f"找不到工作表“{name}”的部件")
        sheets.append(SheetPart(name, node.get("state", "visible") != "visible", part))
    if not sheets:
        raise InputError(f"{file}：里面没有普通的工作表（只有图表、对话框或宏表）。", "请核对是否拿错了文件。")
    settings = (node for node in book.iter() if node.tag.rpartition("}")[2] == "workbookPr")
    date1904 = any(node.get("date1904") in ("1", "true") for node in settings)
    used = [book_name, links_name, *beside.values(), *(sheet.part for sheet in sheets)]
    notices = _what_is_twice(package, sheets, {plain_name(name) for name in used})
    odd = (
        bool(others)
        or bool(notices)
        or date1904  # the readers overlook it where Excel 2013 has written a second workbookPr
        or any("\\" in name for name in package.namelist())
        or book_name != _USUAL_BOOK
        or any(not sheet.part.startswith("xl/") for sheet in sheets)
        or any(_is_odd_text(package, part, file) for part in used if part)
        or _counts_too_many(package, beside.get("sharedStrings", ""))
    )
    return WorkbookParts(sheets, beside.get("styles", ""), beside.get("sharedStrings", ""), date1904, odd, notices)


def worksheets(package: zipfile.ZipFile, file: str) -> list[SheetPart]:
    """The worksheets of an .xlsx in their order; charts and macro sheets left out. Raises InputError if damaged."""
    return workbook_parts(package, file).sheets


def _workbook_name(package: zipfile.ZipFile, file: str) -> str:
    """The workbook part is what _rels/.rels names, whatever it is called."""
    links = name_in(package, "_rels/.rels")
    for link in _parsed(package, links, file) if links else ():
        if link.get("Type", "").endswith("/officeDocument"):
            name = name_in(package, link.get("Target", ""))
            if name:
                return name
    name = name_in(package, _USUAL_BOOK)
    if not name:
        raise damaged(file, f"缺少 {_USUAL_BOOK}")
    return name


def _what_is_twice(package: zipfile.ZipFile, sheets: list[SheetPart], used: set[str]) -> tuple[Notice, ...]:
    """Sheets, or parts in use, that have one name."""
    notices = [
        Notice("N304", f"有{count}个工作表都叫“{name}”，都读了：请核对有没有重复的内容", name)
        for name, count in Counter(sheet.name for sheet in sheets).items()
        if count > 1
    ]
    entries = Counter(plain_name(name) for name in package.namelist())
    notices += [
        Notice("N304", f"文件里有{entries[name]}个部件都叫 {name}，读的是最后一个：请在 Excel 中打开核对", loses=True)
        for name in sorted(used)
        if entries[name] > 1
    ]
    return tuple(notices)


def _is_odd_text(package: zipfile.ZipFile, part: str, file: str) -> bool:
    """Whether a part is XML in another encoding than UTF-8, or has something before its declaration."""
    try:
        with package.open(part) as source:
            start = source.read(200)
    except Exception:  # whoever reads it whole says what is wrong
        return False
    return is_odd_start(start)


def _counts_too_many(package: zipfile.ZipFile, strings: str) -> bool:
    """Whether the shared strings state more than there can be: a reader makes room for what is stated."""
    if not strings:
        return False
    try:
        with package.open(strings) as source:
            stated = _COUNTED.search(source.read(1000))
    except Exception:  # as above
        return False
    return stated is not None and int(stated[1]) * len("<si/>") > package.getinfo(strings).file_size


def _parsed(package: zipfile.ZipFile, part: str, file: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(utf8_xml(part_bytes(package, part, file), part, file))
    except ElementTree.ParseError as error:
        raise damaged(file, part) from error


# ── put together anew ──


def usual_package(package: zipfile.ZipFile, parts: WorkbookParts, file: str) -> tuple[bytes, list[SheetPart]]:
    """The same cells, formats and dates as a package of the usual kind, and its sheets. Raises InputError: damaged."""
    sheets = [
        replace(sheet, part=f"xl/worksheets/sheet{number}.xml", key=f"sheet{number}")
        for number, sheet in enumerate(parts.sheets, start=1)
    ]
    names = [(f"worksheets/sheet{number}.xml", "worksheet") for number in range(1, len(sheets) + 1)]
    names += [("styles.xml", "styles")] * bool(parts.styles) + [("sharedStrings.xml", "sharedStrings")] * bool(
        parts.strings
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{name}"/>'
        for number, (name, kind) in enumerate(names, start=1)
    )
    types = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{_CONTENT}.{kind}+xml"/>'
        for name, kind in [("workbook.xml", "sheet.main"), *names]
    )
    listed = "".join(
        f'<sheet name="{sheet.key}" sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        new.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        )
        new.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        new.writestr(
            _USUAL_BOOK,
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(parts.date1904)}"/>'
            f"<sheets>{listed}</sheets></workbook>",
        )
        new.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
        )
        for name, part in (("styles.xml", parts.styles), ("sharedStrings.xml", parts.strings)):
            if part:
                new.writestr(f"xl/{name}", _usual_xml(package, part, file))
        for old, sheet in zip(parts.sheets, sheets, strict=True):
            new.writestr(sheet.part, _usual_xml(package, old.part, file))
    return target.getvalue(), sheets


def _usual_xml(package: zipfile.ZipFile, part: str, file: str) -> bytes:
    """A part in UTF-8 without prefixes and extensions, each row and cell with its position."""
    return usual_xml(b"".join(stream(package, part, file)), part, file)
