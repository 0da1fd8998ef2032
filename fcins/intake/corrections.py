"""A feedback workbook that came back → corrected facts and answers. Pure.

A correction is the department's own row with the corrections in place: it is typed again just as the row first was,
among the rows that stood around it, and then judged like any other. Besides 更正姓名 and 更正公民身份号码 the
department may correct its own cells, which stand right of 处理结果 as they came.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from fcins.figures import typed_rows
from fcins.headings import Field, heading_key, load_headings
from fcins.identity import normalise_ids, normalise_names
from fcins.intake.answers import CORRECTED
from fcins.intake.households_in_rows import HEAD_FIELDS
from fcins.intake.replies import Problem, Reply, settlement
from fcins.workbooks.reading import RawSheet
from fcins.workbooks.texts import cell_text

PART_FIELDS = {"": ("name", "citizen_id"), "wife": ("wife_name", "wife_id"), "husband": ("husband_name", "husband_id")}
"""Where the name and the ID of a line stand in the department's own columns, by its role; for a head or a spouse of
`households_in_rows` it may be elsewhere."""


@dataclass(frozen=True)
class Corrections:
    """What came back for one batch: corrected rows to import (none, maybe), and answers.

    `sheets` and `facts` as an import has them, each fact standing where it does in the feedback workbook; `answers`:
    the columns of the table but batch.
    """

    sheets: list[RawSheet]
    facts: pd.DataFrame
    answers: pd.DataFrame
    problems: list[Problem]


@dataclass(frozen=True)
class _Line:
    """An open line that may be answered (returned.LINE_COLUMNS): where its row stands, and whom it names."""

    seq: int
    part: int
    sheet_no: int
    sheet: str
    row: int
    role: str
    name: str
    id_text: str


@dataclass(frozen=True)
class _Answer:
    """What was answered to a line, as the table `answers` has it. `seq`: of the corrected row, -1 if there is none."""

    origin_batch: int
    origin_seq: int
    part: int
    answer: str
    note: str
    seq: int


def correct(
    batch: int,
    sheets: Sequence[RawSheet],
    lines: pd.DataFrame,
    replies: Sequence[Reply],
    type_again: Callable[[Sequence[RawSheet]], pd.DataFrame],
) -> Corrections:
    """What came back for one batch → corrected rows and answers.

    `sheets`: the batch's, with its latest corrections in place; `lines`: its open ones (returned.LINE_COLUMNS), of
    rows that another row contradicts too;
    `type_again`: sheets → facts, as when the batch was imported. Nothing that was not changed is touched.
    """
    forms = [_Form(sheet) for sheet in sheets]
    matched, problems = _matched(lines, replies, forms)
    fixes: list[tuple[_Line, Reply, _Changes]] = []
    answers: list[_Answer] = []
    for line, reply in matched:
        fix = forms[line.sheet_no].changes(line, reply)
        answer, wrong = _decide(reply, fix.any)
        if fix.lost and not fix.any and not answer:
            wrong = "本单位自己的列与送出时不同，没有采用这些列里的改动"
        if wrong:
            problems.append(Problem(reply.sheet, reply.row, wrong))
        elif answer == CORRECTED:
            fixes.append((line, reply, fix))
        elif answer:
            answers.append(_Answer(batch, line.seq, line.part, answer, note=reply.answer, seq=-1))
    rows: list[_Row] = []
    if fixes:
        edited, persons = _edited(sheets, forms, fixes, type_again(sheets))
        after = type_again(edited)
        by_seq: dict[int, int] = {}
        for (line, reply, _), person in zip(fixes, persons, strict=True):
            facts = None if person is None else _of_person(after, line.sheet_no, person)
            if facts is None or not len(facts):
                problems.append(Problem(reply.sheet, reply.row, "按原来的表头已读不出这一行，没有采用"))
                continue
            if line.seq not in by_seq:  # husband and wife are one row
                by_seq[line.seq] = len(rows)
                rows.append(_Row(edited[line.sheet_no], facts, line, reply))
            answers.append(_Answer(batch, line.seq, line.part, CORRECTED, note=reply.answer, seq=by_seq[line.seq]))
    columns = [field.name for field in fields(_Answer)]
    return Corrections(*_as_imported(rows), pd.DataFrame(answers, columns=columns), problems)


# ── which row a line is about ───────────────────────────────────────────────────────────────────────────────────────


def _matched(
    lines: pd.DataFrame, replies: Sequence[Reply], forms: "Sequence[_Form]"
) -> tuple[list[tuple[_Line, Reply]], list[Problem]]:
    # A sheet may hold several tables; of those side by side a row is in each.
    by_sheet: dict[str, list[_Form]] = {}
    for form in forms:
        by_sheet.setdefault(_tidy(form.sheet.sheet), []).append(form)
    by_place: dict[tuple[str, int], list[_Line]] = {}
    for line in typed_rows(lines, _Line):
        by_place.setdefault((_tidy(line.sheet), line.row), []).append(line)
    seen: dict[tuple[int, int], int] = {}
    matched, problems = [], []
    for reply in replies:
        at_place = by_place.get((reply.source_sheet, reply.source_row), [])
        of_person = [line for line in at_place if _same_person(line, reply)]
        free = [line for line in of_person if (line.seq, line.part) not in seen]
        if free:
            seen[free[0].seq, free[0].part] = reply.row
            matched.append((free[0], reply))
        elif of_person:
            first = seen[of_person[0].seq, of_person[0].part]
            problems.append(Problem(reply.sheet, reply.row, f"与第{first}行是同一行，只采用第一次出现的"))
        elif at_place:
            what = "姓名或公民身份号码与送出时不同：请不要改动这两列，更正填在“更正”两列里"
            problems.append(Problem(reply.sheet, reply.row, what))
        elif not any(form.is_as_sent(reply) for form in by_sheet.get(reply.source_sheet, [])):
            what = (
                f"批次{reply.batch}“{reply.source_sheet}”第{reply.source_row}行没有待处理的问题：已处理过，或行号被改动"
            )
            problems.append(Problem(reply.sheet, reply.row, what))
    return matched, problems


def _same_person(line: _Line, reply: Reply) -> bool:
    name, number = (_tidy(text) for text in (line.name, line.id_text))
    return (name, number) == (reply.name, reply.id_text)


def _tidy(text: str) -> str:
    """A text as a cell gives it back."""
    return cell_text(text).strip()


# ── what is to be changed ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Changes:
    """What a line changes: own cells by column (text, was it a number), the name, the ID; "" where nothing.

    `lost`: the own columns are no longer those that were sent.
    """

    own: dict[int, tuple[str, bool]]
    name: str
    citizen_id: str
    id_by_number: bool
    lost: bool

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.own or self.name or self.citizen_id)


class _Form:
    """A department's sheet as it was sent: which columns, and where each row stands."""

    def __init__(self, sheet: RawSheet) -> None:
        self.sheet = sheet
        self.width = own_width(sheet)
        self.at = {row: at for at, row in enumerate(sheet.row_numbers.tolist())}
        self._keys = [heading_key(text) for text in sheet.headings[: self.width]]

    def is_as_sent(self, reply: Reply) -> bool:
        """Whether a line says nothing: its own cells are those of its row as it is now, and nothing is filled in.

        Of two rows that contradict each other one may be put right before the other's workbook comes back.
        """
        at = self.at.get(reply.source_row)
        if at is None or reply.corrected_name or reply.corrected_id or reply.answer:
            return False
        return _filled(reply.own) == _filled(self.sheet.rows.iloc[at, : self.width])

    def changes(self, line: _Line, reply: Reply) -> _Changes:
        """What the reply changes of its row."""
        at = self.at[line.row]
        # Whoever saves the workbook may leave out last columns in which nothing stands, not even a heading.
        kept_columns = min(len(reply.own_headings), self.width)
        emptied = [*self._keys[kept_columns:], *self.sheet.rows.iloc[at, kept_columns : self.width]]
        same = [heading_key(text) for text in reply.own_headings[:kept_columns]] == self._keys[:kept_columns]
        as_sent = same and not any(_tidy(str(text)) for text in emptied)
        own = {
            column: (reply.own[column].strip(), reply.own_by_number[column])
            for column in (range(kept_columns) if as_sent else ())
            if _without_blanks(reply.own[column]) != _without_blanks(str(self.sheet.rows.iat[at, column]))
        }
        name, number = _name(reply.corrected_name), _number(reply.corrected_id)
        other = number != "" and (number != line.id_text or reply.id_by_number)
        return _Changes(
            own,
            reply.corrected_name if name not in ("", line.name) else "",
            reply.corrected_id if other else "",
            reply.id_by_number,
            not as_sent,
        )


