"""Rows whose own columns say that they no longer hold: what follows for money, notices and feedback."""

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from sheets import district, person, run, sheet, workspace, write_xlsx

from fcins.analysis.reconciliation import reconciliation_of
from fcins.identity import check_ids

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


CASES = sheet(MONEY)[1:]
SOMEBODY = [person("1990-01-01", number) for number, _ in enumerate(CASES, start=1)]
"""Each case has a person of its own, and receipts of their own."""
KEYS = check_ids(pd.Series(SOMEBODY, dtype="str"), date(2023, 12, 1))["key"].tolist()

PAID: dict[tuple[int, int], dict[int, tuple[int, int]]] = {}


def paid_when(order: tuple[int, int], folder: Path) -> dict[int, tuple[int, int]]:
    """Case → fen that reconcile counts and fen that are received, where the files of all cases come in this order."""
    made = workspace(folder)
    registry = [["镇街", "村居", "姓名", "公民身份号码"]]
    registry += [["阴平镇", "东村", "甲", number] for number in SOMEBODY]
    assert run(made, "import-households", write_xlsx(folder / "户籍.xlsx", registry))[0] == 0
    for at in order:
        table = [
            ["甲", SOMEBODY[case], "医保", yuan, "2023-11-01", f"{case}{receipt}", state]
            for case, files in enumerate(CASES)
            for yuan, receipt, state in (each.split() for each in files[at].split(", ") if each)
        ]
        code, answer = run(made, "import-payments", write_xlsx(folder / f"{at}.xlsx", [HEADINGS, *table]))
        assert code == 0, answer
    with district(made) as known:
        counted = reconciliation_of(known).lines.groupby("citizen_id")["paid_fen"].sum()
        received = known.received.groupby("key")["amount_fen"].sum()
    assert (
        counted.sum() == received.sum() == sum(int(paid) * 100 for *_, paid in CASES)
    )  # and nothing is anybody else's
    assert run(made, "verify")[0] == 0
    return {
        case: (int(counted.get(SOMEBODY[case], 0)), int(received.get(KEYS[case], 0))) for case, _ in enumerate(CASES)
    }


@pytest.mark.parametrize("case", range(len(CASES)), ids=map("|".join, CASES))
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_money(tmp_path: Path, case: int, order: tuple[int, int]) -> None:
    if order not in PAID:
        PAID[order] = paid_when(order, tmp_path)
    fen = int(CASES[case][2]) * 100
    assert PAID[order][case] == (fen, fen)


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
