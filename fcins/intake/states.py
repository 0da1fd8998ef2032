"""What a row's own columns say of it: that it holds, that it no longer does, or something nobody understands. Pure.

Columns of states are 状态, 交易状态, 保障状态, 是否注销 …; there may be several, and all count. Their words are data
(headings.toml): a row that does not hold is E308. What is not understood is told (N104), and the row taken as it
stands. A remark (备注) that speaks of a death or a departure earns W208.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins import values
from fcins.headings import UNKNOWN, heading_key, load_headings
from fcins.intake.persons import Flaws
from fcins.notices import Notice
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

Flags = npt.NDArray[np.bool_]

_HOLD = ("holds", "again")
_YES, _NO = "是", "否"
_ROW = "row"
"""Of headings.toml the states of rows that hold, and the answers; and what a column is about that says no more."""

_ENDS = ("void", "back", "never", "left")
_DECIDES: dict[str, dict[str, tuple[str, ...]]] = {
    "payments": dict.fromkeys((_ROW, "payment"), ("void", "back", "never")),
    "enrolment": dict.fromkeys((_ROW, "life", "insurance"), _ENDS),
    "roster": dict.fromkeys((_ROW, "life", "benefit"), _ENDS),
    "households": dict.fromkeys((_ROW, "life"), _ENDS),
    "changes": {},
}
"""By kind of list, and by what a column is about: the states in which a row does not hold. Money that came in is not
gone because somebody left; somebody who has not paid yet belongs to their category all the same."""

_MOST_STATES = 256
"""A column in which more different texts stand is none of states."""

_MOST_QUOTED, _LONGEST_QUOTED = 3, 12


@dataclass(frozen=True)
class Stated:
    """What a sheet's columns say of each of its rows.

    `ended`: it does not hold. `back`: nor does it, for its money went back; but what a refund says is no more than that
    it is one. `remarked`: its remark speaks of an end. `headings`: those of the columns of states.
    """

    ended: Flags
    back: Flags
    remarked: Flags
    notices: tuple[Notice, ...]
    headings: frozenset[str]

    def note(self, flaws: Flaws, at: npt.NDArray[np.int64], asked: Flags | None = None) -> None:
        """Add E308 and W208 to rows (of `asked`, where not all are); `at`: where they stand in the sheet."""
        asked = np.ones(len(at), np.bool_) if asked is None else asked
        flaws.add("E308", asked & (self.ended | self.back)[at])
        flaws.add("W208", asked & self.remarked[at])


@dataclass(frozen=True)
class _Column:
    """A column of states: where it stands, its heading, what it is about, and what 是 means in it ("" unknown)."""

    at: int
    heading: str
    about: str
    of: str


def read_states(sheet: RawSheet, kind: str, policy: Policy, insured: bool = False) -> Stated:
    """What the columns of states and the remarks of a sheet say of its rows.

    `kind`: payments, enrolment, roster, households, or changes: they are about departures. `insured`: a roster of who
    is insured elsewhere, which those leave whose insurance ends.
    """
    decides = dict(_DECIDES[kind])
    if insured:
        decides["insurance"] = decides["life"]
    ended, back = np.zeros(len(sheet.rows), np.bool_), np.zeros(len(sheet.rows), np.bool_)
    notices = []
    columns = list(_columns(sheet, kind, policy))
    for column in columns:
        texts = sheet.rows[column.at].str.strip()
        state = _states(texts, column.of)
        ending = decides.get(column.about, ())
        ended |= np.isin(state, ending)
        back |= np.isin(state, ending) & (state == "back")
        settled = np.isin(state, [*_HOLD, "", *(ending or ("never",))])
        notices += _doubts(sheet, column, texts, ~settled, bool(ending))
    speaking = [flags for _, flags in remarks(sheet)] if kind != "changes" else []
    remarked = np.logical_or.reduce([np.zeros_like(ended), *speaking])
    notices += _other_years(sheet, kind, policy)
    return Stated(ended & ~back, back, remarked, tuple(notices), frozenset(column.heading for column in columns))


def _states(texts: "pd.Series[str]", of: str) -> npt.NDArray[np.object_]:
    """`state_of` of a column."""
    if texts.nunique() > _MOST_STATES:
        return np.where(texts == "", "", UNKNOWN).astype(object)
    return values.each_distinct(texts, lambda text: state_of(text, of))


def ending_cells(sheet: RawSheet) -> Iterator[tuple[int, Flags]]:
    """The columns of states of a sheet, each with the rows on which it says that something does not hold."""
    for column in _columns(sheet, "", None):
        yield column.at, np.isin(_states(sheet.rows[column.at].str.strip(), column.of), _ENDS)


def state_columns(sheet: RawSheet) -> list[int]:
    """Where the columns of states stand, whatever kind of list it is."""
    return [column.at for column in _columns(sheet, "", None)]


def state_of(text: str, of: str = "") -> str:
    """What a cell of a column of states says: holds, again, void, back, left, never, unclear; "" nothing, "?" unknown.

    `of`: what the heading asks (是否注销 → 注销): then 是 means that, and 否 the contrary.
    """
    headings = load_headings()
    column = pd.Series([text], dtype="str")
    if not text or headings.value("no_state", column)[0] != UNKNOWN:
        return ""
    found: str = headings.plainly("state", column)[0]
    if found == UNKNOWN:
        answer = headings.value("yes_no", column)[0]
        if answer != UNKNOWN:
            return _answered(answer == _YES, of)
        found = headings.contained("state_parts", text)
    return found


def _answered(yes: bool, of: str) -> str:
    """是 or 否 to what a heading asks."""
    asked = state_of(of) if of else UNKNOWN
    if asked in _HOLD:
        if yes:
            return asked
        denied = state_of("未" + of)
        return denied if denied in ("never", "left", "void") else "void"
    if asked in _ENDS:
        return asked if yes else "holds"
    return UNKNOWN


def _columns(sheet: RawSheet, kind: str, policy: Policy | None) -> Iterator[_Column]:
    """The columns of states of a sheet; not those that are known to say something else, or nothing of the row."""
    headings = load_headings()
    words = headings.words
    for at, (heading, name_and_slot) in enumerate(zip(sheet.own_headings, sheet.fields, strict=True)):
        found = headings.field_of(heading)
        name = name_and_slot[0] if name_and_slot else found[0] if found else ""
        of = _asked(heading)
        plain = name == "state"
        if name == "hukou_status":
            if kind in ("households", "changes"):
                continue
        elif not plain:
            if name or not _looks_like_state(heading):
                continue
            if any(word in heading for word in words["harmless_states"]):
                continue
            if policy is not None and of and policy.find_category(of):
                continue
        yield _Column(at, "".join(heading.split()), _about(heading), of)


def _looks_like_state(heading: str) -> bool:
    words, key = load_headings().words, heading_key(heading)
    return key.endswith(words["state_endings"]) or key.startswith(words["state_beginnings"])


def _asked(heading: str) -> str:
    """What a heading asks: 是否注销, 注销标志, 注销状态 → 注销; "" where it asks nothing."""
    words, key = load_headings().words, heading_key(heading)
    for beginning in words["state_beginnings"]:
        if key.startswith(beginning):
            return key.removeprefix(beginning)
    for ending in words["state_endings"]:
        if key.endswith(ending):
            return key.removesuffix(ending)
    return ""


def _about(heading: str) -> str:
    """What a column of states is about: payment, life, insurance, benefit, or the row as such."""
    words = load_headings().words
    for topic in ("payment", "insurance", "life", "benefit"):
        if any(word in heading for word in words[f"{topic}_states"]):
            return topic
    return _ROW


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────────────────


def _doubts(sheet: RawSheet, column: _Column, texts: pd.Series, where: Flags, decides: bool) -> list[Notice]:
    """What of a column decided nothing, and what was done with those rows."""
    at = np.flatnonzero(where)
    if not at.size:
        return []
    counts = texts.iloc[at].value_counts(sort=False)
    counts = counts.sort_values(ascending=False, kind="stable")
    rows = tuple(sheet.row_numbers[at].tolist()) if at.size * 2 <= len(texts) else ()
    if decides:
        consequence = f"看不懂是否有效，这{at.size}行照常计入；已经失效的，请写明停保、作废等再导入"
    else:
        consequence = f"与各行是否有效无关，没有采用，这{at.size}行照常计入；不该计入的，请删去"
    return [Notice("N104", f"“{column.heading}”一列{_quoted(counts)}，{consequence}", sheet.sheet, rows)]


def _quoted(counts: "pd.Series[int]") -> str:
    """写着“异常”2行、“挂起”1行. A text that is long or full of digits may be somebody's number: it is not repeated."""
    words = [
        f"“{text}”{count}行"
        for text, count in counts.items()
        if len(str(text)) <= _LONGEST_QUOTED and sum(map(str.isdigit, str(text))) < 5
    ][:_MOST_QUOTED]
    if not words:
        return f"有{len(counts)}种写法"
    more = "等" if len(words) < len(counts) else ""
    return f"写着{'、'.join(words)}{more}"


