"""Whole columns of text: as they are compared, and which of their cells fit a pattern."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Flags = npt.NDArray[np.bool_]

_SPACE = "[\\s\u200b\ufeff]"


def tight(text: str) -> str:
    """One text as `compact` makes it."""
    return compact(pa.array([text], pa.large_string()))[0].as_py() or ""


def compact(column: pa.Array) -> pa.Array:
    """NFKC without white space."""
    return pc.replace_substring_regex(pc.utf8_normalize(column, form="NFKC"), _SPACE, "")


def matches(column: pa.Array, pattern: str) -> Flags:
    """Which cells have something that fits the pattern."""
    return truth(pc.match_substring_regex(column, pattern))


def is_filled(column: pa.Array) -> Flags:
    """Which cells hold more than blanks, ideographic ones too."""
    return matches(column, r"[^\s\x{3000}]")


def truth(mask: pa.Array) -> Flags:
    """An Arrow mask as one of NumPy."""
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def lines_of(columns: Sequence[pa.Array], start: int, count: int) -> list[list[str]]:
    """Some rows as lists of text."""
    return [list(row) for row in zip(*(column.slice(start, count).to_pylist() for column in columns), strict=True)]
