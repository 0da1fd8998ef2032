"""Lists of who leaves: they end memberships and change the households, whenever they come, and make nobody a member."""

from pathlib import Path

import pytest
from sheets import Rows, printed, refused, run, sheet, workspace, write_xlsx
from two_towns import IDS, YINPING, both_towns, everything, households, members, roster

TEN = list(IDS)
"""甲一 to 甲五 of 阴平镇, 乙一 to 乙五 of 古邵镇."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return both_towns(tmp_path)


def named(path: Path, table: str) -> Path:
    """A text table, in which a cell 甲一 under 身份证号 is the ID of 甲一."""
    rows: Rows = []
    ids: list[int] = []
    for line in sheet(table):
        ids = [at for at, cell in enumerate(line) if cell.endswith("身份证号")] or ids
        rows.append([IDS.get(cell, cell) if at in ids else cell for at, cell in enumerate(line)])
    return write_xlsx(path, rows)


def on_list(folder: Path, category: str = "dibao") -> list[str]:
    return members(folder).get(category, [])


# ── as roster of a category ─────────────────────────────────────────────────────────────────────────────────────────

LEAVING = """
    | 2023年10月退出低保对象名单 |          |            |          |
    | 姓名                       | 身份证号 | 退出时间   | 退出原因 |
    | 甲二                       | 甲二     | 2023-10-01 | 收入超标 |
    | 甲三                       | 甲三     |            | 收入超标 |
    | 乙一                       | 乙一     | 2024-02-01 | 迁往外省 |
"""
"""Of 甲二 it ends the membership; of 甲三 nobody knows when; 乙一 leaves after 2023-12-31 and is a member till then."""


@pytest.mark.parametrize("leavers_first", [False, True])
def test_a_list_of_leavers(folder: Path, tmp_path: Path, leavers_first: bool) -> None:
    """Ten 低保 but 乙五: nine, 甲二 leaves, eight stay. The list makes nobody a member, not even 乙五."""
    table = LEAVING + "| 乙五 | 乙五 | 2024-03-01 | 收入超标 |"
    files = {"名册": roster(tmp_path / "低保.xlsx", TEN[:9]), "退出": named(tmp_path / "附件.xlsx", table)}
    answers = {}
    for name in reversed(files) if leavers_first else files:
        code, answers[name] = run(folder, "import-roster", files[name])
        assert code == 0, answers[name]
    assert on_list(folder) == [name for name in TEN[:9] if name != "甲二"]
    left = answers["退出"]
    assert (left["category"], left["rows"]["read"], left["rows"]["accepted"]) == ("dibao", 4, 3)
    assert left["findings"]["E307"] == 1
    assert [each["code"] for each in left["notices"]] == ["N303"]
    assert "3行从取消时间起不再是低保对象；1行没有可用的取消时间，退回" in left["notices"][0]["text"]
    assert run(folder, "status")[1]["findings"] == {"E307": 1, "W209": 2}
    assert run(folder, "verify")[1]["ok"]


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("低保停发.xlsx", "停发时间"),
        ("停发花名册.xlsx", "取消日期"),
        ("低保.xlsx", "退出时间 | 退出原因"),
    ],
)
def test_what_says_so(folder: Path, tmp_path: Path, file: str, columns: str) -> None:
    """The file's name, or a column of the row."""
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    reason = "| 超标" if "|" in columns else ""
    table = f"""
        | 姓名 | 身份证号 | {columns} |
        | 甲二 | 甲二 | 2024-10-01 {reason} |
        | 乙五 | 乙五 | 2023-10-01 {reason} |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / file, table), "--category", "低保")
    assert (code, answer["rows"]["accepted"], len(answer["notices"])) == (0, 2, 1)
    assert on_list(folder) == TEN[:9]


def test_members_some_of_whom_left(folder: Path, tmp_path: Path) -> None:
    """退出原因 for some only: each row states a membership and its end. 甲二 is a member till 2024."""
    table = """
        | 姓名 | 身份证号 | 纳入时间   | 退出时间   | 退出原因 |
        | 甲一 | 甲一     | 2020-01-01 |            | 无       |
        | 甲二 | 甲二     | 2020-01-01 | 2024-06-30 | 就业     |
        | 甲三 | 甲三     | 2020-01-01 | 2023-06-30 | 就业     |
        | 甲四 | 甲四     | 2020-01-01 |            | 就业     |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", table), "--category", "低保")
    assert (code, answer["findings"], answer["notices"]) == (0, {"E307": 1}, [])
    assert on_list(folder) == ["甲一", "甲二"]


