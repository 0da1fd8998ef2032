"""反馈: for each department the count that closes, its rejected rows, whom its rosters lack. Clause 五（一）."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from fcins.analysis.completeness import Lacking
from fcins.analysis.contradictions import CONTRADICTED
from fcins.analysis.returned import is_copy
from fcins.documents.own_cells import differing_cells, field_of, quotations, wrong_cells
from fcins.figures import COUPLE_NAMES
from fcins.findings import CATALOGUE
from fcins.intake.corrections import own_width
from fcins.intake.replies import CHOICES
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet
from fcins.workbooks.writing import Column, Sheet

SUMMARY_COLUMNS = (
    Column("批次", 6, "int"),
    Column("文件", 30, "left"),
    Column("人员类别", 22, "left"),
    Column("盖章人数", 10, "int"),
    Column("读入", 9, "int", total=True),
    Column("接受", 9, "int", total=True),
    Column("重复", 8, "int", total=True),
    Column("退回", 8, "int", total=True),
    Column("其中已处理", 10, "int", total=True),
    Column("其中待处理", 10, "int", total=True),
    Column("未报送", 9, "int"),
    Column("是否相符", 16),
)

LINE_COLUMNS = (
    Column("批次", 5, "int"),
    Column("文件", 16, "left"),
    Column("工作表", 9),
    Column("行号", 6, "int"),
    Column("姓名", 9, "entry"),
    Column("公民身份号码", 19.5, "id"),
    Column("镇街", 9),
    Column("村居", 10),
    Column("人员类别", 11),
    Column("问题代码", 7),
    Column("问题说明", 24, "left"),
    Column("建议", 40, "left"),
    Column("更正姓名", 10, "entry"),
    Column("更正公民身份号码", 20, "entry"),
    Column("处理结果", 14, "entry", choices=CHOICES),
)

LACKING_COLUMNS = (
    Column("序号", 6, "int"),
    Column("镇街", 12),
    Column("村居", 14),
    Column("姓名", 10),
    Column("公民身份号码", 19.5, "id"),
    Column("性别", 6),
    Column("年龄", 6, "int"),
    Column("说明", 50, "left"),
)

HOW_TO = (
    "盖章人数＝接受＋重复＋退回＋未报送。未报送是盖章人数中没有送来的人；是负数的，文件中的行比盖章人数多。",
    "请逐行核对后面各表：号码、姓名有误的，填“更正公民身份号码”“更正姓名”；等级、档次、金额等有误的，直接改右边本单位自己的那一格"
    "（有底色的是有问题的格）。不再列入的，在“处理结果”里选一项，也可以写明情况。重复的行不必处理。",
    "请不要改动批次、工作表、行号、姓名、公民身份号码各列，不要另加行。“建议”里列出的人只供核实，不能照抄。填好后把本工作簿原样报回。",
)

NOTHING_RETURNED = "没有退回的行，不必填写。"

_OWN_WIDTH = 14.0


def summary_sheet(
    counts: pd.DataFrame,
    department: str,
    policy: Policy,
    receipt: str,
    dated: date,
    town: str,
    *,
    asks: bool,
    differing: int,
) -> Sheet:
    """汇总: a row per file (`counts`: departments.COUNT_COLUMNS). 五（一）: 盖章确认年度应参保总人数.

    `asks`: whether the workbook has anything to settle; `differing`: how many rows another row contradicts.
    """
    declared = counts["declared_total"]
    rest = declared - counts["accepted"] - counts["duplicate"] - counts["rejected"]
    off = declared - counts["accepted"] - counts["settled"]
    closed = ["未盖章" if pd.isna(each) else "相符" if each == 0 else f"不符，相差{int(each)}" for each in off]
    names = counts["categories"].map(lambda codes: "、".join(policy.names_of(codes)))
    columns = [
        "batch", "file", "categories", "declared_total", "read", "accepted", "duplicate", "rejected", "settled", "open",
    ]  # fmt: skip
    frame = counts[columns].assign(categories=names.astype("str"), rest=rest, closed=closed)
    title = f"{policy.district}{policy.fee_year}年度{department}名册核查反馈"
    line = (
        f"部门：{department}" + (f"　　镇（街道）：{town}" if town else ""),
        "",
        f"{receipt}　　{dated.isoformat()}",
    )
    how_to = HOW_TO if asks else (HOW_TO[0], NOTHING_RETURNED)
    if differing:
        how_to = (
            *how_to,
            f"另有{differing}行已经接受，但与其他行的说法不一致，见“{CONTRADICTED_ROWS.name}”各表，也请核实、答复。",
        )
    notes = (*how_to, "以上只计本镇（街道）的行。") if town else how_to
    signatures = ("填报人", "部门（盖章）", "医疗保障服务站")
    return Sheet("汇总", title, line, SUMMARY_COLUMNS, frame, notes=notes, signatures=signatures)


def lacking_sheet(lacking: Lacking, policy: Policy, receipt: str, dated: date) -> Sheet:
    """The people whom a department's list lacks, as a sheet of their own."""
    people = lacking.people.reset_index(drop=True)
    people.insert(0, "number", np.arange(1, len(people) + 1))
    title = f"{policy.district}{policy.fee_year}年度{lacking.department}{lacking.name}"
    line = (f"部门：{lacking.department}", "", f"{receipt}　　{dated.isoformat()}")
    return Sheet(lacking.name, title, line, LACKING_COLUMNS, people, totals=False)


