"""Whole small workspaces: what a reviewer once found wrong stays right."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from shared import copied

from fcins.analysis.district import District
from fcins.assessment.charges import CREDIT, PERSONAL
from fcins.commands import importing
from fcins.commands.batch import ImportResult
from fcins.commands.opening import Watcher, workspace_policy
from fcins.commands.registers import build_register, publicity_export
from fcins.commands.workspace import init
from fcins.identity import check_digit
from fcins.store import store
from fcins.store.workspace import open_store

SILENT = Watcher()


def made(birth: str, number: int) -> str:
    """An invented ID: region 370499, this birth date, this sequence number."""
    first = f"370499{birth}{number:03d}"
    return first + check_digit(first)


HEAD = made("19700303", 1)
WIFE = made("19710303", 2)
GONE = made("19500101", 3)


@pytest.fixture
def workspace(tmp_path):
    """A household of two."""
    return copied(tmp_path, _with_a_household)


def _with_a_household(at: Path) -> None:
    folder = at / "workspace"
    init(folder, "fengcheng-2024")
    households = f"""
        | 镇街   | 村居 | 户号 | 户主姓名 | 姓名 | 与户主关系 | 公民身份号码 |
        | 阴平镇 | 东村 | 1    | 王一     | 王一 | 户主       | {HEAD}       |
        | 阴平镇 | 东村 | 1    | 王一     | 李二 | 配偶       | {WIFE}       |
    """
    importing.import_households(folder, [table(at / "户籍.csv", households)], watcher=SILENT)


def table(path: Path, text: str) -> Path:
    """A table drawn as text → a .csv file."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]
    path.write_text("\n".join(",".join(row) for row in rows), "utf-8")
    return path


def roster(folder: Path, path: Path, category: str) -> ImportResult:
    asked = {"category": category, "declared_total": None, "town": None, "watcher": SILENT}
    return importing.import_roster(folder, [path], **asked)[0]


def district(folder: Path) -> District:
    opened = open_store(folder)
    return District(opened, workspace_policy(folder))


def test_changes_of_somebody_unknown(workspace, tmp_path):
    """Each of them is E201: a copy of a rejected row is rejected for the same reason."""
    changes = f"""
        | 姓名 | 公民身份号码 | 变动类型 | 变动日期   |
        | 无名 | {GONE}       | 死亡     | 2023-10-02 |
        | 无名 | {GONE}       | 死亡     | 2023-10-03 |
        | 王一 | {HEAD}       | 死亡     | 2023-10-04 |
        | 王一 | {HEAD}       | 死亡     | 2023-10-05 |
    """
    result = importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)[0]
    assert result.findings == {"D401": 1, "E201": 2}
    assert (result.accepted, result.duplicate, result.rejected) == (1, 1, 2)


def test_somebody_born_and_dead_within_the_changes_is_known_to_be_dead(workspace, tmp_path):
    child = made("20231105", 4)
    changes = f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 | 变动类型 | 变动日期   |
        | 阴平镇 | 东村 | 王小 | {child}      | 死亡     | 2023-11-20 |
        | 阴平镇 | 东村 | 王小 | {child}      | 出生     | 2023-11-05 |
    """
    importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)
    result = roster(workspace, table(tmp_path / "低保.csv", f"|姓名|身份证号|\n|王小|{child}|"), "低保")
    assert result.findings == {"E203": 1}


COUPLE = {"王一": HEAD, "李二": WIFE}

CHANGES = {
    "a move told by both towns on one day": """
        峨山 | 迁入 | 2023-11-05 | 峨山镇 | 西村 | 王一 |
        阴平 | 迁出 | 2023-11-05 | 阴平镇 | 东村 | 王一 |
    """,
    "the old town tells it later": """
        峨山 | 迁入 | 2023-11-05 | 峨山镇 | 西村 | 王一 |
        阴平 | 迁出 | 2023-11-09 | 阴平镇 |      | 王一 |
    """,
    "there and back and there": """
        一 | 迁入 | 2023-11-05 | 峨山镇 | 西村 | 王一 |
        一 | 迁入 | 2023-11-06 | 阴平镇 | 东村 | 王一 |
        一 | 迁入 | 2023-11-07 | 峨山镇 | 西村 | 王一 |
    """,
}


@pytest.mark.parametrize("text", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("backwards", [False, True])
def test_who_moves_lives_where_they_moved_to(workspace, tmp_path, text, backwards):
    """Whichever town's file comes first; the old household stays behind."""
    rows = [[cell.strip() for cell in line.split("|")][:-1] for line in text.strip().splitlines()]
    files = dict.fromkeys(row[0] for row in rows)
    for name in reversed(files) if backwards else files:
        mine = [f"|{'|'.join(row[1:])}|{COUPLE[row[5]]}|" for row in rows if row[0] == name]
        heading = "|变动类型|变动日期|镇街|村居|姓名|公民身份号码|"
        path = table(tmp_path / f"{name}.csv", "\n".join([heading, *(reversed(mine) if backwards else mine)]))
        importing.import_households(workspace, [path], watcher=SILENT)
    (one,) = district(workspace).residents.people.query("name == '王一'").to_dict("records")
    shown = ("status", "town", "village", "household_no", "household_head", "relation")
    assert [one[field] for field in shown] == ["正常", "峨山镇", "西村", "", "", ""]


