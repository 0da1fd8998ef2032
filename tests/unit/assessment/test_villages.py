"""Which names mean which village, whatever the order of the files."""

import pandas as pd
import pytest

from fcins.assessment.villages import known_villages, one_village, renamed, same_village, village_names
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("东村", "东村村委会", True),
        ("东村社区", "东村", True),
        ("阴平镇东村", "东村居委会", True),
        ("东村一组", "东村", True),
        ("东村12号", "东村", True),
        ("大东村", "东村", False),
        ("古村新村", "古村", False),
        ("东村", "西村", False),
        ("东村村民小组3组", "东村", True),
        ("东坊", "东坊村", True),
        ("东坊村村民委员会", "东坊", True),
        ("峰城区阴平镇东坊村", "东坊", True),
        ("370499103201 东坊村", "东坊村", True),
        ("东坊头", "东坊", False),
        ("东坊头村", "东坊", False),
        ("阴平村", "阴平镇东村", False),
        ("阴平村", "阴平", True),
    ],
)
def test_one_village(one: str, other: str, same: bool) -> None:
    assert one_village(one, other, POLICY) == one_village(other, one, POLICY) == same


@pytest.mark.parametrize(
    ("stated", "own", "same"),
    [
        ("阴平镇东村12号", "东村", True),
        ("东村", "东村村委会", True),
        ("古村新村", "古村", False),
        ("古村新村12号", "古村", False),
        ("古村新村12号", "古村新村", True),
        ("大东村", "东村", False),
        ("东坊12号", "东坊", True),
        ("", "东坊", False),
        ("东坊", "", False),
    ],
)
def test_what_a_row_states_of_a_village(stated: str, own: str, same: bool) -> None:
    assert same_village(stated, own, POLICY) == same


# What the households write, by how many rows, and the name that holds.
SPELLINGS = {
    "the commonest, with its town, its committee, blanks": """
        东坊村 3 东坊村
        东坊 1 东坊村
        东坊村委会 1 东坊村
        阴平镇东坊村 2 东坊村
        山东省枣庄市峰城区阴平镇东坊村 1 东坊村
        东　坊村 1 东坊村
        12-东坊村 1 东坊村
        东坊村12号 9 东坊村
        东坊村一组 9 东坊村
        东坊村村民小组 9 东坊村
    """,
    "of equals the first as text": """
        东坊村委会 2 东坊村
        东坊村 2 东坊村
    """,
    "another village": """
        东坊村 1 东坊村
        东坊新村 1 东坊新村
        东坊新村12号 1 东坊新村
        大东坊村 1 大东坊村
        东坊头 1 东坊头
        红旗一队 1 红旗一队
        红旗二队 1 红旗二队
    """,
    "a village that is called as its town": """
        阴平村 2 阴平村
        阴平镇阴平村 1 阴平村
    """,
    "only addresses": """
        阴平镇东坊村1号 1 东坊村
        阴平镇东坊村2号 1 东坊村
    """,
    "a village and the community of its name": """
        东坊村 2 东坊村
        东坊社区 3 东坊社区
        东坊居委会 1 东坊社区
        东坊 1 东坊
    """,
    "a community alone": """
        东坊社区 3 东坊社区
        东坊社区居委会 1 东坊社区
        东坊 1 东坊社区
    """,
}


@pytest.mark.parametrize("table", SPELLINGS.values(), ids=SPELLINGS)
def test_one_name_for_each_village(table: str) -> None:
    lines = [line.split(" ") for line in table.strip().splitlines()]
    lines = [[part for part in line if part] for line in lines]
    villages = pd.DataFrame([("阴平镇", name, int(people)) for name, people, _ in lines] + [("底阁镇", "东坊", 50)])
    villages.columns = ["town", "village", "people"]
    for some in (villages, villages[::-1]):
        names = village_names(some, POLICY)
        assert renamed(villages, names).tolist() == [*(name for _, _, name in lines), "东坊"]


@pytest.mark.parametrize("names", [["古村", "古村新村"], ["古村新村", "古村"]])
def test_a_change_means_the_village_that_its_name_says_most_of(names: list[str]) -> None:
    villages = pd.DataFrame({"town": "阴平镇", "village": names, "people": 1})
    stated = pd.DataFrame({"town": "阴平镇", "village": ["古村新村12号", "古村村委会", "南村", ""]})
    assert known_villages(stated, villages, POLICY).tolist() == ["古村新村", "古村", "南村", ""]


def test_a_change_in_a_spelling_of_the_households() -> None:
    villages = pd.DataFrame({"town": "阴平镇", "village": ["东坊村", "东坊"], "people": [2, 1]})
    stated = pd.DataFrame({"town": ["阴平镇"] * 3 + ["底阁镇"], "village": ["东坊", "东坊村", "东坊村委会", "东坊"]})
    assert known_villages(stated, villages, POLICY).tolist() == ["东坊村", "东坊村", "东坊村", "东坊"]
