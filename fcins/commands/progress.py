"""The story of progress: the bulletin of a day, as a workbook and a page."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.bulletin import Bulletin, bulletin_of
from fcins.commands.opening import Watcher, changing, open_district, wanted_towns
from fcins.commands.writing import Document, Page, document_path, write_documents
from fcins.documents.progress import bulletin_sheets
from fcins.documents.progress_page import bulletin_page
from fcins.errors import UsageError
from fcins.figures import in_yuan, records, yuan
from fcins.intake.last_year import REQUIRED, read_rates
from fcins.store.workspace import open_store
from fcins.workbooks.reading import read_workbook

_FIGURES = {
    "town": "town", "village": "village", "scheme": "scheme", "liable": "liable", "covered": "covered",
    "rate_bp": "rate", "due_fen": "due", "received_fen": "paid", "rank": "rank", "more_covered": "more_covered",
    "more_received_fen": "more_paid", "last_rate_bp": "last_year_rate", "change_bp": "change",
}  # fmt: skip


@dataclass(frozen=True)
class ProgressResult:
    """A bulletin and where it was written."""

    bulletin: Bulletin
    files: list[Path]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals, rates as fractions."""
        bulletin, found = self.bulletin, self.bulletin.found
        return {
            "command": "progress",
            "date": bulletin.day.isoformat(),
            "previous": bulletin.previous and bulletin.previous.isoformat(),
            "files": [str(path) for path in self.files],
            "towns": _lines(found.towns, "village"),
            "villages": _lines(found.villages),
            "whole": _lines(found.whole, "town", "village", "rank"),
            "channels": [in_yuan(line) for line in records(bulletin.channels)],
            "days": [in_yuan(line) for line in records(bulletin.days)],
            "pending": in_yuan(bulletin.pending),
            "by_departments": in_yuan(bulletin.by_departments),
            "gaps": records(bulletin.gaps),
        }


def _lines(places: pd.DataFrame, *without: str) -> list[dict[str, Any]]:
    """Places as JSON has them; null where something is not known."""
    lines = []
    for row in records(places):
        line: dict[str, Any] = {}
        for name, value in row.items():
            if name in without:
                continue
            known: Any = None if pd.isna(value) else value
            if known is not None and name.endswith("_fen"):
                known = yuan(int(value))
            elif known is not None and name.endswith("_bp"):
                known = int(value) / 10_000
            line[_FIGURES[name]] = known
        lines.append(line)
    return lines


def write_progress(
    folder: Path,
    *,
    town: str | None,
    last_year: Path | None,
    out: Path | None,
    dated: date | None,
    since: date | None = None,
    watcher: Watcher,
) -> ProgressResult:
    """缴费进度通报 of the district, or of one town, as a workbook and a page; its day is kept for the next one.

    `since`: the day of the bulletin to compare with, else the last one; `last_year`: a table of last year, else what
    `rollover` brought. Raises UsageError where `since` is not before the bulletin's own day.
    """
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        wanted = wanted_towns(district, town)
        chosen = wanted[0] if town else ""
        day = dated or district.newest_day
        given = read_rates(read_workbook(last_year, REQUIRED), district.policy) if last_year else None
        if since is not None and since >= day:
            raise UsageError(f"--since {since} 不早于通报的日期 {day}", "--since 写上期通报的日期，--date 写本期的日期")
        bulletin, last_batch = bulletin_of(district, chosen, day, since, given)
    documents = bulletin_documents(folder, out, bulletin)
    write_documents(documents, watcher)
    keep_bulletin(folder, bulletin, last_batch, watcher)
    return ProgressResult(bulletin, [document.path for document in documents])


def bulletin_documents(folder: Path, out: Path | None, bulletin: Bulletin) -> list[Document | Page]:
    """The bulletin's workbook and page, to write."""
    day = bulletin.day
    names = (f"缴费进度通报_{day.isoformat()}.xlsx", "缴费进度通报.html")
    workbook, page = (document_path(folder, out, bulletin.town, name) for name in names)
    return [
        Document(workbook, "缴费进度通报", bulletin.town, day, partial(bulletin_sheets, bulletin)),
        Page(page, "缴费进度通报", bulletin.town, bulletin.title, partial(bulletin_page, bulletin)),
    ]


def keep_bulletin(folder: Path, bulletin: Bulletin, last_batch: int, watcher: Watcher) -> None:
    """Keep a bulletin's day, and what it knew: the next one is compared with it."""
    row = (bulletin.day.isoformat(), bulletin.town, last_batch)
    with open_store(folder) as opened:
        if row in opened.kept("bulletins").itertuples(index=False, name=None):
            return
    with changing(folder, "progress", watcher) as opened:
        opened.keep("bulletins", row)
