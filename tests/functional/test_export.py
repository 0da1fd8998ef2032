"""fcins export: every document, brought up to date; what people made of one is not lost in silence."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from people import WANG, ZHAO
from sheets import payments, person, printed, refused, roster, run, workspace

STRANGER = person("1980-05-05", 7)
DAY = ("--date", "2023-12-25")
SOME = ("--only", "registers,feedback,gaps")
"""What most tests look at; the other documents are written by the same code."""
ALL = ("--only", "registers,notices,feedback,gaps,reconciliation,funding,progress")


@pytest.fixture(scope="module")
def town_once(village_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village with a roster of which a row goes back to its department, and a payment."""
    at = tmp_path_factory.mktemp("town")
    folder = Path(shutil.copytree(village_once, at / "workspace"))
    for command, file in (
        ("import-roster", roster(at / "低保.xlsx", ("赵五", ZHAO), ("外人", STRANGER))),
        ("import-payments", payments(at / "缴费.xlsx", ("王一", WANG, "医保", "380"))),
    ):
        code, answer = run(folder, command, file)
        assert code == 0, answer
    return folder


@pytest.fixture
def town(town_once: Path, tmp_path: Path) -> Path:
    """A workspace of one's own with what `town_once` has."""
    return Path(shutil.copytree(town_once, tmp_path / "workspace"))


def exported(folder: Path, out: Path, *words: str) -> dict[str, Any]:
    code, answer = run(folder, "export", "-o", out, *DAY, *(words or SOME))
    assert code == 0, answer
    return answer


def names(paths: list[str]) -> list[str]:
    return sorted(Path(path).name for path in paths)


def documents(out: Path) -> dict[str, bytes]:
    """Every document under a folder with its bytes; not what `export` keeps for itself."""
    found = {path.relative_to(out).as_posix(): path for path in sorted(out.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".")}


def filled(path: Path, heading: str, text: str) -> bytes:
    """Write a text under a heading of the first sheet that has it, as Excel would; gives the file's bytes."""
    book = openpyxl.load_workbook(path)
    sheet = next(each for each in book.worksheets if heading in [cell.value for cell in each[3]])
    sheet.cell(4, [cell.value for cell in sheet[3]].index(heading) + 1).value = text
    book.save(path)
    return path.read_bytes()


def test_what_registers_lack_is_told(town, tmp_path, capsys):
    """Of all expected lists only 低保 is there; a town in which nobody paid gets no notice, and that is said."""
    answer = exported(town, tmp_path / "out", *ALL)
    assert "重度残疾人" in [each["name"] for each in answer["missing"]]
    assert answer["left_out"] == [{"kind": "notices", "why": "峨山镇还没有缴费"}]
    assert {each["code"] for each in answer["notices"]} == {"N302"}
    code, out, _ = printed(capsys, "export", "-w", town, "-o", tmp_path / "out", *DAY)
    assert (code, "N302 还没有收到：" in out) == (0, True)


FEEDBACK = "反馈_区民政局_2024年度.xlsx"
PAGE = "总览.html"
REGISTER = "阴平镇_2024年度征收清册.xlsx"


def test_the_same_bytes_as_the_single_commands(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "all", "--only", "registers,notices,feedback,gaps,reconciliation,funding,progress")
    for words in (
        *(["build-register", "--all"], ["publicity-export", "--all"], ["feedback-export"], ["gaps"]),
        *(["reconcile"], ["funding"], ["progress"]),
    ):
        code, answer = run(town, *words, "-o", tmp_path / "single", *DAY)
        assert code == 0, answer
    everything = documents(tmp_path / "all")
    assert everything.pop(PAGE)
    assert everything == documents(tmp_path / "single")


def test_nothing_is_written_twice(town: Path, tmp_path: Path) -> None:
    first = exported(town, tmp_path / "out", *ALL)
    assert first["written"] == first["files"]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    again = exported(town, tmp_path / "out", *ALL)
    assert (again["written"], again["unchanged"], again["told"]) == ([], first["files"], [])
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before


