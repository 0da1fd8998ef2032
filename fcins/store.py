"""The workspace: one SQLite file of facts (WAL, synchronous=FULL) and the district's own policy.toml.

One writer at a time: a lock file whose holder is named to whoever waits. Frames go in and out as Arrow. SQLite is
reached through ADBC only: two copies of SQLite in one process would undo each other's file locks.
"""

import getpass
import hashlib
import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fcins.database import Cursor, DatabaseError, stream_digest
from fcins.errors import BusyError, FcinsError, UsageError, WorkspaceError

DATABASE = "fcins.db"
POLICY = "policy.toml"
LOCK = "fcins.lock"
HOLDER = "holder.json"
CACHE_KIB = 1 << 16  # keys come in any order: with SQLite's own 2 MB each would fetch its place in a large index anew

FACT_TABLES = {
    "households": "household_facts",
    "changes": "household_facts",
    "roster": "roster_facts",
    "enrolment": "enrolment_facts",
    "payments": "payment_facts",
}
"""Where each kind of batch keeps its facts."""

_ASKED = "SELECT key FROM temp.asked"


@dataclass(frozen=True)
class SheetRecord:
    """One sheet of a batch as it came: its rows are a frame of text cells, `row` being the number Excel shows."""

    sheet_no: int
    sheet: str
    hidden: bool
    title: str
    headings: list[str]
    cells: pd.DataFrame


