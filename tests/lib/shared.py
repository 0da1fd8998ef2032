"""What several tests read and is made once, though they may run in several processes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A new folder with what `make` puts there: the first process makes it, the others wait for it. Only to be read."""
    parallel = "PYTEST_XDIST_WORKER" in os.environ
    folder = factory.getbasetemp().parent / name if parallel else factory.getbasetemp() / name
    made = folder.with_name(f"{name}.made")
    with FileLock(folder.with_name(f"{name}.lock")):
        if not made.exists():
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
