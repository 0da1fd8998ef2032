"""The words of a workspace: headings.toml beside the policy, and --column for once or for good."""

import pytest
from people import ZHAO
from sheets import refused, run, workspace, write_xlsx

PAID = [
    ["缴款人户名", "身份证号", "险种", "缴费金额", "缴费日期"],
    ["赵五", ZHAO, "城乡医", "380", "2023-11-01"],
]


def payments_file(tmp_path, scheme="城乡医"):
    return write_xlsx(tmp_path / "缴费.xlsx", [PAID[0], [*PAID[1][:2], scheme, *PAID[1][3:]]])


def words(folder, text):
    (folder / "headings.toml").write_text(text, "utf-8")


def test_a_heading_and_a_word_of_our_own(village, tmp_path):
    file = payments_file(tmp_path)
    refused(village, "import-payments", file, code=4, saying="姓名")
    words(village, '[fields]\nname = ["缴款人户名"]\n[values.scheme]\nmedical = ["城乡医"]\n')
    code, answer = run(village, "import-payments", file)
    assert (code, answer["rows"]["accepted"]) == (0, 1)


def test_another_workspace_does_not_know_them(village, tmp_path):
    words(village, '[fields]\nname = ["缴款人户名"]\n')
    other = workspace(tmp_path / "other")
    refused(other, "import-payments", payments_file(tmp_path, "医保"), code=4, saying="姓名")


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ('[fields]\nname = ["身份证号"]\n', "headings.toml：.+“身份证号”已经是公民身份号码的列名"),
        ('[values.scheme]\nmedical = ["养老"]\n', "“养老”已经是pension的说法"),
        ('[fields]\nnmae = ["户名"]\n', "nmae：不认识的项目"),
        ('[feilds]\nname = ["户名"]\n', "feilds.+不认识的表"),
        ('[fields]\nname = "户名"\n', "要写成一列词"),
        ('[values.scheme]\ncar = ["车险"]\n', "car：不认识的值"),
        ("fields = 3\n", "要写成表"),
        ("[fields\n", "不是 TOML 文件"),
    ],
)
def test_a_bad_file_is_one_clear_line(village, tmp_path, text, saying):
    words(village, text)
    refused(village, "import-payments", payments_file(tmp_path), code=4, saying=saying)
    assert run(village, "manual")[0] == 0  # who asks for no words is not stopped by them


def test_what_was_derived_before_is_derived_again(village, tmp_path):
    """A word that decides who is a household's head changes the register, though no batch changed."""
    rows = [
        ["镇街", "村居", "户号", "姓名", "与户主关系", "公民身份号码"],
        ["阴平镇", "西村", "9", "赵五", "当家的", ZHAO],
    ]
    other = workspace(tmp_path / "other")
    run(other, "import-households", write_xlsx(tmp_path / "户籍.xlsx", rows))
    run(other, "status")
    kept = {path: path.read_bytes() for path in (other / "derived").iterdir()}
    words(other, '[values]\nhead_relation = ["当家的"]\n')
    assert run(other, "build-register", "--all", "-o", tmp_path)[0] == 0
    assert {path: path.read_bytes() for path in kept} != kept


def test_next_year_has_them_too(village, tmp_path):
    words(village, '[fields]\nname = ["缴款人户名"]\n')
    assert run(village, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")[0] == 0
    assert (tmp_path / "2025" / "headings.toml").read_bytes() == (village / "headings.toml").read_bytes()


# ── --column ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_column_for_once(village, tmp_path):
    file = payments_file(tmp_path, "医保")
    code, answer = run(village, "import-payments", file, "--column", "缴款人户名=姓名")
    assert (code, answer["rows"]["accepted"]) == (0, 1)
    assert not (village / "headings.toml").exists()


def test_column_beats_what_the_heading_means(village, tmp_path):
    rows = [["姓名", "证件", "身份证号"], ["赵五", ZHAO, "无"]]
    file = write_xlsx(tmp_path / "低保.xlsx", rows)
    columns = ["--column", "证件=公民身份号码", "--column", "身份证号=户主身份证号"]
    assert run(village, "import-roster", file, *columns)[1]["rows"]["accepted"] == 1
    refused(village, "import-roster", file, *columns, "--keep-columns", code=4, saying="“身份证号”已经是")


def test_column_kept(village, tmp_path):
    words(village, '# 税务\n[fields]\nname = ["户名"] # 以前的\n')
    line = ["import-payments", payments_file(tmp_path, "医保"), "--column", "缴款人户名=姓名", "--keep-columns"]
    assert run(village, *line, "--dry-run")[0] == 0
    assert "缴款人户名" not in (village / "headings.toml").read_text("utf-8")
    assert run(village, *line)[0] == 0
    assert (village / "headings.toml").read_text(
        "utf-8"
    ) == '# 税务\n[fields]\nname = ["缴款人户名", "户名"] # 以前的\n'
    assert run(village, "import-payments", payments_file(tmp_path, "养老"))[0] == 0


@pytest.mark.parametrize(
    ("column", "code", "saying"),
    [
        ("缴款人户名", 2, "例：--column 缴费人名称=姓名"),
        ("缴款人户名=人员姓明", 2, "没有“人员姓明”这一列\n是不是：人员姓名"),
        ("缴费人=姓名", 4, "没有“缴费人”这一列\n.*缴款人户名"),
    ],
)
def test_column_that_is_none(village, tmp_path, column, code, saying):
    file = write_xlsx(tmp_path / "缴费.xlsx", [["缴款人户名", "姓名", *PAID[0][1:]], ["赵五", "赵五", *PAID[1][1:]]])
    refused(village, "import-payments", file, "--column", column, code=code, saying=saying)
