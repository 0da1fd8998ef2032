"""Everything a workspace knows, judged and assessed once: what the registers lay out."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fcins.assessment import Assessment, assess
from fcins.judging import Judgement, judge_enrolments, judge_payments, judge_rosters
from fcins.policy import Policy
from fcins.residents import Residents, derive_residents
from fcins.store import FACT_TABLES, Store


@dataclass(frozen=True)
class District:
    """Facts derived on demand, each once: residents, judgements of each kind, the assessment.

    With `keys` only the facts of these persons: see `around`. With `registered` these residents: see `under`.
    """

    store: Store
    policy: Policy
    keys: tuple[int, ...] | None = None
    registered: Residents | None = None

    @classmethod
    def around(cls, store: Store, policy: Policy, key: int) -> "District":
        """As much of the district as decides about one person, who is judged and assessed in it as in the whole."""
        return cls(store, policy, tuple(store.connected(key)))

    def under(self, policy: Policy) -> "District":
        """The same residents; what else is known of them judged and assessed by another policy."""
        return District(self.store, policy, self.keys, self.residents)

    @cached_property
    def batches(self) -> pd.DataFrame:
        """Every live batch."""
        return self.store.batches()

    @cached_property
    def residents(self) -> Residents:
        """The residents as of now."""
        if self.registered is not None:
            return self.registered
        facts = self._facts("households")
        # A change may call a village by another name than its neighbours in the households do.
        apart = self.keys is not None and (facts["change"] != "").any()
        villages = self.store.villages(sorted(set(facts["town"]))) if apart else None
        return derive_residents(facts, self.batches, self.policy, villages)

    @cached_property
    def rosters(self) -> Judgement:
        """Rosters judged; who belongs to which category."""
        return judge_rosters(self._facts("roster"), self.residents, self.policy)

    @cached_property
    def enrolments(self) -> Judgement:
        """Enrolments judged; one per person."""
        facts = self._facts("enrolment")
        return judge_enrolments(facts, self.residents, self.rosters.holding, self.policy, self.days_paid)

    @cached_property
    def payments(self) -> Judgement:
        """Payments judged; what was received for residents."""
        return judge_payments(self._facts("payments"), self.residents, self.policy)

    @cached_property
    def assessment(self) -> Assessment:
        """What everyone owes and who pays it."""
        holding = (self.rosters.holding, self.enrolments.holding)
        return assess(self.residents.people, *holding, self.policy, self.days_paid)

    @property
    def days_paid(self) -> pd.DataFrame | None:
        """The payments, where ages are taken on their days."""
        return self.payments.holding if self.policy.by_payment else None

    def judgement(self, kind: str) -> Judgement | Residents:
        """The judgement that the batches of a kind belong to."""
        judgements = {"roster": "rosters", "enrolment": "enrolments", "payments": "payments"}
        judged: Judgement | Residents = getattr(self, judgements.get(kind, "residents"))
        return judged

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """batch, seq, verdict of every counted row of every batch."""
        return pd.concat([each.verdicts for each in self._judgements()], ignore_index=True)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """FINDING_COLUMNS of every batch."""
        return pd.concat([each.findings for each in self._judgements()], ignore_index=True)

    def _facts(self, kind: str) -> pd.DataFrame:
        return self.store.facts(FACT_TABLES[kind], keys=self.keys)

    def _judgements(self) -> list[Judgement | Residents]:
        return [self.residents, self.rosters, self.enrolments, self.payments]
