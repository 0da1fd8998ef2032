"""Everything a workspace knows, judged and assessed once: what the registers lay out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from fcins.assessment.charges import Assessment
from fcins.assessment.derivation import Derivation, derive, kinds_of_results
from fcins.assessment.facts import REGISTRY, Facts
from fcins.assessment.judging import Judgement
from fcins.assessment.residents import Residents
from fcins.intake.answers import Answered
from fcins.policy.loading import Policy
from fcins.store.batches import BatchRecord, batch_records
from fcins.store.derived import Derived, Frames
from fcins.store.frames import StoredFrames
from fcins.store.schema import FACT_TABLES
from fcins.store.sheets import raw_sheet
from fcins.store.store import Store
from fcins.workbooks.reading import RawSheet

MANY = 100_000
MOST = 0.25
"""Of more people than both, and than this share of those whom the households list, it is quicker to judge everybody."""


@dataclass(frozen=True)
class Villages:
    """`names`: town, village, people."""

    names: pd.DataFrame


@dataclass(frozen=True)
class District:
    """Facts derived on demand, each once: residents, judgements of each kind, the assessment.

    With `keys` only the facts of these persons: see `around`. With `registered` these residents: see `under`.
    With `fresh` (table → facts) what need not be read again: see `about`. `keep`: results about everybody are kept
    for the next command; not those of what will be rolled back. `anew`: nothing that was kept is taken.
    """

    store: Store
    policy: Policy
    keys: tuple[int, ...] | None = None
    registered: Residents | None = None
    fresh: Mapping[str, pd.DataFrame] | None = None
    keep: bool = True
    anew: bool = False

    @classmethod
    def around(cls, store: Store, policy: Policy, keys: Iterable[int]) -> "District":
        """As much of the district as decides about these persons, who are judged and assessed in it as in the whole."""
        return cls(store, policy, tuple(store.connected(keys)))

    @classmethod
    def about(cls, store: Store, policy: Policy, fresh: Mapping[str, pd.DataFrame], *, keep: bool) -> "District":
        """As much of the district as decides about the rows of whole batches, read just now and in the store already.

        That is the people whom the rows name, with their other rows and couples, all found by index.

        `fresh`: table → their facts as stored (store.as_stored). Of many people that is the whole district; of the
        households too, since whatever comes next asks for all residents.
        """
        keys = set().union(*(facts["key"].unique().tolist() for facts in fresh.values())) - {0}
        batches = store.batches()
        listed = batches.loc[batches["kind"].isin(REGISTRY).to_numpy(), "facts"].sum()
        everybody = len(keys) > max(MANY, MOST * listed) or FACT_TABLES[REGISTRY[0]] in fresh
        connected = None if everybody else tuple(store.connected(keys))
        return cls(store, policy, connected, fresh=fresh, keep=keep)

    def under(self, policy: Policy) -> "District":
        """The same residents; what else is known of them judged and assessed by another policy."""
        return District(self.store, policy, self.keys, registered=self.residents)

    @cached_property
    def batches(self) -> pd.DataFrame:
        """Every live batch."""
        return self.store.batches()

    @property
    def newest_day(self) -> date:
        """The day of the newest batch: what a document is dated by, never the clock."""
        return date.fromisoformat(self.batches["imported_at"].max()[:10])

    @cached_property
    def batch_records(self) -> dict[int, BatchRecord]:
        """Every live batch by its number, oldest first."""
        return {record.number: record for record in batch_records(self.batches)}

    def sheets(self, number: int) -> list[RawSheet]:
        """The sheets of a batch as they came, with the last corrections of its rows in place."""
        batch = self.batch_records[number]
        file = batch.file
        sheets = [raw_sheet(record, file) for record in self.store.sheet_records(number)]
        corrected = self.answered.corrected
        corrected = corrected[(corrected["first"] & (corrected["batch"] == number)).to_numpy()]
        if not len(corrected):
            return sheets
        place = ("batch", "seq", "sheet_no", "row")
        table = FACT_TABLES[batch.kind]
        was = self.store.facts_of_rows(table, place, corrected).drop_duplicates(["batch", "seq"])
        now = corrected[["now_batch", "now_seq"]].set_axis(["batch", "seq"], axis=1)
        now = self.store.facts_of_rows(table, place, now).drop_duplicates(["batch", "seq"])
        pairs = corrected.merge(was, on=["batch", "seq"]).merge(
            now.rename(columns={name: f"now_{name}" for name in place}), on=["now_batch", "now_seq"]
        )
        by_batch = {int(each): self.store.sheet_records(int(each)) for each in pairs["now_batch"].unique()}
        for _, rows in pairs.groupby(["sheet_no", "now_batch", "now_sheet_no"]):
            sheet_no, now_batch, now_sheet = (
                int(rows[name].iloc[0]) for name in ("sheet_no", "now_batch", "now_sheet_no")
            )
            sheets[sheet_no] = _overlaid(sheets[sheet_no], raw_sheet(by_batch[now_batch][now_sheet], file), rows)
        return sheets

    def towns_of(self, rows: pd.DataFrame) -> "pd.Series[str]":
        """The town each row (batch, key, town) belongs to: where its person is registered, else the one it states,
        else its batch's sender's. On the same index."""
        sender = rows["batch"].map(self.batches.set_index("batch")["town"])
        stated = rows["town"].where(rows["town"] != "", sender)
        at = self.residents.find(rows["key"])
        return stated.where(at < 0, self.residents.texts_at("town", at).set_axis(rows.index))

    @cached_property
    def derivation(self) -> Derivation:
        """What follows from the facts; what earlier commands kept of it is taken."""
        frames = StoredFrames(self.store, self.keys, self.fresh, self.village_names)
        return derive(Facts(frames), self.policy, self._taken)

    def village_names(self) -> pd.DataFrame:
        """What the villages of the whole district are called, also where only some people are looked at."""
        if self.anew:
            return self.store.villages()
        names = self._derived.get("villages", Villages, ["households"], lambda: Villages(self.store.villages()))
        return names.names

    @property
    def answered(self) -> Answered:
        """What departments answered to returned rows."""
        return self.derivation.answered

    @property
    def residents(self) -> Residents:
        """The residents as of now."""
        return self.derivation.residents

    @property
    def rosters(self) -> Judgement:
        """Rosters judged; who belongs to which category."""
        return self.derivation.rosters

    @property
    def enrolments(self) -> Judgement:
        """Enrolments judged; one per person."""
        return self.derivation.enrolments

    @property
    def payments(self) -> Judgement:
        """Payments judged; what was received for residents."""
        return self.derivation.payments

    @property
    def received(self) -> pd.DataFrame:
        """PAYMENT_SCHEMA: what residents paid, each line of a receipt once; not what departments paid for them."""
        return self.derivation.received

    @property
    def causes(self) -> Judgement:
        """What villages found out about who is not insured."""
        return self.derivation.causes

    @property
    def assessment(self) -> Assessment:
        """What everyone owes and who pays it."""
        return self.derivation.assessment

    @property
    def verdicts(self) -> pd.DataFrame:
        """VERDICT_COLUMNS: one for every counted row of every batch."""
        return self.derivation.verdicts

    @property
    def findings(self) -> pd.DataFrame:
        """FINDING_COLUMNS of every batch, those closed by a department's answer left out."""
        return self.derivation.findings

    @property
    def days_paid(self) -> pd.DataFrame | None:
        """The payments, where ages are taken on their days."""
        return self.derivation.days_paid

    def judgement(self, kind: str) -> Judgement | Residents:
        """The judgement that the batches of a kind belong to."""
        return self.derivation.judgement(kind)

    def verdicts_of(self, kind: str) -> pd.DataFrame:
        """VERDICT_COLUMNS of every counted row of the batches of a kind (and its like)."""
        return self.answered.verdicts(self.judgement(kind).verdicts)

    def findings_of(self, kind: str) -> pd.DataFrame:
        """FINDING_COLUMNS that are open, of the batches of a kind (and its like)."""
        return self.answered.open(self.judgement(kind).findings)

    def _taken(self, name: str, shape: type[Frames], derive: Callable[[], Frames], /) -> Frames:
        """What is known already, or was kept of everybody; else it is derived now (derivation.Keep)."""
        if name == "residents" and self.registered is not None:
            return cast(Frames, self.registered)
        # Where only some people are looked at, everybody is taken if they stand ready; one person is looked up quicker.
        if name == "residents" and self.keys is not None and self.fresh is not None:
            ready = self._derived.peek(name, shape, REGISTRY)
            if ready is not None:
                return ready
        return self.kept(name, shape, kinds_of_results(self.policy)[name], derive)

    def kept(self, name: str, shape: type[Frames], kinds: Iterable[str], derive: Callable[[], Frames]) -> Frames:
        """What is derived from all batches of these kinds; a result about everybody is kept for the next command."""
        if self.keys is not None or self.registered is not None or self.anew:
            return derive()
        return self._derived.get(name, shape, kinds, derive)

    @cached_property
    def _derived(self) -> Derived:
        return Derived(self.store.folder, self.policy, self.batches, keep=self.keep)


