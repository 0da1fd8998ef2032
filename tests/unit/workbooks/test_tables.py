"""Where tables and their parts begin and end, which rows are people, and what the clerk is told of the rest."""

import pytest
from sheets import person, write_xlsx

from fcins.errors import InputError
from fcins.workbooks.reading import read_workbook

PERSON = [frozenset({"name", "citizen_id"})]
PAYMENTS = [frozenset({"name", "citizen_id", "paid_amount"})]
A, B, C, D, E = (person("1980-01-01", n) for n in range(1, 6))


def cells(table):
    """A sheet as text, one row per line; a blank line is a blank row."""
    lines = [line.strip() for line in table.strip("\n").splitlines()]
    return [[cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")] for line in lines]


def read(tmp_path, *tables, required=PERSON, **named):
    named = named or {f"Sheet{number}": table for number, table in enumerate(tables, 1)}
    path = write_xlsx(tmp_path / "名册.xlsx", {name: cells(table) for name, table in named.items()})
    return read_workbook(path, required)


def parts(sheets):
    """Each table of a file as `section: names`."""
    return [f"{each.section.replace(chr(10), '/')}: {' '.join(each.column('name'))}" for each in sheets]


def notices(sheets):
    return [(notice.code, notice.sheet, notice.text) for each in sheets for notice in each.notices]


def codes(sheets):
    return [code for code, _, _ in notices(sheets)]


# ── under each other ──


def test_a_table_with_other_columns_below_the_first(tmp_path):
    sheets = read(
        tmp_path,
        f"""
        | 一、东坊村 |
        | 序号 | 姓名 | 身份证号 | 村居 |
        | 1 | 甲 | {A} | 东坊村 |
        | 2 | 乙 |  | 东坊村 |
        | 合计 | 2人 | | |

        | 二、梁湖村 |
        | 序号 | 村居 | 姓名 | 身份证号 | 备注 |
        | 1 | 梁湖村 | 丙 | {B} | |
        | 制表人：丁 | | | | |
        """,
    )
    assert parts(sheets) == [": 甲 乙", "梁湖村: 丙"]
    assert [each.row_numbers.tolist() for each in sheets] == [[3, 4], [9]]
    assert sheets[1].column("citizen_id").tolist() == [B]
    assert [each.declared_total for each in sheets] == [2, None]
    # the title; 合计, a blank row, the second title, its headings, the signature
    assert [each.skipped for each in sheets] == [1 + 3, 2]
    assert codes(sheets) == ["N205", "N205"]
    assert "第8行又有表头，下面的1行" in notices(sheets)[0][2]


def test_the_same_headings_again_are_one_table(tmp_path):
    page = "| 低保名册 | | |\n| 姓名 | 身份证号 | 备注 |\n"
    sheets = read(tmp_path, f"{page}| 甲 | {A} | |\n{page.replace('备注', '')}| 乙 | {B} | |\n{page}| 丙 | {C} | |")
    assert parts(sheets) == [": 甲 乙 丙"]
    assert notices(sheets) == []


def test_headings_over_two_rows_below_others(tmp_path):
    required = [*PERSON, frozenset({"wife_id", "husband_id"})]
    sheets = read(
        tmp_path,
        f"""
        | 姓名 | 身份证号 | | |
        | 甲 | {A} | | |
        | 计生家庭名单 | | | |
        | 女方 | | 男方 | |
        | 姓名 | 身份证号 | 姓名 | 身份证号 |
        | 乙 | {B} | 丙 | {C} |
        """,
        required=required,
    )
    assert [each.column("wife_name").tolist() for each in sheets] == [[""], ["乙"]]
    assert sheets[1].section == "计生家庭名单"


def test_a_second_table_that_lacks_what_is_needed(tmp_path):
    sheets = read(
        tmp_path,
        f"""
        | 序号 | 姓名 | 身份证号 |
        | 1 | 甲 | {A} |
        | 领款人名单 | | |
        | 序号 | 姓名 | 家庭住址 |
        | 1 | 乙 | 东坊村 |
        | 2 | 丙 | 东坊村 |
        """,
    )
    assert parts(sheets) == [": 甲"]
    (notice,) = sheets[0].notices
    assert (notice.code, notice.rows, notice.loses) == ("N205", (4,), True)
    assert "下面2行没有读" in notice.text


# ── parts ──


def test_a_part_for_each_village_and_category(tmp_path):
    sheets = read(
        tmp_path,
        f"""
        | 阴平镇困难群众 | | |
        | 序号 | 姓名 | 身份证号 |
        | 一、低保对象 | | |
        | 东坊村 | | |
        | 1 | 甲 | {A} |
        | 小计 | 1 | |
        | 梁湖村（共1户1人） | | |
        | 2 | 乙 | {B} |
        | 二、特困人员 | | |
        | 村居：东坊村 | 共2人 | |
        | 3 | 丙 | {C} |
        |  | 丁 |  |
        | 镇直单位人员 | | |
        | 4 | 戊 | {E} |
        """,
    )
    assert parts(sheets) == [
        "低保对象/东坊村: 甲",
        "低保对象/梁湖村: 乙",
        "特困人员/东坊村: 丙 丁",
        "镇直单位人员: 戊",
    ]
    assert {each.title for each in sheets} == {"阴平镇困难群众"}
    assert [each.skipped for each in sheets] == [8, 0, 0, 0]
    assert codes(sheets) == ["N205"]
    assert "“低保对象，东坊村”1行" in notices(sheets)[0][2]


def test_a_village_alone_in_the_column_of_names(tmp_path):
    sheets = read(tmp_path, f"| 姓名 | 身份证号 |\n| 东坊村 | |\n| 甲 | {A} |\n| 李四 | |\n| 梁湖村 | |\n| 乙 | {B} |")
    assert parts(sheets) == ["东坊村: 甲 李四", "梁湖村: 乙"]


def test_a_name_that_ends_like_a_village_is_a_person(tmp_path):
    sheets = read(tmp_path, f"| 村居 | 姓名 | 身份证号 |\n| 东坊村 | 甲 | {A} |\n| | 李杏村 | |")
    assert parts(sheets) == [": 甲 李杏村"]


def test_blank_cells_are_filled_within_a_part_only(tmp_path):
    sheets = read(
        tmp_path,
        f"""
        | 村居 | 户号 | 姓名 | 身份证号 |
        | 东坊村 | 1 | 甲 | {A} |
        |  |  | 乙 | {B} |
        | 外来人员 | | | |
        |  |  | 丙 | {C} |
        """,
    )
    assert [each.column("village").tolist() for each in sheets] == [["东坊村", "东坊村"], [""]]
    assert [each.column("household_no").tolist() for each in sheets] == [["1", "1"], [""]]


@pytest.mark.parametrize("line", ["5", "备注", "以上人员已公示", "户主：甲", "甲", "第2页", "", "2023-11-01"])
def test_lines_that_begin_no_part(tmp_path, line):
    sheets = read(tmp_path, f"| 序号 | 姓名 | 身份证号 |\n| 1 | 甲 | {A} |\n| {line} | | |\n| 2 | 乙 | {B} |")
    assert parts(sheets) == [": 甲 乙"]


def test_a_title_that_only_comes_again_is_told_to_nobody(tmp_path):
    sheets = read(
        tmp_path,
        f"| 低保花名册 | |\n| 姓名 | 身份证号 |\n| 甲 | {A} |\n| 花名册 | |\n| 姓名 | 身份证号 |\n| 乙 | {B} |",
    )
    assert notices(sheets) == []


@pytest.mark.parametrize(
    ("first", "second", "last", "total"),
    [("合计 1人", "合计 1人", "", 2), ("合计 1人", "合计 1人", "总计 2人", 2), ("小计 1", "小计 1", "合计 2人", 2)],
)
def test_totals_of_parts(tmp_path, first, second, last, total):
    """They add up, unless the last one is that of all."""
    sheets = read(
        tmp_path,
        f"""
        | 序号 | 姓名 | 身份证号 |
        | 东坊村 | | |
        | 1 | 甲 | {A} |
        | {first} | | |
        | 梁湖村 | | |
        | 2 | 乙 | {B} |
        | {second} | | |
        | {last} | | |
        """,
    )
    assert sum(each.declared_total or 0 for each in sheets) == total


# ── side by side ──


def test_payments_side_by_side(tmp_path):
    half = "姓名 | 身份证号 | 险种 | 缴费金额"
    sheets = read(
        tmp_path,
        f"""
        | 镇街 | 序号 | {half} | 序号 | {half} |
        | 阴平镇 | 1 | 甲 | {A} | 医保 | 380 | 3 | 丙 | {C} | 养老 | 500 |
        | 阴平镇 | 2 | 乙 | {B} | 医保 | 190 | | | | | |
        | 合计 | | 2人 | | | 570 | | | | | 500 |
        """,
        required=PAYMENTS,
    )
    assert parts(sheets) == [": 甲 乙", ": 丙"]
    assert [each.column("paid_amount").tolist() for each in sheets] == [["380", "190"], ["500"]]
    assert [each.column("scheme").tolist() for each in sheets] == [["医保", "医保"], ["养老"]]
    assert [each.column("town").tolist() for each in sheets] == [["阴平镇", "阴平镇"], ["阴平镇"]]
    assert [each.skipped for each in sheets] == [1, 0]
    assert [each.rows.shape[1] for each in sheets] == [11, 11]
    assert [each.unused for each in sheets] == [("序号",), ("序号",)]
    assert codes(sheets) == ["N205"]


def test_two_payments_of_one_person(tmp_path):
    sheets = read(
        tmp_path,
        f"| 姓名 | 身份证号 | 险种 | 金额 | 险种 | 金额 |\n| 甲 | {A} | 医保 | 380 | 养老 | 500 |",
        required=PAYMENTS,
    )
    assert [each.column("paid_amount").tolist() for each in sheets] == [["380"], ["500"]]
    assert [each.column("citizen_id").tolist() for each in sheets] == [[A], [A]]


@pytest.mark.parametrize(
    ("headings", "tables", "people"),
    [
        ("姓名 | 身份证号 | 村居 | 姓名 | 身份证号 | 村居", 2, 1),
        ("村居 | 姓名 | 身份证号 | 村居 | 姓名 | 身份证号", 2, 1),
        ("人员类别 | 姓名 | 身份证号 | 人员类别 | 姓名 | 身份证号", 2, 1),
        ("村居 | 姓名 | 身份证号 | 姓名 | 身份证号", 1, 2),
        ("姓名 | 身份证号 | 关系 | 姓名 | 身份证号 | 关系", 1, 2),
        ("户号 | 姓名 | 身份证号 | 性别 | 姓名 | 身份证号 | 性别", 1, 2),
        ("村居 | 姓名 | 身份证号 | 村居", 1, 1),
    ],
)
def test_side_by_side_or_people_of_one_row(tmp_path, headings, tables, people):
    values = {"身份证号": iter((A, B)), "姓名": iter("甲乙"), "村居": iter(("东村", "西村"))}
    row = " | ".join(next(values.get(heading.strip(), iter("x"))) for heading in headings.split("|"))
    sheets = read(tmp_path, f"| {headings} |\n| {row} |")
    assert (len(sheets), sheets[0].slots) == (tables, people)


# ── sheets ──


def test_a_sheet_that_goes_on(tmp_path):
    sheets = read(
        tmp_path,
        f"| 2024年名册 | |\n| 姓名 | 身份证号 | 备注 |\n| 东坊村 | | |\n| 甲 | {A} | |",
        f"| 乙 | {B} |\n| 丙 | {C} |\n| 合计 | 2人 |",
    )
    assert parts(sheets) == ["东坊村: 甲", "东坊村: 乙 丙"]
    assert [each.sheet for each in sheets] == ["Sheet1", "Sheet2"]
    assert sheets[1].title == "2024年名册"
    assert sheets[1].row_numbers.tolist() == [1, 2]
    assert [notice[:2] for notice in notices(sheets)] == [("N205", "Sheet1"), ("N205", "Sheet2")]


@pytest.mark.parametrize(
    ("rows", "loses"),
    [(f"| 甲 | 东坊村 | {B} |", True), (f"| {B} | 甲 |", True), ("| 填写说明 |\n| 每人一行 |", False)],
)
def test_a_sheet_that_was_not_read(tmp_path, rows, loses):
    sheets = read(tmp_path, f"| 姓名 | 身份证号 |\n| 甲 | {A} |", rows)
    (notice,) = sheets[0].notices
    assert (notice.code, notice.sheet, notice.loses) == ("N204", "Sheet2", loses)
    assert ("1行像是人员" in notice.text) == loses


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("2024年", "2023年"), ["2023年"]),
        (("低保", "低保备份"), ["低保备份"]),
        (("2024", "2022", "2023"), ["2022", "2023"]),
        (("东坊村", "梁湖村"), []),
        (("低保", "特困"), []),
    ],
)
def test_a_sheet_of_another_year(tmp_path, names, told):
    table = f"| 单位：民政局 | 2023年10月18日 |\n| 姓名 | 身份证号 |\n| 甲 | {A} |"
    sheets = read(tmp_path, **dict.fromkeys(names, table))
    assert [notice.sheet for each in sheets for notice in each.notices if notice.code == "N303"] == told
    assert sheets[0].years == ((2024,) if "2024" in names[0] else ())


