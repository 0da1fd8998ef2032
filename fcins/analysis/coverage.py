"""Who of those liable is covered: insured, and nothing of their own left to pay. By town, village and scheme."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment import liability
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES, Flags, Population

FIGURES = ["liable", "covered", "due_fen", "received_fen"]

RATE_COLUMNS = ["town", "village", "scheme", *FIGURES]
"""People liable and covered; what they owe themselves and what was received, in fen."""


def coverage(who: Population, assessment: Assessment, payments: pd.DataFrame) -> pd.DataFrame:
    """RATE_COLUMNS: a line per place and scheme where somebody is liable or paid, in the order of the people.

    `who` and `assessment` are of the same people; `payments`: key, scheme, amount_fen, fee_year. What the tax office
    received counts where the payer lives or lived, dead and departed too, so that the sum is what was received.
    """
    people = assessment.people
    enrolled = {"medical": np.ones(len(people), np.bool_), "pension": (people["tier_fen"] > 0).to_numpy()}
    liable = {"medical": liability.medical_liable(who), "pension": liability.pension_liable(who)}
    frames = []
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        received = received_fen(people, payments, scheme, who.policy.fee_year)
        covered = liable[scheme] & enrolled[scheme] & (received >= due)
        frames.append(
            people[["town", "village"]].assign(
                scheme=scheme, liable=liable[scheme], covered=covered, due_fen=due, received_fen=received
            )
        )
    by_place = pd.concat(frames).groupby(["town", "village", "scheme"], sort=False)[FIGURES].sum().reset_index()
    by_place = by_place.astype(dict.fromkeys(FIGURES, "int64"))
    there = (by_place[["liable", "received_fen"]] != 0).any(axis=1)
    return by_place[there][RATE_COLUMNS].reset_index(drop=True)


def settled(assessment: Assessment, payments: pd.DataFrame, scheme: str, fee_year: int) -> Flags:
    """Who has nothing of their own left to pay for a scheme: paid it, or owed none. `payments` as in `coverage`."""
    due = assessment.amounts(scheme, PERSONAL)
    owing: Flags = received_fen(assessment.people, payments, scheme, fee_year) < due
    return ~owing


def received_fen(people: pd.DataFrame, payments: pd.DataFrame, scheme: str, fee_year: int) -> npt.NDArray[np.int64]:
    """What was received for each person (`key`) for a scheme and fee year, refunds taken off, in fen."""
    mine = payments[((payments["scheme"] == scheme) & (payments["fee_year"] == fee_year)).to_numpy()]
    received = np.zeros(len(people), np.int64)
    at = pd.Index(people["key"]).get_indexer(mine["key"].to_numpy())
    np.add.at(received, at[at >= 0], mine["amount_fen"].to_numpy()[at >= 0])
    return received
