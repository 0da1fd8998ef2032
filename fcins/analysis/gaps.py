"""疑似漏保: who is liable and not covered, why it matters, and what is known of the cause. Pure, but `gaps_of`.

二, 五（一）, 五（十）: nobody is left out who should be insured. A gap is a person and a scheme: liable, and not
enrolled; or, once the window closes (or when asked for), liable and enrolled and what is due not wholly paid. Medical
has no enrolment of its own: whoever is liable is billed. A cause that is given changes no charge by itself.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.completeness import Lacking, listed
from fcins.analysis.coverage import received_fen
from fcins.analysis.district import District
from fcins.assessment import liability
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES, Flags, Population
from fcins.figures import SCHEME_NAMES
from fcins.headings import UNKNOWN, load_headings
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES

GAP_COLUMNS = [
    "person", "town", "village", "key", "scheme", "reason", "enrolled", "due_fen", "received_fen", "cause", "note",
]  # fmt: skip
"""person: position in the assessment's people. reason: why it matters, one of `reasons`. cause: the 未参保原因 that
holds, a value of headings.toml's values.gap_cause, "" where none is known; note: as it was written."""

CAUSE_COLUMNS = ["key", "scheme", "cause", "note"]

MOVED_IN = "迁入"
"""The change (a value of headings.toml) by which somebody came from elsewhere."""


def reasons(policy: Policy) -> list[str]:
    """Why a gap matters, in words, in the order in which they are tried: the first that fits is a gap's."""
    return list(_named_reasons(policy).values())


def _named_reasons(policy: Policy) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, words in load_headings().values["gap_why"].items():
        if name != "reported":
            said[name] = words[0].format(age=policy.pension.liable.min_age)
            continue
        for each in policy.categories:
            if each.reports_uninsured:
                said[f"{name} {each.code}"] = words[0].format(department=each.department, category=each.name)
    return said


def gaps(
    assessment: Assessment,
    memberships: pd.DataFrame,
    enrolments: pd.DataFrame,
    payments: pd.DataFrame,
    moved_in: "pd.Series[int]",
    causes: pd.DataFrame,
    policy: Policy,
    *,
    unpaid: bool,
) -> pd.DataFrame:
    """GAP_COLUMNS: a line per person and scheme, in the order of the people, medical first.

    `memberships`, `enrolments`, `payments`: the `holding` frames of judging; `moved_in`: the keys of who moved in since
    the year of the window began; `causes`: CAUSE_COLUMNS, one per person and scheme; `unpaid`: who has not paid, too.
    """
    who = liability.population(assessment.people, memberships, policy, payments)
    people = assessment.people
    enrolled = {
        "medical": np.ones(len(people), np.bool_),
        "pension": people["key"].isin(enrolments["key"]).to_numpy(),
    }
    liable = {"medical": liability.medical_liable(who), "pension": liability.pension_liable(who)}
    arrived = people["key"].isin(moved_in).to_numpy()
    frames = []
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        received = received_fen(people, payments, scheme, policy.fee_year)
        open_ = liable[scheme] & (~enrolled[scheme] | ((received < due) & unpaid))
        at = np.flatnonzero(open_)
        lines = people.iloc[at][["town", "village", "key"]].assign(
            person=at,
            scheme=scheme,
            reason=_reasons(who, scheme, enrolled[scheme], arrived)[at],
            enrolled=enrolled[scheme][at],
            due_fen=due[at],
            received_fen=received[at],
        )
        frames.append(lines)
    whole = pd.concat(frames, ignore_index=True).sort_values("person", kind="stable", ignore_index=True)
    whole = whole.merge(causes, on=["key", "scheme"], how="left")
    return whole.fillna({"cause": "", "note": ""})[GAP_COLUMNS].astype({"reason": "str", "cause": "str", "note": "str"})


def _reasons(who: Population, scheme: str, enrolled: Flags, arrived: Flags) -> npt.NDArray[Any]:
    """Of everybody the first reason that fits, in words. This year is the year in which the window opens."""
    pension = scheme == "pension"
    without = np.full(len(enrolled), pension) & ~enrolled
    begins = np.datetime64(who.policy.dates.window.start, "Y")
    born = who.births.astype("datetime64[Y]")
    fits: dict[str, Flags] = {
        "hardship": without & _in_hardship(who),
        "newborn": born >= begins,
        "of_age": np.full(len(born), pension) & (born + who.policy.pension.liable.min_age >= begins),
        "moved_in": arrived,
        **{f"reported {code}": who.belongs[code] for code in who.policy.category_codes},
        "unenrolled": without,
        "unpaid": np.ones(len(enrolled), np.bool_),
    }
    names = _named_reasons(who.policy)
    chosen = np.select([fits[name] for name in names], list(range(len(names))), default=len(names) - 1)
    said: npt.NDArray[Any] = np.array(list(names.values()), dtype=object)[chosen]
    return said


def _in_hardship(who: Population) -> Flags:
    """Who may take a tier that only some may, or has one paid for them. 四（一）."""
    pension = who.policy.pension
    codes = set(pension.proxy.categories) if pension.proxy else set()
    return who.any_of(codes.union(*(tier.only or () for tier in pension.tiers)))


