"""Workspaces that several tests read: the sample district imported whole, and a village of two households."""

import json
import shlex
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from people import LI, QIAN, WANG, XIAO, YA, ZHAO
from shared import made_once
from sheets import run, workspace, write_xlsx

SAMPLE = Path(__file__).parents[2] / "sample_data"

Import = Callable[[Path, Path, Iterable[str]], dict[str, dict[str, Any]]]


def import_lines(folder: Path, files: Path, lines: Iterable[str]) -> dict[str, dict[str, Any]]:
    answers = {}
    for line in lines:
        command, file, *options = shlex.split(line)
        code, answer = run(folder, command, files / file, *options)
        assert code == 0, answer
        answers[file] = answer
    return answers


@pytest.fixture(scope="session")
def importing() -> Import:
    """(workspace, folder of files, lines of imports.txt) → each file's JSON."""
    return import_lines


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """A workspace with all of sample_data imported, and each file's JSON. Read it, do not change it."""

    def make(shared: Path) -> None:
        lines = (SAMPLE / "imports.txt").read_text("utf-8").splitlines()
        answers = import_lines(workspace(shared), SAMPLE, lines)
        (shared / "answers.json").write_text(json.dumps(answers), "utf-8")

    shared = made_once(tmp_path_factory, "sample", make)
    return shared / "workspace", json.loads((shared / "answers.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def village_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two households of 阴平镇东村 (two children in the first) and one person of 峨山镇东村."""
    at = tmp_path_factory.mktemp("village")
    folder = workspace(at)
    households = write_xlsx(
        at / "户籍.xlsx",
        f"""
        | 镇街   | 村居 | 户号 | 户主姓名 | 姓名 | 与户主关系 | 公民身份号码 | 住址              | 联系电话    |
        | 阴平镇 | 东村 | 1    | 王一     | 李二 | 妻         | {LI}         | 东村向阳路一排1号 | 13800000001 |
        | 阴平镇 | 东村 | 1    | 王一     | 王一 | 户主       | {WANG}       | 东村向阳路一排1号 | 13800000001 |
        | 阴平镇 | 东村 | 1    | 王一     | 王小 | 子         | {XIAO}       | 东村向阳路一排1号 |             |
        | 阴平镇 | 东村 | 1    | 王一     | 王丫 | 女         | {YA}         | 东村向阳路一排1号 |             |
        | 阴平镇 | 东村 | 2    | 赵五     | 赵五 | 户主       | {ZHAO}       | 东村向阳路二排2号 |             |
        | 峨山镇 | 东村 | 1    | 钱六     | 钱六 | 户主       | {QIAN}       | 峨山东村三排3号   |             |
        """,
    )
    code, answer = run(folder, "import-households", households)
    assert (code, answer["rows"]["accepted"]) == (0, 6)
    return folder


@pytest.fixture
def village(village_once: Path, tmp_path: Path) -> Path:
    """A workspace of one's own with the households of `village_once`."""
    return Path(shutil.copytree(village_once, tmp_path / "workspace"))