def _without_blanks(text: str) -> str:
    """A text as it is compared: other programs lose tabs and line ends, and only blanks are no correction."""
    return "".join(cell_text(text).split())


def _filled(cells: Iterable[str]) -> list[str]:
    """Cells as they are compared, up to the last in which anything stands."""
    texts = [_without_blanks(str(text)) for text in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def own_width(sheet: RawSheet) -> int:
    """How many columns of a department's sheet go into its feedback: up to the last that holds anything."""
    filled = [at for at in range(sheet.rows.shape[1]) if sheet.headings[at].strip() or (sheet.rows[at] != "").any()]
    return max(filled, default=-1) + 1


def _name(text: str) -> str:
    return str(normalise_names(pd.Series([text], dtype="str"))[0])


def _number(text: str) -> str:
    return str(normalise_ids(pd.Series([text], dtype="str"))[0])


def _decide(reply: Reply, edited: bool) -> tuple[str, str]:
    """The answer of a line (CORRECTED, how it was settled, or "") and what is wrong with it."""
    answer = settlement(reply.answer)
    if edited:
        if answer in ("", CORRECTED, "其他"):
            return CORRECTED, ""
        return "", f"既填了更正，处理结果又是“{reply.answer}”：只能取一样"
    if answer == CORRECTED:
        return "", "处理结果写了已更正，但没有填更正后的姓名、号码，本单位的列也没有改动"
    return answer, ""


# ── the corrected rows ──────────────────────────────────────────────────────────────────────────────────────────────

_Person = tuple[int, int]
"""A person of a sheet: the row's position, and the place on the row."""


@dataclass(frozen=True)
class _Row:
    """A corrected row: the edited sheet it stands on, its facts, the line and the reply it comes from."""

    sheet: RawSheet
    facts: pd.DataFrame
    line: _Line
    reply: Reply


def _edited(
    sheets: Sequence[RawSheet],
    forms: Sequence[_Form],
    fixes: Sequence[tuple[_Line, Reply, _Changes]],
    before: pd.DataFrame,
) -> tuple[list[RawSheet], list[_Person | None]]:
    """The sheets with every change in place, and whom each is about; None where the row cannot be read any more."""
    papers = [_Paper(sheet) for sheet in sheets]
    persons = []
    for line, _, fix in fixes:
        paper, at = papers[line.sheet_no], forms[line.sheet_no].at[line.row]
        person = _person(before, line, at)
        persons.append(person)
        if person is None:
            continue
        for column, (text, by_number) in fix.own.items():
            paper.write(at, column, text, by_number)
        name, number = _own_fields(before, line, person, sheets[line.sheet_no])
        if fix.name:
            paper.write(at, paper.column(name), fix.name)
        if fix.citizen_id:
            paper.write(at, paper.column(number), fix.citizen_id, fix.id_by_number)
    return [paper.sheet() for paper in papers], persons


class _Paper:
    """A sheet that is written on. A column it lacks (the ID, where only a 残疾人证号 stands) is added."""

    def __init__(self, sheet: RawSheet) -> None:
        self._sheet = sheet
        self._headings, self._fields = list(sheet.headings), list(sheet.fields)
        self._cells: dict[int, Any] = {}
        self._numeric = sheet.numeric.copy()

    def column(self, field: tuple[str, int]) -> int:
        """Where a field stands."""
        if field not in self._fields:
            self._fields.append(field)
            self._headings.append(load_headings().canonical(field[0]))
            self._cells[len(self._fields) - 1] = np.full(len(self._sheet.rows), "", dtype=object)
            self._numeric = np.hstack([self._numeric, np.zeros((len(self._sheet.rows), 1), np.bool_)])
        return self._fields.index(field)

    def write(self, at: int, column: int, text: str, by_number: bool = False) -> None:
        """Put a text into a cell."""
        if column not in self._cells:
            self._cells[column] = self._sheet.rows[column].to_numpy(dtype=object).copy()
        self._cells[column][at] = text
        self._numeric[at, column] = by_number

    def sheet(self) -> RawSheet:
        """The sheet as it is now."""
        if not self._cells:
            return self._sheet
        columns = {at: self._sheet.rows[at] for at in range(self._sheet.rows.shape[1])}
        columns |= {at: pd.Series(cells, dtype="str") for at, cells in self._cells.items()}
        rows = pd.DataFrame({at: columns[at] for at in range(len(columns))})
        rows.columns = pd.RangeIndex(len(columns))
        return replace(self._sheet, rows=rows, headings=self._headings, fields=self._fields, numeric=self._numeric)


def _person(before: pd.DataFrame, line: _Line, at: int) -> _Person | None:
    """The person of a sheet whom a line is about, as the sheet read before the change."""
    fits = (before["sheet_no"] == line.sheet_no) & (before["at"] == at)
    if not line.role:
        fits &= (before["name"] == line.name) & (before["id_text"] == line.id_text)
    found = before[fits.to_numpy()]
    return (at, int(found["slot"].iloc[0])) if len(found) else None


def _own_fields(before: pd.DataFrame, line: _Line, person: _Person, sheet: RawSheet) -> tuple[Field, Field]:
    """Where the person of a line stands in the department's own columns: the fields of the name and of the ID."""
    name, number = PART_FIELDS[line.role]
    at, slot = person
    if slot >= sheet.slots:  # a head who has no row of their own
        return (HEAD_FIELDS[0], 0), (HEAD_FIELDS[1], 0)
    if line.role and "name_field" in before:
        of_row = (before["sheet_no"] == line.sheet_no) & (before["at"] == at) & (before["role"] == line.role)
        name, number = before.loc[of_row.to_numpy(), ["name_field", "id_field"]].iloc[0]
    return (name, slot), (number, slot)


def _of_person(after: pd.DataFrame, sheet_no: int, person: _Person) -> pd.DataFrame | None:
    of_person = (after["sheet_no"] == sheet_no) & (after["at"] == person[0]) & (after["slot"] == person[1])
    return after[of_person.to_numpy()]


def _as_imported(rows: Sequence[_Row]) -> tuple[list[RawSheet], pd.DataFrame]:
    """Corrected rows as an import has them: the sheets of the feedback workbook, each row with the number it has there,
    in the department's own columns; the facts with sheet_no, row and seq to match."""
    grouped: dict[tuple[str, int], list[int]] = {}
    for number, row in enumerate(rows):
        grouped.setdefault((row.reply.sheet, row.line.sheet_no), []).append(number)
    sheets, facts = [], []
    for sheet_no, numbers in enumerate(grouped.values()):
        whole = rows[numbers[0]].sheet
        at = [int(rows[number].facts["at"].iloc[0]) for number in numbers]
        at_rows = np.array([rows[number].reply.row for number in numbers], np.int64)
        taken = whole.rows.iloc[at].reset_index(drop=True)
        name = rows[numbers[0]].reply.sheet
        sheets.append(
            replace(
                whole,
                sheet=name,
                hidden=False,
                rows=taken,
                row_numbers=at_rows,
                numeric=whole.numeric[at],
                skipped=0,
                declared_total=None,
                unread=(),
            )
        )
        for number in numbers:
            facts.append(rows[number].facts.assign(seq=number, sheet_no=sheet_no, row=rows[number].reply.row))
    return sheets, pd.concat(facts, ignore_index=True) if facts else pd.DataFrame()
