"""What several tests read and is made once, though they may run in several processes."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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


def copied(folder: Path, make: Callable[..., object], *given: Any) -> Path:
    """What `make(folder, *given)` would put there, made once in this process and copied; gives the workspace in it."""
    shutil.copytree(_made(make, *given).name, folder, dirs_exist_ok=True)
    return folder / "workspace"


@cache
def _made(make: Callable[..., object], *given: Any) -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()  # it goes when the process ends
    make(Path(folder.name), *given)
    return folder
