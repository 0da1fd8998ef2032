"""Rejected rows × residents → whom a row may mean, best first, at most three, with why. Pure; never applied by itself.

A slip is what a hand does to an ID: two neighbours exchanged, a character changed, one left out, one too many (OSA
distance). What a spreadsheet does to an ID saved as a number (E107) shows in the digits that it kept. And for a
category that was not recognised (E303): which one is probably meant.
"""

import re
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cpdist

from fcins.analysis.candidates import (
    ONE_OFF,
    THOUSAND,
    UNSTATED,
    Flags,
    Ints,
    Lines,
    Pairs,
    Residents,
    Texts,
    may_be_near,
    parts,
    read,
)
from fcins.assessment.households import plain_numbers
from fcins.assessment.villages import means_village
from fcins.headings import LISTED, load_headings
from fcins.policy.loading import Policy, categories_like
from fcins.store.sheets import SheetRecord
from fcins.store.store import Store

SUGGESTED = ("E103", "E104", "E105", "E106", "E107", "E201", "E202")
"""The codes whose rows get suggestions."""

MOST = 3  # suggestions for a row
FEW = 3  # namesakes in one place, up to which they are worth naming

SUGGESTION_COLUMNS = ["line", "rank", "key", "citizen_id", "name", "town", "village", "why"]
"""Up to three suggestions for a line: rank 1 is the best; who it is; why, in Chinese."""

_FAR = 9  # slips: so many or more
_TWO_OFF_15 = range(13, 18)  # lengths of a 15-digit ID with at most two slips


class Likeness(IntEnum):
    """Why a resident may be the one that a row means, the strongest reason first."""

    SAME_ID = 0  # the ID, or all that is left of it as a number, and the name; E202: a nearly equal name
    ONE_SLIP = 1  # the same name
    NUMBER = 2  # all that is left of the ID as a number, and a nearly equal name, or no name in the row
    NUMBER_SLIP = 3  # the same name, and one slip in what is left
    HOUSEHOLD = 4  # E202: the same name, in the household of the ID's holder: the row has a relative's ID
    TWO_SLIPS = 5  # the same name
    BIRTH = 6  # the same name and birth date
    HOLDER = 7  # the ID's holder, under quite another name
    NEAR_NAME = 8  # a nearly equal name, or no name in the row, and one slip
    NAMESAKE = 9  # one of few of this name in the place, where the ID points to none of that name
    NONE = 10


