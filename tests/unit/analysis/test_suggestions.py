"""Whom a failed row may mean: one table for each kind of slip, the expected candidates written by hand."""

import re

import pandas as pd
import pytest
from sheets import sheet

from fcins.analysis import candidates
from fcins.analysis.suggestions import slips_in_words, suggest
from fcins.assessment.residents import RESIDENT_COLUMNS

# Two called 王小明 share a birthday, a third has only the name; 张建国 and 李秀英 are one household.
PEOPLE = """
    | name        | citizen_id         | town     | village | household_no | status |
    | 张建国      | 370499196001010011 | 阴平镇   | 东村    | 1            | 正常 |
    | 李秀英      | 37049919600101002X | 阴平镇   | 东村    | 1            | 正常 |
    | 王小明      | 370499198506300232 | 阴平镇   | 东村    | 2            | 正常 |
    | 王小明      | 370499198506300793 | 榴园镇   | 东村    | 2            | 正常 |
    | 王小明      | 37049919921125013X | 坛山街道 | 南社区  | 3            | 正常 |
    | 赵翠花      | 370499194803090106 | 阴平镇   | 西村    | 4            | 死亡 |
    | 钱进        | 370499201508170659 | 阴平镇   | 西村    | 5            | 正常 |
    | 孙大海      | 370499197112060390 | 榴园镇   | 大东村  | 6            | 正常 |
    | 买买提·艾力 | 370499197910030057 | 榴园镇   | 东村    | 7            | 正常 |
    | 吴迁        | 370499199007210181 | 坛山街道 | 南社区  | 8            | 迁出 |
    | 郑平        | 370499197805091261 | 榴园镇   | 大东村  |              | 正常 |
    | 冯平安      | 370499196602031993 | 榴园镇   | 大东村  |              | 正常 |
    | 周平        | 370499195005050016 | 榴园镇   | 大东村  | 10           | 死亡 |
    | 周平        | 370499195005050235 | 榴园镇   | 大东村  | 11           | 正常 |
"""

SLIPS = """
    | name   | id_text             | code | town   | village | who  | why |
    | 张建国 | 37049919600101001   | E103 | 阴平镇 | 东村    | 0011 | 少一位（第18位） |
    | 张建国 | 37049919600010011   | E103 |        |         | 0011 | 少一位（第12位） |
    | 张建国 | 3704991960501010011 | E103 |        |         | 0011 | 多一位（第11位） |
    | 张建国 | 370499196001010017  | E106 |        |         | 0011 | 第18位不同 |
    | 张建国 | 37O499196001010011  | E104 |        |         | 0011 | 第3位不同 |
    | 张建国 | 370499196001100011  | E106 |        |         | 0011 | 第13、14位互换 |
    | 孙大海 | 370499197110260390  | E106 |        |         | 0390 | 第12、13位互换 |
    | 孙大海 | 370499197112060309  | E106 |        |         | 0390 | 末位与倒数第二位互换 |
    | 李秀英 | 3704991960010100X2  | E104 |        |         | 002X | 末位与倒数第二位互换 |
"""

TWO_SLIPS = """
    | name | id_text              | code | who  | why |
    | 钱进 | 370499201508170755   | E201 | 0659 | 第16、18位不同 |
    | 钱进 | 370499210580170659   | E106 | 0659 | 第8、9位互换，第11、12位互换 |
    | 钱进 | 3704992015817065     | E103 | 0659 | 少两位（第11、18位） |
    | 钱进 | 37049920150817006539 | E103 | 0659 | 多两位（第16、19位） |
    | 钱进 | 370499210508170650   | E106 | 0659 | 第8、9位互换，第18位不同 |
    | 钱进 | 730499201508170759   | E106 | 0659 | 第1、2位互换，第16位不同 |
    | 吴迁 | 370499199007210182   | E106 | 0181 | 第18位不同；此人户籍状态为迁出 |
"""

