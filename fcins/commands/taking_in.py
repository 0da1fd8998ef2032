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
from fcins.analysis.receiving import ADD, ANSWER, FAILED, KNOWN, REMEMBERED, REPLACE, Answers, Planned, further_list
from fcins.commands.batch import Asked, Batch, Entered, ImportResult, Replaced, enter, import_result, ready_batch
from fcins.commands.kinds import Stated, sheets_for
from fcins.commands.opening import Watcher, changing, judging_day
from fcins.commands.receiving import Inbox, Looked, ReceivingResult
from fcins.commands.replacing import Endings, Replacement, Scope, only_leavers
from fcins.commands.replies import CausesResult, ReplyResult, take_reply
from fcins.errors import FcinsError, InputError, UsageError
from fcins.intake.facts import READERS
from fcins.intake.recognising import load_marks
from fcins.intake.roster_rows import roster_facts
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES
from fcins.store.store import Store, now_text

FORMS = {
    "import-households": "households",
    "import-roster": "roster",
    "import-enrolment": "enrolment",
    "import-payments": "payments",
}
"""Which of REQUIRED a command takes."""


@dataclass(frozen=True)
class Coming:
    """A file that goes in, typed."""

    planned: Planned
    batch: Batch

    @property
    def shown(self) -> str:
        """Its name in the plan."""
        return self.planned.arrival.shown


@dataclass
class Entry:
    """What went in so far, within the transaction: `fresh` table → facts, `entered` shown → batch."""

    fresh: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    entered: dict[str, Entered] = field(default_factory=dict)
    replaced: dict[str, Replaced] = field(default_factory=dict)
    replies: dict[str, ReplyResult | CausesResult] = field(default_factory=dict)
    failed: dict[str, FcinsError | None] = field(default_factory=dict)

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """table → all facts that went in."""
        for table, facts in self.fresh.items():
            self.fresh[table] = [pd.concat(facts, ignore_index=True)] if len(facts) > 1 else facts
        return {table: facts[0] for table, facts in self.fresh.items()}


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
    entry = Entry(failed={each.arrival.shown: each.arrival.error for each in planned if each.does == FAILED})
    nothing = ReceivingResult(inbox.policy, list(planned), inbox.found.left, inbox.problems, [], [])

    def failures() -> ReceivingResult:
        return replace(nothing, failed=[(shown, error) for shown, error in entry.failed.items() if error])

    if all_or_nothing:
        _refuse_a_part(failures())
    if not any(each.goes_in for each in planned):
        return failures()
    typing = Typing(inbox, passwords, judging_day(inbox.policy, watcher), watcher, entry)
    with changing(folder, "import", watcher) as opened:
        _enter_all(opened, planned, typing, entry, force=force)
        if all_or_nothing:
            _refuse_a_part(failures())
        _remember(
            opened, [each for each in planned if each.goes_in and each.arrival.shown not in entry.failed], answers
        )
        watcher.step("核查", 1, 2)
        imports = _results(opened, inbox.policy, planned, entry)
    return replace(failures(), imports=imports)


def _refuse_a_part(result: ReceivingResult) -> None:
    """InputError where a file stays out."""
    if result.stays_out:
        out = [*(shown for shown, _ in result.failed), *(each.arrival.shown for each in result.unsure)]
        out += [each.shown for each in result.left if each.lists]
        message = f"{'、'.join(out)}不能导入，按 --all-or-nothing 什么都没有导入"
        raise InputError(message, "用 fcins import … --plan 看原因；改好后再导入，或去掉 --all-or-nothing")


