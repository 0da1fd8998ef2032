"""Who stood on last year's list of a category and stands on no list of this year. Clause 五（一）: nobody is left out.

Last year's lists are the batches that `rollover` carried: they hold until they are replaced, so a person whom a
department forgot this year is still counted. Only categories of which a list came this year are looked at.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fcins.analysis.completeness import Lacking, people_at, with_people
from fcins.analysis.district import District
from fcins.assessment.liability import Flags
from fcins.assessment.residents import listed
from fcins.store.schema import FACT_TABLES


@dataclass(frozen=True)
class Renewal:
    """A category's lists of last year and of this year, in people; `lacking`: who is on the first alone."""

    category: str
    name: str
    last_year: int
    this_year: int
    lacking: Lacking


def renewals(district: District, town: str) -> list[Renewal]:
    """A renewal for each category that both years have lists of, in the policy's order; of one town or ("") of all.

    Only people who are listed in the households count, and of this year's rows those that were not rejected.
    """
    policy, people = district.policy, district.residents.people
    carried = district.store.origins()["batch"]
    if not len(carried):
        return []
    verdicts = district.verdicts_of("roster")
    standing = verdicts[(verdicts["verdict"] != "rejected").to_numpy()][["batch", "seq"]]
    facts = district.store.facts_of_rows(FACT_TABLES["roster"], ("batch", "seq", "key", "category"), standing)
    at = pd.Index(people["key"]).get_indexer(facts["key"].to_numpy())
    within = at >= 0
    within[within] = _counted(district, town)[at[within]]
    facts, at = facts[within], at[within]
    last = facts["batch"].isin(carried).to_numpy()
    found = []
    for code in policy.category_codes:
        of_category = (facts["category"] == code).to_numpy()
        before, now = np.unique(at[of_category & last]), np.unique(at[of_category & ~last])
        if len(before) and len(now):
            category = policy.category(code)
            why = f"上年在{category.name}名册中，今年报来的名册里没有：仍符合的请补报，不再符合的请写明取消"
            gone = people_at(district.assessment, np.setdiff1d(before, now), why)
            lacking = Lacking(category.department, f"上年有今年没有_{category.name}", gone)
            found.append(Renewal(code, category.name, len(before), len(now), lacking))
    return found


def not_renewed(district: District, town: str) -> list[Lacking]:
    """Those of last year's lists who are on none of this year's, list by list."""
    return with_people([each.lacking for each in renewals(district, town)], "")


def _counted(district: District, town: str) -> Flags:
    """Which residents count: who is listed, of one town or ("") of all."""
    people = district.residents.people
    return listed(people) & (people["town"] == town).to_numpy() if town else listed(people)
