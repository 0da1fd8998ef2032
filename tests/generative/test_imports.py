"""Whole small workspaces: what must hold whatever the departments send, and in whatever order."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from fcins.analysis.district import District
from fcins.assessment.charges import PERSONAL
from fcins.commands import importing
from fcins.commands.batch import ImportResult
from fcins.commands.opening import Watcher
from fcins.commands.registers import build_register
from fcins.commands.workspace import init
from fcins.documents.collection import COLUMNS, collection_table
from fcins.documents.publicity import publicity_table
from fcins.identity import check_digit
from fcins.policy.loading import load_policy
from fcins.store.lock import writing
from fcins.store.workspace import open_store

POLICY = load_policy("fengcheng-2024")
QUIET = Watcher()
DAY = date(2023, 12, 25)

few = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example takes a second: too dear to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def citizen_id(birth: str, number: int) -> str:
    first17 = f"370499{birth}{number:03d}"
    return first17 + check_digit(first17)


PEOPLE = [
    ("赵一", citizen_id("19700505", 1), "阴平镇", "东村", "001"),
    ("钱二", citizen_id("19720606", 2), "阴平镇", "东村", "001"),
    ("孙三", citizen_id("20150303", 1), "阴平镇", "东村", "001"),
    ("李四", citizen_id("19631125", 1), "阴平镇", "西村", "001"),
    ("周五", citizen_id("19480101", 2), "阴平镇", "西村", "002"),
    ("吴六", citizen_id("20071201", 1), "古邵镇", "东村", "001"),
    ("郑七", citizen_id("19850909", 1), "古邵镇", "东村", "001"),
    ("王八", citizen_id("19900909", 2), "古邵镇", "南村", ""),
]
NEWCOMER = ("冯新", citizen_id("19951010", 1), "古邵镇", "北村", "009")
STRANGER = ("陈外", citizen_id("19951010", 3))
BROKEN = [STRANGER, ("", PEOPLE[0][1]), ("赵一", ""), ("赵一", "37049919700505001"), ("钱三", PEOPLE[1][1])]

HEADINGS = {
    "households": ["姓名", "公民身份号码", "镇街", "村居", "户号", "户籍状态"],
    "changes": ["姓名", "公民身份号码", "镇街", "村居", "户号", "变动类型", "变动日期"],
    "roster": ["姓名", "身份证号", "人员类别", "残疾等级", "资助单位", "资助金额", "取消时间"],
    "leavers": ["姓名", "身份证号", "人员类别", "退出时间"],
    "couples": ["女方姓名", "女方身份证号", "男方姓名", "男方身份证号"],
    "enrolment": ["姓名", "身份证号", "缴费档次", "登记日期"],
    "payments": ["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"],
}


@dataclass(frozen=True)
class Sent:
    """One department's file: its kind (a key of HEADINGS) and rows."""

    kind: str
    rows: tuple[tuple[str, ...], ...]


def files_of(kind: str, *columns: st.SearchStrategy[str], most: int = 8) -> st.SearchStrategy[Sent]:
    """Rows of mostly residents, each with a value for every further column."""
    persons = st.sampled_from([each[:2] for each in PEOPLE] * 3 + [NEWCOMER[:2], *BROKEN])
    rows = st.tuples(persons, *columns).map(lambda row: (*row[0], *row[1:]))
    return st.lists(rows, min_size=1, max_size=most).map(lambda rows: Sent(kind, tuple(rows)))


CATEGORIES = ["低保", "重残", "脱贫户", "学生", "职工医保", "孤儿", "集体资助", "低保、重残", "老年人", "什么"]
DATES = ["2023-10-21", "2023-11-21", ""]

