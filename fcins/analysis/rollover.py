"""The year's turn: what of a workspace goes on into the next fee year's, and why the rest does not.

Facts are carried, never verdicts: the next year's workspace judges them by its own policy. What does not last (yearly
rosters, payments, findings, amounts) is not carried, and the reasons are listed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.district import District
from fcins.assessment import liability
from fcins.assessment.judging import Judgement, judge_enrolments, judge_rosters
from fcins.assessment.liability import Flags, Population
from fcins.assessment.memberships import aid_payers, ended_by_others, leaving
from fcins.assessment.residents import Residents, derive_residents
from fcins.headings import DEAD, MOVED, STRUCK
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES

Reasons = dict[str, int]
"""Why rows are not carried, in words → how many."""

IS_DEAD, HAS_LEFT = "已死亡", "已迁出或注销"
RETURNED, REPEATED = "名册中被退回的行", "重复行"
TOO_OLD_OR_YOUNG = "年龄不再符合"

TIER_COLUMNS = ["town", "village", "name", "citizen_id", "tier_fen"]
"""A tier to propose to somebody; amounts in fen."""


@dataclass(frozen=True)
class CategoryTurn:
    """How many memberships of a category are carried, and how many are left, by reason."""

    category: str
    name: str
    carried: int
    left: Reasons


@dataclass(frozen=True)
class Turn:
    """What goes on into the next year, and how much does not, by reason.

    `facts` by table, with the batch and seq that they have now; `proposals`: TIER_COLUMNS.
    """

    facts: dict[str, pd.DataFrame]
    by_category: list[CategoryTurn]
    proposals: pd.DataFrame
    not_proposed: Reasons
    not_carried: list[str]

    @property
    def memberships(self) -> int:
        """How many memberships go on."""
        return sum(each.carried for each in self.by_category)


def turn_of(old: District, policy: Policy) -> Turn:
    """What of a district goes on into the fee year of another policy."""
    households = old.derivation.counting("households")
    verdicts = _verdicts(households, old.residents)
    carried = _renamed(households[verdicts == "accepted"], policy)
    residents = derive_residents(carried, old.batches, policy)
    rosters, going_on, by_category = _memberships(old, residents, policy)
    proposals, not_proposed = _proposals(old, residents, going_on, policy)
    facts = {FACT_TABLES["households"]: carried, FACT_TABLES["roster"]: rosters}
    not_carried = [*_left_households(verdicts, carried, residents, policy), *_never_carried(old, policy)]
    return Turn(facts, by_category, proposals, not_proposed, not_carried)


# ── memberships ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _memberships(
    old: District, residents: Residents, policy: Policy
) -> tuple[pd.DataFrame, pd.DataFrame, list[CategoryTurn]]:
    """The roster facts to carry, those of them that are memberships going on, and the count by category.

    A couple's row is carried whole if either spouse's membership goes on: the wife's age is known from it.
    """
    facts = _renamed(old.derivation.counting("rosters"), policy)
    # A spouse's membership may hold though the row went back for the other's sake.
    stands = (_verdicts(facts, old.rosters) != "rejected") | _among(facts, old.rosters.holding)
    lasting = facts["category"].isin([each.code for each in policy.categories if not each.yearly]).to_numpy()
    row = facts.groupby(["batch", "seq"], sort=False).ngroup()
    judged = judge_rosters(facts[_in_row(stands & lasting, row)], residents, policy)
    goes_on = stands & lasting & _among(facts, judged.holding)
    couple = (facts["role"] != "").to_numpy()
    carried = facts[goes_on | (couple & _in_row(goes_on, row))]
    left = facts[~goes_on]
    sound = stands & lasting & ~_among_parts(facts, judged.by_part)
    ended, _ = ended_by_others(facts.assign(aid_payer=aid_payers(facts, policy)[0]), sound, policy)
    reasons = _why_left(left, stands[~goes_on], ended[~goes_on], judged, residents, policy)
    names = {each.code: each.name for each in (*policy.categories, *old.policy.categories)}
    codes = [code for code in dict.fromkeys([*policy.category_codes, *names, ""]) if (facts["category"] == code).any()]
    by_category = [
        CategoryTurn(
            category=code,
            name=names.get(code, "未识别"),
            carried=int((facts["category"][goes_on] == code).sum()),
            left=_counted(reasons[(left["category"] == code).to_numpy()]),
        )
        for code in codes
    ]
    return carried, facts[goes_on], by_category


def _why_left(
    left: pd.DataFrame, stands: Flags, ended: Flags, judged: Judgement, residents: Residents, policy: Policy
) -> npt.NDArray[Any]:
    """The reason why each of these roster facts is no membership that goes on.

    `ended`: by another row's 取消时间; `judged`: of the rows that stand.
    """
    known = left["category"].isin(["", *policy.category_codes]).to_numpy()
    yearly = left["category"].isin([each.code for each in policy.categories if each.yearly]).to_numpy()
    day = policy.reference_day.isoformat()
    ended = ended | ((left["cancelled_on"] != "").to_numpy() & (left["cancelled_on"] <= day).to_numpy()) | leaving(left)
    later = (left["joined_on"] > day).to_numpy()
    dead, departed = _gone(left, residents)
    return _first_reason(
        len(left),
        [
            ("新政策没有这一类别", ~known),
            ("当年有效，须重新报送", yearly),
            (IS_DEAD, dead),
            (HAS_LEFT, departed),
            (RETURNED, ~stands),
            ("已取消", ended),
            ("新年度参考日以后才纳入", later),
            ("残疾等级不再符合", _earning(judged, left, "E301")),
            (TOO_OLD_OR_YOUNG, _earning(judged, left, "E302")),
            ("家庭类别不再符合", _earning(judged, left, "E309")),
            ("镇（街道）不在新政策中", residents.find(left["key"]) < 0),
        ],
        REPEATED,
    )


# ── tiers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _proposals(
    old: District, residents: Residents, memberships: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, Reasons]:
    """Last year's tiers of who is liable again and may choose them again; the reasons for the other rows."""
    facts = old.derivation.counting("enrolments")
    rows = pd.MultiIndex.from_frame(facts[["batch", "seq"]])
    held = rows.isin(pd.MultiIndex.from_frame(old.enrolments.holding[["batch", "seq"]]))
    again = judge_enrolments(facts[held], residents, memberships, policy)
    proposed = rows.isin(pd.MultiIndex.from_frame(again.holding[["batch", "seq"]]))

    left = facts[~proposed]
    at = residents.find(left["key"])
    next_year = liability.population(residents.people, memberships, policy)
    last_year = liability.population(residents.people, old.rosters.holding, old.policy)
    ages, range_ = next_year.ages["pension"], policy.pension.liable
    of_age = np.append((ages >= range_.min_age) & (ages <= range_.max_age), True)[at]
    dead, departed = _gone(left, residents)
    excluded = [
        (note, np.append(flags, False)[at]) for who in (last_year, next_year) for note, flags in _exclusions(who)
    ]
    reasons = _first_reason(
        len(left),
        [
            (IS_DEAD, dead),
            (HAS_LEFT, departed),
            *excluded,
            (RETURNED, _verdicts(left, old.enrolments) == "rejected"),
            (REPEATED, ~held[~proposed]),
            (TOO_OLD_OR_YOUNG, ~of_age),
            ("新政策没有这一档次", _earning(again, left, "E501")),
            ("不能再选这一档次", _earning(again, left, "E502")),
        ],
        "不再属于参保范围",
    )
    people = residents.people.iloc[residents.find(facts["key"][proposed])].reset_index(drop=True)
    tiers = facts["tier_fen"][proposed].to_numpy()
    proposals = people.assign(tier_fen=tiers)[TIER_COLUMNS]
    order = np.argsort(residents.find(facts["key"][proposed]), kind="stable")
    return proposals.iloc[order].reset_index(drop=True), _counted(reasons)


