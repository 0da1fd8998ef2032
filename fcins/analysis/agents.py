"""代办员核对: what each agent collected in each village, against receipts, days and what was due. Pure.

Clauses 四（三）1 (委托代收), 五（九）(超标准收费), 六（二）(滞留资金, 钱表相符).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fcins.analysis.reconciliation import SHORT, Reconciled
from fcins.assessment.liability import Flags
from fcins.headings import load_headings
from fcins.policy.model import Reconciliation
from fcins.values import days

UNNAMED = "（未填代办员）"
PROBLEMS = ("超标准收费", "滞留", "少于应缴", "没有凭证号", "代收晚于入库")
"""Why a payment is doubtful: collected more than was due, came in late, less than due, no receipt, collected after it
came in."""

AGENT_COLUMNS = [
    "town", "village", "agent", "payments", "people", "collected_fen", "receipted_fen", "unreceipted_fen", "dated",
    "longest_days", "held", "held_fen", "overcharged", "overcharged_fen",
]  # fmt: skip
"""A line per agent and village, in the order of the document. dated: payments with both days; held: payments that came
in too late; overcharged: how many persons and schemes paid more than was due, and how much more."""


@dataclass(frozen=True)
class AgentCheck:
    """`agents`: AGENT_COLUMNS. `doubtful`: the payments to look into (reconciliation.PAYMENT_COLUMNS and more), with a
    flag for each of PROBLEMS, `days` (NaN where not known), `due_fen` and `collected_fen` (of the person and scheme by
    this agent)."""

    agents: pd.DataFrame
    doubtful: pd.DataFrame


def agent_check(reconciled: Reconciled, rules: Reconciliation) -> AgentCheck:
    """What agents collected, against what was due on the day they took it. What departments paid is not theirs.

    A person's payments to one agent count together: who pays in parts does not pay less than was due.
    """
    payments = reconciled.payments
    by_agent = (load_headings().value("channel", payments["channel"]) == "委托代收").to_numpy()
    # Whoever has a day on which it was taken paid an agent, whatever the channel says.
    taken = ((payments["agent"] != "") | (payments["collected_on"] != "")).to_numpy()
    taken = by_agent | taken & ~payments["by_department"].to_numpy()
    collected = payments[taken & (payments["line"] >= 0).to_numpy()]
    lines, at = reconciled.lines, collected["line"].to_numpy()
    collected = collected.assign(
        agent=collected["agent"].where(collected["agent"] != "", UNNAMED),
        **{field: lines[field].to_numpy()[at] for field in ("town", "village", "person", "status")},
        booked=days(collected["paid_on"]),
        days=_days_between(collected),
    )
    of_person = collected.groupby(["agent", "line"])
    collected["collected_fen"] = of_person["amount_fen"].transform("sum")
    collected["due_fen"] = of_person["due_on_day_fen"].transform("max")
    resident = (collected["person"] >= 0).to_numpy()
    over = resident & (collected["collected_fen"] > collected["due_fen"]).to_numpy()
    held = (collected["days"] > rules.held.days).to_numpy()
    unreceipted = (collected["receipt_no"] == "").to_numpy()
    # Less than was due is no matter of the agent's if the rest was paid otherwise.
    less = (collected["collected_fen"] < collected["due_fen"]).to_numpy()
    short = resident & (collected["status"] == SHORT).to_numpy() & less
    wrong_order = (collected["days"] < 0).to_numpy()
    flags = (over, held, short, unreceipted, wrong_order)
    doubtful = collected.assign(**dict(zip(PROBLEMS, flags, strict=True)))[np.logical_or.reduce(flags)]
    return AgentCheck(_agents(collected, held, over, unreceipted), doubtful.reset_index(drop=True))


def _days_between(collected: pd.DataFrame) -> "pd.Series[float]":
    """From the day an agent took each payment to the day it came in; NaN where one of them is not known."""
    took, came_in = (pd.Series(days(collected[name]), index=collected.index) for name in ("collected_on", "paid_on"))
    between: pd.Series[float] = (came_in - took).dt.days
    return between


def _agents(collected: pd.DataFrame, held: Flags, over: Flags, unreceipted: Flags) -> pd.DataFrame:
    amount = collected["amount_fen"]
    figures = collected.assign(
        payments=1,
        collected_fen=amount,
        receipted_fen=amount.where(~unreceipted, 0),
        unreceipted_fen=amount.where(unreceipted, 0),
        dated=collected["days"].notna().astype("int64"),
        held=held.astype("int64"),
        held_fen=amount.where(held, 0),
    )
    place = ["town", "village", "agent"]
    summed = ["payments", "collected_fen", "receipted_fen", "unreceipted_fen", "dated", "held", "held_fen"]
    agents = figures.groupby(place, sort=False)[summed].sum()
    payer = collected["citizen_id"].where(collected["citizen_id"] != "", collected["name"])
    agents["people"] = collected.assign(payer=payer).groupby(place, sort=False)["payer"].nunique()
    agents["longest_days"] = collected.groupby(place, sort=False)["days"].max().astype("Int64")
    excess = collected[over].drop_duplicates(["agent", "line"])
    excess = excess.assign(overcharged_fen=excess["collected_fen"] - excess["due_fen"])
    sums = excess.groupby(place)["overcharged_fen"].agg(["size", "sum"]).reindex(agents.index).fillna(0)
    agents["overcharged"], agents["overcharged_fen"] = sums["size"].astype("int64"), sums["sum"].astype("int64")
    return agents.reset_index()[AGENT_COLUMNS]
