"""Where the campaign stands: each list that came and how it was judged, what is open, what is paid. Nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from fcins.analysis.contradictions import contradicted
from fcins.analysis.coverage import Progress, counted, coverage, progress
from fcins.analysis.departments import FileCount, counts_by_file, file_counts, last_changes
from fcins.analysis.district import District
from fcins.analysis.expected_lists import ExpectedList, expected_lists_of, missing_lists
from fcins.analysis.gaps import gaps_of
from fcins.analysis.renewals import Renewal, renewals
from fcins.analysis.returned import returned
from fcins.analysis.today import OpenWork, still_open
from fcins.assessment import liability
from fcins.figures import KIND_NAMES
from fcins.intake.answers import CORRECTED
from fcins.policy.loading import Policy

VILLAGES = "reasons"
"""The kind of what villages send back: no department hands it in."""


@dataclass(frozen=True)
class ListLine:
    """What a department handed in of a category (or of several in one file), or of a kind that is no roster.

    `declared`: the stamped counts together, None where nothing is stamped; `settled`: rejected rows that were answered;
    `corrected`: rows that count now as they were corrected; `closes`: None where nothing was stamped; `latest`: when
    a file or a correction last came.
    """

    department: str
    name: str
    files: int
    declared: int | None
    accepted: int
    rejected: int
    corrected: int
    open: int
    closes: bool | None
    latest: str


@dataclass(frozen=True)
class Overview:
    """What the page says. `town`: whose it is, "" of the whole district; `expected`: every list that is its matter,
    `missing`: those of them that should be there by the day and are not; `gaps`: how many people are not covered, each
    once; `has_payments`: whether any came; `found`: rates and money, None where nobody is registered."""

    policy: Policy
    town: str
    day: date
    lists: list[ListLine]
    expected: list[ExpectedList]
    missing: list[ExpectedList]
    renewals: list[Renewal]
    open: list[OpenWork]
    gaps: int
    has_payments: bool
    found: Progress | None


def overview_of(district: District, town: str, day: date) -> Overview:
    """The overview of a day: payments are counted up to it, everything else is as of now."""
    policy = district.policy
    lines, differing = returned(district).lines, contradicted(district).lines
    counts = counts_by_file(district, lines, town)
    counts = counts[(counts["kind"] != VILLAGES).to_numpy()]
    own_lines, own_differing = (
        rows[rows["batch"].isin(counts["batch"]).to_numpy() & _within(rows, town)] for rows in (lines, differing)
    )
    registered = len(district.residents.people) > 0
    unpaid = day >= policy.dates.window.end
    gaps = gaps_of(district, unpaid=unpaid) if registered else None
    expected = [each for each in expected_lists_of(district) if not town or each.town in ("", town)]
    return Overview(
        policy=policy,
        town=town,
        day=day,
        lists=_lists(district, counts),
        expected=expected,
        missing=missing_lists(expected, day),
        renewals=renewals(district, town),
        open=still_open(district, counts, own_lines, own_differing),
        gaps=0 if gaps is None else int(gaps[_within(gaps, town)]["key"].nunique()),
        has_payments=bool((district.batches["kind"] == "payments").any()),
        found=_rates(district, town, day) if registered else None,
    )


def _within(rows: pd.DataFrame, town: str) -> liability.Flags:
    return (rows["town"] == town).to_numpy() if town else (rows["town"] == rows["town"]).to_numpy()


def _rates(district: District, town: str, day: date) -> Progress:
    policy = district.policy
    who = liability.population(district.residents.people, district.rosters.holding, policy, district.days_paid)
    paid = counted(district.received, policy.fee_year, day)
    found = progress(coverage(who, district.assessment, paid), None, None, list(policy.town_names))
    return found.of_town(town) if town else found


def _lists(district: District, counts: pd.DataFrame) -> list[ListLine]:
    """The lists in the policy's order; within a department in the order in which they came."""
    policy = district.policy
    by_list: dict[tuple[str, str], list[FileCount]] = {}
    for file in file_counts(counts):
        name = "、".join(policy.names_of(file.categories)) if file.kind == "roster" else KIND_NAMES[file.kind]
        by_list.setdefault(("、".join(file.departments), name), []).append(file)
    latest, corrected = last_changes(district), _corrected(district)
    found = [_line(department, name, files, latest, corrected) for (department, name), files in by_list.items()]
    order = {name: at for at, name in enumerate(policy.departments)}
    return sorted(found, key=lambda line: order.get(line.department.split("、")[0], len(order)))


def _line(
    department: str, name: str, files: Sequence[FileCount], latest: dict[int, str], corrected: dict[int, int]
) -> ListLine:
    declared = [file.declared_total for file in files if file.declared_total is not None]
    closes = [file.closes for file in files if file.closes is not None]
    return ListLine(
        department=department,
        name=name or "未识别",
        files=len(files),
        declared=sum(declared) if declared else None,
        accepted=sum(file.accepted for file in files),
        rejected=sum(file.rejected for file in files),
        corrected=sum(corrected.get(file.batch, 0) for file in files),
        open=sum(file.open for file in files),
        closes=all(closes) if closes else None,
        latest=max(latest[file.batch] for file in files)[:10],
    )


def _corrected(district: District) -> dict[int, int]:
    """Batch → how many of its rows were corrected."""
    answers = district.store.answers()
    rows = answers[(answers["answer"] == CORRECTED).to_numpy()].drop_duplicates(["origin_batch", "origin_seq"])
    counts = rows["origin_batch"].value_counts()
    return dict(zip(counts.index.tolist(), counts.tolist(), strict=True))
