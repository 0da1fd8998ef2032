"""Charges × payments → what each person owed and paid for each scheme, one status each. Pure, but `reconciliation_of`.

钱表相符, clause 六（二）: every receipt counts once, whatever became of its row at import, so that the amounts of the
statuses add up to what was received, to the fen. Nothing here depends on when a file was imported.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins import identity
from fcins.analysis.coverage import PAID_UP, UNPAID
from fcins.analysis.district import District
from fcins.assessment import liability, receipts
from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL, Assessment
from fcins.assessment.due_days import MEDICAL, Awaited, due_on_days, medical_awaited, paid_by_others, scheme_places
from fcins.assessment.liability import SCHEMES, Flags
from fcins.figures import plain_yuan
from fcins.findings import CATALOGUE
from fcins.headings import BY_DEPARTMENT
from fcins.policy.loading import Policy
from fcins.values import UNUSABLE_FEN, days

STRANGER, NOT_DUE, TWICE, OVER = "不在户籍库", "无需缴费而缴", "重复缴费", "多缴"
EARLY, SHORT = "提前缴费", "少缴"
OWN_STATUSES = (STRANGER, NOT_DUE, TWICE, OVER, EARLY, PAID_UP, SHORT, UNPAID)
"""A person has one status for each scheme: the first that fits."""

DEPARTMENT_DIFFERS = "财政代缴与应缴不符"
STATUSES = (*OWN_STATUSES, BY_DEPARTMENT, DEPARTMENT_DIFFERS)
"""What a department paid for somebody has a line of its own: within what others pay for them, or beyond it."""

SAME_RECEIPT, OTHER_OF_RECEIPT = "凭证号重复", "凭证号重复，但金额不同"
NO_AMOUNT, NO_SCHEME, OTHER_YEAR = "金额无法使用", "险种不能识别", "其他年度"
ENDED, UNDONE = "本行已失效", "与已失效的一行是同一笔钱"
"""Why a row of the tax office's is no payment of this year."""

LINE_COLUMNS = [
    "person", "scheme", "town", "village", "name", "citizen_id", "due_fen", "asked_fen", "paid_fen", "status",
    "payments", "first_on", "last_on", "outside_window", "waiting", "covered_from", "remark",
]  # fmt: skip
"""person: position in the assessment, -1 for a stranger; due: of the person, or (BY_DEPARTMENT, DEPARTMENT_DIFFERS) of
those who pay for them; asked: what was due on the day of payment, more than due only if somebody paid early; payments:
how many; first_on, last_on (the days that count), covered_from: NaT if there is none."""

PAYMENT_COLUMNS = [
    "batch", "seq", "sheet_no", "row", "name", "id_text", "citizen_id", "key", "flaws", "town", "village", "scheme",
    "amount_fen", "paid_on", "collected_on", "channel", "receipt_no", "agent", "fee_year",
]  # fmt: skip
"""The columns of a payment fact that reconciling needs."""

Fen = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Reconciled:
    """`lines`: LINE_COLUMNS, a line per person and scheme with something due or paid, strangers last.

    `payments`: the payment facts with `line` (position in `lines`, -1 where not counted), `left_out` (why not, or ""),
    `day` (the day that counts, NaT where unknown), by_department, and `due_on_day_fen`: what a resident owed on that
    day; town and village are the resident's, or as the row states them.
    """

    lines: pd.DataFrame
    payments: pd.DataFrame

    def among(self, towns: Collection[str]) -> "Reconciled":
        """The lines of these towns with their payments, and the payments of these towns that do not count."""
        kept = self.lines["town"].isin(towns).to_numpy()
        line = self.payments["line"].to_numpy()
        paid = np.where(line >= 0, np.append(kept, False)[line], self.payments["town"].isin(towns).to_numpy())
        place = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        payments = self.payments.assign(line=place[line])[paid].reset_index(drop=True)
        return Reconciled(self.lines[kept].reset_index(drop=True), payments)


