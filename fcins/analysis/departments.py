"""What each department handed in, how it was judged, and what it still has to settle. Clause 五（一）.

A file counts as it stands now: rows that were corrected since count as they are, in the file they first came in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from fcins.analysis.completeness import Lacking
from fcins.analysis.district import District
from fcins.analysis.returned import is_copy
from fcins.figures import KIND_NAMES, records
from fcins.policy.loading import Policy
from fcins.store.batches import BatchRecord
from fcins.store.schema import FACT_TABLES, TABLES

# ── whose rows they are ─────────────────────────────────────────────────────────────────────────────────────────────


UNKNOWN_SENDER = "未识别"
"""Who handed in a roster in which no category of the policy was recognised."""


def senders_of(batch: BatchRecord, policy: Policy) -> tuple[str, ...]:
    """Who handed in a batch: for a roster the departments of its categories."""
    if batch.kind == "roster":
        # A batch may be of a category that the policy has no longer.
        known = [code for code in batch.categories if code in policy.category_codes]
        return tuple(dict.fromkeys(policy.department_of(code) for code in known)) or (UNKNOWN_SENDER,)
    if batch.kind == "reasons":  # a town, from its villages
        return (batch.town or "镇街",)
    senders = {"enrolment": policy.senders.enrolment, "payments": policy.senders.payments}
    return (senders.get(batch.kind, policy.senders.households),)


def departments_of(lines: pd.DataFrame, counts: pd.DataFrame, policy: Policy) -> list[str]:
    """Who handed in each line: the department of its category, else the one that the file is from."""
    of_batch = dict(zip(counts["batch"].tolist(), counts["departments"].tolist(), strict=True))
    known = {code: policy.department_of(code) for code in policy.category_codes}
    return [
        next((known[code] for code in codes if code in known), of_batch[batch][0])
        for codes, batch in zip(lines["categories"].tolist(), lines["batch"].tolist(), strict=True)
    ]


def in_order(counts: pd.DataFrame, lists: Iterable[Lacking], policy: Policy) -> list[str]:
    """The departments that have handed something in or whose lists lack somebody, in the policy's order."""
    names = {name for senders in counts["departments"] for name in senders} | {each.department for each in lists}
    return [*(name for name in policy.departments if name in names), *sorted(names - set(policy.departments))]


# ── the count that closes ───────────────────────────────────────────────────────────────────────────────────────────


COUNT_COLUMNS = [
    "batch", "file", "kind", "categories", "departments", "imported_at", "declared_total",
    "read", "accepted", "duplicate", "rejected", "settled", "open",
]  # fmt: skip
"""One row per file as a department sent it. read = accepted + duplicate + rejected; rejected = settled + open.

`categories` and `departments`: tuples; of what is no roster no categories. `declared_total`: missing where none."""


def counts_by_file(district: District, lines: pd.DataFrame, town: str) -> pd.DataFrame:
    """COUNT_COLUMNS. A row that was corrected since counts as it is now, in the file it first came in.

    Of one town (not "") only its rows, and only files that have some or that it sent.
    """
    policy = district.policy
    batches = district.batches
    batches = batches[~batches["batch"].isin(district.store.answers()["batch"]).to_numpy()]
    verdicts = district.verdicts
    if town:
        verdicts = verdicts[(_towns(district, verdicts) == town).to_numpy()]
        lines = lines[(lines["town"] == town).to_numpy()]
    tally = verdicts.groupby(["batch", "verdict"]).size().unstack(fill_value=0)
    tally = tally.reindex(index=batches["batch"], columns=["accepted", "duplicate", "rejected"], fill_value=0)
    open_rows = lines[~is_copy(lines)].drop_duplicates(["batch", "seq"]).groupby("batch").size()
    counts = batches[["batch", "file", "kind", "imported_at"]].reset_index(drop=True)
    sent = [district.batch_records[number] for number in counts["batch"].tolist()]
    counts["categories"] = pd.Series([batch.categories for batch in sent], dtype=object)
    counts["departments"] = pd.Series([senders_of(batch, policy) for batch in sent], dtype=object)
    counts["declared_total"] = pd.array([batch.declared_total for batch in sent], dtype="Int64")
    for verdict in ("accepted", "duplicate", "rejected"):
        counts[verdict] = tally[verdict].to_numpy()
    counts["open"] = open_rows.reindex(counts["batch"], fill_value=0).to_numpy()
    counts["settled"] = counts["rejected"] - counts["open"]
    counts["read"] = counts["accepted"] + counts["duplicate"] + counts["rejected"]
    if town:
        own = (batches["town"] == town).to_numpy()
        counts["declared_total"] = counts["declared_total"].where(own)  # stamped for all towns, it says nothing of one
        counts = counts[own | (counts["read"] > 0).to_numpy()]
    return counts[COUNT_COLUMNS].reset_index(drop=True)


