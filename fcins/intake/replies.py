"""Workbooks that come back: the receipt that says which it is, and of a feedback workbook its lines. Pure.

A line names the row that it is about and gives an answer to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fcins.headings import UNKNOWN, load_headings
from fcins.intake.answers import CORRECTED
from fcins.workbooks.reading import RawSheet

FEEDBACK_FIELDS = ("batch", "source_sheet", "source_row", "corrected_name", "corrected_id", "answer")
"""By these columns a sheet of a feedback workbook is recognised."""

GAP_FIELDS = ("name", "citizen_id", "scheme", "gap_why", "gap_reason")
"""By these one of a gaps workbook."""

SUMMARY_FIELDS = ("batch", "source_file", "open_rows", "closes")
"""By these the first sheet of a feedback workbook, 汇总: it may be the only one, where nothing is returned."""

CHOICES = tuple(kind for kind in load_headings().values["answer"] if kind != CORRECTED)
"""What 处理结果 offers to choose from."""

_RECEIPT = "回执号：{workspace}-{batch}"
_RECEIPTS = re.compile(_RECEIPT.format(workspace="([0-9A-F]{8})", batch="([0-9]+)"))


def receipt_text(workspace: str, batch: int) -> str:
    """The receipt above the headings of a workbook that goes out: the workspace, and the newest batch at that time."""
    return _RECEIPT.format(workspace=workspace, batch=batch)


def receipt_in(title: str) -> tuple[str, int] | None:
    """The workspace and the batch of the receipt in what stands above a sheet's headings; None where there is none."""
    found = _RECEIPTS.search(title)
    return (found[1], int(found[2])) if found else None


_SENT = "共{lines}行"
_LINES_SENT = re.compile(_SENT.format(lines="([0-9]+)"))


def lines_text(lines: int) -> str:
    """In the line under a gaps sheet's title: how many lines it goes out with."""
    return _SENT.format(lines=lines)


def lines_sent(title: str) -> int | None:
    """How many lines a gaps sheet was sent with, by what stands above its headings; None if it is not stated."""
    found = _LINES_SENT.search(title)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class Reply:
    """One line of a returned workbook: where it stands there, the row it is about, and the answer.

    `own`: the department's own cells, "" for empty, under `own_headings`; `own_by_number`: which were numbers.
    """

    sheet: str
    row: int
    batch: int
    source_sheet: str
    source_row: int
    name: str
    id_text: str
    corrected_name: str
    corrected_id: str
    id_by_number: bool
    answer: str
    own: tuple[str, ...]
    own_by_number: tuple[bool, ...]
    own_headings: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A line that was not taken, and why."""

    sheet: str
    row: int
    message: str


def is_feedback(sheet: RawSheet) -> bool:
    """Whether a sheet is one of a feedback workbook."""
    return sheet.names.issuperset(FEEDBACK_FIELDS)


def is_gaps(sheet: RawSheet) -> bool:
    """Whether a sheet is one of a gaps workbook."""
    return sheet.names.issuperset(GAP_FIELDS)


def is_summary(sheet: RawSheet) -> bool:
    """Whether a sheet is the 汇总 of a feedback workbook: nothing is filled in there."""
    return sheet.names.issuperset(SUMMARY_FIELDS)


def went_out(sheet: RawSheet) -> bool:
    """Whether a sheet is of a workbook that went out for answers, though columns of it may be gone."""
    return is_feedback(sheet) or is_gaps(sheet) or is_summary(sheet) or receipt_in(sheet.title) is not None


def asks_nothing(sheets: Sequence[RawSheet]) -> bool:
    """Whether a workbook that went out is one of feedback without any line to answer: 汇总, lists of who is lacking."""
    to_fill_in = {*FEEDBACK_FIELDS, *GAP_FIELDS} - {"name", "citizen_id"}
    others = [sheet for sheet in sheets if not is_summary(sheet)]
    readable = not any(sheet.unread for sheet in sheets)
    return readable and len(others) < len(sheets) and not any(sheet.names & to_fill_in for sheet in others)


def replies(sheet: RawSheet) -> tuple[list[Reply], list[Problem]]:
    """The lines of a feedback sheet; problems: lines whose 批次 or 行号 is no number."""
    names = [each[0] if each else "" for each in sheet.fields]
    first_own = max(names.index(name) for name in FEEDBACK_FIELDS) + 1
    stated = {name: sheet.stated(name).tolist() for name in (*FEEDBACK_FIELDS, "name", "citizen_id")}
    by_number = sheet.numeric_column("corrected_id").tolist()
    own = [tuple(cells) for cells in sheet.rows.iloc[:, first_own:].to_numpy(dtype=object)]
    own_by_number = [tuple(flags) for flags in sheet.numeric[:, first_own:].tolist()]
    found, problems = [], []
    for at, row in enumerate(sheet.row_numbers.tolist()):
        line = {name: texts[at] for name, texts in stated.items()}
        if not (line["batch"].isdigit() and line["source_row"].isdigit()):
            problems.append(Problem(sheet.sheet, row, "批次或行号不是数字：这一行不是本工作簿送出的，或被改动过"))
            continue
        found.append(
            Reply(
                sheet.sheet,
                row,
                int(line["batch"]),
                line["source_sheet"],
                int(line["source_row"]),
                line["name"],
                line["citizen_id"],
                line["corrected_name"],
                line["corrected_id"],
                by_number[at],
                line["answer"],
                own[at],
                own_by_number[at],
                tuple(sheet.headings[first_own:]),
            )
        )
    return found, problems


def settlement(text: str) -> str:
    """处理结果 as it was written → one of headings.toml's `values.answer`; "" where nothing was."""
    if not text.strip():
        return ""
    answer = load_headings().contained("answer", text)
    return CHOICES[-1] if answer == UNKNOWN else answer
