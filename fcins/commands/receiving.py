"""The story of everything that came in: find the files, look at each once, plan, put in what is certain, judge once.

A file goes in whole or not at all, and one that cannot be used does not hold up the others. All are stored in one
transaction and judged together when they are in.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fcins.analysis.receiving import (
    FAILED,
    UNSURE,
    Answers,
    Arrival,
    Knowledge,
    KnownBatch,
    Orders,
    Planned,
    plan,
    stated_counts,
)
from fcins.commands.batch import ImportResult
from fcins.commands.kinds import read_any
from fcins.commands.opening import Watcher
from fcins.commands.replies import CausesResult, ReplyResult
from fcins.errors import FcinsError, InputError
from fcins.headings import heading_key
from fcins.identity import mask_text
from fcins.intake.lists import is_category_open, list_key, towns_of, whole_list_words
from fcins.intake.recognising import WENT_OUT, Recognised, described, load_marks, only_ours, recognise
from fcins.intake.roster_categories import sheet_categories
from fcins.policy.loading import Policy, load_policy
from fcins.store.batches import batch_records
from fcins.store.schema import FACT_TABLES
from fcins.store.store import Store, sha256_of
from fcins.store.workspace import OWN_FILES, is_workspace, open_store, policy_path
from fcins.workbooks.folders import Found, FoundFile, LeftFile, find_files
from fcins.workbooks.own_mark import is_as_written, marked_document
from fcins.workbooks.reading import RawSheet, holds_people
from fcins.workbooks.text_tables import text_table

LOOSE_ENDINGS = (".txt", ".htm", ".html", ".xml")
"""Names that promise no list: what cannot be read of them is left alone."""

SETTLED_SECONDS = 0.5
"""Who copies a file writes to it more often than that."""

WAIT_SECONDS = 60.0

STAMPED_HEADINGS = ("文件", "盖章人数")


@dataclass
class Looked:
    """A file that was looked at: what it is, and its tables until they are typed."""

    file: FoundFile
    arrival: Arrival
    sheets: list[RawSheet]
    recognised: Recognised | None


@dataclass(frozen=True)
class Inbox:
    """Everything that came in, looked at, beside what the workspace knows. `stamped`: shown → count of 盖章.csv;
    `problems`: what is wrong with those."""

    policy: Policy
    found: Found
    looked: Mapping[str, Looked]
    knowledge: Knowledge
    stamped: Mapping[str, int]
    problems: list[str]

    def plan(self, orders: Orders, answers: Answers) -> list[Planned]:
        """What is done with each file."""
        arrivals = [each.arrival for each in self.looked.values()]
        return plan(arrivals, self.knowledge, self.policy, orders, answers, self.stamped)


@dataclass(frozen=True)
class ReceivingResult:
    """What is done with each file, or was: `imports` of those that went in, `failed` of those that could not.

    `left`: what is no list, or cannot be unpacked. `policy`: for the names of categories.
    """

    policy: Policy
    planned: list[Planned]
    left: list[LeftFile]
    problems: list[str]
    imports: "list[ImportResult | ReplyResult | CausesResult]"
    failed: list[tuple[str, FcinsError]]

    @property
    def unsure(self) -> list[Planned]:
        """Lists that stay out until somebody says what they are."""
        return [each for each in self.planned if each.does == UNSURE]

    @property
    def stays_out(self) -> bool:
        """Whether anything stays out that may belong in."""
        return bool(self.failed or self.unsure or any(each.lists for each in self.left))

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        failed = [
            {"file": shown, "error": {"exit": InputError.exit_code, "message": error.message, "hint": error.hint}}
            for shown, error in self.failed
        ]
        answers = [each.as_json() for each in self.imports]
        return {
            "command": "import",
            "plan": [plan_line(each) for each in self.planned],
            "left": [{"file": each.shown, "why": each.why} for each in self.left],
            "imports": answers,
            "failed": failed,
            "problems": self.problems,
        }


def plan_line(planned: Planned) -> dict[str, Any]:
    """A file's line of the plan, as JSON has it."""
    return {
        "file": planned.arrival.shown,
        "does": planned.does,
        "kind": planned.kind,
        "categories": list(planned.categories),
        "certain": planned.certain,
        "why": planned.why,
        "rows": planned.arrival.rows,
        "declared_total": planned.declared_total,
        "batch": planned.batch,
        "further": list(planned.further),
        "town": planned.town,
    }


