"""公示: who paid what, village by village, so that a payer can hold the notice against the receipt.

Clauses 四（五）, 六（三）. One mask for every ID; people paid for by others only as a count; children within their
household's line.
"""

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd

from fcins import identity
from fcins.analysis.publicity import RECEIVED_COLUMNS, received
from fcins.assessment.charges import Assessment
from fcins.documents.layout import in_order, per_person, subtitle, villages
from fcins.headings import load_headings
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

COLUMNS = (
    Column("序号", 6, "int"),
    Column("姓名", 16),
    Column("公民身份号码", 22, "id"),
    Column("居民医保缴费", 14, "money", total=True),
    Column("居民养老缴费档次", 14, "money"),
    Column("居民养老缴费", 14, "money", total=True),
    Column("缴费日期", 13, "date"),
    Column("备注", 26, "left"),
)

FORBIDDEN_FIELDS = ("address", "phone", "category", "disability_level", "birth_date", "age", "ethnicity")
"""Fields whose headings must not stand in a publicity register."""


def publicity_table(assessment: Assessment, payments: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Every listed resident in register order with their tier, their place, and publicity.RECEIVED_COLUMNS.

    `payments`: what residents paid (derivation.received).
    """
    people = in_order(assessment)
    of_everybody = received(assessment, payments, policy.fee_year)
    return people.assign(**{name: per_person(people, of_everybody[name].to_numpy()) for name in RECEIVED_COLUMNS})


def publicity_sheets(table: pd.DataFrame, town: str, policy: Policy, dated: date) -> list[Sheet]:
    """One town's notice, a sheet per village; `table` holds that town's rows of `publicity_table`."""
    form = policy.publicity
    title = form.title.format(district=policy.district, town=town, year=policy.fee_year)
    period = policy.dates.publicity
    phone = form.objection_phone or "＿＿＿＿＿＿＿＿＿＿"
    standing = (
        form.period_note.format(**{"from": period.start.isoformat(), "to": period.end.isoformat()}),
        form.objection_note.format(phone=phone),
    )
    lines = dict(list(_lines(table, policy).groupby("village", sort=False)))
    nobody = pd.DataFrame(columns=[column.heading for column in COLUMNS])
    sheets = []
    for village, rows in villages(table):
        free = int(rows["free"].sum())
        few = 0 < free < form.few
        note = form.paid_by_others_few_note.format(few=form.few) if few else form.paid_by_others_note.format(count=free)
        frame = lines.get(village, nobody)[[column.heading for column in COLUMNS]].reset_index(drop=True)
        sheets.append(
            Sheet(village, title, subtitle(town, village, dated), COLUMNS, frame, (note, *standing), form.signatures)
        )
    return sheets


def publicity_texts(sheets: list[Sheet], town: str) -> list[str]:
    """The texts a notice always has: titles, places, notes, headings, signatures. They are no one's data."""
    texts = [town]
    for sheet in sheets:
        texts += [sheet.name, sheet.title, *sheet.subtitle, *sheet.notes, *sheet.signatures]
    return [*dict.fromkeys(texts), *(column.heading for column in COLUMNS)]


def forbidden_headings() -> Collection[str]:
    """Headings for age, address, category and the like, in every synonym."""
    fields = load_headings().fields
    return [text for name in FORBIDDEN_FIELDS for text in fields[name]]


def _lines(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """A town's payers by `village`: adults one by one, a household's children in one line after them."""
    form = policy.publicity
    child = (rows["age"] < form.child_age).to_numpy()
    paid = rows["paid"].to_numpy()
    adults = rows[paid & ~child]
    lines = pd.DataFrame(
        {
            "village": adults["village"],
            "household": adults["household"],
            "姓名": adults["name"],
            "公民身份号码": identity.mask_column(adults["citizen_id"], form.mask_head, form.mask_tail),
            "medical": adults["medical_fen"],
            "tier": adults["tier_fen"],
            "pension": adults["pension_fen"],
            "缴费日期": adults["paid_on"],
            "备注": "",
            "last": False,
        }
    )
    lines = pd.concat([lines, _children(rows[paid & child], rows, policy)], ignore_index=True)
    turn = pd.Index(rows["household"].drop_duplicates()).get_indexer(lines["household"].to_numpy(dtype="int64"))
    lines = lines.iloc[np.lexsort((np.arange(len(lines)), lines["last"].to_numpy(dtype=bool), turn))]
    lines = lines.assign(序号=lines.groupby("village", sort=False).cumcount() + 1)
    for heading, name in (("居民医保缴费", "medical"), ("居民养老缴费", "pension")):
        amount = lines[name].astype("Int64")
        lines[heading] = amount.where(amount > 0)
    tier = lines["tier"].astype("Int64")
    lines["居民养老缴费档次"] = tier.where(lines["居民养老缴费"].notna() & (tier > 0))
    return lines


def _children(children: pd.DataFrame, town: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One line per household for its children who paid: the head's name, no ID, their amounts together."""
    form = policy.publicity
    by_household = children.groupby("household", sort=False)
    together = by_household.agg(
        medical=("medical_fen", "sum"),
        pension=("pension_fen", "sum"),
        缴费日期=("paid_on", "max"),
        count=("key", "size"),
        village=("village", "first"),
    ).reset_index()
    grown = town[(town["age"] >= form.child_age).to_numpy()]
    # Where the household names no head, its first grown-up stands for it; a child's own name is never posted.
    first = grown.drop_duplicates("household").set_index("household")["name"]
    stated = town.drop_duplicates("household").set_index("household")["household_head"]
    head = together["household"].map(stated).fillna("")
    names_child = pd.MultiIndex.from_arrays([together["household"], head]).isin(
        pd.MultiIndex.from_frame(town.loc[(town["age"] < form.child_age).to_numpy(), ["household", "name"]])
    )
    head = head.where(~((head == "") | names_child), together["household"].map(first).fillna("未成年人"))
    remarks = [form.child_note.format(age=form.child_age, count=count) for count in together["count"]]
    return together.assign(姓名=head + "家庭", 公民身份号码="", tier=0, 备注=remarks, last=True).drop(columns="count")
