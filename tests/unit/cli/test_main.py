"""The words of the command line, where the shell leaves more to the program than elsewhere."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from fcins.cli import main


def test_windows_leaves_patterns_to_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("低保.xlsx", "残联.xlsx", "说明.txt"):
        (tmp_path / name).touch()
    monkeypatch.setenv("FOLDER", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["fcins", "import-roster", "$FOLDER/*.xlsx", "没有*.xlsx", "--strict"])
    assert main._line()[1:] == ["$FOLDER/*.xlsx", "没有*.xlsx", "--strict"]
    monkeypatch.setattr(main, "os", SimpleNamespace(name="nt", path=os.path))
    command, *files, none, option = main._line()
    assert (command, none, option) == ("import-roster", "没有*.xlsx", "--strict")
    assert sorted(files) == [f"{tmp_path}/{name}" for name in ("低保.xlsx", "残联.xlsx")]
