"""A department gets its rows back, corrects them, sends them again: the count closes, and nobody is left out."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from people import LI, QIAN, WANG, YA, ZHAO
from sheets import district, person, printed, refused, run, workspace, write_xlsx

from fcins.store.workspace import open_store

STANDARD = [
    "批次", "文件", "工作表", "行号", "姓名", "公民身份号码", "镇街", "村居", "人员类别", "问题代码",
    "问题说明", "建议",
    "更正姓名", "更正公民身份号码", "处理结果",
]  # fmt: skip
NAME, ID, CODE, ADVICE, NEW_NAME, NEW_ID, ANSWER = 5, 6, 10, 12, 13, 14, 15
LEVEL = 19  # 残疾等级 in the roster below
WRONG = LI[:16] + LI[17] + LI[16]  # the last two the other way round
STRANGER = person("1991-01-01", 7)


def export(folder: Path, out: Path, *options: str) -> dict[str, Path]:
    """feedback-export: department → its workbook."""
    code, answer = run(folder, "feedback-export", "-o", out, *options)
    assert code == 0, answer
    return {path.stem.split("_")[1]: path for path in map(Path, answer["files"])}


def lines(path: Path, sheet: str | None = None) -> list[dict[str, Any]]:
    """The rows of a feedback sheet by heading (of equal headings the first)."""
    page = openpyxl.load_workbook(path)[sheet] if sheet else openpyxl.load_workbook(path).worksheets[1]
    headings = [cell.value for cell in page[3]]
    rows = page.iter_rows(min_row=4, values_only=True)
    return [
        {**dict(zip(headings[15:], row[15:], strict=True)), **dict(zip(STANDARD, row, strict=False))} for row in rows
    ]


def filled(path: Path, fill: Callable[[Worksheet], None], name: str = "填好.xlsx") -> Path:
    """The workbook as a clerk saves it after filling in its sheets of rows."""
    book = openpyxl.load_workbook(path)
    for page in book.worksheets:
        if page.cell(3, 1).value == "批次" and page.cell(3, 4).value == "行号":
            fill(page)
    book.save(path.with_name(name))
    return path.with_name(name)


def put(row: int, column: int, value: object) -> Callable[[Worksheet], None]:
    """One cell."""

    def fill(page: Worksheet) -> None:
        page.cell(row, column).value = value

    return fill


@pytest.fixture
def disabled(disabled_once: Path, tmp_path: Path) -> Path:
    """A workspace of one's own as `disabled_once` has it, and the roster's file beside it."""
    shutil.copy(disabled_once.parent / "残联.xlsx", tmp_path)
    return Path(shutil.copytree(disabled_once, tmp_path / "workspace"))


@pytest.fixture(scope="module")
def disabled_once(village_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village with a roster of five: one right, 李二's ID with a slip, a stranger, 王丫 of level 3, 王一 twice."""
    tmp_path = tmp_path_factory.mktemp("disabled")
    village = Path(shutil.copytree(village_once, tmp_path / "workspace"))
    roster = write_xlsx(
        tmp_path / "残联.xlsx",
        f"""
        | 乡镇 | 姓名 | 身份证号   | 残疾等级 | 备注 |
        | 阴平 | 王一 | {WANG}     | 一级     |      |
        | 阴平 | 李二 | {WRONG}    | 二级     | 低保 |
        | 阴平 | 外人 | {STRANGER} | 一级     |      |
        | 阴平 | 王丫 | {YA}       | 三级     |      |
        | 阴平 | 王一 | {WANG}     | 一级     |      |
        """,
    )
    code, answer = run(village, "import-roster", roster, "--category", "重残", "--declared-total", "4")
    assert (code, answer["rows"]["rejected"], answer["rows"]["duplicate"]) == (0, 3, 1)
    return village


@pytest.fixture(scope="module")
def sent_once(disabled_once: Path) -> Path:
    """What the department gets of `disabled_once`."""
    return export(disabled_once, disabled_once.parent / "out")["区残联"]


@pytest.fixture
def sent(sent_once: Path, tmp_path: Path) -> Path:
    """The workbook that was sent from `disabled`, in a folder of one's own."""
    (tmp_path / "out").mkdir()
    return Path(shutil.copy(sent_once, tmp_path / "out"))