# 郑平: as a double …264, by a writer of 16 digits …300, whose double is …328.
NUMBERS = """
    | name       | id_text              | code | who  | why |
    | 张建国     | 370499196001010000   | E107 | 0011 | 前15位相同，末3位被Excel改成0 |
    | 张建国     | 370499196001009984   | E107 | 0011 | 前15位相同，末3位被Excel改成0 |
    | 钱进       | 370499201508170688   | E107 | 0659 | 按数字保存后与此号码一致 |
    | 钱进       | 370499201508170660   | E107 | 0659 | 按数字保存后与此号码一致 |
    | 冯安       | 370499196602032000   | E107 | 1993 | 姓名差一个字，按数字保存后与此号码一致 |
    | 郑平       | 370499197805091328   | E107 | 1261 | 按数字保存后与此号码一致 |
    | 钱进       | 3.70499201508171E+17 | E107 | 0659 | 按数字保存后与此号码一致 |
    | 赵翠花     | 3.7049919480309E+17  | E107 | 0106 | 前15位相同，末3位被Excel改成0；此人户籍状态为死亡 |
    | 赵翠花     | 370499480309010      | E107 | 0106 | 15位旧号码，换算后与此号码一致；此人户籍状态为死亡 |
    | 钱进       | 370499201580170000   | E107 | 0659 | 第11、12位互换，末3位被Excel改成0 |
    | 钱进       | 37049920158170600    | E107 | 0659 | 少一位（第11位），末2位被Excel改成0 |
    | 买买提艾力 | 370499197910030000   | E107 | 0057 | 姓名差一个字，前15位相同，末3位被Excel改成0 |
    | 赵翠花     | 37049919480309000    | E107 | 0106 | 前15位相同，少一位，末2位被Excel改成0；此人户籍状态为死亡 |
    |            | 370499197910030000   | E107 | 0057 | 原表没有姓名，前15位相同，末3位被Excel改成0 |
"""

OLD = """
    | name   | id_text         | code | who  | why |
    | 孙大海 | 370499711206093 | E201 | 0390 | 15位旧号码，末位与倒数第二位互换 |
    | 孙大海 | 370499711306039 | E105 | 0390 | 15位旧号码，第10位不同 |
    | 孙大海 | 37049971206039  | E103 | 0390 | 15位旧号码，少一位（第9位） |
    | 孙大海 | 370499711206X93 | E104 | 0390 | 15位旧号码，末位与倒数第二位互换，第13位不同 |
    | 钱进   | 370499150817056 | E201 | 0659 | 姓名相同，户籍库中仅1人 |
"""

