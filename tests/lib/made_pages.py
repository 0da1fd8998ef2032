"""Pages that are made from the program: the manual's page of findings, the table of rooms in README.md."""

import ast
from pathlib import Path

from fcins.findings import CATALOGUE, DECIDING_GROUPS
from fcins.headings import load_headings

ROOT = Path(__file__).parents[2]

_FINDINGS = """\
<!-- 问题代码：每个代码是什么问题、怎么办，各有一个例子；核查的先后次序 -->
<!-- Made from fcins/findings.py and tests/gallery by `make golden`: do not edit this page. -->
# 问题代码

E 开头的，这一行退回；D 开头的，与已接受的一行重复；W 开头的，这一行已接受，请核对一下。

## 核查的先后次序

各组依次核查，最先有问题的一组决定，这一组的问题全部列出，后面各组不再列。行成立以后才看是不是重复（D）。提示（W）只写在接受的行上。

{order}

## 一览

| 代码 | 问题 | 怎么办 |
|---|---|---|
{table}
"""

_FINDING = """\
## {code} {problem}

怎么办：{advice}。看“{field}”一列{others}。

{example}"""


def findings_page() -> str:
    """fcins/manual/findings.md: the catalogue, the deciding order, and of each code its page of the gallery."""
    order = "\n".join(f"{number}. {'、'.join(codes)}" for number, codes in enumerate(DECIDING_GROUPS, 1))
    table = "\n".join(f"| {each.code} | {each.problem} | {each.advice} |" for each in CATALOGUE.values())
    headings = load_headings()
    parts = [_FINDINGS.format(order=order, table=table)]
    for each in CATALOGUE.values():
        example = (ROOT / "tests" / "gallery" / f"{each.code}.md").read_text("utf-8").split("\n", 1)[1].strip()
        others = "、".join(f"“{headings.canonical(name)}”" for name in each.others)
        parts.append(
            _FINDING.format(
                code=each.code,
                problem=each.problem,
                advice=each.advice,
                field=headings.canonical(each.field),
                others=others and f"，或{others}",
                example=example.replace("\n## ", "\n### ") + "\n",
            )
        )
    return "\n".join(parts)


def rooms_table(floors: list[str]) -> str:
    """The rooms, top to bottom, each with the docstring of its `__init__`."""
    rows = []
    for name in reversed(floors):
        says = ast.get_docstring(ast.parse((ROOT / "fcins" / name / "__init__.py").read_text("utf-8"))) or ""
        rows.append(f"| [`{name}`](fcins/{name}) | {' '.join(says.split())} |")
    return "\n".join(["| room | |", "|---|---|", *rows]) + "\n"
