"""Who forms one household, person by person."""

import numpy as np
import pandas as pd
import pytest
from sheets import sheet

from fcins.assessment.households import household_numbers, plain_numbers

COLUMNS = {
    "村居": "village",
    "组": "group",
    "户号": "household_no",
    "户主": "household_head",
    "姓名": "name",
    "关系": "relation",
}

# 户: which people are together, in the order in which the households first stand.
TABLES = {
    "a number that lost its zero": """
        | 村居 | 组  | 户号    | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 0600001 | 赵一 | 赵一 | 户主 | 0  |
        | 东村 | 1组 | 600001  | 赵一 | 钱二 | 配偶 | 0  |
        | 东村 | 1组 | ０６００００２ | 孙三 | 孙三 | 户主 | 1  |
        | 东村 | 1组 | 600002.0 | 孙三 | 李四 | 配偶 | 1  |
        | 西村 | 1组 | 600001  | 周五 | 周五 | 户主 | 2  |
    """,
    "numbers that begin anew in each group": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 | 1组 | 1    | 赵一 | 钱二 | 配偶 | 0  |
        | 东村 | 2组 | 1    | 孙三 | 孙三 | 户主 | 1  |
        | 东村 | 2组 | 1    | 孙三 | 李四 | 配偶 | 1  |
    """,
    "the same, by the group alone": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 1    |      | 赵一 |      | 0  |
        | 东村 | 1组 | 1    |      | 钱二 |      | 0  |
        | 东村 | 2组 | 1    |      | 孙三 |      | 1  |
    """,
    "the same, the group only on the head's row": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 |     | 1    | 赵一 | 钱二 | 配偶 | 0  |
        | 东村 | 2组 | 1    | 孙三 | 孙三 | 户主 | 1  |
        | 东村 |     | 1    | 孙三 | 李四 | 配偶 | 1  |
    """,
    "two heads of one name in two groups": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 | 2组 | 1    | 赵一 | 赵一 | 户主 | 1  |
    """,
    "one head, a member in another group": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 | 2组 | 1    | 赵一 | 钱二 | 配偶 | 0  |
    """,
    "one number of two heads who both stand there": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 |     | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 |     | 1    | 孙三 | 孙三 | 户主 | 1  |
        | 东村 |     | 1    | 孙三 | 李四 | 配偶 | 1  |
    """,
    "a head's name misspelt on a member's row": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 |     | 1    | 赵一 | 赵一 | 户主 | 0  |
        | 东村 |     | 1    | 赵乙 | 钱二 | 配偶 | 0  |
    """,
    "no numbers, or nothing at all": """
        | 村居 | 组  | 户号 | 户主 | 姓名 | 关系 | 户 |
        | 东村 | 1组 |      | 赵一 | 赵一 |      | 0  |
        | 东村 | 2组 |      | 赵一 | 钱二 |      | 0  |
        | 东村 | 1组 |      |      | 孙三 |      | 1  |
        | 东村 | 1组 |      |      | 李四 |      | 2  |
    """,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_who_is_together(table: str) -> None:
    heading, *rows = sheet(table)
    people = pd.DataFrame(rows, columns=heading, dtype="str")
    frame = people.rename(columns=COLUMNS).assign(town="阴平镇")
    found = household_numbers(frame, np.arange(len(frame)))
    assert found.tolist() == people["户"].astype(int).tolist()


def test_plain_numbers() -> None:
    numbers = pd.Series(
        ["0600001", "600001.0", "０６", "6 0", "0", "000", "A-01", ""], index=list("abcdefgh"), dtype="str"
    )
    plain = plain_numbers(numbers)
    assert plain.tolist() == ["600001", "600001", "6", "60", "0", "0", "A-01", ""]
    assert plain.index.equals(numbers.index)
