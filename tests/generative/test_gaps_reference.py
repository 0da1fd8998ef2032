"""gaps, whole columns, against the plan read literally: liable, minus covered, minus billed; one person at a time."""

import tomllib

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import Person, day_of_age, fits, owed
from random_districts import districts, few, frames

from fcins.analysis.gaps import CAUSE_COLUMNS, gaps
from fcins.assessment.charges import assess
from fcins.policy.loading import parse_policy

Gap = tuple[str, str]
"""scheme, reason"""


def literal_gaps(person: Person, toml: dict, unpaid: bool, came: bool) -> list[Gap]:
    """三: who is liable. 四（四）1: a pension without enrolment is a gap; what is due and not paid is one, if asked."""
    charges, found = owed(person, toml)[0], []
    for scheme in ("medical", "pension"):
        rules, on = toml[scheme], day_of_age(person, toml, scheme)
        excluded = person.categories & {each["category"] for each in rules["excluded"]}
        if person.status != "正常" or excluded or not fits(rules["liable"], person, on):
            continue
        enrolled = scheme == "medical" or person.tier > 0
        due = sum(amount for of, role, _, _, amount in charges if (of, role) == (scheme, "personal"))
        paid = sum(amount for of, _, amount, year in person.payments if (of, year) == (scheme, toml["fee_year"]))
        if not enrolled or (unpaid and paid < due):
            found.append((scheme, literal_reason(person, toml, scheme, enrolled, came)))
    return found


def literal_reason(person: Person, toml: dict, scheme: str, enrolled: bool, came: bool) -> str:
    pension, this_year = toml["pension"], toml["dates"]["window"]["from"].year
    hard = set(pension.get("proxy", {}).get("categories", ()))
    for tier in pension["tiers"]:
        hard |= set(tier.get("only", ()))
    if not enrolled and person.categories & hard:
        return "困难群体未登记"
    if person.birth.year >= this_year:
        return "新生儿"
    if scheme == "pension" and person.birth.year + pension["liable"]["min_age"] >= this_year:
        return f"今年满{pension['liable']['min_age']}周岁"
    if came:
        return "迁入"
    for each in toml["categories"]:
        if each.get("reports_uninsured") and each["code"] in person.categories:
            return f"{each['department']}{each['name']}名单"
    return "未缴费" if enrolled else "应参加养老未登记"


@settings(few, max_examples=10)
@given(districts(), st.booleans(), st.randoms(use_true_random=False))
def test_as_literal(district: tuple[str, list[Person]], unpaid: bool, random: object) -> None:
    text, population = district
    policy, toml, known = parse_policy(text, "policy.toml"), tomllib.loads(text), frames(population)
    known["people"] = known["people"].assign(town="阴平镇", village="东村")
    came = [random.random() < 0.3 for _ in population]  # type: ignore[attr-defined]
    found = gaps(
        assess(**known, policy=policy),
        known["memberships"],
        known["payments"],
        known["people"].loc[came, "key"],
        pd.DataFrame(columns=CAUSE_COLUMNS).astype({"key": "int64"}),
        policy,
        unpaid=unpaid,
    )
    expected = [
        (number, *gap)
        for number, person in enumerate(population)
        for gap in literal_gaps(person, toml, unpaid, came[number])
    ]
    assert list(found[["person", "scheme", "reason"]].itertuples(index=False, name=None)) == expected
