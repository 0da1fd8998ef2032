"""缴费进度通报 as commands write it: what it counts by which day, last year, what it must not hold."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from shared import copied
from sheets import person, printed, refused, run, workspace, write_xlsx

from fcins.store.workspace import open_store

WANG, LI, ZHAO = person("1980-01-01"), person("1982-02-02", 1, "女"), person("1950-03-03")
QIAN, SUN = person("1961-07-07"), person("1990-09-09")


def pay(folder: Path, file: str, rows: str) -> None:
    table = f"| 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期 | 凭证号 | 缴费渠道 |\n{rows}"
    code, answer = run(folder, "import-payments", write_xlsx(folder.parent / file, table))
    assert code == 0, answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two towns, medical only: 王一, 李二 and 赵三 (73, free) of 阴平镇, 钱六 (62, half) and 孙七 of 峨山镇.

    孙七 paid 350 on 11-01, 200 on 11-20 and 180 on 11-30; 钱六 190 on 11-09; 王一 380 on 11-10 and got it back on
    12-02.
    """
    return copied(tmp_path, _two_towns)


def _two_towns(at: Path) -> None:
    folder = workspace(at)
    households = f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 阴平镇 | 东村 | 王一 | {WANG}       |
        | 阴平镇 | 东村 | 李二 | {LI}         |
        | 阴平镇 | 西村 | 赵三 | {ZHAO}       |
        | 峨山镇 | 东村 | 钱六 | {QIAN}       |
        | 峨山镇 | 东村 | 孙七 | {SUN}        |
    """
    assert run(folder, "import-households", write_xlsx(at / "户籍.xlsx", households))[0] == 0
    pay(
        folder,
        "缴费.xlsx",
        f"""| 王一 | {WANG} | 医保 | 380 | 2023-11-10 | A1 | 微信 |
        | 钱六 | {QIAN} | 医保 | 190 | 2023-11-09 | A2 | 委托代收 |
        | 孙七 | {SUN} | 医保 | 200 | 2023-11-20 | A3 | 委托代收 |
        | 孙七 | {SUN} | 医保 | 180 | 2023-11-30 | A4 | 委托代收 |
        | 王一 | {WANG} | 医保 | -380 | 2023-12-02 | A1 | 微信 |
        | 外人 | {person("1970-01-01")} | 医保 | 380 | 2023-11-01 | A6 | |
        | 孙七 | {SUN} | 医保 | 350 | 2023-11-01 | A7 | |""",
    )


def bulletin(folder: Path, *words: object) -> dict[str, Any]:
    code, answer = run(folder, "progress", *words)
    assert code == 0, answer
    return answer


def rates(answer: dict[str, Any], name: str = "towns", scheme: str = "medical") -> list[tuple[Any, ...]]:
    """place, liable, covered, rate, due, paid of a scheme."""
    return [
        (line["village"] if name == "villages" else line.get("town", ""), line["liable"], line["covered"],
         line["rate"], line["due"], line["paid"])
        for line in answer[name] if line["scheme"] == scheme
    ]  # fmt: skip


def test_counts_the_payments_of_its_day(folder: Path) -> None:
    """Two owe 570 in 峨山镇 (one half), two 760 in 阴平镇; there 赵三 is covered from the beginning."""
    by_day = {day: rates(bulletin(folder, "--date", day)) for day in ("2023-10-31", "2023-11-20", "2023-12-25")}
    assert by_day["2023-10-31"] == [
        ("峨山镇", 2, 0, 0.0, "570.00", "0.00"),
        ("阴平镇", 3, 1, 0.3333, "760.00", "0.00"),
    ]
    assert by_day["2023-11-20"] == [
        ("峨山镇", 2, 2, 1.0, "570.00", "740.00"),
        ("阴平镇", 3, 2, 0.6666, "760.00", "380.00"),
    ]
    assert by_day["2023-12-25"] == [  # 王一 got his money back
        ("峨山镇", 2, 2, 1.0, "570.00", "920.00"),
        ("阴平镇", 3, 1, 0.3333, "760.00", "0.00"),
    ]


def test_whole_answer(folder: Path) -> None:
    answer = bulletin(folder, "--date", "2023-11-25")
    assert list(answer) == [
        "command", "date", "previous", "files", "towns", "villages", "whole", "channels", "days", "pending",
        "by_departments", "gaps",
    ]  # fmt: skip
    assert (answer["command"], answer["date"], answer["previous"]) == ("progress", "2023-11-25", None)
    assert answer["towns"][0] == {
        "town": "峨山镇", "scheme": "medical", "liable": 2, "covered": 2, "due": "570.00", "paid": "740.00",
        "rate": 1.0, "rank": 1, "more_covered": None, "more_paid": None, "last_year_rate": None, "change": None,
    }  # fmt: skip
    assert rates(answer, "whole") == [("", 5, 4, 0.8, "1330.00", "1120.00")]
    assert [(line["channel"], line["medical_payments"], line["amount"]) for line in answer["channels"]] == [
        ("委托代收", 2, "390.00"),
        ("微信", 1, "380.00"),
        ("", 1, "350.00"),
    ]
    assert [(line["day"], line["medical"], line["so_far"]) for line in answer["days"]] == [
        ("2023-11-01", "350.00", "350.00"),
        ("2023-11-09", "190.00", "540.00"),
        ("2023-11-10", "380.00", "920.00"),
        ("2023-11-20", "200.00", "1120.00"),
    ]
    assert answer["pending"] == {"payments": 1, "amount": "380.00"}


def test_since_the_last_bulletin(folder: Path) -> None:
    """What the last one could not know counts as new, also where it was paid before; nothing else moves it."""
    bulletin(folder, "--date", "2023-11-15")
    pay(folder, "补.xlsx", f"| 李二 | {LI} | 医保 | 380 | 2023-11-14 | B1 | |")
    first = bulletin(folder, "--date", "2023-11-22")
    assert first["previous"] == "2023-11-15"
    more = [(line["town"], line["more_covered"], line["more_paid"]) for line in first["towns"]]
    assert more[::2] == [("峨山镇", 1, "200.00"), ("阴平镇", 1, "380.00")]
    again = [Path(path).read_bytes() for path in first["files"]]
    bulletin(folder, "--date", "2023-12-25")
    assert [Path(path).read_bytes() for path in bulletin(folder, "--date", "2023-11-22")["files"]] == again


def test_since_a_day(folder: Path) -> None:
    """Of a bulletin as it was; of a day without one, by the payments' own days."""
    bulletin(folder, "--date", "2023-11-15")
    pay(folder, "补.xlsx", f"| 李二 | {LI} | 医保 | 380 | 2023-11-14 | B1 | |")
    bulletin(folder, "--date", "2023-11-20")
    more = {
        since: bulletin(folder, "--date", "2023-11-25", "--since", since)["whole"][0]["more_paid"]
        for since in ("2023-11-15", "2023-11-14")
    }
    assert more == {"2023-11-15": "580.00", "2023-11-14": "200.00"}
    refused(folder, "progress", "--date", "2023-11-25", "--since", "2023-11-25", code=2, saying="不早于")
    assert run(folder, "progress", "--since", "上周")[1]["error"]["hint"] == "例：--since 2023-12-25"


