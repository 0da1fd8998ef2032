"""残疾等级: the level that a cell states, and whether it agrees with the 残疾人证 beside it."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.characters import unified
from fcins.headings import heading_key, kept_by_words, load_headings
from fcins.values import each_distinct, each_part

NO_LEVEL, SEVERAL_LEVELS = 0, -1
"""What a cell states that has no level that can be read, and one that has different ones."""

_LEVEL = re.compile(r"(?<![0-9A-Z])(?:IV|I{1,3}|[1-4一二三四壹贰叁肆])级")
_BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")


def levels_stated(column: "pd.Series[str]") -> npt.NDArray[np.int64]:
    """The level that each text states (1 to 4), NO_LEVEL, or SEVERAL_LEVELS: 一级、三级 is neither of them."""
    return each_distinct(column, _level_stated, np.int64)


def levels_held(
    stated: "pd.Series[str]", certified: npt.NDArray[np.int64], own: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The level of each person, and whether the stated one contradicts it (W112).

    `certified`: the level in a 残疾人证号, 0 for none; `own`: whether that is the person's, by its first 18 characters.
    Their own certificate holds; another's counts only where nothing is stated.
    """
    level = levels_stated(stated)
    proven = own & (certified > 0)
    held = np.where((stated == "").to_numpy(), certified, np.maximum(level, NO_LEVEL))
    return np.where(proven, certified, held), proven & (level != NO_LEVEL) & (level != certified)


def _level_stated(text: str) -> int:
    plain = unified(text)
    was = load_headings().words["ended"]
    brackets = [part for part in _BRACKETED.findall(plain) if not any(word in part for word in was)]
    levels = {level for part in (_BRACKETED.sub("", plain), *brackets) for level in _levels(part)}
    return levels.pop() if len(levels) == 1 else SEVERAL_LEVELS if levels else NO_LEVEL


def _levels(text: str) -> set[int]:
    """Every level that a text names, alone (1, Ⅱ, 残疾一级) or within others (视力一级)."""
    words = _words()
    parts = each_part(text, lambda part: heading_key(part) in words)
    known = {words[heading_key(part)] for part in parts if heading_key(part) in words}
    return known | {words[each] for part in parts for each in _LEVEL.findall(part)}


@kept_by_words
def _words() -> dict[str, int]:
    values = load_headings().values["disability_level"]
    return {heading_key(word): int(level) for level, words in values.items() for word in words}
