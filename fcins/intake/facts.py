"""Raw rows → typed facts, by field. Pure: what a row says by itself, with the codes it earns by itself (`flaws`).

A fact stands on a counted row (`seq`); one counted row may say several things (`part`): its categories, or a couple's
wife and husband. Every frame made here has the columns of its table in `migrations/`, but `batch`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity, values
from fcins.errors import InputError
from fcins.headings import BY_DEPARTMENT, LISTED, REGISTERED, UNKNOWN, load_headings
from fcins.intake import receipts
from fcins.intake.levels import levels_held
from fcins.intake.replies import SUMMARY_FIELDS
from fcins.policy.loading import Policy, categories_like_in, each_category, normalise_town
from fcins.workbooks.reading import RawSheet

PERSON = [frozenset({"name", "citizen_id"})]
COUPLE = [frozenset({"wife_id", "husband_id"})]
CERTIFIED = [frozenset({"name", "disability_cert"})]

REQUIRED: dict[str, list[frozenset[str]]] = {
    "households": PERSON,
    "roster": [*PERSON, *COUPLE, *CERTIFIED, frozenset(SUMMARY_FIELDS)],
    "enrolment": [frozenset({"name", "citizen_id", "tier"})],
    "payments": [frozenset({"name", "citizen_id", "paid_amount"})],
}
"""What a sheet's headings must have, by kind: one of these sets."""

TO_THE_DAY = ("paid_on", "collected_on")
"""Money is judged by the day: a month alone would make somebody early, or an agent late."""

CERTIFICATE = r"^\d{17}[\dX][1-9][1-4]"
"""A 残疾人证号: the ID, the kind, and in the 20th place the level."""

Flags = npt.NDArray[np.bool_]


def household_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> tuple[str, pd.DataFrame]:
    """The registry's rows → ("households" or "changes", facts): changes where a 变动类型 column stands."""
    headings = load_headings()
    kind = "changes" if any("change" in sheet.names for sheet in sheets) else "households"

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = _persons(sheet, "name", "citizen_id", today)
        flaws = _Flaws(rows)
        at = rows["at"].to_numpy()
        place = _place_of_change(sheet) if kind == "changes" else sheet.column
        town = _towns(place("town"), policy)
        rows["town"] = town.where(town != "", _stated_town(sheet, policy)).array.take(at)
        rows["village"] = place("village").array.take(at)
        for field in ("group", "household_no", "household_head", "address", "phone"):
            rows[field] = place(field).array.take(at)
        rows["relation"] = _by_slot(sheet, "relation", rows)
        rows["household_head"] = identity.normalise_names(rows["household_head"])
        for field, usual in (("hukou_status", LISTED), ("residency", REGISTERED)):
            stated = headings.understood(field, sheet.column(field)).to_numpy(dtype=object)[at]
            flaws.add("E303", stated == "?")  # never guessed to be the usual
            rows[field] = np.where(stated == "", usual, stated)
        rows["change"] = headings.value("change", sheet.column("change")).array.take(at)
        rows["change_date"] = values.dates(sheet.column("change_date"))[at]
        if kind == "changes":
            flaws.add("E303", rows["change"].isin(["", "?"]).to_numpy())
            flaws.add("E307", rows["change_date"].isin(["", "?"]).to_numpy())
        return flaws.written()

    return kind, _numbered([facts(sheet) for sheet in sheets])


def _place_of_change(sheet: RawSheet) -> Callable[[str], pd.Series]:
    """A field of each row of changes, as the row states it: it says where one person is, and what it leaves open is not
    taken from the row above. Only a family that came or left together shares the cells of its first row (merged): a
    member other than the head, with the same change and day, who names no village and household of their own."""
    stated = sheet.stated
    member = load_headings().value("head_relation", stated("relation")) == UNKNOWN
    together = pd.concat([stated("change"), stated("change_date")], axis=1)
    silent = [stated(field) == "" for field in ("village", "household_no", "household_head")]
    follows = member & np.logical_and.reduce(silent) & (together == together.shift()).all(axis=1)

    def place(field: str) -> pd.Series:
        own = stated(field)
        return own.mask(follows & (own == "")).ffill().fillna("")

    return place


