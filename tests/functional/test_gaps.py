"""疑似漏保: who is a gap and why, worked by hand under the plan of 2024; the workbook goes to the village and back."""

import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sheets import district, person, printed, refused, run, sheet, workspace, write_xlsx

from fcins.analysis.coverage import coverage
from fcins.analysis.gaps import gaps_of, reasons
from fcins.assessment import liability

PEOPLE = """
    | 姓名 | 出生       | 户籍状态 | 户籍性质   | 电话        | 何人                                             |
    | 甲一 | 1980-01-01 | 正常     | 户籍       | 13800000001 | 医保已缴，养老没有登记                           |
    | 乙二 | 1980-02-02 | 正常     | 户籍       |             | 低保，养老没有登记                               |
    | 丙三 | 2023-05-05 | 正常     | 户籍       |             | 今年出生，医保没有缴                             |
    | 丁四 | 2007-12-25 | 正常     | 户籍       |             | 12月25日满16周岁，两险都没有                     |
    | 己六 | 2010-06-06 | 正常     | 户籍       |             | 学生，名册上写着“异地参保”，医保没有缴           |
    | 庚七 | 1975-07-07 | 正常     | 户籍       |             | 两险都缴清                                       |
    | 辛八 | 1975-08-08 | 正常     | 户籍       |             | 医保缴清，养老350元只缴100元                     |
    | 壬九 | 1950-09-09 | 正常     | 户籍       |             | 满70周岁，区财政代缴                             |
    | 癸十 | 1980-10-10 | 死亡     | 户籍       |             | 已死亡                                           |
    | 子丑 | 1963-11-11 | 正常     | 户籍       |             | 11月11日满60周岁，医保190元没有缴                |
    | 寅卯 | 1985-01-05 | 正常     | 户籍       |             | 职工医保，其他养老                               |
    | 辰巳 | 1990-01-09 | 正常     | 常住非户籍 |             | 医保没有缴；养老在户籍地                         |
"""
BIRTH = {row[0]: row[1] for row in sheet(PEOPLE)[1:]} | {"戊五": "1985-05-05"}
ID = {name: person(birth) for name, birth in BIRTH.items()}
NAME, NUMBER, SCHEME, DUE, PAY_FROM, CAUSE = 4, 7, 9, 11, 13, 14
BEFORE, LAST_DAY = ("--date", "2023-12-19"), ("--date", "2023-12-20")


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """阴平镇东村, all in one household but 戊五, who moved in on 2023-03-01."""
    at = tmp_path_factory.mktemp("gaps")
    folder = workspace(at)
    homes = [["镇街", "村居", "组", "户号", "户主姓名", "姓名", "公民身份号码", "户籍状态", "户籍性质", "联系电话"]]
    for name, _, status, residency, phone, _ in sheet(PEOPLE)[1:]:
        homes.append(["阴平镇", "东村", "2组", "1", "甲一", name, ID[name], status, residency, phone])
    coming = f"""
        | 镇街   | 村居 | 户号 | 户主姓名 | 姓名 | 公民身份号码 | 变动类型 | 变动日期   |
        | 阴平镇 | 东村 | 2    | 戊五     | 戊五 | {ID["戊五"]} | 迁入     | 2023-03-01 |
    """
    rosters = f"""
        | 姓名 | 身份证号     | 人员类别 | 未参保原因 |
        | 乙二 | {ID["乙二"]} | 低保     |            |
        | 己六 | {ID["己六"]} | 学生     | 异地参保   |
        | 寅卯 | {ID["寅卯"]} | 职工医保 |            |
        | 寅卯 | {ID["寅卯"]} | 职工养老 |            |
    """
    tiers = f"""
        | 姓名 | 身份证号     | 缴费档次 |
        | 庚七 | {ID["庚七"]} | 350      |
        | 辛八 | {ID["辛八"]} | 350      |
    """
    paid = f"""
        | 姓名 | 身份证号     | 险种 | 缴费金额 | 缴费日期   |
        | 甲一 | {ID["甲一"]} | 医保 | 380      | 2023-11-01 |
        | 庚七 | {ID["庚七"]} | 医保 | 380      | 2023-11-01 |
        | 庚七 | {ID["庚七"]} | 养老 | 350      | 2023-11-01 |
        | 辛八 | {ID["辛八"]} | 医保 | 380      | 2023-11-01 |
        | 辛八 | {ID["辛八"]} | 养老 | 100      | 2023-11-01 |
    """
    tables = {"households": homes, "roster": rosters, "enrolment": tiers, "payments": paid}
    for kind, table in [*tables.items(), ("households", coming)]:
        code, answer = run(folder, f"import-{kind}", write_xlsx(at / f"{kind}{len(table)}.xlsx", table))
        assert (code, answer["rows"]["rejected"]) == (0, 0), answer
    return folder


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled_once, tmp_path / "workspace"))


