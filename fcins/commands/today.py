"""The story of today: what there is to do this morning."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fcins.analysis import today as morning
from fcins.analysis.coverage import counted
from fcins.analysis.departments import counts_by_file
from fcins.analysis.returned import returned
from fcins.commands.opening import open_district
from fcins.figures import in_yuan, records


@dataclass(frozen=True)
class TodayResult:
    """What there is to know this morning: lines as the functions of analysis.today give them.

    `payable`: people whose birthday lets them pay from today (owing). `dates`: dates_ahead. `owing`: by_town.
    `received`: yesterday's payments (received_on). `files`: files_since yesterday. `open`: still_open.
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
            received=morning.received_on(district, day - timedelta(days=1)),
            files=morning.files_since(district, counts, day - timedelta(days=1), day),
            open=morning.still_open(district, counts, rows),
        )
