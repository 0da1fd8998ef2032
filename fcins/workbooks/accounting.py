"""What the clerk must know of how a file was read: what was not used, stands twice, is hidden, or was not read.

Told is the consequence, and only where something may come out otherwise: a running number is used by nobody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fcins.headings import heading_key, load_headings
from fcins.notices import Notice
from fcins.workbooks.package import column_letters
from fcins.workbooks.tables import Half, SheetTables, Table, Unread, twins
from fcins.workbooks.text_columns import Flags, compact, is_filled, truth

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:年度?(?!\s*\d{1,2}\s*月)|(?![\d.年/-]))")
SHOWN = 3
"""So many names of sheets, sections or headings are told; of the rest the number."""


@dataclass(frozen=True)
class SheetAccount:
    """What of one sheet was not taken as it stands. `rows`: about people; `unused`: heading → (a column, how many of
    the rows fill it); `years`: those it names."""

    sheet: str
    rows: int
    unused: Mapping[str, tuple[int, int]]
    years: tuple[int, ...]
    notices: list[Notice]


def account_of(sheet: SheetTables) -> SheetAccount:
    """The account of a sheet that was read."""
    notices = [
        *(notice for table in sheet.tables for notice in _twice(sheet, table)),
        *_marked(sheet),
        *_several(sheet),
        *_examples(sheet),
    ]
    rows = sum(int(table.data.sum()) for table in sheet.tables)
    years = stated_years(sheet.grid.sheet) or stated_years(sheet.title)
    return SheetAccount(sheet.grid.sheet, rows, _unused(sheet), years, notices)


def of_file(sheets: Sequence[SheetAccount], others: Sequence[Unread]) -> list[Notice]:
    """The notices of a file: of the `sheets` that were read, and of the `others`."""
    of_sheets = (notice for sheet in sheets for notice in sheet.notices)
    return [*_columns_not_used(sheets), *of_sheets, *map(_not_read, others), *_of_other_years(sheets)]


def stated_years(text: str) -> tuple[int, ...]:
    """The years that a title names: 2024年度, 2023; not those of a day (2023年10月18日)."""
    return tuple(dict.fromkeys(int(year) for year in _YEAR.findall(text)))


# ── columns ──


def unused_columns(table: Table, half: Half) -> tuple[str, ...]:
    """The headings of the columns that hold something but became no field, neither here nor in a half beside it."""
    rows = pa.array(np.flatnonzero(half.data) + table.top)
    return tuple(dict.fromkeys(_heading(table, at) for at in _not_used(table) if _filled(table, at, rows).any()))


def _not_used(table: Table) -> list[int]:
    """The columns without a field that have a heading, and are not a field's second column."""
    fields = [next(filter(None, each), None) for each in zip(*(half.fields for half in table.halves), strict=True)]
    second = {twin for _, twin in twins(table.heading.meant, fields)}
    headings = table.heading.headings
    return [at for at, field in enumerate(fields) if not field and headings[at].strip() and at not in second]


def _filled(table: Table, at: int, rows: pa.Array) -> Flags:
    return is_filled(table.columns[at].take(rows))


def _unused(sheet: SheetTables) -> dict[str, tuple[int, int]]:
    """The headings not used, without those that can change nothing."""
    harmless = {heading_key(word) for word in load_headings().words["harmless_columns"]}
    found: dict[str, tuple[int, int]] = {}
    for table in sheet.tables:
        rows = pa.array(np.flatnonzero(table.data) + table.top)
        for at in _not_used(table):
            heading = _heading(table, at)
            filled = int(_filled(table, at, rows).sum())
            if filled and heading_key(heading) not in harmless:
                column, before = found.get(heading, (at, 0))
                found[heading] = column, before + filled
    return found


def _columns_not_used(sheets: Sequence[SheetAccount]) -> Iterator[Notice]:
    """N101: each heading once, in however many sheets it stands."""
    for heading in dict.fromkeys(heading for sheet in sheets for heading in sheet.unused):
        places = [(sheet.sheet, *sheet.unused[heading]) for sheet in sheets if heading in sheet.unused]
        one = len(places) == 1
        where = f"（{column_letters(places[0][1])}列）" if one else f"（{len(places)}张工作表）"
        yield Notice(
            "N101",
            f"“{_short(heading)}”一列{where}没有用到：{sum(filled for _, _, filled in places)}行填了内容，都没有采用。"
            "应当采用的，请改成能认的列名再导入",
            sheet=places[0][0] if one else "",
            headings=(heading,),
        )


