"""Payments against what was due, each status worked by hand from the plan: 380 of medical, window to 2023-12-20."""

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from shared import copied
from sheets import district, person, refused, run, sheet, workspace, write_xlsx

from fcins.analysis.reconciliation import OWN_STATUSES, reconciliation_of
from fcins.analysis.refunds import refunds
from fcins.assessment.receipts import by_department
from fcins.policy.loading import parse_policy
from fcins.store.workspace import policy_path

CASES = """
    | 出生       | 情况       | 缴费                       | 状态         | 应缴 | 实缴 | 应退 | 条款     | 标记 |
    | 1980-01-01 |            |                            | 未缴         | 380  | 0    | 0    |          | |
    | 1980-01-01 |            | 380 23-11-01               | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |            | 180 23-11-01, 200 23-12-18 | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |            | 380                        | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |            | 200 23-11-01               | 少缴         | 380  | 200  | 0    |          | |
    | 1980-01-01 |            | 400 23-11-01               | 多缴         | 380  | 400  | 20   | 四（一） | |
    | 1980-01-01 |            | 200 23-11-01, 380 23-11-02 | 多缴         | 380  | 580  | 200  | 四（一） | |
    | 1980-01-01 |            | 380 23-11-01, 380 23-12-19 | 重复缴费     | 380  | 760  | 380  | 五（四） | |
    | 1980-01-01 |  | 380 23-11-01, 380 23-11-01, 380 23-12-01 | 重复缴费 | 380 | 1140 | 760 | 五（四） |  |
    | 1980-01-01 |            | 760 23-11-01               | 多缴         | 380  | 760  | 380  | 四（一） | |
    | 1980-01-01 |  | 380 23-11-01, 380 23-11-09, -380 23-12-01 | 已缴清 | 380 | 380 | 0 |  |  |
    | 1980-01-01 |            | 380 23-11-01, -380 23-12-01 | 未缴         | 380  | 0    | 0    |          | |
    | 1980-01-01 |            | -380 23-12-01              | 少缴         | 380  | -380 | 0    |          | |
    | 1980-01-01 | 职工医保   | 380 23-11-01               | 无需缴费而缴 | 0    | 380  | 380  | 三       | |
    | 1980-01-01 | 职工医保   | 380 23-11-01, -380 23-12-01 | 已缴清       | 0    | 0    | 0    |          | |
    | 1980-01-01 | 低保       | 380 23-11-01               | 无需缴费而缴 | 0    | 380  | 380  | 四（一） | |
    | 1980-01-01 | 脱贫户 | 380 23-11-01 | 无需缴费而缴 | 0 | 380 | 380 | 四（一）、五（一） |  |
    | 1958-05-05 |            | 190 23-11-01               | 已缴清       | 190  | 190  | 0    |          | |
    | 1958-05-05 |            | 380 23-11-01               | 多缴         | 190  | 380  | 190  | 四（一） | |
    | 1958-05-05 |            | 190 23-11-01, 190 23-11-09 | 重复缴费     | 190  | 380  | 190  | 五（四） | |
    | 1963-11-15 |            | 380 23-11-14               | 提前缴费     | 190  | 380  | 190  | 四（四）4 | |
    | 1963-11-15 |            | 180 23-10-10, 200 23-10-11 | 提前缴费     | 190  | 380  | 190  | 四（四）4 | |
    | 1963-11-15 |            | 190 23-11-15               | 已缴清       | 190  | 190  | 0    |          | |
    | 1963-11-15 |            | 190 23-10-10               | 已缴清       | 190  | 190  | 0    |          | |
    | 1963-11-15 |            | 380 23-11-15               | 多缴         | 190  | 380  | 190  | 四（一） | |
    | 1963-11-15 |            | 380 23-10-10, 190 23-11-20 | 多缴         | 190  | 570  | 380  | 四（一） | |
    | 1963-11-15 |            | 380 23-10-10, 380 23-11-20 | 重复缴费     | 190  | 760  | 570  | 五（四） | |
    | 1963-11-15 |            | 380 23-10-10, -190 23-11-20 | 已缴清       | 190  | 190  | 0    |          | |
    | 1963-11-15 | 村集体100  | 280 23-10-10               | 提前缴费     | 90   | 280  | 190  | 四（四）4 | |
    | 1953-11-15 |            | 190 23-11-14               | 提前缴费     | 0    | 190  | 190  | 四（四）4 | |
    | 1953-11-15 |            | 380 23-11-14               | 无需缴费而缴 | 0    | 380  | 380  | 四（一） | |
    | 1953-11-15 |            | 190 23-11-14/23-11-20      | 提前缴费     | 0    | 190  | 190  | 四（四）4 | |
    | 1963-11-15 |            | 380 23-11-14/23-11-20      | 提前缴费     | 190  | 380  | 190  | 四（四）4 | |
    | 1980-01-01 |            | 380 23-12-18/23-12-22      | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |            | 380 23-12-18/24-01-05      | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |  | 380 24-01-09/24-01-05 | 已缴清 | 380 | 380 | 0 |  | 期外 等待2024-02-04 |
    | 1953-11-15 |            | 190 23-11-15               | 无需缴费而缴 | 0    | 190  | 190  | 四（一） | |
    | 1963-12-25 |            | 190 23-12-25               | 已缴清       | 190  | 190  | 0    |          | 期外 |
    | 1980-01-01 | 村集体100  | 280 23-11-01               | 已缴清       | 280  | 280  | 0    |          | |
    | 1980-01-01 | 村集体100  | 380 23-11-01               | 多缴         | 280  | 380  | 100  | 四（一） | |
    | 1980-01-01 |            | 380 23-12-20               | 已缴清       | 380  | 380  | 0    |          | |
    | 1980-01-01 |            | 380 23-12-21               | 已缴清       | 380  | 380  | 0    |          | 期外 |
    | 1980-01-01 |            | 380 23-12-31               | 已缴清       | 380  | 380  | 0    |          | 期外 |
    | 1980-01-01 |  | 380 24-01-01 | 已缴清 | 380 | 380 | 0 |  | 期外 等待2024-01-31 |
    | 1980-01-01 |  | 180 23-12-01, 200 24-01-10 | 已缴清 | 380 | 380 | 0 |  | 期外 等待2024-02-09 |
    | 1980-01-01 |  | 200 24-01-05 | 少缴 | 380 | 200 | 0 |  | 期外 等待 |
    | 1980-01-01 |            | 380 23-11-01, 380 24-01-05 | 重复缴费     | 380  | 760  | 380  | 五（四） | 期外 |
    | 1980-01-01 |  | 380 23-11-01, -380 23-12-01, 380 24-01-05 | 已缴清 | 380 | 380 | 0 |  | 期外 等待2024-02-04 |
    | 1980-01-01 | 死亡2023-12-31 | 380 23-10-05               | 无需缴费而缴 | 0    | 380  | 380  | 四（二） | |
    | 1980-01-01 | 死亡2024-01-01 | 380 23-10-05               | 无需缴费而缴 | 0    | 380  | 0    |          | |
    | 1980-01-01 | 死亡2024-01-03 | 380 23-10-05, 380 23-10-06 | 无需缴费而缴 | 0    | 760  | 380  | 四（二） | |
    | 1980-01-01 | 死亡       | 380 23-10-05               | 无需缴费而缴 | 0    | 380  | 380  | 四（二） | |
    | 1980-01-01 | 迁出2023-12-01 | 380 23-10-05               | 无需缴费而缴 | 0    | 380  | 380  | 四（二） | |
    | 1980-01-01 | 迁出2024-02-01 | 380 23-10-05               | 无需缴费而缴 | 0    | 380  | 0    |          | |
    | 1980-01-01 | 死亡2024-01-03 档500 | 养老 500 23-10-05 | 无需缴费而缴 | 0 | 500 | 0 |  |  |
    | 1980-01-01 | 档500      | 养老 500 23-11-01          | 已缴清       | 500  | 500  | 0    |          | |
    | 1980-01-01 | 档500      | 养老 350 23-11-01          | 少缴         | 500  | 350  | 0    |          | |
    | 1980-01-01 | 档500      | 养老 350 23-11-01, 500 23-12-01 | 多缴         | 500  | 850  | 350  | 四（一） | |
    | 1980-01-01 | 档350      | 养老 350 24-01-05          | 已缴清       | 350  | 350  | 0    |          | 期外 |
    | 1980-01-01 |            | 养老 350 23-11-01          | 无需缴费而缴 | 0    | 350  | 350  | 四（四）1 | |
    | 2005-01-01 | 学生       | 养老 350 23-11-01          | 无需缴费而缴 | 0    | 350  | 350  | 三、五（八） | |
    | 1980-01-01 | 低保 档500 | 养老 400 23-11-01          | 已缴清       | 400  | 400  | 0    |          | |
    | 1980-01-01 | 低保 档500 | 养老 500 23-11-01          | 多缴         | 400  | 500  | 100  | 四（一） | |
    | 1980-01-01 | 低保       | 养老 100 23-11-01          | 无需缴费而缴 | 0    | 100  | 100  | 四（一） | |
    | 2007-12-15 | 档350      | 养老 350 23-11-01          | 已缴清       | 350  | 350  | 0    |          | |
"""
"""A payment: yuan and day (23- is 2023-; none: the row has no usable one), medical unless 养老 stands before them.
23-12-18/24-01-05: the agent took it on the first day, the tax office booked it on the second.

等待: from which day covered, none where it is not paid in full.
"""

