"""Files of every kind → raw rows: cells, row numbers, what is data, what is skipped, and why a file is refused."""

import datetime as dt
import io
import struct
import zipfile

import numpy as np
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from xlsxwriter.utility import xl_col_to_name

from fcins.errors import InputError
from fcins.workbooks import cells, package
from fcins.workbooks.cells import read_grids, typed_grid
from fcins.workbooks.reading import read_workbook

ROSTER = [
    frozenset({"name", "citizen_id"}),
    frozenset({"wife_id", "husband_id"}),
    frozenset({"name", "disability_cert"}),
]
ZHANG, LI, WANG = "370499196001011234", "370499195801011214", "37049920100101123x"


def table(text):
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]


def xlsx(path, *sheets, at=(0, 0), hidden=()):
    """Sheets of cells: str stays text, numbers are numbers, dates are dates."""
    with xlsxwriter.Workbook(path) as book:
        date = book.add_format({"num_format": "yyyy/m/d"})
        for index, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            if index in hidden:
                sheet.hide()
            for row, line in enumerate(rows, at[0]):
                for column, value in enumerate(line, at[1]):
                    if isinstance(value, str):
                        _ = sheet.write_string(row, column, value) if value else None
                    elif isinstance(value, bool):
                        sheet.write_boolean(row, column, value)
                    elif isinstance(value, (int, float)):
                        sheet.write_number(row, column, value)
                    else:
                        sheet.write_datetime(row, column, value, date)
    return path


def xls(path, rows, hidden=False):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    if hidden:
        book.add_sheet("空")
        sheet.visibility = 1
        book.set_active_sheet(1)
    date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for row, line in enumerate(rows):
        for column, value in enumerate(line):
            if value != "":
                sheet.write(row, column, value, *([date] if isinstance(value, dt.date) else []))
    book.save(str(path))
    return path


def ods(path, rows):
    book = OpenDocumentSpreadsheet()
    sheet = Table(name="名册")
    for line in rows:
        row = TableRow()
        for value in line:
            kind = {str: "string", dt.date: "date"}.get(type(value), "float")
            given = {} if kind == "string" else {"datevalue" if kind == "date" else "value": str(value)}
            cell = TableCell(valuetype=kind, **given) if value != "" else TableCell()
            cell.addElement(P(text=str(value)))
            row.addElement(cell)
        sheet.addElement(row)
    book.spreadsheet.addElement(sheet)
    book.save(str(path))
    return path


def csv(path, rows, encoding="utf-8", separator=","):
    path.write_bytes("\r\n".join(separator.join(map(str, line)) for line in rows).encode(encoding))
    return path