def export(folder: Path, out: Path, *options: str) -> tuple[dict[str, Any], Path]:
    code, answer = run(folder, "gaps", "--town", "阴平", "-o", out, *options)
    assert code == 0, answer
    return answer, Path(answer["files"][0])


def listed(path: Path, *columns: int) -> list[tuple[Any, ...]]:
    """Some columns (from 1) of the lines of 东村."""
    rows = list(openpyxl.load_workbook(path)["东村"].iter_rows(min_row=4, values_only=True))
    lines = rows[: [row[0] for row in rows].index("合计")]
    return [tuple(row[column - 1] for column in columns) for row in lines]


def returned(path: Path, **causes: str) -> Path:
    """The workbook as an agent fills it in: `甲一_养老="职工参保"`."""
    book = openpyxl.load_workbook(path)
    page = book["东村"]
    for row in page.iter_rows(min_row=4):
        cause = causes.pop(f"{row[NAME - 1].value}_{row[SCHEME - 1].value}", None)
        if cause is not None:
            row[CAUSE - 1].value = cause
    assert not causes
    book.save(path.with_name("交回.xlsx"))
    return path.with_name("交回.xlsx")


def test_not_enrolled(filled: Path, tmp_path: Path) -> None:
    """Before the window's last day: the pension without enrolment, hardship too. Nobody enrols for medical."""
    answer, path = export(filled, tmp_path, *BEFORE)
    assert path == tmp_path / "阴平镇" / "疑似漏保_阴平镇.xlsx"
    assert listed(path, NAME, SCHEME, 10) == [
        ("甲一", "养老", "应参加养老未登记"),
        ("乙二", "养老", "困难群体未登记"),
        ("丁四", "养老", "今年满16周岁"),
        ("戊五", "养老", "迁入"),
    ]
    assert (answer["command"], answer["people"], answer["unpaid"]) == ("gaps", 4, False)
    assert answer["by_reason"] == {"困难群体未登记": 1, "今年满16周岁": 1, "迁入": 1, "应参加养老未登记": 1}


GAPS = [
    ("甲一", "养老", "应参加养老未登记", None, None, None),
    ("乙二", "养老", "困难群体未登记", None, None, None),
    ("丙三", "医保", "新生儿", 380, None, None),
    ("丁四", "医保", "未缴费", 380, None, None),
    ("丁四", "养老", "今年满16周岁", None, None, None),
    ("己六", "医保", "区教体局在校学生名单", 380, None, "市外参保"),
    ("辛八", "养老", "未缴费", 350, 100, None),
    ("子丑", "医保", "未缴费", 190, None, None),
    ("辰巳", "医保", "未缴费", 380, None, None),
    ("戊五", "医保", "迁入", 380, None, None),
    ("戊五", "养老", "迁入", None, None, None),
]


