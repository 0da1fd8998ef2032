"""The story of workbooks that come back: feedback from departments, gaps from villages.

A row of feedback is known by batch, sheet and row; a line of gaps by ID, name and scheme. What was edited so that it
cannot be told any more is said line by line and changes nothing. A cell of gaps that is empty, or as it was sent, says
nothing, and takes back nothing that was said since.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.contradictions import contradicted
from fcins.analysis.district import District
from fcins.analysis.gaps import CAUSE_COLUMNS, cause_of, causes_of, gaps_of, shown
from fcins.analysis.returned import LINE_COLUMNS, is_copy, returned
from fcins.commands.batch import ROW_COUNTS, Asked, Batch, Entered, ImportResult, add, import_result
from fcins.commands.kinds import Opened
from fcins.commands.opening import Watcher, changing, judging_day, workspace_policy
from fcins.errors import InputError
from fcins.figures import SCHEME_NAMES
from fcins.headings import UNKNOWN, load_headings
from fcins.identity import normalise_ids, normalise_names
from fcins.intake.answers import CORRECTED
from fcins.intake.corrections import Corrections, correct
from fcins.intake.facts import READERS
from fcins.intake.replies import (
    Problem,
    Reply,
    asks_nothing,
    is_feedback,
    is_gaps,
    lines_sent,
    receipt_in,
    replies,
)
from fcins.intake.roster_rows import roster_facts
from fcins.policy.loading import Policy
from fcins.store.batches import BatchRecord
from fcins.store.schema import FACT_TABLES, no_facts
from fcins.store.store import Store, sha256_of
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.reading import RawSheet


@dataclass(frozen=True)
class ReplyResult:
    """A feedback workbook that came back: what became of the rows that were open in its files.

    `returned` = `corrected` + `settled` + `open`. `missing`: open rows that are not in the workbook (deleted, or of
    another town). `copies`: duplicates that were answered as well; `differing`: accepted rows that another row
    contradicts. `imports`: a batch for each file whose rows were
    answered. `problems`: the lines that were not taken.
    """

    file: str
    returned: int = 0
    corrected: int = 0
    settled: int = 0
    open: int = 0
    missing: int = 0
    copies: int = 0
    differing: int = 0
    imports: list[ImportResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    already_imported: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether nothing was filled in, and nothing is wrong."""
        return not (self.imports or self.problems or self.already_imported)

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
            "command": "import-roster",
            "file": self.file,
            "feedback": {
                "returned": self.returned,
                "corrected": self.corrected,
                "settled": self.settled,
                "open": self.open,
                "missing": self.missing,
                "copies": self.copies,
                "differing": self.differing,
                "problems": [vars(each) for each in self.problems],
            },
            "rows": {name: sum(each["rows"][name] for each in imports) for name in ROW_COUNTS},
            "already_imported": self.already_imported,
            "imports": imports,
        }


@dataclass(frozen=True)
class CausesResult:
    """A gaps workbook that came back: how many of its `lines` say why (`given`), `causes` by how many.

    `unchanged`: lines that say what stood there when it was sent. `missing`: lines of the workbook as it was sent that
    are not there any more. `problems`: the lines that were not taken. `batch`: None where nothing was kept.
    """

    file: str
    batch: int | None = None
    lines: int = 0
    given: int = 0
    unchanged: int = 0
    missing: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
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
        names = ("lines", "given", "unchanged", "blank", "missing", "causes")
        problems = [vars(each) for each in self.problems]
        return {
            "command": "import-roster",
            "file": self.file,
            "batch": self.batch,
            "gaps": {**{name: getattr(self, name) for name in names}, "problems": problems},
            "rows": {"read": self.given, "accepted": self.given, "warned": 0, "duplicate": 0, "rejected": 0,
                     "skipped": self.unchanged + self.blank},
            "already_imported": self.already_imported,
        }  # fmt: skip


def import_replies(
    folder: Path, files: Sequence[Opened], watcher: Watcher, dry_run: bool
) -> list[ReplyResult | CausesResult]:
    """Take every workbook in, or none, in one transaction."""
    policy = workspace_policy(folder)
    today = judging_day(policy, watcher)
    watcher.step("写入", len(files), len(files) + 1)
    with changing(folder, "import-roster", watcher, keep=not dry_run) as opened:
        return [take_reply(opened, policy, path, sheets, today, dry_run=dry_run) for path, sheets in files]