# Every candidate of a row, best first.
RANKED = """
    | name     | id_text            | code | town     | village    | who  | why |
    | 王小明   | 370499198506300000 | E107 | 榴园镇   |            | 0793 | 前15位相同，末3位被Excel改成0 |
    |          |                    |      |          |            | 0232 | 前15位相同，末3位被Excel改成0 |
    | 王小明   | 370499198506300224 | E107 | 榴园镇   |            | 0232 | 按数字保存后与此号码一致 |
    |          |                    |      |          |            | 0793 | 姓名相同、出生日期相同 |
    | 王小明   | 370499198506305555 | E106 |          |            | 0232 | 姓名相同、出生日期相同 |
    |          |                    |      |          |            | 0793 | 姓名相同、出生日期相同 |
    | 王小明   | 370499198506305555 | E106 | 榴园镇   |            | 0793 | 姓名相同、出生日期相同 |
    |          |                    |      |          |            | 0232 | 姓名相同、出生日期相同 |
    | 周平     | 370499195005059919 | E106 |          |            | 0016 | 姓名相同、出生日期相同；此人户籍状态为死亡 |
    |          |                    |      |          |            | 0235 | 姓名相同、出生日期相同 |
    | 周平     | 370499195005059999 | E106 |          |            | 0235 | 姓名相同、出生日期相同 |
    |          |                    |      |          |            | 0016 | 姓名相同、出生日期相同；此人户籍状态为死亡 |
    | 王小明   | 37049919920101     | E103 |          |            | 013X | 姓名相同，户籍库中仅3人 |
    |          |                    |      |          |            | 0232 | 姓名相同，户籍库中仅3人 |
    |          |                    |      |          |            | 0793 | 姓名相同，户籍库中仅3人 |
    | 王小明   | 3.70499E+17        | E107 | 阴平镇   | 阴平东村3  | 0232 | 姓名相同，同村（居）仅1人 |
    | 王小明   | 3.70499E+17        | E107 | 坛山街道 | 北社区     | 013X | 姓名相同，同镇（街道）仅1人 |
    | 王小明   | 3.70499E+17        | E107 |          | 东村村委会 | 0232 | 姓名相同，同村（居）仅2人 |
    |          |                    |      |          |            | 0793 | 姓名相同，同村（居）仅2人 |
    | 孙大海   | 3.70499E+17        | E107 | 古邵镇   | 东村       |      | none of the name there |
    | 张健国   | 370499196001010011 | E202 |          |            | 0011 | 该号码登记为此人，姓名差一个字 |
    | 张国     | 370499196001010011 | E202 |          |            | 0011 | 该号码登记为此人，姓名差一个字 |
    | 国建张   | 370499196001010011 | E202 |          |            | 0011 | 该号码登记为此人，姓名不同 |
    | 张建国   | 37049919600101002X | E202 | 阴平镇   | 东村       | 0011 | 姓名相同，与该号码登记的人同户 |
    |          |                    |      |          |            | 002X | 该号码登记为此人，姓名不同 |
    | 王小明   | 370499196001010011 | E202 | 坛山街道 |            | 0011 | 该号码登记为此人，姓名不同 |
    |          |                    |      |          |            | 013X | 姓名相同，同镇（街道）仅1人 |
    | 郑平     | 370499196602031993 | E202 |          |            | 1993 | 该号码登记为此人，姓名不同 |
    |          |                    |      |          |            | 1261 | 姓名相同，户籍库中仅1人 |
    | 孙人海   | 370499197112060391 | E106 |          |            | 0390 | 姓名差一个字，第18位不同 |
    | 孙大海   | 370499197110260390 | E106 |          |            | 0390 | 第12、13位互换 |
    | 孙大洋   | 370499197110260390 | E106 |          |            | 0390 | 姓名差一个字，第12、13位互换 |
    | 孙大海洋 | 3704991971206039   | E103 |          |            |      | a near name and two slips |
    | 孙小洋   | 370499197112060391 | E106 |          |            |      | two characters |
    |          | 370499197112060391 | E106 |          |            | 0390 | 原表没有姓名，第18位不同 |
    |          | 370499171112060390 | E106 |          |            |      | two slips and no name |
    | 张建国   | 370499196001010011 | E201 |          |            |      | his own ID says nothing new |
"""


def frame(table: str) -> pd.DataFrame:
    heading, *rows = sheet(table)
    return pd.DataFrame(rows, columns=heading, dtype="str")


def residents(table: str = PEOPLE) -> pd.DataFrame:
    people = frame(table)
    people["key"] = people["citizen_id"].str.slice(0, 17).astype("int64")
    return people.reindex(columns=RESIDENT_COLUMNS, fill_value="")


def rows_of(table: str) -> tuple[pd.DataFrame, dict[int, list[tuple[str, str]]]]:
    """The failed rows of a table, and for each line its candidates in order: the last four of the ID, and why.

    Without a code a row of the table tells another candidate of the row above.
    """
    told = frame(table)
    told["line"] = (told["code"] != "").cumsum() * 10
    rows = told[told["code"] != ""].reindex(
        columns=["line", "name", "id_text", "code", "town", "village"], fill_value=""
    )
    expected: dict[int, list[tuple[str, str]]] = {line: [] for line in rows["line"]}
    for line, who, why in told.loc[told["who"] != "", ["line", "who", "why"]].itertuples(index=False):
        expected[line].append((who, why))
    return rows.reset_index(drop=True), expected