HEADINGS, *ROWS = sheet(CASES)


def of(number: int) -> tuple[str, str]:
    """The person of a case: name and ID."""
    birth = ROWS[number][0]
    return "王" + chr(0x4E00 + number), person(birth, 1 + number)


def files(at: Path) -> list[tuple[str, Path]]:
    """The files that say what the cases say, with the commands that import them, in one possible order."""
    snapshot, changes, roster, enrolled, paid = ([heading] for heading in (
        ["镇街", "村居", "姓名", "公民身份号码", "户籍状态"], ["变动类型", "变动日期", "姓名", "公民身份号码"],
        ["姓名", "身份证号", "人员类别", "资助单位", "资助金额"], ["姓名", "身份证号", "缴费档次"],
        ["姓名", "身份证号", "险种", "缴费金额", "代收日期", "缴费日期", "凭证号"],
    ))  # fmt: skip
    for number, row in enumerate(ROWS):
        who = [*of(number)]
        snapshot.append(["阴平镇", "东村", *who, "死亡" if row[1] == "死亡" else "正常"])
        for word in row[1].split():
            if word[:2] in ("死亡", "迁出"):
                changes += [[word[:2], word[2:], *who]] if word[2:] else []
            elif word.startswith("档"):
                enrolled.append([*who, word[1:]])
            elif word.startswith("村集体"):
                roster.append([*who, "集体资助", "东村集体", word[3:]])
            else:
                roster.append([*who, word, "", ""])
        scheme = "养老" if row[2].startswith("养老") else "医保"
        for part, payment in enumerate(row[2].removeprefix("养老 ").split(", ") if row[2] else []):
            amount, day = [*payment.split(), ""][:2]
            took, booked = ["", day] if "/" not in day else day.split("/")
            paid.append([*who, scheme, amount, took and f"20{took}", booked and f"20{booked}", f"R{number:03d}{part}"])
    tables = [
        ("import-households", "户籍", snapshot), ("import-households", "变动", changes),
        ("import-roster", "名册", roster), ("import-enrolment", "登记", enrolled), ("import-payments", "缴费", paid),
    ]  # fmt: skip
    return [(command, write_xlsx(at / f"{name}.xlsx", rows)) for command, name, rows in tables]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of all cases."""
    at = tmp_path_factory.mktemp("cases")
    folder = workspace(at)
    for command, path in files(at):
        code, answer = run(folder, command, path)
        assert code == 0, answer
    return folder


@pytest.fixture(scope="module")
def found(cases: Path) -> dict[tuple[str, str], list[str]]:
    """ID and scheme → the columns of CASES from 状态 on, as the program has them."""
    with district(cases) as known:
        reconciled = reconciliation_of(known)
        rules, holding = known.policy.reconciliation, known.rosters.holding
        assert rules
        back = refunds(known.assessment, reconciled.lines, holding, known.policy, rules).set_index("line")
    lines = {}
    for at, line in reconciled.lines.iterrows():
        marks = ["期外"] if line["outside_window"] else []
        covered = "" if str(line["covered_from"]) == "NaT" else str(line["covered_from"].date())
        marks += [f"等待{covered}"] if line["waiting"] else []
        refund, clause = back.loc[at, ["refund_fen", "clause"]] if at in back.index else (0, "")
        figures = [f"{fen // 100}" for fen in (line["due_fen"], line["paid_fen"], refund)]
        lines[line["citizen_id"], line["scheme"]] = [line["status"], *figures, clause, " ".join(marks)]
    return lines


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[f"{n}-{row[3]}" for n, row in enumerate(ROWS)])
def test_case(found: dict[tuple[str, str], list[str]], number: int) -> None:
    row = ROWS[number]
    scheme = "pension" if row[2].startswith("养老") else "medical"
    assert found[of(number)[1], scheme] == row[3:]


def test_no_wording_decides_who_gets_what_back(cases: Path) -> None:
    """Another note that says the same as that of the unenrolled, or has it in it, makes nobody unenrolled."""
    with district(cases) as known:
        found = {}
        for note in (known.policy.pension.gap.note, "在校学生", "未参保"):
            text = policy_path(cases).read_text("utf-8")
            text = text.replace(f'note = "{known.policy.pension.gap.note}"', f'note = "{note}"')
            text = text.replace('note = "在校学生"', 'note = "在校学生，未参保"') if note == "未参保" else text
            other = known.under(parse_policy(text, "policy.toml"))
            lines, rules = reconciliation_of(other).lines, other.policy.reconciliation
            assert other.policy.pension.gap.note == note
            assert rules
            found[note] = refunds(other.assessment, lines, other.rosters.holding, other.policy, rules).values.tolist()
    first, *others = found.values()
    assert others == [first, first]


def test_cases_have_every_status_of_residents() -> None:
    assert {row[3] for row in ROWS} == set(OWN_STATUSES) - {"不在户籍库"}


def test_order_of_imports_does_not_matter(tmp_path: Path) -> None:
    """Payments first, rosters later: the same workbook, byte for byte."""
    for name, order in (("one", [0, 1, 2, 3, 4]), ("two", [4, 3, 2, 1, 0])):
        (tmp_path / name).mkdir()
        folder = workspace(tmp_path / name)
        given = files(tmp_path / name)
        for at in order:
            assert run(folder, given[at][0], given[at][1])[0] == 0
        assert run(folder, "reconcile", "-o", tmp_path / name / "out", "--date", "2024-02-01")[0] == 0
    one, two = ((tmp_path / name / "out" / "对账_2024年度.xlsx").read_bytes() for name in ("one", "two"))
    assert one == two


# ── rows that are sent back, copies, strangers ────────────────────────────────────────────────────────────────────────

ZHANG, LI, NOBODY = person("1980-01-01", 1), person("1982-02-02", 2), person("1990-09-09", 9)

REGISTRY = f"""
    | 镇街   | 村居 | 姓名 | 公民身份号码 |
    | 阴平镇 | 东村 | 张一 | {ZHANG}      |
    | 峨山镇 | 西村 | 李二 | {LI}         |
