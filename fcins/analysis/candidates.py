"""Rejected rows × residents → the pairs worth measuring.

2,000 rows against 400,000 people one by one would take too long. So pairs come from blocks: the people of the row's
name, the people who share six characters of its ID, the holder of one certain ID. Parts bound the memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins.headings import LISTED

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

THOUSAND = 1_000
"""What a spreadsheet leaves out of 18 digits: it keeps 15, the last three become zeros."""

ONE_OFF = range(17, 20)
"""Lengths of an ID of 18 characters with at most one slip."""

UNSTATED = -2
"""The name or town of a row that states none; no resident has it."""

COMMON = 2_000  # people of one name from which it is no block: a file of placeholders must not stop anybody
PAIRS = 2**19  # in a part

_MISTYPED = ("E103", "E104", "E105", "E106")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?1[0-9]")
_PEOPLE_COLUMNS = ("citizen_id", "name", "town", "village", "household_no", "status")
_ENDS = pa.array(list("0123456789X"), pa.large_string())


@dataclass(frozen=True)
class Residents:
    """The residents as columns. `named`, `initial`, `final`, `town` number the rows' names, their ends, their towns; a
    resident whose name or town no row states has -1."""

    key: Ints
    named: Ints
    initial: Ints
    final: Ints
    town: Ints
    end: Ints  # the last character of the ID, 10 for X
    number: Ints  # the ID's value; -1 with an X, which no spreadsheet takes for a number
    gone: Flags  # dead or departed
    columns: dict[str, pa.Array]

    def text(self, column: str, person: Ints) -> Texts:
        """A column's texts for some of the residents."""
        values: Texts = self.columns[column].take(pa.array(person)).to_numpy(zero_copy_only=False)
        return values


@dataclass(frozen=True)
class Lines:
    """The rejected rows as columns; a number is -1 where the row does not state it."""

    code: Texts
    name: Texts
    named: Ints  # as in Residents, or UNSTATED
    initial: Ints
    final: Ints
    text: Texts  # the ID; of a number its digits as saved, without a double's own noise
    length: Ints  # of that
    by_number: Flags  # E107: only the first 15 digits can be trusted
    holder: Ints  # position of the resident whose ID it is
    born: Ints  # YYYYMMDD
    number: Ints  # the value, of 18 digits that were kept as a number
    town: Ints  # as in Residents, or UNSTATED
    village: Texts

    def part(self, rows: slice) -> "Lines":
        """Some of the rows."""
        return Lines(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True)
class Pairs:
    """Positions of rows and of residents, row by row, each pair once."""

    row: Ints
    person: Ints


@dataclass(frozen=True)
class Block:
    """For each row a run of `people`: where it begins, how many. `loose`: only those with nearly the row's name."""

    people: Ints
    first: Ints
    count: Ints
    loose: bool

    def pairs(self, rows: slice) -> Pairs:
        """The pairs of some rows, counted from their first."""
        count = self.count[rows]
        row = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return Pairs(row, self.people[np.repeat(self.first[rows], count) + within])


def read(rows: pd.DataFrame, people: pd.DataFrame) -> tuple[Lines, Residents]:
    """Rejected rows (line, name, id_text, code, town, village) and residents as columns with the same numbering."""
    key = people["key"].to_numpy(np.int64)
    columns = {name: _arrow(people[name]) for name in _PEOPLE_COLUMNS}
    end = _positions(pc.utf8_slice_codeunits(columns["citizen_id"], -1), _ENDS)
    named, initial, final = _numbered(columns["name"], _arrow(rows["name"]))
    town = _positions(columns["town"], pc.unique(_arrow(rows["town"])))
    gone = ~np.asarray(pc.equal(columns["status"], LISTED), np.bool_)
    number = np.where(end < 10, key * 10 + end, -1)
    residents = Residents(key, named, initial, final, town, end, number, gone, columns)

    texts = {name: _texts(rows[name]) for name in ("code", "name", "village")}
    ids = [_read(*each) for each in zip(_texts(rows["id_text"]), texts["code"], strict=True)]
    text = np.array([each.text for each in ids], object)
    own, born, number = (
        np.array([getattr(each, name) for each in ids], np.int64) for name in ("own", "born", "number")
    )
    named, initial, final = _numbered(_arrow(rows["name"]), _arrow(rows["name"]))
    lines = Lines(
        named=np.where(texts["name"] == "", UNSTATED, named),
        initial=np.where(texts["name"] == "", UNSTATED, initial),
        final=np.where(texts["name"] == "", UNSTATED, final),
        text=text,
        length=np.array([len(each) for each in text], np.int64),
        by_number=texts["code"] == "E107",
        holder=pd.Index(key).get_indexer(pd.Index(own)).astype(np.int64),
        born=born,
        number=number,
        town=np.where(rows["town"] == "", UNSTATED, _positions(_arrow(rows["town"]), pc.unique(_arrow(rows["town"])))),
        **texts,
    )
    return lines, residents


