"""Sheets as text tables, people with invented IDs, a workspace to run fcins in."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from shared import copied

from fcins.analysis.district import District
from fcins.cli import main as cli
from fcins.policy.loading import parse_policy
from fcins.store.workspace import open_store, policy_path

Rows = list[list[str]]


def sheet(table: str) -> Rows:
    """A text table → its rows, headings first; a line of dashes (`|---|---|`) is not one."""
    lines = [line.strip() for line in table.strip().splitlines()]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line and "|---" not in line]


def write_xlsx(path: Path, tables: str | Rows | Mapping[str, str | Rows], numeric: Collection[str] = ()) -> Path:
    """Write a table, or several by sheet name; gives `path`.

    A cell written `#123` is a number, as are all cells under the headings in `numeric`; everything else is text.
    """
    named = tables if isinstance(tables, Mapping) else {"Sheet1": tables}
    with xlsxwriter.Workbook(path) as book:
        for name, table in named.items():
            rows = sheet(table) if isinstance(table, str) else table
            paper = book.add_worksheet(name)
            by_number = {at for at, heading in enumerate(rows[0]) if heading in numeric}
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    if cell.startswith("#") or (y and x in by_number and cell):
                        paper.write_number(y, x, float(cell.removeprefix("#")))
                    elif cell:
                        paper.write_string(y, x, cell)
    return path


def person(birth: str | date, n: int = 1, sex: str = "男") -> str:
    """The n-th invented man or woman (1 to 499) born that day: a valid ID of GB 11643 in region 370499."""
    first17 = f"370499{str(birth).replace('-', '')}{2 * n - (sex == '男'):03d}"
    total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(first17))
    return first17 + "10X98765432"[total % 11]


def roster(path: Path, *people: tuple[str, str], heading: str = "人员类别", category: str = "低保对象") -> Path:
    """A roster of people (name, ID), all of one category."""
    return write_xlsx(path, [["姓名", "身份证号", heading], *([name, number, category] for name, number in people)])


def payments(path: Path, *lines: tuple[str, str, str, str]) -> Path:
    """Lines of name, ID, scheme, amount; paid on 2023-11-01, receipts numbered."""
    rows = [[*line, "2023-11-01", f"R{number}"] for number, line in enumerate(lines)]
    return write_xlsx(path, [["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"], *rows])


def workspace(tmp_path: Path, policy: str = "fengcheng-2024") -> Path:
    """A new workspace under `tmp_path`; gives its folder."""
    folder = copied(tmp_path, _initialised, policy)
    with open_store(folder) as store:  # a workspace made by `init` has an ID of its own, a copy has not
        store.run("UPDATE meta SET value = upper(hex(randomblob(4))) WHERE key = 'workspace'")
    return folder


def _initialised(at: Path, policy: str) -> None:
    code, answer = run(at, "init", at / "workspace", "--policy", policy)
    assert code == 0, answer


def run(folder: Path, *words: object, apart: bool = False) -> tuple[int, dict[str, Any]]:
    """`fcins WORDS -w FOLDER --json` → its exit code and its JSON; in this process, or `apart` in one of its own."""
    line = [str(word) for word in (*words, "-w", folder, "--json")]
    if apart:
        done = subprocess.run([sys.executable, "-m", "fcins", *line], capture_output=True, encoding="utf-8")
        return done.returncode, json.loads(done.stdout)
    with redirect_stdout(StringIO()) as out:
        code = cli.run(line)
    return code, json.loads(out.getvalue())


def refused(folder: Path, *words: object, code: int, saying: str) -> None:
    """`fcins WORDS` stops with this exit code and says so (`saying`: a pattern). What it did say is in the failure."""
    got, answer = run(folder, *words)
    assert "error" in answer, answer
    text = "\n".join(answer["error"][part] for part in ("message", "hint"))
    assert (got, answer["error"]["exit"]) == (code, code), text
    assert re.search(saying, text), text


def fcins(*words: object, shell: str = 'exec "$@" <&-', **options: Any) -> subprocess.CompletedProcess[bytes]:
    """fcins as a user starts it, in a process of its own, stdin closed."""
    options = {"env": {"PATH": os.defpath}, "cwd": Path(__file__).parents[2], **options}
    line = ["sh", "-c", shell, "sh", sys.executable, "-m", "fcins", *map(str, words)]
    return subprocess.run(line, capture_output=True, timeout=60, **options)


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """`fcins WORDS` in this process, for a person: its exit code, and what it printed on stdout and on stderr."""
    capsys.readouterr()
    code = cli.run([str(word) for word in words])
    return code, *capsys.readouterr()


@contextmanager
def district(folder: Path) -> Iterator[District]:
    """What the workspace knows, judged as of now."""
    with open_store(folder) as store, store.reading():
        yield District(store, parse_policy(policy_path(folder).read_text("utf-8"), "policy.toml"))
