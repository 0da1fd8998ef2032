"""Pages that are made from the program: the manual's page of findings, the table of rooms in README.md."""

import ast
from pathlib import Path

from fcins.findings import CATALOGUE, DECIDING_GROUPS
from fcins.headings import load_headings
from fcins.notices import NOTICES

ROOT = Path(__file__).parents[2]

_FINDINGS = """\
<!-- 问题代码：每个代码是什么问题、怎么办，各有一个例子；核查的先后次序 -->
<!-- Made from fcins/findings.py and tests/gallery by `make golden`: do not edit this page. -->
# 问题代码

E 开头的，这一行退回；D 开头的，与已接受的一行重复；W 开头的，这一行已接受，请核对一下；
N 开头的，是对一列、一张表或一个文件的提示。

## 核查的先后次序

各组依次核查，最先有问题的一组决定，这一组的问题全部列出，后面各组不再列。行成立以后才看是不是重复（D）。提示（W）只写在接受的行上。

{order}

## 一览

| 代码 | 问题 | 怎么办 |
|---|---|---|
{table}
"""

_NOTICES = """\
## 提示（N 开头）

说的不是某一行，而是列、工作表、文件：哪些没有采用、怎样读的、有什么后果。一行也没有退回的，也会有。
加 `-q` 时只显示少读了行或金额的。

| 代码 | 说的是什么 |
|---|---|
{table}

"""

_NOTICE = """\
## {code} {title}

{example}"""

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
        others = "、".join(f"“{headings.canonical(name)}”" for name in each.others)
        parts.append(
            _FINDING.format(
                code=each.code,
                problem=each.problem,
                advice=each.advice,
                field=headings.canonical(each.field),
                others=others and f"，或{others}",
                example=_example(each.code),
            )
        )
    parts.append(_NOTICES.format(table="\n".join(f"| {code} | {title} |" for code, title in NOTICES.items())))
    parts += [_NOTICE.format(code=code, title=title, example=_example(code)) for code, title in NOTICES.items()]
    return "\n".join(parts)


def _example(code: str) -> str:
    """What a page of the gallery shows below its title."""
    example = (ROOT / "tests" / "gallery" / f"{code}.md").read_text("utf-8").split("\n", 1)[1].strip()
    return example.replace("\n### ", "\n#### ").replace("\n## ", "\n### ") + "\n"


def rooms_table(floors: list[str]) -> str:
    """The rooms, top to bottom, each with the docstring of its `__init__`."""
    rows = []
    for name in reversed(floors):
        says = ast.get_docstring(ast.parse((ROOT / "fcins" / name / "__init__.py").read_text("utf-8"))) or ""
        rows.append(f"| [`{name}`](fcins/{name}) | {' '.join(says.split())} |")
    return "\n".join(["| room | |", "|---|---|", *rows]) + "\n"
