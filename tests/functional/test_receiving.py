"""fcins import: everything that came in goes in by one command, nothing by a guess, and nothing is cancelled by one."""

import csv
import os
import shutil
import sys
import time
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import payments, printed, run, workspace, write_xlsx
from two_towns import GUSHAO, IDS, YINPING, batch, changes, everything, households, members, roster, town_of

from fcins.cli import receiving as asking
from fcins.commands import receiving
from fcins.store.workspace import open_store


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests write is written."""
    monkeypatch.setattr(receiving, "SETTLED_SECONDS", 0)


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the households of both towns: batch 1."""
    at = tmp_path_factory.mktemp("peopled")
    folder = workspace(at)
    assert run(folder, "import-households", households(at / "户籍.xlsx", IDS))[0] == 0
    return folder


@pytest.fixture
def folder(peopled: Path, tmp_path: Path) -> Path:
    """One's own copy of it."""
    return Path(shutil.copytree(peopled, tmp_path / "workspace"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """The folder into which the clerk puts what came."""
    (tmp_path / "收件").mkdir()
    return tmp_path / "收件"


def people(path: Path, names: list[str], title: str = "", town: str = "") -> Path:
    """A list with nothing but personal columns, under a title, with a column of the town where one is named."""
    heading = ["序号", "姓名", "身份证号", *(["镇街"] if town else [])]
    rows = [[str(at), name, IDS[name], *([town] if town else [])] for at, name in enumerate(names, 1)]
    return write_xlsx(path, [*([[title] + [""] * (len(heading) - 1)] if title else []), heading, *rows])


def registered(path: Path, names: list[str], title: str = "") -> Path:
    """As `people`, with a column that tells nothing to the program, but is one to be known by."""
    rows = [[name, IDS[name], "一组"] for name in names]
    return write_xlsx(path, [*([[title, "", ""]] if title else []), ["姓名", "身份证号", "网格员"], *rows])


def brought(folder: Path, *words: object) -> tuple[int, dict[str, str], dict[str, Any]]:
    """`fcins import`: its exit code, what it did with each file, and its JSON."""
    code, answer = run(folder, "import", *words)
    assert answer["command"] == "import", answer
    return code, {each["file"]: each["does"] for each in answer["plan"]}, answer


def typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, keys: str, *words: object
) -> tuple[int, str, str]:
    """`fcins import` at a terminal at which this is typed."""
    monkeypatch.setattr(asking, "can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", StringIO(keys))
    answer = printed(capsys, "import", *words, "-w", folder)
    assert sys.stdin.read() == "", answer[2]
    return answer


# ── everything at once ──────────────────────────────────────────────────────────────────────────────────────────────


def everything_there_is(inbox: Path) -> None:
    """Lists of four departments, one below in a folder, one in an archive, and what is no list."""
    roster(inbox / "低保.xlsx", ["甲一", "甲二", "乙一"])
    (inbox / "民政").mkdir()
    roster(inbox / "民政" / "特困.xlsx", ["甲三"], "特困")
    changes(inbox / "变动.xlsx", ("甲五", "阴平镇", "死亡"))
    households(inbox / "户籍.xlsx", IDS)
    payments(inbox / "缴费.xlsx", ("甲四", IDS["甲四"], "医保", "380"))
    enrolment = write_xlsx(inbox / "x.xlsx", [["姓名", "身份证号", "缴费档次"], ["甲四", IDS["甲四"], "500"]])
    with zipfile.ZipFile(inbox / "人社.zip", "w") as archive:
        archive.write(enrolment, "登记/参保登记.xlsx")
        archive.writestr("说明.docx", b"PK")
    enrolment.unlink()
    (inbox / "通知.docx").write_bytes(b"PK\3\4 no workbook")
    (inbox / "章.png").write_bytes(b"\x89PNG\r\n")
    (inbox / "~$低保.xlsx").write_bytes(b"\1")
    (inbox / ".缓存.xlsx").write_bytes(b"\1")
    (inbox / "说明.txt").write_text("请于本周内导入", "utf-8")


ADDED = {
    "户籍.xlsx": "add", "变动.xlsx": "add", "低保.xlsx": "add", "民政/特困.xlsx": "add",
    "人社.zip/登记/参保登记.xlsx": "add", "缴费.xlsx": "add", "说明.txt": "left",
}  # fmt: skip


def test_a_folder_goes_in_and_goes_in_once(tmp_path: Path, inbox: Path) -> None:
    everything_there_is(inbox)
    folder = workspace(tmp_path)
    code, does, answer = brought(folder, inbox)
    assert (code, does) == (0, ADDED)
    assert list(does) == list(ADDED)  # in the order in which they go in
    assert [each["batch"] for each in answer["imports"]] == [1, 2, 3, 4, 5, 6]
    assert [each["command"].removeprefix("import-") for each in answer["imports"]] == [
        "households", "households", "roster", "roster", "enrolment", "payments",
    ]  # fmt: skip
    assert [each["rows"]["accepted"] for each in answer["imports"]] == [10, 1, 3, 1, 1, 1]
    left = {each["file"] for each in answer["left"]}
    assert left == {"通知.docx", "章.png", "~$低保.xlsx", ".缓存.xlsx", "人社.zip/说明.docx"}
    before = everything(folder)
    code, does, answer = brought(folder, inbox)
    assert (code, {*does.values()}, answer["imports"]) == (0, {"known", "left"}, [])
    assert everything(folder) == before


def test_the_same_as_one_by_one(tmp_path: Path, inbox: Path) -> None:
    """Whichever files are named first: the same members, the same counts for each file."""
    everything_there_is(inbox)
    shutil.rmtree(inbox / "民政")
    (inbox / "人社.zip").unlink()
    alone = workspace(tmp_path)
    lines = [("households", "户籍"), ("households", "变动"), ("roster", "低保"), ("payments", "缴费")]
    singly = [run(alone, f"import-{kind}", inbox / f"{name}.xlsx")[1] for kind, name in lines]
    (tmp_path / "又").mkdir()
    together = workspace(tmp_path / "又")
    files = sorted(inbox.glob("*.xlsx"), reverse=True)
    assert brought(together, *files)[2]["imports"] == singly
    assert members(together) == members(alone)


def test_a_plan_changes_nothing(folder: Path, inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster(inbox / "低保.xlsx", ["甲一"], total=1)
    people(inbox / "附件2.xlsx", ["甲二"])
    before = everything(folder)
    code, does, answer = brought(folder, inbox, "--plan")
    assert (code, does, answer["imports"]) == (4, {"低保.xlsx": "add", "附件2.xlsx": "unsure"}, [])
    line = answer["plan"][0]
    assert [line[name] for name in ("kind", "categories", "rows", "declared_total")] == ["roster", ["dibao"], 1, 1]
    code, out, err = printed(capsys, "import", inbox, "--plan", "-w", folder)
    assert (code, "低保对象" in out, "错误：有1个文件不能导入" in err) == (4, True, True)
    assert everything(folder) == before


def test_two_copies_are_one(folder: Path, inbox: Path) -> None:
    shutil.copy(roster(inbox / "低保.xlsx", ["甲一"]), inbox / "低保 - 副本.xlsx")
    code, does, answer = brought(folder, inbox)
    assert (code, does, len(answer["imports"])) == (0, {"低保 - 副本.xlsx": "add", "低保.xlsx": "known"}, 1)


def test_a_workspace_and_our_own_documents_are_left(folder: Path, inbox: Path) -> None:
    roster(inbox / "低保.xlsx", ["甲一"])
    shutil.copytree(folder, inbox / "2024")
    for command in ("build-register", "feedback-export", "gaps", "progress"):
        run(folder, command, *(["--all"] if command == "build-register" else []), "-o", inbox / "out")
    code, does, answer = brought(folder, inbox)
    assert (code, does.pop("低保.xlsx")) == (0, "add")
    assert {*does.values()} == {"left"}
    assert len(does) > 4
    assert {"file": "2024", "why": "工作区"} in answer["left"]
    # Files that lie in the workspace's own folder are taken, what the workspace is made of is not.
    roster(folder / "特困.xlsx", ["甲二"], "特困")
    assert brought(folder, folder)[:2] == (0, {"特困.xlsx": "add"})


def test_an_answer_is_taken_after_the_lists(folder: Path, inbox: Path) -> None:
    run(folder, "import-roster", roster(inbox / "低保.xlsx", ["甲一:低保", "无人:低保"]))
    sent = Path(run(folder, "feedback-export", "-o", inbox)[1]["files"][0])
    assert brought(folder, inbox)[1][sent.name] == "left"
    book = openpyxl.load_workbook(sent)
    book.worksheets[1].cell(4, 15).value = "已死亡"
    book.save(sent)
    roster(inbox / "特困.xlsx", ["甲二"], "特困")
    code, does, answer = brought(folder, inbox)
    assert (code, does["低保.xlsx"], does["特困.xlsx"], does[sent.name]) == (0, "known", "add", "answer")
    assert answer["imports"][1]["feedback"]["settled"] == 1
    assert brought(folder, inbox)[1][sent.name] == "known"


# ── what cannot be used ─────────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_file_does_not_hold_up_the_others(folder: Path, inbox: Path) -> None:
    roster(inbox / "低保.xlsx", ["甲一"])
    (inbox / "坏.xlsx").write_bytes(b"no workbook")
    (inbox / "一包.rar").write_bytes(b"Rar!\x1a")
    write_xlsx(inbox / "缴费.xlsx", [["姓名", "身份证号", "缴费金额", "凭证号"], ["甲一", IDS["甲一"], "380", "R1"]])
    before = everything(folder)
    code, answer = run(folder, "import", inbox, "--all-or-nothing")
    assert (code, "坏.xlsx" in answer["error"]["message"]) == (4, True)
    assert everything(folder) == before
    code, _, answer = brought(folder, inbox, inbox / "没有.xlsx")
    assert code == 4
    assert [each["file"] for each in answer["imports"]] == ["低保.xlsx"]
    assert {each["file"] for each in answer["failed"]} == {"收件/坏.xlsx", "收件/缴费.xlsx", "没有.xlsx"}
    assert members(folder) == {"dibao": ["甲一"]}


def test_what_is_no_list_is_no_reason_for_an_error(folder: Path, inbox: Path) -> None:
    write_xlsx(inbox / "值班表.xlsx", [["日期", "值班"], ["周一", "王"]])
    (inbox / "登记.csv").write_text("file,row\nx,1\n", "utf-8")
    assert brought(folder, inbox)[:2] == (0, {"值班表.xlsx": "left", "登记.csv": "left"})


def test_no_files(folder: Path, inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert brought(folder, inbox)[:2] == (0, {})
    assert "没有可以导入的文件" in printed(capsys, "import", inbox, "-w", folder)[1]
    assert run(folder, "import", inbox, "--all-towns")[0] == 2


def test_quiet_says_only_what_stays_out(folder: Path, inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster(inbox / "低保.xlsx", ["甲一"])
    assert printed(capsys, "import", inbox, "-q", "-w", folder) == (0, "", "")
    people(inbox / "附件2.xlsx", ["甲二"])
    code, out, err = printed(capsys, "import", inbox, "-q", "-w", folder)
    assert (code, out, "附件2.xlsx：不能确定" in err) == (4, "", True)


def test_strict(folder: Path, inbox: Path) -> None:
    roster(inbox / "低保.xlsx", ["甲一"], total=2)
    assert brought(folder, inbox, "--strict")[0] == 3


def test_a_file_that_is_still_being_written_is_waited_for(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = roster(inbox / "低保.xlsx", ["甲一"])
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    pauses = iter([lambda: file.write_bytes(whole), lambda: age(file)])
    monkeypatch.setattr(receiving, "SETTLED_SECONDS", 60)
    monkeypatch.setattr(time, "sleep", lambda seconds: next(pauses)())
    assert brought(folder, file)[:2] == (0, {"低保.xlsx": "add"})


def age(file: Path) -> None:
    os.utime(file, (time.time() - 3600,) * 2)


# ── stamped counts ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_stamped_counts_beside_the_files(folder: Path, inbox: Path) -> None:
    roster(inbox / "低保.xlsx", ["甲一", "甲二"])
    roster(inbox / "特困.xlsx", ["甲三"], "特困")
    with (inbox / "盖章.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["文件", "盖章人数"], ["低保.xlsx", "3"], ["特困", "1人"], ["没有.xlsx", "2"]])
    code, _, answer = brought(folder, inbox)
    assert (code, [each["declared_total"] for each in answer["imports"]]) == (0, [3, 1])
    assert [each["control_total_ok"] for each in answer["imports"]] == [False, True]
    assert answer["problems"] == ["盖章.csv：“没有.xlsx”：没有这个文件"]
    assert batch(folder, 2)["declared_total"] == 3


# ── what nobody can tell ────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_terminal_the_unsure_stay_out(folder: Path, inbox: Path) -> None:
    """--yes answers no question about a kind, a category or what a list takes the place of."""
    registered(inbox / "附件1.xlsx", ["甲一"])
    roster(inbox / "低保.xlsx", ["甲二"])
    for words in ([], ["--yes"]):
        code, does, _ = brought(folder, inbox, *words)
        assert (code, does["附件1.xlsx"]) == (4, "unsure")
    assert members(folder) == {"dibao": ["甲二"]}


def test_asked_and_remembered(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kind 3 is a roster; then its category, with a slip first, then its stamped count. Next month's is known."""
    registered(inbox / "附件1.xlsx", ["甲一"], "2023年10月人员名单")
    code, out, err = typed(folder, monkeypatch, capsys, "3\n低保了\n低保\n1\n", inbox)
    assert (code, members(folder)) == (0, {"dibao": ["甲一"]})
    assert "“低保了”不是这里的答案" in err
    assert "按您的回答" in out
    assert "盖章人数 1，接受 1：相符" in out
    registered(inbox / "附件2.xlsx", ["甲一", "甲二"], "2023年11月人员名单")
    code, does, answer = brought(folder, inbox)
    assert (code, does) == (0, {"附件1.xlsx": "known", "附件2.xlsx": "add"})
    assert (answer["plan"][1]["why"], answer["plan"][1]["declared_total"]) == ("按上次的回答", None)
    assert [each["code"] for each in answer["imports"][0]["notices"]] == ["N101", "N301"]


def test_who_names_a_category_has_said_that_it_is_a_roster(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the file shows of itself is shown before; stamped counts are asked last."""
    registered(inbox / "附件1.xlsx", ["甲一"], "人员名单")
    roster(inbox / "附件2.xlsx", ["甲二"], "特困")
    code, _, err = typed(folder, monkeypatch, capsys, "重残\n\n\n", inbox)
    assert (code, "标题：人员名单\n  列：姓名、身份证号、网格员" in err) == (4, True)  # a 重残 list needs its levels
    assert err.index("人员类别：") < err.index("盖章人数是多少")
    assert members(folder) == {"tekun": ["甲二"]}


def test_two_answers_to_one_kind_of_file_are_none(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registered(inbox / "附件1.xlsx", ["甲一"])
    assert typed(folder, monkeypatch, capsys, "3\n低保\n\n", inbox)[0] == 0
    with open_store(folder) as opened, opened.transaction():
        (key,) = {*opened.kept("remembered_answers")["list_key"]}
        opened.keep("remembered_answers", (key, "category", "tekun", "2023-11-01 00:00:00"))
    registered(inbox / "附件2.xlsx", ["甲二"])
    assert brought(folder, inbox)[1]["附件2.xlsx"] == "unsure"


def test_personal_columns_alone_are_never_known_again(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people(inbox / "附件1.xlsx", ["甲一"], "人员名单")
    assert typed(folder, monkeypatch, capsys, "3\n低保\n\n", inbox)[0] == 0
    people(inbox / "附件2.xlsx", ["甲二"], "人员名单")
    assert brought(folder, inbox)[:2] == (4, {"附件1.xlsx": "known", "附件2.xlsx": "unsure"})


def test_enter_leaves_a_file_out(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registered(inbox / "附件1.xlsx", ["甲一"])
    assert typed(folder, monkeypatch, capsys, "\n", inbox)[0] == 4
    assert members(folder) == {}
    assert brought(folder, inbox)[1] == {"附件1.xlsx": "unsure"}


# ── a further list ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def listed(folder: Path, tmp_path: Path) -> Path:
    """低保 of both towns: batch 2."""
    assert run(folder, "import-roster", roster(tmp_path / "旧.xlsx", IDS))[0] == 0
    return folder


def of_town(path: Path, names: list[str], title: str) -> Path:
    """A roster of 低保 with its towns in a column."""
    rows = [[name, IDS[name], town_of(name), "低保"] for name in names]
    return write_xlsx(path, [[title, "", "", ""], ["姓名", "身份证号", "镇街", "人员类别"], *rows])


def test_a_further_list_is_added_and_told(listed: Path, inbox: Path) -> None:
    roster(inbox / "低保新.xlsx", ["甲一"])
    code, does, answer = brought(listed, inbox)
    assert (code, does) == (0, {"低保新.xlsx": "add"})
    assert answer["plan"][0]["further"] == ["批次2（旧.xlsx）"]
    (notice,) = [each for each in answer["imports"][0]["notices"] if each["code"] == "N301"]
    assert "批次2（旧.xlsx）" in notice["text"]
    assert len(members(listed)["dibao"]) == 10


def test_lists_of_other_towns_are_no_further_ones(folder: Path, inbox: Path) -> None:
    of_town(inbox / "阴平低保.xlsx", YINPING, "低保对象")
    of_town(inbox / "古邵低保.xlsx", GUSHAO, "低保对象")
    _, _, answer = brought(folder, inbox)
    assert [each["further"] for each in answer["plan"]] == [[], []]


def test_a_title_replaces_in_the_one_town_that_the_file_names(listed: Path, inbox: Path) -> None:
    of_town(inbox / "阴平.xlsx", YINPING[:4], "低保对象全量名单")
    code, does, answer = brought(listed, inbox)
    assert (code, does, answer["plan"][0]["town"]) == (0, {"阴平.xlsx": "replace"}, "阴平镇")
    assert answer["imports"][0]["replaced"] == {"new": 0, "stay": 4, "go": 1, "batches": [], "cut": [2]}
    assert sorted(members(listed)["dibao"]) == sorted([*YINPING[:4], *GUSHAO])


def test_a_title_without_a_town_replaces_nobody(listed: Path, inbox: Path) -> None:
    file = roster(inbox / "低保全量.xlsx", list(IDS)[:9])
    assert brought(listed, inbox)[:2] == (4, {"低保全量.xlsx": "unsure"})
    assert brought(listed, file, "--replace")[0] == 4
    code, _, answer = brought(listed, file, "--replace", "--all-towns")
    assert (code, answer["imports"][0]["replaced"]["go"]) == (0, 1)


def test_the_guard_holds_for_each_town(listed: Path, inbox: Path) -> None:
    """Of ten people two may go, but not two of one town's five; whoever else came in stays in."""
    roster(inbox / "新.xlsx", [*YINPING[:3], *GUSHAO])
    payments(inbox / "缴费.xlsx", ("甲一", IDS["甲一"], "医保", "380"))
    code, _, answer = brought(listed, inbox, "--replace", "--all-towns")
    assert (code, [each["file"] for each in answer["failed"]]) == (4, ["新.xlsx"])
    assert "阴平镇低保对象原有 5人" in answer["failed"][0]["error"]["message"]
    assert [each["file"] for each in answer["imports"]] == ["缴费.xlsx"]
    assert len(members(listed)["dibao"]) == 10
    before = everything(listed)
    (inbox / "缴费.xlsx").rename(inbox / "又.xlsx")
    assert run(listed, "import", inbox, "--replace", "--all-towns", "--all-or-nothing")[0] == 4
    assert everything(listed) == before
    code, _, answer = brought(listed, inbox, "--replace", "--all-towns", "--force")
    assert (code, answer["imports"][0]["replaced"]["go"]) == (0, 2)


def test_lists_of_one_command_replace_together(listed: Path, inbox: Path) -> None:
    roster(inbox / "1.xlsx", YINPING)
    roster(inbox / "2.xlsx", GUSHAO[:4])
    code, does, answer = brought(listed, inbox, "--replace", "--all-towns")
    assert (code, does) == (0, {"1.xlsx": "replace", "2.xlsx": "replace"})
    assert answer["imports"][0]["replaced"] == {"new": 0, "stay": 9, "go": 1, "batches": [2], "cut": []}
    # Once more, with one more list: those that are there already are part of the new whole.
    roster(inbox / "3.xlsx", ["乙五"])
    code, does, answer = brought(listed, inbox, "--replace", "--all-towns")
    assert (code, does) == (0, {"1.xlsx": "known", "2.xlsx": "known", "3.xlsx": "add"})
    assert len(members(listed)["dibao"]) == 10


def test_two_whole_lists_of_one_town_are_unsure(listed: Path, inbox: Path) -> None:
    of_town(inbox / "1.xlsx", YINPING, "低保对象全量")
    of_town(inbox / "2.xlsx", YINPING[:4], "低保对象全量")
    of_town(inbox / "3.xlsx", GUSHAO, "低保对象全量")
    assert brought(listed, inbox)[:2] == (4, {"1.xlsx": "unsure", "2.xlsx": "unsure", "3.xlsx": "replace"})


def test_asked_whether_a_list_replaces(
    listed: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2: it replaces; of all towns; no stamped count. What was said of towns holds for this file only."""
    roster(inbox / "低保.xlsx", list(IDS)[:9])
    code, out, _ = typed(listed, monkeypatch, capsys, "2\n全部\n\n", inbox)
    assert (code, "已替换：新增 0人，保留 9人，减少 1人" in out) == (0, True)
    (inbox / "低保.xlsx").unlink()
    roster(inbox / "低保2.xlsx", list(IDS)[:8])
    code, does, answer = brought(listed, inbox)
    assert (code, does["低保2.xlsx"]) == (4, "unsure")  # it replaces as last time, but where?
    assert "看不出是哪一个镇" in answer["plan"][-1]["why"]


def test_a_list_of_who_leaves_is_guarded(listed: Path, inbox: Path) -> None:
    rows = [[name, IDS[name], "2023-06-30"] for name in YINPING[:2]]
    write_xlsx(inbox / "低保退出名单.xlsx", [["姓名", "身份证号", "退出时间"], *rows])
    roster(inbox / "特困.xlsx", ["乙一"], "特困")
    code, _, answer = brought(listed, inbox)
    assert (code, [each["file"] for each in answer["failed"]]) == (4, ["低保退出名单.xlsx"])
    assert "超过五分之一" in answer["failed"][0]["error"]["message"]
    assert members(listed)["tekun"] == ["乙一"]
    assert brought(listed, inbox, "--force")[0] == 0
    assert len(members(listed)["dibao"]) == 8


def test_new_households_of_a_town_replace_its_old_ones(folder: Path, inbox: Path) -> None:
    households(inbox / "阴平镇户籍全量.xlsx", YINPING[:4])
    code, does, answer = brought(folder, inbox)
    assert (code, does) == (0, {"阴平镇户籍全量.xlsx": "replace"})
    assert answer["imports"][0]["replaced"] == {"new": 0, "stay": 4, "go": 1, "batches": [], "cut": [1]}


# ── the sample ──────────────────────────────────────────────────────────────────────────────────────────────────────

SAMPLE = Path(__file__).parents[2] / "sample_data"


def test_the_sample_gives_the_same_registers(sample: tuple[Path, Any], tmp_path: Path, inbox: Path) -> None:
    """Byte for byte, with rubbish among the files; the counts of each file are those of its own command."""
    names = [line.split()[1] for line in (SAMPLE / "imports.txt").read_text("utf-8").splitlines()]
    for name in names:
        shutil.copy(SAMPLE / name, inbox)
    shutil.copy(SAMPLE / "planted.csv", inbox)
    (inbox / "通知.docx").write_bytes(b"PK\3\4")
    folder = workspace(tmp_path)
    code, does, answer = brought(folder, inbox)
    assert (code, {*does.values()}, len(answer["imports"])) == (0, {"add", "left"}, 18)
    for each in answer["imports"]:
        alone = sample[1][each["file"]]
        assert (each["rows"], each["findings"], each["category"]) == (
            alone["rows"], alone["findings"], alone["category"],
        ), each["file"]  # fmt: skip
    made = {}
    for name, where in (("alone", sample[0]), ("together", folder)):
        for command in ("build-register", "publicity-export"):
            run(where, command, "--all", "-o", tmp_path / name, "--date", "2024-01-10")
        made[name] = {
            path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.xlsx")
        }
    assert len(made["alone"]) > 10
    assert made["together"] == made["alone"]


def test_renamed_what_the_files_themselves_say_still_counts(tmp_path: Path, inbox: Path) -> None:
    """附件1 … 附件18: three lists said only by their names what they are, and stay out."""
    names = [line.split()[1] for line in (SAMPLE / "imports.txt").read_text("utf-8").splitlines()]
    for number, name in enumerate(names, 1):
        shutil.copy(SAMPLE / name, inbox / f"附件{number}{Path(name).suffix}")
    code, does, _ = brought(workspace(tmp_path), inbox, "--plan")
    unsure = [names[int(Path(file).stem.removeprefix("附件")) - 1] for file, what in does.items() if what == "unsure"]
    assert (code, sorted(unsure)) == (4, ["优抚对象.csv", "在校学生.xlsx", "职工医保参保人员.csv"])
    assert list(does.values()).count("add") == 15
