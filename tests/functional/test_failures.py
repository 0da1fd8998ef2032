"""What goes wrong: the exit code, one line on what is wrong and one on what to do, and nothing changed."""

import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sheets import person, printed, run, workspace, write_xlsx

from fcins.store import workspace as door
from fcins.store.schema import DATABASE
from fcins.store.workspace import open_store

ZHAO, QIAN = person("1950-03-03"), person("1961-07-07")
FULL_ID = re.compile(r"\d{17}[\dXx]")


def fails(folder: Path, *words: object) -> tuple[int, str]:
    """The exit code and all that is said, the shape of a failure's JSON checked on the way."""
    code, answer = run(folder, *words)
    assert list(answer) == ["command", "error"]
    assert (answer["command"], list(answer["error"])) == (str(words[0]), ["exit", "message", "hint"])
    error = answer["error"]
    assert error["exit"] == code
    for line in (error["message"], error["hint"]):
        assert line
        assert re.search("[\u4e00-\u9fff]", line)
        assert "\n" not in line
    told = error["message"] + "\n" + error["hint"]
    assert not FULL_ID.search(told)
    return code, told


# ── 2: usage ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["build-register", "--town", "银平镇"], "阴平镇"),
        (["build-register", "--town", "吴林乡"], "吴林街道"),
        (["publicity-export", "--town", "峨由镇"], "峨山镇"),
        (["build-register", "--town", "底阁镇"], "户籍库中没有底阁镇"),
        (["build-register", "--town", "阴平镇", "--village", "东材"], "东村"),
        (["build-register", "--all", "--village", "东村"], "--town"),
        (["build-register", "--all", "--town", "阴平镇"], "--all"),
        (["publicity-export", "--all", "--town", "阴平镇"], "--all"),
        (["publicity-export"], "import-payments"),
        (["publicity-export", "--town", "阴平镇"], "阴平镇"),
        (["build-register", "--all", "--date", "2023-13-01"], "2023-13-01"),
        (["build-register", "--all", "--date", "某日"], "2023-12-25"),
        (["build-register", "--all", "多余"], "多余"),
        (["build-register", "--everything"], "--everything"),
        (["import-roster"], "文件"),
        (["import-roster", "x.xlsx", "--declared-total", "abc"], "abc"),
        (["import-roster", "x.xlsx", "--declared-total", "-3"], "-3"),
        (["import-roster", "x.xlsx", "y.xlsx", "--declared-total", "3"], "--declared-total"),
        (["import-roster", "x.xlsx", "--category", "低保对像"], "低保对象"),
        (["import-roster", "x.xlsx", "--category", "无此类"], "特困人员"),
        (["import-roster", "x.xlsx", "--town", "阴乎镇"], "阴平镇"),
        (["import-households", "--category", "低保"], "--category"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage(village, words, told):
    code, said = fails(village, *words)
    assert code == 2
    assert told in said
    assert not re.search(r"\b(unexpected|invalid|argument|option|value|missing|such)\b", said, re.IGNORECASE)


def test_init_twice(village):
    before = (village / "policy.toml").read_text("utf-8")
    (village / "policy.toml").write_text(before + "\n# 本区的改动\n", "utf-8")
    code, told = fails(village, "init", village)
    assert code == 2
    assert "已经是工作区" in told
    assert "本区的改动" in (village / "policy.toml").read_text("utf-8")


def test_empty_households(tmp_path):
    folder = workspace(tmp_path)
    for command in ("build-register", "publicity-export"):
        code, told = fails(folder, command, "--all")
        assert code == 2
        assert "import-households" in told


# ── 4: the file cannot be used ──────────────────────────────────────────────────────────────────────────────────────


def cfb(*streams: str) -> bytes:
    """A compound file that only names its streams: what Excel makes of a workbook with a password."""

    def entry(name: str, kind: int, child: int) -> bytes:
        text = name.encode("utf-16-le").ljust(64, b"\0")
        tree = struct.pack("<HBBiii", 2 * len(name) + 2, kind, 1, -1, -1, child)
        return text + tree + bytes(36) + struct.pack("<iQ", -2, 0)

    chain = b"".join(entry(name, 2, -1) for name in streams)
    directory = (entry("Root Entry", 5, 1) + chain).ljust(512, b"\0")
    table = struct.pack("<128i", -3, -2, *[-1] * 126)
    head = struct.pack("<8s16s5H6x", bytes.fromhex("D0CF11E0A1B11AE1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9i", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    return head + table + directory


def bomb(path: Path) -> None:
    """Some kilobytes that unpack to two gigabytes of sheet."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", bytes(8_000_000))
    # The directory says what unpacking would give: made 300 times as much here, to keep the test quick.
    data = bytearray(path.read_bytes())
    size = struct.pack("<I", 8_000_000)
    at = data.index(size, data.index(b"PK\x01\x02"))
    data[at : at + 4] = struct.pack("<I", 2_400_000_000)
    path.write_bytes(data)


def good(path: Path) -> Path:
    return write_xlsx(path, [["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder of files no department should send."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "不是工作簿.xlsx").write_bytes(b"%PDF-1.7 x" * 100)
    (folder / "空.xlsx").write_bytes(b"")
    (folder / "空.csv").write_bytes(b"")
    (folder / "网页.xls").write_text("<html><body>会话已过期，请重新登录</body></html>", "utf-8")
    (folder / "加密.xlsx").write_bytes(cfb("EncryptionInfo", "EncryptedPackage"))
    (folder / "无身份证列.csv").write_text("姓名,联系电话,人员类别\n赵五,13800000002,低保对象\n", "utf-8")
    (folder / "无表头.csv").write_text(f"赵五,{ZHAO}\n钱六,{QIAN}\n", "utf-8")
    good(folder / "截断.xlsx")
    whole = (folder / "截断.xlsx").read_bytes()
    (folder / "截断.xlsx").write_bytes(whole[: len(whole) * 2 // 3])
    bomb(folder / "炸弹.xlsx")
    write_xlsx(folder / "无内容.xlsx", [[""]])
    with zipfile.ZipFile(folder / "压缩包.zip", "w") as archive:
        archive.writestr("名册.txt", "x")
    (folder / "文件夹.xlsx").mkdir()
    return folder


BAD = {
    "不是工作簿.xlsx": "不是工作簿",
    "空.xlsx": "空的",
    "空.csv": "空的",
    "网页.xls": "网页",
    "加密.xlsx": "密码",
    "无身份证列.csv": "公民身份号码",
    "无表头.csv": "公民身份号码",
    "截断.xlsx": "截断.xlsx",
    "炸弹.xlsx": "解压后",
    "无内容.xlsx": "空",
    "压缩包.zip": "压缩包",
    "文件夹.xlsx": "文件夹",
    "没有.xlsx": "找不到",
}


@pytest.mark.parametrize("file", BAD)
def test_unusable_file(village, bad, file):
    _, before = run(village, "status")
    code, told = fails(village, "import-roster", bad / file, "--category", "低保")
    assert code == 4
    assert file in told
    assert BAD[file] in told
    assert run(village, "status")[1] == before


def test_headings_told(village, bad):
    """The headings seen and those missing, so that the sender can put them right."""
    _, told = fails(village, "import-roster", bad / "无身份证列.csv")
    for part in ("姓名", "联系电话", "缺少", "公民身份号码"):
        assert part in told


def test_wrong_command_for_file(village, tmp_path):
    """A roster is no payments file: the command for it is named."""
    code, told = fails(village, "import-payments", good(tmp_path / "低保.xlsx"))
    assert code == 4
    assert "fcins import-roster 低保.xlsx" in told


def test_one_bad_of_several(village, bad, tmp_path):
    """Imported whole or not at all, in whatever place the bad one stands."""
    _, before = run(village, "status")
    first = good(tmp_path / "低保.xlsx")
    for files in ([first, bad / "空.xlsx"], [bad / "空.xlsx", first]):
        code, told = fails(village, "import-roster", *files)
        assert code == 4
        assert "空.xlsx" in told
        assert run(village, "status")[1] == before


# ── 6: the workspace; the policy ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["status", "build-register --all", "publicity-export --all", "import-payments x"])
def test_no_workspace(tmp_path, command):
    code, told = fails(tmp_path / "无", *command.split())
    assert code == 6
    assert "fcins init" in told
    assert not (tmp_path / "无").exists()


def break_head(data: bytes) -> bytes:
    return b"garbage!" * 64 + data[512:]


def break_pages(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * (len(data) - 4096)


def keep_half(data: bytes) -> bytes:
    return data[: len(data) // 8192 * 4096]


@pytest.mark.parametrize("harm", [break_head, break_pages, keep_half, lambda data: b"", lambda data: b"x"])
@pytest.mark.parametrize("command", ["status", "build-register --all", "import-roster"])
def test_damaged_database(village, tmp_path, harm, command):
    database = village / DATABASE
    with open_store(village) as opened:
        opened.run("PRAGMA wal_checkpoint(TRUNCATE)")
    for aside in ("-wal", "-shm"):
        (village / (DATABASE + aside)).unlink(missing_ok=True)
    database.write_bytes(harm(database.read_bytes()))
    words = [*command.split(), *([good(tmp_path / "低保.xlsx")] if "roster" in command else [])]
    code, told = fails(village, *words)
    assert code == 6
    assert "备份" in told


def test_a_workspace_that_may_not_be_written_is_not_damaged(village, monkeypatch):
    """On a share that may only be read SQLite cannot open its log; nobody shall set up a new workspace for that."""

    def refuse(folder):
        raise OSError("unable to open database file")

    monkeypatch.setattr(door, "Store", refuse)
    monkeypatch.setattr(door.os, "access", lambda path, mode: path != village or not mode & os.W_OK)
    code, told = fails(village, "status")
    assert (code, "权限" in told, "备份" in told) == (6, True, False)


def test_database_gone(village):
    (village / DATABASE).unlink()
    assert fails(village, "status")[0] == 6


def test_broken_policy(village, tmp_path):
    """Every problem at once, with its key; no command goes on with it."""
    path = village / "policy.toml"
    text = path.read_text("utf-8")
    broken = text.replace("fee_year = 2024", "fee_yaer = 2024").replace("standard = 380", 'standard = "三百八"')
    path.write_text(broken, "utf-8")
    for words in (["status"], ["build-register", "--all"], ["import-roster", good(tmp_path / "低保.xlsx")]):
        code, answer = run(village, *words)
        told = answer["error"]["message"] + answer["error"]["hint"]
        assert code == 4
        for part in ("policy.toml", "fee_yaer", "fee_year", "standard"):
            assert part in told
    path.write_text(text, "utf-8")
    assert run(village, "status")[0] == 0


@pytest.mark.parametrize("content", [b"name = ", "title = '峰城'".encode("gbk"), b""])
def test_policy_no_toml(village, content):
    (village / "policy.toml").write_bytes(content)
    code, answer = run(village, "status")
    assert code == 4
    assert "policy.toml" in answer["error"]["message"]


@pytest.mark.parametrize("source", ["fengcheng-2042", "没有.toml", ".", "gbk.toml"])
def test_init_without_policy(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("gbk.toml").write_bytes("title = '峰城'".encode("gbk"))
    code, _ = run(tmp_path / "新", "init", "--policy", source)
    assert code in (2, 4)
    assert not (tmp_path / "新").exists()


# ── no IDs in what is said ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        ["build-register", "--town", ZHAO],
        ["build-register", "--town", "阴平镇", "--village", ZHAO],
        ["build-register", "--all", "--date", ZHAO],
        ["build-register", "--all", ZHAO],
        ["import-roster", f"{ZHAO}.xlsx"],
        ["import-roster", "x.xlsx", "--category", ZHAO],
        ["import-roster", "x.xlsx", "--declared-total", ZHAO[:17] + "X"],
        ["init", "x", "--policy", ZHAO],
        ["status", f"--{ZHAO}"],
    ],
    ids=lambda words: " ".join(words).replace(ZHAO, "ID"),
)
def test_id_in_arguments(village, words, capfd):
    """Typed in the wrong place, an ID is not repeated on the screen, in cron's mail, in a log."""
    run(village, *words, "-v")
    code, answer = run(village, *words)
    assert code in (2, 4)
    assert not FULL_ID.search(json.dumps(answer) + capfd.readouterr().err)


@pytest.mark.parametrize("word", [ZHAO, f"--{ZHAO}"])
def test_id_for_command(village, word, capfd):
    code, answer = run(village, word, "-v")
    assert code == 2
    assert not FULL_ID.search(json.dumps(answer) + capfd.readouterr().err)


@pytest.mark.parametrize("options", [[], ["-v"], ["-qv"], ["-q"], ["--json"], ["--json", "-v"]])
def test_bug(village, options, monkeypatch, capsys):
    """One line for the user and a log for the maintainers, IDs masked in both; the traceback with -v only."""

    def fail(*given, **named):
        raise RuntimeError(f"row of {ZHAO}")

    monkeypatch.setattr("fcins.commands.workspace.status", fail)
    code, out, err = printed(capsys, "status", "-w", village, *options)
    log = village / "fcins.log"
    assert code == 1
    assert str(log) in out + err
    assert ("Traceback" in err) == bool({"-v", "-qv"} & set(options))
    assert "Traceback" not in out
    assert "RuntimeError: row of 370499" in log.read_text("utf-8")
    assert not FULL_ID.search(out + err + log.read_text("utf-8"))
    assert log.stat().st_mode & 0o077 == 0
    if "--json" in options:
        assert json.loads(out)["error"]["exit"] == 1


def test_import_says_no_ids(village, tmp_path, capsys):
    """Rows of every sort of failure, told with -v: counts and codes only."""
    rows = [["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"], ["钱七", QIAN, "低保对象"]]
    rows += [["赵五", ZHAO[:-1] + "?", "低保"], ["查无", person("1990-01-01"), "低保"], ["", ZHAO, "低保"]]
    path = write_xlsx(tmp_path / "低保.xlsx", rows)
    code, out, err = printed(capsys, "import-roster", path, "-w", village, "-v")
    assert code == 0
    assert "E202" in out
    assert not FULL_ID.search(out + err)


def test_command_of_failure(village):
    """A failure's JSON names the command, wherever it stands among the options."""
    assert run(village, "--bogus", "status")[1]["command"] == "status"
    assert run(village, "--bogus")[1]["command"] == ""
    code, answer = run(village, "import-rosters", "x.xlsx")
    assert (code, answer["command"]) == (2, "")
    assert "import-rosters" in answer["error"]["message"]
    assert run(village, "--bogus", "policy", "-x", "check")[1]["command"] == "policy check"
    assert run(village, "policy", "bogus")[1]["command"] == "policy"
    assert run(village, "withdraw", "many")[1]["command"] == "withdraw"


def test_json_is_what_was_asked(capsys):
    """The value of an option is no option: a town called --json asks for nothing."""
    code, out, err = printed(capsys, "build-register", "--town", "--json", "--bogus")
    assert (code, out) == (2, "")
    assert "没有 --bogus 这个选项" in err


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("redirect", [">/dev/full", ">&-"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_not_writable(village, redirect, options, unbuffered):
    """A full disk under stdout is no bug of the program's: no log, no traceback."""
    line = [sys.executable, "-m", "fcins", "manual", "-w", village, *options]  # the quickest that prints
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirect}', "sh", *line],
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert not (village / "fcins.log").exists()
    assert b"Traceback" not in done.stderr
    assert (done.returncode, "输出写不出去" in done.stderr.decode()) == (
        (1, True) if "full" in redirect else (0, False)
    )


def test_out_is_a_file(village, tmp_path):
    (tmp_path / "输出").write_text("x")
    code, told = fails(village, "build-register", "--all", "-o", tmp_path / "输出")
    assert code in (1, 2, 6)
    assert "输出" in told
