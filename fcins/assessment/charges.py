"""People × memberships × enrolments × policy → charges. Pure, one vectorised pass over columns, no float anywhere.

`charges` is one tidy frame; grouped by payer it is the budget, pivoted it is the register, the rows of one person are
the explanation. For every person and scheme: standard = personal + Σ paid by others.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins import identity
from fcins.assessment import liability
from fcins.assessment.liability import Ages, Flags, Population
from fcins.assessment.residents import RESIDENT_SCHEMA
from fcins.frames import DAY, FLAG, NUMBER, TEXT, empty
from fcins.policy.loading import Policy
from fcins.values import WHOLE_AMOUNT

Fen = npt.NDArray[np.int64]

PERSONAL = "personal"
PAID_BY_OTHERS = "paid_by_others"
CREDIT = "credit"
GRANT = "grant"
"""Roles of a charge: what the person pays; what a payer pays of the standard; what is credited to the person's
pension account; what the treasury adds per insured person. Only the first two add up to the standard."""

CHARGE_SCHEMA = pa.schema(
    [
        ("person", NUMBER), ("scheme", TEXT), ("role", TEXT), ("payer", TEXT), ("category", TEXT),
        ("amount_fen", NUMBER), ("clause", TEXT), ("rule", TEXT),
    ]
)  # fmt: skip
"""person is the position in `people`; category is the policy's code, or "" where age or tier is the ground; rule is the
place in the policy (`medical.aid.7`, for `Policy.rule`) whose clause it is."""

CHARGE_COLUMNS = CHARGE_SCHEMA.names

ASSESSED_SCHEMA = pa.schema(
    [
        *RESIDENT_SCHEMA,
        ("age", pa.int16()), ("medical_standard_fen", NUMBER), ("tier_fen", NUMBER), ("pay_from", DAY),
        ("medical_waits", FLAG), ("pension_waits", FLAG), ("unenrolled", FLAG), ("enrolled", FLAG),
        ("remark", TEXT), ("categories", TEXT),
    ]
)  # fmt: skip
"""People assessed. medical_waits, pension_waits: a birthday is waited for before they pay; unenrolled: liable for
pension, but without a tier, neither chosen nor paid by others; enrolled: for pension, in a tier that they chose, while
what is paid for somebody is no enrolment. remark: 备注, for people to read; categories: their
names, joined by 、."""

_NOTHING_AWAITED = np.int16(-1)


@dataclass(frozen=True)
class Assessment:
    """`people`: the residents assessed, in order (ASSESSED_SCHEMA); `charges`: CHARGE_SCHEMA, none of them zero."""

    people: pd.DataFrame
    charges: pd.DataFrame

    def among(self, towns: Collection[str]) -> "Assessment":
        """The assessment of the people of these towns alone."""
        chosen = self.people["town"].isin(towns).to_numpy()
        if chosen.all():
            return self
        place = np.cumsum(chosen) - 1
        charges = self.charges[chosen[self.charges["person"].to_numpy()]]
        charges = charges.assign(person=place[charges["person"].to_numpy()])
        return Assessment(self.people[chosen].reset_index(drop=True), charges.reset_index(drop=True))

    def amounts(self, scheme: str, role: str, payer: str | None = None) -> Fen:
        """The amount in fen per person of a scheme and role, of one payer or of all."""
        charges = self.charges
        counted = ((charges["scheme"] == scheme) & (charges["role"] == role)).to_numpy()
        if payer is not None:
            counted = counted & (charges["payer"] == payer).to_numpy()
        total = np.zeros(len(self.people), np.int64)
        np.add.at(total, charges["person"].to_numpy()[counted], charges["amount_fen"].to_numpy()[counted])
        return total


class _Charges:
    """Charges gathered column-wise; scheme and clause are those of the rule."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._frames: list[pd.DataFrame] = []

    def add(self, rule: str, role: str, payer: Any, amount: Fen, category: Any = "", person: Any = None) -> None:
        """A column of amounts, one per person (or of `person`); zeros are left out. Scalars or columns elsewhere."""
        at = np.flatnonzero(amount)
        if not at.size:
            return
        columns = {"payer": payer, "category": category}
        picked = {name: value[at] if isinstance(value, np.ndarray) else value for name, value in columns.items()}
        frame = pd.DataFrame({"person": at if person is None else person[at], "role": role, **picked})
        frame = frame.assign(scheme=rule.split(".")[0], clause=self._policy.rule(rule).clause, rule=rule)
        frame["amount_fen"] = amount[at]
        self._frames.append(frame[CHARGE_COLUMNS])

    def frame(self) -> pd.DataFrame:
        """All charges, person by person, in the order they were added."""
        if not self._frames:
            return empty(CHARGE_SCHEMA)
        whole = pd.concat(self._frames, ignore_index=True)
        return whole.sort_values("person", kind="stable", ignore_index=True)


