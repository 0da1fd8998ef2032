"""One writer at a time: a lock file in the workspace. Who has to wait is shown who holds it.

SQLite's own lock would name nobody.
"""

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fcins import clock
from fcins.errors import BusyError

LOCK = "fcins.lock"
HOLDER = "holder.json"


@contextmanager
def writing(folder: Path, command: str, *, wait_seconds: float, waiting: Any = None) -> Iterator[None]:
    """Hold the workspace for writing; wait for another holder, then `BusyError` naming it.

    `waiting(text)` is called once, with the name of the holder. A process that died holds nothing: the lock is the
    system's.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if waiting:
            waiting(f"工作区正被占用：{_holder(folder)}；等待中……")
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise BusyError(f"工作区正被占用：{_holder(folder)}", "等它结束后再试") from error
    try:
        text = json.dumps(
            {"user": user_name(), "pid": os.getpid(), "command": command, "since": clock.now().strftime("%H:%M:%S")},
            ensure_ascii=False,
        )
        (folder / HOLDER).write_text(text, encoding="utf-8")
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> str:
    try:
        held = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"{held['user']} 的 fcins {held['command']}（进程{held['pid']}，{held['since']}开始）"
    except (OSError, ValueError, KeyError):
        return "另一个fcins命令"


def user_name() -> str:
    """Who runs the program, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in a container or a service
        return str(os.getuid()) if sys.platform != "win32" else "unknown"
