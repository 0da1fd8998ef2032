"""One person at a time: what they owe and who pays it, written clause by clause from the plan, slow and plain.

It knows nothing of the program but the figures of a policy. Amounts in fen.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Person:
    """Who the plan asks about. `offers`: 集体资助, payer → fen or None (全额); `wives`: a birth date per couple row."""

    birth: date
    status: str = "正常"
    residency: str = "户籍"
    categories: frozenset[str] = frozenset()
    offers: tuple[tuple[str, int | None], ...] = ()
    wives: tuple[date, ...] = ()
    tier: int = 0


def age(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def owed(person: Person, policy: Any) -> tuple[list[tuple[str, str, str, int]], int, int, date]:
    """(scheme, role, payer, fen) of every charge in order; the medical standard; the pension tier; 可缴费日期."""
    last, opens = policy.dates.age_reference.on, policy.dates.window.start
    grown, before = age(person.birth, last), age(person.birth, opens)
    charges: list[tuple[str, str, str, int]] = []

    # 三: registered or living here for long, alive, insured neither with an employer nor outside the city.
    out = {rule.category for rule in policy.medical.excluded}
    resides = person.residency in policy.medical.liable.residency
    standard = policy.medical.standard_fen if person.status == "正常" and resides and not out & person.categories else 0
    waits = False
    if standard:
        charges.append(("medical", "grant", policy.medical.subsidy.payer, policy.medical.subsidy.amount_fen))
        # 四（一）: one aid only, the largest, of equals the first; the person's part is rounded down to the fen.
        now, at_opening = (_aids(person, years, policy) for years in (grown, before))
        aid, payer = max(now, key=lambda each: each[0])
        charges.append(("medical", "paid_by_others", payer, aid))
        left = standard - aid
        for payer, offer in sorted(person.offers):  # 集体资助 last, by 资助单位, never more than is left
            paid = left if offer is None else min(offer, left)
            charges.append(("medical", "paid_by_others", payer, paid))
            left -= paid
        charges.append(("medical", "personal", "个人", left))
        waits = aid != max(at_opening)[0]

    # 三: registered here, alive, 16…59, not at school, in no other scheme; who did not enrol owes nothing …
    rule = policy.pension
    lives = person.status == "正常" and person.residency in rule.liable.residency
    out = {each.category for each in rule.excluded}
    liable = lives and rule.liable.min_age <= grown <= rule.liable.max_age and not out & person.categories
    hardship = bool(set(rule.proxy.categories) & person.categories)
    tier = (person.tier or (rule.proxy.amount_fen if hardship else 0)) if liable else 0  # … but 困难群体 at 100
    if tier:
        counts = hardship and (rule.proxy.higher_tier == "offset" or tier == rule.proxy.amount_fen)
        left = tier - (rule.proxy.amount_fen if counts else 0)
        charges.append(("pension", "paid_by_others", rule.proxy.payer, tier - left))
        subsidy = next(each.subsidy_fen for each in rule.tiers if each.amount_fen == tier)
        charges.append(("pension", "credit", rule.subsidy.payer, subsidy))
        family = rule.family_planning
        if any(age(wife, last) >= family.wife_min_age for wife in person.wives):
            offset = family.effect == "offset"
            granted = min(family.amount_fen, left) if offset else family.amount_fen
            charges.append(("pension", "paid_by_others" if offset else "credit", family.payer, granted))
            left -= granted if offset else 0
        charges.append(("pension", "personal", "个人", left))
        waits = waits or before < rule.liable.min_age

    # 四（四）4: 务必待满周岁后再缴费.
    pay_from = date(last.year, person.birth.month, person.birth.day) if waits else opens
    return [each for each in charges if each[3]], standard, tier, pay_from


def _aids(person: Person, years: int, policy: Any) -> list[tuple[int, str]]:
    """Every aid the person would get at this age, in the policy's order; no aid is one of nothing."""
    fits = [(0, "")]
    for rule in policy.medical.aid:
        of_category = rule.category is None or rule.category in person.categories
        if of_category and (rule.min_age or 0) <= years <= (999 if rule.max_age is None else rule.max_age):
            personal = policy.medical.standard_fen * (10_000 - rule.share_bp) // 10_000
            fits.append((policy.medical.standard_fen - personal, rule.payer))
    return fits
