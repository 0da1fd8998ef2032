"""A new whole list in place of the earlier ones: which facts go, who is new, stays and goes, and when that is refused.

A list is whole for its categories (or the households) and for a town or all towns: its `Scope`. What lies outside,
in the same file even, stays. 五（一）: nobody may be left out; a bad file must not cancel anyone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.district import District
from fcins.assessment.facts import REGISTRY
from fcins.assessment.memberships import aid_payers, ended_by_others, holds_on, leaving
from fcins.assessment.residents import listed
from fcins.commands.batch import Replaced
from fcins.errors import InputError, UsageError
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES
from fcins.store.store import Store

CHANGES = REGISTRY[1]

LARGEST_LOSS = 5
"""One of so many people of a list may go without --force."""


@dataclass(frozen=True)
class Replace:
    """What the user asked for: the files are the whole list of a town ("" for all); `force`: however many people go."""

    town: str
    force: bool


@dataclass(frozen=True)
class Scope:
    """What a new list is the whole list of: `kind` roster with its `categories`, or households; `town` "" for all."""

    kind: str
    categories: tuple[str, ...]
    town: str

    def named(self, policy: Policy, category: str) -> str:
        """The list of a category ("" for the households or all categories) as one says it."""
        if self.kind != "roster":
            return f"{self.town}户籍库"
        codes = [category] if category else self.categories
        return self.town + "、".join(policy.category(code).name for code in codes)


def scope_of(kinds: Collection[str], categories: Iterable[Iterable[str]], town: str) -> Scope:
    """The scope of new files of these kinds, and of the categories of each.

    Raises UsageError for changes, which are no whole list, and for a roster in which no category was recognised.
    """
    if CHANGES in kinds:
        raise UsageError("有“变动类型”一列的是户籍变动，不是全部名单，不能用 --replace", "去掉 --replace 再导入")
    codes = tuple(sorted({code for each in categories for code in each}))
    kind = next(iter(kinds))
    if kind == "roster" and not codes:
        raise UsageError("文件里没有一个能识别的人员类别，不知道替换哪一类", "用 --category 指明是哪一类人员")
    return Scope(kind, codes, town)


class Replacement:
    """One replacement, within the transaction of its import. Made before the new files go in: it knows the old lists.

    `known`: the batches that hold the new files already, byte for byte. They stay.
    """

    def __init__(self, store: Store, policy: Policy, scope: Scope, known: Collection[int]) -> None:
        self._store, self._policy, self._scope = store, policy, scope
        district = District(store, policy, keep=False)
        self._before = people(district, scope)
        self._outdated = outdated(district, scope, known)
        kinds = district.batches["kind"]
        self._changes = set(district.batches.loc[(kinds == CHANGES).to_numpy(), "batch"].tolist())
        self._gone: list[int] = []
        self._cut: list[int] = []
        self._beside: list[int] | None = None

    def take_out(self, new: Sequence[int]) -> None:
        """Delete what the new list takes the place of. `new`: the batches of it that were not there before.

        The same bytes again change nothing: if all were there, nothing goes, and what stands beside them is noted.
        """
        if new:
            self._gone, self._cut = self._store.withdraw_facts(self._scope.kind, self._outdated, new[0])
        else:
            self._beside = sorted(set(self._outdated["batch"].tolist()))

    def outcome(self, district: District, *, force: bool, by_town: bool = False) -> Replaced:
        """Who is new, stays and goes in the `district` with the new list. Without `force` only if `guard` allows it,
        `by_town` in each town too.

        As much of the district will do as decides about the people that the new files name.
        """
        if self._beside is not None:
            return Replaced(0, self._before["key"].nunique(), 0, [], [], [], self._beside)
        after = people(district, self._scope)
        if not force:
            guard(self._before, after, self._scope, self._policy)
            for town in sorted(self._before["town"].unique()) if by_town and not self._scope.town else ():
                in_town = self._before[(self._before["town"] == town).to_numpy()]
                guard(in_town, after, replace_fields(self._scope, town=town), self._policy)
        then, now = set(self._before["key"]), set(after["key"])
        changes = sorted(self._changes & {*self._gone, *self._cut})
        return Replaced(len(now - then), len(now & then), len(then - now), self._gone, self._cut, changes, [])


def people(district: District, scope: Scope) -> pd.DataFrame:
    """Who is on the lists of a scope as of now: key, category, each pair once.

    The residents listed, or the members whose membership holds. As long as there are no households nothing can hold:
    then everybody whom the lists name and do not end.
    """
    residents = district.residents
    if scope.kind != "roster":
        members = residents.people[listed(residents.people)].assign(category="")
    elif district.batches["kind"].isin(REGISTRY).any():
        members = district.rosters.holding
        at = residents.find(members["key"])
        members = members.assign(town=residents.people["town"].to_numpy(dtype=object)[at])
    else:
        members = _named(district, scope)
    in_scope = np.ones(len(members), np.bool_)
    if scope.kind == "roster":
        in_scope &= members["category"].isin(scope.categories).to_numpy()
    if scope.town:
        in_scope &= (members["town"] == scope.town).to_numpy()
    return members.loc[in_scope, ["key", "category", "town"]].drop_duplicates(["key", "category"], ignore_index=True)


def _named(district: District, scope: Scope) -> pd.DataFrame:
    """Whom the lists of a scope name: key, category, town, each row whose own days and those of others let it hold."""
    facts = _facts(district, scope, ())
    if scope.kind != "roster":
        return facts[(facts["key"] != 0).to_numpy()]
    days = ["flaws", "aid_payer", "joined_on", "cancelled_on", "leaves"]
    facts = facts.join(district.store.facts(FACT_TABLES["roster"], days))
    facts["aid_payer"] = aid_payers(facts, district.policy)[0]
    sound = (facts["key"] != 0).to_numpy() & ~facts["flaws"].str.contains("E").to_numpy(dtype=bool)
    ended, _ = ended_by_others(facts, sound, district.policy)
    named: pd.DataFrame = facts[(facts["key"] != 0).to_numpy() & holds_on(facts, district.policy) & ~ended]
    return named


def outdated(district: District, scope: Scope, without: Collection[int]) -> pd.DataFrame:
    """The facts that a new list of this scope takes the place of: batch, seq, part; none of the batches in `without`.

    A row whose category was not recognised goes with its file, where all categories of the file are replaced.
    """
    facts = _facts(district, scope, without)
    going = np.ones(len(facts), np.bool_)
    if scope.kind == "roster":
        named = [batch for batch in district.batch_records.values() if batch.categories]
        whole = {batch.number for batch in named if {*batch.categories} <= {*scope.categories}}
        unknown = (facts["category"] == "").to_numpy()
        going = facts["category"].isin(scope.categories).to_numpy() | (unknown & facts["batch"].isin(whole).to_numpy())
    if scope.town:
        going &= (facts["town"] == scope.town).to_numpy()
    return facts.loc[going, ["batch", "seq", "part"]].reset_index(drop=True)


def guard(before: pd.DataFrame, after: pd.DataFrame, scope: Scope, policy: Policy) -> None:
    """Raises UsageError where more than a fifth of a list's people would go: of all, or of one of its categories.

    One stray row of another category would otherwise cancel that whole, much smaller list.
    """
    for category in ("", *scope.categories):
        then, now = (set(who["key"][_of(who, category)]) for who in (before, after))
        lost = len(then - now)
        if lost * LARGEST_LOSS > len(then):
            raise UsageError(
                f"{scope.named(policy, category)}原有 {len(then)}人，新名单中只有其中 {len(then) - lost}人，"
                f"要减少 {lost}人，超过五分之一；没有替换，什么都没有改动",
                "请核对文件是否完整、有没有选错；确实要减少这么多的，加 --force",
            )


class Endings:
    """What new files end of memberships, by lists of who leaves or a 取消时间. Made before they go in, within the
    transaction of their import: it knows who belonged to their categories till then.

    `facts`: of the new rosters.
    """

    def __init__(self, store: Store, policy: Policy, facts: Sequence[pd.DataFrame]) -> None:
        self._policy = policy
        day = policy.reference_day.isoformat()
        ends = [each[((each["cancelled_on"] != "") & (each["cancelled_on"] <= day)).to_numpy()] for each in facts]
        self._keys = set().union(*(each["key"].tolist() for each in ends)) - {0}
        codes = set().union(*(each["category"].tolist() for each in ends)) - {""}
        district = District(store, policy, keep=False)
        known = set().union(*(record.categories for record in district.batch_records.values()))
        self._scope = Scope("roster", tuple(sorted(codes & known)), "")
        self._before = people(district, self._scope) if self.any else None

    @property
    def any(self) -> bool:
        """Whether there is anything that the files may end."""
        return bool(self._keys and self._scope.categories)

    def check(self, district: District) -> None:
        """Raises InputError where more than a fifth of a category's people leave it, in all or in a town.

        `district`: with the new files in; as much of it as decides about the people whom they name.
        """
        if self._before is None:
            return
        after = people(district, self._scope)
        for category in self._scope.categories:
            before = self._before[_of(self._before, category)]
            still = set(after["key"][_of(after, category)])
            lost = before[(before["key"].isin(self._keys) & ~before["key"].isin(still)).to_numpy()]
            for town in ("", *sorted(lost["town"].unique())):
                of_town = [len(who if not town else who[(who["town"] == town).to_numpy()]) for who in (before, lost)]
                if of_town[1] * LARGEST_LOSS > of_town[0]:
                    name = f"{town}{self._policy.category(category).name}"
                    raise InputError(
                        f"{name}原有 {of_town[0]}人，要取消其中 {of_town[1]}人，超过五分之一；没有导入，什么都没有改动",
                        "请核对是不是拿错了名单、取消时间对不对；确实要取消这么多的，加 --force",
                    )


def only_leavers(facts: pd.DataFrame) -> bool:
    """Whether a roster's rows only end memberships: it is no whole list of anything."""
    return len(facts) > 0 and bool(leaving(facts).all())


def _of(who: pd.DataFrame, category: str) -> npt.NDArray[Any]:
    of_category: npt.NDArray[Any] = (who["category"] == category).to_numpy()
    return of_category if category else np.ones(len(who), np.bool_)


def _facts(district: District, scope: Scope, without: Collection[int]) -> pd.DataFrame:
    """batch, seq, part, key, town, category ("" of households) of the earlier facts; `town`: whose a row is."""
    kind = scope.kind
    columns = ["batch", "seq", "part", "key", "town", *(["category"] if kind == "roster" else [])]
    facts = district.store.facts(FACT_TABLES[kind], columns, without=without)
    facts = facts.assign(town=district.towns_of(facts))
    return facts if kind == "roster" else facts.assign(category="")
