"""The policy cases, worked by hand from the plan, each through judging and assessment."""

from functools import cache
from pathlib import Path

import pytest

from fcins.analysis.cases import Fails, read_cases, run_cases
from fcins.policy.loading import Policy, load_policy, packaged_policies

FILES = sorted((Path(__file__).parent.parent / "cases").glob("*.toml"))
FEWEST = 20


def policy_of(stem: str) -> str:
    """The policy that a file of cases is about: fengcheng-2024-more.toml → fengcheng-2024."""
    return next(name for name in packaged_policies() if stem.startswith(name))


@cache
def policy(name: str) -> Policy:
    return load_policy(name)


@cache
def failing(path: Path) -> list[Fails]:
    """Those of a file that come out otherwise: its persons are judged together, as one district's."""
    name = policy_of(path.stem)
    return run_cases(read_cases(path), policy(name), name)


CASES = [
    pytest.param(path, number, id=f"{path.stem}-{number}")
    for path in FILES
    for number, _ in enumerate(read_cases(path), start=1)
]


@pytest.mark.parametrize(("path", "number"), CASES)
def test_case(path: Path, number: int) -> None:
    """standard, aid, personal; tier, proxy, personal, subsidy, family planning; total; earliest pay date; payers."""
    assert [each for each in failing(path) if each.number == number] == []


def test_every_policy_has_its_cases() -> None:
    counts = dict.fromkeys(packaged_policies(), 0)
    for path in FILES:
        counts[policy_of(path.stem)] += len(read_cases(path))
    assert [name for name, count in counts.items() if count < FEWEST] == []