def _exclusions(who: Population) -> list[tuple[str, Flags]]:
    """Who the rosters exclude from pension, by the reason that the policy shows."""
    return [(rule.note, who.belongs[rule.category]) for rule in who.policy.pension.excluded]


# ── what is left ────────────────────────────────────────────────────────────────────────────────────────────────────


def _left_households(
    verdicts: npt.NDArray[Any], carried: pd.DataFrame, residents: Residents, policy: Policy
) -> list[str]:
    """The household rows that are not carried, and those that the new policy's towns will turn back."""
    counts = Counter(verdicts.tolist())
    sentences = [
        f"户籍：{name}{counts[verdict]}行" for verdict, name in (("rejected", "被退回的"), ("duplicate", "重复的"))
        if counts[verdict]
    ]  # fmt: skip
    turned_back = residents.findings[(residents.findings["code"] == "E206").to_numpy()]
    if len(turned_back):
        towns = carried.merge(turned_back[["batch", "seq"]], on=["batch", "seq"])["town"].unique()
        sentences.append(
            f"户籍：结转的行中有{len(turned_back)}行的镇（街道）不在新政策中（{'、'.join(towns)}），在新工作区退回（E206）"
        )
    return sentences


def _never_carried(old: District, policy: Policy) -> list[str]:
    """What belongs to its own year."""
    before = old.policy.fee_year
    payments = len(old.store.facts(FACT_TABLES["payments"], ["batch"]))
    reasons = len(old.store.facts(FACT_TABLES["reasons"], ["batch"]))
    return [
        *([f"未参保原因：{reasons}条，都留在{before}年度的工作区"] if reasons else []),
        f"缴费：{payments}条，都留在{before}年度的工作区",
        f"养老参保登记：只作为{policy.fee_year}年度的档次建议，核实导入后才算数",
        "名册的盖章确认人数",
        "核查发现的问题：按新政策重新核查",
        f"{before}年度的应缴金额：按新政策重新计算",
        f"{before}年度的征收清册、公示等文件",
    ]