def patched(path, old, new, part="xl/worksheets/sheet1.xml"):
    """The .xlsx with one text of one part replaced."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def read(path):
    (sheet,) = read_workbook(path, ROSTER)
    return sheet


def roster(tmp_path, text):
    """One sheet of text cells, read back."""
    return read(xlsx(tmp_path / "名册.xlsx", table(text)))


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_workbook(path, ROSTER)
    assert caught.value.exit_code == 4
    assert caught.value.hint
    return caught.value.message


ROWS = [
    ["榴园镇低保对象名册", "", "", "", ""],
    ["姓名", "身份证号", "出生日期", "资助金额", "备注"],
    ["张三", ZHANG, dt.date(1960, 1, 1), 380, 99.99],
    ["", "", "", "", ""],
    ["李四", 370499195801011214, "1958.1.1", "380", ""],
]
WRITERS = {
    "名册.xlsx": xlsx,
    "名册.xls": xls,
    "名册.ods": ods,
    "名册.csv": csv,
    "国标.csv": lambda path, rows: csv(path, rows, "gb18030"),
    "签名.csv": lambda path, rows: csv(path, rows, "utf-8-sig", ";"),
    "宽.csv": lambda path, rows: csv(path, rows, "utf-16", "\t"),
    "实为文本.xls": lambda path, rows: csv(path, rows, "gb18030", "\t"),
    "实为xlsx.xls": xlsx,
    "实为xls.xlsx": xls,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file(tmp_path, name):
    sheet = read(WRITERS[name](tmp_path / name, ROWS))
    assert sheet.file == name
    assert sheet.title == "榴园镇低保对象名册"
    assert [hit and hit[0] for hit in sheet.fields] == ["name", "citizen_id", "birth_date", "aid_amount", "remark"]
    assert sheet.rows.values.tolist()[0] == ["张三", ZHANG, "1960-01-01", "380", "99.99"]
    assert sheet.rows.shape == (2, 5)
    assert set(map(str, sheet.rows.dtypes)) == {"str"}
    assert sheet.row_numbers.tolist() == [3, 5]
    assert sheet.skipped == 2
    assert sheet.declared_total is None
    assert sheet.numeric.sum() == (0 if name.endswith(".csv") or "文本" in name else 1)
    assert not sheet.hidden


def test_csv_sheet_is_the_stem(tmp_path):
    assert read(csv(tmp_path / "低保.csv", ROWS)).sheet == "低保"


def test_csv_records(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f'姓名,身份证号,备注\n\n张三,="{ZHANG}","一\n二"\n李四,{LI}\n\n\n', encoding="utf-8", newline="")
    sheet = read(path)
    assert sheet.rows.values.tolist() == [["张三", ZHANG, "一\n二"], ["李四", LI, ""]]
    assert sheet.row_numbers.tolist() == [3, 4]
    assert sheet.skipped == 1


@pytest.mark.parametrize("last", ["好", '"好"', '好"'])
def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path, last):
    path = tmp_path / "a.csv"
    path.write_text(f'姓名,身份证号,备注\n张三,{ZHANG},"未闭合\n李四,{LI},{last}\n', "utf-8")
    assert "第2行引号不配对" in refusal(path)


@pytest.mark.parametrize("at", [(0, 0), (2, 1), (5, 3)])
def test_sheet_that_starts_elsewhere(tmp_path, at):
    rows = [["姓名", "身份证号"], ["张三", ZHANG], ["李四", 370499195801011214]]
    sheet = read(xlsx(tmp_path / "a.xlsx", rows, at=at))
    assert sheet.headings == [""] * at[1] + ["姓名", "身份证号"]
    assert sheet.column("name").tolist() == ["张三", "李四"]
    assert sheet.row_numbers.tolist() == [at[0] + 2, at[0] + 3]
    assert sheet.numeric_column("citizen_id").tolist() == [False, True]
    assert sheet.skipped == 0


VALUES = [
    *(380, 99.99, -3, 0.1, 1e20, 1.5e-7, 370499196001011000, True, False, " 前后 \n", "true", "1960.1.1"),
    *(dt.datetime(1960, 1, 1), dt.datetime(2023, 10, 5, 13, 30), dt.time(12, 0), dt.timedelta(hours=36)),
    *(dt.timedelta(days=80), dt.date(1900, 1, 1), "2023-10-05 00:00:00", "&<>\"'", "𠮷䶮", "_x000D_"),
]
CELLS = [["姓名", "身份证号", "值"], *(["张三", ZHANG, value] for value in VALUES)]


def test_both_readers_agree(tmp_path, monkeypatch):
    path = xlsx(tmp_path / "a.xlsx", CELLS, at=(2, 1))
    fast = read(path)
    monkeypatch.setattr(cells, "_xlsx_grids", cells._calamine_grids)
    slow = read(path)
    assert fast.rows[3].tolist()[:9] == [
        "380", "99.99", "-3", "0.1", "100000000000000000000", "0.00000015", "370499196001011008", "TRUE", "FALSE",
    ]  # fmt: skip
    assert fast.rows[3].tolist()[9:16] == [
        " 前后 \n", "TRUE", "1960.1.1", "1960-01-01", "2023-10-05 13:30:00", "12:00:00", "1900-01-01 12:00:00",
    ]  # fmt: skip
    assert fast.rows.equals(slow.rows)
    assert fast.row_numbers.tolist() == slow.row_numbers.tolist()
    assert fast.numeric.tolist() == slow.numeric.tolist()


def test_numbers_by_the_file_itself(tmp_path):
    ids = [ZHANG, 370499196001011234, 370499600101123, 12345, "12345", "", dt.date(1960, 1, 1)]
    sheet = read(xlsx(tmp_path / "a.xlsx", [["姓名", "备注", "身份证号"], *(["张三", 1, value] for value in ids)]))
    assert sheet.numeric_column("citizen_id").tolist() == [False, True, True, True, False, False, False]
    assert not sheet.numeric_column("sex").any()
    assert sheet.numeric_column("name").tolist() == [False] * 7


def test_formula_without_value(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG], ["李四", 1.0]])
    sheet = read(patched(path, '<c r="B3"><v>1</v></c>', '<c r="B3"><f>B2</f></c>'))
    assert sheet.column("citizen_id").tolist() == [ZHANG, ""]


@pytest.mark.parametrize("declared", ["A1:A1", "A1:XFD1048576"])
def test_wrong_dimension(tmp_path, declared):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG]])
    assert read(patched(path, "A1:B2", declared)).column("name").tolist() == ["张三"]


def test_cells_without_positions(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", 370499196001011234]])
    for place in ("A1", "B1", "A2", "B2"):
        patched(path, f'<c r="{place}"', "<c")
    sheet = read(path)
    assert sheet.column("name").tolist() == ["张三"]
    assert sheet.numeric_column("citizen_id").tolist() == [True]


def test_hidden_sheets_are_read(tmp_path):
    rows = [["姓名", "身份证号"], ["张三", ZHANG]]
    sheets = read_workbook(xlsx(tmp_path / "a.xlsx", rows, [["说明"]], rows, [], hidden=(2,)), ROSTER)
    assert [(sheet.sheet, sheet.hidden) for sheet in sheets] == [("Sheet1", False), ("Sheet3", True)]
    assert [sheet.unread for sheet in sheets] == [("Sheet2",), ("Sheet2",)]
    assert [(each.code, each.text) for each in sheets[1].notices] == [
        ("N201", "这张工作表是隐藏的，1行也读入了。不应当算的，请删去这张工作表再导入")
    ]
    assert read(xls(tmp_path / "a.xls", rows, hidden=True)).hidden


def test_many_columns(tmp_path):
    row = ["姓名", "身份证号"] + [f"列{n}" for n in range(70)]
    sheet = read(xlsx(tmp_path / "a.xlsx", [row, ["张三", ZHANG] + ["x"] * 70]))
    assert sheet.rows.shape == (1, 72)


# ── what is data ──


def test_what_is_skipped(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        |            |        |          |            |
        | 榴园镇重残名册 |    |          |            |
        |            |        |          |            |
        | 单位：榴园镇 |      |          | 2023年11月 |
        | 序 号      | 姓 名  | 身份证号 | 备注       |
        | 1          | 2      | 3        | 4          |
        | 1          | 张三   | {ZHANG}  |            |
        |            |        |          |            |
        | 榴园镇重残名册 |    |          |            |
        | 单位：榴园镇 |      |          | 2023年11月 |
        | 序号       | 姓名   | 身份证号 | 备 注      |
        | 2          | 李四   |          | 小计有误   |
        | 3          | 王五   | 37049919 |            |
        | 4          |        |          | 空号       |
        | 小计       |        | 3        |            |
        | 5          |        | {LI}     |            |
        | 合 计      | 4人    |          |            |
        | 制表人：赵六 |      | 审核人：钱七 |        |
        |            | 单位（盖章） |    |            |
        | 备注：本表一式两份 | |         |            |
        """,
    )
    assert sheet.column("name").tolist() == ["张三", "李四", "王五", ""]
    assert sheet.row_numbers.tolist() == [7, 12, 13, 16]
    assert sheet.title == "榴园镇重残名册\n单位：榴园镇\n2023年11月"
    # 3 above the headings, 1 numbering, 1 blank, 3 repeated, 1 without a person, 5 below
    assert sheet.skipped == 3 + 1 + 1 + 3 + 1 + 5
    assert sheet.declared_total == 4


