"""The story of today: what there is to do this morning."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis import today as morning
from fcins.analysis.coverage import counted
from fcins.analysis.departments import closed, counts_by_file, departments_of, in_order, sender_of
from fcins.analysis.district import District
from fcins.analysis.returned import is_copy, returned
from fcins.commands.opening import open_district
from fcins.figures import counted as counted_codes
from fcins.figures import in_yuan, records


@dataclass(frozen=True)
class TodayResult:
    """What there is to know this morning.

    `payable`: whose birthday lets them pay from today (morning.owing); `dates`: morning.dates_ahead; `owing`: per town,
    morning.by_town; `received`: yesterday's payments per scheme; `files`: imported since yesterday; `open`: per
    department the rows that it has to settle, by code, and its files whose stamped count does not close.
    """

    day: date
    payable: list[dict[str, Any]]
    dates: list[dict[str, Any]]
    owing: list[dict[str, Any]]
    received: list[dict[str, Any]]
    files: list[dict[str, Any]]
    open: list[dict[str, Any]]

    @property
    def has_news(self) -> bool:
        """Whether anything came or comes; what was open yesterday is no news."""
        return bool(self.payable or self.dates or self.received or self.files)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals, IDs masked."""
        return {
            "command": "today",
            "date": self.day.isoformat(),
            "payable": [in_yuan(line) for line in self.payable],
            "dates": [{**line, "on": line["on"].isoformat()} for line in self.dates],
            "owing": [in_yuan(line) for line in self.owing],
            "received": [in_yuan(line) for line in self.received],
            "files": self.files,
            "open": self.open,
        }


def today(folder: Path, day: date) -> TodayResult:
    """The morning list of a day."""
    with open_district(folder) as district:
        policy = district.policy
        payments = counted(district.payments.holding, policy.fee_year, day)
        debts = morning.owing(district.assessment, payments, policy)
        payable = morning.from_day(debts, day, policy)
        rows = returned(district).lines
        counts = counts_by_file(district, rows, "")
        return TodayResult(
            day=day,
            payable=records(payable.drop(columns="pay_from")),
            dates=morning.dates_ahead(policy, day),
            owing=records(morning.by_town(debts, day, list(policy.town_names))),
            received=_received_on(district, day - timedelta(days=1)),
            files=_files_since(district, counts, day - timedelta(days=1), day),
            open=_open(district, counts, rows),
        )


def _received_on(district: District, day: date) -> list[dict[str, Any]]:
    """scheme, payments, amount_fen paid on a day, whenever the file came."""
    payments = district.payments.holding
    mine = (payments["paid_on"] == day.isoformat()) & (payments["fee_year"] == district.policy.fee_year)
    sums = payments[mine.to_numpy()].groupby("scheme").agg(payments=("key", "size"), amount_fen=("amount_fen", "sum"))
    return records(sums.reset_index())


def _files_since(district: District, counts: pd.DataFrame, first: date, last: date) -> list[dict[str, Any]]:
    """The batches imported on one of these days: file, department, imported_at, accepted, duplicate, rejected.

    The last three are None for corrections, which count in the files whose rows they correct.
    """
    tally = {file["batch"]: file for file in records(counts)}
    lines = []
    for batch in records(district.batches):
        if first.isoformat() <= batch["imported_at"][:10] <= last.isoformat():
            told = tally.get(batch["batch"], {})
            figures = {"accepted": "accepted", "duplicate": "duplicate", "rejected": "returned"}
            lines.append(
                {
                    "file": batch["file"],
                    "department": sender_of(batch, district.policy),
                    "imported_at": batch["imported_at"],
                    **{name: told.get(of) for name, of in figures.items()},
                }
            )
    return lines


def _open(district: District, counts: pd.DataFrame, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Per department, in the policy's order: rows to settle, their codes, files whose stamped count does not close."""
    policy = district.policy
    rows = rows[~is_copy(rows)]
    departments = pd.Series(departments_of(rows, counts, policy), dtype="str")
    by_department = {str(name): mine for name, mine in rows.groupby(departments.to_numpy()) if len(mine)}
    files = [file for file in records(counts) if closed(file) is False]
    lines = []
    for name in in_order(counts, (), policy):
        mine = by_department.get(name, rows[:0])
        off = [file["file"] for file in files if name in file["departments"]]
        if len(mine) or off:
            people = len(mine.drop_duplicates(["batch", "seq"]))
            findings = counted_codes(code for codes in mine["codes"] for code in codes.split())
            lines.append({"department": name, "rows": people, "findings": findings, "totals_off": off})
    return lines
