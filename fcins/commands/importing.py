"""The stories of the imports: read every file, put all of them in or none, judge them as of now."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fcins import clock
from fcins.analysis.district import District
from fcins.commands.batch import Batch, ImportResult, Opened, add, import_result, open_files, same_bytes
from fcins.commands.opening import Watcher, category_code, changing, town_name, workspace_policy
from fcins.commands.replacing import Replace, Replacement, scope_of
from fcins.commands.replies import CausesResult, ReplyResult, import_replies
from fcins.errors import InputError, UsageError
from fcins.intake import facts as intake
from fcins.intake.replies import went_out
from fcins.policy.loading import Policy
from fcins.store import store
from fcins.store.schema import as_stored
from fcins.workbooks.reading import RawSheet


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
        return intake.household_facts(sheets, policy, clock.today())

    asked = {"scope": "", "town": sender, "declared_total": None}
    whole = Replace(sender, force) if replace else None
    opened = _first_hand(open_files(files, "households", watcher))
    return _import(
        folder, "import-households", opened, read, watcher=watcher, dry_run=dry_run, asked=asked, replace=whole
    )


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
    asked = asked_of_roster(folder, len(files), category=category, declared_total=declared_total, town=town)
    opened = list(open_files(files, "roster", watcher))
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


def _import_rosters(
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
        return "roster", intake.roster_facts(sheets, policy, asked["scope"] or None, clock.today())

    whole = Replace(asked["town"], force) if replace else None
    return _import(folder, "import-roster", files, read, watcher=watcher, dry_run=dry_run, asked=asked, replace=whole)


def import_facts(
    folder: Path, files: Sequence[Path], kind: str, *, watcher: Watcher, dry_run: bool = False
) -> list[ImportResult]:
    """参保登记 (kind enrolment) or what the tax office received (kind payments)."""
    command = {"enrolment": "import-enrolment", "payments": "import-payments"}[kind]

    def read(sheets: list[RawSheet], policy: Policy) -> tuple[str, pd.DataFrame]:
        return kind, intake.READERS[kind](sheets, policy, clock.today())

    opened = _first_hand(open_files(files, kind, watcher))
    return _import(folder, command, opened, read, watcher=watcher, dry_run=dry_run)


def _first_hand(files: Iterable[Opened]) -> Iterator[Opened]:
    """The files. Raises InputError for one that went out for answers: its rows would count a second time."""
    for path, sheets in files:
        if any(map(went_out, sheets)):
            raise InputError(
                f"{path.name}：是本程序送出的反馈工作簿或疑似漏保名单，不是原始资料",
                "填好后用 fcins import-roster 导入，各行按原来的资料更正",
            )
        yield path, sheets


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
    with changing(folder, command, watcher, keep=not dry_run) as opened:
        numbers: list[tuple[int, bool]] = []
        fresh = []
        there = [same_bytes(opened, batch) for batch in ready]
        replacement = Replacement(opened, policy, scope, [number for number in there if number]) if scope else None
        coming = sum(len(batch.facts) for batch, known in zip(ready, there, strict=True) if known is None)
        with opened.adding(ready[0].kind, coming):
            for at, batch in enumerate(ready):
                known = same_bytes(opened, batch)
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
