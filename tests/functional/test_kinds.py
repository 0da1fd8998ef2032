"""A file of another kind, of another category, or without a column that it needs: refused in words, and overridden."""

import pytest
from people import QIAN, ZHAO
from sheets import refused, run, write_xlsx

PEOPLE = [["姓名", "身份证号"], ["赵五", ZHAO]]
PAID = [["姓名", "身份证号", "险种", "缴费金额", "缴费日期"], ["赵五", ZHAO, "医保", "380", "2023-11-01"]]


@pytest.mark.parametrize("command", ["import-households", "import-roster", "import-enrolment"])
def test_payments_are_no_other_file(village, tmp_path, command):
    """2,781 payers once became residents."""
    file = write_xlsx(tmp_path / "税务缴费明细.xlsx", PAID)
    refused(village, command, file, code=4, saying="这是税务的缴费明细.+\n请用 fcins import-payments 税务缴费明细.xlsx")


TITLED = [["2024年低保对象花名册", ""], *PEOPLE]
TIERS = [["姓名", "身份证号", "缴费档次", "登记日期"], ["赵五", ZHAO, "300", ""]]
LAST_YEAR = [["镇街", "应参保人数", "已参保人数"], ["阴平镇", "10", "9"]]


@pytest.mark.parametrize(
    ("name", "table", "command", "saying"),
    [
        ("a.xlsx", TITLED, "import-households", "import-roster a.xlsx --category 低保对象"),
        ("a.xlsx", TIERS, "import-roster", "import-enrolment"),
        ("死亡人员名单.xlsx", PEOPLE, "import-roster", "用 fcins import-households 导入"),
        ("退出低保人员名单.xlsx", PEOPLE, "import-households", "用 fcins import-roster --category 类别 导入"),
        ("上年.xlsx", LAST_YEAR, "import-roster", "progress --last-year"),
    ],
)
def test_refused_with_its_command(village, tmp_path, name, table, command, saying):
    refused(village, command, write_xlsx(tmp_path / name, table), code=4, saying=saying)


def test_our_own_register(village, tmp_path):
    _, answer = run(village, "build-register", "--all", "-o", tmp_path)
    for command in ("import-households", "import-roster", "import-payments"):
        refused(village, command, answer["files"][0], code=4, saying="本程序写出的征收清册")


def test_our_own_register_even_where_somebody_insists(village, tmp_path):
    _, answer = run(village, "build-register", "--all", "-o", tmp_path)
    code, answer = run(village, "import-roster", answer["files"][0], "--as", "roster", "--category", "低保对象")
    assert (code, answer["rows"]["read"] > 0) == (0, True)


def test_as_overrides(village, tmp_path):
    file = write_xlsx(
        tmp_path / "缴费.xlsx", [[*row, more] for row, more in zip(PAID, ["人员类别", "低保对象"], strict=True)]
    )
    refused(village, "import-roster", file, code=4, saying="加 --as roster")
    code, answer = run(village, "import-roster", file, "--as", "roster")
    assert (code, answer["category"], answer["rows"]["accepted"]) == (0, "dibao", 1)
    refused(village, "import-roster", file, "--as", "payments", code=2, saying="roster")


def test_a_hint_never_offers_a_category_for_payments(village, tmp_path):
    refused(village, "import-roster", write_xlsx(tmp_path / "x.xlsx", PAID), code=4, saying="^(?!.*--category)")


# ── categories ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_title_of_another_category(village, tmp_path):
    file = write_xlsx(tmp_path / "x.xlsx", [["特困人员花名册", ""], *PEOPLE])
    refused(village, "import-roster", file, "--category", "低保对象", code=4, saying="特困人员.+--category 是低保对象")
    code, answer = run(village, "import-roster", file, "--category", "低保对象", "--as", "roster")
    assert (code, answer["category"]) == (0, "dibao")
    assert [each["code"] for each in answer["notices"]] == ["N303"]


def test_a_sheet_of_another_category(village, tmp_path):
    file = write_xlsx(tmp_path / "救助对象.xlsx", {"低保对象": PEOPLE, "特困人员": [PEOPLE[0], ["钱六", QIAN]]})
    refused(village, "import-roster", file, "--category", "低保对象", code=4, saying="› 特困人员：")
    code, answer = run(village, "import-roster", file)
    assert (code, answer["category"], answer["rows"]["accepted"]) == (0, None, 2)


def test_a_column_that_names_other_categories_is_told(village, tmp_path):
    rows = [["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保"], ["钱六", QIAN, "特困人员"]]
    code, answer = run(village, "import-roster", write_xlsx(tmp_path / "x.xlsx", rows), "--category", "低保对象")
    (notice,) = answer["notices"]
    assert (code, notice["code"], notice["rows"]) == (0, "N303", [3])
    assert "特困人员" in notice["text"]