def _twice(sheet: SheetTables, table: Table) -> Iterator[Notice]:
    """N102: a field in two columns that do not say the same."""
    harmless = load_headings().words["harmless_fields"]
    fields = [next(filter(None, each), None) for each in zip(*(half.fields for half in table.halves), strict=True)]
    rows = np.flatnonzero(table.data) + table.top
    for taken, other in twins(table.heading.meant, fields):
        texts = [compact(table.columns[at].take(pa.array(rows))) for at in (taken, other)]
        differ = truth(pc.and_(pc.not_equal(*texts), pc.not_equal(texts[1], "")))
        if table.heading.meant[taken] in harmless or not differ.any():
            continue
        hidden = other in sheet.grid.marks.hidden_columns and taken not in sheet.grid.marks.hidden_columns
        why = f"（{column_letters(other)}列是隐藏的）" if hidden else ""
        names = [_short(_heading(table, at)) for at in (other, taken)]
        both = f"“{names[0]}”" if names[0] == names[1] else f"“{names[1]}”和“{names[0]}”说的是同一项，"
        where = (rows[differ] + 1).tolist()
        yield Notice(
            "N102",
            f"{both}有两列（{column_letters(min(taken, other))}列、{column_letters(max(taken, other))}列），"
            f"采用的是{column_letters(taken)}列{why}；{_rows(where)}两列不同，{column_letters(other)}列的没有采用。"
            "请核对哪一列是对的",
            sheet=sheet.grid.sheet,
            rows=tuple(where),
            headings=tuple(names),
        )


# ── what is hidden, struck through or spoilt ──


def _marked(sheet: SheetTables) -> Iterator[Notice]:
    marks = sheet.grid.marks
    data = np.concatenate([np.flatnonzero(table.data) + table.top + 1 for table in sheet.tables])
    if sheet.grid.hidden and len(data):
        yield Notice(
            "N201",
            f"这张工作表是隐藏的，{len(data)}行也读入了。不应当算的，请删去这张工作表再导入",
            sheet=sheet.grid.sheet,
        )
    for code, marked, what, advice in (
        (
            "N201",
            marks.hidden_rows,
            "是筛选后隐藏的" if marks.filtered else "是隐藏的",
            "只报送看得见的行的，请把它们复制到新的工作表" if marks.filtered else "不应当算的，请删去",
        ),
        ("N203", marks.struck_rows, "加了删除线", "表示取消的，请删去"),
    ):
        rows = sorted(set(marked) & set(data.tolist())) if marked else []
        if rows:
            yield Notice(
                code, f"{_rows(rows)}{what}，也读入了。{advice}再导入", sheet=sheet.grid.sheet, rows=tuple(rows)
            )
    yield from _hidden_columns(sheet)
    yield from _spoilt(sheet)


def _hidden_columns(sheet: SheetTables) -> Iterator[Notice]:
    """N202: hidden columns that hold something and were read. Of those not used another notice tells."""
    used = []
    for table in sheet.tables:
        rows = pa.array(np.flatnonzero(table.data) + table.top)
        for at in sheet.grid.marks.hidden_columns:
            fields = {half.fields[at] for half in table.halves if at < len(half.fields)} - {None}
            if fields and _filled(table, at, rows).any():
                used.append((f"“{_short(_heading(table, at))}”", at))
    if used:
        names = "、".join(f"{name}（{column_letters(at)}列）" for name, at in dict.fromkeys(used))
        yield Notice("N202", f"{names}是隐藏的列，也读入了。不应当采用的，请删去再导入", sheet=sheet.grid.sheet)


def _spoilt(sheet: SheetTables) -> Iterator[Notice]:
    """N207: cells of used columns whose value the file does not have."""
    for table in sheet.tables:
        for at, marked in sheet.grid.marks.spoilt.items():
            if any(at < len(half.fields) and half.fields[at] for half in table.halves):
                rows = sorted(row for row in marked if table.top < row <= table.bottom)
                if rows:
                    name = _short(_heading(table, at))
                    yield Notice(
                        "N207",
                        f"“{name}”一列（{column_letters(at)}列）{_rows(rows)}是错误值，或公式没有结果，读不出内容。"
                        "请在 Excel 中打开，改正、保存后再导入",
                        sheet=sheet.grid.sheet,
                        rows=tuple(rows),
                        loses=True,
                    )


# ── tables and parts ──


