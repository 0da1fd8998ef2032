"""Tables on stdout: plain aligned lines where nobody sits before it, whatever their length."""

import pytest

from fcins.cli.screen import print_table


def test_piped_tables_are_plain_and_never_folded(capsys: pytest.CaptureFixture[str]) -> None:
    long = "阴平镇" * 100
    print_table(["镇（街道）", "人数", "金额"], [["阴平镇", 12, "3.50"], ["a", 3, "-12.00"], [long, "", "0.00"]])
    assert capsys.readouterr().out.splitlines() == [
        "镇（街道）" + " " * 590 + "   人数     金额",
        "─" * (600 + 3 + 4 + 3 + 6),
        "阴平镇" + " " * 594 + "     12     3.50",
        "a" + " " * 599 + "      3   -12.00",
        long + "            0.00",
    ]


def test_a_table_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["镇", "人数"], [])
    assert capsys.readouterr().out.splitlines() == ["镇   人数", "─" * 9]