def test_who_leaves_where_they_moved_to_has_left(workspace, tmp_path):
    changes = f"""
        | 变动类型 | 变动日期   | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 迁入     | 2023-11-05 | 峨山镇 | 西村 | 王一 | {HEAD}       |
        | 迁出     | 2023-11-09 | 峨山镇 | 西村 | 王一 | {HEAD}       |
    """
    importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)
    people = district(workspace).residents.people
    assert people.loc[people["name"] == "王一", "status"].tolist() == ["迁出"]


@pytest.mark.parametrize(
    ("changes", "status", "since"),
    [
        ("死亡 2023-12-15, 销户 2024-01-08", "死亡", "2023-12-15"),
        ("迁出 2023-12-10, 死亡 2024-01-15", "死亡", "2023-12-10"),
        ("迁出 2023-12-10, 销户 2024-01-15", "迁出", "2023-12-10"),
        ("死亡 2023-11-01, 新增 2023-11-05, 死亡 2023-11-09", "死亡", "2023-11-09"),
        ("死亡 2023-11-09, 死亡 2023-11-12", "死亡", "2023-11-09"),
    ],
)
def test_the_day_somebody_was_first_gone_stands(workspace, tmp_path, changes, status, since):
    """Cancelling the registration of the dead, weeks later, takes no refund from the family."""
    rows = [f"|王一|{HEAD}|{'|'.join(each.split())}|" for each in changes.split(", ")]
    path = table(tmp_path / "变动.csv", "\n".join(["|姓名|公民身份号码|变动类型|变动日期|", *rows]))
    importing.import_households(workspace, [path], watcher=SILENT)
    people = district(workspace).residents.people.set_index("name")
    assert people.loc["王一", ["status", "status_since"]].tolist() == [status, since]


@pytest.mark.parametrize(
    ("changes", "since"), [("销户 2024-01-08", ""), ("死亡 2023-12-15, 销户 2024-01-08", "2023-12-15")]
)
def test_known_dead_without_a_day(workspace, tmp_path, changes, since):
    """Only a death dates the death."""
    dead = f"|镇街|村居|姓名|公民身份号码|户籍状态|\n|阴平镇|东村|庚七|{GONE}|死亡|"
    importing.import_households(workspace, [table(tmp_path / "户籍2.csv", dead)], watcher=SILENT)
    rows = [f"|庚七|{GONE}|{'|'.join(each.split())}|" for each in changes.split(", ")]
    path = table(tmp_path / "变动.csv", "\n".join(["|姓名|公民身份号码|变动类型|变动日期|", *rows]))
    importing.import_households(workspace, [path], watcher=SILENT)
    people = district(workspace).residents.people.set_index("name")
    assert people.loc["庚七", ["status", "status_since"]].tolist() == ["死亡", since]