def take_reply(
    opened: Store, policy: Policy, path: WorkbookFile, sheets: Sequence[RawSheet], today: date, *, dry_run: bool
) -> ReplyResult | CausesResult:
    """Take one workbook that came back in, within the caller's transaction.

    Raises InputError: of another workspace, without its receipt, or without the columns with which it went out.
    """
    answered = [sheet for sheet in sheets if is_feedback(sheet) or is_gaps(sheet)]
    if not answered and asks_nothing(sheets):
        _check_receipt(path.name, sheets, opened.workspace_id())
        return ReplyResult(path.name)
    if not answered:
        raise InputError(
            f"{path.name}：是送出的反馈工作簿或疑似漏保名单，但缺少送出时的列",
            "请在原来的工作簿里填写，不要删列、不要改表头",
        )
    sent = _check_receipt(path.name, answered, opened.workspace_id())
    if is_gaps(answered[0]):
        return _import_causes(opened, policy, path, answered, sent, dry_run=dry_run)
    of_feedback = [sheet for sheet in answered if is_feedback(sheet)]
    return _import_feedback(opened, policy, path, of_feedback, today, dry_run=dry_run)


def has_answers_to_take(district: District, path: WorkbookFile, sheets: Sequence[RawSheet], today: date) -> bool:
    """Whether a workbook that went out says something that is not in the workspace: nothing is imported.

    Also what would not be taken counts, since somebody filled it in. Raises InputError for one that went out from
    another workspace, or that cannot be told any more.
    """
    answered = [sheet for sheet in sheets if is_feedback(sheet) or is_gaps(sheet)]
    if not answered:
        return not asks_nothing(sheets)
    sent = _check_receipt(path.name, answered, district.store.workspace_id())
    sha256 = sha256_of(path)
    if is_gaps(answered[0]):
        if any((batch.kind, batch.sha256) == ("reasons", sha256) for batch in district.batch_records.values()):
            return False
        facts, _, problems = _cause_facts(answered, district, causes_of(district, sent))
        return bool(len(facts) or problems)
    lines, problems = _lines_of([sheet for sheet in answered if is_feedback(sheet)])
    taken = _batches_answered(district.store, district, sha256)
    open_lines = pd.concat([returned(district).lines, contradicted(district).lines[LINE_COLUMNS]], ignore_index=True)
    for number in sorted({line.batch for line in lines} - taken):
        of_batch = [line for line in lines if line.batch == number]
        if number not in district.batch_records:
            return True
        corrections = _correct(district, number, open_lines, of_batch, today)
        problems += corrections.problems
        if len(corrections.answers):
            return True
    return bool(problems)


def _import_feedback(
    opened: Store, policy: Policy, path: WorkbookFile, sheets: Sequence[RawSheet], today: date, *, dry_run: bool
) -> ReplyResult:
    """Take one workbook of feedback in: of each batch that it names the corrected rows, and the answers."""
    sha256 = sha256_of(path)
    district = District(opened, policy, keep=not dry_run)
    lines, problems = _lines_of(sheets)
    # What this workbook said of a batch is taken once. What was taken back since may come again.
    taken = _batches_answered(opened, district, sha256)
    lines = [line for line in lines if line.batch not in taken]
    returned_rows, differing_rows = returned(district).lines, contradicted(district).lines
    open_lines = pd.concat([returned_rows, differing_rows[LINE_COLUMNS]], ignore_index=True)
    imported: list[tuple[Entered, pd.DataFrame]] = []
    answers = []
    for number in sorted({line.batch for line in lines}):
        of_batch = [line for line in lines if line.batch == number]
        if number not in district.batch_records:
            gone = f"批次{number}已经撤销，或不在这个工作区"
            problems += [Problem(line.sheet, line.row, gone) for line in of_batch]
            continue
        corrections = _correct(district, number, open_lines, of_batch, today)
        problems += corrections.problems
        if len(corrections.answers):
            imported.append(_add(opened, district.batch_records[number], corrections, path, sha256))
            answers.append(corrections.answers)
    problems.sort(key=lambda problem: (problem.sheet, problem.row))
    if taken and not answers:
        return ReplyResult(path.name, already_imported=True, problems=problems)
    imports = []
    for entered, facts in imported:
        after = District.about(opened, policy, {FACT_TABLES[entered.batch.kind]: facts}, keep=False)
        imports.append(import_result(after, "import-roster", entered, dry_run=dry_run))
    open_rows = returned_rows[returned_rows["batch"].isin({line.batch for line in lines}).to_numpy()]
    counts = _count_open_rows(open_rows, differing_rows, answers)
    return ReplyResult(
        path.name,
        returned=counts["returned"],
        corrected=counts["corrected"],
        settled=counts["settled"],
        open=counts["open"],
        missing=_missing(open_rows, lines),
        copies=counts["copies"],
        differing=counts["differing"],
        imports=imports,
        problems=problems,
    )


def _batches_answered(opened: Store, district: District, sha256: str) -> set[int]:
    """The batches whose rows a workbook of these bytes has answered before, as far as that still holds."""
    same = district.batches.loc[(district.batches["sha256"] == sha256).to_numpy(), "batch"]
    answers = opened.answers()
    return set(answers.loc[answers["batch"].isin(same).to_numpy(), "origin_batch"].tolist())


