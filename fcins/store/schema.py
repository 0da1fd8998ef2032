"""The shape of the workspace's tables, read from the migrations that make them."""

import re
from functools import cache
from importlib import resources

import pyarrow as pa


@cache
def migrations() -> list[str]:
    """The scripts that make the database, oldest first; a workspace has run the first so many of them."""
    folder = resources.files("fcins") / "store" / "migrations"
    return [entry.read_text("utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]


@cache
def _schemas() -> dict[str, pa.Schema]:
    """Arrow schemas read from the migrations' own CREATE TABLE statements."""
    types = {"INTEGER": pa.int64(), "TEXT": pa.large_string(), "BLOB": pa.large_binary()}
    schemas = {}
    for script in migrations():
        text = "\n".join(line.split("--")[0] for line in script.splitlines())
        for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.S):
            columns = re.findall(r'(?:^|,|\()\s*"?(\w+)"? (INTEGER|TEXT|BLOB)\b', body)
            schemas[table] = pa.schema([(name, types[kind]) for name, kind in columns])
    return schemas


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table."""
    return _schemas()[table]


def columns(table: str) -> list[str]:
    """The names of a table's columns, in order."""
    return list(schema(table).names)