"""

ODD = f"""
    | 镇街   | 村居 | 姓名 | 身份证号            | 险种 | 所属年度 | 缴费金额 | 缴费日期   | 凭证号 |
    | 阴平镇 | 东村 | 张一 | {ZHANG}             | 医保 | 2024     | 380      | 2023-11-01 | A1     |
    | 阴平镇 | 东村 | 张一 | {ZHANG}             | 医保 | 2024     | 380      | 2023-11-01 | A1     |
    | 阴平镇 | 东村 | 张一 | {ZHANG}             | 养老 | 2023     | 350      | 2023-11-01 | A2     |
    | 阴平镇 | 东村 | 张一 | {ZHANG}             | 医保 | 2024     | 三百八   | 2023-11-01 | A3     |
    | 阴平镇 | 东村 | 张一 | {ZHANG}             | 工伤 | 2024     | 50       | 2023-11-01 | A4     |
    |        |      | 李二 | {LI[:17]}           | 医保 | 2024     | 380      | 2023-11-02 | B1     |
    | 峨山镇 | 西村 | 李二 | {LI}                | 医保 | 2024     | 380      | 2023-11-02 | B1     |
    | 峨山镇 | 西村 | 李小 | {LI}                | 医保 | 2024     | 380      | 2023-11-03 | B2     |
    | 阴平镇 | 东村 | 王五 | {NOBODY}            | 医保 | 2024     | 380      | 2023-11-04 | C1     |
    | 阴平镇 | 东村 | 王五 | {NOBODY}            | 医保 | 2024     | 380      | 2023-11-04 | C1     |
    |        |      | 赵六 |                     | 养老 | 2024     | 350      | 2023-11-05 |        |
    |        |      | 赵六 |                     | 养老 | 2024     | 500      | 2023-11-05 |        |
    | 峨山镇 | 西村 | 王五 | {NOBODY}            | 医保 | 2024     | 190      | 2023-11-06 | A1     |
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    return copied(tmp_path, _with_odd_payments)


