"""Body rows by kernels: the same cells as XlsxWriter writes one by one, in every reader, whatever the text holds."""

import datetime
import io
import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.utility import xl_col_to_name

from fcins.workbooks.body_rows import body_rows, row_points, wrapped_lines
from fcins.workbooks.texts import cell_text, inline_text
from fcins.workbooks.writing import Column, Sheet, write_workbook

HOSTILE = [
    "=1+1", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "{=1}", "http://x.y", "mailto:a@b", "00123", "1e5",
    "TRUE", "370499196001011234", " a", "a ", "\u3000a", "\u00a0a", "a\nb", "a\n", "\ta", "a\tb", "a\rb", "a\r\nb", " ",
    "'a", "a&b", "&amp;", "<b>", "<r>x</r>", "a<b>c\"d'e", "]]>", "<!--", "\x01a\x0b", "\x1f", "\ufffea", "\x7f",
    "𠮷𬺈", "买买提·艾力", "\ue863", "e\u0301", "a\u202eb", "_x", "a_xb", "_x00zz_", "_X0041_",
    "x" * 32768, "𠮷" * 20000,
]  # fmt: skip
ESCAPES = ["_x0041_", "_x005F_x0041_", "a_x000D_b", "_x0041_x0042_"]


def table(columns: dict[str, str], rows: list[list[Any]]) -> tuple[list[str], pd.DataFrame]:
    frame = pd.DataFrame({name: [row[place] for row in rows] for place, name in enumerate(columns)})
    for name, kind in columns.items():
        if kind in ("int", "money"):
            frame[name] = pd.array(frame[name].tolist(), dtype="Int64")
        elif kind == "date":
            frame[name] = pd.to_datetime(frame[name])
    return list(columns.values()), frame


def ours(path: Path, kinds: list[str], frame: pd.DataFrame) -> Path:
    columns = tuple(Column(str(name), 9, kind) for name, kind in zip(frame.columns, kinds, strict=True))
    sheet = Sheet("表", "t", ("", "", ""), columns, frame, totals=False)
    write_workbook(path, [sheet], document="清册", created=datetime.date(2023, 1, 1))
    return path


