"""Fourteen people of one town: every figure of their 征收清册 and 公示 worked by hand from the plan.

桃村, four households (medical: standard / aid / personal; pension: tier / proxy / personal / subsidy / 计生)
  周家  周大  53 计生 800      380 / 0 / 380     800 / 0 / 800 / 80 / 300   1180    household 1910
        吴二  51 计生 350      380 / 0 / 380     350 / 0 / 350 / 30 / 300    730
  郑家  郑三  60 on 11-11      380 / 190 / 190   –                           190    household 570
        郑小  9                380 / 0 / 380     –                           380
  王家  王五  70               380 / 380 / 0     –                             0    household 0
        王六  dead             in no register
        =1+1  重残 100         380 / 380 / 0     100 / 100 / 0 / 30 / 0        0
  买家  买买提·艾力 65 +100    380 / 290 / 90    –                            90    household 90
  all: 7 people              2660 / 1240 / 1420  1250 / 100 / 1150 / 140 / 600  2570
梅村, two households
  冯家  冯七  脱贫 500         380 / 380 / 0     500 / 100 / 400 / 60 / 0    400    household 780
        冯八  学生 18          380 / 0 / 380     –                           380
  陈家  陈九  职工医保 8000    0                 8000 / 0 / 8000 / 80 / 0   8000    household 8730
        陈十  16 on 12-25      380 / 0 / 380     350 / 0 / 350 / 30 / 0      730
  all: 4 people              1140 / 380 / 760    8850 / 100 / 8750 / 170 / 0   9510
松村, one household
  褚家  褚一  常住非户籍 33    380 / 0 / 380     –                           380    household 380
        褚二  低保 not enrolled 380 / 380 / 0    100 / 100 / 0 / 30 / 0        0
  all: 2 people              760 / 380 / 380     100 / 100 / 0 / 30 / 0      380
阴平镇: 13 people, 7 households, 4560 / 2000 / 2560, 10200 / 300 / 9900 / 340 / 600, 12460

Paid by 12-20: 周大 1180, 吴二 380 of her 730, 郑三 190 (on his birthday), 郑小 380, 冯七 400, 冯八 380, 褚一 380.
Medical wholly paid by others: 桃村 王五 and =1+1, 梅村 冯七, 松村 褚二.

Progress, as of 12-25: liable, covered of them (settled or free), due, received
       medical                                         pension
  桃村  7, 6: all but 买买提, 1420, 1330                 3, 2: 周大 and =1+1 of them and 吴二, 1150, 800
  梅村  3, 2: 冯七, 冯八; not 陈十; 陈九 elsewhere, 760, 380  3, 1: 冯七; not 陈九, 陈十, 8750, 400
  松村  2, 2, 380, 380                                   1, 1: 褚二, 0, 0
"""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from golden import assert_golden, dump

from fcins.commands.feedback import feedback_export
from fcins.commands.gaps import write_gaps
from fcins.commands.importing import import_facts, import_households, import_roster
from fcins.commands.money import funding_needed, reconcile_payments
from fcins.commands.opening import Watcher
from fcins.commands.policies import SimulationResult, simulate_policy
from fcins.commands.progress import ProgressResult, write_progress
from fcins.commands.registers import build_register, publicity_export
from fcins.commands.rollover import roll_over
from fcins.commands.workspace import init
from fcins.identity import check_digit
from fcins.store.workspace import open_store

DATED = date(2023, 12, 25)

