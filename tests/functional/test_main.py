"""The program as a user, cron and another program start it: two at once, stopped, no terminal, help."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from people import QIAN, ZHAO
from sheets import fcins, printed, roster, run

from fcins.commands import opening
from fcins.side_by_side import processors
from fcins.store.lock import user_name

SAMPLE = Path(__file__).parents[2] / "sample_data"


COMMANDS = [
    "init",
    "look",
    "import",
    "import-households",
    "import-roster",
    "import-enrolment",
    "import-payments",
    "export",
    "run",
    "build-register",
    "publicity-export",
    "status",
    "feedback-export",
    "gaps",
    "batches",
    "withdraw",
    "verify",
    "explain",
    "simulate",
    "rollover",
    "reconcile",
    "funding",
    "progress",
    "today",
    "manual",
    "policy",
]


OF_POLICY = ["policy show", "policy check", "policy diff"]


def test_what_each_stage_took(village, tmp_path, capsys):
    """With -v, on stderr; stdout stays what it is."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    code, out, err = printed(capsys, "import-roster", file, "-w", village, "-v", "--json")
    assert (code, json.loads(out)["rows"]["accepted"]) == (0, 1)
    memory = r"，内存最多 \d+ MiB(?:，另起的进程各最多 \d+ MiB)?$"
    assert re.findall(rf"^  (\S+) \d+\.\d秒{memory}", err, re.M) == ["准备", "读取", "写入", "核查"]
    _, out, err = printed(capsys, "build-register", "--all", "-w", village, "-v", "-o", tmp_path, "--json")
    assert re.findall(r"^  (\S+) \d+\.\d秒", err, re.M) == ["准备", "计算", "征收清册"]
    assert printed(capsys, "build-register", "--all", "-w", village, "-o", tmp_path, "--json") == (0, out, "")


@pytest.mark.skipif(
    sys.platform != "linux" or processors() < 2, reason="towns are written side by side where the system can fork"
)
def test_the_memory_of_the_processes_that_write(sample, tmp_path):
    """Each town's register is made in a process of its own: what the largest of them held is said as well."""
    words = ("build-register", "--all", "-w", sample[0], "-v", "-q", "-o", tmp_path)
    ended = subprocess.run([sys.executable, "-m", "fcins", *words], capture_output=True, text=True, check=True)
    stages = re.findall(r"^  (\S+) \d+\.\d秒，内存最多 \d+ MiB(，另起的进程各最多 [1-9]\d* MiB)?$", ended.stderr, re.M)
    assert [(stage, bool(started)) for stage, started in stages] == [
        ("准备", False),
        ("计算", False),
        ("征收清册", True),
    ]


HOLD = """
import sys, time
from pathlib import Path
from fcins.store.lock import writing
with writing(Path(sys.argv[1]), "import-roster", wait_seconds=1):
    print("held", flush=True)
    time.sleep(60)
"""


def test_busy(village, tmp_path, monkeypatch, capsys):
    """Whoever waits is told who holds the workspace, then exit 5; a killed holder holds nothing."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.2)
    with subprocess.Popen([sys.executable, "-c", HOLD, village], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"held\n"
            code, answer = run(village, "import-roster", file)
            assert (code, answer["error"]["exit"]) == (5, 5)
            for part in (user_name(), "import-roster", str(holder.pid)):
                assert part in answer["error"]["message"]
            assert "等待" in capsys.readouterr().err
            assert run(village, "status")[0] == 0  # reading needs no lock
            assert run(village, "build-register", "--all", "-o", tmp_path)[0] == 0
        finally:
            holder.kill()
    assert run(village, "import-roster", file)[1]["batch"] == 2


def test_two_imports_at_once(village, tmp_path):
    files = [roster(tmp_path / f"{n}.xlsx", ("赵五", ZHAO), ("钱六", QIAN), *[("", "")] * n) for n in range(3)]
    line = [sys.executable, "-m", "fcins", "import-roster", "--json", "-w", village]
    both = [subprocess.Popen([*line, file], stdout=subprocess.PIPE) for file in files]
    answers = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert sorted(each["batch"] for each in answers) == [2, 3, 4]
    # Each is judged as of its turn: who came first is accepted, the others repeat it.
    assert sorted(each["rows"]["accepted"] for each in answers) == [0, 0, 2]
    assert [each.returncode for each in both] == [0, 0, 0]
    assert len(run(village, "status")[1]["sources"]) == 4


SLOW = """
import signal, sys, time
import fcins.cli.main
from fcins.store.store import Store
signal.signal(signal.SIGINT, signal.default_int_handler)
add = Store.add_batch
def slow(self, *given):
    number = add(self, *given)
    print("inside", file=sys.stderr, flush=True)
    time.sleep(60)
    return number
