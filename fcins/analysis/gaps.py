"""疑似漏保: who is liable and not covered, the reason why that matters, and the cause, if known.

二, 五（一）, 五（十）: nobody is left out who should be insured. A gap is a person and a scheme: liable, and not
enrolled; or, once the window closes (or when asked for), liable and enrolled and what is due not wholly paid. Medical
has no enrolment of its own: whoever is liable is billed. A cause that is given changes no charge by itself.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.completeness import Lacking, people_at, with_people
from fcins.analysis.coverage import enrolled, has_cover, received_fen
from fcins.analysis.district import District
from fcins.assessment import liability
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES, Flags, Population
from fcins.assessment.residents import MOVED_IN
from fcins.figures import SCHEME_NAMES
from fcins.headings import UNKNOWN, load_headings
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES

GAP_COLUMNS = [
    "person", "town", "village", "key", "scheme", "reason", "enrolled", "due_fen", "received_fen", "cause", "note",
]  # fmt: skip
"""person: position in the assessment's people. reason: why the gap matters, one of `reasons`. cause: why the person is
uninsured (未参保原因), a value of headings.toml's values.gap_cause, "" if none is known; note: the cause as written."""

CAUSE_COLUMNS = ["key", "scheme", "cause", "note"]

COUNT_COLUMNS = ["place", "scheme", "gaps", "with_cause", "without_cause"]
"""A line per place and scheme: how many gaps, and how many of them with and without a cause."""

_REPORTED_COLUMNS = ["batch", "seq", *CAUSE_COLUMNS]
"""A cause as a village or a roster reported it; scheme is "" for a person as a whole."""


def reasons(policy: Policy) -> list[str]:
    """Why a gap matters, in words, in the order in which they are tried: a gap has the first that fits."""
    return list(_named_reasons(policy).values())


def _named_reasons(policy: Policy) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for name, words in load_headings().values["gap_why"].items():
        if name != "reported":
            reasons[name] = words[0].format(age=policy.pension.liable.min_age)
            continue
        for each in policy.categories:
            if each.reports_uninsured:
                reasons[f"{name} {each.code}"] = words[0].format(department=each.department, category=each.name)
    return reasons


def gaps(
    assessment: Assessment,
    memberships: pd.DataFrame,
    payments: pd.DataFrame,
    moved_in: "pd.Series[int]",
    causes: pd.DataFrame,
    policy: Policy,
    *,
    unpaid: bool,
) -> pd.DataFrame:
    """GAP_COLUMNS: a line per person and scheme, in the order of the people, medical first.

    `memberships`: the `holding` frame of judging; `payments`: what residents paid (derivation.received);
    `moved_in`: the keys of people who moved in since the year of the window began; `causes`: CAUSE_COLUMNS, one per
    person and scheme; `unpaid`: people who are
    enrolled but have not paid are gaps, too.
    """
    population = liability.population(assessment.people, memberships, policy, payments)
    people = assessment.people
    liable = {"medical": liability.medical_liable(population), "pension": liability.pension_liable(population)}
    arrived = people["key"].isin(moved_in).to_numpy()
    frames = []
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        received = received_fen(people, payments, scheme, policy.fee_year)
        has_enrolled = enrolled(assessment, scheme)
        covered = has_cover(assessment, payments, scheme, policy.fee_year)
        gap = liable[scheme] & ~(covered if unpaid else has_enrolled)
        at = np.flatnonzero(gap)
        lines = people.iloc[at][["town", "village", "key"]].assign(
            person=at,
            scheme=scheme,
            reason=_reasons(population, scheme, has_enrolled, arrived)[at],
            enrolled=has_enrolled[at],
            due_fen=due[at],
            received_fen=received[at],
        )
        frames.append(lines)
    whole = pd.concat(frames, ignore_index=True).sort_values("person", kind="stable", ignore_index=True)
    whole = whole.merge(causes, on=["key", "scheme"], how="left")
    return whole.fillna({"cause": "", "note": ""})[GAP_COLUMNS].astype({"reason": "str", "cause": "str", "note": "str"})


