"""Citizen IDs and names, worked by hand. The people are invented, and so are the foreign documents."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from fcins.characters import unified
from fcins.identity import (
    age_on,
    birthdays,
    bracketed,
    check_digit,
    check_ids,
    mask,
    mask_column,
    mask_text,
    normalise_ids,
    normalise_names,
)

TODAY = date(2024, 1, 31)
FLAGS = ["missing", "foreign", "destroyed", "bad_length", "bad_character", "bad_birth", "bad_check", "raised"]

# The first is GB 11643 by hand: 3·7+7·9+0·10+4·5+9·8+9·4+1·2+9·1+6·6+0·3+0·7+1·9+0·10+1·5+0·8+0·4+1·2 = 275,
# 275 mod 11 = 0, whose check digit is 1. With sequence 002 it is 277, 2, X.
VALID = """
    | given              | citizen_id         | birth      | sex | raised |
    | 370499196001010011 | 370499196001010011 | 1960-01-01 | 男  |        |
    | 37049919600101002X | 37049919600101002X | 1960-01-01 | 女  |        |
    | 370499200002290018 | 370499200002290018 | 2000-02-29 | 男  |        |
    | 370499202401310011 | 370499202401310011 | 2024-01-31 | 男  |        |
    | 370499600101001    | 370499196001010011 | 1960-01-01 | 男  | raised |
    | 370499600101002    | 37049919600101002X | 1960-01-01 | 女  | raised |
"""

# All flags that a text raises; 810000… and 9… with a wrong check digit are bad IDs like any other.
REFUSED = """
    | given                | flags                    | why                                     |
    |                      | missing                  |                                         |
    | 3                    | bad_length               |                                         |
    | X                    | bad_length               |                                         |
    | 37049919600101001    | bad_length               | 17                                      |
    | 3704991960010100111  | bad_length               | 19                                      |
    | 3704996001010011     | bad_length               | 16                                      |
    | 3704991960010100X    | bad_length               | X at the end of 17                      |
    | 3704991960X1010011   | bad_character            |                                         |
    | X70499196001010011   | bad_character            |                                         |
    | 3704991960010100XX   | bad_character            |                                         |
    | 37049919600101O011   | bad_character            | a letter O                              |
    | 370499196001010O1    | bad_length bad_character |                                         |
    | 张三                 | bad_length bad_character |                                         |
    | 37049919600101001张  | bad_character            |                                         |
    | 张张张张张张         | bad_length bad_character | 18 bytes, 6 characters                  |
    | 37049960010100X      | bad_character            | X at the end of 15                      |
    | 370499190002290011   | bad_birth                | 1900 was no leap year                   |
    | 370499196002300010   | bad_birth                |                                         |
    | 370499196013010019   | bad_birth                |                                         |
    | 370499196000010011   | bad_birth                | wrong check digit too                   |
    | 370499196001000016   | bad_birth                |                                         |
    | 370499000001010014   | bad_birth                | year 0                                  |
    | 370499202402010010   | bad_birth                | after today                             |
    | 370499600230001      | bad_birth                |                                         |
    | 370499196001010012   | bad_check                |                                         |
    | 37049919600101001X   | bad_check                |                                         |
    | 370499196001010020   | bad_check                | 0 where X is due                        |
    | 810000199001010018   | bad_check                |                                         |
    | 911156199001010012   | bad_check                |                                         |
    | 911156199013010012   | bad_birth                |                                         |
    | 810001199001010015   |                          | not one of the three places: a valid ID |
    | 810000199001010019   | foreign                  |                                         |
    | 820000199001010029   | foreign                  |                                         |
    | 830000199001010039   | foreign                  |                                         |
    | 810000199013010016   | foreign                  | the check digit alone decides           |
    | 911156199001010010         | foreign                  |                                         |
    | E12345678            | foreign                  |                                         |
    | e12345678            | foreign                  |                                         |
    | H1234567890          | foreign                  |                                         |
    | H123456(7)           | foreign                  |                                         |
    | H123456（A）         | foreign                  |                                         |
    | USA123456789012      | foreign                  |                                         |
    | ABCD123456           | bad_length bad_character | four letters                            |
    | E12345               | bad_length bad_character | five digits                             |
    | 军字第12345678号     | foreign                  |                                         |
    | 3.70499E+17          | destroyed                |                                         |
    | 3.70499196001011E+17 | destroyed                |                                         |
    | 3.70499e+17          | destroyed                |                                         |
    | 3E17                 | destroyed                |                                         |
    | 3.70499196001010E    | bad_length bad_character |                                         |
    | 370499.196001        | bad_length bad_character |                                         |
