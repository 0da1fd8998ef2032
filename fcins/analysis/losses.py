"""What people have by the batches of a kind, and who loses what when one of them goes."""

import pandas as pd

from fcins.analysis.district import District
from fcins.assessment.facts import REGISTRY
from fcins.assessment.residents import listed
from fcins.figures import BATCH_NAMES, SCHEME_NAMES
from fcins.headings import BY_DEPARTMENT


def holdings(district: District, kind: str) -> pd.DataFrame:
    """What people have by batches of a kind: key, what (in words), amount_fen (0 where it is no money)."""
    policy = district.policy
    if kind == "payments":
        departments = district.payments.holding
        departments = departments[departments["by_department"].to_numpy()]
        received = pd.concat([district.received, departments], ignore_index=True)
        how = received["by_department"].map({False: "缴费", True: BY_DEPARTMENT})
        paid = received[["key", "amount_fen"]].assign(what=received["scheme"].map(SCHEME_NAMES) + how)
        return paid.groupby(["what", "key"], sort=False)["amount_fen"].sum().reset_index()
    if kind in REGISTRY:
        people = district.residents.people
        held = people.loc[listed(people), ["key"]].assign(what="户籍状态正常的居民")
    elif kind == "roster":
        # In the policy's order; a category that it has no longer is called by its code.
        names = {code: policy.category(code).name for code in policy.category_codes}
        members = district.rosters.holding[["key", "category"]].drop_duplicates()
        order = members["category"].map({code: at for at, code in enumerate(names)}).fillna(len(names))
        members = members.iloc[order.argsort(kind="stable").to_numpy()]
        held = members[["key"]].assign(what=members["category"].map(names).fillna(members["category"]))
    else:
        holding = district.enrolments.holding if kind == "enrolment" else district.causes.holding
        held = holding[["key"]].drop_duplicates().assign(what=BATCH_NAMES[kind])
    return held.assign(amount_fen=0)


def losses(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What of `before` is no longer there, or is less money: key, what, amount_fen that went."""
    both = before.merge(after, on=["key", "what"], how="left", suffixes=("", "_left"), indicator=True)
    both["amount_fen"] -= both["amount_fen_left"].fillna(0).astype("int64")
    gone = (both["_merge"] == "left_only") | (both["amount_fen"] > 0)
    return both.loc[gone.to_numpy(), ["key", "what", "amount_fen"]]
