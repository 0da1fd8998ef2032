"""The house holds: which room imports from which, who owns which library, who prints, how long a file is.

And the plan's words and numbers stand in its policy file alone. Read from the source with `ast`, imports inside
functions included.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from fcins import headings as headings_module

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fcins"

GROUND = ""
"""The ground floor: the modules of the package itself, which everybody may use and which use nobody above them."""

ROOMS = (
    GROUND,
    "policy",
    "workbooks",
    "intake",
    "store",
    "assessment",
    "analysis",
    "documents",
    "commands",
    "cli",
    "__main__",
)
"""Bottom to top: a room imports only from rooms below it."""

OWNERS = {
    "typer": {"cli"},
    "rich": {"cli"},
    "fastexcel": {"workbooks"},
    "isal": {"workbooks"},
    "python_calamine": {"workbooks"},
    "xlsxwriter": {"workbooks"},
    "xlrd": {"workbooks"},
    "lxml": {"workbooks"},
    "msoffcrypto": {"workbooks"},
    "olefile": {"workbooks"},
    "adbc_driver_sqlite": {"store"},
    "adbc_driver_manager": {"store"},
    "filelock": {"store"},
    "rapidfuzz": {"analysis"},
    "pydantic": {"policy", "analysis"},
    "pydantic_core": {"policy"},
}
"""Libraries and the only rooms that may import them. No other library is used, but those that everyone may."""

EVERYONES = {"numpy", "pandas", "pyarrow"}

LONGEST = 500

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """fcins/documents/layout.py → documents.layout; a room's own file is the room, the package itself is fcins."""
    dotted = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")
    return dotted or "fcins"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> Iterator[str]:
    """Every module that a module imports, absolute; `from fcins.store import store` is fcins.store.store."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}".removeprefix("fcins.")
                yield f"fcins.{inner}" if inner in NAMES else str(node.module)


each_module = pytest.mark.parametrize("path", MODULES, ids=name_of)


def room(name: str) -> str:
    """analysis.gaps → analysis; of a module on the ground floor the ground floor."""
    first = name.split(".")[0]
    return first if first in ROOMS else GROUND


def asked(path: Path) -> set[str]:
    """The modules of the house that a module imports."""
    return {each.removeprefix("fcins.") for each in imports(path) if each.split(".")[0] == "fcins"}


def test_every_folder_is_a_room():
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in MODULES} - {"."}
    assert folders | {GROUND, "__main__"} == set(ROOMS)


DOORS = {"analysis.district", "commands.opening", "policy.loading", "policy.model"}
"""What the package itself opens to other programs, imported when it is asked for (fcins/manual/python.md)."""


def test_package_opens_its_doors_late():
    package = PACKAGE / "__init__.py"
    assert asked(package) == DOORS
    code = "import sys, fcins; print(*(name for name in sys.modules if name.startswith('fcins.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) != "fcins"], ids=name_of)
def test_imports_from_rooms_below(path):
    floor = ROOMS.index(room(name_of(path)))
    assert [each for each in sorted(asked(path)) if ROOMS.index(room(each)) > floor] == []


def test_no_circles():
    TopologicalSorter({name_of(path): asked(path) for path in MODULES}).prepare()


def test_rooms_hold_no_code():
    """A room's own file says what it is for and nothing else: imports stay explicit."""
    for name in ROOMS[1:-1]:
        tree = tree_of(PACKAGE / name / "__init__.py")
        assert [type(node) for node in tree.body] == [ast.Expr], name
        assert len((ast.get_docstring(tree) or "").splitlines()) <= 5, name


TOOLS = {"main", "options", "chinese", "screen"}
"""What the command line is made of; every other file of its room is commands, and has their stories' name."""


def test_every_command_has_its_story():
    shown, told = ({path.stem for path in (PACKAGE / name).glob("[a-z]*.py")} for name in ("cli", "commands"))
    assert shown - told == TOOLS


@each_module
def test_libraries_have_owners(path):
    used = {each.split(".")[0] for each in imports(path)} - sys.stdlib_module_names - EVERYONES - {"fcins"}
    assert [each for each in sorted(used) if room(name_of(path)) not in OWNERS.get(each, ())] == []


def test_owners_own():
    used = {(each.split(".")[0], room(name_of(path))) for path in MODULES for each in imports(path)}
    assert [(library, owner) for library in OWNERS for owner in OWNERS[library] if (library, owner) not in used] == []


@each_module
def test_only_cli_prints(path):
    names = {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}
    streams = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
    if room(name_of(path)) != "cli":
        assert not names & {"print", "input", "breakpoint"}
        assert not streams & {"stdout", "stderr", "stdin", "argv"}


@each_module
def test_public_things_have_docstrings(path):
    things = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

    def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, things]]:
        for node in body:
            if isinstance(node, things) and not node.name.startswith("_"):
                yield prefix + node.name, node
                if isinstance(node, ast.ClassDef):
                    yield from public(node.body, f"{node.name}.")

    tree = tree_of(path)
    assert ast.get_docstring(tree)
    assert [name for name, node in public(tree.body) if not ast.get_docstring(node)] == []


@each_module
def test_no_file_is_long(path):
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_unit_tests_mirror_the_rooms():
    """tests/unit/analysis/test_gaps.py is about fcins/analysis/gaps.py, and nothing else."""
    unit = ROOT / "tests" / "unit"
    about = [path.relative_to(unit).with_name(path.name.removeprefix("test_")) for path in unit.rglob("*.py")]
    assert [str(path) for path in about if not (PACKAGE / path).exists()] == []


# ── one thing, one word ─────────────────────────────────────────────────────────────────────────────────────────────