"""


def table(text: str) -> list[dict[str, str]]:
    heading, *rows = ([cell.strip() for cell in line.strip()[1:-1].split("|")] for line in text.strip().split("\n"))
    return [dict(zip(heading, row, strict=True)) for row in rows]


def raised_flags(checked: pd.DataFrame) -> list[str]:
    return [" ".join(flag for flag in FLAGS if row[flag]) for _, row in checked.iterrows()]


def days(*texts: str) -> npt.NDArray[np.datetime64]:
    return np.array(texts, "datetime64[D]")


def test_valid_ids() -> None:
    rows = pd.DataFrame(table(VALID))
    checked = check_ids(rows["given"], TODAY)
    assert checked["citizen_id"].tolist() == rows["citizen_id"].tolist()
    assert checked["key"].tolist() == [int(each[:17]) for each in rows["citizen_id"]]
    assert checked["birth"].dt.strftime("%Y-%m-%d").tolist() == rows["birth"].tolist()
    assert checked["sex"].tolist() == rows["sex"].tolist()
    assert raised_flags(checked) == rows["raised"].tolist()


def test_refused_ids() -> None:
    rows = pd.DataFrame(table(REFUSED))
    checked = check_ids(rows["given"], TODAY)
    seen = dict(zip(rows["given"], raised_flags(checked), strict=True))
    assert seen == dict(zip(rows["given"], rows["flags"], strict=True))


def test_a_refused_id_gives_nothing_to_work_with() -> None:
    rows = pd.DataFrame(table(REFUSED))
    checked = check_ids(rows["given"], TODAY)[rows["flags"].ne("").to_numpy()]
    assert set(checked["citizen_id"]) == {""}
    assert set(checked["key"]) == {0}
    assert set(checked["sex"]) == {""}
    assert checked["birth"].isna().all()


def test_check_ids_keeps_the_index_and_the_types() -> None:
    twice = pd.Index([7, 7, 3])
    checked = check_ids(pd.Series(["370499600101001", None, "37049919600101002X"], index=twice, dtype="str"), TODAY)
    assert checked.index.equals(twice)
    assert checked["missing"].tolist() == [False, True, False]
    assert checked.dtypes.astype(str).to_dict() == {
        "citizen_id": "str", "key": "int64", "birth": "datetime64[s]", "sex": "str", **dict.fromkeys(FLAGS, "bool"),
    }  # fmt: skip
    assert check_ids(pd.Series([], dtype="str"), TODAY).dtypes.equals(checked.dtypes)


def test_check_ids_of_a_slice() -> None:
    column = pd.Series(["E12345678", "370499196001010011", "370499600101001", "37049919600101002X"], dtype="str")
    assert check_ids(column[1:3], TODAY)["citizen_id"].tolist() == ["370499196001010011"] * 2


@pytest.mark.parametrize(
    "bad", ["", "3704991960010100", "3704991960010100X", "３7049919600101001", "370499196001010011"]
)
def test_check_digit_asks_for_17_digits(bad: str) -> None:
    with pytest.raises(ValueError, match="17 digits") as caught:
        check_digit(bad)
    assert "370499" not in str(caught.value)


def test_check_digit() -> None:
    assert (check_digit("37049919600101001"), check_digit("37049919600101002")) == ("1", "X")


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("37049919600101002x", "37049919600101002X"),
        ("37049919600101002×", "37049919600101002X"),
        ("37049919600101002ｘ", "37049919600101002X"),
        ("37049919600101002Ⅹ", "37049919600101002X"),
        ("３７０４９９１９６００１０１００２Ｘ", "37049919600101002X"),
        (" 370499 19600101\t0011\r\n", "370499196001010011"),
        ("370499\u00a019600101\u30000011", "370499196001010011"),
        ("\ufeff370499\u200b196001\u200d01\u20600011\u2028", "370499196001010011"),
        ("'370499196001010011", "370499196001010011"),
        (" ’ 370499196001010011", "370499196001010011"),
        ("＇\"'370499196001010011", "370499196001010011"),
        ('="370499196001010011"', "370499196001010011"),
        ("'370499196001010011'", "370499196001010011"),
        ("＝“370499196001010011”", "370499196001010011"),
        ("\u202d370499196001010011\u202c", "370499196001010011"),
        ("\u200e370499196001010011\ufeff", "370499196001010011"),
        ("#N/A", ""),
        ("#REF!", ""),
        ("#DIV/0!", ""),
        ("Err:502", ""),
        ("H123456（7）", "H123456(7)"),
        ("３.70499Ｅ＋17", "3.70499E+17"),
        ("军字第\u300012号", "军字第12号"),
        ("e12345678", "e12345678"),
        ("\n", ""),
        (None, ""),
    ],
)
def test_normalise_ids(came: str | None, read: str) -> None:
    # Among others, so that each path must put its rows back where they were.
    column = pd.Series(["370499600101001", came, " x", "×", None, "a\nb　"], index=list("fedcba"), dtype="str")
    normal = normalise_ids(column)
    assert normal.tolist() == ["370499600101001", read, "X", "X", "", "ab"]
    assert normal.index.equals(column.index)
    assert normal.dtype == "str"
    assert normalise_ids(normal).equals(normal)


@pytest.mark.parametrize("empty", [[], [None], [float("nan")], [""]])
def test_normalise_nothing(empty: list[object]) -> None:
    for normalise in (normalise_ids, normalise_names, mask_column):
        assert normalise(pd.Series(empty, dtype="object")).tolist() == [""] * len(empty)


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("张三", "张三"),
        (" 张　 三\u200b\n", "张三"),
        ("李\U000e0100四\ufe00", "李四"),
        ("王\u3164五\u2800\uffa0", "王五"),
        *((f"买买提{dot}艾力", "买买提·艾力") for dot in "·•・･‧⋅∙·．.。●-ꞏ᛫゠"),
        ("买买提 . 艾力", "买买提·艾力"),
        ("买买提.艾力.阿不都", "买买提·艾力·阿不都"),
        ("㐀.𠀀", "㐀·𠀀"),
        ("J.Smith", "J.Smith"),
        ("王五.", "王五."),
        ("Ｊohn　ｓ", "Johns"),
        ("\ue863芳", "䶮芳"),
        ("\ue81e\ue816\ue864", "龴𠂇龻"),
        ("\ue814", "\ue814"),
        ("\uf9d1郎\ufa0e Ａ", "\uf9d1郎\ufa0eA"),
        ("⼤明", "大明"),
        ("郑⻓河", "郑长河"),
        ("⾼⻘⼾⻩", "高青户黄"),
        ("赵大柱（曾用名赵铁柱）", "赵大柱"),
        ("孙福来(户主)", "孙福来"),
        ("（户主）孙福来", "孙福来"),
        ("孙福来【户主】", "孙福来"),
        ("孙福来（户主", "孙福来"),
        ("孙福来（户主）（女）", "孙福来"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("=1+1", "=1+1"),
        ("周建国*", "周建国"),
        ("★周建国", "周建国"),
        ('="周建国"', "周建国"),
        ("'周建国", "周建国"),
        ("（无）", "(无)"),
        ("#N/A", ""),
        ("#REF!", ""),
        ("＃VALUE!", ""),
        (None, ""),
    ],
)
def test_normalise_names(came: str | None, read: str) -> None:
    column = pd.Series(["赵六", came, "钱 七", None], index=[2, 2, 1, 0], dtype="str")
    normal = normalise_names(column)
    assert normal.tolist() == ["赵六", read, "钱七", ""]
    assert normal.index.equals(column.index)
    assert normalise_names(normal).equals(normal)


def test_what_stands_in_brackets() -> None:
    names = pd.Series(
        ["赵大柱（曾用名赵铁柱）", "孙福来", "周建国（已故", "李(户主)[女]", None], index=list("abcde"), dtype="str"
    )
    found = bracketed(names)
    assert found.tolist() == ["(曾用名赵铁柱)", "", "(已故", "(户主)，[女]", ""]
    assert found.index.equals(names.index)


def test_private_characters_are_those_of_gb18030() -> None:
    # Python's codec follows GB 18030-2000: it knows all but the fourteen that Unicode took in later.
    trail = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    by_codec = [bytes([0xFE, each]).decode("gb18030") for each in trail]
    private = [chr(0xE815 + place) for place in range(80)]
    later = dict(zip(private, normalise_names(pd.Series(private)), strict=True))
    for character, decoded in zip(private, by_codec, strict=True):
        if decoded == character:
            assert later.pop(character) in "𠂇𠂉𠃌龴龵龶龷𡗗龸𢦏龹龺𤇾龻"
        else:
            assert later.pop(character) == unified(decoded)  # some of them are radicals
    assert not later


MASKS = """
    | given                | head | tail | masked               |
    | 370499196001010011   | 6    | 1    | 370499***********1   |
    | 37049919600101002X   | 6    | 1    | 370499***********X   |
    | 37049919600101002X   | 6    | 4    | 370499********002X   |
    | 37049919600101002X   | 0    | 0    | ******************   |
    | 37049919600101002X   | 14   | 3    | 37049919600101*02X   |
    | 37049919600101002X   | 14   | 4    | ******************   |
    | 37049919600101002X   | 20   | 20   | ******************   |
    | 370499600101001      | 6    | 1    | 370499********1      |
    | 370499600101001      | 6    | 4    | ***************      |
    | 37049919600101001    | 6    | 1    | 370499**********1    |
    | 37049919600101001111 | 6    | 1    | 370499*************1 |
    | E12345678            | 6    | 1    | *********            |
    | 3                    | 6    | 1    | *                    |
    |                      | 6    | 1    |                      |
