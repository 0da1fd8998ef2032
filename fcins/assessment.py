"""People × memberships × enrolments × policy → charges. Pure, one vectorised pass over columns, no float anywhere.

`charges` is one tidy frame; grouped by payer it is the budget, pivoted it is the register, the rows of one person are
the explanation. For every person and scheme: standard = personal + Σ paid by others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity, liability
from fcins.intake import WHOLE_AMOUNT
from fcins.policy import Policy

Fen = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

PERSONAL = "personal"
PAID_BY_OTHERS = "paid_by_others"
CREDIT = "credit"
GRANT = "grant"
"""Roles of a charge: what the person pays; what a payer pays of the standard; what is credited to the person's
pension account; what the treasury adds per insured person. Only the first two add up to the standard."""

SCHEMES = ("medical", "pension")

CHARGE_COLUMNS = ["person", "scheme", "role", "payer", "category", "amount_fen", "clause"]
"""person is the position in `people`; category is the policy's code, or "" where age or tier is the ground."""


@dataclass(frozen=True)
class Assessment:
    """`people`: the residents assessed, in order, with medical_standard_fen, tier_fen, pay_from, remark, categories.

    `charges`: CHARGE_COLUMNS, amounts in fen, none of them zero.
    """

    people: pd.DataFrame
    charges: pd.DataFrame

    def amounts(self, scheme: str, role: str, payer: str | None = None) -> Fen:
        """The amount in fen per person of a scheme and role, of one payer or of all."""
        charges = self.charges
        mine = ((charges["scheme"] == scheme) & (charges["role"] == role)).to_numpy()
        if payer is not None:
            mine = mine & (charges["payer"] == payer).to_numpy()
        total = np.zeros(len(self.people), np.int64)
        np.add.at(total, charges["person"].to_numpy()[mine], charges["amount_fen"].to_numpy()[mine])
        return total


class _Charges:
    """Charges gathered column-wise."""

    def __init__(self) -> None:
        self._frames: list[pd.DataFrame] = []

    def add(
        self, scheme: str, role: str, payer: Any, amount: Fen, clause: Any, category: Any = "", person: Any = None
    ) -> None:
        """A column of amounts, one per person (or of `person`); zeros are left out. Scalars or columns elsewhere."""
        at = np.flatnonzero(amount)
        if not at.size:
            return
        columns = {"payer": payer, "category": category, "clause": clause}
        picked = {name: value[at] if isinstance(value, np.ndarray) else value for name, value in columns.items()}
        frame = pd.DataFrame({"person": at if person is None else person[at], "scheme": scheme, "role": role, **picked})
        frame["amount_fen"] = amount[at]
        self._frames.append(frame[CHARGE_COLUMNS])

    def frame(self) -> pd.DataFrame:
        """All charges, person by person, in the order they were added."""
        if not self._frames:
            return pd.DataFrame(
                {
                    name: pd.Series(dtype="int64" if name in ("person", "amount_fen") else "str")
                    for name in CHARGE_COLUMNS
                }
            )
        whole = pd.concat(self._frames, ignore_index=True)
        return whole.sort_values("person", kind="stable", ignore_index=True)


class _Remarks:
    """备注: short reasons per person, joined by ；."""

    def __init__(self, count: int) -> None:
        self._text = np.full(count, "", dtype=object)

    def add(self, where: Flags, text: Any) -> None:
        """Note a text (or a column of texts) on the persons marked."""
        at = np.flatnonzero(where)
        said = text[at] if isinstance(text, np.ndarray) else text
        self._text[at] = np.where(self._text[at] == "", said, self._text[at] + "；" + said)

    def column(self) -> pd.Series:
        """The remark of each person."""
        return pd.Series(self._text, dtype="str")