def _overlaid(sheet: RawSheet, newer: RawSheet, rows: pd.DataFrame) -> RawSheet:
    """A sheet with rows of a corrected one in place: `row` and `now_row` say which; added columns come along."""
    at = pd.Index(sheet.row_numbers).get_indexer(rows["row"].to_numpy())
    come = pd.Index(newer.row_numbers).get_indexer(rows["now_row"].to_numpy())
    width = max(sheet.rows.shape[1], newer.rows.shape[1])
    cells = np.full((len(sheet.rows), width), "", dtype=object)
    numeric = np.zeros((len(sheet.rows), width), np.bool_)
    cells[:, : sheet.rows.shape[1]], numeric[:, : sheet.rows.shape[1]] = (
        sheet.rows.to_numpy(dtype=object),
        sheet.numeric,
    )
    cells[at, : newer.rows.shape[1]] = newer.rows.to_numpy(dtype=object)[come]
    numeric[at, : newer.rows.shape[1]] = newer.numeric[come]
    wider = newer if newer.rows.shape[1] > sheet.rows.shape[1] else sheet
    return replace(
        sheet,
        rows=pd.DataFrame(cells, columns=pd.RangeIndex(width)).astype("str"),
        numeric=numeric,
        headings=wider.headings,
        fields=wider.fields,
    )