def _reasons(population: Population, scheme: str, enrolled: Flags, arrived: Flags) -> npt.NDArray[Any]:
    """Everybody's first reason that fits, in words. This year is the year in which the window opens."""
    pension = scheme == "pension"
    without = np.full(len(enrolled), pension) & ~enrolled
    begins = np.datetime64(population.policy.dates.window.start, "Y")
    born = population.births.astype("datetime64[Y]")
    fits: dict[str, Flags] = {
        "hardship": without & _in_hardship(population),
        "newborn": born >= begins,
        "of_age": np.full(len(born), pension) & (born + population.policy.pension.liable.min_age >= begins),
        "moved_in": arrived,
        **{f"reported {code}": population.belongs[code] for code in population.policy.category_codes},
        "unenrolled": without,
        "unpaid": np.ones(len(enrolled), np.bool_),
    }
    names = _named_reasons(population.policy)
    chosen = np.select([fits[name] for name in names], list(range(len(names))), default=len(names) - 1)
    words: npt.NDArray[Any] = np.array(list(names.values()), dtype=object)[chosen]
    return words


def _in_hardship(population: Population) -> Flags:
    """Who may choose a tier that is not for everybody, or has their tier paid. 四（一）."""
    pension = population.policy.pension
    codes = set(pension.proxy.categories) if pension.proxy else set()
    return population.any_of(codes.union(*(tier.only or () for tier in pension.tiers)))


def people_once(lines: pd.DataFrame, reasons: Sequence[str]) -> pd.DataFrame:
    """One line per `person`: that whose reason comes first among `reasons`."""
    rank = lines["reason"].map({reason: number for number, reason in enumerate(reasons)})
    once = lines.assign(rank=rank).sort_values(["person", "rank"], kind="stable").drop_duplicates("person")
    return once.drop(columns="rank")


# ── causes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def cause_of(text: str) -> str:
    """未参保原因 as it was written → one of headings.toml's values.gap_cause; "" for an empty cell."""
    if not text.strip():
        return ""
    cause = load_headings().contained("gap_cause", text)
    return _other() if cause == UNKNOWN else cause


def shown(cause: str, note: str) -> str:
    """A cause as the workbook shows it; one that is not in the list in the village's own words."""
    return note if cause == _other() and note else cause


def _other() -> str:
    return list(load_headings().values["gap_cause"])[-1]


def latest_causes(reported: pd.DataFrame) -> pd.DataFrame:
    """Causes as they were reported (_REPORTED_COLUMNS) → CAUSE_COLUMNS: the latest of a person and scheme holds."""
    of_all = (reported["scheme"] == "").to_numpy()
    by_scheme = [reported[~of_all], *(reported[of_all].assign(scheme=scheme) for scheme in SCHEMES)]
    whole = pd.concat(by_scheme, ignore_index=True).sort_values(["batch", "seq"], kind="stable")
    return whole.drop_duplicates(["key", "scheme"], keep="last")[CAUSE_COLUMNS].reset_index(drop=True)


def causes_by_place(lines: pd.DataFrame, place: str) -> pd.DataFrame:
    """Gaps (GAP_COLUMNS) by `place` ("town" or "village") and scheme: COUNT_COLUMNS, and a column for each cause."""
    causes = list(load_headings().values["gap_cause"])
    with_cause = lines["cause"] != ""
    counted = lines[[place, "scheme"]].assign(gaps=1, with_cause=with_cause, without_cause=~with_cause)
    counted = counted.assign(**{cause: lines["cause"] == cause for cause in causes})
    sums = counted.groupby([place, "scheme"], sort=False).sum().astype("int64").reset_index()
    order = np.lexsort((pd.Index(SCHEMES).get_indexer(pd.Index(sums["scheme"])), pd.factorize(sums[place])[0]))
    return sums.iloc[order].rename(columns={place: "place"}).reset_index(drop=True)[[*COUNT_COLUMNS, *causes]]


