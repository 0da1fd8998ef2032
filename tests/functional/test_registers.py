"""The documents of build-register and publicity-export: JSON, sheets, dates, and what a notice never has."""

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from people import LI, QIAN, WANG, XIAO, YA, ZHAO
from sheets import payments, person, printed, roster, run, workspace, write_xlsx

REGISTER_HEADINGS = (
    "序号|户号|户主姓名|姓名|与户主关系|性别|公民身份号码|年龄|人员类别|医保缴费标准|医保资助金额|医保出资方|"
    "医保个人应缴|养老缴费档次|养老政府代缴|养老个人应缴|养老政府补贴|计生缴费补贴|个人应缴合计|本户应缴合计|"
    "可缴费日期|缴费状态|签字|备注"
)


PUBLICITY_HEADINGS = "序号|姓名|公民身份号码|居民医保缴费|居民养老缴费档次|居民养老缴费|缴费日期|备注"


PAYERS = (("王一", WANG), ("钱六", QIAN))
"""One of each town."""


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet → its rows, below the title and the line under it: headings first."""
    book = openpyxl.load_workbook(path)
    return {paper.title: [list(row) for row in paper.iter_rows(min_row=3, values_only=True)] for paper in book}


def body(rows: list[list[Any]]) -> list[list[Any]]:
    """The numbered rows under the headings."""
    return [row for row in rows[1:] if isinstance(row[0], int)]


def test_register_json(village, tmp_path):
    run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("查无", person("1990-01-01"))))
    code, answer = run(village, "build-register", "--all", "-o", tmp_path / "输出")
    assert code == 0
    assert {"command", "files", "people", "findings", "towns"} <= set(answer)
    assert (answer["command"], answer["people"]) == ("build-register", 6)
    assert all(Path(path).is_file() for path in answer["files"])
    towns = {each["town"]: each for each in answer["towns"]}
    # 阴平镇: 4 of the 王 family pay 380; 赵五 is 73 and on 低保, all paid for. 峨山镇: 钱六 is 62 and pays half.
    assert (towns["阴平镇"]["medical"], towns["阴平镇"]["personal"]) == ("1520.00", "1520.00")
    assert (towns["峨山镇"]["medical"], towns["峨山镇"]["pension"]) == ("190.00", "0.00")
    paid = {(each["payer"], each["scheme"]): (each["people"], each["amount"]) for each in answer["by_payer"]}
    assert paid["个人", "medical"] == (5, "1710.00")
    assert paid["区财政", "medical"] == (1, "190.00")
    assert paid["医疗救助资金", "medical"] == (1, "380.00")
    assert paid["财政补助", "medical"] == (6, "3840.00")
    amounts = re.findall(r'"(?:medical|pension|personal|amount)": ("[^"]*"|[\d.]+)', json.dumps(answer))
    assert all(re.fullmatch(r'"-?\d+\.\d\d"', amount) for amount in amounts if amount not in ('"medical"', '"pension"'))


def test_register_workbook(village, tmp_path):
    _, answer = run(village, "build-register", "--town", "阴平", "-o", tmp_path)
    path = tmp_path / "阴平镇" / "阴平镇_2024年度征收清册.xlsx"
    assert answer["files"] == [str(path)]
    found = sheets(path)
    assert list(found) == ["汇总", "东村", "核查提示"]
    assert "|".join(found["东村"][0]) == REGISTER_HEADINGS
    rows = [dict(zip(REGISTER_HEADINGS.split("|"), row, strict=True)) for row in body(found["东村"])]
    # 李二 stands first in the households file; the head of the household comes first here.
    assert [row["姓名"] for row in rows] == ["王一", "李二", "王小", "王丫", "赵五"]
    assert [row["公民身份号码"] for row in rows] == [WANG, LI, XIAO, YA, ZHAO]
    assert [row["本户应缴合计"] for row in rows] == [1520, None, None, None, 0]
    assert [row["缴费状态"] for row in rows] == ["未缴"] * 4 + ["无需缴费"]
    assert [row["年龄"] for row in rows] == [43, 41, 8, 5, 73]
    book = openpyxl.load_workbook(path)
    texts = [cell.value for row in book["东村"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("2024年度城乡居民两险征收清册" in text for text in texts)
    signed = " ".join(texts)
    for name in ("制表人", "审核人", "税务分局初审", "人社所初审", "负责人（盖章）"):
        assert name in signed


def test_register_of_village(village, tmp_path):
    _, answer = run(village, "build-register", "--town", "阴平镇", "--village", "东村村委会", "-o", tmp_path)
    assert [Path(path).name for path in answer["files"]] == ["阴平镇_东村_2024年度征收清册.xlsx"]
    assert answer["people"] == 5


def test_register_status_of_payment(village, tmp_path):
    """部分缴 and 已缴清 by scheme; a refund takes the payment back."""
    lines = [("王一", WANG, "医保", "380"), ("李二", LI, "医保", "100"), ("王小", XIAO, "医保", "380")]
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *lines, ("王小", XIAO, "医保", "-380")))
    run(village, "build-register", "--town", "阴平镇", "-o", tmp_path)
    rows = body(sheets(tmp_path / "阴平镇" / "阴平镇_2024年度征收清册.xlsx")["东村"])
    at = REGISTER_HEADINGS.split("|").index("缴费状态")
    assert [row[at] for row in rows] == ["已缴清", "部分缴", "未缴", "未缴", "无需缴费"]


def test_same_data_same_bytes(village, tmp_path):
    """The process, its seed for hashes and the clock make no difference."""
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *((*each, "医保", "380") for each in PAYERS)))
    for command in ("build-register", "publicity-export"):
        assert run(village, command, "--all", "-o", tmp_path / "一")[0] == 0
        assert run(village, command, "--all", "-o", tmp_path / "二", apart=True)[0] == 0
    first = {path.relative_to(tmp_path / "一"): path.read_bytes() for path in (tmp_path / "一").rglob("*.xlsx")}
    second = {path.relative_to(tmp_path / "二"): path.read_bytes() for path in (tmp_path / "二").rglob("*.xlsx")}
    assert len(first) == 4
    assert first == second


def test_date(village, tmp_path):
    for said in ("2023-12-25", "2023.12.25", "2023年12月25日"):
        assert run(village, "build-register", "--town", "峨山镇", "--date", said, "-o", tmp_path)[0] == 0
        book = openpyxl.load_workbook(tmp_path / "峨山镇" / "峨山镇_2024年度征收清册.xlsx")
        line = " ".join(str(cell.value) for cell in book["东村"][2] if cell.value)
        assert "镇（街道）：峨山镇" in line
        assert "村（居）：东村" in line
        assert "单位：元" in line
        assert line.endswith("2023-12-25")
        assert book.properties.created.date().isoformat() == "2023-12-25"


def test_out_beside_workspace(village):
    _, answer = run(village, "build-register", "--town", "峨山镇")
    assert answer["files"] == [str(village / "out" / "峨山镇" / "峨山镇_2024年度征收清册.xlsx")]


def test_formula_names(village, tmp_path):
    """A name that a spreadsheet would take for a formula stays text in both books."""
    hostile = ["=1+1", "+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x","y")']
    people = [(name, person("1990-01-01", number)) for number, name in enumerate(hostile, start=1)]
    rows = [["镇街", "村居", "户号", "姓名", "公民身份号码"]]
    rows += [["古邵镇", "=西村", f"={number}", name, number] for name, number in people]
    run(village, "import-households", write_xlsx(tmp_path / "户籍二.xlsx", rows))
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *((*each, "医保", "380") for each in people)))
    for command, name in (("build-register", "征收清册"), ("publicity-export", "缴费公示")):
        assert run(village, command, "--town", "古邵镇", "-o", tmp_path)[0] == 0
        book = openpyxl.load_workbook(tmp_path / "古邵镇" / f"古邵镇_2024年度{name}.xlsx")
        cells = [cell for paper in book for row in paper.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells if cell.value in hostile} == {"s"}
        assert [cell.value for cell in cells if cell.value in hostile][: len(hostile)] == hostile
        assert not [cell for cell in cells if cell.data_type == "f" and cell.value[1:4] != "SUM"]


def test_publicity(village, tmp_path):
    lines = [("王一", WANG, "医保", "380"), ("王小", XIAO, "医保", "380"), ("王丫", YA, "医保", "380")]
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *lines))
    code, answer = run(village, "publicity-export", "--town", "阴平镇", "-o", tmp_path)
    path = tmp_path / "阴平镇" / "阴平镇_2024年度缴费公示.xlsx"
    assert (code, answer["files"], answer["people"]) == (0, [str(path)], 3)
    assert {"command", "files", "people", "findings"} <= set(answer)
    found = sheets(path)
    assert list(found) == ["东村"]
    assert "|".join(found["东村"][0]) == PUBLICITY_HEADINGS
    rows = [[str(cell) if cell is not None else "" for cell in row] for row in body(found["东村"])]
    assert rows == [
        ["1", "王一", WANG[:6] + "*" * 11 + WANG[-1], "380.0", "", "", "2023-11-01 00:00:00", ""],
        ["2", "王一家庭", "", "760.0", "", "", "2023-11-01 00:00:00", "未满14周岁成员2人"],
    ]
    text = " ".join(str(cell) for row in found["东村"] for cell in row if cell is not None)
    assert "政府及集体资助参保 少于5人" in text  # 赵五, 73: one person
    assert "公示时间：2023-12-21至2024-01-20" in text
    for hidden in ("赵五", "王小", "王丫", "李二", "138", "向阳路", "低保", WANG[6:14]):
        assert hidden not in text


@pytest.mark.parametrize(("covered", "line"), [(0, "0人"), (4, "少于5人"), (5, "5人")])
def test_publicity_covered(tmp_path, covered, line):
    folder = workspace(tmp_path)
    old = [["阴平镇", "东村", f"老{n}", person("1940-01-01", n)] for n in range(1, covered + 1)]
    rows = [["镇街", "村居", "姓名", "公民身份号码"], ["阴平镇", "东村", "王一", WANG], *old]
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", rows))
    run(folder, "import-payments", payments(tmp_path / "缴费.xlsx", ("王一", WANG, "医保", "380")))
    run(folder, "publicity-export", "--all", "-o", tmp_path)
    found = sheets(tmp_path / "阴平镇" / "阴平镇_2024年度缴费公示.xlsx")["东村"]
    assert f"政府及集体资助参保 {line}" in [cell for row in found for cell in row]


@pytest.mark.parametrize("name", [f"王{WANG}", "王13800000001", WANG])
def test_publicity_refused(village, tmp_path, name):
    """A name cell that holds an ID or a phone: nothing is put in place, an older notice stays as it was."""
    number = person("1975-05-05")
    rows = [["镇街", "村居", "姓名", "公民身份号码"], ["古邵镇", "西村", name, number]]
    run(village, "import-households", write_xlsx(tmp_path / "户籍二.xlsx", rows))
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", (name, number, "医保", "380")))
    code, answer = run(village, "publicity-export", "--town", "古邵镇", "-o", tmp_path / "out")
    assert (code, answer["error"]["exit"]) == (1, 1)
    assert "公示文件没有写出" in answer["error"]["message"]
    assert name not in json.dumps(answer, ensure_ascii=False)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_publicity_after_period(village, tmp_path, capsys):
    """A warning of one line once the period is over, on stderr; the notice is written all the same."""
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *((*each, "医保", "380") for each in PAYERS)))
    code, _, err = printed(capsys, "publicity-export", "--town", "峨山镇", "-o", tmp_path, "-w", village)
    assert code == 0
    assert len([line for line in err.splitlines() if "2023-12-21至2024-01-20" in line]) == 1
    assert (tmp_path / "峨山镇" / "峨山镇_2024年度缴费公示.xlsx").is_file()
