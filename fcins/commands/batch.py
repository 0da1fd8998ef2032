"""A file read and typed, put into the store, and what came of it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.suggestions import meant_categories
from fcins.figures import code_counts
from fcins.intake.typed import Typed
from fcins.notices import Notice
from fcins.store.batches import NewBatch, batch_categories, batch_records
from fcins.store.schema import as_stored
from fcins.store.sheets import record_of
from fcins.store.store import Store, sha256_of
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.reading import RawSheet


@dataclass(frozen=True)
class Asked:
    """What the user said of a file on the command line; the file itself decides what is left open here."""

    category: str = ""
    sender_town: str = ""
    declared_total: int | None = None


@dataclass(frozen=True)
class Batch:
    """A file read and typed, ready for the store."""

    path: WorkbookFile
    sha256: str
    kind: str
    categories: tuple[str, ...]
    declared_total: int | None
    sheets: list[RawSheet]
    facts: pd.DataFrame
    notices: tuple[Notice, ...] = ()

    def without_cells(self) -> "Batch":
        """The same once it is written: where its facts stand, but no texts. Those of a city take gigabytes."""
        sheets = [dataclasses.replace(sheet, rows=sheet.rows.iloc[:0]) for sheet in self.sheets]
        return dataclasses.replace(self, sheets=sheets, facts=self.facts[["seq", "part", "sheet_no", "row"]].copy())


@dataclass(frozen=True)
class Entered:
    """A batch that is in the store; `already`: it was there before."""

    number: int
    batch: Batch
    already: bool = False


ROW_COUNTS = ("read", "accepted", "warned", "duplicate", "rejected", "skipped")
"""What is counted of an import's rows."""


@dataclass(frozen=True)
class FindingPlace:
    """Where a finding stands in its file, and the categories that an unknown one may mean: nothing personal."""

    sheet: str
    row: int
    code: str
    meant: list[str]


@dataclass(frozen=True)
class Replaced:
    """What a new list did to the lists before it: how many people are new, stay, go; which batches went or were cut.

    `changes`: those of `batches` and `cut` that were changes of the households. `beside`: other batches of the same
    lists, which stay because the files were imported before and change nothing.
    """

    new: int
    stay: int
    go: int
    batches: list[int]
    cut: list[int]
    changes: list[int]
    beside: list[int]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {name: getattr(self, name) for name in ("new", "stay", "go", "batches", "cut")}


@dataclass(frozen=True)
class ImportResult:
    """One file imported (or found imported already): its verdicts as of now."""

    command: str
    file: str
    batch: int | None
    category: str | None
    read: int
    accepted: int
    warned: int
    duplicate: int
    rejected: int
    skipped: int
    findings: dict[str, int]
    declared_total: int | None
    already_imported: bool
    notices: tuple[Notice, ...] = ()
    places: list[FindingPlace] = field(default_factory=list)
    replaced: Replaced | None = None
    """What all files of the command replaced together: with the first of them."""

    @property
    def control_total_ok(self) -> bool | None:
        """Whether the stamped count is the number accepted; None where no count was declared."""
        return None if self.declared_total is None else self.declared_total == self.accepted

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": self.command,
            "file": self.file,
            "batch": self.batch,
            "category": self.category,
            "rows": {name: getattr(self, name) for name in ROW_COUNTS},
            "findings": self.findings,
            "declared_total": self.declared_total,
            "control_total_ok": self.control_total_ok,
            "already_imported": self.already_imported,
            "notices": [each.as_json() for each in self.notices],
            **({"replaced": self.replaced.as_json()} if self.replaced else {}),
        }


def add(opened: Store, batch: Batch, asked: Asked) -> tuple[int, pd.DataFrame]:
    """Put a batch into the store. Gives its number, and its facts as stored."""
    record = NewBatch(
        kind=batch.kind,
        categories=batch.categories,
        scope=asked.category,
        town=asked.sender_town,
        file=batch.path.name,
        sha256=batch.sha256,
        declared_total=batch.declared_total,
        rows_read=batch.facts["seq"].nunique(),
        rows_skipped=sum(sheet.skipped for sheet in batch.sheets),
    )
    sheets = [record_of(number, sheet) for number, sheet in enumerate(batch.sheets)]
    return opened.add_batch(record, sheets, batch.facts)


