"""The publicity check: refuses each kind of leak wherever it hides, names the place but not the content, and lets a
proper notice through."""

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from fcins.documents.leaks import PublicityLeak, check_publicity
from fcins.workbooks.writing import Column, Sheet, write_workbook

ID = "370499196001011234"
COLUMNS = (
    Column("序号", 6, "int"),
    Column("姓名", 12),
    Column("公民身份号码", 20, "id"),
    Column("居民医保缴费", 14, "money", total=True),
    Column("缴费日期", 12, "date"),
    Column("备注", 20, "left"),
)


def check(path: Path, **changes: Any) -> None:
    given: dict[str, Any] = {
        "phones_allowed": ["0632-7711234", "13900000000"],
        "addresses": ["峰城区阴平镇东村12号", "西村三组", "峰城区阴平镇", "Ａ座 1 单元 502"],
        "category_words": ["低保对象", "低保", "孤儿", "重度残疾人"],
        "forbidden_headings": ["年龄", "家庭住址", "人员类别", "住址"],
        "fixed_lines": ["峰城区阴平镇2024年度城乡居民两险缴费公示", "孤儿"],
    }
    check_publicity(path, **(given | changes))


def notice(path: Path, columns: tuple[Column, ...] = COLUMNS, **cells: Any) -> Path:
    frame = pd.DataFrame(
        {
            "no": [1, 2, 3],
            "name": ["张三", "买买提·艾力", "李四家庭"],
            "id": ["370499***********4", "370499***********X", ""],
            "paid": [38000, 123456789012, 0],
            "on": pd.to_datetime(["2023-11-01", "2023-12-01", None]),
            "note": ["", "", "未满14周岁成员2人"],
        }
    )
    for name, value in cells.items():
        frame[name] = frame[name].astype(object)
        frame.loc[1, name] = value
    sheet = Sheet(
        "东村",
        "峰城区阴平镇2024年度城乡居民两险缴费公示",
        ("镇（街道）：阴平镇  村（居）：东村", "", "单位：元  2023-12-21"),
        columns,
        frame,
        ("公示时间：2023-12-21至2024-01-20", "如有异议，请拨打电话：0632-7711234", "政府及集体资助参保 少于5人"),
        ("制表人", "审核人"),
    )
    write_workbook(path, [sheet], document="清册", created=datetime.date(2023, 12, 21))
    return path


def test_a_proper_notice_passes(tmp_path: Path) -> None:
    check(notice(tmp_path / "a.xlsx"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ID, "疑似公民身份号码"),
        ("37049919600101123x", "疑似公民身份号码"),
        ("370499600101123", "疑似公民身份号码"),
        ("３７０４９９１９６００１０１１２３４", "疑似公民身份号码"),
        ("370499 19600101 1234", "疑似公民身份号码"),
        ("370499\u200b196001011234", "疑似公民身份号码"),
        ("370499\n196001011234", "疑似公民身份号码"),
        ("证号" + ID + "。", "疑似公民身份号码"),
        ("9" + ID + "42", "疑似公民身份号码"),
        ("_x0033_70499196001011234", "疑似公民身份号码"),
        ("13812345678", "电话号码"),
        ("138-1234-5678", "电话号码"),
        ("8613812345678", "电话号码"),
        ("电话138 1234 5678", "电话号码"),
        ("0632-1234567", "电话号码"),
        ("（0632）1234567", "电话号码"),
        ("住峰城区阴平镇东村12号。", "住户地址"),
        ("峰城区 阴平镇东村１２号", "住户地址"),
        ("A座1单元502", "住户地址"),
        ("低保对象", "人员类别"),
        (" 低保 ", "人员类别"),
        ("重度残疾人、低保对象", "人员类别"),
        ("年龄", "不应公示的栏目"),
        ("年 龄（周岁）", "不应公示的栏目"),
    ],
)
def test_a_leak_in_a_cell_is_refused(tmp_path: Path, text: str, kind: str) -> None:
    with pytest.raises(PublicityLeak) as raised:
        check(notice(tmp_path / "a.xlsx", note=text))
    assert raised.value.exit_code == 1
    assert raised.value.message == f"公示文件没有写出：工作表“东村”的单元格 F5 含有{kind}"


