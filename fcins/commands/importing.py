"""The stories of the imports: read every file, put all of them in or none, judge them as of now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace as replace_fields
from datetime import date
from pathlib import Path

import pandas as pd

from fcins.analysis.district import District
from fcins.commands.batch import Asked, ImportResult, enter, import_result, ready_batch, same_bytes
from fcins.commands.kinds import NOTHING_STATED, Opened, Stated, open_files, workbooks_of
from fcins.commands.opening import Watcher, category_code, changing, judging_day, town_name, workspace_policy
from fcins.commands.replacing import Endings, Replace, Replacement, only_leavers, scope_of
from fcins.commands.replies import CausesResult, ReplyResult, import_replies
from fcins.errors import UsageError
from fcins.headings import UNKNOWN, load_headings
from fcins.intake.facts import READERS
from fcins.intake.replies import went_out
from fcins.intake.roster_rows import roster_facts
from fcins.intake.typed import Typed
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.reading import RawSheet


def import_households(
    folder: Path,
    files: Sequence[WorkbookFile],
    *,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    town: str | None = None,
    force: bool = False,
    stated: Stated = NOTHING_STATED,
) -> list[ImportResult]:
    """户籍: full snapshots, or changes where the file has a 变动类型 column.

    With `replace` the files are the whole list, of `town` or of all. `stated`: what the user said of them.
    """
    policy = workspace_policy(folder)
    sender = town_name(policy, town) if town else ""

    asked = Asked(sender_town=sender)
    whole = Replace(sender, force) if replace else None
    opened = open_files(workbooks_of(files, watcher), "households", policy, watcher, stated)
    return _import(
        folder,
        "import-households",
        opened,
        READERS["households"],
        watcher=watcher,
        dry_run=dry_run,
        asked=asked,
        replace=whole,
    )


def import_roster(
    folder: Path,
    files: Sequence[WorkbookFile],
    *,
    category: str | None,
    declared_total: int | None,
    town: str | None,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    force: bool = False,
    stated: Stated = NOTHING_STATED,
) -> list[ImportResult] | list[ReplyResult | CausesResult]:
    """Rosters, or workbooks that came back: recognised by themselves, but not both at once."""
    workbooks = workbooks_of(files, watcher)
    asked = _asked_of_roster(folder, len(workbooks), category, declared_total, town)
    stated = replace_fields(stated, category=asked.category)
    opened = list(open_files(workbooks, "roster", workspace_policy(folder), watcher, stated))
    came_back = [any(map(went_out, sheets)) for _, sheets in opened]
    if not any(came_back):
        return _import_rosters(folder, opened, asked, watcher=watcher, dry_run=dry_run, replace=replace, force=force)
    if not all(came_back):
        raise UsageError("反馈工作簿、疑似漏保名单和名册不能一起导入", "请分两次导入")
    if category or declared_total is not None or town or replace:
        raise UsageError(
            "导入反馈工作簿、疑似漏保名单不用 --category、--declared-total、--town、--replace",
            "各行按原来的类别和镇（街道）导入，去掉这些选项即可",
        )
    return import_replies(folder, opened, watcher, dry_run)


def _asked_of_roster(
    folder: Path, files: int, category: str | None, declared_total: int | None, town: str | None
) -> Asked:
    """What was asked of so many roster files. Raises UsageError for what does not exist, before any file is opened."""
    policy = workspace_policy(folder)
    if declared_total is not None and files > 1:
        raise UsageError("--declared-total 只能用于一个文件", "请逐个文件导入，分别给出盖章人数")
    return Asked(
        category=category_code(policy, category) if category else "",
        sender_town=town_name(policy, town) if town else "",
        declared_total=declared_total,
    )


def _import_rosters(
    folder: Path,
    files: Sequence[Opened],
    asked: Asked,
    *,
    watcher: Watcher,
    dry_run: bool = False,
    replace: bool = False,
    force: bool = False,
) -> list[ImportResult]:
    """One department's rosters.

    With `replace` the files are the whole lists of their categories, for the sender's town or for all towns.
    """

    def read(sheets: list[RawSheet], policy: Policy, today: date) -> Typed:
        return roster_facts(sheets, policy, asked.category or None, today)

    whole = Replace(asked.sender_town, force) if replace else None
    return _import(
        folder,
        "import-roster",
        files,
        read,
        watcher=watcher,
        dry_run=dry_run,
        asked=asked,
        replace=whole,
        force=force,
    )


def import_facts(
    folder: Path,
    files: Sequence[WorkbookFile],
    kind: str,
    *,
    watcher: Watcher,
    dry_run: bool = False,
    stated: Stated = NOTHING_STATED,
) -> list[ImportResult]:
    """参保登记 (kind enrolment) or what the tax office received (kind payments)."""
    command = {"enrolment": "import-enrolment", "payments": "import-payments"}[kind]

    scheme = pd.Series([stated.scheme], dtype="str")
    if load_headings().value("scheme", scheme)[0] == UNKNOWN:
        raise UsageError(f"没有“{stated.scheme}”这个险种", "例：--scheme 医保，或 --scheme 养老")
    opened = open_files(workbooks_of(files, watcher), kind, workspace_policy(folder), watcher, stated)
    return _import(folder, command, opened, READERS[kind], watcher=watcher, dry_run=dry_run, asked=Asked())


def _import(
    folder: Path,
    command: str,
    files: Iterable[Opened],
    read: Callable[[list[RawSheet], Policy, date], Typed],
    *,
    watcher: Watcher,
    dry_run: bool,
    asked: Asked,
    replace: Replace | None = None,
    force: bool = False,
) -> list[ImportResult]:
    """Read every file, then put all of them in, or none, in one transaction; judge them as of now.

    `force`: however many memberships they end.
    """
    policy = workspace_policy(folder)
    today = judging_day(policy, watcher)
    ready = [ready_batch(path, sheets, read(sheets, policy, today), asked) for path, sheets in files]
    kind = ready[0].kind
    scope, endings = None, None
    if replace:
        if kind == "roster" and any(only_leavers(batch.facts) for batch in ready):
            raise UsageError("退出的名单不是全部名单，不能用 --replace", "去掉 --replace 再导入：只取消名单上的人")
        scope = scope_of({batch.kind for batch in ready}, [batch.categories for batch in ready], replace.town)
    watcher.step("写入", len(ready), len(ready) + 1)
    with changing(folder, command, watcher, keep=not dry_run) as opened:
        known = [same_bytes(opened, batch) for batch in ready]
        replacement = Replacement(opened, policy, scope, [number for number in known if number]) if scope else None
        if kind == "roster" and not replace and not force:
            endings = Endings(opened, policy, [batch.facts for batch in ready])
        coming = sum(len(batch.facts) for batch, number in zip(ready, known, strict=True) if number is None)
        with opened.adding(kind, coming):
            entered, facts = enter(opened, ready, asked)
        if replacement:
            replacement.take_out([each.number for each in entered if not each.already])
        watcher.step("核查", len(entered), len(entered) + 1)
        # An import may still be refused: then what was derived with it must not be kept.
        keep = not dry_run and (replace is None or replace.force) and not (endings and endings.any)
        district = District.about(opened, policy, {FACT_TABLES[kind]: facts}, keep=keep)
        if endings:
            endings.check(district)
        replaced = replacement.outcome(district, force=replace.force) if replacement and replace else None
        first, *others = entered
        return [
            import_result(district, command, first, dry_run=dry_run, replaced=replaced),
            *(import_result(district, command, each, dry_run=dry_run) for each in others),
        ]