def test_rows_of_a_monthly_list(folder: Path, tmp_path: Path) -> None:
    """新增 is a member from 变动时间 on, 停发 ends as of it; a word that nobody knows, and none, go back."""
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN[:7]))
    table = """
        | 低保动态调整 |          |          |            |          |
        | 姓名         | 身份证号 | 变动类型 | 变动时间   | 变动原因 |
        | 甲一         | 甲一     | 停发     | 2023-10-01 | 收入超标 |
        | 甲二         | 甲二     | 续保     | 2023-10-01 |          |
        | 甲三         | 甲三     | 转类     | 2023-10-01 |          |
        | 甲四         | 甲四     |          | 2023-10-01 |          |
        | 乙三         | 乙三     | 新增     | 2023-10-01 | 大病     |
        | 乙四         | 乙四     | 新增     | 2024-10-01 | 大病     |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", table))
    assert (code, answer["findings"]["E303"], answer["rows"]["rejected"]) == (0, 2, 2)
    assert answer["notices"][0]["rows"] == [3]
    assert on_list(folder) == [*TEN[1:7], "乙三"]


def test_why_a_row_changed_stands_in_for_how(folder: Path, tmp_path: Path) -> None:
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    table = """
        | 姓名 | 身份证号 | 变动原因 | 变动时间   |
        | 甲一 | 甲一     | 死亡     | 2023-10-01 |
    """
    assert run(folder, "import-roster", named(tmp_path / "二.xlsx", table), "--category", "低保")[0] == 0
    assert on_list(folder) == TEN[1:]


def test_the_same_people_again_in_a_later_list(folder: Path, tmp_path: Path) -> None:
    """Taken in again on a later day: a member."""
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    run(folder, "import-roster", named(tmp_path / "二.xlsx", LEAVING))
    again = """
        | 姓名 | 身份证号 | 纳入时间   |
        | 甲二 | 甲二     | 2023-11-01 |
    """
    run(folder, "import-roster", named(tmp_path / "三.xlsx", again), "--category", "低保")
    assert on_list(folder) == TEN


PARTS = """
    | 低保对象花名册 |          |            |
    | 姓名           | 身份证号 | 取消时间   |
    | 一、在册人员   |          |            |
    | 甲一           | 甲一     |            |
    | 二、停发人员   |          |            |
    | 甲二           | 甲二     | 2023-10-01 |
    | 甲三           | 甲三     |            |
