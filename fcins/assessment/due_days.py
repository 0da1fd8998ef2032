"""What somebody owed on a day: before the birthday that they should wait for, and from it on. Clause 四（四）4."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL, Assessment, assess
from fcins.assessment.liability import SCHEMES, Days, Flags
from fcins.policy.loading import Policy

Fen = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]

MEDICAL = SCHEMES.index("medical")
"""The place of 医保 in SCHEMES."""


@dataclass(frozen=True)
class Awaited:
    """The birthday that each `person` (positions in the assessment, ascending) should wait for before paying medical.

    `waits`: whether there is one; before_fen, from_fen: what is due of them before it and from it on, as long as they
    have not paid.
    """

    person: Positions
    birthday: Days
    waits: Flags
    before_fen: Fen
    from_fen: Fen

    def places(self, person: Positions) -> Positions:
        """Where these persons stand here; -1 for others."""
        return pd.Index(self.person).get_indexer(pd.Index(person)).astype(np.int64)


def medical_awaited(assessment: Assessment, person: Positions, memberships: pd.DataFrame, policy: Policy) -> Awaited:
    """Of these persons those who wait for a birthday before they pay medical, or may have had to.

    Where ages are taken on the day of payment that is not to be seen from what is due now: all are looked at.
    """
    person = np.unique(person)
    if not policy.by_payment:
        person = person[assessment.people["medical_waits"].to_numpy()[person]]
    payers, none = assessment.people.iloc[person], no_enrolments()
    at_start = _ages_on_first_day(policy)
    higher = assess(payers, memberships, none, at_start).amounts("medical", PERSONAL)
    # As if they had not paid: a policy may take ages on the day of payment.
    waiting = assess(payers, memberships, none, policy)
    birthday = waiting.people["pay_from"].to_numpy().astype("datetime64[D]")
    waits = waiting.people["medical_waits"].to_numpy()
    return Awaited(person, birthday, waits, higher, waiting.amounts("medical", PERSONAL))


def due_on_days(
    assessment: Assessment, awaited: Awaited, policy: Policy, person: Positions, scheme: Positions, day: Days
) -> Fen:
    """What each of these owed of a scheme (its place in SCHEMES) on a day, in fen; 0 where `person` is -1.

    On an unknown day (NaT) it is what they owe now. Where ages are taken on the day of payment, that has settled it.
    `awaited`: medical_awaited of at least these persons.
    """
    due = _of_people(assessment, PERSONAL, person, scheme)
    if policy.by_payment or not awaited.person.size:
        return due
    place = np.where((person >= 0) & (scheme == MEDICAL), awaited.places(person), -1)
    early = np.flatnonzero((place >= 0) & (day < awaited.birthday[place]) & awaited.waits[place])
    due[early] = awaited.before_fen[place[early]]
    return due


def paid_by_others(assessment: Assessment, person: Positions, scheme: Positions) -> Fen:
    """What others pay of a scheme for each of these, in fen; 0 where `person` is -1."""
    return _of_people(assessment, PAID_BY_OTHERS, person, scheme)


def _of_people(assessment: Assessment, role: str, person: Positions, scheme: Positions) -> Fen:
    amounts = [assessment.amounts(name, role) for name in SCHEMES]
    with_nobody = np.vstack([np.stack(amounts, axis=1), np.zeros((1, len(SCHEMES)), np.int64)])
    of_people: Fen = with_nobody[person, scheme]
    return of_people


def _ages_on_first_day(policy: Policy) -> Policy:
    """The same policy with ages taken on the window's first day: before any birthday that it could bring."""
    dates = policy.dates
    reference = dates.age_reference.model_copy(update={"on": dates.window.start})
    return policy.model_copy(update={"dates": dates.model_copy(update={"age_reference": reference})})


def no_enrolments() -> pd.DataFrame:
    """Enrolments for an assessment of medical alone."""
    return pd.DataFrame({"key": np.zeros(0, np.int64), "tier_fen": np.zeros(0, np.int64)})


def scheme_places(schemes: Any) -> Positions:
    """The place of each scheme in SCHEMES; -1 for none of them."""
    return pd.Index(SCHEMES).get_indexer(pd.Index(schemes)).astype(np.int64)