def _other_years(sheet: RawSheet, kind: str, policy: Policy) -> Iterator[Notice]:
    """A list that names another year than the fee year: told, not judged. A payment's year is what it was paid for."""
    if kind == "payments" or "fee_year" not in sheet.names:
        return
    texts = sheet.column("fee_year")
    year = values.years(texts)
    named = values.each_distinct(texts, lambda text: str(policy.fee_year) in values.plain(text), np.bool_)
    at = np.flatnonzero((year > 0) & ~named)
    if at.size:
        by_year = pd.Series(year[at]).value_counts(sort=False).sort_index()
        seen = "、".join(f"{number}年{count}行" for number, count in by_year.items())
        heading = sheet.headings[sheet.fields.index(("fee_year", 0))]
        rows = tuple(sheet.row_numbers[at].tolist()) if at.size * 2 <= len(texts) else ()
        yield Notice(
            "N303",
            f"“{heading}”一列写的不是{policy.fee_year}年（{seen}），照常计入；是往年名单的，请用 fcins withdraw 撤回",
            sheet.sheet,
            rows,
        )


# ── remarks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def remarks(sheet: RawSheet) -> Iterator[tuple[int, Flags]]:
    """The columns of remarks, each with the rows on which it speaks of a death, a departure, an end (remark_parts)."""
    headings = load_headings()
    for at, heading in enumerate(sheet.own_headings):
        found = headings.field_of(heading)
        if found and found[0] == "remark":
            yield at, _speaks_of_end(sheet.rows[at])


def _speaks_of_end(remarks: "pd.Series[str]") -> Flags:
    """Which remarks speak of a death, a departure, an end. Denied or doubted they do not: 未死亡."""
    headings = load_headings()
    words = [word for some in headings.values["remark_parts"].values() for word in some]
    # Remarks may all differ: only those that hold one of the words are read.
    texts = pa.chunked_array(pa.array(remarks)).combine_chunks()
    at = np.flatnonzero(pc.match_substring_regex(texts, "|".join(words)).to_numpy(zero_copy_only=False))
    flags = np.zeros(len(remarks), np.bool_)
    some = remarks.iloc[at]
    flags[at] = values.each_distinct(some, lambda text: headings.contained("remark_parts", text) != UNKNOWN, np.bool_)
    return flags