def suggest(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """SUGGESTION_COLUMNS, in the order of the rows.

    `rows`: line (int), name (normalised, "" for none), id_text (no spaces), code (the deciding one; only SUGGESTED
    codes get suggestions), town and village as stated; `people`: RESIDENT_COLUMNS. Equals stand by the same birth date,
    the stated place, the fewest slips, the living first, the smaller ID. 五（一）: the department settles each row with
    the person; this only saves it the search.
    """
    rejected = rows[rows["code"].isin(SUGGESTED)]
    lines, residents = read(rejected, people)
    best = [_best(*part, residents) for part in parts(lines, residents)]
    chosen = pd.concat(best, ignore_index=True)
    person = chosen["person"].to_numpy()
    suggestions = pd.DataFrame(
        {
            "line": rejected["line"].to_numpy(np.int64)[chosen["row"]],
            "rank": chosen.groupby("row").cumcount().to_numpy(np.int64) + 1,
            "key": residents.key[person],
        }
    )
    for column in ("citizen_id", "name", "town", "village"):
        suggestions[column] = people[column].array.take(person)
    chosen = chosen.assign(citizen_id=residents.text("citizen_id", person), status=residents.text("status", person))
    why = [_why(each, lines) for each in chosen.itertuples(index=False)]
    return suggestions.assign(why=pd.Series(why, dtype="str"))[SUGGESTION_COLUMNS]


def _best(start: int, lines: Lines, pairs: Pairs, residents: Residents) -> pd.DataFrame:
    """A part's pairs → the best MOST of each row, in order: row, person, likeness, and what the reason needs.

    slips, old_slips (in the 15-digit form), near (a nearly equal name), place and namesakes (how many are there).
    """
    row, person = pairs.row, pairs.person
    same, nameless = lines.named[row] == residents.named[person], lines.named[row] == UNSTATED
    near = _near(pairs, lines, residents, ~same & ~nameless)
    alike, by_number = near | nameless, lines.by_number[row]
    slips, old_slips = _slips(pairs, lines, residents, same | alike), _old_slips(pairs, lines, residents, same)
    holder = lines.holder[row] == person
    kept = _kept(lines.number[row], residents.number[person]) | (holder & by_number)
    same_birth = lines.born[row] == residents.key[person] // 1_000 % 10**8
    in_town = lines.town[row] == residents.town[person]
    in_village = _in_village(pairs, lines, residents, in_town)
    place, namesakes = _namesakes(row, same, in_town, in_village, lines)
    reasons = {
        Likeness.SAME_ID: (same & kept) | (near & holder & ~by_number),
        Likeness.ONE_SLIP: same & (~by_number & (slips == 1) | (old_slips == 1)),
        Likeness.NUMBER: alike & kept,
        Likeness.NUMBER_SLIP: same & by_number & (slips == 1),
        Likeness.HOUSEHOLD: _with_holder(pairs, lines, residents, same),
        Likeness.TWO_SLIPS: same & (~by_number & (slips == 2) | (old_slips == 2)),
        Likeness.BIRTH: same & same_birth,
        Likeness.HOLDER: holder,
        Likeness.NEAR_NAME: alike & ~by_number & (slips == 1),
        Likeness.NAMESAKE: (namesakes > 0) & (namesakes <= FEW),
    }
    likeness = np.select(list(reasons.values()), [each.value for each in reasons], Likeness.NONE.value)
    likeness[holder & (lines.code == "E201")[row]] = Likeness.NONE
    # Where the ID points to somebody of the name, others who have nothing but the name are noise.
    pointed = np.bincount(row[same & (likeness < Likeness.NAMESAKE)], minlength=len(lines.text)) > 0
    likeness[(likeness == Likeness.NAMESAKE) & pointed[row]] = Likeness.NONE
    columns = {"row": row + start, "person": person, "likeness": likeness, "slips": slips, "old_slips": old_slips}
    columns |= {"near": near, "place": place, "namesakes": namesakes}
    at = np.flatnonzero(likeness != Likeness.NONE)
    fewest = np.minimum(slips, old_slips)
    order = (residents.key[person], residents.gone[person], fewest, ~in_village, ~in_town, ~same_birth, likeness, row)
    at = at[np.lexsort([each[at] for each in order])]
    ranked = pd.DataFrame({name: each[at] for name, each in columns.items()})
    best: pd.DataFrame = ranked[(ranked.groupby("row").cumcount() < MOST).to_numpy()]
    return best


# ── how alike ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _near(pairs: Pairs, lines: Lines, residents: Residents, which: Flags) -> Flags:
    """Names one character apart: another one, or one missing."""
    at = np.flatnonzero(which & may_be_near(pairs, lines, residents))
    names = lines.name[pairs.row[at]].tolist(), residents.text("name", pairs.person[at]).tolist()
    near = np.zeros(len(which), np.bool_)
    near[at] = cpdist(*names, scorer=Levenshtein.distance, score_cutoff=1, dtype=np.uint8) == 1
    return near


def _slips(pairs: Pairs, lines: Lines, residents: Residents, which: Flags) -> Ints:
    """How many slips (up to _FAR) lie between the row's ID and the person's; of a number, in the digits it kept."""
    at = np.flatnonzero(which)
    row, ids = pairs.row[at], residents.text("citizen_id", pairs.person[at]).tolist()
    texts = lines.text[row].tolist()
    for place in np.flatnonzero(lines.by_number[row]).tolist():
        texts[place], ids[place] = _digits_kept(texts[place], ids[place])
    return _counted(len(which), at, texts, ids)


def _digits_kept(text: str, citizen_id: str) -> tuple[str, str]:
    """Of a number's digits the 15 that were kept, and what they were in this ID if one was left out or too many."""
    return (text[:15], citizen_id[: 33 - len(text)]) if len(text) in ONE_OFF else ("", citizen_id)


def _old_slips(pairs: Pairs, lines: Lines, residents: Residents, which: Flags) -> Ints:
    """As `_slips`, against the 15-digit ID, which only those born in 19xx had. A number keeps all of its digits."""
    comparable = np.where(lines.by_number, lines.length == 15, np.isin(lines.length, _TWO_OFF_15))
    at = np.flatnonzero(which & comparable[pairs.row] & (residents.key[pairs.person] // 10**9 % 100 == 19))
    old = [_old_form(each) for each in residents.text("citizen_id", pairs.person[at])]
    return _counted(len(which), at, lines.text[pairs.row[at]].tolist(), old)


def _old_form(citizen_id: str) -> str:
    return citizen_id[:6] + citizen_id[8:17]


def _counted(size: int, at: Ints, texts: list[str], ids: list[str]) -> Ints:
    slips = np.full(size, _FAR, np.int64)
    slips[at] = cpdist(texts, ids, scorer=OSA.distance, score_cutoff=_FAR - 1, dtype=np.uint8)
    return slips


def _kept(number: Ints, whole: Ints) -> Flags:
    """Whether an ID becomes the row's when it is saved as a number, one way or another.

    As a double; typed into a spreadsheet, which puts zeros after 15 digits; or by a writer that rounds to 16 or to 15.
    """
    double = whole.astype(np.float64).astype(np.int64)
    saved = (
        whole,
        whole // THOUSAND * THOUSAND,
        (double + 50) // 100 * 100,
        (double + THOUSAND // 2) // THOUSAND * THOUSAND,
    )
    becomes = [each.astype(np.float64) == number.astype(np.float64) for each in saved]
    kept: Flags = (number >= 0) & (whole >= 0) & np.logical_or.reduce(becomes)
    return kept


def _in_village(pairs: Pairs, lines: Lines, residents: Residents, in_town: Flags) -> Flags:
    """Whether the row states the person's village, in the person's town or without a town."""
    row, person = pairs.row, pairs.person
    at = np.flatnonzero((in_town | (lines.town == UNSTATED)[row]) & (lines.village != "")[row])
    theirs = (residents.text(column, person[at]) for column in ("village", "town"))
    places = list(zip(lines.village[row[at]], *theirs, strict=True))
    means = {place: _means_village(*place) for place in set(places)}
    inside = np.zeros(len(row), np.bool_)
    inside[at] = [means[place] for place in places]
    return inside


def _means_village(stated: str, own: str, town: str) -> bool:
    return means_village(stated, own, {town, re.sub("(镇|街道|乡)$", "", town)} - {""})


def _namesakes(row: Ints, same: Flags, in_town: Flags, in_village: Flags, lines: Lines) -> tuple[Texts, Ints]:
    """Where a row's namesakes are counted, and how many they are; 0 for people elsewhere.

    In the stated village, or if none of them lives there in the stated town; everywhere if no place is stated.
    """
    place, count = np.full(len(row), "", object), np.zeros(len(row), np.int64)
    counted = np.zeros(len(lines.text), np.bool_)
    unstated = ((lines.town == UNSTATED) & (lines.village == ""))[row]
    for name, inside in (("同村（居）", in_village), ("同镇（街道）", in_town), ("户籍库中", unstated)):
        here = same & inside & ~counted[row]
        number = np.bincount(row[here], minlength=len(counted))
        place[here], count[here] = name, number[row[here]]
        counted |= number > 0
    return place, count


def _with_holder(pairs: Pairs, lines: Lines, residents: Residents, which: Flags) -> Flags:
    """E202: whether the person lives in one household with the holder of the ID that the row gives."""
    at = np.flatnonzero(which & ((lines.code == "E202") & (lines.holder >= 0))[pairs.row])
    person, holder = pairs.person[at], lines.holder[pairs.row[at]]
    own, other = (plain_numbers(pd.Series(residents.text("household_no", who))) for who in (person, holder))
    together = ((own != "") & (own == other)).to_numpy()
    for column in ("town", "village"):
        together = together & (residents.text(column, person) == residents.text(column, holder))
    with_holder = np.zeros(len(which), np.bool_)
    with_holder[at] = together
    return with_holder


# ── why, in words ───────────────────────────────────────────────────────────────────────────────────────────────────


def _why(chosen: Any, lines: Lines) -> str:
    """The reason for one line of `_best` with citizen_id and status; also that the person is dead or gone."""
    text, citizen_id = lines.text[chosen.row], chosen.citizen_id
    name = "姓名差一个字，" if chosen.near else "原表没有姓名，" if lines.name[chosen.row] == "" else ""
    match chosen.likeness:
        case Likeness.SAME_ID if not lines.by_number[chosen.row]:
            why = "该号码登记为此人，姓名差一个字"
        case Likeness.SAME_ID | Likeness.NUMBER:
            why = name + _number_kept(text, citizen_id)
        case Likeness.NUMBER_SLIP:
            why = _number_slipped(text, citizen_id)
        case Likeness.ONE_SLIP | Likeness.TWO_SLIPS if chosen.old_slips < chosen.slips:
            why = "15位旧号码，" + slips_in_words(text, _old_form(citizen_id))
        case Likeness.ONE_SLIP | Likeness.TWO_SLIPS | Likeness.NEAR_NAME:
            why = name + slips_in_words(text, citizen_id)
        case Likeness.HOUSEHOLD:
            why = "姓名相同，与该号码登记的人同户"
        case Likeness.BIRTH:
            why = "姓名相同、出生日期相同"
        case Likeness.HOLDER:
            why = "该号码登记为此人，姓名不同"
        case _:
            why = f"姓名相同，{chosen.place}仅{chosen.namesakes}人"
    return why if chosen.status == LISTED else f"{why}；此人户籍状态为{chosen.status}"


def _number_kept(text: str, citizen_id: str) -> str:
    if len(text) == 15:
        return "15位旧号码，换算后与此号码一致"
    if text[15:] == "000" and text[:15] == citizen_id[:15]:
        return "前15位相同，末3位被Excel改成0"
    return "按数字保存后与此号码一致"


def _number_slipped(text: str, citizen_id: str) -> str:
    kept, expected = _digits_kept(text, citizen_id)
    lost = text[15:]
    end = f"末{len(lost)}位被Excel改成0" if set(lost) == {"0"} else f"末{len(lost)}位按数字保存时已改变"
    if kept.startswith(expected) or expected.startswith(kept):
        slip = "少一位" if len(kept) < len(expected) else "多一位"
        return f"前{min(len(kept), len(expected))}位相同，{slip}，{end}"
    return f"{slips_in_words(kept, expected, whole=False)}，{end}"


# ── slips, in words ─────────────────────────────────────────────────────────────────────────────────────────────────


def slips_in_words(text: str, citizen_id: str, *, whole: bool = True) -> str:
    """What was done to `citizen_id` to make `text` of it, shortest way: 第7、8位互换，少一位（第9位）.

    Positions are those of the right ID; of a character too many, that in `text`. `whole`: its end is the ID's end.
    """
    changed, missing, extra, words = [], [], [], []
    for kind, at in _edits(text, citizen_id):
        match kind:
            case "changed":
                changed.append(at)
            case "missing":
                missing.append(at)
            case "extra":
                extra.append(at)
            case _:
                last = whole and at + 1 == len(citizen_id)
                words.append("末位与倒数第二位互换" if last else f"第{at}、{at + 1}位互换")
    if changed:
        words.append(f"第{'、'.join(map(str, changed))}位不同")
    for kind, places in (("少", missing), ("多", extra)):
        if places:
            words.append(f"{kind}{'一' if len(places) == 1 else '两'}位（第{'、'.join(map(str, places))}位）")
    return "，".join(words)


def _edits(text: str, right: str) -> list[tuple[str, int]]:
    """The slips from `right` to `text` in order: exchanged, changed, missing (place in right), extra (in text)."""
    start = next((at for at, (a, b) in enumerate(zip(text, right, strict=False)) if a != b), min(len(text), len(right)))
    same_end = 0
    while same_end < min(len(text), len(right)) - start and text[-1 - same_end] == right[-1 - same_end]:
        same_end += 1
    a, b = text[start : len(text) - same_end], right[start : len(right) - same_end]
    cost = [[max(i, j) if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    exchanged = {
        (i, j) for i in range(2, len(a) + 1) for j in range(2, len(b) + 1) if a[i - 2 : i] == b[j - 2 : j][::-1]
    }
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost[i][j] = min(cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]), cost[i - 1][j] + 1, cost[i][j - 1] + 1)
            if (i, j) in exchanged:
                cost[i][j] = min(cost[i][j], cost[i - 2][j - 2] + 1)
    edits, i, j = [], len(a), len(b)
    while i or j:
        if i and j and a[i - 1] == b[j - 1] and cost[i][j] == cost[i - 1][j - 1]:
            i, j = i - 1, j - 1
        elif (i, j) in exchanged and cost[i][j] == cost[i - 2][j - 2] + 1:
            i, j = i - 2, j - 2
            edits.append(("exchanged", start + j + 1))
        elif i and j and cost[i][j] == cost[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
            edits.append(("changed", start + j + 1))
        elif j and cost[i][j] == cost[i][j - 1] + 1:
            j -= 1
            edits.append(("missing", start + j + 1))
        else:
            i -= 1
            edits.append(("extra", start + i + 1))
    return edits[::-1]


# ── what a row's category means ─────────────────────────────────────────────────────────────────────────────────────


def meant_categories(store: Store, rows: pd.DataFrame, policy: Policy) -> list[list[str]]:
    """Names of the categories that the 人员类别 of each of these roster rows (batch, sheet_no, row) resembles.

    The likeliest first; none where the sheet has no such column, the cell is empty, or nothing is like it.
    """
    stated: dict[tuple[int, int, int], str] = {}
    for batch in rows["batch"].unique().tolist():
        for sheet in store.sheet_records(batch):
            stated |= {(batch, sheet.sheet_no, row): text for row, text in _categories(sheet).items()}
    at = zip(rows["batch"].tolist(), rows["sheet_no"].tolist(), rows["row"].tolist(), strict=True)
    return [categories_like(stated.get(place, ""), policy) for place in at]


def _categories(sheet: SheetRecord) -> dict[int, str]:
    """Row → what stands in the sheet's category column."""
    words = load_headings()
    fields = [words.field_of(heading) for heading in sheet.headings]
    column = next((at for at, field in enumerate(fields) if field and field[0] == "category"), None)
    if column is None:
        return {}
    return dict(zip(sheet.cells["row"].tolist(), sheet.cells[str(column)].tolist(), strict=True))
