"""README.md and README.zh-CN.md against the program; what all pages have in common is held by test_pages.py."""

import os
import re

import pytest
from made_pages import rooms_table
from pages import COMMANDS, ROOT, quoted, read, section, usages
from terminal import LEFT_OUT, shown
from test_house import ROOMS

README, CLERKS = read("README.md"), read("README.zh-CN.md")
FLOORS = list(ROOMS[1:-1])
"""The rooms without the ground floor and the entry, bottom to top."""
RECIPES = section(README, "How to change what")


def test_is_read():
    assert len(README.splitlines()) <= 250


def test_the_clerk_reads_of_every_command():
    assert {name for name, *_ in usages(CLERKS)} == set(COMMANDS)


def test_rooms_are_those_of_the_package():
    """The table is made from the docstrings of the rooms; FCINS_REGOLD=1 writes it anew."""
    before, _, rest = README.partition("<!-- rooms -->\n")
    table, _, after = rest.partition("<!-- /rooms -->")
    if os.environ.get("FCINS_REGOLD") == "1":
        page = f"{before}<!-- rooms -->\n{rooms_table(FLOORS)}<!-- /rooms -->{after}"
        (ROOT / "README.md").write_text(page, encoding="utf-8", newline="\n")
        return
    assert table == rooms_table(FLOORS)


def test_every_page_can_be_found():
    """ "Where to find what" leads to every page of the manual, and to those beside what they tell of."""
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "fcins" / "manual").glob("*.md")}
    pages |= {"fcins/policies/README.md", "sample_data/README.md", "tests/bench/README.md"}
    assert pages == set(re.findall(r"\]\(([^)#]+)\)", section(README, "Where to find what")))


def test_the_terminal_is_that_of_the_walk():
    """Each line that the page shows stands below the same command in the walk, which a test runs; in that order."""
    walk = dict(shown(section(read("sample_data/README.md"), "One town, from end to end")))
    steps = list(shown(section(README, "On a terminal")))
    assert steps
    for command, lines in steps:
        left = iter(walk[command])
        assert [line for line in lines if line.strip() != LEFT_OUT and line not in left] == []


def test_make_targets_exist():
    named = {
        name for pair in re.findall(r"`make ([a-z-]+)`|^ {4}make ([a-z-]+)", README, re.M) for name in pair if name
    }
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    assert named == targets


@pytest.mark.parametrize(
    "what", ["a new heading", "a new category rule", "a new finding", "a new column in the register", "a new command"]
)
def test_recipes(what):
    """Each is there and ends with a test that exists."""
    (recipe,) = re.findall(rf"^\*\*{what}\*\*.+?(?=^\*\*a new|\Z)", RECIPES, re.M | re.S | re.I)
    (end,) = re.findall(r"^Fails until done: .+?(?=\n\n|\Z)", recipe, re.M | re.S)
    files = [read(path) for path in re.findall(r"`(tests/\S+\.py)`", recipe)]
    assert files
    for name in quoted(end):
        assert name.startswith("tests/") or any(f"def {name}(" in text for text in files), name