@dataclass(frozen=True)
class LineKind:
    """A kind of sheet with lines to settle: what its name begins with, and what its title calls the lines.

    `advice`: what stands under 建议 of every line; "" where the lines bring their own.
    """

    name: str
    title: str
    advice: str = ""


RETURNED = LineKind("", "退回名册")
CONTRADICTED_ROWS = LineKind(
    "不一致",
    "与其他行不一致的行",
    "请核实哪一处是对的：本行有误的，直接改右边有底色的那一格；本行无误的，“处理结果”选“其他”。"
    "核实以前采用哪一处，不看文件先后",
)


def line_sheets(
    kind: LineKind,
    lines: pd.DataFrame,
    sheets: Mapping[int, Sequence[RawSheet]],
    department: str,
    policy: Policy,
    receipt: str,
    dated: date,
) -> list[Sheet]:
    """A sheet for each file (and each set of own columns): rejected rows first, then copies, each by town.

    `lines`: returned.LINE_COLUMNS, and advice, what stands under 建议; of CONTRADICTED_ROWS
    contradictions.Contradicted.
    `sheets`: batch → its sheets with the latest corrections in place.
    """
    lines = lines.assign(advice=kind.advice) if kind.advice else lines
    order = {town: number for number, town in enumerate(policy.town_names)}
    towns = lines["town"].map(order).fillna(len(order))
    lines = lines.assign(town_order=towns, copy=is_copy(lines))
    lines = lines.sort_values(["batch", "copy", "town_order", "sheet_no", "row", "seq", "part"], kind="stable")
    own = [
        _own_headings(sheets[batch][sheet_no])
        for batch, sheet_no in lines[["batch", "sheet_no"]].itertuples(index=False)
    ]
    lines = lines.assign(own=pd.Series(own, index=lines.index, dtype=object))
    laid_out = []
    for _, rows in lines.groupby(["batch", "own"], sort=False):
        own_sheets = sheets[int(rows["batch"].iloc[0])]
        laid_out.append(_line_sheet(kind, rows, own_sheets, rows["own"].iloc[0], department, policy, receipt, dated))
    return laid_out


def _own_headings(sheet: RawSheet) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in sheet.headings[: own_width(sheet)])


