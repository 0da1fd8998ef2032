"""Native charts under a table: Excel draws them from the table's own cells, so they follow when a cell is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fcins.workbooks.body_rows import DECIMALS

ROWS = 18
"""Rows of the sheet that a chart takes, the empty one above it included."""

_ROW_PIXELS = 20  # of a row of the default height
_COLOURS = {"column": ("#2F6EA5", "#B7B7B7"), "bar": ("#2F6EA5",), "line": ("#2F6EA5", "#C55A11")}
_FORMATS = {"percent": "0%", "money": "#,##0", "points": "0.00"}


@dataclass(frozen=True)
class Chart:
    """One chart of a sheet's body rows.

    `kind`: "column", "bar" (lying, the first row on top) or "line". `labels`: the heading of the column with the names
    or dates; `series`: the headings of the columns drawn, named in the legend where there are several.
    """

    kind: str
    title: str
    labels: str
    series: tuple[str, ...]


def add_chart(
    book: Any,
    worksheet: Any,
    chart: Chart,
    *,
    columns: Sequence[tuple[str, float, str]],
    frame: pd.DataFrame,
    first_row: int,
    at_row: int,
) -> None:
    """Draw a chart of a sheet below its table, as wide as the table.

    `columns`: heading, width in characters and kind (writing.Column) of each column of `frame`, whose rows stand from
    `first_row` on (counted from 0); `at_row`: where the chart begins.
    """
    headings = [heading for heading, _, _ in columns]
    last_row = first_row + len(frame) - 1
    drawn = book.add_chart({"type": chart.kind})
    labels = headings.index(chart.labels)

    def cells(column: int) -> list[Any]:
        return [worksheet.get_name(), first_row, column, last_row, column]

    for heading, colour in zip(chart.series, _COLOURS[chart.kind], strict=False):
        at = headings.index(heading)
        look = {"color": colour, "width": 2} if chart.kind == "line" else {"color": colour}
        drawn.add_series(
            {
                "name": heading,
                "categories": cells(labels),
                "values": cells(at),
                # The skeleton has no body rows yet, so the chart gets its copy of the cells here.
                "categories_data": _kept(frame.iloc[:, labels], columns[labels][2]),
                "values_data": _kept(frame.iloc[:, at], columns[at][2]),
                "line" if chart.kind == "line" else "fill": look,
                "gap": 60,
                "data_labels": {"value": True, "font": {"size": 8}} if _few(chart, frame) else {},
            }
        )
    kind = columns[headings.index(chart.series[0])][2]
    amounts: dict[str, Any] = {"num_format": _FORMATS.get(kind, "0"), "min": 0} | (
        {"max": 1} if kind == "percent" else {}
    )
    names: dict[str, Any] = {"num_font": {"size": 9}}
    if columns[labels][2] == "date":
        names |= {"date_axis": True, "num_format": "mm-dd"}
    if chart.kind == "bar":
        names["reverse"] = True
    amounts["major_gridlines"] = {"visible": True, "line": {"color": "#D9D9D9"}}
    names["major_gridlines"] = {"visible": False}
    # A lying chart's names stand at the side: XlsxWriter calls that the y axis.
    across, up = (amounts, names) if chart.kind == "bar" else (names, amounts)
    drawn.set_x_axis(across)
    drawn.set_y_axis(up)
    drawn.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True}})
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    width = sum(int(width * 7 + 5) for _, width, _ in columns)
    drawn.set_size({"width": width - 4, "height": (ROWS - 2) * _ROW_PIXELS})
    worksheet.insert_chart(at_row + 1, 0, drawn, {"x_offset": 2, "object_position": 1})


def _few(chart: Chart, frame: pd.DataFrame) -> bool:
    """Whether there is room to write each figure at its column."""
    return chart.kind != "line" and len(frame) * len(chart.series) <= 20


def _kept(column: "pd.Series[Any]", kind: str) -> list[Any]:
    """A column's cells as the chart keeps them: texts, serials of days, numbers; None where empty."""
    if kind == "date":
        return [(day - pd.Timestamp("1899-12-30")).days for day in column]
    values = [None if pd.isna(value) else value for value in column]
    scale = 10 ** DECIMALS.get(kind, 0)
    return values if scale == 1 else [None if value is None else value / scale for value in values]
