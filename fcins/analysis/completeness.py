"""Who is entitled by what is known, but missing from a department's list. Pure. Clauses 四（一）, 五（一）."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment import liability
from fcins.assessment.charges import Assessment
from fcins.figures import plain_yuan
from fcins.policy.loading import Policy

PEOPLE_COLUMNS = ["town", "village", "name", "citizen_id", "sex", "age", "why"]


@dataclass(frozen=True)
class Lacking:
    """People (PEOPLE_COLUMNS) missing from a department's list: the department, what the list is called."""

    department: str
    name: str
    people: pd.DataFrame


def lacking(
    assessment: Assessment,
    memberships: pd.DataFrame,
    enrolled: pd.DataFrame,
    refused: pd.DataFrame,
    policy: Policy,
    payments: pd.DataFrame | None = None,
) -> list[Lacking]:
    """Every such list, also those with nobody on them.

    - aid by age that a roster cross-checks (`cross_check`): of that age by the households, not on the roster;
    - a tier that only some may take: in one of these categories and liable, but not enrolled (to who hands in
      enrolments); enrolled for it, but in none of these categories (to the departments of these categories).

    `enrolled`: key of everybody with an enrolment that holds; `refused`: key, tier_fen of enrolments sent back because
    the tier is not theirs (E502). Who has died or left is never listed.
    """
    who = liability.population(assessment.people, memberships, policy, payments)
    return [
        *_by_age(assessment, who, policy),
        *_not_enrolled(assessment, who, enrolled, policy),
        *_not_entitled(assessment, who, refused, policy),
    ]


def _by_age(assessment: Assessment, who: liability.Population, policy: Policy) -> list[Lacking]:
    lists = []
    for rule in policy.medical.aid:
        if rule.cross_check is None:
            continue
        age = who.ages["medical"]
        old = who.alive & (age >= (rule.min_age or 0)) & (age <= (rule.max_age if rule.max_age is not None else age))
        category = policy.category(rule.cross_check)
        why = f"户籍库中已符合年龄，不在{category.name}名册中（{rule.clause}）"
        absent = old & ~who.belongs[rule.cross_check]
        lists.append(
            Lacking(category.department, f"不在{category.name}名册", listed(assessment, np.flatnonzero(absent), why))
        )
    return lists


def _not_enrolled(
    assessment: Assessment, who: liability.Population, enrolled: pd.DataFrame, policy: Policy
) -> list[Lacking]:
    there = assessment.people["key"].isin(enrolled["key"]).to_numpy()
    lists = []
    for tier in policy.pension.tiers:
        if tier.only is not None:
            absent = who.any_of(tier.only) & liability.pension_liable(who) & ~there
            why = f"属于可选{plain_yuan(tier.amount_fen)}档的困难群体，没有参保登记（{policy.pension.clause}）"
            people = listed(assessment, np.flatnonzero(absent), why)
            lists.append(Lacking(policy.senders.enrolment, "困难群体未参保登记", people))
    return lists


def _not_entitled(
    assessment: Assessment, who: liability.Population, refused: pd.DataFrame, policy: Policy
) -> list[Lacking]:
    lists = []
    for tier in policy.pension.tiers:
        if tier.only is not None:
            chosen = refused.loc[(refused["tier_fen"] == tier.amount_fen).to_numpy(), "key"]
            absent = who.alive & assessment.people["key"].isin(chosen).to_numpy()
            tells = f"登记了{plain_yuan(tier.amount_fen)}档，但不在本单位名册中：确属困难群体的请补报"
            people = listed(assessment, np.flatnonzero(absent), f"{tells}（{policy.pension.clause}）")
            departments = dict.fromkeys(policy.department_of(code) for code in tier.only)
            lists += [Lacking(department, "选困难档次不在名册", people) for department in departments]
    return lists


def listed(assessment: Assessment, at: npt.NDArray[np.int64], why: str) -> pd.DataFrame:
    """PEOPLE_COLUMNS of the people at these positions, all of them listed for the same reason."""
    return assessment.people.iloc[at].assign(why=why)[PEOPLE_COLUMNS].reset_index(drop=True)
