"""reconcile, whole columns, against the issue's words read literally, one payment and one person at a time."""

import tomllib
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import literal
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets import person as invented

from fcins.analysis.reconciliation import STATUSES, Reconciled, reconcile
from fcins.assessment import receipts
from fcins.assessment.charges import assess
from fcins.assessment.judging import judge_payments
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import Residents
from fcins.assessment.verdicts import FINDING_SCHEMA
from fcins.frames import empty
from fcins.policy.loading import load_policy

POLICIES = ["fengcheng-2024", "example-quota-district"]
TOML = {
    name: tomllib.loads((Path(__file__).parents[2] / "fcins" / "policies" / f"{name}.toml").read_text("utf-8"))
    for name in POLICIES
}
few = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@dataclass(frozen=True)
class Row:
    """A row of the tax office's. `who`: a resident's number, or one beyond the last for a stranger. `state`: what the
    row says of itself, 成功, 失败 or 已退费."""

    who: int
    named: bool
    scheme: str
    fen: int
    day: date
    receipt: str
    year: int
    state: str = "成功"

    @property
    def dead(self) -> bool:
        """It says that it does not hold. A refund says 已退费 of what it is."""
        return self.state == "失败" or (self.state == "已退费" and self.fen > 0)


@st.composite
def districts(draw: st.DrawFn) -> tuple[str, list[literal.Person], list[Row]]:
    """A policy, some people about the ages at which it changes something, and payments round the days that matter."""
    name = draw(st.sampled_from(POLICIES))
    toml, year = TOML[name], TOML[name]["fee_year"]
    window = toml["dates"]["window"]
    ages = [16, 60, 65, 70, 80]
    birth = st.builds(
        lambda years, day: literal.birthday(day, day.year - years),
        st.sampled_from(ages),
        st.dates(window["from"] - timedelta(5), date(year - 1, 12, 31)),
    ) | st.dates(date(1940, 1, 1), date(2020, 1, 1))
    codes = st.sampled_from(["dibao", "tekun", "employee_medical", "student", "other_pension"])
    people = st.lists(
        st.builds(
            literal.Person,
            birth=birth,
            status=st.sampled_from(["正常"] * 5 + ["死亡", "迁出"]),
            categories=st.frozensets(codes, max_size=1),
            offers=st.sampled_from([(), (), (("东村集体", 10_000),)]),
            tier=st.sampled_from([0, 30_000, 80_000] if name != POLICIES[0] else [0, 35_000, 50_000]),
        ),
        min_size=1,
        max_size=6,
    )
    found = draw(people)
    days = [window["from"], window["to"], window["to"] + timedelta(1), toml["dates"]["waiting"]["from"]]
    days += [literal.birthday(each.birth, year - 1) + timedelta(shift) for each in found for shift in (-1, 0)]
    amounts = st.sampled_from([38_000, 19_000, 40_000, 20_000, 18_000, 35_000, 50_000, -38_000, -19_000, 1])
    row = st.builds(
        Row,
        who=st.integers(0, len(found)),
        named=st.sampled_from([True] * 6 + [False]),
        scheme=st.sampled_from(["medical", "medical", "pension"]),
        fen=amounts,
        day=st.sampled_from(days),
        receipt=st.sampled_from(["", "", "R1", "R2", "R3", "R4"]),
        year=st.sampled_from([year] * 6 + [year - 1]),
        state=st.sampled_from(["成功"] * 6 + ["失败", "已退费"]),
    )
    return name, found, draw(st.lists(row, max_size=14))


# ── read literally ──────────────────────────────────────────────────────────────────────────────────────────────────


def citizen_id(people: list[literal.Person], who: int) -> str:
    return invented(people[who].birth, 1 + who) if who < len(people) else invented("1999-09-09", 400)


def accepted(people: list[literal.Person], row: Row) -> bool:
    return row.who < len(people) and row.named and not row.dead and people[row.who].status == "正常"


