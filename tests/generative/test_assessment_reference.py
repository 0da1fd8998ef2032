"""assess, whole columns, against the plan read literally, one person at a time."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from literal import Person, owed

from fcins.assessment import CREDIT, GRANT, PAID_BY_OTHERS, PERSONAL, assess
from fcins.liability import SCHEMES
from fcins.policy import Policy, load_policy

POLICY = load_policy("fengcheng-2024")
LAST = POLICY.dates.age_reference.on
TIERS = [each.amount_fen for each in POLICY.pension.tiers]
ALONE = [each.code for each in POLICY.categories if each.form == "person"]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]  # explaining a failure takes gigabytes here
PAYERS = ["坊上村集体", "阴平镇", "东村集体", "Acme厂", "区工会"]


def born(years: int, days: int) -> date:
    """Who reaches this age `days` after the window opens."""
    opens = POLICY.dates.window.start
    return opens.replace(year=opens.year - years) + timedelta(days)


at_a_boundary = st.builds(born, st.sampled_from([14, 15, 16, 17, 18, 50, 59, 60, 69, 70]), st.integers(-3, 95))
births = at_a_boundary | st.dates(date(1915, 1, 1), LAST)
wives = st.builds(born, st.just(50), st.integers(85, 98)) | st.dates(date(1950, 1, 1), date(1985, 1, 1))
offers = st.dictionaries(st.sampled_from(PAYERS), st.none() | st.integers(1, 45_000), max_size=3)
people = st.builds(
    Person,
    birth=births,
    status=st.sampled_from(["正常"] * 6 + ["死亡", "迁出", "注销"]),
    residency=st.sampled_from(["户籍"] * 3 + ["常住非户籍"]),
    categories=st.frozensets(st.sampled_from(ALONE), max_size=4),
    offers=offers.map(lambda given: tuple(given.items())),
    wives=st.lists(wives, max_size=2).map(tuple),
    tier=st.sampled_from([0, 0, *TIERS]),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """The plan's figures, or figures that do not divide evenly; either reading of the pension."""
    medical = POLICY.medical
    if draw(st.booleans()):
        shares = {each: draw(st.sampled_from([0, 3_333, 5_000, 9_999, 10_000])) for each in range(len(medical.aid))}
        aid = tuple(rule.model_copy(update={"share_bp": shares[at]}) for at, rule in enumerate(medical.aid))
        medical = medical.model_copy(update={"standard_fen": draw(st.sampled_from([38_001, 99_999])), "aid": aid})
    pension = POLICY.pension
    proxy = pension.proxy.model_copy(update={"higher_tier": draw(st.sampled_from(["offset", "none"]))})
    family = pension.family_planning.model_copy(update={"effect": draw(st.sampled_from(["credit", "offset"]))})
    pension = pension.model_copy(update={"proxy": proxy, "family_planning": family})
    return POLICY.model_copy(update={"medical": medical, "pension": pension})


def frames(population: list[Person]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """People, memberships and enrolments as judging would give them, the memberships last person first."""
    keys = [int(f"370499{person.birth:%Y%m%d}") * 10_000 + number for number, person in enumerate(population)]
    residents = pd.DataFrame(
        {
            "key": keys,
            "birth": pd.to_datetime([person.birth for person in population]).astype("datetime64[s]"),
            "status": [person.status for person in population],
            "residency": [person.residency for person in population],
        }
    )
    held = []
    for key, person in zip(keys, population, strict=True):
        held += [(key, code, "", 0, None) for code in sorted(person.categories)]
        held += [(key, "collective_aid", payer, -1 if fen is None else fen, None) for payer, fen in person.offers]
        held += [(key, "family_planning", "", 0, wife) for wife in person.wives]
    memberships = pd.DataFrame(held[::-1], columns=["key", "category", "aid_payer", "aid_fen", "wife_birth"])
    memberships["wife_birth"] = pd.to_datetime(memberships["wife_birth"]).astype("datetime64[s]")
    tiers = [(key, person.tier) for key, person in zip(keys, population, strict=True) if person.tier]
    enrolments = pd.DataFrame(tiers, columns=["key", "tier_fen"]).astype("int64")
    return residents, memberships.astype({"key": "int64", "aid_fen": "int64"}), enrolments


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(st.lists(people, min_size=1, max_size=25), policies())
def test_as_literal(population: list[Person], policy: Policy) -> None:
    """Every charge with its payer and amount, in order within its role; standard, tier and earliest pay date."""
    assessed = assess(*frames(population), policy)
    charges = assessed.charges
    for number, person in enumerate(population):
        expected, standard, tier, pay_from = owed(person, policy)
        mine = charges[charges["person"] == number]
        actual = list(mine[["scheme", "role", "payer", "amount_fen"]].itertuples(index=False, name=None))
        by_role = {role: [each for each in expected if each[1] == role] for role in (each[1] for each in expected)}
        assert {role: [each for each in actual if each[1] == role] for role in mine["role"].unique()} == by_role
        line = assessed.people.iloc[number]
        assert (line.medical_standard_fen, line.tier_fen) == (standard, tier)
        assert line.pay_from.date() == pay_from


@settings(max_examples=40, deadline=None, phases=PHASES)
@given(st.lists(people, min_size=1, max_size=40), policies())
def test_nothing_lost(population: list[Person], policy: Policy) -> None:
    """standard = personal + paid by others for each person and scheme; every charge a whole amount with its clause."""
    assessed = assess(*frames(population), policy)
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


@settings(max_examples=25, deadline=None, phases=PHASES)
@given(st.lists(people, min_size=2, max_size=15), st.randoms(use_true_random=False))
def test_alone_as_together(population: list[Person], random: object) -> None:
    """What one person owes depends on nobody else."""
    together = assess(*frames(population), POLICY)
    number = random.randrange(len(population))  # type: ignore[attr-defined]
    alone = assess(*frames([population[number]]), POLICY)
    columns = ["scheme", "role", "payer", "category", "amount_fen", "clause"]
    mine = together.charges.loc[together.charges["person"] == number, columns]
    assert mine.to_numpy().tolist() == alone.charges[columns].to_numpy().tolist()
    assert together.people["remark"].iloc[number] == alone.people["remark"].iloc[0]
