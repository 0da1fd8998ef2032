"""People who are entitled by what we know, but missing from a department's list. Clauses 四（一）, 五（一）."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.district import District
from fcins.assessment import liability
from fcins.assessment.charges import Assessment
from fcins.figures import plain_yuan
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES

PEOPLE_COLUMNS = ["town", "village", "name", "citizen_id", "sex", "age", "why"]


@dataclass(frozen=True)
class Lacking:
    """People (PEOPLE_COLUMNS) missing from a department's list, and the list's name."""

    department: str
    name: str
    people: pd.DataFrame


def lacking(
    assessment: Assessment,
    memberships: pd.DataFrame,
    enrolled: pd.DataFrame,
    rejected: pd.DataFrame,
    policy: Policy,
    payments: pd.DataFrame | None = None,
) -> list[Lacking]:
    """Every such list, also the empty ones.

    - Aid by age that a roster cross-checks (`cross_check`): people of that age who are not on the roster.
    - A tier that is not for everybody: people of its categories who are liable and not enrolled (for the sender of
      enrolments), and people enrolled for it who are in none of its categories (for the categories' departments).

    `enrolled`: key of everybody with an enrolment that holds; `rejected`: key and tier_fen of enrolments rejected
    because the tier is not theirs (E502). Nobody who has died or left is listed.
    """
    population = liability.population(assessment.people, memberships, policy, payments)
    return [
        *_by_age(assessment, population, policy),
        *_not_enrolled(assessment, population, enrolled, policy),
        *_not_entitled(assessment, population, rejected, policy),
    ]


def _by_age(assessment: Assessment, population: liability.Population, policy: Policy) -> list[Lacking]:
    lists = []
    for rule in policy.medical.aid:
        if rule.cross_check is None:
            continue
        age = population.ages["medical"]
        of_age = (
            population.alive
            & (age >= (rule.min_age or 0))
            & (age <= (rule.max_age if rule.max_age is not None else age))
        )
        category = policy.category(rule.cross_check)
        why = f"户籍库中已符合年龄，不在{category.name}名册中（{rule.clause}）"
        absent = of_age & ~population.belongs[rule.cross_check]
        lists.append(
            Lacking(category.department, f"不在{category.name}名册", people_at(assessment, np.flatnonzero(absent), why))
        )
    return lists


def _not_enrolled(
    assessment: Assessment, population: liability.Population, enrolled: pd.DataFrame, policy: Policy
) -> list[Lacking]:
    has_enrolment = assessment.people["key"].isin(enrolled["key"]).to_numpy()
    lists = []
    for tier in policy.pension.tiers:
        if tier.only is not None:
            absent = population.any_of(tier.only) & liability.pension_liable(population) & ~has_enrolment
            why = f"属于可选{plain_yuan(tier.amount_fen)}档的困难群体，没有参保登记（{policy.pension.clause}）"
            people = people_at(assessment, np.flatnonzero(absent), why)
            lists.append(Lacking(policy.senders.enrolment, "困难群体未参保登记", people))
    return lists


def _not_entitled(
    assessment: Assessment, population: liability.Population, rejected: pd.DataFrame, policy: Policy
) -> list[Lacking]:
    lists = []
    for tier in policy.pension.tiers:
        if tier.only is not None:
            chosen = rejected.loc[(rejected["tier_fen"] == tier.amount_fen).to_numpy(), "key"]
            absent = population.alive & assessment.people["key"].isin(chosen).to_numpy()
            why = f"登记了{plain_yuan(tier.amount_fen)}档，但不在本单位名册中：确属困难群体的请补报"
            people = people_at(assessment, np.flatnonzero(absent), f"{why}（{policy.pension.clause}）")
            departments = dict.fromkeys(policy.department_of(code) for code in tier.only)
            lists += [Lacking(department, "选困难档次不在名册", people) for department in departments]
    return lists


def people_at(assessment: Assessment, at: npt.NDArray[np.int64], why: str) -> pd.DataFrame:
    """PEOPLE_COLUMNS of the people at these positions; all are on a list for the same reason."""
    return assessment.people.iloc[at].assign(why=why)[PEOPLE_COLUMNS].reset_index(drop=True)


# ── of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────────


def lacking_of(district: District, town: str) -> list[Lacking]:
    """Whom the departments' lists lack: lists that have somebody, of one town or ("") of all."""
    findings = district.enrolments.findings
    refused = district.answered.open(findings[(findings["code"] == "E502").to_numpy()])
    facts = district.store.facts_of_rows(FACT_TABLES["enrolment"], ("batch", "seq", "part", "key", "tier_fen"), refused)
    lists = lacking(
        district.assessment,
        district.rosters.holding,
        district.enrolments.holding,
        facts,
        district.policy,
        district.days_paid,
    )
    return with_people(lists, town)


def with_people(lists: Iterable[Lacking], town: str) -> list[Lacking]:
    """The lists that have somebody, of one town or ("") of all."""
    if town:
        lists = [replace(each, people=each.people[(each.people["town"] == town).to_numpy()]) for each in lists]
    return [each for each in lists if len(each.people)]