def _with_odd_payments(at: Path) -> None:
    folder = workspace(at)
    assert run(folder, "import-households", write_xlsx(at / "户籍.xlsx", REGISTRY))[0] == 0
    assert run(folder, "import-payments", write_xlsx(at / "缴费.xlsx", ODD))[0] == 0


def test_every_receipt_counts_once(odd: Path, tmp_path: Path) -> None:
    """A corrected row stands for its receipt; a row that cannot be counted stands apart with its reason.

    Counted: 380 each of 张一, 李二, 李小 (李二's ID under another name: a stranger) and 王五, 190 of 王五 on 张一's
    receipt, 350 and 500 of 赵六 (no ID: each payment by itself) = 2560. B1 stands twice: the row that holds counts, not
    the one with a digit missing.
    """
    code, answer = run(odd, "reconcile", "-o", tmp_path)
    assert code == 0
    people = {status: (line["people"], line["amount"]) for status, line in answer["by_status"].items()}
    assert people == {
        "不在户籍库": (3, "1800.00"), "无需缴费而缴": (0, "0.00"), "重复缴费": (0, "0.00"), "多缴": (0, "0.00"),
        "提前缴费": (0, "0.00"), "已缴清": (2, "760.00"), "少缴": (0, "0.00"), "未缴": (0, "0.00"),
        "财政代缴": (0, "0.00"), "财政代缴与应缴不符": (0, "0.00"),
    }  # fmt: skip
    assert answer["refunds"] == {"people": 0, "amount": "0.00"}
    assert answer["other_years"] == {"people": 1, "amount": "350.00"}
    assert answer["closing"] == [
        "税务部门的缴费共13行，其中计入本年度7行2560元；不计入：其他年度1行350元、凭证号重复3行1140元、"
        "金额无法使用1行、险种不能识别1行50元",
        "各状态实缴合计2560元，与计入本年度的缴费相符",
    ]
    book = openpyxl.load_workbook(tmp_path / "对账_2024年度.xlsx")
    strangers = [row for row in book["不在户籍库"].values if isinstance(row[0], int)]
    assert [(*row[3:5], row[7], row[14]) for row in strangers] == [
        ("李小", LI, 380, "户籍库中此号码登记的是另一姓名"),
        ("赵六", None, 350, "没有公民身份号码"),
        ("赵六", None, 500, "没有公民身份号码"),
        ("王五", NOBODY, 570, "缴费人不在户籍库中"),
    ]


