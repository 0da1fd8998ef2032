"""Each rule of the policy held against one person: it applies, it loses to another, or it is not met and why.

The conditions are those by which the assessment decides (liability.conditions, charges.aid_offers), so that an
explanation cannot contradict the register.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fcins.assessment import liability
from fcins.assessment.charges import aid_offers, best_aid, standards
from fcins.assessment.liability import Population
from fcins.figures import plain_yuan
from fcins.policy.model import Condition, Excluded, Policy, Rule
from fcins.policy.statements import who

APPLIED, LOST, UNMET = "applied", "lost", "unmet"
"""The outcome of a rule: it decides, another rule comes first, or its conditions are not met."""


@dataclass(frozen=True)
class Tried:
    """A rule of a scheme: its name, the outcome and why, the amount it decides (fen), its clause."""

    scheme: str
    rule: str
    outcome: str
    why: str
    clause: str
    amount_fen: int = 0


@dataclass(frozen=True)
class Person:
    """One person (position `at`) of a population.

    `charges`: those of this person, as the assessment made them; `memberships`: everybody's, as they hold; `named`: the
    categories whose rosters name the person, whether the row holds or not.
    """

    population: Population
    at: int
    charges: pd.DataFrame
    memberships: pd.DataFrame
    named: frozenset[str]
    tier_fen: int

    @property
    def policy(self) -> Policy:
        """The policy whose rules are tried."""
        return self.population.policy

    def amount(self, rule: str) -> int:
        """What a rule decides for this person, in fen."""
        return int(self.charges.loc[(self.charges["rule"] == rule).to_numpy(), "amount_fen"].sum())

    def unmet(self, rule: Condition, scheme: str) -> list[str]:
        """The conditions of a rule that this person does not meet, in words."""
        age = int(self.population.ages[scheme][self.at])
        on = self.population.days[scheme][self.at]
        residency = str(self.population.people["residency"].iloc[self.at])
        words = {
            "category": self._missing(rule.category) if rule.category else "",
            "min_age": f"未满{rule.min_age}周岁（{on}时{age}周岁）",
            "max_age": f"已满{(rule.max_age or 0) + 1}周岁（{on}时{age}周岁）",
            "born_from": f"{rule.born_from}以前出生",
            "born_to": f"{rule.born_to}以后出生",
            "residency": f"户籍性质是{residency}",
        }
        met = liability.conditions(rule, self.population, self.population.ages[scheme])
        return [words[condition] for condition, flags in met.items() if not flags[self.at]]

    def _missing(self, category: str) -> str:
        name = self.policy.category(category).name
        return f"{name}名册中有此人，但该行没有生效" if category in self.named else f"不在{name}名册中"

    def outside(self, scheme: str) -> list[str]:
        """Why this person is not liable for a scheme, rosters apart; [] for somebody who is. Clause 三."""
        policy, person = self.policy, self.population.people.iloc[self.at]
        reasons = []
        if not self.population.alive[self.at]:
            reasons.append(f"户籍状态是{person['status']}")
        rule = policy.medical.liable if scheme == "medical" else policy.pension.liable
        if person["residency"] not in rule.residency:
            reasons.append(f"户籍性质是{person['residency']}")
        if scheme == "pension":
            age, on = int(self.population.ages[scheme][self.at]), self.population.days[scheme][self.at]
            bounds = policy.pension.liable
            if age < bounds.min_age:
                reasons.append(f"未满{bounds.min_age}周岁（{on}时{age}周岁）")
            if age > bounds.max_age:
                reasons.append(f"已满{bounds.max_age + 1}周岁（{on}时{age}周岁）")
        return reasons

    def excluded(self, scheme: str) -> list[Excluded]:
        """The rules by which a roster takes this person out of a scheme."""
        rules = self.policy.medical.excluded if scheme == "medical" else self.policy.pension.excluded
        return [rule for rule in rules if self.population.belongs[rule.category][self.at]]

    # ── what was tried ───────────────────────────────────────────────────────────────────────────────────────────

    def medical(self) -> Iterator[Tried]:
        """Every rule of 居民医疗保险, in the policy's order."""
        rules = self.policy.medical
        yield from self._scope("medical", rules.liable, rules.excluded)
        if self.outside("medical") or self.excluded("medical"):
            return
        granted = self.amount("medical.subsidy")
        yield Tried("medical", rules.subsidy.payer, APPLIED, "参保人员每人", rules.subsidy.clause, granted)
        yield from self._standards()
        yield from self._aids()
        if rules.collective:
            yield from self._collective(rules.collective.note, rules.collective.clause, rules.collective.category)

    def pension(self) -> Iterator[Tried]:
        """Every rule of 居民养老保险, in the policy's order."""
        rules = self.policy.pension
        yield from self._scope("pension", rules.liable, rules.excluded)
        if self.outside("pension") or self.excluded("pension"):
            return
        tier = plain_yuan(self.tier_fen) + "档"
        if self.tier_fen:
            yield Tried("pension", "缴费档次", APPLIED, tier, rules.clause, self.tier_fen)
        else:
            yield Tried("pension", "缴费档次", UNMET, rules.gap.note, rules.gap.clause)
        if proxy := rules.proxy:
            amount = self.amount("pension.proxy")
            entitled_by = [code for code in proxy.categories if self.population.belongs[code][self.at]]
            if amount:
                why = self.policy.category(entitled_by[0]).name
            else:
                why = f"选择了更高的{tier}" if entitled_by else "；".join(map(self._missing, proxy.categories))
            yield Tried("pension", proxy.payer, APPLIED if amount else UNMET, why, proxy.clause, amount)
        subsidy = self.amount("pension.subsidy")
        why = tier if self.tier_fen else "没有缴费档次"
        yield Tried("pension", rules.subsidy.payer, APPLIED if subsidy else UNMET, why, rules.subsidy.clause, subsidy)
        if family := rules.family_planning:
            granted = self.amount("pension.family_planning")
            if granted:
                why = self.policy.category(family.category).name
            elif not self.population.belongs[family.category][self.at]:
                why = self._missing(family.category)
            else:
                why = f"女方未满{family.wife_min_age}周岁，或已没有剩余" if self.tier_fen else "没有缴费档次"
            yield Tried("pension", family.payer, APPLIED if granted else UNMET, why, family.clause, granted)

    def _scope(self, scheme: str, liable: Rule, excluded: tuple[Excluded, ...]) -> Iterator[Tried]:
        outside = self.outside(scheme)
        yield Tried(
            scheme, "参保范围", UNMET if outside else APPLIED, "；".join(outside) or "在参保范围内", liable.clause
        )
        excluding = self.excluded(scheme)
        for rule in excluded:
            name = self.policy.category(rule.category).name
            out = rule in excluding
            why = f"在{name}名册中，不缴费" if out else self._missing(rule.category)
            yield Tried(scheme, f"不缴费：{rule.note}", APPLIED if out else UNMET, why, rule.clause)

    def _standards(self) -> Iterator[Tried]:
        rules = self.policy.medical
        everybody = np.ones(len(self.population.people), np.bool_)
        _, of_rule = standards(self.population, everybody, self.population.ages["medical"])
        holding = int(of_rule[self.at])
        for number, rule in enumerate(rules.standards):
            unmet = self.unmet(rule, "medical")
            outcome = UNMET if unmet else APPLIED if number == holding else LOST
            why = "；".join(unmet) or (rule.note if number == holding else f"已适用：{rules.standards[holding].note}")
            amount = rule.amount_fen if outcome == APPLIED else 0
            yield Tried(
                "medical", f"个人缴费标准：{who(rule, self.policy.category_names)}", outcome, why, rule.clause, amount
            )
        own = holding >= 0
        why = f"已适用：{rules.standards[holding].note}" if own else "一般居民"
        amount = 0 if own else rules.standard_fen
        yield Tried("medical", "个人缴费标准", LOST if own else APPLIED, why, rules.clause, amount)

    def _aids(self) -> Iterator[Tried]:
        rules = self.policy.medical.aid
        ages = self.population.ages["medical"]
        standard, _ = standards(self.population, liability.medical_liable(self.population), ages)
        offers = aid_offers(self.population, standard, ages)
        winners, best = best_aid(offers, len(standard))
        winner = int(winners[self.at])
        for number, (rule, offered) in enumerate(zip(rules, offers, strict=True)):
            offer = int(offered[self.at])
            name = f"{rule.payer}{rule.verb}：{who(rule, self.policy.category_names)}"
            if unmet := self.unmet(rule, "medical"):
                yield Tried("medical", name, UNMET, "；".join(unmet), rule.clause)
            elif not offer:
                yield Tried("medical", name, UNMET, "没有需要缴的金额", rule.clause)
            elif number == winner:
                yield Tried("medical", name, APPLIED, rule.note, rule.clause, offer)
            else:
                better = f"{who(rules[winner], self.policy.category_names)}（{plain_yuan(int(best[self.at]))}）"
                equal = offer == int(best[self.at])
                why = f"与{better}同额，排在其后" if equal else f"{plain_yuan(offer)}，少于{better}"
                yield Tried("medical", name, LOST, f"{why}；只享受一项", rule.clause)

    def _collective(self, note: str, clause: str, category: str) -> Iterator[Tried]:
        key = int(self.population.people["key"].iloc[self.at])
        held = self.memberships[(self.memberships["key"] == key).to_numpy()]
        offers = held[(held["category"] == category).to_numpy()]
        if offers.empty:
            yield Tried("medical", note, UNMET, self._missing(category), clause)
        paid = self.charges[(self.charges["rule"] == "medical.collective").to_numpy()].set_index("payer")["amount_fen"]
        for payer in sorted(offers["aid_payer"]):
            amount = int(paid.get(payer, 0))
            why = "抵减个人缴费" if amount else "个人缴费已没有剩余"
            yield Tried("medical", f"{note}：{payer}", APPLIED if amount else LOST, why, clause, amount)
