"""The stories of the money: payments held against what was due, and what each payer must budget."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from fcins.analysis.agents import AgentCheck, agent_check
from fcins.analysis.district import District
from fcins.analysis.funding import funding
from fcins.analysis.reconciliation import OTHER_YEAR, STATUSES, Reconciled, reconciliation_of
from fcins.analysis.refunds import refunds
from fcins.assessment.charges import PERSONAL
from fcins.commands.opening import Watcher, open_district, wanted_towns
from fcins.commands.writing import Document, document_path, write_documents
from fcins.documents.funding import funding_sheets
from fcins.documents.reconciliation import OUTSIDE, WAITING, closing, reconciliation_sheets
from fcins.errors import InputError
from fcins.figures import code_counts, in_yuan, records, typed_rows
from fcins.workbooks.writing import Sheet


@dataclass(frozen=True)
class DueAndPaid:
    """What people owed and (`amount_fen`) paid."""

    people: int
    due_fen: int
    amount_fen: int


@dataclass(frozen=True)
class PeopleAndAmount:
    """Whose money it is, and how much."""

    people: int
    amount_fen: int


@dataclass(frozen=True)
class AgentFigures:
    """How many payments agents held back, from how many people they collected too much, and the money."""

    held: int
    held_amount_fen: int
    overcharged: int
    overcharged_amount_fen: int


@dataclass(frozen=True)
class ReconcileResult:
    """Payments against what was due. `people`: everybody who owes or paid; `findings`: of the payments' rows.

    `closing`: 钱表相符, in words.
    """

    files: list[Path]
    people: int
    findings: dict[str, int]
    by_status: dict[str, DueAndPaid]
    flags: dict[str, DueAndPaid]
    refunds: PeopleAndAmount
    other_years: PeopleAndAmount
    agents: AgentFigures
    closing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        return {
            "command": "reconcile",
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": self.findings,
            "by_status": {status: in_yuan(vars(sums)) for status, sums in self.by_status.items()},
            "flags": {flag: in_yuan(vars(sums)) for flag, sums in self.flags.items()},
            "refunds": in_yuan(vars(self.refunds)),
            "other_years": in_yuan(vars(self.other_years)),
            "agents": in_yuan(vars(self.agents)),
            "closing": list(self.closing),
        }


def reconcile_payments(
    folder: Path, *, town: str | None, out: Path | None, dated: date | None, watcher: Watcher
) -> ReconcileResult:
    """对账 of the district, or of one town: the workbook, and its figures."""
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        wanted = wanted_towns(district, town)
        result, document = reconciliation_workbook(district, wanted[0] if town else "", out, dated)
        sheets = document.lay_out()
    # By now only the sheets are needed. Give the rest back first: the largest sheet has a row for everybody.
    pa.default_memory_pool().release_unused()
    write_documents([replace(document, lay_out=lambda: sheets)], watcher)
    return result


def reconciliation_workbook(
    district: District, town: str, out: Path | None, dated: date | None
) -> tuple[ReconcileResult, Document]:
    """对账 of one town or ("") of the district: its figures, and the document to write.

    Raises InputError where the policy says nothing of it.
    """
    policy, rules = district.policy, district.policy.reconciliation
    if rules is None:
        raise InputError("工作区的政策没有 [reconciliation]，不能对账", "照自带的政策在 policy.toml 末尾补上")
    found = reconciliation_of(district).among([town]) if town else reconciliation_of(district)
    back = refunds(district.assessment, found.lines, district.rosters.holding, policy, rules)
    agents = agent_check(found, rules)
    day = dated or district.newest_day
    findings = code_counts(district.payments.findings["code"])
    places = district.store.sheet_names().merge(district.batches[["batch", "file"]], on="batch")
    path = document_path(district.store.folder, out, town, f"对账_{policy.fee_year}年度.xlsx")

    def lay_out() -> list[Sheet]:
        return reconciliation_sheets(found, back, agents, places, policy, rules, town, day)

    return _figures(found, back, agents, findings, path), Document(path, "对账", town, day, lay_out)


# ── funding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PayerFunding:
    """What a payer must find for a scheme, for how many people, and how much of it is for people already covered."""

    payer: str
    scheme: str
    people: int
    amount_fen: int
    covered_people: int
    covered_fen: int


@dataclass(frozen=True)
class FundingResult:
    """What each payer must find. `by_payer`: funding.FUNDING_COLUMNS, with ground and town; `payers`: the sums."""

    files: list[Path]
    people: int
    by_payer: pd.DataFrame
    payers: list[PayerFunding]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        return {
            "command": "funding",
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": {},
            "by_payer": [in_yuan(line) for line in records(self.by_payer)],
        }


def funding_needed(folder: Path, *, out: Path | None, dated: date | None, watcher: Watcher) -> FundingResult:
    """资金需求 of the district: the workbook, and its figures."""
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        wanted_towns(district, None)  # says so where nobody is registered
        result, document = funding_workbook(district, out, dated)
    write_documents([document], watcher)
    return result


def funding_workbook(district: District, out: Path | None, dated: date | None) -> tuple[FundingResult, Document]:
    """资金需求 of the district: its figures, and the document to write."""
    policy = district.policy
    lines = funding(district.assessment, district.received, policy)
    charges = district.assessment.charges
    people = charges.loc[(charges["role"] != PERSONAL).to_numpy(), "person"].nunique()
    day = dated or district.newest_day
    path = document_path(district.store.folder, out, "", f"资金需求_{policy.fee_year}年度.xlsx")
    figures = ["people", "amount_fen", "covered_people", "covered_fen"]
    payers = lines.groupby(["payer", "scheme"], sort=False)[figures].sum().reset_index()
    result = FundingResult([path], people, lines, typed_rows(payers, PayerFunding))
    return result, Document(path, "资金需求", "", day, lambda: funding_sheets(lines, policy, day))


def _figures(
    found: Reconciled, back: pd.DataFrame, agents: AgentCheck, findings: dict[str, int], path: Path
) -> ReconcileResult:
    lines, payments = found.lines, found.payments
    flags = {OUTSIDE: lines["outside_window"], WAITING: lines["waiting"]}
    others = payments[(payments["left_out"] == OTHER_YEAR).to_numpy()]
    return ReconcileResult(
        [path],
        _heads(lines),
        findings,
        {status: _sums(lines[(lines["status"] == status).to_numpy()]) for status in STATUSES},
        {flag: _sums(lines[where.to_numpy()]) for flag, where in flags.items()},
        PeopleAndAmount(_heads(lines.loc[back["line"]]), int(back["refund_fen"].sum())),
        PeopleAndAmount(_heads(others), int(others["amount_fen"].sum())),
        AgentFigures(
            held=int(agents.agents["held"].sum()),
            held_amount_fen=int(agents.agents["held_fen"].sum()),
            overcharged=int(agents.agents["overcharged"].sum()),
            overcharged_amount_fen=int(agents.agents["overcharged_fen"].sum()),
        ),
        closing(found),
    )


def _sums(lines: pd.DataFrame) -> DueAndPaid:
    return DueAndPaid(_heads(lines), due_fen=int(lines["due_fen"].sum()), amount_fen=int(lines["paid_fen"].sum()))


def _heads(rows: pd.DataFrame) -> int:
    """How many people are on these rows. People without an ID are told apart by name."""
    who = rows["citizen_id"].where(rows["citizen_id"] != "", rows["name"])
    return int(who.nunique())