Store.add_batch = slow
sys.argv = ["fcins", *sys.argv[1:]]
fcins.cli.main.main()
"""


@pytest.mark.parametrize(
    ("command", "sent", "code"),
    [
        ("import-roster", signal.SIGINT, 130),
        ("import-roster", signal.SIGTERM, -15),
        ("import-roster", signal.SIGKILL, -9),
        ("import", signal.SIGINT, 130),
        ("import", signal.SIGKILL, -9),
    ],
)
def test_stopped_half_way(village, tmp_path, command, sent, code):
    """Stopped between writing a batch and its commit: nothing of it stays, and the next import goes through."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, before = run(village, "status")
    line = [sys.executable, "-c", SLOW, command, file, "-q", "-w", village]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as stopped:
        assert stopped.stderr.readline() == b"inside\n"
        stopped.send_signal(sent)
        out, err = stopped.communicate(timeout=20)
    assert stopped.returncode == code
    assert b"Traceback" not in out + err
    assert ("已中断" in err.decode()) == (sent == signal.SIGINT)
    assert run(village, "status")[1] == before
    code, answer = run(village, "import-roster", file)
    assert (code, answer["batch"], answer["already_imported"]) == (0, 2, False)


@pytest.mark.parametrize("env", [{}, {"LANG": "C"}, {"LC_ALL": "POSIX", "TERM": "dumb"}])
def test_cron(village, tmp_path, env):
    """No terminal, no input, next to no environment: plain results, no progress, no colour, Chinese intact."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    done = fcins("import-roster", file, "-w", village, env={"PATH": os.defpath, **env})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "低保.xlsx" in done.stdout.decode("utf-8")
    assert not re.search(rb"\x1b|\r", done.stdout)


def test_cron_whole_year(village, tmp_path):
    for words in (["build-register", "--all", "-o", tmp_path], ["status"]):
        done = fcins(*words, "-w", village)
        assert (done.returncode, done.stderr) == (0, b""), words
        assert not re.search(rb"\x1b|\r", done.stdout)


def test_gbk(village, tmp_path):
    """A Chinese Windows redirects in GBK: what GBK lacks is escaped, nothing crashes."""
    rare = roster(tmp_path / "低保䶮😀.xlsx", ("赵五", ZHAO))
    env = {"PATH": os.defpath, "PYTHONIOENCODING": "gbk"}
    for words in (
        ["import-roster", rare, "-w", village],
        ["--help"],
        ["build-register", "--town", "😀", "-w", village],
    ):
        done = fcins(*words, env=env)
        assert done.returncode in (0, 2), words
        text = done.stdout.decode("gbk") + done.stderr.decode("gbk")
        assert "意外" not in text
        assert len(text) > 10


def test_workspace_from_environment(village):
    done = fcins("status", "--json", env={"PATH": os.defpath, "FCINS_WORKSPACE": str(village)})
    assert json.loads(done.stdout)["people"] == 6


def test_reader_gone(village):
    """`fcins status | head -1` is no failure to complain about."""
    done = fcins("status", "-w", village, shell='"$@" | head -c 1')
    assert (done.stdout, done.stderr) == ("未".encode()[:1], b"")


ENGLISH = re.compile(
    r"\b(Usage|Options?|Arguments?|Commands?|Show|this|message|exit|default|required|env|var|INTEGER|TEXT|PATH|FILE)\b",
    re.IGNORECASE,
)


def test_help_lists_commands():
    done = fcins("--help")
    assert done.returncode == 0
    listed = re.findall(r"^  ([a-z][a-z-]+)  ", done.stdout.decode().split("命令：\n")[1], re.MULTILINE)
    assert listed == COMMANDS
    assert fcins().stdout == done.stdout


@pytest.mark.parametrize("command", ["", *COMMANDS, *OF_POLICY])
def test_help_is_chinese(command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")
    code, text, told = printed(capsys, *command.split(), "--help")
    assert (code, told) == (0, "")
    assert not ENGLISH.findall(re.sub(r"--[\w-]+|policy show|^  show ", "", text, flags=re.M))  # own names
    assert "用法：" in text
    assert "显示本说明" in text
    for option in ("--json", "--workspace", "--quiet", "--verbose") if command not in ("", "policy") else ():
        assert option in text


def test_version():
    assert re.fullmatch(r"fcins \d+\.\d+\.\d+\n", fcins("--version").stdout.decode())
