"""Today's people under another policy: who is affected, who pays more or less, what each payer would bear.

Both assessments are of the same residents, rosters and enrolments; each is judged by its own policy. Pure: figures in
fen, before (the workspace's policy) and after (the other one).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity
from fcins.analysis.district import District
from fcins.assessment.charges import GRANT, PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import listed
from fcins.policy.loading import Policy

Fen = npt.NDArray[np.int64]

PAYER_COLUMNS = ["payer", "scheme", "people_before", "people_after", "before_fen", "after_fen", "difference_fen"]
"""A line per payer and scheme: 个人 too, and what is credited or granted on top of the standard."""

GROUP_COLUMNS = ["people", "affected", "pays_less", "pays_more", "before_fen", "after_fen", "difference_fen"]
"""affected: people whose amounts or payers change; pays_less, pays_more: people by what they pay themselves; *_fen:
what all of them pay themselves."""

CHANGE_COLUMNS = ["medical_before_fen", "medical_after_fen", "pension_before_fen", "pension_after_fen", "people"]
"""How many people's personal amounts change in the same way; people without a change are left out."""


@dataclass(frozen=True)
class Simulation:
    """`total`: the figures of GROUP_COLUMNS, `saved_fen` and `added_fen` (what the ones pay less and the others more).

    `by_payer`: PAYER_COLUMNS; `by_town`, `by_age`: town or age band and GROUP_COLUMNS; `by_change`: CHANGE_COLUMNS,
    most people first.
    """

    total: dict[str, int]
    by_payer: pd.DataFrame
    by_town: pd.DataFrame
    by_age: pd.DataFrame
    by_change: pd.DataFrame


def simulate(before: Assessment, after: Assessment, present: Policy, other: Policy) -> Simulation:
    """Compare two assessments of the same people, line by line; only people in registers count.

    Ages in the bands are those on the present policy's reference day.
    """
    people = before.people
    personal = {name: _personal(each) for name, each in (("before", before), ("after", after))}
    own = {name: sum(amounts.values(), np.zeros(len(people), np.int64)) for name, amounts in personal.items()}
    difference = own["after"] - own["before"]
    figures = pd.DataFrame(
        {
            "town": people["town"],
            "age_band": _bands(people["birth"], present, other),
            "people": 1,
            "affected": _affected(before, after),
            "pays_less": difference < 0,
            "pays_more": difference > 0,
            "before_fen": own["before"],
            "after_fen": own["after"],
            "difference_fen": difference,
        }
    )[listed(people)]
    saved, added = (int(difference[flags].sum()) for flags in (difference < 0, difference > 0))
    sums = {name: int(figures[name].sum()) for name in GROUP_COLUMNS}
    return Simulation(
        total={**sums, "saved_fen": -saved, "added_fen": added},
        by_payer=_by_payer(before, after),
        by_town=_grouped(figures, "town"),
        by_age=_grouped(figures, "age_band").sort_values("age_band", key=_first_age, ignore_index=True),
        by_change=_by_change(personal["before"], personal["after"]),
    )


def _personal(assessed: Assessment) -> dict[str, Fen]:
    return {scheme: assessed.amounts(scheme, PERSONAL) for scheme in SCHEMES}


def _affected(before: Assessment, after: Assessment) -> npt.NDArray[np.bool_]:
    """Whether each person has another amount or payer; the treasury's grant per insured person does not count."""
    key = ["person", "scheme", "role", "payer"]
    sums = [
        each.charges[(each.charges["role"] != GRANT).to_numpy()].groupby(key)["amount_fen"].sum()
        for each in (before, after)
    ]
    together = pd.concat(sums, axis=1, keys=["before", "after"]).fillna(0)
    changed = together.index.get_level_values("person")[(together["before"] != together["after"]).to_numpy()]
    flags = np.zeros(len(before.people), np.bool_)
    flags[changed.to_numpy(dtype=np.int64)] = True
    return flags


def _by_payer(before: Assessment, after: Assessment) -> pd.DataFrame:
    sides = {}
    for name, each in (("before", before), ("after", after)):
        grouped = each.charges.groupby(["scheme", "payer"], sort=False)
        sides[f"people_{name}"] = grouped["person"].nunique()
        sides[f"{name}_fen"] = grouped["amount_fen"].sum()
    together = pd.DataFrame(sides).fillna(0).astype("int64").reset_index()
    together["difference_fen"] = together["after_fen"] - together["before_fen"]
    return together.sort_values(["scheme", "payer"], ignore_index=True)[PAYER_COLUMNS]


def _grouped(figures: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = figures.groupby(by, sort=False)[GROUP_COLUMNS].sum().astype("int64").reset_index()
    return sums[[by, *GROUP_COLUMNS]]


def _by_change(before: dict[str, Fen], after: dict[str, Fen]) -> pd.DataFrame:
    sides = {"before": before, "after": after}
    pairs = pd.DataFrame({f"{scheme}_{name}_fen": sides[name][scheme] for scheme in SCHEMES for name in sides})
    changed = (before["medical"] != after["medical"]) | (before["pension"] != after["pension"])
    counted = pairs[changed].groupby(list(pairs)).size().rename("people").reset_index()
    ordered: pd.DataFrame = counted.sort_values("people", ascending=False, kind="stable", ignore_index=True)
    return ordered[CHANGE_COLUMNS]


def _bands(births: pd.Series, present: Policy, other: Policy) -> npt.NDArray[Any]:
    """Each person's age band, "0至15周岁": between the ages at which either policy changes something."""
    limits = sorted({*present.age_limits, *other.age_limits} - {0})
    names = [
        f"{low}至{high - 1}周岁" if high else f"{low}周岁及以上"
        for low, high in zip([0, *limits], [*limits, 0], strict=True)
    ]
    age = identity.age_on(births.to_numpy().astype("datetime64[D]"), present.reference_day)
    return np.array(names, dtype=object)[np.searchsorted(limits, np.maximum(age, 0), side="right")]


def _first_age(bands: pd.Series) -> pd.Series:
    return bands.str.extract(r"^(\d+)", expand=False).astype("int64")


def unused_facts(present: District, under: District) -> list[str]:
    """What of today's facts the other policy has no use for, in words: its categories, tiers and towns."""
    other = under.policy
    notes = []
    held = present.rosters.holding["category"].value_counts()
    for code in present.policy.category_codes:
        if code in held.index and code not in other.category_codes:
            notes.append(f"{other.name} 没有“{present.policy.category(code).name}”这一类：名册中的{held[code]}人不计")
    lost = under.enrolments.findings["code"].value_counts()
    now = present.enrolments.findings["code"].value_counts()
    for code, why in (("E501", "没有这个档次"), ("E502", "不能选这个档次"), ("E503", "不在养老参保范围内")):
        if (more := int(lost.get(code, 0)) - int(now.get(code, 0))) > 0:
            notes.append(f"参保登记中有{more}行在 {other.name} 中{why}：不计养老应缴")
    towns = dict.fromkeys(present.residents.people["town"])
    if unknown := [town for town in towns if other.find_town(town) is None]:
        notes.append(f"{other.name} 没有这些镇（街道）：{'、'.join(unknown)}；其居民照样测算")
    return notes
