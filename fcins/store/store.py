"""The workspace: one SQLite file of facts (WAL, synchronous=FULL) and the district's own policy.toml.

Frames go in and out as Arrow. SQLite is reached through ADBC only: two copies of SQLite in one process would undo each
other's file locks. Who writes holds `lock.writing` around it.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from fcins import clock
from fcins.frames import in_order
from fcins.store import schema as schemas
from fcins.store.batches import NewBatch, Origin, batch_categories, categories_cell
from fcins.store.database import Cursor, stream_digest
from fcins.store.lock import user_name
from fcins.store.schema import DATABASE, FACT_TABLES, TABLES
from fcins.store.sheets import SheetRecord, record_of_row, row_of
from fcins.workbooks.archives import WorkbookFile

CACHE_KIB = 1 << 16  # keys come in any order: with SQLite's own 2 MB each would fetch its place in a large index anew

_ASKED = "SELECT key FROM temp.asked"


class Store:
    """An open workspace. Use `workspace.open_store`; close it, or use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cursor = Cursor(folder / DATABASE)
        self._asked: Collection[int] | None = None
        self.run(f"PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL; PRAGMA cache_size=-{CACHE_KIB}")

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
        return facts if in_order(facts, order) else facts.sort_values(order, ignore_index=True)

    def facts_of_rows(self, table: str, columns: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
        """These columns of the facts on these counted rows (batch, seq), in the order they came."""
        self.run("CREATE TEMP TABLE IF NOT EXISTS wanted (batch INTEGER, seq INTEGER, PRIMARY KEY (batch, seq))")
        self.run("DELETE FROM temp.wanted")
        pairs = pa.Table.from_pandas(rows[["batch", "seq"]].drop_duplicates(), preserve_index=False)
        self._cursor.adbc_ingest("wanted", pairs, temporary=True)
        # The facts are gone through once; a cross join keeps SQLite from making an index of all of them first.
        chosen = ", ".join(f"{table}.{column}" for column in columns)
        met = f"wanted.batch = {table}.batch AND wanted.seq = {table}.seq"
        query = f"SELECT {chosen} FROM {table} CROSS JOIN temp.wanted ON {met}"
        return self._frame(table, f"{query} ORDER BY {table}.batch, {table}.seq, {table}.part")

    def facts_anywhere(self, columns: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
        """As `facts_of_rows`, of all tables, one after the other."""
        return pd.concat([self.facts_of_rows(table, columns, rows) for table in TABLES])

    def unidentified(self, table: str, columns: Sequence[str], name: str) -> pd.DataFrame:
        """These columns of the facts of a table that bear this name and no usable ID, in the order they came."""
        self._cursor.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE key = 0 AND name = ? ORDER BY batch, seq, part", (name,)
        )
        return self._fetched(table)

    def connected(self, keys: Iterable[int]) -> list[int]:
        """The persons whose facts decide how those of these are judged: couples."""
        found: set[int] = set()
        new = set(keys)
        couples = f"SELECT batch, seq FROM roster_facts WHERE role != '' AND key IN ({_ASKED})"
        while new:
            found |= new
            self._ask_for(new)
            new = self._keys(f"SELECT DISTINCT key FROM roster_facts WHERE (batch, seq) IN ({couples})") - found
        return sorted(found - {0})

    def _ask_for(self, keys: Collection[int]) -> None:
        """Put persons where queries can look them up: a list of thousands is no text of a query."""
        if keys is self._asked:
            return
        self.run("CREATE TEMP TABLE IF NOT EXISTS asked (key INTEGER PRIMARY KEY); DELETE FROM temp.asked")
        column = pa.table({"key": pa.array(sorted(keys), pa.int64())})
        self._cursor.adbc_ingest("asked", column, temporary=True)
        self._asked = keys

    def keys_named(self, name: str) -> list[int]:
        """The persons whom the households know by this name (as `identity.normalise_names` spells it)."""
        self._cursor.execute("SELECT DISTINCT key FROM household_facts WHERE name = ? AND key != 0", (name,))
        return [int(key) for (key,) in self._cursor.fetchall()]

    def roster_rows(self) -> pd.DataFrame:
        """batch, category, key, town of every roster row that makes somebody a member, in no order."""
        return self._frame("roster_facts", "SELECT batch, category, key, town FROM roster_facts WHERE leaves = 0")

    def villages(self) -> pd.DataFrame:
        """town, village, people as the households' sound rows name them; people: how many rows."""
        query = (
            "SELECT town, village, COUNT(*) AS people FROM household_facts WHERE change = '' AND instr(flaws, 'E') = 0"
            " GROUP BY town, village ORDER BY town, village"
        )
        return self._frame("household_facts", query).astype({"people": "int64"})

    def _keys(self, query: str) -> set[int]:
        self._cursor.execute(query)
        return {int(key) for (key,) in self._cursor.fetchall()}

    def towns_stated(self, table: str, batches: Iterable[int]) -> dict[int, frozenset[str]]:
        """The towns that the facts of these batches of a table state, "" among them where some state none.

        Rows of a roster by which somebody leaves do not count: a batch of nothing else is not in the answer.
        """
        query = f"SELECT DISTINCT batch, town FROM {table} WHERE batch IN ({_numbers(batches)})"
        query += " AND leaves = 0" if table == FACT_TABLES["roster"] else ""
        self._cursor.execute(query)
        found: dict[int, frozenset[str]] = {}
        for batch, town in self._cursor.fetchall():
            found[int(batch)] = found.get(int(batch), frozenset()) | {str(town)}
        return found

    def sheet_names(self) -> pd.DataFrame:
        """batch, sheet_no, sheet of every live batch."""
        return self._frame("sheets", "SELECT batch, sheet_no, sheet FROM sheets ORDER BY batch, sheet_no")

    def sheet_records(self, batch: int) -> list[SheetRecord]:
        """The sheets of a batch as they came."""
        self._cursor.execute(f"SELECT * FROM sheets WHERE batch = {int(batch)} ORDER BY sheet_no")
        return [record_of_row(row) for row in self._cursor.fetchall()]

    def origins(self) -> pd.DataFrame:
        """Where carried batches come from: the columns of the table `origins`."""
        return self._frame("origins", "SELECT * FROM origins ORDER BY batch")

    def answers(self) -> pd.DataFrame:
        """What departments answered to returned rows, oldest first: the columns of the table `answers`."""
        return self._frame("answers", "SELECT * FROM answers ORDER BY rowid")

    def workspace_id(self) -> str:
        """An ID of this workspace. A copy of it has the same."""
        return self.meta("workspace")

    def meta(self, key: str) -> str:
        """What the table `meta` keeps under a key."""
        self._cursor.execute("SELECT value FROM meta WHERE key = ?", (key,))
        return str(self._cursor.fetchall()[0][0])

    def withdrawals(self) -> pd.DataFrame:
        """What was taken back, oldest first, also of batches that are still there: the columns of `withdrawals`."""
        return self._frame("withdrawals", "SELECT * FROM withdrawals ORDER BY rowid")

    def last_year_rates(self) -> pd.DataFrame:
        """What last year came to, in the order it was kept: the columns of the table `last_year_rates`."""
        return self._frame("last_year_rates", "SELECT * FROM last_year_rates ORDER BY rowid")

    def kept(self, table: str) -> pd.DataFrame:
        """Every row of `bulletins`, `taken_files` or `remembered_answers`, in the order they were kept."""
        return self._frame(table, f"SELECT * FROM {table} ORDER BY rowid")

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with the file; nothing where it is whole."""
        self._cursor.execute("PRAGMA integrity_check(20)")
        return [str(line) for (line,) in self._cursor.fetchall() if line != "ok"]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Everything inside is written, or nothing is; with `keep=False` nothing is, in any case."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT" if keep else "ROLLBACK")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Within a transaction: if what is done inside fails, it alone is undone, and the error goes on."""
        self.run("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK TO attempt; RELEASE attempt")
            self._asked = None
            raise
        self.run("RELEASE attempt")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever others import meanwhile."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self.run("ROLLBACK")

    def add_batch(self, batch: NewBatch, sheets: list[SheetRecord], facts: pd.DataFrame) -> tuple[int, pd.DataFrame]:
        """Add a file's facts as one batch; gives its number and the facts as they will be read.

        `facts` has the columns of its kind's table but `batch`.
        """
        number = self._next_batch()
        arrow = schemas.stored(facts.assign(batch=number), batch.kind)
        # Arrow, zstd and SHA-256 work outside the interpreter: the raw rows are packed while SQLite takes the facts.
        with ThreadPoolExecutor(2) as aside:
            digest = aside.submit(stream_digest, schemas.for_digest(arrow, FACT_TABLES[batch.kind]))
            packed = aside.map(lambda sheet: row_of(number, sheet), sheets)
            with self.adding(batch.kind, arrow.num_rows):
                if arrow.num_rows:
                    self._cursor.adbc_ingest(FACT_TABLES[batch.kind], arrow)
        record = {
            **vars(batch),
            "batch": number,
            "category": categories_cell(batch.categories),
            "imported_at": now_text(),
            "imported_by": user_name(),
            "facts": arrow.num_rows,
            "digest": digest.result(),
        }
        self._append("batches", pd.DataFrame([record])[schemas.columns("batches")])
        if sheets:
            self._append("sheets", pd.DataFrame(list(packed))[schemas.columns("sheets")])
        return number, arrow.to_pandas()

    def add_carried(self, batch: NewBatch, sheets: list[SheetRecord], facts: pd.DataFrame, origin: Origin) -> int:
        """As `add_batch`, for a batch that comes from another year's workspace; gives its number."""
        number, _ = self.add_batch(batch, sheets, facts)
        self._append("origins", pd.DataFrame([{**vars(origin), "batch": number}])[schemas.columns("origins")])
        return number

    def add_last_year_rates(self, rates: pd.DataFrame) -> None:
        """Keep what last year came to: town, village, scheme, liable, covered, due_fen, received_fen."""
        self._append("last_year_rates", rates[schemas.columns("last_year_rates")])

    def add_answers(self, answers: pd.DataFrame) -> None:
        """Keep what a feedback workbook answered: the columns of the table `answers`."""
        self._append("answers", answers)

    def keep(self, table: str, row: tuple[Any, ...]) -> None:
        """Keep a row of one of these tables; it takes the place of one with the same key."""
        self._cursor.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def withdraw(self, batches: list[int], replaced_by: int | None = None) -> None:
        """Delete batches with all their facts, corrections of their rows too; `withdrawals` notes what went."""
        answers = self.answers()
        corrections = answers.loc[answers["origin_batch"].isin(batches).to_numpy(), "batch"]
        batches = sorted({*batches, *corrections.tolist()})
        known = self.batches()
        gone = known[known["batch"].isin(batches).to_numpy()]
        self._note_withdrawal(gone, gone["rows_read"], replaced_by)
        for table in [*TABLES, "sheets", "origins", "answers", "batches"]:
            self.run(f"DELETE FROM {table} WHERE batch IN ({_numbers(batches)})")

    def withdraw_facts(self, kind: str, facts: pd.DataFrame, replaced_by: int | None) -> tuple[list[int], list[int]]:
        """Delete these facts (batch, seq, part) of a kind's table; gives the batches that went, and those cut.

        A batch that has none left is withdrawn. One that keeps some says what it still holds, and no stamped count:
        that was of the whole file.
        """
        known = self.batches().set_index("batch")
        going = facts.groupby("batch").size()
        whole = going.index[(going == known["facts"].reindex(going.index)).to_numpy()].tolist()
        cut = sorted(set(going.index.tolist()) - set(whole))
        if whole:
            self.withdraw(whole, replaced_by)
        if cut:
            table = FACT_TABLES[kind]
            self.run("CREATE TEMP TABLE IF NOT EXISTS gone (batch INTEGER, seq INTEGER, part INTEGER)")
            self.run("DELETE FROM temp.gone")
            rows = pa.Table.from_pandas(facts[["batch", "seq", "part"]], preserve_index=False)
            self._cursor.adbc_ingest("gone", rows, temporary=True)
            gone = f"batch IN ({_numbers(cut)}) AND (batch, seq, part) IN (SELECT batch, seq, part FROM temp.gone)"
            self.run(f"DELETE FROM {table} WHERE {gone}")
            rows_left = f"SELECT batch, seq FROM {table} WHERE batch IN ({_numbers(cut)})"
            self.run(
                f"DELETE FROM answers WHERE origin_batch IN ({_numbers(cut)})"
                f" AND (origin_batch, origin_seq) NOT IN ({rows_left})"
                f" OR batch IN ({_numbers(cut)}) AND seq >= 0 AND (batch, seq) NOT IN ({rows_left})"
            )
            before = known.loc[cut].reset_index()
            left = pd.Series([self._recount(number, table) for number in cut], dtype="int64")
            self._note_withdrawal(before, before["rows_read"] - left, replaced_by)
        return whole, cut

    def _recount(self, batch: int, table: str) -> int:
        """Let a batch say what it holds now; gives its counted rows."""
        facts = self._frame(table, f"SELECT * FROM {table} WHERE batch = {int(batch)} ORDER BY seq, part")
        arrow = pa.Table.from_pandas(facts, schema=schemas.schema(table), preserve_index=False)
        rows, whole = int(facts["seq"].nunique()), stream_digest(schemas.for_digest(arrow, table))
        now = "rows_read = ?, facts = ?, digest = ?, category = ?, declared_total = NULL"
        self._cursor.execute(
            f"UPDATE batches SET {now} WHERE batch = ?",
            (rows, arrow.num_rows, whole, categories_cell(batch_categories(facts)), int(batch)),
        )
        return rows

    def _note_withdrawal(self, batches: pd.DataFrame, rows: pd.Series, replaced_by: int | None) -> None:
        noted = batches.assign(rows=rows, withdrawn_at=now_text(), withdrawn_by=user_name(), replaced_by=replaced_by)
        self._append("withdrawals", noted[schemas.columns("withdrawals")])

    def _next_batch(self) -> int:
        # A number is never given twice, also after a withdrawal: notes and feedback workbooks may still name it.
        number = int(self.meta("last_batch")) + 1
        self.run(f"UPDATE meta SET value = '{number}' WHERE key = 'last_batch'")
        return number

    def _append(self, table: str, frame: pd.DataFrame) -> None:
        if len(frame):
            arrow = pa.Table.from_pandas(frame, schema=schemas.schema(table), preserve_index=False)
            self._cursor.adbc_ingest(table, arrow)

    @contextmanager
    def adding(self, kind: str, facts: int) -> Iterator[None]:
        """So many facts of a kind are added inside, in one batch or several. Many beside those that are there: it is
        much quicker to sort each index once, at the end."""
        table = FACT_TABLES[kind]
        self._cursor.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {table}")
        before = int(self._cursor.fetchall()[0][0])
        indexes: list[tuple[str, str]] = []
        if facts * 4 > before:
            self._cursor.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?", (table,))
            indexes = [(name, sql) for name, sql in self._cursor.fetchall() if sql]
        for name, _ in indexes:
            self.run(f"DROP INDEX {name}")
        yield
        for _, sql in indexes:
            self.run(sql)

    def _frame(self, table: str, query: str) -> pd.DataFrame:
        self._cursor.execute(query)
        return self._fetched(table)

    def _fetched(self, table: str) -> pd.DataFrame:
        arrow = self._cursor.fetch_arrow_table()
        known = schemas.schema(table)
        # SQLite has no column types to speak of: an empty or all-null column comes without its own.
        arrow = arrow.cast(
            pa.schema([known.field(each.name) if each.name in known.names else each for each in arrow.schema])
        )
        frame: pd.DataFrame = arrow.to_pandas()
        return frame

    def run(self, statement: str) -> None:
        """Run statements that answer nothing."""
        for part in statement.split(";"):
            if part.strip():
                self._cursor.executescript(part)


def now_text() -> str:
    """The time of this moment as the store keeps it: 2025-03-01 14:05:00."""
    return clock.now().strftime("%Y-%m-%d %H:%M:%S")


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(str(int(value)) for value in values) or "NULL"


def digest(facts: pd.DataFrame, kind: str) -> str:
    """SHA-256 over a batch's facts as an Arrow stream of one chunk, the columns and types those of its table; without
    added columns that say nothing."""
    return stream_digest(schemas.for_digest(schemas.stored(facts, kind), FACT_TABLES[kind]))


def sha256_of(path: WorkbookFile) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
