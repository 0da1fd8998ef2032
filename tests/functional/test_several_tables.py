"""Files with several tables in a sheet, under each other and side by side: their rows go back and come right."""

from pathlib import Path

import openpyxl
import pytest
from sheets import district, person, refused, run, workspace, write_xlsx

PEOPLE = {name: person("1970-01-01", number) for number, name in enumerate(("张一", "李二", "王三", "赵四"), 1)}
WRONG = {name: number[:16] + number[17] + number[16] for name, number in PEOPLE.items()}
NEW_ID = 14  # 更正公民身份号码

STACKED = f"""
    | 一、东坊村 | | | |
    | 序号 | 姓名 | 身份证号 | 村居 |
    | 1 | 张一 | {PEOPLE["张一"]} | 东坊村 |
    | 2 | 李二 | {WRONG["李二"]} | 东坊村 |
    | 二、梁湖村 | | | |
    | 序号 | 村居 | 姓名 | 身份证号 |
    | 1 | 梁湖村 | 王三 | {WRONG["王三"]} |
    | 2 | 梁湖村 | 赵四 | {PEOPLE["赵四"]} |
"""
BESIDE = f"""
    | 村居 | 姓名 | 身份证号 | 村居 | 姓名 | 身份证号 |
    | 东坊村 | 张一 | {WRONG["张一"]} | 梁湖村 | 王三 | {WRONG["王三"]} |
    | 东坊村 | 李二 | {PEOPLE["李二"]} | 梁湖村 | 赵四 | {PEOPLE["赵四"]} |
"""
SECTIONS = f"""
    | 序号 | 姓名 | 身份证号 |
    | 东坊村 | | |
    | 1 | 张一 | {WRONG["张一"]} |
    | 2 | 李二 | {PEOPLE["李二"]} |
    | 梁湖村 | | |
    | 1 | 王三 | {WRONG["王三"]} |
    | 2 | 赵四 | {PEOPLE["赵四"]} |
"""


@pytest.mark.parametrize("table", [STACKED, BESIDE, SECTIONS], ids=["stacked", "beside", "sections"])
def test_rows_that_came_back_are_right(tmp_path: Path, table: str) -> None:
    folder = workspace(tmp_path)
    villages = {"张一": "东坊村", "李二": "东坊村", "王三": "梁湖村", "赵四": "梁湖村"}
    households = [["阴平镇", villages[name], name, number] for name, number in PEOPLE.items()]
    run(
        folder,
        "import-households",
        write_xlsx(tmp_path / "户籍.xlsx", [["镇街", "村居", "姓名", "公民身份号码"], *households]),
    )
    code, answer = run(folder, "import-roster", write_xlsx(tmp_path / "低保.xlsx", table), "--category", "低保")
    assert (code, answer["rows"]["accepted"], answer["rows"]["rejected"]) == (0, 2, 2), answer

    code, answer = run(folder, "feedback-export", "-o", tmp_path / "out")
    assert code == 0, answer
    book = openpyxl.load_workbook(answer["files"][0])
    found = []
    for page in book.worksheets[1:]:
        for row in page.iter_rows(min_row=4):
            if row[4].value in WRONG:
                found.append(row[4].value)
                row[NEW_ID - 1].value = PEOPLE[row[4].value]
    assert len(found) == 2
    book.save(tmp_path / "填好.xlsx")
    code, answer = run(folder, "import-roster", tmp_path / "填好.xlsx")
    assert code == 0, answer
    assert {name: answer["feedback"][name] for name in ("corrected", "open", "missing", "problems")} == {
        "corrected": 2, "open": 0, "missing": 0, "problems": [],
    }  # fmt: skip
    code, answer = run(folder, "feedback-export", "-o", tmp_path / "again")
    assert (code, answer["people"]) == (0, 0), answer
    assert run(folder, "verify")[0] == 0


def test_the_workspace_keeps_what_stood_over_a_part(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    table = SECTIONS.replace("| 序号 |", "| 等次 |")
    code, answer = run(folder, "import-roster", write_xlsx(tmp_path / "低保.xlsx", table), "--category", "低保")
    assert code == 0, answer
    with district(folder) as known:
        kept = [(sheet.sheet, sheet.section, sheet.unused) for sheet in known.sheets(answer["batch"])]
    assert kept == [("Sheet1", "东坊村", ("等次",)), ("Sheet1", "梁湖村", ("等次",))]


PARTS = f"""
    | 困难群众花名册 | | |
    | 序号 | 姓名 | 身份证号 |
    | 一、低保对象 | | |
    | 1 | 张一 | {PEOPLE["张一"]} |
    | 二、特困人员 | | |
    | 1 | 王三 | {PEOPLE["王三"]} |
"""


def test_a_part_is_of_the_category_over_it(tmp_path: Path) -> None:
    """Of the two, only 张一 is 低保; who asks for 低保 all the same, and says that it is a roster of them, is told that
    王三 is written down as 特困."""
    folder = workspace(tmp_path)
    file = write_xlsx(tmp_path / "困难群众.xlsx", PARTS)
    run(folder, "import-roster", file)
    with district(folder) as known:
        facts = known.store.facts("roster_facts", ("name", "category"))
        assert dict(facts.itertuples(index=False, name=None)) == {"张一": "dibao", "王三": "tekun"}
    refused(folder, "import-roster", file, "--category", "低保对象", code=4, saying="特困人员.+--category 是低保对象")
    _, answer = run(folder, "import-roster", file, "--category", "低保对象", "--as", "roster")
    (notice,) = [each for each in answer["notices"] if each["code"] == "N303"]
    assert notice["text"].startswith("写的是特困人员，1行按 --category 指定的低保对象读入了")