def _line_sheet(
    kind: LineKind,
    rows: pd.DataFrame,
    sheets: Sequence[RawSheet],
    own_headings: tuple[str, ...],
    department: str,
    policy: Policy,
    receipt: str,
    dated: date,
) -> Sheet:
    file = str(rows["file"].iloc[0])
    width = len(own_headings)
    cells = np.full((len(rows), width), "", dtype=object)
    marked = np.zeros((len(rows), len(LINE_COLUMNS) + width), np.bool_)
    problems = np.full(len(rows), "", dtype=object)
    for sheet_no in rows["sheet_no"].unique():
        sheet, of_sheet = sheets[sheet_no], np.flatnonzero((rows["sheet_no"] == sheet_no).to_numpy())
        at = np.searchsorted(sheet.row_numbers, rows["row"].to_numpy()[of_sheet])
        cells[of_sheet] = sheet.rows.iloc[at, :width].to_numpy(dtype=object)
        placed = rows.iloc[of_sheet].assign(number=of_sheet, at=at)
        for _, alike in placed.groupby(["codes", "role"], sort=False):
            codes, role, numbers = alike["codes"].iloc[0], alike["role"].iloc[0], alike["number"].to_numpy()
            if kind == CONTRADICTED_ROWS:
                for column, wrong in differing_cells(alike, sheet):
                    marked[numbers[wrong], len(LINE_COLUMNS) + column] = True
                problems[numbers] = _differences(alike, role)
                continue
            for column in (_STANDARD[field] for field in map(field_of, codes) if field in _STANDARD):
                marked[numbers, column] = True
            for column, wrong in wrong_cells(codes, role, alike, sheet):
                marked[numbers[wrong], len(LINE_COLUMNS) + column] = True
            problems[numbers] = _problems(codes, role, alike, sheet)
    frame = pd.DataFrame(
        {
            "batch": rows["batch"],
            "file": rows["file"],
            "sheet": rows["sheet"],
            "row": rows["row"],
            "name": rows["name"],
            "id": rows["id_text"],
            "town": rows["town"],
            "village": rows["village"],
            "category": ["、".join(policy.names_of(codes)) for codes in rows["categories"]],
            "codes": rows["codes"].map("、".join),
            "problem": problems,
            "advice": rows["advice"],
            "new_name": None,
            "new_id": None,
            "answer": None,
        }
    ).reset_index(drop=True)
    own = pd.DataFrame(cells, columns=[f"own {number}" for number in range(width)]).astype("str")
    columns = (*LINE_COLUMNS, *(Column(heading, _OWN_WIDTH, "entry") for heading in own_headings))
    title = f"{policy.district}{policy.fee_year}年度{department}{kind.title}：{file}"
    line = (f"部门：{department}　　批次{rows['batch'].iloc[0]}　　{file}", "", f"{receipt}　　{dated.isoformat()}")
    stem = "_".join(part for part in (kind.name, file.rpartition(".")[0] or file) if part)
    whole = pd.concat([frame, own], axis=1)
    return Sheet(stem, title, line, columns, whole, totals=False, marked=marked, printed=len(LINE_COLUMNS))


def _problems(codes: Sequence[str], role: str, lines: pd.DataFrame, sheet: RawSheet) -> list[str]:
    """What is wrong with each of some lines with the same codes, and if with one of a couple, with whom."""
    whose = f"{COUPLE_NAMES[role]}：" if role else ""
    texts = [[CATALOGUE[code].problem + text for text in quotations(code, role, lines, sheet)] for code in codes]
    return [whose + "；".join(of_line) for of_line in zip(*texts, strict=True)]


def _differences(lines: pd.DataFrame, role: str) -> list[str]:
    """What other rows say of each line, and if of one of a couple, of whom."""
    whose = f"{COUPLE_NAMES[role]}：" if role else ""
    return [whose + (others or CATALOGUE[CONTRADICTED].problem) for others in lines["others"]]


_STANDARD = {"name": 4, "citizen_id": 5}
"""Which of the standard columns are marked: 姓名, 公民身份号码."""
