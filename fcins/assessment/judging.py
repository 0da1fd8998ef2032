"""Facts × residents × policy → verdicts, findings, and what of the facts holds. Pure, whole columns.

Everything is judged on all that is known, so a roster that came before the households is judged again when they come.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins import identity
from fcins.assessment import liability, receipts
from fcins.assessment.contradictions import different_offers, settled_offers
from fcins.assessment.memberships import (
    ROLE_SEX,
    aid_payers,
    ended_by_others,
    holds_on,
    leaving,
    other_family_kind,
    wife_births,
)
from fcins.assessment.residents import Residents
from fcins.assessment.verdicts import (
    FINDING_SCHEMA,
    PART_SCHEMA,
    Copies,
    Judged,
    Masks,
    duplicates,
    flaw_masks,
    judge_rows,
)
from fcins.assessment.villages import same_village
from fcins.frames import DAY, FLAG, NUMBER, TEXT, empty
from fcins.headings import DEAD, MOVED, STRUCK
from fcins.policy.loading import Policy

MEMBERSHIP_SCHEMA = pa.schema(
    [
        ("key", NUMBER), ("category", TEXT), ("role", TEXT), ("aid_payer", TEXT), ("aid_fen", NUMBER),
        ("batch", NUMBER), ("seq", NUMBER), ("wife_birth", DAY),
    ]
)  # fmt: skip
"""Rosters that hold: who belongs to which category. wife_birth: of a couple row, or a woman's own; else null."""

ENROLMENT_SCHEMA = pa.schema(
    [("key", NUMBER), ("tier_fen", NUMBER), ("enrolled_on", TEXT), ("batch", NUMBER), ("seq", NUMBER)]
)
"""Enrolments that hold: one per person."""

PAYMENT_SCHEMA = pa.schema(
    [
        ("key", NUMBER), ("scheme", TEXT), ("amount_fen", NUMBER), ("paid_on", TEXT), ("counted_on", TEXT),
        ("channel", TEXT), ("receipt_no", TEXT), ("fee_year", NUMBER), ("batch", NUMBER), ("seq", NUMBER),
        ("line", NUMBER), ("by_department", FLAG),
    ]
)  # fmt: skip
"""Payments that hold: what was received for residents. counted_on: the day on which they paid (receipts.counted_on);
line: the same for rows of one line of a receipt, -1 where no other row has it (of rows that name different amounts one
counts: receipts.settled); by_department: a department paid it (财政代缴)."""


@dataclass(frozen=True)
class Judgement:
    """Verdicts, findings and the errors of each part (the schemas of verdicts), and what of the facts holds."""

    verdicts: pd.DataFrame
    findings: pd.DataFrame
    by_part: pd.DataFrame
    holding: pd.DataFrame


def judge_rosters(facts: pd.DataFrame, residents: Residents, policy: Policy) -> Judgement:
    """Roster facts → memberships that hold on the reference date.

    `holding`: MEMBERSHIP_SCHEMA. A spouse of a couple row is judged alone: the membership holds though the other half
    fails and the row goes back. E301, E302, E309: what the category asks of its members; 五（一）: who hands in whom.
    """
    payers, unnamed = aid_payers(facts, policy)
    facts = facts.assign(aid_payer=payers)
    masks = flaw_masks(facts)
    at = _match(facts, residents, masks)
    for code in ("E203", "E204"):  # who is dead or gone leaves the list rightly
        masks[code] &= ~leaving(facts)
    _ask_category(facts, masks, policy)
    masks["E309"] = other_family_kind(facts, policy)
    masks["W205"] = _other_place(facts, residents, at, policy)
    couple = (facts["role"] != "").to_numpy()
    judged = judge_rows(facts, masks, whole=couple).noting("W208", unnamed, "aid_payer")
    # A membership that has ended and one that holds are not the same one again, nor are two amounts one aid.
    standing = holds_on(facts, policy)
    by = ["key", "category", "aid_payer", "aid_fen", "standing"]
    copies = duplicates(facts.assign(standing=standing), judged, by)
    ended, at_odds = ended_by_others(facts, judged.holds, policy)
    judged = judged.noting("W209", at_odds, "cancelled_on")
    # A part that fails in a row that holds, or a spouse alone in a row that fails, is judged for itself.
    counts = judged.holds & standing & ~ended
    differs = np.zeros(len(facts), np.bool_)
    differs[counts] = different_offers(facts[counts])
    judged = judged.noting("W209", differs, "aid_amount")
    holding = facts[counts][["key", "category", "role", "aid_payer", "aid_fen", "batch", "seq"]].copy()
    holding = settled_offers(holding, policy)
    holding["wife_birth"] = wife_births(facts, masks)[counts]
    # If a spouse has several rows, one with the wife's age is kept, whichever came first.
    holding = holding.sort_values("wife_birth", kind="stable", na_position="last")
    holding = holding.drop_duplicates(["key", "category", "aid_payer"]).sort_index()
    return _judgement(judged, copies, holding)


