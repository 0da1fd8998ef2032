"""A department's roster → facts: who belongs to which category, one by one or as couples."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from fcins import values
from fcins.errors import InputError
from fcins.headings import UNKNOWN, load_headings
from fcins.intake.amounts import Amounts, amounts
from fcins.intake.households_in_rows import couples, heads_apart, left_out_notices, with_heads
from fcins.intake.leavers import RosterLeavers, roster_leavers
from fcins.intake.levels import levels_held
from fcins.intake.persons import Flags, Flaws, dated, numbered, persons, placed, slot_column
from fcins.intake.roster_categories import of_another_category, row_categories, title_categories
from fcins.intake.states import Stated, read_states
from fcins.intake.ticks import Ticks, read_ticks
from fcins.intake.typed import Typed
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet


def roster_facts(sheets: Sequence[RawSheet], policy: Policy, asked: str | None, today: date) -> Typed:
    """A department's roster → facts, one part for each category of a row, or for each spouse of a couple row.

    `asked` is a category's code, or None where the sheet's own 人员类别 column, or else its title, decides. Raises
    InputError where nothing decides, and for what is no list of members or of who leaves (`leavers`).
    """
    frames, notices, read = [], list[Notice](), set[str]()
    for sheet in sheets:
        leavers = roster_leavers(sheet)
        couple = _couple_category(sheet, policy, asked)
        if not couple:
            _require_persons(sheet, policy, asked)
        ticks = Ticks(None) if couple else read_ticks(sheet, policy, asked)
        if couple:
            rows = _spouses(sheet, couple, today)
        else:
            rows = _members(sheet, policy, asked, ticks, today, leavers.leaves)
        aid = amounts(sheet, "aid_amount")
        stated = read_states(sheet, "roster", policy, insured=_of_the_insured(rows, policy))
        frames.append(_roster_columns(sheet, rows, leavers, policy, aid, stated))
        notices += _leaving_notice(sheet, frames[-1], leavers, policy)
        names = "、".join(policy.names_of(sorted(frames[-1]["category"].unique()))) or "这一类人员"
        left_out, of_others = left_out_notices(sheet, frames[-1], "没有取消" if leavers.whole else f"没有当作{names}")
        notices += left_out
        notices += [*ticks.notices, *aid.notices, *stated.notices]
        notices += of_another_category(sheet, policy, asked) if asked else []
        read |= ticks.headings | stated.headings | of_others
    facts = numbered(frames)
    named = () if len(facts) else tuple(sorted({code for sheet in sheets for code in title_categories(sheet, policy)}))
    return Typed("roster", facts, tuple(notices), frozenset(read), named)


def _require_persons(sheet: RawSheet, policy: Policy, asked: str | None) -> None:
    """InputError for a sheet recognised by other columns (a couple's, a certificate's) than the category's own."""
    certified = "disability_cert" in sheet.names and (asked is None or bool(policy.category(asked).disability_levels))
    if "citizen_id" not in sheet.names and not certified:
        name = policy.category(asked).name if asked else "这一类人员"
        missing = load_headings().canonical("citizen_id")
        seen = "、".join(text for text in sheet.headings if text)
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：没有{name}名册要有的列：{missing}（表头有：{seen}）",
            "请核对 --category 与文件是否对应",
        )


def _of_the_insured(rows: pd.DataFrame, policy: Policy) -> bool:
    """Whether these are lists of who is insured elsewhere: then 终止参保 ends what the row says."""
    names = [policy.category(code).name for code in rows["category"].unique() if code]
    return any(word in name for name in names for word in load_headings().words["insured_categories"])


def _members(
    sheet: RawSheet, policy: Policy, asked: str | None, ticks: Ticks, today: date, leaves: Flags
) -> pd.DataFrame:
    """Rows of persons, one part for each of their categories; `category` "" where not recognised (E303).

    Heads who stand only in columns of their own are among them, of the categories that are given by household.
    """
    named = row_categories(sheet, policy, asked) if ticks.categories is None else ticks.categories
    needs_level = {each.code for each in policy.categories if each.disability_levels}
    certified = np.fromiter((bool(needs_level & set(codes)) for codes in named), np.bool_, len(named))
    rows = persons(sheet, "name", "citizen_id", today, certified)
    if ticks.categories is not None:
        members = np.fromiter((bool(codes) for codes in named), np.bool_, len(named))
        rows = rows[members[rows["at"].to_numpy()]].reset_index(drop=True)
    heads = heads_apart(sheet, rows, today)
    if len(heads):
        by_household = {each.code for each in policy.categories if each.by_household}
        # Who leaves a household does not take its head along.
        belongs = [bool(by_household & set(named[at])) and not leaves[at] for at in heads["at"].tolist()]
        rows = with_heads(rows, heads[np.array(belongs, np.bool_)])
    flaws = Flaws(rows)
    rows["category"] = named[rows["at"].to_numpy()]
    if len(heads):
        apart = (rows["slot"] == sheet.slots).to_numpy()
        own = [[code for code in codes if code in by_household] for codes in rows["category"][apart]]
        rows.loc[apart, "category"] = pd.Series(own, index=rows.index[apart], dtype=object)
    rows["flaws"] = flaws.text()
    rows = rows.explode("category", ignore_index=True)
    rows["part"] = rows.groupby(["at", "slot"], sort=False).cumcount()
    rows["role"] = ""
    unknown = (rows["category"] == "").to_numpy()
    rows.loc[unknown, "flaws"] = (rows.loc[unknown, "flaws"] + " E303").str.strip()
    return rows


