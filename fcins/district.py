"""Everything a workspace knows, judged and assessed once: what the registers lay out."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fcins.assessment import Assessment, assess
from fcins.judging import Judgement, judge_enrolments, judge_payments, judge_rosters
from fcins.policy import Policy
from fcins.residents import Residents, derive_residents
from fcins.store import Store


@dataclass(frozen=True)
class District:
    """Facts derived on demand, each once: residents, judgements of each kind, the assessment."""

    store: Store
    policy: Policy

    @cached_property
    def batches(self) -> pd.DataFrame:
        """Every live batch."""
        return self.store.batches()

    @cached_property
    def residents(self) -> Residents:
        """The residents as of now."""
        return derive_residents(self.store.facts("household_facts"), self.batches, self.policy)

    @cached_property
    def rosters(self) -> Judgement:
        """Rosters judged; who belongs to which category."""
        return judge_rosters(self.store.facts("roster_facts"), self.residents, self.policy)

    @cached_property
    def enrolments(self) -> Judgement:
        """Enrolments judged; one per person."""
        facts = self.store.facts("enrolment_facts")
        return judge_enrolments(facts, self.residents, self.rosters.holding, self.policy, self._days_paid)

    @cached_property
    def payments(self) -> Judgement:
        """Payments judged; what was received for residents."""
        return judge_payments(self.store.facts("payment_facts"), self.residents, self.policy)

    @cached_property
    def assessment(self) -> Assessment:
        """What everyone owes and who pays it."""
        holding = (self.rosters.holding, self.enrolments.holding)
        return assess(self.residents.people, *holding, self.policy, self._days_paid)

    @property
    def _days_paid(self) -> pd.DataFrame | None:
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

    def _judgements(self) -> list[Judgement | Residents]:
        return [self.residents, self.rosters, self.enrolments, self.payments]
