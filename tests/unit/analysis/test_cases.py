"""A file of cases that a clerk wrote: what comes out otherwise is said, and what is wrong with the file, and where."""

from pathlib import Path

import pytest

from fcins.analysis.cases import Fails, read_cases, run_cases
from fcins.errors import InputError
from fcins.policy.loading import load_policy

PLAN = load_policy("fengcheng-2024")

RIGHT = """
    [[case]]
    name = "65 with 100 from the village"
    birth = 1958-05-05
    collective = [["坊上村集体", 100]]
    medical = [380, 290, 90]
    payers = ["区财政", "坊上村集体"]
    total = 90
    pay_from = 2023-10-01

    [[case]]
    name = "dead"
    birth = 1950-01-01
    status = "死亡"
    listed = false
"""


def written(path: Path, text: str) -> Path:
    path.write_text("\n".join(line.strip() for line in text.splitlines()), "utf-8")
    return path


def failed(path: Path, text: str) -> list[Fails]:
    return run_cases(read_cases(written(path / "c.toml", text)), PLAN, "c.toml")


def refused(path: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        failed(path, text)
    return error.value.message.splitlines()


def test_right(tmp_path: Path) -> None:
    assert failed(tmp_path, RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[380, 290, 90]",
            "[380, 190, 190]",
            ["医保他人出资：应为190元，算得290元", "医保个人缴：应为190元，算得90元"],
        ),
        ("[380, 290, 90]", '[380, "290.00", 90.5]', ["医保个人缴：应为90.50元，算得90元"]),
        ("total = 90", "", ["个人缴合计：应为0元，算得90元"]),
        (
            "total = 90",
            "total = 90\ntier = 350\npension = [350, 0, 350, 30, 0]",
            ["养老档次：应为350元，算得0元", "养老个人缴：应为350元，算得0元", "养老补贴：应为30元，算得0元"],
        ),
        ("2023-10-01", "2023-10-02", ["可缴费日期：应为2023-10-02，算得2023-10-01"]),
        ('["区财政", "坊上村集体"]', '["区财政"]', ["医保出资方：应为区财政，算得区财政、坊上村集体"]),
        ('birth = 1950-01-01\n    status = "死亡"', "birth = 1950-01-01", ["征收清册：应为不列入，算得列入"]),
    ],
)
def test_otherwise(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert old in RIGHT
    assert [each.differences for each in failed(tmp_path, RIGHT.replace(old, new))] == [said]


def test_nothing_is_expected_of_who_is_not_listed(tmp_path: Path) -> None:
    said = refused(tmp_path, RIGHT.replace("total = 90", "total = 90\n    listed = false"))
    assert said[1:] == [f"第1例 {key}：listed = false 时不写" for key in ("medical", "total", "pay_from", "payers")]


def test_every_problem_at_once(tmp_path: Path) -> None:
    text = """
        [[case]]
        name = "甲"
        birth = "1958-05-05"
        medical = [380, 290]
        totl = 90

        [[case]]
        name = "乙"
        birth = 1958-05-05
        sex = "女"
        wife_birth = 1960-01-01
        total = 90.123
    """
    assert refused(tmp_path, text) == [
        f"{tmp_path / 'c.toml'}：案例文件有6处问题",
        "第1例 totl：不认识的键（是 total 吗？）",
        "第1例 birth：要日期，如 2023-10-01，不加引号",
        "第1例 medical 第3项：缺这一项",
        "第2例 total：要精确到分，最多两位小数",
        "第2例 medical：缺这一项（不列入清册的写 listed = false）",
        "第2例 wife_birth：本人就是女方，与 birth 相同或者不写",
    ]


def test_what_the_policy_has_not(tmp_path: Path) -> None:
    text = RIGHT.replace("total = 90", 'total = 90\ncategories = ["低保护"]\ntier = 200')
    assert refused(tmp_path, text) == [
        "c.toml：案例文件有2处问题",
        "第1例 categories 第1项：政策中没有“低保护”这个人员类别（是 低保 吗？）",
        "第1例 tier：政策中没有200元这个缴费档次",
    ]


@pytest.mark.parametrize("text", ["", "case = []", "[case]\nname = 'x'"])
def test_no_cases(tmp_path: Path, text: str) -> None:
    assert "1处问题" in refused(tmp_path, text)[0]
