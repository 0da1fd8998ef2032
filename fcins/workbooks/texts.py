"""Texts as a cell of a workbook holds them, and the XML of one that does.

Standard: ECMA-376 part 1, 18.4.12 (t), 22.9.2.19 (ST_Xstring, the _xHHHH_ escapes).
"""

import re

TEXT_LIMIT = 32767  # UTF-16 units one cell may hold

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def cell_text(text: str) -> str:
    """The text a cell can hold: line ends as \\n, without characters XML forbids, cut at 32767 UTF-16 units."""
    text = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) * 2 > TEXT_LIMIT:
        text = text.encode("utf-16-le")[: TEXT_LIMIT * 2].decode("utf-16-le", errors="ignore")
    return text


def inline_text(text: str) -> str:
    """The `<is>` element of a text, which reads back as `cell_text(text)`: never a formula, edge blanks kept."""
    text = cell_text(text)
    space = ' xml:space="preserve"' if text != text.strip() else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<is><t{space}>{_LOOKS_ESCAPED.sub('_x005F_', text)}</t></is>"