def _several(sheet: SheetTables) -> Iterator[Notice]:
    """N205: what besides one table with one heading row was found in a sheet."""
    name = sheet.grid.sheet
    first, *further = sheet.tables
    if first.headless:
        yield Notice(
            "N205",
            f"没有表头，是接着前一张工作表的：按那里的表头读入了{int(first.data.sum())}行。不是一个表的，请补上表头再导入",
            sheet=name,
        )
    if further:
        rows = [table.top - table.heading.height + 1 for table in further]
        yield Notice(
            "N205",
            f"第{'、'.join(map(str, rows[:SHOWN]))}{'……' if len(rows) > SHOWN else ''}行又有表头，"
            f"下面的{sum(int(table.data.sum()) for table in further)}行按它读入",
            sheet=name,
            rows=tuple(rows),
        )
    for table in sheet.tables:
        if len(table.halves) > 1:
            counts = "、".join(f"{int(half.data.sum())}行" for half in table.halves)
            yield Notice(
                "N205", f"左右并排{len(table.halves)}个表，各读各的金额、类别和村居：从左到右{counts}", sheet=name
            )
    known = heading_key(sheet.title + name)
    parts = [
        (part, int((table.part_of(np.flatnonzero(table.data)) == number).sum()), table)
        for table in sheet.tables
        for number, part in enumerate(table.parts)
        if part.text and not table.headless and not all(heading_key(line) in known for line in part.text.split("\n"))
    ]
    if parts:
        texts = "、".join(f"“{_short(part.text.replace(chr(10), '，'))}”{count}行" for part, count, _ in parts[:SHOWN])
        more = f"等{len(parts)}个部分，" if len(parts) > SHOWN else "，"
        yield Notice(
            "N205",
            f"表中间有小标题：{texts}{more}没有单独一栏写明的人员类别、村居，按小标题算",
            sheet=name,
            rows=tuple(table.top + part.row + 1 for part, _, table in parts),
        )
    for lost in sheet.unread:
        texts = "、".join(map(_short, lost.texts[:SHOWN]))
        yield Notice(
            "N205",
            f"第{lost.row + 1}行又有表头（{texts}……），但缺少必要的列：下面{lost.rows}行没有读。请补上缺的列再导入",
            sheet=name,
            rows=(lost.row + 1,),
            loses=True,
        )


def _examples(sheet: SheetTables) -> Iterator[Notice]:
    """N206: lines under the headings that were skipped as examples, though they may be people."""
    rows = [table.top + row + 1 for table in sheet.tables for row in table.examples]
    if rows:
        yield Notice(
            "N206",
            f"{_rows(rows)}写着示例，没有读入。是真的人员的，请去掉“示例”字样再导入",
            sheet=sheet.grid.sheet,
            rows=tuple(rows),
        )


def _not_read(other: Unread) -> Notice:
    """N204: a sheet without headings."""
    missing = "、".join(f"“{heading}”" for heading in other.nearest.missing)
    why = "是一人一表的登记表" if other.form is not None else f"没有找到表头（至少要有{missing}）"
    lost = f"，其中{other.people}行像是人员，都没有读入。请整理成有表头的表再导入" if other.people else ""
    return Notice("N204", f"这张工作表没有读：{why}{lost}", sheet=other.sheet, loses=other.people > 0)


def _of_other_years(sheets: Sequence[SheetAccount]) -> Iterator[Notice]:
    """N303: a sheet that names an earlier year than another, or says that it is no longer in use."""
    newest = max((max(sheet.years) for sheet in sheets if sheet.years), default=0)
    for sheet in sheets:
        word = next((word for word in load_headings().words["former_sheets"] if word in sheet.sheet), "")
        earlier = bool(sheet.years) and max(sheet.years) < newest
        if len(sheets) > 1 and (earlier or word):
            says = f"写的是{max(sheet.years)}年，别的工作表是{newest}年" if earlier else f"名称里有“{word}”"
            yield Notice(
                "N303",
                f"这张工作表{says}：{sheet.rows}行也读入了。是以前的名单的，请删去这张工作表再导入",
                sheet=sheet.sheet,
            )


def _heading(table: Table, at: int) -> str:
    """A column's heading on one line."""
    return " ".join(table.heading.headings[at].split())


def _rows(rows: Sequence[int]) -> str:
    """第3行; or 第3行等5行."""
    return f"第{rows[0]}行" if len(rows) == 1 else f"第{rows[0]}行等{len(rows)}行"


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"
