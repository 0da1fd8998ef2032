"""init, status, batches, withdraw: what the workspace holds, and taking an import back."""

import json
import re
import sys
from io import StringIO

import pytest
from people import ZHAO
from sheets import printed, refused, run, workspace, write_xlsx
from two_towns import IDS, YINPING, batch, both_towns, everything, members, roster

from fcins.cli import workspace as withdrawing


def test_status_json(village, tmp_path):
    rows = [["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]]
    run(village, "import-roster", write_xlsx(tmp_path / "低保.xlsx", rows), "--declared-total", 2)
    code, answer = run(village, "status")
    assert code == 0
    assert {name: answer[name] for name in ("command", "policy", "fee_year", "people", "listed", "findings")} == {
        "command": "status",
        "policy": "fengcheng-2024",
        "fee_year": 2024,
        "people": 6,
        "listed": 6,
        "findings": {},
    }
    assert sorted((each["town"], each["villages"], each["people"]) for each in answer["towns"]) == [
        ("峨山镇", 1, 1),
        ("阴平镇", 1, 5),
    ]
    listed = [
        (each["department"], each["file"], each["accepted"], each["control_total_ok"]) for each in answer["sources"]
    ]
    assert listed == [("区公安分局", "户籍.xlsx", 6, None), ("区民政局", "低保.xlsx", 1, False)]


def test_status_begins_with_what_is_missing_and_ends_with_what_to_do(village, capsys):
    lines = printed(capsys, "status", "-w", village)[1].splitlines()
    assert lines[0].startswith("未报送：户籍人口（区公安分局：底阁镇、吴林街道、")
    assert lines[0].endswith("养老参保登记（区人社局）、税务缴费（区税务局）")
    rest = lines[lines.index("下一步：") :]
    assert [line.rpartition("：")[2] for line in rest[1:]] == [
        "fcins import-households 文件",
        "fcins import-roster 文件",
        "fcins import-enrolment 文件",
        "fcins import-payments 文件",
    ]


def test_status_of_nothing(tmp_path, capsys):
    folder = workspace(tmp_path)
    code, answer = run(folder, "status")
    assert (code, answer["people"], answer["towns"], answer["sources"]) == (0, 0, [], [])
    assert printed(capsys, "status", "-w", folder)[0] == 0


# ── batches and withdraw ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path):
    return both_towns(tmp_path)


def test_batches(folder, tmp_path, capsys):
    file = roster(tmp_path / "民政.xlsx", ["甲一:低保、特困", "甲二:低保", "甲二:低保", "甲三:什么"], total=3)
    run(folder, "import-roster", file)
    printed(capsys, "withdraw", 2, "--yes", "-w", folder)
    run(folder, "import-roster", file)
    first, gone, again = run(folder, "batches")[1]["batches"]
    assert list(first) == list(gone) == list(again)
    assert (first["kind"], first["what"], first["read"], first["accepted"]) == ("households", "户籍人口", 10, 10)
    assert (gone["batch"], gone["live"], gone["read"], gone["accepted"]) == (2, False, 4, None)
    assert (gone["withdrawn_by"], gone["replaced_by"]) == (gone["imported_by"], None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", gone["withdrawn_at"])
    assert (again["category"], again["what"]) == ("dibao tekun", "低保对象、特困人员")
    assert [again[name] for name in ("accepted", "duplicate", "rejected", "declared_total")] == [2, 1, 1, 3]
    assert again["sha256"] == gone["sha256"]
    code, out, err = printed(capsys, "batches", "-w", folder)
    assert (code, err) == (0, "")
    headings, _, *lines = out.splitlines()
    assert headings.split() == [
        "批次",
        "时间",
        "用户",
        "类别",
        "文件",
        "SHA-256",
        "读入",
        "接受",
        "重复",
        "退回",
        "盖章",
        "状态",
    ]
    assert again["sha256"][:12] in lines[2]
    assert again["sha256"][:13] not in out
    assert lines[1].endswith(f"已撤回（{gone['withdrawn_at']} {gone['withdrawn_by']}）")
    assert lines[2].endswith("有效")


def test_no_batches(tmp_path, capsys):
    folder = workspace(tmp_path)
    assert printed(capsys, "batches", "-w", folder) == (0, "还没有导入过文件\n", "")
    assert run(folder, "batches") == (0, {"command": "batches", "batches": []})


def test_withdraw(folder, tmp_path, capsys):
    """Who is on another list too loses nothing."""
    run(folder, "import-roster", roster(tmp_path / "民政.xlsx", ["甲一:低保、特困", "甲二:低保", "甲三:低保"]))
    run(folder, "import-roster", roster(tmp_path / "补充.xlsx", ["甲三"]))
    code, out, err = printed(capsys, "withdraw", 2, "--yes", "-w", folder)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "批次2　民政.xlsx　低保对象、特困人员　3行",
        "  特困人员减少 1人",
        "  低保对象减少 2人",
        "已撤回；同一个文件可以再导入",
    ]
    assert members(folder) == {"dibao": ["甲三"]}
    # The number is not given again, and the file may come again.
    assert run(folder, "import-roster", tmp_path / "民政.xlsx")[1]["batch"] == 4
    assert run(folder, "withdraw", 3, "--yes") == (
        0,
        {"command": "withdraw", "batch": 3, "file": "补充.xlsx", "rows": 1, "people": 0},
    )


def test_withdraw_money_and_people(folder, tmp_path, capsys):
    rows = [
        ["甲一", IDS["甲一"], "医保", "380", "2023-11-01", "R1"],
        ["甲一", IDS["甲一"], "养老", "350.5", "2023-11-01", "R2"],
    ]
    paid = write_xlsx(tmp_path / "缴费.xlsx", [["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"], *rows])
    enrolled = write_xlsx(tmp_path / "登记.xlsx", [["姓名", "身份证号", "缴费档次"], ["甲一", IDS["甲一"], "350"]])
    run(folder, "import-payments", paid)
    run(folder, "import-enrolment", enrolled)
    out = printed(capsys, "withdraw", 2, "--yes", "-w", folder)[1]
    assert out.splitlines()[1:3] == ["  医保缴费减少 1人，共380元", "  养老缴费减少 1人，共350.50元"]
    assert "  养老参保登记减少 1人" in printed(capsys, "withdraw", 3, "--yes", "-w", folder)[1]
    assert "  户籍状态正常的居民减少 10人" in printed(capsys, "withdraw", 1, "--yes", "-w", folder)[1]


def test_withdraw_what_is_not_there(folder, tmp_path):
    run(folder, "import-roster", roster(tmp_path / "低保.xlsx", YINPING))
    new = roster(tmp_path / "新.xlsx", [*YINPING, "乙一"])
    run(folder, "import-roster", new, "--replace", "--all-towns")
    assert run(folder, "withdraw", 9, "--yes")[1]["error"]["message"] == "没有批次9"
    code, answer = run(folder, "withdraw", 2, "--yes")
    assert code == 2
    assert re.fullmatch(r"批次2（低保.xlsx）已于[\d :-]+由\w+撤回，由批次3替换", answer["error"]["message"])
    assert run(folder, "withdraw", 3, "--yes")[0] == 0
    assert run(folder, "withdraw", 3, "--yes")[0] == 2


def test_withdraw_asks_for_yes(folder, tmp_path):
    """Nobody there to ask: exit 2, and nothing is touched."""
    run(folder, "import-roster", roster(tmp_path / "低保.xlsx", YINPING))
    before = everything(folder)
    refused(folder, "withdraw", 2, code=2, saying="--yes")
    assert everything(folder) == before


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("是\n", 0), ("\n", 2), ("n\n", 2), ("", 2)])
def test_withdraw_asks(folder, tmp_path, monkeypatch, capsys, typed, code):
    """On a terminal it says what would go, on stderr, and asks; anything but a yes leaves all as it is."""
    run(folder, "import-roster", roster(tmp_path / "低保.xlsx", YINPING))
    before = everything(folder)
    monkeypatch.setattr(withdrawing, "can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    got, out, err = printed(capsys, "withdraw", 2, "--json", "-w", folder)
    assert (got, "error" in json.loads(out)) == (code, bool(code))
    assert err.startswith("批次2　低保.xlsx　低保对象　5行\n  低保对象减少 5人\n确实要撤回批次2吗？")
    assert (everything(folder) == before) is bool(code)


def test_withdraw_of_a_cut_batch(folder, tmp_path):
    run(folder, "import-roster", roster(tmp_path / "全区.xlsx", IDS))
    run(folder, "import-roster", roster(tmp_path / "阴平.xlsx", YINPING), "--replace", "--town", "阴平镇")
    assert run(folder, "withdraw", 2, "--yes")[1] == {
        "command": "withdraw",
        "batch": 2,
        "file": "全区.xlsx",
        "rows": 5,
        "people": 5,
    }
    gone = batch(folder, 2)
    assert (gone["live"], gone["replaced_by"], gone["read"], gone["cut"]) == (False, None, 5, [])
    assert members(folder) == {"dibao": YINPING}
