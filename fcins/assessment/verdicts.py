"""From flags on facts to verdicts on rows: which group of findings decides, what is a copy, what is reported.

A counted row (batch, seq) may have several facts (parts). Groups of findings are judged in the catalogue's order and
the first that fails decides; duplicates are of rows that hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins.findings import CATALOGUE, GROUP_OF
from fcins.frames import NUMBER, TEXT, empty

Flags = npt.NDArray[np.bool_]
Masks = dict[str, Flags]
"""Finding code → which facts earn it."""

_SOUND = 99

VERDICT_SCHEMA = pa.schema([("batch", NUMBER), ("seq", NUMBER), ("verdict", TEXT)])
"""A counted row is accepted, a duplicate, or rejected."""

FINDING_SCHEMA = pa.schema([("batch", NUMBER), ("seq", NUMBER), ("part", NUMBER), ("code", TEXT), ("field", TEXT)])
"""What is reported of a row: each code once, whichever part of the row earned it first."""

PART_SCHEMA = pa.schema([("batch", NUMBER), ("seq", NUMBER), ("part", NUMBER), ("code", TEXT)])
"""The errors of each part that does not hold by itself."""

VERDICT_COLUMNS, PART_COLUMNS = VERDICT_SCHEMA.names, PART_SCHEMA.names


@dataclass(frozen=True)
class Copies:
    """Which facts repeat an earlier one (`repeated`), and the code each would be reported with."""

    repeated: Flags
    code: npt.NDArray[Any]


@dataclass(frozen=True)
class Judged:
    """The judgement of facts: `holds` by itself, row by row `row_holds`; everything is aligned with the facts."""

    facts: pd.DataFrame
    row: npt.NDArray[np.int64]
    masks: Masks
    group: npt.NDArray[np.int64]
    holds: Flags
    row_holds: Flags
    fields: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    """Code → the field it points at on each fact, where that is not the catalogue's."""

    def verdicts(self, copies: Copies | None = None) -> pd.DataFrame:
        """VERDICT_COLUMNS: one line per counted row, in the facts' order."""
        rows = self.facts[["batch", "seq"]].drop_duplicates().reset_index(drop=True)
        first = _first_of(self.row)
        kind = np.where(self.row_holds, "accepted", "rejected").astype(object)
        if copies is not None:
            kind[self.row_holds & self._all_copies(copies)] = "duplicate"
        return rows.assign(verdict=pd.Series(kind[first], dtype="str"))

    def findings(self, copies: Copies | None = None) -> pd.DataFrame:
        """FINDING_COLUMNS: errors of the deciding group on rejected rows, D on copies, warnings on accepted rows."""
        deciding = np.full(self.row.max(initial=-1) + 1, _SOUND)
        np.minimum.at(deciding, self.row, self.group)
        copied = self._all_copies(copies) if copies is not None else np.zeros(len(self.row), np.bool_)
        found = []
        for code, mask in self.masks.items():
            if code[0] == "E":
                reported = mask & ~self.row_holds & (deciding[self.row] == GROUP_OF[code])
            else:
                reported = mask & self.row_holds & ~copied
            at = np.flatnonzero(reported)
            if at.size:
                found.append(self._named(at, np.full(at.size, code, dtype=object)))
        if copies is not None:
            at = np.flatnonzero(self.row_holds & copied & copies.repeated)
            if at.size:
                found.append(self._named(at, copies.code[at]))
        if not found:
            return empty(FINDING_SCHEMA)
        return pd.concat(found, ignore_index=True).drop_duplicates(["batch", "seq", "code"], ignore_index=True)

    def noting(self, code: str, where: Flags, of_field: str) -> "Judged":
        """The same with a warning on a field of the facts marked: it changes no verdict. One noted before stays."""
        if not where.any():
            return self
        before = self.masks.get(code, np.zeros(len(where), np.bool_))
        fields = np.where(where & ~before, of_field, self.fields.get(code, CATALOGUE[code].field)).astype(object)
        return replace(self, masks={**self.masks, code: before | where}, fields={**self.fields, code: fields})

    def by_part(self) -> pd.DataFrame:
        """PART_COLUMNS: the errors of each fact that does not hold, as if it were a row of its own.

        A row's findings name each code once, and only the codes of its deciding group. That is not enough for a couple:
        each of the two has to know what is wrong with their own data.
        """
        found = []
        for code, mask in self.masks.items():
            if code[0] == "E":
                at = np.flatnonzero(mask & (self.group == GROUP_OF[code]))
                if at.size:
                    found.append(self.facts[["batch", "seq", "part"]].iloc[at].assign(code=code))
        return pd.concat(found, ignore_index=True) if found else empty(PART_SCHEMA)

    def _named(self, at: npt.NDArray[np.int64], codes: npt.NDArray[Any]) -> pd.DataFrame:
        frame = self.facts[["batch", "seq", "part"]].iloc[at].reset_index(drop=True)
        frame["code"] = codes
        frame["field"] = [
            self.fields[code][place] if code in self.fields else CATALOGUE[code].field
            for code, place in zip(codes, at, strict=True)
        ]
        return frame

    def _all_copies(self, copies: Copies) -> Flags:
        """For each fact: whether every fact of its row that holds repeats an earlier one."""
        new = np.zeros(self.row.max(initial=-1) + 1, np.bool_)
        np.logical_or.at(new, self.row, self.holds & ~copies.repeated)
        return ~new[self.row]


