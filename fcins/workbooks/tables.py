"""Where the tables of a sheet begin and end: under each other, side by side, or going on from the sheet before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from fcins.headings import Field, HeadingRows, Nearest, is_form, load_headings, locate, nearest
from fcins.notices import Notice
from fcins.workbooks.cells import Grid
from fcins.workbooks.further_headings import Begin, headings_below
from fcins.workbooks.row_kinds import BLANK, REPEATED, RowKinds, identified, sort_rows
from fcins.workbooks.section_lines import Section, SectionLine, sections
from fcins.workbooks.text_columns import Flags, is_filled, lines_of, matches, tight
from fcins.workbooks.totals import declared_total

HEAD_ROWS = 60  # a heading row stands among the first rows that hold anything
_OVER = {"标题": True, BLANK: False}
BESIDE = 20  # columns kept right of the last heading; what stands farther out is a stray cell, not the table


@dataclass(frozen=True)
class Half:
    """A table, or one of several side by side: the field of each column, and the rows (of the sheet, from 0) with
    people of its own."""

    fields: list[Field | None]
    data: Flags


@dataclass(frozen=True)
class Table:
    """One table of a sheet. `top`, `bottom`: its rows below the headings, counted from 0 in the sheet.

    `columns`: whole columns of the sheet, to 20 past the last heading; `halves`: one, or those side by side, their
    `data` counted from `top`; `parts`: what its section lines cut it into, counted from `top`; `examples` likewise.
    `skipped`: why rows are not about people → which (in the sheet, from 0), those over its headings too.
    `headless`: it has no headings of its own, but goes on from the sheet before.
    """

    columns: list[pa.Array]
    heading: HeadingRows
    top: int
    bottom: int
    halves: list[Half]
    parts: list[Section]
    examples: list[int]
    skipped: dict[str, list[int]]
    declared: list[int | None]
    headless: bool = False

    @property
    def data(self) -> Flags:
        """The rows about people, of any half."""
        data = self.halves[0].data.copy()
        for half in self.halves[1:]:
            data |= half.data
        return data

    def part_of(self, rows: np.ndarray) -> np.ndarray:
        """The part in which each of these rows (from `top`) stands."""
        return np.searchsorted([part.row for part in self.parts], rows, side="right") - 1


@dataclass(frozen=True)
class SheetTables:
    """The tables of a sheet; `title`: the text above the first; `unread`: rows under headings that lack what is
    needed."""

    grid: Grid
    title: str
    tables: list[Table]
    unread: list["UnreadRows"]


@dataclass(frozen=True)
class UnreadRows:
    """Rows under headings that lack what is needed: where the headings stand (from 0), what they say, how many rows."""

    row: int
    texts: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Unread:
    """A sheet without a table that we know. `nearest`: the row (from 0 at `start`) that is most like headings;
    `people`: how many rows look like people; `form`: the row (from 0) that shows it to be a form for one person."""

    sheet: str
    start: int
    nearest: Nearest
    people: int
    form: int | None
    notices: tuple[Notice, ...]


def read_tables(
    grid: Grid,
    required: Sequence[frozenset[str]],
    before: SheetTables | None,
    otherwise: Sequence[frozenset[str]] = (),
) -> SheetTables | Unread | None:
    """The tables of one sheet; `before`: those of the sheet before it, which it may go on from. None: it is empty."""
    start = _first_filled(grid)
    if start is None:
        return None
    head = lines_of(grid.columns, start, HEAD_ROWS)
    for asked in filter(None, (required, otherwise)):
        heading = locate(head, asked)
        if heading:
            return _tables(grid, start, head[: heading.first], heading, asked)
    if before and _goes_on(grid, start, before.tables[-1]):
        return _going_on(grid, start, before)
    form = next((start + at for at, row in enumerate(head) if is_form(row)), None)
    return Unread(grid.sheet, start, nearest(head, required), _like_people(grid), form, grid.notices)


def _first_filled(grid: Grid) -> int | None:
    """The first row with any text, None if the sheet has none."""
    height = len(grid.columns[0]) if grid.columns else 0
    for block in range(0, height, 1000):
        for at, row in enumerate(lines_of(grid.columns, block, 1000)):
            if any(text.strip() for text in row):
                return block + at
    return None


def _without_strays(columns: list[pa.Array], heading: HeadingRows) -> tuple[list[pa.Array], HeadingRows]:
    """The table and a little beside it: a stray cell in column XFD must not make every row 16,384 cells wide."""
    width = max(at for at, text in enumerate(heading.headings) if text.strip()) + 1 + BESIDE
    return columns[:width], replace(
        heading,
        headings=heading.headings[:width],
        fields=heading.fields[:width],
        meant=heading.meant[:width],
        halves=[half[:width] for half in heading.halves],
    )


# ── tables under each other ──


def _tables(
    grid: Grid, start: int, above: list[list[str]], heading: HeadingRows, required: Sequence[frozenset[str]]
) -> SheetTables:
    """The first table, and those whose headings stand somewhere below."""
    top = start + heading.first + heading.height
    columns, heading = _without_strays(grid.columns, heading)
    heading = _better_columns(heading, [column.slice(top) for column in columns], grid.marks.hidden_columns)
    numbered = identified([column.slice(top) for column in columns], _all_fields(heading))
    begins = [Begin(top - heading.height, heading), *headings_below(grid.columns, top, numbered, heading, required)]
    tables: list[Table] = []
    unread: list[UnreadRows] = []
    over: list[SectionLine] = []
    for begin, end in zip(begins, [*(each.row for each in begins[1:]), len(grid.columns[0])], strict=True):
        if begin.heading is None:
            rows = _filled_rows(grid.columns, begin.row + 1, end)
            unread += [UnreadRows(begin.row, begin.texts, rows)] if rows else []
            continue
        below = begin.row + begin.heading.height
        if not tables:
            known = None if heading.halves else numbered[: end - below]
            table, over = _table(columns, heading, below, end, above, [], numbered=known, first=True)
            tables.append(replace(table, skipped=_joined(_over(above, start), table.skipped)))
            continue
        columns, found = _without_strays(grid.columns, begin.heading)
        body = [column.slice(below, end - below) for column in columns]
        found = _better_columns(found, body, grid.marks.hidden_columns)
        table, over = _table(columns, found, below, end, above, over)
        skipped = _joined({REPEATED: list(range(begin.row, below))}, table.skipped)
        if table.data.any():
            tables.append(replace(table, skipped=skipped))
        else:
            tables[-1] = replace(tables[-1], skipped=_joined(tables[-1].skipped, skipped))
    title = "\n".join(text.strip() for row in above for text in row if text.strip())
    return SheetTables(grid, title, tables, unread)


def _all_fields(heading: HeadingRows) -> list[Field | None]:
    """The field of each column in whichever half it is."""
    halves = heading.halves or [heading.fields]
    return [next(filter(None, fields), None) for fields in zip(*halves, strict=True)]


def _table(
    columns: list[pa.Array],
    heading: HeadingRows,
    top: int,
    bottom: int,
    above: list[list[str]],
    over: list[SectionLine],
    *,
    numbered: Flags | None = None,
    first: bool = False,
) -> tuple[Table, list[SectionLine]]:
    """One table, and the section lines below its last row, which stand over the next one. `above`: what stands above
    the `first` table; `over`: section lines that stand over this one; `numbered`: its rows with IDs, if known."""
    body = [column.slice(top, bottom - top) for column in columns]
    heading_rows = lines_of(columns, top - heading.height, heading.height) if top >= heading.height else []
    kinds: list[RowKinds] = []
    halves: list[Half] = []
    for fields in heading.halves or [heading.fields]:
        with_id = identified(body, fields) if numbered is None else numbered
        kinds.append(sort_rows(body, with_id, above, heading_rows, fields))
        halves.append(Half(fields, kinds[-1].data))
    data = np.logical_or.reduce([half.data for half in halves])
    lines = [*(replace(line, row=-1) for line in over), *kinds[0].sections]
    parts = sections(lines, data)
    last = np.flatnonzero(data)[-1:].max(initial=-1)
    table = Table(
        columns=columns,
        heading=heading,
        top=top,
        bottom=bottom,
        halves=halves,
        parts=parts,
        examples=kinds[0].examples,
        skipped={why: (rows[~data[rows]] + top).tolist() for why, rows in kinds[0].skipped.items()},
        declared=_declared(above if first else [], kinds[0], parts, heading),
    )
    return table, [line for line in lines if line.row > last or last < 0]


def _over(above: list[list[str]], start: int) -> dict[str, list[int]]:
    """The rows over the first headings."""
    filled = [any(text.strip() for text in row) for row in above]
    rows = {why: [start + at for at, each in enumerate(filled) if each is is_title] for why, is_title in _OVER.items()}
    return {why: some for why, some in rows.items() if some}


def _joined(first: dict[str, list[int]], second: dict[str, list[int]]) -> dict[str, list[int]]:
    return {why: [*first.get(why, []), *second.get(why, [])] for why in dict.fromkeys((*first, *second))}


def _filled_rows(columns: list[pa.Array], top: int, bottom: int) -> int:
    """How many rows of a stretch hold anything."""
    filled = np.zeros(bottom - top, dtype=np.bool_)
    for column in columns:
        filled |= is_filled(column.slice(top, bottom - top))
    return int(filled.sum())


# ── which of two columns ──


def _better_columns(heading: HeadingRows, body: list[pa.Array], hidden: Sequence[int]) -> HeadingRows:
    """Where one field stands twice, take the column that is seen, and holds something; else the first."""
    if heading.halves:
        return heading
    fields = list(heading.fields)
    for at, twin in twins(heading.meant, fields):
        worth = [(place not in hidden, bool(is_filled(body[place]).any())) for place in (at, twin)]
        if worth[1] > worth[0]:
            fields[at], fields[twin] = None, fields[at]
    return replace(heading, fields=fields)


def twins(meant: Sequence[str], fields: Sequence[Field | None]) -> Iterator[tuple[int, int]]:
    """The columns that were not used because another has their field: (the one that was taken, the other)."""
    for at, name in enumerate(meant):
        if name and not fields[at]:
            taken = [place for place, field in enumerate(fields) if field and field[0] == name]
            if taken:
                yield min(taken, key=lambda place: (abs(place - at), place)), at


# ── totals ──


def _declared(
    above: Sequence[Sequence[str]], kinds: RowKinds, parts: list[Section], heading: HeadingRows
) -> list[int | None]:
    """How many people each part declares. That of all is a stamped one, or a second one in the last part."""
    begins = [part.row for part in parts[1:]]
    by_part: list[list[list[str]]] = [[[tight(text) for text in row] for row in above], *([] for _ in begins)]
    for row, cells in kinds.totals:
        by_part[int(np.searchsorted(begins, row))].append(cells)

    def total(lines: list[list[str]]) -> int | None:
        return declared_total(lines, heading.fields, heading.headings)

    lines = [line for of_part in by_part for line in of_part]
    stamped = any(word in text for word in load_headings().words["stamped_totals"] for line in lines for text in line)
    if stamped or sum(total([line]) is not None for line in by_part[-1]) > 1:
        return [total(lines), *(None for _ in begins)]
    return [total(of_part) for of_part in by_part]


# ── a sheet without headings ──


def _goes_on(grid: Grid, start: int, table: Table) -> bool:
    """Whether a sheet without headings holds rows just like those of a table: as wide, and IDs where it has them."""
    used = [at for at, column in enumerate(grid.columns) if matches(column, r"\S").any()]
    width = max(at for at, text in enumerate(table.heading.headings) if text.strip()) + 1
    if not used or max(used) >= width:
        return False
    fields = _all_fields(table.heading)
    fields += [None] * (len(grid.columns) - len(fields))
    numbered = identified([column.slice(start) for column in grid.columns], fields[: len(grid.columns)])
    filled = _filled_rows(grid.columns, start, len(grid.columns[0]))
    return 2 * int(numbered.sum()) > filled


def _going_on(grid: Grid, start: int, before: SheetTables) -> SheetTables:
    """A sheet read with the headings of the one before it."""
    earlier = before.tables[-1]
    height = len(grid.columns[0])
    blank = pa.array([""] * height, pa.large_string())
    width = len(earlier.heading.headings)
    columns = [*grid.columns[:width], *[blank] * (width - len(grid.columns))]
    over = [SectionLine(-1, "", earlier.parts[-1].text)] if earlier.parts[-1].text else []
    table, _ = _table(columns, earlier.heading, start, height, [earlier.heading.headings], over)
    return SheetTables(grid, before.title, [replace(table, headless=True)], [])


def _like_people(grid: Grid) -> int:
    """How many rows of a sheet have something like an identity number, wherever it stands."""
    found = np.zeros(len(grid.columns[0]), dtype=np.bool_)
    for column in grid.columns:
        found |= matches(column, r"^[\s'’`]*[0-9０-９]{14,17}[0-9０-９Xx]\s*$")
    return int(found.sum())
