"""What the shipped policies quote stands in the plan, word for word; blanks and line breaks do not count."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


PLAN = plain((ROOT / "tests" / "plan-2024.txt").read_text("utf-8"))


def quotes(table: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every `sentence` under a table of a policy file, with its place: medical.aid.0."""
    inner = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for key, value in inner:
        if key == "sentence":
            yield place, value
        else:
            yield from quotes(value, f"{place}.{key}".removeprefix("."))


def shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "fcins" / "policies" / f"{name}.toml").read_text("utf-8"))


QUOTED = {name: list(quotes(shipped(name))) for name in ("fengcheng-2024", "fengcheng-2025")}


@pytest.mark.parametrize(
    ("place", "sentence"),
    [pytest.param(*quote, id=f"{name}-{quote[0]}") for name, found in QUOTED.items() for quote in found],
)
def test_verbatim(place: str, sentence: str) -> None:
    assert plain(sentence) in PLAN, place


MUST_QUOTE = """
    dates.window dates.publicity dates.waiting dates.birthday_wait
    medical medical.subsidy medical.collective
    medical.aid.0 medical.aid.1 medical.aid.2 medical.aid.3 medical.aid.4
    medical.aid.5 medical.aid.6 medical.aid.7 medical.aid.8
    pension pension.subsidy pension.proxy pension.family_planning
"""
"""`medical` holds the standard, `pension` the tiers."""


def test_rules_quote_the_plan() -> None:
    quoted = dict(QUOTED["fengcheng-2024"])
    assert [place for place in MUST_QUOTE.split() if place not in quoted] == []
    assert len(shipped("fengcheng-2024")["medical"]["aid"]) == 9  # one more needs its place above


def test_last_years_dates_and_amounts_are_not_quoted() -> None:
    """fengcheng-2025 quotes the plan of 2024, and only where it may still hold."""
    assert [place for place, sentence in QUOTED["fengcheng-2025"] if re.search(r"20\d\d|月\d+日|\d元", sentence)] == []