def roster_facts(sheets: Sequence[RawSheet], policy: Policy, asked: str | None, today: date) -> pd.DataFrame:
    """A department's roster → facts, one part for each category of a row, or for each spouse of a couple row.

    `asked` is a category's code, or None where the sheet's own 人员类别 column, or else its title, decides. Raises
    InputError where nothing decides.
    """
    frames = []
    for sheet in sheets:
        couple = _couple_category(sheet, policy, asked)
        if not couple:
            _require_persons(sheet, policy, asked)
        rows = _spouses(sheet, couple, today) if couple else _members(sheet, policy, asked, today)
        frames.append(_roster_columns(sheet, rows, policy))
    return _numbered(frames)


def enrolment_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> pd.DataFrame:
    """参保登记 → facts: tier_fen (UNUSABLE_FEN where unreadable) and enrolled_on."""

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = _persons(sheet, "name", "citizen_id", today)
        flaws = _Flaws(rows)
        at = rows["at"].to_numpy()
        _place(sheet, rows, policy)
        rows["tier_fen"] = values.amounts_fen(sheet.column("tier"))[at]
        _dated(sheet, rows, flaws, "enrolled_on")
        return flaws.written()

    return _numbered([facts(sheet) for sheet in sheets])


def payment_facts(sheets: Sequence[RawSheet], policy: Policy, today: date) -> pd.DataFrame:
    """What the tax office received → facts: amount_fen, scheme (medical, pension), dates, fee_year.

    `today`: the day of import, clock.UNKNOWN where it cannot be. Money does not come from the future.
    """
    headings = load_headings()
    latest = receipts.last_day(today)

    def facts(sheet: RawSheet) -> pd.DataFrame:
        rows = _persons(sheet, "name", "citizen_id", today)
        flaws = _Flaws(rows)
        at = rows["at"].to_numpy()
        _place(sheet, rows, policy)
        scheme = headings.value("scheme", sheet.column("scheme")).to_numpy()[at]
        flaws.add("E303", np.isin(scheme, ["", "?"]))
        rows["scheme"] = scheme
        amount = values.amounts_fen(sheet.column("paid_amount"))[at]
        flaws.add("E306", amount == values.UNUSABLE_FEN)
        rows["amount_fen"] = amount
        _dated(sheet, rows, flaws, "paid_on", needed=True, latest=latest)
        _dated(sheet, rows, flaws, "collected_on", latest=latest)
        for field in ("channel", "receipt_no", "agent"):
            rows[field] = sheet.column(field).array.take(at)
        # 居民医疗保险费（财政补助）: the scheme says that a department paid.
        stated = values.each_distinct(sheet.column("scheme"), lambda text: headings.contained("channel_parts", text))
        rows["channel"] = rows["channel"].mask(stated[at] == BY_DEPARTMENT, BY_DEPARTMENT)
        rows["receipt_no"] = receipts.legible(rows["receipt_no"], sheet.numeric_column("receipt_no")[at])
        year = values.years(sheet.column("fee_year"))[at]
        flaws.add("E307", year < 0)
        rows["fee_year"] = np.where(year > 0, year, policy.fee_year)
        return flaws.written()

    return _numbered([facts(sheet) for sheet in sheets])


# ── rosters ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _members(sheet: RawSheet, policy: Policy, asked: str | None, today: date) -> pd.DataFrame:
    """Rows of persons, one part for each of their categories; `category` "" where not recognised (E303)."""
    named = _row_categories(sheet, policy, asked)
    needs_level = {each.code for each in policy.categories if each.disability_levels}
    certified = np.fromiter((bool(needs_level & set(codes)) for codes in named), np.bool_, len(named))
    rows = _persons(sheet, "name", "citizen_id", today, certified)
    flaws = _Flaws(rows)
    rows["category"] = named[rows["at"].to_numpy()]
    rows["flaws"] = flaws.text()
    rows = rows.explode("category", ignore_index=True)
    rows["part"] = rows.groupby(["at", "slot"], sort=False).cumcount()
    rows["role"] = ""
    unknown = (rows["category"] == "").to_numpy()
    rows.loc[unknown, "flaws"] = (rows.loc[unknown, "flaws"] + " E303").str.strip()
    return rows


def _spouses(sheet: RawSheet, category: str, today: date) -> pd.DataFrame:
    """Couple rows: one part for the wife, one for the husband; who is not filled in earns E305."""
    wives = _persons(sheet, "wife_name", "wife_id", today, every_row=True)
    husbands = _persons(sheet, "husband_name", "husband_id", today, every_row=True)
    parts = []
    for part, (role, rows) in enumerate((("wife", wives), ("husband", husbands))):
        absent = ((rows["name"] == "") & (rows["id_text"] == "") & ~rows["by_number"]).to_numpy()
        flaws = _Flaws(rows)
        rows["flaws"] = np.where(absent, "E305", flaws.text())
        parts.append(rows.assign(part=part, role=role, category=category))
    both = pd.concat(parts, ignore_index=True)
    both["slot"] = 0
    return both.sort_values(["at", "part"], ignore_index=True)