def standing(people: list[literal.Person], rows: list[Row]) -> list[Row]:
    """Without the rows that say that they do not hold, and what goes with them: the same line where another row still
    has it, and the refund of what was paid back."""

    def line(row: Row) -> tuple[object, ...]:
        return (row.receipt, row.who, row.scheme, row.year) if row.receipt else (id(row),)

    def alike(row: Row) -> tuple[object, ...]:
        return row.who, row.scheme, row.year, abs(row.fen)

    dead = [row for row in rows if row.dead and row.fen > 0]
    gone_back = [row for row in dead if row.state == "已退费"]
    left = [row for row in rows if not row.dead]
    left = [row for row in left if row.fen < 0 or (line(row), row.fen) not in {(line(x), x.fen) for x in gone_back}]

    def takes_back(refund: Row) -> bool:
        of_line = [row for row in left if row.fen > 0 and line(row) == line(refund)]
        lost = [row for row in dead if line(row) == line(refund)]
        same = any(row.fen == -refund.fen for row in lost) and all(row.fen != -refund.fen for row in of_line)
        return bool(lost and not of_line) or same

    taken = [row for row in left if row.fen < 0 and takes_back(row)]
    waiting = {(alike(row), line(row)) for row in gone_back if line(row) not in map(line, taken)}
    payments = {line(row) for row in left if row.fen > 0}
    left = [row for row in left if row not in taken]
    for refund in sorted(left, key=lambda row: (row.day, row.receipt)):
        if refund.fen > 0 or line(refund) in payments:
            continue
        again = [row for row in taken if row.receipt and line(row) == line(refund) and row.fen == refund.fen]
        pair = next((each for each in waiting if each[0] == alike(refund)), None)
        if again or pair:
            taken.append(refund)
            left = [row for row in left if row is not refund]
            if not again:
                waiting.discard(pair)
    return left


def counted(people: list[literal.Person], rows: list[Row], toml: dict[str, Any]) -> list[Row]:
    """This year's payments, each line of a receipt once: of its rows one that holds; of two amounts what was due on
    that day, else the smaller; of one amount the earliest."""
    in_order = sorted(
        standing(people, rows),
        key=lambda row: (row.day, citizen_id(people, row.who), not row.named, row.scheme, row.fen),
    )
    lines: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for at, row in enumerate(in_order):
        line = (row.receipt, row.fen < 0, row.who, row.scheme, row.year)
        lines[line if row.receipt else (at,)].append(row)
    best = {line: [row for row in of if accepted(people, row)] or of for line, of in lines.items()}

    def smaller(of: list[Row]) -> Row:
        return min(of, key=lambda row: abs(row.fen))

    # Where the day of payment fixes the age, that is asked before it is known which amount holds.
    paid = [smaller(of) for of in best.values()]

    def was_due(row: Row) -> bool:
        if row.who == len(people) or not row.named:
            return False
        person = people[row.who]
        holding = [(each.scheme, each.day, each.fen, each.year) for each in paid if each.who == row.who and each.named]
        person = replace(person, payments=tuple(holding) if person.status == "正常" else ())
        return row.fen == due_on(person, row.scheme, row.day, toml)

    found = [smaller([row for row in of if was_due(row)] or of) for of in best.values()]
    return [row for row in found if row.year == toml["fee_year"]]


def own(person: literal.Person, scheme: str, toml: dict[str, Any]) -> int:
    """What the person owes of a scheme themselves."""
    charges, *_ = literal.owed(person, toml)
    return sum(fen for of_scheme, role, *_, fen in charges if (of_scheme, role) == (scheme, "personal"))


def young(toml: dict[str, Any]) -> dict[str, Any]:
    """The policy as it is before any birthday that the window could bring."""
    early = deepcopy(toml)
    early["dates"]["age_reference"]["on"] = toml["dates"]["window"]["from"]
    return early


def due_on(person: literal.Person, scheme: str, day: date, toml: dict[str, Any]) -> int:
    """What they owed of a scheme on a day: before an awaited birthday what was due until then."""
    opens, by_payment = toml["dates"]["window"]["from"], toml["dates"]["age_reference"]["on"] == "payment"
    birthday = literal._medical(person, toml)[1]
    if scheme == "medical" and not by_payment and birthday > opens and day < birthday:
        return own(person, scheme, young(toml))
    return own(person, scheme, toml)


