"""Lines between the rows that stand over a part of them: 特困人员花名册, 一、东坊村, a village's name alone.

What the words mean (a category, a village) is not read here: only that the rows below are under these words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fcins.headings import Field, kept_by_words, load_headings
from fcins.workbooks.text_columns import Flags, matches, truth

_NUMERAL = "[一二三四五六七八九十百]"
_NUMBERED = f"^(?:[(]{_NUMERAL}{{1,4}}[)]|{_NUMERAL}{{1,4}}[、.,:)]|第{_NUMERAL}{{1,4}}(?:部分|类|组|队)[:、]?)"
_COUNTED = "^[(]?[0-9]{1,3}[)]?[、.)]"
_AFTER = r"(?:[(][^()]*[)])?[:]?$"  # 东坊村（5户12人）：
_BESIDE = r"[:]|^[(]?(?:共|计)?[0-9]+(?:户|人)|^[0-9]{4}[年.-]"  # what may stand beside such a line
LONGEST = 40


@dataclass(frozen=True)
class SectionLine:
    """`row`: where it stands; `kind`: lines of one kind follow each other, lines of two are one under the other;
    `text`: what it says without its number, what a label or brackets add."""

    row: int
    kind: str
    text: str


def section_lines(texts: Sequence[pa.Array], filled: Flags, fields: Sequence[Field | None]) -> list[SectionLine]:
    """The section lines among rows (compact texts), top to bottom. `filled`: which cells hold something.

    Such a line has one cell, left of the people, and fits a pattern. In the column of names only what can hardly be
    a name is one: a person whose number is not filled in stands alone there, too.
    """
    count = filled.sum(axis=0)
    possible = (count >= 1) & (count <= 3)
    if not possible.any():
        return []
    first = filled.argmax(axis=0)
    aside = np.zeros(len(count), dtype=np.bool_)
    if (possible & (count > 1)).any():
        beside = np.array([matches(text, _BESIDE) for text in texts]).reshape(filled.shape)
        aside = (filled & ~beside).sum(axis=0) == ~beside[first, np.arange(len(first))]
    words = load_headings().words
    people = [at for at, field in enumerate(fields) if field and field[0] in words["identifying"]]
    plain, over_names, over_villages, title = _patterns()
    has_villages = any(field and field[0] == "village" for field in fields)
    found = []
    for at, text in enumerate(texts):
        here = possible & (first == at) & ((count == 1) | aside)
        if at in people:
            pattern = over_villages if has_villages else over_names
        else:
            pattern = plain if at < min(people, default=0) else title
        here &= truth(pc.less_equal(pc.utf8_length(text), LONGEST))
        if not here.any():
            continue
        rows = np.flatnonzero(here)
        rows = rows[matches(text.take(pa.array(rows)), pattern)]
        found += [_line(row, text[row].as_py()) for row in rows.tolist()]
    return sorted((line for line in found if line.text), key=lambda line: line.row)


@kept_by_words
def _patterns() -> tuple[str, str, str, str]:
    """What a section line is like: left of the people; among names; there, if villages have a column; elsewhere."""
    words = load_headings().words
    titles, places, others = (
        f"(?:{'|'.join(map(re.escape, words[name]))}){_AFTER}"
        for name in ("title_endings", "place_endings", "section_endings")
    )
    labels = f"^(?:{'|'.join(map(re.escape, words['section_labels']))})[:]."
    numbered = f"{_NUMBERED}."
    longer = f"[^0-9]{{2}}(?:{'|'.join(re.escape(word) for word in words['section_endings'] if len(word) > 1)}){_AFTER}"
    among_names = (numbered, f".{titles}", labels, longer)
    return (
        "|".join((numbered, titles, labels, places, others)),
        "|".join((*among_names, f"[^0-9]{{2}}{places}")),
        "|".join(among_names),
        f".{titles}",
    )


def _line(row: int, text: str) -> SectionLine:
    """What such a line says, and of which kind it is."""
    words = load_headings().words
    kind = ""
    for name, pattern in (("一、", _NUMBERED), ("1.", _COUNTED)):
        number = re.match(pattern, text)
        if number:
            kind, text = name if number[0][0] != "(" else f"({name})", text[number.end() :]
            break
    label, colon, value = text.partition(":")
    if colon and label in words["section_labels"]:
        text = value
    text = re.sub(_AFTER, "", text)
    if not kind:
        kinds = (("title", "title_endings"), ("place", "place_endings"))
        kind = next((name for name, endings in kinds if text.endswith(words[endings])), "other")
    return SectionLine(row, kind, text)


@dataclass(frozen=True)
class Section:
    """A part of a table: it begins after the row `row`, and `text` is what stands over it, outermost line first."""

    row: int
    text: str


def sections(lines: Sequence[SectionLine], data: Flags) -> list[Section]:
    """The parts that lines cut a table into, those with rows of people only; the first one, under no line, has text "".

    A line ends the one of its own kind, and all below that. Of another kind it stands under the line before only if
    no row came between: 低保对象, then 东坊村; later 梁湖村 is 低保 too, until 特困人员 ends both.
    """
    rows = np.flatnonzero(data)
    parts = [Section(-1, "")]
    stack: list[SectionLine] = []
    for line in lines:
        between = stack and np.searchsorted(rows, line.row) > np.searchsorted(rows, stack[-1].row)
        kinds = [each.kind for each in stack]
        if line.kind in kinds:
            del stack[kinds.index(line.kind) :]
        elif between:
            stack.clear()
        stack.append(line)
        parts.append(Section(line.row, "\n".join(each.text for each in stack)))
    ends = [*(part.row for part in parts[1:]), len(data)]
    held = [
        part
        for part, end in zip(parts, ends, strict=True)
        if np.searchsorted(rows, part.row) < np.searchsorted(rows, end)
    ]
    return held or parts[:1]