"""
"""The line over a part says whether its people are on the list or off it."""


@pytest.mark.parametrize("title", ["低保对象花名册", "低保对象名单（含退出）"])
def test_a_part_of_a_list_may_be_of_who_leaves(folder: Path, tmp_path: Path, title: str) -> None:
    file = named(tmp_path / "名单.xlsx", PARTS.replace("低保对象花名册", title))
    code, answer = run(folder, "import-roster", file, "--category", "低保对象", "--force")
    assert (code, answer["findings"]) == (0, {"E307": 1})
    assert on_list(folder) == ["甲一"]
    assert [each["code"] for each in answer["notices"]] == ["N205", "N303"]


@pytest.mark.parametrize(
    ("file", "title", "saying"),
    [
        ("名单.xlsx", "低保对象名单（含退出）", "只有一部分是退出的人.*\n.*变动类型"),
        ("低保对象增减名单.xlsx", "", "低保对象增减名单"),
        ("低保和退出人员.xlsx", "", "变动类型"),
        ("退出名单.xlsx", "低保新增名单", "变动类型"),
        ("名单.xlsx", "阴平镇2023年死亡人员名单", "死亡人员的名单，不是名册.*\n.*import-households"),
        ("低保对象死亡.xlsx", "", "import-households"),
        ("迁出人员.xlsx", "", "迁出人员的名单.*\n.*import-households"),
    ],
)
def test_refused(folder: Path, tmp_path: Path, file: str, title: str, saying: str) -> None:
    before = everything(folder)
    rows = [[title, ""]] if title else []
    path = write_xlsx(tmp_path / file, [*rows, ["姓名", "身份证号"], ["甲一", IDS["甲一"]]])
    refused(folder, "import-roster", path, "--category", "低保", code=4, saying=saying)
    assert everything(folder) == before


@pytest.mark.parametrize(
    "title", ["低保对象名单（不含死亡、退出）", "病故军人遗属名单", "退出现役人员", "剔除死亡后的低保"]
)
def test_titles_that_only_sound_so(folder: Path, tmp_path: Path, title: str) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", [[title, ""], ["姓名", "身份证号"], ["甲一", IDS["甲一"]]])
    code, answer = run(folder, "import-roster", path, "--category", "低保")
    assert (code, answer["rows"]["accepted"], answer["notices"]) == (0, 1, [])
    assert on_list(folder) == ["甲一"]


# ── the guard of a fifth ────────────────────────────────────────────────────────────────────────────────────────────


def leaving(path: Path, *names: str) -> Path:
    rows = [[name, IDS[name], "2023-10-01"] for name in names]
    return write_xlsx(path, [["姓名", "身份证号", "退出时间"], *rows])


@pytest.mark.parametrize("with_households", [True, False])
def test_a_fifth_may_leave_and_no_more(tmp_path: Path, with_households: bool) -> None:
    """Of the ten two may leave, but not both of one town's five."""
    folder = workspace(tmp_path)
    if with_households:
        run(folder, "import-households", households(tmp_path / "户籍.xlsx", IDS))
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    before = everything(folder)
    three = leaving(tmp_path / "低保退出三.xlsx", "甲一", "甲二", "乙一")
    for words in ((), ("--dry-run",)):
        refused(folder, "import-roster", three, *words, code=4, saying="低保对象原有 10人，要取消其中 3人.*\n.*--force")
    if with_households:
        two = leaving(tmp_path / "低保退出二.xlsx", "甲一", "甲二")
        refused(folder, "import-roster", two, code=4, saying="阴平镇低保对象原有 5人，要取消其中 2人")
    assert everything(folder) == before
    assert run(folder, "import-roster", leaving(tmp_path / "低保退出.xlsx", "甲一", "乙一"))[0] == 0
    assert run(folder, "import-roster", three, "--force")[0] == 0
    if not with_households:
        run(folder, "import-households", households(tmp_path / "户籍.xlsx", IDS))
    assert on_list(folder) == [name for name in TEN if name not in ("甲一", "甲二", "乙一")]


def test_who_has_left_leaves_no_second_time(folder: Path, tmp_path: Path) -> None:
    """The same list in another file ends nothing more: it is no loss."""
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    run(folder, "import-roster", leaving(tmp_path / "低保退出.xlsx", "甲一", "乙一"))
    again = leaving(tmp_path / "低保退出再报.xlsx", "甲一", "乙一", "乙二")
    refused(folder, "import-roster", again, code=4, saying="阴平镇|古邵镇低保对象原有 4人，要取消其中 1人")
    more = leaving(tmp_path / "低保退出三.xlsx", "乙一", "甲一")
    assert run(folder, "import-roster", more)[1]["findings"] == {"D402": 2}


def test_no_whole_list(folder: Path, tmp_path: Path) -> None:
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", TEN))
    path = leaving(tmp_path / "低保退出.xlsx", "甲一")
    refused(folder, "import-roster", path, "--replace", "--all-towns", code=2, saying="不是全部名单")


# ── in the households ───────────────────────────────────────────────────────────────────────────────────────────────


