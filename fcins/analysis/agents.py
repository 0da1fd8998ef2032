"""代办员核对: what each agent collected in each village, against receipts, days and what was due. Pure.

Clauses 四（三）1 (委托代收), 五（九）(超标准收费), 六（二）(滞留资金, 钱表相符).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fcins.analysis.reconciliation import SHORT, Reconciled
from fcins.headings import load_headings
from fcins.policy.model import Reconciliation
from fcins.values import days

UNNAMED = "（未填代办员）"
HELD, OVERCHARGED, LESS, NO_RECEIPT, WRONG_ORDER = "滞留", "超标准收费", "少于应缴", "没有凭证号", "代收晚于入库"

AGENT_COLUMNS = [
    "town", "village", "agent", "payments", "people", "collected_fen", "receipted_fen", "unreceipted_fen", "dated",
    "longest_days", "held", "held_fen", "overcharged", "overcharged_fen",
]  # fmt: skip
"""A line per agent and village, the columns as the register shows them. dated: payments with both days; held: those
that came in too late; overcharged: persons and schemes of whom more was collected than was due, and by how much, in
fen."""


@dataclass(frozen=True)
class AgentCheck:
    """`agents`: AGENT_COLUMNS. `doubtful`: the payments to look into (reconciliation.PAYMENT_COLUMNS and more), with
    `problem`, `days` (NaN where not known), `due_fen` and `collected_fen` (of the person and scheme by this agent)."""

    agents: pd.DataFrame
    doubtful: pd.DataFrame


def agent_check(reconciled: Reconciled, rules: Reconciliation) -> AgentCheck:
    """What came in through agents, against what was due on the day it was paid.

    A person's payments to one agent count together, so that what was paid in parts is no less than was due.
    """
    payments = reconciled.payments
    by_agent = (load_headings().value("channel", payments["channel"]) == "委托代收").to_numpy()
    mine = payments[(by_agent | (payments["agent"] != "").to_numpy()) & (payments["line"] >= 0).to_numpy()]
    lines, at = reconciled.lines, mine["line"].to_numpy()
    mine = mine.assign(
        agent=mine["agent"].where(mine["agent"] != "", UNNAMED),
        **{field: lines[field].to_numpy()[at] for field in ("town", "village", "person", "status")},
        due_fen=lines["asked_fen"].to_numpy()[at],
        days=(mine["day"] - pd.Series(days(mine["collected_on"]), index=mine.index)).dt.days,
    )
    together = mine.groupby(["agent", "line"])["amount_fen"]
    mine["collected_fen"] = together.transform("sum")
    known = (mine["person"] >= 0).to_numpy()
    over = known & (mine["collected_fen"] > mine["due_fen"]).to_numpy()
    held = (mine["days"] > rules.held.days).to_numpy()
    unreceipted = (mine["receipt_no"] == "").to_numpy()
    # Less than was due is no matter of the agent's where the rest was paid otherwise.
    short = known & (mine["status"] == SHORT).to_numpy() & (mine["collected_fen"] < mine["due_fen"]).to_numpy()
    problems = [(over, OVERCHARGED), (held, HELD), (short, LESS), (unreceipted, NO_RECEIPT)]
    problems.append(((mine["days"] < 0).to_numpy(), WRONG_ORDER))
    problem = np.full(len(mine), "", dtype=object)
    for where, text in problems:
        problem[where] = np.where(problem[where] == "", text, problem[where] + "、" + text)
    doubtful = mine.assign(problem=problem)[problem != ""]
    return AgentCheck(_agents(mine, held, over, unreceipted), doubtful.reset_index(drop=True))


def _agents(mine: pd.DataFrame, held: np.ndarray, over: np.ndarray, unreceipted: np.ndarray) -> pd.DataFrame:
    amount = mine["amount_fen"]
    figures = mine.assign(
        payments=1,
        collected_fen=amount,
        receipted_fen=amount.where(~unreceipted, 0),
        unreceipted_fen=amount.where(unreceipted, 0),
        dated=mine["days"].notna().astype("int64"),
        held=held.astype("int64"),
        held_fen=amount.where(held, 0),
    )
    place = ["town", "village", "agent"]
    summed = ["payments", "collected_fen", "receipted_fen", "unreceipted_fen", "dated", "held", "held_fen"]
    agents = figures.groupby(place, sort=False)[summed].sum()
    who = mine["citizen_id"].where(mine["citizen_id"] != "", mine["name"])
    agents["people"] = mine.assign(who=who).groupby(place, sort=False)["who"].nunique()
    agents["longest_days"] = mine.groupby(place, sort=False)["days"].max().astype("Int64")
    excess = mine[over].drop_duplicates(["agent", "line"])
    excess = excess.assign(overcharged_fen=excess["collected_fen"] - excess["due_fen"])
    found = excess.groupby(place)["overcharged_fen"].agg(["size", "sum"]).reindex(agents.index).fillna(0)
    agents["overcharged"], agents["overcharged_fen"] = found["size"].astype("int64"), found["sum"].astype("int64")
    return agents.reset_index()[AGENT_COLUMNS]
