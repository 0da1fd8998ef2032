"""The story of import-roster: a department's roster, or a workbook that comes back: feedback, or a town's gaps."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.returned import is_copy, returned
from fcins.commands import importing as commands
from fcins.commands.gap_import import import_causes
from fcins.commands.importing import Batch, Opened, Watcher, add, import_result
from fcins.commands.opening import workspace_policy
from fcins.errors import InputError, UsageError
from fcins.intake import facts as intake
from fcins.intake.answers import CORRECTED
from fcins.intake.corrections import Corrections, correct
from fcins.intake.replies import Problem, Reply, is_feedback, is_gaps, receipt_in, replies, went_out
from fcins.policy.loading import Policy
from fcins.results import CausesResult, ImportResult, ReplyResult
from fcins.store import store
from fcins.store.lock import writing
from fcins.store.schema import no_facts
from fcins.store.store import Store
from fcins.store.workspace import open_store
from fcins.workbooks.reading import RawSheet


def import_roster(
    folder: Path,
    files: Sequence[Path],
    *,
    category: str | None,
    declared_total: int | None,
    town: str | None,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    force: bool = False,
) -> list[ImportResult] | list[ReplyResult | CausesResult]:
    """Rosters, or workbooks that came back: recognised by themselves, but not both at once."""
    asked = commands.asked_of_roster(folder, len(files), category=category, declared_total=declared_total, town=town)
    opened = list(commands.open_files(files, "roster", watcher))
    came_back = [any(map(went_out, sheets)) for _, sheets in opened]
    if not any(came_back):
        return commands.import_roster(
            folder, opened, asked, watcher=watcher, dry_run=dry_run, replace=replace, force=force
        )
    if not all(came_back):
        raise UsageError("反馈工作簿、疑似漏保名单和名册不能一起导入", "请分两次导入")
    if category or declared_total is not None or town or replace:
        raise UsageError(
            "导入反馈工作簿、疑似漏保名单不用 --category、--declared-total、--town、--replace",
            "各行按原来的类别和镇（街道）导入，去掉这些选项即可",
        )
    return _import_replies(folder, opened, watcher, dry_run)


def _import_replies(
    folder: Path, files: Sequence[Opened], watcher: Watcher, dry_run: bool
) -> list[ReplyResult | CausesResult]:
    """Take every workbook in, or none, in one transaction."""
    policy = workspace_policy(folder)
    watcher.step("写入", len(files), len(files) + 1)
    with (
        writing(folder, "import-roster", wait_seconds=commands.WAIT_SECONDS, waiting=watcher.say),
        open_store(folder) as opened,
        opened.transaction(keep=not dry_run),
    ):
        return [_import_reply(opened, policy, path, sheets, dry_run) for path, sheets in files]


def _import_reply(
    opened: Store, policy: Policy, path: Path, sheets: Sequence[RawSheet], dry_run: bool
) -> ReplyResult | CausesResult:
    sheets = [sheet for sheet in sheets if is_feedback(sheet) or is_gaps(sheet)]
    if not sheets:
        raise InputError(
            f"{path.name}：是送出的反馈工作簿或疑似漏保名单，但缺少送出时的列",
            "请在原来的工作簿里填写，不要删列、不要改表头",
        )
    sent = _check_receipt(path.name, sheets, opened.workspace_id())
    if is_gaps(sheets[0]):
        return import_causes(opened, policy, path, sheets, sent, dry_run=dry_run)
    sheets = [sheet for sheet in sheets if is_feedback(sheet)]
    sha256 = store.sha256_of(path)
    district = District(opened, policy, keep=not dry_run)
    said, problems = _said(sheets)
    # What this workbook said of a batch is taken once; what was taken back since may come again.
    taken = _told_of(opened, district, sha256)
    said = [reply for reply in said if reply.batch not in taken]
    lines = returned(district).lines
    known = set(district.batches["batch"].tolist())
    imported: list[tuple[int, Batch, pd.DataFrame]] = []
    answers = []
    for number in sorted({reply.batch for reply in said}):
        mine = [reply for reply in said if reply.batch == number]
        if number not in known:
            problems += [Problem(each.sheet, each.row, f"批次{number}已经撤销，或不在这个工作区") for each in mine]
            continue
        found = _correct(district, number, lines, mine)
        problems += found.problems
        if len(found.answers):
            imported.append(_add(opened, district, number, found, path, sha256))
            answers.append(found.answers)
    problems.sort(key=lambda problem: (problem.sheet, problem.row))
    told = [vars(each) for each in problems]
    if taken and not answers:
        return ReplyResult("import-roster", path.name, already_imported=True, problems=told)
    results = []
    for number, batch, facts in imported:
        after = District.about(opened, policy, batch.kind, facts, keep=False)
        results.append(import_result(after, "import-roster", number, False, batch, dry_run))
    there = lines[lines["batch"].isin({reply.batch for reply in said}).to_numpy()]
    tally = dataclasses.replace(_tally(there, answers), missing=_missing(there, said))
    return dataclasses.replace(tally, file=path.name, imports=results, problems=told)


def _told_of(opened: Store, district: District, sha256: str) -> set[int]:
    """The batches about whose rows a workbook of these bytes has already told something that still holds."""
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


def _said(sheets: Sequence[RawSheet]) -> tuple[list[Reply], list[Problem]]:
    said: list[Reply] = []
    problems: list[Problem] = []
    for sheet in sheets:
        lines, wrong = replies(sheet)
        said += lines
        problems += wrong
    return said, problems


def _correct(district: District, number: int, lines: pd.DataFrame, said: Sequence[Reply]) -> Corrections:
    batch = district.batch(number)
    kind, policy, today = batch["kind"], district.policy, date.today()

    def type_again(sheets: Sequence[RawSheet]) -> pd.DataFrame:
        if kind == "roster":
            return intake.roster_facts(sheets, policy, batch["scope"] or None, today)
        if kind in intake.READERS:
            return intake.READERS[kind](sheets, policy, today)
        return intake.household_facts(sheets, policy, today)[1]

    return correct(number, district.sheets(number), lines[(lines["batch"] == number).to_numpy()], said, type_again)


def _add(
    opened: Store, district: District, origin: int, found: Corrections, path: Path, sha256: str
) -> tuple[int, Batch, pd.DataFrame]:
    """Put the corrected rows of one batch in, under its own kind, category and town, and keep the answers."""
    record = district.batch(origin)
    facts = found.facts if len(found.facts) else no_facts(record["kind"])
    batch = Batch(path, sha256, record["kind"], record["category"], None, found.sheets, facts)
    number, stored = add(opened, batch, {"scope": record["scope"], "town": record["town"]})
    opened.add_answers(found.answers.assign(batch=number))
    return number, batch, stored


def _missing(lines: pd.DataFrame, said: Sequence[Reply]) -> int:
    """How many of the rows that were open are not in the workbook: deleted, or another town's."""
    there = {(reply.batch, reply.source_sheet, reply.source_row) for reply in said}
    rows = lines[~is_copy(lines)].drop_duplicates(["batch", "seq"])
    places = zip(rows["batch"].tolist(), rows["sheet"].str.strip().tolist(), rows["row"].tolist(), strict=True)
    return sum(place not in there for place in places)


def _tally(lines: pd.DataFrame, answers: Sequence[pd.DataFrame]) -> ReplyResult:
    """Rows that were open in the workbook's batches, and what became of them; copies apart."""
    rows = ["batch", "seq"]
    said = pd.concat(answers) if answers else pd.DataFrame(columns=["origin_batch", "origin_seq", "answer"])
    said = said.rename(columns={"origin_batch": "batch", "origin_seq": "seq"})[[*rows, "answer"]]
    corrected = said[(said["answer"] == CORRECTED).to_numpy()][rows].drop_duplicates()
    settled = said[rows].drop_duplicates()
    settled = settled[~pd.MultiIndex.from_frame(settled).isin(pd.MultiIndex.from_frame(corrected))]
    wrong = pd.MultiIndex.from_frame(lines[~is_copy(lines)][rows].drop_duplicates())
    mine = [int(pd.MultiIndex.from_frame(each).isin(wrong).sum()) for each in (corrected, settled)]
    return ReplyResult(
        "import-roster",
        "",
        returned=len(wrong),
        corrected=mine[0],
        settled=mine[1],
        open=len(wrong) - sum(mine),
        copies=len(corrected) + len(settled) - sum(mine),
    )
