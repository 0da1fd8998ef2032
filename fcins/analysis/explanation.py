"""Why one person owes what they owe: every fact with its file and row, every rule tried, every yuan with its clause.

Only the facts that decide about the person are read (couples with them), and they are judged and
assessed by the functions that the registers use. A test holds the answer to that of the whole district.
"""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.row_history import RowHistory, histories
from fcins.analysis.rules_tried import Person, Tried
from fcins.assessment import liability
from fcins.assessment.charges import CREDIT, PAID_BY_OTHERS, PERSONAL
from fcins.assessment.liability import SCHEMES
from fcins.assessment.memberships import NO_PAYER
from fcins.figures import COUPLE_NAMES, SCHEME_NAMES, in_yuan, plain_yuan, records, typed_rows
from fcins.findings import CATALOGUE
from fcins.identity import mask
from fcins.policy.loading import Policy
from fcins.policy.model import Condition
from fcins.policy.statements import who
from fcins.store.schema import TABLES
from fcins.values import UNUSABLE_FEN, WHOLE_AMOUNT


@dataclass(frozen=True)
class Resident:
    """A person of the households, the citizen ID masked. `age` on the day on which ages are taken."""

    citizen_id: str
    name: str
    sex: str
    town: str
    village: str
    group: str
    household_no: str
    household_head: str
    relation: str
    age: int
    status: str
    residency: str
    categories: str
    remark: str


@dataclass(frozen=True)
class Stranger:
    """A person whom the households do not know, the citizen ID masked."""

    name: str
    citizen_id: str


@dataclass(frozen=True)
class ExplainedFact:
    """A row that is about the person: what it states, in a few words; where it stands; what became of it."""

    kind: str
    name: str
    citizen_id: str
    statement: str
    batch: int
    file: str
    sheet: str
    row: int
    verdict: str
    findings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Its keys in the order in which they were published."""
        return {"said" if name == "statement" else name: value for name, value in vars(self).items()}


@dataclass(frozen=True)
class ExplainedFinding:
    """A finding on one of the person's rows, with its place."""

    code: str
    problem: str
    advice: str
    file: str
    sheet: str
    row: int


@dataclass(frozen=True)
class ExplainedCharge:
    """A charge with what it stands on: the ground in words, the clause, our reading, the plan's sentence."""

    scheme: str
    role: str
    payer: str
    category: str | None
    ground: str
    amount_fen: int
    clause: str
    reading: str | None
    sentence: str | None


@dataclass(frozen=True)
class Explanation:
    """Everything that is known about one person, from the one sentence down to file and row."""

    sentence: str
    person: Resident | Stranger
    facts: list[ExplainedFact] = field(default_factory=list)
    rules: list[Tried] = field(default_factory=list)
    charges: list[ExplainedCharge] = field(default_factory=list)
    pay_from: date | None = None
    pay_from_why: str = ""
    findings: list[ExplainedFinding] = field(default_factory=list)
    history: list[RowHistory] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; the citizen ID masked, amounts in yuan with two decimals."""
        return {
            "command": "explain",
            "sentence": self.sentence,
            "person": vars(self.person),
            "facts": [fact.as_json() for fact in self.facts if fact.kind != "payments"],
            "rules": [in_yuan(vars(rule)) for rule in self.rules],
            "charges": [in_yuan(vars(charge)) for charge in self.charges],
            "pay_from": self.pay_from.isoformat() if self.pay_from else None,
            "pay_from_why": self.pay_from_why,
            "payments": [fact.as_json() for fact in self.facts if fact.kind == "payments"],
            "findings": [vars(finding) for finding in self.findings],
            "history": [row.as_json() for row in self.history],
        }


def explain(district: District, key: int) -> Explanation | None:
    """One person (`key` as identity.check_ids gives it), in a district that holds at least what decides about them.

    Somebody who is not in the households has facts and findings, but no charges. None if nothing is known at all.
    """
    facts, findings = _facts(district, key)
    at = np.flatnonzero((district.residents.people["key"] == key).to_numpy())
    if at.size:
        return _of_resident(district, int(at[0]), facts, findings)
    if not facts:
        return None
    stranger = Stranger(facts[0].name, facts[0].citizen_id)
    history = histories(district, key, stranger.name)
    return Explanation("户籍库中没有此人，医保、养老都不计算", stranger, facts, findings=findings, history=history)


def _of_resident(
    district: District, at: int, facts: list[ExplainedFact], findings: list[ExplainedFinding]
) -> Explanation:
    assessment, policy, memberships = district.assessment, district.policy, district.rosters.holding
    population = liability.population(assessment.people, memberships, policy, district.days_paid)
    charges = assessment.charges[(assessment.charges["person"] == at).to_numpy()]
    line = assessment.people.iloc[at]
    rosters = district.store.facts("roster_facts", ("key", "category"), (int(line["key"]),))
    named = frozenset(rosters.loc[(rosters["key"] == line["key"]).to_numpy(), "category"])
    person = Person(population, at, charges, memberships, named, int(line["tier_fen"]))
    pay_from = line["pay_from"].date()
    return Explanation(
        sentence=_sentence(person, line),
        person=_resident(line),
        facts=facts,
        rules=[*person.medical(), *person.pension()],
        charges=[_explained(person, charge) for charge in typed_rows(charges, _Charge)],
        pay_from=pay_from,
        pay_from_why=_pay_from_why(person, line),
        findings=findings,
        history=histories(district, int(line["key"]), str(line["name"])),
    )


# ── the sentence ────────────────────────────────────────────────────────────────────────────────────────────────────


def _sentence(person: Person, line: pd.Series) -> str:
    parts = [_scheme_sentence(person, scheme) for scheme in SCHEMES]
    waiting = [number for number, scheme in enumerate(SCHEMES) if line[f"{scheme}_waits"]]
    if waiting:  # if both schemes wait for the birthday, the sentence says so once
        owes = person.amount("medical") + person.amount("pension") > 0
        parts[waiting[-1]] += f"，{line['pay_from'].date()}{'后缴费' if owes else '起'}"
    return "；".join(parts)


@dataclass(frozen=True)
class _Charge:
    """A line of the assessment's charges."""

    scheme: str
    role: str
    payer: str
    category: str
    rule: str
    amount_fen: int
    clause: str