class _Remarks:
    """备注: short reasons per person, joined by ；."""

    def __init__(self, count: int) -> None:
        self._text = np.full(count, "", dtype=object)

    def add(self, where: Flags, text: Any) -> None:
        """Note a text (or a column of texts) on the persons marked."""
        at = np.flatnonzero(where)
        added = text[at] if isinstance(text, np.ndarray) else text
        self._text[at] = np.where(self._text[at] == "", added, self._text[at] + "；" + added)

    def column(self) -> pd.Series:
        """The remark of each person."""
        return pd.Series(self._text, dtype="str")


def assess(
    people: pd.DataFrame,
    memberships: pd.DataFrame,
    enrolments: pd.DataFrame,
    policy: Policy,
    payments: pd.DataFrame | None = None,
) -> Assessment:
    """What everyone owes and who pays it.

    `people`: key, citizen_id, birth, sex, status, residency, differs (residents.RESIDENT_COLUMNS; more are kept);
    `memberships`, `enrolments` and (asked for where ages are taken on the day of payment) `payments`: the `holding`
    frames of judging. Clauses 三, 四（一）, 四（四）4.
    """
    who = liability.population(people.reset_index(drop=True), memberships, policy, payments)
    charges, remarks = _Charges(policy), _Remarks(len(people))
    standard, aided_fully, medical_age, aid_note = _medical(who, memberships, charges, remarks)
    tier, unenrolled, enrolled, pension_age = _pension(who, memberships, enrolments, charges, remarks)

    opens = np.datetime64(policy.dates.window.start, "D")
    pay_from = np.full(len(people), opens)
    for awaited in (medical_age, pension_age):
        waits = awaited >= 0
        pay_from[waits] = np.maximum(pay_from[waits], identity.birthdays(who.births[waits], awaited[waits]))
    remarks.add((medical_age >= 0) | (pension_age >= 0), policy.register.waited_note)
    pay_from = np.maximum(pay_from, who.births)
    remarks.add(pay_from > np.datetime64(policy.dates.window.end, "D"), policy.register.outside_window_note)
    remarks.add(who.people["differs"].to_numpy(np.bool_) & who.alive, policy.register.differing_note)

    result = Assessment(who.people, charges.frame())
    owed = result.amounts("medical", PERSONAL) + result.amounts("pension", PERSONAL)
    remarks.add(aided_fully & (owed == 0), aid_note)
    assessed = who.people.assign(
        age=np.maximum(who.ages["medical"], 0),  # a child born after the day that counts is shown as one of 0 years
        medical_standard_fen=standard,
        tier_fen=tier,
        pay_from=pay_from.astype("datetime64[s]"),
        medical_waits=medical_age >= 0,
        pension_waits=pension_age >= 0,
        unenrolled=unenrolled,
        enrolled=enrolled,
        remark=remarks.column(),
        categories=_category_names(who),
    )
    return Assessment(assessed, result.charges)


def _awaited(who: Population, scheme: str, due: Callable[[Ages], npt.NDArray[Any]]) -> Ages:
    """四（四）4: the age from which what is due is what it is on the day that counts; -1 where nothing is waited for.

    `due`: what each would owe at these ages.
    """
    final, before = who.ages[scheme], who.ages_before[scheme]
    settled = due(final)
    awaited = np.where(due(before) != settled, final, _NOTHING_AWAITED)
    # Who pays long after the window has had more birthdays than one: the first that settles it is waited for.
    for years in range(int((final - before).max(initial=0)) - 1, 0, -1):
        between = np.minimum(before + years, final)
        awaited = np.where((awaited >= 0) & (due(between) == settled), between, awaited)
    return np.where(awaited > 0, awaited, _NOTHING_AWAITED)  # who is yet to be born waits for no birthday


