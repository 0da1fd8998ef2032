"""Headings and value words: what is recognised, which row is the heading row, who stands in which column."""

from itertools import pairwise

import pandas as pd
import pytest

from fcins.headings import heading_key, load_headings, locate, nearest

ROSTER = [
    frozenset({"name", "citizen_id"}),
    frozenset({"wife_id", "husband_id"}),
    frozenset({"name", "disability_cert"}),
]


def rows(table: str) -> list[list[str]]:
    """A sheet as text, one row per line, cells between bars."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]


def found(table: str) -> list[str]:
    """The fields `locate` finds, as name or name#slot, - for none."""
    heading = locate(rows(table), ROSTER)
    assert heading is not None
    return ["-" if hit is None else hit[0] + (f"#{hit[1]}" if hit[1] else "") for hit in heading.fields]


def test_a_word_belongs_to_one_field():
    words = [(heading_key(word), name) for name, some in load_headings().fields.items() for word in some]
    owners = pd.DataFrame(words, columns=["word", "field"]).drop_duplicates()
    assert owners[owners.duplicated("word", keep=False)].to_dict("records") == []


def test_a_value_word_belongs_to_one_value():
    for kind, table in load_headings().values.items():
        words = pd.Series({(value, word): heading_key(word) for value, some in table.items() for word in some})
        owners = words.reset_index().groupby(0)["level_0"].nunique()
        assert (owners == 1).all(), kind


def test_canonical():
    assert load_headings().canonical("citizen_id") == "公民身份号码"
    assert load_headings().canonical("town") == "镇街"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("姓 名", "name"),
        ("姓\n名", "name"),
        ("姓名（必填）", "name"),
        ("＊身份证号：", "citizen_id"),
        ("身份证号（18位）", "citizen_id"),
        ("镇（街道）", "town"),
        ("镇（街）", "town"),
        ("村（居）", "village"),
        ("【村居】", "village"),
        ("缴费金额（元）", "paid_amount"),
        ("缴费金额元", "paid_amount"),
        ("资助金额(元/年)", "aid_amount"),
        ("残疾人证号", "disability_cert"),
        ("费款所属期", "fee_year"),
        ("女方公民身份号码", "wife_id"),
        ("未参保原因", "gap_reason"),
        ("代收日期", "collected_on"),
        ("备注", "remark"),
        ("参保状态", "state"),
        ("序号", None),
        ("", None),
        ("监护人姓名", None),
        ("身份证号（监护人）", None),
        ("姓名（签字）", None),
        ("监护人电话", None),
    ],
)
def test_field_of(text, expected):
    hit = load_headings().field_of(text)
    assert (hit and hit[0]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("家庭成员1姓名", ("name", "1")),
        ("成员2身份证号", ("citizen_id", "2")),
        ("家庭成员一姓名", ("name", "一")),
        ("共同生活家庭成员2 身份证号", ("citizen_id", "2")),
        ("家庭成员姓名", ("name", "*")),
        ("姓名3", ("name", "3")),
        ("家庭成员1电话", None),
        ("人员姓名", ("name", "")),
    ],
)
def test_members(text, expected):
    assert load_headings().field_of(text) == expected


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        ("缴费人姓名 | 缴费人证件号码 | 参保人姓名 | 参保人证件号码", "payer_name payer_id name citizen_id"),
        ("参保人姓名 | 参保人证件号码 | 缴费人姓名 | 缴费人证件号码", "name citizen_id payer_name payer_id"),
        ("姓名 | 身份证号 | 缴费人名称 | 缴费人识别号", "name citizen_id payer_name payer_id"),
        ("缴费人名称 | 缴费人识别号 | 险种", "name citizen_id scheme"),
        ("缴费人 | 身份证件号码 | 险种", "name citizen_id scheme"),
        ("被保险人姓名 | 被保险人证件号码 | 代缴人姓名 | 代缴人证件号码", "name citizen_id - -"),
        ("姓名 | 身份证号 | 经办人姓名 | 经办人身份证号", "name citizen_id - -"),
        ("姓名 | 身份证号 | 姓名（代缴人） | 身份证号（代缴人）", "name citizen_id - -"),
        ("姓名 | 身份证号 | 变动类型 | 变动原因", "name citizen_id change change_reason"),
        ("姓名 | 身份证号 | 变动原因", "name citizen_id change"),
        (
            "户主姓名 | 户主身份证号 | 家庭成员姓名 | 家庭成员身份证号",
            "household_head household_head_id name citizen_id",
        ),
        ("申请人姓名 | 申请人身份证号 | 家庭成员姓名 | 身份证号", "household_head household_head_id name citizen_id"),
        ("申请人姓名 | 申请人身份证号", "name citizen_id"),
        ("姓名 | 身份证号 | 配偶姓名 | 配偶身份证号", "name citizen_id spouse_name spouse_id"),
        ("姓名 | 身份证号 | 监护人姓名 | 监护人身份证号", "name citizen_id - -"),
    ],
)
def test_whose_columns_they_are(headings, fields):
    """Payer and insured, head and member, person and spouse; a payer is the person where nobody else is."""
    assert found(headings) == fields.split()