def test_what_a_department_gets(disabled: Path, tmp_path: Path) -> None:
    """汇总: 4 stamped = 1 accepted + 1 copy + 3 returned - 1 more than stamped. Then its rows, failed ones first."""
    path = export(disabled, tmp_path / "out")["区残联"]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["汇总", "残联"]
    assert path.name == "反馈_区残联_2024年度.xlsx"
    summary = [cell.value for cell in book["汇总"][4]]
    assert summary[1:] == ["残联.xlsx", "重度残疾人", 4, 5, 1, 1, 3, 0, 3, -1, "不符，相差3"]
    page = book["残联"]
    assert [cell.value for cell in page[3]] == [*STANDARD, "乡镇", "姓名", "身份证号", "残疾等级", "备注"]
    told = lines(path)
    assert [(line["行号"], line["姓名"], line["问题代码"]) for line in told] == [
        (3, "李二", "E106"), (4, "外人", "E201"), (5, "王丫", "E301"), (6, "王一", "D401"),
    ]  # fmt: skip
    assert told[0]["备注"] == "低保"
    assert f"1. 李二 {LI}（阴平镇东村）：" in told[0]["建议"]
    assert "互换" in told[0]["建议"]
    assert told[2]["问题说明"] == "残疾等级不在该类别要求的范围内，或没有填写（写的是“三级”）"
    marked = {cell.coordinate for row in page.iter_rows(min_row=4) for cell in row if cell.fill.fill_type}
    assert marked == {"F4", "R4", "F5", "R5", "S6", "F7", "R7"}
    assert {page.cell(4, column).number_format for column in (ID, NEW_NAME, NEW_ID, ANSWER, LEVEL)} == {"@"}
    (listed,) = page.data_validations.dataValidation
    assert (str(listed.sqref), listed.formula1) == ("O4:O7", '"已死亡,已迁出,重复,取消资格,其他"')


def test_the_way_back(disabled: Path, tmp_path: Path) -> None:
    """One ID corrected, one level in the department's own cell, one has left: nothing is open, all 4 are told."""

    def fill(page: Worksheet) -> None:
        page.cell(4, NEW_ID).value = LI
        page.cell(5, ANSWER).value = "已迁出，取消"
        page.cell(6, LEVEL).value = "二级"

    back = filled(export(disabled, tmp_path / "out")["区残联"], fill)
    code, answer = run(disabled, "import-roster", back)
    assert code == 0
    assert answer["feedback"] == {
        "returned": 3,
        "corrected": 2,
        "settled": 1,
        "open": 0,
        "missing": 0,
        "copies": 0,
        "differing": 0,
        "problems": [],
    }
    assert answer["rows"] == {"read": 2, "accepted": 2, "warned": 0, "duplicate": 0, "rejected": 0, "skipped": 0}
    assert answer["imports"][0]["category"] == "disability"
    with district(disabled) as now:
        held = now.rosters.holding
        names = now.residents.people.set_index("key")["name"]
        assert sorted(names[held["key"]]) == ["李二", "王一", "王丫"]
        rows = now.verdicts[(now.verdicts["batch"] == 2).to_numpy()].sort_values("seq")
        assert rows["verdict"].tolist() == ["accepted", "accepted", "rejected", "accepted", "duplicate"]
    again = export(disabled, tmp_path / "again")["区残联"]
    summary = [cell.value for cell in openpyxl.load_workbook(again)["汇总"][4]]
    assert summary[3:] == [4, 5, 3, 1, 1, 1, 0, -1, "相符"]
    assert [line["问题代码"] for line in lines(again)] == ["D401"]
    _, status = run(disabled, "status")
    (line,) = [each for each in status["departments"] if each["category"] == "disability"]
    assert (line["people"], line["open"], line["control_total_ok"]) == (3, 0, True)
    assert run(disabled, "import-roster", back)[1]["already_imported"] is True


