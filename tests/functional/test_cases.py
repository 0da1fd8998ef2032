"""The policy cases, worked by hand from the plan, through the assessment."""

import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from fcins.assessment import CREDIT, PAID_BY_OTHERS, PERSONAL, assess
from fcins.policy import load_policy, packaged_policies
from fcins.values import read_fen


def policy_of(stem):
    """The policy that a file of cases is about: fengcheng-2024-more.toml → fengcheng-2024."""
    return next(name for name in packaged_policies() if stem.startswith(name))


CASES = [
    pytest.param(case, policy_of(path.stem), id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent.parent / "cases").glob("*.toml"))
    for number, case in enumerate(tomllib.loads(path.read_text("utf-8"))["case"], start=1)
]


def frames(case):
    """A case's person as the frames that judging would give."""
    birth = case["birth"]
    male = case.get("sex", "男") == "男"
    key = int(f"370499{birth:%Y%m%d}00{1 if male else 2}")
    people = pd.DataFrame(
        {
            "key": [key],
            "birth": pd.to_datetime([birth]).astype("datetime64[s]"),
            "status": case.get("status", "正常"),
            "residency": case.get("residency", "户籍"),
        }
    )
    wife_birth = pd.Timestamp(case["wife_birth"]) if "wife_birth" in case else pd.NaT
    held = [{"key": key, "category": code, "aid_payer": "", "aid_fen": 0} for code in case.get("categories", [])]
    for payer, amount in case.get("collective", []):
        offered = -1 if amount == "全额" else read_fen(str(amount))
        held.append({"key": key, "category": "collective_aid", "aid_payer": payer, "aid_fen": offered})
    memberships = pd.DataFrame(held, columns=["key", "category", "aid_payer", "aid_fen"])
    memberships = memberships.astype({"key": "int64", "aid_fen": "int64"}).assign(wife_birth=wife_birth)
    tiers = [case["tier"] * 100] if case.get("tier") else []
    enrolments = pd.DataFrame({"key": [key] * len(tiers), "tier_fen": tiers}).astype("int64")
    return people, memberships, enrolments


def yuan(amounts):
    return int(amounts[0]) / 100


@pytest.mark.parametrize(("case", "policy_name"), CASES)
def test_case(case, policy_name):
    """standard, aid, personal; tier, proxy, personal, subsidy, family planning; total; earliest pay date; payers."""
    policy = load_policy(policy_name)
    assessed = assess(*frames(case), policy)
    if not case.get("listed", True):
        assert not len(assessed.charges)
        return
    personal = [yuan(assessed.amounts(scheme, PERSONAL)) for scheme in ("medical", "pension")]
    person = assessed.people.iloc[0]
    medical = [person.medical_standard_fen / 100, yuan(assessed.amounts("medical", PAID_BY_OTHERS)), personal[0]]
    pension = [
        person.tier_fen / 100,
        yuan(assessed.amounts("pension", PAID_BY_OTHERS, policy.pension.proxy.payer)),
        personal[1],
        yuan(assessed.amounts("pension", CREDIT, policy.pension.subsidy.payer)),
        yuan(assessed.amounts("pension", CREDIT, policy.pension.family_planning.payer)),
    ]
    assert medical == case["medical"]
    assert pension == case.get("pension", [0, 0, 0, 0, 0])
    assert sum(personal) == case.get("total", 0)
    if "pay_from" in case:
        assert person.pay_from.date() == date.fromisoformat(str(case["pay_from"]))
    if "payers" in case:
        charges = assessed.charges
        paid = charges[(charges.scheme == "medical") & (charges.role == PAID_BY_OTHERS)]
        assert list(paid.payer) == case["payers"]
