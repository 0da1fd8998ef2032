"""Facts × policy → everything that follows from them: each result derived when it is asked for, once.

The only place that says what comes from what. Pure: who has kept an earlier result may hand it in (`Keep`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment import receipts
from fcins.assessment.charges import Assessment, assess
from fcins.assessment.due_days import MEDICAL, due_on_days, medical_awaited, scheme_places
from fcins.assessment.facts import REGISTRY, Facts
from fcins.assessment.judging import Judgement, judge_enrolments, judge_payments, judge_rosters, taken_as_it_came
from fcins.assessment.residents import Residents, derive_residents
from fcins.assessment.villages import villages_named
from fcins.intake.answers import Answered, answered
from fcins.policy.loading import Policy
from fcins.values import days

Result = TypeVar("Result")


class Keep(Protocol):
    """Gives a result: one that was derived earlier from just the same, or else what `derive` makes now."""

    def __call__(self, name: str, shape: type[Result], derive: Callable[[], Result], /) -> Result:
        """The result of this name (an attribute of Derivation) and shape."""


def derive_now(name: str, shape: type[Result], derive: Callable[[], Result], /) -> Result:
    """Nothing is kept."""
    return derive()


_JUDGED = {
    "households": "residents",
    "changes": "residents",
    "roster": "rosters",
    "enrolment": "enrolments",
    "payments": "payments",
    "reasons": "causes",
}
"""Kind of a batch → the result that judges its rows."""


@dataclass(frozen=True)
class Derivation:
    """What follows from facts under a policy. Use `derive`."""

    facts: Facts
    policy: Policy
    keep: Keep = derive_now

    @cached_property
    def answered(self) -> Answered:
        """What departments answered to returned rows."""
        return answered(self.facts.answers)

    @cached_property
    def residents(self) -> Residents:
        """The residents as of now."""
        return self.keep("residents", Residents, self._residents)

    def counting(self, name: str) -> pd.DataFrame:
        """The facts of a frame (facts.SCHEMAS) that count: none of rows that were corrected since, or cancelled.

        Money that came in stays, whatever was answered to its row.
        """
        facts: pd.DataFrame = getattr(self.facts, name)
        return self.answered.standing(facts) if name == "payments" else self.answered.without(facts)

    def _residents(self) -> Residents:
        facts = self.facts.households
        # What a village is called is a matter of all who live there, also where only some people are looked at.
        villages = self.facts.villages
        villages = villages_named(facts) if villages is None else villages
        return derive_residents(self.answered.without(facts), self.facts.batches, self.policy, villages)

    @cached_property
    def rosters(self) -> Judgement:
        """Rosters judged; who belongs to which category."""
        return self.keep("rosters", Judgement, self._rosters)

    def _rosters(self) -> Judgement:
        return judge_rosters(self.counting("rosters"), self.residents, self.policy)

    @cached_property
    def enrolments(self) -> Judgement:
        """Enrolments judged; one per person."""
        return self.keep("enrolments", Judgement, self._enrolments)

    def _enrolments(self) -> Judgement:
        facts, memberships = self.counting("enrolments"), self.rosters.holding
        return judge_enrolments(facts, self.residents, memberships, self.policy, self.days_paid)

    @cached_property
    def payments(self) -> Judgement:
        """Payments judged; what was received for residents."""
        return self.keep("payments", Judgement, self._payments)

    def _payments(self) -> Judgement:
        return judge_payments(self.counting("payments"), self.residents, self.policy)

    @cached_property
    def received(self) -> pd.DataFrame:
        """PAYMENT_SCHEMA: what residents paid, each line of a receipt once; not what departments paid for them.

        Of two amounts of one line that counts which was due on that day; 六（二）.
        """
        return self._each_line_once(self._due_on_days)

    def _each_line_once(self, due: Callable[[pd.DataFrame], npt.NDArray[np.int64]]) -> pd.DataFrame:
        own = self.payments.holding
        own = own[~own["by_department"].to_numpy()]
        counts = receipts.settled(own, own["line"].to_numpy(), lambda at: due(own.iloc[at]))
        return own[counts].reset_index(drop=True)

    def _due_on_days(self, payments: pd.DataFrame) -> npt.NDArray[np.int64]:
        person = self.residents.find(payments["key"])
        scheme, day = scheme_places(payments["scheme"]), days(payments["counted_on"])
        medical = person[(person >= 0) & (scheme == MEDICAL)]
        awaited = medical_awaited(self.assessment, medical, self.rosters.holding, self.policy)
        return due_on_days(self.assessment, awaited, self.policy, person, scheme, day)

    @cached_property
    def causes(self) -> Judgement:
        """What villages found out about who is not insured; only rows about residents were taken in."""
        return taken_as_it_came(self.counting("causes"))

    @cached_property
    def assessment(self) -> Assessment:
        """What everyone owes and who pays it."""
        return self.keep("assessment", Assessment, self._assessment)

    def _assessment(self) -> Assessment:
        memberships, enrolments = self.rosters.holding, self.enrolments.holding
        return assess(self.residents.people, memberships, enrolments, self.policy, self.days_paid)

    @property
    def charges(self) -> pd.DataFrame:
        """CHARGES: who pays what for whom, and under which clause."""
        return self.assessment.charges

    @cached_property
    def days_paid(self) -> pd.DataFrame | None:
        """The payments, where ages are taken on their days; of two amounts of one line the smaller.

        What was due on that day cannot be asked yet: it depends on the age.
        """
        if not self.policy.by_payment:
            return None
        return self._each_line_once(lambda rows: np.zeros(len(rows), np.int64))

    def judgement(self, kind: str) -> Judgement | Residents:
        """The judgement that the batches of a kind belong to."""
        judged: Judgement | Residents = getattr(self, _JUDGED[kind])
        return judged

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """VERDICTS: one for every counted row of every batch."""
        return self.answered.verdicts(pd.concat([each.verdicts for each in self._judgements()], ignore_index=True))

    @cached_property
    def findings(self) -> pd.DataFrame:
        """FINDINGS of every batch, those closed by a department's answer left out."""
        return self.answered.open(pd.concat([each.findings for each in self._judgements()], ignore_index=True))

    def _judgements(self) -> list[Judgement | Residents]:
        return [getattr(self, name) for name in dict.fromkeys(_JUDGED.values())]


def derive(facts: Facts, policy: Policy, keep: Keep = derive_now) -> Derivation:
    """What follows from facts under a policy: residents, verdicts, findings, charges, each when it is asked for."""
    return Derivation(facts, policy, keep)


def kinds_of_results(policy: Policy) -> dict[str, tuple[str, ...]]:
    """The results that may be kept, each with the kinds of batches that it comes from."""
    enrolled_by = (*REGISTRY, "roster", "enrolment", *(("payments",) if policy.by_payment else ()))
    return {
        "residents": REGISTRY,
        "rosters": (*REGISTRY, "roster"),
        "enrolments": enrolled_by,
        "payments": (*REGISTRY, "payments"),
        "assessment": enrolled_by,
    }
