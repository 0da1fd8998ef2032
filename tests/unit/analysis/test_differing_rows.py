"""Two rows side by side: in which fields they differ, what each says, what holds until that is settled."""

import pandas as pd
from sheets import sheet

from fcins.analysis.differing_rows import of_households, of_payments, of_rosters
from fcins.assessment.residents import Residents
from fcins.policy.loading import load_policy

PLAN = load_policy("fengcheng-2024")

RESIDENTS = Residents(
    pd.DataFrame(
        {
            "key": [1],
            "status": ["正常"],
            "status_since": [""],
            "town": ["阴平镇"],
            "village": ["东村"],
            "residency": ["户籍"],
        }
    ),
    pd.DataFrame(),
    pd.DataFrame(),
)


def pair(table: str, **numbers: int) -> pd.DataFrame:
    """A table of two rows as one pair, the first row's file 1 and the other's 2; `numbers`: columns of both."""
    headings, own, other = sheet(table)
    cells = dict(zip(headings, own, strict=True)) | dict(
        zip((f"{name}_other" for name in headings), other, strict=True)
    )
    amounts = {name: int(text) for name, text in cells.items() if "fen" in name}
    return pd.DataFrame([{**cells, **amounts, **numbers, "key": 1, "now_batch": 1, "batch": 2}])


def texts(differing: pd.DataFrame) -> list[tuple[str, ...]]:
    """Field, own, other, holds."""
    return list(differing[["field", "own", "other", "holds"]].itertuples(index=False, name=None))


def test_dead_by_one_list_and_elsewhere() -> None:
    """The village is the same one by another spelling; the day of a death that the other does not know says nothing."""
    rows = pair("""
        | hukou_status | change | change_date | town   | village    | residency  |
        | 正常         |        |             | 阴平镇 | 东村       | 户籍       |
        | 死亡         |        | 2023-10-02  | 峨山镇 | 东村村委会 | 常住非户籍 |
    """)
    assert texts(of_households(rows, RESIDENTS, PLAN)) == [
        ("hukou_status", "正常", "死亡", "正常"),
        ("town", "阴平镇", "峨山镇", "阴平镇"),
        ("residency", "户籍", "常住非户籍", "户籍"),
    ]


def test_a_death_and_an_arrival_elsewhere_after_it() -> None:
    rows = pair("""
        | hukou_status | change | change_date | town   | village | residency |
        | 正常         | 死亡   | 2023-11-02  | 阴平镇 | 东村    | 户籍      |
        | 正常         | 迁入   | 2023-11-05  | 峨山镇 | 西村    | 户籍      |
    """)
    dead = RESIDENTS.people.assign(status="死亡")
    residents = Residents(dead, pd.DataFrame(), pd.DataFrame())
    assert texts(of_households(rows, residents, PLAN)) == [("change", "2023-11-02死亡", "2023-11-05迁入", "死亡")]


MEMBERSHIPS = pd.DataFrame({"key": [1], "category": ["dibao"], "aid_payer": [""], "aid_fen": [0]})
ENDED = """
    | category | aid_payer | aid_fen | joined_on  | cancelled_on |
    | dibao    |           | 0       | {}         |              |
    | dibao    |           | 0       | 2020-01-01 | {}           |
"""


def test_a_membership_that_another_file_ends() -> None:
    """An undated row says that it holds; one that begins anew, or ends only next year, is no contradiction."""
    none = MEMBERSHIPS[:0]
    assert texts(of_rosters(pair(ENDED.format("", "2023-06-30")), none, PLAN)) == [
        ("cancelled_on", "空", "2023-06-30", "已取消")
    ]
    assert texts(of_rosters(pair(ENDED.format("2023-07-01", "2023-06-30")), MEMBERSHIPS, PLAN)) == []
    assert texts(of_rosters(pair(ENDED.format("", "2024-06-30")), MEMBERSHIPS, PLAN)) == []


def test_two_amounts_of_aid() -> None:
    """全额 is an amount like any other; what holds is what the membership has."""
    rows = pair("""
        | category | aid_payer | aid_fen | joined_on | cancelled_on |
        | dibao    |           | 15000   |           |              |
        | dibao    |           | -1      |           |              |
    """)
    holding = MEMBERSHIPS.assign(aid_fen=15000)
    assert texts(of_rosters(rows, holding, PLAN)) == [("aid_amount", "150元", "全额", "150元")]
    assert texts(of_rosters(rows, MEMBERSHIPS, PLAN)) == [("aid_amount", "150元", "全额", "不计")]


def test_a_refund_is_no_other_amount_of_its_payment() -> None:
    table = """
        | scheme  | receipt_no | amount_fen |
        | medical | A1         | 38000      |
        | medical | A1         | {}         |
    """
    received = pair(table.format("19000"), fee_year=2024).assign(amount_fen=38000)
    assert texts(of_payments(pair(table.format("19000"), fee_year=2024), received)) == [
        ("paid_amount", "380元", "190元", "380元")
    ]
    assert texts(of_payments(pair(table.format("-19000"), fee_year=2024), received)) == []