# ── facts and reasons ───────────────────────────────────────────────────────────────────────────────────────────────


def _renamed(facts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Facts with their towns under the names of this policy; a town it does not have keeps its name."""
    names = {town: policy.find_town(town) or town for town in facts["town"].unique()}
    return facts.assign(town=facts["town"].map(names).astype("str"))


def _verdicts(facts: pd.DataFrame, judged: Judgement | Residents) -> npt.NDArray[Any]:
    """The verdict of each fact's row."""
    rows = facts[["batch", "seq"]].merge(judged.verdicts, on=["batch", "seq"], how="left")
    return rows["verdict"].to_numpy(dtype=object)


def _among(facts: pd.DataFrame, holding: pd.DataFrame) -> Flags:
    """Which facts these memberships are."""
    columns = ["batch", "seq", "key", "category", "role"]
    flags: Flags = pd.MultiIndex.from_frame(facts[columns]).isin(pd.MultiIndex.from_frame(holding[columns]))
    return flags


def _in_row(flags: Flags, row: pd.Series) -> Flags:
    """For each fact: whether one of its row is marked."""
    marked: Flags = row.isin(row[flags]).to_numpy()
    return marked


def _gone(facts: pd.DataFrame, residents: Residents) -> tuple[Flags, Flags]:
    """Whose person is dead, and whose has moved away or been struck off."""
    status = residents.texts_at("status", residents.find(facts["key"]))
    return (status == DEAD).to_numpy(), status.isin([MOVED, STRUCK]).to_numpy()


def _earning(judged: Judgement, facts: pd.DataFrame, code: str) -> Flags:
    """Which facts were turned back with this code."""
    return _among_parts(facts, judged.by_part[(judged.by_part["code"] == code).to_numpy()])


def _among_parts(facts: pd.DataFrame, some: pd.DataFrame) -> Flags:
    """Which facts these parts of rows are."""
    parts = pd.MultiIndex.from_frame(facts[["batch", "seq", "part"]])
    flags: Flags = parts.isin(pd.MultiIndex.from_frame(some[["batch", "seq", "part"]]))
    return flags


def _first_reason(count: int, reasons: Sequence[tuple[str, Flags]], otherwise: str) -> npt.NDArray[Any]:
    """For each of `count` facts the first reason that is true of it."""
    given = np.full(count, otherwise, dtype=object)
    for reason, flags in reversed(reasons):
        given[flags] = reason
    return given


def _counted(reasons: npt.NDArray[Any]) -> Reasons:
    return dict(Counter(reasons.tolist()).most_common())