def _roster_columns(sheet: RawSheet, rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    headings = load_headings()
    at = rows["at"].to_numpy()
    flaws = _Flaws(rows, start=rows["flaws"])
    _place(sheet, rows, policy)
    stated = _slot_column(sheet, "disability_level", rows)
    own = (rows["certificate_id"] == rows["citizen_id"]).to_numpy()
    rows["disability_level"], contradicts = levels_held(stated, rows["certificate_level"].to_numpy(), own)
    graded = {each.code for each in policy.categories if each.disability_levels}
    flaws.add("W112", contradicts & rows["category"].isin(graded).to_numpy())
    aid = {each.code for each in policy.categories if each.form == "aid"}
    aided = rows["category"].isin(aid).to_numpy()
    amount = values.amounts_fen(sheet.column("aid_amount"))
    whole = (headings.value("full_amount", sheet.column("aid_amount")) == "全额").to_numpy()
    amount = np.where(whole, values.WHOLE_AMOUNT, np.where(amount > 0, amount, values.UNUSABLE_FEN))[at]
    flaws.add("E306", aided & (amount == values.UNUSABLE_FEN))
    rows["aid_fen"] = np.where(aided, amount, 0)
    rows["aid_payer"] = np.where(aided, sheet.column("aid_payer").to_numpy()[at], "")
    kind = sheet.column("family_kind")
    known = headings.plainly("family_kind", kind)
    rows["family_kind"] = known.where(known != UNKNOWN, kind).array.take(at)
    _dated(sheet, rows, flaws, "joined_on")
    _dated(sheet, rows, flaws, "cancelled_on")
    rows["gap_reason"] = sheet.column("gap_reason").array.take(at)
    return flaws.written()


def _row_categories(sheet: RawSheet, policy: Policy, asked: str | None) -> npt.NDArray[Any]:
    """For each row of the sheet the list of its category codes; [""] where none is recognised."""
    answers = np.empty(len(sheet.row_numbers), dtype=object)
    if asked:
        answers[:] = [[asked]] * len(answers)
        return answers
    title = _title_categories(sheet, policy)
    fallback = title if len(title) == 1 else [""]
    if "category" in sheet.names:
        column = sheet.column("category")

        def codes(text: str) -> list[str]:
            whole = policy.find_category(text)
            if whole or not text.strip():
                return [whole] if whole else fallback
            listed = each_category(text, policy)
            return list(dict.fromkeys(policy.find_category(part) or "" for part in listed)) or [""]

        distinct = {text: codes(text) for text in column.unique()}
        # A disability roster's 类别 says 肢体 or 视力: a column in which nothing is a category is not about categories.
        if any(code for found in distinct.values() for code in found) or len(title) != 1:
            answers[:] = [distinct[text] for text in column]
            return answers
    elif len(title) != 1:
        seen = "、".join(policy.category(code).name for code in title)
        near = [] if title else _title_resembles(sheet, policy)
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：看不出是哪一类人员" + (f"（标题提到{seen}）" if seen else ""),
            (f"是不是：{'、'.join(near)}？" if near else "")
            + f"用 --category 指明，例如 --category {(near or [policy.categories[1].name])[0]}",
        )
    answers[:] = [fallback] * len(answers)
    return answers


def _title_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """Categories that the title names, or else the sheet's name, or else the file's."""
    for text in _titles(sheet):
        found = policy.categories_in_title(text)
        if found:
            return found
    return []


def _title_resembles(sheet: RawSheet, policy: Policy) -> list[str]:
    """Names of the categories that the first of these with any near miss resembles."""
    return next((near for text in _titles(sheet) if (near := categories_like_in(text, policy))), [])


def _titles(sheet: RawSheet) -> tuple[str, str, str]:
    return sheet.title, sheet.sheet, sheet.file.rsplit(".", 1)[0]


def _couple_category(sheet: RawSheet, policy: Policy, asked: str | None) -> str | None:
    """The category of couple rows, where the sheet has them and no other category was asked for."""
    couples = [each.code for each in policy.categories if each.form == "couple"]
    paired = {"wife_id", "husband_id"} <= sheet.names
    return couples[0] if paired and couples and asked in (None, couples[0]) else None


