"""One person at a time: what they owe and who pays it, written clause by clause from the plan, slow and plain.

It reads the policy's own tables as tomllib gives them and knows nothing of the program. Amounts in fen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Charge = tuple[str, str, str, str, int]
"""scheme, role, payer, clause, fen"""

PARTS = ("personal", "paid_by_others")  # of the standard; the rest comes on top of it


@dataclass(frozen=True)
class Person:
    """Who the plan asks about.

    `offers`: 集体资助, payer → fen or None (全额); `wives`: a birth date per couple row; `tier`: enrolled for, in fen,
    0 for none; `payments`: scheme, day, fen (a refund below 0), fee year.
    """

    birth: date
    status: str = "正常"
    residency: str = "户籍"
    categories: frozenset[str] = frozenset()
    offers: tuple[tuple[str, int | None], ...] = ()
    wives: tuple[date, ...] = ()
    tier: int = 0
    payments: tuple[tuple[str, date, int, int], ...] = ()


def owed(person: Person, toml: dict[str, Any]) -> tuple[list[Charge], int, int, date]:
    """Every charge in order; the medical standard; the pension tier; 可缴费日期."""
    medical, medical_from = _medical(person, toml)
    pension, pension_from = _pension(person, toml)
    standard, tier = (sum(each[4] for each in all_ if each[1] in PARTS) for all_ in (medical, pension))
    # Nobody pays before they are born.
    return (
        [each for each in medical + pension if each[4]],
        standard,
        tier,
        max(medical_from, pension_from, person.birth),
    )


def _medical(person: Person, toml: dict[str, Any]) -> tuple[list[Charge], date]:
    rules, opens, last = toml["medical"], toml["dates"]["window"]["from"], day_of_age(person, toml, "medical")
    # 三: registered or living here for long, alive, insured neither with an employer nor outside the city.
    excluded = person.categories & {each["category"] for each in rules.get("excluded", [])}
    if person.status != "正常" or excluded or not fits(rules["liable"], person, last):
        return [], opens
    # 四（一）: one's own standard, the first that fits; one aid, the largest, of equals the first; then 集体资助, by
    # 资助单位, never more than is left.
    standard, rule = _standard(person, rules, last)
    aid, giver = _aid(person, rules, last)
    subsidy, collective = rules["subsidy"], rules.get("collective")
    charges = [("medical", "grant", subsidy["payer"], subsidy["clause"], fen(subsidy["amount"]))]
    charges.append(("medical", "paid_by_others", giver.get("payer", ""), giver.get("clause", ""), aid))
    left = standard - aid
    for payer, offer in sorted(person.offers) if collective else []:
        paid = left if offer is None else min(offer, left)
        charges.append(("medical", "paid_by_others", payer, collective["clause"], paid))
        left -= paid
    charges.append(("medical", "personal", "个人", rule["clause"], left))
    return charges, pay_from(
        person, opens, last, lambda day: _standard(person, rules, day)[0] - _aid(person, rules, day)[0]
    )


def _standard(person: Person, rules: dict[str, Any], on: date) -> tuple[int, dict[str, Any]]:
    """The personal standard on a day, and the table that says so."""
    own = next((each for each in rules.get("standards", []) if fits(each, person, on)), None)
    return (fen(own["amount"]), own) if own else (fen(rules["standard"]), rules)


def _aid(person: Person, rules: dict[str, Any], on: date) -> tuple[int, dict[str, Any]]:
    """The one aid on a day, and its table: 0 and {} for none. Of a share the person's part is rounded down."""
    standard, best = _standard(person, rules, on)[0], (0, dict[str, Any]())
    for rule in [each for each in rules.get("aid", []) if fits(each, person, on)]:
        if "amount" in rule:
            amount = min(fen(rule["amount"]), standard)
        else:
            amount = standard - int(standard * (100 - Decimal(rule["share"].rstrip("%"))) / 100)
        best = (amount, rule) if amount > best[0] else best
    return best


