"""Rows that another row contradicts go to their sender beside the returned ones, and are open until answered."""

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from people import LI, QIAN, WANG
from shared import copied
from sheets import person, printed, run, write_xlsx

AMOUNT, ANSWER = 19, 15
"""Columns of the sheet: 资助金额, the last of the department's own; 处理结果."""

Sent = dict[str, list[dict[str, Any]]]


@pytest.fixture
def aided(village_once: Path, tmp_path: Path) -> Path:
    """东村集体 gives 李二 100 by one file, 150 by the other; 王一 has 100 in one only."""
    return copied(tmp_path, _aided, village_once)


def _aided(tmp_path: Path, village_once: Path) -> None:
    village = shutil.copytree(village_once, tmp_path / "workspace")
    first = f"""
    | 姓名 | 身份证号 | 资助单位 | 资助金额 |
    | 王一 | {WANG}   | 东村集体 | 100      |
    | 李二 | {LI}     | 东村集体 | 100      |
    """
    second = f"| 姓名 | 身份证号 | 资助单位 | 资助金额 |\n| 李二 | {LI} | 东村集体 | 150 |"
    for name, table in (("资助.xlsx", first), ("资助补.xlsx", second)):
        code, _ = run(village, "import-roster", write_xlsx(tmp_path / name, table), "--category", "集体资助")
        assert code == 0


def sent(folder: Path, out: Path, department: str = "镇街") -> tuple[Path, Sent, dict[str, Any]]:
    """The department's workbook, its sheets of contradicted rows by heading, and what --json says of it."""
    _, answer = run(folder, "feedback-export", "-o", out, "--department", department)
    (path,), (figures,) = answer["files"], answer["departments"]
    sheets = {}
    for page in openpyxl.load_workbook(path).worksheets:
        if page.title.startswith("不一致_"):
            headings = [cell.value for cell in page[3]][:ANSWER]
            rows = page.iter_rows(min_row=4, values_only=True)
            sheets[page.title] = [dict(zip(headings, row, strict=False)) for row in rows]
    return Path(path), sheets, figures


def filled(path: Path, *cells: tuple[str, int, object], name: str = "填好.xlsx") -> Path:
    """The workbook with cells of row 4 filled in: sheet, column, value."""
    book = openpyxl.load_workbook(path)
    for sheet, column, value in cells:
        book[sheet].cell(4, column).value = value
    book.save(path.with_name(name))
    return path.with_name(name)


def test_each_sender_sees_what_the_other_row_says(aided: Path, tmp_path: Path) -> None:
    """They are no returned rows: nothing is open, and the count that closes is as before. The smaller amount holds."""
    path, sheets, figures = sent(aided, tmp_path / "out")
    assert {sheet: [line["问题说明"] for line in lines] for sheet, lines in sheets.items()} == {
        "不一致_资助": ["资助金额：本行为100元，资助补.xlsx › Sheet1 第2行为150元；暂按100元"],
        "不一致_资助补": ["资助金额：本行为150元，资助.xlsx › Sheet1 第3行为100元；暂按100元"],
    }
    assert [(line["行号"], line["姓名"], line["问题代码"]) for line in sheets["不一致_资助"]] == [(3, "李二", "W209")]
    assert (figures["open"], figures["returned"], figures["accepted"], figures["differing"]) == (0, 0, 3, 2)
    page = openpyxl.load_workbook(path)["不一致_资助"]
    assert [cell.coordinate for cell in page[4] if cell.fill.fill_type] == ["S4"]
    notes = [row[0] for row in openpyxl.load_workbook(path)["汇总"].iter_rows(values_only=True)]
    assert "另有2行已经接受，但与其他行的说法不一致，见“不一致”各表，也请核实、答复。" in notes


def test_one_row_is_corrected_and_the_other_needs_no_answer(aided: Path, tmp_path: Path) -> None:
    path, _, _ = sent(aided, tmp_path / "out")
    _, answer = run(aided, "import-roster", filled(path, ("不一致_资助", AMOUNT, "150")))
    counts = answer["feedback"]
    assert (counts["returned"], counts["corrected"], counts["copies"], counts["differing"]) == (0, 0, 0, 1)
    assert (answer["rows"]["read"], counts["problems"]) == (1, [])
    assert sent(aided, tmp_path / "again")[1] == {}
    # The other row's line comes late and says nothing: nothing is wrong with it, though it is open no more.
    book = openpyxl.load_workbook(path)
    del book["不一致_资助"]
    book.save(tmp_path / "迟.xlsx")
    assert run(aided, "import-roster", tmp_path / "迟.xlsx")[1]["feedback"]["problems"] == []


