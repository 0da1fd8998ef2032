"""What a list says of itself: its towns, whether it is whole, by what its like is known again."""

from pathlib import Path

import pytest
from sheets import Rows, person, write_xlsx

from fcins.commands.kinds import read_any
from fcins.intake.lists import is_category_open, list_key, towns_of, whole_list_words
from fcins.policy.loading import load_policy
from fcins.workbooks.reading import RawSheet

POLICY = load_policy("fengcheng-2024")
ID = person("1970-01-01")


def sheets(tmp_path: Path, rows: Rows, name: str = "附件1.xlsx", sheet: str = "Sheet1") -> list[RawSheet]:
    return read_any(write_xlsx(tmp_path / name, {sheet: rows}), ())


def titled(title: str, *more: str) -> Rows:
    return [[title, *[""] * (1 + len(more))], ["姓名", "身份证号", *more], ["甲", ID, *["x" for _ in more]]]


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("阴平镇低保全量名单", True),
        ("低保名单（替换原名单）", True),
        ("低保补充名单", False),
        ("低保名单（非全量）", False),
    ],
)
def test_a_title_says_that_it_is_the_whole_list(tmp_path, title, whole):
    assert bool(whole_list_words(sheets(tmp_path, titled(title)))) == whole


def test_the_towns_are_those_of_the_column_else_of_the_title(tmp_path):
    assert towns_of(sheets(tmp_path, titled("阴平镇低保名单")), POLICY) == {"阴平镇"}
    assert towns_of(sheets(tmp_path, titled("低保名单")), POLICY) == {""}
    rows = [["阴平镇低保", "", ""], ["姓名", "身份证号", "镇街"], ["甲", ID, "阴平"], ["乙", ID, "古邵镇"]]
    assert towns_of(sheets(tmp_path, rows), POLICY) == {"阴平镇", "古邵镇"}


@pytest.mark.parametrize(("title", "is_open"), [("低保名单", False), ("低保、特困名单", True), ("人员名单", True)])
def test_a_roster_that_names_not_one_category_is_open(tmp_path, title, is_open):
    (sheet,) = sheets(tmp_path, titled(title))
    assert is_category_open(sheet, POLICY) == is_open


def test_the_key_has_no_digits_and_no_days(tmp_path):
    one = list_key(sheets(tmp_path, titled("2023年10月名单", "网格员"), "附件1.xlsx"))
    other = list_key(sheets(tmp_path, titled("2023年11月名单", "网格员"), "附件12（20231102）.xlsx"))
    assert one == other != ""
    for rows, name in (
        (titled("2023年名册", "网格员"), "附件1.xlsx"),
        (titled("2023年10月名单", "网格员"), "民政1.xlsx"),
    ):
        assert list_key(sheets(tmp_path, rows, name)) != one


def test_personal_columns_alone_have_no_key(tmp_path):
    assert list_key(sheets(tmp_path, titled("人员名单", "序号", "联系电话", "家庭住址", "村居"))) == ""
