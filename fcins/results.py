"""What a command gives back: figures for a person (cli) and for a program (--json), the same ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SCHEME_NAMES = {"medical": "医保", "pension": "养老"}
"""Schemes as one says them."""

KIND_NAMES = {
    "households": "户籍",
    "changes": "户籍变动",
    "roster": "名册",
    "enrolment": "参保登记",
    "payments": "缴费",
    "reasons": "未参保原因",
}
"""Kinds of batches as one says them."""

COUPLE_NAMES = {"wife": "女方", "husband": "男方"}
"""The two of a couple row as one says them."""

ROW_COUNTS = ("read", "accepted", "warned", "duplicate", "rejected", "skipped")
"""What is counted of an import's rows."""


def yuan(fen: int) -> str:
    """Fen → yuan with two decimals, exactly: 38000 → "380.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def plain_yuan(fen: int) -> str:
    """Fen → yuan as one says it in a sentence: 38000 → "380元", 19050 → "190.50元"."""
    return f"{yuan(fen).removesuffix('.00')}元"


def counted(codes: Iterable[str]) -> dict[str, int]:
    """Finding codes → how many of each, in the order of the codes."""
    return dict(sorted(Counter(codes).items()))


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """A frame's rows, each by the names of its columns."""
    return [{str(name): value for name, value in line.items()} for line in frame.to_dict("records")]


@dataclass(frozen=True)
class Replaced:
    """What a new list did to the lists before it: people by key, and the batches that went or were cut.

    `changes`: those of `batches` and `cut` that were changes of the households. `beside`: other batches of the same
    lists that stay, since the files were imported already and nothing changed.
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
    hidden_sheets: list[str] = field(default_factory=list)
    unread_sheets: list[str] = field(default_factory=list)
    places: list[tuple[str, int, str, list[str]]] = field(default_factory=list)
    """Sheet, row, code and what was probably meant, of every finding, for who wants to look: nothing personal."""
    replaced: Replaced | None = None
    """What all files of the command together replaced: stands with the first of them."""

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
            **({"replaced": self.replaced.as_json()} if self.replaced else {}),
        }


@dataclass(frozen=True)
class ReplyResult:
    """A feedback workbook that came back: what became of the rows that were open in its files.

    `returned` = `corrected` + `settled` + `open`; `missing`: of the open ones, not in the workbook (deleted, or another
    town's); `copies`: duplicates that were answered, too. `imports`: a batch for
    each file whose rows were answered. `problems`: sheet, row, message of each line that was not taken.
    """

    command: str
    file: str
    returned: int = 0
    corrected: int = 0
    settled: int = 0
    open: int = 0
    missing: int = 0
    copies: int = 0
    imports: list[ImportResult] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    already_imported: bool = False

    @property
    def rejected(self) -> int:
        """Corrected rows that fail again."""
        return sum(each.rejected for each in self.imports)

    control_total_ok = None
    replaced = None

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        imports = [each.as_json() for each in self.imports]
        return {
            "command": self.command,
            "file": self.file,
            "feedback": {
                "returned": self.returned,
                "corrected": self.corrected,
                "settled": self.settled,
                "open": self.open,
                "missing": self.missing,
                "copies": self.copies,
                "problems": self.problems,
            },
            "rows": {name: sum(each["rows"][name] for each in imports) for name in ROW_COUNTS},
            "already_imported": self.already_imported,
            "imports": imports,
        }


@dataclass(frozen=True)
class CausesResult:
    """A gaps workbook that came back: how many of its `lines` say why (`given`), `causes` by how many.

    `unchanged`: lines that say what stood there when it was sent. `missing`: lines of the workbook as it was sent that
    are not there any more. `problems`: sheet, row, message of each line that was not taken. `batch`: None where nothing
    was kept.
    """

    command: str
    file: str
    batch: int | None = None
    lines: int = 0
    given: int = 0
    unchanged: int = 0
    missing: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    already_imported: bool = False

    rejected = 0
    control_total_ok = None
    replaced = None

    @property
    def blank(self) -> int:
        """Lines in order that say nothing."""
        return self.lines - self.given - self.unchanged - len(self.problems)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        names = ("lines", "given", "unchanged", "blank", "missing", "causes", "problems")
        return {
            "command": self.command,
            "file": self.file,
            "batch": self.batch,
            "gaps": {name: getattr(self, name) for name in names},
            "rows": {"read": self.given, "accepted": self.given, "warned": 0, "duplicate": 0, "rejected": 0,
                     "skipped": self.unchanged + self.blank},
            "already_imported": self.already_imported,
        }  # fmt: skip


@dataclass(frozen=True)
class DocumentResult:
    """Documents written: for whom, and what they add up to. `towns`: a line of figures for each."""

    command: str
    files: list[Path]
    people: int
    findings: dict[str, int]
    towns: list[dict[str, Any]]
    by_payer: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        answer: dict[str, Any] = {
            "command": self.command,
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": self.findings,
            "towns": [in_yuan(town) for town in self.towns],
        }
        if self.by_payer:
            answer["by_payer"] = [in_yuan(line) for line in self.by_payer]
        if self.warnings:
            answer["warnings"] = self.warnings
        return answer


@dataclass(frozen=True)
class FeedbackResult:
    """Feedback written: a workbook and a line of figures for each department; findings that are open."""

    command: str
    files: list[Path]
    departments: list[dict[str, Any]]
    findings: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; `people`: the rows that somebody has to settle."""
        return {
            "command": self.command,
            "files": [str(path) for path in self.files],
            "people": sum(line["open"] for line in self.departments),
            "findings": self.findings,
            "departments": self.departments,
        }


@dataclass(frozen=True)
class StatusResult:
    """What the workspace holds: `sources` file by file, as they stand now; `departments` by category."""

    workspace: Path
    policy: str
    fee_year: int
    people: int
    listed: int
    towns: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    departments: list[dict[str, Any]]
    findings: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "status",
            "workspace": str(self.workspace),
            "policy": self.policy,
            "fee_year": self.fee_year,
            "people": self.people,
            "listed": self.listed,
            "towns": self.towns,
            "sources": self.sources,
            "departments": self.departments,
            "findings": self.findings,
        }


def in_yuan(line: dict[str, Any]) -> dict[str, Any]:
    """A line of figures as JSON has it: `amount_fen` 38000 → `amount` "380.00"."""
    return {name.removesuffix("_fen"): yuan(value) if name.endswith("_fen") else value for name, value in line.items()}