class Store:
    """An open workspace. Use `open_store`; close it, or use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cursor = Cursor(folder / DATABASE)
        self._asked: Collection[int] | None = None
        self._script(f"PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL; PRAGMA cache_size=-{CACHE_KIB}")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._cursor.close()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def batches(self) -> pd.DataFrame:
        """Every live batch, oldest first: the columns of the table `batches`."""
        return self._frame("batches", "SELECT * FROM batches ORDER BY batch")

    def facts(
        self, table: str, columns: Sequence[str] = (), keys: Collection[int] | None = None, without: Iterable[int] = ()
    ) -> pd.DataFrame:
        """All facts of a table, in the order they came (batch, seq, part): these columns, or all of the table's.

        With `keys` only the rows on which one of these persons stands, whole; none of the batches in `without`.
        """
        chosen = f"SELECT {', '.join(columns) or '*'} FROM {table} WHERE batch NOT IN ({', '.join(map(str, without))})"
        if keys is not None:
            self._ask_for(keys)
            if table == FACT_TABLES["roster"]:  # a couple's other half is judged with it
                chosen += f" AND (batch, seq) IN (SELECT batch, seq FROM {table} WHERE key IN ({_ASKED}))"
            else:
                chosen += f" AND key IN ({_ASKED})"
        if columns or keys is not None:
            return self._frame(table, f"{chosen} ORDER BY batch, seq, part")
        # They came in this order, so that nothing needs to be sorted; but that is looked at, not believed.
        facts = self._frame(table, f"{chosen} ORDER BY rowid")
        order = ["batch", "seq", "part"]
        return facts if _in_order(facts[order]) else facts.sort_values(order, ignore_index=True)

    def facts_of_rows(self, table: str, columns: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
        """These columns of the facts on these counted rows (batch, seq), in the order they came."""
        self._script("CREATE TEMP TABLE IF NOT EXISTS wanted (batch INTEGER, seq INTEGER, PRIMARY KEY (batch, seq))")
        self._script("DELETE FROM temp.wanted")
        pairs = pa.Table.from_pandas(rows[["batch", "seq"]].drop_duplicates(), preserve_index=False)
        self._cursor.adbc_ingest("wanted", pairs, temporary=True)
        # The facts are gone through once; a cross join keeps SQLite from making an index of all of them first.
        chosen = ", ".join(f"{table}.{column}" for column in columns)
        met = f"wanted.batch = {table}.batch AND wanted.seq = {table}.seq"
        query = f"SELECT {chosen} FROM {table} CROSS JOIN temp.wanted ON {met}"
        return self._frame(table, f"{query} ORDER BY {table}.batch, {table}.seq, {table}.part")

    def connected(self, keys: Iterable[int]) -> list[int]:
        """The persons whose facts decide how those of these are judged: couples, and who shares a receipt number."""
        found: set[int] = set()
        new = set(keys)
        couples = f"SELECT batch, seq FROM roster_facts WHERE role != '' AND key IN ({_ASKED})"
        while new:
            found |= new
            self._ask_for(new)
            new = self._keys(f"SELECT DISTINCT key FROM roster_facts WHERE (batch, seq) IN ({couples})") - found
        self._ask_for(found)
        receipts = f"SELECT receipt_no FROM payment_facts WHERE receipt_no != '' AND key IN ({_ASKED})"
        found |= self._keys(f"SELECT DISTINCT key FROM payment_facts WHERE receipt_no IN ({receipts})")
        return sorted(found - {0})

    def _ask_for(self, keys: Collection[int]) -> None:
        """Put persons where queries can look them up: a list of thousands is no text of a query."""
        if keys is self._asked:
            return
        self._script("CREATE TEMP TABLE IF NOT EXISTS asked (key INTEGER PRIMARY KEY); DELETE FROM temp.asked")
        column = pa.table({"key": pa.array(sorted(keys), pa.int64())})
        self._cursor.adbc_ingest("asked", column, temporary=True)
        self._asked = keys

    def keys_named(self, name: str) -> list[int]:
        """The persons whom the households know by this name (as `identity.normalise_names` spells it)."""
        self._cursor.execute("SELECT DISTINCT key FROM household_facts WHERE name = ? AND key != 0", (name,))
        return [int(key) for (key,) in self._cursor.fetchall()]

    def villages(self) -> pd.DataFrame:
        """town, village as the households' sound rows name them, in the order they first do."""
        sound = "change = '' AND instr(flaws, 'E') = 0"
        query = f"SELECT town, village FROM household_facts WHERE {sound} GROUP BY town, village ORDER BY MIN(rowid)"
        return self._frame("household_facts", query)

    def _keys(self, query: str) -> set[int]:
        self._cursor.execute(query)
        return {int(key) for (key,) in self._cursor.fetchall()}

    def sheet_names(self) -> pd.DataFrame:
        """batch, sheet_no, sheet of every live batch."""
        return self._frame("sheets", "SELECT batch, sheet_no, sheet FROM sheets ORDER BY batch, sheet_no")

    def sheet_records(self, batch: int) -> list[SheetRecord]:
        """The sheets of a batch as they came."""
        self._cursor.execute(f"SELECT * FROM sheets WHERE batch = {int(batch)} ORDER BY sheet_no")
        records = []
        for _, sheet_no, sheet, hidden, title, headings, cells in self._cursor.fetchall():
            with pa.ipc.open_stream(cells) as reader:
                frame = reader.read_all().to_pandas()
            records.append(SheetRecord(sheet_no, sheet, bool(hidden), title, json.loads(headings), frame))
        return records

    def origins(self) -> pd.DataFrame:
        """Where carried batches come from: the columns of the table `origins`."""
        return self._frame("origins", "SELECT * FROM origins ORDER BY batch")

    def last_year_rates(self) -> pd.DataFrame:
        """What last year came to, in the order it was kept: the columns of the table `last_year_rates`."""
        return self._frame("last_year_rates", "SELECT * FROM last_year_rates ORDER BY rowid")

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Everything inside is written, or nothing is; with `keep=False` nothing is, in any case."""
        self._script("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._script("ROLLBACK")
            raise
        self._script("COMMIT" if keep else "ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever others import meanwhile."""
        self._script("BEGIN")
        try:
            yield
        finally:
            self._script("ROLLBACK")

    def add_batch(
        self, batch: dict[str, Any], sheets: list[SheetRecord], facts: pd.DataFrame
    ) -> tuple[int, pd.DataFrame]:
        """Add a file's facts as one batch; gives its number and the facts as they will be read.

        `batch` has kind, category, scope, town, file, sha256, declared_total, rows_read, rows_skipped; `facts` the
        columns of its kind's table but `batch`.
        """
        number = self._next_batch()
        arrow = _stored(facts.assign(batch=number), batch["kind"])
        # Arrow, zstd and SHA-256 work outside the interpreter: the raw rows are packed while SQLite takes the facts.
        with ThreadPoolExecutor(2) as aside:
            digest = aside.submit(stream_digest, arrow)
            packed = aside.map(lambda sheet: _sheet_row(number, sheet), sheets)
            with self.adding(batch["kind"], arrow.num_rows):
                if arrow.num_rows:
                    self._cursor.adbc_ingest(FACT_TABLES[batch["kind"]], arrow)
        record = {
            **batch,
            "batch": number,
            "imported_at": datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
            "imported_by": _user(),
            "facts": arrow.num_rows,
            "digest": digest.result(),
        }
        self._append("batches", pd.DataFrame([record])[_columns("batches")])
        self._append("sheets", pd.DataFrame(list(packed))[_columns("sheets")])
        return number, arrow.to_pandas()

    def add_carried(
        self, batch: dict[str, Any], sheets: list[SheetRecord], facts: pd.DataFrame, origin: dict[str, Any]
    ) -> int:
        """As `add_batch`, for a batch that comes from another year's workspace.

        `origin` has policy, fee_year, origin_batch, imported_at: where it comes from.
        """
        number, _ = self.add_batch(batch, sheets, facts)
        self._append("origins", pd.DataFrame([{**origin, "batch": number}])[_columns("origins")])
        return number

    def add_last_year_rates(self, rates: pd.DataFrame) -> None:
        """Keep what last year came to: town, village, scheme, liable, covered, due_fen, received_fen."""
        self._append("last_year_rates", rates[_columns("last_year_rates")])

    def withdraw(self, batches: list[int]) -> None:
        """Delete batches with all their facts."""
        for table in [*dict.fromkeys(FACT_TABLES.values()), "sheets", "origins", "batches"]:
            self._script(f"DELETE FROM {table} WHERE batch IN ({_numbers(batches)})")

    def _next_batch(self) -> int:
        # A number is never given twice, also after a withdrawal: notes and feedback workbooks may still name it.
        self._cursor.execute("SELECT value FROM meta WHERE key = 'last_batch'")
        number = int(self._cursor.fetchall()[0][0]) + 1
        self._script(f"UPDATE meta SET value = '{number}' WHERE key = 'last_batch'")
        return number

    def _append(self, table: str, frame: pd.DataFrame) -> None:
        if len(frame):
            arrow = pa.Table.from_pandas(frame, schema=_schema(table), preserve_index=False)
            self._cursor.adbc_ingest(table, arrow)

    @contextmanager
    def adding(self, kind: str, facts: int) -> Iterator[None]:
        """So many facts of a kind are added inside, in one batch or several. Many beside those that are there: it is
        much quicker to sort each index once, at the end."""
        table = FACT_TABLES[kind]
        self._cursor.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {table}")
        there = int(self._cursor.fetchall()[0][0])
        indexes: list[tuple[str, str]] = []
        if facts * 4 > there:
            self._cursor.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?", (table,))
            indexes = [(name, sql) for name, sql in self._cursor.fetchall() if sql]
        for name, _ in indexes:
            self._script(f"DROP INDEX {name}")
        yield
        for _, sql in indexes:
            self._script(sql)

    def _frame(self, table: str, query: str) -> pd.DataFrame:
        self._cursor.execute(query)
        arrow = self._cursor.fetch_arrow_table()
        known = _schema(table)
        # SQLite has no column types to speak of: an empty or all-null column comes without its own.
        arrow = arrow.cast(pa.schema([known.field(name) for name in arrow.column_names]))
        frame: pd.DataFrame = arrow.to_pandas()
        return frame

    def _script(self, statement: str) -> None:
        for part in statement.split(";"):
            if part.strip():
                self._cursor.executescript(part)


