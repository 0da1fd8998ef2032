"""Heads, spouses and guardians in columns of their own: of which lists they are people, and where that is only said."""

from pathlib import Path

import pytest
from sheets import Rows, district, run, sheet, workspace, write_xlsx
from two_towns import IDS, both_towns, members


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return both_towns(tmp_path)


def named(path: Path, table: str) -> Path:
    """A text table, in which a cell 甲一 under a heading with 身份证号 is the ID of 甲一."""
    heading, *lines = sheet(table)
    ids = [at for at, text in enumerate(heading) if "身份证号" in text]
    rows: Rows = [[IDS.get(cell, cell) if at in ids else cell for at, cell in enumerate(line)] for line in lines]
    return write_xlsx(path, [heading, *rows])


FAMILIES = """
    | 户主姓名 | 户主身份证号 | 家庭成员姓名 | 身份证号 | 与户主关系 |
    | 甲一     | 甲一         | 甲二         | 甲二     | 妻         |
    |          |              | 甲三         | 甲三     | 子         |
    | 甲四     | 甲四         | 甲四         | 甲四     | 户主       |
    | 甲四     | 甲四         | 甲五         | 甲五     | 妻         |
    | 乙一     | 乙一         | 乙二         | 乙二     | 妻         |
    | 乙一     | 乙一         | 乙三         | 乙三     | 子         |
"""
"""Three households. 甲一's cells are merged, 甲四 has a row of their own, 乙一 is named on each row: two heads more."""


def test_heads_of_a_category_given_by_household(folder: Path, tmp_path: Path) -> None:
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", FAMILIES), "--category", "低保")
    assert (code, answer["rows"]["read"], answer["rows"]["accepted"]) == (0, 8, 8)
    assert (answer["findings"], answer["notices"]) == ({}, [])
    assert members(folder) == {"dibao": [name for name in IDS if name not in ("乙四", "乙五")]}
    assert run(folder, "verify")[1]["ok"]


def test_heads_of_other_lists(folder: Path, tmp_path: Path) -> None:
    """They are said, and no members."""
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", FAMILIES), "--category", "优抚")
    assert (code, answer["rows"]["read"]) == (0, 6)
    assert [(each["code"], each["text"]) for each in answer["notices"]] == [
        ("N101", "“户主身份证号”一列是另外的人，其中2人没有自己的一行，没有当作重点优抚对象")
    ]
    assert not {"甲一", "乙一"} & set(members(folder)["veteran"])


def test_who_leaves_takes_no_head_along(folder: Path, tmp_path: Path) -> None:
    everybody = named(tmp_path / "x.xlsx", FAMILIES)
    run(folder, "import-roster", everybody, "--category", "低保")
    table = """
        | 姓名 | 身份证号 | 户主姓名 | 户主身份证号 | 退出时间   |
        | 甲三 | 甲三     | 甲一     | 甲一         | 2023-10-01 |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "低保退出.xlsx", table), "--force")
    assert (code, answer["rows"]["read"]) == (0, 1)
    assert answer["notices"][1]["text"].endswith("其中1人没有自己的一行，没有取消")
    assert [name for name in ("甲一", "甲二", "甲三") if name in members(folder)["dibao"]] == ["甲一", "甲二"]


def test_a_heads_ids_that_differ(folder: Path, tmp_path: Path) -> None:
    """Under the same 户号 and name: the member's row holds, and the other ID is said."""
    table = """
        | 户号 | 户主姓名 | 户主身份证号 | 姓名 | 身份证号 |
        | 1    | 甲一     | 乙五         | 甲一 | 甲一     |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", table), "--category", "低保")
    assert (code, answer["rows"]["read"], answer["rows"]["accepted"], len(answer["notices"])) == (0, 1, 1, 1)
    assert members(folder) == {"dibao": ["甲一"]}


def test_heads_of_the_households(tmp_path: Path) -> None:
    """A head with no row of their own is a resident; a member's 户籍状态 is not theirs."""
    folder = workspace(tmp_path)
    table = """
        | 镇街   | 村居 | 户号 | 户主姓名 | 户主身份证号 | 姓名 | 身份证号 | 与户主关系 | 户籍状态 |
        | 阴平镇 | 东村 | 1    | 甲一     | 甲一         | 甲二 | 甲二     | 妻         | 死亡     |
        | 阴平镇 | 东村 | 1    | 甲一     | 甲一         | 甲三 | 甲三     | 子         | 正常     |
    """
    code, answer = run(folder, "import-households", named(tmp_path / "户籍.xlsx", table))
    assert (code, answer["rows"]["accepted"]) == (0, 3)
    with district(folder) as known:
        people = known.residents.people.set_index("name")[["relation", "status", "household_no"]]
    assert people.T.to_dict("list") == {
        "甲一": ["户主", "正常", "1"],
        "甲二": ["妻", "死亡", "1"],
        "甲三": ["子", "正常", "1"],
    }


