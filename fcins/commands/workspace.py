"""The stories of init, status, batches and withdraw: a workspace, what it holds, and taking an import back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.contradictions import contradicted
from fcins.analysis.departments import CategoryCount, FileCount, by_category, counts_by_file, file_counts
from fcins.analysis.district import District
from fcins.analysis.expected_lists import ExpectedList, expected_lists_of, missing_lists
from fcins.analysis.losses import holdings, losses
from fcins.analysis.next_steps import NextStep, next_steps
from fcins.analysis.returned import returned
from fcins.assessment.residents import listed
from fcins.commands.opening import Watcher, changing, open_district, workspace_policy
from fcins.errors import UsageError
from fcins.figures import BATCH_NAMES, code_counts, records
from fcins.policy.loading import Policy, load_policy
from fcins.store.batches import BatchRecord, batch_records
from fcins.store.store import Store
from fcins.store.workspace import create_workspace


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


@dataclass(frozen=True)
class TownPeople:
    """How many people of a town are listed, and in how many villages."""

    town: str
    villages: int
    people: int


@dataclass(frozen=True)
class StatusResult:
    """What the workspace holds: `sources` file by file, as they stand now; `departments` by category.

    `differing`: accepted rows that another row contradicts, and that nobody has answered yet. `missing`: the lists that
    have not come; `next`: what to do.
    """

    missing: list[ExpectedList]
    workspace: Path
    policy: str
    fee_year: int
    people: int
    listed: int
    towns: list[TownPeople]
    sources: list[FileCount]
    departments: list[CategoryCount]
    differing: int
    findings: dict[str, int]
    next: list[NextStep]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "status",
            "missing": [each.as_json() for each in self.missing],
            "workspace": str(self.workspace),
            "policy": self.policy,
            "fee_year": self.fee_year,
            "people": self.people,
            "listed": self.listed,
            "towns": [vars(town) for town in self.towns],
            "sources": [_source(file) for file in self.sources],
            "departments": [vars(count) for count in self.departments],
            "differing": self.differing,
            "findings": self.findings,
            "next": [vars(step) for step in self.next],
        }


def _source(file: FileCount) -> dict[str, Any]:
    """A file as --json has it."""
    return {
        "batch": file.batch,
        "department": "、".join(file.departments),
        "kind": file.kind,
        "category": " ".join(file.categories),
        "file": file.file,
        "imported_at": file.imported_at,
        "accepted": file.accepted,
        "duplicate": file.duplicate,
        "rejected": file.rejected,
        "settled": file.settled,
        "open": file.open,
        "declared_total": file.declared_total,
        "control_total_ok": file.closes,
    }


def status(folder: Path, today: date) -> StatusResult:
    """What the workspace holds: residents by town, what each department handed in and how it was judged, what has not
    come by today, and what to do next."""
    with open_district(folder) as district:
        people, policy = district.residents.people, district.policy
        alive = people[listed(people)]
        towns = [
            TownPeople(str(name), int(rows["village"].nunique()), len(rows))
            for name, rows in alive.groupby("town", sort=False)
        ]
        lines = returned(district).lines
        counts = counts_by_file(district, lines, "")
        lists, departments = expected_lists_of(district), by_category(district, counts, lines)
        return StatusResult(
            missing_lists(lists, today),
            folder,
            policy.name,
            policy.fee_year,
            len(people),
            len(alive),
            towns,
            file_counts(counts),
            departments,
            len(contradicted(district).lines.drop_duplicates(["batch", "seq"])),
            code_counts(district.findings["code"]),
            next_steps(policy, lists, sum(file.open for file in file_counts(counts)), today),
        )


# ── every import there was ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Withdrawal:
    """How many rows were taken out of a batch, when, by whom, and by which batch they were replaced, if by one."""

    rows: int
    withdrawn_at: str
    withdrawn_by: str
    replaced_by: int | None


@dataclass(frozen=True)
class BatchLine:
    """One import. `category`: the codes of a roster; `what`: the same in words; verdicts only of one that is live.

    `cut`: which rows were taken out of a batch that is still live.
    """

    batch: int
    imported_at: str
    imported_by: str
    kind: str
    category: str
    what: str
    file: str
    sha256: str
    read: int
    accepted: int | None
    duplicate: int | None
    rejected: int | None
    declared_total: int | None
    live: bool
    withdrawn_at: str | None
    withdrawn_by: str | None
    replaced_by: int | None
    cut: list[Withdrawal]


@dataclass(frozen=True)
class BatchesResult:
    """Every import there was, by number."""

    batches: list[BatchLine]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        lines = [{**vars(line), "cut": [vars(each) for each in line.cut]} for line in self.batches]
        return {"command": "batches", "batches": lines}


def batches(folder: Path) -> BatchesResult:
    """Every import: those that count, as they are judged now, and those taken back."""
    with open_district(folder) as district:
        policy = district.policy
        notes = _notes(district.store)
        verdicts = district.verdicts.groupby(["batch", "verdict"]).size().unstack(fill_value=0)
        lines = []
        for record in district.batch_records.values():
            counts: Any = verdicts.loc[record.number] if record.number in verdicts.index else {}
            cut = [note.withdrawal for note in notes if note.batch == record.number]
            lines.append(_live_line(record, policy, counts, cut))
        # If rows were taken out of a batch before the rest of it, the last note tells all.
        last = {note.batch: note for note in notes if note.batch not in district.batch_records}
        lines += [_withdrawn_line(note, policy) for note in last.values()]
        return BatchesResult(sorted(lines, key=lambda line: line.batch))


def _live_line(record: BatchRecord, policy: Policy, counts: Any, cut: list[Withdrawal]) -> BatchLine:
    """`counts`: verdict → rows."""
    return BatchLine(
        batch=record.number,
        imported_at=record.imported_at,
        imported_by=record.imported_by,
        kind=record.kind,
        category=" ".join(record.categories),
        what=_what(record.kind, record.categories, policy),
        file=record.file,
        sha256=record.sha256,
        read=record.rows_read,
        accepted=int(counts.get("accepted", 0)),
        duplicate=int(counts.get("duplicate", 0)),
        rejected=int(counts.get("rejected", 0)),
        declared_total=record.declared_total,
        live=True,
        withdrawn_at=None,
        withdrawn_by=None,
        replaced_by=None,
        cut=cut,
    )


@dataclass(frozen=True)
class _Note:
    """A row of the table `withdrawals`: what a batch was, and which of its rows were taken out."""

    batch: int
    kind: str
    categories: tuple[str, ...]
    file: str
    sha256: str
    imported_at: str
    imported_by: str
    withdrawal: Withdrawal


def _notes(opened: Store) -> list[_Note]:
    """What was taken back, oldest first."""
    return [
        _Note(
            batch=row["batch"],
            kind=row["kind"],
            categories=tuple(row["category"].split()),
            file=row["file"],
            sha256=row["sha256"],
            imported_at=row["imported_at"],
            imported_by=row["imported_by"],
            withdrawal=Withdrawal(
                rows=row["rows"],
                withdrawn_at=row["withdrawn_at"],
                withdrawn_by=row["withdrawn_by"],
                replaced_by=None if pd.isna(row["replaced_by"]) else int(row["replaced_by"]),
            ),
        )
        for row in records(opened.withdrawals())
    ]


def _withdrawn_line(note: _Note, policy: Policy) -> BatchLine:
    return BatchLine(
        batch=note.batch,
        imported_at=note.imported_at,
        imported_by=note.imported_by,
        kind=note.kind,
        category=" ".join(note.categories),
        what=_what(note.kind, note.categories, policy),
        file=note.file,
        sha256=note.sha256,
        read=note.withdrawal.rows,
        accepted=None,
        duplicate=None,
        rejected=None,
        declared_total=None,
        live=False,
        withdrawn_at=note.withdrawal.withdrawn_at,
        withdrawn_by=note.withdrawal.withdrawn_by,
        replaced_by=note.withdrawal.replaced_by,
        cut=[],
    )


def _what(kind: str, categories: Iterable[str], policy: Policy) -> str:
    """What a batch is, in words: the names of a roster's categories, or its kind."""
    if kind != "roster":
        return BATCH_NAMES[kind]
    known = policy.category_codes
    return "、".join(policy.category(code).name if code in known else code for code in categories) or "未识别"


