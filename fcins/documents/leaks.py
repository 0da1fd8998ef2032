"""The last look at a publicity file before it is put in place: it may tell no more of anybody than the plan asks.

Reads the finished .xlsx as a zip: every part of it (sheets, hidden ones too, shared strings, properties, comments,
drawings, headers and footers, defined names), every text and attribute in a part. It knows nothing of how the file was
made, so that a mistake there cannot blind it here. What it cannot read it refuses.

Standard: 个人信息保护法 art. 28; GB 11643 (an ID is 17 digits and a digit or X; 15 digits before 1999).
"""

import html
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fcins.errors import FcinsError

ID, PHONE, ADDRESS = "疑似公民身份号码", "电话号码", "住户地址"
CATEGORY, HEADING, UNREADABLE = "人员类别", "不应公示的栏目", "无法核对的内容"
SHORTEST_ADDRESS = 6

# After NFKC and without blanks. 15 digits, alone or within a longer run, are an ID or hold one (so do 17 digits and X).
_ID_SHAPE = re.compile(r"\d{15}")
_PHONE_SHAPE = re.compile(r"(?<!\d)(?:(?:86-?)?1[3-9]\d-?\d{4}-?\d{4}|\(?0\d{2,3}[-)]?\d{7,8})(?!\d)")
_BLANKS = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BRACKETED = re.compile(r"\([^)]*\)")
_WORD_BREAK = re.compile(r"[、,;/|+]")
# Numbers of a workbook's own (widths, margins, amounts, times) have long fractions; IDs in decimals are not a thing.
_DECIMAL = re.compile(r"-?\d{1,10}\.\d+(?:[Ee]-\d+)?")
_SCIENTIFIC = re.compile(r"-?\d+(?:\.\d+)?[Ee]\+?\d{1,3}")
_GUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_FONT_CLASS = re.compile(r'\bpanose="[0-9A-Fa-f]{20}"')

