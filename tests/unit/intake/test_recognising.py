"""What a file is: every file of the sample districts with no option, renamed and under any policy; and the doubtful."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sheets import person, write_xlsx

from fcins.commands.kinds import ANY_KIND
from fcins.intake.recognising import Recognised, command_for, recognise
from fcins.policy.loading import load_policy, packaged_policies
from fcins.workbooks.reading import read_workbook

SAMPLE = Path(__file__).parents[3] / "sample_data"
FENGCHENG = load_policy("fengcheng-2024")
ID = person("1970-01-01")

ROSTERS = {
    "低保.xlsx": ["dibao"],
    "低保补充名单.xlsx": ["dibao"],
    "特困供养人员花名册.xls": ["tekun"],
    "孤儿及事实无人抚养儿童.xlsx": ["orphan", "unattended"],
    "享受政策脱贫人口.xlsx": ["poverty"],
    "残联重度残疾人.xlsx": ["disability"],
    "优抚对象.csv": ["veteran"],
    "老龄委70岁以上老年人.xls": ["elderly"],
    "计生奖扶家庭.xlsx": ["family_planning"],
    "在校学生.xlsx": ["student"],
    "职工医保参保人员.csv": ["employee_medical"],
    "市外参保.xlsx": ["elsewhere_medical"],
    "职工养老.ods": ["other_pension"],
    "村集体资助.xlsx": ["collective_aid"],
    "最低生活保障.ods": ["dibao"],
    "低保新增.csv": ["dibao"],
    "五保户.csv": ["tekun"],
    "困境儿童.xls": ["orphan", "unattended"],
    "建档立卡.csv": ["poverty"],
    "重残人员.xls": ["disability"],
    "优抚.ods": ["veteran"],
    "老年人.csv": ["elderly"],
    "独生子女双女绝育.csv": ["family_planning"],
    "学生名单.xls": ["student"],
    "职工医保.xlsx": ["employee_medical"],
    "异地参保.csv": ["elsewhere_medical"],
    "职工养老.csv": ["other_pension"],
    "资助名单.csv": ["collective_aid"],
}
"""The categories of each roster; an orphan list holds two."""


def found(path: Path, policy=FENGCHENG) -> Recognised:
    return recognise(read_workbook(path, ANY_KIND), policy)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    script = [sys.executable, str(SAMPLE / "make_district.py"), "-o", str(folder)]
    options = ["--people", "600", "--villages", "1", "--format", "other"]
    subprocess.run([*script, *options], check=True, capture_output=True, timeout=60)
    return folder


def files(folder: Path) -> list[tuple[str, Path]]:
    """(the kind that the import command means, file), by imports.txt."""
    lines = [shlex.split(line) for line in (folder / "imports.txt").read_text("utf-8").splitlines()]
    return [(command.removeprefix("import-"), folder / file) for command, file, *_ in lines]


def kind_of(command: str, path: Path) -> str:
    return "changes" if command == "households" and "变动" in path.name else command


@pytest.mark.parametrize("district", ["sample", "other"])
def test_every_file_with_no_option(district, other):
    for command, path in files(SAMPLE if district == "sample" else other):
        what = found(path)
        assert (what.kind, what.certain) == (kind_of(command, path), True), (path.name, what)
        assert sorted(what.categories) == ROSTERS.get(path.name, []), path.name


@pytest.mark.parametrize("policy", packaged_policies())
@pytest.mark.parametrize("district", ["sample", "other"])
def test_renamed_none_is_wrong(district, policy, other, tmp_path):
    """附件1 … say nothing: each file is right, or it is asked. A category is right, or none is named."""
    rules = load_policy(policy)
    for number, (command, path) in enumerate(files(SAMPLE if district == "sample" else other), start=1):
        copy = tmp_path / f"附件{number}{path.suffix}"
        copy.write_bytes(path.read_bytes())
        what = found(copy, rules)
        assert what.kind == kind_of(command, path) or not what.certain, (path.name, what)
        if policy.startswith("fengcheng"):
            assert set(what.categories) <= set(ROSTERS.get(path.name, [])), path.name


def recognised(tmp_path: Path, headings: str, *, name: str = "附件.xlsx", title: str = "", tab: str = "Sheet1"):
    columns = headings.split()
    row = [ID if "号" in heading and "户号" not in heading else "甲" for heading in columns]
    table = [*([[title, *[""] * (len(columns) - 1)]] if title else []), columns, row]
    return found(write_xlsx(tmp_path / name, {tab: table}))


@pytest.mark.parametrize(
    ("headings", "title", "kind", "certain"),
    [
        ("姓名 身份证号", "", "roster", False),
        ("姓名 身份证号", "2024年低保对象花名册", "roster", True),
        ("姓名 身份证号 险种 缴费金额 缴费日期", "低保对象缴费明细", "payments", True),
        ("姓名 身份证号 缴费档次", "低保对象名单", "roster", False),
        ("姓名 身份证号 缴费档次 登记日期", "", "enrolment", True),
        ("户号 姓名 身份证号 与户主关系 户籍性质", "低保户", "roster", False),
        ("姓名 身份证号", "退出低保人员名单", "leavers", True),
        ("姓名 身份证号", "低保名单（含退出）", "leavers", False),
        ("姓名 身份证号", "死亡人员名单", "departed", True),
        ("姓名 身份证号", "死亡、迁出人员名单", "departed", True),
        ("变动类型 变动日期 姓名 身份证号", "死亡人员名单", "changes", True),
        ("镇街 应参保人数 已参保人数", "", "last_year", True),
        ("姓名 公民身份号码 个人应缴合计 本户应缴合计 缴费状态", "", "own", True),
    ],
)
def test_kinds(tmp_path, headings, title, kind, certain):
    what = recognised(tmp_path, headings, title=title)
    assert (what.kind, what.certain) == (kind, certain), what


@pytest.mark.parametrize(
    ("word", "title", "kind", "certain"),
    [
        ("新增", "", "changes", True),
        ("出生", "", "changes", True),
        ("停发", "", "roster", False),
        ("停发", "低保对象增减名单", "leavers", False),
        ("停发", "低保对象动态", "roster", True),
        ("新增", "低保对象动态", "roster", False),
        ("户口迁入", "低保对象动态", "changes", False),
    ],
)
def test_what_changed_tells_whose_list_it_is(tmp_path, word, title, kind, certain):
    columns = ["变动类型", "变动日期", "姓名", "身份证号"]
    table = [[title, "", "", ""], columns, [word, "2023-10-01", "甲", ID]]
    what = found(write_xlsx(tmp_path / "附件.xlsx", table))
    assert (what.kind, what.certain) == (kind, certain), what


def test_a_tie_is_doubted_too(tmp_path):
    """The police send the elderly in the columns of the registry: as households they are taken, and that is told."""
    headings = "镇街 村居 户号 姓名 与户主关系 身份证号 户籍性质"
    elderly = recognised(tmp_path, headings, name="70岁以上老年人.xlsx")
    assert (elderly.certain, elderly.doubted_as(["households"]), elderly.doubted_as(["roster"])) == (False, True, False)
    plain = recognised(tmp_path, "镇街 村居 姓名 身份证号", name="阴平镇.xlsx")
    assert (plain.certain, plain.doubted_as(["households"])) == (False, False)


def test_why_and_command(tmp_path):
    paid = recognised(tmp_path, "姓名 身份证号 险种 缴费金额 缴费日期 凭证号", name="税务缴费明细.xlsx")
    assert "“缴费金额”" in paid.why
    assert "缴费明细" in paid.why
    assert command_for(paid, "税务缴费明细.xlsx", FENGCHENG) == "fcins import-payments 税务缴费明细.xlsx"
    low = recognised(tmp_path, "姓名 身份证号", tab="低保对象")
    assert command_for(low, "a b.xlsx", FENGCHENG) == 'fcins import-roster "a b.xlsx" --category 低保对象'
