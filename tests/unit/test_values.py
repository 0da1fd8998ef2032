"""What one cell says: dates and amounts as departments write them."""

import pandas as pd
import pytest

from fcins.values import UNUSABLE_FEN, dates, read_date, read_fen

DATES = """
    1960-1-1             1960-01-01
    1960.1.1             1960-01-01
    1960/1/1             1960-01-01
    19600101             1960-01-01
    1960年1月1日         1960-01-01
    １９６０．１．１     1960-01-01
    1960 - 1 - 1         1960-01-01
    1960年1月            1960-01
    21916                1960-01-01
    21916.65             1960-01-01
    2023/12/2 15:30      2023-12-02
    2023/10/1 10:05:00   2023-10-01
    2023/12/3 20:30      2023-12-03
    2023-12-9 9:05       2023-12-09
    2023-12-12 15:30     2023-12-12
    2023-12-02T15:30:00  2023-12-02
    2023-12-2 15:30:00.5 2023-12-02
    2023年12月2日15:30   2023-12-02
    2023年12月2日 15：30 2023-12-02
    2023.12.2　15:30     2023-12-02
    20231202 15:30:00    2023-12-02
    2023-12-215:30       ?
    2023-12-2 15         ?
    15:30                ?
    2023-13-1            ?
    2023-2-30            ?
    不详                 ?
"""


@pytest.mark.parametrize("line", DATES.strip().splitlines())
def test_a_date_is_read_as_it_is_written_or_not_at_all(line: str) -> None:
    text, read = line.strip().rsplit(maxsplit=1)
    assert read_date(text) == read


def test_blank_cells_are_no_date() -> None:
    assert read_date("") == read_date(" 　") == ""


def test_a_month_alone_is_its_first_day_unless_the_day_counts() -> None:
    column = pd.Series(["2023年11月", "2023-11-05", ""], dtype="str")
    assert dates(column).tolist() == ["2023-11-01", "2023-11-05", ""]
    assert dates(column, to_the_day=True).tolist() == ["?", "2023-11-05", ""]


AMOUNTS = """
    380            38000
    380.00         38000
    ￥1,000        100000
    1，000         100000
    1,234,567.80   123456780
    12,345元       1234500
    -1,380.00      -138000
    1,00           ?
    3,80           ?
    38,0.00        ?
    1,0000         ?
    1,234,56       ?
    1234,567       ?
    0,380          ?
    1,000,         ?
    ,380           ?
    380.0,00       ?
"""


@pytest.mark.parametrize("line", AMOUNTS.strip().splitlines())
def test_a_comma_counts_only_between_thousands(line: str) -> None:
    """3,80 may be 380 or 3.80: it is nobody's amount."""
    text, read = line.split()
    assert read_fen(text) == (UNUSABLE_FEN if read == "?" else int(read))