def before_of_age(person: literal.Person, scheme: str, mine: list[Row], toml: dict[str, Any]) -> bool:
    """四（四）4: the day of payment fixes the age, and they paid for pension before the birthday that makes it due."""
    if scheme != "pension" or toml["dates"]["age_reference"]["on"] != "payment":
        return False
    rules = toml["pension"]
    excluded = person.categories & {each["category"] for each in rules.get("excluded", [])}
    of_age = literal.birthday(person.birth, person.birth.year + rules["liable"]["min_age"])
    liable = person.status == "正常" and not excluded
    liable = liable and literal.fits(rules["liable"], person, literal.reference_day(toml))
    return liable and any(row.day < of_age for row in mine if row.fen > 0)


def expected(person: literal.Person, scheme: str, mine: list[Row], toml: dict[str, Any]) -> tuple[str, int, int]:
    """The status, what is due, and what was paid: the first that fits, in the order of STATUSES."""

    due, paid = own(person, scheme, toml), sum(row.fen for row in mine)
    # 四（四）4: due before a birthday in the window, and after it; early is who paid more than the latter before it.
    unpaid = replace(person, payments=())
    higher, lower = own(unpaid, scheme, young(toml)), own(unpaid, scheme, toml)
    birthday = literal._medical(unpaid, toml)[1]
    came_in = sum(row.fen for row in mine if row.day < birthday and row.fen > 0)
    early = scheme == "medical" and birthday > toml["dates"]["window"]["from"] and higher > lower
    early = early and came_in > lower and paid > lower
    asked = max(due, higher) if early else due
    if before_of_age(person, scheme, mine, toml) and paid > 0:
        return "提前缴费", due, paid
    if asked == 0 and paid > 0:
        return "无需缴费而缴", due, paid
    if asked > 0 and paid >= 2 * asked and len([row for row in mine if row.fen >= asked]) >= 2:
        return "重复缴费", due, paid
    if paid > asked:
        return ("多缴" if due else "无需缴费而缴"), due, paid
    if early:
        return "提前缴费", due, paid
    if paid == due:
        return "已缴清", due, paid
    return ("少缴" if paid else "未缴"), due, paid


# ── the program ─────────────────────────────────────────────────────────────────────────────────────────────────────


def found(name: str, people: list[literal.Person], rows: list[Row]) -> Reconciled:
    """What the program makes of them: judged, assessed, reconciled."""
    policy = load_policy(name)
    ids = [citizen_id(people, who) for who in range(len(people) + 1)]
    keys = [int(each[:17]) * 11 + "0123456789X".index(each[17]) for each in ids]
    residents = pd.DataFrame(
        {
            "key": keys[:-1], "citizen_id": ids[:-1], "name": "王一", "town": policy.town_names[0], "village": "东村",
            "differs": False,
            "status": [each.status for each in people], "status_since": "",
            "residency": [each.residency for each in people], "sex": "男",
            "birth": pd.to_datetime([each.birth for each in people]).astype("datetime64[s]"),
        }
    )  # fmt: skip
    held = [(key, code, "", 0) for key, each in zip(keys, people, strict=False) for code in sorted(each.categories)]
    held += [(key, "collective_aid", *offer) for key, each in zip(keys, people, strict=False) for offer in each.offers]
    memberships = pd.DataFrame(held, columns=["key", "category", "aid_payer", "aid_fen"])
    memberships = memberships.astype({"key": "int64", "aid_fen": "int64"})
    memberships["wife_birth"] = pd.Series(pd.NaT, index=memberships.index, dtype="datetime64[s]")
    tiers = [(key, each.tier) for key, each in zip(keys, people, strict=False) if each.tier]
    enrolments = pd.DataFrame(tiers, columns=["key", "tier_fen"]).astype("int64")
    facts = pd.DataFrame(
        {
            "batch": 1, "seq": range(len(rows)), "part": 0, "sheet_no": 0, "row": range(len(rows)),
            "name": pd.Series(["王一" if row.named else "王二" for row in rows], dtype="str"),
            "id_text": pd.Series([ids[row.who] for row in rows], dtype="str"),
            "citizen_id": pd.Series([ids[row.who] for row in rows], dtype="str"),
            "key": pd.Series([keys[row.who] for row in rows], dtype="int64"), "town": "", "village": "",
            "flaws": pd.Series(
                ["" if not row.dead else "E308 back" if row.state == "已退费" else "E308" for row in rows], dtype="str"
            ),
            "scheme": pd.Series([row.scheme for row in rows], dtype="str"),
            "amount_fen": pd.Series([row.fen for row in rows], dtype="int64"),
            "paid_on": pd.Series([row.day.isoformat() for row in rows], dtype="str"), "collected_on": "",
            "channel": "", "agent": "", "receipt_no": pd.Series([row.receipt for row in rows], dtype="str"),
            "fee_year": pd.Series([row.year for row in rows], dtype="int64"),
        }
    )  # fmt: skip
    none = pd.DataFrame({"batch": [], "seq": [], "verdict": []})
    judged = judge_payments(facts, Residents(residents, none, empty(FINDING_SCHEMA)), policy)
    held = judged.holding
    days_paid = held[receipts.settled(held, held["line"].to_numpy(), lambda at: np.zeros(len(at), np.int64))]
    assessment = assess(residents, memberships, enrolments, policy, days_paid if policy.by_payment else None)
    payments = facts.assign(verdict=judged.verdicts["verdict"].to_numpy())
    return reconcile(assessment, payments, judged.findings, memberships, policy)