rosters = files_of(
    "roster",
    st.sampled_from(CATEGORIES),
    st.sampled_from(["一级", "3级", ""]),
    st.sampled_from(["东村集体", "古邵镇"]),
    st.sampled_from(["100", "100", "150", "全额"]),
    st.sampled_from(["", "", "", "2022-12-31"]),
)
leavers = files_of("leavers", st.sampled_from(CATEGORIES), st.sampled_from(["2022-12-31", "2024-06-30", ""]), most=3)
couples = st.lists(
    st.sampled_from(
        [
            ("钱二", PEOPLE[1][1], "赵一", PEOPLE[0][1]),
            ("钱二", PEOPLE[1][1], "", ""),
            ("王八", PEOPLE[7][1], "郑七", PEOPLE[6][1]),
            (*STRANGER, "李四", PEOPLE[3][1]),
        ]
    ),
    min_size=1,
    max_size=4,
).map(lambda rows: Sent("couples", tuple(rows)))
enrolments = files_of("enrolment", st.sampled_from(["100", "350", "500", "8000", "123"]), st.sampled_from(DATES))
payments = files_of(
    "payments",
    st.sampled_from(["医保", "养老", "车险"]),
    st.sampled_from(["380", "190", "350", "0.01", "甲"]),
    st.sampled_from(["2023-11-01", "2023-12-01", "昨天"]),
)
changes = st.sets(st.sampled_from(["死亡", "迁出", "新增", "迁入"])).map(
    lambda kinds: Sent(
        "changes",
        tuple(
            row
            for row in (
                (*PEOPLE[4], "死亡", "2023-11-05"),
                (*PEOPLE[7], "迁出", "2023-11-06"),
                (*NEWCOMER, "新增", "2023-11-07"),
                (*PEOPLE[2][:2], "阴平镇", "西村", "005", "迁入", "2023-11-08"),
            )
            if row[5] in kinds
        ),
    )
)
HOUSEHOLDS = [
    Sent("households", tuple((*each, "正常") for each in PEOPLE if each[2] == town)) for town in ("阴平镇", "古邵镇")
]


@st.composite
def sendings(draw: st.DrawFn) -> list[Sent]:
    """The households of both towns, then what departments send; every payment has a 凭证号 of its own."""
    paid = draw(st.lists(payments, min_size=1, max_size=1))
    stamped = [
        Sent("payments", tuple((*row, f"R{file}{number}") for number, row in enumerate(sent.rows)))
        for file, sent in enumerate(paid)
    ]
    changed = draw(changes)
    return [
        *HOUSEHOLDS,
        *draw(st.lists(rosters, min_size=1, max_size=2)),
        *draw(st.lists(leavers, max_size=1)),
        *draw(st.lists(couples, max_size=1)),
        *draw(st.lists(enrolments, min_size=1, max_size=2)),
        *stamped,
        *([changed] if changed.rows else []),
    ]


@contextmanager
def having(files: Sequence[Sent], names: Sequence[str] = ()) -> Iterator[tuple[Path, list[ImportResult]]]:
    """A new workspace, gone afterwards, into which these files were sent (0.xlsx, 1.xlsx …), and what came of each."""
    names = names or [f"{number}.xlsx" for number, _ in enumerate(files)]
    begun = len(HOUSEHOLDS) if list(files[:2]) == HOUSEHOLDS and names[0] == "0.xlsx" else 0
    with TemporaryDirectory() as parent:
        template, results = _begun(begun)
        folder = Path(shutil.copytree(Path(template.name) / "ws", Path(parent) / "ws"))
        rest = [send(folder, sent, name) for sent, name in zip(files[begun:], names[begun:], strict=True)]
        yield folder, [*results, *rest]


@cache
def _begun(households: int) -> tuple["TemporaryDirectory[str]", list[ImportResult]]:
    """A workspace to be copied, with the first so many of HOUSEHOLDS: most sendings begin with both."""
    parent = TemporaryDirectory()  # it goes when the process ends
    folder = Path(parent.name) / "ws"
    init(folder, "fengcheng-2024")
    return parent, [send(folder, sent, f"{number}.xlsx") for number, sent in enumerate(HOUSEHOLDS[:households])]


