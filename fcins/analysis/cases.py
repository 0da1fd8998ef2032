"""Cases of a policy clerk: a person, and what the plan makes of them, worked by hand; held against a policy.

A file of cases is TOML, a `[[case]]` for each. The person goes through judging and assessment as a row of a department
would, so a case sees what the registers would show. Amounts in yuan in the file, in fen here.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BeforeValidator, Field

from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL, Assessment, assess
from fcins.assessment.judging import judge_enrolments, judge_rosters
from fcins.assessment.liability import SCHEMES
from fcins.assessment.memberships import ROLE_SEX
from fcins.assessment.residents import Residents
from fcins.assessment.verdicts import FINDING_SCHEMA
from fcins.figures import plain_yuan
from fcins.frames import empty
from fcins.headings import DEAD, LISTED, MOVED, STRUCK
from fcins.policy.loading import Policy, nearest
from fcins.policy.model import Table
from fcins.policy.toml_tables import Loc, Problem, Raw, parse, place, read_text, refusal
from fcins.policy.values import Residency, Text, refuse, yuan_to_fen
from fcins.values import WHOLE_AMOUNT

WHAT = "案例文件"
_WHOLE = "全额"


def _fen(value: object) -> int:
    """Yuan as a policy has them, or with a decimal point (190.5), exact to the fen → fen."""
    if isinstance(value, float):
        if not math.isfinite(value) or (yuan := Decimal(repr(value))) != round(yuan, 2):
            raise refuse("要精确到分，最多两位小数")
        value = f"{yuan:.2f}"
    return yuan_to_fen(value)


def _offer(value: object) -> object:
    """["坊上村集体", 100] or ["坊上村集体", "全额"] → payer and fen."""
    if not isinstance(value, list) or len(value) != 2:
        raise refuse('要写成 ["出资单位", 金额]，金额是元数或 "全额"')
    payer, amount = value
    return payer, WHOLE_AMOUNT if amount == _WHOLE else _fen(amount)


Amount = Annotated[int, BeforeValidator(_fen)]
Offer = Annotated[tuple[Text, int], BeforeValidator(_offer)]


if TYPE_CHECKING:
    Status = str
else:
    Status = Literal[LISTED, DEAD, MOVED, STRUCK]


class Case(Table):
    """A person, then what is expected of the policy; amounts in fen, `None` where nothing is expected of a field."""

    name: Text
    birth: date
    sex: Literal["男", "女"] = "男"
    status: Status = LISTED
    residency: Residency = "户籍"
    categories: tuple[Text, ...] = ()
    collective: tuple[Offer, ...] = ()
    wife_birth: date | None = None
    family_kind: Text | None = None
    tier: Amount = 0
    medical_paid: date | None = None
    pension_paid: date | None = None

    listed: bool = True
    medical: tuple[Amount, Amount, Amount] | None = None
    pension: tuple[Amount, Amount, Amount, Amount, Amount] = (0, 0, 0, 0, 0)
    total: Amount = 0
    pay_from: date | None = None
    payers: tuple[Text, ...] | None = None


EXPECTED = ("medical", "pension", "total", "pay_from", "payers")
"""What is expected of who is listed."""

MEDICAL = ("医保标准", "医保他人出资", "医保个人缴")
PENSION = ("养老档次", "养老代缴", "养老个人缴", "养老补贴", "计生补贴")


class _Cases(Table):
    case: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Fails:
    """A case (the `number`-th of its file) that does not come out as it was worked, and each difference in Chinese."""

    number: int
    name: str
    differences: list[str]


def read_cases(path: str | Path) -> list[Case]:
    """The cases of a file, in its order. Raises InputError: it cannot be read, or every problem with its place."""
    return list(parse(_Cases, read_text(path), str(path), WHAT, _problems, _place).case)


def run_cases(cases: Sequence[Case], policy: Policy, where: str) -> list[Fails]:
    """The cases that come out otherwise than expected.

    Raises InputError where the cases of the file `where` speak of a category, tier or aid that the policy has not.
    """
    problems = [problem for number, each in enumerate(cases) for problem in _unknown(each, number, policy)]
    if problems:
        raise refusal(where, WHAT, [f"{_place(loc)}：{problem}" for loc, problem in problems])
    assessed = _assessed(cases, policy)
    compared = [_differences(case, assessed, number) for number, case in enumerate(cases)]
    return [Fails(at + 1, cases[at].name, differences) for at, differences in enumerate(compared) if differences]


def _differences(case: Case, assessed: Assessment, number: int) -> list[str]:
    charges = assessed.charges[(assessed.charges["person"] == number).to_numpy()]
    person = assessed.people.iloc[number]
    if not case.listed:
        return ["征收清册：应为不列入，算得列入"] if len(charges) else []

    def charged(**where: str) -> int:
        fits = [(charges[column] == value).to_numpy() for column, value in where.items()]
        return int(charges.loc[np.logical_and.reduce(fits), "amount_fen"].sum())

    personal = [charged(scheme=scheme, role=PERSONAL) for scheme in SCHEMES]
    aid = charged(scheme="medical", role=PAID_BY_OTHERS)
    accounts = [charged(rule=f"pension.{rule}") for rule in ("subsidy", "family_planning")]
    medical = (person["medical_standard_fen"], aid, personal[0])
    pension = (person["tier_fen"], charged(rule="pension.proxy"), personal[1], *accounts)
    amounts = [
        *zip(MEDICAL, case.medical or medical, medical, strict=True),
        *zip(PENSION, case.pension, pension, strict=True),
        ("个人缴合计", case.total, sum(personal)),
    ]
    compared = [(what, plain_yuan(expected), plain_yuan(actual)) for what, expected, actual in amounts]
    if case.pay_from:
        compared.append(("可缴费日期", f"{case.pay_from}", f"{person['pay_from']:%Y-%m-%d}"))
    if case.payers is not None:
        payers = charges.loc[
            ((charges["scheme"] == "medical") & (charges["role"] == PAID_BY_OTHERS)).to_numpy(), "payer"
        ]
        compared.append(("医保出资方", _listed(case.payers), _listed(payers)))
    return [f"{what}：应为{expected}，算得{actual}" for what, expected, actual in compared if expected != actual]


def _listed(names: Any) -> str:
    return "、".join(names) or "无"


# ── problems of a file ──────────────────────────────────────────────────────────────────────────────────────────────


def _place(loc: Loc) -> str:
    """("case", 2, "medical") → "第3例 medical"."""
    if len(loc) > 1 and isinstance(loc[1], int):
        return f"第{loc[1] + 1}例 {place(Case, loc[2:])}".strip()
    return place(_Cases, loc)


def _problems(data: Raw) -> Iterator[Problem]:
    """What the fields of a case do not say alone."""
    cases = data.get("case")
    for number, case in enumerate(cases if isinstance(cases, list) else []):
        if not isinstance(case, dict):
            continue
        if case.get("listed", True) is False:
            yield from ((("case", number, key), "listed = false 时不写") for key in EXPECTED if key in case)
        elif "medical" not in case:
            yield ("case", number, "medical"), "缺这一项（不列入清册的写 listed = false）"
        if case.get("sex") == ROLE_SEX["wife"] and case.get("wife_birth", case.get("birth")) != case.get("birth"):
            yield ("case", number, "wife_birth"), "本人就是女方，与 birth 相同或者不写"


def _unknown(case: Case, number: int, policy: Policy) -> Iterator[Problem]:
    """What a case speaks of that the policy has not."""
    for at, text in enumerate(case.categories):
        if policy.find_category(text) is None:
            names = [name for each in policy.categories for name in (each.code, *each.names)]
            meant = next(iter(nearest(text, names, 1)), None)
            yield (
                ("case", number, "categories", at),
                f"政策中没有“{text}”这个人员类别" + (f"（是 {meant} 吗？）" if meant else ""),
            )
    if case.collective and policy.medical.collective is None:
        yield ("case", number, "collective"), "政策中没有 medical.collective"
    if case.tier and case.tier not in [each.amount_fen for each in policy.pension.tiers]:
        yield ("case", number, "tier"), f"政策中没有{plain_yuan(case.tier)}这个缴费档次"


# ── through judging and assessment ──────────────────────────────────────────────────────────────────────────────────


def _assessed(cases: Sequence[Case], policy: Policy) -> Assessment:
    """The persons of the cases, in order, judged and assessed as the residents of one district."""
    keys = [_key(case.birth, case.sex, number) for number, case in enumerate(cases)]
    people = pd.DataFrame(
        {
            "key": keys,
            "birth": pd.to_datetime([case.birth for case in cases]).astype("datetime64[s]"),
            "status": [case.status for case in cases],
            "residency": [case.residency for case in cases],
            "differs": False,
        }
    ).assign(name="", town="", village="")
    residents = Residents(people, empty(FINDING_SCHEMA), empty(FINDING_SCHEMA))
    rows = [row for number, case in enumerate(cases) for row in _roster(case, policy, number)]
    memberships = judge_rosters(_facts(rows, _ROSTER), residents, policy).holding
    chosen = [{"key": key, "tier_fen": case.tier} for key, case in zip(keys, cases, strict=True) if case.tier]
    payments = _payments(cases, keys, policy)
    enrolments = judge_enrolments(_facts(chosen, _ENROLMENT), residents, memberships, policy, payments).holding
    return assess(people, memberships, enrolments, policy, payments)


def _key(birth: date, sex: str, number: int) -> int:
    """What judging reads of an ID: birth date and sex; the place sets the cases apart."""
    return (number * 10**8 + int(f"{birth:%Y%m%d}")) * 1000 + (2 if sex == ROLE_SEX["wife"] else 1)


_FACT: Raw = {"batch": 0, "seq": 0, "part": 0, "key": 0, "name": "", "town": "", "village": "", "flaws": ""}
_ENROLMENT = _FACT | {"tier_fen": 0, "enrolled_on": ""}
_ROSTER = _FACT | {"category": "", "role": "", "disability_level": 0, "aid_payer": "", "aid_fen": 0}
_ROSTER |= {"family_kind": "", "joined_on": "", "cancelled_on": "", "leaves": 0}


def _facts(rows: list[Raw], blank: Raw) -> pd.DataFrame:
    """Facts as the store gives them; what a row does not say is as in `blank`. Rows are counted, parts of one once."""
    types = {name: "int64" if isinstance(value, int) else "str" for name, value in blank.items()}
    facts = pd.DataFrame([blank | row for row in rows], columns=list(blank)).astype(types)
    return facts.assign(seq=(facts["part"] == 0).cumsum())


def _roster(case: Case, policy: Policy, number: int) -> Iterator[Raw]:
    """The rows that departments would send: one for each category (a couple's with both halves) and each payer."""
    key = _key(case.birth, case.sex, number)
    for category in (policy.category(policy.find_category(text) or text) for text in case.categories):
        row: Raw = {"key": key, "category": category.code}
        if category.disability_levels:
            row["disability_level"] = category.disability_levels[0]
        if category.form == "couple":
            row["role"] = next(role for role, sex in ROLE_SEX.items() if sex == case.sex)
            row["family_kind"] = case.family_kind or ""
        yield row
        if row.get("role") == "husband" and case.wife_birth:
            yield row | {"part": 1, "role": "wife", "key": _key(case.wife_birth, ROLE_SEX["wife"], number)}
    if collective := policy.medical.collective:
        for payer, fen in case.collective:
            yield {"key": key, "category": collective.category, "aid_payer": payer, "aid_fen": fen}


def _payments(cases: Sequence[Case], keys: list[int], policy: Policy) -> pd.DataFrame:
    """The first payment of each scheme, of any amount, as receipts.first_days takes them."""
    held = [
        {"key": key, "scheme": scheme, "amount_fen": 1, "counted_on": f"{day}", "fee_year": policy.fee_year}
        for key, case in zip(keys, cases, strict=True)
        for scheme, day in zip(SCHEMES, (case.medical_paid, case.pension_paid), strict=True)
        if day
    ]
    types = {"key": "int64", "scheme": "str", "amount_fen": "int64", "counted_on": "str", "fee_year": "int64"}
    return pd.DataFrame(held, columns=list(types)).astype(types).assign(receipt_no="")