_READABLE_NAME = re.compile(r"(?i)\.(?:xml|rels|vml)$")
_UNREADABLE_XML = re.compile(r"<!(?:DOCTYPE|ENTITY|\[CDATA\[)")
_TEXT = re.compile(r">([^<]+)<(?!/v>)")
_VALUE = re.compile(r">([^<]+)</v>")
_COMMENT = re.compile(r"<!--(.*?)-->|<\?(.*?)\?>", re.DOTALL)
# Cell references, style ids, types and the like are passed over: most of a sheet, and too short to tell a thing.
_ATTRIBUTE = re.compile(r"""=\s*(?:"(?![A-Za-z]{0,9}\d{0,7}")([^"]+)"|'([^']+)')""")
_RUN_MARKS = re.compile(r"<(?:\w+:)?rPr\b(?:[^>]*/>|.*?</(?:\w+:)?rPr>)|</?(?:\w+:)?[rt](?:\s[^>]*)?/?>", re.DOTALL)
_CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_SHARED_STRING = re.compile(r"<si\b[^>]*?(?:/>|>(.*?)</si>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class PublicityLeak(FcinsError):
    """A publicity file holds what must not be published. Names the sheet or part and the kind, never the content."""


@dataclass(frozen=True)
class _Rules:
    """What must not be in the file, all normalised (see `_normalised`)."""

    phones_allowed: frozenset[str]
    addresses: dict[str, list[str]]  # by their first six characters
    category_words: frozenset[str]
    forbidden_headings: frozenset[str]
    fixed_lines: frozenset[str]
    name_headings: frozenset[str]


def check_publicity(
    path: Path,
    *,
    phones_allowed: Sequence[str],
    addresses: Collection[str],
    category_words: Collection[str],
    forbidden_headings: Collection[str],
    fixed_lines: Collection[str],
    name_headings: Sequence[str] = ("姓名",),
) -> None:
    """Refuse the workbook at `path` if it holds what a publicity notice must not.

    IDs and phones (but `phones_allowed`) are looked for everywhere, `addresses` of six characters or more as part of
    any text, `category_words` and `forbidden_headings` as whole texts. `fixed_lines` are texts the notice always has
    (title, notes, town and village names): they may be a category word, and an address that is part of one tells
    nothing new. A category word below one of `name_headings` is somebody's name. Raises PublicityLeak with the place
    and the kind.
    """
    fixed = _normalised(fixed_lines)
    sought = _by_start(_normalised(addresses))
    public = {address for line in fixed for address in _addresses_in(line, sought)}
    rules = _Rules(
        phones_allowed=frozenset(_bare_phone(phone) for phone in _normalised(phones_allowed)),
        addresses=_by_start(a for starts in sought.values() for a in starts if a not in public),
        category_words=frozenset(_normalised(category_words)),
        forbidden_headings=frozenset(_normalised(forbidden_headings)),
        fixed_lines=frozenset(fixed),
        name_headings=frozenset(_normalised(name_headings)),
    )
    book = _Book(path)
    for part, texts, in_cells in book.texts():
        for kind, text in _leaks(texts, rules):
            if kind in (CATEGORY, HEADING) and in_cells and book.only_names(part, text, rules.name_headings):
                continue
            _refuse(book.place(part, text), kind)


def _refuse(place: str, kind: str) -> None:
    raise PublicityLeak(
        f"公示文件没有写出：{place}含有{kind}", "公示不得含有这类内容，请检查该处的来源数据后重新输出。"
    )


def _leaks(texts: set[str], rules: _Rules) -> Iterator[tuple[str, str]]:
    """The kind of leak and the text, worst kind first; `texts` are normalised."""
    joined = "\0".join(texts)
    for found in _ID_SHAPE.finditer(joined):
        yield ID, _around(joined, found.start())
    for found in _PHONE_SHAPE.finditer(joined):
        if _bare_phone(found.group()) not in rules.phones_allowed:
            yield PHONE, _around(joined, found.start())
    for text in texts:
        if text in rules.forbidden_headings or _BRACKETED.sub("", text) in rules.forbidden_headings:
            yield HEADING, text
        if text not in rules.fixed_lines and not rules.category_words.isdisjoint(_WORD_BREAK.split(text)):
            yield CATEGORY, text
        if next(_addresses_in(text, rules.addresses), None) is not None:
            yield ADDRESS, text


def _around(joined: str, position: int) -> str:
    end = joined.find("\0", position)
    return joined[joined.rfind("\0", 0, position) + 1 : end if end >= 0 else None]


def _bare_phone(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _by_start(addresses: Iterable[str]) -> dict[str, list[str]]:
    by_start: dict[str, list[str]] = {}
    for address in addresses:
        if len(address) >= SHORTEST_ADDRESS:
            by_start.setdefault(address[:SHORTEST_ADDRESS], []).append(address)
    return by_start


def _addresses_in(text: str, by_start: dict[str, list[str]]) -> Iterator[str]:
    for start in range(len(text) - SHORTEST_ADDRESS + 1):
        for address in by_start.get(text[start : start + SHORTEST_ADDRESS], ()):
            if text.startswith(address, start):
                yield address


def _normalised(texts: Iterable[str]) -> set[str]:
    """Entities and _xHHHH_ escapes read, full-width forms made plain, blanks and invisible marks removed."""
    joined = html.unescape("\0".join(texts))
    joined = _ESCAPED.sub(lambda escape: chr(int(escape.group(1), 16) or 32), joined)
    return {text for text in _BLANKS.sub("", unicodedata.normalize("NFKC", joined)).split("\0") if text}


class _Book:
    """The parts of an .xlsx as XML text; refuses a file with a part that cannot be read as text."""

    def __init__(self, path: Path) -> None:
        self._parts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                comments = [archive.comment, *(entry.comment for entry in entries)]
                self._directory = _normalised([e.filename for e in entries] + [str(c, "utf-8") for c in comments])
                for entry in entries:
                    xml = str(archive.read(entry), "utf-8-sig")
                    known = entry.filename not in self._parts and _READABLE_NAME.search(entry.filename)
                    if not known or _UNREADABLE_XML.search(xml):
                        _refuse("文件的附属部分", UNREADABLE)
                    self._parts[entry.filename] = xml
        except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, RuntimeError) as error:
            raise PublicityLeak("公示文件没有写出：文件无法核对", "请重新输出。") from error

    def texts(self) -> Iterator[tuple[str, set[str], bool]]:
        """Part by part: its name, its unique normalised texts, and whether they are texts (else attributes).

        The directory and the workbook part come first: with them the sheets' names are known to be harmless.
        """
        yield "", self._directory, False
        first = ("xl/workbook.xml", "docProps/app.xml")
        for name in sorted(self._parts, key=lambda name: (name not in first, name)):
            xml = self._parts[name]
            yield name, _normalised(_attributes(xml)), False
            yield name, _normalised(_texts(xml)), True
            if name == "xl/workbook.xml":
                self._names = self._sheet_names()

    def place(self, part: str, text: str) -> str:
        """Where to look, in words a clerk understands: the sheet and the cell if it is in one, else the part."""
        for name, column, row, cell in self._cells(part):
            if cell == text:
                return f"工作表“{self._names[name]}”的单元格 {column}{row} "
        if part in self._names:
            return f"工作表“{self._names[part]}”的页眉页脚、批注或属性"
        return f"文件的 {part} 部分" if part else "文件清单"

    def only_names(self, part: str, text: str, name_headings: frozenset[str]) -> bool:
        """Whether the text stands in cells, and in each of them below a heading for names."""
        headed: dict[tuple[str, str], int] = {}
        found = False
        for name, column, row, cell in self._cells(part):
            if cell in name_headings:
                headed.setdefault((name, column), row)
            elif cell == text:
                found = True
                if (name, column) not in headed:
                    return False
        return found

    def _cells(self, part: str) -> Iterator[tuple[str, str, int, str]]:
        """Part, column, row and normalised text of the cells with text: of a sheet, or of all for shared strings."""
        shared_part = "xl/sharedStrings.xml"
        shared = [
            _TAG.sub("", found.group(1) or "") for found in _SHARED_STRING.finditer(self._parts.get(shared_part, ""))
        ]
        for name in self._names if part == shared_part else {part} & self._names.keys():
            for column, row, attributes, content in _CELL.findall(self._parts[name]):
                text = _TAG.sub("", content)
                if ' t="s"' in attributes:
                    text = shared[int(text)]
                for normal in _normalised([text]):
                    yield name, column, int(row), normal

    def _sheet_names(self) -> dict[str, str]:
        """Sheet name by part."""
        relations = _tags("Relationship", self._parts.get("xl/_rels/workbook.xml.rels", ""))
        part = {tag.get("Id"): "xl/" + tag.get("Target", "").removeprefix("/xl/") for tag in relations}
        sheets = {
            part.get(tag.get("r:id")): tag.get("name", "") for tag in _tags("sheet", self._parts["xl/workbook.xml"])
        }
        return {name: html.unescape(title) for name, title in sheets.items() if name in self._parts}


def _tags(name: str, xml: str) -> list[dict[str, str]]:
    return [dict(re.findall(r'([\w:]+)="([^"]*)"', tag)) for tag in re.findall(rf"<{name}\b([^>]*)>", xml)]


def _texts(xml: str) -> set[str]:
    """Every text of a part, those of formatted runs also put together, and numbers as far as they could be an ID."""
    texts = set(_TEXT.findall(xml))
    for comment in _COMMENT.findall(xml):
        texts.update(comment)
    if "<r>" in xml or ":r>" in xml or "rPr" in xml:
        texts.update(re.findall(r">([^<]+)<", _RUN_MARKS.sub("", xml)))
    for value in set(_VALUE.findall(xml)):
        if _SCIENTIFIC.fullmatch(value):
            texts.add(f"{abs(float(value)):.0f}")
        elif not _DECIMAL.fullmatch(value):
            texts.add(value)
    return texts


def _attributes(xml: str) -> set[str]:
    if "panose" in xml:
        xml = _FONT_CLASS.sub("", xml)
    values = {double or single for double, single in set(_ATTRIBUTE.findall(xml))}
    return {_GUID.sub("", value) for value in values if not _DECIMAL.fullmatch(value)}