# ── causes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def cause_of(text: str) -> str:
    """未参保原因 as it was written → one of headings.toml's values.gap_cause; "" where nothing was."""
    if not text.strip():
        return ""
    said = load_headings().contained("gap_cause", text)
    return _other() if said == UNKNOWN else said


def shown(cause: str, note: str) -> str:
    """A cause as the workbook shows it: one that is none of the list in its own words."""
    return note if cause == _other() and note else cause


def _other() -> str:
    return list(load_headings().values["gap_cause"])[-1]


def latest_causes(told: pd.DataFrame) -> pd.DataFrame:
    """What was told (batch, seq, key, scheme, cause, note; scheme "" of a person as a whole) → CAUSE_COLUMNS.

    The latest of a person and scheme holds.
    """
    of_all = (told["scheme"] == "").to_numpy()
    each = [told[~of_all], *(told[of_all].assign(scheme=scheme) for scheme in SCHEMES)]
    whole = pd.concat(each, ignore_index=True).sort_values(["batch", "seq"], kind="stable")
    return whole.drop_duplicates(["key", "scheme"], keep="last")[CAUSE_COLUMNS].reset_index(drop=True)


def causes_by_place(lines: pd.DataFrame, place: str) -> pd.DataFrame:
    """Gaps (GAP_COLUMNS) by place ("town" or "village") and scheme: place, scheme, gaps, with_cause, without_cause, and
    how many of each cause, under its name."""
    causes = list(load_headings().values["gap_cause"])
    known = lines["cause"] != ""
    counted = lines[[place, "scheme"]].assign(gaps=1, with_cause=known, without_cause=~known)
    counted = counted.assign(**{cause: lines["cause"] == cause for cause in causes})
    sums = counted.groupby([place, "scheme"], sort=False).sum().astype("int64").reset_index()
    order = np.lexsort((pd.Index(SCHEMES).get_indexer(pd.Index(sums["scheme"])), pd.factorize(sums[place])[0]))
    return sums.iloc[order].rename(columns={place: "place"}).reset_index(drop=True)


def to_confirm(lines: pd.DataFrame, assessment: Assessment, policy: Policy) -> list[Lacking]:
    """Causes that a department has to confirm, as lists for its feedback: they change nothing until it does.

    `lines`: GAP_COLUMNS. A death is the households' sender's; a cause that an exclusion of the scheme names
    (`gap_cause`) is its category's department's.
    """
    asked = []
    for cause in load_headings().words["deceased"]:
        mine = (lines["cause"] == cause).to_numpy()
        why = f"入户走访时填写的未参保原因是“{cause}”：请核实，属实的请在户籍变动中报送"
        asked.append((policy.senders.households, f"{cause}待核实", lines[mine], why))
    for scheme, rules in (("medical", policy.medical.excluded), ("pension", policy.pension.excluded)):
        for rule in rules:
            if rule.gap_cause:
                category = policy.category(rule.category)
                mine = ((lines["cause"] == rule.gap_cause) & (lines["scheme"] == scheme)).to_numpy()
                why = f"入户走访时填写的{SCHEME_NAMES[scheme]}未参保原因是“{rule.gap_cause}”：请核实，"
                why += f"属实的请列入{category.name}名册报送（{rule.clause}）"
                asked.append((category.department, f"{category.name}待核实", lines[mine], why))
    return [
        Lacking(department, name, listed(assessment, mine["person"].drop_duplicates().to_numpy(np.int64), why))
        for department, name, mine, why in asked
    ]


# ── of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────────


def gaps_of(district: District, *, unpaid: bool, payments: pd.DataFrame | None = None) -> pd.DataFrame:
    """The gaps of a workspace (GAP_COLUMNS); `unpaid`: who has not paid, too, by these `payments` or by all."""
    return gaps(
        district.assessment,
        district.rosters.holding,
        district.enrolments.holding,
        district.payments.holding if payments is None else payments,
        _moved_in(district),
        causes_of(district),
        district.policy,
        unpaid=unpaid,
    )


def causes_of(district: District, as_of: int | None = None) -> pd.DataFrame:
    """CAUSE_COLUMNS that hold; with `as_of` those that held when this batch was the newest."""
    told = _told(district)
    return latest_causes(told if as_of is None else told[(told["batch"] <= as_of).to_numpy()])


def _moved_in(district: District) -> "pd.Series[int]":
    """Who moved in, by the households' changes, since the year of the window began."""
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


def _told(district: District) -> pd.DataFrame:
    """Every cause given, by villages and in departments' rosters: what latest_causes takes."""
    columns = ["batch", "seq", "key", "scheme", "cause", "note"]
    rosters = district.store.facts(FACT_TABLES["roster"], ["batch", "seq", "part", "key", "gap_reason"])
    rosters = district.answered.without(rosters[((rosters["gap_reason"] != "") & (rosters["key"] != 0)).to_numpy()])
    rosters = rosters.merge(district.rosters.verdicts, on=["batch", "seq"])
    rosters = rosters[(rosters["verdict"] != "rejected").to_numpy()]
    note = rosters["gap_reason"].astype("str")
    rosters = rosters.assign(scheme="", note=note, cause=note.map(cause_of).astype("str"))
    return pd.concat([rosters[columns], district.reasons.holding[columns]], ignore_index=True)