def test_not_paid(filled: Path, tmp_path: Path) -> None:
    """From the last day on. Each person counts once, under the first reason: 丁四 under 16, not under 未缴费."""
    answer, path = export(filled, tmp_path, *LAST_DAY)
    assert listed(path, NAME, SCHEME, 10, DUE, 12, CAUSE) == GAPS
    assert answer["by_reason"] == {
        "困难群体未登记": 1, "新生儿": 1, "今年满16周岁": 1, "迁入": 1, "区教体局在校学生名单": 1,
        "应参加养老未登记": 1, "未缴费": 3,
    }  # fmt: skip
    assert (answer["people"], answer["with_cause"], answer["without_cause"]) == (9, 1, 10)
    assert answer["towns"] == [
        {"town": "阴平镇", "villages": 1, "people": 9, "medical": 6, "pension": 5, "with_cause": 1, "without_cause": 10}
    ]
    summary = [cell.value for cell in openpyxl.load_workbook(path)["汇总"][4]]
    assert summary == [1, "东村", 9, 1, 1, 1, 1, 1, 1, 3, 6, 5, 1, 10]
    assert {phone for (phone,) in listed(path, 8)} == {"13800000001", None}  # the head's, for who has none
    assert listed(path, 2)[0] == ("2组",)


def test_unpaid_before_the_end(filled: Path, tmp_path: Path) -> None:
    """--unpaid on 2023-11-10: 子丑 may pay half from tomorrow on, 丁四 owes the same at any age."""
    answer, path = export(filled, tmp_path, "--unpaid", "--date", "2023-11-10")
    assert (answer["people"], answer["unpaid"]) == (9, True)
    days = {name: day for name, scheme, day in listed(path, NAME, SCHEME, PAY_FROM) if day}
    assert {name: f"{day:%Y-%m-%d}" for name, day in days.items()} == {"子丑": "2023-11-11"}


def test_the_clock_does_not_decide(filled: Path, tmp_path: Path) -> None:
    """Without --date it is the day of the newest batch; nothing but the batch tells that day."""
    from fcins.store.workspace import open_store

    for day, people in (("2023-12-19", 4), ("2023-12-20", 9)):
        with open_store(filled) as store:
            store.run(f"UPDATE batches SET imported_at = '{day} 09:00:00'")
        assert export(filled, tmp_path)[0]["people"] == people


def test_the_way_back(filled: Path, tmp_path: Path) -> None:
    """Causes are kept and shown; a death and 职工参保 are asked of who must confirm; no charge changes."""
    _, before = run(filled, "build-register", "--all", "-o", tmp_path, *LAST_DAY)
    _, path = export(filled, tmp_path / "out", *LAST_DAY)
    (offered,) = openpyxl.load_workbook(path)["东村"].data_validations.dataValidation
    assert offered.formula1 == '"市外参保,职工参保,参军,服刑,失联,自愿放弃,已死亡,其他"'
    back = returned(path, 甲一_养老="职工参保", 戊五_医保="在外省参保了", 戊五_养老="在外打工", 辰巳_医保="去年已病故")
    code, answer = run(filled, "import-roster", back)
    assert code == 0
    assert answer == {
        "command": "import-roster",
        "file": "交回.xlsx",
        "batch": 6,
        "gaps": {
            "lines": 11,
            "given": 4,
            "unchanged": 1,  # 己六's, from the student roster
            "blank": 6,
            "missing": 0,
            "causes": {"市外参保": 1, "职工参保": 1, "已死亡": 1, "其他": 1},
            "problems": [],
        },
        "rows": {"read": 4, "accepted": 4, "warned": 0, "duplicate": 0, "rejected": 0, "skipped": 7},
        "already_imported": False,
    }
    answer, again = export(filled, tmp_path / "again", *LAST_DAY)
    assert (answer["people"], answer["with_cause"], answer["without_cause"]) == (9, 5, 6)
    shown = {(name, scheme): cause for name, scheme, cause in listed(again, NAME, SCHEME, CAUSE) if cause}
    assert shown == {
        ("甲一", "养老"): "职工参保", ("戊五", "医保"): "市外参保", ("戊五", "养老"): "在外打工",
        ("辰巳", "医保"): "已死亡", ("己六", "医保"): "市外参保",
    }  # fmt: skip
    _, after = run(filled, "build-register", "--all", "-o", tmp_path, *LAST_DAY)
    assert after == before

    _, feedback = run(filled, "feedback-export", "-o", tmp_path / "feedback")
    told = {line["department"]: line["to_confirm"] for line in feedback["departments"]}
    assert {name: count for name, count in told.items() if count} == {"区人社局": 1, "区公安分局": 1}
    assert "阴平镇" not in told
    pages = openpyxl.load_workbook(tmp_path / "feedback" / "反馈_区人社局_2024年度.xlsx")
    line = [cell.value for cell in pages["其他养老保险参保人员待核实"][4]]
    assert line[1:5] == ["阴平镇", "东村", "甲一", ID["甲一"]]
    assert "养老未参保原因是“职工参保”" in line[7]
    pages = openpyxl.load_workbook(tmp_path / "feedback" / "反馈_区公安分局_2024年度.xlsx")
    assert [cell.value for cell in pages["已死亡待核实"][4]][3] == "辰巳"


