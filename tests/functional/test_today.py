"""The morning list: who may pay from today, what ends, what came in, what is open; silence on a day without news."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sheets import person, printed, run, workspace, write_xlsx

WANG = person("1980-01-01")
SIXTY, SETTLED, SIXTEEN, SEVENTY = (
    person("1963-11-20"), person("1963-11-20", 2), person("2007-11-20"), person("1953-11-20")
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On 2023-11-20 李二 is 60 (190 from then on), 赵三 too but paid, 钱六 16 (enrolled for 350), 孙七 70 (free).

    王一 pays 380 in two parts, on 11-19 and 12-21. One row of 低保 goes back, and its stamped 2 are not accepted.
    """
    at = tmp_path_factory.mktemp("today")
    folder = workspace(at)
    files = {
        "户籍.xlsx": (
            "import-households",
            f"""
            | 镇街   | 村居 | 组  | 姓名 | 公民身份号码 |
            | 阴平镇 | 东村 | 1组 | 王一 | {WANG}       |
            | 阴平镇 | 东村 | 1组 | 李二 | {SIXTY}      |
            | 阴平镇 | 东村 | 2组 | 赵三 | {SETTLED}    |
            | 峨山镇 | 西村 |     | 钱六 | {SIXTEEN}    |
            | 阴平镇 | 西村 |     | 孙七 | {SEVENTY}    |
            """,
        ),
        "登记.xlsx": ("import-enrolment", f"| 姓名 | 身份证号 | 缴费档次 |\n| 钱六 | {SIXTEEN} | 350 |"),
        "缴费.xlsx": (
            "import-payments",
            f"""
            | 姓名 | 身份证号  | 险种 | 缴费金额 | 缴费日期   | 凭证号 |
            | 赵三 | {SETTLED} | 医保 | 190      | 2023-11-18 | A1     |
            | 王一 | {WANG}    | 医保 | 200      | 2023-11-19 | A2     |
            | 王一 | {WANG}    | 医保 | 180      | 2023-12-21 | A3     |
            """,
        ),
        "低保.xlsx": (
            "import-roster",
            f"| 姓名 | 身份证号 |\n| 外人 | {person('1970-01-01')} |",
        ),
    }
    for name, (command, table) in files.items():
        options = ["--declared-total", "2"] if command == "import-roster" else []
        assert run(folder, command, write_xlsx(at / name, table), *options)[0] == 0
    return folder


def today(folder: Path, day: str) -> dict[str, Any]:
    code, answer = run(folder, "today", "--date", day)
    assert code == 0, answer
    return answer


def listed(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code, out, err = printed(capsys, "today", "-w", folder, *words)
    assert (code, err) == (0, "")
    return out


def test_whole_answer(folder: Path) -> None:
    answer = today(folder, "2023-11-20")
    assert list(answer) == ["command", "date", "payable", "dates", "missing", "owing", "received", "files", "open"]
    assert (answer["command"], answer["date"], answer["dates"], answer["files"]) == ("today", "2023-11-20", [], [])
    masked = [f"370499{'*' * 11}{each[-1]}" for each in (SIXTY, SIXTEEN)]
    assert answer["payable"] == [
        {"town": "阴平镇", "village": "东村", "group": "1组", "name": "李二", "citizen_id": masked[0],
         "medical": "190.00", "pension": "0.00"},
        {"town": "峨山镇", "village": "西村", "group": "", "name": "钱六", "citizen_id": masked[1],
         "medical": "380.00", "pension": "350.00"},
    ]  # fmt: skip
    # 王一 has 180 to pay, 李二 190; 钱六 380 and 350.
    assert answer["owing"] == [
        {"town": "峨山镇", "people": 1, "medical": "380.00", "pension": "350.00"},
        {"town": "阴平镇", "people": 2, "medical": "370.00", "pension": "0.00"},
    ]
    assert answer["received"] == [{"scheme": "medical", "payments": 1, "amount": "200.00"}]
    assert answer["open"] == [
        {"department": "区民政局", "rows": 1, "findings": {"E201": 1}, "differing": 0, "totals_off": ["低保.xlsx"]}
    ]


def test_before_the_birthday(folder: Path) -> None:
    answer = today(folder, "2023-11-19")
    assert (answer["payable"], answer["owing"]) == (
        [], [{"town": "阴平镇", "people": 1, "medical": "180.00", "pension": "0.00"}],
    )  # fmt: skip
    assert today(folder, "2023-11-21")["payable"] == []


def test_after_it_was_paid(folder: Path) -> None:
    assert [line["people"] for line in today(folder, "2023-12-21")["owing"]] == [1, 1]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2023-10-01", [("集中征缴期", "begins", 0), ("征缴准备阶段", "begins", 0)]),
        ("2023-10-20", [("征缴准备阶段", "ends", 0), ("集中缴费阶段", "begins", 1)]),
        ("2023-12-12", []),
        ("2023-12-13", [("集中征缴期", "ends", 7), ("集中缴费阶段", "ends", 7)]),
        ("2023-12-20", [("集中征缴期", "ends", 0), ("集中缴费阶段", "ends", 0), ("公示期", "begins", 1)]),
        ("2023-12-31", [("医保缴费30日待遇等待期", "begins", 1)]),
        ("2024-01-20", [("公示期", "ends", 0)]),
        ("2024-01-21", []),
    ],
)
def test_dates(folder: Path, day: str, expected: list[tuple[str, str, int]]) -> None:
    assert [(each["what"], each["event"], each["days"]) for each in today(folder, day)["dates"]] == expected