def test_a_town_has_its_own_last_bulletin(folder: Path) -> None:
    bulletin(folder, "--date", "2023-11-09")
    bulletin(folder, "--date", "2023-11-19", "--town", "峨山")
    own, whole = (bulletin(folder, "--date", "2023-11-25", "--town", town) for town in ("峨山镇", "阴平镇"))
    assert (own["previous"], whole["previous"]) == ("2023-11-19", "2023-11-09")
    assert bulletin(folder, "--date", "2023-11-25")["previous"] == "2023-11-09"
    assert [Path(path).parent.name for path in own["files"]] == ["峨山镇"] * 2
    assert {line["town"] for line in own["villages"] + own["towns"]} == {"峨山镇"}
    assert (whole["towns"][0]["rank"], [line["channel"] for line in whole["channels"]]) == (2, ["微信"])


def test_what_was_corrected_is_counted_and_what_was_settled_still_waits(folder: Path, tmp_path: Path) -> None:
    """李二's 380 came under an ID with a slip: corrected it counts once. The stranger's 380 stays received."""
    pay(folder, "补.xlsx", f"| 李二 | {LI[:16] + LI[17] + LI[16]} | 医保 | 380 | 2023-11-14 | B1 | |")
    assert bulletin(folder, "--date", "2023-12-25")["pending"] == {"payments": 2, "amount": "760.00"}
    _, answer = run(folder, "feedback-export", "--department", "区税务局", "-o", tmp_path / "out")
    book = openpyxl.load_workbook(answer["files"][0])
    for page in book.worksheets:
        for row in page.iter_rows(min_row=4) if page["D3"].value == "行号" else ():
            cells = dict(zip((cell.value for cell in page[3]), row, strict=True))
            if cells["姓名"].value == "李二":
                cells["更正公民身份号码"].value = LI
            elif cells["姓名"].value == "外人":
                cells["处理结果"].value = "其他"
    book.save(tmp_path / "填好.xlsx")
    assert run(folder, "import-roster", tmp_path / "填好.xlsx")[0] == 0
    answer = bulletin(folder, "--date", "2023-12-25")
    assert answer["pending"] == {"payments": 1, "amount": "380.00"}
    assert rates(answer)[1] == ("阴平镇", 3, 2, 0.6666, "760.00", "380.00")


