"""Lists that a workspace has and lacks: what counts as received, and who is told of what is missing."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import Rows, district, payments, person, printed, refused, run, workspace, write_xlsx

from fcins.analysis.expected_lists import expected_lists_of

OLD, AGED = person("1940-01-01"), person("1940-01-01", 2)
MAN, OTHER = person("1980-01-01"), person("1980-01-01", 2)


@pytest.fixture(scope="module")
def two_towns_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("lists")
    folder = workspace(at)
    households = write_xlsx(
        at / "户籍.xlsx",
        f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 阴平镇 | 东村 | 赵一 | {OLD}        |
        | 峨山镇 | 西村 | 钱二 | {AGED}       |
        | 峨山镇 | 西村 | 孙三 | {MAN}        |
        | 阴平镇 | 东村 | 李四 | {OTHER}      |
        """,
    )
    assert run(folder, "import-households", households)[0] == 0
    return folder


@pytest.fixture
def two_towns(two_towns_once: Path, tmp_path: Path) -> Path:
    """赵一 and 李四 in 阴平镇, 钱二 and 孙三 in 峨山镇; nothing but the households has come."""
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
        ([["赵一", OLD], ["钱二", AGED]], [], ["峨山镇", "阴平镇"]),
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


def test_who_moved_in_is_not_the_households_of_a_town(two_towns: Path) -> None:
    """Of 古邵镇 only a change has come: its registers are of one person, and its households are missing."""
    changes = write_xlsx(
        two_towns.parent / "变动.xlsx",
        f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码              | 变动类型 | 变动日期   |
        | 古邵镇 | 南村 | 周五 | {person("1990-01-01", 3)} | 迁入     | 2023-10-10 |
        """,
    )
    assert run(two_towns, "import-households", changes)[0] == 0
    with district(two_towns) as known:
        households = [each for each in expected_lists_of(known) if each.kind == "households"]
    assert [each.town for each in households if each.received] == ["峨山镇", "阴平镇"]


def test_the_sample_lacks_no_list(sample: tuple[Path, object]) -> None:
    with district(sample[0]) as known:
        assert [each for each in expected_lists_of(known) if not each.received] == []


# ── registers and notices ─────────────────────────────────────────────────────────────────────────────────────────────

PEOPLE = [["赵一", OLD], ["钱二", AGED], ["孙三", MAN], ["李四", OTHER]]


def all_but(folder: Path, *absent: str) -> None:
    """Bring every list but these: the two old people, empty rosters, the enrolment of the two of 1980."""
    with district(folder) as known:
        categories = [each for each in known.policy.categories if each.required and each.code not in absent]
    for each in categories:
        if each.code == "elderly":
            brought(folder, f"{each.code}.xlsx", [HEADINGS, *PEOPLE[:2]], "--category", each.code)
        else:
            columns = {"couple": ["女方姓名", "女方身份证号", "男方姓名", "男方身份证号"]}.get(each.form, HEADINGS)
            columns = [*columns, "残疾等级"] if each.disability_levels else columns
            brought(folder, f"{each.code}.xlsx", [columns], "--category", each.code)
    enrolled = write_xlsx(
        folder.parent / "登记.xlsx", [[*HEADINGS, "缴费档次"], *([*each, "350"] for each in PEOPLE[2:])]
    )
    assert run(folder, "import-enrolment", enrolled)[0] == 0


def paid(folder: Path, *names: str) -> None:
    lines = [(name, number, "医保", "380") for name, number in PEOPLE if name in names]
    assert run(folder, "import-payments", payments(folder.parent / "缴费.xlsx", *lines))[0] == 0


def summary(folder: Path, town: str) -> list[Any]:
    """The first column of a register's 汇总."""
    book = openpyxl.load_workbook(folder.parent / "输出" / town / f"{town}_2024年度征收清册.xlsx")
    return [cell.value for cell in book["汇总"]["A"]]


MISSING = {
    "department": "区残联", "kind": "roster", "category": "disability", "name": "重度残疾人", "town": "",
    "due": "2023-10-20",
}  # fmt: skip


def test_a_register_says_whom_it_is_without(two_towns: Path, capsys: pytest.CaptureFixture[str]) -> None:
    all_but(two_towns, "disability")
    words = ("build-register", "--town", "阴平镇", "-o", two_towns.parent / "输出", "--date", "2023-12-20")
    code, answer = run(two_towns, *words)
    line = "还没有收到：重度残疾人（区残联）；本清册按没有这些人计算"
    assert (code, answer["missing"]) == (0, [MISSING])
    assert answer["notices"] == [{"code": "N302", "text": line, "sheet": "", "rows": []}]
    assert line in summary(two_towns, "阴平镇")
    code, out, err = printed(capsys, *words, "-w", two_towns)
    assert (code, out.splitlines()[0], err) == (0, f"N302 {line}", "")
    assert run(two_towns, *words, "--strict")[0] == 3
    assert printed(capsys, *words, "-w", two_towns, "-q", "--strict") == (3, "", "")


def test_a_register_that_lacks_nothing_says_nothing(two_towns: Path) -> None:
    all_but(two_towns)
    words = ("build-register", "--town", "阴平镇", "-o", two_towns.parent / "输出", "--date", "2023-12-20")
    code, answer = run(two_towns, *words, "--strict")
    assert (code, answer["missing"], answer["notices"]) == (0, [], [])
    assert not [cell for cell in summary(two_towns, "阴平镇") if cell and "还没有收到" in str(cell)]


def test_payments_are_missing_once_the_window_has_closed(two_towns: Path) -> None:
    all_but(two_towns)
    words = ("build-register", "--town", "阴平镇", "-o", two_towns.parent / "输出", "--date", "2023-12-21")
    assert [each["kind"] for each in run(two_towns, *words)[1]["missing"]] == ["payments"]
    assert "还没有收到：税务缴费（区税务局）；缴费状态按没有缴费填写" in summary(two_towns, "阴平镇")


def test_each_town_says_what_it_lacks(two_towns: Path) -> None:
    """Without --town it is every town that has residents."""
    all_but(two_towns, "elderly")
    brought(two_towns, "老年人.xlsx", [HEADINGS, PEOPLE[0]], "--category", "elderly")
    code, answer = run(two_towns, "build-register", "-o", two_towns.parent / "输出", "--date", "2023-12-20")
    assert (code, [each["town"] for each in answer["towns"]]) == (0, ["峨山镇", "阴平镇"])
    assert [(each["name"], each["town"]) for each in answer["missing"]] == [("70周岁及以上老年人", "峨山镇")]
    line = "还没有收到：70周岁及以上老年人（镇街老龄委：峨山镇）；本清册按没有这些人计算"
    assert (line in summary(two_towns, "峨山镇"), line in summary(two_towns, "阴平镇")) == (True, False)


def test_no_notice_without_payments(two_towns: Path) -> None:
    out = two_towns.parent / "输出"
    refused(two_towns, "publicity-export", "-o", out, code=2, saying="(?s)还没有收到居民的缴费.*import-payments")
    assert not out.exists()


def test_no_notice_of_a_town_in_which_nobody_paid(two_towns: Path) -> None:
    paid(two_towns, "孙三")
    out = two_towns.parent / "输出"
    refused(two_towns, "publicity-export", "--town", "阴平镇", "-o", out, code=2, saying="阴平镇居民的缴费")
    code, answer = run(two_towns, "publicity-export", "-o", out)
    assert (code, [Path(each).parent.name for each in answer["files"]]) == (0, ["峨山镇"])
    assert "还没有阴平镇的缴费，没有出这个镇（街道）的公示" in answer["warnings"]


def test_a_notice_does_not_name_the_lists_that_are_missing(two_towns: Path) -> None:
    """It hangs on a wall: no category stands on it. Who makes it is told."""
    all_but(two_towns, "disability")
    paid(two_towns, "赵一", "孙三")
    out = two_towns.parent / "输出"
    code, answer = run(two_towns, "publicity-export", "-o", out, "--strict")
    assert (code, answer["missing"]) == (3, [MISSING])
    assert answer["notices"][0]["text"] == "还没有收到：重度残疾人（区残联）；公示上由他人出资参保的人数可能不全"
    book = openpyxl.load_workbook(out / "阴平镇" / "阴平镇_2024年度缴费公示.xlsx")
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [text for text in texts if "没有收到" in text or "残疾" in text]
