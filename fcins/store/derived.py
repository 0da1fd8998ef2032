"""What was derived from the facts, kept for the next command: taken only if just the same would be derived again.

Each frame is an Arrow file in the workspace, mapped, not read. It carries a digest of everything it came from: the
policy, the workspace's own words, the digest of every batch, the program's files. Where that differs in anything it is
derived anew. So it cannot be stale, the order of imports cannot matter, and to withdraw a batch is to delete its facts.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from fcins.aside import written_aside
from fcins.headings import load_headings
from fcins.policy.loading import Policy

FOLDER = "derived"
_DIGEST = b"fcins.derived_from"

Frames = TypeVar("Frames")


class Derived:
    """The kept results of a workspace, as far as they come from these batches under this policy.

    `batches`: the store's frame of live batches; `keep=False` only takes what is there (a trial, a rolled back import).
    """

    def __init__(self, workspace: Path, policy: Policy, batches: pd.DataFrame, *, keep: bool = True) -> None:
        self._folder = workspace / FOLDER
        # The words that the workspace adds decide as the policy does: what a channel, a village, a household is called.
        rules = policy.model_dump_json() + load_headings().digest
        self._policy = hashlib.sha256(rules.encode()).hexdigest()
        self._batches = batches
        self._keep = keep

    def get(self, name: str, shape: type[Frames], kinds: Iterable[str], derive: Callable[[], Frames]) -> Frames:
        """The frames that were derived from all batches of these kinds; derived now, and kept, if there are none."""
        kept = self.peek(name, shape, kinds)
        if kept is not None:
            return kept
        result = derive()
        if self._keep:
            with suppress(OSError):  # who may only read the workspace derives each time
                self._write(name, result, self._digest(kinds))
        return result

    def peek(self, name: str, shape: type[Frames], kinds: Iterable[str]) -> Frames | None:
        """The same if it is there to be taken, else None."""
        return self._read(name, shape, self._digest(kinds))

    def _digest(self, kinds: Iterable[str]) -> bytes:
        batches = self._batches[self._batches["kind"].isin(list(kinds)).to_numpy()]
        batch_lines = batches[["batch", "kind", "file", "town", "digest"]].to_csv(index=False)
        return hashlib.sha256("\n".join([program_digest(), self._policy, batch_lines]).encode()).hexdigest().encode()

    def _read(self, name: str, shape: type[Frames], digest: bytes) -> Frames | None:
        assert is_dataclass(shape)
        frames = {}
        for field in fields(shape):
            try:
                with pa.memory_map(str(self._folder / f"{name}.{field.name}.arrow")) as source:
                    table = pa.ipc.open_file(source).read_all()
            except (OSError, pa.ArrowInvalid):
                return None
            if (table.schema.metadata or {}).get(_DIGEST) != digest:
                return None
            frames[field.name] = table.replace_schema_metadata(None).to_pandas(split_blocks=True)
        return shape(**frames)

    def _write(self, name: str, result: Any, digest: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for field in fields(result):
            table = pa.Table.from_pandas(getattr(result, field.name), preserve_index=False)
            table = table.cast(pa.schema([(each.name, _wide(each.type)) for each in table.schema])).combine_chunks()
            table = table.replace_schema_metadata({_DIGEST: digest})
            with (
                written_aside(self._folder / f"{name}.{field.name}.arrow") as (file, _),
                pa.ipc.new_file(file, table.schema) as writer,
            ):
                writer.write_table(table)


def _wide(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_string(kind) else kind


PACKAGE = Path(__file__).parents[1]
"""The whole program, every room: what any of them derives is kept."""


@cache
def program_digest(package: Path = PACKAGE) -> str:
    """A digest of the program's own files and where they stand: what another version derived is not taken."""
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".toml", ".sql"):
            whole.update(path.relative_to(package).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()