HOUSEHOLDS = """
    村居 | 户号 | 户主姓名 | 姓名 | 与户主关系 | 公民身份号码 | 户籍状态 | 户籍性质 | 家庭住址 | 联系电话
    桃村 | 001 | 周大 | 周大 | 户主 | 1970-05-05 1 | 正常 | 户籍 | 桃村1号 | 13800000001
    桃村 | 001 | 周大 | 吴二 | 妻 | 1972-06-06 2 | 正常 | 户籍 | 桃村1号 |
    桃村 | 002 | 郑三 | 郑小 | 孙女 | 2014-04-04 2 | 正常 | 户籍 | 桃村2号 |
    桃村 | 002 | 郑三 | 郑三 | 户主 | 1963-11-11 1 | 正常 | 户籍 | 桃村2号 |
    桃村 | 003 | 王五 | 王五 | 户主 | 1953-01-01 2 | 正常 | 户籍 | 桃村3号 |
    桃村 | 003 | 王五 | 王六 | 夫 | 1950-01-01 1 | 死亡 | 户籍 | 桃村3号 |
    桃村 | 003 | 王五 | =1+1 | 子 | 1980-02-02 1 | 正常 | 户籍 | 桃村3号 |
    桃村 | 004 | 买买提•艾力 | 买买提•艾力 | 户主 | 1958-03-03 1 | 正常 | 户籍 | 桃村4号 |
    梅村 | 001 | 冯七 | 冯七 | 户主 | 1985-07-07 1 | 正常 | 户籍 | 梅村1号 |
    梅村 | 001 | 冯七 | 冯八 | 子 | 2005-08-08 1 | 正常 | 户籍 | 梅村1号 |
    梅村 | 002 | 陈九 | 陈九 | 户主 | 1988-09-09 1 | 正常 | 户籍 | 梅村2号 |
    梅村 | 002 | 陈九 | 陈十 | 女 | 2007-12-25 2 | 正常 | 户籍 | 梅村2号 |
    松村 | 001 | 褚一 | 褚一 | 户主 | 1990-10-10 1 | 正常 | 常住非户籍 | 松村1号 |
    松村 | 001 | 褚一 | 褚二 | 弟 | 1992-12-12 1 | 正常 | 户籍 | 松村1号 |
"""

COUPLES = """
    女方姓名 | 女方身份证号 | 男方姓名 | 男方身份证号 | 家庭类别
    吴二 | 1972-06-06 2 | 周大 | 1970-05-05 1 | 双女绝育
"""

ROSTER = """
    姓名 | 身份证号 | 人员类别 | 残疾等级 | 资助单位 | 资助金额
    =1+1 | 1980-02-02 1 | 重残 | 一级 | |
    买买提·艾力 | 1958-03-03 1 | 集体资助 | | 桃村集体 | 100
    冯七 | 1985-07-07 1 | 脱贫户 | | |
    冯八 | 2005-08-08 1 | 学生 | | |
    陈九 | 1988-09-09 1 | 职工医保 | | |
    褚二 | 1992-12-12 1 | 低保 | | |
    王六 | 1950-01-01 1 | 低保 | | |
"""

ENROLMENT = """
    姓名 | 身份证号 | 缴费档次
    周大 | 1970-05-05 1 | 800
    吴二 | 1972-06-06 2 | 350
    =1+1 | 1980-02-02 1 | 100
    冯七 | 1985-07-07 1 | 500
    陈九 | 1988-09-09 1 | 8000
    陈十 | 2007-12-25 2 | 350
"""

PAYMENTS = """
    姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期 | 凭证号
    周大 | 1970-05-05 1 | 医保 | 380 | 2023-11-01 | A1
    周大 | 1970-05-05 1 | 养老 | 800 | 2023-11-02 | A2
    吴二 | 1972-06-06 2 | 医保 | 380 | 2023-11-01 | A3
    郑三 | 1963-11-11 1 | 医保 | 190 | 2023-11-11 | A4
    郑小 | 2014-04-04 2 | 医保 | 380 | 2023-11-12 | A5
    冯七 | 1985-07-07 1 | 养老 | 400 | 2023-12-01 | A6
    冯八 | 2005-08-08 1 | 医保 | 380 | 2023-12-01 | A7
    褚一 | 1990-10-10 1 | 医保 | 380 | 2023-12-20 | A8
"""