def assess(people: pd.DataFrame, memberships: pd.DataFrame, enrolments: pd.DataFrame, policy: Policy) -> Assessment:
    """What everyone owes and who pays it.

    `people`: key, citizen_id, birth, sex, status, residency (residents.RESIDENT_COLUMNS; more columns are kept);
    `memberships` and `enrolments`: the `holding` frames of judging. Clauses 三, 四（一）, 四（四）4.
    """
    people = people.reset_index(drop=True)
    belongs = liability.members(people, memberships, policy)
    birth = people["birth"].to_numpy().astype("datetime64[D]")
    age = identity.age_on(birth, policy.dates.age_reference.on)
    # 务必待满周岁后再缴费: ages on the day before the first birthday that the window could bring.
    age_at_start = identity.age_on(birth, policy.dates.window.start)
    charges, remarks = _Charges(), _Remarks(len(people))

    insured, aided_fully, aid_waits, aid_note = _medical(
        people, memberships, belongs, age, age_at_start, policy, charges, remarks
    )
    tier, pension_starts = _pension(
        people, memberships, enrolments, belongs, age, age_at_start, policy, charges, remarks
    )

    birthday = identity.latest_birthday(birth, policy.dates.age_reference.on)
    pay_from = np.full(len(people), np.datetime64(policy.dates.window.start, "D"))
    waits = aid_waits | pension_starts
    pay_from[waits] = birthday[waits]
    remarks.add(waits, policy.register.waited_note)
    remarks.add(pay_from > np.datetime64(policy.dates.window.end, "D"), policy.register.outside_window_note)

    result = Assessment(people.assign(age=age), charges.frame())
    owed = result.amounts("medical", PERSONAL) + result.amounts("pension", PERSONAL)
    remarks.add(aided_fully & (owed == 0), aid_note)
    assessed = people.assign(
        age=age,
        medical_standard_fen=np.where(insured, policy.medical.standard_fen, 0),
        tier_fen=tier,
        pay_from=pay_from.astype("datetime64[s]"),
        remark=remarks.column(),
        categories=_category_names(belongs, len(people), policy),
    )
    return Assessment(assessed, result.charges)


# ── medical ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _medical(
    people: pd.DataFrame,
    memberships: pd.DataFrame,
    belongs: dict[str, Flags],
    age: npt.NDArray[np.int16],
    age_at_start: npt.NDArray[np.int16],
    policy: Policy,
    charges: _Charges,
    remarks: _Remarks,
) -> tuple[Flags, Flags, Flags, npt.NDArray[Any]]:
    """Clause 四（一）, medical: who is insured, who is wholly paid for, whose aid waits, and why aided."""
    rules = policy.medical
    insured = liability.medical_liable(people, belongs, policy)
    for exclusion in rules.excluded:
        remarks.add(belongs[exclusion.category] & _alive(people), exclusion.note)
    standard = np.where(insured, rules.standard_fen, 0)
    charges.add(
        "medical", GRANT, rules.subsidy.payer, np.where(insured, rules.subsidy.amount_fen, 0), rules.subsidy.clause
    )

    winner, aid = _best_aid(belongs, age, insured, policy)
    _, aid_before = _best_aid(belongs, age_at_start, insured, policy)
    payer, clause, category, note = (
        np.array([*(getattr(rule, name) or "" for rule in rules.aid), ""], dtype=object)
        for name in ("payer", "clause", "category", "note")
    )
    charges.add("medical", PAID_BY_OTHERS, payer[winner], aid, clause[winner], category[winner])
    left = standard - aid - _collective(people, memberships, standard - aid, policy, charges)
    charges.add("medical", PERSONAL, "个人", left, rules.clause)
    note = note[winner]
    collective_only = insured & (left == 0) & (aid < standard)
    note = np.where(
        collective_only, np.where(aid > 0, note + "、" + rules.collective.note, rules.collective.note), note
    )
    return insured, insured & (left == 0), insured & (aid != aid_before), note