def look_through(folder: Path, paths: Sequence[Path], *, watcher: Watcher, passwords: Sequence[str] = ()) -> Inbox:
    """Find the files and look at each that is not in the workspace already; nothing is changed."""
    with open_store(folder) as opened, opened.reading():
        policy = load_policy(policy_path(folder))
        by_bytes = _batches_by_bytes(opened)
        found = find_files(paths, is_workspace, OWN_FILES)
        _wait_until_settled([*found.files, *found.stamped], watcher)
        looked = {}
        for number, file in enumerate(found.files):
            watcher.step(f"读取 {file.path.name}", number, len(found.files) + 1)
            looked[file.shown] = look_at(file, by_bytes, policy, passwords)
        knowledge = _knowledge(opened, by_bytes, [each.arrival for each in looked.values()])
    stamped, problems = _stamped(found)
    return Inbox(policy, found, looked, knowledge, stamped, problems)


def of_plan(inbox: Inbox, planned: list[Planned]) -> ReceivingResult:
    """What would be done, where nothing is imported."""
    failed = [(each.arrival.shown, each.arrival.error) for each in planned if each.does == FAILED]
    errors = [(shown, error) for shown, error in failed if error]
    return ReceivingResult(inbox.policy, planned, inbox.found.left, inbox.problems, [], errors)


def look_at(file: FoundFile, by_bytes: Mapping[str, KnownBatch], policy: Policy, passwords: Sequence[str]) -> Looked:
    """What a file is, read once; one that is known by its bytes is not read at all. Raises nothing about the file."""
    loose = file.shown.lower().endswith(LOOSE_ENDINGS)
    sha256 = ""
    try:
        sha256 = sha256_of(file.path)
        if sha256 in by_bytes:
            return Looked(file, Arrival(file.shown, sha256, rows=by_bytes[sha256].rows), [], None)
        document = marked_document(file.path)
        if only_ours(document):
            ours = Arrival(file.shown, sha256, "own", f"本程序写出的{document}", certain=True, why="文件属性里有标记")
            return Looked(file, ours, [], None)
        if document in load_marks().went_out and is_as_written(file.path):
            kind = load_marks().went_out[document]
            unanswered = Arrival(file.shown, sha256, kind, document, certain=True, why="文件属性里有标记")
            return Looked(file, unanswered, [], None)
        sheets = read_any(file.path, passwords)
    except InputError as error:
        loose = loose or not _may_hold_people(file, passwords)
        return Looked(file, Arrival(file.shown, sha256, error=error, loose=loose), [], None)
    except OSError as error:
        why = "找不到这个文件" if isinstance(error, FileNotFoundError) else f"不能读取（{error.strerror}）"
        refused = InputError(f"{file.path.name}：{why}", "请核对文件名和权限")
        return Looked(file, Arrival(file.shown, sha256, error=refused), [], None)
    recognised = recognise(sheets, policy, document)
    return Looked(file, _arrival(file, sha256, sheets, recognised, policy), sheets, recognised)


def _may_hold_people(file: FoundFile, passwords: Sequence[str]) -> bool:
    """Whether a file that cannot be read may be a list of people: then it is missing, and that is to be said."""
    try:
        return holds_people(file.path, passwords)
    except InputError:
        return True


def _arrival(file: FoundFile, sha256: str, sheets: list[RawSheet], recognised: Recognised, policy: Policy) -> Arrival:
    kind = recognised.kind
    arrival = Arrival(
        file.shown,
        sha256,
        kind,
        described(recognised, policy),
        certain=recognised.certain,
        why=recognised.why,
        rows=sum(len(sheet.rows) for sheet in sheets),
        title=mask_text(" ".join(sheets[0].title.split())),
        headings=tuple(mask_text("".join(text.split())) for text in sheets[0].own_headings if text.strip()),
    )
    if kind in WENT_OUT:
        # Whoever saved it may have corrected a cell of his own, where no answer is to be seen.
        return replace(arrival, filled_in=True)
    if load_marks().kinds[kind].command not in ("import-households", "import-roster") and recognised.certain:
        return arrival
    own = [sheet for sheet, each in zip(sheets, recognised.tables, strict=True) if each.kind == kind] or sheets
    totals = [sheet.declared_total for sheet in own if sheet.declared_total is not None]
    return replace(
        arrival,
        categories=tuple(dict.fromkeys(code for sheet in own for code in sheet_categories(sheet, policy))),
        open_category=any(is_category_open(sheet, policy) for sheet in own),
        declared_total=sum(totals) if totals else None,
        towns=towns_of(own, policy),
        whole=whole_list_words(own),
        key=list_key(sheets),
    )


# ── what the workspace knows ────────────────────────────────────────────────────────────────────────────────────────