def test_an_identity_number_makes_a_row(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 镇街 | 姓名 | 身份证号 |
        | 合计 | 张三 | {ZHANG}  |
        | 备注： |    | 3704 9919 5801 0112 14 |
        | 合计 | 2    | 2        |
        """,
    )
    assert sheet.row_numbers.tolist() == [2, 3]


def test_notes_in_the_column_of_names(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 姓名 | 身份证号 |
        | 张三 | {ZHANG}  |
        | 李四 |          |
        | 阿卜杜热依木·麦麦提艾力 | |
        | 以上人员已经村民代表会议评议通过。 | |
        | 合计 | 1人      |
        | 经审核确认，2024年度应参保总人数：3人（盖章） | |
        """,
    )
    assert sheet.row_numbers.tolist() == [2, 3, 4]
    assert sheet.declared_total == 3


def test_repeated_two_row_headings(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 女方 |          | 男方 |          |
        | 姓名 | 身份证号 | 姓名 | 身份证号 |
        | 李四 | {ZHANG}  | 王五 | {LI}     |
        | 女方 |          | 男方 |          |
        | 姓名 | 身份证号 | 姓名 | 身份证号 |
        |      |          | 王五 | {LI}     |
        """,
    )
    assert sheet.column("husband_name").tolist() == ["王五", "王五"]
    assert sheet.row_numbers.tolist() == [3, 6]
    assert sheet.skipped == 2
    assert sheet.slots == 1


def test_trailing_rows_are_not_counted(tmp_path):
    rows = [["姓名", "身份证号"], ["张三", ZHANG], [" ", "　"], ["", " "]]
    assert read(xlsx(tmp_path / "a.xlsx", rows)).skipped == 0


def test_headings_only(tmp_path):
    sheet = read(xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"]]))
    assert sheet.rows.shape == (0, 2)
    assert sheet.numeric.shape == (0, 2)
    assert sheet.column("village").tolist() == []
    assert sheet.column("household_no").tolist() == []


def test_text_stays_as_it_came(tmp_path):
    rows = [["姓名", "身份证号"], [" 张　三 ", f" {ZHANG}\n"]]
    sheet = read(xlsx(tmp_path / "a.xlsx", rows))
    assert sheet.rows.values.tolist() == [[" 张　三 ", f" {ZHANG}\n"]]
    assert sheet.column("name").tolist() == ["张　三"]
    assert sheet.column("citizen_id").tolist() == [ZHANG]


def test_several_people(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 户主姓名 | 姓名 | 身份证号 | 家庭成员1姓名 | 家庭成员1身份证号 | 成员2姓名 | 成员2身份证号 |
        | 张三     | 张三 | {ZHANG}  | 李四          | {LI}              |           |               |
        | 赵六     |      |          | 王五          | {WANG}            |           |               |
        """,
    )
    assert sheet.slots == 3
    assert sheet.column("citizen_id", 1).tolist() == [LI, WANG]
    assert sheet.column("name", 2).tolist() == ["", ""]
    assert sheet.column("name", 3).tolist() == ["", ""]