# ── taking one back ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Loss:
    """How many people lose what; `amount_fen`: None where it is no money."""

    what: str
    people: int
    amount_fen: int | None


@dataclass(frozen=True)
class WithdrawResult:
    """A batch taken back (or looked at before it is): its rows, and who loses what, in the order of the policy."""

    batch: int
    file: str
    what: str
    rows: int
    people: int
    losses: list[Loss]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        names = ("batch", "file", "rows", "people")
        return {"command": "withdraw", **{name: getattr(self, name) for name in names}}


def withdraw(folder: Path, number: int, *, watcher: Watcher, keep: bool = True) -> WithdrawResult:
    """Take a batch back with all its facts; with `keep=False` only say what that would mean.

    Raises UsageError for a number that no batch has, or one that was taken back before.
    """
    policy = workspace_policy(folder)
    with changing(folder, "withdraw", watcher, keep=keep) as opened:
        batch = _live(opened, number)
        watcher.step("核查", 0, 2)
        before = holdings(District(opened, policy, keep=False), batch.kind)
        opened.withdraw([number])
        watcher.step("核查", 1, 2)
        lost = losses(before, holdings(District(opened, policy, keep=keep), batch.kind))
        by_what = [
            Loss(str(what), rows["key"].nunique(), int(rows["amount_fen"].sum()) if batch.kind == "payments" else None)
            for what, rows in lost.groupby("what", sort=False)
        ]
        what = _what(batch.kind, batch.categories, policy)
        return WithdrawResult(number, batch.file, what, batch.rows_read, int(lost["key"].nunique()), by_what)


def _live(opened: Store, number: int) -> BatchRecord:
    """A live batch; UsageError with what became of another."""
    for record in batch_records(opened.batches()):
        if record.number == number:
            return record
    notes = [note for note in _notes(opened) if note.batch == number]
    if not notes:
        raise UsageError(f"没有批次{number}", "用 fcins batches 查看有哪些批次")
    last = notes[-1].withdrawal
    by = "" if last.replaced_by is None else f"，由批次{last.replaced_by}替换"
    raise UsageError(
        f"批次{number}（{notes[-1].file}）已于{last.withdrawn_at}由{last.withdrawn_by}撤回{by}",
        "不用再撤回；要恢复的，重新导入原来的文件",
    )
