"""What a department's own cells say of a finding, in the words of its feedback."""

from pathlib import Path

import pandas as pd
from sheets import person, write_xlsx

from fcins.documents.own_cells import quotations
from fcins.intake.facts import REQUIRED
from fcins.workbooks.reading import read_workbook

ONE, TWO, THREE = person("1980-01-01"), person("1981-01-01"), person("1982-01-01")


def quoted(path: Path, table: str, code: str, *people: tuple[int, str, str], role: str = "") -> list[str]:
    """`quotations` of some lines (place in the sheet, name, ID)."""
    (sheet,) = read_workbook(write_xlsx(path / "残联.xlsx", table), REQUIRED["roster"])
    return quotations(code, role, pd.DataFrame(people, columns=["at", "name", "id_text"]), sheet)


def test_a_level_is_quoted_with_the_certificate_that_overrules_it(tmp_path: Path) -> None:
    """The 20th place of the number is the level: 43 is kind 4, level 3. An empty cell is not quoted."""
    table = f"""
    | 姓名 | 身份证号  | 残疾等级   | 残疾人证号 |
    | 王一 | {ONE}     | 一级、三级 |            |
    | 李二 | {TWO}     | 二级       | {TWO}43    |
    | 赵三 | {THREE}44 |            |            |
    | 钱四 | {ONE}     |            |            |
    """
    people = [(0, "王一", ONE), (1, "李二", TWO), (2, "赵三", THREE), (3, "钱四", ONE)]
    assert quoted(tmp_path, table, "E301", *people) == [
        "（写的是“一级、三级”）", "（写的是“二级”，残疾人证号为3级）", "（残疾人证号为4级）", "",
    ]  # fmt: skip
    assert quoted(tmp_path, table, "E201", *people) == ["", "", "", ""]


def test_of_several_people_on_a_row_each_has_its_own_level(tmp_path: Path) -> None:
    table = f"""
    | 姓名 | 身份证号 | 残疾等级 | 姓名 | 身份证号 | 残疾等级 |
    | 王一 | {ONE}    | 三级     | 李二 | {TWO}    | 四级     |
    """
    levels = quoted(tmp_path, table, "E301", (0, "李二", TWO), (0, "王一", ONE))
    assert levels == ["（写的是“四级”）", "（写的是“三级”）"]


def test_a_family_of_an_unknown_kind_is_quoted(tmp_path: Path) -> None:
    table = f"""
    | 女方姓名 | 女方身份证号 | 男方姓名 | 男方身份证号 | 家庭类别 |
    | 王一     | {ONE}        | 李二     | {TWO}        | 三孩     |
    """
    assert quoted(tmp_path, table, "E309", (0, "王一", ONE), role="wife") == ["（写的是“三孩”）"]