def agrees(name: str, people: list[literal.Person], rows: list[Row]) -> None:
    toml, answer = TOML[name], found(name, people, rows)
    taken = counted(people, rows, toml)
    mine: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in taken:
        mine[row.who if row.named else -1, row.scheme].append(row)
    lines = {}
    known = answer.lines[(answer.lines["person"] >= 0).to_numpy()]
    for line in known.itertuples():
        assert (line.person, line.scheme) not in lines
        lines[line.person, line.scheme] = (line.status, line.due_fen, line.paid_fen)
    for who, person in enumerate(people):
        holding = tuple((row.scheme, row.day, row.fen, row.year) for row in taken if row.who == who and row.named)
        if person.status != "正常":
            holding = ()
        for scheme in SCHEMES:
            wanted = expected(replace(person, payments=holding), scheme, mine[who, scheme], toml)
            nothing = wanted[1:] == (0, 0) and not mine[who, scheme]
            assert lines.get((who, scheme)) == (None if nothing else wanted), (person, scheme)
    # The statuses partition the payments: each counts to one line, each line has one status, all to the fen.
    payments = answer.payments
    assert ((payments["line"] >= 0) == (payments["left_out"] == "")).all()
    assert answer.lines["status"].isin(STATUSES).all()
    by_line = payments[payments["line"] >= 0].groupby("line")["amount_fen"].sum()
    assert by_line.reindex(range(len(answer.lines))).fillna(0).tolist() == answer.lines["paid_fen"].tolist()
    assert int(answer.lines["paid_fen"].sum()) == sum(row.fen for row in taken)
    strangers = answer.lines[(answer.lines["status"] == "不在户籍库").to_numpy()]
    assert int(strangers["paid_fen"].sum()) == sum(row.fen for row in taken if row.who == len(people) or not row.named)


@settings(few, max_examples=12)
@given(districts())
def test_as_literal(district: tuple[str, list[literal.Person], list[Row]]) -> None:
    """Some people under two policies, one of them with ages on the day of payment."""
    agrees(*district)


@pytest.mark.slow
@settings(few, max_examples=1500)
@given(districts())
def test_many_as_literal(district: tuple[str, list[literal.Person], list[Row]]) -> None:
    agrees(*district)


@settings(few, max_examples=8)
@given(districts(), st.randoms(use_true_random=False))
def test_order_does_not_matter(district: tuple[str, list[literal.Person], list[Row]], random: Any) -> None:
    """The same lines, whichever row came first."""
    name, people, rows = district
    shuffled = random.sample(rows, len(rows))
    one, two = (found(name, people, each).lines for each in (rows, shuffled))
    columns = ["person", "scheme", "citizen_id", "name", "due_fen", "paid_fen", "status", "waiting", "covered_from"]
    sort = [each[columns].sort_values(columns[:4], ignore_index=True) for each in (one, two)]
    pd.testing.assert_frame_equal(*sort)
