"""The nightly lines of fcins/manual/operation.md, run as cron runs them.

/bin/sh, an empty environment, no terminal, stdin closed.
"""

import configparser
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sheets import person, write_xlsx

PAGE = (Path(__file__).parents[2] / "fcins" / "manual" / "operation.md").read_text("utf-8")
SECTION = PAGE.split("\n## 每夜自动运行：cron\n", 1)[1]
MAIL = re.search(r"```\n(错误：.+?)```", SECTION, re.S)[1]
"""What a bad night looks like."""
LINES = [line.strip() for line in re.findall(r"^ {4}(.+)$", SECTION, re.M)]
SETTINGS = dict(line.split("=", 1) for line in LINES if re.match(r"[A-Z_]+=", line))
TIMES = r"((?:[\d*,/-]+ +){5})(fcins .+)"
COMMANDS = [found[2] for line in LINES if (found := re.fullmatch(TIMES, line))]
UNITS = re.findall(r"```ini\n# (\S+)\n(.+?)```", SECTION, re.S)

WANG = person("1980-01-01")


@pytest.fixture
def server(village: Path, tmp_path: Path) -> Path:
    """/srv/fcins as the lines name it: 2024 a workspace, in the drop folder, and the program in venv/bin."""
    root = tmp_path / "srv"
    (root / "venv" / "bin").mkdir(parents=True)
    (root / "venv" / "bin" / "fcins").symlink_to(Path(sys.executable).parent / "fcins")
    (root / "in").mkdir()
    village.rename(root / "2024")
    return root


def drop(server: Path, name: str, receipt: str) -> None:
    rows = f"""
        | 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期   | 凭证号    |
        | 王一 | {WANG}   | 医保 | 380      | 2023-11-10 | {receipt} |
    """
    os.utime(write_xlsx(server / "in" / name, rows), (time.time() - 3600,) * 2)


def cron(server: Path, command: str) -> tuple[int, str]:
    """The exit code, and what cron would mail."""

    def here(text: str) -> str:
        return text.strip('"').replace("/srv/fcins", str(server))

    environment = {name: here(value) for name, value in SETTINGS.items()}
    environment |= {"HOME": str(server), "SHELL": "/bin/sh", "LANG": "C"}
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec 0<&-; {here(command)}"], env=environment, cwd=server, capture_output=True
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_lines_are_there() -> None:
    assert [command.split()[1] for command in COMMANDS] == ["import-payments", "build-register", "progress", "today"]
    assert {"FCINS_WORKSPACE", "PATH"} <= set(SETTINGS)


def test_a_good_night(server: Path) -> None:
    """Everything is done, and nothing said until the morning list."""
    drop(server, "1.xlsx", "A1")
    *night, morning = COMMANDS
    assert {command: cron(server, command) for command in night} == dict.fromkeys(night, (0, ""))
    assert {path.suffix for path in (server / "out").iterdir()} == {".html", ".xlsx"}
    # Two registers, and the notice of the one town in which somebody paid.
    assert len(list((server / "2024" / "out").rglob("*.xlsx"))) == 3
    code, mail = cron(server, morning)
    assert code == 0
    assert "1.xlsx" in mail
    assert WANG not in mail


def test_a_bad_night(server: Path) -> None:
    """The block that the page shows, and what is good went in."""
    letter = write_xlsx(server / "in" / "12月说明.xlsx", "| 12月缴费情况说明 |")
    os.utime(letter, (time.time() - 3600,) * 2)
    drop(server, "1.xlsx", "A1")
    assert cron(server, COMMANDS[0]) == (4, MAIL.replace("/srv/fcins", str(server)))


def test_no_workspace(server: Path) -> None:
    """A disk that is not mounted, say: one block."""
    (server / "2024").rename(server / "elsewhere")
    code, mail = cron(server, COMMANDS[-1])
    assert code == 6
    assert re.fullmatch("错误：.+不是工作区\n办法：.+\n", mail)


def test_units_run_the_same() -> None:
    """systemd's units: the same command as cron's, at the same time, by a service of the timer's name."""
    units = dict(UNITS)
    assert set(units) == {"fcins-import.service", "fcins-import.timer"}
    read = {name: configparser.ConfigParser(interpolation=None) for name in units}
    for name, parser in read.items():
        parser.read_string(units[name])
    service, timer = read["fcins-import.service"], read["fcins-import.timer"]
    assert service["Service"]["ExecStart"] == f"/srv/fcins/venv/bin/{COMMANDS[0]}"
    assert service["Service"]["Environment"] == f"FCINS_WORKSPACE={SETTINGS['FCINS_WORKSPACE']}"
    (line,) = (line for line in LINES if COMMANDS[0] in line)
    minute, hour = line.split()[:2]
    assert timer["Timer"]["OnCalendar"] == f"*-*-* {int(hour):02}:{int(minute):02}:00"
