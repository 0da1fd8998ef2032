"""Lines of the tax office's: which repeat each other, which contradict each other, which day each was paid on. Pure.

钱表相符, clause 六（二）: every line of every receipt counts once. A receipt may carry several people or both schemes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.findings import MONEY_WENT_BACK
from fcins.headings import BY_DEPARTMENT, load_headings
from fcins.policy.loading import Policy
from fcins.values import UNUSABLE_FEN, each_distinct

Fen = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DESTROYED = r"^[+-]?\d(?:\.\d+)?E\+\d+$|^\d\.\d+E\d+$|^\d{15}0{3,}$"
"""Of a receipt number that Excel has destroyed its first digits are left, or its first 15 with zeros after them."""

_LINE = ["receipt_no", "refund", "person", "scheme", "fee_year"]
"""What makes a line of a receipt: a refund is fed under the receipt of the payment that it takes back."""


def destroyed(receipts: "pd.Series[str]") -> Flags:
    """Which receipt numbers Excel has destroyed: 2.43705E+19, or 18 and more digits, all zeros from the 16th on."""
    flags: Flags = receipts.str.upper().str.match(_DESTROYED).to_numpy(np.bool_)
    return flags


def by_department(channels: "pd.Series[str]") -> Flags:
    """Which lines a department paid for people (财政代缴): theirs is no payment of a resident's."""
    flags: Flags = (load_headings().understood("channel", channels) == BY_DEPARTMENT).to_numpy(np.bool_)
    return flags


def counted_on(payments: pd.DataFrame, policy: Policy) -> "pd.Series[str]":
    """The day on which each line counts as paid (YYYY-MM-DD, "" unknown): 缴费日期, or the day the agent took it.

    [dates.payment_day]; clause 四（三）1: 集中征缴期内委托代收. `payments`: amount_fen, paid_on, collected_on. A refund
    counts on its own day; what an agent took after it came in does not count as taken.
    """
    collected, booked = payments["collected_on"], payments["paid_on"]
    counts = (collected != "") & ((booked == "") | (collected <= booked)) & (payments["amount_fen"] > 0)
    return booked.where(~counts, collected) if policy.collected_counts else booked


# ── the same line of the same receipt ───────────────────────────────────────────────────────────────────────────────


def lines_of_receipts(payments: pd.DataFrame, refunds_apart: bool = True) -> npt.NDArray[np.int64]:
    """A number for each line of a receipt (_LINE), the same where it comes again; -1 where it does not.

    `payments`: key, name, id_text, receipt_no, scheme, fee_year, amount_fen. Somebody without a usable ID is whoever
    bears the name on the same receipt. A receipt that Excel has destroyed is none. Unless `refunds_apart` a refund is
    of the line that it takes back.
    """
    numbers = np.full(len(payments), -1, np.int64)
    receipts = payments["receipt_no"]
    at = np.flatnonzero((receipts != "").to_numpy() & receipts.duplicated(keep=False).to_numpy())
    at = at[~destroyed(receipts.iloc[at])]
    if not at.size:
        return numbers
    rows = payments[["receipt_no", "scheme", "fee_year", "key", "name", "id_text"]].iloc[at].reset_index(drop=True)
    rows["refund"] = refunds_apart & (payments["amount_fen"].to_numpy()[at] < 0)
    rows["person"] = _persons(rows)
    numbers[at] = rows.groupby(_LINE, sort=False).ngroup().to_numpy()
    return numbers


def _persons(rows: pd.DataFrame) -> "pd.Series[Any]":
    """Who each line is about, as far as one receipt tells persons apart: the key, else a text."""
    person = rows["key"].astype(object)
    nobody = (rows["key"] == 0).to_numpy()
    if not nobody.any():
        return rows["key"]
    called = ("?" + rows["name"]).where(rows["name"] != "", "#" + rows["id_text"])
    person = person.where(~nobody, called)
    by_name = rows[~nobody].drop_duplicates(["receipt_no", "name"]).set_index(["receipt_no", "name"])["key"]
    named = by_name.reindex(pd.MultiIndex.from_frame(rows.loc[nobody, ["receipt_no", "name"]])).to_numpy()
    at = np.flatnonzero(nobody)[~pd.isna(named)]
    person.iloc[at] = named[~pd.isna(named)].astype(np.int64)
    return person


