"""What only a whole policy file shows: a category that does not exist, stages outside the window, ages that overlap.

The checks read the raw tables of the file, so that a value of the wrong type elsewhere hides no problem.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from pydantic_core import PydanticCustomError

from fcins.headings import load_headings
from fcins.policy.toml_tables import Loc, Problem, Raw
from fcins.policy.values import nearest, normalise_category, normalise_town, yuan_to_fen


def problems_of(data: Raw) -> Iterator[Problem]:
    """Every problem of the file as read by tomllib: its place, and what is wrong in Chinese."""
    for check in (
        _check_names,
        _check_references,
        _check_forms,
        _check_keys_of_forms,
        _check_dates,
        _check_ages,
        _check_same_people,
        _check_shares,
        _check_tiers,
        _check_gap_causes,
    ):
        yield from check(data)


def _at(data: Raw, loc: Loc) -> Any:
    value: Any = data
    for step in loc:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _rows(data: Raw, *loc: str) -> list[tuple[Loc, Raw]]:
    """The tables of a list of tables, with their places; the models report what is no table."""
    value = _at(data, loc)
    items = value if isinstance(value, list) else []
    return [((*loc, i), row) for i, row in enumerate(items) if isinstance(row, dict)]


def _texts(loc: Loc, value: Any) -> list[tuple[Loc, str]]:
    """A text, or a list's texts, with their places."""
    if isinstance(value, str):
        return [(loc, value)]
    items = value if isinstance(value, list) else []
    return [((*loc, i), each) for i, each in enumerate(items) if isinstance(each, str)]


def _days(value: Any, loc: Loc) -> Iterator[tuple[Loc, date]]:
    """Every date in the table and those under it, with its place."""
    if isinstance(value, date) and not isinstance(value, datetime):
        yield loc, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _days(inner, (*loc, key))


def _amount(row: Raw) -> int | None:
    try:
        return yuan_to_fen(row.get("amount"))
    except PydanticCustomError:
        return None


def _ages(row: Raw) -> tuple[int, int] | None:
    """Both ends, an open one far out; None if one is no number."""
    low, high = row.get("min_age", 0), row.get("max_age", 999)
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def _twice(rows: list[tuple[Loc, Raw]], keys: tuple[str, ...], normalise: Callable[[str], str]) -> Iterator[Problem]:
    """A name that two of the tables claim."""
    owner: dict[str, int] = {}
    for index, (loc, row) in enumerate(rows, start=1):
        for at, text in [each for key in keys for each in _texts((*loc, key), row.get(key))]:
            name = normalise(text)
            if text.strip() and not name:
                yield at, "只有括号，没有文字"
            elif name and owner.setdefault(name, index) != index:
                yield at, f"“{text}”已在第{owner[name]}项用过"


def _check_names(data: Raw) -> Iterator[Problem]:
    yield from _twice(_rows(data, "categories"), ("code", "name", "aliases"), normalise_category)
    yield from _twice(_rows(data, "towns"), ("name", "aliases"), normalise_town)
    title = data.get("title")
    for loc, row in _rows(data, "categories"):
        for at, text in [each for key in ("name", "aliases") for each in _texts((*loc, key), row.get(key))]:
            if isinstance(title, str) and (name := normalise_category(text)) and name in normalise_category(title):
                yield at, f"“{text}”是政策标题里的词，别的名册的标题也会被认成这一类"


def _references(data: Raw) -> Iterator[tuple[Loc, str]]:
    tables = (("medical", "excluded"), ("medical", "standards"), ("medical", "aid"), ("pension", "excluded"))
    for loc, row in [each for table in tables for each in _rows(data, *table)]:
        for key in ("category", "cross_check"):
            yield from _texts((*loc, key), row.get(key))
    for loc, row in _rows(data, "pension", "tiers"):
        yield from _texts((*loc, "only"), row.get("only"))
    single: tuple[Loc, ...] = (
        ("medical", "collective", "category"),
        ("pension", "proxy", "categories"),
        ("pension", "family_planning", "category"),
    )
    for loc in single:
        yield from _texts(loc, _at(data, loc))


def _check_references(data: Raw) -> Iterator[Problem]:
    rows = [row for _, row in _rows(data, "categories")]
    codes = [code for row in rows if isinstance(code := row.get("code"), str)]
    if not codes or len(codes) < len(rows):
        return  # a category without a code may be the one that is meant
    by_name = {
        normalise_category(text): row["code"]
        for row in rows
        for key in ("name", "aliases")
        for _, text in _texts((), row.get(key))
    }
    for loc, code in _references(data):
        if code not in codes and code.strip():
            meant = by_name.get(normalise_category(code)) or next(iter(nearest(code, codes, 1, cutoff=0.6)), None)
            yield loc, f"没有“{code}”这个人员类别" + (f"（是 {meant} 吗？）" if meant else "")


def _check_forms(data: Raw) -> Iterator[Problem]:
    rows = [(loc, row.get("code"), row.get("form", "person")) for loc, row in _rows(data, "categories")]
    users: dict[str, Loc] = {
        "couple": ("pension", "family_planning", "category"),
        "aid": ("medical", "collective", "category"),
    }
    for needed, user in users.items():
        for loc, _, _ in [row for row in rows if row[2] == needed][1:]:
            yield (*loc, "form"), f"{needed} 类别只能有一个"
        named = _at(data, user)
        others = [form for form in ("person", *users) if form != needed]
        if isinstance(named, str) and any(code == named and form in others for _, code, form in rows):
            yield user, f'要用 form = "{needed}" 的人员类别'


