"""资金需求: what each payer has to pay, for the finance bureau, by ground and town. No names. Clause 五（五）."""

from datetime import date

import pandas as pd

from fcins.documents.layout import subtitle
from fcins.figures import SCHEME_NAMES
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

_FIGURES = (
    Column("人数", 10, "int"),
    Column("应付金额", 17, "money", total=True),
    Column("其中已参保人数", 11, "int"),
    Column("其中已参保金额", 17, "money", total=True),
)
_SUMMED = ["people", "amount_fen", "covered_people", "covered_fen"]
_PAYER = (Column("出资方", 22), Column("险种", 8))
_GROUND = Column("对象", 22)
_CLAUSE = Column("条款", 14)
_TOWN = Column("镇（街道）", 14)


def funding_sheets(lines: pd.DataFrame, policy: Policy, dated: date) -> list[Sheet]:
    """The workbook's sheets. `lines`: funding.FUNDING_COLUMNS."""
    lines = lines.assign(scheme=lines["scheme"].map(SCHEME_NAMES))
    collective = policy.medical.collective
    given = lines[(lines["category"] == (collective.category if collective else "-")).to_numpy()]
    title = f"{policy.district}{policy.fee_year}年度城乡居民两险资金需求"
    tables: tuple[tuple[str, tuple[Column, ...], pd.DataFrame], ...] = (
        ("汇总", (*_PAYER, _GROUND, *_FIGURES, _CLAUSE), _summed(lines, ["payer", "scheme", "ground"])),
        ("按出资方", (*_PAYER, *_FIGURES, _CLAUSE), _summed(lines, ["payer", "scheme"])),
        ("分镇街", (_TOWN, *_PAYER, _GROUND, *_FIGURES, _CLAUSE), _by_town(lines, policy)),
        (
            collective.note if collective else "集体出资",
            (_PAYER[0], _TOWN, *_FIGURES, _CLAUSE),
            _summed(given, ["payer", "town"]),
        ),
    )
    notes = (
        "应付：按名册和户籍应由各出资方承担的；其中已参保：已参保登记（只有养老要登记），个人无需缴费或已缴清的人",
        "记入个人账户的补贴不减少个人应缴；个人缴费不在本表",
    )
    line = subtitle("全部", "", dated)
    return [
        Sheet(name, f"{title}（{name}）", line, columns, frame, notes=notes if name == "汇总" else ())
        for name, columns, frame in tables
    ]


def _summed(lines: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The lines of the same `by` added up, with their clauses. Nobody is counted twice: one aid each."""
    summed = lines.groupby(by, sort=False)[_SUMMED].sum()
    clauses = lines.groupby(by, sort=False)["clause"].agg(lambda each: "；".join(dict.fromkeys(each)))
    return summed.assign(clause=clauses).reset_index()


def _by_town(lines: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    town = pd.Index(policy.town_names).get_indexer(pd.Index(lines["town"]))
    order = pd.Series(town, index=lines.index).sort_values(kind="stable").index
    return lines.loc[order, ["town", "payer", "scheme", "ground", *_SUMMED, "clause"]].reset_index(drop=True)