# ── medical ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _medical(
    who: Population, memberships: pd.DataFrame, charges: _Charges, remarks: _Remarks
) -> tuple[Fen, Flags, Ages, npt.NDArray[Any]]:
    """Clause 四（一）, medical: each person's standard, who is wholly paid for, the age awaited, and why aided."""
    rules = who.policy.medical
    insured = liability.medical_liable(who)
    for exclusion in rules.excluded:
        remarks.add(who.belongs[exclusion.category] & who.alive, exclusion.note)
    charges.add("medical.subsidy", GRANT, rules.subsidy.payer, np.where(insured, rules.subsidy.amount_fen, 0))

    ages = who.ages["medical"]
    standard, of_rule = standards(who, insured, ages)
    for number, rule in enumerate(rules.standards):
        remarks.add(of_rule == number, rule.note)
    winner, aid = best_aid(aid_offers(who, standard, ages), len(standard))
    for number, offer in enumerate(rules.aid):
        part = np.where(winner == number, aid, 0)
        charges.add(f"medical.aid.{number}", PAID_BY_OTHERS, offer.payer, part, offer.category or "")
    left = standard - aid - _collective(who, memberships, standard - aid, charges)
    charges.add("medical", PERSONAL, "个人", np.where(of_rule < 0, left, 0))
    for number in range(len(rules.standards)):
        charges.add(f"medical.standards.{number}", PERSONAL, "个人", np.where(of_rule == number, left, 0))

    def due(ages: Ages) -> Fen:
        own, _ = standards(who, insured, ages)
        return own - best_aid(aid_offers(who, own, ages), len(own))[1]

    awaited = np.where(insured, _awaited(who, "medical", due), _NOTHING_AWAITED)
    note = np.array([*(rule.note for rule in rules.aid), ""], dtype=object)[winner]
    if rules.collective:
        collective_note = rules.collective.note
        note = np.where(
            (left == 0) & (aid < standard), np.where(aid > 0, note + "、" + collective_note, collective_note), note
        )
    return standard, (standard > 0) & (left == 0), awaited, note


def standards(who: Population, insured: Flags, ages: Ages) -> tuple[Fen, npt.NDArray[np.int64]]:
    """Each person's personal standard in fen, and the place of the rule that says so (-1: everybody's).

    The first of the policy's own standards that a person meets holds; nothing for who is not insured.
    """
    rules = who.policy.medical
    amount = np.where(insured, rules.standard_fen, 0).astype(np.int64)
    of_rule = np.full(len(insured), -1, np.int64)
    for number, rule in enumerate(rules.standards):
        fits = insured & (of_rule < 0) & liability.meets(rule, who, ages)
        amount[fits], of_rule[fits] = rule.amount_fen, number
    return amount, of_rule


