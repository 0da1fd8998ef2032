"""What became of a person's returned rows: file and row → correction or settlement → verdict. For `explain`."""

from typing import Any

import pandas as pd

from fcins.analysis.district import District
from fcins.figures import records
from fcins.findings import deciding
from fcins.identity import mask
from fcins.intake.answers import CORRECTED
from fcins.store.schema import TABLES

_COLUMNS = ("batch", "seq", "part", "sheet_no", "row", "name", "id_text", "key", "flaws")
_ROW = ["batch", "seq"]


def histories(district: District, key: int, name: str) -> list[dict[str, Any]]:
    """Each row that was sent back and is about a person, or by its name and bad ID may be, with the answers to it.

    A row: kind, batch, file, sheet, row, name, citizen_id (masked), by_name (its ID tells nobody, only the name is the
    same), codes (of an ID that tells nobody), steps. A step: answer, note, batch, file, and, of a corrected row, sheet,
    row, verdict (None where a later correction stands). Oldest first.
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
            line = records(own_facts if len(own_facts) else row)[0]
            row_answers = answers[
                ((answers["origin_batch"] == line["batch"]) & (answers["origin_seq"] == line["seq"])).to_numpy()
            ]
            found.append(_history(district, table, line, row_answers))
    return sorted(found, key=lambda each: (each["batch"], each["row"]))


def _history(district: District, table: str, line: dict[str, Any], answers: pd.DataFrame) -> dict[str, Any]:
    codes = deciding(line["flaws"].split()) if not line["key"] else []
    return {
        "kind": district.batch_records[line["batch"]].kind,
        **_place(district, line),
        "name": line["name"],
        "citizen_id": mask(line["id_text"]),
        "by_name": not line["key"] and answers.empty,
        "codes": codes,
        "steps": [_step(district, table, answer) for answer in records(answers)],
    }


def _step(district: District, table: str, answer: dict[str, Any]) -> dict[str, Any]:
    step = {"answer": answer["answer"], "note": answer["note"], "batch": int(answer["batch"])}
    step["file"] = district.batch_records[answer["batch"]].file
    if answer["answer"] == CORRECTED:
        row = pd.DataFrame([{"batch": answer["batch"], "seq": answer["seq"]}])
        line = records(district.store.facts_of_rows(table, _COLUMNS, row))[0]
        verdicts = district.verdicts
        now = verdicts[((verdicts["batch"] == answer["batch"]) & (verdicts["seq"] == answer["seq"])).to_numpy()]
        stands = len(now) and not district.answered.is_corrected(int(answer["batch"]), int(answer["seq"]))
        step |= {**_place(district, line), "verdict": str(now["verdict"].iloc[0]) if stands else None}
    return step


def _place(district: District, line: dict[str, Any]) -> dict[str, Any]:
    sheets = district.store.sheet_names()
    this_sheet = (sheets["batch"] == line["batch"]) & (sheets["sheet_no"] == line["sheet_no"])
    return {
        "batch": int(line["batch"]),
        "file": district.batch_records[line["batch"]].file,
        "sheet": str(sheets.loc[this_sheet.to_numpy(), "sheet"].iloc[0]),
        "row": int(line["row"]),
    }
