"""The policy: one TOML file per district and fee year, read into a frozen, strictly checked `Policy`.

A refused policy lists every problem at once, each with its key. The shape is `policy_model`; what no single value can
show is `policy_checks`.
"""

from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from fcins import toml_tables
from fcins.errors import UsageError
from fcins.policy_checks import problems_of
from fcins.policy_model import Policy
from fcins.policy_values import nearest, normalise_category, normalise_town

__all__ = [
    "Policy",
    "load_policy",
    "nearest",
    "normalise_category",
    "normalise_town",
    "packaged_policies",
    "parse_policy",
]

Whole = Callable[[Policy], Iterable[toml_tables.Problem]]


def packaged_policies() -> list[str]:
    """Names of the policies that come with the program."""
    folder = files("fcins") / "policies"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def load_policy(source: str | Path, whole: Whole | None = None) -> Policy:
    """A packaged policy by its name ("fengcheng-2024"), or one from a .toml file.

    `whole` may add problems that only the finished policy shows (`policy_reach.in_vain`).

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
    return toml_tables.parse(Policy, text, where, "政策文件", problems_of, whole=whole)