def test_the_payer_over_two_rows():
    table = """
        | 缴费人 |          | 参保人 |          | 险种 |
        | 姓名   | 证件号码 | 姓名   | 证件号码 |      |
        | 赵小军 | 370499196001011234 | 孙福来 | 370499195801011214 | 医保 |
    """
    assert found(table) == ["payer_name", "payer_id", "name", "citizen_id", "scheme"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("监护人身份证号", True),
        ("父亲公民身份号码", True),
        ("户主身份证号", True),
        ("身份证号", False),
        ("监护人电话", False),
    ],
)
def test_ids_of_somebody_else(text, expected):
    assert load_headings().id_of_somebody_else(text) is expected


def test_one_heading_row_below_a_title():
    heading = locate(
        rows("""
        | 榴园镇低保名册 |        |          |
        | 单位：榴园镇   |        | 2023年11月 |
        | 序号           | 姓名   | 身份证号 |
        | 1              | 张三   | 370499196001011234 |
        """),
        ROSTER,
    )
    assert (heading.first, heading.height) == (2, 1)
    assert heading.fields == [None, ("name", 0), ("citizen_id", 0)]


def test_two_heading_rows_of_a_couple():
    heading = locate(
        rows("""
        | 计生奖扶家庭名册 |      |          |      |          |      |
        | 序号 | 女方 |          | 男方 |          | 家庭类别 |
        |      | 姓名 | 身份证号 | 姓名 | 身份证号 |      |
        | 1    | 李四 | 370499196001011224 | 王五 | 370499195801011214 | 独生子女 |
        """),
        ROSTER,
    )
    assert (heading.first, heading.height) == (1, 2)
    assert heading.headings == ["序号", "女方姓名", "女方身份证号", "男方姓名", "男方身份证号", "家庭类别"]
    names = [hit[0] if hit else "" for hit in heading.fields]
    assert names == ["", "wife_name", "wife_id", "husband_name", "husband_id", "family_kind"]


def test_two_heading_rows_with_a_group():
    table = """
        | 镇街 | 基本信息 |              |      |
        |      | 姓名     | 公民身份号码 | 性别 |
        | 榴园镇 | 张三   | 370499196001011234 | 男 |
        """
    assert found(table) == ["town", "name", "citizen_id", "sex"]
    assert locate(rows(table), ROSTER).height == 2


def test_a_title_is_no_heading_row():
    heading = locate(
        rows("""
        | 基本信息 |              |
        | 姓名     | 公民身份号码 |
        """),
        ROSTER,
    )
    assert (heading.first, heading.height) == (1, 1)


def test_the_first_data_row_is_no_heading_row():
    heading = locate(
        rows("""
        | 姓名 | 公民身份号码 | 身份 | 备注 |
        | 张三 |              | 户主 |      |
        """),
        ROSTER,
    )
    assert heading.height == 1
    assert heading.fields == [("name", 0), ("citizen_id", 0), None, ("remark", 0)]