def send(folder: Path, sent: Sent, name: str = "名册.xlsx", title: str = "", **options: bool) -> ImportResult:
    """Write a file outside the workspace and import it, with further options of the import."""
    path = folder.parent / name
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2023, 12, 1)})
        paper = book.add_worksheet("退出" if sent.kind == "leavers" else "名单")
        for y, row in enumerate([*([[title]] if title else []), HEADINGS[sent.kind], *sent.rows]):
            for x, cell in enumerate(row):
                paper.write_string(y, x, cell)
    if sent.kind in ("households", "changes"):
        return importing.import_households(folder, [path], watcher=QUIET, **options)[0]
    if sent.kind in ("roster", "leavers", "couples"):
        category = "family_planning" if sent.kind == "couples" else None
        asked = {"category": category, "declared_total": None, "town": None}
        options = {"force": True, **options}  # of so few people one who leaves is more than a fifth
        return importing.import_roster(folder, [path], **asked, watcher=QUIET, **options)[0]
    return importing.import_facts(folder, [path], sent.kind, watcher=QUIET)[0]


def sheets(folder: Path) -> dict[str, list[list[object]]]:
    """What the registers would say, town by town: every column of the village sheets and what the notice is made of."""
    with open_store(folder) as store, store.reading():
        district = District(store, POLICY)
        due = collection_table(district.assessment, district.received, POLICY)
        paid = publicity_table(district.assessment, district.received, POLICY)
    headings = ["village", *(column.heading for column in COLUMNS)]
    said = {}
    for town in POLICY.town_names:
        mine = paid.loc[paid["town"] == town, ["village", "name", "medical_fen", "pension_fen", "paid_on", "free"]]
        said[town] = [*_cells(due.loc[due["town"] == town, headings]), *_cells(mine)]
    return said


def _cells(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype("object").where(frame.notna(), None).to_numpy().tolist()


@few
@given(sendings())
def test_rows_add_up(files: list[Sent]) -> None:
    """Every row is accepted, a duplicate or rejected, when it comes and when all is known; none is lost."""
    with having(files) as (folder, results):
        for sent, result in zip(files, results, strict=True):
            assert result.read == len(sent.rows)
            assert result.read == result.accepted + result.duplicate + result.rejected
        with open_store(folder) as store, store.reading():
            district = District(store, POLICY)
            verdicts = district.verdicts
            assert not verdicts.duplicated(["batch", "seq"]).any()
            judged = verdicts.groupby("batch").size().reindex(district.batches["batch"], fill_value=0)
            assert judged.tolist() == [
                results[sent].read for sent in _first_of_same(results, district.batches["batch"].tolist())
            ]
            # A rejected row says why, an accepted one carries no error.
            findings = district.findings
            errors = set(findings.loc[findings["code"].str[0] == "E", ["batch", "seq"]].itertuples(index=False))
            rejected = set(
                verdicts.loc[verdicts["verdict"] == "rejected", ["batch", "seq"]].itertuples(index=False, name=None)
            )
            assert {tuple(each) for each in errors} == rejected


def _first_of_same(results: list[ImportResult], batches: list[int]) -> list[int]:
    return [next(at for at, result in enumerate(results) if result.batch == batch) for batch in batches]


@few
@given(sendings(), st.randoms(use_true_random=False))
def test_any_order(files: list[Sent], random) -> None:  # type: ignore[no-untyped-def]
    """The same files in any order give the same sheets; only which copy is the duplicate (D401, D402) may differ."""
    shuffled = random.sample(files, len(files))
    said = []
    for order in (files, shuffled):
        with having(order, [f"{files.index(sent)}.xlsx" for sent in order]) as (folder, _):
            said.append(sheets(folder))
    assert said[0] == said[1]


contradicting = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["", "", "某人"]),
        st.sampled_from([("阴平镇", "东村"), ("阴平镇", "西村"), ("古邵镇", "南村"), ("峨山镇", "")]),
        st.sampled_from(["001", "007", ""]),
        st.sampled_from(["正常", "正常", "死亡", "迁出"]),
    ).map(lambda row: (row[1] or row[0][0], row[0][1], *row[2], row[3], row[4])),
    min_size=1,
    max_size=6,
).map(lambda rows: Sent("households", tuple(rows)))


