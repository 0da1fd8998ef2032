"""The four options that every command has: -w, --json, -q, -v."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from sheets import person, printed, run, write_xlsx

from fcins.cli.main import app

WANG, ZHAO, NEW = person("1980-01-01"), person("1950-03-03"), person("1990-09-09")


def leaves(commands: dict[str, Any], before: str = "") -> list[str]:
    """The names of all commands, those of a group as `policy show`."""
    names = []
    for name, command in commands.items():
        inner = getattr(command, "commands", None)
        names += leaves(inner, f"{before}{name} ") if inner else [before + name]
    return names


COMMANDS = leaves(typer.main.get_command(app).commands)

ENROLMENT = [["姓名", "身份证号", "缴费档次", "参保日期"], ["王一", WANG, "500", "2023-11-01"]]
PAYMENT = [["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"]]
PAYMENT += [["赵五", ZHAO, "居民医保", "380", "2023-11-01", "R1"]]
LINES: dict[str, list[object]] = {
    "init": ["NEW"],
    "look": [[["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]]],
    "run": [[["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]]],
    "import": [[["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]]],
    "import-households": [[["姓名", "公民身份号码", "镇街", "村居"], ["新来", NEW, "阴平镇", "东村"]]],
    "import-roster": [[["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"]]],
    "import-enrolment": [ENROLMENT],
    "import-payments": [PAYMENT],
    "build-register": ["--all"],
    "publicity-export": ["--all"],
    "withdraw": [1, "--yes"],
    "explain": [ZHAO],
    "simulate": ["--policy", "fengcheng-2025"],
    "rollover": ["NEW", "--policy", "fengcheng-2025"],
    "today": ["--date", "2023-08-01"],
    "policy check": ["fengcheng-2024"],
    "policy diff": ["fengcheng-2024", "fengcheng-2025"],
}
"""What each command needs: a table is written as a file, NEW is a folder that is not there yet."""


@pytest.fixture(scope="module")
def village_once(village_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village, in which one has paid: else there is no notice."""
    at = tmp_path_factory.mktemp("paid")
    folder = Path(shutil.copytree(village_once, at / "workspace"))
    paid = [["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"]]
    paid += [["王一", WANG, "居民医保", "380", "2023-11-01", "R0"]]
    assert run(folder, "import-payments", write_xlsx(at / "缴费.xlsx", paid))[0] == 0
    return folder


@pytest.fixture
def village(village_once: Path, tmp_path: Path) -> Path:
    """A workspace of one's own with what `village_once` has."""
    return Path(shutil.copytree(village_once, tmp_path / "workspace"))


def words_of(command: str, tmp_path: Path) -> list[object]:
    """A line on which the command does what it is for."""
    words: list[object] = [*command.split()]
    for word in LINES.get(command, []):
        if isinstance(word, list):
            words.append(write_xlsx(tmp_path / "来文.xlsx", word))
        else:
            words.append(tmp_path / "新" if word == "NEW" else word)
    return words


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet(village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Where nothing goes wrong nothing is said."""
    words = words_of(command, tmp_path)
    assert printed(capsys, *words, "-q", "-w", village) == (0, "", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_and_json(village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Who asks for JSON gets it, quiet or not."""
    code, out, err = printed(capsys, *words_of(command, tmp_path), "-q", "--json", "-w", village)
    assert (code, json.loads(out).get("command", command), err) == (0, command, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_and_verbose(village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Both: no result, but what it took."""
    code, out, err = printed(capsys, *words_of(command, tmp_path), "-qv", "-w", village)
    assert (code, out) == (0, "")
    assert re.search(r"^用时 \d+\.\d秒", err, re.M)
    assert all(re.match(r"用时|  \S+ \d+\.\d秒", line) for line in err.splitlines()), err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--bogus"], "--bogus"),
        (["build-register", "--town", "银平镇"], "阴平镇"),
        (["policy", "check", "nope.toml"], "nope.toml"),
        (["import-roster", "nope.xlsx"], "nope.xlsx"),
    ],
)
def test_quiet_says_what_went_wrong(
    village: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, out, err = printed(capsys, *words, "-q", "-w", village)
    assert (code in (2, 4), out) == (True, "")
    assert said in err


def test_quiet_lists_whom_a_name_may_mean(village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody was explained: that is nothing to be quiet about."""
    rows = [["姓名", "公民身份号码", "镇街", "村居"]]
    rows += [["赵五", person("1970-01-01", n), "阴平镇", "西村"] for n in (1, 2)]
    run(village, "import-households", write_xlsx(tmp_path / "户籍.xlsx", rows))
    code, out, err = printed(capsys, "explain", "--name", "赵五", "-q", "-w", village)
    assert (code, "--number" in err) == (0, True)
    assert sum("赵五" in line and "西村" in line for line in out.splitlines()) == 2


def test_places_of_findings(village: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-v lists every finding with its place; -qv these alone."""
    rows = [["姓名", "身份证号", "人员类别"], ["赵五", ZHAO, "低保对象"], ["查无", person("1990-01-01"), "低保对象"]]
    file = write_xlsx(tmp_path / "低保.xlsx", rows)
    place = "    低保.xlsx › Sheet1 › 第3行：E201 "
    words = ("import-roster", file, "--dry-run", "-w", village)
    _, both, _ = printed(capsys, *words, "-v")
    code, alone, _ = printed(capsys, *words, "-qv")
    assert (code, len(both.splitlines()) > 1, len(alone.splitlines())) == (0, True, 1)
    assert alone.startswith(place)
    assert alone in both