def same_bytes(opened: Store, batch: Batch) -> int | None:
    """The live batch of the same bytes, kind and categories, if there is one; the oldest of several.

    A batch carried over from last year, or one from which rows were taken back, has other facts than its file: not it.
    """
    other = {*opened.origins()["batch"], *opened.withdrawals()["batch"]}
    batches = opened.batches()
    same_file = batch_records(batches[(batches["sha256"] == batch.sha256).to_numpy()])
    same = [
        record.number
        for record in same_file
        if record.number not in other and (record.kind, record.categories) == (batch.kind, batch.categories)
    ]
    return same[0] if same else None


def ready_batch(
    path: WorkbookFile,
    sheets: list[RawSheet],
    typed: Typed,
    asked: Asked,
    sha256: str = "",
    more: Sequence[Notice] = (),
) -> Batch:
    """A file ready for the store, with all that is to be said of how it was read, and `more`. `sha256`: of its bytes,
    where it is known."""
    of_sheets = (notice for sheet in sheets for notice in sheet.notices if not typed.accounts_for(notice))
    notices = tuple(
        dict.fromkeys((*of_sheets, *typed.notices, *more))
    )  # what is of the file comes with each of its sheets
    declared = asked.declared_total
    if declared is None:
        totals = [sheet.declared_total for sheet in sheets if sheet.declared_total is not None]
        declared = sum(totals) if totals else None
    # An empty list is one of the category asked for, or else of those that it names.
    categories = batch_categories(typed.facts) or ((asked.category,) if asked.category else typed.empty_of)
    return Batch(path, sha256 or sha256_of(path), typed.kind, categories, declared, sheets, typed.facts, notices)


def enter(opened: Store, ready: list[Batch], asked: Asked) -> tuple[list[Entered], pd.DataFrame]:
    """Put the batches into the store; gives them without their texts, and all their facts as stored.

    `ready` is emptied on the way: the cells of a city's files take gigabytes, and are in the store by then.
    """
    entered, stored = [], []
    while ready:
        batch = ready.pop(0)
        # Looked up anew: two files of one command may be the same.
        known = same_bytes(opened, batch)
        if known is None:
            number, facts = add(opened, batch, asked)
        else:
            number, facts = known, as_stored(batch.facts, batch.kind, known)
        stored.append(facts)
        entered.append(Entered(number, batch.without_cells(), already=known is not None))
    return entered, pd.concat(stored, ignore_index=True) if len(stored) > 1 else stored[0]


def import_result(
    district: District, command: str, entered: Entered, *, dry_run: bool, replaced: Replaced | None = None
) -> ImportResult:
    """What came of a batch, judged as of now."""
    record, batch = district.batch_records[entered.number], entered.batch
    verdicts, findings = district.verdicts_of(record.kind), district.findings_of(record.kind)
    counts = verdicts.loc[(verdicts["batch"] == record.number).to_numpy(), "verdict"].value_counts()
    findings = findings[(findings["batch"] == record.number).to_numpy()]
    warned = findings.loc[(findings["code"].str[0] == "W").to_numpy(), "seq"].nunique()
    # The count given now is what is compared, also for a file that was imported without one.
    declared = batch.declared_total if batch.declared_total is not None else record.declared_total
    return ImportResult(
        command=command,
        file=batch.path.name,
        batch=None if dry_run and not entered.already else record.number,
        category=record.categories[0] if len(record.categories) == 1 else None,
        read=record.rows_read,
        accepted=int(counts.get("accepted", 0)),
        warned=int(warned),
        duplicate=int(counts.get("duplicate", 0)),
        rejected=int(counts.get("rejected", 0)),
        skipped=record.rows_skipped,
        findings=code_counts(findings["code"]),
        declared_total=declared,
        already_imported=entered.already,
        notices=batch.notices,
        places=_places(findings, batch, district),
        replaced=replaced,
    )


def _places(findings: pd.DataFrame, batch: Batch, district: District) -> list[FindingPlace]:
    """The place of each finding, in the order of the file."""
    rows = findings.merge(batch.facts[["seq", "part", "sheet_no", "row"]], on=["seq", "part"])
    rows = rows.sort_values(["sheet_no", "row", "code"], kind="stable", ignore_index=True)
    names = [sheet.sheet for sheet in batch.sheets]
    unknown = np.flatnonzero((rows["code"] == "E303") & (batch.kind == "roster"))
    meant = meant_categories(district.store, rows.iloc[unknown], district.policy)
    near = dict(zip(unknown.tolist(), meant, strict=True))
    at = zip(rows["sheet_no"].tolist(), rows["row"].tolist(), rows["code"].tolist(), strict=True)
    return [FindingPlace(names[sheet], row, code, near.get(number, [])) for number, (sheet, row, code) in enumerate(at)]