def test_one_town(odd: Path, tmp_path: Path) -> None:
    """A file of its own in the town's folder, so that it does not take the place of the district's."""
    code, answer = run(odd, "reconcile", "--town", "峨山", "-o", tmp_path)
    assert (code, answer["files"]) == (0, [str(tmp_path / "峨山镇" / "对账_2024年度.xlsx")])
    amounts = {status: line["amount"] for status, line in answer["by_status"].items() if line["people"]}
    assert amounts == {"不在户籍库": "380.00", "已缴清": "380.00"}


PAID_HEAD = "| 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期 | 缴费渠道 | 凭证号 |"


def _with_a_veteran(at: Path, homes: str) -> None:
    folder = workspace(at)
    run(folder, "import-households", write_xlsx(at / "户籍.xlsx", f"{REGISTRY.strip()}\n{homes}"))
    run(folder, "import-roster", write_xlsx(at / "优抚.xlsx", VETERANS), "--category", "重点优抚对象")


def settled(
    at: Path, *tables: str, homes: str = ""
) -> tuple[dict[str, tuple[str, int, int]], list[tuple[object, ...]], dict[str, int]]:
    """These files of payments imported in a new workspace: name and scheme → status, due and paid in yuan; the rows of
    未计入的缴费 (name, amount, why); the findings."""
    folder = copied(at, _with_a_veteran, homes)
    for number, table in enumerate(tables):
        code, answer = run(folder, "import-payments", write_xlsx(at / f"{number}.xlsx", f"{PAID_HEAD}\n{table}"))
        assert code == 0, answer
    assert run(folder, "verify")[1]["ok"]
    code, answer = run(folder, "reconcile", "-o", at)
    assert code == 0
    book = openpyxl.load_workbook(at / "对账_2024年度.xlsx")
    apart = [(row[3], row[7], row[10]) for row in book["未计入的缴费"].values if isinstance(row[0], int)]
    with district(folder) as known:
        lines, findings = reconciliation_of(known).lines, known.payments.findings
    found = {
        f"{line.name} {line.scheme}" + ("" if line.status in OWN_STATUSES else " 代缴"): (
            line.status, line.due_fen // 100, line.paid_fen // 100
        )
        for line in lines.drop(columns="name").assign(who=lines["name"]).rename(columns={"who": "name"}).itertuples()
        if line.payments
    }  # fmt: skip
    return found, sorted(apart), findings["code"].value_counts().to_dict()


VETERANS = f"| 姓名 | 身份证号 |\n| 李二 | {LI} |"


