"""The policy: one TOML file per district and fee year, read into a frozen, strictly checked `Policy`.

A refused policy lists every problem at once, each with its key. `model` has the shape of the file, `checks` what no
single value can show.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fcins.errors import InputError, UsageError
from fcins.headings import load_headings
from fcins.policy import toml_tables
from fcins.policy.checks import problems_of
from fcins.policy.model import Policy
from fcins.policy.values import likeness, nearest, normalise_category, normalise_town, without_brackets
from fcins.values import each_part, without_code

__all__ = [
    "Policy",
    "categories_like",
    "categories_like_in",
    "each_category",
    "load_policy",
    "nearest",
    "normalise_category",
    "normalise_town",
    "packaged_policies",
    "parse_policy",
    "split_place",
    "town_in_front",
]

_LIKE_CELL = 0.5
_LIKE_PART = 0.65
_BEHIND = 0.05
"""How alike a cell must be to a name, and a part of a title: there two wrong characters of four are too many."""

Whole = Callable[[Policy], Iterable[toml_tables.Problem]]


def packaged_policies() -> list[str]:
    """Names of the policies that come with the program."""
    folder = files("fcins") / "policies"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def town_in_front(policy: Policy) -> re.Pattern[str]:
    """A town's full name before something else (its group 1), perhaps behind its district's and what is above that.

    阴平村 is no village 村 of 阴平: a short name does not count, nor does one that only a suffix follows.
    """
    words = load_headings().words
    endings = tuple(words["town_suffixes"])
    towns = sorted((name for name in policy.town_lookup() if name.endswith(endings)), key=len, reverse=True)
    names, suffixes = ("|".join(map(re.escape, some)) for some in (towns, words["village_suffixes"]))
    district = re.escape(normalise_town(policy.district))
    return re.compile(f"^(?:.{{0,12}}?{district})?({names})(?=.)(?!(?:{suffixes})$)")


def split_place(text: str, policy: Policy) -> tuple[str, str]:
    """阴平镇东坊村 → the town in the policy's name, and what is below it; ("", "") where no town stands in front."""
    plain = normalise_town(without_code(text))
    found = town_in_front(policy).match(plain)
    return (policy.find_town(found[1]) or "", plain[found.end() :]) if found else ("", "")


def each_category(text: str, policy: Policy) -> list[str]:
    """The categories that a cell lists, recognised or not; one with 和 or 及 in its name stays whole."""
    return each_part(text, lambda part: policy.find_category(part) is not None)


def categories_like(text: str, policy: Policy) -> list[str]:
    """Names of the categories that a cell probably means, the likeliest first, at most three.

    If the cell lists several, each that is not recognised gives its likeliest.
    """
    parts = [part for part in each_category(without_brackets(text), policy) if not policy.find_category(part)]
    near = [_likeliest(_unshielded(part, policy), policy, likeness, _LIKE_CELL) for part in parts]
    return near[0] if len(near) == 1 else list(dict.fromkeys(names[0] for names in near if names))


def categories_like_in(text: str, policy: Policy) -> list[str]:
    """The same for a title: categories that something in it resembles (底保对象花名册 → 低保对象)."""
    return _likeliest(_unshielded(text, policy), policy, _likest_part, _LIKE_PART)


def _likest_part(text: str, name: str) -> float:
    """How alike the likest part of a text is to a name; two characters are too few to tell."""
    parts = {text[at : at + len(name)] for at in range(len(text) - len(name) + 1)}
    return max((likeness(part, name) for part in parts), default=0.0) if len(name) > 2 else 0.0


def _likeliest(text: str, policy: Policy, like: Callable[[str, str], float], least: float) -> list[str]:
    """Names of the categories that a text is `like`, the likeliest first; none that is far behind the first."""
    scores: dict[str, float] = {}
    for category in policy.categories:
        scores[category.name] = max(like(text, normalise_category(name)) for name in category.names)
    best = max(scores.values(), default=0.0)
    near = [name for name, score in scores.items() if score >= max(least, best - _BEHIND)]
    return sorted(near, key=lambda name: -scores[name])[:3]


def _unshielded(text: str, policy: Policy) -> str:
    """A text without what only sounds like a category (低保边缘)."""
    plain = normalise_category(text)
    for word in policy.not_categories:
        plain = plain.replace(normalise_category(word), "\0")
    return plain


def load_policy(source: str | Path, whole: Whole | None = None) -> Policy:
    """A packaged policy by its name ("fengcheng-2024"), or one from a .toml file.

    `whole` may add problems that only the finished policy shows (`reach.in_vain`).

    Raises UsageError for what is neither, InputError for a file that cannot be read or is refused.
    """
    name = str(source)
    if name in packaged_policies():
        return parse_policy((files("fcins") / "policies" / f"{name}.toml").read_text(encoding="utf-8"), name, whole)
    if not name.lower().endswith(".toml"):
        raise UsageError(f"没有名为“{name}”的政策", f"可用：{'、'.join(packaged_policies())}，或一个 .toml 文件")
    return parse_policy(toml_tables.read_text(name), name, whole)


def parse_policy(text: str, where: str, whole: Whole | None = None) -> Policy:
    """The policy in a TOML text; `where` names the text in messages.

    Raises InputError: a first line with the count, then one line for each problem with its key.
    """
    if whole is None:
        with suppress(InputError):  # said below, with the name of the text
            return _sound(text)
    return toml_tables.parse(Policy, text, where, "政策文件", problems_of, whole=whole)


@lru_cache(maxsize=8)
def _sound(text: str) -> Policy:
    """The policy in a text without problems. A command asks for its workspace's more than once, and it is frozen."""
    return toml_tables.parse(Policy, text, "", "政策文件", problems_of)
