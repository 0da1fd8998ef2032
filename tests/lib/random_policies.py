"""Policies that a clerk could have written: the shipped files with every date, figure and rule of money drawn anew.

As TOML text, each rule's clause and note its own place (`medical.aid.3`), so that a charge tells whose it is.
"""

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]

SHIPPED = [
    tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[2] / "fcins" / "policies").glob("*.toml"))
]
RESIDENCIES = ["户籍", "常住非户籍"]

ages = st.sampled_from([0, 1, 6, 7, 14, 15, 16, 17, 18, 50, 59, 60, 69, 70, 80, 150]) | st.integers(0, 110)
residencies = st.lists(st.sampled_from(RESIDENCIES), min_size=1, max_size=2, unique=True)
payers = st.sampled_from(["区财政", "市财政", "医疗救助资金", "残联资金"])
shares = st.sampled_from(["0%", "12.5%", "33.33%", "50%", "66.67%", "99.99%", "100%"])


def amounts(low: int = 0, high: int = 60_000) -> st.SearchStrategy[int | str]:
    """Yuan as a file has them, of `low` to `high` fen: whole ones as integers, odd ones as text."""
    return (st.integers(low, high) | st.integers(-(-low // 100), high // 100).map(lambda yuan: yuan * 100)).map(written)


def written(fen: int) -> int | str:
    """Fen → as a file has them."""
    return fen // 100 if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"


@st.composite
def policies(draw: st.DrawFn) -> str:
    """A valid policy as TOML text."""
    toml = deepcopy(draw(st.sampled_from(SHIPPED)))
    year = toml["fee_year"]
    codes = st.sampled_from(codes_of(toml, "person"))
    toml["dates"] |= draw(dates(year))
    medical: dict[str, Any] = {
        "standard": draw(amounts(1)),
        "liable": {"residency": draw(residencies)},
        "excluded": draw(excluded(codes)),
        "subsidy": {"amount": draw(amounts(0, 99_999)), "payer": "财政补助"},
        "one_aid": {},
        "standards": draw(standards(codes, year)),
        "aid": draw(aids(codes, year)),
    }
    low, high = sorted([draw(ages), draw(ages)])
    tiers = draw(tiers_of(codes))
    pension: dict[str, Any] = {
        "liable": {"residency": draw(residencies), "min_age": low, "max_age": high},
        "excluded": draw(excluded(codes)),
        "subsidy": {"payer": "政府补贴"},
        "tiers": tiers,
        "gap": {"note": ""},
    }
    if draw(st.booleans()):
        medical["collective"] = {"category": codes_of(toml, "aid")[0], "note": ""}
    if draw(st.integers(0, 3)):
        pension["proxy"] = {
            "categories": draw(st.lists(codes, min_size=1, max_size=4, unique=True)),
            "amount": draw(st.sampled_from(tiers))["amount"],
            "payer": "政府代缴",
            "higher_tier": draw(st.sampled_from(["offset", "none"])),
            "unenrolled_note": "",
        }
    if draw(st.integers(0, 3)):
        pension["family_planning"] = {
            "category": codes_of(toml, "couple")[0],
            "wife_min_age": draw(st.just(50) | ages),
            "amount": draw(amounts(0, 90_000)),
            "payer": "计生缴费补贴",
            "effect": draw(st.sampled_from(["credit", "offset"])),
        }
    toml |= {"medical": medical, "pension": pension}
    for name in ("medical", "pension"):
        name_rules(toml[name], name)
    return text_of(toml)


@st.composite
def dates(draw: st.DrawFn, year: int) -> Raw:
    """The window, mostly some weeks of autumn; the day of ages before, in or after it, or each payer's own."""
    first, final = date(year - 1, 1, 1), date(year, 12, 31)
    opens = draw(st.dates(date(year - 1, 9, 1), date(year - 1, 11, 30)) | st.dates(first, final - timedelta(1)))
    longest = (final - opens).days - 1
    closes = opens + timedelta(draw(st.integers(0, min(90, longest)) | st.integers(0, longest)))
    after = closes + timedelta(1)
    on = st.sampled_from([date(year - 1, 12, 31), opens, closes, opens - timedelta(1)]) | st.dates(first, final)
    rule = {"clause": "二"}
    return {
        "window": {"from": opens, "to": closes, **rule},
        "stages": [{"name": "集中缴费阶段", "from": opens, "to": closes, **rule}],
        "publicity": {"from": after, "to": after, **rule},
        "age_reference": {"on": draw(st.just("payment") | on.map(lambda day: max(day, first))), **rule},
    }


@st.composite
def conditions(draw: st.DrawFn, codes: st.SearchStrategy[str], year: int) -> Raw:
    """Who a rule is for: a condition or a few."""
    kinds = draw(st.sets(st.sampled_from(["category", "ages", "born", "residency"]), min_size=1, max_size=3))
    rule: Raw = {}
    if "category" in kinds:
        rule["category"] = draw(codes)
    if "ages" in kinds:
        rule |= draw(ends("min_age", "max_age", ages))
    if "born" in kinds:
        rule |= draw(ends("born_from", "born_to", st.dates(date(year - 2, 6, 1), date(year, 12, 31)) | births(year)))
    if "residency" in kinds:
        rule["residency"] = draw(residencies)
    return rule


def births(year: int) -> st.SearchStrategy[date]:
    """Anybody's birth date."""
    return st.dates(date(year - 100, 1, 1), date(year, 12, 31))


def ends(low: str, high: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    """Two ends in order, or one of them."""
    both = st.tuples(values, values).map(lambda pair: dict(zip((low, high), sorted(pair), strict=True)))
    return both | st.tuples(st.sampled_from([low, high]), values).map(lambda pair: dict([pair]))


def excluded(codes: st.SearchStrategy[str]) -> st.SearchStrategy[list[Raw]]:
    """Who is not liable."""
    return st.lists(codes, max_size=3, unique=True).map(
        lambda given: [{"category": code, "note": ""} for code in given]
    )


def standards(codes: st.SearchStrategy[str], year: int) -> st.SearchStrategy[list[Raw]]:
    """Up to four standards of their own, one of nothing among them."""
    rule = st.tuples(conditions(codes, year), st.just(0) | amounts())
    rules = st.lists(rule, max_size=4, unique_by=lambda given: asked_for(given[0]))
    return rules.map(lambda given: [{**who, "amount": paid, "note": ""} for who, paid in given])


def asked_for(rule: Raw) -> str:
    """Whom a rule is for, spelt the same for the same people."""
    open_ended = {"category": "", "min_age": 0, "max_age": 999, "born_from": "", "born_to": ""}
    spelt = {key: str(rule.get(key, value)) for key, value in open_ended.items()}
    return f"{spelt} {sorted(rule.get('residency', []))}"


@st.composite
def aids(draw: st.DrawFn, codes: st.SearchStrategy[str], year: int) -> list[Raw]:
    """Up to eight, no two for the same people; two by age alone of the same registration do not overlap."""
    rules: list[Raw] = []
    asked: set[str] = set()
    by_age: list[tuple[Any, int, int]] = []
    for _ in range(draw(st.integers(0, 8))):
        rule = draw(conditions(codes, year))
        if not rule.keys() & {"category", "born_from", "born_to"}:
            residency, low, high = rule.get("residency"), rule.get("min_age", 0), rule.get("max_age", 999)
            clash = any(residency == other and low <= end and start <= high for other, start, end in by_age)
            if clash or not rule.keys() & {"min_age", "max_age"}:
                rule["category"] = draw(codes)
            else:
                by_age.append((residency, low, high))
        if asked_for(rule) in asked:
            continue
        asked.add(asked_for(rule))
        rule |= {"share": draw(shares)} if draw(st.booleans()) else {"amount": draw(amounts())}
        rules.append({**rule, "payer": draw(payers), "note": ""})
    return rules


@st.composite
def tiers_of(draw: st.DrawFn, codes: st.SearchStrategy[str]) -> list[Raw]:
    """One to eleven, from low to high."""
    amount = st.sampled_from([10_000, 20_000, 35_000, 50_000, 80_000, 800_000]) | st.integers(1, 999_999)
    tiers = []
    for each in sorted(draw(st.lists(amount, min_size=1, max_size=11, unique=True))):
        tier: Raw = {"amount": written(each), "subsidy": draw(amounts(0, 20_000))}
        if draw(st.integers(0, 3)) == 0:
            tier["only"] = draw(st.lists(codes, min_size=1, max_size=4, unique=True))
        tiers.append(tier)
    return tiers


def codes_of(toml: Raw, form: str) -> list[str]:
    """The categories whose rows have this form."""
    return [each["code"] for each in toml["categories"] if each.get("form", "person") == form]


def name_rules(table: Raw, place: str) -> None:
    """Give every rule under a table its place as clause and, where it has one, as note."""
    table["clause"] = place
    for key in ("note", "unenrolled_note"):
        if key in table:
            table[key] = f"〔{place}〕"
    for key, value in table.items():
        for at, row in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(row, dict) and key != "tiers":
                name_rules(row, f"{place}.{key}.{at}" if isinstance(value, list) else f"{place}.{key}")


def text_of(toml: Raw) -> str:
    """The tables as a TOML file."""
    return "\n".join(_lines(toml, "")) + "\n"


def _lines(table: Raw, place: str) -> Iterator[str]:
    under = {key: value for key, value in table.items() if isinstance(value, dict) or _is_rows(value)}
    yield from (f"{key} = {_value(value)}" for key, value in table.items() if key not in under)
    for key, value in under.items():
        name = f"{place}.{key}".lstrip(".")
        for row in value if isinstance(value, list) else [value]:
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _lines(row, name)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
