"""Documents: what is printed, what a spreadsheet program makes of it, and what happens when writing fails."""

import datetime
import errno
import os
import re
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from golden import dump
from hypothesis import given, settings
from hypothesis import strategies as st

from fcins.errors import FcinsError, UsageError
from fcins.workbooks.charts import Chart
from fcins.workbooks.texts import cell_text
from fcins.workbooks.writing import Column, Sheet, safe_file_name, safe_sheet_names, write_workbook

DAY = datetime.date(2023, 10, 21)
COLUMNS = (
    Column("序号", 6, "int"),
    Column("姓名", 10),
    Column("公民身份号码", 20, "id"),
    Column("个人应缴", 10, "money", total=True),
    Column("可缴费日期", 12, "date"),
    Column("备注", 18, "left"),
)


def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "no": [1, 2, 3],
            "name": ["张三", "=李四", None],
            "id": ["370499196001011234", "370499197503031235", ""],
            "due": pd.array([38000, 19050, None], dtype="Int64"),
            "from": pd.to_datetime(["2023-10-01", "2023-11-05", None]),
            "note": ["", "满60周岁区财政代缴一半；满周岁后缴费", None],
        }
    )


def village(**changes: Any) -> Sheet:
    given: dict[str, Any] = {
        "name": "东村",
        "title": "峰城区阴平镇2024年度城乡居民两险征收清册",
        "subtitle": ("镇（街道）：阴平镇  村（居）：东村", "", "单位：元  2023-10-21"),
        "columns": COLUMNS,
        "frame": people(),
        "notes": ("本表一式两份。",),
        "signatures": ("制表人", "审核人"),
    }
    return Sheet(**(given | changes))


def written(path: Path, *sheets: Sheet, **options: Any) -> Path:
    write_workbook(path, sheets or [village()], document="清册", created=DAY, **options)
    return path


def values(path: Path) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def test_a_village_sheet(tmp_path: Path) -> None:
    # The total is 380.00 + 190.50; the two-line note makes its row two lines tall, 2 × 14.25 + 4.5.
    assert (
        dump(written(tmp_path / "a.xlsx"))
        == """\
properties: created=2023-10-21 00:00:00 modified=2023-10-21 00:00:00 category=fcins 清册

=== 东村 [visible] A1:F9
print: orientation=landscape paper=9 fit=1x0 area='东村'!$A$1:$F$9 repeat=$3:$3 freeze=A4 centred=True \
footer=第 &P 页 共 &N 页 margins=0.4/0.4/0.5/0.6
merges: A1:F1 A8:F8
heights: 1:36 2:18 3:24.75 4:18.75 5:33 6:18.75 7:20.25 8:18.75 9:30
column A width=6.71: General 宋体18 bold center wrap | General 宋体10 left | General 宋体10 bold center wrap thin | \
0 宋体10 center shrink thin | General 宋体10 left wrap
column B width=10.71: General 宋体10 bold center wrap thin | General 宋体10 center wrap thin
column C width=20.71: General 宋体10 bold center wrap thin | @ 宋体10 center shrink thin | \
@ 宋体10 bold center shrink thin
column D width=10.71: General 宋体10 bold center wrap thin | 0.00 宋体10 center shrink thin | \
0.00 宋体10 bold center shrink thin | General 宋体10 left
column E width=12.71: General 宋体10 bold center wrap thin | yyyy-mm-dd 宋体10 center shrink thin | \
yyyy-mm-dd 宋体10 bold center shrink thin
column F width=18.71: General 宋体10 right | General 宋体10 bold center wrap thin | General 宋体10 left wrap thin | \
General 宋体10 bold left wrap thin
A1 s | 峰城区阴平镇2024年度城乡居民两险征收清册
A2 s | 镇（街道）：阴平镇  村（居）：东村
F2 s | 单位：元  2023-10-21
A3 s | 序号
B3 s | 姓名
C3 s | 公民身份号码
D3 s | 个人应缴
E3 s | 可缴费日期
F3 s | 备注
A4 n | 1
B4 s | 张三
C4 s | 370499196001011234
D4 n | 380.0
E4 d | 2023-10-01
A5 n | 2
B5 s | =李四
C5 s | 370499197503031235
D5 n | 190.5
E5 d | 2023-11-05
F5 s | 满60周岁区财政代缴一半；满周岁后缴费
A6 n | 3
A7 s | 合计
D7 n | 570.5
A8 s | 本表一式两份。
A9 s | 制表人：____________
D9 s | 审核人：____________
"""
    )


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a.xlsx").read_bytes()
    os.utime(tmp_path, (1, 1))
    assert written(tmp_path / "b.xlsx").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
