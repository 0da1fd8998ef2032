"""What is done with files, as a pure function of what they are and of what is known."""

from dataclasses import replace

from fcins.analysis.receiving import (
    ADD,
    KNOWN,
    LEFT,
    ORDER,
    REPLACE,
    UNSURE,
    Answers,
    Arrival,
    Knowledge,
    KnownBatch,
    Orders,
    Planned,
    plan,
    stated_counts,
)
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")
YINPING, GUSHAO = frozenset({"阴平镇"}), frozenset({"古邵镇"})
DIBAO = Arrival("低保.xlsx", "A", "roster", "名册", ("dibao",), True, "标题", rows=5, towns=YINPING, key="K")
OLD = KnownBatch(3, "旧.xlsx", "roster", ("dibao",), 5, None, YINPING)


def planned(
    *arrivals: Arrival, known: Knowledge | None = None, orders: Orders | None = None, answers: Answers | None = None
) -> list[Planned]:
    return plan(arrivals, known or Knowledge(), POLICY, orders or Orders(), answers or {}, {})


def test_the_order_of_the_kinds_whatever_the_names():
    kinds = ("payments", "enrolment", "leavers", "roster", "changes", "households")
    arrivals = [Arrival(f"{at}.xlsx", str(at), kind, certain=True) for at, kind in enumerate(kinds)]
    assert [each.kind for each in planned(*arrivals)] == [kind for kind in ORDER if kind in kinds]
    assert ORDER.index("households") < ORDER.index("changes") < ORDER.index("roster") < ORDER.index("enrolment")
    names = [
        each.arrival.shown for each in planned(*(replace(DIBAO, shown=f"附件{n}.xlsx", sha256=str(n)) for n in (10, 2)))
    ]
    assert names == ["附件2.xlsx", "附件10.xlsx"]


def test_what_is_there_is_not_imported_and_copies_once():
    (each,) = planned(DIBAO, known=Knowledge({"A": OLD}))
    assert (each.does, each.batch, each.why) == (KNOWN, 3, "批次3，没有改动")
    assert [each.does for each in planned(DIBAO, replace(DIBAO, shown="又.xlsx"))] == [ADD, KNOWN]


def test_what_nobody_imports_is_left():
    last_year = Arrival("上年.xlsx", "B", "last_year", "上年参保情况表", certain=True)
    assert planned(last_year)[0].why == "上年参保情况表，用 fcins progress --last-year 读"
    feedback = Arrival("反馈.xlsx", "C", "feedback", certain=True)
    assert [each.does for each in planned(last_year, feedback)] == [LEFT, LEFT]


def test_a_remembered_answer_holds_only_where_the_file_does_not_tell():
    remembered = Knowledge(remembered={"K": {"kind": "roster", "category": "tekun"}})
    assert planned(DIBAO, known=remembered)[0].categories == ("dibao",)
    doubtful = replace(DIBAO, certain=False, open_category=True)
    (each,) = planned(doubtful, known=remembered)
    assert (each.does, each.category, each.why, each.from_memory) == (ADD, "tekun", "按上次的回答", True)
    assert planned(replace(doubtful, key=""), known=remembered)[0].does == UNSURE


def test_a_category_that_the_policy_no_longer_has_is_not_taken_from_memory():
    remembered = Knowledge(remembered={"K": {"category": "gone"}})
    assert planned(replace(DIBAO, open_category=True), known=remembered)[0].questions == ("category",)


def test_a_further_list_is_added_unless_somebody_says_otherwise():
    there = Knowledge(lists=[OLD])
    whole = replace(DIBAO, whole="低保全量名单")
    (each,) = planned(DIBAO, known=there)
    assert (each.does, each.further, each.questions) == (ADD, ("批次3（旧.xlsx）",), ("whole", "total"))
    assert [planned(one, known=there)[0].does for one in (whole, replace(whole, towns=GUSHAO))] == [REPLACE, ADD]
    assert planned(DIBAO, known=there, orders=Orders(replace=True))[0].town == "阴平镇"
    assert planned(DIBAO, known=there, orders=Orders(replace=True, all_towns=True))[0].town == ""
    assert planned(whole, known=there, answers={whole.shown: {"whole": ADD}})[0].does == ADD


def test_a_remembered_replacement_needs_the_town_of_the_file():
    there = Knowledge(lists=[OLD], remembered={"K": {"whole": REPLACE}})
    assert planned(DIBAO, known=there)[0].does == REPLACE
    for towns in (frozenset({""}), YINPING | GUSHAO):
        (each,) = planned(replace(DIBAO, towns=towns), known=there)
        assert (each.does, each.questions) == (UNSURE, ("town",))


def test_what_lies_in_the_folder_is_not_replaced_by_its_neighbour():
    """Else the next import of the folder would bring back whom the newer list has left out."""
    old = Arrival("旧.xlsx", "OLD")
    there = Knowledge({"OLD": OLD}, [OLD])
    each = planned(old, replace(DIBAO, whole="低保全量名单"), known=there)[0]
    assert (each.does, each.further) == (ADD, ("批次3（旧.xlsx）",))
    assert "合起来" in each.why


def test_counts_beside_the_files():
    files = ["低保.xlsx", "民政/特困.xls", "民政/低保.xlsx"]
    assert stated_counts([(".", "民政/特困.xls", "3"), ("民政", "低保", "2人")], files) == (
        {"民政/特困.xls": 3, "民政/低保.xlsx": 2},
        [],
    )
    counts, problems = stated_counts([("民政", "低保", "二"), (".", "低保", "1"), (".", "低保", "2")], files)
    assert counts == {"低保.xlsx": 1, "民政/低保.xlsx": 1}
    assert problems == ["“低保”：“二”不是人数", "“低保”：写了两个不同的人数，用的是前一个"]
