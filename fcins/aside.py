"""Files that appear whole or not at all: written aside in the same folder, then renamed."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = ".fcins-"
"""What is being written has a name that begins so, and mode 0600."""

_FORGOTTEN_SECONDS = 24 * 3600


@contextmanager
def written_aside(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file, open for writing, and its own path; durable and put in place of `path` when all went well.

    After an error `path` is as it was and nothing else remains. What a killed process left in the folder the day before
    is cleared away. Raises OSError; PermissionError where `path` is open elsewhere (Windows).
    """
    _clear_forgotten(path.parent)
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, Path(name)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "posix":  # make the rename itself last
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _clear_forgotten(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
                left.unlink()
