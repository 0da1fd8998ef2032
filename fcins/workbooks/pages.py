"""A page that a telephone opens: HTML and inline SVG in one file that asks nothing of anybody.

Elements are built as a tree, so every text and attribute is escaped by whoever writes the tree. No script, no address.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from fcins.workbooks.writing import placed

Element = ElementTree.Element
Child = str | Element

_HAN = re.compile("[一-鿿]")

_STYLE = """
:root { --blue: #2f6ea5; --orange: #c55a11; --grey: #6b7280; --line: #d9dde3; --ground: #f4f6f8; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: #1f2933; line-height: 1.5;
  font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; font-size: 15px; }
main { max-width: 62rem; margin: 0 auto; padding: 12px; }
h1 { font-size: 1.25rem; margin: 8px 0 2px; line-height: 1.35; }
h2 { font-size: 1.05rem; margin: 0 0 8px; }
h3 { font-size: .95rem; margin: 8px 0 2px; }
ol { margin: 0; padding-left: 1.4rem; }
p { margin: 2px 0; }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 12px;
  margin: 12px 0; min-width: 0; overflow-x: auto; }
.cards, .pairs { display: grid; grid-template-columns: 1fr; gap: 0 12px; align-items: start; }
.quiet, figcaption { color: var(--grey); font-size: .86rem; }
.large { font-size: 2rem; font-weight: 700; line-height: 1.2; color: var(--blue); }
.below { color: var(--orange); }
.figures { display: flex; flex-wrap: wrap; gap: 8px 24px; }
.links a { display: inline-block; padding: 4px 10px 4px 0; }
.paste { background: var(--ground); border-radius: 6px; padding: 8px; margin: 4px 0 12px; user-select: all; }
figure { margin: 0 0 8px; }
svg { display: block; width: 100%; max-width: 34rem; height: auto; }
svg text { font-size: 12px; fill: #1f2933; }
table { width: 100%; border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 3px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--grey); font-size: .8rem; }
section > table th { white-space: nowrap; }
.figure { text-align: right; white-space: nowrap; }
tfoot td { font-weight: 700; }
details { border-top: 1px solid var(--line); padding: 6px 0; }
summary { cursor: pointer; padding: 4px 0; }
@media (min-width: 48rem) { .cards, .pairs { grid-template-columns: 1fr 1fr; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""
_LABELS, _BAR, _VALUES, _ROW = 92, 196, 70, 26
_WIDTH, _HEIGHT, _LEFT, _BELOW = 358, 200, 46, 22
_BLUE, _ORANGE, _GREY, _PALE = "#2f6ea5", "#c55a11", "#6b7280", "#d9dde3"


def element(tag: str, *children: Child, **attributes: str | float) -> Element:
    """An element; `class_` is the attribute class, and `_` in a name a hyphen."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): _written(value) for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def table(headings: Sequence[str], rows: Sequence[Sequence[Child]], total: Sequence[Child] = ()) -> Element:
    """A table; columns whose cells are figures stand to the right. `total`: a last row that stands out."""
    lines = [*rows, total] if total else rows
    right = [all(_is_figure(line[at]) for line in lines) and bool(lines) for at in range(len(headings))]

    def row(tag: str, texts: Sequence[Child]) -> Element:
        cells = [
            element(tag, text, class_="figure") if figure else element(tag, text)
            for text, figure in zip(texts, right, strict=True)
        ]
        return element("tr", *cells)

    parts = [element("thead", row("th", headings)), element("tbody", *(row("td", line) for line in rows))]
    if total:
        parts.append(element("tfoot", row("td", total)))
    return element("table", *parts)


def _is_figure(text: Child) -> bool:
    if isinstance(text, Element):
        return False
    return not _HAN.search(text) and (not text or text == "—" or any(character.isdigit() for character in text))


@dataclass(frozen=True)
class Bar:
    """A lying bar: name, share of the whole width (0 to 1), the figure in words, and the mark it should reach."""

    name: str
    share: float
    figure: str
    mark: float | None = None


def bars(rows: Sequence[Bar], title: str) -> Element:
    """A drawing of bars, one below the other; a bar that does not reach its mark has another colour."""
    height = len(rows) * _ROW + 4
    svg = element("svg", viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=title)
    for number, bar in enumerate(rows):
        top = number * _ROW + 4
        below = bar.mark is not None and bar.share < bar.mark
        svg.append(element("text", _short(bar.name), x=0, y=top + 14))
        svg.append(element("rect", x=_LABELS, y=top, width=_BAR, height=18, fill="#eef1f4"))
        width = round(_BAR * min(max(bar.share, 0), 1), 2)
        svg.append(element("rect", x=_LABELS, y=top, width=width, height=18, fill=_ORANGE if below else _BLUE))
        if bar.mark is not None:
            at = round(_LABELS + _BAR * bar.mark, 2)
            svg.append(element("line", x1=at, x2=at, y1=top - 2, y2=top + 20, stroke="#1f2933", stroke_width=2))
        svg.append(element("text", bar.figure, x=_LABELS + _BAR + _VALUES, y=top + 14, text_anchor="end"))
    return svg


def _short(name: str) -> str:
    return name if len(name) <= 7 else f"{name[:6]}…"


def curves(days: Sequence[date], series: Sequence[tuple[str, Sequence[int]]], title: str) -> Element:
    """A drawing of curves over days, from 0 up. `series`: name and values, which are amounts in fen."""
    svg = element("svg", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=title)
    most = max((value for _, values in series for value in values), default=0)
    unit, name = (1_000_000, "万元") if most >= 10_000_000 else (100, "元")
    step = _step(max(most / unit, 1))
    top = math.ceil(max(most / unit, 1) / step) * step
    bottom, right = _HEIGHT - _BELOW, _WIDTH - 8
    spread = max((days[-1] - days[0]).days, 1)

    def x(day: date) -> float:
        return round(_LEFT + (right - _LEFT) * (day - days[0]).days / spread, 2)

    def y(value: float) -> float:
        return round(bottom - (bottom - 24) * value / top, 2)

    for number in range(round(top / step) + 1):
        level = number * step
        svg.append(element("line", x1=_LEFT, x2=right, y1=y(level), y2=y(level), stroke=_PALE))
        svg.append(element("text", f"{level:g}", x=_LEFT - 4, y=y(level) + 4, text_anchor="end"))
    svg.append(element("text", name, x=0, y=12))
    svg.append(element("text", f"{days[0]:%m-%d}", x=_LEFT, y=_HEIGHT - 6))
    svg.append(element("text", f"{days[-1]:%m-%d}", x=right, y=_HEIGHT - 6, text_anchor="end"))
    for number, (called, values) in enumerate(series):
        colour = (_BLUE, _ORANGE)[number % 2]
        points = " ".join(f"{x(day):g},{y(value / unit):g}" for day, value in zip(days, values, strict=True))
        svg.append(element("polyline", points=points, fill="none", stroke=colour, stroke_width=2))
        svg.append(element("circle", cx=x(days[-1]), cy=y(values[-1] / unit), r=3, fill=colour))
        at = _LEFT + 60 + number * 90
        svg.append(element("line", x1=at, x2=at + 18, y1=8, y2=8, stroke=colour, stroke_width=2))
        svg.append(element("text", called, x=at + 22, y=12))
    return svg


def _step(most: float) -> float:
    """1, 2 or 5 times a power of ten: about four steps up to `most`."""
    power = 10 ** math.floor(math.log10(most / 4))
    return float(next(times * power for times in (1, 2, 5, 10) if times * power >= most / 4))


def write_page(path: Path, text: str) -> None:
    """Write a page (`page_text`), whole or not at all. Raises what writing.placed raises."""
    with placed(path) as (file, _):
        file.write(text.encode())


def page_text(title: str, body: Sequence[Element]) -> str:
    """The page of these elements."""
    # What is not allowed here cannot be asked for either, whatever a name in the data may hold.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        element("style", _STYLE),
    )
    root = element("html", head, element("body", element("main", *body)), lang="zh-CN")
    ElementTree.indent(root, space=" ")
    return "<!DOCTYPE html>\n" + ElementTree.tostring(root, encoding="unicode", method="html") + "\n"
