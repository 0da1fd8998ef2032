"""Roster rows judged as frames, hand-worked: who belongs to what, and what is said of the row. Clauses 四（一）, 五（一）."""

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
    if (frame["seq"] == 0).all():
        frame["seq"] = range(len(frame))
    return frame.astype({name: kind for name, kind in blank.dtypes.items()})


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
