"""What a clerk, cron and another program see of each command: JSON, documents, help, two at once, no terminal."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import person, printed, run, workspace, write_xlsx

from fcins.commands import opening
from fcins.side_by_side import processors
from fcins.store.lock import user_name

SAMPLE = Path(__file__).parents[2] / "sample_data"
WANG, LI, ZHAO, QIAN = (
    person("1980-01-01"),
    person("1982-02-02", 1, "女"),
    person("1950-03-03"),
    person("1961-07-07"),
)
XIAO, YA = person("2015-05-05"), person("2018-06-06", 1, "女")

COMMANDS = [
    "init",
    "import-households",
    "import-roster",
    "import-enrolment",
    "import-payments",
    "build-register",
    "publicity-export",
    "status",
    "feedback-export",
    "gaps",
    "batches",
    "withdraw",
    "verify",
    "explain",
    "simulate",
    "rollover",
    "reconcile",
    "funding",
    "progress",
    "today",
    "policy",
]
OF_POLICY = ["policy show", "policy check", "policy diff"]
IMPORT_KEYS = [
    "command",
    "file",
    "batch",
    "category",
    "rows",
    "findings",
    "declared_total",
    "control_total_ok",
    "already_imported",
]
REGISTER_HEADINGS = (
    "序号|户号|户主姓名|姓名|与户主关系|性别|公民身份号码|年龄|人员类别|医保缴费标准|医保资助金额|医保出资方|"
    "医保个人应缴|养老缴费档次|养老政府代缴|养老个人应缴|养老政府补贴|计生缴费补贴|个人应缴合计|本户应缴合计|"
    "可缴费日期|缴费状态|签字|备注"
)
PUBLICITY_HEADINGS = "序号|姓名|公民身份号码|居民医保缴费|居民养老缴费档次|居民养老缴费|缴费日期|备注"


def fcins(*words: object, shell: str = 'exec "$@" <&-', **options: Any) -> subprocess.CompletedProcess[bytes]:
    """fcins as a user starts it, in a process of its own, stdin closed."""
    options = {"env": {"PATH": os.defpath}, "cwd": Path(__file__).parents[2], **options}
    line = ["sh", "-c", shell, "sh", sys.executable, "-m", "fcins", *map(str, words)]
    return subprocess.run(line, capture_output=True, timeout=60, **options)


def roster(path: Path, *people: tuple[str, str], heading: str = "人员类别", category: str = "低保对象") -> Path:
    return write_xlsx(path, [["姓名", "身份证号", heading], *([name, number, category] for name, number in people)])


def payments(path: Path, *lines: tuple[str, str, str, str]) -> Path:
    """Lines of name, ID, scheme, amount; paid on 2023-11-01, receipts numbered."""
    rows = [[*line, "2023-11-01", f"R{number}"] for number, line in enumerate(lines)]
    return write_xlsx(path, [["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"], *rows])


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet → its rows, below the title and the line under it: headings first."""
    book = openpyxl.load_workbook(path)
    return {paper.title: [list(row) for row in paper.iter_rows(min_row=3, values_only=True)] for paper in book}


def body(rows: list[list[Any]]) -> list[list[Any]]:
    """The numbered rows under the headings."""
    return [row for row in rows[1:] if isinstance(row[0], int)]


