"""sample_data/README.md, "One town, from end to end": every command is run, in order, and every line shown is true.

A table stands under a comment that names its workbook and sheet: each of its rows must be in that sheet.
"""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import python_calamine
from by_hand import BY_HAND
from terminal import difference, shown, type_in

SAMPLE = Path(__file__).parents[2] / "sample_data"
WALK = (SAMPLE / "README.md").read_text("utf-8").split("\n## One town, from end to end\n", 1)[1]
TABLES = re.findall(r"<!-- (\S+) › (\S+) -->\n\|.+\n\|[-|]+\n((?:\|.+\n)+)", WALK)


@pytest.fixture
def at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder sample_data of one's own, in which the commands are typed."""
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "sample_data"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FCINS_WORKSPACE", "")  # put back at the end, whatever the walk exports
    return folder


def test_walk(at_hand: Path) -> None:
    wrong = []
    for command, lines in shown(WALK):
        name = command.split()[2].rsplit("/")[-1] if command.startswith("fcins import-roster ") else ""
        if name in BY_HAND:
            BY_HAND[name](at_hand / command.split()[2])
        code, real = type_in(command)
        if (code != 0) != any(line.startswith("错误：") for line in lines):
            wrong.append(f"{command}: exit {code}, {real}")
        if problem := difference(lines, real):
            wrong.append(f"{command}: {problem}")
    wrong += [f"{table[0]}: {row}" for table in TABLES for row in missing(at_hand, *table)]
    assert "\n".join(wrong) == ""


def missing(folder: Path, file: str, sheet: str, rows: str) -> list[str]:
    """The rows of a shown table that the workbook's sheet does not have."""
    (path,) = folder.parent.rglob(file)
    cells = [list(map(plain, row)) for row in python_calamine.load_workbook(path).get_sheet_by_name(sheet).to_python()]
    return [row for row in rows.splitlines() if not any(holds(each, row) for each in cells)]


def holds(cells: list[str], row: str) -> bool:
    """Whether a row of a sheet has the cells that are shown, in their order; empty ones and … count for nothing."""
    left = iter(cells)
    wanted = [plain(cell.strip().replace("\\", "")) for cell in row.strip("|\n").split("|")]
    return all(cell in left for cell in wanted if cell not in {"", "…"})


def plain(cell: object) -> str:
    """A cell as text: numbers without a point that says nothing."""
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    try:
        return f"{float(str(cell)):g}" if len(str(cell)) < 12 else str(cell)
    except ValueError:
        return str(cell)


def test_walk_has_every_kind_of_step() -> None:
    """What would be lost first if the page were cut."""
    commands = [command for command, _ in shown(WALK)]
    assert len(commands) > 30
    assert len(TABLES) > 8
    typed = set((SAMPLE / "imports.txt").read_text("utf-8").splitlines())
    assert typed <= {command.removeprefix("fcins ") for command in commands}
