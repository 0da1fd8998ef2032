"""How the workspace keeps a sheet's rows as they came: an Arrow stream in one cell of the database."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa


@dataclass(frozen=True)
class SheetRecord:
    """One sheet of a batch as it came: its rows are a frame of text cells, `row` being the number Excel shows.

    `fields`: what each column was taken for when it was read; None of workspaces that did not keep it yet.
    """

    sheet_no: int
    sheet: str
    hidden: bool
    title: str
    headings: list[str]
    cells: pd.DataFrame
    fields: list[tuple[str, int] | None] | None = None


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
        "headings": json.dumps({"texts": sheet.headings, "fields": sheet.fields}, ensure_ascii=False),
        "cells": sink.getvalue().to_pybytes(),
    }


def record_of_row(row: tuple[Any, ...]) -> SheetRecord:
    """What a line of the table `sheets`, as a query gives it, keeps."""
    _, sheet_no, sheet, hidden, title, headings, cells = row
    with pa.ipc.open_stream(cells) as reader:
        frame = reader.read_all().to_pandas()
    texts, fields = _read_headings(headings)
    return SheetRecord(sheet_no, sheet, bool(hidden), title, texts, frame, fields)


def _read_headings(text: str) -> tuple[list[str], list[tuple[str, int] | None] | None]:
    """The texts and the fields of a sheet's columns; workspaces once kept a plain list of texts."""
    kept = json.loads(text)
    if isinstance(kept, list):
        return kept, None
    fields = kept["fields"]
    return kept["texts"], fields and [(each[0], each[1]) if each else None for each in fields]
