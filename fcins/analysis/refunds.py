"""What of the payments goes back to whom, why, and under which clause. Pure. Clauses 五（二）, 五（三）, 五（四）."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.reconciliation import EARLY, NOT_DUE, OVER, STRANGER, TWICE, no_enrolments
from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL, Assessment, assess
from fcins.assessment.liability import Flags
from fcins.assessment.residents import listed
from fcins.headings import LISTED
from fcins.policy.loading import Policy
from fcins.policy.model import Reconciliation

REFUND_COLUMNS = ["line", "refund_fen", "reason", "clause"]
"""line: position among the reconciled lines."""


def refunds(
    assessment: Assessment, lines: pd.DataFrame, memberships: pd.DataFrame, policy: Policy, rules: Reconciliation
) -> pd.DataFrame:
    """REFUND_COLUMNS: each line that was paid more than is due, with what goes back, in fen. Strangers are no part.

    `lines`: reconciliation.LINE_COLUMNS; `memberships`: as `assess` takes them.
    """
    over = (lines["status"] != STRANGER) & (lines["paid_fen"] > lines["due_fen"])
    lines = lines[over.to_numpy()]
    back = lines["paid_fen"].to_numpy() - _owed(assessment, lines, memberships, policy, rules)
    lines, back = lines[back > 0], back[back > 0]
    told = _reasons(assessment, lines, policy, rules)
    reason, clause = ([each[part] for each in told] for part in (0, 1))
    columns = {"line": lines.index.to_numpy(), "refund_fen": back, "reason": reason, "clause": clause}
    return pd.DataFrame(columns).astype({"reason": "str", "clause": "str"})


def _owed(
    assessment: Assessment, lines: pd.DataFrame, memberships: pd.DataFrame, policy: Policy, rules: Reconciliation
) -> npt.NDArray[np.int64]:
    """What of each line's payments stays, in fen: what is due; of who left after the year began, what they owed."""
    owed = lines["due_fen"].to_numpy(copy=True)
    left = _left(assessment, lines) & ~_left_before(assessment, lines, rules)
    person = np.unique(lines["person"].to_numpy()[left])
    if not person.size:
        return owed
    alive = assessment.people.iloc[person].assign(status=LISTED)
    as_alive = assess(alive, memberships, no_enrolments(), policy)
    medical = left & (lines["scheme"] == "medical").to_numpy()
    amounts = as_alive.amounts("medical", PERSONAL)
    owed[medical] = amounts[np.searchsorted(person, lines["person"].to_numpy()[medical])]
    # What was paid into a pension account stays there: it goes to the heirs, or moves with the person.
    pension = left & ~medical
    owed[pension] = lines["paid_fen"].to_numpy()[pension]
    return owed


def _left(assessment: Assessment, lines: pd.DataFrame) -> Flags:
    gone = ~listed(assessment.people)
    flags: Flags = gone[lines["person"].to_numpy()]
    return flags


def _left_before(assessment: Assessment, lines: pd.DataFrame, rules: Reconciliation) -> Flags:
    """Who died or left before the year's cover began, or on a day that nobody told ("" comes before every day)."""
    since = assessment.people["status_since"].to_numpy(dtype=object)[lines["person"].to_numpy()]
    flags: Flags = _left(assessment, lines) & (since < rules.departed.before.isoformat())
    return flags


def _reasons(
    assessment: Assessment, lines: pd.DataFrame, policy: Policy, rules: Reconciliation
) -> list[tuple[str, str]]:
    """Why each line's money goes back, and the clause that says so."""
    aid, gone = _aid_of(assessment, lines), _left(assessment, lines)
    person = lines["person"].to_numpy()
    states = assessment.people[["status", "status_since"]].iloc[person].itertuples(index=False, name=None)
    columns = lines[["person", "scheme", "status"]].itertuples(index=False, name=None)
    unenrolled = assessment.people["unenrolled"].to_numpy()[person] & (lines["scheme"] == "pension").to_numpy()
    found = []
    for (at, scheme, status), left, (state, since), is_unenrolled in zip(
        columns, gone, states, unenrolled, strict=True
    ):
        rules_of = policy.medical if scheme == "medical" else policy.pension
        payers, clauses = aid.get((at, scheme), ("", ""))
        if left:
            found.append((f"{state}（{since or '日期不明，先核实'}）", rules.departed.clause))
        elif status == TWICE:
            found.append((TWICE, rules.refund.clause))
        elif status == EARLY:
            found.append(("满周岁前按原标准缴费", policy.dates.birthday_wait.clause))
        elif payers:
            found.append((f"应由{payers}出资，个人多缴", clauses))
        elif status != NOT_DUE:
            found.append((OVER, rules_of.clause))
        elif is_unenrolled:
            # That is to be settled first, or somebody loses their cover.
            found.append(("没有参保登记：先核实是否补登记，不参保的才退", policy.pension.gap.clause))
        else:
            found.append((NOT_DUE, rules_of.liable.clause))
    return found


def _aid_of(assessment: Assessment, lines: pd.DataFrame) -> dict[tuple[int, str], tuple[str, str]]:
    """(person, scheme) → who else pays of it and under which clauses, joined by 、; only of these lines' people."""
    charges = assessment.charges
    mine = charges["person"].isin(lines["person"].unique()) & (charges["role"] == PAID_BY_OTHERS)
    found: dict[tuple[Any, Any], tuple[str, str]] = {}
    for (person, scheme), some in charges[mine].groupby(["person", "scheme"]):
        found[person, scheme] = "、".join(some["payer"].unique()), "、".join(some["clause"].unique())
    return found
