"""The two doors of the workspace, one to read and one to write; and what the user named → what the workspace knows.

If a category, town, department or village does not exist, the error offers the nearest names.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from fcins import clock
from fcins.analysis.district import District
from fcins.assessment.residents import listed
from fcins.assessment.villages import same_village
from fcins.errors import UsageError
from fcins.policy.loading import Policy, categories_like, load_policy, nearest, normalise_town
from fcins.store.lock import writing
from fcins.store.own_words import headings_of
from fcins.store.store import Store
from fcins.store.workspace import open_store, policy_path
from fcins.words_in_force import words_from

WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Watcher:
    """Who watches a command: `say` shows a line, `step` the work that begins now (text, number, of how many)."""

    say: Callable[[str], None] = field(default=lambda text: None)
    step: Callable[[str, int, int], None] = field(default=lambda text, number, total: None)


def workspace_policy(folder: Path) -> Policy:
    """The policy that the workspace keeps."""
    with open_store(folder):
        return load_policy(policy_path(folder))


@contextmanager
def open_district(folder: Path, *, keep: bool = True) -> Iterator[District]:
    """Everything the workspace knows, as of one moment; with `keep=False` what is derived is not kept for the next."""
    with words_from(lambda: headings_of(folder)), open_store(folder) as opened, opened.reading():
        yield District(opened, load_policy(policy_path(folder)), keep=keep)


@contextmanager
def changing(folder: Path, command: str, watcher: Watcher, *, keep: bool = True) -> Iterator[Store]:
    """The workspace's store, as its only writer, in one transaction; with `keep=False` all is undone at the end.

    Nobody who changes something can take the lock and forget the transaction.
    """
    with (
        writing(folder, command, wait_seconds=WAIT_SECONDS, waiting=watcher.say),
        open_store(folder) as store,
        store.transaction(keep=keep),
    ):
        yield store


def judging_day(policy: Policy, watcher: Watcher) -> date:
    """Today, by which days are judged: what lies after it cannot be.

    clock.UNKNOWN, and it is said, where the clock stands before the campaign: then it judges no day.
    """
    today, opens = clock.today(), policy.dates.window.start
    if today >= opens:
        return today
    watcher.say(f"提示：本机日期{today}早于集中征缴期（{opens}起），没有用它核对日期是否晚于今天；请核对本机时钟")
    return clock.UNKNOWN


def category_code(policy: Policy, text: str) -> str:
    """The code that a code, name or alias means; UsageError with the nearest names."""
    found = policy.find_category(text)
    if found:
        return found
    near = categories_like(text, policy)
    known = "、".join(each.name for each in policy.categories)
    raise UsageError(f"没有“{text}”这个人员类别", f"是不是：{'、'.join(near)}？" if near else f"可用的类别：{known}")


def town_name(policy: Policy, text: str) -> str:
    """The town that a name or alias means; UsageError with the nearest names."""
    found = policy.find_town(text)
    if found:
        return found
    near = nearest(text, policy.town_names) or list(policy.town_names)
    raise UsageError(f"没有“{text}”这个镇（街道）", f"是不是：{'、'.join(near)}？")


def department_name(policy: Policy, text: str) -> str:
    """The department that a name means, with 区 before it or without; UsageError with all there are."""
    plain = text.strip()
    alike = [name for name in policy.departments if plain and plain in name]
    if plain in policy.departments or len(alike) == 1:
        return plain if plain in policy.departments else alike[0]
    near = alike or nearest(plain, policy.departments) or list(policy.departments)
    raise UsageError(f"没有“{text}”这个部门", f"是不是：{'、'.join(near)}？")


def village_name(text: str, rows: pd.DataFrame, town: str, policy: Policy) -> str:
    """The village that a name means among the rows of a town's table; UsageError with the nearest names."""
    names = rows["village"].drop_duplicates().tolist()
    if text in names:
        return text
    plain = {normalise_town(name): name for name in names}
    if normalise_town(text) in plain:
        return str(plain[normalise_town(text)])
    alike = [name for name in names if same_village(text, name, policy)]
    if len(alike) == 1:
        return str(alike[0])
    near = nearest(text, names) or names[:8]
    raise UsageError(f"{town}没有“{text}”这个村（居）", f"是不是：{'、'.join(near)}？" if near else "请先导入户籍库")


def wanted_towns(district: District, town: str | None) -> list[str]:
    """The towns to write: the one asked for, or every town that has residents."""
    people = district.residents.people
    inhabited = people.loc[listed(people), "town"].unique().tolist()
    if not inhabited:
        raise UsageError("户籍库还是空的", "先运行 fcins import-households 导入户籍人口")
    if town is None:
        return [name for name in district.policy.town_names if name in inhabited]
    name = town_name(district.policy, town)
    if name not in inhabited:
        raise UsageError(f"户籍库中没有{name}的居民", "先导入该镇（街道）的户籍人口")
    return [name]
