"""The gallery: a page per finding code, with the sheet that causes it and what fcins says to it.

A page is `# CODE problem`, then steps: `## fcins COMMAND FILE …`, the file's table, the counts, a line per finding.
"""

import re
import shlex
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from sheets import Rows, district, run, sheet, workspace, write_xlsx

from fcins.findings import CATALOGUE
from fcins.headings import load_headings
from fcins.store.schema import FACT_TABLES

PAGES = sorted((Path(__file__).parent.parent / "gallery").glob("*.md"))
COUNTS = {"读入": "read", "接受": "accepted", "重复": "duplicate", "退回": "rejected"}


class Step(NamedTuple):
    command: list[str]
    table: Rows
    outcome: list[str]


def steps(page: str) -> list[Step]:
    """The steps of a page. What else it tells is for people."""
    found = []
    for part in page.split("\n## fcins ")[1:]:
        command, *lines = part.splitlines()
        table = "\n".join(line for line in lines if line.startswith("|"))
        outcome = [line for line in lines if line.startswith(("读入", "- "))]
        found.append(Step(shlex.split(command), sheet(table), outcome))
    return found


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


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path, tmp_path):
    page = path.read_text("utf-8")
    assert page.startswith(f"# {path.stem} {CATALOGUE[path.stem].problem}\n")
    folder, codes = workspace(tmp_path), set()
    for command, table, outcome in steps(page):
        words = [write_xlsx(tmp_path / word, table) if word.endswith(".xlsx") else word for word in command]
        code, answer = run(folder, *words)
        assert code == 0, answer
        counts = "，".join(f"{word} {answer['rows'][name]}" for word, name in COUNTS.items())
        lines = told(folder, answer["batch"])
        assert [counts, *lines] == outcome
        assert answer["findings"] == Counter(line.split()[1] for line in lines)
        codes |= set(answer["findings"])
    assert path.stem in codes


def test_gallery_and_catalogue_cover_each_other():
    assert [path.stem for path in PAGES] == sorted(CATALOGUE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_invented(path):
    runs = re.findall(r"\d{8,}", path.read_text("utf-8"))
    assert [found for found in runs if not found.startswith("370499")] == []
