"""What a clerk has to know this morning: who may pay from today, what ends, who still owes, what is open."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fcins import identity
from fcins.analysis.coverage import received_fen
from fcins.analysis.departments import closed, departments_of, in_order, senders_of
from fcins.analysis.district import District
from fcins.analysis.returned import is_copy
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import listed
from fcins.figures import code_counts, records
from fcins.policy.loading import Policy

AHEAD_DAYS = 7
"""What begins or ends within so many days is told."""


def owing(assessment: Assessment, payments: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The living who have not paid all that they owe: town, village, group, name, citizen_id (masked), pay_from,
    medical_fen, pension_fen (what is left of each, in fen). `payments`: key, scheme, amount_fen, fee_year."""
    people = assessment.people
    left = {}
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        left[f"{scheme}_fen"] = np.maximum(due - received_fen(people, payments, scheme, policy.fee_year), 0)
    owes = listed(people) & (sum(left.values()) > 0)
    columns = ["town", "village", "group", "name", "citizen_id", "pay_from"]
    rows: pd.DataFrame = people[columns].assign(**left)[owes]
    return rows.assign(citizen_id=identity.mask_column(rows["citizen_id"])).reset_index(drop=True)


def from_day(debts: pd.DataFrame, day: date, policy: Policy) -> pd.DataFrame:
    """Of those who owe (`owing`): whose birthday lets them pay from this day on. 四（四）4."""
    waited = (debts["pay_from"] > np.datetime64(policy.dates.window.start)).to_numpy()
    return debts[waited & (debts["pay_from"] == np.datetime64(day)).to_numpy()].reset_index(drop=True)


def by_town(debts: pd.DataFrame, day: date, towns: list[str]) -> pd.DataFrame:
    """Of those who owe and may pay by now, per town: people, medical_fen, pension_fen."""
    payable = debts[(debts["pay_from"] <= np.datetime64(day)).to_numpy()]
    sums = payable.groupby("town").agg(
        people=("name", "size"), medical_fen=("medical_fen", "sum"), pension_fen=("pension_fen", "sum")
    )
    return sums.reindex([town for town in towns if town in sums.index]).rename_axis("town").reset_index()


def dates_ahead(policy: Policy, day: date) -> list[dict[str, Any]]:
    """What the policy's periods bring from this day on, soonest first: what, event (begins, ends), on, days."""
    dates = policy.dates
    periods = [("集中征缴期", dates.window), *((stage.name, stage) for stage in dates.stages)]
    periods.append(("公示期", dates.publicity))
    events = [
        (on, what, event) for what, period in periods for event, on in (("begins", period.start), ("ends", period.end))
    ]
    if dates.waiting.days:
        events.append((dates.waiting.start, f"医保缴费{dates.waiting.days}日待遇等待期", "begins"))
    near = sorted((event for event in events if 0 <= (event[0] - day).days <= AHEAD_DAYS), key=lambda event: event[0])
    return [{"what": what, "event": event, "on": on, "days": (on - day).days} for on, what, event in near]


def received_on(district: District, day: date) -> list[dict[str, Any]]:
    """scheme, payments, amount_fen paid on a day, whenever the file came."""
    payments = district.payments.holding
    came = (payments["paid_on"] == day.isoformat()) & (payments["fee_year"] == district.policy.fee_year)
    sums = payments[came.to_numpy()].groupby("scheme").agg(payments=("key", "size"), amount_fen=("amount_fen", "sum"))
    return records(sums.reset_index())


def files_since(district: District, counts: pd.DataFrame, first: date, last: date) -> list[dict[str, Any]]:
    """The batches imported on one of these days: file, department, imported_at, accepted, duplicate, rejected.

    The last three are None for corrections, which count in the files whose rows they correct.
    """
    tally = {file["batch"]: file for file in records(counts)}
    lines = []
    for batch in district.batch_records.values():
        if first.isoformat() <= batch.imported_at[:10] <= last.isoformat():
            counted = tally.get(batch.number, {})
            lines.append(
                {
                    "file": batch.file,
                    "department": "、".join(senders_of(batch, district.policy)),
                    "imported_at": batch.imported_at,
                    **{name: counted.get(name) for name in ("accepted", "duplicate", "rejected")},
                }
            )
    return lines


def still_open(district: District, counts: pd.DataFrame, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Per department, in the policy's order: rows to settle, their codes, files whose stamped count does not close."""
    policy = district.policy
    rows = rows[~is_copy(rows)]
    departments = pd.Series(departments_of(rows, counts, policy), dtype="str")
    by_department = {str(name): own for name, own in rows.groupby(departments.to_numpy()) if len(own)}
    files = [file for file in records(counts) if closed(file) is False]
    lines = []
    for name in in_order(counts, (), policy):
        own = by_department.get(name, rows[:0])
        off = [file["file"] for file in files if name in file["departments"]]
        if len(own) or off:
            people = len(own.drop_duplicates(["batch", "seq"]))
            findings = code_counts(code for codes in own["codes"] for code in codes.split())
            lines.append({"department": name, "rows": people, "findings": findings, "totals_off": off})
    return lines