def _scheme_sentence(person: Person, scheme: str) -> str:
    name = SCHEME_NAMES[scheme]
    policy = person.policy
    rule = policy.medical.liable if scheme == "medical" else policy.pension.liable
    if reasons := person.outside(scheme):
        return f"{name}不缴费：{reasons[0]}（{rule.clause}）"
    if excluded := person.excluded(scheme):
        return f"{name}不缴费：{excluded[0].note}（{excluded[0].clause}）"
    if scheme == "pension" and not person.tier_fen:
        return f"{name}：{policy.pension.gap.note}"
    charges = person.charges[(person.charges["scheme"] == scheme).to_numpy()]
    own = charges["role"].to_numpy() == PERSONAL
    others = charges["role"].to_numpy() == PAID_BY_OTHERS
    credited = charges["role"].to_numpy() == CREDIT
    total = int(charges.loc[own | others, "amount_fen"].sum())
    parts = [
        f"{charge.payer}{getattr(policy.rule(charge.rule), 'verb', '')}{plain_yuan(charge.amount_fen)}"
        f"（{_ground(person, charge)}{charge.clause}）"
        for charge in typed_rows(charges[others], _Charge)
    ]
    parts.append(f"个人缴{plain_yuan(int(charges.loc[own, 'amount_fen'].sum()))}")
    if credited.any():
        gifts = [f"{charge.payer}{plain_yuan(charge.amount_fen)}" for charge in typed_rows(charges[credited], _Charge)]
        parts.append(f"另有{'、'.join(gifts)}记入个人账户")
    return f"{name}应缴{plain_yuan(total)}：{'，'.join(parts)}"


def _ground(person: Person, charge: _Charge) -> str:
    """Why a payer pays, followed by a comma; nothing where the payer is the reason (集体资助)."""
    rule = person.policy.rule(charge.rule)
    if isinstance(rule, Condition):
        return f"{who(rule, person.policy.category_names)}，"
    if charge.category and charge.rule != "medical.collective":
        return f"{person.policy.category(charge.category).name}，"
    return ""


def _pay_from_why(person: Person, line: pd.Series) -> str:
    dates = person.policy.dates
    if line["birth"].date() > dates.window.start:
        return f"{line['birth'].date()}出生，自出生之日起即可缴费（{dates.window.clause}）"
    if not (line["medical_waits"] or line["pension_waits"]):
        return f"不必等生日，集中征缴期第一天起即可缴费（{dates.window.clause}）"
    pay_from = line["pay_from"].date()
    age = pay_from.year - line["birth"].year
    outside = "；在集中征缴期之外" if pay_from > dates.window.end else ""
    return f"{pay_from}满{age}周岁，应缴金额自生日起改变，满周岁后再缴（{dates.birthday_wait.clause}）{outside}"


