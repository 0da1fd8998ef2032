"""The files of an import, each looked at first: is it what this command takes, and has it the columns it needs.

A file that is certainly of another kind is refused with the command for it. One that could be either is taken for what
the command says that it is, and that is told where something speaks against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fcins.commands.opening import Watcher
from fcins.errors import InputError, UsageError
from fcins.headings import Field, heading_key, load_headings
from fcins.intake import last_year
from fcins.intake.facts import REQUIRED
from fcins.intake.leavers import said_of
from fcins.intake.recognising import WENT_OUT, Recognised, command_for, described, load_marks, recognise, together
from fcins.intake.replies import went_out
from fcins.intake.roster_categories import column_categories, named_categories, sheet_categories
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.store.own_words import with_columns
from fcins.words_in_force import words_from
from fcins.workbooks.archives import ArchivedFile, WorkbookFile, is_archive, workbooks_in
from fcins.workbooks.own_mark import marked_document
from fcins.workbooks.reading import RawSheet, read_workbook

Opened = tuple[WorkbookFile, list[RawSheet]]
"""A file and the sheets of it that are of the kind asked for."""

ANY_KIND = [*REQUIRED["roster"], *last_year.REQUIRED]
"""What a sheet's headings may have to be looked at, though it is of another kind than asked for."""

LEFT = ("leavers", "departed")
"""Lists of who leaves: which command takes one, its own columns say (intake/leavers.py)."""

TAKES = {
    "households": ("households", "changes", *LEFT),
    "roster": ("roster", *LEFT, "feedback", "gaps"),
    "enrolment": ("enrolment",),
    "payments": ("payments",),
}
"""What each import takes, by the kind of its REQUIRED."""

NEEDED = {"payments": ("paid_on", "scheme"), "enrolment": ("tier",), "changes": ("change_date",)}
"""Columns without which no row of a kind could be accepted."""


@dataclass(frozen=True)
class Stated:
    """What the user said of files. `kind`: of --as, "" where the files decide; `category`: its code; `scheme`: the
    word of --scheme, for payments that have no such column; `columns`: headings → fields, of --column; `passwords`:
    those that one of may open a file."""

    kind: str = ""
    category: str = ""
    scheme: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    passwords: Sequence[str] = ()


NOTHING_STATED = Stated()


def workbooks_of(files: Sequence[WorkbookFile], watcher: Watcher) -> list[WorkbookFile]:
    """The files, of a .zip the workbooks in it; what else is in it is said. Raises InputError for one without any."""
    found: list[WorkbookFile] = []
    for path in files:
        if isinstance(path, Path) and path.is_file() and is_archive(path):
            workbooks, others = workbooks_in(path)
            found += workbooks
            if others:
                watcher.say(f"提示：{path.name} 里的{'、'.join(others)}不是工作簿，没有读")
        else:
            found.append(path)
    return found


def open_files(
    files: Sequence[WorkbookFile], form: str, policy: Policy, watcher: Watcher, stated: Stated
) -> Iterator[Opened]:
    """The files, each with its sheets of the kind `form` (of REQUIRED).

    Raises InputError for a file of another kind, for one of another category than stated, and where a column is
    missing; UsageError for a --as that this import does not take.
    """
    if stated.kind and stated.kind not in TAKES[form]:
        raise UsageError(f"这个命令不导入 --as {stated.kind}", f"可以写：{'、'.join(_importable(form))}")
    words = with_columns(load_headings(), stated.columns)
    for number, path in enumerate(files):
        watcher.step(f"读取 {path.name}", number, len(files) + 1)
        try:
            with words_from(lambda: words):
                sheets = read_workbook(path, REQUIRED[form], ANY_KIND, stated.passwords)
            _require_headings(path.name, sheets, stated)
            found = recognise(sheets, policy, marked_document(path), as_roster=bool(stated.category))
            opened = path, checked_sheets(path.name, sheets, found, form, policy, stated)
        except InputError as error:
            if isinstance(path, ArchivedFile):
                raise InputError(f"{path.archive.name} 里的{error.message}", error.hint) from error
            raise
        yield opened


def read_any(path: WorkbookFile, passwords: Sequence[str]) -> list[RawSheet]:
    """The tables of a file of whatever kind. Raises InputError for one that cannot be read."""
    return read_workbook(path, REQUIRED["roster"], ANY_KIND, passwords)


