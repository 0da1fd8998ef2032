"""What became of a person's returned rows: file and row → correction or settlement → verdict. For `explain`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fcins.analysis.district import District
from fcins.figures import typed_rows
from fcins.findings import deciding
from fcins.identity import mask
from fcins.intake.answers import CORRECTED
from fcins.store.schema import TABLES

_COLUMNS = ("batch", "seq", "part", "sheet_no", "row", "name", "id_text", "key", "flaws")
_ROW = ["batch", "seq"]


@dataclass(frozen=True)
class CorrectedRow:
    """Where a correction stands in its workbook, and how it was judged; None where a later correction stands."""

    sheet: str
    row: int
    verdict: str | None


@dataclass(frozen=True)
class Step:
    """An answer to a returned row, and the batch and file that brought it. `corrected`: only if it is a correction."""

    answer: str
    note: str
    batch: int
    file: str
    corrected: CorrectedRow | None

    def as_json(self) -> dict[str, Any]:
        """Its keys in the order in which they were published."""
        answer = {name: value for name, value in vars(self).items() if name != "corrected"}
        return answer | (vars(self.corrected) if self.corrected else {})


@dataclass(frozen=True)
class RowHistory:
    """A row that was sent back, where it stands in its file, and the answers to it; the citizen ID masked.

    `by_name`: its ID tells nobody, only the name is the same; `codes`: what is wrong with an ID that tells nobody.
    """

    kind: str
    batch: int
    file: str
    sheet: str
    row: int
    name: str
    citizen_id: str
    by_name: bool
    codes: tuple[str, ...]
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Its keys in the order in which they were published."""
        return vars(self) | {"steps": [step.as_json() for step in self.steps]}


@dataclass(frozen=True)
class _Fact:
    """A fact as it is stored: where it stands and whom it names."""

    batch: int
    seq: int
    sheet_no: int
    row: int
    name: str
    id_text: str
    key: int
    flaws: str


@dataclass(frozen=True)
class _Answer:
    """An answer as it is stored. `seq`: the corrected row, in the batch that brought it."""

    batch: int
    seq: int
    answer: str
    note: str


def histories(district: District, key: int, name: str) -> list[RowHistory]:
    """Each row that was sent back and is about a person, or by its name and bad ID may be, with the answers to it.

    Oldest first.
    """
    answers = district.store.answers()
    found = []
    for table in TABLES:
        nameless = district.store.unidentified(table, _COLUMNS, name)
        if nameless.empty and answers.empty:
            continue
        own = pd.concat([district.store.facts(table, _COLUMNS, (key,)), nameless], ignore_index=True)
        own = own[((own["key"] == key) | (own["name"] == name)).to_numpy()]
        origins = district.answered.origin_of(own).set_axis(_ROW, axis=1).drop_duplicates()
        answered = origins.merge(answers, left_on=_ROW, right_on=["origin_batch", "origin_seq"], suffixes=("", "_by"))
        wanted = pd.concat([answered[_ROW], nameless[_ROW].merge(origins, on=_ROW)]).drop_duplicates()
        facts = district.store.facts_of_rows(table, _COLUMNS, wanted) if len(wanted) else own[:0]
        for _, row in facts.groupby(_ROW, sort=False):
            own_facts = row[((row["key"] == key) | (row["name"] == name)).to_numpy()]
            fact = typed_rows(own_facts if len(own_facts) else row, _Fact)[0]
            of_row = ((answers["origin_batch"] == fact.batch) & (answers["origin_seq"] == fact.seq)).to_numpy()
            found.append(_history(district, table, fact, typed_rows(answers[of_row], _Answer)))
    return sorted(found, key=lambda each: (each.batch, each.row))


def _history(district: District, table: str, fact: _Fact, answers: Sequence[_Answer]) -> RowHistory:
    batch = district.batch_records[fact.batch]
    return RowHistory(
        kind=batch.kind,
        batch=batch.number,
        file=batch.file,
        sheet=_sheet_name(district, fact),
        row=fact.row,
        name=fact.name,
        citizen_id=mask(fact.id_text),
        by_name=not fact.key and not answers,
        codes=() if fact.key else tuple(deciding(fact.flaws.split())),
        steps=tuple(_step(district, table, answer) for answer in answers),
    )


def _step(district: District, table: str, answer: _Answer) -> Step:
    corrected = _corrected(district, table, answer) if answer.answer == CORRECTED else None
    return Step(answer.answer, answer.note, answer.batch, district.batch_records[answer.batch].file, corrected)


def _corrected(district: District, table: str, answer: _Answer) -> CorrectedRow:
    row = pd.DataFrame([{"batch": answer.batch, "seq": answer.seq}])
    fact = typed_rows(district.store.facts_of_rows(table, _COLUMNS, row), _Fact)[0]
    verdicts = district.verdicts
    now = verdicts[((verdicts["batch"] == answer.batch) & (verdicts["seq"] == answer.seq)).to_numpy()]
    stands = len(now) and not district.answered.is_corrected(answer.batch, answer.seq)
    return CorrectedRow(_sheet_name(district, fact), fact.row, str(now["verdict"].iloc[0]) if stands else None)


def _sheet_name(district: District, fact: _Fact) -> str:
    sheets = district.store.sheet_names()
    this_sheet = (sheets["batch"] == fact.batch) & (sheets["sheet_no"] == fact.sheet_no)
    return str(sheets.loc[this_sheet.to_numpy(), "sheet"].iloc[0])
