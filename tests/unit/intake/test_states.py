"""Columns of states and remarks, words by hand: what each says of its row, in which kind of list."""

import numpy as np
import pandas as pd
import pytest
from sheets import sheet

from fcins.headings import locate
from fcins.intake.states import Stated, read_states, state_of
from fcins.intake.ticks import read_ticks
from fcins.policy.loading import load_policy
from fcins.workbooks.reading import RawSheet

POLICY = load_policy("fengcheng-2024")

WORDS = """
    | 说法                         | 意思    |
    | 正常 在保 成功 有效 已入库   | holds   |
    | 正常参保 未注销 缴费成功     | holds   |
    | 停保 终止参保 暂停参保       | left    |
    | 死亡停发 正常停发 已毕业     | left    |
    | 失败 已作废 已注销 审核不通过 | void    |
    | 扣款未成功 未生效            | void    |
    | 已冲正 已退费 退款成功       | back    |
    | 未缴费 待缴费 未参保         | never   |
    | 停保后恢复 退费失败          | again   |
    | 疑似停保 部分退费 处理中     | unclear |
    | 2级 没有停保 1               | ?       |
    | 无 /                         |         |
"""


@pytest.mark.parametrize(("word", "meaning"), [(word, row[1]) for row in sheet(WORDS)[1:] for word in row[0].split()])
def test_words(word: str, meaning: str) -> None:
    assert state_of(word) == meaning


ANSWERS = """
    | 表头问的 | 是    | 否    |
    | 注销     | void  | holds |
    | 有效     | holds | void  |
    | 停保     | left  | holds |
    | 缴费     | holds | never |
    | 退费     | back  | holds |
    | 独特     | ?     | ?     |
"""


@pytest.mark.parametrize(("asked", "yes", "no"), sheet(ANSWERS)[1:])
def test_yes_and_no_are_read_with_the_heading(asked: str, yes: str, no: str) -> None:
    assert [state_of(text, asked) for text in ("是", "1", "√", "否", "0")] == [yes, yes, yes, no, no]


def raw(table: str, title: str = "") -> RawSheet:
    rows = sheet(table)
    heading = locate(rows, [frozenset({"name"})])
    assert heading is not None
    body = pd.DataFrame(rows[1:], dtype="str")
    number = np.arange(2, len(rows) + 1)
    numeric = np.zeros(body.shape, np.bool_)
    return RawSheet(
        "名单.xlsx", "Sheet1", False, title, heading.headings, heading.fields, body, number, numeric, 0, None
    )


def ends(found: Stated) -> list[int]:
    """The rows that do not hold, as Excel numbers them."""
    return (np.flatnonzero(found.ended | found.back) + 2).tolist()


MONEY = """
    | 姓名 | 交易状态 | 是否作废 | 参保状态 | 缴费状态 |
    | 王一 | 成功     | 否       | 参保     | 已缴     |
    | 王二 | 失败     | 否       | 参保     | 已缴     |
    | 王三 | 成功     | 是       | 参保     | 已缴     |
    | 王四 | 成功     | 否       | 停保     | 已缴     |
    | 王五 | 已退费   | 否       | 参保     | 已缴     |
    | 王六 | 成功     | 否       | 参保     | 未缴     |
"""


def test_all_columns_count_and_each_list_has_its_own() -> None:
    """Money is not gone because its payer left; and who has not paid is a member all the same."""
    found = {kind: read_states(raw(MONEY), kind, POLICY) for kind in ("payments", "roster", "enrolment", "households")}
    assert {kind: ends(each) for kind, each in found.items()} == {
        "payments": [3, 4, 6, 7],
        "roster": [4],
        "enrolment": [4, 5],
        "households": [4],
    }
    assert np.flatnonzero(found["payments"].back).tolist() == [4]
    (told,) = found["payments"].notices
    assert (told.code, told.rows, told.text[:20]) == ("N104", (5,), "“参保状态”一列写着“停保”1行，与各行")