def test_a_guardian_over_two_rows_is_not_the_child():
    table = """
        | 孤儿名册 |      |          |        |          |
        | 序号     | 儿童 |          | 监护人 |          |
        |          | 姓名 | 身份证号 | 姓名   | 身份证号 |
        | 1        | 张三 | 370499201001011234 | 李四 | 370499196001011224 |
        """
    assert found(table) == ["-", "name", "citizen_id", "-", "-"]


def test_a_head_over_two_rows_is_one_of_the_people():
    table = """
        | 户主 |          | 成员1 |          |
        | 姓名 | 身份证号 | 姓名  | 身份证号 |
        """
    assert found(table) == ["name", "citizen_id", "name#1", "citizen_id#1"]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        ("| 姓名 | 身份证号 | 姓名 | 身份证号 |", "name citizen_id name#1 citizen_id#1"),
        ("| 姓名 | 姓名 | 身份证号 | 身份证号 |", "name name#1 citizen_id citizen_id#1"),
        ("| 姓名 | 身份证号 | 姓名1 | 身份证号1 |", "name citizen_id name#1 citizen_id#1"),
        (
            "| 镇街 | 姓名 | 身份证号 | 性别 | 家庭成员1姓名 | 成员1身份证号 | 成员1性别 |",
            "town name citizen_id sex name#1 citizen_id#1 sex#1",
        ),
        (
            "| 姓名 | 身份证号 | 家庭成员1姓名 | 家庭成员1关系 | 家庭成员1身份证号 | 成员2姓名 | 成员2身份证号 |",
            "name citizen_id name#1 relation#1 citizen_id#1 name#2 citizen_id#2",
        ),
        (
            "| 关系 | 姓名 | 身份证号 | 关系 | 姓名 | 身份证号 |",
            "relation name citizen_id relation#1 name#1 citizen_id#1",
        ),
        (
            "| 姓名 | 残疾人证号 | 等级 | 姓名 | 残疾人证号 | 等级 |",
            "name disability_cert disability_level name#1 disability_cert#1 disability_level#1",
        ),
        ("| 户主姓名 | 姓名 | 身份证号 |", "household_head name citizen_id"),
        ("| 户主姓名 | 身份证号 | 姓名 |", "household_head citizen_id name"),
        (
            "| 户主姓名 | 户主身份证号 | 家庭成员1姓名 | 家庭成员1身份证号 |",
            "name citizen_id name#1 citizen_id#1",
        ),
        ("| 姓名 | 身份证号 | 户主姓名 | 户主身份证号 |", "name citizen_id household_head household_head_id"),
        ("| 姓名 | 身份证号 | 证件号码 |", "name citizen_id -"),
        ("| 姓名 | 身份证号 | 电话 | 联系电话 | |", "name citizen_id phone - -"),
    ],
)
def test_people_on_one_row(headings, expected):
    assert found(headings) == expected.split()


def test_not_found():
    assert locate(rows("| 姓名 | 备注 |\n| 张三 | 370499196001011234 |"), ROSTER) is None


def test_nearest_hints():
    best = nearest(rows("| 名册 | | |\n| 序号 | 姓名 | 身份证好码 |\n| 1 | 张三 | 370499196001011234 |"), [ROSTER[0]])
    assert (best.row, best.seen, best.missing) == (1, ["序号", "姓名", "身份证好码"], ["公民身份号码"])
    assert best.hints == ["“身份证好码”是“身份证号码”吗？"]