def test_what_each_stage_took(village, tmp_path, capsys):
    """With -v, on stderr; stdout stays what it is."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    code, out, err = printed(capsys, "import-roster", file, "-w", village, "-v", "--json")
    assert (code, json.loads(out)["rows"]["accepted"]) == (0, 1)
    memory = r"，内存最多 \d+ MiB(?:，另起的进程各最多 \d+ MiB)?$"
    assert re.findall(rf"^  (\S+) \d+\.\d秒{memory}", err, re.M) == ["准备", "读取", "写入", "核查"]
    _, out, err = printed(capsys, "build-register", "--all", "-w", village, "-v", "-o", tmp_path, "--json")
    assert re.findall(r"^  (\S+) \d+\.\d秒", err, re.M) == ["准备", "计算", "征收清册"]
    assert printed(capsys, "build-register", "--all", "-w", village, "-o", tmp_path, "--json") == (0, out, "")


@pytest.mark.skipif(
    sys.platform != "linux" or processors() < 2, reason="towns are written side by side where the system can fork"
)
def test_the_memory_of_the_processes_that_write(sample, tmp_path):
    """Each town's register is made in a process of its own: what the largest of them held is said as well."""
    words = ("build-register", "--all", "-w", sample[0], "-v", "-q", "-o", tmp_path)
    ended = subprocess.run([sys.executable, "-m", "fcins", *words], capture_output=True, text=True, check=True)
    stages = re.findall(r"^  (\S+) \d+\.\d秒，内存最多 \d+ MiB(，另起的进程各最多 [1-9]\d* MiB)?$", ended.stderr, re.M)
    assert [(stage, bool(started)) for stage, started in stages] == [
        ("准备", False),
        ("计算", False),
        ("征收清册", True),
    ]


# ── imports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_import_json(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("赵五", ZHAO), ("无名", person("1990-01-01")), ("", ""))
    code, answer = run(village, "import-roster", file, "--declared-total", 1)
    assert (code, list(answer)) == (0, IMPORT_KEYS)
    assert answer == {
        "command": "import-roster",
        "file": "低保.xlsx",
        "batch": 2,
        "category": "dibao",
        "rows": {"read": 3, "accepted": 1, "warned": 0, "duplicate": 1, "rejected": 1, "skipped": 1},
        "findings": {"D401": 1, "E201": 1},
        "declared_total": 1,
        "control_total_ok": True,
        "already_imported": False,
    }


@pytest.mark.parametrize(
    ("declared", "agrees", "code"),
    [([], None, 0), (["--declared-total", 1], True, 0), (["--declared-total", 2], False, 3)],
)
def test_strict_control_total(village, tmp_path, declared, agrees, code):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    got, answer = run(village, "import-roster", file, "--strict", *declared)
    assert (got, answer["control_total_ok"]) == (code, agrees)