def reconcile(
    assessment: Assessment,
    payments: pd.DataFrame,
    findings: pd.DataFrame,
    memberships: pd.DataFrame,
    policy: Policy,
) -> Reconciled:
    """Every payment held against what was due. Clauses 四（二）, 四（四）4, 六（二）.

    `payments`: PAYMENT_COLUMNS and verdict, every fact of the tax office's files in the order they came; `findings`:
    FINDING_COLUMNS of them; `memberships`: as `assess` takes them.
    """
    people = assessment.people
    payments = payments.assign(
        counted_on=receipts.counted_on(payments, policy), by_department=receipts.by_department(payments["channel"])
    )
    day, person = days(payments["counted_on"]), _persons(payments, people)
    scheme = scheme_places(payments["scheme"])
    known = np.where(scheme < 0, -1, person)
    department = payments["by_department"].to_numpy()
    own = np.where(department, -1, known)
    awaited = medical_awaited(assessment, own[(own >= 0) & (scheme == MEDICAL)], memberships, policy)
    due = due_on_days(assessment, awaited, policy, own, scheme, day)
    due = np.where(department, paid_by_others(assessment, known, scheme), due)
    why = left_out(payments, due, policy)
    at = np.flatnonzero(why == "")
    money = _Money(payments["amount_fen"].to_numpy()[at], day[at])
    entry = np.where(person[at] >= 0, person[at] * len(SCHEMES) + scheme[at], -1)
    resident, others = (entry >= 0) & ~department[at], (entry >= 0) & department[at]
    lines, place = _resident_lines(assessment, money.some(resident), entry[resident], awaited, memberships, policy)
    of_departments, own = _department_lines(assessment, money.some(others), entry[others])
    line = np.empty(len(entry), np.int64)
    line[resident], line[others] = place[entry[resident]], len(lines) + own
    lines = pd.concat([lines, of_departments], ignore_index=True) if len(of_departments) else lines
    strangers, own = _stranger_lines(payments.iloc[at[entry < 0]], money.some(entry < 0), findings)
    line[entry < 0] = len(lines) + own
    lines = pd.concat([lines, strangers], ignore_index=True) if len(strangers) else lines
    late = ~others & (money.day > np.datetime64(policy.dates.window.end, "D")) & (money.amount > 0)
    lines["outside_window"] = np.bincount(line[late], minlength=len(lines)) > 0
    whole = np.full(len(payments), -1, np.int64)
    whole[at] = line
    payments = payments.assign(line=whole, left_out=why, day=day, due_on_day_fen=due)
    apart = np.flatnonzero((why != "") & (person >= 0))
    for field in ("town", "village"):
        payments.loc[payments.index[apart], field] = people[field].to_numpy(dtype=object)[person[apart]]
    return Reconciled(lines[LINE_COLUMNS], payments)


def left_out(payments: pd.DataFrame, due: Fen, policy: Policy) -> npt.NDArray[Any]:
    """Why each row of the tax office's is no payment of this year; "" for rows that count.

    A line of a receipt counts once: its accepted row, or else the earliest; of two amounts the one that `due` (what was
    due on that day, by row), or else the smaller (receipts.settled). A receipt and its refund are two payments. A row
    that says itself that it does not hold (E308) is none, whatever else decided about it.
    """
    usable = (payments["amount_fen"] != UNUSABLE_FEN).to_numpy()
    ended, undone = receipts.ended(payments), receipts.undone(payments)
    money = usable & ~ended & ~undone
    counts, same = np.zeros(len(payments), np.bool_), np.zeros(len(payments), np.bool_)
    counts[money], same[money] = _counting(payments[money].reset_index(drop=True), due[money])
    known_scheme = payments["scheme"].isin(SCHEMES).to_numpy()
    this_year = (payments["fee_year"] == policy.fee_year).to_numpy()
    reasons = [NO_AMOUNT, ENDED, UNDONE, SAME_RECEIPT, OTHER_OF_RECEIPT, NO_SCHEME, OTHER_YEAR]
    return np.select([~usable, ended, undone, ~counts & same, ~counts, ~known_scheme, ~this_year], reasons, "").astype(
        object
    )


def _counting(rows: pd.DataFrame, due: Fen) -> tuple[Flags, Flags]:
    """Which rows count; and of the others which name the amount of the row that stands for them."""
    rank = rows["verdict"].map({"accepted": 0, "rejected": 1, "duplicate": 2}).to_numpy(np.int64)
    line = receipts.lines_of_receipts(rows)
    best = np.full(line.max(initial=-1) + 1, rank.max(initial=0))
    np.minimum.at(best, line[line >= 0], rank[line >= 0])
    counts = (rank < 2) & ((line < 0) | (rank == np.append(best, 0)[line]))
    at = np.flatnonzero(counts & (line >= 0))
    at = at[~receipts.repeated(rows.iloc[at], line[at])]
    at = at[receipts.settled(rows.iloc[at], line[at], lambda some: due[at[some]])]
    counts &= line < 0
    counts[at] = True
    returned = rank == 1
    counts &= ~receipts.copies_without_number(rows, returned & receipts.destroyed(rows["receipt_no"]), counts)
    amount = rows["amount_fen"].to_numpy()
    of_line = np.zeros(len(best) + 1, np.int64)
    of_line[line[at]] = amount[at]
    return counts, (line < 0) | (amount == of_line[line])