def _batches_by_bytes(opened: Store) -> dict[str, KnownBatch]:
    """SHA-256 → the batch of each file whose rows are all there still."""
    records = batch_records(opened.batches())
    withdrawn, answers = opened.withdrawals(), set(opened.answers()["batch"])
    changed = {*opened.origins()["batch"], *withdrawn["batch"]}
    taken_back = set(withdrawn["sha256"])
    found: dict[str, KnownBatch] = {}
    for record in records:
        answered = record.number in answers
        kind = "feedback" if answered else "gaps" if record.kind == "reasons" else record.kind
        # A workbook of answers is several batches: of one that was taken back in part the rest may come again.
        if record.number not in changed and not (kind in WENT_OUT and record.sha256 in taken_back):
            known = KnownBatch(
                record.number, record.file, kind, record.categories, record.rows_read, record.declared_total
            )
            found.setdefault(record.sha256, known)
    return found


def _knowledge(opened: Store, by_bytes: Mapping[str, KnownBatch], arrivals: Sequence[Arrival]) -> Knowledge:
    """What is to be known for these files: lists of the kinds that come, and what was answered of files like them."""
    answers = set(opened.answers()["batch"])
    records = [each for each in batch_records(opened.batches()) if each.number not in answers]
    coming = {each.kind for each in arrivals} | ({"roster", "households"} if any(_doubtful(arrivals)) else set())
    lists = []
    for kind in sorted(coming & {"households", "roster"}):
        of_kind = {each.number: each for each in records if each.kind == kind}
        for number, towns in opened.towns_stated(FACT_TABLES[kind], of_kind).items():
            each = of_kind[number]
            lists.append(
                KnownBatch(number, each.file, kind, each.categories, each.rows_read, each.declared_total, towns)
            )
    remembered: dict[str, dict[str, set[str]]] = {}
    for key, question, answer, _ in opened.kept("remembered_answers").itertuples(index=False):
        remembered.setdefault(key, {}).setdefault(question, set()).add(answer)
    only = {
        key: {question: next(iter(given)) for question, given in questions.items() if len(given) == 1}
        for key, questions in remembered.items()
    }
    return Knowledge(by_bytes, sorted(lists, key=lambda each: each.number), only)


def _doubtful(arrivals: Sequence[Arrival]) -> list[Arrival]:
    return [each for each in arrivals if not each.certain and not each.error]


# ── stamped counts beside the files ─────────────────────────────────────────────────────────────────────────────────


def _stamped(found: Found) -> tuple[dict[str, int], list[str]]:
    """shown → count of every 盖章.csv, and what is wrong with them."""
    counts: dict[str, int] = {}
    problems: list[str] = []
    for file in found.stamped:
        try:
            lines = _stamped_lines(file)
        except (InputError, OSError) as error:
            problems.append(f"{file.shown}：{getattr(error, 'message', '不能读取')}")
            continue
        stated, wrong = stated_counts(lines, [each.shown for each in found.files])
        counts |= stated
        problems += [f"{file.shown}：{each}" for each in wrong]
    return counts, problems


def _stamped_lines(file: FoundFile) -> list[tuple[str, str, str]]:
    """Its folder, and the file and count of each line. Raises InputError: no text, or without its two headings."""
    with file.path.open("rb") as opened:
        columns = [column.to_pylist() for column in text_table(opened.read(), file.path.name).columns]
    rows = [[str(cell or "").strip() for cell in row] for row in zip(*columns, strict=True)]
    for at, row in enumerate(rows):
        keys = [heading_key(cell) for cell in row]
        if set(STAMPED_HEADINGS) <= set(keys):
            name, count = (keys.index(heading) for heading in STAMPED_HEADINGS)
            return [(file.folder, line[name], line[count]) for line in rows[at + 1 :] if line[name] and line[count]]
    raise InputError(f"没有“{'”“'.join(STAMPED_HEADINGS)}”两列")


# ── files that are still being copied ───────────────────────────────────────────────────────────────────────────────


def _wait_until_settled(files: Sequence[FoundFile], watcher: Watcher) -> None:
    """Wait for files that were changed just now, until they stay as they are; not for ever."""
    last = time.monotonic() + WAIT_SECONDS
    patience = time.monotonic() + 2 * SETTLED_SECONDS
    waiting = [file for file in files if isinstance(file.path, Path)]
    while waiting and time.monotonic() < last:
        waiting = [file for file in waiting if isinstance(file.path, Path) and _is_fresh(file.path)]
        if waiting:
            if time.monotonic() > patience:
                watcher.say(f"{waiting[0].shown} 还在写入，等它写完")
                patience = last
            time.sleep(SETTLED_SECONDS / 5)


def _is_fresh(path: Path) -> bool:
    try:
        return 0 <= time.time() - path.stat().st_mtime < SETTLED_SECONDS
    except OSError:
        return False