def by_xlsxwriter(path: Path, kinds: list[str], frame: pd.DataFrame) -> Path:
    """The same table by XlsxWriter, cell by cell, with the heading in row 3 as in ours."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("表")
    formats = {"id": "@", "int": "0", "money": "0.00", "date": "yyyy-mm-dd"}
    styles = {kind: book.add_format({"num_format": formats.get(kind, "General"), "border": 1}) for kind in kinds}
    for column, (name, kind) in enumerate(zip(frame.columns, kinds, strict=True)):
        sheet.write_string(2, column, str(name))
        for row, value in enumerate(frame[name], 3):
            if pd.isna(value) or value == "" or (kind in ("text", "left", "id") and not cell_text(value)):
                sheet.write_blank(row, column, None, styles[kind])
            elif kind in ("text", "left", "id"):
                sheet.write_string(row, column, cell_text(value), styles[kind])
            elif kind == "date":
                sheet.write_datetime(row, column, value, styles[kind])
            else:
                sheet.write_number(
                    row, column, float(Decimal(int(value)) / (100 if kind == "money" else 1)), styles[kind]
                )
    book.close()
    return path


def by_openpyxl(path: Path) -> list[Any]:
    rows = openpyxl.load_workbook(path)["表"].iter_rows(min_row=4)
    return [[(c.coordinate, c.data_type, c.value, c.number_format, c.border.left.style) for c in row] for row in rows]


def by_calamine(path: Path) -> list[list[Any]]:
    sheet = python_calamine.load_workbook(str(path)).get_sheet_by_name("表")
    return sheet.to_python(skip_empty_area=False)[3:]


def test_hostile_texts_read_back_as_xlsxwriters(tmp_path: Path) -> None:
    # XlsxWriter takes "<r>…</r>" for ready-made XML, so that one text is checked against the original only.
    kinds, frame = table({"a": "text", "b": "left", "c": "id"}, [[t, t, t] for t in HOSTILE if t != "<r>x</r>"])
    mine, theirs = ours(tmp_path / "a.xlsx", kinds, frame), by_xlsxwriter(tmp_path / "b.xlsx", kinds, frame)
    assert by_openpyxl(mine) == by_openpyxl(theirs)
    assert by_calamine(mine) == by_calamine(theirs)


def test_texts_read_back_as_they_were(tmp_path: Path) -> None:
    kinds, frame = table({"a": "text"}, [[text] for text in HOSTILE + ESCAPES])
    assert [row[0] for row in by_calamine(ours(tmp_path / "a.xlsx", kinds, frame))] == [
        cell_text(text) for text in HOSTILE + ESCAPES
    ]


def test_numbers_and_dates_read_back_as_xlsxwriters(tmp_path: Path) -> None:
    kinds, frame = table(
        {"n": "int", "m": "money", "d": "date", "t": "text"},
        [
            [0, 0, "2023-12-31", ""],
            [-1, -1, "1960-02-29", None],
            [None, None, None, "a"],
            [2**31, 38000, "1900-03-01", "0"],
            [10**14, 99, "2024-02-29", "-"],
            [1, -12345, "2099-01-01", "x"],
            [7, 10**14 + 1, "1970-01-01", "y"],
        ],
    )
    mine, theirs = ours(tmp_path / "a.xlsx", kinds, frame), by_xlsxwriter(tmp_path / "b.xlsx", kinds, frame)
    assert by_openpyxl(mine) == by_openpyxl(theirs)
    assert by_calamine(mine) == by_calamine(theirs)


def test_sixty_columns(tmp_path: Path) -> None:
    kinds, frame = table({f"列{n}": "int" for n in range(60)}, [list(range(60)), list(range(60, 120))])
    assert by_openpyxl(ours(tmp_path / "a.xlsx", kinds, frame)) == by_openpyxl(
        by_xlsxwriter(tmp_path / "b.xlsx", kinds, frame)
    )


def written(frame: pd.DataFrame, *form: Any, **options: Any) -> str:
    """The rows of a frame that begins in row 4; each stands where it is said to begin."""
    rows, begins = body_rows(frame, *form, numbers=np.arange(4, 4 + len(frame)), **options)
    text = bytes(rows[: begins[-1]])
    assert [text[at : at + 7] for at in begins[:-1]] == [b"<row r="] * len(frame)
    return text.decode()


def xml(values: Any, kind: str, **options: Any) -> str:
    frame = pd.DataFrame({"a": values})
    return written(frame, [kind], [9], [7], **options)


def contents(values: Any, kind: str) -> list[str]:
    return [
        re.sub(r'^<c r="A\d+" s="7"', "", cell) for cell in re.findall(r"<c .*?(?:(?<=/)>|</c>)", xml(values, kind))
    ]


@pytest.mark.parametrize(
    "values",
    [
        ["甲", None],
        pd.Series(["甲", None], dtype=object),
        pd.Series(["甲", pd.NA], dtype="string"),
        pd.Series(["甲", None], dtype="category"),
        pd.Series(["甲", None], dtype=pd.ArrowDtype(pa.large_string())),
        pd.Series(["甲", float("nan")], dtype=object),
        pd.Series(["\ud800甲", ""], dtype=object),
    ],
)
def test_any_kind_of_text_column(values: Any) -> None:
    assert contents(values, "text") == [' t="inlineStr"><is><t>甲</t></is></c>', "/>"]


@pytest.mark.parametrize(
    "values",
    [
        pd.array([5, None], dtype="Int64"),
        [5.0, float("nan")],
        pd.Series([5, None], dtype=object),
        pd.Series([5, None], dtype="category"),
    ],
)
def test_any_kind_of_number_column(values: Any) -> None:
    assert contents(values, "int") == ["><v>5</v></c>", "/>"]


@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2023-10-21", None]),
        pd.Series([datetime.date(2023, 10, 21), None], dtype=object),
        pd.to_datetime(["2023-10-21 23:59:59", None]),
        pd.Series(pd.to_datetime(["2023-10-21", None])).astype("datetime64[s]"),
        pd.array([datetime.date(2023, 10, 21), None], dtype=pd.ArrowDtype(pa.date32())),
    ],
)
def test_any_kind_of_date_column(values: Any) -> None:
    assert contents(values, "date") == ["><v>45220</v></c>", "/>"]


def test_the_time_of_day_goes() -> None:
    assert contents(pd.to_datetime(["1960-02-29 23:59", "1960-02-29 00:00"]), "date") == ["><v>21975</v></c>"] * 2


def test_mixed_values_in_a_text_column_become_text() -> None:
    assert contents(pd.Series(["甲", 5, 1.5, None], dtype=object), "text") == [
        *(f' t="inlineStr"><is><t>{text}</t></is></c>' for text in ("甲", "5", "1.5")),
        "/>",
    ]


def test_a_column_without_any_value() -> None:
    for kind in ("text", "id", "int", "money", "date"):
        assert contents(pd.Series([None, None], dtype=object), kind) == ["/>", "/>"]


def test_no_number_is_bent() -> None:
    with pytest.raises(ValueError, match=r"."):
        xml([1.5], "money")


def test_dates_no_spreadsheet_has_are_text() -> None:
    assert contents(pd.to_datetime(["1900-02-28", "1899-12-31"]), "date") == [
        ' t="inlineStr"><is><t>1900-02-28</t></is></c>',
        ' t="inlineStr"><is><t>1899-12-31</t></is></c>',
    ]


def test_money_is_exact() -> None:
    fen = [0, 1, 10, 99, 100, -1, -99, -100, -12345, 123456789012345678]
    assert contents(pd.array(fen, dtype="Int64"), "money") == [f"><v>{Decimal(n) / 100:.2f}</v></c>" for n in fen]


def test_rows_that_open_a_group_have_their_styles() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1, None]})
    rows = written(frame, ["text", "int"], [9, 9], [1, 2], opening=(np.array([True, False]), [3, 4]))
    assert re.findall(r'r="([A-Z]\d)" s="(\d)"', rows) == [("A4", "3"), ("B4", "4"), ("A5", "1"), ("B5", "2")]


def test_an_empty_frame_has_no_rows() -> None:
    assert xml(pd.Series([], dtype=object), "text") == ""


def test_rows_are_as_tall_as_their_longest_text() -> None:
    frame = pd.DataFrame({"a": ["一", "一二三四五六七八九", None], "b": ["", "一二三四五六七八九", "二\n三"]})
    rows = written(frame, ["text", "left"], [8, 6], [1, 1])
    assert re.findall(r'ht="([\d.]+)" customHeight="1"', rows) == ["18.75", "47.25", "33"]


def test_ids_do_not_wrap() -> None:
    assert 'ht="18.75"' in xml(["370499196001011234"], "id")


def literal_rows(frame: pd.DataFrame, kinds: list[str], styles: list[int]) -> str:
    """The rows cell by cell, straight from the standard; heights left out."""
    rows = io.StringIO()
    for number, row in enumerate(frame.itertuples(index=False), 4):
        rows.write(f'<row r="{number}">')
        for column, (value, kind) in enumerate(zip(row, kinds, strict=True)):
            rows.write(f'<c r="{xl_col_to_name(column)}{number}" s="{styles[column]}"')
            if pd.isna(value) or (isinstance(value, str) and not cell_text(value)):
                rows.write("/>")
            elif isinstance(value, str):
                rows.write(f' t="inlineStr">{inline_text(value)}</c>')
            elif kind == "date":
                rows.write(f"><v>{(value.date() - datetime.date(1899, 12, 30)).days}</v></c>")
            else:
                rows.write(
                    f"><v>{Decimal(int(value)) / 100:.2f}</v></c>" if kind == "money" else f"><v>{value}</v></c>"
                )
        rows.write("</row>")
    return rows.getvalue()


odd_texts = (
    st.none()
    | st.text(st.sampled_from("甲 a\n\t\r=&<>\"'_x0041F\x01\u3000𠮷\ufffe"), max_size=12)
    | st.text(max_size=5)
)
amounts = st.none() | st.integers(-(10**15), 10**15)
days = st.none() | st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(2200, 1, 1))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(odd_texts, odd_texts, amounts, amounts, days), min_size=1, max_size=6))
def test_kernels_write_what_the_literal_version_writes(rows: list[tuple[Any, ...]]) -> None:
    kinds, frame = table({"a": "text", "b": "id", "c": "int", "d": "money", "e": "date"}, [list(row) for row in rows])
    ours = written(frame, kinds, [9] * 5, [5, 6, 7, 8, 9])
    assert re.sub(r' ht="[^"]*" customHeight="1"', "", ours) == literal_rows(frame, kinds, [5, 6, 7, 8, 9])


@settings(max_examples=300, deadline=None)
@given(odd_texts)
def test_an_inline_text_reads_back(text: str | None) -> None:
    element = ElementTree.fromstring(inline_text(text or ""))[0]
    held = element.text or ""
    assert re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), held) == cell_text(text or "")
    assert held == held.strip() or "preserve" in element.attrib.values()


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 8, 0),
        ("低保对象", 8, 1),
        ("低保对象人", 8, 2),
        ("12345678", 8, 1),
        ("123456789", 8, 2),
        ("甲\n乙", 8, 2),
        ("𠮷𠮷𠮷𠮷𠮷", 8, 2),
        ("低保对象", 9.5, 1),
        ("甲乙丙", 1, 3),
    ],
)
def test_lines_of_a_wrapped_text(text: str, width: float, lines: int) -> None:
    assert wrapped_lines(pa.array([text], pa.large_string()), width).to_pylist() == [lines]


def test_no_row_is_taller_than_a_spreadsheet_lets_it() -> None:
    assert [row_points(lines) for lines in (1, 2, 1000)] == [18.75, 33, 408.75]
