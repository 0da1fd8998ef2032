"""What of the payments goes back to whom, why, and under which clause. Pure. Clauses 五（二）, 五（三）, 五（四）."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.reconciliation import DEPARTMENT_DIFFERS, EARLY, NOT_DUE, OVER, STRANGER, TWICE
from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL, Assessment, assess
from fcins.assessment.due_days import no_enrolments
from fcins.assessment.liability import Flags
from fcins.assessment.residents import listed
from fcins.headings import BY_DEPARTMENT, LISTED
from fcins.policy.loading import Policy
from fcins.policy.model import Reconciliation

REFUND_COLUMNS = ["line", "refund_fen", "reason", "clause"]
"""line: position among the reconciled lines."""


def refunds(
    assessment: Assessment, lines: pd.DataFrame, memberships: pd.DataFrame, policy: Policy, rules: Reconciliation
) -> pd.DataFrame:
    """REFUND_COLUMNS: each line that was paid more than is due, with what goes back, in fen.

    Strangers are no part of it, nor is what departments paid: that goes back to no resident.

    `lines`: reconciliation.LINE_COLUMNS; `memberships`: as `assess` takes them.
    """
    apart = lines["status"].isin([STRANGER, BY_DEPARTMENT, DEPARTMENT_DIFFERS])
    over = ~apart & (lines["paid_fen"] > lines["due_fen"])
    lines = lines[over.to_numpy()]
    back = lines["paid_fen"].to_numpy() - _owed(assessment, lines, memberships, policy, rules)
    lines, back = lines[back > 0], back[back > 0]
    reasons = pd.DataFrame(_reasons(assessment, lines, policy, rules), columns=["reason", "clause"], dtype="str")
    return reasons.assign(line=lines.index.to_numpy(), refund_fen=back)[REFUND_COLUMNS]


def _owed(
    assessment: Assessment, lines: pd.DataFrame, memberships: pd.DataFrame, policy: Policy, rules: Reconciliation
) -> npt.NDArray[np.int64]:
    """The part of each line's payments we keep, in fen. For people who left in the year: what they owed until then."""
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
    """Who died or left before the year's cover began, or on an unknown day ("" comes before every day)."""
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
    reasons = []
    for (at, scheme, status), left, (state, since), is_unenrolled in zip(
        columns, gone, states, unenrolled, strict=True
    ):
        rules_of = policy.medical if scheme == "medical" else policy.pension
        payers, clauses = aid.get((at, scheme), ("", ""))
        if left:
            reasons.append((f"{state}（{since or '日期不明，先核实'}）", rules.departed.clause))
        elif status == TWICE:
            reasons.append((TWICE, rules.refund.clause))
        elif status == EARLY:
            what = "满周岁前按原标准缴费" if scheme == "medical" else "未满应缴年龄提前缴费"
            reasons.append((what, policy.dates.birthday_wait.clause))
        elif payers:
            reasons.append((f"应由{payers}出资，个人多缴", clauses))
        elif status != NOT_DUE:
            reasons.append((OVER, rules_of.clause))
        elif is_unenrolled:
            # To be settled first: if we send the money back, they lose their cover.
            reasons.append(("没有参保登记：先核实是否补登记，不参保的才退", policy.pension.gap.clause))
        else:
            reasons.append((NOT_DUE, rules_of.liable.clause))
    return reasons


def _aid_of(assessment: Assessment, lines: pd.DataFrame) -> dict[tuple[int, str], tuple[str, str]]:
    """(person, scheme) → who else pays of it and under which clauses, joined by 、; only of these lines' people."""
    charges = assessment.charges
    aid = charges[charges["person"].isin(lines["person"].unique()) & (charges["role"] == PAID_BY_OTHERS)]
    by_person: dict[tuple[Any, Any], tuple[str, str]] = {}
    for (person, scheme), rows in aid.groupby(["person", "scheme"]):
        by_person[person, scheme] = "、".join(rows["payer"].unique()), "、".join(rows["clause"].unique())
    return by_person
