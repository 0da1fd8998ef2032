"""Roster rows judged as frames, by hand: who belongs to what, what is said of the row. Clauses 四（一）, 五（一）."""

from typing import Any

import pandas as pd
import pytest
from sheets import person, sheet

from fcins.assessment.facts import ROSTERS
from fcins.assessment.judging import Judgement, judge_rosters
from fcins.assessment.residents import Residents
from fcins.assessment.verdicts import FINDING_SCHEMA
from fcins.frames import empty
from fcins.identity import check_ids
from fcins.policy.loading import Policy, load_policy

POLICY = load_policy("fengcheng-2024")


def key(citizen_id: str) -> int:
    return int(check_ids(pd.Series([citizen_id]), POLICY.reference_day)["key"].iloc[0])


WIFE, HUSBAND = person("1970-06-06", 1, "女"), person("1968-03-03")
YOUNG, GONE, STRANGER = person("1990-02-02", 2, "女"), person("1960-01-01", 3, "女"), person("1965-05-05", 4, "女")
KEYS = {name: key(each) for name, each in
        {"孙桂兰": WIFE, "王建国": HUSBAND, "赵小妹": YOUNG, "钱老太": GONE, "外人": STRANGER}.items()}  # fmt: skip


def residents() -> Residents:
    """Everybody of KEYS but 外人; 钱老太 is dead."""
    names = [name for name in KEYS if name != "外人"]
    status = ["死亡" if name == "钱老太" else "正常" for name in names]
    people = pd.DataFrame({"key": [KEYS[name] for name in names], "name": names, "status": status})
    people = people.assign(town="", village="").astype({"name": "str", "status": "str", "town": "str"})
    return Residents(people, empty(FINDING_SCHEMA), empty(FINDING_SCHEMA))


def facts(table: str, **same: Any) -> pd.DataFrame:
    """Facts of rosters as text; `who` names whose ID stands on the row; what no column says is blank."""
    headings, *rows = sheet(table)
    frame = pd.DataFrame(rows, columns=headings).assign(**same)
    blank = empty(ROSTERS)
    frame["key"] = [KEYS.get(who, 0) for who in frame["who"]]
    if "name" not in frame:
        frame["name"] = frame["who"]
    for name, kind in blank.dtypes.items():
        if name not in frame:
            frame[name] = 0 if kind == "int64" else ""
        elif kind == "int64":
            frame[name] = frame[name].replace("", 0)
    if (frame["seq"] == 0).all():
        frame["seq"] = range(len(frame))
    return frame.astype(blank.dtypes.to_dict())


def judged(table: str, policy: Policy = POLICY, **same: Any) -> Judgement:
    return judge_rosters(facts(table, **same), residents(), policy)


def found(judgement: Judgement) -> list[tuple[int, int, str]]:
    """What is said of which row: batch, seq, code."""
    return list(
        judgement.findings[["batch", "seq", "code"]].sort_values(["batch", "seq", "code"]).itertuples(False, None)
    )


