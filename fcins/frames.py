"""A frame and the Arrow schema that says its columns: names, order and types, one source for readers and checks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

TEXT, NUMBER, FLAG, DAY = pa.large_string(), pa.int64(), pa.bool_(), pa.timestamp("s")
"""The types of nearly every column. Texts are never null ("" where nothing is said); a DAY has no time of the day."""


def empty(schema: pa.Schema) -> pd.DataFrame:
    """No rows, with the columns and types of a schema."""
    frame: pd.DataFrame = schema.empty_table().to_pandas()
    return frame


def difference(frame: pd.DataFrame, schema: pa.Schema) -> str:
    """The first thing in which a frame is not as its schema says; "" where it is. More columns may stand after them."""
    expected = empty(schema).dtypes
    missing = [name for name in expected.index if name not in frame.columns]
    if missing:
        return f"without {', '.join(missing)}"
    for name, dtype in expected.items():
        if frame[name].dtype != dtype:
            return f"{name} is {frame[name].dtype}, not {dtype}"
        if schema.field(name).type == TEXT and frame[name].hasnans:
            return f"{name} has a null"
    return ""


def in_order(frame: pd.DataFrame, by: Sequence[str]) -> bool:
    """Whether each row comes after the one before it, by the first of these numbers, then the second …"""
    after, same = np.zeros(max(len(frame) - 1, 0), np.bool_), np.ones(max(len(frame) - 1, 0), np.bool_)
    for name in by:
        step = np.diff(frame[name].to_numpy())
        after |= same & (step > 0)
        same &= step == 0
    return bool(after.all())
