"""A sheet as it was read ↔ as the workspace keeps it: an Arrow stream in one cell of the database.

A row can be typed again later, just as it was the first time.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fcins.headings import Field, locate
from fcins.workbooks.reading import RawSheet

_BY_NUMBER = "numeric:"
"""Before a column's position: where its cells were numbers, of the columns that a number destroys."""


@dataclass(frozen=True)
class SheetRecord:
    """One sheet of a batch as it came: its rows are a frame of text cells, `row` being the number Excel shows.

    `fields`: what each column was taken for when it was read; None of workspaces that did not keep it yet.
    `section`: what stood over its rows within the sheet; `unused`: the columns that became no field;
    `beside`: those of other tables beside it.
    """

    sheet_no: int
    sheet: str
    hidden: bool
    title: str
    headings: list[str]
    cells: pd.DataFrame
    fields: list[tuple[str, int] | None] | None = None
    section: str = ""
    unused: tuple[str, ...] = ()
    beside: frozenset[int] = frozenset()


def row_of(batch: int, sheet: SheetRecord) -> dict[str, Any]:
    """A line of the table `sheets`."""
    frame = sheet.cells.rename(columns=str)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return {
        "batch": batch,
        "sheet_no": sheet.sheet_no,
        "sheet": sheet.sheet,
        "hidden": int(sheet.hidden),
        "title": sheet.title,
        "headings": json.dumps(
            {
                "texts": sheet.headings,
                "fields": sheet.fields,
                "section": sheet.section,
                "unused": sheet.unused,
                "beside": sorted(sheet.beside),
            },
            ensure_ascii=False,
        ),
        "cells": sink.getvalue().to_pybytes(),
    }


def record_of_row(row: tuple[Any, ...]) -> SheetRecord:
    """What a line of the table `sheets`, as a query gives it, keeps."""
    _, sheet_no, sheet, hidden, title, headings, cells = row
    with pa.ipc.open_stream(cells) as reader:
        frame = reader.read_all().to_pandas()
    kept = json.loads(headings)
    if isinstance(kept, list):  # workspaces once kept a plain list of texts
        kept = {"texts": kept, "fields": None}
    fields = kept["fields"] and [(each[0], each[1]) if each else None for each in kept["fields"]]
    return SheetRecord(
        sheet_no,
        sheet,
        bool(hidden),
        title,
        kept["texts"],
        frame,
        fields,
        section=kept.get("section", ""),
        unused=tuple(kept.get("unused", ())),
        beside=frozenset(kept.get("beside", ())),
    )


def record_of(number: int, sheet: RawSheet) -> SheetRecord:
    """The record of the `number`-th sheet of a file."""
    cells = sheet.rows.assign(row=sheet.row_numbers)
    for at in np.flatnonzero(sheet.numeric.any(axis=0)).tolist():
        cells[f"{_BY_NUMBER}{at}"] = sheet.numeric[:, at]
    return SheetRecord(
        sheet_no=number,
        sheet=sheet.sheet,
        hidden=sheet.hidden,
        title=sheet.title,
        headings=sheet.headings,
        cells=cells,
        fields=sheet.fields,
        section=sheet.section,
        unused=sheet.unused,
        beside=sheet.beside,
    )


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
        section=record.section,
        unused=record.unused,
        beside=record.beside,
    )


def _fields(headings: list[str]) -> list[Field | None]:
    """What the headings alone say, where the record does not tell."""
    found = locate([headings], [frozenset()])
    return found.fields if found else [None] * len(headings)
