"""政策测算: what a simulation found, for the finance bureau, by payer, town, age and change. Nobody is named."""

from datetime import date

import pandas as pd

from fcins.analysis.simulation import Simulation
from fcins.figures import SCHEME_NAMES
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

_PEOPLE = (
    Column("人数", 10, "int", total=True),
    Column("有变化的人", 11, "int", total=True),
    Column("少缴的人", 11, "int", total=True),
    Column("多缴的人", 11, "int", total=True),
    Column("现行个人应缴", 17, "money", total=True),
    Column("测算个人应缴", 17, "money", total=True),
    Column("差额", 16, "money", total=True),
)
_PAYERS = (
    Column("险种", 8),
    Column("出资方", 22),
    Column("现行人数", 11, "int"),
    Column("测算人数", 11, "int"),
    Column("现行金额", 18, "money", total=True),
    Column("测算金额", 18, "money", total=True),
    Column("差额", 17, "money", total=True),
)
_CHANGES = (
    Column("现行医保个人", 15, "money"),
    Column("测算医保个人", 15, "money"),
    Column("现行养老个人", 15, "money"),
    Column("测算养老个人", 15, "money"),
    Column("人数", 11, "int", total=True),
    Column("每人差额", 14, "money"),
    Column("差额合计", 17, "money", total=True),
)


def simulation_sheets(
    simulation: Simulation, present: Policy, other: Policy, notes: list[str], dated: date
) -> list[Sheet]:
    """The workbook's sheets; `notes` say what of today's facts the other policy does not know."""
    title = f"{present.district}{present.fee_year}年度两险政策测算"
    line = (f"现行政策：{present.name}　　测算政策：{other.name}", "", f"单位：元　　{dated.isoformat()}")
    notes_below = ("所有人按同一时点的户籍、名册和参保登记计算；少缴、多缴只看个人应缴", *notes)
    by_change = simulation.by_change
    each_fen = by_change["medical_after_fen"] + by_change["pension_after_fen"]
    each_fen = each_fen - by_change["medical_before_fen"] - by_change["pension_before_fen"]
    by_change = by_change.assign(each_fen=each_fen, sum_fen=each_fen * by_change["people"])
    payers = simulation.by_payer.assign(scheme=simulation.by_payer["scheme"].map(SCHEME_NAMES))
    payers = payers[["scheme", "payer", *simulation.by_payer.columns[2:]]]
    tables: tuple[tuple[str, tuple[Column, ...], pd.DataFrame], ...] = (
        ("按出资方", _PAYERS, payers),
        ("按镇街", (Column("镇（街道）", 14), *_PEOPLE), simulation.by_town),
        ("按年龄", (Column("年龄段", 16), *_PEOPLE), simulation.by_age),
        ("按金额变化", _CHANGES, by_change),
    )
    return [
        Sheet(name, f"{title}（{name}）", line, columns, frame, notes=notes_below if name == "按出资方" else ())
        for name, columns, frame in tables
    ]
