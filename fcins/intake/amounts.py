"""The amounts of a sheet in fen: of several columns the one that was paid, in the unit that the sheet states. Pure.

A unit other than 元 is told with an example, and so are two columns of one field that differ.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import values
from fcins.characters import unified
from fcins.errors import InputError
from fcins.figures import plain_yuan
from fcins.headings import heading_key, load_headings
from fcins.notices import Notice
from fcins.workbooks.reading import RawSheet

_BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_IN_TITLE = re.compile(r"单位\s*:\s*([^\s;)]+)")
_YUAN = 100


@dataclass(frozen=True)
class Amounts:
    """`fen`: of each row of the sheet, UNUSABLE_FEN where it is none; `texts`: the cells that they were read from."""

    fen: npt.NDArray[np.int64]
    texts: pd.Series
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _Column:
    heading: str
    texts: pd.Series
    unit: str
    fen: npt.NDArray[np.int64]


def amounts(sheet: RawSheet, field: str) -> Amounts:
    """The amounts of a field (paid_amount, aid_amount, tier), unusable where the sheet has no such column.

    Raises InputError where its only column of payments is of what should be paid.
    """
    columns = [_column(sheet, field, at) for at in _columns(sheet, field)]
    if not columns:
        texts = sheet.column(field)
        return Amounts(values.amounts_fen(texts), texts)
    taken, *others = columns
    notices = [_in_another_unit(sheet, taken), *(_differing(sheet, field, taken, other) for other in others)]
    return Amounts(taken.fen, taken.texts, tuple(notice for notice in notices if notice))


def _columns(sheet: RawSheet, field: str) -> list[int]:
    """The columns of a field, the one to take first: 实缴金额 before 缴费金额, never 应缴金额."""
    headings = load_headings()
    words = headings.words
    found = [
        at
        for at, (heading, of) in enumerate(zip(sheet.own_headings, sheet.fields, strict=True))
        if of == (field, 0) or (of is None and headings.field_of(heading) == (field, ""))
    ]
    if field != "paid_amount":
        return found
    paid = [at for at in found if not any(word in unified(sheet.headings[at]) for word in words["not_paid"])]
    if found and not paid:
        due = _short(sheet.headings[found[0]])
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：没有实际缴费的金额：“{due}”是应缴的，不是实缴的",
            f"请补“{headings.canonical(field)}”一列",
        )
    return sorted(paid, key=lambda at: not any(word in unified(sheet.headings[at]) for word in words["paid_first"]))


def _column(sheet: RawSheet, field: str, at: int) -> _Column:
    texts, unit = sheet.rows[at].str.strip(), _unit(sheet.headings[at], sheet.title, field)
    return _Column(_short(sheet.headings[at]), texts, unit, values.amounts_fen(texts, _units().get(unit, _YUAN)))


def _short(heading: str) -> str:
    return "".join(heading.split())[:20]


def _units() -> dict[str, int]:
    """元 → 100 and the like: how many fen one is."""
    return {word: int(fen) for fen, words in load_headings().values["money_unit"].items() for word in words}


def _unit(heading: str, title: str, field: str) -> str:
    """The unit that a heading says (缴费金额（分）, 金额：万元), else the title (单位：分); "" where neither does."""
    units, plain, key = _units(), unified(heading), heading_key(heading)
    known = max(
        (heading_key(word) for word in load_headings().fields[field] if heading_key(word) in key), key=len, default=""
    )
    stated = [*_BRACKETED.findall(plain), key.rpartition(known)[2] if known else "", *_IN_TITLE.findall(unified(title))]
    for text in stated:
        parts = re.split(r"[/、,·]", "".join(text.split()).removeprefix("单位").strip(":_-/"))
        if unit := next((part for part in parts if part in units), ""):
            return unit
    return ""


def _in_another_unit(sheet: RawSheet, column: _Column) -> Notice | None:
    """N103: amounts were converted from another unit than 元."""
    usable = column.fen != values.UNUSABLE_FEN
    converted = np.flatnonzero(usable & ~column.texts.str.contains("元").to_numpy(np.bool_))
    if _units().get(column.unit, _YUAN) == _YUAN or not converted.size:
        return None
    first = converted[0]
    example = f"{column.texts.iloc[first]}{column.unit}读作{plain_yuan(int(column.fen[first]))}"
    text = f"“{column.heading}”的单位是{column.unit}：{converted.size}行已换算成元，如{example}；请核对"
    return Notice("N103", text, sheet.sheet, loses=True)


def _differing(sheet: RawSheet, field: str, taken: _Column, other: _Column) -> Notice | None:
    """N102: another column of the same field says something else."""
    differs = np.flatnonzero((taken.fen != other.fen) & (other.texts != "").to_numpy())
    if not differs.size:
        return None
    rows = sheet.row_numbers[differs]
    name, first = load_headings().canonical(field), differs[0]
    text = (
        f"“{taken.heading}”和“{other.heading}”都是{name}，{differs.size}行不一样（如第{rows[0]}行："
        f"{taken.texts.iloc[first] or '空'}和{other.texts.iloc[first]}）：按“{taken.heading}”计"
    )
    return Notice("N102", text, sheet.sheet, tuple(rows.tolist()), loses=True)
