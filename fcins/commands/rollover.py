"""The story of `rollover`: next year's workspace made beside, filled, and put in its place whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fcins import aside
from fcins.analysis.coverage import FIGURES, coverage
from fcins.analysis.district import District
from fcins.analysis.rollover import CategoryTurn, Reasons, Turn, turn_of
from fcins.assessment import liability
from fcins.commands.workspace import init
from fcins.documents.rollover import proposal_sheets
from fcins.errors import UsageError
from fcins.figures import in_yuan, typed_rows
from fcins.policy.loading import Policy, load_policy
from fcins.store import own_words
from fcins.store.batches import BatchRecord, NewBatch, Origin, batch_categories
from fcins.store.schema import DATABASE, FACT_TABLES
from fcins.store.sheets import SheetRecord
from fcins.store.store import Store
from fcins.store.workspace import open_store, policy_path
from fcins.workbooks.writing import write_workbook


@dataclass(frozen=True)
class Carried:
    """How many rows of the households and of changes, and how many memberships, go on."""

    households: int
    changes: int
    memberships: int


@dataclass(frozen=True)
class TownRates:
    """The people of a town who are liable for a scheme and covered, what they owe themselves and what was received."""

    town: str
    scheme: str
    liable: int
    covered: int
    due_fen: int
    received_fen: int


@dataclass(frozen=True)
class RolloverResult:
    """Next year's workspace: what went into it and what did not. `rates`: of the year that ends."""

    workspace: Path
    policy: str
    fee_year: int
    carried: Carried
    by_category: list[CategoryTurn]
    proposed: int
    not_proposed: Reasons
    rates: list[TownRates]
    files: list[Path]
    not_carried: list[str]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        return {
            "command": "rollover",
            "workspace": str(self.workspace),
            "policy": self.policy,
            "fee_year": self.fee_year,
            "carried": vars(self.carried),
            "by_category": [vars(each) for each in self.by_category],
            "proposals": {"people": self.proposed, "left": self.not_proposed},
            "rates": [in_yuan(vars(rates)) for rates in self.rates],
            "files": [str(path) for path in self.files],
            "not_carried": self.not_carried,
        }


def roll_over(folder: Path, target: Path, policy_source: str, dated: date | None = None) -> RolloverResult:
    """Make next year's workspace `target` from the one in `folder`, under another policy; `folder` stays as it is.

    Raises UsageError where `target` is not free, the policy is not of a later fee year, or nobody is registered.
    """
    with open_store(folder) as opened, opened.reading(), _beside(target) as staging:
        old = District(opened, load_policy(policy_path(folder)))
        policy = init(staging, policy_source).policy
        _require_later(old, policy)
        if (folder / own_words.FILE).exists():  # next year's files come from the same senders
            shutil.copyfile(folder / own_words.FILE, staging / own_words.FILE)
        turn = turn_of(old, policy)
        rates = _rates(old)
        with open_store(staging) as new, new.transaction():
            carried = _carry(old, new, turn)
            new.add_last_year_rates(rates)
        return RolloverResult(
            workspace=target,
            policy=policy.name,
            fee_year=policy.fee_year,
            carried=carried,
            by_category=turn.by_category,
            proposed=len(turn.proposals),
            not_proposed=turn.not_proposed,
            rates=_by_town(rates),
            files=[target / path for path in _write_proposals(staging, old, policy, turn, dated)],
            not_carried=turn.not_carried,
        )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder beside `target` for the workspace to be made in; it becomes `target` if all goes well, else goes."""
    if (target / DATABASE).exists():
        raise UsageError(f"{target} 已经是工作区", "换一个文件夹，新年度的工作区要另建")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} 已经有内容", "换一个空的或还没有的文件夹")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=aside.PREFIX, dir=target.parent) as temporary:
            staging = Path(temporary) / "workspace"
            yield staging
            if target.exists():
                target.rmdir()
            staging.rename(target)
    except OSError as error:
        raise UsageError(f"不能在 {target} 建立工作区：{error.strerror}", "换一个可以写入的文件夹") from error


def _require_later(old: District, policy: Policy) -> None:
    if policy.fee_year <= old.policy.fee_year:
        raise UsageError(
            f"政策 {policy.name} 是{policy.fee_year}年度的，这个工作区已经是{old.policy.fee_year}年度",
            "用 --policy 给出下一年度的政策",
        )
    if not len(old.residents.people):
        raise UsageError("户籍库还是空的，没有可结转的", "先运行 fcins import-households 导入户籍人口")


def _carry(old: District, new: Store, turn: Turn) -> Carried:
    """Put the facts into the new workspace, batch by batch."""
    earlier = old.store.origins()
    origins = dict(zip(earlier["batch"].tolist(), typed_rows(earlier, Origin), strict=True))
    rows = {"households": 0, "changes": 0}
    by_batch = {table: dict(list(facts.groupby("batch", sort=False))) for table, facts in turn.facts.items()}
    for batch in old.batch_records.values():
        facts = by_batch.get(FACT_TABLES[batch.kind], {}).get(batch.number)
        if facts is None:
            continue
        carried = NewBatch(
            kind=batch.kind,
            categories=batch_categories(facts),
            scope=batch.scope,
            town=batch.town,
            file=batch.file,
            sha256=batch.sha256,
            declared_total=None,
            rows_read=facts["seq"].nunique(),
            rows_skipped=0,
        )
        sheets = [_only(sheet, facts) for sheet in old.store.sheet_records(batch.number)]
        # A batch that was carried here first came in in an earlier year.
        origin = origins.get(batch.number) or _origin(old, batch)
        new.add_carried(carried, [sheet for sheet in sheets if len(sheet.cells)], facts, origin)
        if batch.kind in rows:
            rows[batch.kind] += len(facts)
    return Carried(**rows, memberships=turn.memberships)


def _only(sheet: SheetRecord, facts: pd.DataFrame) -> SheetRecord:
    """A sheet with the rows on which these facts stand, and no others."""
    rows = facts["row"][(facts["sheet_no"] == sheet.sheet_no).to_numpy()]
    cells = sheet.cells[sheet.cells["row"].isin(rows).to_numpy()]
    return replace(sheet, cells=cells)


def _origin(old: District, batch: BatchRecord) -> Origin:
    """The origin of a batch that came in in the year that ends."""
    return Origin(old.policy.name, old.policy.fee_year, batch.number, batch.imported_at)


def _rates(old: District) -> pd.DataFrame:
    who = liability.population(old.residents.people, old.rosters.holding, old.policy, old.days_paid)
    return coverage(who, old.assessment, old.received)


def _by_town(rates: pd.DataFrame) -> list[TownRates]:
    return typed_rows(rates.groupby(["town", "scheme"], sort=False)[FIGURES].sum().reset_index(), TownRates)


def _write_proposals(staging: Path, old: District, policy: Policy, turn: Turn, dated: date | None) -> list[Path]:
    """The workbook of proposed tiers, where there are any; its path within the workspace."""
    if not len(turn.proposals):
        return []
    path = Path("out") / f"养老缴费档次建议_{policy.fee_year}年度.xlsx"
    day = dated or old.newest_day
    write_workbook(
        staging / path, proposal_sheets(turn.proposals, old.policy, policy, day), document="档次建议", created=day
    )
    return [path]
