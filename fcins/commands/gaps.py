"""The story of gaps: who should be covered and is not, one workbook for each town."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fcins.analysis.gaps import gaps_of, people_once, reasons
from fcins.commands.feedback import receipt_of
from fcins.commands.opening import Watcher, open_district, wanted_towns
from fcins.commands.writing import each_town, write_document
from fcins.documents.gaps import gap_sheets, gap_table
from fcins.documents.layout import in_order


@dataclass(frozen=True)
class GapsResult:
    """Gaps written. `people`: each once. `by_reason`: the same people, by the reason why they matter.

    `unpaid`: whether who has not paid is among them. `towns`: town, villages that have some, people, lines by scheme
    (medical, pension), lines with_cause and without_cause.
    """

    files: list[Path]
    people: int
    by_reason: dict[str, int]
    unpaid: bool
    towns: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "gaps",
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": {},
            "by_reason": self.by_reason,
            "unpaid": self.unpaid,
            **{name: sum(town[name] for town in self.towns) for name in ("with_cause", "without_cause")},
            "towns": self.towns,
        }


def write_gaps(
    folder: Path, *, town: str | None, out: Path | None, unpaid: bool, dated: date | None, watcher: Watcher
) -> GapsResult:
    """疑似漏保 of a town or (town None) of every town.

    Who has not paid is listed with `unpaid`, and in any case from the last day of the window on, by `dated` or else by
    the day of the newest batch.
    """
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        policy, towns = district.policy, wanted_towns(district, town)
        day = dated or district.newest_day
        unpaid = unpaid or day >= policy.dates.window.end
        assessment = district.assessment
        table = gap_table(gaps_of(district, unpaid=unpaid), assessment)
        table = table[table["town"].isin(towns).to_numpy()]
        named = reasons(policy)
        receipt = receipt_of(district)
        people = in_order(assessment)[["town", "village"]].drop_duplicates()

        def write(name: str) -> Path:
            rows, villages = (
                table[(table["town"] == name).to_numpy()],
                people.loc[people["town"] == name, "village"].tolist(),
            )
            sheets = gap_sheets(rows, villages, named, name, policy, receipt, day)
            return write_document(folder, out, name, f"疑似漏保_{name}.xlsx", sheets, day)

        files = each_town(towns, write, "疑似漏保", watcher)
        once = people_once(table, named)
        counts = once["reason"].value_counts()
        lines = []
        for name in towns:
            rows = table[(table["town"] == name).to_numpy()]
            lines.append(
                {
                    "town": name,
                    "villages": int(rows["village"].nunique()),
                    "people": int(rows["person"].nunique()),
                    **{scheme: int((rows["scheme"] == scheme).sum()) for scheme in ("medical", "pension")},
                    "with_cause": int((rows["cause"] != "").sum()),
                    "without_cause": int((rows["cause"] == "").sum()),
                }
            )
        by_reason = {reason: int(counts[reason]) for reason in named if reason in counts}
        return GapsResult(files, len(once), by_reason, unpaid, lines)
