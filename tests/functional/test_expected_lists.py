"""Lists that a workspace has and lacks: what counts as received, and who is told of what is missing."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from sheets import Rows, district, person, run, workspace, write_xlsx

from fcins.analysis.expected_lists import expected_lists_of

OLD, YOUNG, MAN = person("1940-01-01"), person("1940-01-01", 2), person("1980-01-01")


@pytest.fixture(scope="module")
def two_towns_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("lists")
    folder = workspace(at)
    households = write_xlsx(
        at / "户籍.xlsx",
        f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 阴平镇 | 东村 | 赵一 | {OLD}        |
        | 峨山镇 | 西村 | 钱二 | {YOUNG}      |
        | 峨山镇 | 西村 | 孙三 | {MAN}        |
        """,
    )
    assert run(folder, "import-households", households)[0] == 0
    return folder


@pytest.fixture
def two_towns(two_towns_once: Path, tmp_path: Path) -> Path:
    """赵一 in 阴平镇, 钱二 and 孙三 in 峨山镇; nothing but the households has come."""
    return Path(shutil.copytree(two_towns_once, tmp_path / "workspace"))


def brought(folder: Path, name: str, rows: Rows, *options: str) -> None:
    code, answer = run(folder, "import-roster", write_xlsx(folder.parent / name, rows), *options)
    assert code == 0, answer


def towns(folder: Path, code: str, *, received: bool) -> list[str]:
    """The towns ("" the district) of which a category's list came, or is missing."""
    with district(folder) as known:
        lists = expected_lists_of(known)
    return [each.town for each in lists if each.category == code and each.received is received]


HEADINGS = ["姓名", "身份证号"]


@pytest.mark.parametrize(
    ("name", "rows", "options"),
    [
        ("名单.xlsx", [HEADINGS], ["--category", "孤儿"]),
        ("名单.xlsx", [HEADINGS], ["--category", "孤儿", "--declared-total", "0"]),
        ("名单.xlsx", [HEADINGS, ["合计", "0人"]], ["--category", "孤儿"]),
        ("孤儿.xlsx", [HEADINGS], []),
        ("名单.xlsx", [["峰城区孤儿名册", ""], HEADINGS, ["应参保总人数：0人", ""]], []),
    ],
    ids=["asked", "stamped on the line", "stamped in the file", "named by the file", "named by its title"],
)
def test_an_empty_list_has_come(two_towns: Path, name: str, rows: Rows, options: Iterable[str]) -> None:
    assert towns(two_towns, "orphan", received=False) == [""]
    brought(two_towns, name, rows, *options)
    assert towns(two_towns, "orphan", received=True) == [""]


def test_an_empty_list_of_two_categories_is_both(two_towns: Path) -> None:
    brought(two_towns, "孤儿及事实无人抚养儿童.xlsx", [[*HEADINGS, "人员类别"]])
    assert towns(two_towns, "orphan", received=True) == towns(two_towns, "unattended", received=True) == [""]


def test_a_list_of_which_every_row_went_back_has_come(two_towns: Path) -> None:
    brought(two_towns, "低保.xlsx", [HEADINGS, ["外人", person("1970-01-01")]])
    assert towns(two_towns, "dibao", received=True) == [""]


def test_who_leaves_is_no_list(two_towns: Path) -> None:
    rows = [[*HEADINGS, "退出时间"], ["孙三", MAN, "2023-06-30"]]
    brought(two_towns, "低保退出名单.xlsx", rows, "--category", "低保", "--force")
    assert towns(two_towns, "dibao", received=False) == [""]


def test_a_list_taken_back_is_missing_again(two_towns: Path) -> None:
    brought(two_towns, "低保.xlsx", [HEADINGS, ["孙三", MAN]])
    assert run(two_towns, "withdraw", "2", "--yes")[0] == 0
    assert towns(two_towns, "dibao", received=False) == [""]


def test_the_list_of_one_town_is_not_the_others(two_towns: Path) -> None:
    brought(two_towns, "低保.xlsx", [HEADINGS, ["孙三", MAN]], "--town", "峨山镇")
    assert towns(two_towns, "dibao", received=True) == ["峨山镇"]
    assert towns(two_towns, "dibao", received=False) == ["阴平镇"]


@pytest.mark.parametrize(
    ("rows", "options", "received"),
    [
        ([["赵一", OLD]], [], ["阴平镇"]),
        ([["赵一", OLD], ["钱二", YOUNG]], [], ["峨山镇", "阴平镇"]),
        ([["赵一", OLD]], ["--town", "峨山镇"], ["峨山镇", "阴平镇"]),
        ([], ["--town", "峨山镇"], ["峨山镇"]),
        ([], [], ["峨山镇", "阴平镇"]),
    ],
    ids=["of whom it names", "of both", "of the sender, too", "an empty one of its sender", "an empty one of all"],
)
def test_a_roster_by_town_is_of_the_towns_it_holds(
    two_towns: Path, rows: Rows, options: Iterable[str], received: list[str]
) -> None:
    brought(two_towns, "老年人.xlsx", [HEADINGS, *rows], "--category", "elderly", *options)
    assert towns(two_towns, "elderly", received=True) == received


def test_the_sample_lacks_no_list(sample: tuple[Path, object]) -> None:
    with district(sample[0]) as known:
        assert [each for each in expected_lists_of(known) if not each.received] == []
