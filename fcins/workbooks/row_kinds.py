"""Which rows of a table are about people, and what the others are: totals, signatures, section lines, examples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fcins.headings import DROPPED, Field, heading_key, load_headings
from fcins.workbooks.section_lines import SectionLine, section_lines
from fcins.workbooks.text_columns import Flags, compact, matches, tight, truth

Rows = npt.NDArray[np.intp]

# Twelve digits and more, spaced or full-width too, or a passport: whatever else the row says, it is about a person.
_ID_LIKE = r"^[\s\x{3000}'’`]*(?:(?:[0-9０-９][\s\x{3000}\-.]*){12}|[A-Za-z]{1,3}[0-9]{6})"
_NUMBERING = re.compile(r"[0-9]{1,2}|[甲乙丙丁戊己庚辛]|[A-H]")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
BLANK, REPEATED, SECTION, LABEL, EXPLANATION, NOBODY = "空行", "重复的表头", "小标题", "合计、签字", "说明", "没有人员"
"""Why a row is not about people."""

EXPLAINED = 4
"""So many lines between the headings and the first person may explain the columns."""


@dataclass(frozen=True)
class RowKinds:
    """The rows below the headings, numbered from 0.

    `data`: which are about people; `used`: how many there are up to the last filled one; `skipped`: why (BLANK …) → the
    other rows of these; `examples`: those that were skipped as examples though they look like people; `sections`: the
    lines that stand over a part of the rows; `totals`: what rows that may hold a declared total say.
    """

    data: Flags
    used: int
    skipped: dict[str, Rows]
    examples: list[int]
    sections: list[SectionLine]
    totals: list[tuple[int, list[str]]]


def identified(columns: Sequence[pa.Array], fields: Sequence[Field | None]) -> Flags:
    """The rows with something like an identity number under a heading of such numbers."""
    words = load_headings().words
    found = np.zeros(len(columns[0]), dtype=np.bool_)
    for column, field in zip(columns, fields, strict=True):
        if field and field[0] in words["identity"]:
            found |= matches(column, _ID_LIKE)
    return found


def sort_rows(
    columns: Sequence[pa.Array],
    numbered: Flags,
    above: Sequence[Sequence[str]],
    heading_rows: Sequence[Sequence[str]],
    fields: Sequence[Field | None],
) -> RowKinds:
    """What each row below the headings is: every row with an identity number (`numbered`) is about a person, and of
    the others those that have something in a column of people and are none of the known lines.

    `above`: the lines over the headings, `heading_rows` the headings as they stand: both may come again on each page.
    """
    words = load_headings().words
    data = numbered.copy()
    rest = np.flatnonzero(~data)
    texts = [compact(column.take(pa.array(rest))) for column in columns]
    filled = np.array([truth(pc.not_equal(text, "")) for text in texts]).reshape(len(texts), len(rest))
    people = np.array([field is not None and field[0] in words["identifying"] for field in fields])
    repeated = _same_as(texts, filled, heading_rows) & (filled.sum(axis=0) > 1)
    if above:
        repeated |= _same_as(texts, filled, above) & filled.any(axis=0)
    sections = section_lines(texts, filled & ~repeated, fields)
    section = np.zeros(len(rest), dtype=np.bool_)
    section[[line.row for line in sections]] = True
    label = _labels(texts, filled, people)
    data[rest] = filled[people].any(axis=0) & ~label & ~repeated & ~section
    explained, examples = _under_headings([column.slice(0, EXPLAINED) for column in columns], fields)
    data[explained] = False
    # Blank rows between the data count, those after the last filled row are only left-over formats.
    used = max(np.flatnonzero(data)[-1:].max(initial=-1), rest[filled.any(axis=0)][-1:].max(initial=-1)) + 1
    why = np.full(len(data), NOBODY, dtype=object)
    for reason, rows in ((LABEL, label), (SECTION, section), (REPEATED, repeated), (BLANK, ~filled.any(axis=0))):
        why[rest[rows]] = reason
    why[explained] = EXPLANATION
    loose_rows = np.flatnonzero(~data[rest] & filled.any(axis=0))
    loose_rows = loose_rows[_may_tell_total(texts, loose_rows)]
    totals = zip(*(text.take(pa.array(loose_rows)).to_pylist() for text in texts), strict=True)
    return RowKinds(
        data=data,
        used=int(used),
        skipped=_by_reason(why[:used], ~data[:used]),
        examples=examples,
        sections=[SectionLine(int(rest[line.row]), line.kind, line.text) for line in sections],
        totals=[(row, list(line)) for row, line in zip(rest[loose_rows].tolist(), totals, strict=True)],
    )


def _by_reason(why: npt.NDArray[Any], skipped: Flags) -> dict[str, Rows]:
    rows = np.flatnonzero(skipped)
    return {reason: rows[why[rows] == reason] for reason in dict.fromkeys(why[rows].tolist())}


def _labels(texts: list[pa.Array], filled: Flags, people: Flags) -> Flags:
    """Total and signature rows: the first filled cell, or one where a person should stand, begins with such a word.
    A lone sentence under the table is a note, in the column of names too."""
    words = load_headings().words
    begins = "|".join(re.escape(tight(word)) for word in (*words["totals"], *words["signatures"]))
    ends, stamped = ("|".join(words[some]) for some in ("total_endings", "stamped_totals"))
    label = "|".join((f"^(?:{begins})", f"^.{{1,10}}(?:{ends})[:]?$", stamped, *words["total_patterns"]))
    labelled = np.array([matches(text, label) for text in texts]).reshape(filled.shape)
    sentence = np.array([matches(text, "[:。]|.{20}") for text in texts]).reshape(filled.shape)
    first = filled & (np.cumsum(filled, axis=0) == 1)
    lone = sentence.any(axis=0) & (filled.sum(axis=0) == 1)
    return np.asarray((labelled & (first | people[:, None])).any(axis=0) | lone)


def _same_as(texts: list[pa.Array], filled: Flags, rows: Sequence[Sequence[str]]) -> Flags:
    """Rows that only repeat one of these rows, as at the top of each printed page."""
    keys = [pc.utf8_upper(pc.replace_substring_regex(text, DROPPED, "")) for text in texts]
    same = np.zeros(filled.shape[1], dtype=np.bool_)
    for row in rows:
        agrees = np.array(
            [truth(pc.equal(key, heading_key(text))) for key, text in zip(keys, row[: len(keys)], strict=True)]
        )
        same |= (agrees.reshape(filled.shape) | ~filled).all(axis=0)
    return same


# ── lines under the headings ──


def _under_headings(columns: list[pa.Array], fields: Sequence[Field | None]) -> tuple[list[int], list[int]]:
    """The first rows that explain the columns (numbering, field codes, 必填, examples), and which are examples."""
    identifying = load_headings().words["identifying"]
    explained, examples = [], []
    texts = [compact(column).to_pylist() for column in columns]
    for row, cells in enumerate(zip(*texts, strict=True)):
        filled = [text for text in cells if text]
        people = [text for text, field in zip(cells, fields, strict=True) if text and field and field[0] in identifying]
        if any(_is_example(text) for text in filled):
            explained.append(row)
            if people:
                examples.append(row)
        elif filled and not (_is_numbering(filled) or _are_codes(filled) or _are_explained(people)):
            break
        elif filled:
            explained.append(row)
    return explained, examples


def _is_numbering(cells: list[str]) -> bool:
    """A row 1 2 3 … (or 甲 乙 1 2 …) right under the headings, as on official forms."""
    numbers = [int(text) for text in cells if text.isdigit()]
    return len(cells) > 2 and all(map(_NUMBERING.fullmatch, cells)) and numbers == list(range(1, len(numbers) + 1))


def _are_codes(cells: list[str]) -> bool:
    """A row xh xm sfzh, as systems name their columns; a foreigner with a passport is none."""
    return len(cells) > 1 and all(map(_CODE.fullmatch, cells)) and not any(re.search(r"\d{6}", text) for text in cells)


def _are_explained(people: list[str]) -> bool:
    """A row that says 必填, 文本 or 18位 where people should stand."""
    words = load_headings().words["under_headings"]
    return bool(people) and all(len(text) <= 20 and text.upper().lstrip("(【[*").startswith(words) for text in people)


def _is_example(text: str) -> bool:
    words = load_headings().words["examples"]
    start = text.lstrip("(【[")
    return (start.startswith(words) and len(start) <= 20) or bool(
        re.search(rf"[(【\[](?:{'|'.join(words)})[)】\]]$", text)
    )


def _may_tell_total(texts: list[pa.Array], rows: Rows) -> Flags:
    """Which of these rows may hold a declared total."""
    words = load_headings().words
    pattern = "|".join((*words["grand_totals"], *words["stamped_totals"], "共.{0,3}[0-9]"))
    worth_reading = np.zeros(len(rows), dtype=np.bool_)
    for text in texts:
        worth_reading |= matches(text.take(pa.array(rows)), pattern)
    return worth_reading
