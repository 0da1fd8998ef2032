"""The story of verify: count what must always hold, and say each place where it does not.

Everything is derived anew from the facts. Results that earlier commands kept are compared with that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.reconciliation import OWN_STATUSES, reconciliation_of
from fcins.assessment.charges import PAID_BY_OTHERS, PERSONAL
from fcins.assessment.derivation import kinds_of_results
from fcins.assessment.liability import SCHEMES
from fcins.assessment.residents import listed
from fcins.commands.opening import Watcher
from fcins.documents.collection import collection_table
from fcins.figures import SCHEME_NAMES, UNKNOWN_VILLAGE, records, yuan
from fcins.identity import mask
from fcins.policy.loading import load_policy
from fcins.store import store
from fcins.store.derived import Derived
from fcins.store.schema import FACT_TABLES, TABLES
from fcins.store.workspace import open_store, policy_path
from fcins.values import UNUSABLE_FEN


@dataclass(frozen=True)
class Check:
    """One thing that was proved or not: what, on how many things, and the places where it does not hold."""

    what: str
    count: int
    places: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it holds everywhere."""
        return not self.places


@dataclass(frozen=True)
class VerifyResult:
    """What was checked, in order."""

    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        checks = [{"check": each.what, "count": each.count, "problems": each.places} for each in self.checks]
        return {"command": "verify", "ok": self.ok, "checks": checks}


def verify_workspace(folder: Path, watcher: Watcher) -> VerifyResult:
    """Prove the invariants on everything that the workspace holds, as of one moment."""
    with open_store(folder) as opened, opened.reading():
        broken = opened.damage()
        checks = [Check("数据库文件完整", 1, broken)]
        if not broken:
            district = District(opened, load_policy(policy_path(folder)), keep=False, anew=True)
            for check in prove(district):
                watcher.step(check.what, len(checks), len(checks) + 1)
                checks.append(check)
        return VerifyResult(checks)


def prove(district: District) -> Iterator[Check]:
    """Every check on a workspace, one after the other. `district` takes nothing that was kept (District.anew)."""
    yield from _facts_as_recorded(district)
    yield _rows_add_up(district)
    yield _amounts_add_up(district)
    yield _clauses(district)
    yield from _places_add_up(district)
    yield _payments_add_up(district)
    yield _kept_results(district)


# ── what came in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts_as_recorded(district: District) -> Iterator[Check]:
    """Each batch has the facts, rows and SHA-256 that were recorded when it came in."""
    unlike, strange = [], []
    batches = district.batches
    for table in TABLES:
        facts = district.store.facts(table)
        of_table = batches[batches["kind"].map(FACT_TABLES).eq(table).to_numpy()]
        by_batch = {int(own["batch"].iloc[0]): own for _, own in facts.groupby("batch")}
        for record in records(of_table):
            own = by_batch.pop(record["batch"], facts[:0])
            place = f"批次{record['batch']} {record['file']}"
            if len(own) != record["facts"] or own["seq"].nunique() != record["rows_read"]:
                unlike.append(
                    f"{place}：记录{record['rows_read']}行{record['facts']}条，现有{own['seq'].nunique()}行{len(own)}条"
                )
            elif store.digest(own.reset_index(drop=True), record["kind"]) != record["digest"]:
                unlike.append(f"{place}：内容与导入时的SHA-256不同")
        strange += [f"批次{number}：没有这个批次，却有{len(own)}条资料" for number, own in by_batch.items()]
    yield Check("每批资料的行数、条数和SHA-256与导入时的记录一致", len(batches), unlike)
    yield Check("每条资料都属于一个批次", int(batches["facts"].sum()), strange)


def _rows_add_up(district: District) -> Check:
    """读入 = 接受 + 重复 + 退回, for each batch; each row has one verdict."""
    verdicts = district.verdicts
    counts = verdicts.groupby("batch").size()
    twice = verdicts[verdicts.duplicated(["batch", "seq"]).to_numpy()]
    places = [f"批次{each['batch']} 第{each['seq'] + 1}个数据行有两个结论" for each in records(twice)]
    for record in records(district.batches):
        judged = int(counts.get(record["batch"], 0))
        if judged != record["rows_read"]:
            counts_off = f"读入{record['rows_read']}，接受＋重复＋退回{judged}"
            places.append(f"批次{record['batch']} {record['file']}：{counts_off}")
    return Check("读入＝接受＋重复＋退回，逐批", len(district.batches), places)


# ── what is due ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _amounts_add_up(district: District) -> Check:
    """标准 = 个人 + 各出资方, for each person and scheme, to the fen. Clause 四（一）."""
    assessment = district.assessment
    people = assessment.people
    standards = {"medical": people["medical_standard_fen"], "pension": people["tier_fen"]}
    places = []
    for scheme in SCHEMES:
        standard = standards[scheme].to_numpy(np.int64)
        paid = assessment.amounts(scheme, PERSONAL) + assessment.amounts(scheme, PAID_BY_OTHERS)
        for at in np.flatnonzero(standard != paid):
            off = f"{SCHEME_NAMES[scheme]}标准{yuan(int(standard[at]))}，个人和出资方合计{yuan(int(paid[at]))}"
            places.append(f"{_who(people, int(at))}：{off}")
    return Check("标准＝个人＋各出资方，逐人逐险种", len(people) * len(SCHEMES), places)


