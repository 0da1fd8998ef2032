"""The manual (fcins/manual), the page for whoever writes a policy, and the other pages beside what they tell of.

Pages that are made from the program are written anew with FCINS_REGOLD=1, or by `make golden`.
"""

import re
from collections.abc import Iterator

import pytest
from golden import assert_golden
from made_pages import findings_page
from pages import COMMANDS, OWN, ROOT, codes, dead_links, options, quoted, read, section, table, unknown_options, usages
from pydantic import BaseModel

from fcins import errors
from fcins.analysis.cases import Case, read_cases, run_cases
from fcins.findings import CATALOGUE
from fcins.policy.loading import load_policy, packaged_policies
from fcins.policy.model import Condition, Policy, Rule

MANUAL = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "fcins" / "manual").iterdir())
POLICIES = "fcins/policies/README.md"
PAGES = [*MANUAL, POLICIES, "sample_data/README.md", "tests/bench/README.md", "README.md", "README.zh-CN.md"]
each_page = pytest.mark.parametrize("path", PAGES)
PLAN = read("tests/plan-2024.txt")
BUILT = {*range(1, 6), 23, *range(28, 32), 38}
"""Decisions about how the program is built: they stand in the docstrings that they bind, not in the manual."""


@each_page
def test_no_code_that_does_not_exist(path):
    assert codes(read(path)) - set(CATALOGUE) == set()


@each_page
def test_no_reading_that_does_not_exist(path):
    assert set(re.findall(r"\bR\d+\b", read(path))) - set(readings()) == set()


@each_page
def test_links_and_paths_exist(path):
    assert dead_links(path) == []


@each_page
def test_usages_are_right(path):
    assert unknown_options(read(path)) == []


@pytest.mark.parametrize("path", MANUAL)
def test_each_page_says_what_it_is_about(path):
    """The first line: the page's Chinese name and a sentence, for the list of topics."""
    assert re.match(r"<!-- [^：\s]+：.+ -->\n", read(path))


# ── commands.md ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_options_of_each_command():
    """The row of a command has its own options, the second table those of every command: neither more nor fewer."""
    rows = table(section(read("fcins/manual/commands.md"), "命令"))
    shared = set().union(*(options(row[0]) for row in rows if row[0].startswith("`-")))
    shown = {usages(row[0])[0][0]: options(row[2]) for row in rows if row[0].startswith("`fcins ")}
    assert set(shown) == set(COMMANDS)
    for name in COMMANDS:
        assert OWN[name] == shown[name] | shared, name


def test_exit_codes():
    shown = {int(row[0]) for row in table(section(read("fcins/manual/commands.md"), "退出码"))[1:]}
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert shown == {0, 3, 130} | {each.exit_code for each in classes}


# ── findings.md ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_findings_are_the_catalogue():
    assert_golden(findings_page(), ROOT / "fcins" / "manual" / "findings.md")


# ── readings.md ─────────────────────────────────────────────────────────────────────────────────────────────────────


def readings() -> dict[str, str]:
    """R39 → its text with the line of clause and date."""
    parts = re.split(r"^### (R\d+) ", read("fcins/manual/readings.md"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_reading_is_there():
    numbers = {int(name[1:]) for name in readings()}
    assert len(re.findall(r"^### R\d+ ", read("fcins/manual/readings.md"), re.M)) == len(numbers)
    assert numbers == set(range(1, max(numbers) + 1)) - BUILT


@pytest.mark.parametrize("name", readings())
def test_a_reading_stands_on_a_clause_of_the_plan(name):
    """Its clause is a heading of the plan: 四（四）4 is 四、 and below it （四） and below it 4. ."""
    found = re.search(r"^条款：(\S+)　定于20\d\d-\d\d-\d\d$", readings()[name], re.M)
    assert found
    for clause in found[1].split("、"):
        chapter, part, point = re.fullmatch(
            r"([一二三四五六七])(?:（([一二三四五六七八九十])）)?(\d)?", clause
        ).groups()
        text = re.search(rf"^{chapter}、.+?(?=^[一二三四五六七]、|\Z)", PLAN, re.M | re.S)[0]
        if part:
            text = re.search(
                rf"^[（(]{part}[）)].+?(?=^[（(][一二三四五六七八九十][）)]|\Z)", text.replace(") ", ")"), re.M | re.S
            )[0]
        assert not point or re.search(rf"^{point}\.", text, re.M), clause


# ── policies/README.md ──────────────────────────────────────────────────────────────────────────────────────────────


def tables_of(model: type[BaseModel], at: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of a policy file by its path, with the model that reads it."""
    yield at, model
    for name, field in model.model_fields.items():
        inner = next((each for each in models_in(field.annotation)), None)
        if inner:
            yield from tables_of(inner, f"{at}.{field.alias or name}".lstrip("."))


def models_in(annotation) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in getattr(annotation, "__args__", ()):
        yield from models_in(each)


def test_every_key_of_a_policy():
    """Each table of a policy file has a row, with just its own keys, apart those that may be left out."""
    rows = table(section(read(POLICIES), "每个表写什么"))[1:]
    shown = {name.replace("（最上面）", ""): row for row in rows for name in quoted(row[0]) or {row[0]}}
    expected = {}
    for name, model in tables_of(Policy):
        common = set(Condition.model_fields if issubclass(model, Condition) else Rule.model_fields)
        common -= set() if issubclass(model, Rule) else common
        keys = {
            field.alias or key: field.is_required()
            for key, field in model.model_fields.items()
            if key not in common and not list(models_in(field.annotation))
        }
        must, may = ({key for key in keys if keys[key] is kind} for kind in (True, False))
        if must or may or issubclass(model, Rule):
            expected[name] = must, may, issubclass(model, Condition)
    assert {name: (quoted(row[1]), quoted(row[2]), "条件" in row[1]) for name, row in shown.items()} == expected


def test_keys_of_a_condition():
    (sentence,) = re.findall(r"“条件”是下面六个键.+?。", section(read(POLICIES), "每个表写什么").replace("\n", ""))
    own = set(Condition.model_fields) - set(Rule.model_fields)
    assert {key for key in quoted(sentence) if "=" not in key} == own


def test_packaged_policies_are_listed():
    listed = {row[0].strip("`") for row in table(read(POLICIES)) if row[0].endswith(".toml`")}
    assert listed == {f"{name}.toml" for name in packaged_policies()}


def test_keys_of_a_case():
    rows = table(section(read(POLICIES), "用案例检查"))[1:]
    assert set().union(*(quoted(row[0]) for row in rows)) == set(Case.model_fields)


def test_cases_shown_come_out(tmp_path):
    cases = re.findall(r"```toml\n(.+?)```", read(POLICIES), re.S)
    assert cases
    for text in cases:
        (tmp_path / "cases.toml").write_text(text, "utf-8")
        assert run_cases(read_cases(tmp_path / "cases.toml"), load_policy("fengcheng-2024"), "cases.toml") == []
