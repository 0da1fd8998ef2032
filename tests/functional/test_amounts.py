"""Which amount a list means, in which unit, and for which year."""

from pathlib import Path

import pytest
from shared import copied
from sheets import district, person, refused, run, sheet, workspace, write_xlsx

from fcins.analysis.reconciliation import reconciliation_of
from fcins.intake.amounts import amounts
from fcins.values import UNUSABLE_FEN
from fcins.workbooks.reading import RawSheet, read_workbook

SUN, ZHOU = person("1970-01-01"), person("1972-02-11")
PAYMENTS = [frozenset({"name", "citizen_id"})]


def sheet_with(path: Path, headings: list[str], cells: list[str], title: str = "") -> RawSheet:
    rows = [["姓名", "身份证号", *headings], ["孙福来", SUN, *cells]]
    (read,) = read_workbook(write_xlsx(path / "表.xlsx", [[title], *rows] if title else rows), PAYMENTS)
    return read


# Heading, line above, cell; fen, and what is told.
UNITS = """
    | 表头               | 上方           | 金额   | 分     | 告知                |
    | 缴费金额（分）     |                | 38000  | 38000  | 38000分读作380元    |
    | 缴费金额(单位：分) |                | 38000  | 38000  | 38000分读作380元    |
    | 缴费金额/分        |                | 38000  | 38000  | 38000分读作380元    |
    | 缴费金额分         |                | 38050  | 38050  | 38050分读作380.50元 |
    | 金额（角）         |                | 3800   | 38000  | 3800角读作380元     |
    | 实缴金额（万元）   |                | 0.038  | 38000  | 0.038万元读作380元  |
    | 实缴金额（万元/人） |               | 0.038  | 38000  | 0.038万元读作380元  |
    | 缴费金额           | 单位：分       | 38000  | 38000  | 38000分读作380元    |
    | 缴费金额           | 单位：人、分   | 38000  | 38000  | 38000分读作380元    |
    | 缴费金额（元）     | 单位：万元     | 380    | 38000  |                     |
    | 缴费金额（元）     |                | 380    | 38000  |                     |
    | 缴费金额（元/年）  | 单位：元       | 380.00 | 38000  |                     |
    | 缴费金额           | 单位：阴平镇   | 380    | 38000  |                     |
    | 缴费金额（分）     |                | 380元  | 38000  |                     |
    | 缴费金额（分）     |                | 0.5    | ?      |                     |
"""


@pytest.mark.parametrize("line", UNITS.strip().splitlines()[1:])
def test_a_unit_counts_and_is_told(tmp_path: Path, line: str) -> None:
    heading, above, cell, fen, notice = sheet(line)[0]
    found = amounts(sheet_with(tmp_path, [heading], [cell], above), "paid_amount")
    assert found.fen.tolist() == [UNUSABLE_FEN if fen == "?" else int(fen)]
    assert [(each.code, notice in each.text) for each in found.notices] == ([("N103", True)] if notice else [])


COLUMNS = """
    | 第一列   | 金额 | 第二列       | 金额 | 计    | 告知                                |
    | 缴费金额 | 380  | 实缴金额     | 0    | 0     | 0和380）：按“实缴金额”计            |
    | 缴费金额 | 380  | 实缴金额     | 380  | 38000 |                                     |
    | 应缴金额 | 380  | 缴费金额     | 100  | 10000 |                                     |
    | 实缴金额 | 100  | 缴费金额     | 380  | 10000 | 100和380）：按“实缴金额”计          |
    | 金额     | 380  | 入库金额     | 350  | 35000 | 350和380）：按“入库金额”计          |
    | 缴费金额 | 380  | 实缴金额（分） | 38000 | 38000 | 读作380元                        |
    | 缴费金额 | 380  | 实收金额     |      | ?     | 空和380）：按“实收金额”计           |
"""


@pytest.mark.parametrize("line", COLUMNS.strip().splitlines()[1:])
def test_the_amount_that_was_paid(tmp_path: Path, line: str) -> None:
    one, first, other, second, fen, notice = sheet(line)[0]
    found = amounts(sheet_with(tmp_path, [one, other], [first, second]), "paid_amount")
    assert found.fen.tolist() == [UNUSABLE_FEN if fen == "?" else int(fen)]
    assert [notice in each.text for each in found.notices] == ([True] if notice else [])


