"""Where people live and with whom, as lists of households say it in other ways than a column."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sheets import district, person, run, sheet, workspace, write_xlsx

from fcins.documents.layout import in_order
from fcins.intake.places import stated_village
from fcins.policy.loading import load_policy
from fcins.workbooks.reading import RawSheet

POLICY = load_policy("fengcheng-2024")
ZHAO, SUN, ZHOU = person("1960-03-12"), person("1970-01-01"), person("1972-02-11")
QIAN, LI, WU = person("1965-05-18", sex="女"), person("1972-09-22", sex="女"), person("1974-06-30", sex="女")
NAMES = {ZHAO: "赵大柱", QIAN: "钱桂英", SUN: "孙福来", LI: "李秀兰", ZHOU: "周建国", WU: "吴美玲"}


def lives(folder: Path) -> dict[str, tuple[str, str]]:
    """name → village and town."""
    with district(folder) as opened:
        people = opened.residents.people
        return dict(zip(people["name"], zip(people["village"], people["town"], strict=True), strict=True))


def together(folder: Path) -> list[str]:
    """The households, each as its names, head first."""
    with district(folder) as opened:
        people = in_order(opened.assessment)
        return [" ".join(names) for _, names in people.groupby("household", sort=False)["name"]]


def imported(folder: Path, *files: Path) -> list[str]:
    """The notices of an import of households, codes and texts."""
    code, answer = run(folder, "import-households", *files)
    assert code == 0, answer
    parts = answer.get("imports", [answer])
    return [f"{each['code']} {each['text']}" for part in parts for each in part["notices"]]


WHERE = {
    "one cell with the town": ("| 镇街 | 村居 |", "| 阴平镇东坊村 | |", "东坊村"),
    "the town in the village's cell": ("| 住处 | 村居 |", "| x | 阴平镇东坊村 |", "阴平镇东坊村"),
    "the whole address of the village": ("| 住处 | 行政村 |", "| x | 峰城区阴平镇东坊村 |", "峰城区阴平镇东坊村"),
    "the poverty table": ("| 乡 | 行政村 | 自然村 |", "| 阴平镇 | 东坊村 | 后街 |", "东坊村"),
    "only a 自然村": ("| 乡 | 自然村 |", "| 阴平镇 | 后街 |", "后街"),
    "one column for both": ("| 镇村 |", "| 阴平镇东坊村 |", "东坊村"),
}


@pytest.mark.parametrize(("heading", "cells", "village"), WHERE.values(), ids=WHERE)
def test_columns_of_places(tmp_path: Path, heading: str, cells: str, village: str) -> None:
    folder = workspace(tmp_path)
    rows = [sheet(heading)[0] + ["姓名", "公民身份号码"], sheet(cells)[0] + ["赵大柱", ZHAO]]
    imported(folder, write_xlsx(tmp_path / "户籍.xlsx", rows))
    name, town = lives(folder)["赵大柱"]
    assert (name, town) == (village, "阴平镇")


# What stands around a table without a village: section, sheet, title, file; the village, whether it is told.
AROUND = """
    | 部分             | 工作表   | 标题                         | 文件         | 村居     | 取自   |
    |                  | 东坊村   | 阴平镇户籍人口花名册         | 户籍         | 东坊村   |        |
    |                  | 01东坊村 |                              | 户籍         | 东坊村   |        |
    |                  | 阴平镇东坊村 |                          | 户籍         | 东坊村   |        |
    |                  | 西关社区 |                              | 户籍         | 西关社区 |        |
    | 一、梁湖村       | Sheet1   | 东坊村户籍                   | 户籍         | 梁湖村   |        |
    | 梁湖村（3户8人） | Sheet1   |                              | 户籍         | 梁湖村   |        |
    | 村居：梁湖       | Sheet1   |                              | 户籍         | 梁湖     |        |
    | 低保对象         | Sheet1   | 阴平镇东坊村户籍人口         | 户籍         | 东坊村   |        |
    |                  | Sheet1   | 2024年阴平镇东坊村户籍人口   | 户籍         | 东坊村   |        |
    |                  | Sheet1   | 村（居）：东坊村             | 户籍         | 东坊村   |        |
    |                  | Sheet1   | 东坊村户籍人口花名册         | 户籍         | 东坊村   | 标题   |
    |                  | Sheet1   | 户籍人口花名册               | 东坊村户籍   | 东坊村   | 文件名 |
    |                  | 各村     | 阴平镇农村居民户籍           | 阴平镇户籍   |          |        |
    |                  | 户籍村   | 阴平镇参保居民名册           | 全村户籍     |          |        |
    |                  | Sheet1   | 阴平镇各村户籍               | 户籍         |          |        |
