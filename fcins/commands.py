"""The stories of init, the imports and status: open, call, one transaction, give a result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins import intake, store
from fcins.asked import (
    category_code,
    open_district,
    sender_of,
    town_name,
    workspace_policy,
)
from fcins.district import District
from fcins.errors import UsageError
from fcins.policy import Policy, load_policy
from fcins.results import ImportResult, StatusResult, counted
from fcins.store import SheetRecord, Store
from fcins.workbook import RawSheet, read_workbook

WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Watcher:
    """Who is told how a command goes: `say` a line, `step` the work now begun (text, number, of how many)."""

    say: Callable[[str], None] = field(default=lambda text: None)
    step: Callable[[str, int, int], None] = field(default=lambda text, number, total: None)


def init(folder: Path, policy_source: str) -> Policy:
    """Make a workspace with its own copy of a policy (a packaged name or a .toml file)."""
    policy = load_policy(policy_source)
    packaged = Path(__file__).parent / "policies" / f"{policy_source}.toml"
    source = packaged if packaged.is_file() else Path(policy_source)
    store.create_workspace(folder, source.read_text("utf-8"))
    return policy


# ── imports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Batch:
    """A file read and typed, ready for the store."""

    path: Path
    sha256: str
    kind: str
    category: str
    declared_total: int | None
    sheets: list[RawSheet]
    facts: pd.DataFrame

    def without_cells(self) -> "_Batch":
        """The same once it is written: where its facts stand, but no texts. Those of a city take gigabytes."""
        sheets = [replace(sheet, rows=sheet.rows.iloc[:0]) for sheet in self.sheets]
        return replace(self, sheets=sheets, facts=self.facts[["seq", "part", "sheet_no", "row"]].copy())


def import_households(
    folder: Path, files: Sequence[Path], *, watcher: Watcher, dry_run: bool = False
) -> list[ImportResult]:
    """户籍: full snapshots, or changes where the file has a 变动类型 column."""

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return intake.household_facts(sheets, policy, date.today())

    return _import(folder, "import-households", files, "households", read, watcher=watcher, dry_run=dry_run)


def import_roster(
    folder: Path,
    files: Sequence[Path],
    *,
    category: str | None,
    declared_total: int | None,
    town: str | None,
    watcher: Watcher,
    dry_run: bool = False,
) -> list[ImportResult]:
    """One department's rosters. `category`: a code, name or alias; `town`: the sender's."""
    policy = workspace_policy(folder)
    code = category_code(policy, category) if category else None
    sender = town_name(policy, town) if town else ""
    if declared_total is not None and len(files) > 1:
        raise UsageError("--declared-total 只能用于一个文件", "请逐个文件导入，分别给出盖章人数")

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return "roster", intake.roster_facts(sheets, policy, code, date.today())

    asked = {"scope": code or "", "town": sender, "declared_total": declared_total}
    return _import(folder, "import-roster", files, "roster", read, watcher=watcher, dry_run=dry_run, asked=asked)


def import_facts(
    folder: Path, files: Sequence[Path], kind: str, *, watcher: Watcher, dry_run: bool = False
) -> list[ImportResult]:
    """参保登记 (kind enrolment) or what the tax office received (kind payments)."""
    command = {"enrolment": "import-enrolment", "payments": "import-payments"}[kind]

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return kind, intake.READERS[kind](sheets, policy, date.today())

    return _import(folder, command, files, kind, read, watcher=watcher, dry_run=dry_run)


def _import(
    folder: Path,
    command: str,
    files: Sequence[Path],
    form: str,
    read: Callable[[list[RawSheet], Policy], tuple[str, pd.DataFrame]],
    *,
    watcher: Watcher,
    dry_run: bool,
    asked: dict[str, Any] | None = None,
) -> list[ImportResult]:
    """Read every file, then put all of them in, or none, in one transaction; judge them as of now."""
    policy = workspace_policy(folder)
    asked = asked or {"scope": "", "town": "", "declared_total": None}
    ready = []
    for number, path in enumerate(files):
        watcher.step(f"读取 {path.name}", number, len(files) + 1)
        sheets = read_workbook(path, intake.REQUIRED[form])
        kind, facts = read(sheets, policy)
        declared = asked["declared_total"]
        if declared is None:
            totals = [sheet.declared_total for sheet in sheets if sheet.declared_total is not None]
            declared = sum(totals) if totals else None
        ready.append(_Batch(path, store.sha256_of(path), kind, _batch_category(facts), declared, sheets, facts))
    watcher.step("写入", len(files), len(files) + 1)
    with (
        store.writing(folder, command, wait_seconds=WAIT_SECONDS, waiting=watcher.say),
        store.open_store(folder) as opened,
        opened.transaction(keep=not dry_run),
    ):
        numbers: list[tuple[int, bool]] = []
        fresh = []
        coming = sum(len(batch.facts) for batch in ready if _same_bytes(opened, batch) is None)
        with opened.adding(ready[0].kind, coming):
            for at, batch in enumerate(ready):
                known = _same_bytes(opened, batch)
                if known is None:
                    number, facts = _add(opened, batch, asked)
                else:
                    number, facts = known, store.as_stored(batch.facts, batch.kind, known)
                numbers.append((number, known is not None))
                fresh.append(facts)
                ready[at] = batch.without_cells()
        watcher.step("核查", len(files), len(files) + 1)
        new = pd.concat(fresh, ignore_index=True) if len(fresh) > 1 else fresh[0]
        fresh.clear()
        district = District.about(opened, policy, ready[0].kind, new, keep=not dry_run)
        return [
            _import_result(district, command, number, already, batch, dry_run)
            for (number, already), batch in zip(numbers, ready, strict=True)
        ]


def _add(opened: Store, batch: _Batch, asked: dict[str, Any]) -> tuple[int, pd.DataFrame]:
    record = {
        "kind": batch.kind,
        "category": batch.category,
        "scope": asked["scope"],
        "town": asked["town"],
        "file": batch.path.name,
        "sha256": batch.sha256,
        "declared_total": batch.declared_total,
        "rows_read": batch.facts["seq"].nunique(),
        "rows_skipped": sum(sheet.skipped for sheet in batch.sheets),
    }
    records = [
        SheetRecord(
            number, sheet.sheet, sheet.hidden, sheet.title, sheet.headings, sheet.rows.assign(row=sheet.row_numbers)
        )
        for number, sheet in enumerate(batch.sheets)
    ]
    return opened.add_batch(record, records, batch.facts)


def _same_bytes(opened: Store, batch: _Batch) -> int | None:
    """The live batch of the same bytes, kind and category, if there is one; not one carried over from last year."""
    batches = opened.batches()
    batches = batches[~batches["batch"].isin(opened.origins()["batch"]).to_numpy()]
    same = batches[
        (batches["sha256"] == batch.sha256) & (batches["kind"] == batch.kind) & (batches["category"] == batch.category)
    ]
    return int(same["batch"].iloc[0]) if len(same) else None


def _batch_category(facts: pd.DataFrame) -> str:
    """A roster's categories, sorted and joined by spaces; "" of other kinds."""
    return " ".join(sorted({code for code in facts["category"].unique() if code})) if "category" in facts else ""


