"""Rows that departments get back: which, why, and what became of them. Judged facts → one line for each to settle.

五（一）: failures are given back at once and settled one by one, so that nobody is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins.analysis.district import District
from fcins.frames import NUMBER, TEXT, empty
from fcins.intake.answers import WHOLE_ROW, Answered
from fcins.store.schema import FACT_TABLES, TABLES

_COLUMNS = ("batch", "seq", "part", "sheet_no", "row", "name", "id_text", "key", "town", "village")
_ROSTER = (*_COLUMNS, "category", "role")

LINE_SCHEMA = pa.schema(
    [
        ("batch", NUMBER), ("seq", NUMBER), ("part", NUMBER), ("now_batch", NUMBER), ("now_seq", NUMBER),
        ("kind", TEXT), ("file", TEXT), ("sheet_no", NUMBER), ("sheet", TEXT), ("row", NUMBER), ("role", TEXT),
        ("name", TEXT), ("id_text", TEXT), ("key", NUMBER), ("town", TEXT), ("village", TEXT),
        ("categories", TEXT), ("codes", TEXT),
    ]
)  # fmt: skip
"""A line as it is kept: categories and codes joined by spaces, since Arrow gives tuples back as arrays."""

LINE_COLUMNS = LINE_SCHEMA.names


@dataclass(frozen=True)
class Returned:
    """`lines`: one for each row, or spouse of a couple row, that failed or is a copy: LINE_COLUMNS.

    batch, seq, sheet, row: where it stood in the department's own file; now_batch, now_seq: the row that stands for it
    (its last correction); name, id_text, key, categories, codes: as they are now, the last two as tuples; part:
    WHOLE_ROW but for spouses; town: the resident's, else the stated one, else the sender's. Ordered as the files have
    them.
    """

    lines: pd.DataFrame


@dataclass(frozen=True)
class _Kept:
    """The same as it is kept: LINE_SCHEMA."""

    lines: pd.DataFrame


def returned(district: District) -> Returned:
    """Every row that is open: rejected and not settled, or a copy of an accepted one."""
    return Returned(cut_apart(district.kept("returned", _Kept, FACT_TABLES, lambda: _Kept(_lines(district))).lines))


def cut_apart(lines: pd.DataFrame, names: Sequence[str] = ("categories", "codes")) -> pd.DataFrame:
    """Kept lines with what was joined in these columns as tuples."""
    apart = {name: pd.Series([tuple(text.split()) for text in lines[name]], lines.index, object) for name in names}
    whole: pd.DataFrame = lines.assign(**apart)
    return whole


def _lines(district: District) -> pd.DataFrame:
    findings = district.findings
    return lines_of(district, findings[(findings["code"].str[0] != "W").to_numpy()])


def lines_of(district: District, findings: pd.DataFrame) -> pd.DataFrame:
    """LINE_SCHEMA of the rows with these findings (FINDING_COLUMNS); of couple rows a line for each spouse concerned.

    Which spouse a warning is about it does not say: there both have a line.
    """
    if not len(findings):
        return empty(LINE_SCHEMA)
    by_table = [_of_table(district, table, findings[["batch", "seq", "part", "code"]]) for table in TABLES]
    rows = pd.concat([each for each in by_table if len(each)] or [by_table[0]], ignore_index=True)
    rows = where_they_came_in(district, rows)
    rows["town"] = district.towns_of(rows)
    rows = rows.sort_values(["batch", "sheet_no", "row", "seq", "part"], kind="stable", ignore_index=True)
    lines: pd.DataFrame = rows[LINE_COLUMNS].astype({"part": "int64"})
    return lines


def _of_table(district: District, table: str, findings: pd.DataFrame) -> pd.DataFrame:
    """The lines of one table's rows, their place still that of the row that stands now."""
    roster = table == FACT_TABLES["roster"]
    facts = district.store.facts_of_rows(table, _ROSTER if roster else _COLUMNS, findings)
    facts = district.answered.without(facts)
    if not roster:
        facts = facts.assign(category="", role="")
    couple = (facts["role"] != "").to_numpy()
    codes = findings.merge(facts[["batch", "seq"]][~couple].drop_duplicates(), on=["batch", "seq"])
    codes = codes.assign(part=WHOLE_ROW)
    if couple.any():
        codes = pd.concat([codes, _codes_of_spouses(district, facts[couple], findings)], ignore_index=True)
    by_line = codes.groupby(["batch", "seq", "part"], sort=False)["code"].agg(_joined).rename("codes").reset_index()
    line = facts.assign(part=np.where(couple, facts["part"], WHOLE_ROW))
    categories = line.groupby(["batch", "seq", "part"], sort=False)["category"].agg(_joined).rename("categories")
    line = line.drop(columns="category").drop_duplicates(["batch", "seq", "part"])
    return by_line.merge(line, on=["batch", "seq", "part"]).merge(categories.reset_index(), on=["batch", "seq", "part"])


def _codes_of_spouses(district: District, facts: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The codes of each spouse of couple rows, as each of them earned them (Judgement.by_part).

    A copy is a matter of the whole row, so it is reported once: on the wife, or on whoever is there.
    """
    errors = district.rosters.by_part.merge(facts[["batch", "seq", "part"]], on=["batch", "seq", "part"])
    errors = district.answered.open(errors)
    others = findings.drop(columns="part")
    copies, warnings = (others[(others["code"].str[0] == kind).to_numpy()] for kind in "DW")
    first = facts.groupby(["batch", "seq"], sort=False)["part"].min().reset_index()
    found = [copies.merge(first, on=["batch", "seq"]), warnings.merge(facts[["batch", "seq", "part"]])]
    return pd.concat([errors, *found], ignore_index=True)


def where_they_came_in(district: District, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows (batch, seq, sheet_no, row) under the place at which each first came in, with kind, file and sheet.

    `now_batch`, `now_seq`: the row that stands for it now. The order may be another one.
    """
    answers: Answered = district.answered
    origin = answers.origin_of(rows)
    rows = rows.rename(columns={"batch": "now_batch", "seq": "now_seq"})
    rows = rows.assign(batch=origin["origin_batch"].to_numpy(), seq=origin["origin_seq"].to_numpy())
    moved = ((rows["batch"] != rows["now_batch"]) | (rows["seq"] != rows["now_seq"])).to_numpy()
    if moved.any():
        rows = _moved_back(district, rows, moved)
    rows = rows.merge(district.batches[["batch", "kind", "file"]], on="batch")
    return rows.merge(district.store.sheet_names(), on=["batch", "sheet_no"])


def _moved_back(district: District, rows: pd.DataFrame, moved: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Rows with the sheet and row at which those that `moved` first stood."""
    first = district.store.facts_anywhere(("batch", "seq", "part", "sheet_no", "row"), rows[moved])
    first = first.drop_duplicates(["batch", "seq"])
    place = first.set_index(["batch", "seq"]).reindex(pd.MultiIndex.from_frame(rows[["batch", "seq"]]))
    for name in ("sheet_no", "row"):
        rows[name] = rows[name].where(~moved, place[name].to_numpy()).astype("int64")
    return rows


def _joined(texts: "pd.Series[str]") -> str:
    return " ".join(dict.fromkeys(text for text in texts if text))


def is_copy(lines: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which lines only repeat an accepted row: nothing has to be done about them."""
    return np.array([codes[0].startswith("D") for codes in lines["codes"]], np.bool_)
