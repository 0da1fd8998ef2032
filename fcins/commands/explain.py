"""The story of `explain`: who is meant, by ID or by name, and why they owe what they owe."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins import clock, identity
from fcins.analysis.district import District
from fcins.analysis.explanation import Explanation, explain
from fcins.commands.opening import open_district, town_name
from fcins.errors import UsageError
from fcins.figures import typed_rows


@dataclass(frozen=True)
class Candidate:
    """One of the people of a name, by their place in the list; the citizen ID masked."""

    number: int
    citizen_id: str
    name: str
    sex: str
    town: str
    village: str
    household_head: str
    relation: str
    status: str
    age: int


@dataclass(frozen=True)
class Candidates:
    """People of one name. --number picks one by its place in the list."""

    name: str
    people: list[Candidate]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {"command": "explain", "name": self.name, "candidates": [vars(each) for each in self.people]}


def explain_person(
    folder: Path, *, citizen_id: str | None, name: str | None, town: str | None, number: int | None
) -> Explanation | Candidates:
    """Why one person owes what they owe: by ID, or by name, where of several one is picked by `number` (from 1).

    Raises UsageError for what is no ID, for nobody of that name, and for a number that is not in the list.
    """
    if (citizen_id is None) == (name is None):
        raise UsageError("要么给出公民身份号码，要么用 --name 给出姓名", "例：fcins explain --name 王伟 --town 城关镇")
    with open_district(folder) as district:
        if citizen_id is not None:
            return _explained(district, _key(citizen_id))
        people = _named(district, name or "", town)
        if number is None and len(people) > 1:
            return Candidates(name or "", _candidates(people, district.policy.reference_day))
        if not 1 <= (number or 1) <= len(people):
            raise UsageError(f"没有第{number}位：叫“{name}”的共{len(people)}位", "不带 --number 可列出他们")
        return _explained(district, int(people["key"].iloc[(number or 1) - 1]))


def _explained(district: District, key: int) -> Explanation:
    found = explain(District.around(district.store, district.policy, [key]), key)
    if found is None:
        raise UsageError("工作区里没有此人的任何资料", "请核对号码，或用 --name 按姓名查找")
    return found


def _key(citizen_id: str) -> int:
    checked = identity.check_ids(identity.normalise_ids(pd.Series([citizen_id])), clock.today()).iloc[0]
    if not checked["citizen_id"]:
        raise UsageError("不是有效的公民身份号码", "请对照身份证核对18位号码，或用 --name 按姓名查找")
    return int(checked["key"])


def _named(district: District, name: str, town: str | None) -> pd.DataFrame:
    """The residents of this name, of one town or of all, in the order of the households."""
    spelt = str(identity.normalise_names(pd.Series([name])).iloc[0])
    keys = tuple(district.store.keys_named(spelt))
    people = District(district.store, district.policy, keys).residents.people
    people = people[(people["name"] == spelt).to_numpy()]
    if town is not None:
        people = people[(people["town"] == town_name(district.policy, town)).to_numpy()]
    if people.empty:
        raise UsageError(f"户籍库中{town or ''}没有叫“{name}”的人", "请核对姓名和镇（街道）")
    return people


def _candidates(people: pd.DataFrame, day: date) -> list[Candidate]:
    """Residents in their order, numbered from 1; `day`: on which ages are taken."""
    age = identity.age_on(people["birth"].to_numpy(), day).clip(0)
    masked = [identity.mask(citizen_id) for citizen_id in people["citizen_id"].tolist()]
    return typed_rows(people.assign(number=range(1, len(people) + 1), citizen_id=masked, age=age), Candidate)
