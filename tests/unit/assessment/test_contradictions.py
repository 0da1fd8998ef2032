"""What holds where rows contradict each other, hand-worked, whatever the order of the rows. Clause 四（一）."""

from itertools import permutations

import pandas as pd
import pytest
from sheets import sheet

from fcins.assessment.contradictions import different_offers, settled_offers
from fcins.policy.loading import Policy, load_policy

POLICY = load_policy("fengcheng-2024")
WHOLE = -1


def offers(table: str) -> pd.DataFrame:
    """Memberships of 集体资助 as text: person, payer, fen."""
    headings, *rows = sheet(table)
    frame = pd.DataFrame(rows, columns=headings).astype({"key": "int64", "aid_fen": "int64"})
    return frame.assign(category="collective_aid")


LISTS = """
| key | aid_payer | aid_fen |
| 1   | 东村集体  | 10000   |
| 1   | 东村集体  | 15000   |
| 1   | 古邵镇    | 5000    |
| 2   | 东村集体  | 10000   |
| 2   | 东村集体  | 10000   |
| 3   | 东村集体  | -1      |
| 3   | 东村集体  | 20000   |
"""
"""1: 100 and 150 yuan of one village; 2: twice the same; 3: 全额 and 200 yuan."""


def choosing(which: str) -> Policy:
    collective = POLICY.medical.collective
    assert collective is not None
    collective = collective.model_copy(update={"when_different": which})
    return POLICY.model_copy(update={"medical": POLICY.medical.model_copy(update={"collective": collective})})


@pytest.mark.parametrize(
    ("which", "holds"),
    [("smaller", {1: 10000, 3: 20000}), ("larger", {1: 15000, 3: WHOLE}), ("none", {1: 0, 3: 0})],
)
def test_two_amounts_of_one_payer(which: str, holds: dict[int, int]) -> None:
    """Of 东村集体's two amounts the policy's choice holds on both rows; 古邵镇's and an equal pair stay as they are."""
    lists = offers(LISTS)
    for order in list(permutations(range(len(lists))))[::251]:
        settled = settled_offers(lists.iloc[list(order)], choosing(which))
        of_village = settled[settled["aid_payer"] == "东村集体"].groupby("key")["aid_fen"].unique()
        assert {key: amounts.tolist() for key, amounts in of_village.items()} == {
            1: [holds[1]], 2: [10000], 3: [holds[3]],
        }  # fmt: skip
        assert settled.loc[settled["aid_payer"] == "古邵镇", "aid_fen"].tolist() == [5000]


def test_which_rows_differ() -> None:
    assert different_offers(offers(LISTS)).tolist() == [True, True, False, False, False, True, True]