@pytest.mark.parametrize("grouped", [False, True])
def test_any_number_of_rows(tmp_path: Path, rows: int, grouped: bool) -> None:
    opens = np.arange(rows) % 2 == 0 if grouped else None
    path = written(tmp_path / "a.xlsx", village(frame=people()[:rows], opens_group=opens, notes=(), signatures=()))
    sheet = openpyxl.load_workbook(path).active
    assert sheet.dimensions == f"A1:F{rows + 4}"
    assert [row[0].value for row in sheet.iter_rows(min_row=4)] == [*range(1, rows + 1), "合计"]
    assert sheet.cell(rows + 4, 4).value == [0, 380, 570.5, 570.5][rows]
    assert {cell.border.bottom.style for row in sheet.iter_rows(min_row=3) for cell in row} == {"thin"}


def test_rows_that_open_a_household_have_a_heavier_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", village(opens_group=np.array([True, False, True])))
    sheet = openpyxl.load_workbook(path).active
    assert [sheet.cell(row, 3).border.top.style for row in (4, 5, 6)] == ["medium", "thin", "medium"]


def test_a_sheet_without_totals_ends_with_its_rows(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", village(totals=False, notes=(), signatures=()))
    assert openpyxl.load_workbook(path).active.dimensions == "A1:F6"


def test_a_sheet_without_anything_below_its_headings(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", village(frame=people()[:0], totals=False, notes=(), signatures=()))
    sheet = openpyxl.load_workbook(path).active
    assert (sheet.dimensions, sheet.print_area) == ("A1:F3", "'东村'!$A$1:$F$3")


def test_many_sheets_keep_their_own_rows(tmp_path: Path) -> None:
    names = [f"村{number}" for number in range(12)]
    sheets = [village(name=name, frame=people().assign(name=name)) for name in names]
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", *sheets))
    assert [sheet["B4"].value for sheet in book.worksheets] == names == book.sheetnames


def test_totals_of_whole_numbers_and_of_columns_without_a_value(tmp_path: Path) -> None:
    columns = (Column("村", 8), Column("人数", 8, "int", total=True), Column("应缴", 8, "money", total=True))
    frame = pd.DataFrame({"a": ["东村", "西村"], "b": [3, 4], "c": pd.Series([None, None], dtype=object)})
    path = written(tmp_path / "a.xlsx", village(columns=columns, frame=frame, notes=(), signatures=()))
    assert values(path)[5] == ["合计", 7, 0]


HOSTILE = ["=1+1", "@a", "<r>x</r>", "http://x.y", "<b>&\"'", "\x00a\x1f", " ", "_x0041_", "x" * 40000, "𠮷" * 20000]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_around_the_table_stay_text(tmp_path: Path, text: str) -> None:
    columns = (Column(text, 8), Column("b", 8), Column("c", 8))
    frame = pd.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"]})
    around = {"title": text, "subtitle": (text, text, text), "notes": (text,), "signatures": (text,)}
    path = written(tmp_path / "a.xlsx", village(columns=columns, frame=frame, **around))
    for row in openpyxl.load_workbook(path).active.iter_rows():
        for cell in row:
            assert cell.data_type in "sn"
            assert cell.hyperlink is None
    kept = cell_text(text) + (" " if text.endswith("</r>") else "")
    assert [row[0] for row in values(path)][:3] == [kept] * 3
    for name in zipfile.ZipFile(path).namelist():
        assert b"<f>" not in zipfile.ZipFile(path).read(name)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_narrow_tables_keep_every_text_around_them(tmp_path: Path, count: int) -> None:
    columns = tuple(Column(f"列{n}", 9, "int") for n in range(count))
    frame = pd.DataFrame({n: [n] for n in range(count)})
    sheet = village(columns=columns, frame=frame, subtitle=("左", "中", "右"), signatures=("甲", "乙", "丙", "丁"))
    text = dump(written(tmp_path / "a.xlsx", sheet))
    second = re.findall(r"^[A-Z]+2 s \| (.*)$", text, re.MULTILINE)
    assert second == [["左  中  右"], ["左  中", "右"], ["左", "中", "右"]][count - 1]
    assert [mark for mark in "甲乙丙丁" if f"| {mark}：____" in text] == list("甲乙丙丁")


def test_ids_bring_no_warning_triangles(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path / "a.xlsx")) as archive:
        assert b'<ignoredError sqref="A4:F6" numberStoredAsText="1"/>' in archive.read("xl/worksheets/sheet1.xml")


def test_a_frame_must_fit_its_columns(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="6 columns for a frame of 2"):
        written(tmp_path / "a.xlsx", village(frame=people().iloc[:, :2]))
    assert [each.name for each in tmp_path.iterdir()] == []


# ── the file ──


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = written(tmp_path / "阴平镇" / "清册" / "a.xlsx")
    assert [each.name for each in path.parent.iterdir()] == ["a.xlsx"]


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_mode_honours_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = written(tmp_path / "a.xlsx")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_check_sees_a_private_finished_file_beside_the_target(tmp_path: Path) -> None:
    seen: list[Path] = []

    def check(path: Path) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert zipfile.ZipFile(path).testzip() is None
        seen.append(path.parent)

    written(tmp_path / "a.xlsx", check=check)
    assert seen == [tmp_path]


def test_a_refused_file_leaves_the_old_one(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise FcinsError("不行")

    (tmp_path / "a.xlsx").write_text("old")
    with pytest.raises(FcinsError, match="不行"):
        written(tmp_path / "a.xlsx", check=refuse)
    assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_text() == "old"


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (errno.EACCES, UsageError, "请先关闭正在打开的文件"),
        (errno.ENOSPC, FcinsError, "磁盘空间已满"),
        (errno.EROFS, FcinsError, "没有写成"),
    ],
)
def test_a_failed_rename_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[FcinsError], message: str
) -> None:
    def fail(source: Any, target: Any) -> None:
        raise OSError(number, os.strerror(number), str(source), None, str(target))  # as os.replace does

    (tmp_path / "a.xlsx").write_text("old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(kind, match=message) as raised:
        written(tmp_path / "a.xlsx")
    assert raised.value.hint
    assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> tuple[int, str]:
        (tmp_path / "aside").touch()
        return os.open("/dev/full", os.O_WRONLY), str(tmp_path / "aside")

    (tmp_path / "a.xlsx").write_text("old")
    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(FcinsError, match="磁盘空间已满"):
        written(tmp_path / "a.xlsx")
    assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(**_: Any) -> None:
        raise PermissionError(errno.EACCES, "")

    monkeypatch.setattr(tempfile, "mkstemp", forbid)
    with pytest.raises(UsageError, match="不能写入文件夹"):
        written(tmp_path / "a.xlsx")


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written(tmp_path / "a.xlsx", check=interrupt)
    assert [each.name for each in tmp_path.iterdir()] == []


def test_nothing_goes_to_the_temp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    written(tmp_path / "a.xlsx")


# ── names ──


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("东村", "东村"),
        ("a/b\\c:d*e?f[g]", "a／b＼c：d＊e？f［g］"),
        ("'东村'", "东村"),
        ("' '东村", "东村"),
        ("", "未命名"),
        ("  ", "未命名"),
        ("History", "History(2)"),
        ("东\n村\x00", "东 村"),
        ("村" * 40, "村" * 31),
        ("𠮷" * 20, "𠮷" * 15),
    ],
)
def test_safe_sheet_names(name: str, safe: str) -> None:
    assert safe_sheet_names([name]) == [safe]


