"""Whose columns these are: heads, spouses and guardians that stand beside the person whom a row is about.

A list of households names the head once, over the members, and the head may have no row of their own. Whether they
are people of the list depends on what the list is; where they are not, it is said how many were left out.
"""

from datetime import date

import numpy as np
import pandas as pd

from fcins import identity
from fcins.headings import load_headings
from fcins.intake.persons import Flags, persons
from fcins.notices import Notice
from fcins.workbooks.reading import RawSheet

HEAD_FIELDS = ("household_head", "household_head_id")
"""Where a head's name and ID stand who has no row of their own."""


def heads_apart(sheet: RawSheet, members: pd.DataFrame, today: date) -> pd.DataFrame:
    """The heads who stand only in their own columns, as `persons` gives people: each once, on their first row.

    They have the place after the last person of a row (`slot`: sheet.slots). Who has a row among the `members` is none
    of them, nor is a head under whose name and 户号 a member stands: one of the two IDs is wrong, the member's holds.
    """
    if not set(HEAD_FIELDS) <= sheet.names:
        return members.iloc[:0]
    heads = persons(sheet, *HEAD_FIELDS, today)
    at = heads["at"].to_numpy()
    # Both cells may be merged over the household's rows: then the name is filled down, the ID is not.
    filled = (sheet.stated("household_head") != "") | (sheet.stated("household_head_id") != "")
    heads = heads[filled.to_numpy()[at] | heads["by_number"].to_numpy()]
    same = heads["key"].isin(set(members["key"]) - {0}) | heads["id_text"].isin(set(members["id_text"]) - {""})
    # A head without an ID is somebody else only if nobody on the sheet bears that name.
    unnumbered = (heads["id_text"] == "") & ~heads["by_number"]
    same |= unnumbered & heads["name"].isin({*members["name"], *heads["name"][~unnumbered]})
    heads = heads[~same.to_numpy()]
    if not len(heads):
        return members.iloc[:0]
    numbers = sheet.column("household_no")
    own = set(zip(members["name"], numbers.to_numpy()[members["at"].to_numpy()], strict=True))
    named = list(zip(heads["name"], numbers.to_numpy()[heads["at"].to_numpy()], strict=True))
    heads = heads[np.array([number == "" or (name, number) not in own for name, number in named], np.bool_)]
    who = heads["citizen_id"].where(heads["citizen_id"] != "", heads["id_text"])
    who = who.where((who != "") & ~heads["by_number"], who + heads["name"])
    apart: pd.DataFrame = heads[~who.duplicated().to_numpy()].assign(slot=sheet.slots, sex_text="", birth_text="")
    return apart


def with_heads(rows: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    """People and the heads who stand apart, in the order of the sheet."""
    if not len(heads):
        return rows
    return pd.concat([rows, heads], ignore_index=True).sort_values(["at", "slot"], ignore_index=True)


def left_out_notices(sheet: RawSheet, taken: pd.DataFrame, consequence: str) -> tuple[list[Notice], set[str]]:
    """N101 for each column with IDs of others than the row is about: how many people it names who were not taken.

    `taken`: the people of the sheet; `consequence`: what follows for the others. Gives the headings of these columns
    too: a mother who has a row of her own is no loss.
    """
    words = load_headings()
    known = set(taken["id_text"]) - {""}
    notices, headings = [], set()
    for column, heading in enumerate(sheet.own_headings):
        field = sheet.fields[column]
        if field is not None and field[0] not in ("household_head_id", "spouse_id"):
            continue
        if field is None and not words.id_of_somebody_else(heading):
            continue
        headings.add(heading)
        numbers = identity.normalise_ids(sheet.rows[column].str.strip())
        others = set(numbers.unique()) - known - {""}
        if others:
            text = f"“{''.join(heading.split())}”一列是另外的人，其中{len(others)}人没有自己的一行，{consequence}"
            notices.append(Notice("N101", text, sheet.sheet, headings=(heading,)))
    return notices, headings


def couples(sheet: RawSheet, today: date) -> pd.DataFrame:
    """Rows of a couple: two persons each, with their `role` (wife, husband) and the fields in which they stand.

    Wife and husband stand under 女方 and 男方, or one is the person of the row and the other 配偶: then their IDs tell
    who is the wife, the 性别 where no ID does.
    """
    if {"wife_id", "husband_id"} <= sheet.names:
        fields = [("wife_name", "wife_id"), ("husband_name", "husband_id")]
    else:
        fields = [("name", "citizen_id"), ("spouse_name", "spouse_id")]
    first, second = (_spouse(sheet, *each, today) for each in fields)
    wives_first = np.ones(len(first), np.bool_)
    if fields[0][0] == "name":
        second = second.assign(sex_text="", birth_text="")  # the row's 性别 and 出生日期 are the person's
        wives_first = _wife_is_first(first, second)
    first = first.assign(role=np.where(wives_first, "wife", "husband"))
    second = second.assign(role=np.where(wives_first, "husband", "wife"))
    both = pd.concat([first, second], ignore_index=True)
    both = both.assign(slot=0, part=(both["role"] == "husband").astype("int64"))
    return both.sort_values(["at", "part"], ignore_index=True)


def _spouse(sheet: RawSheet, name_field: str, id_field: str, today: date) -> pd.DataFrame:
    people = persons(sheet, name_field, id_field, today, every_row=True)
    return people.assign(name_field=name_field, id_field=id_field)


def _wife_is_first(person: pd.DataFrame, spouse: pd.DataFrame) -> Flags:
    """Of each row whether its person, not the 配偶, is the wife."""
    own, other = identity.sexes(person["key"]), identity.sexes(spouse["key"])
    stated = load_headings().value("sex", person["sex_text"])
    sex = own.where(own != "", other.map({"男": "女", "女": "男", "": ""}))
    wife: Flags = (sex.where(sex != "", stated) == "女").to_numpy()
    return wife
