"""A field case: its people, its files, what a careful clerk would say of them.

What people who read such workbooks really meet, as small files: of public bug reports and of offices only the situation
is taken. Each `case_NAME(folder)` writes its files and gives
    {"command": …, "file": …, "args": […], "expect": {…}} (and "households": False where it brings its own, "then": more).

What may be in `expect` (all of it must hold; `{"any": [e1, e2]}`: one of them):
    exit        exit code, or a list of codes
    rows        counts of the import's JSON
    findings    codes with their counts (those not named here are not looked at); None: no finding at all
    categories  {name: [人员类别 that the register must show, no more and no less]}
    village     {name: village sheet on which the person stands}
    owes        {name: 个人应缴合计}        due   {name: 医保个人应缴}
    tier        {name: 养老缴费档次}        status {name: 缴费状态}
    last_paid   {name: 缴费日期 in the notice}
    heads_total {head: anything}: 本户应缴合计 on the head's row is the sum of that head's people, who are two or more
    peak        MB of memory that no command may need more than
    counted     yuan that reconcile counts to the year, all statuses together
    unlisted    names that must not stand in the register
    said        a pattern that must be found in what the program tells a person: errors, findings, notices
    unsaid      one that must not
"""

from pathlib import Path

import openpyxl

TOWN = "阴平镇"
CASES: dict[str, dict] = {}


def case(kind: str, source: str, severity: str = ""):
    """Registers a case. `kind`: the class of fault that it looks for; `source`: where people met it."""

    def keep(function):
        CASES[function.__name__.removeprefix("case_")] = {
            "run": function,
            "kind": kind,
            "source": source,
            "severity": severity,
        }
        return function

    return keep


def check(seventeen: str) -> str:
    """GB 11643: the ID with its check digit."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return (
        seventeen
        + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=False)) % 11]
    )


PEOPLE = [  # name, relation, sex, born, sequence, village, household
    ("赵大柱", "户主", "男", "19600312", 11, "东坊村", "0600001"),
    ("钱桂英", "配偶", "女", "19650518", 22, "东坊村", "0600001"),
    ("赵小军", "长子", "男", "19880707", 31, "东坊村", "0600001"),
    ("孙福来", "户主", "男", "19700101", 13, "东坊村", "0600002"),
    ("李秀兰", "配偶", "女", "19720922", 42, "东坊村", "0600002"),
    ("周建国", "户主", "男", "19720211", 15, "梁湖村", "0600003"),
    ("吴美玲", "配偶", "女", "19740630", 26, "梁湖村", "0600003"),
    ("周子涵", "长女", "女", "20050415", 48, "梁湖村", "0600003"),
    ("郑长河", "户主", "男", "19780809", 17, "梁集村", "0600004"),
    ("王玉珍", "配偶", "女", "19801203", 24, "梁集村", "0600004"),
]
ID = {name: check(f"370499{born}{seq:03d}") for name, _, _, born, seq, _, _ in PEOPLE}
VILLAGE = {name: village for name, *_, village, _ in PEOPLE}
HOUSEHOLD = {name: household for name, *_, household in PEOPLE}
HEAD = {household: name for name, relation, *_, household in PEOPLE if relation == "户主"}
HOUSEHOLD_HEADINGS = [
    "镇街",
    "村居",
    "组",
    "户号",
    "户主姓名",
    "姓名",
    "与户主关系",
    "性别",
    "公民身份号码",
    "出生日期",
]


def household_rows(names=None) -> list[list[str]]:
    return [
        [
            TOWN,
            village,
            "1组",
            household,
            HEAD[household],
            name,
            relation,
            sex,
            ID[name],
            f"{born[:4]}-{born[4:6]}-{born[6:]}",
        ]
        for name, relation, sex, born, _, village, household in PEOPLE
        if names is None or name in names
    ]


def sheet_of(path: Path, rows, title: str = "Sheet1", merged=(), hidden_rows=(), hidden_columns=(), more=()) -> Path:
    """An ordinary .xlsx by openpyxl. `more`: further (title, rows)."""
    book = openpyxl.Workbook()
    for number, (name, lines) in enumerate([(title, rows), *more]):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = name
        for line in lines:
            sheet.append(list(line))
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.number_format = "@"
        if number == 0:
            for area in merged:
                sheet.merge_cells(area)
            for row in hidden_rows:
                sheet.row_dimensions[row].hidden = True
            for column in hidden_columns:
                sheet.column_dimensions[column].hidden = True
    book.save(path)
    return path


def write_households(path: Path) -> Path:
    return sheet_of(path, [HOUSEHOLD_HEADINGS, *household_rows()], "户籍")


def roster_rows(names, village: bool = True):
    head = ["序号", "镇街", "村居", "姓名", "身份证号"] if village else ["序号", "姓名", "身份证号"]
    rows = [head]
    for number, name in enumerate(names, start=1):
        rows.append([number, TOWN, VILLAGE[name], name, ID[name]] if village else [number, name, ID[name]])
    return rows


def text_rows(names):
    """`roster_rows` with every cell a text."""
    return [[str(cell) for cell in row] for row in roster_rows(names)]


DIBAO = ["--category", "低保对象"]


def roster(file, expect, args=DIBAO, **more):
    return {"command": "import-roster", "file": file.name, "args": list(args), "expect": expect, **more}


def payments(file, expect, **more):
    return {"command": "import-payments", "file": file.name, "args": [], "expect": expect, **more}


def households(file, expect, **more):
    return {
        "command": "import-households",
        "file": file.name,
        "args": [],
        "expect": expect,
        "households": False,
        **more,
    }


def as_csv(rows, separator=",", end="\r\n") -> str:
    return "".join(separator.join(str(cell) for cell in row) + end for row in rows)


THREE = ["赵大柱", "孙福来", "周建国"]
THREE_HOLD = {
    "exit": 0,
    "rows": {"read": 3, "accepted": 3},
    "findings": None,
    "categories": {name: ["低保对象"] for name in THREE},
}


def paid_row(*people):
    return [
        cell
        for name, scheme, amount, receipt in people
        for cell in (name, ID[name], scheme, amount, "2023-11-05", receipt)
    ]


PAID_HEAD = ["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"]


def counted_households(rows, column: int):
    """户号 counted from 1 anew wherever the given column (1 village, 2 group) changes."""
    seen: dict[str, dict[str, int]] = {}
    for row in rows:
        place = seen.setdefault("/".join(row[1 : column + 1]), {})
        row[3] = str(place.setdefault(row[4], len(place) + 1))
    return rows


BROKEN = {"any": [{"exit": 4, "said": "损坏|读不出来"}, THREE_HOLD]}
