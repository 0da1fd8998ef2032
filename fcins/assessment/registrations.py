"""Rows of the households that are about one person: which repeat another, which contradict it, what holds. 五（八）.

What holds does not depend on the order of files, and nobody leaves the register by a contradiction: 正常 holds over
what has no date, 户籍 over 常住非户籍, of towns the first in the policy, of villages and names the first as text.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment.villages import one_village
from fcins.headings import DEAD, LISTED, MOVED, REGISTERED, STRUCK
from fcins.policy.loading import Policy

Flags = npt.NDArray[np.bool_]

CONTRADICTED = ("hukou_status", "town", "village", "residency")
"""What rows of one person may contradict each other in: dead or not (and since when), where they live, 户籍性质."""

_HOUSEHOLD = ("household_no", "household_head", "relation", "group", "address", "phone")
"""What else may differ; the first as text holds, and nobody is asked."""

_UNDATED = {LISTED: 2, DEAD: 3, MOVED: 4, STRUCK: 5}
"""Of states without a date the first holds; one with a date comes before them, a death before all."""

_ON_ONE_DAY = {DEAD: 0, MOVED: 1, STRUCK: 2, LISTED: 3}
"""Of states from one day on the first holds: who is gone."""


@dataclass(frozen=True)
class Registrations:
    """`people`: a row per person, where the row stands that it is taken from: the facts' columns, status, status_since.

    `alike`: for each row, numbers that agree where two rows say the same. `differs`: on the keys of people whose rows
    contradict each other, a flag for each field (CONTRADICTED) in which they do.
    """

    people: pd.DataFrame
    alike: npt.NDArray[np.int64]
    differs: pd.DataFrame


def under_another_name(rows: pd.DataFrame, policy: Policy) -> Flags:
    """Which rows bear another name than the one that holds for their ID: one of the two IDs must be wrong. E202.

    The row whose own sex and birth date agree with the ID holds, else the first by town, village, 户号 and name; an
    empty cell comes last.
    """
    other = np.zeros(len(rows), np.bool_)
    several = np.flatnonzero(rows["key"].duplicated(keep=False).to_numpy())
    some = rows[["key", "name", "town", "village", "household_no", "flaws"]].iloc[several]
    some = some.assign(
        wrong=some["flaws"].str.contains("W110|W111"),
        town=_rank(some["town"], policy),
        no_village=some["village"] == "",
        no_household=some["household_no"] == "",
    )
    by = ["key", "wrong", "town", "no_village", "village", "no_household", "household_no", "name"]
    order = some.sort_values(by, kind="stable")
    holds = order.drop_duplicates("key").set_index("key")["name"]
    other[several] = some["name"].to_numpy() != holds.reindex(some["key"]).to_numpy()
    return other


def registrations(rows: pd.DataFrame, policy: Policy) -> Registrations:
    """The sound rows of the households (facts.HOUSEHOLDS, one name for each key) → who is registered, and how.

    An empty cell says nothing.
    """
    day = rows["change_date"].where(rows["change_date"] != "?", "")
    rows = rows.assign(status=rows["hukou_status"], status_since=day)
    several = np.flatnonzero(rows["key"].duplicated(keep=False).to_numpy())
    alike = np.arange(len(rows), dtype=np.int64)
    if not several.size:
        return Registrations(rows, alike, pd.DataFrame(False, index=rows["key"][:0], columns=list(CONTRADICTED)))
    some = rows.iloc[several].assign(at=several).reset_index(drop=True)
    some["place"] = _rank(some["town"], policy)
    some["village_meant"] = _villages_meant(some, policy)
    some["day_meant"] = _days_meant(some)
    says = ["key", "status", "day_meant", "town", "village_meant", "residency"]
    same = some.groupby(says, sort=False)["at"].transform("min")
    alike[several] = same.to_numpy()
    holding = _holding(some)
    people = rows.drop(rows.index[some["at"].to_numpy()[~holding["taken"].to_numpy()]])
    taken = holding[holding["taken"].to_numpy()].set_index("at")
    for name in ("status", "status_since", "residency", "village"):
        column = rows[name].to_numpy(dtype=object, copy=True)
        column[taken.index.to_numpy()] = taken[f"{name}_holds"].to_numpy(dtype=object)
        people[name] = pd.Series(column, index=rows.index, dtype="str").loc[people.index]
    return Registrations(people, alike, _contradicted(some))


def _rank(towns: "pd.Series[str]", policy: Policy) -> npt.NDArray[np.int64]:
    """The place of each town in the policy."""
    return pd.Index(policy.town_names).get_indexer(pd.Index(towns)).astype(np.int64)


def _villages_meant(some: pd.DataFrame, policy: Policy) -> "pd.Series[str]":
    """Each row's village under one name: an empty cell means the person's village there, 东村村委会 means 东村.

    Of the names of one village the first as text.
    """
    order = some.assign(none=some["village"] == "").sort_values(["key", "town", "none", "village"], kind="stable")
    meant = some["village"].copy()
    while len(order):
        first = order.groupby(["key", "town"], sort=False)["village"].transform("first")
        pairs = list(zip(order["village"].tolist(), first.tolist(), strict=True))
        same = {(own, other): own in ("", other) or one_village(own, other, policy) for own, other in set(pairs)}
        alike = np.array([same[pair] for pair in pairs], np.bool_)
        meant[order.index[alike]] = first[alike]
        order = order[~alike]  # the other villages of each person, under the first of those
    return meant


def _days_meant(some: pd.DataFrame) -> "pd.Series[str]":
    """Since when somebody is gone, as far as rows may contradict each other in it: where none is stated the first."""
    day = some["status_since"].where(some["status"] != LISTED, "")
    order = some.assign(day=day, none=day == "").sort_values(["key", "status", "none", "day"], kind="stable")
    first = order.groupby(["key", "status"], sort=False)["day"].transform("first").sort_index()
    return day.where(day != "", first)


def _holding(some: pd.DataFrame) -> pd.DataFrame:
    """For each row: `taken`, whether its person stands where it does, and what holds of them (…_holds)."""
    rank = _rank_of_status(some)
    order = some.assign(rank=rank, days=_days_by_rank(some, rank), on_one_day=some["status"].map(_ON_ONE_DAY))
    order = order.sort_values(["key", "rank", "days", "on_one_day"], kind="stable")
    status = order.drop_duplicates("key").set_index("key")
    gone = some[["key", "status", "day_meant"]].sort_values("day_meant", kind="stable")
    earliest = gone[(gone["day_meant"] != "").to_numpy()].drop_duplicates(["key", "status"])
    since = earliest.set_index(["key", "status"])["day_meant"]
    at_home = some.assign(
        other_residency=some["residency"] != REGISTERED,
        no_household=some["household_no"] == "",
    )
    residency = at_home.sort_values(["key", "other_residency", "residency"], kind="stable").drop_duplicates("key")
    by = ["key", "place", "village_meant", "no_household", *_HOUSEHOLD, "at"]
    home = at_home.sort_values(by, kind="stable").drop_duplicates("key").set_index("key")
    some = some.assign(taken=some["at"].isin(home["at"]))
    some["status_holds"] = some["key"].map(status["status"])
    places = pd.MultiIndex.from_arrays([some["key"], some["status_holds"]])
    known = pd.Series(since.reindex(places).to_numpy(), index=some.index, dtype=object)
    some["status_since_holds"] = known.where(known.notna(), some["key"].map(status["status_since"]))
    some["residency_holds"] = some["key"].map(residency.set_index("key")["residency"])
    some["village_holds"] = some["key"].map(home["village_meant"])
    return some


def _rank_of_status(some: pd.DataFrame) -> npt.NDArray[np.int64]:
    dated = (some["status_since"] != "").to_numpy()
    dead = (some["status"] == DEAD).to_numpy()
    undated = some["status"].map(_UNDATED).to_numpy(np.int64)
    return np.where(dated & dead, 0, np.where(dated, 1, undated)).astype(np.int64)


def _days_by_rank(some: pd.DataFrame, rank: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of deaths the earliest day comes first, of other dated states the latest."""
    days = some["status_since"].str.replace("-", "").where(rank < 2, "0").replace("", "0").astype("int64").to_numpy()
    return np.where(rank == 1, -days, days).astype(np.int64)


def _contradicted(some: pd.DataFrame) -> pd.DataFrame:
    """On the keys of people whose rows contradict each other: in which fields (CONTRADICTED) they do."""
    by_key = some.groupby("key", sort=False)
    differs = pd.DataFrame({"hukou_status": by_key["status"].nunique() > 1})
    days = some.groupby(["key", "status"], sort=False)["day_meant"].nunique().groupby("key").max() > 1
    differs["hukou_status"] |= days.reindex(differs.index)
    differs["town"] = by_key["town"].nunique() > 1
    villages = some.groupby(["key", "town"], sort=False)["village_meant"].nunique().groupby("key").max() > 1
    differs["village"] = villages.reindex(differs.index)
    differs["residency"] = by_key["residency"].nunique() > 1
    return differs[differs.any(axis=1).to_numpy()]