@pytest.mark.slow
@few
@given(st.lists(contradicting, min_size=1, max_size=2), changes, rosters, payments, st.randoms(use_true_random=False))
def test_contradicting_households_in_any_order(  # type: ignore[no-untyped-def]
    others: list[Sent], changed: Sent, roster: Sent, paid: Sent, random
) -> None:
    """Who is registered, where, and what they owe and have paid depends on no order; nobody stands in two places.

    In which order neighbours stand does: that of the files.
    """
    paid = Sent("payments", tuple((*row, f"R{number // 2}") for number, row in enumerate(paid.rows)))
    files = [*HOUSEHOLDS, *others, *([changed] if changed.rows else []), roster, paid]
    found = []
    for order in (files, random.sample(files, len(files))):
        names = [f"{files.index(sent)}.xlsx" for sent in order]
        with having(order, names) as (folder, _), open_store(folder) as store, store.reading():
            district = District(store, POLICY)
            due = collection_table(district.assessment, district.received, POLICY)
            due = due.sort_values("公民身份号码")
            paid_of = district.received.sort_values(["key", "scheme", "amount_fen"])
        assert not due["公民身份号码"].duplicated().any()
        own = [
            "town",
            "village",
            *(column.heading for column in COLUMNS if column.heading not in ("序号", "本户应缴合计")),
        ]
        found.append((_cells(due[own]), _cells(paid_of[["key", "scheme", "amount_fen", "counted_on"]])))
    assert found[0] == found[1]


def test_moved_between_towns() -> None:
    """The villages of the new town stand in the order of its own households file, whichever town's file came first."""
    move = Sent("changes", ((*PEOPLE[2][:2], "古邵镇", "南村", "005", "迁入", "2023-11-08"),))
    said = []
    for order in ([*HOUSEHOLDS, move], [*reversed(HOUSEHOLDS), move]):
        with having(order) as (folder, _):
            said.append(sheets(folder))
    assert said[0] == said[1]


@few
@given(sendings())
def test_twice_is_once(files: list[Sent]) -> None:
    """The same bytes change nothing; the same rows in another file are copies: nobody owes or paid more."""
    with having(files) as (folder, _):
        once = sheets(folder)
        again = [send(folder, sent, f"又{number}.xlsx") for number, sent in enumerate(files)]
        assert all(result.already_imported for result in again)
        with open_store(folder) as store:
            assert len(store.batches()) == len({(sent.kind, sent.rows) for sent in files})
        assert sheets(folder) == once
        copies = [send(folder, sent, f"重{number}.xlsx", title="第二稿") for number, sent in enumerate(files)]
        assert not any(result.already_imported for result in copies[2:3])
        assert sheets(folder) == once


@few
@given(sendings(), st.data())
def test_withdrawn_is_nothing(files: list[Sent], data: st.DataObject) -> None:
    """A batch imported and withdrawn leaves no trace in any sheet, verdict or finding."""
    late = data.draw(st.sampled_from(files[2:]))
    with having([each for each in files if each != late]) as (folder, _):
        before = _judged(folder)
        result = send(folder, late, "后到.xlsx")
        assert result.batch is not None
        with (
            writing(folder, "withdraw", wait_seconds=1),
            open_store(folder) as store,
            store.transaction(keep=True),
        ):
            store.withdraw([result.batch])
        assert _judged(folder) == before


CODES = {word: code for word in "、".join(CATEGORIES).split("、") if (code := POLICY.find_category(word))}


