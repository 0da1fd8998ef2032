"""Which names mean which village, whatever the order of the files."""

import pandas as pd
import pytest

from fcins.assessment.villages import known_villages, one_village
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
    ],
)
def test_one_village(one: str, other: str, same: bool) -> None:
    assert one_village(one, other, POLICY) == one_village(other, one, POLICY) == same


@pytest.mark.parametrize("names", [["古村", "古村新村"], ["古村新村", "古村"]])
def test_a_change_means_the_village_that_its_name_says_most_of(names: list[str]) -> None:
    villages = pd.DataFrame({"town": "阴平镇", "village": names})
    stated = pd.DataFrame({"town": "阴平镇", "village": ["古村新村12号", "古村村委会", "南村", ""]})
    assert known_villages(stated, villages, POLICY).tolist() == ["古村新村", "古村", "南村", ""]