def test_insurance_that_ended_ends_a_list_of_the_insured() -> None:
    assert ends(read_states(raw(MONEY), "roster", POLICY, insured=True)) == [4, 5]


UNCLEAR = """
    | 姓名 | 状态   | 婚姻状态 | 健康状况 | 是否空巢 | 是否独特 | 户籍状态 | 类别标志 | 是否低保 |
    | 王一 | 正常   | 离婚     | 死亡     | 是       | 是       | 正常     |          | 否       |
    | 王二 | 异常   | 丧偶     | 良好     | 否       | 否       | 人户分离 |          | 是       |
    | 王三 | 有待定 | 未婚     | 良好     | 否       | 否       | 正常     |          | 是       |
"""


def test_what_is_not_understood_is_told() -> None:
    found = read_states(raw(UNCLEAR), "enrolment", POLICY)
    assert ends(found) == []
    assert [(each.code, each.text.partition("，")[0], each.loses) for each in found.notices] == [
        ("N104", "“状态”一列写着“异常”1行、“有待定”1行", False),
        ("N104", "“是否独特”一列写着“否”2行、“是”1行", False),
        ("N104", "“户籍状态”一列写着“人户分离”1行", False),
    ]


def test_no_number_is_repeated() -> None:
    found = read_states(raw("| 姓名 | 唯一标识 |\n| 王一 | 370499196001011234 |"), "payments", POLICY)
    assert [each.text.partition("，")[0] for each in found.notices] == ["“唯一标识”一列有1种写法"]


REMARKS = """
    | 姓名 | 备注               | 说明   |
    | 王一 | 2022年5月去世      |        |
    | 王二 | 未死亡             |        |
    | 王三 | 没有死亡或迁出     |        |
    | 王四 | 是否已迁出待核实   |        |
    | 王五 |                    | 服刑   |
    | 王六 | 已停发             |        |
    | 王七 | 联系不上           |        |
    | 王八 | 不幸病故           |        |
"""


def test_remarks() -> None:
    found = read_states(raw(REMARKS), "roster", POLICY)
    assert (np.flatnonzero(found.remarked) + 2).tolist() == [2, 6, 7, 9]
    assert not read_states(raw(REMARKS), "changes", POLICY).remarked.any()  # of course they left


def test_another_year_is_told() -> None:
    table = "| 姓名 | 年度 |\n| 王一 | 2024 |\n| 王二 | 2023 |\n| 王三 | 2023-2024 |"
    (told,) = read_states(raw(table), "enrolment", POLICY).notices
    assert (told.code, told.rows, "2023年1行" in told.text) == ("N303", (3,), True)
    assert read_states(raw(table), "payments", POLICY).notices == ()


TICKED = """
    | 姓名 | 低保对象 | 特困人员 | 是否孤儿 |
    | 王一 | √        |          | 否       |
    | 王二 |          | √        | 是       |
    | 王三 |          |          | 否       |
"""


def test_ticks() -> None:
    found = read_ticks(raw(TICKED), POLICY, None)
    assert list(found.categories) == [["dibao"], ["tekun", "orphan"], []]
    assert [(each.code, each.rows, each.loses) for each in found.notices] == [("N303", (4,), True)]
    asked = read_ticks(raw(TICKED), POLICY, "dibao")
    assert list(asked.categories) == [["dibao"], [], []]
    (told,) = asked.notices
    assert told.text == "“低保对象”列没有打√的2行不算这类人员，没有读入（其中打√的：特困人员1行、孤儿1行）"


def test_ticks_beside_what_the_list_is_about() -> None:
    """A list of the disabled tells who is 低保 as well: everybody on it is disabled all the same."""
    table = "| 姓名 | 是否低保 | 残疾等级 |\n| 王一 | 是 | 一级 |\n| 王二 | 否 | 二级 |"
    beside = read_ticks(raw(table), POLICY, "disability")
    assert beside.categories is None
    assert [each.text for each in beside.notices] == ["“是否低保”列打√的有1行，没有采用：各行的人员类别另有说明"]
    assert read_ticks(raw(table, "重度残疾人名册"), POLICY, None).categories is None