def test_told_and_taken_back(filled: Path, tmp_path: Path) -> None:
    """explain, status, batches and withdraw know a returned workbook; the latest cause of a person and scheme holds."""
    _, path = export(filled, tmp_path / "out", *LAST_DAY)
    back = returned(path, 己六_医保="自愿放弃")
    assert run(filled, "import-roster", back, "--dry-run")[1]["batch"] is None
    assert run(filled, "import-roster", back)[1]["batch"] == 6
    assert run(filled, "import-roster", back)[1]["already_imported"] is True
    cause = [line for line in listed(export(filled, tmp_path / "2", *LAST_DAY)[1], NAME, CAUSE) if line[1]]
    assert cause == [("己六", "自愿放弃")]
    _, why = run(filled, "explain", ID["己六"])
    said = {fact["kind"]: (fact["said"], fact["sheet"], fact["row"], fact["verdict"]) for fact in why["facts"]}
    assert said["reasons"] == ("医保 自愿放弃", "东村", 9, "accepted")
    _, all_ = run(filled, "batches")
    last = all_["batches"][-1]
    assert (last["kind"], last["what"], last["read"], last["accepted"]) == ("reasons", "未参保原因", 1, 1)
    _, status = run(filled, "status")
    (line,) = [each for each in status["departments"] if each["kind"] == "reasons"]
    assert (line["department"], line["name"], line["people"], line["open"]) == ("阴平镇", "未参保原因", 1, 0)
    code, gone = run(filled, "withdraw", "6", "--yes")
    assert (code, gone["rows"], gone["people"]) == (0, 1, 1)
    cause = [line for line in listed(export(filled, tmp_path / "3", *LAST_DAY)[1], NAME, CAUSE) if line[1]]
    assert cause == [("己六", "市外参保")]
    assert run(filled, "import-roster", back)[1]["gaps"]["given"] == 1


def test_an_older_workbook_takes_nothing_back(filled: Path, tmp_path: Path) -> None:
    """What stood in it when it was sent, or is empty in it, is not said anew; what its agent wrote is."""
    _, path = export(filled, tmp_path / "old", *LAST_DAY)
    run(filled, "import-roster", returned(path, 己六_医保="自愿放弃", 甲一_养老="失联"))
    code, answer = run(filled, "import-roster", returned(path, 辰巳_医保="服刑"))  # 己六 as sent, 甲一 empty
    assert (code, answer["gaps"]["given"], answer["gaps"]["unchanged"]) == (0, 1, 1)
    shown = {name: cause for name, cause in listed(export(filled, tmp_path, *LAST_DAY)[1], NAME, CAUSE) if cause}
    assert shown == {"己六": "自愿放弃", "甲一": "失联", "辰巳": "服刑"}


