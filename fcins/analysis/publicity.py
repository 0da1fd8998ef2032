"""What a notice tells of each person: what was received for them, when, and whether others pay for them. Pure.

Clauses 四（五）, 六（三）.
"""

import pandas as pd

from fcins.analysis.coverage import received_fen
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES

RECEIVED_COLUMNS = ["medical_fen", "pension_fen", "paid_on", "free", "paid"]
"""Of a person and fee year: fen received for each scheme; the day of the last payment, NaT if there is none; whether
others pay all of their medical; whether anything was received."""


def received(assessment: Assessment, payments: pd.DataFrame, fee_year: int) -> pd.DataFrame:
    """RECEIVED_COLUMNS of each person. `payments`: what residents paid (derivation.received)."""
    people = assessment.people
    amounts = {f"{scheme}_fen": received_fen(people, payments, scheme, fee_year) for scheme in SCHEMES}
    counts = (payments["fee_year"] == fee_year) & (payments["amount_fen"] > 0)
    last = pd.to_datetime(payments.loc[counts.to_numpy(), "paid_on"])
    last = last.groupby(payments.loc[counts.to_numpy(), "key"]).max()
    owes_nothing = assessment.amounts("medical", PERSONAL) == 0
    return pd.DataFrame(
        {
            **amounts,
            "paid_on": last.reindex(people["key"]).to_numpy().astype("datetime64[s]"),
            "free": owes_nothing & (people["medical_standard_fen"] > 0).to_numpy(),
            "paid": (amounts["medical_fen"] > 0) | (amounts["pension_fen"] > 0),
        }
    )[RECEIVED_COLUMNS]