def test_one_receipt_carries_several_people_and_both_schemes(tmp_path: Path) -> None:
    """Each line counts; only the same line with the same amount is a copy."""
    paid = f"""
        | 张一 | {ZHANG} | 医保 | 380 | 2023-11-01 | 银行 | X1 |
        | 张一 | {ZHANG} | 养老 | 500 | 2023-11-01 | 银行 | X1 |
        | 李二 | {LI}    | 养老 | 500 | 2023-11-02 | 银行 | X1 |
    """.strip()
    again = f"| 张一 | {ZHANG} | 医保 | 380 | 2023-11-01 | 银行 | X1 |"
    for name, tables in (("one", (paid, again)), ("two", (again, paid))):
        found, apart, codes = settled(tmp_path / name, *tables)
        assert {who: paid for who, (_, _, paid) in found.items()} == {
            "张一 medical": 380, "张一 pension": 500, "李二 pension": 500,
        }  # fmt: skip
        assert apart == [("张一", 380, "凭证号重复")]
        assert codes == {"D602": 1}


TWO_AMOUNTS = {("380", "400"): 380, ("410", "380"): 380, ("100", "200"): 100, ("-380", "-100"): -100}
"""六（二）: what was due (380) counts, else the smaller, of refunds that nearer to zero."""


def test_two_amounts_of_one_line(tmp_path: Path) -> None:
    """The other stands apart, whichever file came first, and also in one file."""
    who = [("王" + chr(0x4E00 + at), person("1980-01-01", 10 + at)) for at in range(len(TWO_AMOUNTS))]
    homes = "".join(f"| 阴平镇 | 东村 | {name} | {number} |\n" for name, number in who)
    one, two = (
        "".join(
            f"| {name} | {number} | 医保 | {amounts[file]} | 2023-11-01 | 银行 | X1 |\n"
            for (name, number), amounts in zip(who, TWO_AMOUNTS, strict=True)
        )
        for file in (0, 1)
    )
    others = [sum(map(int, amounts)) - counts for amounts, counts in TWO_AMOUNTS.items()]
    for name, tables in (("one", (one, two)), ("two", (two, one)), ("file", (one + two,))):
        found, apart, codes = settled(tmp_path / name, *tables, homes=homes)
        assert [found[f"{name} medical"][2] for name, _ in who] == list(TWO_AMOUNTS.values())
        expected = [(name, other, "凭证号重复，但金额不同") for (name, _), other in zip(who, others, strict=True)]
        assert apart == sorted(expected)
        assert codes == {"W209": 2 * len(who)}


def test_what_was_due_on_that_day(tmp_path: Path) -> None:
    """60 on 11-15: before it 380 was due, from it on 190."""
    who = person("1963-11-15", 1)
    registry = f"| 镇街 | 村居 | 姓名 | 公民身份号码 |\n| 阴平镇 | 东村 | 老王 | {who} |"
    for day, counts in (("2023-11-14", 380), ("2023-11-15", 190)):
        folder = workspace(tmp_path / day)
        run(folder, "import-households", write_xlsx(tmp_path / "老.xlsx", registry))
        rows = "\n".join(f"| 老王 | {who} | 医保 | {yuan} | {day} | 银行 | X1 |" for yuan in (190, 380))
        assert run(folder, "import-payments", write_xlsx(tmp_path / "缴.xlsx", f"{PAID_HEAD}\n{rows}"))[0] == 0
        with district(folder) as known:
            assert known.received["amount_fen"].tolist() == [counts * 100]
            assert reconciliation_of(known).lines["paid_fen"].tolist() == [counts * 100]


def test_receipts_that_excel_has_destroyed(tmp_path: Path) -> None:
    """No key: two of one file are two payments; a line of another file accounts for one of them."""
    destroyed = "\n".join(
        f"| {name} | {number} | 医保 | {yuan} | 2023-11-01 | 银行 | 2.43705E+19 |"
        for name, number, yuan in (("张一", ZHANG, 380), ("李二", LI, 100), ("李二", LI, 100))
    )
    whole = f"| 李二 | {LI} | 医保 | 100 | 2023-11-01 | 银行 | 24370523110100000001 |"
    for name, tables in (("one", (destroyed, whole)), ("two", (whole, destroyed))):
        found, apart, codes = settled(tmp_path / name, *tables)
        assert (found["张一 medical"][2], found["李二 medical"][2]) == (380, 200)
        assert apart == [("李二", 100, "凭证号重复")]
        assert codes == {"D602": 1, "W208": 2}


