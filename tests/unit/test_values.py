"""What one cell says: dates and amounts as departments write them."""

import pandas as pd
import pytest

from fcins.values import UNUSABLE_FEN, dates, read_date, read_fen, read_year, without_code

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
    20231105101500       2023-11-05
    202311051015         2023-11-05
    20231105 101500      2023-11-05
    2023-11-05T10:15:00+08:00    2023-11-05
    2023-11-05T10:15:00.000+0800 2023-11-05
    2023-11-04T16:00:00Z         2023-11-05
    2023-11-04T15:59:59.999Z     2023-11-04
    2023年11月5日 10时15分       2023-11-05
    2023年11月5日10时15分30秒    2023-11-05
    2023年11月5日 星期日         2023-11-05
    2023/11/05 10:15:00.000      2023-11-05
    2023-11-05 10:15:00.0        2023-11-05
    2023-11-05 10:15:00,123      2023-11-05
    2023/11/5 上午10:15:00       2023-11-05
    2023/11/5 周日 3:20 PM       2023-11-05
    05/11/2023                   ?
    20231105251500               ?
    1699150500000                ?
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


UNITS = """
    38000     1       38000
    0.038     1000000 38000
    3800      10      38000
    380元     1       38000
    38000.5   1       ?
    0.0380001 1000000 ?
    380.00    100     38000
"""


@pytest.mark.parametrize("line", UNITS.strip().splitlines())
def test_an_amount_in_the_unit_of_its_column(line: str) -> None:
    text, unit, read = line.split()
    assert read_fen(text, int(unit)) == (UNUSABLE_FEN if read == "?" else int(read))


YEARS = """
    2024                        2024
    2024年度                    2024
    202401                      2024
    202401-202412               2024
    2024.01-2024.12             2024
    2024年1月至12月             2024
    2024年1月1日至2024年12月31日 2024
    20240101-20241231           2024
    2024-01-01                  2024
    45292                       2024
    2023-12-3120:24:00          2023
    202309-202408               -1
    2023-09-01至2024-08-31      -1
    2024/2025                   -1
    本年                        -1
    24年                        -1
"""


@pytest.mark.parametrize("line", YEARS.strip().splitlines())
def test_a_period_belongs_to_one_year_or_none(line: str) -> None:
    text, read = line.rsplit(maxsplit=1)
    assert read_year(text.strip()) == int(read)


CODES = """
    1-男              男
    01-汉族           汉族
    1|正常            正常
    1、正常           正常
    A1.正常           正常
    370499 阴平镇     阴平镇
    男                男
    1-2               1-2
    2023-11-05        2023-11-05
    1组               1组
"""


@pytest.mark.parametrize("line", CODES.strip().splitlines())
def test_a_code_before_a_word(line: str) -> None:
    text, word = line.rsplit(maxsplit=1)
    assert without_code(text) == word
