"""Who is liable for what and who meets a rule, before any amount: people × memberships × policy → flags per person."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity
from fcins.assessment.receipts import first_days
from fcins.assessment.residents import listed
from fcins.policy.loading import Policy
from fcins.policy.model import Condition

Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Ages = npt.NDArray[np.int16]

SCHEMES = ("medical", "pension")


@dataclass(frozen=True)
class Population:
    """People as the rules see them.

    `people`: key, birth, status, residency; `belongs`: category code → flags; `days`: scheme → the day on which each
    person's age is taken.
    """

    people: pd.DataFrame
    belongs: dict[str, Flags]
    days: dict[str, Days]
    policy: Policy

    @cached_property
    def births(self) -> Days:
        """Birth dates, datetime64[D]."""
        births: Days = self.people["birth"].to_numpy().astype("datetime64[D]")
        return births

    @cached_property
    def alive(self) -> Flags:
        """Who stands in a register."""
        return listed(self.people)

    @cached_property
    def ages(self) -> dict[str, Ages]:
        """Scheme → full years on the day that counts."""
        return {scheme: identity.age_on(self.births, day) for scheme, day in self.days.items()}

    @cached_property
    def ages_before(self) -> dict[str, Ages]:
        """Scheme → full years on the window's first day, before any birthday that the window could bring. 四（四）4.

        Where the day that counts comes before the window there is nothing to wait for: the age on that day.
        """
        opens = np.datetime64(self.policy.dates.window.start, "D")
        return {scheme: identity.age_on(self.births, np.minimum(day, opens)) for scheme, day in self.days.items()}

    def any_of(self, codes: Any) -> Flags:
        """Who belongs to at least one of these categories."""
        flags = np.zeros(len(self.people), np.bool_)
        for code in codes:
            flags |= self.belongs[code]
        return flags

    def lives(self, residency: tuple[str, ...]) -> Flags:
        """Whose 户籍性质 is one of these."""
        return self.people["residency"].isin(residency).to_numpy()


def population(
    people: pd.DataFrame, memberships: pd.DataFrame, policy: Policy, payments: pd.DataFrame | None = None
) -> Population:
    """People with what they belong to and the days on which their ages are taken.

    `memberships`: key, category. `payments`: as receipts.first_days takes them; where ages are taken on the day of
    payment, each person's first of this fee year counts that was not paid back, and the window's last day for who has
    not paid.
    """
    last = np.datetime64(policy.reference_day, "D")
    days: dict[str, Days] = {scheme: np.full(len(people), last) for scheme in SCHEMES}
    if policy.by_payment and payments is not None:
        paid = first_days(payments, policy.fee_year)
        for scheme, day in days.items():
            first = paid[(paid["scheme"] == scheme).to_numpy()]
            at = pd.Index(people["key"]).get_indexer(first["key"].to_numpy())
            day[at[at >= 0]] = pd.to_datetime(first["day"]).to_numpy().astype("datetime64[D]")[at >= 0]
    return Population(people, _members(people, memberships, policy), days, policy)


def _members(people: pd.DataFrame, memberships: pd.DataFrame, policy: Policy) -> dict[str, Flags]:
    index = pd.Index(people["key"])
    belongs = {code: np.zeros(len(people), np.bool_) for code in policy.category_codes}
    at = index.get_indexer(memberships["key"].to_numpy())
    category = memberships["category"].to_numpy(dtype=object)
    for code, flags in belongs.items():
        members = at[(category == code) & (at >= 0)]
        flags[members] = True
    return belongs


def conditions(rule: Condition, who: Population, ages: Ages) -> dict[str, Flags]:
    """Each thing that a rule asks for (category, min_age, max_age, born_from, born_to, residency) → who meets it."""
    met: dict[str, Flags] = {}
    if rule.category is not None:
        met["category"] = who.belongs[rule.category]
    if rule.min_age is not None:
        met["min_age"] = ages >= rule.min_age
    if rule.max_age is not None:
        met["max_age"] = ages <= rule.max_age
    if rule.born_from is not None:
        met["born_from"] = who.births >= np.datetime64(rule.born_from)
    if rule.born_to is not None:
        met["born_to"] = who.births <= np.datetime64(rule.born_to)
    if rule.residency is not None:
        met["residency"] = who.lives(rule.residency)
    return met


def meets(rule: Condition, who: Population, ages: Ages) -> Flags:
    """Who meets everything that a rule asks for."""
    flags = np.ones(len(who.people), np.bool_)
    for each in conditions(rule, who, ages).values():
        flags &= each
    return flags


def medical_liable(who: Population) -> Flags:
    """Clause 三: registered or living here for long, alive, not insured with an employer or outside the city."""
    rules = who.policy.medical
    excluded = who.any_of(rule.category for rule in rules.excluded)
    return who.alive & who.lives(rules.liable.residency) & ~excluded


def pension_eligible(who: Population, ages: Ages) -> Flags:
    """Clause 三 without the rosters: registered here, alive, of age."""
    rule = who.policy.pension.liable
    return who.alive & who.lives(rule.residency) & (ages >= rule.min_age) & (ages <= rule.max_age)


def pension_liable(who: Population) -> Flags:
    """Clause 三: eligible by the households, not a student at school, in no other pension scheme."""
    excluded = who.any_of(rule.category for rule in who.policy.pension.excluded)
    return pension_eligible(who, who.ages["pension"]) & ~excluded
