"""A sheet as it was read ↔ as the workspace keeps it: a row can be typed again later, just as it was the first time."""

from dataclasses import replace

import numpy as np
import pandas as pd

from fcins.answers import Answered
from fcins.headings import Field, locate
from fcins.kept_sheets import SheetRecord
from fcins.store import FACT_TABLES, Store
from fcins.workbook import RawSheet

_BY_NUMBER = "numeric:"
"""Before a column's position: where its cells were numbers, of the columns that a number destroys."""


def record_of(number: int, sheet: RawSheet) -> SheetRecord:
    """The record of the `number`-th sheet of a file."""
    cells = sheet.rows.assign(row=sheet.row_numbers)
    for at in np.flatnonzero(sheet.numeric.any(axis=0)).tolist():
        cells[f"{_BY_NUMBER}{at}"] = sheet.numeric[:, at]
    return SheetRecord(number, sheet.sheet, sheet.hidden, sheet.title, sheet.headings, cells, sheet.fields)


def raw_sheet(record: SheetRecord, file: str) -> RawSheet:
    """The sheet that a record was made of; `file` is the batch's."""
    width = len(record.headings)
    cells = record.cells
    rows = pd.DataFrame({at: cells[str(at)] for at in range(width)})
    rows.columns = pd.RangeIndex(width)
    numeric = np.zeros(rows.shape, np.bool_)
    for at in range(width):
        if f"{_BY_NUMBER}{at}" in cells:
            numeric[:, at] = cells[f"{_BY_NUMBER}{at}"].to_numpy()
    return RawSheet(
        file=file,
        sheet=record.sheet,
        hidden=record.hidden,
        title=record.title,
        headings=record.headings,
        fields=record.fields if record.fields is not None else _fields(record.headings),
        rows=rows,
        row_numbers=cells["row"].to_numpy(np.int64),
        numeric=numeric,
        skipped=0,
        declared_total=None,
    )


def sheets_now(store: Store, answered: Answered, batch: int, kind: str, file: str) -> list[RawSheet]:
    """The sheets of a batch (of a kind, from a file) with the last corrections of its rows in place."""
    sheets = [raw_sheet(record, file) for record in store.sheet_records(batch)]
    corrected = answered.corrected
    corrected = corrected[(corrected["first"] & (corrected["batch"] == batch)).to_numpy()]
    if not len(corrected):
        return sheets
    place = ("batch", "seq", "sheet_no", "row")
    table = FACT_TABLES[kind]
    was = store.facts_of_rows(table, place, corrected).drop_duplicates(["batch", "seq"])
    now = corrected[["now_batch", "now_seq"]].set_axis(["batch", "seq"], axis=1)
    now = store.facts_of_rows(table, place, now).drop_duplicates(["batch", "seq"])
    pairs = corrected.merge(was, on=["batch", "seq"]).merge(
        now.rename(columns={name: f"now_{name}" for name in place}), on=["now_batch", "now_seq"]
    )
    by_batch = {int(number): store.sheet_records(int(number)) for number in pairs["now_batch"].unique()}
    for _, rows in pairs.groupby(["sheet_no", "now_batch", "now_sheet_no"]):
        sheet_no, now_batch, now_sheet = (int(rows[name].iloc[0]) for name in ("sheet_no", "now_batch", "now_sheet_no"))
        sheets[sheet_no] = _overlaid(sheets[sheet_no], raw_sheet(by_batch[now_batch][now_sheet], file), rows)
    return sheets


def _overlaid(sheet: RawSheet, newer: RawSheet, rows: pd.DataFrame) -> RawSheet:
    """A sheet with rows of a corrected one in place: `row` and `now_row` say which; added columns come along."""
    at = pd.Index(sheet.row_numbers).get_indexer(rows["row"].to_numpy())
    come = pd.Index(newer.row_numbers).get_indexer(rows["now_row"].to_numpy())
    width = max(sheet.rows.shape[1], newer.rows.shape[1])
    cells = np.full((len(sheet.rows), width), "", dtype=object)
    numeric = np.zeros((len(sheet.rows), width), np.bool_)
    cells[:, : sheet.rows.shape[1]], numeric[:, : sheet.rows.shape[1]] = (
        sheet.rows.to_numpy(dtype=object),
        sheet.numeric,
    )
    cells[at, : newer.rows.shape[1]] = newer.rows.to_numpy(dtype=object)[come]
    numeric[at, : newer.rows.shape[1]] = newer.numeric[come]
    wider = newer if newer.rows.shape[1] > sheet.rows.shape[1] else sheet
    return replace(
        sheet,
        rows=pd.DataFrame(cells, columns=pd.RangeIndex(width)).astype("str"),
        numeric=numeric,
        headings=wider.headings,
        fields=wider.fields,
    )


def _fields(headings: list[str]) -> list[Field | None]:
    """What the headings alone say, where the record does not tell."""
    found = locate([headings], [frozenset()])
    return found.fields if found else [None] * len(headings)