def judge_rows(facts: pd.DataFrame, masks: Masks, *, whole: Flags | None = None) -> Judged:
    """Facts (with batch, seq) and the codes each earns → what holds.

    A row holds if one of its facts does; where `whole` is marked (a couple row) only if all of them do.
    """
    row = facts.groupby(["batch", "seq"], sort=False).ngroup().to_numpy().astype(np.int64)
    group = np.full(len(facts), _SOUND)
    for code, mask in masks.items():
        if code[0] == "E":
            group[mask] = np.minimum(group[mask], GROUP_OF[code])
    holds = group == _SOUND
    count = row.max(initial=-1) + 1
    one, every = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    np.logical_or.at(one, row, holds)
    np.logical_and.at(every, row, holds)
    row_holds = one[row] if whole is None else np.where(whole, every[row], one[row])
    return Judged(facts, row, {code: mask for code, mask in masks.items() if mask.any()}, group, holds, row_holds)


def flaw_masks(facts: pd.DataFrame) -> Masks:
    """The codes that facts brought along (`flaws`, joined by spaces) as masks."""
    flaws = facts["flaws"].to_numpy(dtype=object)
    codes, distinct = pd.factorize(flaws)
    masks: Masks = {}
    for number, text in enumerate(distinct):
        for code in filter(CATALOGUE.__contains__, str(text).split()):
            masks[code] = masks.get(code, np.zeros(len(facts), np.bool_)) | (codes == number)
    return masks


def duplicates(
    facts: pd.DataFrame,
    judged: Judged,
    by: list[str],
    *,
    eligible: Flags | None = None,
    repeated: Flags | None = None,
    same_file: Flags | None = None,
) -> Copies:
    """Which facts of rows that hold repeat an earlier one with the same `by` columns: D401 in the file, D402 across.

    Facts must stand in the order they came. `eligible` limits which facts can repeat or be repeated.
    """
    sound = judged.row_holds & judged.holds
    if eligible is not None:
        sound = sound & eligible
    if repeated is None or same_file is None:
        at = np.flatnonzero(sound)
        identity = _distinct(facts[by].iloc[at])
        repeated, same_file = np.zeros(len(facts), np.bool_), np.zeros(len(facts), np.bool_)
        if at.size:
            first = _first_of(identity)[identity]
            repeated[at] = first != np.arange(at.size)
            batch = facts["batch"].to_numpy()[at]
            same_file[at] = batch[first] == batch
            # Two parts of one counted row never repeat each other.
            own_row = judged.row[at]
            repeated[at] &= own_row[first] != own_row
    return Copies(repeated, np.where(same_file, "D401", "D402").astype(object))


def _distinct(columns: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A number for each row, the same for rows that agree in all columns."""
    numbers = np.zeros(len(columns), np.int64)
    for name in columns.columns:
        codes, values = pd.factorize(columns[name])
        numbers, _ = pd.factorize(numbers * (len(values) + 1) + codes)
    return numbers


def _first_of(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For group numbers 0…k: the position where each first stands."""
    first = np.full(numbers.max(initial=-1) + 1, len(numbers), np.int64)
    np.minimum.at(first, numbers, np.arange(len(numbers)))
    return first
