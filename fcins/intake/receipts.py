"""What of a receipt's number and of a payment's days can be used. Pure."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins import clock
from fcins.workbooks.text_columns import compact, matches

FIRST_DAY = "1990-01-01"
"""Nobody paid before it: a day of 1900 is an empty cell or a small number that a program took for a date."""

SLACK = timedelta(days=2)
"""How far a payment may lie after the day of import: two computers' clocks differ, and so do places on the earth."""

_DIGITS_OF_A_NUMBER = 15
"""Excel keeps no more of a number."""


def legible(receipts: "pd.Series[str]", by_number: npt.NDArray[np.bool_]) -> "pd.Series[str]":
    """Receipt numbers, full-width or with blanks among them the same; of a long number only what Excel has left of it.

    2.43704992300000E+19.
    """
    column = pa.array(receipts, pa.large_string())
    if matches(column, r"[^!-~]").any():
        receipts = pd.Series(compact(column).to_numpy(zero_copy_only=False), dtype="str", index=receipts.index)
    spoilt = np.flatnonzero(by_number & (receipts.str.len() > _DIGITS_OF_A_NUMBER).to_numpy())
    if not spoilt.size:
        return receipts
    kept = receipts.to_numpy(dtype=object, copy=True)
    for at in spoilt:
        with suppress(InvalidOperation):
            kept[at] = f"{Decimal(kept[at]):.14E}"
    return pd.Series(kept, dtype="str", index=receipts.index)


def last_day(today: date) -> str:
    """The last day (YYYY-MM-DD) of money that is here; "" where `today` is clock.UNKNOWN."""
    return (today + SLACK).isoformat() if today < clock.UNKNOWN else ""


def impossible(days: npt.NDArray[Any], latest: str) -> npt.NDArray[np.bool_]:
    """Which days (YYYY-MM-DD, "" for none) no payment can have: too early, or after `latest` ("": nothing is later)."""
    early: npt.NDArray[np.bool_] = (days != "") & (days < FIRST_DAY)
    return early | ((days > latest) & bool(latest))