"""


@pytest.mark.parametrize("line", AROUND.strip().splitlines()[1:])
def test_a_village_around_the_table(line: str) -> None:
    section, name, title, file, village, source = sheet(line)[0]
    empty = RawSheet(f"{file}.xlsx", name, False, title, [], [], pd.DataFrame(), np.array([]), np.array([]), 0, None)
    found = stated_village(replace(empty, section=section), POLICY)
    assert (found.name, found.doubtful) == (village, source)


def rows_of(*people: str) -> list[list[str]]:
    return [["镇街", "姓名", "公民身份号码"], *(["阴平镇", NAMES[each], each] for each in people)]


def test_a_sheet_for_each_village(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    sheets = {"东坊村": rows_of(ZHAO, QIAN), "梁湖村": rows_of(ZHOU)}
    assert imported(folder, write_xlsx(tmp_path / "户籍.xlsx", sheets)) == []
    assert {name: village for name, (village, _) in lives(folder).items()} == {
        "赵大柱": "东坊村", "钱桂英": "东坊村", "周建国": "梁湖村",
    }  # fmt: skip


def test_people_without_a_village_are_told(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    (notice,) = imported(folder, write_xlsx(tmp_path / "户籍.xlsx", rows_of(ZHAO, SUN)))
    assert re.match("N303 2人没有村（居）", notice)


@pytest.mark.parametrize("order", [1, -1])
def test_spellings_of_a_village_in_any_order(tmp_path: Path, order: int) -> None:
    folder = workspace(tmp_path)
    spelt = {ZHAO: "东坊村", QIAN: "东坊", SUN: "东坊村委会", LI: "阴平镇东坊村", ZHOU: "东坊村", WU: "东坊新村"}
    files = [
        write_xlsx(
            tmp_path / f"户籍{number}.xlsx",
            [["镇街", "村居", "姓名", "公民身份号码"], ["阴平镇", village, NAMES[each], each]],
        )
        for number, (each, village) in enumerate(spelt.items())
    ]
    for file in files[::order]:
        imported(folder, file)
    assert {name: village for name, (village, _) in lives(folder).items()} == {
        **dict.fromkeys(("赵大柱", "钱桂英", "孙福来", "李秀兰", "周建国"), "东坊村"), "吴美玲": "东坊新村",
    }  # fmt: skip
    rows = [
        ["镇街", "村居", "姓名", "身份证号"],
        *(["阴平", village, NAMES[each], each] for each, village in spelt.items()),
    ]
    _, answer = run(folder, "import-roster", write_xlsx(tmp_path / "低保.xlsx", rows), "--category", "低保")
    assert answer["findings"] == {}


CODES: list[tuple[Callable[[str], str], str]] = [(str, "as text"), (lambda code: f"#{int(code)}", "as numbers")]


@pytest.mark.parametrize("written", [each for each, _ in CODES], ids=[name for _, name in CODES])
def test_relations_as_codes(tmp_path: Path, written: Callable[[str], str]) -> None:
    folder = workspace(tmp_path)
    codes = {ZHAO: "02", QIAN: "10", SUN: "02", LI: "12", ZHOU: "01", WU: "30"}
    rows = [["镇街", "村居", "姓名", "与户主关系", "公民身份号码"]]
    rows += [["阴平镇", "东坊村", NAMES[each], written(code), each] for each, code in codes.items()]
    (notice,) = imported(folder, write_xlsx(tmp_path / "户籍.xlsx", rows))
    assert "共3户" in notice
    assert together(folder) == ["赵大柱 钱桂英", "孙福来 李秀兰", "周建国 吴美玲"]
    with district(folder) as opened:
        assert opened.residents.people["relation"].tolist() == ["户主", "配偶", "户主", "妻", "本人", "女"]


def test_groups_whose_numbers_begin_anew(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    rows = f"""
        | 镇街   | 村居         | 户号 | 户主姓名 | 姓名   | 公民身份号码 |
        | 阴平镇 | 东坊村一组   | 01   | 赵大柱   | 赵大柱 | {ZHAO}       |
        | 阴平镇 | 东坊村一组   | 1    | 赵大柱   | 钱桂英 | {QIAN}       |
        | 阴平镇 | 东坊村2组    | 1    | 孙福来   | 孙福来 | {SUN}        |
        | 阴平镇 | 东坊村2组    | 1    | 孙福来   | 李秀兰 | {LI}         |
    """
    assert imported(folder, write_xlsx(tmp_path / "户籍.xlsx", rows)) == []
    assert together(folder) == ["赵大柱 钱桂英", "孙福来 李秀兰"]
    assert {village for village, _ in lives(folder).values()} == {"东坊村"}