def citizen_id(text: str) -> str:
    """`1970-05-05 1` → that person's ID; other cells as they are."""
    if len(text) != 12 or text[4] + text[7] + text[10] != "-- ":
        return text
    first17 = "370499" + text[:10].replace("-", "") + "00" + text[11]
    return first17 + check_digit(first17)


def write(path: Path, table: str) -> Path:
    with xlsxwriter.Workbook(path) as book:
        paper = book.add_worksheet()
        for y, line in enumerate(table.strip().splitlines()):
            for x, cell in enumerate(line.split("|")):
                paper.write_string(y, x, citizen_id(cell.strip()))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all of it."""
    files = tmp_path_factory.mktemp("files")
    folder = tmp_path_factory.mktemp("tiny") / "ws"
    init(folder, "fengcheng-2024")
    households = [write(files / "阴平镇户籍.xlsx", HOUSEHOLDS)]
    rosters = [write(files / "计生奖扶家庭.xlsx", COUPLES), write(files / "各类人员.xlsx", ROSTER)]
    quiet = Watcher()
    import_households(folder, households, watcher=quiet)
    import_roster(folder, rosters, category=None, declared_total=None, town=None, watcher=quiet)
    import_facts(folder, [write(files / "参保登记.xlsx", ENROLMENT)], "enrolment", watcher=quiet)
    import_facts(folder, [write(files / "缴费.xlsx", PAYMENTS)], "payments", watcher=quiet)
    return folder


def register(folder: Path, out: Path) -> Path:
    built = build_register(folder, town="阴平", village=None, out=out, dated=DATED, watcher=Watcher())
    return built.files[0]


def notice(folder: Path, out: Path) -> Path:
    built = publicity_export(folder, town="阴平", out=out, dated=DATED, today=DATED, watcher=Watcher())
    return built.files[0]


def known_workspace(folder: Path) -> None:
    """The number that is invented for each workspace anew, and printed on what is to come back."""
    with open_store(folder) as store:
        store.run("UPDATE meta SET value = '0123ABCD' WHERE key = 'workspace'")


def by_heading(path: Path, sheet: str, heading_row: int) -> list[dict[str, object]]:
    """A sheet's rows by heading."""
    headings, *rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=heading_row, values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_register(folder: Path, tmp_path: Path) -> None:
    assert_golden(dump(register(folder, tmp_path)), Path(__file__).parent / "register.txt")


def test_notice(folder: Path, tmp_path: Path) -> None:
    assert_golden(dump(notice(folder, tmp_path)), Path(__file__).parent / "notice.txt")


def test_feedback(folder: Path, tmp_path: Path) -> None:
    """区民政局 handed in 褚二 and 王六, who is dead; the file's other rows are other departments'."""
    known_workspace(folder)
    made = feedback_export(folder, department="区民政局", town=None, out=tmp_path, dated=DATED, watcher=Watcher())
    assert_golden(dump(made.files[0]), Path(__file__).parent / "feedback.txt")


def test_gaps(folder: Path, tmp_path: Path) -> None:
    """Medical is not paid: 买买提 90, 陈十 (16 on 12-25), and 褚二 nothing. Pension is not: 吴二, 陈九, 陈十.

    周大, 郑三, 郑小, 冯七, 冯八, 褚一 have paid; 王五, =1+1 have nothing to pay; 褚二 is in hardship.
    """
    known_workspace(folder)
    made = write_gaps(folder, town="阴平", out=tmp_path, unpaid=False, dated=DATED, watcher=Watcher())
    assert made.by_reason == {"困难群体未登记": 1, "今年满16周岁": 1, "未缴费": 3}
    assert [(town.medical, town.pension) for town in made.towns] == [(2, 4)]
    assert_golden(dump(made.files[0]), Path(__file__).parent / "gaps.txt")