def test_strict_rejected(village, tmp_path):
    """Feedback is normal business: 0 without --strict, 3 with it; it is imported in either case."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("无名", person("1990-01-01")))
    assert run(village, "import-roster", file, "--dry-run")[0] == 0
    code, answer = run(village, "import-roster", file, "--strict")
    assert (code, answer["batch"], answer["rows"]["rejected"]) == (3, 2, 1)
    assert run(village, "import-roster", file, "--strict")[0] == 3


def test_several_files(village, tmp_path):
    one, two = (
        roster(tmp_path / "一.xlsx", ("赵五", ZHAO)),
        roster(tmp_path / "二.xlsx", ("赵五", ZHAO), ("钱六", QIAN)),
    )
    code, answer = run(village, "import-roster", one, two)
    assert (code, list(answer)) == (0, ["imports"])
    assert [(each["file"], each["batch"]) for each in answer["imports"]] == [("一.xlsx", 2), ("二.xlsx", 3)]
    assert [each["findings"] for each in answer["imports"]] == [{}, {"D402": 1}]
    assert all(list(each) == IMPORT_KEYS for each in answer["imports"])


def test_again_changes_nothing(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, first = run(village, "import-roster", file)
    _, before = run(village, "status")
    renamed = file.rename(tmp_path / "低保（改名）.xlsx")  # the same bytes count, not the name
    code, again = run(village, "import-roster", renamed)
    assert (code, again["already_imported"], again["batch"]) == (0, True, first["batch"])
    assert {**again, "already_imported": False, "file": "低保.xlsx"} == first
    assert run(village, "status")[1] == before
    other = run(village, "import-roster", renamed, "--category", "特困人员")[1]
    assert (other["already_imported"], other["category"], other["batch"]) == (False, "tekun", 3)


def test_same_file_twice_in_one_command(village, tmp_path):
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, answer = run(village, "import-roster", file, file)
    assert [(each["batch"], each["already_imported"]) for each in answer["imports"]] == [(2, False), (2, True)]


def test_dry_run(village, tmp_path):
    _, before = run(village, "status")
    code, answer = run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("赵五", ZHAO)), "--dry-run")
    assert (code, answer["batch"], answer["rows"]["accepted"]) == (0, None, 1)
    assert run(village, "status")[1] == before


@pytest.mark.parametrize("said", ["dibao", "低保对象", "低保", "低保户", "最低生活保障对象"])
def test_category_said(village, tmp_path, said):
    file = write_xlsx(tmp_path / "名单.xlsx", [["姓名", "身份证号"], ["赵五", ZHAO]])
    assert run(village, "import-roster", file, "--category", said)[1]["category"] == "dibao"


def test_roster_before_households(tmp_path):
    """Judged on all that is known: E201 before the households come, accepted after."""
    folder = workspace(tmp_path)
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    assert run(folder, "import-roster", file)[1]["findings"] == {"E201": 1}
    households = write_xlsx(
        tmp_path / "户籍.xlsx", [["镇街", "村居", "姓名", "公民身份号码"], ["阴平", "东村", "赵五", ZHAO]]
    )
    assert run(folder, "import-households", households)[0] == 0
    again = run(folder, "import-roster", file)[1]
    assert (again["already_imported"], again["rows"]["accepted"], again["findings"]) == (True, 1, {})


def test_hidden_sheet_told(village, tmp_path, capsys):
    path = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Sheet1"]).sheet_state = "hidden"
    book.save(path)
    code, out, _ = printed(capsys, "import-roster", path, "-w", village)
    assert (code, "Sheet1 Copy" in out) == (0, True)
    assert run(village, "import-roster", path)[1]["rows"]["read"] == 2


# ── status ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_status_json(village, tmp_path):
    run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("赵五", ZHAO)), "--declared-total", 2)
    code, answer = run(village, "status")
    assert code == 0
    assert {name: answer[name] for name in ("command", "policy", "fee_year", "people", "listed", "findings")} == {
        "command": "status",
        "policy": "fengcheng-2024",
        "fee_year": 2024,
        "people": 6,
        "listed": 6,
        "findings": {},
    }
    assert sorted((each["town"], each["villages"], each["people"]) for each in answer["towns"]) == [
        ("峨山镇", 1, 1),
        ("阴平镇", 1, 5),
    ]
    listed = [
        (each["department"], each["file"], each["accepted"], each["control_total_ok"]) for each in answer["sources"]
    ]
    assert listed == [("区公安分局", "户籍.xlsx", 6, None), ("区民政局", "低保.xlsx", 1, False)]


def test_status_of_nothing(tmp_path, capsys):
    folder = workspace(tmp_path)
    code, answer = run(folder, "status")
    assert (code, answer["people"], answer["towns"], answer["sources"]) == (0, 0, [], [])
    assert printed(capsys, "status", "-w", folder)[0] == 0


# ── 征收清册 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_register_json(village, tmp_path):
    run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("查无", person("1990-01-01"))))
    code, answer = run(village, "build-register", "--all", "-o", tmp_path / "输出")
    assert code == 0
    assert {"command", "files", "people", "findings", "towns"} <= set(answer)
    assert (answer["command"], answer["people"]) == ("build-register", 6)
    assert all(Path(path).is_file() for path in answer["files"])
    towns = {each["town"]: each for each in answer["towns"]}
    # 阴平镇: 4 of the 王 family pay 380; 赵五 is 73 and on 低保, all paid for. 峨山镇: 钱六 is 62 and pays half.
    assert (towns["阴平镇"]["medical"], towns["阴平镇"]["personal"]) == ("1520.00", "1520.00")
    assert (towns["峨山镇"]["medical"], towns["峨山镇"]["pension"]) == ("190.00", "0.00")
    paid = {(each["payer"], each["scheme"]): (each["people"], each["amount"]) for each in answer["by_payer"]}
    assert paid["个人", "medical"] == (5, "1710.00")
    assert paid["区财政", "medical"] == (1, "190.00")
    assert paid["医疗救助资金", "medical"] == (1, "380.00")
    assert paid["财政补助", "medical"] == (6, "3840.00")
    amounts = re.findall(r'"(?:medical|pension|personal|amount)": ("[^"]*"|[\d.]+)', json.dumps(answer))
    assert all(re.fullmatch(r'"-?\d+\.\d\d"', amount) for amount in amounts if amount not in ('"medical"', '"pension"'))


def test_register_workbook(village, tmp_path):
    _, answer = run(village, "build-register", "--town", "阴平", "-o", tmp_path)
    path = tmp_path / "阴平镇" / "阴平镇_2024年度征收清册.xlsx"
    assert answer["files"] == [str(path)]
    found = sheets(path)
    assert list(found) == ["汇总", "东村", "核查提示"]
    assert "|".join(found["东村"][0]) == REGISTER_HEADINGS
    rows = [dict(zip(REGISTER_HEADINGS.split("|"), row, strict=True)) for row in body(found["东村"])]
    # 李二 stands first in the households file; the head of the household comes first here.
    assert [row["姓名"] for row in rows] == ["王一", "李二", "王小", "王丫", "赵五"]
    assert [row["公民身份号码"] for row in rows] == [WANG, LI, XIAO, YA, ZHAO]
    assert [row["本户应缴合计"] for row in rows] == [1520, None, None, None, 0]
    assert [row["缴费状态"] for row in rows] == ["未缴"] * 4 + ["无需缴费"]
    assert [row["年龄"] for row in rows] == [43, 41, 8, 5, 73]
    book = openpyxl.load_workbook(path)
    texts = [cell.value for row in book["东村"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("2024年度城乡居民两险征收清册" in text for text in texts)
    signed = " ".join(texts)
    for name in ("制表人", "审核人", "税务分局初审", "人社所初审", "负责人（盖章）"):
        assert name in signed


def test_register_of_village(village, tmp_path):
    _, answer = run(village, "build-register", "--town", "阴平镇", "--village", "东村村委会", "-o", tmp_path)
    assert [Path(path).name for path in answer["files"]] == ["阴平镇_东村_2024年度征收清册.xlsx"]
    assert answer["people"] == 5


def test_register_status_of_payment(village, tmp_path):
    """部分缴 and 已缴清 by scheme; a refund takes the payment back."""
    lines = [("王一", WANG, "医保", "380"), ("李二", LI, "医保", "100"), ("王小", XIAO, "医保", "380")]
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *lines, ("王小", XIAO, "医保", "-380")))
    run(village, "build-register", "--town", "阴平镇", "-o", tmp_path)
    rows = body(sheets(tmp_path / "阴平镇" / "阴平镇_2024年度征收清册.xlsx")["东村"])
    at = REGISTER_HEADINGS.split("|").index("缴费状态")
    assert [row[at] for row in rows] == ["已缴清", "部分缴", "未缴", "未缴", "无需缴费"]


def test_same_data_same_bytes(village, tmp_path):
    """The process, its seed for hashes and the clock make no difference."""
    for command in ("build-register", "publicity-export"):
        assert run(village, command, "--all", "-o", tmp_path / "一")[0] == 0
        assert run(village, command, "--all", "-o", tmp_path / "二", apart=True)[0] == 0
    first = {path.relative_to(tmp_path / "一"): path.read_bytes() for path in (tmp_path / "一").rglob("*.xlsx")}
    second = {path.relative_to(tmp_path / "二"): path.read_bytes() for path in (tmp_path / "二").rglob("*.xlsx")}
    assert len(first) == 4
    assert first == second


def test_date(village, tmp_path):
    for said in ("2023-12-25", "2023.12.25", "2023年12月25日"):
        assert run(village, "build-register", "--town", "峨山镇", "--date", said, "-o", tmp_path)[0] == 0
        book = openpyxl.load_workbook(tmp_path / "峨山镇" / "峨山镇_2024年度征收清册.xlsx")
        line = " ".join(str(cell.value) for cell in book["东村"][2] if cell.value)
        assert "镇（街道）：峨山镇" in line
        assert "村（居）：东村" in line
        assert "单位：元" in line
        assert line.endswith("2023-12-25")
        assert book.properties.created.date().isoformat() == "2023-12-25"


def test_out_beside_workspace(village):
    _, answer = run(village, "build-register", "--town", "峨山镇")
    assert answer["files"] == [str(village / "out" / "峨山镇" / "峨山镇_2024年度征收清册.xlsx")]


def test_formula_names(village, tmp_path):
    """A name that a spreadsheet would take for a formula stays text in both books."""
    hostile = ["=1+1", "+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x","y")']
    people = [(name, person("1990-01-01", number)) for number, name in enumerate(hostile, start=1)]
    rows = [["镇街", "村居", "户号", "姓名", "公民身份号码"]]
    rows += [["古邵镇", "=西村", f"={number}", name, number] for name, number in people]
    run(village, "import-households", write_xlsx(tmp_path / "户籍二.xlsx", rows))
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *((*each, "医保", "380") for each in people)))
    for command, name in (("build-register", "征收清册"), ("publicity-export", "缴费公示")):
        assert run(village, command, "--town", "古邵镇", "-o", tmp_path)[0] == 0
        book = openpyxl.load_workbook(tmp_path / "古邵镇" / f"古邵镇_2024年度{name}.xlsx")
        cells = [cell for paper in book for row in paper.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells if cell.value in hostile} == {"s"}
        assert [cell.value for cell in cells if cell.value in hostile][: len(hostile)] == hostile
        assert not [cell for cell in cells if cell.data_type == "f" and cell.value[1:4] != "SUM"]


# ── 公示 ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_publicity(village, tmp_path):
    lines = [("王一", WANG, "医保", "380"), ("王小", XIAO, "医保", "380"), ("王丫", YA, "医保", "380")]
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", *lines))
    code, answer = run(village, "publicity-export", "--town", "阴平镇", "-o", tmp_path)
    path = tmp_path / "阴平镇" / "阴平镇_2024年度缴费公示.xlsx"
    assert (code, answer["files"], answer["people"]) == (0, [str(path)], 3)
    assert {"command", "files", "people", "findings"} <= set(answer)
    found = sheets(path)
    assert list(found) == ["东村"]
    assert "|".join(found["东村"][0]) == PUBLICITY_HEADINGS
    rows = [[str(cell) if cell is not None else "" for cell in row] for row in body(found["东村"])]
    assert rows == [
        ["1", "王一", WANG[:6] + "*" * 11 + WANG[-1], "380.0", "", "", "2023-11-01 00:00:00", ""],
        ["2", "王一家庭", "", "760.0", "", "", "2023-11-01 00:00:00", "未满14周岁成员2人"],
    ]
    text = " ".join(str(cell) for row in found["东村"] for cell in row if cell is not None)
    assert "政府及集体资助参保 少于5人" in text  # 赵五, 73: one person
    assert "公示时间：2023-12-21至2024-01-20" in text
    for hidden in ("赵五", "王小", "王丫", "李二", "138", "向阳路", "低保", WANG[6:14]):
        assert hidden not in text


@pytest.mark.parametrize(("covered", "line"), [(0, "0人"), (4, "少于5人"), (5, "5人")])
def test_publicity_covered(tmp_path, covered, line):
    folder = workspace(tmp_path)
    old = [["阴平镇", "东村", f"老{n}", person("1940-01-01", n)] for n in range(1, covered + 1)]
    rows = [["镇街", "村居", "姓名", "公民身份号码"], ["阴平镇", "东村", "王一", WANG], *old]
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", rows))
    run(folder, "publicity-export", "--all", "-o", tmp_path)
    found = sheets(tmp_path / "阴平镇" / "阴平镇_2024年度缴费公示.xlsx")["东村"]
    assert f"政府及集体资助参保 {line}" in [cell for row in found for cell in row]


@pytest.mark.parametrize("name", [f"王{WANG}", "王13800000001", WANG])
def test_publicity_refused(village, tmp_path, name):
    """A name cell that holds an ID or a phone: nothing is put in place, an older notice stays as it was."""
    number = person("1975-05-05")
    rows = [["镇街", "村居", "姓名", "公民身份号码"], ["古邵镇", "西村", name, number]]
    run(village, "import-households", write_xlsx(tmp_path / "户籍二.xlsx", rows))
    run(village, "import-payments", payments(tmp_path / "缴费.xlsx", (name, number, "医保", "380")))
    code, answer = run(village, "publicity-export", "--town", "古邵镇", "-o", tmp_path / "out")
    assert (code, answer["error"]["exit"]) == (1, 1)
    assert "公示文件没有写出" in answer["error"]["message"]
    assert name not in json.dumps(answer, ensure_ascii=False)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_publicity_after_period(village, tmp_path, capsys):
    """A warning of one line once the period is over, on stderr; the notice is written all the same."""
    code, _, err = printed(capsys, "publicity-export", "--town", "峨山镇", "-o", tmp_path, "-w", village)
    assert code == 0
    assert len([line for line in err.splitlines() if "2023-12-21至2024-01-20" in line]) == 1
    assert (tmp_path / "峨山镇" / "峨山镇_2024年度缴费公示.xlsx").is_file()


# ── two at once ─────────────────────────────────────────────────────────────────────────────────────────────────────

HOLD = """
import sys, time
from pathlib import Path
from fcins.store.lock import writing
with writing(Path(sys.argv[1]), "import-roster", wait_seconds=1):
    print("held", flush=True)
    time.sleep(60)
