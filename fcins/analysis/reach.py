"""Parts of a policy without effect: a rule that never wins, a tier nobody may choose, a category no rule uses.

Tried, not argued: the assessment's own functions judge one person of each kind that the policy can tell apart. So what
is out of reach here is what no resident will ever get.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np
import pandas as pd

from fcins import identity
from fcins.assessment import liability
from fcins.assessment.charges import aid_offers, best_aid, standards
from fcins.assessment.liability import Flags, Population
from fcins.headings import LISTED
from fcins.policy.model import Condition, Policy
from fcins.policy.toml_tables import Problem


def in_vain(policy: Policy) -> Iterator[Problem]:
    """Every part of a policy without effect, with its place in the file.

    A policy that names categories it does not have gives nothing here: that other problem has to be mended first.
    """
    referred = referred_categories(policy)
    if not referred <= set(policy.category_codes):
        return
    for number, each in enumerate(policy.categories):
        if each.code not in referred:
            yield ("categories", number), f"没有任何一项规定用到“{each.name}”"
    everybody = _everybody(policy)
    insured = liability.medical_liable(everybody)
    ages = everybody.ages["medical"]
    standard, of_rule = standards(everybody, insured, ages)
    for number, own in enumerate(policy.medical.standards):
        if not (of_rule == number).any():
            fits = insured & liability.meets(own, everybody, ages)
            yield ("medical", "standards", number), _why(fits, {int(each) + 1 for each in of_rule[fits]})
    offers = aid_offers(everybody, standard, ages)
    winner, _ = best_aid(offers, len(standard))
    for number, aid in enumerate(policy.medical.aid):
        if not (winner == number).any():
            fits = insured & (standard > 0) & liability.meets(aid, everybody, ages)
            if fits.any() and not offers[number].any():
                yield ("medical", "aid", number), "资助为0，等于没有"
            else:
                yield ("medical", "aid", number), _why(fits, {int(each) + 1 for each in winner[fits]})
    liable = liability.pension_liable(everybody)
    for number, tier in enumerate(policy.pension.tiers):
        if not (liable & (everybody.any_of(tier.only) if tier.only is not None else True)).any():
            yield ("pension", "tiers", number), "没有人能选这一档：only 所列的人都不在养老参保范围内"


def _why(fits: Flags, instead: set[int]) -> str:
    if not fits.any():
        return "没有人能符合"
    winners = "、".join(f"第{number}项" for number in sorted(instead))
    return f"永远轮不到：符合的人都适用{winners}"


def referred_categories(policy: Policy) -> set[str]:
    """Codes of the categories that some rule of the policy names."""
    medical, pension = policy.medical, policy.pension
    codes = {rule.category for rule in (*medical.excluded, *pension.excluded)}
    codes |= {rule.category or "" for rule in (*medical.standards, *medical.aid)}
    codes |= {rule.cross_check or "" for rule in medical.aid}
    codes |= {code for tier in pension.tiers for code in tier.only or ()}
    codes |= set(pension.proxy.categories) if pension.proxy else set()
    codes |= {medical.collective.category} if medical.collective else set()
    codes |= {pension.family_planning.category} if pension.family_planning else set()
    return codes - {""}


# ── somebody of each kind ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Kind:
    birth: date
    residency: str
    categories: frozenset[str]


def _everybody(policy: Policy) -> Population:
    """One person of each kind: birth dates at and beside every boundary × registration × categories.

    One category, and one with a standard of its own, are enough: each further one only adds other aids.
    """
    own = {rule.category for rule in policy.medical.standards if rule.category}
    sets = {frozenset(pair) for pair in product(policy.category_codes, own)}
    sets |= {frozenset(), *(frozenset([code]) for code in policy.category_codes)}
    residencies = {each for rule in (policy.medical.liable, policy.pension.liable) for each in rule.residency}
    kinds = [
        _Kind(*kind)
        for kind in product(sorted(_births(policy)), sorted(residencies), sorted(sets, key=sorted))
        if _admitted(kind[0], kind[2], policy)
    ]
    people = pd.DataFrame(
        {
            "key": np.arange(1, len(kinds) + 1),
            "birth": pd.to_datetime([kind.birth for kind in kinds]).astype("datetime64[s]"),
            "status": LISTED,
            "residency": [kind.residency for kind in kinds],
        }
    )
    held = [(key, code) for key, kind in enumerate(kinds, start=1) for code in kind.categories]
    return liability.population(people, pd.DataFrame(held, columns=["key", "category"]), policy)


def _births(policy: Policy) -> set[date]:
    """Every birth date at which an age or a stated birth date is just reached, and its neighbours."""
    rules: list[Condition] = [*policy.medical.standards, *policy.medical.aid]
    ages = {rule.min_age or 0 for rule in policy.categories} | set(policy.age_limits)
    ages |= {rule.max_age + 1 for rule in policy.categories if rule.max_age is not None}
    on = policy.reference_day
    named = {day for rule in rules for day in (rule.born_from, rule.born_to) if day}
    named |= {_born(on, age) for age in ages} | {on}
    return {day + timedelta(shift) for day in named for shift in (-1, 0, 1)}


def _born(on: date, age: int) -> date:
    """The birth date of people who reach an age on this day; without a 29 February its last day is the 28th."""
    last = timedelta(days=1) if (on.month, on.day) == (2, 29) else timedelta()
    return (on - last).replace(year=on.year - age)


def _admitted(birth: date, codes: frozenset[str], policy: Policy) -> bool:
    """Whether a roster of these categories would accept somebody born that day (E302)."""
    age = int(identity.age_on(np.array([birth], "datetime64[D]"), policy.reference_day)[0])
    rules = [policy.category(code) for code in codes]
    return all((rule.min_age or 0) <= max(age, 0) <= (999 if rule.max_age is None else rule.max_age) for rule in rules)