PRONOUNS = {"told", "said", "mine", "there"}
"""No names: whoever meets one has to look up what it holds."""


def named(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something: variables, parameters, functions, attributes; with its line."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


@each_module
def test_names_are_no_pronouns(path):
    assert [(name, line) for name, line in named(path) if name in PRONOUNS] == []


def glossary() -> list[list[str]]:
    """The rows of the glossary's table: term, Chinese, meaning, where."""
    lines = (PACKAGE / "manual" / "glossary.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_glossary_says_each_word_once():
    terms = [term for row in glossary() for term in row[0].split(", ")]
    assert sorted(terms) == sorted(set(terms))
    chinese = [word for row in glossary() for word in row[1].split("、") if word]
    assert [word for word in chinese if chinese.count(word) > 1] == []


def test_glossary_says_where():
    """`analysis/gaps` is a module; `gaps.cause_of` stands in a module of that name."""
    for term, *_, where in glossary():
        for place in re.findall("`([^`]+)`", where.replace("batch kind `", "`kind ")):
            module, _, name = place.rpartition(".")
            if place.startswith("kind "):
                assert f'"{place[5:]}"' in (PACKAGE / "store" / "schema.py").read_text("utf-8"), term
            elif name and module:
                texts = [path.read_text("utf-8") for path in MODULES if path.stem == module]
                assert any(re.search(rf"^( *(def|class) )?{name}\b", text, re.MULTILINE) for text in texts), term
            else:
                found = PACKAGE / place
                assert found.is_dir() or found.with_suffix(".py").is_file(), term


# ── the plan's words and numbers are data ───────────────────────────────────────────────────────────────────────────

NAMED = (
    "name",
    "aliases",
    "department",
    "district",
    "title",
    "document",
    "payer",
    "households",
    "enrolment",
    "payments",
)
NOTES = ("note", "unenrolled_note", "waited_note", "outside_window_note", "signatures")
AMOUNTS = ("standard", "amount", "subsidy")
AGES = ("min_age", "max_age", "wife_min_age", "child_age")

ALLOWED = {
    "cli.main": {"低保", "低保对象"},  # in the help; one that every district has
    "cli.workspace": {"fengcheng-2024"},  # a policy's name
    "findings": {"在校学生", "学生", "其他养老保险"},  # the text of E503
    "documents.collection": {"政府代缴", "政府补贴", "计生缴费补贴"},  # the register's headings, clause 四（四）3
}
"""What a module may say of the plan; each is a debt or an example, never a rule."""


@cache
def plan() -> tuple[tuple[str, str], ...]:
    """Every (key, value as text) of the packaged policies, however deep."""
    found = []

    def look(value: object, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                found.append(("a key", name))
                look(inner, name)
        elif isinstance(value, list):
            for inner in value:
                look(inner, key)
        else:
            found.append((key, str(value)))

    for path in (PACKAGE / "policies").glob("*.toml"):
        look(tomllib.loads(path.read_text("utf-8")), "")
    return tuple(found)


def values_of(*keys: str) -> set[str]:
    """The values that stand under these keys anywhere in the policies."""
    return {value for key, value in plan() if key in keys}


def literals(path: Path) -> Iterator[str | int]:
    """Every literal text and number but docstrings. Headings of sheets are taken out of a text: 残疾等级 is no 残疾."""
    alone = {id(node.value) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and id(node) not in alone:
            if isinstance(node.value, str):
                yield headings().sub("", node.value)
            elif type(node.value) is int:
                yield node.value


@cache
def headings() -> re.Pattern[str]:
    fields = tomllib.loads((PACKAGE / "headings.toml").read_text("utf-8"))["fields"]
    words = sorted({word for words in fields.values() for word in words if len(word) > 1}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


@each_module
def test_words_of_the_plan_are_data(path):
    words = {word for word in values_of(*NAMED, *NOTES) if len(word) > 1}
    codes = values_of("code") - values_of("a key")
    texts = {text for text in literals(path) if isinstance(text, str)}
    said = {word for word in words for text in texts if word in text} | (codes & texts)
    assert said == ALLOWED.get(name_of(path), set())


def test_words_of_the_households_stand_once():
    """户籍状态 and 户主 are named in one module (the words that a file may have for them are data).

    Parts of an f-string are sentences for people, no values.
    """
    words = {headings_module.LISTED, headings_module.DEAD, headings_module.MOVED, headings_module.STRUCK}
    words |= {headings_module.HEAD}
    found = {
        (name_of(path), node.value)
        for path in MODULES
        for parent in ast.walk(tree_of(path))
        if not isinstance(parent, ast.JoinedStr)
        for node in ast.iter_child_nodes(parent)
        if isinstance(node, ast.Constant) and node.value in words
    }
    assert found == {("headings", word) for word in words}


@each_module
def test_amounts_of_the_plan_are_data(path):
    yuan = {int(text) for text in values_of(*AMOUNTS)}
    amounts = {amount for each in yuan for amount in (each, 100 * each) if amount > 100}
    numbers = {number for number in literals(path) if isinstance(number, int)}
    assert (amounts - {200, 1000, 10_000, 100_000}) & numbers == set()


@each_module
def test_ages_of_the_plan_are_data(path):
    ages = {int(text) for text in values_of(*AGES)}
    compared = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Compare)]
    sides = [side for node in compared for side in (node.left, *node.comparators)]
    assert {side.value for side in sides if isinstance(side, ast.Constant) and side.value in ages} == set()


def test_help_is_quick():
    heavy = sorted(EVERYONES | set(OWNERS) - {"typer"})
    code = f"import sys, fcins.cli.main; print(*(name for name in {heavy} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert done.stdout.split() == []
