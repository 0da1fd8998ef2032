"""Which lists are expected of whom, which came, and which are missing on a day."""

from datetime import date

import pytest

from fcins.analysis.expected_lists import Arrival, ExpectedList, expected_lists, in_words, missing_lists
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")
TOWNS = ["峨山镇", "阴平镇"]
PREPARATION, CLOSING = date(2023, 10, 20), date(2023, 12, 20)


def came(*lists: str) -> list[Arrival]:
    """`kind[:category][@town]` of the batches 1, 2 …"""
    arrivals = []
    for number, text in enumerate(lists, 1):
        what, _, town = text.partition("@")
        kind, _, category = what.partition(":")
        arrivals.append(Arrival(number, kind, category, town))
    return arrivals


def of(name: str, *lists: str, towns: list[str] = TOWNS) -> list[tuple[str, tuple[int, ...]]]:
    """Of the list called so: for each town ("" the district) the batches that brought it."""
    return [(each.town, each.batches) for each in expected_lists(POLICY, came(*lists), towns) if each.name == name]


def test_every_list_of_the_plan_is_expected_of_its_department() -> None:
    lists = expected_lists(POLICY, [], [])
    assert [(each.name, each.department) for each in lists] == [
        ("户籍人口", "区公安分局"),
        ("特困人员", "区民政局"),
        ("低保对象", "区民政局"),
        ("享受政策脱贫人口", "区乡村振兴局"),
        ("孤儿", "区民政局"),
        ("事实无人抚养儿童", "区民政局"),
        ("重度残疾人", "区残联"),
        ("重点优抚对象", "区退役军人事务局"),
        ("70周岁及以上老年人", "镇街老龄委"),
        ("计生奖扶家庭", "区卫健局"),
        ("在校学生", "区教体局"),
        ("职工医保参保人员", "区医保局"),
        ("市外参保人员", "区医保局"),
        ("其他养老保险参保人员", "区人社局"),
        ("养老参保登记", "区人社局"),
        ("税务缴费", "区税务局"),
    ]
    assert {each.due for each in lists if each.kind != "payments"} == {PREPARATION}
    assert [each.due for each in lists if each.kind == "payments"] == [CLOSING]


def test_who_need_not_report_is_not_asked() -> None:
    """The invented district has years without orphans."""
    policy = load_policy("example-quota-district")
    names = {each.name for each in expected_lists(policy, [], [])}
    assert {each.name for each in policy.categories} - names == {"孤儿", "集体补助对象"}
    assert expected_lists(policy, [], [])[0].due == date(2024, 10, 31)


@pytest.mark.parametrize(
    ("name", "lists", "expected"),
    [
        ("低保对象", [], [("", ())]),
        ("低保对象", ["roster:dibao"], [("", (1,))]),
        ("低保对象", ["roster:dibao", "roster:dibao@阴平镇"], [("", (1, 2))]),
        ("低保对象", ["roster:dibao@阴平镇"], [("峨山镇", ()), ("阴平镇", (1,))]),
        ("70周岁及以上老年人", [], [("峨山镇", ()), ("阴平镇", ())]),
        ("70周岁及以上老年人", ["roster:elderly@峨山镇"], [("峨山镇", (1,)), ("阴平镇", ())]),
        ("70周岁及以上老年人", ["roster:elderly"], [("峨山镇", (1,)), ("阴平镇", (1,))]),
        ("养老参保登记", ["enrolment@阴平镇"], [("峨山镇", ()), ("阴平镇", (1,))]),
        ("户籍人口", ["households"], [("", (1,))]),
    ],
)
def test_a_list_comes_for_the_district_or_by_town(
    name: str, lists: list[str], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert of(name, *lists) == expected


def test_households_of_two_towns_are_not_those_of_seven() -> None:
    found = of("户籍人口", "households@峨山镇", "households@阴平镇")
    assert [town for town, batches in found if not batches] == ["底阁镇", "吴林街道", "坛山街道", "榴园镇", "古邵镇"]


def test_before_there_are_households_a_list_by_town_is_one() -> None:
    assert of("70周岁及以上老年人", towns=[]) == [("", ())]
    assert of("70周岁及以上老年人", "roster:elderly@峨山镇", towns=[]) == [("", (1,))]


def a_list(kind: str, due: date, *batches: int) -> ExpectedList:
    return ExpectedList("区残联", kind, "", "重度残疾人", "", due, batches)


@pytest.mark.parametrize(
    ("kind", "day", "missing", "late"),
    [
        ("roster", date(2023, 10, 1), True, 0),
        ("roster", PREPARATION, True, 0),
        ("roster", date(2023, 10, 23), True, 3),
        ("payments", CLOSING, False, 0),
        ("payments", date(2023, 12, 21), True, 1),
    ],
)
def test_missing_from_the_start_but_payments_once_the_window_has_closed(
    kind: str, day: date, missing: bool, late: int
) -> None:
    expected = a_list(kind, CLOSING if kind == "payments" else PREPARATION)
    assert (expected.is_missing(day), expected.late_days(day)) == (missing, late)


def test_what_came_is_neither_missing_nor_late() -> None:
    expected = a_list("roster", PREPARATION, 7)
    assert (expected.is_missing(CLOSING), expected.late_days(CLOSING)) == (False, 0)


def test_a_town_lacks_its_own_lists_and_those_of_the_district() -> None:
    lists = expected_lists(POLICY, came("households", "roster:dibao", "enrolment@峨山镇"), TOWNS)
    missing = missing_lists(lists, PREPARATION, ["峨山镇"])
    assert ("70周岁及以上老年人", "峨山镇") in [(each.name, each.town) for each in missing]
    assert {each.town for each in missing} == {"", "峨山镇"}
    assert "养老参保登记" not in {each.name for each in missing}


def test_in_words() -> None:
    lists = expected_lists(POLICY, came("households"), TOWNS)
    chosen = [each for each in lists if each.category in ("disability", "elderly")]
    assert in_words(chosen) == "重度残疾人（区残联）、70周岁及以上老年人（镇街老龄委：峨山镇、阴平镇）"
    assert in_words([]) == ""
