"""What is recorded of a batch when it comes in, as values."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class NewBatch:
    """What whoever adds a batch records of it; BatchRecord says what each is. The store adds the rest."""

    kind: str
    categories: tuple[str, ...]
    scope: str
    town: str
    file: str
    sha256: str
    declared_total: int | None
    rows_read: int
    rows_skipped: int


@dataclass(frozen=True)
class Origin:
    """Where a batch that was carried over first came in: under which policy, as which batch, when."""

    policy: str
    fee_year: int
    origin_batch: int
    imported_at: str


@dataclass(frozen=True)
class BatchRecord:
    """A live batch: a row of the table `batches`. `categories`: those of a roster, none of other kinds.

    `scope`: the category that was asked for, "" if the file decided; `town`: its sender's, "" where none was stated.
    """

    number: int
    kind: str
    categories: tuple[str, ...]
    scope: str
    town: str
    file: str
    sha256: str
    imported_at: str
    imported_by: str
    declared_total: int | None
    rows_read: int
    rows_skipped: int
    facts: int
    digest: str


def batch_records(batches: pd.DataFrame) -> list[BatchRecord]:
    """The rows of the table `batches`, in their order."""
    return [
        BatchRecord(
            number=int(row["batch"]),
            kind=row["kind"],
            categories=tuple(row["category"].split()),
            scope=row["scope"],
            town=row["town"],
            file=row["file"],
            sha256=row["sha256"],
            imported_at=row["imported_at"],
            imported_by=row["imported_by"],
            declared_total=None if pd.isna(row["declared_total"]) else int(row["declared_total"]),
            rows_read=int(row["rows_read"]),
            rows_skipped=int(row["rows_skipped"]),
            facts=int(row["facts"]),
            digest=row["digest"],
        )
        for row in batches.to_dict("records")
    ]


def batch_categories(facts: pd.DataFrame) -> tuple[str, ...]:
    """The categories that a roster's facts name, sorted; none of other kinds."""
    return tuple(sorted({code for code in facts["category"].unique() if code})) if "category" in facts else ()


def categories_cell(categories: Iterable[str]) -> str:
    """Categories as the table `batches` has them in one cell."""
    return " ".join(categories)
