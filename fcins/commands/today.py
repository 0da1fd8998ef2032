"""The story of today: what there is to do this morning."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fcins.analysis import today as morning
from fcins.analysis.contradictions import contradicted
from fcins.analysis.coverage import counted
from fcins.analysis.departments import counts_by_file
from fcins.analysis.expected_lists import ExpectedList, expected_lists_of, missing_lists
from fcins.analysis.returned import returned
from fcins.analysis.today import DateAhead, Debtor, ImportedFile, OpenWork, SchemePayments, TownDebts
from fcins.commands.opening import open_district
from fcins.figures import in_yuan


@dataclass(frozen=True)
class TodayResult:
    """What there is to know this morning.

    `payable`: whose birthday lets them pay from today; `missing`: lists that have not come, from the campaign's first
    day on; `received`: yesterday; `imported`: since yesterday.
    """

    day: date
    payable: list[Debtor]
    dates: list[DateAhead]
    missing: list[ExpectedList]
    owing: list[TownDebts]
    received: list[SchemePayments]
    imported: list[ImportedFile]
    open: list[OpenWork]

    @property
    def has_news(self) -> bool:
        """Whether anything came or comes; what was open yesterday is no news."""
        return bool(self.payable or self.dates or self.received or self.imported)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals, IDs masked."""
        return {
            "command": "today",
            "date": self.day.isoformat(),
            "payable": [in_yuan(vars(debtor)) for debtor in self.payable],
            "dates": [{**vars(ahead), "on": ahead.on.isoformat()} for ahead in self.dates],
            "missing": [{**each.as_json(), "late_days": each.late_days(self.day)} for each in self.missing],
            "owing": [in_yuan(vars(debts)) for debts in self.owing],
            "received": [in_yuan(vars(payments)) for payments in self.received],
            "files": [_file(file) for file in self.imported],
            "open": [vars(work) for work in self.open],
        }


def _file(file: ImportedFile) -> dict[str, Any]:
    return {
        "file": file.file,
        "department": "、".join(file.departments),
        "imported_at": file.imported_at,
        "accepted": file.accepted,
        "duplicate": file.duplicate,
        "rejected": file.rejected,
    }


def today(folder: Path, day: date) -> TodayResult:
    """The morning list of a day."""
    with open_district(folder) as district:
        policy = district.policy
        payments = counted(district.received, policy.fee_year, day)
        debts = morning.owing(district.assessment, payments, policy)
        lines = returned(district).lines
        counts = counts_by_file(district, lines, "")
        return TodayResult(
            day=day,
            payable=morning.from_day(debts, day),
            dates=morning.dates_ahead(policy, day),
            missing=missing_lists(expected_lists_of(district), day) if day >= policy.dates.window.start else [],
            owing=morning.by_town(debts, day, list(policy.town_names)),
            received=morning.received_on(district, day - timedelta(days=1)),
            imported=morning.files_since(district, counts, day - timedelta(days=1), day),
            open=morning.still_open(district, counts, lines, contradicted(district).lines),
        )