def _spouses(sheet: RawSheet, category: str, today: date) -> pd.DataFrame:
    """Couple rows: one part for the wife, one for the husband; who is not filled in earns E305."""
    rows = couples(sheet, today)
    absent = ((rows["name"] == "") & (rows["id_text"] == "") & ~rows["by_number"]).to_numpy()
    return rows.assign(flaws=np.where(absent, "E305", Flaws(rows).text()), category=category)


def _roster_columns(
    sheet: RawSheet,
    rows: pd.DataFrame,
    leavers: RosterLeavers,
    policy: Policy,
    aid_amounts: Amounts,
    stated: Stated,
) -> pd.DataFrame:
    headings = load_headings()
    at = rows["at"].to_numpy()
    flaws = Flaws(rows, start=rows["flaws"])
    leaves = leavers.leaves[at]
    flaws.add("E303", leavers.unclear[at] & (rows["category"] != "").to_numpy())
    placed(sheet, rows, policy)
    level = slot_column(sheet, "disability_level", rows)
    own = (rows["certificate_id"] == rows["citizen_id"]).to_numpy()
    rows["disability_level"], contradicts = levels_held(level, rows["certificate_level"].to_numpy(), own)
    graded = {each.code for each in policy.categories if each.disability_levels}
    flaws.add("W112", contradicts & rows["category"].isin(graded).to_numpy())
    aid = {each.code for each in policy.categories if each.form == "aid"}
    aided = rows["category"].isin(aid).to_numpy()
    amount = aid_amounts.fen
    whole = (headings.value("full_amount", aid_amounts.texts) == "全额").to_numpy()
    amount = np.where(whole, values.WHOLE_AMOUNT, np.where(amount > 0, amount, values.UNUSABLE_FEN))[at]
    flaws.add("E306", aided & ~leaves & (amount == values.UNUSABLE_FEN))
    rows["aid_fen"] = np.where(aided & ~leaves, amount, 0)
    rows["aid_payer"] = np.where(aided, sheet.column("aid_payer").to_numpy()[at], "")
    kind = sheet.column("family_kind")
    known = headings.plainly("family_kind", kind)
    rows["family_kind"] = known.where(known != UNKNOWN, kind).array.take(at)
    dated(sheet, rows, flaws, "joined_on", column=leavers.joined)
    dated(sheet, rows, flaws, "cancelled_on", needed=leavers.ends[at], column=leavers.ended)
    # What has ended on a stated day is no less a fact: it ends what another file says.
    stated.note(flaws, at, ~leaves & (rows["cancelled_on"] == "").to_numpy())
    rows["gap_reason"] = sheet.column("gap_reason").array.take(at)
    rows["leaves"] = leaves.astype(np.int64)
    return flaws.written()


def _leaving_notice(sheet: RawSheet, rows: pd.DataFrame, leavers: RosterLeavers, policy: Policy) -> list[Notice]:
    """N303 of a sheet with rows that were taken to end memberships, not to state any."""
    leaves = rows[(rows["leaves"] != 0).to_numpy()]
    if leaves.empty:
        return []
    names = "、".join(policy.names_of(sorted(leaves["category"].unique()))) or "这一类人员"
    people = leaves["at"].nunique()
    undated = leaves.loc[(leaves["cancelled_on"] == "").to_numpy(), "at"].nunique()
    what = "按退出的名单读" if leavers.whole else f"其中{people}行写明退出"
    parts = [f"{people - undated}行从取消时间起不再是{names}"] if people > undated else []
    parts += [f"{undated}行没有可用的取消时间，退回，没有取消"] if undated else []
    at = () if leavers.whole else tuple(sorted(set(leaves["row"].tolist())))
    text = f"{what}，没有当作{names}导入：{'；'.join(parts)}"
    return [Notice("N303", text, sheet.sheet, at, loses=bool(undated))]


def _couple_category(sheet: RawSheet, policy: Policy, asked: str | None) -> str | None:
    """The category of couple rows, where the sheet has them and no other category was asked for.

    女方 and 男方 are a couple's columns. 配偶 stands on many lists: there the category has to be a couple's.
    """
    of_couples = next((each.code for each in policy.categories if each.form == "couple"), None)
    if of_couples is None or asked not in (None, of_couples):
        return None
    if {"wife_id", "husband_id"} <= sheet.names:
        return of_couples
    if not {"citizen_id", "spouse_id"} <= sheet.names:
        return None
    if asked is None and not ("family_kind" in sheet.names and not title_categories(sheet, policy)):
        named = row_categories(sheet, policy, None)
        return of_couples if len(named) and all(codes == [of_couples] for codes in named) else None
    return of_couples
