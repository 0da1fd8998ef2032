"""What each department handed in, how it was judged, and what it still has to settle. Clause 五（一）.

A file counts as it stands now: rows that were corrected since count as they are, in the file they first came in.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from fcins.analysis.completeness import Lacking
from fcins.analysis.district import District
from fcins.analysis.returned import is_copy
from fcins.figures import KIND_NAMES, records
from fcins.policy.loading import Policy
from fcins.store.batches import BatchRecord
from fcins.store.schema import TABLES

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
        next((known[code] for code in codes.split() if code in known), of_batch[batch][0])
        for codes, batch in zip(lines["category"].tolist(), lines["batch"].tolist(), strict=True)
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


def _towns(district: District, rows: pd.DataFrame) -> "pd.Series[str]":
    """The town of each row (batch, seq): the resident's, else the stated one, else the sender's."""
    columns = ("batch", "seq", "key", "town")
    facts = pd.concat([district.store.facts(table, columns) for table in TABLES])
    facts = facts.sort_values("key", ascending=False, kind="stable").drop_duplicates(["batch", "seq"])
    return district.towns_of(rows[["batch", "seq"]].merge(facts, on=["batch", "seq"], how="left"))


# ── by department and category ──────────────────────────────────────────────────────────────────────────────────────


def by_category(district: District, counts: pd.DataFrame, lines: pd.DataFrame) -> list[dict[str, Any]]:
    """A line for each department and category: department, category (code; "" of what is no roster), name, kind, files,
    people, open, control_total_ok (None where nothing was stamped), last_change.

    `counts`: COUNT_COLUMNS; `lines`: returned.LINE_COLUMNS. `people`: who belongs to the category; of a file that is no
    roster the accepted rows.
    """
    policy = district.policy
    latest = _last_changes(district)
    holding = district.rosters.holding.drop_duplicates(["key", "category"]).groupby("category").size()
    open_lines = lines[~is_copy(lines)]
    by_name: dict[tuple[str, str, str], dict[str, Any]] = {}
    for file in records(counts):
        kind = file["kind"]
        open_here = open_lines[(open_lines["batch"] == file["batch"]).to_numpy()]
        for code in file["categories"] or ("",):
            known = code in policy.category_codes
            department = policy.department_of(code) if known else file["departments"][0]
            line = by_name.setdefault(
                (department, kind, code),
                {
                    "department": department,
                    "category": code,
                    "name": policy.category(code).name if known else KIND_NAMES[kind],
                    "kind": kind,
                    "files": 0,
                    "people": int(holding.get(code, 0)) if kind == "roster" else 0,
                    "open": 0,
                    "control_total_ok": None,
                    "last_change": "",
                },
            )
            line["files"] += 1
            if kind != "roster":
                line["people"] += file["accepted"]
            same = open_here["category"].map(lambda text, code=code: code in text.split() or not code)
            line["open"] += len(open_here[same.to_numpy(bool)].drop_duplicates(["batch", "seq"]))
            closes = closed(file)
            if closes is not None:
                line["control_total_ok"] = closes and line["control_total_ok"] is not False
            line["last_change"] = max(line["last_change"], latest[file["batch"]])
    order = {name: number for number, name in enumerate(policy.departments)}
    codes = {code: number for number, code in enumerate(policy.category_codes)}
    return sorted(
        by_name.values(), key=lambda each: (order.get(each["department"], len(order)), codes.get(each["category"], -1))
    )


def closed(file: dict[str, Any]) -> bool | None:
    """Whether a file's stamped count equals its accepted and settled rows; None if nothing was stamped."""
    if pd.isna(file["declared_total"]):
        return None
    return bool(file["declared_total"] == file["accepted"] + file["settled"])


def _last_changes(district: District) -> dict[int, str]:
    """Batch → when it or a correction of its rows last came in."""
    batches = district.batches.set_index("batch")["imported_at"]
    latest = {int(number): str(when) for number, when in batches.items()}  # type: ignore[call-overload]
    for origin, number in district.store.answers()[["origin_batch", "batch"]].drop_duplicates().itertuples(index=False):
        if origin in latest:
            latest[origin] = max(latest[origin], latest[number])
    return latest