def _pension(person: Person, toml: dict[str, Any]) -> tuple[list[Charge], date]:
    rules, opens, last = toml["pension"], toml["dates"]["window"]["from"], day_of_age(person, toml, "pension")
    proxy, family = rules.get("proxy"), rules.get("family_planning")
    # 三: registered here, alive, of age, not at school, in no other scheme.
    excluded = person.categories & {each["category"] for each in rules.get("excluded", [])}
    liable = person.status == "正常" and not excluded and fits(rules["liable"], person, last)
    # 四（一）: who did not enrol owes nothing, but 困难群体 the tier that is paid for them.
    promised = fen(proxy["amount"]) if proxy and person.categories & set(proxy["categories"]) else 0
    tier = (person.tier or promised) if liable else 0
    if not tier:
        return [], opens
    charges, left = [], tier
    if promised and (tier <= promised or proxy["higher_tier"] == "offset"):
        left -= min(promised, tier)
        charges.append(("pension", "paid_by_others", proxy["payer"], proxy["clause"], tier - left))
    subsidy = next(fen(each["subsidy"]) for each in rules["tiers"] if fen(each["amount"]) == tier)
    charges.append(("pension", "credit", rules["subsidy"]["payer"], rules["subsidy"]["clause"], subsidy))
    if family and any(age(wife, reference_day(toml)) >= family["wife_min_age"] for wife in person.wives):
        offset = family["effect"] == "offset"
        granted = min(fen(family["amount"]), left) if offset else fen(family["amount"])
        role = "paid_by_others" if offset else "credit"
        charges.append(("pension", role, family["payer"], family["clause"], granted))
        left -= granted if offset else 0
    charges.append(("pension", "personal", "个人", rules["clause"], left))
    return charges, pay_from(person, opens, last, lambda day: fits(rules["liable"], person, day))


def fits(rule: dict[str, Any], person: Person, on: date) -> bool:
    """Whether the person meets everything that a table asks for."""
    return (
        ("category" not in rule or rule["category"] in person.categories)
        and rule.get("min_age", -999) <= age(person.birth, on) <= rule.get("max_age", 999)
        and rule.get("born_from", date.min) <= person.birth <= rule.get("born_to", date.max)
        and person.residency in rule.get("residency", [person.residency])
    )


def pay_from(person: Person, opens: date, last: date, due: Callable[[date], object]) -> date:
    """四（四）4: the first birthday that makes what is due what it is on the last day, else `opens`."""
    birthdays = [birthday(person.birth, year) for year in range(opens.year, last.year + 1)]
    days = [opens, *(day for day in birthdays if opens < day <= last)]
    return next((day for day in days if due(day) == due(last)), opens)


def reference_day(toml: dict[str, Any]) -> date:
    """The day on which ages are taken; of who pays on a day of their own, the window's last."""
    on: date | str = toml["dates"]["age_reference"]["on"]
    last: date = toml["dates"]["window"]["to"]
    return on if isinstance(on, date) else last


def day_of_age(person: Person, toml: dict[str, Any], scheme: str) -> date:
    """The day on which this person's age is taken: by "payment", that of the first of the scheme this fee year.

    What was wholly paid back fixes no age: of who got everything back, the first payment after that day.
    """
    ours = [(day, paid) for of, day, paid, year in person.payments if of == scheme and year == toml["fee_year"]]
    first, left = None, 0
    for day in sorted({day for day, _ in ours}):
        left += sum(paid for on, paid in ours if on == day)
        if left <= 0:
            first = None
        elif first is None and any(paid > 0 for on, paid in ours if on == day):
            first = day
    by_payment = toml["dates"]["age_reference"]["on"] == "payment"
    return first if by_payment and first else reference_day(toml)


def age(birth: date, on: date) -> int:
    """Full years; below 0 before birth."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def birthday(birth: date, year: int) -> date:
    """29 February is 1 March in a year without one."""
    leap = (birth.month, birth.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400))
    return date(year, 3, 1) if leap else date(year, birth.month, birth.day)


def fen(yuan: int | str) -> int:
    """380 or "190.50" as the file has them."""
    return int(Decimal(yuan) * 100)