def listed(folder: Path) -> list[str]:
    """Who stands in the households as 正常."""
    from sheets import district

    with district(folder) as known:
        people = known.residents.people
        return people.loc[(people["status"] == "正常").to_numpy(), "name"].tolist()


@pytest.mark.parametrize("dead_first", [False, True])
def test_a_list_of_the_dead(tmp_path: Path, dead_first: bool) -> None:
    folder = workspace(tmp_path)
    table = """
        | 阴平镇2023年死亡人员名单 |          |          |            |
        | 序号                     | 姓名     | 身份证号 | 死亡时间   |
        | 1                        | 甲一     | 甲一     | 2023-06-01 |
        | 2                        | 甲二     | 甲二     |            |
    """
    files = [households(tmp_path / "户籍.xlsx", IDS), named(tmp_path / "附件6.xlsx", table)]
    answers = [run(folder, "import-households", file) for file in (files[::-1] if dead_first else files)]
    code, dead = answers[0 if dead_first else 1]
    assert (code, dead["rows"]["read"], dead["findings"]["E307"]) == (0, 2, 1)
    assert "死亡" in dead["notices"][0]["text"]
    assert listed(folder) == TEN[1:]


def test_who_moved_out(folder: Path, tmp_path: Path) -> None:
    table = """
        | 死亡、迁出人员名单 |          |          |            |            |
        | 姓名               | 身份证号 | 死亡时间 | 迁出时间   | 备注       |
        | 甲一               | 甲一     |          | 2023-06-01 |            |
        | 甲二               | 甲二     | 2023.7.1 |            |            |
        | 甲三               | 甲三     |          |            |            |
    """
    code, answer = run(folder, "import-households", named(tmp_path / "x.xlsx", table))
    assert (code, answer["rows"]["accepted"], answer["rows"]["rejected"]) == (0, 2, 1)
    assert listed(folder) == TEN[2:]


def test_residents_with_a_day_of_death(tmp_path: Path) -> None:
    """A column that is filled for some rows only: these are dead. One whose 户籍状态 says 正常 is to be looked at."""
    folder = workspace(tmp_path)
    table = """
        | 阴平镇户籍人口（含死亡） |          |        |      |          |            |
        | 姓名                     | 身份证号 | 镇街   | 村居 | 户籍状态 | 死亡时间   |
        | 甲一                     | 甲一     | 阴平镇 | 东村 |          | 2023-06-01 |
        | 甲二                     | 甲二     | 阴平镇 | 东村 |          |            |
        | 甲三                     | 甲三     | 阴平镇 | 东村 | 正常     | 2023-06-01 |
    """
    code, answer = run(folder, "import-households", named(tmp_path / "户籍.xlsx", table))
    assert (code, answer["findings"]) == (0, {"W208": 1})
    assert listed(folder) == ["甲二", "甲三"]


@pytest.mark.parametrize(
    ("title", "saying"),
    [
        ("低保退出名单", "退出的名单，不是户籍.*\n.*import-roster"),
        ("户籍人口（含死亡）", "只有一部分.*\n.*变动类型"),
        ("户籍变动", "变动类型"),
    ],
)
def test_refused_by_the_households(folder: Path, tmp_path: Path, title: str, saying: str) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", [[title, ""], ["姓名", "身份证号"], ["甲一", IDS["甲一"]]])
    refused(folder, "import-households", path, code=4, saying=saying)


def test_the_dead_beside_residents(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    rows = {
        "户籍": [["姓名", "身份证号", "镇街"], ["甲一", IDS["甲一"], "阴平镇"]],
        "死亡": [["姓名", "身份证号", "死亡时间"], ["甲二", IDS["甲二"], "2023-06-01"]],
    }
    refused(
        folder, "import-households", write_xlsx(tmp_path / "x.xlsx", rows), code=4, saying="“死亡”.*分成|分成两个文件"
    )


def test_said_to_a_person(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that ended nothing is said under -q, too."""
    file = named(tmp_path / "附件.xlsx", LEAVING)
    assert "N303" in printed(capsys, "import-roster", file, "-q", "-w", folder)[1]
    assert YINPING[0] not in on_list(folder)
