"""A workspace is a folder: make one, open it at its newest shape, explain why one cannot be opened."""

import os
from pathlib import Path

from fcins.errors import BusyError, FcinsError, UsageError, WorkspaceError
from fcins.store.database import DatabaseError
from fcins.store.schema import DATABASE, POLICY, migrations
from fcins.store.store import Store

OWN_FILES = (
    DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", POLICY, "headings.toml", "fcins.lock", "holder.json", "fcins.log",
    "derived",
)  # fmt: skip
"""What stands in a workspace's folder and is no file of a department."""


def create_workspace(folder: Path, policy_text: str) -> None:
    """Make a workspace in `folder` (created if missing): the database at its newest shape, and policy.toml."""
    if (folder / DATABASE).exists():
        raise UsageError(f"{folder} 已经是工作区", "换一个文件夹，或直接使用这个工作区")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / POLICY).write_text(policy_text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"不能在 {folder} 建立工作区：{error.strerror}", "换一个可以写入的文件夹") from error
    database = folder / DATABASE
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    with Store(folder) as store:
        store.run("PRAGMA journal_mode=WAL")
        store.run("BEGIN IMMEDIATE")
        store.run("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        store.run("INSERT INTO meta VALUES ('last_batch', '0'), ('schema', '0')")
        _migrate(store)
        store.run("COMMIT")


def is_workspace(folder: Path) -> bool:
    """Whether the folder holds a workspace, sound or not."""
    return (folder / DATABASE).is_file() and (folder / POLICY).is_file()


def open_store(folder: Path) -> Store:
    """Open the workspace in `folder`; `WorkspaceError` where there is none, or it is damaged."""
    if not is_workspace(folder):
        raise WorkspaceError(f"{folder} 不是工作区", "先运行 fcins init，或用 -w 指定工作区所在的文件夹")
    try:
        store = Store(folder)
        schema = int(store.meta("schema"))
    except (OSError, LookupError, ValueError, database_error()) as error:
        if not all(os.access(path, os.R_OK | os.W_OK) for path in (folder, folder / DATABASE)):
            raise _no_access(folder) from error
        raise damaged(folder, error) from error
    if schema > len(migrations()):
        raise WorkspaceError("工作区由更新版本的fcins建立", "请升级fcins后再使用")
    if schema < len(migrations()):
        with store.transaction():
            _migrate(store)
    return store


def damaged(folder: Path, error: BaseException) -> FcinsError:
    """What to tell the user about a database error: busy (exit 5), not to be written, or damaged (exit 6)."""
    if "readonly database" in str(error):
        return _no_access(folder)
    if "locked" in str(error) or "busy" in str(error):
        return BusyError("工作区正被其他程序占用", "稍后再试；若用其他工具打开了数据库，请先关闭")
    return WorkspaceError(f"{folder} 中的数据库无法读取，可能已损坏", "请从备份恢复该文件夹，或重新建立工作区并导入")


def _no_access(folder: Path) -> WorkspaceError:
    # SQLite's write-ahead log asks for it of who only reads, too.
    return WorkspaceError(
        f"没有读写 {folder} 的权限，工作区本身没有损坏", "换有权限的用户运行，或把整个文件夹复制到可以写入的地方再用"
    )


def policy_path(folder: Path) -> Path:
    """Where the workspace keeps its own policy."""
    return folder / POLICY


def _migrate(store: Store) -> None:
    have = int(store.meta("schema"))
    for number, script in enumerate(migrations(), start=1):
        if number > have:
            store.run("\n".join(line.split("--")[0] for line in script.splitlines()))
            store.run(f"UPDATE meta SET value = '{number}' WHERE key = 'schema'")


def database_error() -> type[Exception]:
    """The driver's exception class, for the one place that maps exceptions to exit codes."""
    return DatabaseError