def test_a_departure_told_by_another_town_than_theirs_ends_nothing(workspace, tmp_path):
    """The list shows them where they moved to already; the old town tells it late. One from outside is one."""
    heading = "|变动类型|变动日期|镇街|姓名|公民身份号码|"
    rows = [f"|迁出|2023-11-09|峨山镇|王一|{HEAD}|", f"|迁出|2023-11-09|市中区|李二|{WIFE}|"]
    path = table(tmp_path / "变动.csv", "\n".join([heading, *rows]))
    result = importing.import_households(workspace, [path], watcher=SILENT)[0]
    assert (result.accepted, result.findings) == (2, {"W205": 1})
    people = district(workspace).residents.people.set_index("name")
    assert people.loc[["王一", "李二"], "status"].tolist() == ["正常", "迁出"]


def test_a_village_told_for_the_first_time_is_no_move(workspace, tmp_path):
    someone = made("19850505", 10)
    row = f"|镇街|村居|户号|户主姓名|姓名|公民身份号码|\n|峨山镇||7|周甲|周甲|{someone}|"
    importing.import_households(workspace, [table(tmp_path / "户籍2.csv", row)], watcher=SILENT)
    change = f"|变动类型|变动日期|镇街|村居|姓名|公民身份号码|\n|新增|2023-11-05|峨山镇|西村|周甲|{someone}|"
    importing.import_households(workspace, [table(tmp_path / "变动.csv", change)], watcher=SILENT)
    people = district(workspace).residents.people.set_index("name")
    assert people.loc["周甲", ["village", "household_no", "household_head"]].tolist() == ["西村", "7", "周甲"]


def test_another_town_without_its_village_is_no_old_village(workspace, tmp_path):
    changes = f"|变动类型|变动日期|镇街|姓名|公民身份号码|\n|迁入|2023-11-05|峨山镇|王一|{HEAD}|"
    importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)
    people = district(workspace).residents.people
    assert people.loc[people["name"] == "王一", ["town", "village"]].to_numpy().tolist() == [["峨山镇", ""]]


def test_a_change_takes_no_household_from_the_row_above(workspace, tmp_path):
    child, comer = made("20231105", 4), made("19850505", 7)
    changes = f"""
        | 变动类型 | 变动日期   | 镇街   | 村居 | 户号 | 户主姓名 | 姓名 | 公民身份号码 |
        | 死亡     | 2023-11-01 | 阴平镇 | 东村 | 1    | 王一     | 王一 | {HEAD}       |
        | 迁入     | 2023-11-02 | 阴平镇 | 东村 |      |          | 周五 | {comer}      |
        | 出生     | 2023-11-05 | 阴平镇 | 东村 |      |          | 李小 | {child}      |
    """
    importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)
    people = district(workspace).residents.people.set_index("name")
    assert people.loc[["周五", "李小"], ["household_no", "household_head"]].to_numpy().tolist() == [["", ""]] * 2


def test_a_registration_that_cannot_be_told_is_not_guessed(workspace, tmp_path):
    people = [made("19850505", number) for number in range(10, 16)]
    kinds = ["常住户口", "流动人口", "非本区户籍", "外省户籍", "", "户籍"]
    rows = [f"|阴平镇|东村|周{at}|{one}|{kind}|" for at, one, kind in zip("甲乙丙丁戊己", people, kinds, strict=True)]
    path = table(tmp_path / "户籍2.csv", "\n".join(["|镇街|村居|姓名|公民身份号码|户籍性质|", *rows]))
    result = importing.import_households(workspace, [path], watcher=SILENT)[0]
    assert (result.findings, result.rejected) == ({"E303": 1}, 1)
    told = district(workspace).residents.people.set_index("name")["residency"]
    assert told.loc[["周甲", "周乙", "周丙", "周戊", "周己"]].tolist() == [
        "户籍",
        "常住非户籍",
        "常住非户籍",
        "户籍",
        "户籍",
    ]


