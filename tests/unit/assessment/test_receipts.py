"""Lines of the tax office's, worked by hand: what repeats, what contradicts, which day counts. 四（三）1, 六（二）."""

import pandas as pd
import pytest
from sheets import sheet

from fcins.assessment import receipts
from fcins.policy.loading import load_policy

POLICY, BOOKED = load_policy("fengcheng-2024"), load_policy("example-quota-district")


@pytest.mark.parametrize(
    ("receipt", "destroyed"),
    [
        ("2.43705E+19", True), ("2.43705e+19", True), ("2E+19", True), ("2.43705E19", True),
        ("24370499230000000000", True),
        ("243704992300001000", True), ("243704992300001", False), ("24370499230000100", False),
        ("243704992300001001", False), ("R20", False), ("12E5", False), ("2437049923000010000000", True),
    ],
)  # fmt: skip
def test_what_excel_has_destroyed(receipt: str, destroyed: bool) -> None:
    """Scientific notation, or 18 and more digits, all zeros from the 16th on; trailing zeros alone are a key."""
    assert receipts.destroyed(pd.Series([receipt], dtype="str")).tolist() == [destroyed]


def payments(table: str) -> pd.DataFrame:
    """Facts of payments as text."""
    headings, *rows = sheet(table)
    frame = pd.DataFrame(rows, columns=headings)
    for name, usual in (("fee_year", "2024"), ("batch", "1"), ("scheme", "medical"), ("paid_on", "2023-11-01"),
                        ("collected_on", ""), ("name", "王一"), ("id_text", ""), ("receipt_no", "")):  # fmt: skip
        if name not in frame:
            frame[name] = usual
    types = dict.fromkeys(("key", "amount_fen", "fee_year", "batch"), "int64")
    frame = frame.astype({name: types.get(name, "str") for name in frame.columns})
    return frame.assign(counted_on=receipts.counted_on(frame, POLICY))


def test_the_day_that_counts() -> None:
    """The day the agent took it; not of a refund, nor where it lies after the day it came in; [dates.payment_day]."""
    rows = payments("""
        | key | amount_fen | collected_on | paid_on    |
        | 1   | 38000      | 2023-12-18   | 2024-01-05 |
        | 1   | 38000      |              | 2024-01-05 |
        | 1   | -38000     | 2023-12-18   | 2024-01-05 |
        | 1   | 38000      | 2024-01-09   | 2024-01-05 |
        | 1   | 38000      | 2023-12-18   |            |
    """)
    assert rows["counted_on"].tolist() == ["2023-12-18", "2024-01-05", "2024-01-05", "2024-01-05", "2023-12-18"]
    assert receipts.counted_on(rows, BOOKED).tolist() == rows["paid_on"].tolist()


def test_the_same_line() -> None:
    """Receipt, sign, person, scheme and fee year; somebody without an ID is whoever bears the name there."""
    rows = payments("""
        | key | name | id_text | scheme  | fee_year | amount_fen | receipt_no |
        | 1   | 王一 |         | medical | 2024     | 38000      | X          |
        | 1   | 王二 |         | medical | 2024     | 40000      | X          |
        | 0   | 王一 | 3704    | medical | 2024     | 38000      | X          |
        | 1   | 王一 |         | medical | 2024     | -38000     | X          |
        | 1   | 王一 |         | pension | 2024     | 38000      | X          |
        | 1   | 王一 |         | medical | 2023     | 38000      | X          |
        | 2   | 李二 |         | medical | 2024     | 38000      | X          |
        | 1   | 王一 |         | medical | 2024     | 38000      |            |
        | 3   | 张三 |         | medical | 2024     | 38000      | Y          |
    """)
    line = receipts.lines_of_receipts(rows)
    assert line[0] == line[1] == line[2] >= 0
    assert len(set(line[2:7].tolist())) == 5
    assert line[7] == line[8] == -1
    assert receipts.repeated(rows, line).tolist() == [False] * 2 + [True] + [False] * 6
    assert receipts.contradicted(rows, line).tolist() == [True] * 3 + [False] * 6


COPIES = """
    | batch | key | amount_fen | paid_on    | receipt_no  |
    | 1     | 1   | 38000      | 2023-11-01 | 2.43705E+19 |
    | 1     | 1   | 38000      | 2023-11-01 | 2.43705E+19 |
    | 2     | 1   | 38000      | 2023-11-01 | A1          |
    | 2     | 1   | 38000      | 2023-11-02 | A2          |
    | 3     | 1   | 38000      | 2023-11-01 | 2.43705E+19 |
    | 3     | 2   | 38000      | 2023-11-01 | 2.43705E+19 |
"""
"""File 1 has two alike without a number: of one of them file 2 has the number. That of file 3 is one of these two."""


def test_a_copy_without_a_number() -> None:
    rows = payments(COPIES)
    for order in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 4, 0, 5, 1, 3]):
        shuffled = rows.iloc[order].reset_index(drop=True)
        spoilt = receipts.destroyed(shuffled["receipt_no"])
        copies = receipts.copies_without_number(shuffled, spoilt, spoilt | True)
        counted = shuffled[~copies]
        assert sorted(counted.groupby("key")["amount_fen"].agg(["size"])["size"].tolist()) == [1, 3]
        assert copies[(shuffled["receipt_no"] == "A1").to_numpy()].tolist() == [False]
        assert copies[(shuffled["batch"] == 3).to_numpy() & (shuffled["key"] == 1).to_numpy()].tolist() == [True]


@pytest.mark.parametrize(
    ("table", "day"),
    [
        ("| 1 | 38000 | 2023-11-01 | A |", "2023-11-01"),
        ("| 1 | 38000 | 2023-11-01 | A |\n| 1 | -38000 | 2023-11-05 | A |", None),
        ("| 1 | 38000 | 2023-11-01 | A |\n| 1 | -38000 | 2023-11-05 | F |", None),
        (
            "| 1 | 38000 | 2023-11-01 | A |\n| 1 | -38000 | 2023-11-05 | F |\n| 1 | 38000 | 2023-11-09 | B |",
            "2023-11-09",
        ),
        # Paid twice, the first paid back afterwards, by its receipt: the second stands.
        (
            "| 1 | 38000 | 2023-11-01 | A |\n| 1 | 38000 | 2023-11-09 | B |\n| 1 | -38000 | 2023-11-20 | A |",
            "2023-11-09",
        ),
        ("| 1 | 38000 | 2023-11-01 | A |\n| 1 | -19000 | 2023-11-05 | A |", "2023-11-01"),
    ],
)
def test_what_was_paid_back_fixes_no_age(table: str, day: str | None) -> None:
    rows = payments(f"| key | amount_fen | paid_on | receipt_no |\n{table}")
    assert receipts.first_days(rows, 2024)["day"].tolist() == ([day] if day else [])
    assert receipts.first_days(rows, 2023).empty
