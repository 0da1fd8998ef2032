"""A roster with a column for each category, and a √ on the rows that belong to it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fcins.errors import InputError
from fcins.headings import heading_key, load_headings
from fcins.intake.roster_categories import title_categories
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

Flags = npt.NDArray[np.bool_]

_YES, _NO = "是", "否"
"""Of headings.toml, values.yes_no."""

_MOST_NAMES = 20
"""A category may be written in its own column, in some spellings; what has more of them is something else."""


@dataclass(frozen=True)
class Ticks:
    """`categories`: for each row of the sheet the codes that are ticked, [] for who is no member; None where ticks do
    not decide. `notices`: whom that leaves out, or that the ticks were not used. `headings`: those of the
    columns."""

    categories: npt.NDArray[Any] | None
    notices: tuple[Notice, ...] = ()
    headings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Column:
    """A column of ticks: its heading, the category's code, and where the ticks are; `plain`: not 是否低保."""

    heading: str
    code: str
    ticked: Flags
    plain: bool


def read_ticks(sheet: RawSheet, policy: Policy, asked: str | None) -> Ticks:
    """The categories by ticks, of those `asked` for (a code, None: all).

    Ticks decide where the category asked for, or the one the title names, has a column, or where nothing else says what
    the rows are of. Raises InputError where the sheet has columns for some categories, but not for that asked for.
    """
    columns = _columns(sheet, policy)
    if not any(column.plain for column in columns) and len(columns) < 2 and not asked:
        return Ticks(None)
    title = title_categories(sheet, policy)
    wanted = asked or (title[0] if len(title) == 1 else None)
    by_code = {column.code for column in columns}
    by_other_means = "category" in sheet.names if wanted is None else wanted not in by_code
    if by_other_means:
        if asked and sum(column.plain for column in columns) > 1:
            raise InputError(
                f"{sheet.file} › {sheet.sheet}：各类人员在“{_headings(columns)}”列打√，"
                f"没有“{policy.category(asked).name}”这一列",
                "请核对 --category 与文件是否对应；不写 --category，则按打√的列导入",
            )
        some = np.logical_or.reduce([column.ticked for column in columns])
        text = f"“{_headings(columns)}”列打√的有{some.sum()}行，没有采用：各行的人员类别另有说明"
        notices = (Notice("N303", text, sheet.sheet),) if some.any() else ()
        return Ticks(None, notices, frozenset(column.heading for column in columns))
    used = [column for column in columns if asked in (None, column.code)]
    answers = np.empty(len(sheet.rows), dtype=object)
    answers[:] = [
        [column.code for column, ticked in zip(used, row, strict=True) if ticked]
        for row in zip(*(column.ticked.tolist() for column in used), strict=True)
    ]
    every = frozenset(column.heading for column in columns)
    return Ticks(answers, tuple(_left_out(sheet, columns, used, policy)), every)


def _left_out(sheet: RawSheet, columns: Sequence[_Column], used: Sequence[_Column], policy: Policy) -> list[Notice]:
    """Rows without a tick that counts: they are none of the roster's."""
    people = (sheet.column("name") != "").to_numpy() | (sheet.column("citizen_id") != "").to_numpy()
    out = np.flatnonzero(people & ~np.logical_or.reduce([column.ticked for column in used]))
    if not out.size:
        return []
    of_others = [(policy.category(each.code).name, int(each.ticked[out].sum())) for each in columns if each not in used]
    others = "、".join(f"{name}{count}行" for name, count in of_others if count)
    text = f"“{_headings(used)}”列没有打√的{out.size}行不算这类人员，没有读入" + (
        f"（其中打√的：{others}）" if others else ""
    )
    return [Notice("N303", text, sheet.sheet, tuple(sheet.row_numbers[out].tolist()), loses=True)]


def _headings(columns: Sequence[_Column]) -> str:
    return "”“".join(column.heading for column in columns)


def _columns(sheet: RawSheet, policy: Policy) -> list[_Column]:
    """The columns headed by a category in which nothing but ticks stands."""
    headings = load_headings()
    found = []
    for at, (heading, of_field) in enumerate(zip(sheet.own_headings, sheet.fields, strict=True)):
        if of_field or headings.field_of(heading):
            continue
        key = heading_key(heading)
        beginning = next((word for word in headings.words["state_beginnings"] if key.startswith(word)), "")
        code = policy.find_category(key.removeprefix(beginning)) if key else None
        if code is None or policy.category(code).form != "person":
            continue
        texts = sheet.rows[at].str.strip()
        answers = headings.value("yes_no", texts)
        by_name = texts.isin([text for text in texts.unique()[:_MOST_NAMES] if policy.find_category(text) == code])
        ticked = ((answers == _YES) | by_name).to_numpy()
        if (answers.isin([_YES, _NO, ""]) | by_name).all() and (texts != "").any():
            found.append(_Column("".join(heading.split()), code, ticked, not beginning))
    return found
