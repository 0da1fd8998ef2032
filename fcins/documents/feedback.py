"""反馈: for each department the count that closes, its rejected rows, whom its rosters lack. Clause 五（一）."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.completeness import Lacking
from fcins.analysis.returned import is_copy
from fcins.assessment.liability import Flags
from fcins.figures import COUPLE_NAMES
from fcins.findings import CATALOGUE
from fcins.headings import UNKNOWN, load_headings
from fcins.identity import normalise_ids, normalise_names
from fcins.intake.corrections import PART_FIELDS, own_width
from fcins.intake.facts import TO_THE_DAY
from fcins.intake.replies import CHOICES
from fcins.policy.loading import Policy
from fcins.values import dates, years
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
    counts: pd.DataFrame, department: str, policy: Policy, receipt: str, dated: date, town: str, *, asks: bool
) -> Sheet:
    """汇总: a row per file (`counts`: departments.COUNT_COLUMNS). 五（一）: 盖章确认年度应参保总人数.

    `asks`: whether the workbook has anything to settle.
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


def line_sheets(
    lines: pd.DataFrame,
    sheets: Mapping[int, Sequence[RawSheet]],
    department: str,
    policy: Policy,
    receipt: str,
    dated: date,
) -> list[Sheet]:
    """A sheet for each file (and each set of own columns): rejected rows first, then copies, each by town.

    `lines`: returned.LINE_COLUMNS, and advice, what stands under 建议; `sheets`: batch → its sheets with the latest
    corrections in place.
    """
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
        laid_out.append(_line_sheet(rows, own_sheets, rows["own"].iloc[0], department, policy, receipt, dated))
    return laid_out


def _own_headings(sheet: RawSheet) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in sheet.headings[: own_width(sheet)])


def _line_sheet(
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
    for sheet_no in rows["sheet_no"].unique():
        sheet, of_sheet = sheets[sheet_no], np.flatnonzero((rows["sheet_no"] == sheet_no).to_numpy())
        at = np.searchsorted(sheet.row_numbers, rows["row"].to_numpy()[of_sheet])
        cells[of_sheet] = sheet.rows.iloc[at, :width].to_numpy(dtype=object)
        placed = rows.iloc[of_sheet].assign(number=of_sheet, at=at)
        for _, alike in placed.groupby(["codes", "role"], sort=False):
            for column, wrong in _wrong_cells(alike["codes"].iloc[0], alike["role"].iloc[0], alike, sheet):
                marked[alike["number"].to_numpy()[wrong], column] = True
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
            "problem": [_problem(codes, role) for codes, role in zip(rows["codes"], rows["role"], strict=True)],
            "advice": rows["advice"],
            "new_name": None,
            "new_id": None,
            "answer": None,
        }
    ).reset_index(drop=True)
    own = pd.DataFrame(cells, columns=[f"own {number}" for number in range(width)]).astype("str")
    columns = (*LINE_COLUMNS, *(Column(heading, _OWN_WIDTH, "entry") for heading in own_headings))
    title = f"{policy.district}{policy.fee_year}年度{department}退回名册：{file}"
    line = (f"部门：{department}　　批次{rows['batch'].iloc[0]}　　{file}", "", f"{receipt}　　{dated.isoformat()}")
    stem = file.rpartition(".")[0] or file
    whole = pd.concat([frame, own], axis=1)
    return Sheet(stem, title, line, columns, whole, totals=False, marked=marked, printed=len(LINE_COLUMNS))


def _problem(codes: Sequence[str], role: str) -> str:
    """What is wrong, and if with one of a couple, with whom."""
    whose = f"{COUPLE_NAMES[role]}：" if role else ""
    return whose + "；".join(CATALOGUE[code].problem for code in codes)


_STANDARD = {"name": 4, "citizen_id": 5}
"""Which of the standard columns are marked: 姓名, 公民身份号码."""


def _wrong_cells(codes: Sequence[str], role: str, lines: pd.DataFrame, sheet: RawSheet) -> Iterator[tuple[int, Flags]]:
    """The columns that the codes are about, and on which lines: standard columns, and the department's own.

    `lines`: name, id_text, and `at`, where they stand in the sheet.
    """
    everywhere = np.ones(len(lines), np.bool_)
    own_names = dict(zip(("name", "citizen_id"), PART_FIELDS[role], strict=True))
    slots = _slots(lines, sheet) if sheet.slots > 1 and not role else np.zeros(len(lines), np.int64)
    for code in codes:
        entry = CATALOGUE[code]
        field = "citizen_id" if entry.field in ("wife_id", "husband_id") else entry.field
        if field in _STANDARD:
            yield _STANDARD[field], everywhere
        fields = [own_names.get(name, name) for name in (field, *entry.others)]
        of_sheet = [name for name in fields if name in sheet.names]
        for column, name_and_slot in enumerate(sheet.fields):
            if name_and_slot and name_and_slot[0] in (of_sheet if code in _BY_VALUE else of_sheet[:1]):
                name, slot = name_and_slot
                wrong = slots == slot
                if code in _BY_VALUE:
                    texts = sheet.rows[column].iloc[lines["at"].to_numpy()].str.strip()
                    wrong = wrong & np.array([_BY_VALUE[code](name, text) for text in texts], np.bool_)
                yield len(LINE_COLUMNS) + column, wrong


def _no_date(field: str, text: str) -> bool:
    """Whether this cell makes the row's date unusable: it holds no date, or it is empty and must not be."""
    if not text:
        return field in ("paid_on", "change_date")
    column = pd.Series([text], dtype="str")
    if field == "fee_year":
        return bool(years(column)[0] < 0)
    return bool(dates(column, to_the_day=field in TO_THE_DAY)[0] == "?")


def _no_word(field: str, text: str) -> bool:
    """Whether this cell holds no word that we know; of categories only the whole row can say."""
    if field == "category":
        return True
    word = load_headings().understood(field, pd.Series([text], dtype="str"))[0]
    return word == UNKNOWN or (word == "" and field in ("scheme", "change"))


_BY_VALUE = {"E303": _no_word, "E307": _no_date}
"""Codes that several columns of a row can earn: whether a cell is the one."""


def _slots(lines: pd.DataFrame, sheet: RawSheet) -> npt.NDArray[np.int64]:
    """Which of the people on its row each line is about."""
    slots = np.zeros(len(lines), np.int64)
    for slot in range(sheet.slots):
        name = normalise_names(sheet.column("name", slot).iloc[lines["at"].to_numpy()])
        number = normalise_ids(sheet.column("citizen_id", slot).iloc[lines["at"].to_numpy()])
        same = (name.to_numpy() == lines["name"].to_numpy()) & (number.to_numpy() == lines["id_text"].to_numpy())
        slots[same] = slot
    return slots