def test_what_cannot_be_told(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Edited, added, repeated and deleted lines are said one by one; the rest is taken."""
    _, path = export(filled, tmp_path / "out", *LAST_DAY)
    book = openpyxl.load_workbook(path)
    page: Worksheet = book["东村"]
    page.cell(4, NAME).value = "甲乙"
    page.cell(5, NUMBER).value = ID["甲一"]
    page.cell(6, SCHEME).value = "车险"
    page.cell(7, CAUSE).value = "失联"
    for column in range(1, CAUSE + 1):  # 庚七 has paid; 丁四 comes twice
        page.cell(8, column).value = page.cell(7, column).value
    page.cell(9, NAME).value, page.cell(9, NUMBER).value = "庚七", ID["庚七"]
    for row in (4, 5, 6, 8, 9):
        page.cell(row, CAUSE).value = "其他"
    page.delete_rows(13)
    book.save(tmp_path / "改过.xlsx")
    _, quiet, _ = printed(capsys, "import-roster", tmp_path / "改过.xlsx", "-q", "--dry-run", "-w", filled)
    assert re.findall(r"^  没有采用：东村 第(\d)行", quiet, re.M) == ["4", "5", "6", "8", "9"]
    code, answer = run(filled, "import-roster", tmp_path / "改过.xlsx")
    assert code == 0
    told = [(each["row"], each["message"]) for each in answer["gaps"]["problems"]]
    stranger = "户籍库中没有这个姓名和号码的人：姓名、公民身份号码被改动过，或是另加的行，没有采用"
    assert told == [
        (4, stranger),
        (5, stranger),
        (6, "险种被改动过，没有采用"),
        (8, "与“东村”第7行是同一人、同一险种，只采用前一行"),
        (9, "此人的医保现在不是疑似漏保（已参保缴费、不用参保，或是另加的行），没有采用"),
    ]
    assert (answer["gaps"]["lines"], answer["gaps"]["given"], answer["gaps"]["missing"]) == (10, 1, 1)
    assert not any(number in str(answer) for number in ID.values())


def test_refused(filled: Path, tmp_path: Path) -> None:
    """Another workspace's, one without its head, one together with a roster, one with --category: nothing is kept."""
    _, path = export(filled, tmp_path / "out", *LAST_DAY)
    back = returned(path, 甲一_养老="参军")
    other = workspace(tmp_path / "other")
    refused(other, "import-roster", back, code=4, saying="不是本工作区送出的")
    book = openpyxl.load_workbook(back)
    book["东村"].delete_rows(1, 2)
    book.save(tmp_path / "无头.xlsx")
    refused(filled, "import-roster", tmp_path / "无头.xlsx", code=4, saying="没有回执号")
    roster = write_xlsx(tmp_path / "低保.xlsx", f"| 姓名 | 身份证号 |\n| 庚七 | {ID['庚七']} |")
    assert run(filled, "import-roster", back, roster)[0] == 2
    assert run(filled, "import-roster", back, "--category", "低保")[0] == 2
    assert len(run(filled, "batches")[1]["batches"]) == 5


def test_next_year_asks_anew(filled: Path, tmp_path: Path) -> None:
    """Why somebody is not insured belongs to its year."""
    _, path = export(filled, tmp_path / "out", *LAST_DAY)
    run(filled, "import-roster", returned(path, 甲一_养老="参军"))
    code, answer = run(filled, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")
    assert (code, "未参保原因：1条，都留在2024年度的工作区" in answer["not_carried"]) == (0, True)
    assert export(tmp_path / "2025", tmp_path / "next", "--unpaid")[0]["with_cause"] == 0


def test_covered_is_who_is_no_gap(sample: tuple[Path, dict[str, object]]) -> None:
    """二: of the liable whoever is no gap is covered, and nobody is both; in 困难群体 without an enrolment, too."""
    with district(sample[0]) as known:
        policy, people = known.policy, known.assessment.people
        lines = gaps_of(known, unpaid=True)
        who = liability.population(people, known.rosters.holding, policy, known.days_paid)
        counts = coverage(who, known.assessment, known.received).groupby("scheme")[["liable", "covered"]].sum()
        unenrolled = lines[(lines["reason"] == reasons(policy)[0]).to_numpy()]
        assert len(unenrolled)
    for scheme in ("medical", "pension"):
        gaps = int((lines["scheme"] == scheme).sum())
        assert counts.loc[scheme, "liable"] == counts.loc[scheme, "covered"] + gaps
