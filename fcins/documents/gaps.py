"""疑似漏保名单: a town's gaps, village by village, for the agent who goes from door to door. 五（一）, 五（十）."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from fcins.analysis.gaps import people_once, shown
from fcins.assessment.charges import Assessment
from fcins.documents.layout import in_order, subtitle, villages
from fcins.figures import SCHEME_NAMES
from fcins.headings import load_headings
from fcins.intake.replies import lines_text
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

COLUMNS = (
    Column("序号", 5, "int"),
    Column("组", 8),
    Column("户主姓名", 10),
    Column("姓名", 10),
    Column("性别", 5),
    Column("年龄", 5, "int"),
    Column("公民身份号码", 19.5, "id"),
    Column("联系电话", 13, "id"),
    Column("险种", 6),
    Column("漏保情形", 20),
    Column("应缴金额", 9, "money", total=True),
    Column("已缴金额", 9, "money", total=True),
    Column("可缴费日期", 10.5, "date"),
    Column("未参保原因", 18, "entry", choices=tuple(load_headings().values["gap_cause"])),
)

_PRIVATE = "本名单含身份证号码、电话和个人情况，只供代办员入户走访，不得张贴、转发，用后收回。"
NOTES = (
    _PRIVATE,
    "走访后在“未参保原因”里选一项，没有合适的直接写明；已去缴费、登记的不用填。应缴金额空着的，还没有办理参保登记。"
    "有可缴费日期的，要到那一天满周岁后再缴费，现在不要收。",
    "请不要改动姓名、公民身份号码、险种，不要加行、删行，保留最上面两行；填好后把本工作簿交回镇街医疗保障服务站导入。"
    "填了原因不等于不用参保：“已死亡”“职工参保”要由有关部门核实。",
)
_SUMMARY_NOTES = (
    "人数：每人只计一次，各情形按左右顺序取最先符合的一种，相加等于人数。医保、养老、有原因、无原因：每人每险种计一次。",
    _PRIVATE,
)
_OF_PEOPLE = [
    "person", "village", "group", "household", "household_head", "name", "sex", "age", "citizen_id", "phone",
    "pay_from", "medical_waits", "pension_waits",
]  # fmt: skip
_SIGNATURES = ("走访人", "村（居）负责人", "医疗保障服务站")


def gap_table(gaps: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    """The lines of the workbook in register order: the columns of COLUMNS (amounts in fen), and town, village, person,
    household, opens (a household's first line), scheme, reason, cause.

    `gaps`: GAP_COLUMNS. The phone is the person's own, else the first of the household, the head's before others.
    """
    people = in_order(assessment)
    of_household = people["phone"].mask(people["phone"] == "").groupby(people["household"]).transform("first")
    people = people.assign(phone=people["phone"].where(people["phone"] != "", of_household.fillna("")))
    order = people[["person"]].assign(place=np.arange(len(people)))
    lines = gaps.drop(columns="village").merge(people[_OF_PEOPLE], on="person").merge(order, on="person")
    lines = lines.sort_values("place", kind="stable", ignore_index=True)
    owes = lines["enrolled"] & (lines["due_fen"] > 0)
    waits = lines["medical_waits"].where(lines["scheme"] == "medical", lines["pension_waits"])
    table = pd.DataFrame(
        {
            "组": lines["group"],
            "户主姓名": lines["household_head"],
            "姓名": lines["name"],
            "性别": lines["sex"],
            "年龄": lines["age"].astype("int64"),
            "公民身份号码": lines["citizen_id"],
            "联系电话": lines["phone"],
            "险种": lines["scheme"].map(SCHEME_NAMES),
            "漏保情形": lines["reason"],
            "应缴金额": lines["due_fen"].astype("Int64").where(owes),
            "已缴金额": lines["received_fen"].astype("Int64").where(lines["received_fen"] != 0),
            "可缴费日期": lines["pay_from"].where(owes & waits),
            "未参保原因": [shown(*each) for each in zip(lines["cause"], lines["note"], strict=True)],
        }
    )
    opens = (lines["household"] != lines["household"].shift()).to_numpy()
    place = lines[["town", "village", "household", "person", "scheme", "reason", "cause"]]
    table = pd.concat([table, place], axis=1).assign(opens=opens)
    table.insert(0, "序号", table.groupby(["town", "village"], sort=False).cumcount() + 1)
    return table


def gap_sheets(
    table: pd.DataFrame,
    names: Sequence[str],
    reasons: Sequence[str],
    town: str,
    policy: Policy,
    receipt: str,
    dated: date,
) -> list[Sheet]:
    """One town's workbook: 汇总, and a sheet for each village that has a gap.

    `table`: the town's lines (gap_table); `names`: all its villages in order; `reasons`: gaps.reasons.
    """
    title = f"{policy.district}{town}{policy.fee_year}年度疑似漏保名单"
    left, _, right = subtitle(town, "", dated, unit=False)
    sheets = [
        Sheet(
            "汇总",
            title,
            (left, "", right),
            _summary_columns(reasons),
            summary(table, names, reasons),
            notes=_SUMMARY_NOTES,
            signatures=_SIGNATURES,
        )
    ]
    for village, rows in villages(table):
        left, _, right = subtitle(town, village, dated)
        # From that day on there is nothing to wait for.
        rows = rows.assign(可缴费日期=rows["可缴费日期"].where(rows["可缴费日期"] > pd.Timestamp(dated)))
        sheets.append(
            Sheet(
                village,
                title,
                (left, f"{lines_text(len(rows))}　　内部使用，不得张贴", f"{receipt}　　{right}"),
                COLUMNS,
                rows[[column.heading for column in COLUMNS]].reset_index(drop=True),
                notes=NOTES,
                signatures=_SIGNATURES,
                opens_group=rows["opens"].to_numpy(),
            )
        )
    return sheets


def _summary_columns(reasons: Sequence[str]) -> tuple[Column, ...]:
    figures = ("人数", *reasons, *SCHEME_NAMES.values(), "有原因", "无原因")
    return (
        Column("序号", 6, "int"),
        Column("村居", 14),
        *(Column(name, max(8, min(len(name) * 2, 12)), "int", total=True) for name in figures),
    )


def summary(table: pd.DataFrame, names: Sequence[str], reasons: Sequence[str]) -> pd.DataFrame:
    """A line per village: people, people by reason (each once), lines by scheme, with a cause, without."""
    people = people_once(table, reasons)
    counts = {
        "people": people["village"],
        **{reason: people.loc[(people["reason"] == reason).to_numpy(), "village"] for reason in reasons},
        **{scheme: table.loc[(table["scheme"] == scheme).to_numpy(), "village"] for scheme in SCHEME_NAMES},
        "with a cause": table.loc[(table["cause"] != "").to_numpy(), "village"],
        "without": table.loc[(table["cause"] == "").to_numpy(), "village"],
    }
    figures = {name: [int((of_lines == village).sum()) for village in names] for name, of_lines in counts.items()}
    return pd.DataFrame({"number": np.arange(1, len(names) + 1), "village": list(names), **figures})
