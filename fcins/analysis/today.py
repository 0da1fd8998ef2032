"""What a clerk has to know this morning: who may pay from today, what ends, who still owes, what is open."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from fcins import identity
from fcins.analysis.coverage import received_fen
from fcins.analysis.departments import departments_of, file_counts, in_order, senders_of
from fcins.analysis.district import District
from fcins.analysis.returned import is_copy
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import listed
from fcins.figures import code_counts, typed_rows
from fcins.policy.loading import Policy

AHEAD_DAYS = 7
"""What begins or ends within so many days is told."""


DEBT_COLUMNS = [
    "town", "village", "group", "name", "citizen_id", "pay_from", "waits", "medical_fen", "pension_fen",
]  # fmt: skip
"""Somebody who has not paid all that they owe. citizen_id: masked; waits: for a birthday, to pay on or after it;
medical_fen, pension_fen: what is left of each."""


def owing(assessment: Assessment, payments: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """DEBT_COLUMNS of the living. `payments`: key, scheme, amount_fen, fee_year."""
    people = assessment.people
    left = {}
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        left[f"{scheme}_fen"] = np.maximum(due - received_fen(people, payments, scheme, policy.fee_year), 0)
    owes = listed(people) & (sum(left.values()) > 0)
    waits = people["medical_waits"] | people["pension_waits"]
    rows: pd.DataFrame = people.assign(**left, waits=waits).loc[owes, DEBT_COLUMNS]
    return rows.assign(citizen_id=identity.mask_column(rows["citizen_id"])).reset_index(drop=True)


@dataclass(frozen=True)
class Debtor:
    """Somebody who may pay from a day on, and what they owe. `citizen_id`: masked."""

    town: str
    village: str
    group: str
    name: str
    citizen_id: str
    medical_fen: int
    pension_fen: int


def from_day(debts: pd.DataFrame, day: date) -> list[Debtor]:
    """Of those who owe (DEBT_COLUMNS): whose birthday lets them pay from this day on. 四（四）4."""
    payable = debts[(debts["waits"] & (debts["pay_from"] == np.datetime64(day))).to_numpy()]
    return typed_rows(payable, Debtor)


@dataclass(frozen=True)
class TownDebts:
    """How many people of a town may pay and have not, and what they owe together."""

    town: str
    people: int
    medical_fen: int
    pension_fen: int


def by_town(debts: pd.DataFrame, day: date, towns: list[str]) -> list[TownDebts]:
    """Of those who owe (DEBT_COLUMNS) and may pay by now, the sums of each town that has some, in the order given."""
    payable = debts[(debts["pay_from"] <= np.datetime64(day)).to_numpy()]
    of_towns = {str(town): rows for town, rows in payable.groupby("town")}
    return [
        TownDebts(town, len(rows), int(rows["medical_fen"].sum()), int(rows["pension_fen"].sum()))
        for town, rows in ((town, of_towns[town]) for town in towns if town in of_towns)
    ]


@dataclass(frozen=True)
class DateAhead:
    """A period that begins or ends soon. `event`: begins or ends; `days`: until then."""

    what: str
    event: str
    on: date
    days: int


def dates_ahead(policy: Policy, day: date) -> list[DateAhead]:
    """What the policy's periods bring from this day on, soonest first."""
    dates = policy.dates
    periods = [("集中征缴期", dates.window), *((stage.name, stage) for stage in dates.stages)]
    periods.append(("公示期", dates.publicity))
    events = [
        (on, what, event) for what, period in periods for event, on in (("begins", period.start), ("ends", period.end))
    ]
    if dates.waiting.days:
        events.append((dates.waiting.start, f"医保缴费{dates.waiting.days}日待遇等待期", "begins"))
    ahead = [DateAhead(what, event, on, (on - day).days) for on, what, event in events]
    return sorted((each for each in ahead if 0 <= each.days <= AHEAD_DAYS), key=lambda each: each.on)


@dataclass(frozen=True)
class SchemePayments:
    """How many payments there are for a scheme, and what they come to."""

    scheme: str
    payments: int
    amount_fen: int


def received_on(district: District, day: date) -> list[SchemePayments]:
    """What was paid on a day for each scheme, whenever the file came."""
    payments = district.received
    came = (payments["paid_on"] == day.isoformat()) & (payments["fee_year"] == district.policy.fee_year)
    by_scheme = payments[came.to_numpy()].groupby("scheme")
    return [SchemePayments(str(name), len(rows), int(rows["amount_fen"].sum())) for name, rows in by_scheme]


@dataclass(frozen=True)
class ImportedFile:
    """A file that came, and how its rows are judged now.

    The counts are None for corrections, which count in the files whose rows they correct.
    """

    file: str
    departments: tuple[str, ...]
    imported_at: str
    accepted: int | None
    duplicate: int | None
    rejected: int | None


def files_since(district: District, counts: pd.DataFrame, first: date, last: date) -> list[ImportedFile]:
    """The batches imported on one of these days. `counts`: departments.COUNT_COLUMNS."""
    by_batch = {file.batch: file for file in file_counts(counts)}
    files = []
    for batch in district.batch_records.values():
        if not first.isoformat() <= batch.imported_at[:10] <= last.isoformat():
            continue
        count = by_batch.get(batch.number)
        judged = (count.accepted, count.duplicate, count.rejected) if count else (None, None, None)
        files.append(ImportedFile(batch.file, senders_of(batch, district.policy), batch.imported_at, *judged))
    return files


@dataclass(frozen=True)
class OpenWork:
    """What a department has to settle: how many rows, how many findings of each code, and the files whose stamped count
    does not close. `differing`: accepted rows that another row contradicts."""

    department: str
    rows: int
    findings: dict[str, int]
    differing: int
    totals_off: list[str]


def still_open(
    district: District, counts: pd.DataFrame, lines: pd.DataFrame, differing: pd.DataFrame
) -> list[OpenWork]:
    """What each department has to settle, if anything, in the policy's order.

    `counts`: departments.COUNT_COLUMNS; `lines`, `differing`: returned.LINE_COLUMNS, those that go back, and those
    that are contradicted.
    """
    policy = district.policy
    open_lines, contradicted = (_by_department(some, counts, policy) for some in (lines[~is_copy(lines)], differing))
    not_closing = [file for file in file_counts(counts) if file.closes is False]
    work = []
    for name in in_order(counts, (), policy):
        own, others = open_lines.get(name, lines[:0]), contradicted.get(name, differing[:0])
        totals_off = [file.file for file in not_closing if name in file.departments]
        if len(own) or len(others) or totals_off:
            rows = len(own.drop_duplicates(["batch", "seq"]))
            findings = code_counts(code for codes in own["codes"] for code in codes)
            work.append(OpenWork(name, rows, findings, len(others.drop_duplicates(["batch", "seq"])), totals_off))
    return work


def _by_department(lines: pd.DataFrame, counts: pd.DataFrame, policy: Policy) -> dict[str, pd.DataFrame]:
    """Lines by who handed them in."""
    departments = pd.Series(departments_of(lines, counts, policy), dtype="str")
    return {str(name): own for name, own in lines.groupby(departments.to_numpy())}