def aid_offers(who: Population, standard: Fen, ages: Ages) -> list[Fen]:
    """For each aid rule what it would pay of each person's standard, in fen; 0 where its conditions are not met.

    Shares round up to the fen, in the person's favour: what the person pays is rounded down.
    """
    offers = []
    for rule in who.policy.medical.aid:
        if rule.amount_fen is not None:
            offer = np.minimum(standard, rule.amount_fen)
        else:
            offer = -(-standard * (rule.share_bp or 0) // 10_000)
        offers.append(np.where(liability.meets(rule, who, ages), offer, 0))
    return offers


def best_aid(offers: list[Fen], count: int) -> tuple[npt.NDArray[np.int64], Fen]:
    """The one aid that each person gets: the place of its rule (-1 for none) and the amount in fen.

    The largest amount wins; among equal amounts the first in the policy's order.
    """
    winner, best = np.full(count, -1, np.int64), np.zeros(count, np.int64)
    for number, offer in enumerate(offers):
        better = offer > best
        winner[better], best[better] = number, offer[better]
    return winner, best


def _collective(who: Population, memberships: pd.DataFrame, left: Fen, charges: _Charges) -> Fen:
    """集体资助 after all other aid: each payer, in the order of their names, pays what is still left of its offer."""
    rule = who.policy.medical.collective
    total = np.zeros(len(left), np.int64)
    if rule is None:
        return total
    offers = memberships[(memberships["category"] == rule.category).to_numpy()]
    at = pd.Index(who.people["key"]).get_indexer(offers["key"].to_numpy())
    offers = offers.assign(person=at)[at >= 0].sort_values(["person", "aid_payer"], kind="stable")
    person = offers["person"].to_numpy()
    remaining = left[person]
    offered = offers["aid_fen"].to_numpy()
    offered = np.minimum(np.where(offered == WHOLE_AMOUNT, remaining, offered), remaining)
    running = offers.assign(offered=offered).groupby("person")["offered"].cumsum().to_numpy()
    paid = np.minimum(running, remaining) - np.minimum(running - offered, remaining)
    payers = offers["aid_payer"].to_numpy(dtype=object)
    charges.add("medical.collective", PAID_BY_OTHERS, payers, paid, rule.category, person=person)
    np.add.at(total, person, paid)
    return total


# ── pension ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pension(
    who: Population, memberships: pd.DataFrame, enrolments: pd.DataFrame, charges: _Charges, remarks: _Remarks
) -> tuple[Fen, Flags, Flags, Ages]:
    """Clause 四（一）, pension: each person's tier, who is liable but has none, who chose theirs, the age awaited."""
    rules = who.policy.pension
    eligible = liability.pension_eligible(who, who.ages["pension"])
    for exclusion in rules.excluded:
        remarks.add(eligible & who.belongs[exclusion.category], exclusion.note)
    liable = liability.pension_liable(who)
    at = pd.Index(who.people["key"]).get_indexer(enrolments["key"].to_numpy())
    chosen = np.zeros(len(liable), np.int64)
    chosen[at[at >= 0]] = enrolments["tier_fen"].to_numpy()[at >= 0]

    tier, proxy = np.where(liable, chosen, 0), np.zeros(len(liable), np.int64)
    without = liable & (chosen == 0)
    if rules.proxy:
        hardship = who.any_of(rules.proxy.categories)
        tier = np.where(without & hardship, rules.proxy.amount_fen, tier)
        remarks.add(without & hardship, rules.proxy.unenrolled_note)
        without &= ~hardship
        by_proxy = hardship & ((rules.proxy.higher_tier == "offset") | (tier <= rules.proxy.amount_fen))
        proxy = np.where(by_proxy, np.minimum(rules.proxy.amount_fen, tier), 0)
        category = _first_category(who, rules.proxy.categories)
        charges.add("pension.proxy", PAID_BY_OTHERS, rules.proxy.payer, proxy, category)
    remarks.add(without, rules.gap.note)

    for each in rules.tiers:
        subsidy = np.where(tier == each.amount_fen, each.subsidy_fen, 0)
        charges.add("pension.subsidy", CREDIT, rules.subsidy.payer, subsidy)
    left = tier - proxy
    if family := rules.family_planning:
        offset = family.effect == "offset"
        granted = np.where(_wife_old_enough(who, memberships) & (tier > 0), family.amount_fen, 0)
        granted = np.minimum(granted, left) if offset else granted
        left = left - granted if offset else left
        role = PAID_BY_OTHERS if offset else CREDIT
        charges.add("pension.family_planning", role, family.payer, granted, family.category)
    charges.add("pension", PERSONAL, "个人", left)
    awaited = _awaited(who, "pension", lambda ages: liability.pension_eligible(who, ages))
    return tier, without, liable & (chosen > 0), np.where(tier > 0, awaited, _NOTHING_AWAITED)


def _wife_old_enough(who: Population, memberships: pd.DataFrame) -> Flags:
    """计生: for each person of a couple, whether the wife of that row has reached the age on the reference day."""
    flags = np.zeros(len(who.people), np.bool_)
    rule = who.policy.pension.family_planning
    if rule is None:
        return flags
    couples = memberships[(memberships["category"] == rule.category).to_numpy()]
    wife_age = identity.age_on(couples["wife_birth"].to_numpy().astype("datetime64[D]"), who.policy.reference_day)
    at = pd.Index(who.people["key"]).get_indexer(couples["key"].to_numpy())
    flags[at[(wife_age >= rule.wife_min_age) & (at >= 0)]] = True
    return flags


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _first_category(who: Population, codes: Any) -> npt.NDArray[Any]:
    """The first of these categories that each person belongs to."""
    first = np.full(len(who.people), "", dtype=object)
    for code in reversed(list(codes)):
        first[who.belongs[code]] = code
    return first


def _category_names(who: Population) -> pd.Series:
    """All categories of each person in the policy's order, joined by 、."""
    names = np.full(len(who.people), "", dtype=object)
    for code in who.policy.category_codes:
        at = np.flatnonzero(who.belongs[code])
        name = who.policy.category(code).name
        names[at] = np.where(names[at] == "", name, names[at] + "、" + name)
    return pd.Series(names, dtype="str")
