"""资金需求: what each payer has to pay, by scheme, ground and town, and how much of it is for people already covered.

Pure: charges → sums. Clauses 四（一）, 五（五）.
"""

import numpy as np
import pandas as pd

from fcins.analysis.coverage import has_cover
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.figures import plain_yuan
from fcins.policy.loading import Policy
from fcins.policy.model import Condition
from fcins.policy.statements import who

FUNDING_COLUMNS = [
    "payer", "scheme", "category", "ground", "town", "people", "amount_fen", "covered_people", "covered_fen", "clause",
]  # fmt: skip
"""category: the policy's code, "" where age or tier is the ground; ground: in words (低保对象, 满70周岁, 350元档);
covered_*: the part for people who are paid up."""


def funding(assessment: Assessment, payments: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """FUNDING_COLUMNS: a line per payer, ground and town, in the policy's order, without what people pay themselves.

    `payments`: what residents paid (derivation.received). The lines' amounts add up to the charges of these payers.
    """
    people = assessment.people
    charges = assessment.charges[(assessment.charges["role"] != PERSONAL).to_numpy()]
    person = charges["person"].to_numpy()
    covered = np.zeros(len(charges), np.bool_)
    for scheme in charges["scheme"].unique():
        of_scheme = (charges["scheme"] == scheme).to_numpy()
        covered[of_scheme] = has_cover(assessment, payments, scheme, policy.fee_year)[person[of_scheme]]
    charges = charges.assign(
        town=people["town"].to_numpy(dtype=object)[person],
        tier_fen=np.where(charges["rule"] == "pension.subsidy", people["tier_fen"].to_numpy()[person], 0),
        covered=np.where(covered, charges["amount_fen"], 0),
    )
    by = ["rule", "payer", "scheme", "category", "tier_fen", "town", "clause"]
    lines = charges.groupby(by, sort=False).agg(
        people=("person", "nunique"), amount_fen=("amount_fen", "sum"), covered_fen=("covered", "sum")
    )
    covered_people = charges[covered].groupby(by, sort=False)["person"].nunique()
    lines["covered_people"] = covered_people.reindex(lines.index).fillna(0).astype("int64")
    lines = _in_order(lines.reset_index(), policy)
    return lines.assign(ground=_grounds(lines, policy))[FUNDING_COLUMNS]


def _in_order(lines: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Rule by rule as the policy has them, then by payer, category, tier and town."""
    aids = [f"medical.aid.{number}" for number in range(len(policy.medical.aid))]
    rules = ["medical.subsidy", *aids, "medical.collective", "pension.proxy", "pension.subsidy"]
    rank = {rule: number for number, rule in enumerate([*rules, "pension.family_planning"])}
    order = lines.assign(
        rule=lines["rule"].map(rank),
        category=pd.Index(policy.category_codes).get_indexer(pd.Index(lines["category"])),
        town=pd.Index(policy.town_names).get_indexer(pd.Index(lines["town"])),
    ).sort_values(["rule", "payer", "category", "tier_fen", "town"], kind="stable")
    return lines.loc[order.index].reset_index(drop=True)


def _grounds(lines: pd.DataFrame, policy: Policy) -> list[str]:
    """On what ground each line is paid, in words."""
    names = policy.category_names
    grounds = []
    for place, category, tier in lines[["rule", "category", "tier_fen"]].itertuples(index=False, name=None):
        rule = policy.rule(place)
        if isinstance(rule, Condition):
            grounds.append(who(rule, names))
        elif tier:
            grounds.append(f"{plain_yuan(tier)}档")
        else:
            grounds.append(names.get(category, "参保居民"))
    return grounds