def test_totals(folder: Path, tmp_path: Path) -> None:
    """The totals worked in this file's head, as the 汇总 sheet has them."""
    summary = [[*row] for row in openpyxl.load_workbook(register(folder, tmp_path))["汇总"].values]
    assert [row[1:] for row in summary if row[1] in ("桃村", "梅村", "松村")] == [
        ["桃村", 4, 7, 2660, 1240, 1420, 1250, 100, 1150, 140, 600, 2570],
        ["梅村", 2, 4, 1140, 380, 760, 8850, 100, 8750, 170, 0, 9510],
        ["松村", 1, 2, 760, 380, 380, 100, 100, 0, 30, 0, 380],
    ]
    assert [row[2:] for row in summary if row[0] == "合计"] == [
        [7, 13, 4560, 2000, 2560, 10200, 300, 9900, 340, 600, 12460]
    ]


def test_budget(folder: Path, tmp_path: Path) -> None:
    """13 people, 12 of them insured: what each payer bears in fen."""
    built = build_register(folder, town=None, village=None, out=tmp_path, dated=DATED, watcher=Watcher())
    assert {(line.scheme, line.payer): line.amount_fen for line in built.by_payer} == {
        ("medical", "财政补助"): 12 * 640_00,
        ("medical", "医疗救助资金"): 2 * 380_00,
        ("medical", "区财政"): (380 + 380 + 190 + 190) * 100,
        ("medical", "桃村集体"): 100_00,
        ("medical", "个人"): 2560_00,
        ("pension", "政府代缴"): 300_00,
        ("pension", "政府补贴"): 340_00,
        ("pension", "计生缴费补贴"): 600_00,
        ("pension", "个人"): 9900_00,
    }


def test_same_bytes(folder: Path, tmp_path: Path) -> None:
    """The same data gives the same bytes."""
    for build in (register, notice):
        assert build(folder, tmp_path / "one").read_bytes() == build(folder, tmp_path / "two").read_bytes()


# ── under the policy of 2025: medical 400 for 380, 670 granted, everybody a year older ────────────────────────────────


def simulated(folder: Path, out: Path) -> SimulationResult:
    return simulate_policy(folder, "fengcheng-2025", out, DATED)


def test_simulated(folder: Path, tmp_path: Path) -> None:
    """周大, 吴二, 郑小, 冯八, 陈十, 褚一 pay 20 more, 郑三 and 买买提 (half of it) 10; 陈九 is not insured here.

    40 of the 60 more come from the district for the two of 70 and 重残, 20 for the two halves; 20 each for 冯七, 褚二.
    """
    result = simulated(folder, tmp_path)
    found = result.found
    assert found.total == {
        "people": 13, "affected": 12, "pays_less": 0, "pays_more": 8, "before_fen": 12460_00, "after_fen": 12600_00,
        "difference_fen": 140_00, "saved_fen": 0, "added_fen": 140_00,
    }  # fmt: skip
    assert {(line.scheme, line.payer): line.difference_fen for line in found.by_payer.itertuples()} == {
        ("medical", "财政补助"): 12 * 30_00,
        ("medical", "医疗救助资金"): 40_00,
        ("medical", "区财政"): 60_00,
        ("medical", "桃村集体"): 0,
        ("medical", "个人"): 140_00,
        ("pension", "政府代缴"): 0,
        ("pension", "政府补贴"): 0,
        ("pension", "计生缴费补贴"): 0,
        ("pension", "个人"): 0,
    }
    assert found.by_age[["age_band", "people", "pays_more", "difference_fen"]].to_numpy().tolist() == [
        ["0至15周岁", 1, 1, 20_00],
        ["16至59周岁", 9, 5, 100_00],
        ["60至69周岁", 2, 2, 20_00],
        ["70周岁及以上", 1, 0, 0],
    ]
    assert found.by_change.iloc[0].tolist() == [380_00, 400_00, 0, 0, 3]  # 郑小, 冯八, 褚一
    assert result.notes == []
    assert_golden(dump(result.files[0]), Path(__file__).parent / "simulated.txt")


def test_same_policy_changes_nothing(folder: Path) -> None:
    found = simulate_policy(folder, "fengcheng-2024").found
    assert (found.total["affected"], found.total["difference_fen"], len(found.by_change)) == (0, 0, 0)
    assert (found.by_payer["difference_fen"] == 0).all()


