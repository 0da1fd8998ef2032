"""A frame and the Arrow schema that says its columns: names, order and types, one source for readers and checks."""

from collections.abc import Sequence
from functools import cache
from typing import Any

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
    expected, own = _dtypes(schema), frame.dtypes.to_dict()
    missing = [name for name in expected if name not in own]
    if missing:
        return f"without {', '.join(missing)}"
    for name, dtype in expected.items():
        if own[name] != dtype:
            return f"{name} is {own[name]}, not {dtype}"
        if schema.field(name).type == TEXT and frame[name].hasnans:
            return f"{name} has a null"
    return ""


@cache
def _dtypes(schema: pa.Schema) -> dict[str, Any]:
    """The types of a frame with these columns, in order. A schema is a constant: asked for once a frame, made once."""
    return {str(name): dtype for name, dtype in empty(schema).dtypes.items()}


def in_order(frame: pd.DataFrame, by: Sequence[str]) -> bool:
    """Whether each row comes after the one before it, by the first of these numbers, then the second …"""
    after, same = np.zeros(max(len(frame) - 1, 0), np.bool_), np.ones(max(len(frame) - 1, 0), np.bool_)
    for name in by:
        step = np.diff(frame[name].to_numpy())
        after |= same & (step > 0)
        same &= step == 0
    return bool(after.all())