def _check_keys_of_forms(data: Raw) -> Iterator[Problem]:
    for loc, row in _rows(data, "categories"):
        if "family_kinds" in row and row.get("form", "person") in ("person", "aid"):
            yield (*loc, "family_kinds"), '只用于 form = "couple" 的人员类别'
        if row.get("by_town") is True and row.get("required") is False:
            yield (*loc, "by_town"), "名册可以不报的（required = false），不分镇催报"
        if row.get("by_household") is True and row.get("form", "person") != "person":
            yield (*loc, "by_household"), "只用于一行是一个人的人员类别"


def _check_dates(data: Raw) -> Iterator[Problem]:
    window: Loc = ("dates", "window")
    publicity: Loc = ("dates", "publicity")
    stages = [loc for loc, _ in _rows(data, "dates", "stages")]
    days = {loc: day for table in ("dates", "reconciliation") for loc, day in _days(data.get(table), (table,))}
    opens, closes = days.get((*window, "from"), date.min), days.get((*window, "to"), date.max)
    year = data.get("fee_year")
    for loc, day in days.items():
        # The commonest slip of all: last year's file, one date forgotten.
        if type(year) is int and day.year not in (year - 1, year):
            yield loc, f"{day} 不在费款年度{year}年或其上一年"
    for loc in (window, publicity, *stages):
        if (start := days.get((*loc, "from"), date.min)) > days.get((*loc, "to"), date.max):
            yield (*loc, "to"), f"早于 from（{start}）"
    for loc in stages:
        if days.get((*loc, "from"), date.max) < opens:
            yield (*loc, "from"), f"早于集中征缴期的第一天（{opens}）"
        if days.get((*loc, "to"), date.min) > closes:
            yield (*loc, "to"), f"晚于集中征缴期的最后一天（{closes}）"
    due = [(*loc, "lists_due") for loc, row in _rows(data, "dates", "stages") if row.get("lists_due") is True]
    for loc in due[1:]:
        yield loc, "只能有一个阶段写 lists_due"
    for before, after in pairwise(stages):
        if days.get((*after, "from"), date.max) <= (end := days.get((*before, "to"), date.min)):
            yield (*after, "from"), f"要晚于上一阶段的最后一天（{end}）"
    if closes < date.max and days.get((*publicity, "from"), date.max) <= closes:
        yield (*publicity, "from"), f"要晚于集中征缴期的最后一天（{closes}）"


def _check_ages(data: Raw) -> Iterator[Problem]:
    aids = _rows(data, "medical", "aid")
    liable: Loc = ("pension", "liable")
    single = [(liable, table)] if isinstance(table := _at(data, liable), dict) else []
    for loc, row in [*_rows(data, "categories"), *_rows(data, "medical", "standards"), *aids, *single]:
        if (ages := _ages(row)) and ages[0] > ages[1]:
            yield (*loc, "max_age"), f"小于 min_age（{ages[0]}）"
    by_age: list[tuple[int, Any, tuple[int, int]]] = []
    for index, (loc, row) in enumerate(aids, start=1):
        if "category" in row or "born_from" in row or "born_to" in row:
            continue
        if "min_age" not in row and "max_age" not in row:
            yield loc, "要有 category，或者 min_age、max_age、born_from、born_to"
        elif ages := _ages(row):
            for other, residency, (low, high) in by_age:
                if ages[0] <= high and low <= ages[1] and residency == row.get("residency"):
                    yield loc, f"年龄与第{other}项重叠"
            by_age.append((index, row.get("residency"), ages))


def _check_same_people(data: Raw) -> Iterator[Problem]:
    """Two rules of a table for just the same people: only one of them can ever hold."""
    for table in ("standards", "aid"):
        seen: dict[tuple[Any, ...], int] = {}
        for index, (loc, row) in enumerate(_rows(data, "medical", table), start=1):
            category, ages = row.get("category", ""), _ages(row)
            if not isinstance(category, str) or ages is None:
                continue  # the models report it
            residency = tuple(sorted(text for _, text in _texts((), row.get("residency"))))
            people = (category, ages, str(row.get("born_from")), str(row.get("born_to")), residency)
            if seen.setdefault(people, index) != index:
                yield loc, f"与第{seen[people]}项说的是同样的人"


def _check_shares(data: Raw) -> Iterator[Problem]:
    for loc, row in _rows(data, "medical", "aid"):
        if ("share" in row) == ("amount" in row):
            yield (
                loc,
                "share（比例）和 amount（定额）只写一个" if "share" in row else "要有 share（比例）或 amount（定额）",
            )
        if "cross_check" in row and "category" in row:
            yield (*loc, "cross_check"), "只用于没有 category、按年龄的规定"


def _check_tiers(data: Raw) -> Iterator[Problem]:
    tiers = [(loc, amount) for loc, row in _rows(data, "pension", "tiers") if (amount := _amount(row)) is not None]
    for (_, before), (loc, amount) in pairwise(tiers):
        if amount <= before:
            yield (*loc, "amount"), "与上一档相同" if amount == before else "低于上一档，各档要从低到高"
    proxy = _at(data, ("pension", "proxy"))
    paid = _amount(proxy) if isinstance(proxy, dict) else None
    if tiers and paid is not None and paid not in [amount for _, amount in tiers]:
        yield ("pension", "proxy", "amount"), "不是缴费档次之一"


def _check_gap_causes(data: Raw) -> Iterator[Problem]:
    causes = load_headings().values["gap_cause"]
    for loc, row in [*_rows(data, "medical", "excluded"), *_rows(data, "pension", "excluded")]:
        for at, text in _texts((*loc, "gap_cause"), row.get("gap_cause")):
            if text not in causes:
                yield at, f"“{text}”不是未参保原因，可以用：{'、'.join(causes)}"