def to_confirm(lines: pd.DataFrame, assessment: Assessment, policy: Policy) -> list[Lacking]:
    """Causes that a department has to confirm, as lists for its feedback: they change nothing until it does.

    `lines`: GAP_COLUMNS. The households' sender confirms a death; if an exclusion of the scheme names the cause
    (`gap_cause`), the department of its category confirms it.
    """
    claims = []
    for cause in load_headings().words["deceased"]:
        claimed = (lines["cause"] == cause).to_numpy()
        why = f"入户走访时填写的未参保原因是“{cause}”：请核实，属实的请在户籍变动中报送"
        claims.append((policy.senders.households, f"{cause}待核实", lines[claimed], why))
    for scheme, rules in (("medical", policy.medical.excluded), ("pension", policy.pension.excluded)):
        for rule in rules:
            if rule.gap_cause:
                category = policy.category(rule.category)
                claimed = ((lines["cause"] == rule.gap_cause) & (lines["scheme"] == scheme)).to_numpy()
                why = f"入户走访时填写的{SCHEME_NAMES[scheme]}未参保原因是“{rule.gap_cause}”：请核实，"
                why += f"属实的请列入{category.name}名册报送（{rule.clause}）"
                claims.append((category.department, f"{category.name}待核实", lines[claimed], why))
    return [
        Lacking(department, name, people_at(assessment, claim["person"].drop_duplicates().to_numpy(np.int64), why))
        for department, name, claim, why in claims
    ]


# ── of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────────


def gaps_of(district: District, *, unpaid: bool, payments: pd.DataFrame | None = None) -> pd.DataFrame:
    """The gaps of a workspace (GAP_COLUMNS), `unpaid` as in `gaps`; without `payments` all payments count."""
    return gaps(
        district.assessment,
        district.rosters.holding,
        district.received if payments is None else payments,
        _moved_in(district),
        causes_of(district),
        district.policy,
        unpaid=unpaid,
    )


def causes_of(district: District, as_of: int | None = None) -> pd.DataFrame:
    """CAUSE_COLUMNS that hold; with `as_of` those that held when this batch was the newest."""
    reported = _reported(district)
    return latest_causes(reported if as_of is None else reported[(reported["batch"] <= as_of).to_numpy()])


def _moved_in(district: District) -> "pd.Series[int]":
    """The keys of people who moved in since the year of the window began, by the households' changes."""
    kinds = district.batches["kind"]
    others = district.batches.loc[(kinds != "changes").to_numpy(), "batch"].tolist()
    facts = district.answered.without(
        district.store.facts(
            FACT_TABLES["changes"], ["batch", "seq", "part", "key", "change", "change_date"], without=others
        )
    )
    begins = f"{district.policy.dates.window.start.year}-01-01"
    facts = facts[((facts["change"] == MOVED_IN) & (facts["change_date"] >= begins)).to_numpy()]
    facts = facts.merge(district.residents.verdicts, on=["batch", "seq"])
    return facts.loc[(facts["verdict"] == "accepted").to_numpy(), "key"]


def _reported(district: District) -> pd.DataFrame:
    """Every cause that villages and departments' rosters give: _REPORTED_COLUMNS."""
    rosters = district.store.facts(FACT_TABLES["roster"], ["batch", "seq", "part", "key", "gap_reason"])
    rosters = district.answered.without(rosters[((rosters["gap_reason"] != "") & (rosters["key"] != 0)).to_numpy()])
    rosters = rosters.merge(district.rosters.verdicts, on=["batch", "seq"])
    rosters = rosters[(rosters["verdict"] != "rejected").to_numpy()]
    note = rosters["gap_reason"].astype("str")
    rosters = rosters.assign(scheme="", note=note, cause=note.map(cause_of).astype("str"))
    return pd.concat([rosters[_REPORTED_COLUMNS], district.causes.holding[_REPORTED_COLUMNS]], ignore_index=True)


def to_confirm_of(district: District, town: str) -> list[Lacking]:
    """Causes that departments have to confirm (`to_confirm`): the lists that have somebody, of one town or ("") all."""
    if not len(district.causes.holding) and not district.batches["kind"].eq("roster").any():
        return []
    return with_people(to_confirm(gaps_of(district, unpaid=True), district.assessment, district.policy), town)
