"""The story of gaps: who should be covered and is not, one workbook for each town."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.gaps import gaps_of, people_once, reasons
from fcins.commands.feedback import receipt_of
from fcins.commands.opening import Watcher, open_district, wanted_towns
from fcins.commands.writing import Document, document_path, write_documents
from fcins.documents.gaps import gap_sheets, gap_table
from fcins.documents.layout import in_order
from fcins.workbooks.writing import Sheet


@dataclass(frozen=True)
class TownGaps:
    """The gaps of a town. `villages`: those that have some; `people`: each once.

    The rest counts gaps, a person and a scheme each: of medical and of pension, with a cause and without.
    """

    town: str
    villages: int
    people: int
    medical: int
    pension: int
    with_cause: int
    without_cause: int


@dataclass(frozen=True)
class GapsResult:
    """Gaps written. `people`: each once. `by_reason`: the same people, by the reason why they matter.

    `unpaid`: whether who has not paid is among them.
    """

    files: list[Path]
    people: int
    by_reason: dict[str, int]
    unpaid: bool
    towns: list[TownGaps]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "gaps",
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": {},
            "by_reason": self.by_reason,
            "unpaid": self.unpaid,
            "with_cause": sum(town.with_cause for town in self.towns),
            "without_cause": sum(town.without_cause for town in self.towns),
            "towns": [vars(town) for town in self.towns],
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
        result, documents = gaps_workbooks(district, wanted_towns(district, town), unpaid, out, dated)
        write_documents(documents, watcher)
        return result


def gaps_workbooks(
    district: District, towns: list[str], unpaid: bool, out: Path | None, dated: date | None
) -> tuple[GapsResult, list[Document]]:
    """The gaps of these towns: what they add up to, and the documents to write; `unpaid` as in `write_gaps`."""
    policy, assessment = district.policy, district.assessment
    day = dated or district.newest_day
    unpaid = unpaid or day >= policy.dates.window.end
    table = gap_table(gaps_of(district, unpaid=unpaid), assessment)
    table = table[table["town"].isin(towns).to_numpy()]
    named = reasons(policy)
    receipt = receipt_of(district)
    people = in_order(assessment)[["town", "village"]].drop_duplicates()

    def of_town(name: str) -> Document:
        def lay_out() -> list[Sheet]:
            rows = table[(table["town"] == name).to_numpy()]
            villages = people.loc[people["town"] == name, "village"].tolist()
            return gap_sheets(rows, villages, named, name, policy, receipt, day)

        path = document_path(district.store.folder, out, name, f"疑似漏保_{name}.xlsx")
        return Document(path, "疑似漏保名单", name, day, lay_out, receipt=receipt)

    documents = [of_town(name) for name in towns]
    once = people_once(table, named)
    counts = once["reason"].value_counts()
    by_town = [_town_gaps(name, table[(table["town"] == name).to_numpy()]) for name in towns]
    by_reason = {reason: int(counts[reason]) for reason in named if reason in counts}
    return GapsResult([each.path for each in documents], len(once), by_reason, unpaid, by_town), documents


def _town_gaps(town: str, rows: pd.DataFrame) -> TownGaps:
    """`rows`: of gap_table, those of the town."""
    return TownGaps(
        town=town,
        villages=int(rows["village"].nunique()),
        people=int(rows["person"].nunique()),
        medical=int((rows["scheme"] == "medical").sum()),
        pension=int((rows["scheme"] == "pension").sum()),
        with_cause=int((rows["cause"] != "").sum()),
        without_cause=int((rows["cause"] == "").sum()),
    )
