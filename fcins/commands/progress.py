"""The stories of the campaign's days: the progress bulletin, and what there is to do this morning."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis import today as morning
from fcins.analysis.coverage import by_channel, by_day, counted, coverage, progress, rates_bp
from fcins.analysis.departments import closed, counts_by_file, departments_of, in_order, sender_of
from fcins.analysis.district import District
from fcins.analysis.gaps import causes_by_place, gaps_of
from fcins.analysis.returned import is_copy, returned
from fcins.assessment import liability
from fcins.commands.importing import WAIT_SECONDS, Watcher
from fcins.commands.opening import open_district, wanted_towns
from fcins.commands.registers import document_path
from fcins.documents.progress import Bulletin, bulletin_sheets
from fcins.documents.progress_page import bulletin_page
from fcins.errors import UsageError
from fcins.intake.last_year import REQUIRED, read_rates
from fcins.results import counted as counted_codes
from fcins.results import in_yuan, records, yuan
from fcins.store.lock import writing
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
    with (
        writing(folder, "progress", wait_seconds=WAIT_SECONDS, waiting=watcher.say),
        open_store(folder) as opened,
        opened.transaction(),
    ):
        opened.keep("bulletins", row)


# ── this morning ────────────────────────────────────────────────────────────────────────────────────────────────────


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