def _persons(payments: pd.DataFrame, people: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Who paid: the position of the resident with this ID and name, -1 for a stranger (E101 to E112, E202, E601)."""
    at = pd.Index(people["key"]).get_indexer(payments["key"])
    at = np.where(payments["key"] == 0, -1, at)
    names = np.append(people["name"].to_numpy(dtype=object), "")
    same: Flags = names[at] == payments["name"].to_numpy(dtype=object)
    return np.where(same, at, -1)


@dataclass(frozen=True)
class _Money:
    """Payments: `amount` in fen, a refund below 0, and `day`, NaT where unknown."""

    amount: Fen
    day: Days

    def some(self, which: Flags) -> "_Money":
        """Those marked."""
        return _Money(self.amount[which], self.day[which])


# ── residents ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Paid:
    """What was paid for each entry (person × scheme): net, in how many payments, from which day to which."""

    net: Fen
    count: Fen
    first: Days
    last: Days


def _resident_lines(
    assessment: Assessment,
    money: _Money,
    entry: npt.NDArray[np.int64],
    awaited: Awaited,
    memberships: pd.DataFrame,
    policy: Policy,
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The residents' lines (LINE_COLUMNS but outside_window), and for each entry its line, -1 for none."""
    people = assessment.people
    due = _interleaved([assessment.amounts(scheme, PERSONAL) for scheme in SCHEMES])
    paid = _paid(money, entry, len(due))
    before = _before_birthday(awaited, money, entry, paid)
    asked = np.maximum(due, before)
    too_soon = _before_of_age(assessment, money, entry, memberships, policy)
    status = _status(due, asked, before > 0, too_soon, money.amount, entry, paid)

    here = np.flatnonzero((due != 0) | (paid.count != 0))
    person, scheme = np.divmod(here, len(SCHEMES))
    place = np.full(len(due), -1, np.int64)
    place[here] = np.arange(len(here))
    lines = people[["town", "village", "name", "citizen_id", "remark"]].iloc[person].reset_index(drop=True)
    lines["person"], lines["scheme"] = person, np.array(SCHEMES, dtype=object)[scheme]
    lines["due_fen"], lines["asked_fen"] = due[here], asked[here]
    lines["paid_fen"], lines["payments"] = paid.net[here], paid.count[here]
    lines["first_on"], lines["last_on"] = paid.first[here], paid.last[here]
    lines["status"] = status[here]
    undated = np.zeros(len(lines), np.bool_)
    undated[place[entry[np.isnat(money.day)]]] = True
    lines["remark"] = lines["remark"].mask(undated, lines["remark"] + "；" + CATALOGUE["E307"].problem)
    lines["remark"] = lines["remark"].str.removeprefix("；")
    lines["waiting"], lines["covered_from"] = _waiting(lines, money, place[entry], policy)
    return lines, place


def _interleaved(by_scheme: list[Fen]) -> Fen:
    return np.stack(by_scheme, axis=1).reshape(-1)


def _paid(money: _Money, entry: npt.NDArray[np.int64], size: int) -> _Paid:
    """The payments of each entry together; refunds (below 0) net out."""
    net, count = np.zeros(size, np.int64), np.bincount(entry, minlength=size)
    np.add.at(net, entry, money.amount)
    day = money.day
    order = np.flatnonzero(~np.isnat(day) & (money.amount > 0))
    order = order[np.argsort(day[order], kind="stable")]
    first, last = np.full(size, "NaT", "datetime64[D]"), np.full(size, "NaT", "datetime64[D]")
    last[entry[order]] = day[order]  # the latest is written last
    first[entry[order[::-1]]] = day[order[::-1]]
    return _Paid(net, count.astype(np.int64), first, last)


def _status(
    due: Fen, asked: Fen, early: Flags, too_soon: Flags, amount: Fen, entry: npt.NDArray[np.int64], paid: _Paid
) -> npt.NDArray[Any]:
    """The status of each entry. `asked`: what was due when they paid, more than `due` if they paid early; `too_soon`:
    nothing is due because they paid before they were of age. Who owes nothing has not paid more than they owe."""
    full = np.bincount(entry[amount >= np.maximum(asked[entry], 1)], minlength=len(due))
    net = paid.net
    fits = [
        too_soon & (net > 0),
        (asked == 0) & (net > 0),
        (asked > 0) & (net >= 2 * asked) & (full >= 2),
        (net > asked) & (due > 0),
        net > asked,
        early,
        net == due,
        net != 0,
    ]
    return np.select(fits, [EARLY, NOT_DUE, TWICE, OVER, NOT_DUE, EARLY, PAID_UP, SHORT], UNPAID).astype(object)


def _before_birthday(awaited: Awaited, money: _Money, entry: npt.NDArray[np.int64], paid: _Paid) -> Fen:
    """四（四）4: for each medical entry paid early, what was due before the birthday; 0 for all others.

    Early: a birthday in the window makes medical cheaper, and more than the lower amount came in before that day.
    """
    before = np.zeros(len(paid.net), np.int64)
    for_medical = (entry % len(SCHEMES) == MEDICAL) & (money.amount > 0)
    if not awaited.person.size:
        return before
    own = awaited.places(entry[for_medical] // len(SCHEMES))
    day, amount = money.day[for_medical], money.amount[for_medical]
    soon = (own >= 0) & (day < awaited.birthday[own])
    came_in = np.zeros(len(awaited.person), np.int64)
    np.add.at(came_in, own[soon], amount[soon])
    at, higher, lower = awaited.person * len(SCHEMES) + MEDICAL, awaited.before_fen, awaited.from_fen
    early = awaited.waits & (higher > lower) & (came_in > lower) & (paid.net[at] > lower)
    before[at] = np.where(early, higher, 0)
    return before


def _before_of_age(
    assessment: Assessment, money: _Money, entry: npt.NDArray[np.int64], memberships: pd.DataFrame, policy: Policy
) -> Flags:
    """四（四）4: who paid for pension before the birthday from which it is due, where the day of payment fixes the age.

    Had they waited, their tier would be due. Where ages are taken on one day for all, it is due all the same.
    """
    flags = np.zeros(len(assessment.people) * len(SCHEMES), np.bool_)
    for_pension = entry[(entry % len(SCHEMES) == SCHEMES.index("pension")) & (money.amount > 0)]
    if not policy.by_payment or not for_pension.size:
        return flags
    at = np.unique(for_pension)
    payers = assessment.people.iloc[at // len(SCHEMES)].reset_index(drop=True)
    as_unpaid = liability.population(payers, memberships, policy)
    of_age = identity.birthdays(as_unpaid.births, np.full(len(at), policy.pension.liable.min_age, np.int16))
    paid = _paid(money, entry, len(flags))
    flags[at] = liability.pension_liable(as_unpaid) & (paid.first[at] < of_age)
    return flags


# ── what departments paid ───────────────────────────────────────────────────────────────────────────────────────────


def _department_lines(
    assessment: Assessment, money: _Money, entry: npt.NDArray[np.int64]
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Lines of what departments paid, one per person and scheme, put to those who pay for them in the charges' order.

    Gives the lines, and for each payment its line among them. 五（二）: what a department pays goes to no resident.
    """
    here, at = np.unique(entry, return_inverse=True)
    person, scheme = np.divmod(here, len(SCHEMES))
    paid, due = _paid(money, at.astype(np.int64), len(here)), paid_by_others(assessment, person, scheme)
    lines = assessment.people[["town", "village", "name", "citizen_id"]].iloc[person].reset_index(drop=True)
    return lines.assign(
        person=person, scheme=np.array(SCHEMES, dtype=object)[scheme], due_fen=due, asked_fen=due, paid_fen=paid.net,
        payments=paid.count, first_on=paid.first, last_on=paid.last, waiting=False,
        status=np.where(paid.net > due, DEPARTMENT_DIFFERS, BY_DEPARTMENT).astype(object),
        covered_from=np.full(len(here), "NaT", "datetime64[D]"),
        remark=_put_to_payers(assessment, person, scheme, paid.net),
    ), at  # fmt: skip


def _put_to_payers(
    assessment: Assessment, person: npt.NDArray[np.int64], scheme: npt.NDArray[np.int64], paid: Fen
) -> list[str]:
    """Which payer's amount each sum is, in words: 区财政190元、东村集体100元; and what is left over."""
    charges = assessment.charges
    wanted = np.isin(charges["person"].to_numpy(), person) & (charges["role"] == PAID_BY_OTHERS).to_numpy()
    by_line: dict[tuple[int, str], list[tuple[str, int]]] = {}
    columns = charges.loc[wanted, ["person", "scheme", "payer", "amount_fen"]]
    for of, name, payer, amount in columns.itertuples(index=False, name=None):
        by_line.setdefault((of, name), []).append((payer, amount))
    remarks = []
    for of, place, sum_fen in zip(person.tolist(), scheme.tolist(), paid.tolist(), strict=True):
        left, parts = sum_fen, []
        for payer, amount in by_line.get((of, SCHEMES[place]), []):
            if left > 0:
                parts.append(f"{payer}{plain_yuan(min(left, amount))}")
                left -= amount
        parts += [f"没有对应的出资方{plain_yuan(left)}"] if left > 0 else []
        remarks.append("、".join(parts))
    return remarks


def _waiting(lines: pd.DataFrame, money: _Money, line: npt.NDArray[np.int64], policy: Policy) -> tuple[Flags, Days]:
    """四（二）: whose medical was not paid in full before the waiting period, and from which day they are covered.

    People who have not paid all of it wait without a day.
    """
    covered = np.full(len(lines), "NaT", "datetime64[D]")
    rule, day = policy.dates.waiting, money.day
    owes = ((lines["scheme"] == "medical") & (lines["due_fen"] > 0)).to_numpy()
    late = np.unique(line[(day >= np.datetime64(rule.start)) & (money.amount > 0)])
    concerned = np.zeros(len(lines), np.bool_)
    concerned[late] = owes[late]
    of_concerned = concerned[line]
    by_day = pd.DataFrame({"line": line[of_concerned], "day": day[of_concerned], "paid": money.amount[of_concerned]})
    by_day = by_day.groupby(["line", "day"])["paid"].sum().reset_index()
    by_day["stays"] = by_day.groupby("line")["paid"].cumsum() >= lines["due_fen"].to_numpy()[by_day["line"]]
    # The day since when it has been paid in full: a payment that was taken back does not count.
    by_day["stays"] = by_day[::-1].astype({"stays": "int64"}).groupby("line")["stays"].cummin()
    full = by_day[by_day["stays"] == 1].drop_duplicates("line")
    paid_up_on = np.full(len(lines), "NaT", "datetime64[D]")
    paid_up_on[full["line"].to_numpy()] = full["day"].to_numpy().astype("datetime64[D]")
    waiting = concerned & (np.isnat(paid_up_on) | (paid_up_on >= np.datetime64(rule.start)))
    covered[waiting] = paid_up_on[waiting] + np.timedelta64(timedelta(days=rule.days))
    return waiting, covered


# ── strangers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _stranger_lines(
    rows: pd.DataFrame, money: _Money, findings: pd.DataFrame
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Lines of payments by nobody in the households: one per ID, name and scheme; a payment without an ID is its own.

    Gives the lines, and for each payment its line among them.
    """
    alone = (rows["id_text"] == "").to_numpy()
    own = np.where(alone, np.arange(len(rows)), -1)
    at, _ = pd.factorize(pd.MultiIndex.from_arrays([rows["id_text"], rows["name"], rows["scheme"], own]))
    count = at.max(initial=-1) + 1
    first = np.full(count, len(rows))
    np.minimum.at(first, at, np.arange(len(rows)))
    paid = _paid(money, at, count)
    lines = rows[["town", "village", "name", "scheme"]].iloc[first].reset_index(drop=True)
    whole = rows["citizen_id"].where(rows["citizen_id"] != "", rows["id_text"])
    none = np.full(count, "NaT", "datetime64[D]")
    codes = findings[findings["code"].str.startswith("E").to_numpy()].drop_duplicates(["batch", "seq"])
    first_code = codes.set_index(["batch", "seq"])["code"]
    places = pd.MultiIndex.from_frame(rows[["batch", "seq"]].iloc[first])
    remark = [CATALOGUE[code].problem for code in first_code.reindex(places)]
    return lines.assign(
        person=-1, citizen_id=whole.iloc[first].to_numpy(), status=STRANGER, due_fen=0, asked_fen=0,
        paid_fen=paid.net, payments=paid.count, first_on=paid.first, last_on=paid.last, waiting=False,
        covered_from=none, remark=remark,
    ), at  # fmt: skip


# ── of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────────


def reconciliation_of(district: District) -> Reconciled:
    """Every payment of a district held against what was due; a corrected row counts as it was corrected."""
    facts = district.answered.standing(district.store.facts("payment_facts", PAYMENT_COLUMNS))
    verdicts = district.verdicts_of("payments").set_index(["batch", "seq"])["verdict"]
    payments = facts.assign(verdict=verdicts.reindex(pd.MultiIndex.from_frame(facts[["batch", "seq"]])).to_numpy())
    findings = district.payments.findings
    return reconcile(district.assessment, payments, findings, district.rosters.holding, district.policy)
