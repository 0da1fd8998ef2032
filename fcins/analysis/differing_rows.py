"""Two rows about the same thing, side by side → in which fields they differ, what each says, what holds. Pure.

Pairs: the columns COMPARED of one row, those of the other with `_other`; key; now_batch and batch, the two files.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from fcins.assessment.residents import ARRIVALS, GONE, Residents
from fcins.assessment.villages import one_village
from fcins.figures import plain_yuan
from fcins.headings import DEAD
from fcins.policy.loading import Policy
from fcins.values import WHOLE_AMOUNT

COMPARED = {
    "households": ("hukou_status", "change", "change_date", "town", "village", "residency"),
    "roster": ("category", "role", "aid_payer", "aid_fen", "joined_on", "cancelled_on"),
    "payments": ("scheme", "receipt_no", "fee_year", "amount_fen"),
}
"""What is compared."""

BY = {
    "households": ["key"],
    "roster": ["key", "category", "aid_payer"],
    "payments": ["key", "scheme", "receipt_no", "fee_year"],
}
"""In what two rows agree that are about the same thing."""


def _differing(pairs: pd.DataFrame, field: str, texts: tuple[pd.Series, pd.Series], holds: pd.Series) -> pd.DataFrame:
    """The pairs of which the rows say different things in a field (own, other), and what holds ("" if unknown).

    A row that leaves the field empty says nothing.
    """
    own, other = (text.to_numpy(dtype=object) for text in texts)
    named = pairs.assign(field=field, own=own, other=other, holds=holds.to_numpy(dtype=object))
    differing: pd.DataFrame = named[(own != other) & (own != "") & (other != "")]
    return differing


def _both(pairs: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    return pairs[name], pairs[f"{name}_other"]


def of_households(pairs: pd.DataFrame, residents: Residents, policy: Policy) -> pd.DataFrame:
    """户籍: the state, its day, where they live; of a change what it is and when. What holds are the residents."""
    in_changes = ((pairs["change"] != "") | (pairs["change_other"] != "")).to_numpy()
    found = [_of_snapshots(pairs[~in_changes], residents, policy), _of_changes(pairs[in_changes], residents)]
    return pd.concat(found, ignore_index=True)


def _of_snapshots(pairs: pd.DataFrame, residents: Residents, policy: Policy) -> pd.DataFrame:
    at = residents.find(pairs["key"])
    found = [
        _differing(pairs, field, _both(pairs, field), residents.texts_at(column, at))
        for field, column in (("hukou_status", "status"), ("town", "town"), ("residency", "residency"))
    ]
    villages = _differing(pairs, "village", _both(pairs, "village"), residents.texts_at("village", at))
    spelt = zip(villages["own"], villages["other"], strict=True)
    alike = [one_village(own, other, policy) for own, other in spelt]
    # Since when somebody is gone, where both say that they are.
    both_gone = ((pairs["hukou_status"] == pairs["hukou_status_other"]) & pairs["hukou_status"].isin(GONE)).to_numpy()
    gone = pairs[both_gone].replace({name: {"?": ""} for name in ("change_date", "change_date_other")})
    since = residents.texts_at("status_since", at[both_gone])
    days = _differing(gone, "change_date", _both(gone, "change_date"), since)
    return pd.concat([found[0], days, *found[1:], villages[~np.array(alike, np.bool_)]])


def _of_changes(pairs: pd.DataFrame, residents: Residents) -> pd.DataFrame:
    """Somebody who died, and arrives on that day or after it: 2023-11-02死亡, 2023-11-05迁入.

    Any other change only follows upon what was so before.
    """
    own, other = (_Event(pairs, end) for end in ("", "_other"))
    late, late_other = (
        other.dead & own.arrives & (own.day >= other.day),
        own.dead & other.arrives & (other.day >= own.day),
    )
    at_odds = (late | late_other).to_numpy()
    status = residents.texts_at("status", residents.find(pairs["key"]))[at_odds]
    return _differing(pairs[at_odds], "change", (own.text[at_odds], other.text[at_odds]), status)


class _Event:
    """What a row of each pair says that happened: a change, or the state in the households."""

    def __init__(self, pairs: pd.DataFrame, end: str) -> None:
        change, state = pairs[f"change{end}"], pairs[f"hukou_status{end}"]
        self.day = pairs[f"change_date{end}"].replace("?", "")
        self.text = self.day + change.where(change != "", state)
        self.dead = change.where(change != "", state) == DEAD
        self.arrives = change.isin(ARRIVALS)


def of_rosters(pairs: pd.DataFrame, memberships: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Another amount of the same payer's aid; a membership that one row ends and another has without an end."""
    holding = memberships.drop_duplicates(BY["roster"])[[*BY["roster"], "aid_fen"]]
    holds = pairs[BY["roster"]].merge(holding, on=BY["roster"], how="left")["aid_fen"]
    own, other = (_texts(amounts, _aid) for amounts in _both(pairs, "aid_fen"))
    amounts = _differing(pairs, "aid_amount", (own, other), _texts(holds.fillna(0), _aid).replace("", "不计"))
    own, other = (days.replace("", "空") for days in _both(pairs, "cancelled_on"))
    ends = _differing(pairs, "cancelled_on", (own, other), holds.isna().map({True: "已取消", False: "没有取消"}))
    at_odds = (ends["batch"] != ends["now_batch"]) & (_undated(ends, "") | _undated(ends, "_other"))
    last = ends[["cancelled_on", "cancelled_on_other"]].max(axis=1)
    return pd.concat([amounts, ends[(at_odds & (last <= policy.reference_day.isoformat())).to_numpy()]])


def _undated(pairs: pd.DataFrame, end: str) -> "pd.Series[bool]":
    """Whether a row of each pair says neither when the membership began nor when it ended: that it holds."""
    return (pairs[f"joined_on{end}"] == "") & (pairs[f"cancelled_on{end}"] == "")


def of_payments(pairs: pd.DataFrame, received: pd.DataFrame) -> pd.DataFrame:
    """Another amount of the same line of a receipt. What holds is the row that counts as received."""
    own, other = _both(pairs, "amount_fen")
    line = ((own < 0) == (other < 0)) & (pairs["receipt_no"] != "")
    pairs, amounts = pairs[line], (_texts(own[line], plain_yuan), _texts(other[line], plain_yuan))
    received = received[received["receipt_no"].isin(pairs["receipt_no"]).to_numpy()]
    by = [*BY["payments"], "refund"]
    counted = received.assign(refund=received["amount_fen"] < 0)[[*by, "amount_fen"]].drop_duplicates(by)
    asked = pairs.assign(refund=pairs["amount_fen"] < 0)[by]
    holds = asked.merge(counted, on=by, how="left")["amount_fen"]
    words = holds.map(lambda fen: "" if pd.isna(fen) else plain_yuan(int(fen)))
    return _differing(pairs, "paid_amount", amounts, words)


def _aid(fen: int) -> str:
    """An amount of aid as it is said; "" where there is none."""
    return "全额" if fen == WHOLE_AMOUNT else plain_yuan(fen) if fen > 0 else ""


def _texts(column: pd.Series, words: Callable[[int], str]) -> pd.Series:
    return pd.Series([words(int(value)) for value in column], index=column.index, dtype="str")