# ── persons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _persons(
    sheet: RawSheet,
    name_field: str,
    id_field: str,
    today: date,
    certified: Flags | None = None,
    every_row: bool = False,
) -> pd.DataFrame:
    """The persons on a sheet, one row each: `at` (row of the sheet), slot, row, name, ID columns and flags.

    `certified` marks rows where a 残疾人证号 of 20 or more characters stands for the ID and the level; a slot with
    neither name nor ID is nobody, unless `every_row`.
    """
    frames = []
    for slot in range(sheet.slots if not every_row else 1):
        name = identity.normalise_names(sheet.column(name_field, slot))
        id_text = identity.normalise_ids(sheet.column(id_field, slot))
        by_number = sheet.numeric_column(id_field, slot)
        level = np.zeros(len(name), np.int64)
        owner = pd.Series("", index=name.index, dtype="str")
        if certified is not None:
            certificate = identity.normalise_ids(sheet.column("disability_cert", slot))
            longer = certified & id_text.str.match(CERTIFICATE).to_numpy()
            blank = ((id_text == "") & (certificate != "")).to_numpy()
            by_number = np.where(blank, sheet.numeric_column("disability_cert", slot), by_number)
            certificate = certificate.where(~longer, id_text)
            right = certificate.str.match(CERTIFICATE).to_numpy()
            level[right] = certificate[right].str.slice(19, 20).astype("int64")
            owner = certificate.str.slice(0, 18).where(right, "")
            id_text = id_text.where(~blank, certificate)
            id_text = id_text.where(~((longer | blank) & right), certificate.str.slice(0, 18))
        here = np.ones(len(name), np.bool_) if every_row else ((name != "") | (id_text != "") | by_number).to_numpy()
        at = np.flatnonzero(here)
        frame = pd.DataFrame(
            {
                "at": at,
                "slot": slot,
                "row": sheet.row_numbers[at],
                "name": name.array.take(at),
                "id_text": id_text.array.take(at),
                "by_number": by_number[at],
                "certificate_level": level[at],
                "certificate_id": owner.array.take(at),
                "sex_text": sheet.column("sex", slot).array.take(at),
                "birth_text": sheet.column("birth_date", slot).array.take(at),
            }
        )
        frames.append(frame)
    rows = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if len(frames) > 1:
        rows = rows.sort_values(["at", "slot"], ignore_index=True)
    rows["part"] = 0
    rows["name"] = rows["name"].astype("str")
    rows["id_text"] = rows["id_text"].astype("str")
    checked = identity.check_ids(rows["id_text"], today)
    spoiled = rows["by_number"].to_numpy()
    rows["citizen_id"] = checked["citizen_id"].where(~spoiled, "")
    rows["key"] = np.where(spoiled, 0, checked["key"])
    return rows.join(checked.drop(columns=["citizen_id", "key"]))


class _Flaws:
    """The codes that rows earn by themselves, gathered column-wise and written as `E103 E104`."""

    def __init__(self, rows: pd.DataFrame, start: pd.Series | None = None) -> None:
        self._rows = rows
        self._text = np.full(len(rows), "", dtype=object)
        if start is not None:
            self._text[:] = start
            return
        spoiled = rows["by_number"].to_numpy() | rows["destroyed"].to_numpy()
        sound = ~spoiled & ~rows["foreign"].to_numpy()
        self.add("E112", rows["foreign"].to_numpy() & ~rows["by_number"].to_numpy())
        self.add("E107", spoiled)
        self.add("E101", (rows["name"] == "").to_numpy())
        self.add("E102", sound & rows["missing"].to_numpy())
        for code, flag in (
            ("E103", "bad_length"),
            ("E104", "bad_character"),
            ("E105", "bad_birth"),
            ("E106", "bad_check"),
        ):
            self.add(code, sound & rows[flag].to_numpy())
        valid = (rows["citizen_id"] != "").to_numpy()
        self.add("W108", valid & rows["raised"].to_numpy())
        sex = load_headings().value("sex", rows["sex_text"])
        self.add("W110", valid & (rows["sex_text"] != "").to_numpy() & (sex != rows["sex"]).to_numpy())
        self.add("W111", valid & _other_birth(rows))

    def add(self, code: str, where: Flags) -> None:
        """Note a code on the rows marked."""
        at = np.flatnonzero(where)
        if at.size:
            self._text[at] = self._text[at] + f" {code}"

    def text(self) -> npt.NDArray[Any]:
        """The codes of each row, joined by spaces."""
        return np.array([text.strip() if text else "" for text in self._text], dtype=object)

    def written(self) -> pd.DataFrame:
        """The rows with their `flaws`."""
        return self._rows.assign(flaws=self.text())