@pytest.mark.parametrize("table", [SLIPS, TWO_SLIPS, NUMBERS, OLD, RANKED], ids=["one", "two", "number", "old", "all"])
def test_candidates(table):
    rows, expected = rows_of(table)
    seen: dict[int, list[tuple[str, str]]] = {line: [] for line in rows["line"]}
    for each in suggest(rows, residents()).itertuples(index=False):
        seen[each.line].append((each.citizen_id[-4:], each.why))
    assert seen == expected


def test_answer_is_a_frame_of_residents():
    rows, _ = rows_of(RANKED)
    people = residents()
    answer = suggest(rows, people)
    assert answer.columns.tolist() == ["line", "rank", "key", "citizen_id", "name", "town", "village", "why"]
    assert answer["line"].is_monotonic_increasing
    assert answer.groupby("line")["rank"].agg(list).map(lambda ranks: ranks == [1, 2, 3][: len(ranks)]).all()
    own = people.set_index("key").loc[answer["key"], ["citizen_id", "name", "town", "village"]]
    assert own.to_numpy().tolist() == answer[own.columns].to_numpy().tolist()


def test_other_codes_get_nobody():
    codes = [
        "E101",
        "E102",
        "E112",
        "E203",
        "E204",
        "E206",
        "E301",
        "E302",
        "E303",
        "E305",
        "E501",
        "E601",
        "D401",
        "W205",
    ]
    rows = pd.DataFrame({"line": range(len(codes)), "code": codes}).assign(
        name="王小明", id_text="370499198506300231", town="", village=""
    )
    assert suggest(rows, residents()).empty


def test_nothing_to_compare():
    rows, _ = rows_of(SLIPS)
    assert suggest(rows.iloc[:0], residents()).empty
    assert suggest(rows, residents().iloc[:0]).empty


def test_any_text_is_borne():
    texts = [
        "",
        "0",
        "X",
        "\0",
        "1E999",
        "9.9E+19",
        "9" * 5000,
        "٣٧٠٤٩٩١٩٦٠٠١٠١٠٠١١",
        "370499\n19600101",
        "张" * 18,
        "🙂" * 17,
    ]
    rows = pd.DataFrame([(text, code) for text in texts for code in ("E103", "E104", "E107", "E202")])
    rows = rows.set_axis(["id_text", "code"], axis=1).assign(line=range(len(rows)), name="无此人", town="", village="")
    assert suggest(rows, residents()).empty


def test_what_is_raised_names_no_id():
    """A resident twice is a mistake of the program; its traceback may be sent on."""
    rows, _ = rows_of(RANKED)
    with pytest.raises(pd.errors.InvalidIndexError) as raised:
        suggest(rows, pd.concat([residents(), residents()], ignore_index=True))
    assert not re.search("[0-9]{6}", str(raised.value))


def test_a_name_of_thousands_is_no_block(monkeypatch):
    """A file of placeholders: only IDs are compared, and the ID's slip still finds its person."""
    monkeypatch.setattr(candidates, "COMMON", 2)
    rows, _ = rows_of(RANKED)
    rows = rows[rows["name"] == "王小明"]
    answer = suggest(rows, residents())
    assert not answer["why"].str.contains("仅").any()
    slipped = rows.iloc[:1].assign(id_text="370499198506300231", code="E106")
    assert suggest(slipped, residents())["why"].tolist() == ["第18位不同", "姓名相同、出生日期相同"]


def test_parts_change_nothing(monkeypatch):
    rows, _ = rows_of(RANKED)
    whole = suggest(rows, residents())
    monkeypatch.setattr(candidates, "PAIRS", 1)
    pd.testing.assert_frame_equal(suggest(rows, residents()), whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abdc", "末位与倒数第二位互换"),
        ("bacd", "第1、2位互换"),
        ("abXd", "第3位不同"),
        ("aXXd", "第2、3位不同"),
        ("abd", "少一位（第3位）"),
        ("ad", "少两位（第2、3位）"),
        ("abXcd", "多一位（第3位）"),
        ("bacXd", "第1、2位互换，多一位（第4位）"),
        ("bcdX", "少一位（第1位），多一位（第4位）"),
    ],
)
def test_slips_in_words(text, words):
    assert slips_in_words(text, "abcd") == words
