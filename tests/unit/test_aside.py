"""A file appears whole or not at all, and what a killed process left behind does not stay."""

import os
import time
from pathlib import Path

import pytest

from fcins.aside import PREFIX, written_aside


def test_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with written_aside(path) as (file, aside):
        file.write(b"new")
        assert path.read_bytes() == b"old"
        assert aside.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_not_at_all(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write() -> None:
        with written_aside(path) as (file, _):
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_forgotten_goes(tmp_path: Path) -> None:
    """Of the day before; what another process is writing now stays, and so does what is not ours."""
    old, new, other = (tmp_path / name for name in (f"{PREFIX}old.tmp", f"{PREFIX}new.tmp", "other.tmp"))
    for path in (old, new, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (time.time() - 90_000,) * 2)
    with written_aside(tmp_path / "a") as (file, _):
        file.write(b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([new.name, other.name, "a"])
