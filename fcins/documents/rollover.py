"""Next year's proposed tiers, laid out so that import-enrolment reads them back."""

from datetime import date

import pandas as pd

from fcins.documents.layout import subtitle
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

PROPOSAL_COLUMNS = (
    Column("镇街", 12),
    Column("村居", 14),
    Column("姓名", 10),
    Column("公民身份号码", 19.5, "id"),
    Column("缴费档次", 10, "money"),
    Column("上年档次", 10, "money"),
    Column("备注", 24, "left"),
)
"""Headings that import-enrolment reads back."""


def proposal_sheets(proposals: pd.DataFrame, old: Policy, policy: Policy, dated: date) -> list[Sheet]:
    """The proposed tiers, a sheet per town. Full IDs."""
    sheets = []
    for town, rows in proposals.groupby("town", sort=False):
        frame = rows[["town", "village", "name", "citizen_id", "tier_fen"]].assign(last_fen=rows["tier_fen"], note="")
        place, _, on = subtitle(str(town), "", dated)
        title = f"{policy.district}{town}{policy.fee_year}年度养老缴费档次建议"
        origin = f"沿用{old.fee_year}年度档次，由{policy.senders.enrolment}核实修改后导入"
        sheets.append(Sheet(str(town), title, (place, origin, on), PROPOSAL_COLUMNS, frame, totals=False))
    return sheets