# ── what departments paid ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_department_paid(tmp_path: Path) -> None:
    """李二, 优抚: 区财政 owes 380 for him. 张一: nobody pays for her. Neither has paid, neither gets anything back."""
    paid = f"""
        | 李二 | {LI}    | 医保                       | 380 | 2023-11-01 | 财政代缴 | Z1 |
        | 张一 | {ZHANG} | 居民医疗保险费（财政补助） | 380 | 2023-11-01 |          | Z2 |
    """.strip()
    found, apart, _ = settled(tmp_path / "one", paid)
    assert found == {
        "李二 medical 代缴": ("财政代缴", 380, 380), "张一 medical 代缴": ("财政代缴与应缴不符", 0, 380),
    }  # fmt: skip
    assert apart == []
    folder = tmp_path / "one" / "workspace"
    answer = run(folder, "reconcile", "-o", tmp_path)[1]
    assert answer["refunds"] == {"people": 0, "amount": "0.00"}
    assert answer["by_status"]["未缴"] == {"people": 1, "due": "380.00", "amount": "0.00"}
    assert answer["closing"][-1] == "各状态实缴合计760元，与计入本年度的缴费相符"
    book = openpyxl.load_workbook(tmp_path / "对账_2024年度.xlsx")
    remarks = {
        row[3]: row[14]
        for status in ("财政代缴", "财政代缴与应缴不符")
        for row in book[status].values
        if isinstance(row[0], int)
    }
    assert remarks == {"李二": "区财政380元", "张一": "没有对应的出资方380元"}
    assert [row for row in book["代办员核对"].values if isinstance(row[0], int)] == []
    answer = run(folder, "progress", "-o", tmp_path, "--date", "2023-12-01")[1]
    assert {line["paid"] for line in answer["whole"]} == {"0.00"}
    assert answer["by_departments"] == {"payments": 2, "amount": "760.00"}
    refused(folder, "publicity-export", "--all", "-o", tmp_path, code=2, saying="还没有收到居民的缴费")


@pytest.mark.parametrize(
    ("channel", "department"),
    [
        ("区财政代缴（医疗救助）", True), ("财政补助资金", True), ("特殊人群集中缴费", True),
        ("财政代收点", False), ("财政所代收", False), ("特殊人群绿色窗口", False), ("非财政代缴", False),
    ],
)  # fmt: skip
def test_whose_money_a_channel_names(channel: str, department: bool) -> None:
    """A place where residents pay is no payer: 财政代收点 takes their own money."""
    assert by_department(pd.Series([channel])).tolist() == [department]


# ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────────

AGENTS = f"""
    | 姓名 | 身份证号 | 险种 | 缴费金额 | 代收日期   | 入库日期   | 缴费渠道 | 代办员 | 凭证号 |
    | 张一 | {ZHANG}  | 医保 | 180      | 2023-11-01 | 2023-11-08 | 委托代收 | 孙某   | S1     |
    | 张一 | {ZHANG}  | 医保 | 220      | 2023-11-01 | 2023-11-09 | 委托代收 | 孙某   |        |
    | 李二 | {LI}     | 医保 | 200      |            | 2023-11-09 | 代收     |        | S3     |
    | 李二 | {LI}     | 医保 | 180      |            | 2023-11-09 | 微信     |        | S4     |
    | 李二 | {LI}     | 养老 | 100      | 2023-11-01 | 2023-11-09 | 财政代缴 | 孙某   | S5     |
"""