# ── declared totals ──


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("", "| 合计：1287人 |||", 1287),
        ("", "| 合计 | 1,287 ||", 1287),
        ("", "| 合计 | 1287人 || 48640", 1287),
        ("", "| 合计 | 500户1287人 ||", 1287),
        ("", "| 合计 || 1287 | 48640 |", 1287),
        ("", "| 合计 | 3 | 1287 ||", None),
        ("", "| 合计 ||| 48640 |", None),
        ("", "| 小计 | 30 ||", None),
        ("", "| 本页合计：30人 |||", None),
        ("", "| 小计 | 30 ||\n| 合计 | 31 ||\n| 总计 | 60 ||", 60),
        ("", "| 应参保总人数：1287 |||\n| 合计 | 1300 ||", 1287),
        ("", "| 盖章确认年度应参保总人数 | 1287人 ||", 1287),
        ("", "| 制表人：赵六 | 应参保总人数 || 1287", 1287),
        ("| 2024年度应参保总人数：1287人 |||", "", 1287),
        ("| 单位：榴园镇 共计1287人 |||", "", 1287),
        ("| 合计：1287人 |||", "", 1287),
        ("| 应参保总人数：＿＿ |||", "", None),
        ("", "| 合计48640元 |||", None),
        ("", "| 合计 |||", None),
    ],
)
def test_declared_total(tmp_path, above, below, expected):
    text = f"| 名册 |||\n{above}\n| 姓名 | 身份证号 | 备注 | 资助金额 |\n| 张三 | {ZHANG} || 380 |\n{below}\n"
    lines = [line.strip().removeprefix("|").removesuffix("|").split("|") for line in text.splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line] for line in lines]
    sheet = read(xlsx(tmp_path / "a.xlsx", rows))
    assert sheet.declared_total == expected
    assert len(sheet.rows) == 1


