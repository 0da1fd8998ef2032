"""Who is liable for what, before any amount: people × memberships × policy → flags per person."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity
from fcins.policy import Policy

Flags = npt.NDArray[np.bool_]


def members(people: pd.DataFrame, memberships: pd.DataFrame, policy: Policy) -> dict[str, Flags]:
    """Category code → which of `people` (by `key`) belong to it; `memberships` has key and category."""
    index = pd.Index(people["key"])
    belongs = {code: np.zeros(len(people), np.bool_) for code in policy.category_codes}
    at = index.get_indexer(memberships["key"].to_numpy())
    category = memberships["category"].to_numpy(dtype=object)
    for code, flags in belongs.items():
        mine = at[(category == code) & (at >= 0)]
        flags[mine] = True
    return belongs


def any_of(belongs: dict[str, Flags], codes: Any, count: int) -> Flags:
    """Who belongs to at least one of these categories."""
    flags = np.zeros(count, np.bool_)
    for code in codes:
        flags |= belongs[code]
    return flags


def medical_liable(people: pd.DataFrame, belongs: dict[str, Flags], policy: Policy) -> Flags:
    """Clause 三: registered or living here for long, alive, not insured with an employer or outside the city.

    `people` has status and residency.
    """
    here = (people["status"] == "正常") & people["residency"].isin(policy.medical.liable.residency)
    excluded = any_of(belongs, [rule.category for rule in policy.medical.excluded], len(people))
    return here.to_numpy() & ~excluded


def pension_eligible(people: pd.DataFrame, policy: Policy, age: npt.NDArray[np.int16]) -> Flags:
    """Clause 三 without the rosters: registered here, alive, of age (`age`: full years of each of `people`)."""
    rule = policy.pension.liable
    here = ((people["status"] == "正常") & people["residency"].isin(rule.residency)).to_numpy()
    old_enough = age >= rule.min_age if rule.min_age is not None else here
    young_enough = age <= rule.max_age if rule.max_age is not None else here
    return here & old_enough & young_enough


def pension_liable(people: pd.DataFrame, belongs: dict[str, Flags], policy: Policy) -> Flags:
    """Clause 三: eligible by the households, not a student at school, in no other pension scheme."""
    age = identity.age_on(people["birth"].to_numpy().astype("datetime64[D]"), policy.dates.age_reference.on)
    excluded = any_of(belongs, [rule.category for rule in policy.pension.excluded], len(people))
    return pension_eligible(people, policy, age) & ~excluded