# ── charges ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _explained(person: Person, charge: _Charge) -> ExplainedCharge:
    rule = person.policy.rule(charge.rule)
    return ExplainedCharge(
        scheme=charge.scheme,
        role=charge.role,
        payer=charge.payer,
        category=charge.category or None,
        ground=_ground(person, charge).rstrip("，"),
        amount_fen=charge.amount_fen,
        clause=charge.clause,
        reading=rule.reading,
        sentence=rule.sentence,
    )


def _resident(line: pd.Series) -> Resident:
    texts = {each.name: line[each.name] for each in fields(Resident)}
    return Resident(**texts | {"citizen_id": mask(line["citizen_id"]), "age": int(line["age"])})


# ── facts, with file and row ────────────────────────────────────────────────────────────────────────────────────────


def _facts(district: District, key: int) -> tuple[list[ExplainedFact], list[ExplainedFinding]]:
    """Every row about a person, batch by batch, and the findings on those rows."""
    batches = district.batches.set_index("batch")
    sheets = district.store.sheet_names().set_index(["batch", "sheet_no"])["sheet"]
    verdicts = district.verdicts.set_index(["batch", "seq"])["verdict"]
    codes = district.findings.groupby(["batch", "seq"])["code"].agg(list)
    facts: list[ExplainedFact] = []
    findings: list[ExplainedFinding] = []
    for table in TABLES:
        rows = district.store.facts(table, keys=(key,))
        for row in records(rows[(rows["key"] == key).to_numpy()]):
            at = (row["batch"], row["seq"])
            kind, file = batches.loc[row["batch"], ["kind", "file"]]
            sheet, number = sheets[row["batch"], row["sheet_no"]], int(row["row"])
            earned = codes.get(at, [])
            facts.append(
                ExplainedFact(
                    kind=kind,
                    name=row["name"],
                    citizen_id=mask(row["citizen_id"]),
                    statement=_statement(kind, row, district.policy),
                    batch=int(row["batch"]),
                    file=file,
                    sheet=sheet,
                    row=number,
                    verdict=verdicts.get(at, "corrected"),
                    findings=tuple(earned),
                )
            )
            entries = [CATALOGUE[code] for code in earned]
            findings += [
                ExplainedFinding(entry.code, entry.problem, entry.advice, file, sheet, number) for entry in entries
            ]
    return facts, findings


def _statement(kind: str, row: dict[str, Any], policy: Policy) -> str:
    """What a row states about the person, in a few words."""
    if kind in ("households", "changes"):
        change = [row["change"], row["change_date"]] if kind == "changes" else []
        words = [*change, row["town"], row["village"], row["household_no"], row["relation"], row["hukou_status"]]
        words.append(row["residency"])
    elif kind == "roster":
        words = _membership(row, policy)
    elif kind == "enrolment":
        words = [f"{plain_yuan(row['tier_fen'])}档", f"{row['enrolled_on']}登记" if row["enrolled_on"] else ""]
    elif kind == "reasons":
        words = [SCHEME_NAMES[row["scheme"]], row["cause"], row["note"] if row["note"] != row["cause"] else ""]
    else:
        scheme = SCHEME_NAMES.get(row["scheme"], "")
        words = [f"{row['fee_year']}年度", scheme, plain_yuan(row["amount_fen"]), row["paid_on"], row["channel"]]
        words.append(row["receipt_no"])
    return " ".join(str(word) for word in words if word)


def _offer(aid_fen: int) -> str:
    """An amount of aid as it was stated; "" for one that could not be read."""
    if aid_fen == UNUSABLE_FEN:
        return ""
    return "全额" if aid_fen == WHOLE_AMOUNT else plain_yuan(aid_fen)


def _membership(row: dict[str, Any], policy: Policy) -> list[str]:
    known = row["category"] in policy.category_codes
    words = [policy.category(row["category"]).name if known else row["category"], COUPLE_NAMES.get(row["role"], "")]
    if row["disability_level"]:
        words.append(f"{row['disability_level']}级")
    if row["aid_fen"]:
        words.append((row["aid_payer"] or NO_PAYER) + _offer(row["aid_fen"]))
    words += [
        f"{row['joined_on']}纳入" if row["joined_on"] else "",
        f"{row['cancelled_on']}取消" if row["cancelled_on"] else "退出" if row["leaves"] else "",
    ]
    return [*words, row["gap_reason"]]