def test_an_answer_closes_a_row_and_leaves_the_other_open(
    aided: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """其他: the row is right. Its amount still counts, and the other row is still asked about."""
    path, _, _ = sent(aided, tmp_path / "out")
    back = filled(path, ("不一致_资助补", ANSWER, "本行无误，其他"))
    code, out, _ = printed(capsys, "import-roster", back, "-w", aided)
    assert (code, "0 行退回，更正 0，已说明 0，未处理 0；另答复不一致的行 1" in out) == (0, True)
    _, sheets, figures = sent(aided, tmp_path / "again")
    assert (list(sheets), figures["differing"]) == (["不一致_资助"], 1)
    assert "第2行为150元" in sheets["不一致_资助"][0]["问题说明"]


def test_who_is_cancelled_contradicts_nobody(aided: Path, tmp_path: Path) -> None:
    path, _, _ = sent(aided, tmp_path / "out")
    _, answer = run(aided, "import-roster", filled(path, ("不一致_资助补", ANSWER, "取消资格")))
    assert answer["feedback"]["differing"] == 1
    assert sent(aided, tmp_path / "again")[1] == {}


def test_two_lists_of_the_police(village: Path, tmp_path: Path) -> None:
    """李二 is dead by the second list and lives elsewhere: she stays listed, in the town that the policy names first.

    钱六 died, and arrives after that: dead, and both changes are asked about. That he lived before is none of it.
    """
    more = f"| 镇街 | 村居 | 姓名 | 公民身份号码 | 户籍状态 |\n| 峨山镇 | 西村 | 李二 | {LI} | 死亡 |"
    changes = f"""
    | 姓名 | 公民身份号码 | 变动类型 | 变动日期   | 镇街   | 村居 |
    | 钱六 | {QIAN}       | 死亡     | 2023-11-02 | 峨山镇 | 东村 |
    | 钱六 | {QIAN}       | 迁入     | 2023-11-05 | 阴平镇 | 西村 |
    """
    for name, table in (("户籍补.xlsx", more), ("变动.xlsx", changes)):
        run(village, "import-households", write_xlsx(tmp_path / name, table))
    path, sheets, figures = sent(village, tmp_path / "out", "公安")
    assert {sheet: [line["问题说明"] for line in lines] for sheet, lines in sheets.items()} == {
        "不一致_户籍": [
            "户籍状态：本行为正常，户籍补.xlsx › Sheet1 第2行为死亡；暂按正常。"
            "镇街：本行为阴平镇，户籍补.xlsx › Sheet1 第2行为峨山镇；暂按峨山镇。"
            "村居：本行为东村，户籍补.xlsx › Sheet1 第2行为西村；暂按西村"
        ],
        "不一致_户籍补": [
            "户籍状态：本行为死亡，户籍.xlsx › Sheet1 第2行为正常；暂按正常。"
            "镇街：本行为峨山镇，户籍.xlsx › Sheet1 第2行为阴平镇；暂按峨山镇。"
            "村居：本行为西村，户籍.xlsx › Sheet1 第2行为东村；暂按西村"
        ],
        "不一致_变动": [
            "变动类型：本行为2023-11-02死亡，变动.xlsx › Sheet1 第3行为2023-11-05迁入；暂按死亡",
            "变动类型：本行为2023-11-05迁入，变动.xlsx › Sheet1 第2行为2023-11-02死亡；暂按死亡",
        ],
    }
    assert (figures["differing"], figures["open"]) == (4, 0)
    # The second list was wrong: corrected in its own cells, nothing of it is open any more.
    columns = [cell.value for cell in openpyxl.load_workbook(path)["不一致_户籍补"][3]]
    cells = {"镇街": "阴平镇", "村居": "东村", "户籍状态": "正常"}
    own = {name: ANSWER + columns[ANSWER:].index(name) + 1 for name in cells}
    back = filled(path, *(("不一致_户籍补", own[name], text) for name, text in cells.items()))
    assert run(village, "import-roster", back)[1]["feedback"]["differing"] == 1
    assert list(sent(village, tmp_path / "again", "公安")[1]) == ["不一致_变动"]


def test_two_amounts_of_one_receipt(village: Path, tmp_path: Path) -> None:
    """李二 owes 380 of her medical: of 380 and 190 on one receipt the 380 counts, whichever file came first."""
    for name, amount in (("缴费.xlsx", "190"), ("缴费补.xlsx", "380")):
        table = f"""
        | 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期   | 凭证号 |
        | 李二 | {LI}     | 医保 | {amount} | 2023-11-01 | A1     |
        """
        run(village, "import-payments", write_xlsx(tmp_path / name, table))
    _, sheets, _ = sent(village, tmp_path / "out", "区税务局")
    assert {sheet: [line["问题说明"] for line in lines] for sheet, lines in sheets.items()} == {
        "不一致_缴费": ["缴费金额：本行为190元，缴费补.xlsx › Sheet1 第2行为380元；暂按380元"],
        "不一致_缴费补": ["缴费金额：本行为380元，缴费.xlsx › Sheet1 第2行为190元；暂按380元"],
    }


def test_of_a_couple_each_spouse_has_a_line(village: Path, tmp_path: Path) -> None:
    """One list ends the couple's membership, another has it without a day: it has ended, and both lists are asked."""
    for name, end in (("计生.xlsx", ""), ("计生取消.xlsx", "2023-06-30")):
        table = f"""
        | 女方姓名 | 女方身份证号 | 男方姓名 | 男方身份证号 | 家庭类别 | 取消时间 |
        | 李二     | {LI}         | 王一     | {WANG}       | 独生子女 | {end}    |
        """
        run(village, "import-roster", write_xlsx(tmp_path / name, table), "--category", "计生奖扶家庭", "--force")
    _, sheets, figures = sent(village, tmp_path / "out", "区卫健局")
    assert [(line["姓名"], line["问题说明"]) for line in sheets["不一致_计生"]] == [
        ("李二", "女方：取消时间：本行为空，计生取消.xlsx › Sheet1 第2行为2023-06-30；暂按已取消"),
        ("王一", "男方：取消时间：本行为空，计生取消.xlsx › Sheet1 第2行为2023-06-30；暂按已取消"),
    ]
    assert figures["differing"] == 2


def test_it_is_said_wherever_open_work_is(aided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(aided, "status")[1]["differing"] == 2
    assert "另有 2行已接受，但与其他行的说法不一致" in printed(capsys, "status", "-w", aided)[1]
    assert run(aided, "today")[1]["open"] == [
        {"department": "镇街", "rows": 0, "findings": {}, "differing": 2, "totals_off": []}
    ]


def test_the_register_says_it_too(aided: Path, tmp_path: Path) -> None:
    _, answer = run(aided, "build-register", "--town", "阴平", "-o", tmp_path / "out")
    hints = openpyxl.load_workbook(answer["files"][0])["核查提示"]
    texts = [str(cell.value) for row in hints.iter_rows() for cell in row]
    assert "资助金额：本行为100元，资助补.xlsx › Sheet1 第2行为150元；暂按100元" in texts


def test_who_is_listed_twice_is_counted_once(village: Path, tmp_path: Path) -> None:
    """Two rows of 李二 are accepted, and asked about; the households know one person more, and nobody twice."""

    def registered() -> tuple[int, int]:
        answer = run(village, "status")[1]
        (people,) = [line["people"] for line in answer["departments"] if line["kind"] == "households"]
        return people, answer["people"]

    before = registered()
    baby = person("2023-11-20")
    rows = f"""
    | 姓名 | 公民身份号码 | 镇街   | 村居 | 户籍状态 |
    | 李二 | {LI}         | 峨山镇 | 西村 | 死亡     |
    | 王小 | {baby}       | 阴平镇 | 东村 | 正常     |
    """
    answer = run(village, "import-households", write_xlsx(tmp_path / "户籍补.xlsx", rows))[1]
    assert (answer["rows"]["accepted"], answer["findings"]) == (2, {"W209": 1})
    assert registered() == (before[0] + 1, before[1] + 1)
    # The row is answered, then a death with its day settles it: still one person, whichever row was right.
    path, sheets, _ = sent(village, tmp_path / "out", "区公安分局")
    (sheet,) = [name for name in sheets if "户籍补" in name]
    answered = filled(path, (sheet, ANSWER, "其他"))
    code, answer = run(village, "import-roster", answered)
    assert code == 0, answer
    assert registered() == (before[0] + 1, before[1] + 1)
    rows = f"| 姓名 | 公民身份号码 | 变动类型 | 变动日期 |\n| 李二 | {LI} | 死亡 | 2023-11-25 |"
    assert run(village, "import-households", write_xlsx(tmp_path / "变动.xlsx", rows))[0] == 0
    assert "W209" not in run(village, "status")[1]["findings"]
    assert registered() == (before[0] + 1, before[1] + 1)
    # Nobody waits for a birthday to pay for somebody just born.
    assert run(village, "today", "--date", "2023-11-20")[1]["payable"] == []
