"""Districts under policies of any content: residents as judging would let them through, mostly at a boundary."""

import tomllib
from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from literal import Person, birthday, fen
from random_policies import RESIDENCIES, births, codes_of, policies

from fcins.assessment.liability import SCHEMES

PAYERS = ["坊上村集体", "阴平镇", "东村集体", "Acme厂", "区工会"]
DAY = timedelta(1)

few = settings(
    deadline=None,
    # Explaining a failure takes gigabytes here; a population and a policy are large and slow to draw, and mean to be.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def days_of(toml: dict[str, Any]) -> list[date]:
    """The days around which a policy changes: the window's ends and the day of ages, each with its neighbours."""
    on = toml["dates"]["age_reference"]["on"]
    days = [*toml["dates"]["window"].values(), on]
    return sorted({day + shift * DAY for day in days if isinstance(day, date) for shift in (-1, 0, 1)})


def births_of(toml: dict[str, Any]) -> list[date]:
    """Every birth date at a boundary: an age reached or left behind on one of `days_of`, a birth date a rule names."""
    medical, pension = toml["medical"], toml["pension"]
    rules = [*medical["standards"], *medical["aid"], pension["liable"]]
    ages = {rule[key] + past for rule in rules for key, past in (("min_age", 0), ("max_age", 1)) if key in rule}
    named = [rule[key] for rule in rules for key in ("born_from", "born_to") if key in rule]
    beside = {day + shift * DAY for day in named for shift in (-1, 0, 1)}
    return sorted({birthday(day, day.year - age) for day in days_of(toml) for age in ages} | beside)


def people(toml: dict[str, Any]) -> st.SearchStrategy[Person]:
    """Residents as judging would let them through, mostly at a boundary of this policy."""
    year, days = toml["fee_year"], days_of(toml)
    named = [
        rule["category"] for rule in [*toml["medical"]["standards"], *toml["medical"]["aid"]] if "category" in rule
    ]
    wife_age = toml["pension"].get("family_planning", {"wife_min_age": 50})["wife_min_age"]
    anybody = births(year)
    birth = st.sampled_from(births_of(toml)) | anybody
    status = st.sampled_from(["正常"] * 6 + ["死亡", "迁出", "注销"])
    residency = st.sampled_from([*RESIDENCIES, RESIDENCIES[0]])
    categories = st.frozensets(st.sampled_from(codes_of(toml, "person") + named * 3), max_size=3)
    offers = st.dictionaries(st.sampled_from(PAYERS), st.none() | st.integers(1, 45_000), max_size=3)
    wives = st.lists(st.sampled_from([birthday(day, day.year - wife_age) for day in days]) | anybody, max_size=2)
    tier = st.sampled_from([0, 0, *(fen(each["amount"]) for each in toml["pension"]["tiers"])])
    scheme, paid = st.sampled_from(SCHEMES), st.sampled_from([1, 38_000, -38_000])
    fee_year = st.sampled_from([year, year, year - 1])

    @st.composite
    def person(draw: st.DrawFn) -> Person:
        born = draw(birth)
        birthdays = [birthday(born, each) + shift * DAY for each in (year - 1, year) for shift in (-1, 0, 1)]
        day = st.sampled_from(days + birthdays)
        return Person(
            birth=born,
            status=draw(status),
            residency=draw(residency),
            categories=draw(categories),
            offers=tuple(draw(offers).items()),
            wives=tuple(draw(wives)),
            tier=draw(tier),
            payments=tuple(draw(st.lists(st.tuples(scheme, day, paid, fee_year), max_size=3))),
        )

    return person()


@st.composite
def districts(draw: st.DrawFn) -> tuple[str, list[Person]]:
    """A policy and some forty of its people."""
    text = draw(policies())
    # lists of lists: a single one would be short, or not shrink
    groups = draw(st.lists(st.lists(people(tomllib.loads(text)), min_size=1, max_size=8), min_size=1, max_size=12))
    return text, [person for group in groups for person in group]


def frames(population: list[Person]) -> dict[str, pd.DataFrame]:
    """The people as `assess` takes them from judging, the memberships last person first."""
    keys = [int(f"370499{person.birth:%Y%m%d}") * 10_000 + number for number, person in enumerate(population)]
    residents = pd.DataFrame(
        {
            "key": keys,
            "birth": seconds([person.birth for person in population]),
            "status": [person.status for person in population],
            "residency": [person.residency for person in population],
            "differs": False,
        }
    )
    held: list[tuple[int, str, str, int, date | None]] = []
    tiers, paid = [], []
    for key, person in zip(keys, population, strict=True):
        held += [(key, code, "", 0, None) for code in sorted(person.categories)]
        held += [(key, "collective_aid", payer, -1 if fen is None else fen, None) for payer, fen in person.offers]
        held += [(key, "family_planning", "", 0, wife) for wife in person.wives]
        tiers += [(key, person.tier)] if person.tier else []
        paid += [(key, *payment) for payment in person.payments]
    memberships = pd.DataFrame(held[::-1], columns=["key", "category", "aid_payer", "aid_fen", "wife_birth"])
    memberships["wife_birth"] = seconds(memberships["wife_birth"])
    payments = pd.DataFrame(paid, columns=["key", "scheme", "counted_on", "amount_fen", "fee_year"])
    payments["counted_on"] = payments["counted_on"].astype("str")
    payments["receipt_no"] = pd.Series("", index=payments.index, dtype="str")
    return {
        "people": residents,
        "memberships": memberships.astype({"key": "int64", "aid_fen": "int64"}),
        "enrolments": pd.DataFrame(tiers, columns=["key", "tier_fen"]).astype("int64"),
        "payments": payments.astype({"key": "int64", "amount_fen": "int64", "fee_year": "int64"}),
    }


def seconds(days: Any) -> Any:
    """Days as the program's frames have them."""
    return pd.to_datetime(days).astype("datetime64[s]")
