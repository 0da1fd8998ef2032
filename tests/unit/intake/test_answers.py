"""What answers to returned rows change: the last one holds; a corrected row stands for its own."""

import pandas as pd
import pytest
from sheets import sheet

from fcins.intake.answers import answered


def frame(table: str) -> pd.DataFrame:
    """A text table → a frame; figures as numbers."""
    headings, *rows = sheet(table)
    made = pd.DataFrame(rows, columns=headings)
    for name in made.columns:
        if name not in ("answer", "note", "verdict", "code", "field"):
            made[name] = made[name].astype("int64")
    return made


ANSWERS = """
    | batch | origin_batch | origin_seq | part | answer   | note         | seq |
    | 7     | 3            | 4          | -1   | 更正     |              | 0   |
    | 7     | 3            | 5          | -1   | 已死亡   | 已死亡，取消 | -1  |
    | 7     | 3            | 6          | -1   | 重复     | 重复         | -1  |
    | 7     | 5            | 1          | 1    | 更正     |              | 1   |
    | 7     | 5            | 2          | 1    | 取消资格 | 离异         | -1  |
    | 8     | 3            | 4          | -1   | 更正     |              | 9   |
    | 8     | 5            | 1          | 0    | 已死亡   |              | -1  |
"""

FACTS = """
    | batch | seq | part |
    | 3     | 4   | 0    |
    | 3     | 4   | 1    |
    | 3     | 5   | 0    |
    | 3     | 6   | 0    |
    | 5     | 1   | 0    |
    | 5     | 1   | 1    |
    | 5     | 2   | 0    |
    | 5     | 2   | 1    |
    | 7     | 0   | 0    |
    | 7     | 1   | 0    |
    | 7     | 1   | 1    |
    | 8     | 9   | 0    |
"""


def test_which_facts_count() -> None:
    """3/4 was corrected twice: only 8/9 counts. 3/5 has died; 3/6 is closed, but counts. Of the couple row 5/1 the
    corrected row 7/1 counts, without the wife, who has died since; of 5/2 the wife alone."""
    left = answered(frame(ANSWERS)).without(frame(FACTS))
    assert left.to_numpy().tolist() == [[3, 6, 0], [5, 2, 0], [7, 1, 1], [8, 9, 0]]


def test_verdicts() -> None:
    """Each row has one: that of the row that stands for it; who was cancelled is rejected."""
    judged = """
        | batch | seq | verdict   |
        | 3     | 6   | rejected  |
        | 5     | 2   | accepted  |
        | 7     | 1   | accepted  |
        | 8     | 9   | duplicate |
    """
    found = answered(frame(ANSWERS)).verdicts(frame(judged))
    assert {(each.batch, each.seq): each.verdict for each in found.itertuples()} == {
        (3, 4): "duplicate",
        (7, 0): "duplicate",
        (8, 9): "duplicate",
        (3, 5): "rejected",
        (3, 6): "rejected",
        (5, 1): "accepted",
        (7, 1): "accepted",
        (5, 2): "accepted",
    }
    assert len(found) == 8


def test_findings_that_are_open() -> None:
    findings = """
        | batch | seq | part | code | field |
        | 3     | 6   | 0    | E106 | x     |
        | 3     | 9   | 0    | E106 | x     |
        | 5     | 2   | 1    | E305 | x     |
        | 5     | 2   | 0    | E106 | x     |
    """
    left = answered(frame(ANSWERS)).open(frame(findings))
    assert left[["batch", "seq", "part"]].to_numpy().tolist() == [[3, 9, 0], [5, 2, 0]]


@pytest.mark.parametrize(
    ("row", "origin"),
    [((8, 9), (3, 4)), ((7, 0), (3, 4)), ((7, 1), (5, 1)), ((3, 6), (3, 6)), ((3, 4), (3, 4))],
)
def test_where_a_row_first_came_in(row: tuple[int, int], origin: tuple[int, int]) -> None:
    rows = pd.DataFrame([row], columns=["batch", "seq"])
    assert tuple(answered(frame(ANSWERS)).origin_of(rows).iloc[0]) == origin


def test_no_answers_change_nothing() -> None:
    none = answered(frame(ANSWERS)[:0])
    facts = frame(FACTS)
    assert none.without(facts) is facts
    assert none.origin_of(facts).to_numpy().tolist() == facts[["batch", "seq"]].to_numpy().tolist()
