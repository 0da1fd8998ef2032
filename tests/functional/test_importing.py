"""What an import says and does: JSON, control totals, several files, the same file again."""

from datetime import date

import openpyxl
import pytest
from people import QIAN, ZHAO
from sheets import person, printed, roster, run, workspace, write_xlsx

IMPORT_KEYS = [
    "command",
    "file",
    "batch",
    "category",
    "rows",
    "findings",
    "declared_total",
    "control_total_ok",
    "already_imported",
    "notices",
]


def test_import_json(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("赵五", ZHAO), ("无名", person("1990-01-01")), ("", ""))
    code, answer = run(village, "import-roster", file, "--declared-total", 1)
    assert (code, list(answer)) == (0, IMPORT_KEYS)
    assert answer == {
        "command": "import-roster",
        "file": "低保.xlsx",
        "batch": 2,
        "category": "dibao",
        "rows": {"read": 3, "accepted": 1, "warned": 0, "duplicate": 1, "rejected": 1, "skipped": 1},
        "findings": {"D401": 1, "E201": 1},
        "declared_total": 1,
        "control_total_ok": True,
        "already_imported": False,
        "notices": [],
    }


@pytest.mark.parametrize(
    ("declared", "agrees", "code"),
    [([], None, 0), (["--declared-total", 1], True, 0), (["--declared-total", 2], False, 3)],
)
def test_strict_control_total(village, tmp_path, declared, agrees, code):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    got, answer = run(village, "import-roster", file, "--strict", *declared)
    assert (got, answer["control_total_ok"]) == (code, agrees)


def test_strict_rejected(village, tmp_path):
    """Feedback is normal business: 0 without --strict, 3 with it; it is imported in either case."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("无名", person("1990-01-01")))
    assert run(village, "import-roster", file, "--dry-run")[0] == 0
    code, answer = run(village, "import-roster", file, "--strict")
    assert (code, answer["batch"], answer["rows"]["rejected"]) == (3, 2, 1)
    assert run(village, "import-roster", file, "--strict")[0] == 3


def test_several_files(village, tmp_path):
    one, two = (
        roster(tmp_path / "一.xlsx", ("赵五", ZHAO)),
        roster(tmp_path / "二.xlsx", ("赵五", ZHAO), ("钱六", QIAN)),
    )
    code, answer = run(village, "import-roster", one, two)
    assert (code, list(answer)) == (0, ["imports"])
    assert [(each["file"], each["batch"]) for each in answer["imports"]] == [("一.xlsx", 2), ("二.xlsx", 3)]
    assert [each["findings"] for each in answer["imports"]] == [{}, {"D402": 1}]
    assert all(list(each) == IMPORT_KEYS for each in answer["imports"])


def test_again_changes_nothing(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, first = run(village, "import-roster", file)
    _, before = run(village, "status")
    renamed = file.rename(tmp_path / "低保（改名）.xlsx")  # the same bytes count, not the name
    code, again = run(village, "import-roster", renamed)
    assert (code, again["already_imported"], again["batch"]) == (0, True, first["batch"])
    assert {**again, "already_imported": False, "file": "低保.xlsx"} == first
    assert run(village, "status")[1] == before
    other = run(village, "import-roster", renamed, "--category", "特困人员", "--as", "roster")[1]
    assert (other["already_imported"], other["category"], other["batch"]) == (False, "tekun", 3)


def test_same_file_twice_in_one_command(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, answer = run(village, "import-roster", file, file)
    assert [(each["batch"], each["already_imported"]) for each in answer["imports"]] == [(2, False), (2, True)]


def test_dry_run(village, tmp_path):
    _, before = run(village, "status")
    code, answer = run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("赵五", ZHAO)), "--dry-run")
    assert (code, answer["batch"], answer["rows"]["accepted"]) == (0, None, 1)
    assert run(village, "status")[1] == before


@pytest.mark.parametrize("said", ["dibao", "低保对象", "低保", "低保户", "最低生活保障对象"])
def test_category_said(village, tmp_path, said):
    file = write_xlsx(tmp_path / "名单.xlsx", [["姓名", "身份证号"], ["赵五", ZHAO]])
    assert run(village, "import-roster", file, "--category", said)[1]["category"] == "dibao"


def test_roster_before_households(tmp_path):
    """Judged on all that is known: E201 before the households come, accepted after."""
    folder = workspace(tmp_path)
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    assert run(folder, "import-roster", file)[1]["findings"] == {"E201": 1}
    households = write_xlsx(
        tmp_path / "户籍.xlsx", [["镇街", "村居", "姓名", "公民身份号码"], ["阴平", "东村", "赵五", ZHAO]]
    )
    assert run(folder, "import-households", households)[0] == 0
    again = run(folder, "import-roster", file)[1]
    assert (again["already_imported"], again["rows"]["accepted"], again["findings"]) == (True, 1, {})


def test_hidden_sheet_told(village, tmp_path, capsys):
    path = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Sheet1"]).sheet_state = "hidden"
    book.save(path)
    code, out, _ = printed(capsys, "import-roster", path, "-w", village)
    assert (code, "Sheet1 Copy" in out) == (0, True)
    assert run(village, "import-roster", path)[1]["rows"]["read"] == 2


def test_human_figures(village, tmp_path, capsys):
    """The lines for a person hold the figures of the JSON."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("赵五", ZHAO), ("查无", person("1990-01-01")))
    _, out, _ = printed(capsys, "import-roster", file, "-w", village, "--declared-total", 2, "--dry-run")
    for part in ("读入 3", "接受 1", "重复 1", "退回 1", "盖章人数 2", "D401", "E201", "没有写入工作区"):
        assert part in out
    lines = printed(capsys, "status", "-w", village)[1].splitlines()
    assert any("阴平镇" in line and "5" in line for line in lines)