def test_turned(folder: Path, tmp_path: Path) -> None:
    """Carried: 重残, 脱贫, 低保 of the living and the couple; proposed: the six tiers chosen, of 16 to 59 next year."""
    result = roll_over(folder, tmp_path / "2025", "fengcheng-2025", DATED)
    carried = {each.category: each.carried for each in result.by_category if each.carried}
    assert carried == {"dibao": 1, "poverty": 1, "disability": 1, "family_planning": 2}
    assert result.proposed == 6
    assert_golden(dump(result.files[0]), Path(__file__).parent / "proposed.txt")


# ── the money ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reconciled(folder: Path, tmp_path: Path) -> None:
    """Paid as due: 周大 380 + 800, 吴二, 郑小, 冯八, 褚一 380 each, 郑三 190, 冯七 400 = 3290 of seven people.

    Not paid: 吴二 350, 买买提 90, 陈九 8000, 陈十 380 + 350 = 9170; together the 12460 due.
    """
    result = reconcile_payments(folder, town=None, out=tmp_path, dated=DATED, watcher=Watcher())
    by_status = {status: tuple(vars(sums).values()) for status, sums in result.by_status.items() if sums.people}
    assert by_status == {"已缴清": (7, 3290_00, 3290_00), "未缴": (4, 9170_00, 0)}
    assert vars(result.refunds) == {"people": 0, "amount_fen": 0}
    assert_golden(dump(result.files[0]), Path(__file__).parent / "reconciled.txt")


def test_funded(folder: Path, tmp_path: Path) -> None:
    """The budget of test_budget but for what people pay; covered: who is enrolled and owes nothing, or has paid it.

    Medical: not yet 买买提 (290 of others' money) and 陈十; pension: not yet 吴二 (30 + 300), 陈九 (80), 陈十 (30), nor
    褚二, for whom 政府代缴 pays (100 + 30) though he has not enrolled.
    """
    result = funding_needed(folder, out=tmp_path, dated=DATED, watcher=Watcher())
    figures = {(each.payer, each.scheme): tuple(vars(each).values())[2:] for each in result.payers}
    assert figures == {
        ("财政补助", "medical"): (12, 12 * 640_00, 10, 10 * 640_00),
        ("医疗救助资金", "medical"): (2, 760_00, 2, 760_00),
        ("区财政", "medical"): (4, 1140_00, 3, 950_00),
        ("桃村集体", "medical"): (1, 100_00, 0, 0),
        ("政府代缴", "pension"): (3, 300_00, 2, 200_00),
        ("政府补贴", "pension"): (7, 340_00, 3, 170_00),
        ("计生缴费补贴", "pension"): (2, 600_00, 1, 300_00),
    }
    assert [
        (line["payer"], line["category"], line["ground"], line["people"], line["amount_fen"], line["clause"])
        for line in result.by_payer.to_dict("records")
        if line["payer"] in ("区财政", "政府代缴", "政府补贴")
    ] == [
        ("区财政", "disability", "重度残疾人", 1, 380_00, "四（一）"),
        ("区财政", "", "满70周岁", 1, 380_00, "四（一）"),
        ("区财政", "", "60至69周岁", 2, 380_00, "四（一）"),
        ("政府代缴", "dibao", "低保对象", 1, 100_00, "四（一）"),
        ("政府代缴", "poverty", "享受政策脱贫人口", 1, 100_00, "四（一）"),
        ("政府代缴", "disability", "重度残疾人", 1, 100_00, "四（一）"),
        ("政府补贴", "", "100元档", 2, 60_00, "四（一）"),
        ("政府补贴", "", "350元档", 2, 60_00, "四（一）"),
        ("政府补贴", "", "500元档", 1, 60_00, "四（一）"),
        ("政府补贴", "", "800元档", 1, 80_00, "四（一）"),
        ("政府补贴", "", "8000元档", 1, 80_00, "四（一）"),
    ]
    assert_golden(dump(result.files[0]), Path(__file__).parent / "funded.txt")


