"""Cells as offices and systems write them: a name with a remark, a code before a word, radicals, guards, stamps."""

from pathlib import Path

import pytest
from shared import copied
from sheets import person, run, sheet, workspace, write_xlsx

ZHAO, SUN, ZHENG = person("1960-03-12"), person("1970-01-01"), person("1978-08-09")
LI = person("1972-09-22", sex="女")
HOUSEHOLDS = f"""
    | 镇街   | 村居   | 姓名   | 与户主关系 | 公民身份号码 |
    | 阴平镇 | 东坊村 | 赵大柱 | 户主       | {ZHAO}       |
    | 阴平镇 | 东坊村 | 孙福来 | 户主       | {SUN}        |
    | 阴平镇 | 东坊村 | 李秀兰 | 配偶       | {LI}         |
    | 阴平镇 | 东坊村 | 郑长河 | 户主       | {ZHENG}      |
"""
NUMBERS = {"赵大柱": ZHAO, "孙福来": SUN, "李秀兰": LI, "郑长河": ZHENG}


@pytest.fixture
def households(tmp_path: Path) -> Path:
    return copied(tmp_path, _with_households)


def _with_households(at: Path) -> None:
    code, answer = run(workspace(at), "import-households", write_xlsx(at / "户籍.xlsx", HOUSEHOLDS))
    assert (code, answer["rows"]["accepted"]) == (0, 4)


WRITTEN = """
    | 姓名                   | 是     | 性别   | 问题 |
    | 赵⼤柱                 | 赵大柱 | 1-男   |      |
    | 郑⻓河                 | 郑长河 | 01 男  |      |
    | 赵大柱（曾用名赵铁柱） | 赵大柱 | 1｜男性 |      |
    | 孙福来(户主)           | 孙福来 | 1、男  |      |
    | 李秀兰*                | 李秀兰 | 2-女   |      |
    | ="李秀兰"              | 李秀兰 | 2      |      |
    | 李秀兰                 | 李秀兰 | 1-男   | W110 |
    | 孙福来（已故）         | 孙福来 | 男     | W208 |
    | 孙福来（未死亡）       | 孙福来 | 男     |      |
    | 孙富来（户主）         | 孙福来 | 男     | E202 |
    | ＃N/A                  | 孙福来 | 男     | E101 |
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines()[1:])
def test_a_name_and_what_stands_around_it(households: Path, tmp_path: Path, line: str) -> None:
    written, name, sex, finding = sheet(line)[0]
    table = [["姓名", "性别", "身份证号"], [written, sex, NUMBERS[name]]]
    _, answer = run(households, "import-roster", write_xlsx(tmp_path / "低保.xlsx", table), "--category", "低保")
    assert answer["findings"] == ({finding: 1} if finding else {})
    assert answer["rows"]["accepted"] == (finding[:1] != "E")


def test_guards_and_errors_instead_of_an_id(households: Path, tmp_path: Path) -> None:
    lines = ["姓名,身份证号", f'赵大柱,"=""{ZHAO}"""', f"孙福来,'{SUN}'", "李秀兰,#REF!", "郑长河,#N/A"]
    (tmp_path / "低保.csv").write_text("\n".join(lines), "utf-8")
    _, answer = run(households, "import-roster", tmp_path / "低保.csv", "--category", "低保")
    assert (answer["rows"]["accepted"], answer["findings"]) == (2, {"E102": 2})


def test_codes_before_categories_and_towns(households: Path, tmp_path: Path) -> None:
    rows = f"""
        | 乡     | 姓名   | 身份证号 | 特殊人员身份类别 |
        | 07-阴平镇 | 赵大柱 | {ZHAO} | 01-低保对象 |
        | 07-阴平镇 | 孙福来 | {SUN}  | 02-特困人员 |
    """
    _, answer = run(households, "import-roster", write_xlsx(tmp_path / "困难群众.xlsx", rows))
    assert (answer["rows"]["accepted"], answer["findings"]) == (2, {})


def test_dates_as_systems_print_them(households: Path, tmp_path: Path) -> None:
    stamps = ["20231105101500", "2023-11-05T10:15:00+08:00", "2023年11月5日 10时15分", "2023/11/05 10:15:00.000"]
    head = ["姓名", "身份证号", "险种", "缴费金额", "缴费时间", "凭证号"]
    paid = [[name, NUMBERS[name], "医保", "380", stamp, name] for name, stamp in zip(NUMBERS, stamps, strict=True)]
    code, answer = run(households, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", [head, *paid]))
    assert (code, answer["rows"]["accepted"], answer["findings"]) == (0, 4, {})