def sheets_for(
    path: WorkbookFile, sheets: list[RawSheet], found: Recognised, form: str, policy: Policy, stated: Stated
) -> list[RawSheet]:
    """Of the tables that `read_any` gave those that are of the kind `form`, as `open_files` gives them.

    Raises InputError as `open_files` does. Only where a table lacks what the kind needs is the file read again: its
    headings may stand farther down.
    """
    if not any(map(went_out, sheets)) and not all(_serves(sheet, form) for sheet in sheets):
        sheets = read_workbook(path, REQUIRED[form], ANY_KIND, stated.passwords)
        found = recognise(sheets, policy, marked_document(path), as_roster=bool(stated.category))
    return checked_sheets(path.name, sheets, found, form, policy, stated)


def _require_headings(file: str, sheets: Sequence[RawSheet], stated: Stated) -> None:
    """InputError for a heading of --column that the file does not have."""
    seen = {heading_key(text) for sheet in sheets for text in sheet.headings}
    for heading in stated.columns:
        if heading_key(heading) not in seen:
            own = "、".join(" ".join(text.split()) for text in sheets[0].headings if text.strip())
            raise InputError(f"{file}：没有“{heading}”这一列", f"--column 左边写文件里的列名，文件里有：{own}")


def _importable(form: str) -> list[str]:
    return [kind for kind in TAKES[form] if kind not in (*WENT_OUT, *LEFT)]


def checked_sheets(
    file: str, sheets: list[RawSheet], found: Recognised, form: str, policy: Policy, stated: Stated
) -> list[RawSheet]:
    """The sheets that the command for `form` takes, with what is to be said of the others. Raises InputError."""
    takes = TAKES[form]
    if found.kind in WENT_OUT:
        if found.kind in takes and not stated.kind:
            return sheets
        raise InputError(
            f"{file}：是本程序送出的反馈工作簿或疑似漏保名单，不是原始资料",
            "填好后用 fcins import-roster 导入，各行按原来的资料更正",
        )
    if not stated.kind and not found.may_be(takes):
        raise _other_kind(file, found, form, policy)
    if stated.scheme:
        sheets = [_with_scheme(sheet, stated.scheme) for sheet in sheets]
    if not any(_serves(sheet, form) for sheet in sheets):
        raise _without_columns(max(sheets, key=lambda sheet: len(sheet.names)), REQUIRED[form], form)
    why_not = _not_taken(sheets, found, form, policy, stated)
    kept = [sheet for sheet, why in zip(sheets, why_not, strict=True) if not why]
    for sheet in kept:
        _require_columns(sheet, form, policy, stated)
    of_kept = together([each for each, why in zip(found.tables, why_not, strict=True) if not why])
    notices = [*_left_out(sheets, why_not), *_doubts(kept, of_kept, form, policy, stated)]
    return [replace(kept[0], notices=(*kept[0].notices, *notices)), *kept[1:]]


def _serves(sheet: RawSheet, form: str) -> bool:
    return any(each <= sheet.names for each in REQUIRED[form])


def _not_taken(sheets: list[RawSheet], found: Recognised, form: str, policy: Policy, stated: Stated) -> list[str]:
    """Of each table why this command does not take it, "" for those that it takes: at least one."""
    why_not = []
    for sheet, each in zip(sheets, found.tables, strict=True):
        if not stated.kind and not each.may_be(TAKES[form]):
            why_not.append(f"是{described(each, policy)}（{each.why}）")
        elif not _serves(sheet, form):
            why_not.append(f"没有{_quoted(_missing(sheet, REQUIRED[form]))}列")
        else:
            why_not.append("")
    if all(why_not):
        return ["" if _serves(sheet, form) else why for sheet, why in zip(sheets, why_not, strict=True)]
    return why_not


def _left_out(sheets: list[RawSheet], why_not: list[str]) -> Iterator[Notice]:
    """N204 of the tables that were left out, once for those of a sheet that were for one reason."""
    rows: dict[tuple[str, str], int] = {}
    for sheet, why in zip(sheets, why_not, strict=True):
        if why:
            rows[sheet.sheet, why] = rows.get((sheet.sheet, why), 0) + len(sheet.rows)
    for (name, why), count in rows.items():
        yield Notice("N204", f"这张表{why}，{count}行没有导入", name, loses=count > 0)


def _other_kind(file: str, found: Recognised, form: str, policy: Policy) -> InputError:
    command = command_for(found, file, policy)
    hint = f"请用 {command}" if command else "请改用部门报来的原始文件"
    sure = f"；确实是的，加 --as {_importable(form)[0]}" if found.kind != "own" else ""
    return InputError(f"{file}：这是{described(found, policy)}（{found.why}）", hint + sure)