# ── last year ───────────────────────────────────────────────────────────────────────────────────────────────────────


def last_rates(answer: dict[str, Any]) -> dict[str, Any]:
    """place → last year's medical rate."""
    lines = [line for line in answer["towns"] + answer["villages"] + answer["whole"] if line["scheme"] == "medical"]
    return {line.get("town", "") + line.get("village", ""): line["last_year_rate"] for line in lines}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            """
            | 镇街 | 险种 | 应参保人数 | 已参保缴费人数 |
            | 阴平 | 医保 | 4 | 3 |
            | 峨山镇 | 居民医保 | 2 | 1 |
            | 合计 | | 6 | 4 |
            """,
            {"阴平镇": 0.75, "峨山镇": 0.5, "": 0.6666, "阴平镇东村": None, "阴平镇西村": None, "峨山镇东村": None},
        ),
        (
            """
            | 镇（街道） | 村（居） | 险种 | 应参保人数 | 参保缴费人数 |
            | 阴平镇 | 东村 | 医保 | 3 | 1 |
            |        | 西村 | 医保 | 1 | 1 |
            | 峨山镇 | 东村 | 医保 | 6 | 6 |
            """,
            {"阴平镇": 0.5, "峨山镇": 1.0, "": 0.8, "阴平镇东村": 0.3333, "阴平镇西村": 1.0, "峨山镇东村": 1.0},
        ),
        (
            """
            | 镇街 | 险种 | 参保率（%） |
            | 阴平镇 | 医疗 | 91.256 |
            | 峨山镇 | 医疗 | 0.9 |
            """,
            {"阴平镇": 0.9125, "峨山镇": 0.9, "": None, "阴平镇东村": None, "阴平镇西村": None, "峨山镇东村": None},
        ),
    ],
    ids=["people", "villages", "rates"],
)
def test_last_year(folder: Path, tmp_path: Path, table: str, expected: dict[str, Any]) -> None:
    file = write_xlsx(tmp_path / "上年.xlsx", table)
    assert last_rates(bulletin(folder, "--last-year", file, "--date", "2023-12-25")) == expected


def test_a_bulletin_is_a_table_of_last_year(folder: Path) -> None:
    answer = bulletin(folder, "--date", "2023-11-25")
    (workbook, *_) = answer["files"]
    again = bulletin(folder, "--date", "2023-12-25", "--last-year", workbook)
    assert last_rates(again) == {"阴平镇": 0.6666, "峨山镇": 1.0, "": 0.8, "阴平镇东村": 0.5, "阴平镇西村": 1.0,
                                 "峨山镇东村": 1.0}  # fmt: skip
    assert [line["change"] for line in again["whole"]] == [-0.2, 0.0]


def test_rollover_brings_last_year(folder: Path, tmp_path: Path) -> None:
    """At the end of 2023: 钱六, 孙七 and, for free, 赵三."""
    assert run(folder, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")[0] == 0
    answer = bulletin(tmp_path / "2025", "--date", "2024-10-10")
    assert last_rates(answer) == {"阴平镇": 0.3333, "峨山镇": 1.0, "": 0.6, "阴平镇东村": 0.0, "阴平镇西村": 1.0,
                                  "峨山镇东村": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("| 镇街 | 险种 | 参保率 |\n| 银平镇 | 医保 | 90% |", "第2行：没有“银平镇”"),
        ("| 镇街 | 参保率 |\n| 阴平镇 | 90% |", "看不出是医保还是养老"),
        ("| 镇街 | 险种 | 参保率 |\n| 阴平镇 | 医保 | 九成 |", "“九成”不是参保缴费率"),
        ("| 镇街 | 险种 | 参保率 |\n| 阴平镇 | 医保 | 190% |", "不在0到100%之间"),
        ("| 镇街 | 险种 | 应参保人数 | 参保人数 |\n| 阴平镇 | 医保 | 3.5 | 2 |", "“3.5”不是人数"),
        ("| 镇街 | 姓名 |\n| 阴平镇 | 王一 |", "缺少"),
    ],
)
def test_last_year_that_cannot_be_read(folder: Path, tmp_path: Path, table: str, told: str) -> None:
    code, answer = run(folder, "progress", "--last-year", write_xlsx(tmp_path / "上年.xlsx", table))
    assert code == 4
    assert told in answer["error"]["message"]


# ── the whole sample district ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def of_sample(sample: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    # A bulletin is kept for the next one: the workspace that all tests share must not have it.
    folder = Path(shutil.copytree(sample[0], tmp_path_factory.mktemp("of_sample") / "workspace"))
    return bulletin(folder, "-o", tmp_path_factory.mktemp("out"), "--date", "2023-12-31")


