"""The gallery: a page per code of a finding or a notice, with the sheet that causes it and what fcins says to it.

A page is `# CODE problem`, then steps: `## fcins COMMAND FILE …`, the file's table, the counts, a line per finding,
then one per notice. `### 工作表 NAME` begins a further sheet; `隐藏行：3`, `隐藏列：C`, `删除线：3` mark the one above.
"""

import re
import shlex
import shutil
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.styles import Font
from sheets import Rows, district, run, sheet, workspace, write_xlsx

from fcins.findings import CATALOGUE
from fcins.headings import load_headings
from fcins.notices import NOTICES
from fcins.store.schema import FACT_TABLES

PAGES = sorted((Path(__file__).parent.parent / "gallery").glob("*.md"))
COUNTS = {"读入": "read", "接受": "accepted", "重复": "duplicate", "退回": "rejected"}


PROBLEMS = {**{code: entry.problem for code, entry in CATALOGUE.items()}, **NOTICES}
MARK = re.compile("(隐藏行|隐藏列|删除线|公式|同名部件)：(.+)")


class Step(NamedTuple):
    command: list[str]
    tables: dict[str, Rows]
    marks: list[tuple[str, str, str]]
    outcome: list[str]


def steps(page: str) -> list[Step]:
    """The steps of a page. What else it tells is for people."""
    found = []
    for part in page.split("\n## fcins ")[1:]:
        command, *lines = part.splitlines()
        tables: dict[str, list[str]] = {"Sheet1": []}
        marks, name = [], "Sheet1"
        for line in lines:
            if line.startswith("### 工作表 "):
                name = line.removeprefix("### 工作表 ")
                tables[name] = []
            elif line.startswith("|"):
                tables[name].append(line)
            elif found_mark := MARK.fullmatch(line):
                marks.append((name, *found_mark.groups()))
        outcome = [line for line in lines if line.startswith(("读入", "- "))]
        sheets = {name: sheet("\n".join(rows)) for name, rows in tables.items()}
        found.append(Step(shlex.split(command), sheets, marks, outcome))
    return found


def write(path: Path, step: Step) -> Path:
    """The file of a step: its sheets, hidden and struck through as the page says."""
    write_xlsx(path, step.tables)
    if step.marks:
        book = openpyxl.load_workbook(path)
        for name, mark, places in step.marks:
            for place in places.split("、"):
                if mark == "隐藏列":
                    book[name].column_dimensions[place].hidden = True
                elif mark == "隐藏行":
                    book[name].row_dimensions[int(place)].hidden = True
                elif mark == "公式":  # without its value, as programs write it
                    book[name][place] = f"=数据!{place}"
                elif mark == "删除线":
                    for cell in book[name][int(place)]:
                        cell.font = Font(strike=True)
        book.save(path)
        for part in [places for _, mark, places in step.marks if mark == "同名部件"]:
            with zipfile.ZipFile(path, "a") as package, warnings.catch_warnings(action="ignore"):
                package.writestr(part, package.read(part))
    return path


def told(folder: Path, batch: int) -> list[str]:
    """A batch's findings in the words of the gallery, by row and code."""
    with district(folder) as known:
        kind, file = known.batches.set_index("batch").loc[batch, ["kind", "file"]]
        facts = known.store.facts(FACT_TABLES[kind]).drop_duplicates(["batch", "seq"])
        findings = known.findings[known.findings["batch"] == batch]
        rows = findings.merge(facts[["batch", "seq", "sheet_no", "row"]]).merge(known.store.sheet_names())
    lines = []
    for each in rows.sort_values(["row", "code"]).itertuples():
        entry = CATALOGUE[each.code]
        place = f"{file} › {each.sheet} › 第{each.row}行 › {load_headings().canonical(each.field)}"
        lines.append(f"- {each.code} {place}：{entry.problem}。{entry.advice}。")
    return lines


def taken(step: Step, at: Path) -> tuple[dict[str, Any], list[str]]:
    """A step in the workspace there: the import's JSON, and its findings."""
    folder = at / "workspace"
    words = [write(at / word, step) if word.endswith(".xlsx") else word for word in step.command]
    code, answer = run(folder, *words)
    assert code == 0, answer
    answer = answer["imports"][0] if "imports" in answer else answer
    return answer, told(folder, answer["batch"]) if "batch" in answer else []


FIRST: dict[str, tuple[Path, tuple[dict[str, Any], list[str]]]] = {}
"""Where a first step was taken, and what came of it: forty pages begin with one of a dozen households."""


def begun(step: Step, at: Path, factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[str]]:
    """The first step of a page, in a new workspace there: a copy of the one in which another page took it."""
    if repr(step) not in FIRST:
        template = factory.mktemp("first")
        workspace(template)
        FIRST[repr(step)] = template, taken(step, template)
    template, came = FIRST[repr(step)]
    shutil.copytree(template, at, dirs_exist_ok=True)
    return came


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path, tmp_path, tmp_path_factory):
    page = path.read_text("utf-8")
    assert page.startswith(f"# {path.stem} {PROBLEMS[path.stem]}\n")
    codes: set[str] = set()
    first, *further = steps(page)
    for step in (first, *further):
        answer, lines = begun(first, tmp_path, tmp_path_factory) if step is first else taken(step, tmp_path)
        if "batch" not in answer:  # a document, not an import: notices alone
            assert noticed(answer) == step.outcome
            codes |= {notice["code"] for notice in answer["notices"]}
            continue
        counts = "，".join(f"{word} {answer['rows'][name]}" for word, name in COUNTS.items())
        assert [counts, *lines, *noticed(answer)] == step.outcome
        assert answer["findings"] == Counter(line.split()[1] for line in lines)
        codes |= {*answer["findings"], *(notice["code"] for notice in answer["notices"])}
    assert path.stem in codes


def noticed(answer: dict[str, Any]) -> list[str]:
    """The notices of an import or a document in the words of the gallery."""
    lines = []
    for notice in answer["notices"]:
        place = " › ".join(part for part in (answer.get("file"), notice["sheet"]) if part)
        lines.append(f"- {notice['code']} {place}{'：' if place else ''}{notice['text']}")
    return lines


def test_gallery_and_catalogue_cover_each_other():
    assert [path.stem for path in PAGES] == sorted([*CATALOGUE, *NOTICES])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_invented(path):
    runs = re.findall(r"\d{8,}", path.read_text("utf-8"))
    assert [found for found in runs if not found.startswith("370499")] == []