# ── 缴费进度通报 ─────────────────────────────────────────────────────────────────────────────────────────────────────


def bulletin(folder: Path, out: Path, dated: date = DATED, town: str | None = None) -> ProgressResult:
    return write_progress(folder, town=town, last_year=None, out=out, dated=dated, watcher=Watcher())


def test_progress(folder: Path, tmp_path: Path) -> None:
    """The last bulletin was of 11-15: since then 冯七, 冯八 and 褚一 have paid. The villages are ranked by their rates:
    6 of 7, 2 of 3, 2 of 2; 2 of 3, 1 of 3, and of 松村 none: 褚二's 100 are paid for him, but he has not enrolled."""
    bulletin(folder, tmp_path, date(2023, 11, 15))
    found = bulletin(folder, tmp_path).bulletin.found
    figures = ["liable", "covered", "rate_bp", "rank", "due_fen", "received_fen", "more_covered", "more_received_fen"]
    assert found.villages[["village", "scheme", *figures]].to_numpy().tolist() == [
        ["桃村", "medical", 7, 6, 8571, 2, 1420_00, 1330_00, 0, 0],
        ["桃村", "pension", 3, 2, 6666, 1, 1150_00, 800_00, 0, 0],
        ["梅村", "medical", 3, 2, 6666, 3, 760_00, 380_00, 1, 380_00],
        ["梅村", "pension", 3, 1, 3333, 2, 8750_00, 400_00, 1, 400_00],
        ["松村", "medical", 2, 2, 10000, 1, 380_00, 380_00, 1, 380_00],
        ["松村", "pension", 1, 0, 0, 3, 0, 0, 0, 0],
    ]
    assert found.towns[["town", "scheme", *figures]].to_numpy().tolist() == [
        ["阴平镇", "medical", 12, 10, 8333, 1, 2560_00, 2090_00, 2, 760_00],
        ["阴平镇", "pension", 7, 3, 4285, 1, 9900_00, 1200_00, 1, 400_00],
    ]


def test_progress_documents(folder: Path, tmp_path: Path) -> None:
    """The town's own, so that the villages are ranked and drawn."""
    bulletin(folder, tmp_path, date(2023, 11, 15))
    workbook, page = bulletin(folder, tmp_path, town="阴平").files
    assert workbook.relative_to(tmp_path) == Path("阴平镇/缴费进度通报_2023-12-25.xlsx")
    assert_golden(dump(workbook), Path(__file__).parent / "progress.txt")
    assert_golden(page.read_text("utf-8"), Path(__file__).parent / "progress.html")


def test_progress_by_day_and_channel(folder: Path, tmp_path: Path) -> None:
    """周大 and 吴二 on 11-01, 周大 again on 11-02, 郑三, 郑小; 冯七 and 冯八 on 12-01; 褚一. No channel was told."""
    told = bulletin(folder, tmp_path).bulletin
    columns = ["day", "medical_payments", "medical_so_far_fen", "pension_payments", "pension_so_far_fen", "so_far_fen"]
    assert told.days[columns].to_numpy().tolist() == [
        ["2023-11-01", 2, 760_00, 0, 0, 760_00],
        ["2023-11-02", 0, 760_00, 1, 800_00, 1560_00],
        ["2023-11-11", 1, 950_00, 0, 800_00, 1750_00],
        ["2023-11-12", 1, 1330_00, 0, 800_00, 2130_00],
        ["2023-12-01", 1, 1710_00, 1, 1200_00, 2910_00],
        ["2023-12-20", 1, 2090_00, 0, 1200_00, 3290_00],
    ]
    assert told.channels.to_numpy().tolist() == [["", 6, 2090_00, 2, 1200_00, 3290_00]]
    assert told.pending == {"payments": 0, "amount_fen": 0}