def _require_columns(sheet: RawSheet, form: str, policy: Policy, stated: Stated) -> None:
    """InputError where a column is missing without which every row would fail."""
    kind = "changes" if form == "households" and "change" in sheet.names else form
    missing = [name for name in NEEDED.get(kind, ()) if name not in sheet.names]
    if form == "roster" and not said_of(sheet)[0]:  # who leaves needs neither an amount nor a level
        codes = [stated.category] if stated.category else sheet_categories(sheet, policy)
        category = policy.category(codes[0]) if len(codes) == 1 else None
        if category and category.form == "aid" and "aid_amount" not in sheet.names:
            missing.append("aid_amount")
        if category and category.disability_levels and not sheet.names & {"disability_level", "disability_cert"}:
            missing.append("disability_level")
    if missing:
        raise _without_columns(sheet, [frozenset(missing)], form)


def _without_columns(sheet: RawSheet, required: Sequence[frozenset[str]], form: str) -> InputError:
    """没有“险种”“缴费日期”两列, with what the sheet's other headings may have meant."""
    words = load_headings()
    missing = _missing(sheet, required, NEEDED.get(form, ()) if form in ("payments", "enrolment") else ())
    unused = [text for text, field in zip(sheet.headings, sheet.fields, strict=True) if text.strip() and not field]
    hints = [f"“{text}”是“{near}”吗？" for text in unused if (near := words.near(text, missing))]
    if missing == ["scheme"]:
        hints.append("整个文件是一个险种的，用 --scheme 医保 或 --scheme 养老 说明；")
    count = "一两三四五六七八九"[len(missing) - 1]
    return InputError(
        f"{sheet.file}：工作表“{sheet.sheet}”没有{_quoted(missing)}{count}列",
        f"{''.join(hints)}请补上，或改正表头后再导入",
    )


def _missing(sheet: RawSheet, required: Sequence[frozenset[str]], needed: Sequence[str] = ()) -> list[str]:
    """The fewest fields that a sheet lacks of one of `required`, and those that it lacks of `needed`."""
    fewest = min((each - sheet.names for each in required), key=len)
    return [name for name in load_headings().fields if name in fewest | (set(needed) - sheet.names)]


def _quoted(fields: Sequence[str]) -> str:
    return "".join(f"“{load_headings().canonical(name)}”" for name in fields)


def _doubts(sheets: list[RawSheet], found: Recognised, form: str, policy: Policy, stated: Stated) -> list[Notice]:
    """What speaks against the kind or the category that was stated (N303). Raises InputError for another category."""
    notices = []
    if not stated.kind and found.doubted_as(TAKES[form]):
        asked = load_marks().kinds[form].name
        notices.append(Notice("N303", f"文件更像{described(found, policy)}（{found.why}），按{asked}导入，请核对"))
    if form != "roster" or not stated.category:
        return notices
    asked = policy.category(stated.category).name
    for sheet in sheets:
        named = named_categories(sheet, policy)
        others = "、".join(policy.category(code).name for code in named if code != stated.category)
        if named and stated.category not in named and stated.kind != "roster":
            raise InputError(
                f"{sheet.file} › {sheet.sheet}：标题或名称写的是{others}，--category 是{asked}",
                f"请核对文件和 --category：不写 --category，就按各表自己的名称算；确实都是{asked}的，加 --as roster",
            )
        stated_codes = [code for code in column_categories(sheet, policy) if code != stated.category]
        if stated_codes:
            column = sheet.column("category")
            own = {text for text in column.unique() if policy.find_category(text) in stated_codes}
            rows = tuple(sheet.row_numbers[np.flatnonzero(column.isin(own).to_numpy())].tolist())
            names = "、".join(policy.category(code).name for code in stated_codes)
            text = f"人员类别一列写有{names}，都按 --category 算作{asked}"
            notices.append(Notice("N303", text, sheet.sheet, rows))
    return notices


def _with_scheme(sheet: RawSheet, scheme: str) -> RawSheet:
    """A sheet of payments with the scheme that was stated as its last column, as if the sender had written it there:
    so it is kept with the rows, and goes back with them. One that has the column keeps its own, and that is told."""
    if "scheme" in sheet.names:
        name = load_headings().canonical("scheme")
        text = f"有“{name}”一列，{len(sheet.rows)}行按它读入；--scheme {scheme}没有采用"
        return replace(sheet, notices=(*sheet.notices, Notice("N303", text, sheet.sheet)))
    width = len(sheet.headings)
    fields: list[Field | None] = [*sheet.fields, ("scheme", 0)]
    return replace(
        sheet,
        headings=[*sheet.headings, load_headings().canonical("scheme")],
        fields=fields,
        rows=sheet.rows.assign(**{str(width): scheme}).set_axis(range(width + 1), axis=1).astype("str"),
        numeric=np.column_stack([sheet.numeric, np.zeros(len(sheet.rows), np.bool_)]),
    )