def _import_result(
    district: District, command: str, number: int, already: bool, batch: _Batch, dry_run: bool
) -> ImportResult:
    record = _record(district.batches, number)
    judged = district.judgement(record["kind"])
    verdicts = judged.verdicts.loc[(judged.verdicts["batch"] == number).to_numpy(), "verdict"].value_counts()
    findings = judged.findings[(judged.findings["batch"] == number).to_numpy()]
    warned = findings.loc[(findings["code"].str[0] == "W").to_numpy(), "seq"].nunique()
    category = record["category"]
    # The count given now is what is compared, also for a file that was imported without one.
    declared = batch.declared_total if batch.declared_total is not None else record["declared_total"]
    return ImportResult(
        command=command,
        file=batch.path.name,
        batch=None if dry_run and not already else number,
        category=category if category and " " not in category else None,
        read=int(record["rows_read"]),
        accepted=int(verdicts.get("accepted", 0)),
        warned=int(warned),
        duplicate=int(verdicts.get("duplicate", 0)),
        rejected=int(verdicts.get("rejected", 0)),
        skipped=int(record["rows_skipped"]),
        findings=counted(findings["code"]),
        declared_total=None if pd.isna(declared) else int(declared),
        already_imported=already,
        hidden_sheets=[sheet.sheet for sheet in batch.sheets if sheet.hidden],
        unread_sheets=list(batch.sheets[0].unread),
        places=_places(findings, batch),
    )


def _places(findings: pd.DataFrame, batch: _Batch) -> list[tuple[str, int, str]]:
    """Sheet, row and code of each finding, as they stand in the file."""
    rows = findings.merge(batch.facts[["seq", "part", "sheet_no", "row"]], on=["seq", "part"])
    rows = rows.sort_values(["sheet_no", "row", "code"], kind="stable")
    names = [sheet.sheet for sheet in batch.sheets]
    at = zip(rows["sheet_no"].tolist(), rows["row"].tolist(), rows["code"].tolist(), strict=True)
    return [(names[sheet], row, code) for sheet, row, code in at]


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────────


def status(folder: Path) -> StatusResult:
    """What the workspace holds: residents by town, what each department handed in and how it was judged."""
    with open_district(folder) as district:
        people, policy = district.residents.people, district.policy
        alive = people[(people["status"] == "正常").to_numpy()]
        towns = [
            {"town": name, "villages": int(rows["village"].nunique()), "people": len(rows)}
            for name, rows in alive.groupby("town", sort=False)
        ]
        verdicts = district.verdicts.groupby(["batch", "verdict"]).size().unstack(fill_value=0)
        sources = []
        for number in district.batches["batch"]:
            record = _record(district.batches, number)
            counts = verdicts.loc[record["batch"]] if record["batch"] in verdicts.index else {}
            declared = None if pd.isna(record["declared_total"]) else int(record["declared_total"])
            accepted = int(counts.get("accepted", 0))
            sources.append(
                {
                    "batch": int(record["batch"]),
                    "department": sender_of(record, policy),
                    "kind": record["kind"],
                    "category": record["category"],
                    "file": record["file"],
                    "imported_at": record["imported_at"],
                    "accepted": accepted,
                    "duplicate": int(counts.get("duplicate", 0)),
                    "rejected": int(counts.get("rejected", 0)),
                    "declared_total": declared,
                    "control_total_ok": None if declared is None else declared == accepted,
                }
            )
        return StatusResult(
            folder,
            policy.name,
            policy.fee_year,
            len(people),
            len(alive),
            towns,
            sources,
            counted(district.findings["code"]),
        )


def _record(batches: pd.DataFrame, number: int) -> dict[str, Any]:
    """A batch's own line."""
    line = batches[(batches["batch"] == number).to_numpy()].iloc[0]
    return {str(name): value for name, value in line.items()}