def test_agents(tmp_path: Path) -> None:
    """7 days are in time, 8 are not; two parts of 400 together are 20 too much; the rest by WeChat is no fault."""
    folder = workspace(tmp_path)
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", REGISTRY))
    assert run(folder, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", AGENTS))[0] == 0
    code, answer = run(folder, "reconcile", "-o", tmp_path)
    assert code == 0
    figures = {"held": 1, "held_amount": "220.00", "overcharged": 1, "overcharged_amount": "20.00"}
    assert answer["agents"] == figures
    book = openpyxl.load_workbook(tmp_path / "对账_2024年度.xlsx")
    rows = [row for row in book["代办员核对"].values if isinstance(row[0], int)]
    assert [row[1:] for row in rows] == [
        ("峨山镇", "西村", "（未填代办员）", 1, 1, 200, 200, 0, 0, None, 0, 0, 0, 0),
        ("阴平镇", "东村", "孙某", 2, 1, 400, 180, 220, 2, 8, 1, 220, 1, 20),
    ]
    doubtful = [row for row in book["代办员疑点"].values if isinstance(row[0], int)]
    assert [(row[1], row[2], row[10]) for row in doubtful] == [
        ("超标准收费", "孙某", 180),
        ("超标准收费、滞留、没有凭证号", "孙某", 220),
    ]


def test_whoever_has_a_day_of_taking_paid_an_agent(tmp_path: Path) -> None:
    """A mistyped day of two years ago counts for no window in silence: the money was held until it came in."""
    table = f"""
    | 姓名 | 身份证号 | 险种 | 缴费金额 | 代收日期   | 入库日期   | 缴费渠道 | 凭证号 |
    | 张一 | {ZHANG}  | 医保 | 380      | 2021-12-18 | 2024-01-05 | 微信     | S1     |
    """
    folder = workspace(tmp_path)
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", REGISTRY))
    run(folder, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", table))
    assert run(folder, "reconcile", "-o", tmp_path)[1]["agents"]["held"] == 1
    book = openpyxl.load_workbook(tmp_path / "对账_2024年度.xlsx")
    assert [row[1:3] for row in book["代办员疑点"].values if isinstance(row[0], int)] == [("滞留", "（未填代办员）")]


def test_needs_the_rules(odd: Path, tmp_path: Path) -> None:
    """An older workspace's policy says nothing of reconciling: the command says what to add."""
    text = (odd / "policy.toml").read_text("utf-8")
    (odd / "policy.toml").write_text(text.partition("[reconciliation]")[0], "utf-8")
    code, answer = run(odd, "reconcile", "-o", tmp_path / "out")
    assert (code, answer["error"]["message"]) == (4, "工作区的政策没有 [reconciliation]，不能对账")
    assert not (tmp_path / "out").exists()


# ── the sample district ─────────────────────────────────────────────────────────────────────────────────────────────

SAMPLE = Path(__file__).parents[2] / "sample_data"
PLANTED = {
    "partial": "少缴", "overpaid": "多缴", "twice": "重复缴费", "early_60": "提前缴费", "early_70": "提前缴费",
    "not_due": "无需缴费而缴", "died_later": "无需缴费而缴", "split": "已缴清", "after_window": "已缴清",
    "in_january": "已缴清", "mistaken": "已缴清", "refund": "已缴清", "held_back": "已缴清", "E307": "已缴清",
    **dict.fromkeys(["E102", "E105", "E106", "E107", "E202", "E601"], "不在户籍库"),
}  # fmt: skip


def test_sample_has_every_status(sample: tuple[Path, dict[str, object]]) -> None:
    """Each planted payment comes to the status it was planted for, and the rest to 已缴清."""
    with (SAMPLE / "planted.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["file"] == "税务缴费明细.xlsx"]
    planted = {int(row["row"]): row["code"] or row["what"] for row in rows}
    with district(sample[0]) as known:
        found = reconciliation_of(known)
    status = found.lines["status"].to_numpy()
    seen = set()
    for row, line, why in found.payments[["row", "line", "left_out"]].itertuples(index=False, name=None):
        what = planted.get(row, "")
        if what in ("D602", "E306", "other_year"):
            assert why == {"D602": "凭证号重复", "E306": "金额无法使用", "other_year": "其他年度"}[what]
        else:
            assert status[line] == PLANTED.get(what, "已缴清"), (row, what)
            seen.add(status[line])
    assert seen | {"未缴"} == set(OWN_STATUSES)
    assert set(PLANTED) <= set(planted.values())


def test_funding_ties_to_the_charges(sample: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    """Every payer's total is that of the charges, and what is for the covered is a part of it."""
    code, answer = run(sample[0], "funding", "-o", tmp_path)
    assert (code, answer["files"]) == (0, [str(tmp_path / "资金需求_2024年度.xlsx")])
    with district(sample[0]) as known:
        charges = known.assessment.charges
    charges = charges[(charges["role"] != "personal").to_numpy()]
    due = charges.groupby(["payer", "scheme"])["amount_fen"].sum()
    said: dict[tuple[str, str], int] = {}
    for line in answer["by_payer"]:
        amount, covered = (int(line[name].replace(".", "")) for name in ("amount", "covered"))
        assert 0 <= covered <= amount
        assert 0 <= line["covered_people"] <= line["people"]
        said[line["payer"], line["scheme"]] = said.get((line["payer"], line["scheme"]), 0) + amount
    assert said == due.to_dict()
    assert {line["town"] for line in answer["by_payer"]} == set(known.policy.town_names)


@pytest.mark.parametrize("command", ["reconcile", "funding"])
def test_nothing_there(command: str, tmp_path: Path) -> None:
    """No workspace; a workspace without anybody; a folder that may not be written."""
    assert run(tmp_path, command)[0] == 6
    folder = workspace(tmp_path)
    code, answer = run(folder, command)
    assert (code, answer["error"]["message"]) == (2, "户籍库还是空的")
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", REGISTRY))
    (tmp_path / "file").write_text("", "utf-8")
    assert run(folder, command, "-o", tmp_path / "file")[0] != 0
    code, answer = run(folder, command)
    assert (code, Path(answer["files"][0]).parent) == (0, folder / "out")


def test_no_such_town(odd: Path) -> None:
    code, answer = run(odd, "reconcile", "--town", "阴坪镇")
    assert (code, answer["error"]["message"]) == (2, "没有“阴坪镇”这个镇（街道）")