def _check_receipt(file: str, sheets: Sequence[RawSheet], workspace: str) -> int:
    """The newest batch when a workbook was written; InputError where it does not say that it is of this workspace."""
    sent = []
    for sheet in sheets:
        receipt = receipt_in(sheet.title)
        if receipt is None:
            raise InputError(
                f"{file} › {sheet.sheet}：没有回执号，认不出是哪次送出的",
                "请在原来的工作簿里填写，保留表头上面的两行",
            )
        origin, newest = receipt
        if origin != workspace:
            raise InputError(
                f"{file}：这份工作簿不是本工作区送出的（回执号 {origin}-{newest}）", "请核对 -w 和文件，没有导入"
            )
        sent.append(newest)
    return min(sent)


def _lines_of(sheets: Sequence[RawSheet]) -> tuple[list[Reply], list[Problem]]:
    lines: list[Reply] = []
    problems: list[Problem] = []
    for sheet in sheets:
        found, wrong = replies(sheet)
        lines += found
        problems += wrong
    return lines, problems


def _correct(
    district: District, number: int, open_lines: pd.DataFrame, lines: Sequence[Reply], today: date
) -> Corrections:
    batch, policy = district.batch_records[number], district.policy

    def type_again(sheets: Sequence[RawSheet]) -> pd.DataFrame:
        if batch.kind == "roster":
            return roster_facts(sheets, policy, batch.scope or None, today).facts
        return READERS[batch.kind](sheets, policy, today).facts

    of_batch = open_lines[(open_lines["batch"] == number).to_numpy()]
    return correct(number, district.sheets(number), of_batch, lines, type_again)


def _add(
    opened: Store, origin: BatchRecord, corrections: Corrections, path: WorkbookFile, sha256: str
) -> tuple[Entered, pd.DataFrame]:
    """Put the corrected rows of one batch in, under its own kind, category and town, and keep the answers."""
    facts = corrections.facts if len(corrections.facts) else no_facts(origin.kind)
    batch = Batch(path, sha256, origin.kind, origin.categories, None, corrections.sheets, facts)
    number, stored = add(opened, batch, Asked(origin.scope, origin.town))
    opened.add_answers(corrections.answers.assign(batch=number))
    return Entered(number, batch), stored


def _missing(open_rows: pd.DataFrame, lines: Sequence[Reply]) -> int:
    """How many of the rows that were open are not in the workbook: deleted, or another town's."""
    sent_back = {(line.batch, line.source_sheet, line.source_row) for line in lines}
    rows = open_rows[~is_copy(open_rows)].drop_duplicates(["batch", "seq"])
    places = zip(rows["batch"].tolist(), rows["sheet"].str.strip().tolist(), rows["row"].tolist(), strict=True)
    return sum(place not in sent_back for place in places)


def _count_open_rows(
    open_rows: pd.DataFrame, differing_rows: pd.DataFrame, answers: Sequence[pd.DataFrame]
) -> dict[str, int]:
    """returned, corrected, settled, open and copies: what became of the rows that were open in the workbook's batches.

    A row of which one part was corrected counts as corrected. Answered copies are counted apart, and so are the rows
    that another one contradicts (differing).
    """
    row = ["batch", "seq"]
    columns = ["origin_batch", "origin_seq", "answer"]
    answered = pd.concat(answers)[columns] if answers else pd.DataFrame(columns=columns)
    answered = answered.set_axis([*row, "answer"], axis=1)
    corrected = pd.MultiIndex.from_frame(answered[(answered["answer"] == CORRECTED).to_numpy()][row].drop_duplicates())
    settled = pd.MultiIndex.from_frame(answered[row].drop_duplicates())
    settled = settled[~settled.isin(corrected)]
    rejected = pd.MultiIndex.from_frame(open_rows[~is_copy(open_rows)][row].drop_duplicates())
    counts = {
        "corrected": int(corrected.isin(rejected).sum()),
        "settled": int(settled.isin(rejected).sum()),
    }
    of_rejected = sum(counts.values())
    accepted = pd.MultiIndex.from_frame(differing_rows[row].drop_duplicates())
    differing = int(accepted.isin(corrected).sum() + accepted.isin(settled).sum())
    return {
        "returned": len(rejected),
        **counts,
        "open": len(rejected) - of_rejected,
        "copies": len(corrected) + len(settled) - of_rejected - differing,
        "differing": differing,
    }


# ── what villages found out ───────────────────────────────────────────────────────────────────────────────────────────


