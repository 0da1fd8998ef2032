"""`import fcins`: the example of the manual as it stands there, and what the page promises."""

import re
import shutil
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, read, table
from sheets import run

import fcins
from fcins.errors import UsageError, WorkspaceError
from fcins.frames import difference

PAGE = read("fcins/manual/python.md")


def test_example_gives_what_the_commands_give(
    sample: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "2024").symlink_to(sample[0])
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.+?)```", PAGE, re.S)[1], names)
    assert "医疗救助资金" in capsys.readouterr().out
    town = names["towns"][0]
    _, answer = run(sample[0], "build-register", "--town", town, "-o", tmp_path)
    by_payer = {(each["scheme"], each["payer"]): each["amount"] for each in answer["by_payer"]}
    assert {key: f"{amount:.2f}" for key, amount in names["by_payer"][town].items()} == by_payer


def test_frames_that_are_promised(sample: tuple[Path, Any]) -> None:
    with fcins.open_district(sample[0]) as district:
        for path, promised, _ in table(PAGE.split("are promised")[1])[1:]:
            frame = reduce(getattr, path.strip("`").split("."), district)
            assert len(frame), path
            module, name = promised.split("`")[1].split(".")
            schema = getattr(import_module(f"fcins.assessment.{module}"), name)
            assert list(frame.columns) == schema.names, path
            assert difference(frame, schema) == "", path


def test_nothing_is_written(village: Path) -> None:
    shutil.rmtree(village / "derived")
    before = {path.name: path.read_bytes() for path in village.iterdir() if path.is_file()}
    with fcins.open_district(str(village)) as district:
        assert len(district.assessment.charges)
    assert {path.name: path.read_bytes() for path in village.iterdir() if path.is_file()} == before
    assert not (village / "derived").exists()


def test_policies(tmp_path: Path) -> None:
    assert fcins.load_policy("fengcheng-2024").fee_year == 2024
    own = tmp_path / "own.toml"
    own.write_bytes((ROOT / "fcins" / "policies" / "fengcheng-2025.toml").read_bytes())
    assert fcins.load_policy(own).fee_year == fcins.load_policy(str(own)).fee_year == 2025
    with pytest.raises(UsageError, match="没有名为"):
        fcins.load_policy("atlantis-2024")
    with pytest.raises(WorkspaceError), fcins.open_district(tmp_path):
        pass


def test_nothing_else_is_promised() -> None:
    assert sorted(fcins.__all__) == ["__version__", "load_policy", "open_district"]
    assert [cells[0] for cells in table(PAGE.split("are promised")[0])[1:]] == [
        "`fcins.open_district(folder)`",
        "`fcins.load_policy(name_or_file)`",
        "`fcins.__version__`",
    ]
