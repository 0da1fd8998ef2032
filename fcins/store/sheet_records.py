"""A sheet as it was read ↔ as the workspace keeps it: a row can be typed again later, just as it was the first time."""

import numpy as np
import pandas as pd

from fcins.headings import Field, locate
from fcins.store.kept_sheets import SheetRecord
from fcins.workbooks.reading import RawSheet

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


def _fields(headings: list[str]) -> list[Field | None]:
    """What the headings alone say, where the record does not tell."""
    found = locate([headings], [frozenset()])
    return found.fields if found else [None] * len(headings)
