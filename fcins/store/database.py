"""SQLite by its ADBC driver, Arrow in and out: the few calls that the store needs.

ADBC's copy of SQLite is the only one in the process: if Python's sqlite3 opened the same file, each would undo the
other's POSIX locks.

Not through the driver's DB-API, whose import takes Arrow's datasets, Parquet and S3 along.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import numpy as np
import pyarrow as pa

_BATCH_ROWS = 1 << 16  # the driver would give 1,024 rows at a time: putting so many batches together is slow

DatabaseError: type[Exception] = adbc.Error
"""What the driver raises."""


class Cursor:
    """A connection to one file, each statement its own transaction unless BEGIN says otherwise."""

    def __init__(self, file: Path) -> None:
        self._database = adbc_driver_sqlite.connect(str(file))
        self._connection = adbc.AdbcConnection(self._database)
        self._answer: pa.Table | None = None

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
        self._database.close()

    def execute(self, query: str, parameters: Sequence[Any] = ()) -> None:
        """Ask; `fetchall` and `fetch_arrow_table` give the answer."""
        with adbc.AdbcStatement(self._connection) as statement:
            statement.set_options(**{adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value: str(_BATCH_ROWS)})
            statement.set_sql_query(query)
            if parameters:
                names = [str(number) for number in range(len(parameters))]
                statement.prepare()
                statement.bind(pa.record_batch([pa.array([each]) for each in parameters], names))
            answer, _ = statement.execute_query()
            self._answer = pa.RecordBatchReader.from_stream(answer).read_all()

    def fetch_arrow_table(self) -> pa.Table:
        """The whole answer; once."""
        assert self._answer is not None
        answer, self._answer = self._answer, None
        return answer

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The whole answer as rows; once."""
        columns = [column.to_pylist() for column in self.fetch_arrow_table().columns]
        return list(zip(*columns, strict=True))

    def executescript(self, statement: str) -> None:
        """Run one statement that answers nothing."""
        with adbc.AdbcStatement(self._connection) as prepared:
            prepared.set_sql_query(statement)
            prepared.execute_update()

    def adbc_ingest(self, table: str, rows: pa.Table, *, temporary: bool = False) -> None:
        """Append rows to a table that is there."""
        options = {
            adbc.StatementOptions.INGEST_TARGET_TABLE.value: table,
            adbc.StatementOptions.INGEST_MODE.value: adbc.INGEST_OPTION_MODE_APPEND,
        }
        if temporary:
            options[adbc.StatementOptions.INGEST_TEMPORARY.value] = "true"
        with adbc.AdbcStatement(self._connection) as statement:
            statement.set_options(**options)
            statement.bind_stream(rows.to_reader())
            statement.execute_update()


def stream_digest(rows: pa.Table) -> str:
    """SHA-256 over rows as an Arrow stream of one chunk, whether they are a whole or a slice of something larger."""
    whole = hashlib.sha256()
    plain = rows.replace_schema_metadata(None).take(pa.array(np.arange(rows.num_rows))).combine_chunks()
    with pa.ipc.new_stream(pa.PythonFile(_Hashed(whole), mode="w"), plain.schema) as writer:
        writer.write_table(plain)
    return whole.hexdigest()


class _Hashed:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self, whole: "hashlib._Hash") -> None:
        self._whole = whole

    def write(self, data: bytes) -> int:
        self._whole.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""