def repeated(payments: pd.DataFrame, line: npt.NDArray[np.int64]) -> Flags:
    """Which rows repeat another of the same line and amount: all but that of the earliest day. D602.

    `payments`: amount_fen, counted_on, paid_on, key, name, id_text; `line`: lines_of_receipts.
    """
    at = np.flatnonzero(line >= 0)
    rows = payments[["amount_fen", "counted_on", "paid_on", "key", "name", "id_text"]].iloc[at]
    rows = rows.assign(line=line[at], at=at, nobody=rows["key"] == 0)
    rows = rows[rows.duplicated(["line", "amount_fen"], keep=False)]
    rows = rows.sort_values(["counted_on", "paid_on", "nobody", "key", "name", "id_text"], kind="stable")
    flags = np.zeros(len(payments), np.bool_)
    flags[rows.loc[rows.duplicated(["line", "amount_fen"]), "at"].to_numpy()] = True
    return flags


def contradicted(payments: pd.DataFrame, line: npt.NDArray[np.int64]) -> Flags:
    """Which rows name another amount (amount_fen) than a further row of the same line. W209."""
    flags = np.zeros(len(payments), np.bool_)
    at = np.flatnonzero(line >= 0)
    amounts = payments["amount_fen"].iloc[at]
    flags[at] = (amounts.groupby(line[at]).transform("nunique") > 1).to_numpy()
    return flags


def settled(payments: pd.DataFrame, line: npt.NDArray[np.int64], due: Callable[[npt.NDArray[np.int64]], Fen]) -> Flags:
    """Which rows count, where rows of one line name different amounts: one of each line, whichever file came first.

    Of payments the amount that was due on that day if one of them is it, else the smaller; of refunds the one nearer to
    zero. `payments`: amount_fen, counted_on, paid_on; `due`: positions of rows → what was due, in fen.
    """
    counts = np.ones(len(payments), np.bool_)
    at = np.flatnonzero(contradicted(payments, line))
    if not at.size:
        return counts
    rows = payments[["amount_fen", "counted_on", "paid_on"]].iloc[at].assign(line=line[at], at=at)
    rows["other"] = rows["amount_fen"].to_numpy() != due(at)
    rows["size"] = rows["amount_fen"].abs()
    rows = rows.sort_values(["line", "other", "size", "counted_on", "paid_on"], kind="stable")
    counts[at] = False
    counts[rows.drop_duplicates("line")["at"].to_numpy()] = True
    return counts


def copies_without_number(payments: pd.DataFrame, spoilt: Flags, counts: Flags) -> Flags:
    """Which lines of destroyed receipts (`spoilt`) repeat a line of another file that `counts`. D602.

    The same person, scheme, fee year, amount and day stands there; each such line there accounts for one here. Two of
    one file are two payments. `payments`: batch, key, name, id_text, scheme, fee_year, amount_fen, paid_on.
    """
    flags, spoilt = np.zeros(len(payments), np.bool_), spoilt & counts
    if not spoilt.any():
        return flags
    person = payments["key"].astype(object).where(payments["key"] != 0, payments["name"] + "#" + payments["id_text"])
    alike = payments[["scheme", "fee_year", "amount_fen", "paid_on"]].assign(person=person)
    of = alike.groupby(list(alike.columns), sort=False).ngroup().to_numpy()
    asked = np.isin(of, of[spoilt]) & counts
    rows = pd.DataFrame({"of": of, "batch": payments["batch"].to_numpy(), "spoilt": spoilt})[asked]
    by_file = rows.groupby(["of", "batch"])["spoilt"].agg(["size", "sum"])
    whole = by_file["size"] - by_file["sum"]
    elsewhere = whole.groupby("of").transform("sum") - whole
    more = (by_file["sum"] - elsewhere).clip(lower=0)
    # Two files without numbers repeat each other, too: that with more lines to itself counts, of equals the first.
    fullest = more.reset_index(name="more").sort_values(["of", "more", "batch"], ascending=[True, False, True])
    kept = fullest.drop_duplicates("of").set_index(["of", "batch"])["more"]
    lost = rows[rows["spoilt"].to_numpy()]
    counting = kept.reindex(pd.MultiIndex.from_frame(lost[["of", "batch"]])).fillna(0).to_numpy()
    place = lost.groupby(["of", "batch"]).cumcount().to_numpy()
    flags[lost.index.to_numpy()] = place >= counting
    return flags


