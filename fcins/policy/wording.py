"""How amounts, shares, ages, days and conditions of a policy are told in plain Chinese."""

from collections.abc import Mapping
from datetime import date

from fcins.policy.model import Condition, Policy
from fcins.results import yuan


def share(parts: int) -> str:
    """Parts of 10000 in percent: 5000 → "50%", 3333 → "33.33%"."""
    return f"{yuan(parts).removesuffix('.00')}%"


def ages(low: int | None, high: int | None) -> str:
    """Both included: "满70周岁", "60至69周岁", "17周岁及以下"; "" for any age."""
    if high is None:
        return "" if low is None else f"满{low}周岁"
    return f"{high}周岁及以下" if low is None else f"{low}至{high}周岁"


def births(first: date | None, last: date | None) -> str:
    """Both included: "2024-10-08至2025-12-31出生"; "" for any day."""
    if last is None:
        return "" if first is None else f"{first}及以后出生"
    return f"{last}及以前出生" if first is None else f"{first}至{last}出生"


def category_names(policy: Policy) -> dict[str, str]:
    """Category code → name."""
    return {each.code: each.name for each in policy.categories}


def who(rule: Condition, names: Mapping[str, str]) -> str:
    """Who a rule is for: "优抚对象、限户籍"; a category that is not in `names` is told by its code."""
    told = [
        names.get(rule.category, rule.category) if rule.category else "",
        ages(rule.min_age, rule.max_age),
        births(rule.born_from, rule.born_to),
        f"限{'或'.join(rule.residency)}" if rule.residency else "",
    ]
    return "、".join(filter(None, told)) or "所有人"


_BLANKS = {
    "district": "【区】",
    "town": "【镇（街道）】",
    "year": "【年】",
    "from": "【起】",
    "to": "【止】",
    "phone": "【电话】",
    "age": "【岁数】",
    "count": "【人数】",
    "few": "【最少人数】",
}


def template(text: str) -> str:
    """A text of a document, its places to fill in as a reader knows them: {town} → 【镇（街道）】."""
    return text.format_map(_BLANKS)