@pytest.mark.parametrize(
    "text",
    [
        "370499***********4",
        "13900000000",
        "06327711234",
        "2023-12-21至2024-01-20",
        "12345678901234",
        "138123456789",
        "023456789",
        "西村三组",
        "低保对象已取消",
        "高龄",
        "未满14周岁成员2人",
        "政府及集体资助参保 12人",
        "孤儿",
    ],
)
def test_harmless_texts_pass(tmp_path: Path, text: str) -> None:
    check(notice(tmp_path / "a.xlsx", note=text))


@pytest.mark.parametrize("number", [370499196001011234, 13812345678])
def test_a_number_can_be_a_leak(tmp_path: Path, number: int) -> None:
    with pytest.raises(PublicityLeak, match="工作表“东村”的单元格 A5 "):
        check(notice(tmp_path / "a.xlsx", no=number))


def test_a_name_may_be_a_category_word_but_not_an_id(tmp_path: Path) -> None:
    check(notice(tmp_path / "a.xlsx", name="低保"))
    with pytest.raises(PublicityLeak, match="疑似公民身份号码"):
        check(notice(tmp_path / "a.xlsx", name=ID))
    with pytest.raises(PublicityLeak, match="人员类别"):
        check(notice(tmp_path / "a.xlsx", name="低保", note="低保"))


@pytest.mark.parametrize("heading", ["年龄", "家庭\n住址", "人员类别", "年龄(周岁)"])
def test_a_forbidden_heading(tmp_path: Path, heading: str) -> None:
    columns = (*COLUMNS[:5], Column(heading, 20, "left"))
    with pytest.raises(PublicityLeak, match="F3 含有不应公示的栏目"):
        check(notice(tmp_path / "a.xlsx", columns))


def test_a_village_named_like_an_address_does_not_stop_the_notice(tmp_path: Path) -> None:
    path = notice(tmp_path / "a.xlsx", note="峰城区阴平镇东村12号")
    check(path, fixed_lines=["峰城区阴平镇2024年度城乡居民两险缴费公示", "峰城区阴平镇东村12号院"])


def with_openpyxl(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)

    return apply


def with_part(name: str, text: str | bytes) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, text)

    return apply


