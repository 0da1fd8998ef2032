"""Put what is planned into the workspace: every file whole or not at all, all in one transaction, judged once.

What may still be refused, because too many people would lose something by it, goes in after the others and is undone
by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.receiving import ANSWER, KNOWN, REPLACE, Answers, Planned, further_list
from fcins.commands.batch import Asked, Batch, Entered, ImportResult, Replaced, enter, import_result, ready_batch
from fcins.commands.kinds import Stated, sheets_for
from fcins.commands.opening import Watcher, changing, judging_day
from fcins.commands.receiving import Inbox, Looked, ReceivingResult
from fcins.commands.replacing import Endings, Replacement, Scope, only_leavers
from fcins.commands.replies import CausesResult, ReplyResult, take_reply
from fcins.errors import FcinsError, InputError, UsageError
from fcins.intake.facts import READERS
from fcins.intake.recognising import WENT_OUT, load_marks
from fcins.intake.roster_rows import roster_facts
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES
from fcins.store.store import Store, now_text
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.reading import RawSheet

FORMS = {
    "import-households": "households",
    "import-roster": "roster",
    "import-enrolment": "enrolment",
    "import-payments": "payments",
}
"""Which of REQUIRED a command takes."""


@dataclass(frozen=True)
class Coming:
    """A file that goes in: typed, or (`replies`) the sheets of a workbook that came back."""

    planned: Planned
    path: WorkbookFile
    batch: Batch | None = None
    replies: tuple[RawSheet, ...] = ()

    @property
    def shown(self) -> str:
        """Its name in the plan."""
        return self.planned.arrival.shown

    @property
    def command(self) -> str:
        """The command that imports such a file by itself."""
        return load_marks().kinds[self.planned.kind].command


@dataclass
class Entry:
    """What went in so far, within the transaction: `fresh` table → facts, `entered` shown → batch."""

    fresh: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    entered: dict[str, Entered] = field(default_factory=dict)
    replaced: dict[str, Replaced] = field(default_factory=dict)
    replies: dict[str, ReplyResult | CausesResult] = field(default_factory=dict)
    failed: dict[str, FcinsError] = field(default_factory=dict)

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """table → all facts that went in."""
        for table, facts in self.fresh.items():
            self.fresh[table] = [pd.concat(facts, ignore_index=True)] if len(facts) > 1 else facts
        return {table: facts[0] for table, facts in self.fresh.items()}


@dataclass(frozen=True)
class Group:
    """Lists that take the place of earlier ones together."""

    lists: list[Coming]
    replacement: Replacement


def take_in(
    folder: Path,
    inbox: Inbox,
    planned: Sequence[Planned],
    answers: Answers,
    *,
    watcher: Watcher,
    force: bool = False,
    all_or_nothing: bool = False,
    passwords: Sequence[str] = (),
) -> ReceivingResult:
    """Import what is planned. With `force` however many people lose something by a list.

    With `all_or_nothing` InputError where a file would stay out, and nothing goes in. Raises what concerns all files:
    a busy workspace, a full disk.
    """
    policy = inbox.policy
    failed = {each.arrival.shown: each.arrival.error for each in planned if each.does == "failed"}
    entry = Entry(failed={shown: error for shown, error in failed.items() if error})
    today = judging_day(policy, watcher) if any(each.goes_in for each in planned) else date.min
    coming = list(_typed(inbox, planned, passwords, today, entry, watcher))
    result = ReceivingResult(policy, list(planned), inbox.found.left, inbox.problems, [], [])
    if all_or_nothing:
        _refuse_a_part(replace(result, failed=list(entry.failed.items())))
    imports: list[ImportResult | ReplyResult | CausesResult] = []
    if coming:
        watcher.step("写入", 1, 2)
        with changing(folder, "import", watcher) as opened:
            _enter_all(opened, policy, coming, planned, entry, today, force=force)
            if all_or_nothing:
                _refuse_a_part(replace(result, failed=list(entry.failed.items())))
            _remember(opened, [each for each in coming if each.shown not in entry.failed], answers)
            watcher.step("核查", 1, 2)
            imports = _results(opened, policy, coming, entry)
    return replace(result, imports=imports, failed=list(entry.failed.items()))


def _refuse_a_part(result: ReceivingResult) -> None:
    """InputError where a file stays out."""
    if result.stays_out:
        out = [*(shown for shown, _ in result.failed), *(each.arrival.shown for each in result.unsure)]
        out += [each.shown for each in result.left if each.lists]
        message = f"{'、'.join(out)}不能导入，按 --all-or-nothing 什么都没有导入"
        raise InputError(message, "用 fcins import … --plan 看原因；改好后再导入，或去掉 --all-or-nothing")


# ── typed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _typed(
    inbox: Inbox, planned: Sequence[Planned], passwords: Sequence[str], today: date, entry: Entry, watcher: Watcher
) -> Iterator[Coming]:
    """The files that go in, typed; their raw tables are let go. Who cannot be typed is in `entry.failed`."""
    for number, each in enumerate(planned):
        if each.goes_in:
            watcher.step("整理", number, len(planned))
            looked = inbox.looked[each.arrival.shown]
            try:
                yield _coming(looked, each, inbox.policy, passwords, today)
            except (InputError, UsageError) as error:
                entry.failed[each.arrival.shown] = error
            finally:
                looked.sheets = []


def _coming(looked: Looked, planned: Planned, policy: Policy, passwords: Sequence[str], today: date) -> Coming:
    """One file typed as the command for its kind does. Raises InputError, UsageError."""
    if planned.does == ANSWER:
        return Coming(planned, looked.file.path, replies=tuple(looked.sheets))
    assert looked.recognised is not None
    form = FORMS[load_marks().kinds[planned.kind].command]
    # What somebody answered is as good as --as: the file is taken for it.
    stated_kind = "" if looked.recognised.certain and not planned.category else planned.kind
    stated = Stated(stated_kind, planned.category, passwords=passwords)
    sheets = sheets_for(looked.file.path, looked.sheets, looked.recognised, form, policy, stated)
    if form == "roster":
        typed = roster_facts(sheets, policy, planned.category or None, today)
        if planned.does == REPLACE and only_leavers(typed.facts):
            raise InputError(f"{planned.arrival.shown}：退出的名单不是全部名单，不能替换", "请核对文件")
    else:
        typed = READERS[form](sheets, policy, today)
    asked = Asked(planned.category, declared_total=planned.declared_total)
    notices = further_list(planned, policy)
    batch = ready_batch(looked.file.path, sheets, typed, asked, looked.arrival.sha256, notices)
    return Coming(planned, looked.file.path, batch)


# ── stored ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _enter_all(
    opened: Store,
    policy: Policy,
    coming: list[Coming],
    planned: Sequence[Planned],
    entry: Entry,
    today: date,
    *,
    force: bool,
) -> None:
    """Everything into the store, kind by kind; answers last."""
    groups = [
        Group(lists, Replacement(opened, policy, scope, known)) for scope, lists, known in _replacing(coming, planned)
    ]
    grouped = {each.shown for group in groups for each in group.lists}
    for form in FORMS.values():
        of_form = [each for each in coming if each.batch and FORMS[each.command] == form]
        plain = [each for each in of_form if each.shown not in grouped]
        ending = [each for each in plain if form == "roster" and each.batch and _ends(each.batch)]
        with opened.adding(form, sum(len(each.batch.facts) for each in plain if each.batch)):
            for each in plain:
                if each not in ending:
                    _enter(opened, each, entry)
        for group in groups:
            if group.lists[0] in of_form:
                _attempt(opened, policy, group.lists, entry, force=force, replacement=group.replacement)
        for each in ending:
            _attempt(opened, policy, [each], entry, force=force)
    for each in coming:
        if each.planned.kind in WENT_OUT:
            try:
                with opened.attempt():
                    reply = take_reply(opened, policy, each.path, each.replies, today, dry_run=False)
                    entry.replies[each.shown] = reply
            except (InputError, UsageError) as error:
                entry.failed[each.shown] = error


def _ends(batch: Batch) -> bool:
    """Whether a roster may end a membership."""
    return bool((batch.facts["cancelled_on"] != "").any())


def _enter(opened: Store, each: Coming, entry: Entry) -> None:
    assert each.batch is not None
    entered, facts = enter(opened, [each.batch], Asked(each.planned.category))
    entry.entered[each.shown] = entered[0]
    entry.fresh.setdefault(FACT_TABLES[each.batch.kind], []).append(facts)


def _attempt(
    opened: Store,
    policy: Policy,
    lists: list[Coming],
    entry: Entry,
    *,
    force: bool,
    replacement: Replacement | None = None,
) -> None:
    """Put in lists by which people may lose something, if not too many do; else they are undone and failed."""
    before = {table: list(facts) for table, facts in entry.fresh.items()}
    try:
        with opened.attempt():
            endings = None
            if replacement is None and not force:
                endings = Endings(opened, policy, [each.batch.facts for each in lists if each.batch])
            for each in lists:
                _enter(opened, each, entry)
            numbers = [entry.entered[each.shown] for each in lists]
            if replacement:
                replacement.take_out([each.number for each in numbers if not each.already])
            if replacement or (endings and endings.any):
                district = District.about(opened, policy, entry.frames(), keep=False)
                if endings:
                    endings.check(district)
                if replacement:
                    entry.replaced[lists[0].shown] = replacement.outcome(district, force=force, by_town=True)
    except (InputError, UsageError) as error:
        entry.fresh = before
        for each in lists:
            entry.entered.pop(each.shown, None)
            entry.failed[each.shown] = error


def _replacing(coming: Sequence[Coming], planned: Sequence[Planned]) -> list[tuple[Scope, list[Coming], list[int]]]:
    """The lists that replace earlier ones, those of one category and town together: their scope, they, and the
    batches of files that came with them and are there already."""
    merged: list[tuple[Scope, list[Coming]]] = []
    for each in coming:
        if each.planned.does != REPLACE or each.batch is None:
            continue
        scope, lists = Scope(each.batch.kind, each.batch.categories, each.planned.town), [each]
        apart = []
        for other, others in merged:
            same_people = other.kind == scope.kind and (
                scope.kind != "roster" or bool({*other.categories} & {*scope.categories})
            )
            if same_people and (other.town == scope.town or "" in (other.town, scope.town)):
                town = scope.town if other.town == scope.town else ""
                scope = Scope(scope.kind, tuple(sorted({*other.categories, *scope.categories})), town)
                lists = [*others, *lists]
            else:
                apart.append((other, others))
        merged = [*apart, (scope, lists)]
    known = [each.batch for each in planned if each.does == KNOWN and each.batch is not None]
    return [(scope, lists, known) for scope, lists in merged]


def _remember(opened: Store, coming: Sequence[Coming], answers: Answers) -> None:
    """Keep what somebody answered of files that went in: what they are, not how many people were stamped."""
    for each in coming:
        for question in ("kind", "category", "whole"):
            answer = answers.get(each.shown, {}).get(question)
            if answer and each.planned.arrival.key:
                opened.keep("remembered_answers", (each.planned.arrival.key, question, answer, now_text()))


# ── judged ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _results(
    opened: Store, policy: Policy, coming: Sequence[Coming], entry: Entry
) -> "list[ImportResult | ReplyResult | CausesResult]":
    """What came of each file, judged as of now, in the order in which they went in."""
    fresh = entry.frames()
    district = District.about(opened, policy, fresh, keep=True) if fresh else None
    results: list[ImportResult | ReplyResult | CausesResult] = []
    for each in coming:
        if each.shown in entry.replies:
            results.append(entry.replies[each.shown])
        elif each.shown in entry.entered and district:
            entered, replaced = entry.entered[each.shown], entry.replaced.get(each.shown)
            results.append(import_result(district, each.command, entered, dry_run=False, replaced=replaced))
    return results
