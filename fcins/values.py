"""The value of a cell: dates, amounts, years, on whole columns.

Cells repeat: each function works on the distinct texts of a column and spreads the answers over the rows.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins.characters import unified

UNUSABLE_FEN = -(2**62)
"""An amount that could not be read."""

WHOLE_AMOUNT = -1
"""全额: all that is left to pay."""

_EXCEL_DAY_ZERO = date(1899, 12, 30)
_SPLIT_DATE = re.compile(r"^(\d{4})[-./年、](\d{1,2})(?:[-./月、](\d{1,2})[日号]?)?月?$")
_PLAIN_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
# Only what stands between them shows where the day ends and the hour begins: 12-2 15:30.
_TIME_OF_DAY = re.compile(
    r"(?:(?<=\d)(?:T|\s+)|(?<=[日号])\s*)(?:(?:星期|周)[一二三四五六日天]\s*)?"
    r"(?:(?:(?:上午|下午|中午|凌晨|早上|晚上|AM|PM)\s*)?"
    r"\d{1,2}(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|[时点](?:\d{1,2}分(?:\d{1,2}秒)?)?)(?:\s*(?:AM|PM))?)?$"
)
_STAMP = re.compile(r"^((?:19|20)\d{6})(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?$")  # 20231105101500
_ZONED = re.compile(r"T\d{2}:?\d{2}\S*(?:Z|[+-]\d{2}:?\d{2})$")
_CHINA = timezone(timedelta(hours=8))
_AMOUNT = re.compile(r"^[￥¥]?(-?\d+(?:\.\d+)?)(元(?:整|/年|档)?|档)?$")
_FEN_OF_A_YUAN = 100
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_LISTED = re.compile(r"[\s、，,;；/\\|+&．。]+")
_JOINED = re.compile("[和与]+|及(?!以[上下])")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\d{2}|\d{4}|\d{10})?(?!\d)")
_CODE = re.compile(r"^[0-9A-Za-z]{1,12}\s*(?:[-_.:：、|/—]\s*|\s)(?=[^\W\d_])")


def each_distinct(column: pd.Series, read: Callable[[str], Any], dtype: Any = object) -> npt.NDArray[Any]:
    """`read` of every text of a column, called once for each distinct text."""
    encoded = pa.chunked_array(pa.array(column.astype("str"))).combine_chunks().dictionary_encode()
    answers = np.empty(len(encoded.dictionary), dtype=dtype)
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        answers[number] = read(text)
    spread: npt.NDArray[Any] = answers[encoded.indices.to_numpy()]
    return spread


def plain(text: str) -> str:
    """`unified` without white space: the form in which numbers and dates are read."""
    return "".join(unified(text).split())


def without_code(text: str) -> str:
    """A word without the code before it, as systems print both: 1-男, 01|汉族, 370499 阴平镇. Numbers stay: 1-2."""
    return _CODE.sub("", unified(text).strip(), count=1)


def read_date(text: str) -> str:
    """A date in any of the forms departments write → YYYY-MM-DD; without a day → YYYY-MM; "" empty; "?" unusable.

    1960-1-1, 1960.1.1, 1960/1/1, 19600101, 1960年1月1日, with a time of day as systems print it, or an Excel day
    number. A time of another zone is taken on China's clocks: 2023-11-04T16:00:00Z is the 5th.
    """
    cell = unified(text).strip()
    match = _SPLIT_DATE.match(cell) or _PLAIN_DATE.match(cell)
    if not match:
        if _ZONED.search(cell):
            with suppress(ValueError):
                return datetime.fromisoformat(cell).astimezone(_CHINA).date().isoformat()
        cell = _STAMP.sub(r"\1", plain(_TIME_OF_DAY.sub("", cell)))
        if not cell:
            return ""
        match = _SPLIT_DATE.match(cell) or _PLAIN_DATE.match(cell)
    try:
        if match:
            year, month, day = match.groups()
            found = date(int(year), int(month), int(day or 1))
            return found.isoformat() if day else found.isoformat()[:7]
        if re.fullmatch(r"\d{5}(\.\d+)?", cell):
            return (_EXCEL_DAY_ZERO + timedelta(days=int(float(cell)))).isoformat()
    except (ValueError, OverflowError):
        pass
    return "?"


def dates(column: pd.Series, *, to_the_day: bool = False) -> npt.NDArray[Any]:
    """`read_date` of a column; a date without a day becomes the first of its month, or "?" where the day counts."""

    def whole(text: str) -> str:
        found = read_date(text)
        return found if len(found) != len("2023-11") else "?" if to_the_day else f"{found}-01"

    return each_distinct(column, whole)


def read_fen(text: str, unit_fen: int = _FEN_OF_A_YUAN) -> int:
    """An amount (380, 380.00, ￥1,000, 350元) → fen; `UNUSABLE_FEN` where it is none or has parts of a fen.

    `unit_fen`: what 1 means where the cell does not say 元 itself.
    """
    match = _AMOUNT.match(without_thousands(plain(text)))
    if not match:
        return UNUSABLE_FEN
    try:
        fen = Decimal(match[1]) * (_FEN_OF_A_YUAN if match[2] else unit_fen)
    except InvalidOperation:
        return UNUSABLE_FEN
    whole = int(fen.to_integral_value())
    # A spreadsheet's sum of 0.1 and 0.2 ends in …04: that is still 30 fen, while half a fen is not an amount.
    if abs(fen - whole) > Decimal("0.0001") or abs(whole) >= 10**13:
        return UNUSABLE_FEN
    return whole


def without_thousands(text: str) -> str:
    """A text without the commas between thousands (1,234 → 1234); any other comma stays: 3,80 may be 380 or 3.80."""
    return _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)


def amounts_fen(column: pd.Series, unit_fen: int = _FEN_OF_A_YUAN) -> npt.NDArray[np.int64]:
    """`read_fen` of a column."""
    return each_distinct(column, lambda text: read_fen(text, unit_fen), np.int64)


def read_year(text: str) -> int:
    """The year a fee belongs to: 2024, 2024年度, 202401-202412, a date in it → 2024; empty → 0; unusable → -1.

    A period over several years (2023-09至2024-08) belongs to none of them.
    """
    cell = plain(text)
    if not cell:
        return 0
    day = read_date(text)
    found = {day[:4]} if day not in ("", "?") else set(_YEAR.findall(cell)) if cell[:1].isdigit() else set()
    return int(found.pop()) if len(found) == 1 else -1


def years(column: pd.Series) -> npt.NDArray[np.int64]:
    """`read_year` of a column."""
    return each_distinct(column, read_year, np.int64)


def days(iso: pd.Series) -> npt.NDArray[Any]:
    """A column of YYYY-MM-DD ("" = none) → datetime64[D], NaT for none."""
    return each_distinct(iso, lambda text: np.datetime64(text or "NaT", "D"), "datetime64[D]")


def each_part(text: str, whole: Callable[[str], bool]) -> list[str]:
    """What a cell lists: 低保、残疾 or 低保和残疾 → its parts; one that is `whole` is not cut at 和, 及, 与."""
    listed = [part for part in _LISTED.split(unified(text)) if part]
    parts = [piece for part in listed for piece in ([part] if whole(part) else _JOINED.split(part))]
    return [part for part in parts if part]