def test_repeated_sheet_names() -> None:
    assert safe_sheet_names(["东村", "东村", "A", "a", "东村"]) == ["东村", "东村(2)", "A", "a(2)", "东村(3)"]
    assert safe_sheet_names(["村" * 31, "村" * 32]) == ["村" * 31, "村" * 28 + "(2)"]
    assert safe_sheet_names(["东村(2)", "东村", "东村"]) == ["东村(2)", "东村", "东村(3)"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("aA'[]:*?/\\ \t𠮷村()2\x00\ud800", max_size=40), min_size=1, max_size=5))
def test_xlsxwriter_takes_every_safe_sheet_name(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("names") / "a.xlsx"
    written(path, *(village(name=name) for name in names))
    safe = safe_sheet_names(names)
    assert openpyxl.load_workbook(path).sheetnames == safe == safe_sheet_names(safe)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("阴平镇_2024年度征收清册.xlsx", "阴平镇_2024年度征收清册.xlsx"),
        ("区民政局/低保:2024?.xlsx", "区民政局／低保：2024？.xlsx"),
        ("../../etc/passwd", "／..／etc／passwd"),
        ("CON", "_CON"),
        ("nul.xlsx", "_nul.xlsx"),
        ("lpt1.a.xlsx", "_lpt1.a.xlsx"),
        ("COM10.xlsx", "COM10.xlsx"),
        (" .东村. ", "东村"),
        ("..", "未命名"),
        ("", "未命名"),
        ("东\x00\n村\u202e.xlsx", "东 村.xlsx"),
        ("村" * 100 + ".xlsx", "村" * 65 + ".xlsx"),
    ],
)
def test_safe_file_names(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@given(st.text(st.characters() | st.sampled_from(".'/\\:*?\"<>| \x00CON"), max_size=300))
def test_every_safe_file_name_is_one_component(name: str) -> None:
    safe = safe_file_name(name)
    assert safe
    assert len(safe.encode()) <= 210
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', safe)
    assert safe == safe.strip(" .")
    assert safe_file_name(safe) == safe


@pytest.mark.parametrize("rows", [1, 3])
def test_marked_cells_stand_out_and_choices_are_offered(tmp_path: Path, rows: int) -> None:
    """Only the marked cells, no cell outside the table, text stays text, and the list does not forbid other words."""
    answer = Column("处理结果", 12, "entry", choices=("已死亡", "其他"))
    columns = (Column("姓名", 10), Column("号码", 20, "entry"), answer)
    frame = pd.DataFrame({"name": ["甲"] * rows, "number": ["370499"] * rows, "answer": [None] * rows})
    marked = np.zeros((rows, 3), np.bool_)
    marked[-1, 1] = True
    path = tmp_path / "a.xlsx"
    sheet = Sheet("表", "题", ("", "", ""), columns, frame, totals=False, marked=marked)
    write_workbook(path, [sheet], document="清册", created=DAY)
    page = openpyxl.load_workbook(path).active
    assert page.dimensions == f"A1:C{3 + rows}"
    filled = [cell.coordinate for line in page.iter_rows() for cell in line if cell.fill.fill_type]
    assert filled == [f"B{3 + rows}"]
    assert {page.cell(4, column).number_format for column in (2, 3)} == {"@"}
    (listed,) = page.data_validations.dataValidation
    assert (str(listed.sqref), listed.formula1, bool(listed.showErrorMessage)) == (
        "C4" if rows == 1 else f"C4:C{3 + rows}", '"已死亡,其他"', False,
    )  # fmt: skip


def test_rates_and_a_chart_of_them(tmp_path: Path) -> None:
    """Hundredths of a per cent as per cents, a rate of all in the 合计 row, the chart below, drawn from the cells."""
    columns = (
        Column("镇", 10),
        Column("应", 8, "int", total=True),
        Column("率", 10, "percent"),
        Column("比", 10, "points"),
    )
    frame = pd.DataFrame({"town": ["甲", "乙"], "liable": [10, 3], "rate": [9999, 5], "change": [-120, 7]})
    frame = pd.concat([frame, pd.DataFrame({"town": ["丙"]})], ignore_index=True).convert_dtypes()
    charts = (Chart("column", "参保率", "镇", ("率",)), Chart("bar", "应参保", "镇", ("应",)))
    sheet = Sheet(
        "率", "题", ("", "", ""), columns, frame, notes=("注",), overall={"率": 7500, "比": None}, charts=charts
    )
    path = tmp_path / "a.xlsx"
    write_workbook(path, [sheet], document="清册", created=DAY)
    page = openpyxl.load_workbook(path).active
    assert [[cell.value for cell in row] for row in page["A4:D7"]] == [
        ["甲", 10, 0.9999, -1.2],
        ["乙", 3, 0.0005, 0.07],
        ["丙", None, None, None],
        ["合计", 13, 0.75, None],
    ]
    assert (page["C4"].number_format, page["D4"].number_format) == ("0.00%", "+0.00;-0.00;0.00")
    lines = dump(path).splitlines()
    assert [line for line in lines if line.startswith(("=== chart", "cat", "val"))] == [
        "=== chart barChart: 参保率",
        "cat 率!$A$4:$A$6 | 甲 乙 丙",
        "val 率!$C$4:$C$6 | 0.9999 0.0005",
        "=== chart barChart: 应参保",
        "cat 率!$A$4:$A$6 | 甲 乙 丙",
        "val 率!$B$4:$B$6 | 10 3",
    ]
    assert [chart.anchor._from.row for chart in page._charts] == [9, 27]  # below the note of row 8, and each other
    assert page.print_area == f"'率'!$A$1:$D${8 + 2 * 18}"


def test_no_chart_of_nothing(tmp_path: Path) -> None:
    sheet = Sheet("表", "题", ("", "", ""), (Column("镇", 10), Column("率", 10, "percent")),
                  pd.DataFrame({"town": [], "rate": []}), charts=(Chart("column", "率", "镇", ("率",)),))  # fmt: skip
    write_workbook(tmp_path / "a.xlsx", [sheet], document="清册", created=DAY)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active._charts == []