def test_villages_are_the_towns_are_the_district(of_sample: dict[str, Any]) -> None:
    def total(name: str, scheme: str) -> list[int]:
        lines = [line for line in of_sample[name] if line["scheme"] == scheme]
        return [
            sum(round(float(line[figure]) * 100) for line in lines) for figure in ("liable", "covered", "due", "paid")
        ]

    for scheme in ("medical", "pension"):
        assert total("villages", scheme) == total("towns", scheme) == total("whole", scheme)
        assert total("whole", scheme)[0] > 0
        paid = total("whole", scheme)[3]
        assert paid == sum(round(float(line[scheme]) * 100) for line in of_sample["channels"])
        assert paid == sum(round(float(line[scheme]) * 100) for line in of_sample["days"])


def test_nobody_is_in_it(sample: tuple[Path, dict[str, Any]], of_sample: dict[str, Any]) -> None:
    """No ID, whole or masked, no name of more than two characters, no phone, no address, in any part of either file."""
    with open_store(sample[0]) as store:
        facts = store.facts("household_facts", ["name", "address", "phone"])
    private = {text for column in facts for text in facts[column].unique() if len(text) > 2}
    workbook, page = (Path(path) for path in of_sample["files"])
    with zipfile.ZipFile(workbook) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist()]
    for text in (*parts, page.read_text("utf-8")):
        assert not re.search(r"\d{6}(\d{11}|\*+)[\dX]", text)
        assert {each for each in private if each in text} == set()


def test_page_asks_nothing_of_anybody(of_sample: dict[str, Any]) -> None:
    text = Path(of_sample["files"][1]).read_text("utf-8")
    assert not re.search(r"https?:|//|src=|href=|url\(|@import|<script|<link|<iframe|<img", text)
    assert "default-src 'none'" in text
    assert 'content="width=device-width' in text


def test_names_are_text_in_the_page(tmp_path: Path) -> None:
    """A village called like markup stays a name, in the table, in the drawing and in the workbook."""
    folder = workspace(tmp_path)
    rows = f"| 镇街 | 村居 | 姓名 | 公民身份号码 |\n| 阴平镇 | <b>&东村 | 王一 | {WANG} |"
    assert run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", rows))[0] == 0
    workbook, page = (Path(path) for path in bulletin(folder, "--town", "阴平")["files"])
    assert (
        page.read_text("utf-8").count("&lt;b&gt;&amp;东村") == 7
    )  # twice ranked and drawn each, twice with amounts, once with gaps
    assert "<b>" not in page.read_text("utf-8")
    assert openpyxl.load_workbook(workbook)["居民医保"]["B4"].value == "<b>&东村"


def test_nothing_imported(tmp_path: Path) -> None:
    code, answer = run(workspace(tmp_path), "progress")
    assert (code, answer["error"]["message"]) == (2, "户籍库还是空的")


def test_terminal_table(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("progress", "-w", folder, "--date", "2023-11-25")
    code, out, _ = printed(capsys, *words)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "峰城区2024年度城乡居民两险缴费进度通报　截至2023-11-25"
    assert [line.split() for line in lines[3:6]] == [
        ["医保", "1", "峨山镇", "2", "2", "100.00%", "570.00", "740.00"],
        ["医保", "2", "阴平镇", "3", "2", "66.66%", "760.00", "380.00"],
        ["医保", "合计", "5", "4", "80.00%", "1330.00", "1120.00"],
    ]
    assert "另有1笔缴费共380元未通过核查，待对账，没有计入。" in lines
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = printed(capsys, *words)
    assert code == 0
    bars = re.findall("█+", out)
    assert [len(bar) for bar in bars] == [20, 13, 16]  # of 20: all, 66.66 %, 80 %; nobody paid any pension


def test_causes_are_counted(village: Path, tmp_path: Path) -> None:
    """On 12-20, the window's last day, nobody has paid: 5 people owe medical (赵五 is 73), 2 of them of age for pension
    are not enrolled. 钱六's family has said why."""
    roster = write_xlsx(
        tmp_path / "在校学生.xlsx", f"| 姓名 | 身份证号 | 未参保原因 |\n| 钱六 | {QIAN} | 本人自愿放弃 |"
    )
    assert run(village, "import-roster", roster, "--category", "在校学生")[0] == 0
    answer = bulletin(village, "--date", "2023-12-20")
    told = [(line["place"], line["scheme"], line["gaps"], line["with_cause"]) for line in answer["gaps"]]
    assert told == [("峨山镇", "medical", 1, 1), ("阴平镇", "medical", 4, 0), ("阴平镇", "pension", 2, 0)]
    assert answer["gaps"][0]["自愿放弃"] == 1
    before = bulletin(village, "--date", "2023-12-19")["gaps"]  # who is not enrolled; none has to have paid yet
    assert [(line["place"], line["scheme"], line["gaps"]) for line in before] == [("阴平镇", "pension", 2)]
