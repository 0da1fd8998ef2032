"""The shape of the workspace: its files, its tables of facts, and their columns as the migrations make them."""

import re
from functools import cache
from importlib import resources

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

DATABASE = "fcins.db"
POLICY = "policy.toml"

FACT_TABLES = {
    "households": "household_facts",
    "changes": "household_facts",
    "roster": "roster_facts",
    "enrolment": "enrolment_facts",
    "payments": "payment_facts",
    "reasons": "gap_reasons",
}
"""Where each kind of batch keeps its facts."""

FRAME_TABLES = {
    "households": "household_facts",
    "rosters": "roster_facts",
    "enrolments": "enrolment_facts",
    "payments": "payment_facts",
    "causes": "gap_reasons",
}
"""Where each frame of facts is kept (assessment.facts says their columns)."""

TABLES = tuple(dict.fromkeys(FACT_TABLES.values()))
"""Every table of facts, each once."""


_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) (INTEGER|TEXT|BLOB)\b")


@cache
def migrations() -> list[str]:
    """The scripts that make the database, oldest first; a workspace has run the first so many of them."""
    folder = resources.files("fcins") / "store" / "migrations"
    return [entry.read_text("utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]


@cache
def _schemas() -> dict[str, pa.Schema]:
    """Arrow schemas read from the migrations' own CREATE TABLE and ADD COLUMN statements."""
    types = {"INTEGER": pa.int64(), "TEXT": pa.large_string(), "BLOB": pa.large_binary()}
    schemas = {}
    for script in migrations():
        text = "\n".join(line.split("--")[0] for line in script.splitlines())
        for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.S):
            columns = re.findall(r'(?:^|,|\()\s*"?(\w+)"? (INTEGER|TEXT|BLOB)\b', body)
            schemas[table] = pa.schema([(name, types[kind]) for name, kind in columns])
        for table, name, kind in _ADDED.findall(text):
            schemas[table] = schemas[table].append(pa.field(name, types[kind]))
    return schemas


@cache
def _added(table: str) -> tuple[str, ...]:
    """The columns that a later migration added to a table."""
    return tuple(name for script in migrations() for of, name, _ in _ADDED.findall(script) if of == table)


def for_digest(rows: pa.Table, table: str) -> pa.Table:
    """The rows without the columns that a migration added, where these say nothing: so the digests of batches that
    came in before still hold."""
    silent = [name for name in _added(table) if not pc.any(pc.not_equal(rows[name], _default(rows, name))).as_py()]
    return rows.drop_columns(silent) if silent else rows


def _default(rows: pa.Table, name: str) -> pa.Scalar:
    """What a migration puts into an added column of old rows."""
    kind = rows.schema.field(name).type
    return pa.scalar(0 if pa.types.is_integer(kind) else "", kind)


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table."""
    return _schemas()[table]


def columns(table: str) -> list[str]:
    """The names of a table's columns, in order."""
    return list(schema(table).names)


def stored(facts: pd.DataFrame, kind: str) -> pa.Table:
    """Facts of a kind, their batch included, in the columns and types of their table."""
    table = FACT_TABLES[kind]
    return pa.Table.from_pandas(facts[columns(table)], schema=schema(table), preserve_index=False)


def as_stored(facts: pd.DataFrame, kind: str, batch: int) -> pd.DataFrame:
    """The facts of a batch of a kind, with its number, as the store gives them back: columns and types of its table."""
    frame: pd.DataFrame = stored(facts.assign(batch=batch), kind).to_pandas()
    return frame


def no_facts(kind: str) -> pd.DataFrame:
    """No facts of a kind, with the columns of its table."""
    frame: pd.DataFrame = schema(FACT_TABLES[kind]).empty_table().to_pandas()
    return frame
