"""The stories of init, the imports and status: open, call, one transaction, give a result."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.departments import by_category, closed, counts_by_file
from fcins.analysis.district import District
from fcins.analysis.returned import returned
from fcins.analysis.suggestions import meant_categories
from fcins.assessment.residents import listed
from fcins.commands.opening import category_code, open_district, town_name, workspace_policy
from fcins.commands.replacing import Replace, Replacement, scope_of
from fcins.errors import InputError, UsageError
from fcins.intake import facts as intake
from fcins.intake.replies import went_out
from fcins.policy.loading import Policy, load_policy
from fcins.results import ImportResult, StatusResult, counted, records
from fcins.store import store
from fcins.store.lock import writing
from fcins.store.schema import as_stored
from fcins.store.sheets import record_of
from fcins.store.store import Store
from fcins.store.workspace import create_workspace, open_store
from fcins.workbooks.reading import RawSheet, read_workbook

WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Watcher:
    """Who is told how a command goes: `say` a line, `step` the work now begun (text, number, of how many)."""

    say: Callable[[str], None] = field(default=lambda text: None)
    step: Callable[[str, int, int], None] = field(default=lambda text, number, total: None)


@dataclass(frozen=True)
class InitResult:
    """A workspace made, and the policy that it keeps."""

    workspace: Path
    policy: Policy

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        policy = self.policy
        where = str(self.workspace)
        return {"command": "init", "workspace": where, "policy": policy.name, "fee_year": policy.fee_year}


def init(folder: Path, policy_source: str) -> InitResult:
    """Make a workspace with its own copy of a policy (a packaged name or a .toml file)."""
    policy = load_policy(policy_source)
    packaged = Path(__file__).parents[1] / "policies" / f"{policy_source}.toml"
    source = packaged if packaged.is_file() else Path(policy_source)
    create_workspace(folder, source.read_text("utf-8"))
    return InitResult(folder, policy)


# ── imports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Batch:
    """A file read and typed, ready for the store."""

    path: Path
    sha256: str
    kind: str
    category: str
    declared_total: int | None
    sheets: list[RawSheet]
    facts: pd.DataFrame

    def without_cells(self) -> "Batch":
        """The same once it is written: where its facts stand, but no texts. Those of a city take gigabytes."""
        sheets = [dataclasses.replace(sheet, rows=sheet.rows.iloc[:0]) for sheet in self.sheets]
        return dataclasses.replace(self, sheets=sheets, facts=self.facts[["seq", "part", "sheet_no", "row"]].copy())


def import_households(
    folder: Path,
    files: Sequence[Path],
    *,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    town: str | None = None,
    force: bool = False,
) -> list[ImportResult]:
    """户籍: full snapshots, or changes where the file has a 变动类型 column.

    With `replace` the files are the whole list, of `town` or of all.
    """
    sender = town_name(workspace_policy(folder), town) if town else ""

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return intake.household_facts(sheets, policy, date.today())

    asked = {"scope": "", "town": sender, "declared_total": None}
    whole = Replace(sender, force) if replace else None
    opened = _first_hand(open_files(files, "households", watcher))
    return _import(
        folder, "import-households", opened, read, watcher=watcher, dry_run=dry_run, asked=asked, replace=whole
    )


Opened = tuple[Path, list[RawSheet]]
"""A file and the sheets that were recognised in it."""


def open_files(files: Sequence[Path], form: str, watcher: Watcher) -> Iterator[Opened]:
    """The files, each with its recognised sheets (intake.REQUIRED of this form)."""
    for number, path in enumerate(files):
        watcher.step(f"读取 {path.name}", number, len(files) + 1)
        yield path, read_workbook(path, intake.REQUIRED[form])


def _first_hand(files: Iterable[Opened]) -> Iterator[Opened]:
    """The files. Raises InputError for one that went out for answers: its rows would count a second time."""
    for path, sheets in files:
        if any(map(went_out, sheets)):
            raise InputError(
                f"{path.name}：是本程序送出的反馈工作簿或疑似漏保名单，不是原始资料",
                "填好后用 fcins import-roster 导入，各行按原来的资料更正",
            )
        yield path, sheets


def asked_of_roster(
    folder: Path, files: int, *, category: str | None, declared_total: int | None, town: str | None
) -> dict[str, Any]:
    """What was asked of so many roster files: scope (a category's code, or ""), town (the sender's), declared_total.

    `category`: a code, name or alias. Raises UsageError for what does not exist, before any file is opened.
    """
    policy = workspace_policy(folder)
    if declared_total is not None and files > 1:
        raise UsageError("--declared-total 只能用于一个文件", "请逐个文件导入，分别给出盖章人数")
    return {
        "scope": category_code(policy, category) if category else "",
        "town": town_name(policy, town) if town else "",
        "declared_total": declared_total,
    }


def import_roster(
    folder: Path,
    files: Sequence[Opened],
    asked: dict[str, Any],
    *,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    force: bool = False,
) -> list[ImportResult]:
    """One department's rosters, with what was asked of them (asked_of_roster).

    With `replace` the files are the whole lists of their categories, for the sender's town or for all towns.
    """

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return "roster", intake.roster_facts(sheets, policy, asked["scope"] or None, date.today())

    whole = Replace(asked["town"], force) if replace else None
    return _import(folder, "import-roster", files, read, watcher=watcher, dry_run=dry_run, asked=asked, replace=whole)


def import_facts(
    folder: Path, files: Sequence[Path], kind: str, *, watcher: Watcher, dry_run: bool = False
) -> list[ImportResult]:
    """参保登记 (kind enrolment) or what the tax office received (kind payments)."""
    command = {"enrolment": "import-enrolment", "payments": "import-payments"}[kind]

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return kind, intake.READERS[kind](sheets, policy, date.today())

    opened = _first_hand(open_files(files, kind, watcher))
    return _import(folder, command, opened, read, watcher=watcher, dry_run=dry_run)


def _import(
    folder: Path,
    command: str,
    files: Iterable[Opened],
    read: Callable[[list[RawSheet], Policy], tuple[str, pd.DataFrame]],
    *,
    watcher: Watcher,
    dry_run: bool,
    asked: dict[str, Any] | None = None,
    replace: Replace | None = None,
) -> list[ImportResult]:
    """Read every file, then put all of them in, or none, in one transaction; judge them as of now."""
    policy = workspace_policy(folder)
    asked = asked or {"scope": "", "town": "", "declared_total": None}
    ready = []
    for path, sheets in files:
        kind, facts = read(sheets, policy)
        declared = asked["declared_total"]
        if declared is None:
            totals = [sheet.declared_total for sheet in sheets if sheet.declared_total is not None]
            declared = sum(totals) if totals else None
        category = store.batch_category(facts) or asked["scope"]  # an empty list is one of the category asked for
        ready.append(Batch(path, store.sha256_of(path), kind, category, declared, sheets, facts))
    scope = (
        scope_of({each.kind for each in ready}, [each.category for each in ready], replace.town) if replace else None
    )
    watcher.step("写入", len(ready), len(ready) + 1)
    with (
        writing(folder, command, wait_seconds=WAIT_SECONDS, waiting=watcher.say),
        open_store(folder) as opened,
        opened.transaction(keep=not dry_run),
    ):
        numbers: list[tuple[int, bool]] = []
        fresh = []
        there = [_same_bytes(opened, batch) for batch in ready]
        replacement = Replacement(opened, policy, scope, [number for number in there if number]) if scope else None
        coming = sum(len(batch.facts) for batch, known in zip(ready, there, strict=True) if known is None)
        with opened.adding(ready[0].kind, coming):
            for at, batch in enumerate(ready):
                known = _same_bytes(opened, batch)
                if known is None:
                    number, facts = add(opened, batch, asked)
                else:
                    number, facts = known, as_stored(batch.facts, batch.kind, known)
                numbers.append((number, known is not None))
                fresh.append(facts)
                ready[at] = batch.without_cells()
        if replacement:
            replacement.take_out(numbers)
        watcher.step("核查", len(ready), len(ready) + 1)
        # What a replacement that may yet be refused would leave is not kept either.
        keep = not dry_run and (replace is None or replace.force)
        new = pd.concat(fresh, ignore_index=True) if len(fresh) > 1 else fresh[0]
        fresh.clear()
        district = District.about(opened, policy, ready[0].kind, new, keep=keep)
        results = [
            import_result(district, command, number, already, batch, dry_run)
            for (number, already), batch in zip(numbers, ready, strict=True)
        ]
        if replacement and replace:
            replaced = replacement.outcome(district, force=replace.force)
            results[0] = dataclasses.replace(results[0], replaced=replaced)
        return results


def add(opened: Store, batch: Batch, asked: dict[str, Any]) -> tuple[int, pd.DataFrame]:
    """Put a batch into the store; `asked` has its scope and town. Gives its number and its facts as stored."""
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
    records = [record_of(number, sheet) for number, sheet in enumerate(batch.sheets)]
    return opened.add_batch(record, records, batch.facts)


def _same_bytes(opened: Store, batch: Batch) -> int | None:
    """The live batch of the same bytes, kind and category, if there is one.

    Not one carried over from last year, nor one of which rows were taken back: those have other facts than the file.
    """
    batches = opened.batches()
    other = pd.concat([opened.origins()["batch"], opened.withdrawals()["batch"]])
    batches = batches[~batches["batch"].isin(other).to_numpy()]
    same = batches[
        (batches["sha256"] == batch.sha256) & (batches["kind"] == batch.kind) & (batches["category"] == batch.category)
    ]
    return int(same["batch"].iloc[0]) if len(same) else None


def import_result(
    district: District, command: str, number: int, already: bool, batch: Batch, dry_run: bool
) -> ImportResult:
    """What came of a batch, judged as of now; `already`: it was there before."""
    record = district.batch(number)
    judged, findings = district.verdicts_of(record["kind"]), district.findings_of(record["kind"])
    verdicts = judged.loc[(judged["batch"] == number).to_numpy(), "verdict"].value_counts()
    findings = findings[(findings["batch"] == number).to_numpy()]
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
        unread_sheets=list(batch.sheets[0].unread) if batch.sheets else [],
        places=_places(findings, batch, district),
    )


def _places(findings: pd.DataFrame, batch: Batch, district: District) -> list[tuple[str, int, str, list[str]]]:
    """Sheet, row and code of each finding, as they stand in the file, and the categories an unknown one may mean."""
    rows = findings.merge(batch.facts[["seq", "part", "sheet_no", "row"]], on=["seq", "part"])
    rows = rows.sort_values(["sheet_no", "row", "code"], kind="stable", ignore_index=True)
    names = [sheet.sheet for sheet in batch.sheets]
    unknown = np.flatnonzero((rows["code"] == "E303") & (batch.kind == "roster"))
    meant = meant_categories(district.store, rows.iloc[unknown], district.policy)
    near = dict(zip(unknown.tolist(), meant, strict=True))
    at = zip(rows["sheet_no"].tolist(), rows["row"].tolist(), rows["code"].tolist(), strict=True)
    return [(names[sheet], row, code, near.get(number, [])) for number, (sheet, row, code) in enumerate(at)]


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────────


def status(folder: Path) -> StatusResult:
    """What the workspace holds: residents by town, what each department handed in and how it was judged."""
    with open_district(folder) as district:
        people, policy = district.residents.people, district.policy
        alive = people[listed(people)]
        towns = [
            {"town": name, "villages": int(rows["village"].nunique()), "people": len(rows)}
            for name, rows in alive.groupby("town", sort=False)
        ]
        lines = returned(district).lines
        counts = counts_by_file(district, lines, "")
        sources = [
            {
                "batch": file["batch"],
                "department": "、".join(file["departments"]),
                "kind": file["kind"],
                "category": file["category_codes"],
                "file": file["file"],
                "imported_at": file["imported_at"],
                "accepted": file["accepted"],
                "duplicate": file["duplicate"],
                "rejected": file["returned"],
                "settled": file["settled"],
                "open": file["open"],
                "declared_total": None if pd.isna(file["declared"]) else int(file["declared"]),
                "control_total_ok": closed(file),
            }
            for file in records(counts)
        ]
        return StatusResult(
            folder,
            policy.name,
            policy.fee_year,
            len(people),
            len(alive),
            towns,
            sources,
            by_category(district, counts, lines),
            counted(district.findings["code"]),
        )