def test_a_sheet_of_another_kind_is_left_out_and_told(village, tmp_path):
    file = write_xlsx(tmp_path / "x.xlsx", {"低保对象": PEOPLE, "缴费": PAID})
    code, answer = run(village, "import-roster", file, "--category", "低保对象")
    assert (code, answer["rows"]["read"]) == (0, 1)
    assert [(each["code"], each["sheet"]) for each in answer["notices"]] == [("N204", "缴费")]


def test_a_sheet_without_a_column_it_needs_is_told(village, tmp_path):
    """Once for the sheet, though its section lines make two tables of it."""
    lacking = [
        ["姓名", "身份证号", "险种"],
        ["东坊村", "", ""],
        ["赵五", ZHAO, "医保"],
        ["梁湖村", "", ""],
        ["钱六", QIAN, "医保"],
    ]
    file = write_xlsx(tmp_path / "x.xlsx", {"缴费": PAID, "补录": lacking})
    code, answer = run(village, "import-payments", file)
    (notice,) = [each for each in answer["notices"] if each["code"] == "N204"]
    assert (code, answer["rows"]["read"], notice["sheet"]) == (0, 1, "补录")
    assert notice["text"] == "这张表没有“缴费金额”列，2行没有导入"


def test_a_kind_in_doubt_is_told(village, tmp_path):
    rows = [["姓名", "身份证号", "人员类别", "缴费档次", "登记日期"], ["赵五", ZHAO, "低保", "300", "2023-11-01"]]
    code, answer = run(village, "import-roster", write_xlsx(tmp_path / "x.xlsx", rows))
    assert (code, [each["code"] for each in answer["notices"]]) == (0, ["N303"])


# ── missing columns ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "headings", "saying"),
    [
        ("import-payments", "姓名 身份证号 缴费金额", "没有“险种”“缴费日期”两列"),
        ("import-payments", "姓名 身份证号 缴费全额 险种 缴费日期", "没有“缴费金额”一列\n“缴费全额”是“缴费额”吗？"),
        ("import-enrolment", "姓名 身份证号", "没有“缴费档次”一列"),
        ("import-households", "变动类型 姓名 身份证号", "没有“变动日期”一列"),
        ("import-roster --category 重度残疾人", "姓名 身份证号", "没有“残疾等级”一列"),
        ("import-roster --category 集体资助对象", "姓名 身份证号 资助单位", "没有“资助金额”一列"),
    ],
)
def test_missing_columns(village, tmp_path, command, headings, saying):
    columns = headings.split()
    row = [ZHAO if heading == "身份证号" else "赵五" for heading in columns]
    refused(village, *command.split(), write_xlsx(tmp_path / "x.xlsx", [columns, row]), code=4, saying=saying)


def test_a_scheme_that_the_file_states_itself_is_told(village, tmp_path):
    """The file says 养老, the clerk 医保: the rows' own word holds, and that is said."""
    rows = [PAID[0], [*PAID[1][:2], "养老", *PAID[1][3:]]]
    code, answer = run(village, "import-payments", write_xlsx(tmp_path / "x.xlsx", rows), "--scheme", "医保")
    assert (code, [each["code"] for each in answer["notices"]]) == (0, ["N303"])
    assert answer["notices"][0]["text"] == "有“险种”一列，1行按它读入；--scheme 医保没有采用"


@pytest.mark.parametrize("category", ["重度残疾人", "集体资助对象"])
def test_who_leaves_needs_neither_level_nor_amount(village, tmp_path, category):
    rows = [["姓名", "身份证号", "取消时间"], ["赵五", ZHAO, "2023-10-01"]]
    file = write_xlsx(tmp_path / "x.xlsx", {"退出": rows})
    code, answer = run(village, "import-roster", file, "--category", category)
    assert (code, answer["rows"]["accepted"]) == (0, 1)


def test_one_scheme_for_the_whole_file(village, tmp_path):
    file = write_xlsx(tmp_path / "x.xlsx", [[cell for at, cell in enumerate(row) if at != 2] for row in PAID])
    refused(village, "import-payments", file, code=4, saying="没有“险种”一列\n.*--scheme 医保")
    refused(village, "import-payments", file, "--scheme", "车险", code=2, saying="没有“车险”这个险种")
    code, answer = run(village, "import-payments", file, "--scheme", "医保")
    assert (code, answer["rows"]["accepted"]) == (0, 1)