FORMS = [
    f"| 登记表 |\n| 姓名 | 甲 | 身份证号 | {A} |\n| 村居 | 东坊村 | 联系电话 | 16300000000 |",
    f"| 登记表 |\n| 姓名 | 甲 |\n| 身份证号 | {A} |",
    f"| 姓名 | 甲 | 身份证号 | {' | '.join(A)} |",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_no_table(tmp_path, form):
    with pytest.raises(InputError, match="一人一表") as caught:
        read(tmp_path, form, form)
    assert A not in caught.value.message
    sheets = read(tmp_path, f"| 姓名 | 身份证号 |\n| 甲 | {A} |", form)
    assert [notice[:2] for notice in notices(sheets)] == [("N204", "Sheet2")]


# ── columns ──


def test_columns_that_were_not_used(tmp_path):
    sheets = read(
        tmp_path,
        f"""
        | 序号 | 姓名 | 身份证号 | 保障情况 | 民族 | 空列 | 年 龄 | 补助标准说明 |
        | 1    | 甲   | {A}      | 在保     | 汉   |      | 44    |              |
        | 2    | 乙   | {B}      | 停保     | 汉   |      | 44    |              |
        | 合计 |      |          |          |      |      |       | 见附件       |
        """,
    )
    assert sheets[0].unused == ("序号", "保障情况")
    (notice,) = sheets[0].notices
    assert (notice.code, notice.sheet, notice.headings) == ("N101", "Sheet1", ("保障情况",))
    assert "D列" in notice.text
    assert "2行" in notice.text


def test_a_column_not_used_in_many_sheets_is_told_once(tmp_path):
    table = f"| 姓名 | 身份证号 | 保障情况 |\n| 甲 | {A} | 在保 |\n| 东坊村 | | |\n| 乙 | {B} | 停保 |"
    sheets = read(tmp_path, table, table)
    told = [notice for notice in notices(sheets) if notice[0] == "N101"]
    assert len(told) == 1
    assert told[0][1] == ""
    assert "2张工作表）没有用到：4行" in told[0][2]


@pytest.mark.parametrize(
    ("headings", "row", "taken", "told"),
    [
        ("姓名 | 身份证号 | 身份证号", f"甲 | {A} | {B}", A, True),
        ("姓名 | 身份证号 | 身份证号", f"甲 | {A} | {A}", A, False),
        ("姓名 | 身份证号 | 身份证号", f"甲 | {A} |", A, False),
        ("姓名 | 身份证号 | 证件号码", f"甲 | | {B}", B, False),
        ("姓名 | 身份证号 | 电话 | 手机", f"甲 | {A} | 1 | 2", A, False),
        ("姓名 | 身份证号 | 村 | 村居", f"甲 | {A} | 东村 | 西村", A, True),
    ],
)
def test_a_field_that_stands_twice(tmp_path, headings, row, taken, told):
    sheets = read(tmp_path, f"| {headings} |\n| {row} |")
    assert sheets[0].column("citizen_id").tolist() == [taken]
    assert codes(sheets) == (["N102"] if told else [])


# ── rows ──


@pytest.mark.parametrize(
    "line",
    [
        "| xh | xm | sfzh |",
        "| XH | XM | AAC002 |",
        "| 1 | 2 | 3 |",
        "| | 必填 | 必填 |",
        "| 选填 | 必填（汉字） | 必填，18位 |",
        "| 数字 | 文本 | 文本格式 |",
    ],
)
def test_lines_that_explain_the_columns(tmp_path, line):
    sheets = read(tmp_path, f"| 序号 | 姓名 | 身份证号 |\n{line}\n| 1 | 甲 | {A} |")
    assert (parts(sheets), sheets[0].skipped, codes(sheets)) == ([": 甲"], 1, [])


@pytest.mark.parametrize("line", [f"| 示例 | 张三 | {E} |", f"| 例：1 | 张三 | {E} |", f"| 1 | 张三（示例） | {E} |"])
def test_examples_under_the_headings(tmp_path, line):
    sheets = read(tmp_path, f"| 序号 | 姓名 | 身份证号 |\n| xh | xm | sfzh |\n{line}\n| 1 | 甲 | {A} |")
    assert (parts(sheets), sheets[0].skipped, codes(sheets)) == ([": 甲"], 2, ["N206"])
    assert sheets[0].notices[0].rows == (3,)


@pytest.mark.parametrize("row", [f"| 1 | JOHN | {A} |", "| 1 | JOHN SMITH | E12345678 |", "| 1 | 张三 | |"])
def test_the_first_person_explains_nothing(tmp_path, row):
    assert len(read(tmp_path, f"| 序号 | 姓名 | 身份证号 |\n{row}")[0].rows) == 1


@pytest.mark.parametrize(
    "line",
    [
        "| | 小 计 | 1 |",
        "| 村计 | 2人 | |",
        "| | 本页计 | 3 |",
        "| | 共3户5人 | |",
        "| 东坊村计 | 3 | |",
        "| 计 | 3 | 3 |",
        "| | 3户、5人 | |",
        "| 东坊村小计 | 1户 | 2人 |",
        "| 人数合计：3人 | | |",
    ],
)
def test_totals_in_any_words(tmp_path, line):
    sheets = read(tmp_path, f"| 村居 | 姓名 | 身份证号 |\n| 东坊村 | 甲 | {A} |\n{line}\n| 东坊村 | 乙 | {B} |")
    assert (parts(sheets), sheets[0].skipped) == ([": 甲 乙"], 1)