@pytest.fixture
def households(tmp_path: Path) -> Path:
    return copied(tmp_path, _with_households)


def _with_households(at: Path) -> None:
    rows = [
        ["镇街", "村居", "姓名", "公民身份号码"],
        ["阴平镇", "东坊村", "孙福来", SUN],
        ["阴平镇", "东坊村", "周建国", ZHOU],
    ]
    assert run(workspace(at), "import-households", write_xlsx(at / "户籍.xlsx", rows))[0] == 0


def test_what_should_be_paid_is_no_payment(households: Path, tmp_path: Path) -> None:
    """应缴 over 金额, in two rows of headings."""
    rows = [
        ["姓名", "身份证号", "险种", "应缴", "缴费日期"],
        ["", "", "", "金额", ""],
        ["孙福来", SUN, "医保", "380", "2023-11-05"],
    ]
    refused(
        households, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", rows), code=4, saying="应缴金额.*不是实缴"
    )


# What is kept apart counts to no status. What is returned has still come in.
PERIODS = """
    | 起         | 止         | 年度 | 计入          | 问题 |
    | 2024-01-01 | 2024-12-31 |      | 已缴清 380.00 |      |
    | 2024-01-01 |            |      | 已缴清 380.00 |      |
    |            | 2024-12    | 2024 | 已缴清 380.00 |      |
    |            |            |      | 已缴清 380.00 |      |
    | 2023-01-01 | 2023-12-31 |      |               |      |
    | 202301     | 202312     | 2023 |               |      |
    | 2023-09-01 | 2024-08-31 |      |               | E307 |
    | 2024-01-01 | 2024-12-31 | 2023 |               | E307 |
    | 不详       | 2024-12-31 |      | 已缴清 380.00 | E307 |
"""


def test_the_period_of_a_fee_in_two_columns(tmp_path: Path) -> None:
    """Each line is the payment of a person of its own: what counts of it, and what is found."""
    lines = sheet(PERIODS)[1:]
    people = [person("1971-01-01", number) for number, _ in enumerate(lines, start=1)]
    folder = workspace(tmp_path)
    registry = [["镇街", "村居", "姓名", "公民身份号码"], *(["阴平镇", "东坊村", "孙福来", each] for each in people)]
    assert run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", registry))[0] == 0
    head = ["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "费款所属期起", "费款所属期止", "所属年度"]
    paid = [["孙福来", each, "医保", "380", "2023-11-05", *line[:3]] for each, line in zip(people, lines, strict=True)]
    assert run(folder, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", [head, *paid]))[0] == 0
    with district(folder) as known:
        found = known.payments.findings.groupby("seq")["code"].agg(" ".join)
        counted = reconciliation_of(known).lines.set_index("citizen_id")
        rows = known.store.facts("payment_facts").set_index("row")["seq"]
    for row, (number, line) in enumerate(zip(people, lines, strict=True), start=2):
        one = counted.loc[number]
        money = f"{one['status']} {one['paid_fen'] / 100:.2f}" if one["paid_fen"] else ""
        assert (money, found.get(rows[row], "")) == (line[3], line[4]), line


def test_tiers_and_aid_in_their_units(households: Path, tmp_path: Path) -> None:
    rows = [["姓名", "身份证号", "缴费档次（百元）"], ["孙福来", SUN, "5"]]
    _, answer = run(households, "import-enrolment", write_xlsx(tmp_path / "参保.xlsx", rows))
    assert (answer["findings"], [each["code"] for each in answer["notices"]]) == ({}, ["N103"])
    rows = [
        ["姓名", "身份证号", "资助单位", "资助金额（分）"],
        ["孙福来", SUN, "东坊村", "全额"],
        ["周建国", ZHOU, "东坊村", "10000"],
    ]
    file = write_xlsx(tmp_path / "资助.xlsx", rows)
    _, answer = run(households, "import-roster", file, "--category", "集体资助")
    assert (answer["findings"], ["10000分读作100元" in each["text"] for each in answer["notices"]]) == ({}, [True])
