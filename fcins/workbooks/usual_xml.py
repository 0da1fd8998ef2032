"""XML as the readers of an .xlsx like it: UTF-8, no prefixes, every row and cell with its position."""

import codecs
import re
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from fcins.errors import InputError
from fcins.workbooks.package import column_letters, column_number
from fcins.workbooks.refusals import SAVE_AS, damaged

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_DECLARATION = re.compile(r"^\s*<\?xml.*?\?>\s*", re.DOTALL)
_USUAL_ENCODING = re.compile(rb"utf-?8|us-ascii", re.IGNORECASE)


def is_odd_start(start: bytes) -> bool:
    """Whether XML that begins so is in another encoding than UTF-8, or has something before its declaration."""
    declared = _DECLARED.match(start)
    return not start.startswith(b"<") or b"\0" in start or bool(declared and not _USUAL_ENCODING.fullmatch(declared[1]))


def utf8_xml(data: bytes, part: str, file: str) -> bytes:
    """XML as UTF-8 without a declaration, whatever it is written in. Raises InputError if it is not what it says."""
    declared = _DECLARED.match(data)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[:1] == b"\0":
        encoding = "utf-16-be"
    elif data[1:2] == b"\0":
        encoding = "utf-16-le"
    elif data.startswith(codecs.BOM_UTF8) or declared is None or declared[1].lower().startswith(b"utf-16"):
        encoding = "utf-8-sig"
    else:
        encoding = declared[1].decode("ascii").lower()
        encoding = "gb18030" if encoding in ("gbk", "gb2312", "cp936") else encoding
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(f"{file}：{part} 的编码不是 {encoding}，读不出来。", SAVE_AS) from error
    return _DECLARATION.sub("", text.lstrip("\ufeff")).encode("utf-8")


def usual_xml(data: bytes, part: str, file: str) -> bytes:
    """A part in UTF-8 without prefixes and extensions, each row and cell with its position.

    Raises InputError: damaged, or in an encoding that it does not state.
    """
    try:
        return _UsualXml().written(utf8_xml(data, part, file))
    except (expat.ExpatError, ValueError) as error:
        raise damaged(file, part) from error


class _UsualXml:
    """Writes down what a parser reads, as the readers like it."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._row = self._column = 0
        self._passed_over = 0  # how deep inside of an extension
        self._just_begun = False

    def written(self, data: bytes) -> bytes:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(data, True)
        return "".join(self._out).encode("utf-8")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if self._passed_over or tag == "extLst":
            self._passed_over += 1
            return
        kept = {key: value for key, value in attributes.items() if not key.startswith("xmlns") and ":" not in key}
        if "xml:space" in attributes:
            kept["xml:space"] = attributes["xml:space"]
        if tag == "row":
            self._row, self._column = int(kept.pop("r", self._row + 1)), 0
            kept = {"r": str(self._row), **kept}
        elif tag == "c":
            place = re.fullmatch(r"([A-Z]{1,3})(\d+)", kept.pop("r", "").upper())
            self._column = column_number(place[1].encode()) if place else self._column + 1
            row = place[2] if place else self._row
            kept = {"r": f"{column_letters(self._column - 1)}{row}", **kept}
        elif tag == "sst":
            kept = {}
        if not self._out:
            kept["xmlns"] = _MAIN
        self._out.append(f"<{tag}{''.join(f' {key}={quoteattr(value)}' for key, value in kept.items())}>")
        self._just_begun = tag in ("c", "row")

    def _end(self, name: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
            return
        if self._just_begun:  # without content: a format, no cell
            self._out[-1] = f"{self._out[-1][:-1]}/>"
        else:
            self._out.append(f"</{name.rpartition(':')[2]}>")
        self._just_begun = False

    def _text(self, text: str) -> None:
        if not self._passed_over and not self._just_begun:
            self._out.append(escape(text))