def test_piped_file_names_whole(village, tmp_path, capsys, monkeypatch):
    """Where a program reads along, a file's name stands on one line however long it is."""
    name = "阴平镇二〇二三年度享受政策脱贫人口参保资助对象花名册（最终版）.xlsx"
    run(village, "import-roster", roster(tmp_path / name, ("赵五", ZHAO)))
    for variable, value in (("TERM", "xterm"), ("TERM", "dumb"), ("COLUMNS", "40")):
        monkeypatch.setenv(variable, value)
        assert name in printed(capsys, "status", "-w", village)[1]


def test_a_clock_before_the_campaign_judges_no_day(tmp_path, monkeypatch, capsys):
    """A child born after the clock's day and a payment made after it are taken, and the clock is told of; else E307."""
    child = person("2023-05-05")
    homes = write_xlsx(tmp_path / "户籍.xlsx", f"| 姓名 | 公民身份号码 | 镇街 |\n| 王小 | {child} | 阴平镇 |")
    days = ("1989-12-31", "2023-12-01", "2023-12-02", "2023-12-04", "NaN")
    rows = [
        ["姓名", "身份证号", "险种", "缴费金额", "缴费日期"],
        *(["王小", child, "医保", "380", day] for day in days),
    ]
    paid = write_xlsx(tmp_path / "缴费.xlsx", rows)
    for today, born, wrong, warns in ((date(2001, 1, 1), 0, 2, True), (date(2023, 12, 1), 0, 3, False)):
        folder = tmp_path / str(today)
        run(folder, "init", folder)
        monkeypatch.setattr("fcins.clock.today", lambda today=today: today)
        assert run(folder, "import-households", homes)[1]["rows"]["rejected"] == born
        capsys.readouterr()
        assert run(folder, "import-payments", paid)[1]["findings"] == {"E307": wrong}
        assert ("本机日期" in capsys.readouterr().err) == warns


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        ([["姓名", "身份证号"]], "orphan"),
        ([["峰城区特困人员名册", ""], ["姓名", "身份证号"], ["应参保总人数：0人", ""]], "tekun"),
        ([["姓名", "身份证号", "人员类别"]], "orphan"),
    ],
    ids=["by the file", "by its title", "by the file, with a column of categories"],
)
def test_an_empty_roster_is_of_the_category_it_names(village, tmp_path, rows, category):
    code, answer = run(village, "import-roster", write_xlsx(tmp_path / "孤儿.xlsx", rows))
    assert (code, answer["category"], answer["rows"]["read"]) == (0, category, 0)
