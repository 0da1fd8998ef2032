"""The story of progress: the bulletin of a day, as a workbook and a page."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.coverage import by_channel, by_day, counted, coverage, progress, rates_bp
from fcins.analysis.district import District
from fcins.analysis.gaps import causes_by_place, gaps_of
from fcins.assessment import liability
from fcins.commands.opening import Watcher, changing, open_district, wanted_towns
from fcins.commands.writing import document_path
from fcins.documents.progress import Bulletin, bulletin_sheets
from fcins.documents.progress_page import bulletin_page
from fcins.errors import UsageError
from fcins.figures import in_yuan, records, yuan
from fcins.intake.last_year import REQUIRED, read_rates
from fcins.store.schema import FACT_TABLES
from fcins.store.workspace import open_store
from fcins.values import UNUSABLE_FEN
from fcins.workbooks.pages import write_page
from fcins.workbooks.reading import read_workbook
from fcins.workbooks.writing import write_workbook

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
        told, found = self.bulletin, self.bulletin.found
        return {
            "command": "progress",
            "date": told.day.isoformat(),
            "previous": told.previous and told.previous.isoformat(),
            "files": [str(path) for path in self.files],
            "towns": _lines(found.towns, "village"),
            "villages": _lines(found.villages),
            "whole": _lines(found.whole, "town", "village", "rank"),
            "channels": [in_yuan(line) for line in records(told.channels)],
            "days": [in_yuan(line) for line in records(told.days)],
            "pending": in_yuan(told.pending),
            "gaps": records(told.gaps),
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
    watcher.step("计算", 0, 2)
    with open_district(folder) as district:
        policy = district.policy
        wanted = wanted_towns(district, town)
        chosen = wanted[0] if town else ""
        day = dated or district.newest_day
        given = read_rates(read_workbook(last_year, REQUIRED), policy) if last_year else None
        if since is not None and since >= day:
            raise UsageError(f"--since {since} 不早于通报的日期 {day}", "--since 写上期通报的日期，--date 写本期的日期")
        bulletin, last_batch = _bulletin(district, chosen, day, since, given)
    watcher.step("写入", 1, 2)
    names = (f"缴费进度通报_{day.isoformat()}.xlsx", "缴费进度通报.html")
    workbook, page = (document_path(folder, out, chosen, name) for name in names)
    write_workbook(workbook, bulletin_sheets(bulletin), created=day)
    write_page(page, bulletin.title, bulletin_page(bulletin))
    _keep(folder, (day.isoformat(), chosen, last_batch), watcher)
    return ProgressResult(bulletin, [workbook, page])


def _bulletin(
    district: District, town: str, day: date, since: date | None, given: pd.DataFrame | None
) -> tuple[Bulletin, int]:
    """A bulletin of the day, and the newest batch that it knows. `given`: last year's rates, where a file has them."""
    policy, people = district.policy, district.residents.people
    who = liability.population(people, district.rosters.holding, policy, district.days_paid)
    payments, last_batch = district.payments.holding, int(district.batches["batch"].max())
    paid = counted(payments, policy.fee_year, day)
    previous, known_batch = _last_bulletin(district, town, day, since)
    before = None
    if previous is not None:
        known = counted(payments, policy.fee_year, previous, known_batch)
        before = coverage(who, district.assessment, known)
    rates = given if given is not None else _carried_rates(district)
    found = progress(coverage(who, district.assessment, paid), before, rates, list(policy.town_names))
    mine = paid
    if town:
        found = found.of_town(town)
        mine = paid[(district.residents.told("town", district.residents.find(paid["key"])) == town).to_numpy()]
    bulletin = Bulletin(
        policy=policy,
        town=town,
        day=day,
        previous=previous,
        found=found,
        channels=by_channel(mine),
        days=by_day(mine, policy.dates.window.start),
        pending=_pending(district, town, day),
        gaps=_gaps(district, town, day, paid),
    )
    return bulletin, last_batch


def _gaps(district: District, town: str, day: date, payments: pd.DataFrame) -> pd.DataFrame:
    """有原因 and 无原因 by town, or by village of one town; who has not paid from the window's last day on."""
    lines = gaps_of(district, unpaid=day >= district.policy.dates.window.end, payments=payments)
    if town:
        return causes_by_place(lines[(lines["town"] == town).to_numpy()], "village")
    order = {name: at for at, name in enumerate(district.policy.town_names)}
    return causes_by_place(lines.sort_values("town", key=lambda towns: towns.map(order), kind="stable"), "town")


def _last_bulletin(district: District, town: str, day: date, since: date | None) -> tuple[date | None, int | None]:
    """The day of the newest earlier bulletin that showed this town, or (town "") the district, and what it knew.

    With `since` that of just this day; if none was written then, all payments made by then count as known.
    """
    told = district.store.kept("bulletins")
    earlier = told["dated"] < day.isoformat() if since is None else told["dated"] == since.isoformat()
    told = told[(earlier & told["town"].isin(["", town])).to_numpy()]
    lines = records(told.sort_values(["dated", "last_batch"], kind="stable"))
    return (date.fromisoformat(lines[-1]["dated"]), int(lines[-1]["last_batch"])) if lines else (since, None)


def _carried_rates(district: District) -> pd.DataFrame | None:
    """Last year's people as `rollover` kept them."""
    rates = district.store.last_year_rates()
    return rates.assign(rate_bp=rates_bp(rates["covered"], rates["liable"])) if len(rates) else None


def _pending(district: District, town: str, day: date) -> dict[str, int]:
    """The payments that the check returned: their money waits for reconciliation. `town`: as the rows say.

    Those too that a department has settled (已死亡 …), since the money came; of a corrected row the correction.
    """
    verdicts = district.verdicts_of("payments")
    rejected = district.answered.standing(verdicts[(verdicts["verdict"] == "rejected").to_numpy()])
    columns = ["town", "amount_fen", "paid_on", "fee_year"]
    rows = district.store.facts_of_rows(FACT_TABLES["payments"], columns, rejected)
    mine = (rows["fee_year"] == district.policy.fee_year) & (rows["paid_on"] <= day.isoformat())
    mine &= rows["amount_fen"] != UNUSABLE_FEN
    if town:
        mine &= rows["town"] == town
    return {"payments": int(mine.sum()), "amount_fen": int(rows.loc[mine.to_numpy(), "amount_fen"].sum())}


def _keep(folder: Path, row: tuple[str, str, int], watcher: Watcher) -> None:
    """Keep a bulletin's day, and what it knew."""
    with open_store(folder) as opened:
        if row in opened.kept("bulletins").itertuples(index=False, name=None):
            return
    with changing(folder, "progress", watcher) as opened:
        opened.keep("bulletins", row)