# ── typed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Typing:
    """Types the files that were looked at, one by one: their raw tables are let go, those of a city take gigabytes."""

    inbox: Inbox
    passwords: Sequence[str]
    today: date
    watcher: Watcher
    entry: Entry

    def typed(self, some: Sequence[Planned]) -> Iterator[Coming]:
        """These files, each typed when it is asked for. Who cannot be typed is in `entry.failed`."""
        for number, each in enumerate(some):
            self.watcher.step(f"整理 {each.arrival.shown}", number, len(some))
            looked = self.inbox.looked[each.arrival.shown]
            try:
                coming = Coming(each, self._batch(looked, each))
            except (InputError, UsageError) as error:
                self.entry.failed[each.arrival.shown] = error
                continue
            finally:
                looked.sheets = []
            self.watcher.step(f"写入 {each.arrival.shown}", number, len(some))
            yield coming

    def _batch(self, looked: Looked, planned: Planned) -> Batch:
        """One file typed as the command for its kind does. Raises InputError, UsageError."""
        assert looked.recognised is not None
        policy, form = self.inbox.policy, _form(planned)
        # What somebody answered is as good as --as: the file is taken for it.
        stated_kind = "" if looked.recognised.certain and not planned.category else planned.kind
        stated = Stated(stated_kind, planned.category, passwords=self.passwords)
        sheets = sheets_for(looked.file.path, looked.sheets, looked.recognised, form, policy, stated)
        if form == "roster":
            typed = roster_facts(sheets, policy, planned.category or None, self.today)
            if planned.does == REPLACE and only_leavers(typed.facts):
                raise InputError(f"{planned.arrival.shown}：退出的名单不是全部名单，不能替换", "请核对文件")
        else:
            typed = READERS[form](sheets, policy, self.today)
        asked = Asked(planned.category, declared_total=planned.declared_total)
        notices = further_list(planned, policy)
        return ready_batch(looked.file.path, sheets, typed, asked, looked.arrival.sha256, notices)


def _form(planned: Planned) -> str:
    return FORMS[_command(planned)]


def _command(planned: Planned) -> str:
    """The command that imports such a file by itself."""
    return load_marks().kinds[planned.kind].command


# ── stored ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _enter_all(opened: Store, planned: Sequence[Planned], typing: Typing, entry: Entry, *, force: bool) -> None:
    """Everything into the store, kind by kind; answers last."""
    policy = typing.inbox.policy
    # Before anything goes in: they know the old lists.
    groups = [
        (scope, lists, Replacement(opened, policy, scope, known))
        for scope, lists, known in _replacing(
            list(typing.typed([each for each in planned if each.does == REPLACE])), planned
        )
    ]
    for form in FORMS.values():
        plain = [each for each in planned if each.does == ADD and _form(each) == form]
        ending = []
        with opened.adding(form, sum(each.arrival.rows for each in plain)):
            for coming in typing.typed(plain):
                if form == "roster" and _ends(coming.batch):
                    ending.append(coming)
                else:
                    _enter(opened, coming, entry)
        for scope, lists, replacement in groups:
            if scope.kind == form:
                _attempt(opened, policy, lists, entry, force=force, replacement=replacement)
        for coming in ending:
            _attempt(opened, policy, [coming], entry, force=force)
    for each in planned:
        if each.does == ANSWER:
            looked = typing.inbox.looked[each.arrival.shown]
            try:
                with opened.attempt():
                    reply = take_reply(opened, policy, looked.file.path, looked.sheets, typing.today, dry_run=False)
                    entry.replies[each.arrival.shown] = reply
            except (InputError, UsageError) as error:
                entry.failed[each.arrival.shown] = error


def _ends(batch: Batch) -> bool:
    """Whether a roster may end a membership."""
    return bool((batch.facts["cancelled_on"] != "").any())


def _enter(opened: Store, each: Coming, entry: Entry) -> None:
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
                endings = Endings(opened, policy, [each.batch.facts for each in lists])
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


def _remember(opened: Store, planned: Sequence[Planned], answers: Answers) -> None:
    """Keep what somebody answered of files that went in: what they are, not how many people were stamped."""
    for each in planned:
        for question in REMEMBERED:
            answer = answers.get(each.arrival.shown, {}).get(question)
            if answer and each.arrival.key:
                opened.keep("remembered_answers", (each.arrival.key, question, answer, now_text()))


# ── judged ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _results(
    opened: Store, policy: Policy, planned: Sequence[Planned], entry: Entry
) -> list[ImportResult | ReplyResult | CausesResult]:
    """What came of each file, judged as of now, in the order of the plan."""
    fresh = entry.frames()
    district = District.about(opened, policy, fresh, keep=True) if fresh else None
    results: list[ImportResult | ReplyResult | CausesResult] = []
    for each in planned:
        shown = each.arrival.shown
        if shown in entry.replies:
            results.append(entry.replies[shown])
        elif shown in entry.entered and district:
            entered, replaced = entry.entered[shown], entry.replaced.get(shown)
            results.append(import_result(district, _command(each), entered, dry_run=False, replaced=replaced))
    return results
