"""What is told of cells that are hidden, struck through or spoilt, from the marks of a sheet."""

from dataclasses import replace

import pytest
from sheets import person

from fcins.workbooks import reading
from fcins.workbooks.cells import Marks, typed_grid

A, B, C = (person("1980-01-01", n) for n in (1, 2, 3))
ROWS = [
    ["低保名册", "", "", ""],
    ["序号", "姓名", "身份证号", "身份证号"],
    ["1", "甲", A, ""],
    ["2", "乙", B, C],
    ["合计", "2人", "", ""],
]


def read(monkeypatch, tmp_path, marks, rows=ROWS):
    grid = replace(typed_grid("Sheet1", False, rows), marks=marks)
    monkeypatch.setattr(reading, "read_grids", lambda *_: [grid])
    return reading.read_workbook(tmp_path / "低保.xlsx", [frozenset({"name", "citizen_id"})])


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        (Marks(hidden_rows=(4, 5)), ("N201", (4,), "第4行是隐藏的")),
        (Marks(hidden_rows=(3, 4), filtered=True), ("N201", (3, 4), "第3行等2行是筛选后隐藏的")),
        (Marks(struck_rows=(1, 3)), ("N203", (3,), "第3行加了删除线")),
        (Marks(hidden_columns=(1,)), ("N202", (), "“姓名”（B列）是隐藏的列，也读入了")),
        (Marks(spoilt={2: (2, 4), 0: (3,)}), ("N207", (4,), "（C列）第4行是错误值，或公式没有结果")),
    ],
)
def test_marks_that_are_told(monkeypatch, tmp_path, marks, told):
    (sheet,) = read(monkeypatch, tmp_path, marks)
    code, rows, text = told
    (notice,) = [notice for notice in sheet.notices if notice.code != "N102"]
    assert (notice.code, notice.rows, notice.loses) == (code, rows, code == "N207")
    assert text in notice.text


@pytest.mark.parametrize(
    "marks", [Marks(), Marks(hidden_rows=(1, 5)), Marks(hidden_columns=(0,)), Marks(struck_rows=(2,))]
)
def test_marks_that_change_nothing(monkeypatch, tmp_path, marks):
    (sheet,) = read(monkeypatch, tmp_path, marks)
    assert [notice.code for notice in sheet.notices] == ["N102"]


def test_of_two_columns_the_one_that_is_seen(monkeypatch, tmp_path):
    (sheet,) = read(monkeypatch, tmp_path, Marks(hidden_columns=(2,)))
    assert sheet.column("citizen_id").tolist() == ["", C]
    (notice,) = sheet.notices
    assert "采用的是D列（C列是隐藏的）" in notice.text
    assert notice.rows == (3, 4)


def test_ids_that_are_all_formulas_without_values(monkeypatch, tmp_path):
    rows = [["姓名", "身份证号"], ["甲", ""], ["", ""]]
    (sheet,) = read(monkeypatch, tmp_path, Marks(spoilt={0: (3,), 1: (2, 3)}), rows)
    assert [(notice.code, notice.rows) for notice in sheet.notices] == [("N207", (3,)), ("N207", (2, 3))]
