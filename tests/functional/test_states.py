"""Rows whose own columns say that they no longer hold: what follows for money, notices and feedback."""

from pathlib import Path

import openpyxl
import pytest
from sheets import district, person, run, sheet, workspace, write_xlsx

from fcins.analysis.reconciliation import reconciliation_of

ID = {"甲": person("1980-01-01", 1), "乙": person("1981-01-01", 2)}
HEADINGS = ["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号", "交易状态"]

MONEY = """
    | 第一个文件                         | 第二个文件       | 实缴 |
    | 380 P1 成功                        |                  | 380  |
    | 380 P1 失败                        |                  | 0    |
    | 380 P1 失败, 380 P1 成功           |                  | 380  |
    | 380 P1 失败, 380 P2 成功           | -380 P3 成功     | 0    |
    | 380 P1 已冲正                      | -380 P1 成功     | 0    |
    | 380 P1 已冲正                      | -380 P1 冲正     | 0    |
    | 380 P1 成功                        | -380 P1 冲正     | 0    |
    | 380 P1 已作废                      | -380 P1 成功     | 0    |
    | 380 P1 已退费                      | -380 P9 成功     | 0    |
    | 380 P1 已退费, 380 P2 成功         | -380 P9 退费     | 380  |
    | 380 P1 已退费, 380 P2 成功         | -380 P2 退费     | 0    |
    | 380 P1 成功                        | 380 P1 已退费    | 0    |
    | 380 P1 成功, -380 P9 成功          | 380 P1 已退费    | 0    |
    | 380 P1 已退费, -380 P9 成功        | 380 P1 已退费    | 0    |
    | 380 P1 成功, -380 P1 失败          |                  | 380  |
    | 200 P1 已退费, 380 P2 成功         | -200 P1 成功     | 380  |
"""
"""Payments of one person: yuan, receipt, state."""


@pytest.mark.parametrize(("first", "second", "paid"), sheet(MONEY)[1:])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_money(tmp_path: Path, first: str, second: str, paid: str, order: tuple[int, int]) -> None:
    folder = workspace(tmp_path)
    registry = [["镇街", "村居", "姓名", "公民身份号码"], ["阴平镇", "东村", "甲", ID["甲"]]]
    assert run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", registry))[0] == 0
    for number in order:
        if lines := [each.split() for each in (first, second)[number].split(", ") if each]:
            table = [["甲", ID["甲"], "医保", yuan, "2023-11-01", *rest] for yuan, *rest in lines]
            code, answer = run(folder, "import-payments", write_xlsx(tmp_path / f"{number}.xlsx", [HEADINGS, *table]))
            assert code == 0, answer
    with district(folder) as known:
        found = reconciliation_of(known)
        assert found.lines["paid_fen"].sum() == int(paid) * 100
        assert known.received["amount_fen"].sum() == int(paid) * 100
    assert run(folder, "verify")[0] == 0


def test_no_money_whatever_decides(tmp_path: Path) -> None:
    """A broken ID (E107, E103) beside 失败: the row goes back as E308, and its money is none."""
    folder = workspace(tmp_path)
    registry = [["镇街", "村居", "姓名", "公民身份号码"], ["阴平镇", "东村", "甲", ID["甲"]]]
    assert run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", registry))[0] == 0
    rows = [
        ["甲", f"#{ID['甲'][:15]}000", "医保", "380", "2023-11-01", "R1", "失败"],
        ["甲", ID["甲"][:17], "医保", "380", "2023-11-01", "R2", "失败"],
        ["甲", "E12345678", "医保", "380", "2023-11-01", "R3", "失败"],
    ]
    code, answer = run(folder, "import-payments", write_xlsx(tmp_path / "税务.xlsx", [HEADINGS, *rows]))
    assert (code, answer["findings"]) == (0, {"E308": 2, "E112": 1})
    with district(folder) as known:
        found = reconciliation_of(known)
        assert found.payments["left_out"].tolist() == ["本行已失效"] * 3
        assert found.lines["paid_fen"].sum() == 0


def test_the_department_sees_its_word(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    rows = [["姓名", "身份证号", "保障状态"], ["甲", ID["甲"], "停保"]]
    assert run(folder, "import-roster", write_xlsx(tmp_path / "低保.xlsx", rows), "--category", "低保")[0] == 0
    code, answer = run(folder, "feedback-export", "-o", tmp_path / "反馈")
    assert code == 0, answer
    book = openpyxl.load_workbook(answer["files"][0])
    cells = [str(cell) for paper in book for row in paper.iter_rows(values_only=True) for cell in row if cell]
    assert [cell for cell in cells if "写的是“停保”" in cell] != []