# ── rows that do not hold ───────────────────────────────────────────────────────────────────────────────────────────


def ended(payments: pd.DataFrame) -> Flags:
    """Which rows say themselves that they do not hold (E308), whatever else is wrong with them. `payments`: flaws."""
    return _with_flaw(payments, "E308")


def undone(payments: pd.DataFrame) -> Flags:
    """Which rows that hold are no money all the same, because of one that says that it does not. Whichever came first.

    A payment marked as paid back (已退费, 已冲正) is gone, and so is the same line where another file still has it. Its
    refund, where that stands in a row of its own, took back nothing else: it is never counted alone. That is the refund
    of its receipt, or one of the same person, scheme, year and amount that takes back no payment of its own receipt.
    `payments`: flaws, key, name, id_text, receipt_no, scheme, fee_year, amount_fen, paid_on.
    """
    flags = np.zeros(len(payments), np.bool_)
    dead = ended(payments)
    if not dead.any():
        return flags
    amount = payments["amount_fen"].to_numpy()
    rows = payments[["scheme", "fee_year", "paid_on", "receipt_no"]].assign(
        person=payments["key"].astype(object).where(payments["key"] != 0, payments["name"] + "#" + payments["id_text"]),
        line=lines_of_receipts(payments, refunds_apart=False),
        size=np.abs(amount),
        refund=amount < 0,
        dead=dead,
        back=_with_flaw(payments, MONEY_WENT_BACK),
        at=np.arange(len(payments)),
    )
    rows = rows[(rows["size"] < -UNUSABLE_FEN).to_numpy()]
    flags[_undone_on_receipts(rows[(rows["line"] >= 0).to_numpy()])] = True
    gone = flags[rows["at"].to_numpy()]
    flags[_undone_elsewhere(rows[~gone], rows.loc[gone & rows["refund"].to_numpy(), "line"])] = True
    return flags