def test_a_family_that_came_together_shares_its_first_row(workspace, tmp_path):
    """镇街, 村居, 户号 and 户主 merged over three rows; who comes on another day, or heads a household, is apart."""
    ids = [made("19850505", number) for number in range(10, 15)]
    changes = f"""
        | 变动类型 | 变动日期   | 镇街   | 村居 | 户号 | 户主姓名 | 与户主关系 | 姓名 | 公民身份号码 |
        | 迁入     | 2023-11-02 | 阴平镇 | 西村 | 8    | 周甲     | 户主       | 周甲 | {ids[0]}     |
        | 迁入     | 2023-11-02 |        |      |      |          | 妻         | 周乙 | {ids[1]}     |
        | 迁入     | 2023-11-02 |        |      |      |          | 子         | 周丙 | {ids[2]}     |
        | 迁入     | 2023-11-02 | 阴平镇 |      |      |          | 户主       | 周丁 | {ids[3]}     |
        | 迁入     | 2023-11-03 | 阴平镇 |      |      |          | 子         | 周戊 | {ids[4]}     |
    """
    importing.import_households(workspace, [table(tmp_path / "变动.csv", changes)], watcher=SILENT)
    people = district(workspace).residents.people.set_index("name")
    told = people.loc[["周甲", "周乙", "周丙", "周丁", "周戊"], ["village", "household_no", "household_head"]]
    assert told.to_numpy().tolist() == [["西村", "8", "周甲"]] * 3 + [["", "", ""]] * 2


def test_one_id_under_two_names_goes_back(workspace, tmp_path):
    """Whose ID was mistyped as a neighbour's would be in no register, and nobody would ask."""
    rows = f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 阴平镇 | 东村 | 李三 | {WIFE}       |
        | 阴平镇 | 东村 | 王一 | {HEAD}       |
    """
    result = importing.import_households(workspace, [table(tmp_path / "户籍2.csv", rows)], watcher=SILENT)[0]
    assert (result.findings, result.rejected, result.duplicate) == ({"E202": 1, "D402": 1}, 1, 1)


def test_readmitted_member_is_a_member(workspace, tmp_path):
    text = f"""
        | 姓名 | 身份证号 | 纳入时间   | 取消时间   |
        | 王一 | {HEAD}   | 2020-01-01 | 2021-12-31 |
        | 王一 | {HEAD}   | 2023-01-01 |            |
    """
    result = roster(workspace, table(tmp_path / "低保.csv", text), "低保")
    assert result.accepted == 2
    assert district(workspace).assessment.amounts("medical", PERSONAL).tolist() == [0, 38000]


def test_corrected_couple_row_credits_both(workspace, tmp_path):
    """The wife's ID was wrong at first; 300 for each of them once it is right, whichever file came first."""
    wrong = WIFE[:-1] + ("0" if WIFE[-1] != "0" else "1")
    heading = "|女方姓名|女方身份证号|男方姓名|男方身份证号|家庭类别|\n"
    for name, wife in (("一", wrong), ("二", WIFE)):
        roster(
            workspace, table(tmp_path / f"{name}.csv", f"{heading}|李二|{wife}|王一|{HEAD}|独生子女|"), "计生奖扶家庭"
        )
    tiers = f"|姓名|身份证号|缴费档次|\n|王一|{HEAD}|350|\n|李二|{WIFE}|350|"
    importing.import_facts(workspace, [table(tmp_path / "登记.csv", tiers)], "enrolment", watcher=SILENT)
    assert district(workspace).assessment.amounts("pension", CREDIT, "计生缴费补贴").tolist() == [30000, 30000]


def test_hint_names_the_spouse_it_is_about(workspace, tmp_path):
    from fcins.documents.hints import hint_table

    heading = "|女方姓名|女方身份证号|男方姓名|男方身份证号|家庭类别|\n"
    couple = f"{heading}|李二|{WIFE}|赵四|{made('19680101', 5)}|独生子女|"
    roster(workspace, table(tmp_path / "计生.csv", couple), "计生奖扶家庭")
    hints = hint_table(district(workspace))
    assert hints[["姓名", "问题代码"]].to_numpy().tolist() == [["赵四", "E201"]]


@pytest.mark.parametrize("cell", ["低保、重残", "低保 重残", "低保/重残", "低保+重残", "低保和重残", "低保；重残"])
def test_several_categories_in_a_cell(workspace, tmp_path, cell):
    text = f"|姓名|身份证号|人员类别|残疾等级|\n|王一|{HEAD}|{cell}|二级|"
    path = table(tmp_path / "名册.csv", text)
    asked = {"category": None, "declared_total": None, "town": None, "watcher": SILENT}
    assert importing.import_roster(workspace, [path], **asked)[0].accepted == 1
    held = district(workspace).rosters.holding
    assert sorted(held["category"]) == ["dibao", "disability"]