def zip_comment(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = ID.encode()


def hidden_sheet(book: Any) -> None:
    book.create_sheet("x").append([ID])
    book["x"].sheet_state = "veryHidden"


def comment(book: Any) -> None:
    book.active["A1"].comment = Comment("电话13812345678", "x")


def rich_comment_author(book: Any) -> None:
    book.active["A1"].comment = Comment("x", ID)


def header(book: Any) -> None:
    book.active.oddHeader.left.text = ID


def footer(book: Any) -> None:
    book.active.evenFooter.right.text = "峰城区阴平镇东村12号"


def title_property(book: Any) -> None:
    book.properties.title = ID


def keywords_property(book: Any) -> None:
    book.properties.keywords = "低保对象"


def defined_name(book: Any) -> None:
    book.defined_names["x"] = openpyxl.workbook.defined_name.DefinedName("x", attr_text=f'"{ID}"')


def hidden_column(book: Any) -> None:
    book.active["AA9"] = ID
    book.active.column_dimensions["AA"].hidden = True


def white_text(book: Any) -> None:
    book.active["H20"] = "13812345678"
    book.active["H20"].font = Font(color="FFFFFFFF")


def formula(book: Any) -> None:
    book.active["H20"] = f'=LEFT("{ID}",6)'


def number_format(book: Any) -> None:
    book.active["H20"] = 1
    book.active["H20"].number_format = f'"{ID}"'


def hyperlink(book: Any) -> None:
    book.active["A1"].hyperlink = f"https://example.invalid/{ID}"


def validation(book: Any) -> None:
    book.active.add_data_validation(DataValidation("list", f'"{ID},x"', sqref="A1"))


def sheet_name_id(book: Any) -> None:
    book.active.title = ID


def sheet_name_category(book: Any) -> None:
    book.active.title = "低保"


def rich_text(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    bold = book.add_format({"bold": True})
    book.add_worksheet("东村").write_rich_string(0, 0, "370499", bold, "19600101", "1234")
    book.close()


def text_box(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("东村").insert_textbox(0, 0, "见13812345678")
    book.close()


@pytest.mark.parametrize(
    ("hide", "kind"),
    [
        (with_openpyxl(hidden_sheet), "疑似公民身份号码"),
        (with_openpyxl(comment), "电话号码"),
        (with_openpyxl(rich_comment_author), "疑似公民身份号码"),
        (with_openpyxl(header), "疑似公民身份号码"),
        (with_openpyxl(footer), "住户地址"),
        (with_openpyxl(title_property), "疑似公民身份号码"),
        (with_openpyxl(keywords_property), "人员类别"),
        (with_openpyxl(defined_name), "疑似公民身份号码"),
        (with_openpyxl(hidden_column), "疑似公民身份号码"),
        (with_openpyxl(white_text), "电话号码"),
        (with_openpyxl(formula), "疑似公民身份号码"),
        (with_openpyxl(number_format), "疑似公民身份号码"),
        (with_openpyxl(hyperlink), "疑似公民身份号码"),
        (with_openpyxl(validation), "疑似公民身份号码"),
        (with_openpyxl(sheet_name_id), "疑似公民身份号码"),
        (with_openpyxl(sheet_name_category), "人员类别"),
        (rich_text, "疑似公民身份号码"),
        (text_box, "电话号码"),
        (zip_comment, "疑似公民身份号码"),
        (with_part(f"xl/{ID}.xml", "<x/>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", f"<x>{ID}</x>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", f"<x a='{ID}'/>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", f"<x><!-- {ID} --></x>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", "<x>&#51;70499196001011234</x>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", "<c><v>3.70499196001011E+17</v></c>"), "疑似公民身份号码"),
        (with_part("xl/x.xml", f"<x>{ID}</x>".encode("utf-16")), "无法核对"),
        (with_part("xl/x.xml", f"<x><![CDATA[{ID}]]></x>"), "无法核对"),
        (with_part("xl/x.xml", f'<!DOCTYPE x [<!ENTITY e "{ID[:9]}">]><x/>'), "无法核对"),
        (with_part("xl/media/x.png", b"\x89PNG"), "无法核对"),
        (with_part("xl/x.bin", b"x"), "无法核对"),
    ],
)
def test_a_leak_anywhere_in_the_file_is_refused(tmp_path: Path, hide: Callable[[Path], None], kind: str) -> None:
    path = notice(tmp_path / "a.xlsx")
    hide(path)
    with pytest.raises(PublicityLeak, match=kind) as raised:
        check(path)
    shown = raised.value.message + raised.value.hint + str(raised.value)
    assert not any(secret in shown for secret in (ID, "13812345678", "东村12号", "低保", "3704991960"))


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("x")
    with pytest.raises(PublicityLeak, match="无法核对"):
        check(tmp_path / "a.xlsx")


def test_shared_strings_are_placed_in_their_cell(tmp_path: Path) -> None:
    path = notice(tmp_path / "a.xlsx", name="低保")
    with_openpyxl(lambda book: None)(path)  # openpyxl makes all texts shared strings
    check(path)
    with_openpyxl(lambda book: book.active.__setitem__("F6", ID))(path)
    with pytest.raises(PublicityLeak, match="工作表“东村”的单元格 F6 含有疑似公民身份号码"):
        check(path)


def test_a_shared_string_no_cell_shows_is_refused(tmp_path: Path) -> None:
    path = notice(tmp_path / "a.xlsx")
    part = "xl/sharedStrings.xml"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts[part] = parts[part].replace("</sst>", "<si><t>低保</t></si></sst>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    with pytest.raises(PublicityLeak, match=f"{part} 部分含有人员类别"):
        check(path)


def test_the_numbers_of_an_ordinary_workbook_raise_no_alarm(tmp_path: Path) -> None:
    panose = '<a:latin typeface="Calibri" panose="020F0302020204030204"/>'
    guid = (
        '<sheetView xr:uid="{00000000-0001-0000-0000-138123456789}"/><x uid="{A1B2C3D4-0000-4000-8000-A13812345678}"/>'
    )
    margins = '<pageMargins left="0.78740157480314965" right="0.0632123456789"/>'
    floats = "<c><v>0.30000000000000004</v></c><c><v>1.5123456789012345E-05</v></c><c><v>1E+5</v></c>"
    path = notice(tmp_path / "a.xlsx")
    with_part("xl/x.xml", f"<x>{panose}{guid}{margins}{floats}</x>")(path)
    check(path)
