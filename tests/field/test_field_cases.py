"""The field cases, each on fcins as a clerk would: what is misread in silence loses somebody's cover."""

from pathlib import Path

import pytest
from field import damaged, layouts, money, old_formats, packages, places, states, tables, texts
from field.making import CASES, write_households
from sheets import run, workspace

pytestmark = pytest.mark.system

GROUPS = (damaged, layouts, money, old_formats, packages, places, states, tables, texts)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the households of all cases."""
    at = tmp_path_factory.mktemp("field")
    folder = workspace(at)
    code, answer = run(folder, "import-households", write_households(at / "户籍库.xlsx"))
    assert code == 0, answer
    return folder


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, prepared: Path, tmp_path: Path) -> None:
    from field.running import outcome

    assert outcome(CASES[name]["run"], tmp_path, prepared) == []


def test_none_is_missing() -> None:
    written = [name for group in GROUPS for name in vars(group) if name.startswith("case_")]
    assert (len(CASES), sorted(f"case_{name}" for name in CASES)) == (83, sorted(written))
