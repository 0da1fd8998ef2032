"""What a clerk has to know this morning: who may pay from today, what ends, who still owes. Pure."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fcins import identity
from fcins.analysis.coverage import received_fen
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import listed
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
