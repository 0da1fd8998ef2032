"""assess, whole columns, against the plan read literally, one person at a time, under policies of any content."""

import tomllib
from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import Charge, Person, owed
from random_districts import districts, few, frames

from fcins.assessment.charges import CREDIT, GRANT, PAID_BY_OTHERS, PERSONAL, Assessment, assess
from fcins.assessment.liability import SCHEMES
from fcins.policy.loading import load_policy, parse_policy

CHARGE = ["scheme", "role", "payer", "clause", "amount_fen"]


def charges_of(assessed: Assessment) -> dict[int, list[Charge]]:
    """Position of a person → their charges in order."""
    charges: dict[int, list[Charge]] = defaultdict(list)
    for number, *charge in assessed.charges[["person", *CHARGE]].itertuples(index=False, name=None):
        charges[number].append(tuple(charge))
    return charges


def by_role(charges: list[Charge]) -> list[Charge]:
    """Within a role the order stays, among roles it does not matter."""
    return sorted(charges, key=lambda charge: charge[1])


# ── properties ──────────────────────────────────────────────────────────────────────────────────────────────────────


def agrees(text: str, population: list[Person]) -> None:
    """Every charge with its payer, clause and amount, in order within its role; standard, tier, earliest pay date."""
    assessed = assess(**frames(population), policy=parse_policy(text, "policy.toml"))
    toml, charges = tomllib.loads(text), charges_of(assessed)
    lines = assessed.people[["medical_standard_fen", "tier_fen", "pay_from"]].itertuples(index=False, name=None)
    for number, (person, line) in enumerate(zip(population, lines, strict=True)):
        expected, standard, tier, pay_from = owed(person, toml)
        assert by_role(charges[number]) == by_role(expected), person
        assert line == (standard, tier, pd.Timestamp(pay_from)), person


@settings(few, max_examples=20)
@given(districts())
def test_as_literal(district: tuple[str, list[Person]]) -> None:
    """Some people under twenty policies; test_many_as_literal has many."""
    agrees(*district)


@pytest.mark.slow
@settings(few, max_examples=1500)
@given(districts())
def test_many_as_literal(district: tuple[str, list[Person]]) -> None:
    """Some fifty thousand people."""
    agrees(*district)


@settings(few, max_examples=12)
@given(districts())
def test_nothing_lost(district: tuple[str, list[Person]]) -> None:
    """standard = personal + paid by others for each person and scheme; every charge a whole amount with its clause."""
    text, population = district
    policy = parse_policy(text, "policy.toml")
    assessed = assess(**frames(population), policy=policy)
    standards = {"medical": assessed.people["medical_standard_fen"], "pension": assessed.people["tier_fen"]}
    for scheme in SCHEMES:
        paid = assessed.amounts(scheme, PERSONAL) + assessed.amounts(scheme, PAID_BY_OTHERS)
        assert paid.dtype == np.int64
        assert standards[scheme].dtype == np.int64
        assert paid.tolist() == standards[scheme].tolist()
    charges = assessed.charges
    assert charges["amount_fen"].dtype == np.int64
    assert (charges["amount_fen"] > 0).all()
    assert (charges[["clause", "payer"]] != "").all(axis=None)
    assert charges["role"].isin([PERSONAL, PAID_BY_OTHERS, CREDIT, GRANT]).all()
    assert (charges.loc[charges["role"] == GRANT, "scheme"] == "medical").all()
    people = assessed.people  # who was born after the first day pays from their birth on, and waits for nothing
    waits = (people["pay_from"] > pd.Timestamp(policy.dates.window.start)) & (people["pay_from"] > people["birth"])
    told = assessed.people["remark"].str.contains(policy.register.waited_note, regex=False)
    assert told.tolist() == waits.tolist()


def test_birth_is_no_birthday_to_wait_for() -> None:
    """四（四）4 speaks of birthdays: where pension is due from 0 years on, a baby still pays from its birth on."""
    rules = load_policy("fengcheng-2024")
    from_birth = rules.pension.liable.model_copy(update={"min_age": 0})
    policy = rules.model_copy(update={"pension": rules.pension.model_copy(update={"liable": from_birth})})
    born = date(2023, 11, 20)
    baby = Person(born, tier=10000)
    line = assess(**frames([baby]), policy=policy).people.iloc[0]
    assert (line["pay_from"], line["pension_waits"]) == (pd.Timestamp(born), False)
    assert rules.register.waited_note not in line["remark"]


@settings(few, max_examples=10)
@given(districts(), st.data())
def test_alone_as_together(district: tuple[str, list[Person]], data: st.DataObject) -> None:
    """What one person owes depends on nobody else."""
    text, population = district
    policy = parse_policy(text, "policy.toml")
    number = data.draw(st.integers(0, len(population) - 1))
    together = assess(**frames(population), policy=policy)
    alone = assess(**frames([population[number]]), policy=policy)
    assert charges_of(together)[number] == charges_of(alone)[0]
    line = ["medical_standard_fen", "tier_fen", "pay_from", "remark", "categories"]
    assert together.people[line].iloc[number].tolist() == alone.people[line].iloc[0].tolist()
