"""Figures and names as people read them: fen as yuan, codes counted, the Chinese names of schemes and kinds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Row = TypeVar("Row")

SCHEME_NAMES = {"medical": "医保", "pension": "养老"}
"""The Chinese names of the schemes."""

KIND_NAMES = {
    "households": "户籍",
    "changes": "户籍变动",
    "roster": "名册",
    "enrolment": "参保登记",
    "payments": "缴费",
    "reasons": "未参保原因",
}
"""The Chinese names of the kinds of batches, short: in a list of facts, where a roster stands for a category."""

BATCH_NAMES = {
    "households": "户籍人口",
    "changes": "户籍变动",
    "enrolment": "养老参保登记",
    "payments": "税务缴费",
    "reasons": "未参保原因",
}
"""What a batch of each kind is called in the list of imports; a roster is called by its categories."""

COUPLE_NAMES = {"wife": "女方", "husband": "男方"}
"""The Chinese names of the two people of a couple row."""

UNKNOWN_VILLAGE = "未填村居"
"""What a village without a name is called in a list."""


def yuan(fen: int) -> str:
    """Fen → yuan with two decimals, exactly: 38000 → "380.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def plain_yuan(fen: int) -> str:
    """Fen → yuan as one says it in a sentence: 38000 → "380元", 19050 → "190.50元"."""
    return f"{yuan(fen).removesuffix('.00')}元"


def in_yuan(line: dict[str, Any]) -> dict[str, Any]:
    """A line of figures as JSON has it: `amount_fen` 38000 → `amount` "380.00"."""
    return {name.removesuffix("_fen"): yuan(value) if name.endswith("_fen") else value for name, value in line.items()}


def code_counts(codes: Iterable[str]) -> dict[str, int]:
    """Finding codes → how many of each, in the order of the codes."""
    return dict(sorted(Counter(codes).items()))


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """A frame's rows, each by the names of its columns."""
    return [{str(name): value for name, value in line.items()} for line in frame.to_dict("records")]


def typed_rows(frame: "pd.DataFrame", shape: type[Row]) -> list[Row]:
    """A frame's rows as values of a dataclass: its fields, by name, are columns of the frame."""
    assert is_dataclass(shape)
    columns = frame[[field.name for field in fields(shape)]]
    return [shape(*row) for row in columns.itertuples(index=False, name=None)]
