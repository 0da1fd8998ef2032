"""What a roster row makes of somebody: from when to when a membership holds, and whose age a couple is judged by.

Pure, whole columns. `facts`: facts.ROSTERS in order; what is wrong with them is in the masks of `judging`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity
from fcins.assessment.verdicts import Flags, Masks
from fcins.headings import heading_key, load_headings
from fcins.policy.loading import Policy, normalise_category
from fcins.values import each_distinct

ROLE_SEX = {"wife": "女", "husband": "男"}

NO_PAYER = "（未填单位）"
"""What stands behind the name of an aid of which nobody is named as the payer."""

NOT_HER_ID = ("E302", "E102", "E103", "E104", "E105", "E106", "E107", "E112")
"""What says that the ID on a wife's part is nobody's or somebody else's."""


def holds_on(facts: pd.DataFrame, policy: Policy) -> Flags:
    """Whether 纳入时间 / 取消时间 let the membership hold on the reference date (ISO text compares as dates).

    A row that only ends one holds on no day.
    """
    day = policy.reference_day.isoformat()
    begun = (facts["joined_on"] <= day).to_numpy() & ~leaving(facts)
    ended = (facts["cancelled_on"] != "").to_numpy() & (facts["cancelled_on"] <= day).to_numpy()
    holds: Flags = begun & ~ended
    return holds


def leaving(facts: pd.DataFrame) -> Flags:
    """Which rows stand on a list of who leaves: they end memberships and make nobody a member."""
    leaves: Flags = (facts["leaves"] != 0).to_numpy()
    return leaves


_MEMBERSHIP = ["key", "category", "aid_payer"]
"""What is one membership, however many rows state it."""


def ended_by_others(facts: pd.DataFrame, sound: Flags, policy: Policy) -> tuple[Flags, Flags]:
    """Which memberships that hold by their own row have ended by another's 取消时间, and which rows are at odds (W209).

    What ends last ends every row that does not say that it began then or later. An undated row of another file says
    that the membership holds: it is ended all the same, and both are at odds, unless the membership began anew.
    `sound`: the facts that count; payers as aid_payers gives them.
    """
    day = policy.reference_day.isoformat()
    ended, at_odds = np.zeros(len(facts), np.bool_), np.zeros(len(facts), np.bool_)
    ends = sound & (facts["cancelled_on"] != "").to_numpy() & (facts["cancelled_on"] <= day).to_numpy()
    if not ends.any():
        return ended, at_odds
    at = np.flatnonzero(sound & facts["key"].isin(facts["key"][ends]).to_numpy())
    rows = facts[[*_MEMBERSHIP, "joined_on", "cancelled_on", "batch", "leaves"]].iloc[at].reset_index(drop=True)
    ending = rows[ends[at]]
    last = ending.groupby(_MEMBERSHIP)["cancelled_on"].max().rename("ended_on").reset_index()
    last_day = rows.merge(last, on=_MEMBERSHIP, how="left")["ended_on"].fillna("")
    begun = ~ends[at] & ~leaving(rows) & (rows["joined_on"] <= day).to_numpy()
    over = begun & (rows["joined_on"] < last_day).to_numpy()
    ended[at] = over
    goes_on = pd.MultiIndex.from_frame(rows.loc[begun & ~over, _MEMBERSHIP])
    undated = over & ((rows["joined_on"] == "") & (rows["cancelled_on"] == "")).to_numpy()
    undated &= ~pd.MultiIndex.from_frame(rows[_MEMBERSHIP]).isin(goes_on)
    at_odds[at] = (undated & _of_another_file(rows, ending)) | (ends[at] & _of_another_file(rows, rows[undated]))
    return ended, at_odds


def _of_another_file(rows: pd.DataFrame, others: pd.DataFrame) -> Flags:
    """For each row whether one of the others, about the same membership, stands in another file."""
    batches = others.groupby(_MEMBERSHIP)["batch"].agg(["min", "max"]).reset_index()
    of_others = rows[[*_MEMBERSHIP, "batch"]].merge(batches, on=_MEMBERSHIP, how="left")
    own, first, last = (of_others[name].to_numpy() for name in ("batch", "min", "max"))
    other: Flags = ~np.isnan(first) & ((first != own) | (last != own))
    return other


def wife_births(facts: pd.DataFrame, masks: Masks) -> npt.NDArray[Any]:
    """The wife's birth date on each couple fact, from her ID in the same row; NaT where there is none.

    An ID that is not hers says nothing of her age (NOT_HER_ID, or under another name: E202). One that is nobody's in
    the households, or of a wife dead or departed, is hers: an absent half changes nothing. 四（一）
    """
    born = identity.births(facts["key"])
    birth = born.to_numpy().astype("datetime64[D]")
    found = np.full(len(facts), "NaT", "datetime64[D]")
    wives = (facts["role"] == "wife").to_numpy()
    if wives.any():
        hers = wives & ~_not_hers(facts, masks)
        by_row = facts[["batch", "seq"]][hers].assign(birth=born[hers]).set_index(["batch", "seq"])["birth"]
        rows = pd.MultiIndex.from_frame(facts[["batch", "seq"]])
        found = by_row.reindex(rows).to_numpy().astype("datetime64[D]")
    alone = ((facts["role"] == "") & (identity.sexes(facts["key"]) == ROLE_SEX["wife"])).to_numpy()
    return np.where(alone, birth, found)


def aid_payers(facts: pd.DataFrame, policy: Policy) -> tuple["pd.Series[str]", Flags]:
    """Who pays the aid of each fact, and W208: of whom the payer had to be assumed, since 资助单位 names none.

    个人 (somebody who pays for others) is a payer of its own, apart from what residents pay themselves.
    """
    payer = facts["aid_payer"]
    aids = [each.code for each in policy.categories if each.form == "aid"]
    aided = facts["category"].isin(aids).to_numpy()
    note = policy.medical.collective.note if policy.medical.collective else ""
    unnamed: Flags = aided & payer.isin(["", note]).to_numpy()
    words = load_headings().words["individual_payer"]
    one = {heading_key(word) for word in words}
    individual = aided & each_distinct(payer, lambda text: heading_key(text) in one, np.bool_)
    return payer.mask(individual, words[0]).mask(unnamed, f"{note}{NO_PAYER}"), unnamed


def other_family_kind(facts: pd.DataFrame, policy: Policy) -> Flags:
    """E309: the row of a couple's category states a 家庭类别 that does not belong to it; an empty cell states none."""
    other = np.zeros(len(facts), np.bool_)
    for rule in policy.categories:
        if rule.form == "couple":
            stated = ((facts["category"] == rule.code) & (facts["family_kind"] != "")).to_numpy() & ~leaving(facts)
            asked = pd.Series(rule.family_kinds or list(load_headings().values["family_kind"]), dtype="str")
            kinds = _family_kinds(facts["family_kind"][stated])
            other[stated] = ~kinds.isin(_family_kinds(asked).tolist()).to_numpy()
    return other


def _family_kinds(texts: "pd.Series[str]") -> "pd.Series[str]":
    """The kind that each text means; a text that is none of the words is compared as it is written."""
    known = load_headings().plainly("family_kind", texts)
    return known.where(known.isin(list(load_headings().values["family_kind"])), texts.map(normalise_category))


def _not_hers(facts: pd.DataFrame, masks: Masks) -> Flags:
    """Which facts' ID is not that of the person named. Without a name (E101) nobody else is named."""
    unsound = np.zeros(len(facts), np.bool_)
    for code in NOT_HER_ID:
        unsound |= masks.get(code, False)
    return unsound | (masks["E202"] & (facts["name"] != "").to_numpy())
