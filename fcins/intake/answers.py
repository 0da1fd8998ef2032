"""What departments answered to returned rows → which rows and facts still count. Pure.

五（一）: what fails is given back at once, and the department settles it with the person. A corrected row stands for
the row it corrects; who has died, moved away or lost the entitlement counts no more; any answer closes the findings.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from fcins.frames import FLAG, NUMBER, TEXT, empty
from fcins.headings import load_headings

CORRECTED = "更正"
"""The answer of a corrected row (a value of headings.toml)."""

WHOLE_ROW = -1
"""`part` of an answer about a whole row."""

CORRECTED_SCHEMA = pa.schema(
    [("batch", NUMBER), ("seq", NUMBER), ("now_batch", NUMBER), ("now_seq", NUMBER), ("first", FLAG)]
)
"""Rows for which another one stands now. first: the row as it came in; else an earlier correction of it."""

SETTLED_SCHEMA = pa.schema(
    [
        ("batch", NUMBER), ("seq", NUMBER), ("part", NUMBER), ("answer", TEXT), ("note", TEXT), ("by_batch", NUMBER),
        ("cancels", FLAG),
    ]
)  # fmt: skip
"""Rows, as they stand now, that were settled otherwise, and by which batch. cancels: the facts count no more."""


@dataclass(frozen=True)
class Answered:
    """What answers change: `corrected` (CORRECTED_SCHEMA) and `settled` (SETTLED_SCHEMA)."""

    corrected: pd.DataFrame
    settled: pd.DataFrame

    def without(self, facts: pd.DataFrame) -> pd.DataFrame:
        """Facts (with batch, seq, part) but those that no longer count."""
        cancelled = self.settled[self.settled["cancels"].to_numpy()]
        if not len(self.corrected) and not len(cancelled):
            return facts
        rows = _rows(facts)
        gone = rows.isin(_rows(self.corrected)) | rows.isin(_rows(cancelled[cancelled["part"] == WHOLE_ROW]))
        gone |= _parts(facts).isin(_parts(cancelled))
        return facts[~gone].reset_index(drop=True) if gone.any() else facts

    def standing(self, facts: pd.DataFrame) -> pd.DataFrame:
        """Facts (with batch, seq) but those of corrected rows: money that came in stays, whatever was answered."""
        if not len(self.corrected):
            return facts
        return facts[~_rows(facts).isin(_rows(self.corrected))].reset_index(drop=True)

    def open(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Findings (FINDING_COLUMNS) but those that an answer has closed."""
        if not len(self.settled):
            return findings
        whole = self.settled[(self.settled["part"] == WHOLE_ROW).to_numpy()]
        closed = _rows(findings).isin(_rows(whole)) | _parts(findings).isin(_parts(self.settled))
        return findings[~closed].reset_index(drop=True)

    def verdicts(self, judged: pd.DataFrame) -> pd.DataFrame:
        """The verdicts of judged rows, and of those that were not judged any more: each row of a batch has one.

        A corrected row has the verdict of the row that stands for it; a cancelled one is rejected.
        """
        if not len(self.corrected) and not len(self.settled):
            return judged
        cancelled = self.settled[self.settled["cancels"].to_numpy()][["batch", "seq"]].drop_duplicates()
        cancelled = cancelled[~_rows(cancelled).isin(_rows(judged))].assign(verdict="rejected")
        known = pd.concat([judged, cancelled], ignore_index=True)
        now = self.corrected.merge(
            known.rename(columns={"batch": "now_batch", "seq": "now_seq"}), on=["now_batch", "now_seq"]
        )
        return pd.concat([known, now[["batch", "seq", "verdict"]]], ignore_index=True)

    def is_corrected(self, batch: int, seq: int) -> bool:
        """Whether another row stands for this one now."""
        return bool(((self.corrected["batch"] == batch) & (self.corrected["seq"] == seq)).any())

    def origin_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows (batch, seq) → the row each stands for, as it first came in: origin_batch, origin_seq; else itself."""
        if self.corrected.empty:
            return rows[["batch", "seq"]].reset_index(drop=True).set_axis(["origin_batch", "origin_seq"], axis=1)
        first = self.corrected[self.corrected["first"].to_numpy()]
        earlier = self.corrected[~self.corrected["first"].to_numpy()].drop(columns="first")
        # A correction that was itself corrected stands for the same first row.
        passed = earlier.merge(first, on=["now_batch", "now_seq"], suffixes=("", "_first"))
        chain = pd.concat(
            [
                first[["now_batch", "now_seq", "batch", "seq"]].set_axis(["of", "at", "batch", "seq"], axis=1),
                passed[["batch", "seq", "batch_first", "seq_first"]].set_axis(["of", "at", "batch", "seq"], axis=1),
            ]
        )
        found = chain.set_index(["of", "at"]).reindex(_rows(rows)).reset_index(drop=True)
        own = rows[["batch", "seq"]].reset_index(drop=True)
        found = found.fillna(own).astype("int64")
        return found.set_axis(["origin_batch", "origin_seq"], axis=1)


def answered(answers: pd.DataFrame) -> Answered:
    """The table `answers`, oldest first → what holds: of several answers to one row the last one."""
    if answers.empty:
        return Answered(empty(CORRECTED_SCHEMA), empty(SETTLED_SCHEMA))
    origin = ["origin_batch", "origin_seq"]
    answers = answers.sort_values("batch", kind="stable")
    corrections = answers[(answers["seq"] >= 0).to_numpy()].drop_duplicates([*origin, "batch"])
    now = corrections.drop_duplicates(origin, keep="last")
    now = now[[*origin, "batch", "seq"]].rename(columns={"batch": "now_batch", "seq": "now_seq"})
    earlier = corrections[[*origin, "batch", "seq"]].merge(now, on=origin)
    earlier = earlier[(earlier["batch"] != earlier["now_batch"]).to_numpy()]
    first = now.assign(batch=now["origin_batch"], seq=now["origin_seq"])
    chains = pd.concat([first.assign(first=True), earlier.assign(first=False)], ignore_index=True)
    last = answers.drop_duplicates([*origin, "part"], keep="last")
    settled = last[(last["seq"] < 0).to_numpy()].rename(columns={"batch": "by_batch"}).drop(columns="seq")
    settled = settled.merge(now, on=origin, how="left")
    settled["batch"] = settled["now_batch"].fillna(settled["origin_batch"]).astype("int64")
    settled["seq"] = settled["now_seq"].fillna(settled["origin_seq"]).astype("int64")
    # A row corrected as a whole after one of its parts was settled: the settlement stands, on the row that stands now.
    settled["cancels"] = settled["answer"].isin(load_headings().words["cancelling"])
    return Answered(chains[CORRECTED_SCHEMA.names], settled[SETTLED_SCHEMA.names])


def _rows(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["batch", "seq"]])


def _parts(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["batch", "seq", "part"]])