def _judgement(judged: Judged, copies: Copies, holding: pd.DataFrame) -> Judgement:
    whole = holding.reset_index(drop=True)
    return Judgement(judged.verdicts(copies), judged.findings(copies), judged.by_part(), whole)


def judge_enrolments(
    facts: pd.DataFrame,
    residents: Residents,
    memberships: pd.DataFrame,
    policy: Policy,
    payments: pd.DataFrame | None = None,
) -> Judgement:
    """Enrolment facts → one enrolment per person; `holding`: ENROLMENT_SCHEMA.

    Of a person's several enrolments the later 登记日期 holds, then the higher tier. `payments` as in
    liability.population. E501–E503: clauses 三 and 四（一）.
    """
    # The row that holds stands first, so that it is the accepted one and the others repeat it.
    facts = facts.sort_values(["enrolled_on", "tier_fen"], ascending=False, kind="stable", ignore_index=True)
    masks = flaw_masks(facts)
    at = _match(facts, residents, masks)
    matched = at >= 0
    who = liability.population(residents.people, memberships, policy, payments)
    tier = facts["tier_fen"].to_numpy()
    masks["E501"] = ~np.isin(tier, [each.amount_fen for each in policy.pension.tiers])
    reserved = np.zeros(len(facts), np.bool_)
    for each in policy.pension.tiers:
        if each.only is not None:
            entitled = np.append(who.any_of(each.only), False)
            reserved |= (tier == each.amount_fen) & ~entitled[at]
    masks["E502"] = reserved
    liable = np.append(liability.pension_liable(who), False)
    masks["E503"] = matched & ~liable[at]
    masks["W205"] = _other_place(facts, residents, at, policy)
    judged = judge_rows(facts, masks)
    copies = duplicates(facts, judged, ["key"])
    held = facts[judged.holds & ~copies.repeated]
    return _judgement(judged, copies, held[ENROLMENT_SCHEMA.names])


def judge_payments(facts: pd.DataFrame, residents: Residents, policy: Policy) -> Judgement:
    """Payment facts → payments received for residents; `holding`: PAYMENT_SCHEMA.

    A row repeats another (D602) that is the same line of the same receipt, with the same amount, or, where Excel has
    destroyed the receipt number (W208), a line of another file. Two amounts of one line are a contradiction (W209), and
    so are a payment and the same marked as paid back: then nothing of it holds (receipts.undone).
    """
    masks = flaw_masks(facts)
    at = _match(facts, residents, masks, stranger="E601")
    masks["W205"] = _other_place(facts, residents, at, policy)
    judged = judge_rows(facts, masks)
    facts = facts.assign(counted_on=receipts.counted_on(facts, policy))
    held = np.flatnonzero(judged.holds)
    rows = facts.iloc[held].reset_index(drop=True)
    line = receipts.lines_of_receipts(rows)
    again = receipts.repeated(rows, line)
    spoilt = receipts.destroyed(rows["receipt_no"])
    again |= receipts.copies_without_number(rows, spoilt, ~again)
    differs = receipts.contradicted(rows, line)
    gone = receipts.undone(facts)
    judged = judged.noting("W208", _spread(spoilt, held, len(facts)), "receipt_no")
    judged = judged.noting("W209", gone & judged.holds & (facts["amount_fen"] > 0).to_numpy(), "receipt_no")
    judged = judged.noting("W209", _spread(differs, held, len(facts)), "paid_amount")
    copies = Copies(_spread(again, held, len(facts)), np.full(len(facts), "D602", dtype=object))
    rows = rows.assign(line=line, by_department=receipts.by_department(rows["channel"]))
    rows = rows[~again & ~gone[held]]
    return _judgement(judged, copies, rows[PAYMENT_SCHEMA.names])