def couple(name: str, who: str, flaws: str = "") -> Judgement:
    """王建国's row with a wife of this name and ID."""
    return judged(
        f"""
        | part | role    | name   | who    | flaws   |
        | 0    | wife    | {name} | {who}  | {flaws} |
        | 1    | husband | 王建国 | 王建国 |         |
        """,
        category="family_planning", seq=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "who", "flaws", "born"),
    [
        ("孙桂兰", "孙桂兰", "", "1970-06-06"),
        ("孙桂兰", "王建国", "", ""),  # E302: a man's ID
        ("孙小兰", "孙桂兰", "", ""),  # E202: somebody else's
        ("孙桂兰", "", "E102", ""),
        ("孙桂兰", "", "E106", ""),
        ("孙桂兰", "", "E107", ""),
        ("孙桂兰", "孙桂兰", "E112", ""),
        ("外人", "外人", "", "1965-05-05"),  # E201
        ("钱老太", "钱老太", "", "1960-01-01"),  # E203
        ("", "", "E305", ""),
        ("", "孙桂兰", "E101", "1970-06-06"),
    ],
)
def test_the_wife_has_an_age_only_by_an_id_that_is_hers(name: str, who: str, flaws: str, born: str) -> None:
    """The husband belongs to the category either way, and is credited by her age if there is one."""
    held = couple(name, who, flaws).holding
    husband = held[(held["role"] == "husband").to_numpy()]
    assert husband["wife_birth"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [born]


def of_kind(kind: str, policy: Policy = POLICY, category: str = "family_planning") -> Judgement:
    return judged(
        f"""
        | part | role    | who    | family_kind |
        | 0    | wife    | 孙桂兰 | {kind}      |
        | 1    | husband | 王建国 | {kind}      |
        """,
        policy, category=category, seq=1,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["独生子女", "双女绝育", "双女结扎户", "独生子女家庭（女孩）", ""])
def test_families_whom_the_plan_names_belong(kind: str) -> None:
    judgement = of_kind(kind)
    assert found(judgement) == []
    assert len(judgement.holding) == 2


@pytest.mark.parametrize("kind", ["双女未绝育", "三孩", "已取消", "独生子女（已取消）", "曾独生子女", "?"])
def test_other_families_credit_neither_spouse(kind: str) -> None:
    """ "?" is what earlier versions kept of a word that they did not know."""
    judgement = of_kind(kind)
    assert found(judgement) == [(0, 1, "E309")]
    assert judgement.by_part[["part", "code"]].to_numpy().tolist() == [[0, "E309"], [1, "E309"]]
    assert len(judgement.holding) == 0


def naming(*kinds: str) -> Policy:
    categories = [
        each.model_copy(update={"family_kinds": kinds or None}) if each.form == "couple" else each
        for each in POLICY.categories
    ]
    return POLICY.model_copy(update={"categories": tuple(categories)})


def test_the_policy_names_the_kinds() -> None:
    """Its own words as well as those of headings.toml; without the key all of these count."""
    policy = naming("独生子女家庭", "失独家庭")
    assert [len(of_kind(kind, policy).holding) for kind in ("独生子女", "失独 家庭", "双女绝育", "三孩")] == [
        2,
        2,
        0,
        0,
    ]
    assert [len(of_kind(kind, naming()).holding) for kind in ("独生子女", "双女绝育", "三孩")] == [2, 2, 0]


def test_the_kind_of_other_rosters_is_their_own() -> None:
    assert found(of_kind("三人户", category="dibao")) == []


def test_who_pays_an_aid() -> None:
    """Somebody who pays for others is no resident's own share; of the two who name nobody one is of an old store."""
    judgement = judged(
        """
        | who    | aid_payer | aid_fen |
        | 孙桂兰 | 个人      | 10000   |
        | 孙桂兰 | 东村集体  | 10000   |
        | 王建国 | 个 人捐助 | 10000   |
        | 王建国 |           | 10000   |
        | 赵小妹 | 集体资助  | 10000   |
        """,
        category="collective_aid",
    )
    assert judgement.holding["aid_payer"].tolist() == [
        "个人资助", "东村集体", "个人资助", "集体资助（未填单位）", "集体资助（未填单位）",
    ]  # fmt: skip
    assert found(judgement) == [(0, 3, "W208"), (0, 4, "W208")]


def test_one_payer_under_two_spellings_pays_once() -> None:
    judgement = judged(
        """
        | batch | who    | aid_payer | aid_fen |
        | 1     | 孙桂兰 | 个人      | 10000   |
        | 2     | 孙桂兰 | 个人资助  | 10000   |
        """,
        category="collective_aid",
    )
    assert (found(judgement), len(judgement.holding)) == ([(2, 1, "D402")], 1)


CANCELLED = {
    "told again by another file": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |            |              | no    | W209 |
        | 2     | 孙桂兰 |            | 2023-06-30   | no    | W209 |
    """,
    "the rest of an undated list is not touched": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |            |              | no    | W209 |
        | 1     | 王建国 |            |              | yes   |      |
        | 2     | 孙桂兰 |            | 2023-12-31   | no    | W209 |
    """,
    "told again in the same file": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |            |              | no    |      |
        | 1     | 孙桂兰 |            | 2023-06-30   | no    |      |
    """,
    "a dated row says no more than its dates": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 | 2020-01-01 |              | no    |      |
        | 2     | 孙桂兰 | 2020-01-01 | 2023-06-30   | no    |      |
        | 3     | 孙桂兰 |            | 2024-06-30   | no    |      |
    """,
    "taken in again on that day": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 | 2020-01-01 | 2023-06-30   | no    |      |
        | 2     | 孙桂兰 | 2023-06-30 |              | yes   |      |
    """,
    "taken in again, and an undated row": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |            | 2023-06-30   | no    |      |
        | 2     | 孙桂兰 | 2023-07-01 |              | yes   |      |
        | 3     | 孙桂兰 |            |              | no    |      |
    """,
    "the last end counts": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 | 2020-01-01 | 2021-06-30   | no    |      |
        | 2     | 孙桂兰 | 2022-01-01 | 2023-06-30   | no    |      |
        | 3     | 孙桂兰 | 2021-08-01 |              | no    |      |
    """,
    "an end after the reference day": """
        | batch | who    | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |            |              | yes   |      |
        | 2     | 孙桂兰 |            | 2024-01-01   | yes   |      |
    """,
    "somebody else's end": """
        | batch | who    | name   | joined_on | cancelled_on | holds | says |
        | 1     | 孙桂兰 | 孙桂兰 |           |              | yes   |      |
        | 2     | 孙桂兰 | 孙小兰 |           | 2023-06-30   | no    | E202 |
    """,
}
"""The reference day is 2023-12-31. `holds`: what the row's membership is; `says`: what is reported of the row."""


LEAVING = {
    "taken off a list without days": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |        |            |              | no    | W209 |
        | 2     | 孙桂兰 | 1      |            | 2023-06-30   | no    | W209 |
    """,
    "taken off a list with days": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |        | 2020-01-01 |              | no    |      |
        | 2     | 孙桂兰 | 1      |            | 2023-06-30   | no    |      |
    """,
    "taken in again on that day": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |        | 2023-06-30 |              | yes   |      |
        | 2     | 孙桂兰 | 1      |            | 2023-06-30   | no    |      |
    """,
    "leaves after the reference day: still a member, but not by this row": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |        |            |              | yes   |      |
        | 2     | 孙桂兰 | 1      |            | 2024-01-01   | no    |      |
        | 2     | 王建国 | 1      |            | 2024-01-01   | no    |      |
    """,
    "a later end does not undo an earlier one": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 |        | 2020-01-01 |              | no    |      |
        | 2     | 孙桂兰 | 1      | 2020-01-01 | 2023-06-30   | no    |      |
        | 3     | 孙桂兰 | 1      | 2021-01-01 | 2024-06-30   | no    |      |
    """,
    "without a day it ends nothing": """
        | batch | who    | leaves | joined_on  | cancelled_on | flaws | holds | says |
        | 1     | 孙桂兰 |        |            |              |       | yes   |      |
        | 2     | 孙桂兰 | 1      |            |              | E307  | no    | E307 |
    """,
    "somebody else's name ends nothing": """
        | batch | who    | name   | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 孙桂兰 | 孙桂兰 |        |            |              | yes   |      |
        | 2     | 孙桂兰 | 孙小兰 | 1      |            | 2023-06-30   | no    | E202 |
    """,
    "who is dead leaves the list rightly": """
        | batch | who    | leaves | joined_on  | cancelled_on | holds | says |
        | 1     | 钱老太 |        |            |              | no    | E203 |
        | 2     | 钱老太 | 1      |            | 2023-06-30   | no    |      |
    """,
}
"""As CANCELLED, with rows of lists of who leaves."""

CANCELLED |= LEAVING


def test_nothing_is_asked_of_who_leaves() -> None:
    """A list of who leaves has no 残疾等级; who is 18 by now leaves the orphans. Their roster's rows would fail."""
    table = """
        | who    | leaves | cancelled_on |
        | 孙桂兰 | 1      | 2023-06-30   |
        | 孙桂兰 |        |              |
    """
    for category, code in (("disability", "E301"), ("orphan", "E302")):
        assert found(judged(table, category=category)) == [(0, 1, code)]


@pytest.mark.parametrize("table", CANCELLED.values(), ids=CANCELLED)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_membership_ends_by_whichever_row_says_so(table: str, backwards: bool) -> None:
    """Whichever file came first. Which of two rows is the copy of the other is another question (D402)."""
    headings, *rows = sheet(table)
    lines = rows[::-1] if backwards else rows
    judgement = judged("\n".join(f"|{'|'.join(row)}|" for row in [headings, *lines]), category="dibao")
    codes = dict(zip(judgement.findings["seq"], judgement.findings["code"], strict=True))
    assert [codes.get(seq, "").replace("D402", "") for seq in range(len(lines))] == [row[-1] for row in lines]
    assert set(judgement.holding["key"]) == {KEYS[row[1]] for row in rows if row[-2] == "yes"}


def test_an_aid_ends_for_the_payer_who_ended_it() -> None:
    judgement = judged(
        """
        | batch | who    | aid_payer | aid_fen | cancelled_on |
        | 1     | 孙桂兰 | 个人      | 10000   |              |
        | 1     | 孙桂兰 | 东村集体  | 5000    |              |
        | 2     | 孙桂兰 | 个人资助  | 8000    | 2023-06-30   |
        """,
        category="collective_aid",
    )
    assert judgement.holding["aid_payer"].tolist() == ["东村集体"]
    assert found(judgement) == [(1, 0, "W209"), (2, 2, "W209")]
    assert set(judgement.findings["field"]) == {"cancelled_on"}