@few
@given(rosters, rosters, sendings())
def test_replaced_is_never_sent(old: Sent, new: Sent, files: list[Sent]) -> None:
    """After a new whole list the sheets say what they would if what it replaced had never come.

    Of the old list's rows, and of every other roster's, only the categories that the new one does not name are left.
    """
    named = {word for row in new.rows for word in row[2].split("、") if word in CODES}
    assume(named)
    others = [sent for sent in files[2:] if sent.kind != "couples"]
    before, after = [], []
    for sent in (*HOUSEHOLDS, old, *others):
        before.append(sent)
        rest = [
            (*row[:2], left, *row[3:])
            for row in sent.rows
            if (left := "、".join(word for word in row[2].split("、") if word not in named))
        ]
        after.append(Sent("roster", tuple(rest)) if sent.kind == "roster" else sent)
    said = []
    for sendings, options in ((before, {"replace": True, "force": True}), (after, {})):
        with having([each for each in sendings if each.rows]) as (folder, _):
            send(folder, new, "新.xlsx", **options)
            said.append(sheets(folder))
    assert said[0] == said[1]


@pytest.mark.slow
@few
@given(sendings(), st.sets(st.sampled_from(PEOPLE), min_size=1))
def test_replaced_households_are_never_sent(files: list[Sent], left: set[tuple[str, ...]]) -> None:
    """The same for the households, with the changes that came before: the rosters are judged by the new list alone."""
    new = Sent("households", tuple((*each, "正常") for each in PEOPLE if each in left))
    others = [sent for sent in files[2:] if sent.kind != "changes"]
    said = []
    for earlier, options in ((files, {"replace": True, "force": True}), (others, {})):
        with having(earlier) as (folder, _):
            send(folder, new, "新.xlsx", title="新", **options)
            said.append(sheets(folder))
    assert said[0] == said[1]


def _judged(folder: Path) -> tuple[object, ...]:
    with open_store(folder) as store, store.reading():
        district = District(store, POLICY)
        judged = (_cells(district.batches), _cells(district.verdicts), _cells(district.findings))
    return (*judged, sheets(folder))


@few
@given(sendings())
def test_sums(files: list[Sent]) -> None:
    """What is written: a village's rows, its 合计, its line of 汇总, the town's line and the charges say the same."""
    with having(files) as (folder, _):
        out = folder.parent / "out"
        built = build_register(folder, town=None, village=None, out=out, dated=DAY, watcher=QUIET)
        with open_store(folder) as store, store.reading():
            assessment = District(store, POLICY).assessment
        owed = sum(int(assessment.amounts(scheme, PERSONAL).sum()) for scheme in ("medical", "pension"))
        assert sum(town.personal_fen for town in built.towns) == owed
        assert sum(payer.amount_fen for payer in built.by_payer) == int(assessment.charges["amount_fen"].sum())
        assert built.people == sum(town.people for town in built.towns) == _listed(assessment.people)
        for path, town in zip(built.files, built.towns, strict=True):
            book = openpyxl.load_workbook(path)
            summary = _table(book["汇总"])
            total = summary.pop("合计")
            for heading in ("医保个人应缴", "养老个人应缴", "个人应缴合计", "医保资助金额", "养老缴费档次"):
                by_village = {village: row[heading] for village, row in summary.items()}
                assert _fen(total[heading]) == sum(map(_fen, by_village.values()))
                for village, amount in by_village.items():
                    rows = _table(book[village])
                    foot = rows.pop("合计")
                    assert sum(_fen(row[heading]) for row in rows.values()) == _fen(amount) == _fen(foot[heading])
                    assert len(rows) == summary[village]["人数"]
            assert _fen(total["个人应缴合计"]) == town.personal_fen
            assert total["人数"] == town.people
            book.close()
        shutil.rmtree(out)


def _listed(people: pd.DataFrame) -> int:
    return int((people["status"] == "正常").sum())


def _fen(amount: object) -> int:
    assert isinstance(amount, int | float)
    assert amount * 100 == pytest.approx(round(amount * 100))
    return round(amount * 100)


def _table(sheet: object) -> dict[object, dict[object, object]]:
    """A sheet's numbered rows by 村居 or number, and its 合计 row."""
    _, _, headings, *rows = sheet.values  # type: ignore[attr-defined]
    named = [dict(zip(headings, row, strict=True)) for row in rows if row[0] == "合计" or isinstance(row[0], int)]
    return {"合计" if row["序号"] == "合计" else row.get("村居", row["序号"]): row for row in named}