"""


@pytest.mark.parametrize("row", table(MASKS), ids=lambda row: f"{row['given']}-{row['head']}-{row['tail']}")
def test_mask(row: dict[str, str]) -> None:
    head, tail = int(row["head"]), int(row["tail"])
    assert mask(row["given"], head, tail) == row["masked"]
    column = pd.Series([row["given"], None, "370499196001010011"], index=[3, 1, 1], dtype="str")
    masked = mask_column(column, head, tail)
    assert masked.tolist() == [row["masked"], "", mask("370499196001010011", head, tail)]
    assert masked.index.equals(column.index)


@pytest.mark.parametrize(("head", "tail"), [(-1, 1), (6, -1)])
def test_mask_refuses_negative_numbers(head: int, tail: int) -> None:
    with pytest.raises(ValueError, match="fewer than 0"):
        mask("370499196001010011", head, tail)
    with pytest.raises(ValueError, match="fewer than 0"):
        mask_column(pd.Series([], dtype="str"), head, tail)


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("第14行：370499196001010011校验码不对", "第14行：370499***********1校验码不对"),
        ("37049919600101002x,370499600101001", "370499***********x,370499********1"),
        ("370499196001010011 37049919600101002X", "370499***********1 370499***********X"),
        ("370499600101001 370499600101002", "370499********1 370499********2"),
        ("('37049919600101001',)", "('370499**********1',)"),
        ("key 37049919600101001 张三", "key 370499**********1 张三"),
        ("证号37049919600101001143", "证号370499*************3"),
        ("370499 19600101 0011。", "370499***********1。"),
        ("３７０４９９１９６００１０１００２Ｘ", "３７０４９９***********Ｘ"),
        (
            "2023-12-21至2024-01-20，13800000000，14位12345678901234",
            "2023-12-21至2024-01-20，13800000000，14位12345678901234",
        ),
        ("没有证号", "没有证号"),
        ("", ""),
    ],
)
def test_mask_text(message: str, masked: str) -> None:
    assert mask_text(message) == masked


AGES = """
    | birth      | on         | age |
    | 1960-01-01 | 2019-12-31 | 59  |
    | 1960-01-01 | 2020-01-01 | 60  |
    | 1963-12-31 | 2023-12-31 | 60  |
    | 1964-01-01 | 2023-12-31 | 59  |
    | 1953-12-20 | 2023-12-19 | 69  |
    | 2000-02-29 | 2016-02-28 | 15  |
    | 2000-02-29 | 2016-02-29 | 16  |
    | 2000-02-29 | 2023-02-28 | 22  |
    | 2000-02-29 | 2023-03-01 | 23  |
    | 2000-02-28 | 2023-02-28 | 23  |
    | 2023-12-31 | 2023-12-31 | 0   |
    | 2024-01-15 | 2023-12-31 | -1  |
    | 2030-01-15 | 2023-12-31 | -1  |
    | NaT        | 2023-12-31 | -1  |
"""


@pytest.mark.parametrize("row", table(AGES), ids=lambda row: f"{row['birth']}-{row['on']}")
def test_age(row: dict[str, str]) -> None:
    age = age_on(days(row["birth"]), date.fromisoformat(row["on"]))
    assert age.dtype == np.int16
    assert age.tolist() == [int(row["age"])]


def test_age_from_a_frame() -> None:
    checked = check_ids(pd.Series(["370499196001010011", "?"], dtype="str"), TODAY)
    assert age_on(checked["birth"].to_numpy(), date(2023, 12, 31)).tolist() == [63, -1]


def test_birthdays() -> None:
    birth = days("1960-01-01", "2000-02-29", "2000-02-29", "1959-12-31", "NaT")
    assert birthdays(birth, np.array([60, 16, 23, 0, -1], np.int16)).tolist() == [
        date(2020, 1, 1), date(2016, 2, 29), date(2023, 3, 1), date(1959, 12, 31), None,
    ]  # fmt: skip
    assert birthdays(days("1953-12-20", "2000-02-29"), 70).astype(str).tolist() == ["2023-12-20", "2070-03-01"]
