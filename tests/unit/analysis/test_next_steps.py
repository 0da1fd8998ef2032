"""What to do next: by what has come, what is open, and the day."""

from datetime import date

import pytest

from fcins.analysis.expected_lists import Arrival, expected_lists
from fcins.analysis.next_steps import next_steps
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")
TOWN = ["阴平镇"]
ROSTERS = [("roster", each.code) for each in POLICY.categories if each.required]
LISTS = [("households", ""), *ROSTERS, ("enrolment", "")]


def steps(came: list[tuple[str, str]], day: str, open_rows: int = 0) -> list[str]:
    """The commands of the next steps."""
    arrivals = [Arrival(number, kind, category, "") for number, (kind, category) in enumerate(came, 1)]
    found = next_steps(POLICY, expected_lists(POLICY, arrivals, TOWN), open_rows, date.fromisoformat(day))
    return [step.run.split()[1] for step in found]


@pytest.mark.parametrize(
    ("came", "day", "expected"),
    [
        (ROSTERS, "2023-10-10", ["import-households"]),
        (LISTS[:3], "2023-10-10", ["import-roster", "import-enrolment", "build-register"]),
        (LISTS, "2023-12-20", ["build-register"]),
        (LISTS, "2023-12-21", ["import-payments"]),
        ([*LISTS, ("payments", "")], "2023-12-21", ["publicity-export", "reconcile"]),
        ([*LISTS, ("payments", "")], "2024-01-21", ["reconcile"]),
    ],
)
def test_in_the_order_of_the_campaign(came: list[tuple[str, str]], day: str, expected: list[str]) -> None:
    assert steps(came, day) == expected


def test_what_is_open_goes_back_first() -> None:
    assert steps(LISTS, "2023-11-01", open_rows=3) == ["feedback-export", "build-register"]


def test_says_whom_to_remind() -> None:
    arrivals = [Arrival(1, kind, category, "") for kind, category in LISTS if category != "disability"]
    first, _ = next_steps(POLICY, expected_lists(POLICY, arrivals, TOWN), 0, date(2023, 11, 1))
    assert (first.what, first.run) == ("催报重度残疾人（区残联），收到就导入", "fcins import-roster 文件")