def _undone_on_receipts(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Of rows on lines that come again (line): which are gone with one that does not hold."""
    of_amount = ["line", "size"]
    paid = ~rows["refund"]
    copies = paid & ~rows["dead"] & _as_on(rows, rows[paid & rows["back"]], of_amount)
    standing = rows[paid & ~rows["dead"] & ~copies]
    spent = rows[paid & rows["dead"]]
    refund = rows["refund"] & ~rows["dead"]
    taken = _as_on(rows, spent, ["line"]) & ~_as_on(rows, standing, ["line"])
    taken |= _as_on(rows, spent, of_amount) & ~_as_on(rows, standing, of_amount)
    return rows.loc[copies | (refund & taken), "at"].to_numpy()


def _undone_elsewhere(rows: pd.DataFrame, settled: "pd.Series[int]") -> npt.NDArray[np.int64]:
    """Refunds under another number, or none, of payments marked as paid back: one for each that is not `settled`."""
    alike = ["person", "scheme", "fee_year", "size"]
    paid = ~rows["refund"]
    back = rows[paid & rows["back"] & ~rows["line"].isin(settled)]
    own = rows["line"].isin(rows.loc[paid & ~rows["dead"] & (rows["line"] >= 0), "line"])
    refunds = rows[rows["refund"] & ~rows["dead"] & ~own]
    refunds = refunds[_as_on(refunds, back, alike).to_numpy()]
    if refunds.empty:
        return refunds["at"].to_numpy()
    # The same line in two files is one.
    count = back[~((back["line"] >= 0) & back.duplicated([*alike, "line"])).to_numpy()].groupby(alike).size()
    refunds = refunds.sort_values([*alike, "paid_on", "receipt_no", "at"], kind="stable")
    again = (refunds["line"] >= 0) & refunds.duplicated([*alike, "line"])
    place = (~again).groupby([refunds[name] for name in alike]).cumsum()
    most = count.reindex(pd.MultiIndex.from_frame(refunds[alike])).to_numpy()
    return refunds.loc[(place <= most).to_numpy(), "at"].to_numpy()


def _as_on(rows: pd.DataFrame, others: pd.DataFrame, columns: list[str]) -> "pd.Series[bool]":
    """Which rows agree with one of the others in these columns."""
    same = pd.MultiIndex.from_frame(rows[columns]).isin(pd.MultiIndex.from_frame(others[columns]))
    return pd.Series(same, index=rows.index)


def _with_flaw(payments: pd.DataFrame, code: str) -> Flags:
    return each_distinct(payments["flaws"], lambda text: code in text.split(), np.bool_)


# ── the day that fixes an age ───────────────────────────────────────────────────────────────────────────────────────


def first_days(payments: pd.DataFrame, fee_year: int) -> pd.DataFrame:
    """key, scheme, day: since when somebody has paid for a scheme of a fee year; nothing that was wholly paid back.

    `payments`: key, scheme, amount_fen, counted_on, receipt_no, fee_year. What a refund takes back is told by its
    receipt; of one under another number, by the day on which nothing was left.
    """
    ours = payments[((payments["fee_year"] == fee_year) & (payments["counted_on"] != "")).to_numpy()]
    ours = ours[["key", "scheme", "amount_fen", "counted_on", "receipt_no"]]
    person = ["key", "scheme"]
    back = pd.MultiIndex.from_frame(ours.loc[(ours["amount_fen"] < 0).to_numpy(), person])
    some_back = pd.MultiIndex.from_frame(ours[person]).isin(back)
    plain = ours[~some_back & (ours["amount_fen"] > 0).to_numpy()]
    stays = pd.concat([plain, _not_paid_back(ours[some_back])]) if some_back.any() else plain
    stays = stays.sort_values("counted_on", kind="stable").drop_duplicates(person)
    return stays[[*person, "counted_on"]].rename(columns={"counted_on": "day"})


def _not_paid_back(rows: pd.DataFrame) -> pd.DataFrame:
    """Of people to whom money went back: the payments made since the last day on which nothing of theirs was here."""
    # The refund of another number than its payment's is left, to be counted by its day.
    of_receipt = rows.groupby(["key", "scheme", "receipt_no"])["amount_fen"]
    settled_up = (rows["receipt_no"] != "") & (of_receipt.transform("sum") <= 0) & (of_receipt.transform("max") > 0)
    rows = rows[~settled_up.to_numpy()]
    by_day = rows.groupby(["key", "scheme", "counted_on"], as_index=False)["amount_fen"].sum()
    by_day["left"] = by_day.groupby(["key", "scheme"])["amount_fen"].cumsum()
    none_left = by_day[(by_day["left"] <= 0).to_numpy()].groupby(["key", "scheme"])["counted_on"].max()
    since = none_left.reindex(pd.MultiIndex.from_frame(rows[["key", "scheme"]])).fillna("").to_numpy()
    stays: pd.DataFrame = rows[((rows["amount_fen"] > 0) & (rows["counted_on"] > since)).to_numpy()]
    return stays
