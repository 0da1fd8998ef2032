"""fcins manual: pages, codes and readings on the terminal, with no workspace."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from sheets import printed, run

from fcins.commands.manual import ORDER
from fcins.findings import CATALOGUE

PAGES = Path(__file__).parents[2] / "fcins" / "manual"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no workspace."""
    monkeypatch.chdir(tmp_path)


def columns(line: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in line)


def test_topics_are_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(ORDER) == sorted(path.stem for path in PAGES.iterdir())
    code, out, err = printed(capsys, "manual")
    assert (code, err) == (0, "")
    lines = out.splitlines()[2 : 2 + len(ORDER)]
    assert [line.split()[1] for line in lines] == list(ORDER)
    assert [line.split()[0] for line in lines][:3] == ["命令", "问题代码", "运行维护"]


@pytest.mark.parametrize("name", ORDER)
def test_a_page_by_either_name(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Nothing of Markdown is left but code, no line is lost, and no line of text is wider than a terminal."""
    title = (PAGES / f"{name}.md").read_text("utf-8").split("：", 1)[0].removeprefix("<!-- ")
    code, out, _ = printed(capsys, "manual", name)
    assert (code, printed(capsys, "manual", title)[1]) == (0, out)
    text = "\n".join(line for line in out.splitlines() if not line.startswith("    "))
    assert not [mark for mark in ("**", "](", "<!--", "```", "|---", "`") if mark in text]
    assert [line for line in out.splitlines() if columns(line) > 82 and not line.startswith("    ")] == []
    last = (PAGES / f"{name}.md").read_text("utf-8").rstrip().splitlines()[-1]
    assert last == "```" or last.rstrip("| `").split("`")[-1][-8:] in out


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_code(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Problem, advice and the example of the gallery, and nothing of the next code."""
    code, out, _ = printed(capsys, "manual", name.lower())
    assert code == 0
    assert out.replace("\n", "").startswith(f"{name} {CATALOGUE[name].problem}─")
    assert f"怎么办：{CATALOGUE[name].advice}" in out.replace("\n", "")
    assert "读入 " in out
    assert out.count("怎么办：") == 1


def test_a_reading(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "manual", "Ｒ３９")
    assert (code, out.splitlines()[:2]) == (0, ["R39 用新名单替换，按户籍所在的镇街", "条款：五（一）　定于2026-11-24"])
    assert "R40" not in out
    last = printed(capsys, "manual", "R61")[1]  # the next heading is a higher one
    assert "名册" not in last.splitlines()[-1]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("E108", ["E105", "E106", "E107"]),
        ("R38", ["R36", "R37", "R39"]),
        ("问题代号", ["问题代码"]),
        ("finding", ["findings", "building", "readings"]),
    ],
)
def test_near_misses(tmp_path: Path, asked: str, near: list[str]) -> None:
    code, answer = run(tmp_path, "manual", asked)
    assert (code, answer["command"], answer["error"]["exit"]) == (2, "manual", 2)
    assert answer["error"]["hint"] == f"是不是：{'、'.join(near)}？"


def test_nothing_near(tmp_path: Path) -> None:
    assert run(tmp_path, "manual", "天气")[1]["error"]["hint"] == "用 fcins manual 看有哪些主题"


def test_json_of_the_topics(tmp_path: Path) -> None:
    code, answer = run(tmp_path, "manual")
    assert (code, [each["topic"] for each in answer["topics"]]) == (0, list(ORDER))


def test_in_a_pipe_and_light() -> None:
    """UTF-8 through a pipe; no pandas is needed to read."""
    program = (
        "import sys; from fcins.cli.main import run; code = run(['manual', 'E106', '--json']);"
        "assert not {'pandas', 'numpy'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["number"] == "E106"