def test_a_category_that_has_an_and_in_its_name_is_one_of_several_in_a_cell(workspace, tmp_path):
    text = f"|姓名|身份证号|人员类别|\n|老人|{GONE}|低保和70周岁及以上老年人|"
    row = f"|镇街|村居|姓名|公民身份号码|\n|阴平镇|东村|老人|{GONE}|"
    importing.import_households(workspace, [table(tmp_path / "户籍2.csv", row)], watcher=SILENT)
    asked = {"category": None, "declared_total": None, "town": None, "watcher": SILENT}
    importing.import_roster(workspace, [table(tmp_path / "名册.csv", text)], **asked)
    assert sorted(district(workspace).rosters.holding["category"]) == ["dibao", "elderly"]


def test_enrolled_twice_the_later_row_holds(workspace, tmp_path):
    text = f"""
        | 姓名 | 身份证号 | 缴费档次 | 登记日期   |
        | 王一 | {HEAD}   | 500      | 2023-10-05 |
        | 王一 | {HEAD}   | 350      | 2023-11-05 |
    """
    path = table(tmp_path / "登记.csv", text)
    result = importing.import_facts(workspace, [path], "enrolment", watcher=SILENT)[0]
    assert (result.accepted, result.duplicate, result.findings) == (1, 1, {"D401": 1})
    known = district(workspace)
    assert known.assessment.people["tier_fen"].tolist() == [35000, 0]
    assert known.enrolments.findings["seq"].tolist() == [0]


def test_nobody_named_like_a_heading_stops_the_notice(workspace, tmp_path):
    """周岁 is a name too."""
    someone = made("19880101", 6)
    row = f"|镇街|村居|户号|姓名|公民身份号码|\n|阴平镇|东村|2|周岁|{someone}|"
    importing.import_households(workspace, [table(tmp_path / "户籍2.csv", row)], watcher=SILENT)
    paid = f"|姓名|身份证号|险种|缴费金额|缴费日期|\n|周岁|{someone}|医保|380|2023-11-01|"
    importing.import_facts(workspace, [table(tmp_path / "缴费.csv", paid)], "payments", watcher=SILENT)
    result = publicity_export(workspace, town="阴平", out=tmp_path, dated=None, today=date(2024, 1, 2), watcher=SILENT)
    assert result.people == 1


def test_total_of_money_is_no_count(workspace, tmp_path):
    text = f"|姓名|身份证号|月保障金|\n|王一|{HEAD}|12345|\n|合计||12345|"
    assert roster(workspace, table(tmp_path / "低保.csv", text), "低保").declared_total is None


def test_facts_come_back_as_they_were(workspace):
    with open_store(workspace) as opened:
        facts = opened.facts("household_facts")
        recorded = opened.batches()["digest"].tolist()
    assert isinstance(facts, pd.DataFrame)
    assert [store.digest(facts, "households")] == recorded


def test_one_village_of_several_that_read_alike(workspace, tmp_path):
    """东 村 is 东村. The people without a village too; what payers bear is that of those listed."""
    someone, other, nowhere = made("19850505", 10), made("19850505", 11), made("20240105", 12)
    rows = f"""
        | 镇街   | 姓名 | 公民身份号码 | 村居  |
        | 阴平镇 | 无村 | {nowhere}    |       |
        | 阴平镇 | 周甲 | {someone}    | 东 村 |
        | 阴平镇 | 周乙 | {other}      | 北村  |
    """
    importing.import_households(workspace, [table(tmp_path / "户籍2.csv", rows)], watcher=SILENT)
    for village, people in (("东村", 3), ("东 村", 3), ("未填村居", 1)):
        result = build_register(workspace, town="阴平", village=village, out=tmp_path, dated=None, watcher=SILENT)
        assert result.people == people
        assert sum(each.amount_fen for each in result.by_payer if each.scheme == "medical") == people * 102000
    assert district(workspace).assessment.people.set_index("name").loc["无村", "age"] == 0
