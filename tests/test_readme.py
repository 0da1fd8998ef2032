"""README.md and README.zh-CN.md against the program: commands, options, findings, exit codes, paths, make targets."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import typer
from test_house import PACKAGE, ROOMS

from fcins import errors
from fcins.analysis.cases import read_cases, run_cases
from fcins.cli.main import app
from fcins.findings import CATALOGUE
from fcins.policy.loading import load_policy

ROOT = Path(__file__).parents[1]
FLOORS = ROOMS[1:-1]  # without the ground floor and the entry
README = (ROOT / "README.md").read_text("utf-8")
MANUAL = (ROOT / "README.zh-CN.md").read_text("utf-8")
PAGES = pytest.mark.parametrize("page", [README, MANUAL], ids=["en", "zh"])


def flat(commands, before=""):
    """Every command by its name, those of a group as `policy show`."""
    found = {}
    for name, command in commands.items():
        inner = getattr(command, "commands", None)
        found |= flat(inner, f"{before}{name} ") if inner else {before + name: command}
    return found


COMMANDS = flat(typer.main.get_command(app).commands)


def section(page, title):
    """The text under a heading of the second level, to the next one."""
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(text):
    """The rows of all tables of a text, as lists of cells; the lines under headings left out."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if not set(row[0]) <= {"-"} or not row[0]]


def options(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def usages(page):
    """What is called as `fcins COMMAND …` in code, to the end of the line or of the code."""
    code = re.findall(r"`([^`\n]+)`|^ {4}(.+)$", page, re.M)
    calls = [call for pair in code for call in re.findall(r"\bfcins ([a-z][a-z-]*\b[^`&|]*)", "".join(pair))]
    found = []
    for call in calls:
        words = call.split()
        length = 2 if " ".join(words[:2]) in COMMANDS else 1
        found.append([" ".join(words[:length]), *words[length:]])
    return found


@PAGES
def test_every_command_is_told(page):
    assert {call[0] for call in usages(page)} == set(COMMANDS)


@PAGES
def test_examples_use_options_that_exist(page):
    for name, *rest in usages(page):
        known = {option for each in COMMANDS[name].params for option in each.opts} | {"-h", "--help"}
        assert options(" ".join(rest)) <= known, name


def test_options_of_each_command():
    """The row of a command has its own options, the second table those of every command: neither more nor fewer."""
    rows = table(section(README, "Commands"))
    shared = set().union(*(options(row[0]) for row in rows if row[0].startswith("`-")))
    told = {usages(row[0])[0][0]: options(row[2]) for row in rows if row[0].startswith("`fcins ")}
    assert set(told) == set(COMMANDS)
    for name, command in COMMANDS.items():
        own = {option for each in command.params if each.param_type_name == "option" for option in each.opts}
        assert own | {"-h", "--help"} == told[name] | shared, name


@pytest.mark.parametrize(("page", "title"), [(README, "Findings"), (MANUAL, "每个问题代码怎么办")], ids=["en", "zh"])
def test_findings_are_the_catalogue(page, title):
    assert table(section(page, title))[1:] == [[each.code, each.problem, each.advice] for each in CATALOGUE.values()]


@PAGES
def test_no_code_that_does_not_exist(page):
    assert set(re.findall(r"\b[EDW]\d{3}\b", page)) <= set(CATALOGUE)


def test_exit_codes():
    told = {int(row[0]) for row in table(section(README, "Exit codes"))[1:]}
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert told == {0, 3, 130} | {each.exit_code for each in classes}


def test_not_there_yet():
    later = re.findall(r"`([a-z-]+)`", section(README, "Not there yet"))
    assert later
    every_option = {option for command in COMMANDS.values() for each in command.params for option in each.opts}
    assert not set(later) & (set(COMMANDS) | every_option)


def test_examples_parse():
    for text in re.findall(r"```json\n(.+?)```", README, re.S):
        assert json.loads(text)
    for text in re.findall(r"```toml\n(.+?)```", README, re.S):
        assert tomllib.loads(text)


def test_case_is_one_of_ours():
    shown = tomllib.loads(re.search(r"```toml\n(.+?)```", README, re.S)[1])["case"][0]
    assert shown in tomllib.loads((ROOT / "tests/cases/fengcheng-2024.toml").read_text("utf-8"))["case"]


@PAGES
def test_cases_shown_come_out(page, tmp_path):
    shown = re.findall(r"```toml\n(.+?)```", page, re.S)
    assert shown
    for text in shown:
        (tmp_path / "cases.toml").write_text(text, "utf-8")
        assert run_cases(read_cases(tmp_path / "cases.toml"), load_policy("fengcheng-2024"), "cases.toml") == []


@PAGES
def test_links_and_paths_exist(page):
    links = {link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("#")}
    folders = ("fcins", "tests", "sample_data")
    paths = {
        code for code in re.findall(r"`([^`\s]+)`", page) if code.startswith(tuple(f"{each}/" for each in folders))
    }
    assert not [path for path in links | paths if not (ROOT / path).exists()]
    headings = {re.sub(r"[^\w-]", "", line.replace(" ", "-")).lower() for line in re.findall(r"^#+ (.+)$", page, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings


def test_rooms_are_those_of_the_package():
    """The table of rooms is made from what each room says of itself, in the order that test_house holds."""
    shown = README.split("<!-- rooms -->\n", 1)[1].split("<!-- /rooms -->", 1)[0]
    says = {name: ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text("utf-8"))) for name in FLOORS}
    rows = [f"| `fcins/{name}/` | {' '.join((says[name] or '').split())} |" for name in reversed(FLOORS)]
    assert shown.splitlines() == ["| room | |", "|---|---|", *rows]


def test_make_targets_exist():
    told = set(re.findall(r"`make ([a-z-]+)`|^ {4}make ([a-z-]+)", README, re.M))
    asked = {name for pair in told for name in pair if name}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert {"demo", "test"} <= asked <= targets