def test_nearest_quotes_no_data():
    best = nearest(rows("| 张三 | 370499196001011234 |\n| 李四 | 370499196001011224 |"), [ROSTER[0]])
    assert (best.seen, best.missing) == ([], ["公民身份号码", "姓名"])


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("disability_level", "一级 1级 1 Ⅰ I 壹级 一 壹 １级 ２ Ⅳ 五级", "1 1 1 1 1 1 1 1 1 2 4 ?"),
        ("sex", "男 女 男性 1 ２ f 不详", "男 女 男 男 女 女 ?"),
        (
            "scheme",
            "医保 城乡居民基本养老保险费 居民养老 城乡居民基本医疗保险 工伤",
            "medical pension pension medical ?",
        ),
        ("hukou_status", "正常 已死亡 亡故 户口迁出 销户", "正常 死亡 死亡 迁出 注销"),
        ("change", "新增 出生 迁入 去世 迁出 注销", "新增 出生 迁入 死亡 迁出 销户"),
        ("residency", "本地户籍 外来常住 非户籍", "户籍 常住非户籍 常住非户籍"),
        ("family_kind", "独生子女 双女绝育户", "独生子女 双女绝育"),
        ("family_kind", "双女未绝育 三孩 已取消 曾独生子女 非独生子女 双女不绝育", "? ? ? ? ? ?"),
        ("head_relation", "户主 本人 子女", "户主 户主 ?"),
        ("full_amount", "全额 全部 380", "全额 全额 ?"),
    ],
)
def test_value(kind, cells, expected):
    values = load_headings().value(kind, pd.Series(cells.split(), index=range(5, 5 + len(cells.split())), dtype="str"))
    assert values.tolist() == expected.split()
    assert values.index[0] == 5


def test_value_of_nothing():
    assert load_headings().value("sex", pd.Series(["", "　", " 男 "], dtype="str")).tolist() == ["", "", "男"]
    assert load_headings().value("sex", pd.Series([], dtype="str")).tolist() == []


def test_longer_village_suffixes_come_first():
    suffixes = load_headings().words["village_suffixes"]
    assert not any(later.endswith(earlier) and later != earlier for earlier, later in pairwise(suffixes))


SAID = """
    answer             | 已死亡，取消                       | 已死亡
    answer             | 本人未死亡，户籍登记有误，请公安核实 | ?
    answer             | 没有去世                           | ?
    answer             | 不幸去世                           | 已死亡
    answer             | 未死亡，已迁出                     | 已迁出
    answer             | 未死亡、迁出                       | ?
    answer             | 没有死亡或迁出                     | ?
    answer             | 是否已死亡，待核实                 | ?
    answer             | 并非已死亡                         | ?
    answer             | 未查到死亡信息                     | ?
    answer             | 误报死亡，人健在                   | ?
    answer             | 非正常死亡                         | 已死亡
    answer             | 不予取消                           | ?
    answer             | 不同意取消资格                     | ?
    answer             | 不符合条件                         | 取消资格
    answer             | 不再享受                           | 取消资格
    answer             | 不属于重复，同名两人               | ?
    gap_cause          | 不在外地参保，自愿放弃             | 自愿放弃
    gap_cause          | 没有参加职工医保                   | ?
    gap_cause          | 不是自愿放弃                       | ?
    gap_cause          | 本人不愿参保                       | 自愿放弃
    gap_cause          | 联系不上                           | 失联
    gap_cause          | 病故                               | 已死亡
    hukou_status_parts | 未死亡                             | ?
    hukou_status_parts | 是否已死亡待核实                   | ?
    hukou_status_parts | 无死亡、迁出情况                   | ?
    hukou_status_parts | 未办理死亡注销                     | ?
    hukou_status_parts | 不正常                             | ?
    hukou_status_parts | 2020年去世                         | 死亡
"""


@pytest.mark.parametrize("line", SAID.strip().splitlines())
def test_a_word_that_is_denied_is_not_said(line: str) -> None:
    kind, text, value = (cell.strip() for cell in line.split("|"))
    assert load_headings().contained(kind, text) == value


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("独生子女（已取消）", "?"),
        ("双女绝育(原)", "?"),
        ("双女户[未绝育]", "?"),
        ("独生子女（女孩）", "独生子女"),
        ("双女（绝育）", "双女绝育"),
        ("", ""),
    ],
)
def test_brackets_that_deny_the_word_are_read(text: str, read: str) -> None:
    assert load_headings().plainly("family_kind", pd.Series([text], dtype="str")).tolist() == [read]
