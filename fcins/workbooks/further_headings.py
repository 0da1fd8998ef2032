"""Further headings below the first ones of a sheet: where its next table begins."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fcins.headings import HeadingRows, heading_key, kept_by_words, load_headings, locate, names_columns
from fcins.workbooks.text_columns import Flags, lines_of, matches


@dataclass(frozen=True)
class Begin:
    """A heading row of a sheet, counted from 0. `heading`: None where it names columns, but not those needed."""

    row: int
    heading: HeadingRows | None
    texts: tuple[str, ...] = ()


def headings_below(
    columns: list[pa.Array],
    top: int,
    numbered: Flags,
    heading: HeadingRows,
    required: Sequence[frozenset[str]],
) -> Iterator[Begin]:
    """Further heading rows below the first. Headings that only come again, as on each printed page, are not among
    them."""
    rest = np.flatnonzero(~numbered)
    naming = np.zeros(len(rest), dtype=np.bool_)
    for column in columns:
        naming |= matches(column.slice(top).take(pa.array(rest)), _naming_cell())
    current, after = heading, top
    for row in (rest[naming] + top).tolist():
        if row < after:
            continue
        before = row - 1 if row - 1 >= after and not numbered[row - 1 - top] else row
        lines = lines_of(columns, before, row - before + 2)
        names = names_columns(lines[row - before])
        if _comes_again(lines[row - before], current) or not (names or any(map(names_columns, lines[row - before :]))):
            continue
        found = locate(lines, required)
        if found and _same_headings(found, current):
            continue
        if found:
            yield Begin(before + found.first, found)
            current, after = found, before + found.first + found.height
        elif names:
            yield Begin(row, None, tuple(text.strip() for text in lines[row - before] if text.strip()))
            after = row + 1


@kept_by_words
def _naming_cell() -> str:
    """A cell that may be the heading of names or of identity numbers, with blanks between or not."""
    words = load_headings()
    keys = {heading_key(text) for field in ("citizen_id", "disability_cert") for text in words.fields[field]}
    keys |= {heading_key(words.canonical("name"))}
    shortest = [key for key in keys if not any(other in key for other in keys - {key})]
    return "|".join(r"[\s\x{3000}]*".join(map(re.escape, key)) for key in sorted(shortest))


def _comes_again(row: list[str], heading: HeadingRows) -> bool:
    """Whether a row is the (lower) heading row again."""
    pairs = [(heading_key(text), heading_key(own)) for text, own in zip(row, heading.headings, strict=False)]
    return all(own.endswith(text) for text, own in pairs if text)


def _same_headings(found: HeadingRows, heading: HeadingRows) -> bool:
    """Whether both say the same of each column."""
    width = max(len(found.headings), len(heading.headings))
    one, other = (
        [heading_key(text) for text in each.headings] + [""] * (width - len(each.headings)) for each in (found, heading)
    )
    return one == other
