"""Rows that say different things of one person or one receipt: which they are (W209), and what holds.

What holds is the same whichever file came first. 五（一）: whoever sent the rows is asked which of them is right.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.policy.loading import Policy
from fcins.values import WHOLE_AMOUNT

Flags = npt.NDArray[np.bool_]

_OFFER = ["key", "category", "aid_payer"]
"""One payer's aid for one person."""

_MORE_THAN_ANY = np.int64(2**62)


def different_offers(memberships: pd.DataFrame) -> Flags:
    """Which memberships name another amount (aid_fen) than a further one of the same person, category and payer."""
    differs = np.zeros(len(memberships), np.bool_)
    at = np.flatnonzero((memberships["aid_fen"] != 0).to_numpy())
    if at.size:
        offers = memberships[[*_OFFER, "aid_fen"]].iloc[at]
        differs[at] = (offers.groupby(_OFFER)["aid_fen"].transform("nunique") > 1).to_numpy()
    return differs


def settled_offers(memberships: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Memberships in which one payer's amounts for one person are the same: the one that the policy lets hold.

    [medical.collective] when_different: the smaller, the larger (全额 is larger than any), or none of them (0).
    """
    rule, differs = policy.medical.collective, different_offers(memberships)
    if rule is None or not differs.any():
        return memberships
    offers = memberships[differs]
    amount = offers["aid_fen"].where(offers["aid_fen"] != WHOLE_AMOUNT, _MORE_THAN_ANY)
    by_payer = amount.groupby([offers[name] for name in _OFFER])
    holds = by_payer.transform("max" if rule.when_different == "larger" else "min")
    holds = holds.where(holds != _MORE_THAN_ANY, WHOLE_AMOUNT)
    settled = memberships["aid_fen"].to_numpy(copy=True)
    settled[differs] = 0 if rule.when_different == "none" else holds.to_numpy()
    return memberships.assign(aid_fen=settled)