def _clauses(district: District) -> Check:
    """No charge without an amount, a payer and the clause of its rule."""
    charges, people = district.assessment.charges, district.assessment.people
    clauses = {rule: district.policy.rule(rule).clause for rule in charges["rule"].unique()}
    bare = (charges["clause"] == "") | (charges["payer"] == "") | (charges["amount_fen"] == 0)
    bare |= charges["clause"] != charges["rule"].map(clauses)
    places = [
        f"{_who(people, each['person'])}：{each['payer'] or '出资方空缺'}{yuan(each['amount_fen'])}元没有条款或条款不对"
        for each in records(charges[bare.to_numpy()])
    ]
    return Check("每笔应缴都有出资方、金额和条款", len(charges), places)


def _places_add_up(district: District) -> Iterator[Check]:
    """What the registers show is what the charges come to, village by village; villages, towns, district agree."""
    policy, assessment = district.policy, district.assessment
    table = collection_table(assessment, district.received, policy)
    in_registers = listed(assessment.people)
    figures: dict[str, npt.NDArray[np.int64]] = {
        "医保个人应缴": assessment.amounts("medical", PERSONAL),
        "医保资助金额": assessment.amounts("medical", PAID_BY_OTHERS),
        "养老个人应缴": assessment.amounts("pension", PERSONAL),
    }
    people = assessment.people.loc[in_registers, ["town", "village"]]
    for name, amounts in figures.items():
        people[name] = amounts[in_registers]
    names = list(figures)
    people["village"] = people["village"].where(people["village"] != "", UNKNOWN_VILLAGE)
    places = []
    shown, owed = (frame.groupby(["town", "village"])[names].sum() for frame in (table, people))
    both = (
        shown.merge(owed, "outer", left_index=True, right_index=True, suffixes=("_shown", "_owed"))
        .fillna(0)
        .astype("int64")
    )
    for name in names:
        off = both[(both[f"{name}_shown"] != both[f"{name}_owed"]).to_numpy()]
        for line in records(off.reset_index()):
            both_amounts = f"清册{yuan(line[f'{name}_shown'])}，应缴{yuan(line[f'{name}_owed'])}"
            places.append(f"{line['town']}{line['village']} {name}：{both_amounts}")
    yield Check("清册逐村的金额与应缴一致", len(both), places)
    whole = []
    for name in names:
        towns = table.groupby("town")[name].sum()
        if not int(table[name].sum()) == int(towns.sum()) == int(figures[name][in_registers].sum()):
            whole.append(
                f"{name}：全区{yuan(int(figures[name][in_registers].sum()))}，各镇合计{yuan(int(towns.sum()))}"
            )
    households = table["本户应缴合计"].fillna(0).sum()
    if int(households) != int(table["个人应缴合计"].sum()):
        whole.append(f"本户应缴合计{yuan(int(households))}，个人应缴合计{yuan(int(table['个人应缴合计'].sum()))}")
    yield Check("各村＝各镇＝全区，各户＝各人", table["town"].nunique(), whole)


def _payments_add_up(district: District) -> Check:
    """Payments = Σ statuses: each payment stands on one line or is left out for one reason, to the fen. 六（二）."""
    found = reconciliation_of(district)
    money = found.payments[(found.payments["amount_fen"] != UNUSABLE_FEN).to_numpy()]
    counted = (money["line"] >= 0).to_numpy()
    places = []
    paid = np.zeros(len(found.lines), np.int64)
    np.add.at(paid, money["line"].to_numpy()[counted], money["amount_fen"].to_numpy()[counted])
    for at in np.flatnonzero(paid != found.lines["paid_fen"].to_numpy()):
        line = found.lines.iloc[at]
        amounts = f"已缴{yuan(int(line['paid_fen']))}，缴费记录合计{yuan(int(paid[at]))}"
        places.append(f"{line['town']}{line['village']} {line['name']} {SCHEME_NAMES[line['scheme']]}：{amounts}")
    doubtful = money[counted == (money["left_out"] != "").to_numpy()]
    places += [f"批次{each['batch']} 第{each['row']}行：没有归入任何状态，也没有说明" for each in records(doubtful)]
    # What a department paid for somebody has a line of its own beside what they paid.
    own = found.lines.assign(own=found.lines["status"].isin(OWN_STATUSES))
    twice = own[own["person"].ge(0) & own.duplicated(["person", "scheme", "own"])]
    places += [f"{each['town']} {each['name']} 同一险种有两个状态" for each in records(twice)]
    return Check("各状态的金额之和＝收到的缴费，每人每险种一个状态", len(money), places)


def _who(people: pd.DataFrame, at: int) -> str:
    line = people.iloc[at]
    return f"{line['town']}{line['village']} {line['name']} {mask(line['citizen_id'])}"


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _kept_results(district: District) -> Check:
    """What earlier commands kept for the next is what would be derived now: nobody has changed it since."""
    kept = Derived(district.store.folder, district.policy, district.batches, keep=False)
    count, places = 0, []
    for name, kinds in kinds_of_results(district.policy).items():
        anew = getattr(district, name)
        earlier = kept.peek(name, type(anew), kinds)
        if earlier is None:
            continue
        count += 1
        for each in fields(anew):
            if not _same(getattr(earlier, each.name), getattr(anew, each.name)):
                places.append(f"derived 文件夹里的 {name}.{each.name} 与重新推算的不同：删去 derived 文件夹即可")
    return Check("保留的推算结果与重新推算的一致", count, places)


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two frames hold the same, whatever the types of their columns."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    return all(
        np.array_equal(one[name].to_numpy(dtype=object), other[name].to_numpy(dtype=object))
        or one[name].astype("str").equals(other[name].astype("str"))
        for name in one.columns
    )
