"""What is known, as a value: a frame for each kind of fact, whoever keeps them. Knows no file and no database.

The workspace is one provider of facts, a folder of Parquet files may be another: it needs these frames, no rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from fcins.frames import NUMBER, TEXT, difference, in_order

REGISTRY = ("households", "changes")
"""The kinds of batches that say who is resident."""

_PLACE = [("batch", NUMBER), ("seq", NUMBER), ("part", NUMBER), ("sheet_no", NUMBER), ("row", NUMBER)]
_PERSON = [("name", TEXT), ("id_text", TEXT), ("citizen_id", TEXT), ("key", NUMBER), ("flaws", TEXT)]
_FACT = [*_PLACE, *_PERSON, ("town", TEXT), ("village", TEXT)]
"""What every fact has.

batch, seq, part: the file, the counted row of it (a person, a couple), and what of that row (a category, a spouse);
sheet_no, row: where it stood. id_text: the ID as it came; citizen_id: the valid 18 characters or ""; key: the person,
0 where the ID is nobody's (identity.check_ids). flaws: the codes that the row earned by itself, joined by spaces.
Days are YYYY-MM-DD, amounts are in fen.
"""

HOUSEHOLDS = pa.schema(
    [
        *_FACT,
        ("group", TEXT), ("household_no", TEXT), ("household_head", TEXT), ("relation", TEXT),
        ("hukou_status", TEXT), ("residency", TEXT), ("change", TEXT), ("change_date", TEXT),
        ("address", TEXT), ("phone", TEXT),
    ]
)  # fmt: skip
"""The households and their changes: batches of kind "changes" are applied to the others by change_date."""

ROSTERS = pa.schema(
    [
        *_FACT,
        ("category", TEXT), ("role", TEXT), ("disability_level", NUMBER), ("aid_payer", TEXT), ("aid_fen", NUMBER),
        ("family_kind", TEXT), ("joined_on", TEXT), ("cancelled_on", TEXT), ("gap_reason", TEXT),
        ("leaves", NUMBER),
    ]
)  # fmt: skip
"""Who departments say belongs to a category (the policy's code). role: wife or husband of a couple row, else "".
aid_payer: as written.
family_kind: a value of headings.toml, else as written. leaves: 1 of a row on a list of who leaves: it makes nobody a
member and ends the membership as of cancelled_on; else 0."""

ENROLMENTS = pa.schema([*_FACT, ("tier_fen", NUMBER), ("enrolled_on", TEXT)])
"""Which pension tier somebody has chosen."""

PAYMENTS = pa.schema(
    [
        *_FACT,
        ("scheme", TEXT), ("amount_fen", NUMBER), ("paid_on", TEXT), ("collected_on", TEXT), ("channel", TEXT),
        ("receipt_no", TEXT), ("agent", TEXT), ("fee_year", NUMBER),
    ]
)  # fmt: skip
"""What the tax office received; a refund is below zero."""

CAUSES = pa.schema([*_FACT, ("scheme", TEXT), ("cause", TEXT), ("note", TEXT)])
"""Why somebody is not insured (未参保原因), as their village found out. All are about residents."""

BATCHES = pa.schema([("batch", NUMBER), ("kind", TEXT), ("town", TEXT)])
"""The files that came in: households, changes, roster, enrolment, payments or reasons, and the sender's town."""

ANSWERS = pa.schema(
    [
        ("batch", NUMBER), ("origin_batch", NUMBER), ("origin_seq", NUMBER), ("part", NUMBER),
        ("answer", TEXT), ("note", TEXT), ("seq", NUMBER),
    ]
)  # fmt: skip
"""What departments answered to returned rows (origin_batch, origin_seq; part -1: the whole row).

seq: the row of batch that stands for it from now on, -1 where it was settled otherwise.
"""

VILLAGES = pa.schema([("town", TEXT), ("village", TEXT), ("people", NUMBER)])
"""What the villages of the whole district are called, and by how many rows. Asked for only where the facts are those of
some persons."""

SCHEMAS = {
    "households": HOUSEHOLDS,
    "rosters": ROSTERS,
    "enrolments": ENROLMENTS,
    "payments": PAYMENTS,
    "causes": CAUSES,
    "batches": BATCHES,
    "answers": ANSWERS,
}
"""The frames of facts. More columns may stand after those that are named."""

_PARTS = ("batch", "seq", "part")
ORDERS = {
    "households": _PARTS,
    "rosters": _PARTS,
    "enrolments": _PARTS,
    "payments": _PARTS,
    "causes": _PARTS,
    "batches": ("batch",),
    "answers": ("batch", "origin_batch", "origin_seq", "part"),
}
"""What each frame is ordered by, in which no two of its rows agree: the earlier row holds, the later one repeats it."""


@dataclass(frozen=True)
class Facts:
    """All facts. `frames`: a frame for each name of SCHEMAS, in any order; one is read only when a result needs it.

    A mapping of them may therefore read each from where it is kept. Nothing is held here: who asks twice, reads twice.
    `villages` stands among the frames only where they are of some persons.
    """

    frames: Mapping[str, pd.DataFrame]

    @property
    def households(self) -> pd.DataFrame:
        """HOUSEHOLDS, in order."""
        return self._frame("households")

    @property
    def rosters(self) -> pd.DataFrame:
        """ROSTERS, in order."""
        return self._frame("rosters")

    @property
    def enrolments(self) -> pd.DataFrame:
        """ENROLMENTS, in order."""
        return self._frame("enrolments")

    @property
    def payments(self) -> pd.DataFrame:
        """PAYMENTS, in order."""
        return self._frame("payments")

    @property
    def causes(self) -> pd.DataFrame:
        """CAUSES, in order."""
        return self._frame("causes")

    @property
    def batches(self) -> pd.DataFrame:
        """BATCHES, in order."""
        return self._frame("batches")

    @property
    def answers(self) -> pd.DataFrame:
        """ANSWERS, in order."""
        return self._frame("answers")

    @property
    def villages(self) -> pd.DataFrame | None:
        """VILLAGES, as the households name them; None where the facts are those of everybody."""
        return _checked("villages", self.frames["villages"], VILLAGES) if "villages" in self.frames else None

    def _frame(self, name: str) -> pd.DataFrame:
        frame = _checked(name, self.frames[name], SCHEMAS[name])
        order = list(ORDERS[name])
        # Sorting is slow, looking is quick: most providers keep facts in order.
        return frame if in_order(frame, order) else frame.sort_values(order, kind="stable", ignore_index=True)


def _checked(name: str, frame: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """The frame itself. Raises ValueError if it has not the columns and types of its schema: its provider is wrong."""
    if wrong := difference(frame, schema):
        raise ValueError(f"facts.{name}: {wrong}")
    return frame