"""


def test_busy(village, tmp_path, monkeypatch, capsys):
    """Whoever waits is told who holds the workspace, then exit 5; a killed holder holds nothing."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.2)
    with subprocess.Popen([sys.executable, "-c", HOLD, village], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"held\n"
            code, answer = run(village, "import-roster", file)
            assert (code, answer["error"]["exit"]) == (5, 5)
            for part in (user_name(), "import-roster", str(holder.pid)):
                assert part in answer["error"]["message"]
            assert "等待" in capsys.readouterr().err
            assert run(village, "status")[0] == 0  # reading needs no lock
            assert run(village, "build-register", "--all", "-o", tmp_path)[0] == 0
        finally:
            holder.kill()
    assert run(village, "import-roster", file)[1]["batch"] == 2


def test_two_imports_at_once(village, tmp_path):
    files = [roster(tmp_path / f"{n}.xlsx", ("赵五", ZHAO), ("钱六", QIAN), *[("", "")] * n) for n in range(3)]
    line = [sys.executable, "-m", "fcins", "import-roster", "--json", "-w", village]
    both = [subprocess.Popen([*line, file], stdout=subprocess.PIPE) for file in files]
    answers = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert sorted(each["batch"] for each in answers) == [2, 3, 4]
    # Each is judged as of its turn: who came first is accepted, the others repeat it.
    assert sorted(each["rows"]["accepted"] for each in answers) == [0, 0, 2]
    assert [each.returncode for each in both] == [0, 0, 0]
    assert len(run(village, "status")[1]["sources"]) == 4


SLOW = """
import signal, sys, time
import fcins.cli.main
from fcins.store.store import Store
signal.signal(signal.SIGINT, signal.default_int_handler)
add = Store.add_batch
def slow(self, *given):
    number = add(self, *given)
    print("inside", file=sys.stderr, flush=True)
    time.sleep(60)
    return number
Store.add_batch = slow
sys.argv = ["fcins", *sys.argv[1:]]
fcins.cli.main.main()
"""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_stopped_half_way(village, tmp_path, sent, code):
    """Stopped between writing a batch and its commit: nothing of it stays, and the next import goes through."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    _, before = run(village, "status")
    line = [sys.executable, "-c", SLOW, "import-roster", file, "-w", village]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as stopped:
        assert stopped.stderr.readline() == b"inside\n"
        stopped.send_signal(sent)
        out, err = stopped.communicate(timeout=20)
    assert stopped.returncode == code
    assert b"Traceback" not in out + err
    assert ("已中断" in err.decode()) == (sent == signal.SIGINT)
    assert run(village, "status")[1] == before
    code, answer = run(village, "import-roster", file)
    assert (code, answer["batch"], answer["already_imported"]) == (0, 2, False)


# ── cron, pipes, help ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("env", [{}, {"LANG": "C"}, {"LC_ALL": "POSIX", "TERM": "dumb"}])
def test_cron(village, tmp_path, env):
    """No terminal, no input, next to no environment: plain results, no progress, no colour, Chinese intact."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO))
    done = fcins("import-roster", file, "-w", village, env={"PATH": os.defpath, **env})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "低保.xlsx" in done.stdout.decode("utf-8")
    assert not re.search(rb"\x1b|\r", done.stdout)


def test_cron_whole_year(village, tmp_path):
    for words in (["build-register", "--all", "-o", tmp_path], ["status"]):
        done = fcins(*words, "-w", village)
        assert (done.returncode, done.stderr) == (0, b""), words
        assert not re.search(rb"\x1b|\r", done.stdout)


def test_gbk(village, tmp_path):
    """A Chinese Windows redirects in GBK: what GBK lacks is escaped, nothing crashes."""
    rare = roster(tmp_path / "低保䶮😀.xlsx", ("赵五", ZHAO))
    env = {"PATH": os.defpath, "PYTHONIOENCODING": "gbk"}
    for words in (
        ["import-roster", rare, "-w", village],
        ["--help"],
        ["build-register", "--town", "😀", "-w", village],
    ):
        done = fcins(*words, env=env)
        assert done.returncode in (0, 2), words
        text = done.stdout.decode("gbk") + done.stderr.decode("gbk")
        assert "意外" not in text
        assert len(text) > 10


def test_workspace_from_environment(village):
    done = fcins("status", "--json", env={"PATH": os.defpath, "FCINS_WORKSPACE": str(village)})
    assert json.loads(done.stdout)["people"] == 6


def test_reader_gone(village):
    """`fcins status | head -1` is no failure to complain about."""
    done = fcins("status", "-w", village, shell='"$@" | head -c 1')
    assert (done.stdout, done.stderr) == ("工".encode()[:1], b"")


def test_human_figures(village, tmp_path, capsys):
    """The lines for a person hold the figures of the JSON."""
    file = roster(tmp_path / "低保.xlsx", ("赵五", ZHAO), ("赵五", ZHAO), ("查无", person("1990-01-01")))
    _, out, _ = printed(capsys, "import-roster", file, "-w", village, "--declared-total", 2, "--dry-run")
    for part in ("读入 3", "接受 1", "重复 1", "退回 1", "盖章人数 2", "D401", "E201", "没有写入工作区"):
        assert part in out
    lines = printed(capsys, "status", "-w", village)[1].splitlines()
    assert any("阴平镇" in line and "5" in line for line in lines)


def test_piped_file_names_whole(village, tmp_path, capsys, monkeypatch):
    """Where a program reads along, a file's name stands on one line however long it is."""
    name = "阴平镇二〇二三年度享受政策脱贫人口参保资助对象花名册（最终版）.xlsx"
    run(village, "import-roster", roster(tmp_path / name, ("赵五", ZHAO)))
    for variable, value in (("TERM", "xterm"), ("TERM", "dumb"), ("COLUMNS", "40")):
        monkeypatch.setenv(variable, value)
        assert name in printed(capsys, "status", "-w", village)[1]


ENGLISH = re.compile(
    r"\b(Usage|Options?|Arguments?|Commands?|Show|this|message|exit|default|required|env|var|INTEGER|TEXT|PATH|FILE)\b",
    re.IGNORECASE,
)


def test_help_lists_commands():
    done = fcins("--help")
    assert done.returncode == 0
    listed = re.findall(r"^  ([a-z][a-z-]+)  ", done.stdout.decode().split("命令：\n")[1], re.MULTILINE)
    assert listed == COMMANDS
    assert fcins().stdout == done.stdout


@pytest.mark.parametrize("command", ["", *COMMANDS, *OF_POLICY])
def test_help_is_chinese(command):
    done = fcins(*command.split(), "--help", env={"PATH": os.defpath, "COLUMNS": "100"})
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert not ENGLISH.findall(re.sub(r"policy show|^  show ", "", text, flags=re.M))  # its own name
    assert "用法：" in text
    assert "显示本说明" in text
    for option in ("--json", "--workspace", "--quiet", "--verbose") if command not in ("", "policy") else ():
        assert option in text


def test_version():
    assert re.fullmatch(r"fcins \d+\.\d+\.\d+\n", fcins("--version").stdout.decode())