def _import_causes(
    opened: Store, policy: Policy, path: WorkbookFile, sheets: Sequence[RawSheet], sent: int, *, dry_run: bool
) -> CausesResult:
    """Take one workbook in, inside the caller's transaction; `sent`: the newest batch when it was written."""
    sheets = [sheet for sheet in sheets if is_gaps(sheet)]
    sha256 = sha256_of(path)
    district = District(opened, policy, keep=not dry_run)
    if any((batch.kind, batch.sha256) == ("reasons", sha256) for batch in district.batch_records.values()):
        return CausesResult(path.name, already_imported=True)
    facts, unchanged, problems = _cause_facts(sheets, district, causes_of(district, sent))
    number = None
    if len(facts):
        towns = facts["town"].unique().tolist()
        town = towns[0] if len(towns) == 1 else ""
        batch = Batch(path, sha256, "reasons", (), None, list(sheets), facts)
        number, _ = add(opened, batch, Asked(sender_town=town))
    order = list(load_headings().values["gap_cause"])
    counts = Counter(facts["cause"].tolist())
    return CausesResult(
        path.name,
        None if dry_run else number,
        lines=sum(len(sheet.rows) for sheet in sheets),
        given=len(facts),
        unchanged=unchanged,
        missing=sum(_lines_gone(sheet) for sheet in sheets),
        causes={cause: counts[cause] for cause in order if counts[cause]},
        problems=problems,
    )


def _lines_gone(sheet: RawSheet) -> int:
    """How many lines fewer a sheet has than it was sent with."""
    return max((lines_sent(sheet.title) or 0) - len(sheet.rows), 0)


def _cause_facts(
    sheets: Sequence[RawSheet], district: District, sent_causes: pd.DataFrame
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """The lines that say why, as facts; how many lines are as they were sent (CAUSE_COLUMNS); the lines not taken."""
    people = district.residents.people
    lines = gaps_of(district, unpaid=True)[["key", "scheme"]]
    lines = lines.merge(people[["key", "citizen_id", "name", "town", "village"]], on="key")
    gaps = {
        (number, name, scheme): (key, town, village)
        for key, scheme, number, name, town, village in lines.itertuples(index=False)
    }
    known = set(zip(people["citizen_id"].tolist(), people["name"].tolist(), strict=True))
    as_sent = {
        (key, scheme): shown(cause, note)
        for key, scheme, cause, note in sent_causes[CAUSE_COLUMNS].itertuples(index=False)
    }
    taken: list[dict[str, Any]] = []
    unchanged, problems = 0, []
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for sheet_no, sheet in enumerate(sheets):
        for row, name, number, scheme, note in _cause_lines(sheet):
            gap = gaps.get((number, name, scheme))
            if gap is None:
                if note or (number, name) not in known:  # a line in order that says nothing needs no gap
                    problems.append(Problem(sheet.sheet, row, _why_not((number, name) in known, scheme)))
                continue
            first_sheet, first_row = seen.setdefault((number, scheme), (sheet.sheet, row))
            key, town, village = gap
            if (first_sheet, first_row) != (sheet.sheet, row):
                problems.append(
                    Problem(sheet.sheet, row, f"与“{first_sheet}”第{first_row}行是同一人、同一险种，只采用前一行")
                )
            elif note and note == as_sent.get((key, scheme)):
                unchanged += 1
            elif note:
                place = {"seq": len(taken), "part": 0, "sheet_no": sheet_no, "row": row, "flaws": ""}
                who = {"name": name, "id_text": number, "citizen_id": number, "key": key}
                what = {"town": town, "village": village, "scheme": scheme, "cause": cause_of(note), "note": note}
                taken.append({**place, **who, **what})
    return pd.DataFrame(taken) if taken else no_facts("reasons"), unchanged, problems


def _cause_lines(sheet: RawSheet) -> "list[tuple[int, str, str, str, str]]":
    """Row number, name, ID, scheme (`medical`, `pension`, "" or "?") and 未参保原因 of each line."""
    names = normalise_names(sheet.stated("name")).tolist()
    numbers = normalise_ids(sheet.stated("citizen_id")).tolist()
    schemes = load_headings().value("scheme", sheet.stated("scheme")).tolist()
    notes = [" ".join(text.split()) for text in sheet.stated("gap_reason").tolist()]
    return list(zip(sheet.row_numbers.tolist(), names, numbers, schemes, notes, strict=True))


def _why_not(is_resident: bool, scheme: str) -> str:
    if not is_resident:
        return "户籍库中没有这个姓名和号码的人：姓名、公民身份号码被改动过，或是另加的行，没有采用"
    if scheme in ("", UNKNOWN):
        return "险种被改动过，没有采用"
    return f"此人的{SCHEME_NAMES[scheme]}现在不是疑似漏保（已参保缴费、不用参保，或是另加的行），没有采用"