def _best_aid(
    belongs: dict[str, Flags], age: npt.NDArray[np.int16], insured: Flags, policy: Policy
) -> tuple[npt.NDArray[np.int64], Fen]:
    """The one aid rule that wins for each person (its place in the policy, -1 for none) and its amount in fen.

    The largest amount wins; among equal amounts the first in the policy's order. Shares round up to the fen, in the
    person's favour: what the person pays is rounded down.
    """
    winner = np.full(len(insured), -1, np.int64)
    best = np.zeros(len(insured), np.int64)
    for number, rule in enumerate(policy.medical.aid):
        fits = insured.copy()
        if rule.category is not None:
            fits &= belongs[rule.category]
        if rule.min_age is not None:
            fits &= age >= rule.min_age
        if rule.max_age is not None:
            fits &= age <= rule.max_age
        amount = -(-policy.medical.standard_fen * rule.share_bp // 10_000)
        better = fits & (amount > best)
        winner[better] = number
        best[better] = amount
    return winner, best


def _collective(people: pd.DataFrame, memberships: pd.DataFrame, left: Fen, policy: Policy, charges: _Charges) -> Fen:
    """集体资助 after all other aid: each payer, in the order of their names, pays what is still left of its offer."""
    rule = policy.medical.collective
    offers = memberships[(memberships["category"] == rule.category).to_numpy()]
    at = pd.Index(people["key"]).get_indexer(offers["key"].to_numpy())
    offers = offers.assign(person=at)[at >= 0].sort_values(["person", "aid_payer"], kind="stable")
    person = offers["person"].to_numpy()
    remaining = left[person]
    offered = offers["aid_fen"].to_numpy()
    offered = np.minimum(np.where(offered == WHOLE_AMOUNT, remaining, offered), remaining)
    running = offers.assign(offered=offered).groupby("person")["offered"].cumsum().to_numpy()
    paid = np.minimum(running, remaining) - np.minimum(running - offered, remaining)
    payers = offers["aid_payer"].to_numpy(dtype=object)
    charges.add("medical", PAID_BY_OTHERS, payers, paid, rule.clause, rule.category, person=person)
    total = np.zeros(len(left), np.int64)
    np.add.at(total, person, paid)
    return total


# ── pension ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pension(
    people: pd.DataFrame,
    memberships: pd.DataFrame,
    enrolments: pd.DataFrame,
    belongs: dict[str, Flags],
    age: npt.NDArray[np.int16],
    age_at_start: npt.NDArray[np.int16],
    policy: Policy,
    charges: _Charges,
    remarks: _Remarks,
) -> tuple[Fen, Flags]:
    """Clause 四（一）, pension: each person's tier, and for whom it begins with a birthday in the window."""
    rules = policy.pension
    eligible = liability.pension_eligible(people, policy, age)
    excluded = np.zeros(len(people), np.bool_)
    for exclusion in rules.excluded:
        remarks.add(eligible & belongs[exclusion.category], exclusion.note)
        excluded |= belongs[exclusion.category]
    liable = eligible & ~excluded
    at = pd.Index(people["key"]).get_indexer(enrolments["key"].to_numpy())
    chosen = np.zeros(len(people), np.int64)
    chosen[at[at >= 0]] = enrolments["tier_fen"].to_numpy()[at >= 0]

    hardship = liability.any_of(belongs, rules.proxy.categories, len(people))
    without = liable & (chosen == 0)
    tier = np.where(liable, np.where(without & hardship, rules.proxy.amount_fen, chosen), 0)
    remarks.add(without & hardship, rules.proxy.unenrolled_note)
    remarks.add(without & ~hardship, rules.gap.note)

    by_proxy = hardship & (tier > 0)
    if rules.proxy.higher_tier == "none":
        by_proxy &= tier == rules.proxy.amount_fen
    proxy = np.where(by_proxy, np.minimum(rules.proxy.amount_fen, tier), 0)
    charges.add(
        "pension",
        PAID_BY_OTHERS,
        rules.proxy.payer,
        proxy,
        rules.proxy.clause,
        _first_category(belongs, rules.proxy.categories),
    )
    for each in rules.tiers:
        subsidy = np.where(tier == each.amount_fen, each.subsidy_fen, 0)
        charges.add("pension", CREDIT, rules.subsidy.payer, subsidy, rules.subsidy.clause)
    family = rules.family_planning
    granted = np.where(_wife_old_enough(people, memberships, policy) & (tier > 0), family.amount_fen, 0)
    left = tier - proxy
    if family.effect == "offset":
        granted = np.minimum(granted, left)
        left = left - granted
    role = PAID_BY_OTHERS if family.effect == "offset" else CREDIT
    charges.add("pension", role, family.payer, granted, family.clause, family.category)
    charges.add("pension", PERSONAL, "个人", left, rules.clause)
    begins = (tier > 0) & ~liability.pension_eligible(people, policy, age_at_start)
    return tier, begins


def _wife_old_enough(people: pd.DataFrame, memberships: pd.DataFrame, policy: Policy) -> Flags:
    """计生: for each person of a couple, whether the wife of that row has reached the age on the reference date."""
    rule = policy.pension.family_planning
    couples = memberships[(memberships["category"] == rule.category).to_numpy()]
    wife_age = identity.age_on(couples["wife_birth"].to_numpy().astype("datetime64[D]"), policy.dates.age_reference.on)
    at = pd.Index(people["key"]).get_indexer(couples["key"].to_numpy())
    flags = np.zeros(len(people), np.bool_)
    flags[at[(wife_age >= rule.wife_min_age) & (at >= 0)]] = True
    return flags


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _first_category(belongs: dict[str, Flags], codes: Any) -> npt.NDArray[Any]:
    """The first of these categories that each person belongs to."""
    count = len(next(iter(belongs.values())))
    first = np.full(count, "", dtype=object)
    for code in reversed(list(codes)):
        first[belongs[code]] = code
    return first


def _category_names(belongs: dict[str, Flags], count: int, policy: Policy) -> pd.Series:
    """All categories of each person in the policy's order, joined by 、."""
    names = np.full(count, "", dtype=object)
    for code in policy.category_codes:
        at = np.flatnonzero(belongs[code])
        name = policy.category(code).name
        names[at] = np.where(names[at] == "", name, names[at] + "、" + name)
    return pd.Series(names, dtype="str")


def _alive(people: pd.DataFrame) -> Flags:
    return (people["status"] == "正常").to_numpy()
