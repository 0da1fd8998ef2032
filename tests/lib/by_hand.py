"""What people do between two commands on the sample data: they fill in the workbooks that come back."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl

KNOWN = {"冯璐霞": "370499195806054703"}
"""What the department finds in its own papers."""
SETTLED = {"E201": "取消资格", "E203": "已死亡", "E204": "已迁出"}


def fill_feedback(path: Path) -> None:
    """What 区残联 does: IDs from the suggestions or its papers, levels in its own cells, who is gone."""
    book = openpyxl.load_workbook(path)
    for page in book.worksheets:
        headings = [cell.value for cell in page[3]]
        if "行号" not in headings:
            continue
        at = {heading: headings.index(heading) for heading in headings if heading}
        for row in page.iter_rows(min_row=4):
            code, name, advice = (row[at[heading]].value for heading in ("问题代码", "姓名", "建议"))
            near = re.search(r"\n1\. (\S+) (\S{18})", advice or "")
            if code in SETTLED:
                row[at["处理结果"]].value = SETTLED[code]
            elif code == "E301":
                row[at["残疾等级"]].value = "二级"
                if "残疾人证号" in at:  # its level holds over the stated one
                    card = row[at["残疾人证号"]]
                    card.value = card.value[:19] + "2" + card.value[20:]
            elif code == "E202" and near:
                row[at["更正姓名"]].value = near[1]
            elif code != "D401":
                row[at["更正公民身份号码"]].value = near[2] if near else KNOWN[name]
    book.save(path)


def fill_gaps(path: Path) -> None:
    """What an agent of the first village does: four causes, one in words of their own."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[1]
    column = [cell.value for cell in page[3]].index("未参保原因") + 1
    for row, cause in enumerate(("职工参保", "在济南参保，异地参保", "去世", "出家"), 4):
        page.cell(row, column).value = cause
    book.save(path)


BY_HAND: dict[str, Callable[[Path], None]] = {
    "反馈_区残联_2024年度.xlsx": fill_feedback,
    "疑似漏保_阴平镇.xlsx": fill_gaps,
}
"""Workbooks that people fill in before they come back."""