def parts(lines: Lines, residents: Residents) -> Iterator[tuple[int, Lines, Pairs]]:
    """Runs of rows that come to about PAIRS pairs each: the position of the first, the rows, their pairs."""
    blocks = _blocks(lines, residents)
    upto = np.cumsum(sum(block.count for block in blocks))
    for start, stop in pairwise([0, *(np.flatnonzero(np.diff(upto // PAIRS)) + 1).tolist(), len(upto)]):
        rows = slice(start, stop)
        part = lines.part(rows)
        yield start, part, _pairs(blocks, rows, part, residents)


def may_be_near(pairs: Pairs, lines: Lines, residents: Residents) -> Flags:
    """Whether the names begin or end alike: names one character apart all do."""
    begin = lines.initial[pairs.row] == residents.initial[pairs.person]
    may: Flags = begin | (lines.final[pairs.row] == residents.final[pairs.person])
    return may


# ── one row's ID ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Reading:
    """What an ID's text holds, fields as in Lines; `own` is the key of a valid ID."""

    text: str
    own: int = -1
    born: int = -1
    number: int = -1


def _read(text: str, code: str) -> _Reading:
    if code == "E107":
        text = _as_saved(text)
    if not re.fullmatch("[0-9]{14,}[0-9X]", text):
        return _Reading(text)
    valid = code not in _MISTYPED
    if len(text) == 15:
        first17 = text[:6] + "19" + text[6:].replace("X", "")
        return _Reading(text, own=int(first17) if valid else -1, born=int(first17[6:14]))
    born = int(text[6:14])
    if len(text) != 18 or not valid:
        return _Reading(text, born=born)
    return _Reading(text, born=born, number=_value(text)) if code == "E107" else _Reading(text, int(text[:17]), born)


def _as_saved(text: str) -> str:
    """The digits of a number: as its 15 with zeros, if what came is the double next to these (…009984 for …010000)."""
    if _SCIENTIFIC.fullmatch(text):
        text = str(int(Decimal(text)))
    if not 15 < len(text) < 20 or _value(text) < 0:
        return text
    unit = 10 ** (len(text) - 15)
    plain = (int(text) + unit // 2) // unit * unit
    return str(plain) if float(plain) == float(text) else text


def _value(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdecimal() else -1


# ── names and other texts as numbers ────────────────────────────────────────────────────────────────────────────────


def _texts(column: pd.Series) -> Texts:
    return column.to_numpy(dtype=object)


def _arrow(column: pd.Series) -> pa.Array:
    values = pa.array(column.astype("str"), pa.large_string())
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _positions(values: pa.Array, among: pa.Array) -> Ints:
    """Where each value stands in `among`; -1 for nowhere."""
    return np.asarray(pc.fill_null(pc.index_in(values, among), -1), np.int64)


def _numbered(names: pa.Array, among: pa.Array) -> tuple[Ints, Ints, Ints]:
    """Names, their first and their last characters, each as a position in those of `among`."""
    first, last = (
        _positions(pc.utf8_slice_codeunits(names, *cut), pc.unique(pc.utf8_slice_codeunits(among, *cut)))
        for cut in ((0, 1), (-1,))
    )
    return _positions(names, pc.unique(among)), first, last


# ── blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _blocks(lines: Lines, residents: Residents) -> list[Block]:
    """The people of the row's name first; then the holder of its ID, those who share half of it or a number like it.

    One slip leaves characters 7 to 12 or the last six as they are, but for an exchange of the 12th and the 13th.
    """
    by_name = _block(lines.named, residents.named)
    by_name.count[by_name.count > COMMON] = 0
    middle, tail, exchanged = np.full((3, len(lines.text)), -1, np.int64)
    for at, (text, code) in enumerate(zip(lines.text, lines.code, strict=True)):
        if code in _MISTYPED and len(text) in ONE_OFF:
            middle[at] = _value(text[6:12])
            tail[at] = _tail(text[-6:])
            if len(text) == 18:
                exchanged[at] = _value(text[:11] + text[12] + text[11] + text[13:17])
    # A number may have been rounded up into the next thousand, never down into the one before.
    surviving = np.where(lines.number < 0, -1, lines.number // THOUSAND)
    return [
        by_name,
        _block(lines.holder, np.arange(len(residents.key))),
        _block(exchanged, residents.key, loose=True),
        _block(middle, residents.key // 10**5 % 10**6, loose=True),
        _block(tail, residents.key % 10**5 * 11 + residents.end, loose=True),
        *(
            _block(np.where(surviving < 0, -1, surviving + step), residents.number // THOUSAND, loose=True)
            for step in (-1, 0)
        ),
    ]


def _tail(last_six: str) -> int:
    number, end = _value(last_six[:-1]), "0123456789X".find(last_six[-1])
    return number * 11 + end if number >= 0 and end >= 0 else -1


def _block(of_rows: Ints, codes: Ints, *, loose: bool = False) -> Block:
    """The people with the row's code; a negative code has no people."""
    members = np.flatnonzero(pd.Series(codes).isin(of_rows[of_rows >= 0]).to_numpy())
    members = members[np.argsort(codes[members], kind="stable")]
    first = np.searchsorted(codes[members], of_rows, "left")
    count = np.where(of_rows < 0, 0, np.searchsorted(codes[members], of_rows, "right") - first)
    return Block(members, first, count, loose)


def _pairs(blocks: list[Block], rows: slice, part: Lines, residents: Residents) -> Pairs:
    """The pairs that the blocks give for these rows, each once."""
    by_name = blocks[0].count[rows] > 0
    pairs_of_blocks = []
    for block in blocks:
        pairs = block.pairs(rows)
        both = pairs.row * len(residents.key) + pairs.person
        if block.loose:
            named = part.named[pairs.row]
            in_first_block = by_name[pairs.row] & (named == residents.named[pairs.person])
            both = both[(named == UNSTATED) | may_be_near(pairs, part, residents) & ~in_first_block]
        pairs_of_blocks.append(both)
    every = np.sort(np.concatenate(pairs_of_blocks))
    row, person = np.divmod(every[np.diff(every, prepend=-1) > 0], max(1, len(residents.key)))
    return Pairs(row, person)