def test_files_since_yesterday(folder: Path) -> None:
    now = date.today()
    lines = {
        day: [line["file"] for line in today(folder, (now + timedelta(day)).isoformat())["files"]] for day in (0, 3)
    }
    assert lines == {0: ["户籍.xlsx", "登记.xlsx", "缴费.xlsx", "低保.xlsx"], 3: []}
    first = today(folder, now.isoformat())["files"][0]
    assert {name: first[name] for name in ("department", "accepted", "duplicate", "rejected")} == {
        "department": "区公安分局", "accepted": 5, "duplicate": 0, "rejected": 0,
    }  # fmt: skip


def test_files_are_listed_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files that came are a table of the list. They are no documents that today has written."""
    text = listed(folder, capsys, "--date", date.today().isoformat())
    assert [line.split()[2:] for line in text.splitlines() if "户籍.xlsx" in line] == [
        ["区公安分局", "户籍.xlsx", "5", "0", "0"]
    ]
    assert text.count("登记.xlsx") == text.count("缴费.xlsx") == 1


def test_list(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = listed(folder, capsys, "--date", "2023-11-20")
    missing = [
        ["还没有报送的名单"],
        ["部门", "名单", "镇（街道）", "最迟", "逾期"],
        ["区公安分局", "户籍人口", "底阁镇、吴林街道、坛山街道、榴园镇、古邵镇", "2023-10-20", "31天"],
        *(
            [*text.split(), "2023-10-20", "31天"]
            for text in (
                "区民政局 特困人员",
                "区乡村振兴局 享受政策脱贫人口",
                "区民政局 孤儿",
                "区民政局 事实无人抚养儿童",
                "区残联 重度残疾人",
                "区退役军人事务局 重点优抚对象",
                "镇街老龄委 70周岁及以上老年人 峨山镇、阴平镇",
                "区卫健局 计生奖扶家庭",
                "区教体局 在校学生",
                "区医保局 职工医保参保人员",
                "区医保局 市外参保人员",
                "区人社局 其他养老保险参保人员",
                "区人社局 养老参保登记 阴平镇",
            )
        ),
    ]
    assert [line.split() for line in text.splitlines() if "─" not in line] == [
        [
            "2023-11-20",
            "待办：14份名单没有报送（逾期14份），2人今天可以缴费了，昨天缴费1笔，3人没有缴清，1个部门有问题没有解决",
        ],
        [],
        *missing,
        [],
        ["今天满周岁，可以缴费了：2人"],
        ["镇（街道）", "村居", "组", "姓名", "公民身份号码", "医保", "养老"],
        ["阴平镇", "东村", "1组", "李二", f"370499***********{SIXTY[-1]}", "190.00", "0.00"],
        ["峨山镇", "西村", "钱六", f"370499***********{SIXTEEN[-1]}", "380.00", "350.00"],
        [],
        ["昨天缴费：医保1笔200元"],
        [],
        ["现在可缴、还没有缴清：3人"],
        ["镇（街道）", "人数", "医保", "养老"],
        ["峨山镇", "1", "380.00", "350.00"],
        ["阴平镇", "2", "370.00", "0.00"],
        [],
        ["还没有解决的（退回的行，与其他行不一致的行，盖章人数不符的文件）"],
        ["部门", "退回", "问题", "不一致", "盖章不符"],
        ["区民政局", "1", "E201×1", "低保.xlsx"],
    ]


def test_quiet_where_nothing_is_new(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open is no news: who gets it every day does not read it."""
    assert listed(folder, capsys, "-q", "--date", "2023-11-29") == ""
    first = listed(folder, capsys, "--date", "2023-11-29").splitlines()[0]
    assert first == (
        "2023-11-29 待办：没有新的事项，仍有14份名单没有报送（逾期14份），3人没有缴清，1个部门有问题没有解决"
    )
    assert "李二" in listed(folder, capsys, "-q", "--date", "2023-11-20")


@pytest.mark.parametrize(
    ("day", "missing", "late"),
    [("2023-09-30", 0, 0), ("2023-10-01", 13, 0), ("2023-10-20", 13, 0), ("2023-10-21", 13, 1)],
)
def test_who_has_not_sent_from_the_preparation_on(folder: Path, day: str, missing: int, late: int) -> None:
    """By name, without the households of other towns. 低保, of which the only row went back, has come."""
    answer = today(folder, day)["missing"]
    assert len({each["name"] for each in answer} - {"户籍人口"}) == missing
    assert {each["late_days"] for each in answer} == ({late} if missing else set())
