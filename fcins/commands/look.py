"""What a file is and how it would be read, without taking it in; in a workspace also how it would be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcins.commands.batch import ImportResult
from fcins.commands.importing import import_facts, import_households, import_roster
from fcins.commands.kinds import NOTHING_STATED, Stated, read_any, workbooks_of
from fcins.commands.opening import Watcher, workspace_policy
from fcins.commands.replies import CausesResult, ReplyResult
from fcins.errors import InputError, UsageError
from fcins.headings import Field, load_headings
from fcins.identity import mask, mask_text
from fcins.intake.recognising import Recognised, command_for, described, load_marks, recognise
from fcins.policy.loading import Policy, load_policy
from fcins.store.workspace import is_workspace
from fcins.workbooks.archives import WorkbookFile
from fcins.workbooks.own_mark import marked_document
from fcins.workbooks.package import column_letters
from fcins.workbooks.reading import RawSheet

SAMPLE_ROWS = 3
"""So many rows of a sheet are shown."""


@dataclass(frozen=True)
class LookedColumn:
    """A column: its letter in Excel, its heading, and the field it is taken for ("" for none), by its first word.

    `person`: which person of the row, from 1, where a row holds several; else 0. `hidden`: nobody sees it in Excel.
    """

    letter: str
    heading: str
    field: str
    person: int
    hidden: bool


@dataclass(frozen=True)
class LookedSheet:
    """One table of a sheet as it is read. `section`: the lines that stand over it within the sheet.

    `rows`: the first ones, masked, with the number that Excel shows; `read`: how many; `skipped`: why → which others.
    `unused`: headings of columns that hold something and are not used.
    """

    sheet: str
    hidden: bool
    title: str
    section: str
    columns: list[LookedColumn]
    rows: list[tuple[int, list[str]]]
    read: int
    skipped: dict[str, list[int]]
    unused: list[str]
    declared_total: int | None
    notices: list[dict[str, Any]]


@dataclass(frozen=True)
class LookedFile:
    """A file: what it is, its sheets, the command for it ("" for none), and how that command would judge it.

    `unread`: sheets without headings. `error`: why it cannot be read; `refused`: why that command would not take it.
    """

    file: str
    kind: str = "other"
    name: str = ""
    categories: tuple[str, ...] = ()
    certain: bool = False
    why: str = ""
    command: str = ""
    sheets: tuple[LookedSheet, ...] = ()
    unread: tuple[str, ...] = ()
    judged: "Sequence[ImportResult | ReplyResult | CausesResult]" = ()
    refused: InputError | UsageError | None = None
    error: InputError | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        if self.error:
            return {"file": self.file, "error": _error(self.error)}
        sheets = [
            {
                **vars(each),
                "columns": [vars(column) for column in each.columns],
                "rows": [{"row": number, "cells": cells} for number, cells in each.rows],
            }
            for each in self.sheets
        ]
        return {
            "file": self.file,
            "kind": self.kind,
            "categories": list(self.categories),
            "certain": self.certain,
            "why": self.why,
            "run": self.command,
            "sheets": sheets,
            "unread": list(self.unread),
            "judged": [each.as_json() for each in self.judged],
            "refused": _error(self.refused) if self.refused else None,
        }


def _error(error: InputError | UsageError) -> dict[str, Any]:
    return {"exit": error.exit_code, "message": error.message, "hint": error.hint}


@dataclass(frozen=True)
class LookResult:
    """Every file that was looked at."""

    looked: list[LookedFile]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {"command": "look", "looked": [each.as_json() for each in self.looked]}


def look(
    folder: Path,
    files: Sequence[Path],
    *,
    policy: str,
    usual: str,
    watcher: Watcher,
    stated: Stated = NOTHING_STATED,
) -> LookResult:
    """Look at each file. Where `folder` is a workspace, by its policy, and the file is judged as --dry-run does; else
    by `policy`, a name or a file, or where that is "" by the `usual` one. `stated`: passwords of the files."""
    judging = is_workspace(folder) and not policy
    rules = workspace_policy(folder) if judging else load_policy(policy or usual)
    looked = []
    workbooks = workbooks_of(files, watcher)
    for number, file in enumerate(workbooks):
        watcher.step(f"读取 {file.name}", number, len(workbooks))
        looked.append(_looked(folder, file, rules, watcher, judging, stated))
    return LookResult(looked)


def _looked(
    folder: Path, path: WorkbookFile, policy: Policy, watcher: Watcher, judging: bool, stated: Stated
) -> LookedFile:
    try:
        sheets = read_any(path, stated.passwords)
    except InputError as error:
        return LookedFile(path.name, error=error)
    found = recognise(sheets, policy, marked_document(path))
    command = command_for(found, path.name, policy)
    judged: Sequence[ImportResult | ReplyResult | CausesResult] = ()
    refused = None
    if judging and command and found.kind not in ("last_year", "other"):
        try:
            judged = _judged(folder, path, found, policy, watcher, stated)
        except (InputError, UsageError) as error:
            refused = error
    return LookedFile(
        path.name,
        kind=found.kind,
        name=described(found, policy),
        categories=found.categories,
        certain=found.certain,
        why=found.why,
        command=command,
        sheets=tuple(_sheet(each) for each in sheets),
        unread=sheets[0].unread,
        judged=judged,
        refused=refused,
    )


def _judged(
    folder: Path, path: WorkbookFile, found: Recognised, policy: Policy, watcher: Watcher, stated: Stated
) -> "Sequence[ImportResult | ReplyResult | CausesResult]":
    """What the command for the file would give."""
    command = load_marks().kinds[found.kind].command
    if command == "import-households":
        return import_households(folder, [path], watcher=watcher, dry_run=True, stated=stated)
    if command == "import-roster":
        one = found.kind == "roster" and len(found.categories) == 1
        category = policy.category(found.categories[0]).name if one else None
        return import_roster(
            folder,
            [path],
            category=category,
            declared_total=None,
            town=None,
            watcher=watcher,
            dry_run=True,
            stated=stated,
        )
    return import_facts(folder, [path], command.removeprefix("import-"), watcher=watcher, dry_run=True, stated=stated)


def _sheet(sheet: RawSheet) -> LookedSheet:
    shown = [at for at, text in enumerate(sheet.own_headings) if text.strip()]
    first = sheet.rows.head(SAMPLE_ROWS).to_numpy(dtype=object)
    rows = [
        (number, [masked(str(cells[at]).strip(), sheet.fields[at]) for at in shown])
        for number, cells in zip(sheet.row_numbers[:SAMPLE_ROWS].tolist(), first, strict=True)
    ]
    return LookedSheet(
        sheet=sheet.sheet,
        hidden=sheet.hidden,
        title=_one_line(sheet.title),
        section=_one_line(sheet.section),
        columns=[_column(sheet, at) for at in shown],
        rows=rows,
        read=len(sheet.rows),
        skipped={why: list(rows) for why, rows in sheet.skipped_rows.items()},
        unused=[_one_line(text) for text in sheet.unused],
        declared_total=sheet.declared_total,
        notices=[notice.as_json() for notice in sheet.notices],
    )


def _column(sheet: RawSheet, at: int) -> LookedColumn:
    words, field = load_headings(), sheet.fields[at]
    return LookedColumn(
        letter=column_letters(at),
        heading=_one_line(sheet.headings[at]),
        field=words.canonical(field[0]) if field else "",
        person=field[1] + 1 if field and sheet.slots > 1 and field[0] in words.words["person"] else 0,
        hidden=at in sheet.marks.hidden_columns,
    )


def _one_line(text: str) -> str:
    return mask_text(" ".join(text.split()))


def masked(text: str, field: Field | None) -> str:
    """A cell as it may be shown: an ID's first six and last characters; of a name, of an address and of what we do not
    know the first character; of a phone number nothing."""
    words, name = load_headings().words, field[0] if field else ""
    if name in (*words["identity"], "household_head_id"):
        return mask("".join(text.split()))
    if name == "phone":
        return "*" * len(text)
    if name in words["nameless"]:
        return mask_text(text)
    return text[:1] + "*" * (len(text) - 1)