def _other_birth(rows: pd.DataFrame) -> Flags:
    """Whether the birth date in the row contradicts the ID's; a month alone is compared as a month."""
    if not (rows["birth_text"] != "").any():
        return np.zeros(len(rows), np.bool_)
    stated = values.each_distinct(rows["birth_text"], _digits_of_date, dtype=np.int64)
    born = rows["birth"].to_numpy().astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    by_month = month.astype(np.int64) // 12 * 100 + 197_001 + month.astype(np.int64) % 12
    by_day = by_month * 100 + (born - month).astype(np.int64) + 1
    same = np.where(stated < 1_000_000, stated == by_month, stated == by_day) & ~np.isnat(born)
    contradicts: Flags = (stated != 0) & ~same
    return contradicts


def _digits_of_date(text: str) -> int:
    """A date in any form as YYYYMMDD, a month alone as YYYYMM; 0 for none, -1 for what is no date."""
    found = values.read_date(text)
    return -1 if found == "?" else int(found.replace("-", "") or 0)


# ── places, dates, numbering ────────────────────────────────────────────────────────────────────────────────────────


def _towns(column: pd.Series, policy: Policy) -> pd.Series:
    """A town column in the policy's names; a town it does not have stays as it came."""
    return pd.Series(values.each_distinct(column, lambda text: policy.find_town(text) or text), dtype="str")


def _stated_town(sheet: RawSheet, policy: Policy) -> str:
    """The one town that the sheet's name, its title or the file's name states; "" where none or several do."""
    for text in (sheet.sheet, sheet.title, sheet.file):
        plain = normalise_town(text)
        found = {town for name, town in policy.town_lookup().items() if name in plain}
        if len(found) == 1:
            return found.pop()
    return ""


def _place(sheet: RawSheet, rows: pd.DataFrame, policy: Policy) -> None:
    at = rows["at"].to_numpy()
    rows["town"] = _towns(sheet.column("town"), policy).array.take(at)
    rows["village"] = sheet.column("village").array.take(at)


def _dated(
    sheet: RawSheet, rows: pd.DataFrame, flaws: _Flaws, field: str, needed: bool = False, latest: str = ""
) -> None:
    """A day of each row, "" where there is none; E307 where it is unusable, or of money too early or after `latest`."""
    column = sheet.column(field)
    if not needed:  # 长期, 无, / in a cell that may stay empty
        column = column.where(load_headings().value("no_date", column).isin(["", "?"]), "")
    found = values.dates(column, to_the_day=field in TO_THE_DAY)[rows["at"].to_numpy()]
    unusable = found == "?"
    if field in TO_THE_DAY:
        unusable |= receipts.impossible(found, latest)
    flaws.add("E307", unusable | (found == "") if needed else unusable)
    rows[field] = np.where(unusable, "", found)


def _slot_column(sheet: RawSheet, field: str, rows: pd.DataFrame) -> pd.Series:
    return pd.Series(_by_slot(sheet, field, rows), dtype="str")


def _by_slot(sheet: RawSheet, field: str, rows: pd.DataFrame) -> Any:
    """A person field of each row, from the row's own slot."""
    if sheet.slots == 1:
        return sheet.column(field).array.take(rows["at"].to_numpy())
    answer = np.full(len(rows), "", dtype=object)
    at, slots = rows["at"].to_numpy(), rows["slot"].to_numpy()
    for slot in range(sheet.slots):
        in_slot = slots == slot
        answer[in_slot] = sheet.column(field, slot).to_numpy(dtype=object)[at[in_slot]]
    return answer


def _numbered(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Sheets' facts one after another; `sheet_no` from 0, `seq` numbers the counted rows (a person, a couple)."""
    rows = pd.concat([frame.assign(sheet_no=number) for number, frame in enumerate(frames)], ignore_index=True)
    rows["seq"] = rows.groupby(["sheet_no", "at", "slot"], sort=False).ngroup()
    return rows


READERS: dict[str, Callable[[Sequence[RawSheet], Policy, date], pd.DataFrame]] = {
    "enrolment": enrolment_facts,
    "payments": payment_facts,
}
"""The kinds whose facts need nothing but the sheets."""
