"""fcins manual: a page of the manual as plain text."""

import re
import shutil
import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from fcins.cli.options import command
from fcins.cli.screen import Screen, columns, print_table

if TYPE_CHECKING:
    from fcins.commands.manual import ManualPage, ManualTopics

_WIDEST = 100
_PIPED = 80
_NO_LINE_BEGINS = "，。；：、！？）》”’】,.;:!?)"


@command("manual")
def manual(
    screen: Screen,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[主题]", help="主题、问题代码或理解的编号：命令、E106、R39", show_default="列出全部主题"
        ),
    ] = None,
) -> None:
    """看手册：命令、问题代码、方案的理解、运行维护……例：fcins manual E106"""
    from fcins.commands import manual as pages

    if topic is None:
        screen.show(pages.topics(), _topics)
    else:
        screen.show(pages.page(topic), _page)


def _topics(result: "ManualTopics") -> None:
    print_table(["主题", "也可以写", "内容"], [[each.title, each.name, each.summary] for each in result.topics])
    print("\n例：fcins manual 命令，fcins manual E106（一个问题代码），fcins manual R39（方案的一条理解）")


def _page(result: "ManualPage") -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else _PIPED
    print("\n".join(_plain(result.text, width)).strip("\n"))


# ── Markdown, as our pages use it, → plain text ─────────────────────────────────────────────────────────────────────


def _plain(text: str, width: int) -> Iterator[str]:
    """The lines of a page: headings underlined, tables in columns or, too wide for that, row by row."""
    lines = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S).split("\n")
    while lines:
        yield from _piece(lines, width)


def _piece(lines: list[str], width: int) -> Iterator[str]:
    """The first heading, table, code, item or paragraph, taken off the lines."""
    first = lines.pop(0)
    if heading := re.fullmatch(r"(#+) (.+)", first):
        title = _inline(heading[2])
        yield from _folded(title, width, 0)
        if len(heading[1]) < 3:
            yield ("═" if len(heading[1]) == 1 else "─") * min(columns(title), width)
    elif first.startswith("|"):
        rows = [first, *_take(lines, r"\|")]
        cells = [[_inline(cell.strip()) for cell in row.split("|")[1:-1]] for row in rows]
        yield from _table([row for row in cells if not set("".join(row)) <= {"-"}], width)
    elif first.startswith("```"):
        yield from (f"    {line}".rstrip() for line in _take(lines, r"(?!```)"))
        del lines[:1]
    elif first.startswith("    ") or not first:
        yield first
    else:
        parts = [first, *_take(lines, r"(?!- |\d+\. |\||```|#| {4}|$)")]
        hang = re.match(r"(?:- |\d+\. )?", first)
        yield from _folded(_inline(_joined(parts)), width, hang.end() if hang else 0)


def _take(lines: list[str], pattern: str) -> list[str]:
    """The next lines that begin so, taken off."""
    taken = list(takewhile(re.compile(pattern).match, lines))
    del lines[: len(taken)]
    return taken


def _joined(lines: list[str]) -> str:
    """The lines of a paragraph as one: a blank between two Latin letters, none beside Han characters."""
    text = lines[0]
    for line in map(str.strip, lines[1:]):
        text += " " + line if text[-1].isascii() and line[0].isascii() else line
    return text


def _inline(text: str) -> str:
    """Without the marks of code, bold, links and escapes."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"\*\*|`", "", text).replace("\\", "")


def _table(rows: list[list[str]], width: int) -> Iterator[str]:
    widths = [max(map(columns, texts)) for texts in zip(*rows, strict=True)]
    if sum(widths) + 3 * (len(widths) - 1) <= width:
        for row in rows:
            blanks = [" " * (room - columns(text)) for room, text in zip(widths, row, strict=True)]
            yield "   ".join(map(str.__add__, row, blanks)).rstrip()
        return
    headings = rows[0]
    for row in rows[1:]:
        yield from _folded(row[0], width, 0)
        for heading, text in zip(headings[1:], row[1:], strict=True):
            if text:
                yield from _folded(f"    {heading}：{text}" if heading else f"    {text}", width, 4)


def _folded(text: str, width: int, hang: int) -> Iterator[str]:
    """Lines of at most so many columns, all but the first after blanks; broken at blanks, or beside a Han character."""
    line = ""
    for word in re.findall(rf"\s+|[\x21-\x7e]+[{_NO_LINE_BEGINS}]*|.[{_NO_LINE_BEGINS}]*", text):
        if line.strip() and columns(line + word.rstrip()) > width:
            yield line.rstrip()
            line = " " * hang + word.lstrip()
        else:
            line += word
    yield line.rstrip()