def as_stored(facts: pd.DataFrame, kind: str, batch: int) -> pd.DataFrame:
    """The facts of a batch of a kind, with its number, as the store gives them back: columns and types of its table."""
    frame: pd.DataFrame = _stored(facts.assign(batch=batch), kind).to_pandas()
    return frame


def _stored(facts: pd.DataFrame, kind: str) -> pa.Table:
    table = FACT_TABLES[kind]
    return pa.Table.from_pandas(facts[_columns(table)], schema=_schema(table), preserve_index=False)


def _in_order(columns: pd.DataFrame) -> bool:
    """Whether each row comes after the one before it, by the first column, then the second …"""
    after, same = np.zeros(max(len(columns) - 1, 0), np.bool_), np.ones(max(len(columns) - 1, 0), np.bool_)
    for _, column in columns.items():
        step = np.diff(column.to_numpy())
        after |= same & (step > 0)
        same &= step == 0
    return bool(after.all())


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(str(int(value)) for value in values) or "NULL"


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
        store._script("PRAGMA journal_mode=WAL")
        store._script("BEGIN IMMEDIATE")
        store._script("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        store._script("INSERT INTO meta VALUES ('last_batch', '0'), ('schema', '0')")
        _migrate(store)
        store._script("COMMIT")


def open_store(folder: Path) -> Store:
    """Open the workspace in `folder`; `WorkspaceError` where there is none, or it is damaged."""
    if not (folder / DATABASE).is_file() or not (folder / POLICY).is_file():
        raise WorkspaceError(f"{folder} 不是工作区", "先运行 fcins init，或用 -w 指定工作区所在的文件夹")
    try:
        store = Store(folder)
        store._cursor.execute("SELECT value FROM meta WHERE key = 'schema'")
        schema = int(store._cursor.fetchall()[0][0])
    except (OSError, LookupError, ValueError, database_error()) as error:
        raise damaged(folder, error) from error
    if schema > len(_migrations()):
        raise WorkspaceError("工作区由更新版本的fcins建立", "请升级fcins后再使用")
    if schema < len(_migrations()):
        with store.transaction():
            _migrate(store)
    return store


def damaged(folder: Path, error: BaseException) -> FcinsError:
    """What to tell the user about a database error: busy (exit 5) or damaged (exit 6)."""
    if "locked" in str(error) or "busy" in str(error):
        return BusyError("工作区正被其他程序占用", "稍后再试；若用其他工具打开了数据库，请先关闭")
    return WorkspaceError(f"{folder} 中的数据库无法读取，可能已损坏", "请从备份恢复该文件夹，或重新建立工作区并导入")


def policy_path(folder: Path) -> Path:
    """Where the workspace keeps its own policy."""
    return folder / POLICY


@contextmanager
def writing(folder: Path, command: str, *, wait_seconds: float, waiting: Any = None) -> Iterator[None]:
    """Hold the workspace for writing; wait for another holder, then `BusyError` naming it.

    `waiting(text)` is told once who is waited for. A holder that died holds nothing: the lock is the system's.
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
            {"user": _user(), "pid": os.getpid(), "command": command, "since": datetime.now().strftime("%H:%M:%S")},
            ensure_ascii=False,
        )
        (folder / HOLDER).write_text(text, encoding="utf-8")
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def digest(facts: pd.DataFrame, kind: str) -> str:
    """SHA-256 over a batch's facts as an Arrow stream of one chunk, the columns and types those of its table."""
    return stream_digest(_stored(facts, kind))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holder(folder: Path) -> str:
    try:
        held = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"{held['user']} 的 fcins {held['command']}（进程{held['pid']}，{held['since']}开始）"
    except (OSError, ValueError, KeyError):
        return "另一个fcins命令"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in a container or a service
        return str(os.getuid()) if sys.platform != "win32" else "unknown"


def _sheet_row(batch: int, sheet: SheetRecord) -> dict[str, Any]:
    frame = sheet.cells.rename(columns=str)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return {
        "batch": batch,
        "sheet_no": sheet.sheet_no,
        "sheet": sheet.sheet,
        "hidden": int(sheet.hidden),
        "title": sheet.title,
        "headings": json.dumps(sheet.headings, ensure_ascii=False),
        "cells": sink.getvalue().to_pybytes(),
    }


def _migrate(store: Store) -> None:
    store._cursor.execute("SELECT value FROM meta WHERE key = 'schema'")
    have = int(store._cursor.fetchall()[0][0])
    for number, script in enumerate(_migrations(), start=1):
        if number > have:
            store._script("\n".join(line.split("--")[0] for line in script.splitlines()))
            store._script(f"UPDATE meta SET value = '{number}' WHERE key = 'schema'")


@cache
def _migrations() -> list[str]:
    folder = resources.files("fcins") / "migrations"
    return [entry.read_text("utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]


@cache
def _schemas() -> dict[str, pa.Schema]:
    """Arrow schemas read from the migrations' own CREATE TABLE statements."""
    import re

    types = {"INTEGER": pa.int64(), "TEXT": pa.large_string(), "BLOB": pa.large_binary()}
    schemas = {}
    for script in _migrations():
        text = "\n".join(line.split("--")[0] for line in script.splitlines())
        for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.S):
            columns = re.findall(r'(?:^|,|\()\s*"?(\w+)"? (INTEGER|TEXT|BLOB)\b', body)
            schemas[table] = pa.schema([(name, types[kind]) for name, kind in columns])
    return schemas


def _schema(table: str) -> pa.Schema:
    return _schemas()[table]


def _columns(table: str) -> list[str]:
    return list(_schema(table).names)


def database_error() -> type[Exception]:
    """The driver's exception class, for the one place that maps exceptions to exit codes."""
    return DatabaseError