def test_guardians(folder: Path, tmp_path: Path) -> None:
    table = """
        | 姓名 | 身份证号 | 监护人姓名 | 监护人身份证号 | 母亲身份证号 |
        | 甲一 | 甲一     | 甲二       | 甲二           |              |
        | 甲三 | 甲三     | 甲二       | 甲二           | 甲一         |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", table), "--category", "学生")
    assert (code, answer["rows"]["read"]) == (0, 2)
    assert [each["text"] for each in answer["notices"]] == [
        "“监护人身份证号”一列是另外的人，其中1人没有自己的一行，没有当作在校学生"
    ]


# ── couples ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WOMAN, MAN = "李二", "王一"


@pytest.mark.parametrize("asked", [True, False])
def test_a_person_and_a_spouse(village: Path, tmp_path: Path, asked: bool) -> None:
    """Whoever stands first: the ID tells the wife. Both are members."""
    from people import LI, WANG

    table = [
        ["姓名", "性别", "身份证号", "配偶姓名", "配偶身份证号", "家庭类别"],
        [MAN, "男", WANG, WOMAN, LI, "独生子女"],
        [WOMAN, "女", LI, MAN, WANG, "独生子女"],
    ]
    words = ["--category", "计生奖扶家庭"] if asked else []
    code, answer = run(village, "import-roster", write_xlsx(tmp_path / "x.xlsx", table), *words)
    assert (code, answer["category"], answer["rows"]["accepted"], answer["findings"]) == (
        0, "family_planning", 1, {"D401": 1},
    )  # fmt: skip
    with district(village) as known:
        facts = known.store.facts("roster_facts")
    assert facts[["name", "role"]].to_numpy().tolist() == [[WOMAN, "wife"], [MAN, "husband"]] * 2


@pytest.mark.parametrize(
    ("spouse", "code"),
    [(["", ""], "E305"), (["王小", ""], "E102"), (["张三", "370499"], "E103")],
)
def test_a_spouse_who_cannot_be_read(village: Path, tmp_path: Path, spouse: list[str], code: str) -> None:
    """The row goes back; the man's own membership holds, as of 女方 and 男方."""
    from people import WANG

    table = [["姓名", "性别", "身份证号", "配偶姓名", "配偶身份证号"], [MAN, "男", WANG, *spouse]]
    path = write_xlsx(tmp_path / "x.xlsx", table)
    assert run(village, "import-roster", path, "--category", "计生奖扶家庭")[1]["findings"] == {code: 1}
    with district(village) as known:
        assert known.rosters.holding[["category", "role"]].to_numpy().tolist() == [["family_planning", "husband"]]


def test_a_spouse_of_the_same_sex(folder: Path, tmp_path: Path) -> None:
    """甲一 and 甲二 are men: no wife."""
    table = """
        | 姓名 | 身份证号 | 配偶姓名 | 配偶身份证号 |
        | 甲一 | 甲一     | 甲二     | 甲二         |
    """
    path = named(tmp_path / "x.xlsx", table)
    assert run(folder, "import-roster", path, "--category", "计生奖扶家庭")[1]["findings"] == {"E302": 1}


def test_a_spouse_on_another_list(folder: Path, tmp_path: Path) -> None:
    table = """
        | 姓名 | 身份证号 | 配偶姓名 | 配偶身份证号 |
        | 甲一 | 甲一     | 甲二     | 甲二         |
    """
    code, answer = run(folder, "import-roster", named(tmp_path / "x.xlsx", table), "--category", "低保")
    assert (code, members(folder)) == (0, {"dibao": ["甲一"]})
    assert "“配偶身份证号”一列是另外的人，其中1人" in answer["notices"][0]["text"]


# ── payments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_insured_and_not_the_payer(folder: Path, tmp_path: Path) -> None:
    """甲二 paid for 甲一, and for themselves: each 380 is the insured's."""
    table = """
        | 缴费人名称 | 缴费人识别号 | 参保人姓名 | 参保人身份证号 | 险种 | 缴费金额 | 缴费日期   | 凭证号 |
        | 甲二       | 1            | 甲一       | 甲一           | 医保 | 380      | 2023-11-05 | P1     |
        | 甲二       | 1            | 甲二       | 甲二           | 医保 | 380      | 2023-11-05 | P2     |
    """
    assert run(folder, "import-payments", named(tmp_path / "x.xlsx", table))[1]["rows"]["accepted"] == 2
    with district(folder) as known:
        held = known.payments.holding
        names = known.residents.people.set_index("key")["name"]
    assert names[held["key"]].tolist() == ["甲一", "甲二"]


def test_the_policy_says_which_categories() -> None:
    from fcins.policy.loading import load_policy

    policy = load_policy("fengcheng-2024")
    assert [each.code for each in policy.categories if each.by_household] == ["tekun", "dibao", "poverty"]