def _spread(flags: npt.NDArray[np.bool_], at: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.bool_]:
    """Flags of some rows as flags of all: False elsewhere."""
    spread = np.zeros(rows, np.bool_)
    spread[at] = flags
    return spread


def taken_as_it_came(facts: pd.DataFrame) -> Judgement:
    """Facts of which nothing has to be judged any more: every row is accepted, all of them hold."""
    rows = facts[["batch", "seq"]].drop_duplicates(ignore_index=True)
    return Judgement(rows.assign(verdict="accepted"), empty(FINDING_SCHEMA), empty(PART_SCHEMA), facts)


# ── against the households ──────────────────────────────────────────────────────────────────────────────────────────


def _match(facts: pd.DataFrame, residents: Residents, masks: Masks, stranger: str = "E201") -> npt.NDArray[Any]:
    """Add E201 (or `stranger`), E202–E204 and give each fact's position among the residents, -1 for none."""
    at = residents.find(facts["key"])
    known = at >= 0
    identified = (facts["key"] != 0).to_numpy()
    masks[stranger] = identified & ~known
    masks["E202"] = known & _differ(residents.texts_at("name", at), facts["name"])
    status = residents.texts_at("status", at)
    masks["E203"] = known & (status == DEAD).to_numpy()
    masks["E204"] = known & status.isin([MOVED, STRUCK]).to_numpy()
    return at


def _ask_category(facts: pd.DataFrame, masks: Masks, policy: Policy) -> None:
    """E301 and E302: the level, age and sex that a category asks of its members, or a spouse's place in the row."""
    category = facts["category"].to_numpy(dtype=object)
    identified = (facts["key"] != 0).to_numpy()
    age = identity.age_on(identity.births(facts["key"]).to_numpy().astype("datetime64[D]"), policy.reference_day)
    wrong_level = np.zeros(len(facts), np.bool_)
    wrong_person = np.zeros(len(facts), np.bool_)
    for rule in policy.categories:
        members = (category == rule.code) & ~leaving(facts)
        if rule.disability_levels:
            wrong_level |= members & ~facts["disability_level"].isin(rule.disability_levels).to_numpy()
        if rule.min_age is not None:
            wrong_person |= members & (age < rule.min_age)
        if rule.max_age is not None:
            wrong_person |= members & (age > rule.max_age)
    sex = identity.sexes(facts["key"]).to_numpy(dtype=object)
    role = facts["role"].to_numpy(dtype=object)
    for part, asked in ROLE_SEX.items():
        wrong_person |= (role == part) & (sex != asked)
    masks["E301"] = wrong_level
    masks["E302"] = wrong_person & identified


def _other_place(
    facts: pd.DataFrame, residents: Residents, at: npt.NDArray[Any], policy: Policy
) -> npt.NDArray[np.bool_]:
    """W205: the row names another town or village than the households do."""
    known = at >= 0
    own_village = residents.texts_at("village", at)
    other: npt.NDArray[np.bool_] = known & (facts["town"] != "").to_numpy()
    other &= _differ(residents.texts_at("town", at), facts["town"])
    stated = known & (facts["village"] != "").to_numpy() & _differ(own_village, facts["village"])
    doubtful = np.flatnonzero(stated)
    pairs = list(zip(facts["village"].iloc[doubtful].tolist(), own_village.iloc[doubtful].tolist(), strict=True))
    same = {pair: same_village(*pair, policy) for pair in set(pairs)}
    other[doubtful] |= np.fromiter((not same[pair] for pair in pairs), np.bool_, len(pairs))
    return other


def _differ(texts: pd.Series, others: pd.Series) -> npt.NDArray[np.bool_]:
    """Where two columns of the same length, whatever their indexes, do not say the same."""
    differing: npt.NDArray[np.bool_] = np.asarray(texts.array != others.array)
    return differing