# ── filling down ──


def test_town_and_village_are_written_once(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 镇街   | 村居 | 姓名 | 身份证号 |
        |        |      | 一   | {ZHANG}  |
        | 榴园镇 | 南村 | 二   | {ZHANG}  |
        |        |      | 三   | {ZHANG}  |
        |        | 北村 | 四   | {ZHANG}  |
        | 阴平镇 |      | 五   | {ZHANG}  |
        | 阴平镇 | 西村 | 六   | {ZHANG}  |
        |        |      | 七   | {ZHANG}  |
        """,
    )
    assert sheet.column("town").tolist() == ["", "榴园镇", "榴园镇", "榴园镇", "阴平镇", "阴平镇", "阴平镇"]
    assert sheet.column("village").tolist() == ["", "南村", "南村", "北村", "", "西村", "西村"]
    assert sheet.rows[0].tolist()[2] == ""


def test_village_without_a_town_column(tmp_path):
    sheet = roster(tmp_path, f"| 村居 | 姓名 | 身份证号 |\n| 南村 | 一 | {ZHANG} |\n| | 二 | {LI} |")
    assert sheet.column("village").tolist() == ["南村", "南村"]
    assert sheet.column("town").tolist() == ["", ""]


def test_households_are_written_once(tmp_path):
    sheet = roster(
        tmp_path,
        f"""
        | 户号 | 户主姓名 | 姓名 | 与户主关系 | 身份证号 |
        |      |          | 零   | 子女       | {ZHANG}  |
        | 01   | 张三     | 张三 | 户主       | {ZHANG}  |
        |      |          | 李四 | 配偶       | {LI}     |
        | 02   |          | 王五 | 户主       | {ZHANG}  |
        |      |          | 赵六 | 子女       | {ZHANG}  |
        |      |          | 钱七 | 本人       | {ZHANG}  |
        |      |          | 孙八 | 子女       | {ZHANG}  |
        """,
    )
    assert sheet.column("household_no").tolist() == ["", "01", "01", "02", "02", "", ""]
    assert sheet.column("household_head").tolist() == ["", "张三", "张三", "", "", "", ""]


# ── refusals ──


def test_missing_file(tmp_path):
    assert "找不到" in refusal(tmp_path / "没有.xlsx")
    assert "文件夹" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "图片"),
        (b"Rar!\x1a\x07", "压缩包"),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "表头"),
        ("\r\n <TABLE border=1><tr><td>姓名</td></tr></TABLE>".encode("gb18030"), "表头"),
        (b"<html><frameset><frame src='sheet001.htm'></frameset></html>", "网页"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "网页"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', "XML"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"PK\x03\x04 broken", "损坏"),
        (bytes(range(256)) * 20, "不是工作簿"),
        ("姓名 身份证号\n张三 一".encode(), "分隔符"),
        (b" \r\n \r\n", "没有任何内容"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "EncryptedPackage\0".encode("utf-16-le"), "密码"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "WordDocument\0".encode("utf-16-le"), "Word"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "Workbook\0".encode("utf-16-le"), "损坏"),
    ],
)
def test_not_a_workbook(tmp_path, content, cause):
    path = tmp_path / "名册.xls"
    path.write_bytes(content)
    assert cause in refusal(path)


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        ({"a.txt": "x"}, "压缩包"),
        ({"[Content_Types].xml": "x", "word/document.xml": "x"}, "其他文档"),
        ({"[Content_Types].xml": "x", "xl/workbook.bin": "x"}, "损坏"),
        ({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}, "损坏"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}, "其他文档"),
        (
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": "x",
                "META-INF/manifest.xml": "<manifest:encryption-data/>",
            },
            "密码",
        ),
    ],
)
def test_other_zips(tmp_path, parts, cause):
    path = tmp_path / "名册.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for name, text in parts.items():
            package.writestr(name, text)
    assert cause in refusal(path)


def test_lock_file(tmp_path):
    (tmp_path / "~$名册.xlsx").write_bytes(b"\x05abc")
    assert "临时文件" in refusal(tmp_path / "~$名册.xlsx")


def test_encrypted_xls(tmp_path):
    path = xls(tmp_path / "a.xls", ROWS)
    data = path.read_bytes()
    begin = data.index(struct.pack("<HH", 0x0809, 16)) + 20
    # The record after the first becomes FILEPASS: how an encrypted .xls begins.
    path.write_bytes(data[:begin] + struct.pack("<H", 0x2F) + data[begin + 2 :])
    assert "密码" in refusal(path)


def test_truncated(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ROWS)
    path.write_bytes(path.read_bytes()[:-200])
    assert "损坏" in refusal(path)


def test_damaged_part(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ROWS)
    assert "损坏" in refusal(patched(path, "<v>380</v>", "<v>380</w>"))


def test_empty(tmp_path):
    assert "空的" in refusal(xlsx(tmp_path / "a.xlsx", [], []))
    assert "空的" in refusal(xls(tmp_path / "a.xls", []))


def test_no_heading(tmp_path):
    path = xlsx(
        tmp_path / "低保.xlsx", [["说明"]], [["名册"], [], ["序号", "姓名", "身份证好码"], ["1", "张三", ZHANG]]
    )
    with pytest.raises(InputError) as caught:
        read_workbook(path, ROSTER)
    assert caught.value.message == (
        "低保.xlsx：工作表“Sheet2”第3行像是表头（序号、姓名、身份证好码），但缺少“公民身份号码”。"
    )
    assert caught.value.hint == "“身份证好码”是“身份证号码”吗？请改正表头后再导入。"


def test_no_heading_at_all_quotes_nothing(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["张三", ZHANG], ["李四", LI]])
    message = refusal(path)
    assert "没有找到表头" in message
    assert "张三" not in message
    assert ZHANG not in message


# ── files that would take the process down ──


@pytest.mark.parametrize("place", ["XFD1048576", "CZ1048576", "A40000000"])
def test_absurd_extent(tmp_path, place):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG]])
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    patched(path, "</sheetData>", f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>')
    assert "太大" in refusal(path)


def test_absurd_extent_without_positions(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG]])
    patched(path, '<c r="A1"', "<c")
    patched(path, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert "太大" in refusal(path)


def test_full_width_and_spaced_identity_numbers(tmp_path):
    sheet = roster(
        tmp_path,
        "| 姓名 | 身份证号 |\n| 合计 | ３７０４９９１９６００１０１１２３４ |\n| 备注： | 370499　19600101　1234 |",
    )
    assert len(sheet.rows) == 2


def test_far_formats_are_harmless(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG]])
    patched(path, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert read(path).rows.shape == (1, 2)


def test_a_stray_cell_far_to_the_right(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["张三", ZHANG]])
    patched(path, "</sheetData>", '<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>')
    sheet = read(path)
    assert sheet.column("name").tolist() == ["张三"]
    assert sheet.rows.shape == (1, 22)


@pytest.mark.parametrize(("far", "refused"), [(True, True), (False, False)])
def test_ods_extent(tmp_path, far, refused):
    path = ods(tmp_path / "a.ods", [["姓名", "身份证号"], ["张三", ZHANG]])
    cell = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>' if far else ""
    gap = '<table:table-cell table:number-columns-repeated="16383"/>'
    filler = f'<table:table-row table:number-rows-repeated="1048000">{gap}</table:table-row>'
    patched(
        path, "</table:table>", f"{filler}<table:table-row>{gap}{cell}</table:table-row></table:table>", "content.xml"
    )
    if refused:
        assert "太大" in refusal(path)
    else:
        assert read(path).rows.shape == (1, 2)


def test_zip_bomb(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ROWS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/zeros.bin", bytes(300 << 20))
    assert "倍" in refusal(path)


def test_size_that_lies(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ROWS)
    noise = np.random.default_rng(1).integers(65, 90, 1 << 20, dtype=np.uint8).tobytes()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/theme/theme2.xml", b"<a>" + noise + b"</a>")
    data = path.read_bytes()
    true = struct.pack("<L", len(noise) + 7)
    path.write_bytes(data.replace(true, struct.pack("<L", 100)))
    assert "损坏" in refusal(path)


def test_grid_of_typed_cells():
    grid = typed_grid("a", False, [["姓名", 1.0], ["张三", True], ["", dt.date(1960, 1, 1)]])
    assert [column.to_pylist() for column in grid.columns] == [["姓名", "张三", ""], ["1", "TRUE", "1960-01-01"]]
    assert grid.numbers([1])[1].tolist() == [True, False, False]


def test_grids_come_one_by_one(tmp_path):
    grids = read_grids(xlsx(tmp_path / "a.xlsx", [["x"]], [["y"]]))
    assert next(grids).columns[0].to_pylist() == ["x"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
def test_parts_are_inflated_as_zipfile_does(tmp_path, monkeypatch, method):
    """Piece by piece, none cutting a tag, whatever the size of the pieces; a part in another compression too."""
    content = b"".join(b"<row>%d</row>" % number for number in range(3000))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("before", "part", "after"):
            archive.writestr(name, content, method)
    for chunk in (100, 4096, 1 << 20):
        monkeypatch.setattr(package, "CHUNK", chunk)
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            pieces = list(package.stream(archive, "part", "a.zip"))
        assert b"".join(pieces) == content
        assert all(piece.startswith(b"<") for piece in pieces if piece)


@pytest.mark.parametrize("at", [0, 200, -4])
def test_a_part_that_is_not_what_its_directory_says(tmp_path, at):
    """A flipped bit, at the beginning, inside or at the end of the deflated bytes, or in what the directory says."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("part", bytes(range(256)) * 40, zipfile.ZIP_DEFLATED)
        info = archive.getinfo("part")
    spoiled = bytearray(data.getvalue())
    start = 30 + len("part")
    spoiled[start + (at if at >= 0 else info.compress_size + at)] ^= 1
    with zipfile.ZipFile(io.BytesIO(spoiled)) as archive, pytest.raises(InputError, match="损坏"):
        list(package.stream(archive, "part", "a.xlsx"))
    with zipfile.ZipFile(data) as archive:
        archive.getinfo("part").CRC ^= 1
        with pytest.raises(InputError, match="损坏"):
            list(package.stream(archive, "part", "a.xlsx"))


def test_letters_and_numbers_of_columns():
    letters = [package.column_letters(column) for column in range(16384)]
    assert letters == [xl_col_to_name(column) for column in range(16384)]
    assert [package.column_number(each.encode()) for each in letters] == list(range(1, 16385))