def test_what_is_missing_is_written_again(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    before = documents(tmp_path / "out")
    (tmp_path / "out" / FEEDBACK).unlink()
    (tmp_path / "out" / "阴平镇" / REGISTER).unlink()
    assert names(exported(town, tmp_path / "out")["written"]) == sorted([FEEDBACK, REGISTER])
    assert documents(tmp_path / "out") == before


def test_another_day_is_another_content(town: Path, tmp_path: Path) -> None:
    first = exported(town, tmp_path / "out", "--only", "registers")
    code, answer = run(town, "export", "-o", tmp_path / "out", "--only", "registers", "--date", "2023-12-26")
    assert (code, answer["written"]) == (0, first["files"])


def test_another_receipt_alone_is_none(town: Path, tmp_path: Path) -> None:
    """A second payment changes no row of what 区民政局 gets back, only the newest batch."""
    exported(town, tmp_path / "out", *ALL)
    before = (tmp_path / "out" / FEEDBACK).read_bytes()
    code, _ = run(town, "import-payments", payments(tmp_path / "又.xlsx", ("赵五", ZHAO, "医保", "380")))
    assert code == 0
    written = names(exported(town, tmp_path / "out", *ALL)["written"])
    assert FEEDBACK not in written
    assert {"阴平镇_2024年度缴费公示.xlsx", "反馈_区税务局_2024年度.xlsx"} <= set(written)
    assert (tmp_path / "out" / FEEDBACK).read_bytes() == before


def test_an_edited_document_is_told_before_it_is_written_anew(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exported(town, tmp_path / "out", *ALL)
    before = documents(tmp_path / "out")
    filled(tmp_path / "out" / "阴平镇" / REGISTER, "户数", "9")
    code, out, err = printed(capsys, "export", "-o", tmp_path / "out", *DAY, "-w", town)
    assert (code, err) == (
        0,
        f"提示：{tmp_path / 'out' / '阴平镇' / REGISTER} 输出以后改动过，现在重新写，改动的内容不再保留\n",
    )
    assert "征收清册" in out
    assert documents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("file", "heading", "text"),
    [
        (FEEDBACK, "处理结果", "已死亡"),
        (FEEDBACK, "人员类别", "特困人员"),
        ("阴平镇/疑似漏保_阴平镇.xlsx", "未参保原因", "自愿放弃"),
    ],
    ids=["an answer", "the row itself", "a cause"],
)
def test_answers_not_imported_are_kept(town: Path, tmp_path: Path, file: str, heading: str, text: str) -> None:
    exported(town, tmp_path / "out")
    path = tmp_path / "out" / file
    before = path.read_bytes()
    if heading == "人员类别":  # the department's own column, behind ours
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[1]
        sheet.cell(4, sheet.max_column).value = text
        book.save(path)
        answers = path.read_bytes()
    else:
        answers = filled(path, heading, text)
    beside = path.with_name(f"{path.stem}_已填写.xlsx")
    answer = exported(town, tmp_path / "out")
    assert answer["kept"] == [{"file": str(path), "kept_as": str(beside)}]
    assert (beside.read_bytes(), path.read_bytes(), answer["written"]) == (answers, before, [str(path)])
    assert "还没有导入" in answer["told"][0]
    again = exported(town, tmp_path / "out")
    assert (again["kept"], again["written"]) == ([], [])


def test_answers_that_are_imported_are_not_kept(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    filled(tmp_path / "out" / FEEDBACK, "处理结果", "已死亡")
    code, answer = run(town, "import-roster", tmp_path / "out" / FEEDBACK)
    assert (code, answer["feedback"]["settled"]) == (0, 1)
    answer = exported(town, tmp_path / "out")
    assert answer["kept"] == []
    assert FEEDBACK in names(answer["written"])
    assert not list((tmp_path / "out").rglob("*_已填写*"))


def test_answers_are_kept_beside_those_kept_before(town: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / FEEDBACK
    for text in ("已死亡", "已迁出"):
        exported(town, tmp_path / "out")
        filled(path, "处理结果", text)
    kept = exported(town, tmp_path / "out")["kept"]
    assert [Path(each["kept_as"]).name for each in kept] == ["反馈_区民政局_2024年度_已填写(2).xlsx"]


def test_a_feedback_workbook_that_can_be_read_no_more_is_kept(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    (tmp_path / "out" / FEEDBACK).write_bytes(b"spoilt")
    assert len(exported(town, tmp_path / "out")["kept"]) == 1


def test_what_another_command_wrote_is_no_matter(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out", "--only", "registers")
    for day in ("2023-12-26", "2023-12-25"):
        assert run(town, "build-register", "--all", "-o", tmp_path / "out", "--date", day)[0] == 0
        assert exported(town, tmp_path / "out", "--only", "registers")["told"] == []


def test_what_somebody_else_put_in_a_documents_place_is_told(town: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "阴平镇").mkdir(parents=True)
    roster(tmp_path / "out" / "阴平镇" / REGISTER, ("赵五", ZHAO))
    answer = exported(town, tmp_path / "out", "--only", "registers")
    assert ["不是 fcins export 写的" in text for text in answer["told"]] == [True]
    assert exported(town, tmp_path / "out", "--only", "registers")["told"] == []


def test_what_was_written_before_it_was_killed_is_no_matter(town: Path, tmp_path: Path) -> None:
    """Documents are in place, but it could not note them."""
    first = exported(town, tmp_path / "out")
    (tmp_path / "out" / ".fcins-export.jsonl").unlink()
    answer = exported(town, tmp_path / "out")
    assert (answer["told"], answer["kept"], answer["written"]) == ([], [], first["files"])
    with (tmp_path / "out" / ".fcins-export.jsonl").open("a", encoding="utf-8") as record:
        record.write('{"document": "反')
    assert exported(town, tmp_path / "out")["told"] == []


def test_a_folder_that_was_moved_is_known(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    shutil.move(tmp_path / "out", tmp_path / "moved")
    assert exported(town, tmp_path / "moved")["written"] == []


def test_no_notice_without_payments(village: Path, tmp_path: Path) -> None:
    answer = exported(village, tmp_path / "out", *ALL)
    assert answer["left_out"] == [
        {"kind": kind, "why": "还没有导入缴费"} for kind in ("notices", "reconciliation", "progress")
    ]
    assert not list((tmp_path / "out").rglob("*公示*"))


def test_one_town(town: Path, tmp_path: Path) -> None:
    answer = exported(town, tmp_path / "out", "--town", "峨山", "--only", "registers,gaps,funding")
    assert names(answer["written"]) == ["峨山镇_2024年度征收清册.xlsx", PAGE, "疑似漏保_峨山镇.xlsx"]
    assert (tmp_path / "out" / "峨山镇" / PAGE).exists()
    assert answer["left_out"] == [{"kind": "funding", "why": "是全区的，不分镇（街道）"}]


def test_wrong_usage(town: Path) -> None:
    refused(
        town, "export", "--only", "registers,清单", code=2, saying="没有“清单”这种文件\n可以写：registers（征收清册）"
    )
    refused(town, "export", "--only", "，", code=2, saying="没有写要哪些文件")
    refused(town, "export", "--town", "峨山村", code=2, saying="没有“峨山村”这个镇")
    refused(town, "export", "--town", "古邵镇", code=2, saying="没有古邵镇的居民")


def test_chinese_names_of_documents(town: Path, tmp_path: Path) -> None:
    answer = exported(town, tmp_path / "out", "--only", "征收清册，缴费公示")
    assert [each["kind"] for each in answer["kinds"]] == ["registers", "notices"]


# ── the overview page ───────────────────────────────────────────────────────────────────────────────────────────────


def page(out: Path) -> str:
    return (out / PAGE).read_text("utf-8")


def cells(text: str) -> list[list[str]]:
    """The rows of all tables of a page."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    return [[tidy(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


def tidy(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_every_list_stands_on_the_page(town: Path, tmp_path: Path) -> None:
    run(
        town,
        "import-roster",
        roster(tmp_path / "重残.xlsx", ("外人", STRANGER), category="低保"),
        "--declared-total",
        "9",
    )
    exported(town, tmp_path / "out", "--only", "feedback")
    rows = cells(page(tmp_path / "out"))
    today = date.today().strftime("%m-%d")
    assert ["部门、名单", "文件", "盖章", "接受", "退回", "已更正", "待处理", "最近"] in rows
    assert ["区民政局 低保对象", "2", "9△", "1", "2", "0", "2", today] in rows
    assert ["区公安分局 户籍", "1", "", "6", "0", "0", "0", today] in rows
    assert ["区税务局 缴费", "1", "", "1", "0", "0", "0", today] in rows


def test_a_corrected_row_is_counted(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / FEEDBACK)
    headings = [cell.value for cell in book.worksheets[1][3]]
    for heading, text in (("更正姓名", "王一"), ("更正公民身份号码", WANG)):
        book.worksheets[1].cell(4, headings.index(heading) + 1).value = text
    book.save(tmp_path / "out" / FEEDBACK)
    code, answer = run(town, "import-roster", tmp_path / "out" / FEEDBACK)
    assert (code, answer["feedback"]["corrected"]) == (0, 1)
    exported(town, tmp_path / "out")
    (line,) = [row for row in cells(page(tmp_path / "out")) if row[0] == "区民政局 低保对象"]
    assert line[1:7] == ["1", "", "2", "0", "1", "0"]


def test_the_page_leads_to_every_document(town: Path, tmp_path: Path) -> None:
    answer = exported(town, tmp_path / "out")
    links = [unquote(link) for link in re.findall(r'href="([^"]+)"', page(tmp_path / "out"))]
    assert sorted(str(tmp_path / "out" / link) for link in links) == sorted(
        set(answer["files"]) - {str(tmp_path / "out" / PAGE)}
    )


def test_nobody_is_named_on_the_page(town: Path, tmp_path: Path) -> None:
    exported(town, tmp_path / "out")
    text = page(tmp_path / "out")
    assert not re.search(r"\d{15}|王一|赵五|外人|1380000", text)


def test_what_is_to_be_done_next(village: Path, tmp_path: Path) -> None:
    run(village, "import-roster", roster(tmp_path / "低保.xlsx", ("外人", STRANGER)))
    exported(village, tmp_path / "out", *ALL)
    steps = [tidy(step) for step in re.findall("<li>(.*?)</li>", page(tmp_path / "out"), re.S)]
    assert steps[1] == "把反馈工作簿发给有退回行的部门：区民政局（1行）；填好报回的，直接导入。"
    assert steps[-1].startswith("收到税务部门的缴费明细后导入")
    assert "没有缴费公示：还没有导入缴费。" in page(tmp_path / "out")


def test_who_has_not_sent(town: Path, tmp_path: Path) -> None:
    """低保 came, so 区民政局 lacks its other three; 70周岁 comes by town, and one town's came."""
    file = roster(tmp_path / "老年人.xlsx", ("王一", WANG), category="70周岁及以上老年人")
    assert run(town, "import-roster", file, "--town", "阴平镇")[0] == 0
    exported(town, tmp_path / "out", "--only", "feedback")
    text = page(tmp_path / "out")
    headings = [tidy(each) for each in re.findall("<h3>(.*?)</h3>", text, re.S)]
    assert headings[0].startswith("区公安分局：户籍人口（底阁镇、吴林街道、")
    assert headings[1] == "区民政局：特困人员名册、孤儿名册、事实无人抚养儿童名册（已迟66天）"
    assert "镇街老龄委：70周岁及以上老年人名册（峨山镇）（已迟66天）" in headings
    (paragraph,) = [tidy(each) for each in re.findall('<p class="paste">(.*?)</p>', text, re.S) if "老龄委" in each]
    assert paragraph == (
        "镇街老龄委：峰城区2024年度城乡居民两险集中征缴（峰政办发〔2023〕10号）需要贵单位报送70周岁及以上老年人名册（峨山镇），"
        "应于2023-10-20以前报送，截至2023-12-25还没有收到。名册请写明盖章确认的年度应参保总人数；没有这类人员的，"
        "也请报一份盖章的空名册。收到以前，清册按没有这些资料计算，会影响有关人员的代缴和资助。谢谢配合！"
    )
    rows = cells(text)
    assert ["镇街老龄委 70周岁及以上老年人名册（峨山镇） 未报送", "0", *[""] * 6] in rows
    assert "<li>催报还没有收到的名单：区公安分局、区民政局、" in text


def test_an_empty_workspace_gives_the_page(tmp_path: Path) -> None:
    answer = exported(workspace(tmp_path), tmp_path / "out")
    assert names(answer["written"]) == [PAGE]
    assert "导入户籍库" in page(tmp_path / "out")


def test_who_was_on_last_years_list(town: Path, tmp_path: Path) -> None:
    """赵五 was 低保 last year; this year's list has 王一 only. The names stand in the department's feedback."""
    code, answer = run(town, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")
    assert code == 0, answer
    run(tmp_path / "2025", "import-roster", roster(tmp_path / "今年.xlsx", ("王一", WANG)))
    exported(tmp_path / "2025", tmp_path / "out")
    rows = cells(page(tmp_path / "out"))
    assert rows[rows.index(["名单", "上年", "今年", "今年没有"]) + 1] == ["低保对象", "1", "1", "1"]
    book = openpyxl.load_workbook(tmp_path / "out" / "反馈_区民政局_2025年度.xlsx")
    sheet = book["上年有今年没有_低保对象"]
    assert [sheet.cell(4, 4).value, sheet.cell(4, 5).value, sheet.max_row] == ["赵五", ZHAO, 4]


# ── run ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with a roster and payments, and a letter."""
    folder = tmp_path / "收件"
    folder.mkdir()
    roster(folder / "低保名单.xlsx", ("赵五", ZHAO), ("外人", STRANGER))
    payments(folder / "税务缴费明细.xlsx", ("王一", WANG, "医保", "380"))
    (folder / "说明.docx").write_bytes(b"PK a letter")
    return folder


def ran(folder: Path, inbox: Path, out: Path, *words: str, code: int = 0) -> dict[str, Any]:
    got, answer = run(folder, "run", inbox, "-o", out, *DAY, *words)
    assert got == code, answer
    return answer


def test_run_is_import_and_export(village: Path, inbox: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(village, tmp_path / "other"))
    answer = ran(village, inbox, tmp_path / "out")
    assert [each["file"] for each in answer["import"]["imports"]] == ["低保名单.xlsx", "税务缴费明细.xlsx"]
    assert run(other, "import", inbox)[0] == 0
    exported(other, tmp_path / "apart", "--only", "registers,notices")
    for name, content in documents(tmp_path / "apart").items():
        if name != PAGE:
            assert content == documents(tmp_path / "out")[name], name


def test_run_again_writes_nothing(village: Path, inbox: Path, tmp_path: Path) -> None:
    ran(village, inbox, tmp_path / "out")
    again = ran(village, inbox, tmp_path / "out")
    assert (again["import"]["imports"], again["export"]["written"]) == ([], [])


def test_run_into_the_folder_that_it_reads(village: Path, inbox: Path) -> None:
    """What it wrote is no list; what somebody filled in there is an answer."""
    ran(village, inbox, inbox / "输出")
    again = ran(village, inbox, inbox / "输出")
    assert (again["import"]["imports"], again["import"]["failed"], again["export"]["written"]) == ([], [], [])
    filled(inbox / "输出" / FEEDBACK, "处理结果", "已死亡")
    answer = ran(village, inbox, inbox / "输出")
    assert [each["feedback"]["settled"] for each in answer["import"]["imports"]] == [1]
    assert answer["export"]["kept"] == []


def test_run_exports_whatever_went_in(village: Path, inbox: Path, tmp_path: Path) -> None:
    """One file cannot be used: the others are in the documents, and the exit code is the import's."""
    (inbox / "优抚.xlsx").write_bytes(b"PK no workbook")
    answer = ran(village, inbox, tmp_path / "out", code=4)
    assert len(answer["import"]["imports"]) == 2
    assert REGISTER in names(answer["export"]["written"])
    (inbox / "优抚.xlsx").unlink()
    assert run(village, "withdraw", "2", "--yes")[0] == 0
    ran(village, inbox, tmp_path / "out", "--strict", code=3)


def test_run_stops_before_it_exports(village: Path, inbox: Path, tmp_path: Path) -> None:
    refused(village, "run", inbox, "--only", "清单", code=2, saying="没有“清单”这种文件")
    refused(village, "run", inbox, "--date", "昨天", code=2, saying="不是日期")
    refused(village, "run", inbox, "--town", "峨山村", code=2, saying="没有“峨山村”这个镇")
    (inbox / "优抚.xlsx").write_bytes(b"PK no workbook")
    refused(village, "run", inbox, "-o", tmp_path / "out", "--all-or-nothing", code=4, saying="优抚.xlsx")
    assert not (tmp_path / "out").exists()
    assert [each["file"] for each in run(village, "batches")[1]["batches"]] == ["户籍.xlsx"]