def test_by_no_other_import(disabled: Path, tmp_path: Path) -> None:
    """The tax office's rows are not paid a second time, and no line of a workbook becomes a resident."""
    paid = f"| 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期 |\n| 外人 | {STRANGER} | 医保 | 380 | 2023-11-01 |"
    run(disabled, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", paid))
    path = export(disabled, tmp_path / "out")["区税务局"]
    back = filled(path, put(4, NEW_ID, LI))
    cut = filled(back, lambda page: page.delete_cols(NEW_NAME), "缺列.xlsx")
    before = run(disabled, "status")
    for command in ("import-payments", "import-households", "import-enrolment"):
        for workbook in (back, cut):
            refused(disabled, command, workbook, code=4, saying="import-roster|缺少")
    assert run(disabled, "import-roster", cut, "--category", "重残")[0] == 2
    assert run(disabled, "import-roster", cut)[1]["error"]["message"].endswith("缺少送出时的列")
    assert run(disabled, "status") == before
    assert run(disabled, "import-roster", back)[1]["feedback"]["corrected"] == 1


def test_a_last_column_without_heading_is_gone_after_saving(village: Path, tmp_path: Path) -> None:
    """A remark beside an accepted row makes a column; in the feedback it is empty, and other programs drop it."""
    rows = [["姓名", "身份证号", "残疾等级"], ["王一", WANG, "一级", "旧备注"], ["李二", LI, "三级"]]
    run(village, "import-roster", write_xlsx(tmp_path / "残联.xlsx", rows), "--category", "重残")
    path = export(village, tmp_path / "out")["区残联"]
    page = openpyxl.load_workbook(path).worksheets[1]
    level = [cell.value for cell in page[3]].index("残疾等级") + 1

    def fill(page: Worksheet) -> None:
        page.delete_cols(level + 1)
        page.cell(4, level).value = "二级"

    _, answer = run(village, "import-roster", filled(path, fill))
    assert (answer["feedback"]["corrected"], answer["feedback"]["problems"]) == (1, [])


def test_not_dead_is_no_death(disabled: Path, tmp_path: Path) -> None:
    """What was denied cancels nobody: the membership holds as soon as the police have put it right."""
    dead = f"| 姓名 | 公民身份号码 | 变动类型 | 变动日期 |\n| 王一 | {WANG} | 死亡 | 2023-11-01 |"
    run(disabled, "import-households", write_xlsx(tmp_path / "变动.xlsx", dead))
    page = export(disabled, tmp_path / "out")["区残联"]
    at = next(4 + number for number, line in enumerate(lines(page)) if line["问题代码"] == "E203")
    run(disabled, "import-roster", filled(page, put(at, ANSWER, "本人未死亡，户籍登记有误")))
    again = f"| 姓名 | 公民身份号码 | 变动类型 | 变动日期 |\n| 王一 | {WANG} | 恢复户口 | 2023-11-20 |"
    run(disabled, "import-households", write_xlsx(tmp_path / "变动2.xlsx", again))
    assert "重度残疾人" in run(disabled, "explain", WANG)[1]["sentence"]


def test_the_history_is_told(disabled: Path, sent: Path, tmp_path: Path) -> None:
    _, before = run(disabled, "explain", LI)
    (open_row,) = before["history"]
    assert (open_row["by_name"], open_row["codes"], open_row["row"], open_row["steps"]) == (True, ["E106"], 3, [])
    back = filled(sent, put(4, NEW_ID, LI))
    run(disabled, "import-roster", back)
    _, after = run(disabled, "explain", LI)
    (row,) = after["history"]
    assert (row["file"], row["row"], row["citizen_id"]) == ("残联.xlsx", 3, f"370499{'*' * 11}{WRONG[-1]}")
    assert row["steps"] == [
        {
            "answer": "更正",
            "note": "",
            "batch": 3,
            "file": "填好.xlsx",
            "sheet": "残联",
            "row": 4,
            "verdict": "accepted",
        }
    ]
    assert "重度残疾人" in after["sentence"]


def test_withdrawn_the_row_is_open_again(disabled: Path, sent: Path, tmp_path: Path) -> None:
    back = filled(sent, put(4, NEW_ID, LI))
    run(disabled, "import-roster", back)
    with open_store(disabled) as store, store.transaction():
        store.withdraw([3])
    assert lines(export(disabled, tmp_path / "again")["区残联"]) == lines(sent)


def test_what_was_withdrawn_of_a_workbook_may_come_again(village: Path, tmp_path: Path) -> None:
    """One workbook answers for two rosters; taken back of one of them, the same bytes are that one's again."""
    for name in ("低保", "特困"):
        roster = write_xlsx(tmp_path / f"{name}.xlsx", f"| 姓名 | 身份证号 |\n| 李二 | {WRONG} |")
        run(village, "import-roster", roster, "--category", name)
    back = filled(export(village, tmp_path / "out")["区民政局"], put(4, NEW_ID, LI))
    assert run(village, "import-roster", back)[1]["feedback"]["corrected"] == 2
    newest = run(village, "batches")[1]["batches"][-1]["batch"]
    assert run(village, "import-roster", back)[1]["already_imported"] is True
    assert run(village, "withdraw", newest, "--yes")[0] == 0
    _, again = run(village, "import-roster", back)
    assert (again["already_imported"], again["feedback"]["corrected"], again["feedback"]["open"]) == (False, 1, 0)
    assert run(village, "import-roster", back)[1]["already_imported"] is True


def test_a_batch_that_is_gone_is_told_though_the_rest_is_known(village: Path, tmp_path: Path) -> None:
    """The list was withdrawn and came again: the old workbook says nothing of it, and that is said."""
    files = {
        name: write_xlsx(tmp_path / f"{name}.xlsx", f"| 姓名 | 身份证号 |\n| 李二 | {WRONG} |")
        for name in ("低保", "特困")
    }
    for name, roster in files.items():
        run(village, "import-roster", roster, "--category", name)
    back = filled(export(village, tmp_path / "out")["区民政局"], put(4, NEW_ID, LI))
    run(village, "import-roster", back)
    assert run(village, "withdraw", 2, "--yes")[0] == 0
    run(village, "import-roster", files["低保"], "--category", "低保")
    _, again = run(village, "import-roster", back)
    (problem,) = again["feedback"]["problems"]
    assert (again["already_imported"], "批次2已经撤销" in problem["message"]) == (True, True)


def test_a_tab_lost_in_saving_is_no_correction(village: Path, tmp_path: Path) -> None:
    rows = [["姓名", "身份证号", "住址"], ["李二", WRONG, "东街\t3号"]]
    run(village, "import-roster", write_xlsx(tmp_path / "低保.xlsx", rows), "--category", "低保")
    path = export(village, tmp_path / "out")["区民政局"]
    column = [cell.value for cell in openpyxl.load_workbook(path).worksheets[1][3]].index("住址") + 1
    _, answer = run(village, "import-roster", filled(path, put(4, column, "东街3号")))
    assert (answer["feedback"]["corrected"], answer["feedback"]["open"]) == (0, 1)


def test_corrected_wrongly_then_rightly(disabled: Path, tmp_path: Path) -> None:
    """A correction that fails keeps the row open, as it is now; the next one starts from there."""
    slip = LI[:17] + ("0" if LI[17] != "0" else "1")
    back = filled(export(disabled, tmp_path / "one")["区残联"], put(4, NEW_ID, slip))
    _, answer = run(disabled, "import-roster", back)
    assert (answer["feedback"]["corrected"], answer["rows"]["rejected"]) == (1, 1)
    second = export(disabled, tmp_path / "two")["区残联"]
    first = lines(second)[0]
    assert (first["批次"], first["行号"], first["公民身份号码"]) == (2, 3, slip)
    _, answer = run(disabled, "import-roster", filled(second, put(4, NEW_ID, LI)))
    assert (answer["feedback"]["corrected"], answer["rows"]["accepted"]) == (1, 1)
    _, told = run(disabled, "explain", LI)
    assert [step["verdict"] for step in told["history"][0]["steps"]] == [None, "accepted"]


def test_a_dry_run_changes_nothing(disabled: Path, tmp_path: Path) -> None:
    path = export(disabled, tmp_path / "out")["区残联"]
    back = filled(path, put(4, NEW_ID, LI))
    _, trial = run(disabled, "import-roster", back, "--dry-run")
    assert (trial["feedback"]["corrected"], trial["imports"][0]["batch"]) == (1, None)
    assert export(disabled, tmp_path / "again")["区残联"].read_bytes() == path.read_bytes()
    _, real = run(disabled, "import-roster", back)
    assert real["feedback"] == trial["feedback"]


def test_same_bytes_from_separate_processes(disabled: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(disabled, "feedback-export", "-o", tmp_path / name, apart=True)[0] == 0
    file = "反馈_区残联_2024年度.xlsx"
    assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_next_year_begins_with_what_holds(disabled: Path, sent: Path, tmp_path: Path) -> None:
    """The corrected 李二 goes on, 王丫 not: the department took her out, although next year's list could have her."""

    def fill(page: Worksheet) -> None:
        page.cell(4, NEW_ID).value = LI
        page.cell(6, ANSWER).value = "取消资格"

    run(disabled, "import-roster", filled(sent, fill))
    _, turned = run(disabled, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")
    (line,) = [each for each in turned["by_category"] if each["category"] == "disability"]
    assert (line["carried"], line["left"]) == (2, {"名册中被退回的行": 1, "重复行": 1})


# ── what harms nothing ──────────────────────────────────────────────────────────────────────────────────────────────


def copied(page: Worksheet) -> None:
    """A row of the sheet once more at its end, with a correction."""
    values = [cell.value for cell in page[4]]
    values[NEW_ID - 1] = LI
    page.append(values)
    page.cell(4, NEW_ID).value = LI


def made_up(page: Worksheet) -> None:
    page.append([2, "残联.xlsx", "Sheet1", 99, "添的人", STRANGER, *[None] * 7, STRANGER])


HARMLESS = {
    "批次 edited": (put(4, 1, 1), "批次1“Sheet1”第3行没有待处理的问题"),
    "a batch that is not there": (put(4, 1, 9), "批次9已经撤销，或不在这个工作区"),
    "批次 no number": (put(4, 1, "二"), "批次或行号不是数字"),
    "行号 edited to another open row": (put(4, 4, 4), "姓名或公民身份号码与送出时不同"),
    "行号 edited to a good row": (put(4, 4, 2), "第2行没有待处理的问题"),
    "the name typed over": (put(4, NAME, "李贰"), "姓名或公民身份号码与送出时不同"),
    "the ID typed over": (put(4, ID, LI), "姓名或公民身份号码与送出时不同"),
    "a row added": (made_up, "第99行没有待处理的问题"),
    "a correction and a settlement": (
        lambda page: (put(5, NEW_ID, LI)(page), put(5, ANSWER, "已死亡")(page)),
        "只能取一样",
    ),
    "said to be corrected, but is not": (put(5, ANSWER, "已更正"), "没有填更正后的"),
}


@pytest.mark.parametrize(("change", "message"), HARMLESS.values(), ids=HARMLESS.keys())
def test_edited_rows_are_told_and_harm_nothing(
    disabled: Path, sent: Path, tmp_path: Path, change: Callable[[Worksheet], object], message: str
) -> None:

    def fill(page: Worksheet) -> None:
        change(page)
        page.cell(6, LEVEL).value = "一级"

    code, answer = run(disabled, "import-roster", filled(sent, fill))
    assert code == 0
    (problem,) = answer["feedback"]["problems"]
    assert message in problem["message"]
    assert not re.search(r"\d{15}", problem["message"])
    assert (answer["feedback"]["corrected"], answer["rows"]["accepted"]) == (1, 1)  # the other row, all the same


def test_quiet_still_says_what_was_not_taken(
    disabled: Path, sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From cron nobody would know that an answer counts for nothing."""
    back = filled(sent, put(4, 1, 9))
    assert printed(capsys, "import-roster", back, "-q", "--dry-run", "-w", disabled) == (
        0,
        f"{back.name}　反馈\n  没有采用：残联 第4行：批次9已经撤销，或不在这个工作区\n",
        "",
    )


def test_a_row_twice_is_taken_once(disabled: Path, sent: Path, tmp_path: Path) -> None:
    _, answer = run(disabled, "import-roster", filled(sent, copied))
    assert (answer["feedback"]["corrected"], answer["feedback"]["open"]) == (1, 2)
    assert "与第4行是同一行" in answer["feedback"]["problems"][0]["message"]


def test_rows_deleted_stay_open(disabled: Path, sent: Path, tmp_path: Path) -> None:
    def fill(page: Worksheet) -> None:
        page.cell(4, NEW_ID).value = LI
        page.delete_rows(5, 3)

    _, answer = run(disabled, "import-roster", filled(sent, fill))
    assert (answer["feedback"]["corrected"], answer["feedback"]["open"], answer["feedback"]["missing"]) == (1, 2, 2)


def test_an_older_export_does_not_undo(disabled: Path, sent: Path, tmp_path: Path) -> None:
    """What was settled since is told, and stays; what is still open is taken."""
    run(disabled, "import-roster", filled(sent, put(4, NEW_ID, LI), "一.xlsx"))

    def fill(page: Worksheet) -> None:
        page.cell(4, ANSWER).value = "取消资格"
        page.cell(5, ANSWER).value = "取消资格"

    _, answer = run(disabled, "import-roster", filled(sent, fill, "二.xlsx"))
    assert "已处理过" in answer["feedback"]["problems"][0]["message"]
    assert (answer["feedback"]["returned"], answer["feedback"]["settled"]) == (2, 1)
    with district(disabled) as now:
        assert len(now.rosters.holding) == 2


def test_of_another_workspace(disabled: Path, sent: Path, tmp_path: Path) -> None:
    path = filled(sent, put(4, NEW_ID, LI))
    other = workspace(tmp_path / "other")
    code, answer = run(other, "import-roster", path)
    assert (code, answer["error"]["exit"]) == (4, 4)
    assert "不是本工作区送出的" in answer["error"]["message"]


def test_without_its_receipt(disabled: Path, sent: Path, tmp_path: Path) -> None:
    def fill(page: Worksheet) -> None:
        for cell in page[2]:
            cell.value = None

    refused(disabled, "import-roster", filled(sent, fill), code=4, saying="没有回执号")


@pytest.mark.parametrize("option", [("--category", "重残"), ("--town", "阴平镇"), ("--declared-total", "3")])
def test_options_of_a_roster_are_refused(disabled: Path, sent: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    path = filled(sent, put(4, NEW_ID, LI))
    assert run(disabled, "import-roster", path, *option)[0] == 2


def test_with_a_roster_at_once(disabled: Path, sent: Path, tmp_path: Path) -> None:
    path = filled(sent, put(4, NEW_ID, LI))
    assert run(disabled, "import-roster", path, tmp_path / "残联.xlsx")[0] == 2


def test_an_id_typed_as_a_number_is_destroyed_again(disabled: Path, sent: Path, tmp_path: Path) -> None:
    def fill(page: Worksheet) -> None:
        page.cell(4, NEW_ID).number_format = "0"
        page.cell(4, NEW_ID).value = int(LI[:17]) * 10

    _, answer = run(disabled, "import-roster", filled(sent, fill))
    assert answer["imports"][0]["findings"] == {"E107": 1}


# ── files as they really are ────────────────────────────────────────────────────────────────────────────────────────


def test_a_household_on_a_row(village: Path, tmp_path: Path) -> None:
    """Two of three on one row fail: each is a line; the second is corrected, the other stays as it was."""
    roster = write_xlsx(
        tmp_path / "低保.xlsx",
        f"""
        | 姓名 | 身份证号 | 家庭成员1姓名 | 家庭成员1身份证号 | 家庭成员2姓名 | 家庭成员2身份证号 |
        | 王一 | {WANG}   | 李二          | {WRONG}           | 王丫          | {YA[:17]}         |
        """,
    )
    run(village, "import-roster", roster, "--category", "低保对象")
    path = export(village, tmp_path / "out")["区民政局"]
    page = openpyxl.load_workbook(path)["低保"]
    marked = {cell.coordinate for row in page.iter_rows(min_row=4) for cell in row if cell.fill.fill_type}
    assert [line["姓名"] for line in lines(path)] == ["李二", "王丫"]
    assert marked == {"F4", "S4", "F5", "U5"}
    _, answer = run(village, "import-roster", filled(path, put(5, NEW_ID, YA)))
    assert (answer["feedback"]["corrected"], answer["feedback"]["open"], answer["rows"]["read"]) == (1, 1, 1)
    with district(village) as now:
        assert len(now.rosters.holding) == 2


def test_both_of_a_couple(village: Path, tmp_path: Path) -> None:
    """Both fail for the same reason: two lines, two corrections, one row. Then the missing spouse is told: 丧偶."""
    couples = write_xlsx(
        tmp_path / "计生.xlsx",
        f"""
        | 女方姓名 | 女方身份证号 | 男方姓名 | 男方身份证号 | 家庭类别 |
        | 李二     | {WRONG}      | 王一     | {WANG[:17]}  | 独生子女 |
        |          |              | 赵五     | {ZHAO}       | 独生子女 |
        """,
    )
    run(village, "import-roster", couples, "--category", "计生奖扶家庭")
    path = export(village, tmp_path / "out")["区卫健局"]
    told = lines(path)
    assert [(line["行号"], line["姓名"], line["问题代码"]) for line in told] == [
        (2, "李二", "E106"), (2, "王一", "E103"), (3, None, "E305"),
    ]  # fmt: skip

    def fill(page: Worksheet) -> None:
        page.cell(4, NEW_ID).value = LI
        page.cell(5, NEW_ID).value = WANG
        page.cell(6, ANSWER).value = "丧偶，对方已死亡"

    _, answer = run(village, "import-roster", filled(path, fill))
    assert (answer["feedback"]["returned"], answer["feedback"]["corrected"], answer["feedback"]["settled"]) == (2, 1, 1)
    assert answer["rows"]["read"] == 1
    with district(village) as now:
        rows = now.verdicts[(now.verdicts["batch"] == 2).to_numpy()].sort_values("seq")
        assert rows["verdict"].tolist() == ["accepted", "accepted"]
        assert len(now.rosters.holding) == 3


def test_a_spouse_and_a_head_in_columns_of_their_own(village: Path, tmp_path: Path) -> None:
    """The wife is 配偶, the head has no row: each is corrected where they stand, and nobody else is touched."""
    couple = [["姓名", "身份证号", "配偶姓名", "配偶身份证号"], ["王一", WANG, "李二", WRONG]]
    family = [["户主姓名", "户主身份证号", "姓名", "身份证号"], ["王一", WANG[:17], "李二", LI]]
    run(village, "import-roster", write_xlsx(tmp_path / "计生.xlsx", couple), "--category", "计生奖扶家庭")
    run(village, "import-roster", write_xlsx(tmp_path / "低保.xlsx", family), "--category", "低保对象")
    books = export(village, tmp_path / "out")
    for department, name, right in (("区卫健局", "李二", LI), ("区民政局", "王一", WANG)):
        assert [line["姓名"] for line in lines(books[department])] == [name]
        _, answer = run(village, "import-roster", filled(books[department], put(4, NEW_ID, right), f"{name}.xlsx"))
        assert (answer["feedback"]["corrected"], answer["rows"]["accepted"]) == (1, 1)
    with district(village) as now:
        held = now.rosters.holding
        names = now.residents.people.set_index("key")["name"]
    assert sorted(zip(held["category"], names[held["key"]], held["role"], strict=True)) == [
        ("dibao", "李二", ""), ("dibao", "王一", ""),
        ("family_planning", "李二", "wife"), ("family_planning", "王一", "husband"),
    ]  # fmt: skip


def test_an_id_inside_a_disability_certificate(village: Path, tmp_path: Path) -> None:
    """The sheet has no column for the ID: the corrected one stands beside the certificate, whose level holds."""
    roster = write_xlsx(tmp_path / "持证.xlsx", f"| 姓名 | 残疾人证号 |\n| 李二 | {WRONG}42 |", numeric=())
    _, answer = run(village, "import-roster", roster, "--category", "重残")
    assert answer["findings"] == {"E106": 1}
    path = export(village, tmp_path / "out")["区残联"]
    _, answer = run(village, "import-roster", filled(path, put(4, NEW_ID, LI)))
    assert answer["rows"]["accepted"] == 1


def test_households_and_payments_come_back_too(village: Path, tmp_path: Path) -> None:
    """区公安分局 corrects a resident, 区税务局 the date of a payment; the money counts once."""
    more = write_xlsx(
        tmp_path / "户籍补.xlsx", f"| 镇街 | 村居 | 姓名 | 公民身份号码 |\n| 阴平镇 | 东村 | 外人 | {STRANGER[:17]} |"
    )
    paid = write_xlsx(
        tmp_path / "缴费.xlsx",
        f"""
        | 姓名 | 身份证号   | 险种 | 缴费金额 | 缴费日期 | 凭证号 |
        | 钱六 | {QIAN}     | 医保 | 190      | 已缴     | A1     |
        | 外人 | {STRANGER} | 医保 | 380      | 2023-11-1 | A2    |
        """,
    )
    run(village, "import-households", more)
    _, answer = run(village, "import-payments", paid)
    assert answer["findings"] == {"E307": 1, "E601": 1}
    files = export(village, tmp_path / "out")
    back = filled(files["区公安分局"], put(4, NEW_ID, STRANGER), "公安.xlsx")
    assert run(village, "import-roster", back)[1]["rows"]["accepted"] == 1
    date_column = 15 + 5
    back = filled(files["区税务局"], put(4, date_column, "2023-11-2"), "税务.xlsx")
    _, answer = run(village, "import-roster", back)
    assert answer["feedback"]["returned"] == 1  # the stranger is one no more: that payment holds by itself
    assert answer["rows"]["accepted"] == 1
    with district(village) as now:
        assert sorted(now.payments.holding["amount_fen"]) == [190_00, 380_00]
    _, told = run(village, "reconcile", "-o", tmp_path / "money")
    assert {status: each["amount"] for status, each in told["by_status"].items() if each["people"]} == {
        "已缴清": "570.00",
        "未缴": "0.00",
    }


def test_money_stays_whatever_is_answered(village: Path, tmp_path: Path) -> None:
    """区税务局 says 其他 of a stranger's payment, 已死亡 of a dead man's: both stay in the accounts."""
    changes = write_xlsx(
        tmp_path / "变动.xlsx",
        f"| 姓名 | 公民身份号码 | 变动类型 | 变动日期 |\n| 钱六 | {QIAN} | 死亡 | 2023-11-20 |",
    )
    paid = write_xlsx(
        tmp_path / "缴费.xlsx",
        f"""
        | 姓名 | 身份证号   | 险种 | 缴费金额 | 缴费日期  | 凭证号 |
        | 钱六 | {QIAN}     | 医保 | 190      | 2023-11-1 | A1     |
        | 外人 | {STRANGER} | 医保 | 380      | 2023-11-1 | A2     |
        """,
    )
    run(village, "import-households", changes)
    run(village, "import-payments", paid)

    def fill(page: Worksheet) -> None:
        page.cell(4, ANSWER).value = "已死亡"
        page.cell(5, ANSWER).value = "外地人误缴，其他"

    before = run(village, "reconcile", "-o", tmp_path / "before")[1]["by_status"]
    back = filled(export(village, tmp_path / "out")["区税务局"], fill)
    assert run(village, "import-roster", back)[1]["feedback"]["settled"] == 2
    assert run(village, "reconcile", "-o", tmp_path / "after")[1]["by_status"] == before
    assert before["不在户籍库"]["amount"] == "380.00"
    assert openpyxl.load_workbook(export(village, tmp_path / "again")["区税务局"]).sheetnames == ["汇总"]
    assert run(village, "verify")[0] == 0


def test_one_town(disabled: Path, tmp_path: Path) -> None:
    """--town gives that town's rows, and counts them; a stamped count of all towns says nothing of one."""
    path = export(disabled, tmp_path / "out", "--town", "阴平", "--department", "残联")["区残联"]
    assert path.parent.name == "阴平镇"
    assert len(lines(path)) == 4
    summary = [cell.value for cell in openpyxl.load_workbook(path)["汇总"][4]]
    assert summary[3:8] == [None, 5, 1, 1, 3]
    assert list(export(disabled, tmp_path / "out", "--town", "峨山")) == ["区公安分局"]
    _, answer = run(disabled, "feedback-export", "--department", "公安", "-o", tmp_path / "out")
    assert (len(answer["files"]), answer["findings"]) == (1, {})
    assert run(disabled, "feedback-export", "--department", "区林业局")[0] == 2
    assert run(disabled, "feedback-export", "--town", "不知镇")[0] == 2


def test_whom_a_roster_lacks(village: Path, tmp_path: Path) -> None:
    """赵五 is 73 and on no roster of 老龄委: listed to it by name. Who took 100 without being on a roster, too."""
    enrolment = write_xlsx(tmp_path / "参保.xlsx", f"| 姓名 | 身份证号 | 缴费档次 |\n| 李二 | {LI} | 100 |")
    dibao = write_xlsx(tmp_path / "低保.xlsx", f"| 姓名 | 身份证号 |\n| 王一 | {WANG} |")
    run(village, "import-roster", dibao, "--category", "低保")
    run(village, "import-enrolment", enrolment)
    files = export(village, tmp_path / "out")

    def listed(department: str, sheet: str) -> list[tuple[str, str]]:
        page = openpyxl.load_workbook(files[department])[sheet]
        return [(row[3], row[4]) for row in page.iter_rows(min_row=4, values_only=True)]

    assert listed("镇街老龄委", "不在70周岁及以上老年人名册") == [("赵五", ZHAO)]
    assert listed("区人社局", "困难群体未参保登记") == [("王一", WANG)]
    for department in ("区民政局", "区残联", "区乡村振兴局"):
        assert listed(department, "选困难档次不在名册") == [("李二", LI)]


def test_nothing_handed_in(tmp_path: Path) -> None:
    code, answer = run(workspace(tmp_path), "feedback-export")
    assert (code, answer["files"], answer["people"]) == (0, [], 0)


def test_nothing_returned_is_said_and_comes_back_in_order(
    village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The police have nothing to settle: one sheet that says so. Sent back as it is, it is no file of a wrong kind."""
    path = export(village, tmp_path / "out", "--department", "公安")["区公安分局"]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["汇总"]
    assert "没有退回的行，不必填写。" in [row[0] for row in book["汇总"].iter_rows(values_only=True)]
    code, answer = run(village, "import-roster", path)
    assert (code, answer["feedback"]["returned"], answer["imports"]) == (0, 0, [])
    _, out, _ = printed(capsys, "import-roster", path, "-w", village)
    assert "没有填写任何答复，本工作簿没有退回的行" in out
    _, out, _ = printed(capsys, "feedback-export", "-o", tmp_path / "again", "-w", village)
    assert "没有退回的行，不必填写：区公安分局" in out
    refused(workspace(tmp_path / "other"), "import-roster", path, code=4, saying="不是本工作区送出的")


def test_only_lists_of_who_is_lacking_ask_for_no_answer(village: Path, tmp_path: Path) -> None:
    """赵五 is listed to 老龄委: no row of a roster, whatever name and ID it has."""
    path = export(village, tmp_path / "out")["镇街老龄委"]
    assert len(openpyxl.load_workbook(path).sheetnames) == 2
    code, answer = run(village, "import-roster", path)
    assert (code, answer["imports"], answer["rows"]["read"]) == (0, [], 0)


def test_nothing_filled_in_is_said(
    disabled: Path, sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = printed(capsys, "import-roster", sent, "-w", disabled)
    assert (code, "没有填写任何答复，3 行未处理" in out) == (0, True)


# ── the whole loop ──────────────────────────────────────────────────────────────────────────────────────────────────


def settle(page: Worksheet) -> None:
    """As a clerk would: who is meant is taken from 建议, levels are looked up, who is dead or gone is said."""
    headings = [str(cell.value or "") for cell in page[3]]
    level = next((at for at, text in enumerate(headings, 1) if at > 15 and ("等级" in text or "级别" in text)), None)
    card = next((at for at, text in enumerate(headings, 1) if at > 15 and "残疾人证" in text), None)
    for row in range(4, page.max_row + 1):
        codes, advice = str(page.cell(row, CODE).value), str(page.cell(row, ADVICE).value)
        meant = re.search(r"1\. (\S+) (\d{17}[\dX])（", advice)
        if codes[0] == "D":
            continue
        if meant and codes == "E202":
            page.cell(row, NEW_NAME).value = meant[1]
        elif meant:
            page.cell(row, NEW_NAME).value, page.cell(row, NEW_ID).value = meant[1], meant[2]
        elif codes == "E301" and level:
            page.cell(row, level).value = "二级"
            if card and len(number := str(page.cell(row, card).value)) >= 20:
                page.cell(row, card).value = number[:19] + "2" + number[20:]
        else:
            page.cell(row, ANSWER).value = {"E203": "已死亡", "E204": "已迁出"}.get(codes, "取消资格")


def test_until_nothing_of_a_department_is_open(sample: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """Import, export, correct, import again, until nothing is open: the count closes, and nobody is left out."""
    folder = Path(shutil.copytree(sample[0], tmp_path / "workspace"))
    for rounds in range(5):
        sent = export(folder, tmp_path / str(rounds), "--department", "残联")["区残联"]
        if len(openpyxl.load_workbook(sent).sheetnames) == 1:
            break
        code, answer = run(folder, "import-roster", filled(sent, settle, f"{rounds}.xlsx"))
        assert (code, answer["feedback"]["problems"]) == (0, [])
    (line,) = [each for each in run(folder, "status")[1]["departments"] if each["category"] == "disability"]
    assert (line["open"], line["control_total_ok"]) == (0, True)  # stamped as sent: 78
    with district(folder) as now, district(sample[0]) as before:
        corrected = set(now.rosters.holding["key"]) - set(before.rosters.holding["key"])
        listed = set(now.assessment.people.loc[(now.assessment.people["categories"] != "").to_numpy(), "key"])
        assert corrected
        assert corrected <= listed


@pytest.mark.slow
def test_until_nothing_is_open(sample: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """The same of every department at once: all counts close, and the register has everyone."""
    folder = tmp_path / "workspace"
    shutil.copytree(sample[0], folder)
    for rounds in range(5):
        _, sent = run(folder, "feedback-export", "-o", tmp_path / str(rounds))
        if not sent["people"]:
            break
        assert sent["people"] > 100 or rounds
        back = [filled(Path(path), settle, f"{Path(path).stem}{rounds}.xlsx") for path in sent["files"]]
        code, answer = run(folder, "import-roster", *back)
        assert code == 0
        assert [each["feedback"]["problems"] for each in answer["imports"]] == [[]] * len(back)
    assert (sent["people"], rounds) == (0, 2)
    _, status = run(folder, "status")
    assert not any(code.startswith("E") for code in status["findings"])
    closed = {line["category"]: line["control_total_ok"] for line in status["departments"]}
    assert (closed["disability"], closed["veteran"]) == (True, True)  # stamped as sent: 78 and 40
    for line in status["sources"]:
        assert line["open"] == 0
        assert line["rejected"] == line["settled"]
    with district(folder) as now, district(sample[0]) as before:
        corrected = set(now.rosters.holding["key"]) - set(before.rosters.holding["key"])
        listed = set(now.assessment.people.loc[(now.assessment.people["categories"] != "").to_numpy(), "key"])
        assert len(corrected) == 30
        assert corrected <= listed | set(now.rosters.holding.loc[now.rosters.holding["aid_payer"] != "", "key"])