@dataclass(frozen=True)
class FileCount:
    """A row of COUNT_COLUMNS. `declared_total`: None where none is stamped."""

    batch: int
    file: str
    kind: str
    categories: tuple[str, ...]
    departments: tuple[str, ...]
    imported_at: str
    declared_total: int | None
    read: int
    accepted: int
    duplicate: int
    rejected: int
    settled: int
    open: int

    @property
    def closes(self) -> bool | None:
        """Whether the stamped count equals the accepted and settled rows; None if nothing was stamped."""
        return None if self.declared_total is None else self.declared_total == self.accepted + self.settled


def file_counts(counts: pd.DataFrame) -> list[FileCount]:
    """The files of `counts_by_file`, one by one."""
    return [
        FileCount(**row | {"declared_total": None if pd.isna(row["declared_total"]) else int(row["declared_total"])})
        for row in records(counts)
    ]


def _towns(district: District, rows: pd.DataFrame) -> "pd.Series[str]":
    """The town of each row (batch, seq): the resident's, else the stated one, else the sender's."""
    columns = ("batch", "seq", "key", "town")
    facts = pd.concat([district.store.facts(table, columns) for table in TABLES])
    facts = facts.sort_values("key", ascending=False, kind="stable").drop_duplicates(["batch", "seq"])
    return district.towns_of(rows[["batch", "seq"]].merge(facts, on=["batch", "seq"], how="left"))


# ── by department and category ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class CategoryCount:
    """What a department has handed in of a category, or of a kind that is no roster.

    `category`: the code, "" of what is no roster; `name`: its Chinese name. `people`: who belongs to the category; of
    households whom the accepted rows are about; of other files the accepted rows. `control_total_ok`: None where
    nothing was stamped.
    """

    department: str
    category: str
    name: str
    kind: str
    files: int
    people: int
    open: int
    control_total_ok: bool | None
    last_change: str


def by_category(district: District, counts: pd.DataFrame, lines: pd.DataFrame) -> list[CategoryCount]:
    """A count for each department and category, in the policy's order.

    `counts`: COUNT_COLUMNS; `lines`: returned.LINE_COLUMNS.
    """
    policy = district.policy
    handed_in: dict[tuple[str, str, str], list[FileCount]] = {}
    for file in file_counts(counts):
        for code in file.categories or ("",):
            department = policy.department_of(code) if code in policy.category_codes else file.departments[0]
            handed_in.setdefault((department, file.kind, code), []).append(file)
    latest = last_changes(district)
    members = district.rosters.holding.drop_duplicates(["key", "category"]).groupby("category").size()
    open_lines = lines[~is_copy(lines)]
    category_counts = []
    for (department, kind, code), files in handed_in.items():
        closes = [file.closes for file in files if file.closes is not None]
        if kind == "roster":
            people = int(members.get(code, 0))
        elif kind == "households":
            people = _registered(district, files)
        else:
            people = sum(file.accepted for file in files)
        category_counts.append(
            CategoryCount(
                department=department,
                category=code,
                name=policy.category(code).name if code in policy.category_codes else KIND_NAMES[kind],
                kind=kind,
                files=len(files),
                people=people,
                open=sum(_open_rows(open_lines, file.batch, code) for file in files),
                control_total_ok=all(closes) if closes else None,
                last_change=max(latest[file.batch] for file in files),
            )
        )
    order = {name: number for number, name in enumerate(policy.departments)}
    codes = {code: number for number, code in enumerate(policy.category_codes)}
    return sorted(
        category_counts, key=lambda count: (order.get(count.department, len(order)), codes.get(count.category, -1))
    )


def _registered(district: District, files: list[FileCount]) -> int:
    """How many persons the accepted rows of these files of households are about: two rows may be about one person."""
    accepted = district.verdicts[(district.verdicts["verdict"] == "accepted").to_numpy()]
    accepted = accepted[accepted["batch"].isin([file.batch for file in files]).to_numpy()]
    facts = district.store.facts(FACT_TABLES["households"], ("batch", "seq", "key"))
    return int(facts.merge(accepted[["batch", "seq"]], on=["batch", "seq"])["key"].nunique())


def _open_rows(open_lines: pd.DataFrame, batch: int, code: str) -> int:
    """How many rows of a batch are open, of a category; with "" of all."""
    of_batch = open_lines[(open_lines["batch"] == batch).to_numpy()]
    of_category = of_batch["categories"].map(lambda codes: not code or code in codes)
    return len(of_batch[of_category.to_numpy(bool)].drop_duplicates(["batch", "seq"]))


def last_changes(district: District) -> dict[int, str]:
    """Batch → when it or a correction of its rows last came in."""
    batches = district.batches.set_index("batch")["imported_at"]
    latest = {int(number): str(when) for number, when in batches.items()}  # type: ignore[call-overload]
    for origin, number in district.store.answers()[["origin_batch", "batch"]].drop_duplicates().itertuples(index=False):
        if origin in latest:
            latest[origin] = max(latest[origin], latest[number])
    return latest
