"""The frames of facts as a workspace keeps them: each read when it is asked for, of everybody or of some persons."""

from collections.abc import Callable, Collection, Iterator, Mapping

import pandas as pd

from fcins.store.schema import FRAME_TABLES
from fcins.store.store import Store


class StoredFrames(Mapping[str, pd.DataFrame]):
    """A workspace's facts: a frame by its name, read when it is asked for.

    With `keys` only those of these persons, and `villages` is asked for what the whole district's are called. `fresh`:
    table → facts of whole batches that are in the store already and need not be read again.
    """

    def __init__(
        self,
        store: Store,
        keys: Collection[int] | None = None,
        fresh: Mapping[str, pd.DataFrame] | None = None,
        villages: Callable[[], pd.DataFrame] | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._fresh = fresh or {}
        self._others: dict[str, Callable[[], pd.DataFrame]] = {"batches": store.batches, "answers": store.answers}
        if keys is not None and villages is not None:
            self._others["villages"] = villages

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name in self._others:
            return self._others[name]()
        table = FRAME_TABLES[name]
        fresh = self._fresh.get(table)
        if fresh is None:
            return self._store.facts(table, keys=self._keys)
        older = self._store.facts(table, keys=self._keys, without=fresh["batch"].unique().tolist())
        return pd.concat([older, fresh], ignore_index=True) if len(older) else fresh

    def __contains__(self, name: object) -> bool:
        return name in self._others or name in FRAME_TABLES

    def __iter__(self) -> Iterator[str]:
        yield from (*FRAME_TABLES, *self._others)

    def __len__(self) -> int:
        return len(FRAME_TABLES) + len(self._others)
