"""征收清册: what each resident of a village owes and who pays the rest. Clause 四（四）3."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from fcins.analysis.coverage import payment_status
from fcins.analysis.expected_lists import ExpectedList, in_words
from fcins.assessment.charges import CREDIT, PAID_BY_OTHERS, PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES
from fcins.documents.layout import in_order, per_person, subtitle, villages
from fcins.policy.loading import Policy
from fcins.workbooks.writing import Column, Sheet

COLUMNS = (
    Column("序号", 5, "int"),
    Column("户号", 10),
    Column("户主姓名", 9),
    Column("姓名", 9),
    Column("与户主关系", 7.5),
    Column("性别", 4.5),
    Column("公民身份号码", 19.5, "id"),
    Column("年龄", 4.5, "int"),
    Column("人员类别", 14),
    Column("医保缴费标准", 8, "money", total=True),
    Column("医保资助金额", 8, "money", total=True),
    Column("医保出资方", 13),
    Column("医保个人应缴", 8, "money", total=True),
    Column("养老缴费档次", 8.5, "money", total=True),
    Column("养老政府代缴", 8, "money", total=True),
    Column("养老个人应缴", 8.5, "money", total=True),
    Column("养老政府补贴", 8, "money", total=True),
    Column("计生缴费补贴", 8, "money", total=True),
    Column("个人应缴合计", 9, "money", total=True),
    Column("本户应缴合计", 9, "money", total=True),
    Column("可缴费日期", 10.5, "date"),
    Column("缴费状态", 8),
    Column("签字", 9),
    Column("备注", 18, "left"),
)

_SUMMED = [column.heading for column in COLUMNS if column.total and column.heading != "本户应缴合计"]

HINT_COLUMNS = (
    Column("序号", 5, "int"),
    Column("村居", 12),
    Column("姓名", 10),
    Column("公民身份号码", 19.5, "id"),
    Column("问题代码", 8),
    Column("问题说明", 34, "left"),
    Column("建议", 34, "left"),
    Column("文件", 22, "left"),
    Column("工作表", 12),
    Column("行号", 6, "int"),
)


def collection_table(assessment: Assessment, payments: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Every listed resident of the district: the columns of COLUMNS (amounts in fen), and person, town, village,
    household, opens (layout.in_order).

    `payments`: what residents paid (derivation.received). Kept in register order; 序号 is numbered per village.
    """
    people = in_order(assessment)
    personal = {scheme: per_person(people, assessment.amounts(scheme, PERSONAL)) for scheme in SCHEMES}
    others = {scheme: per_person(people, assessment.amounts(scheme, PAID_BY_OTHERS)) for scheme in SCHEMES}
    owed = personal["medical"] + personal["pension"]
    pension = policy.pension
    proxy = pension.proxy.payer if pension.proxy else ""
    table = pd.DataFrame(
        {
            "户号": people["household_no"],
            "户主姓名": people["household_head"],
            "姓名": people["name"],
            "与户主关系": people["relation"],
            "性别": people["sex"],
            "公民身份号码": people["citizen_id"],
            "年龄": people["age"].astype("int64"),
            "人员类别": people["categories"],
            "医保缴费标准": people["medical_standard_fen"],
            "医保资助金额": others["medical"],
            "医保出资方": per_person(people, _payers(assessment)),
            "医保个人应缴": personal["medical"],
            "养老缴费档次": people["tier_fen"],
            "养老政府代缴": per_person(people, assessment.amounts("pension", PAID_BY_OTHERS, proxy)),
            "养老个人应缴": personal["pension"],
            "养老政府补贴": per_person(people, assessment.amounts("pension", CREDIT, pension.subsidy.payer)),
            "计生缴费补贴": _family_planning(people, assessment, policy),
            "个人应缴合计": owed,
        }
    )
    household = pd.Series(owed).groupby(people["household"].to_numpy()).transform("sum")
    table["本户应缴合计"] = household.astype("Int64").where(people["opens"])
    table["可缴费日期"] = people["pay_from"]
    table["缴费状态"] = per_person(people, payment_status(assessment, payments, policy.fee_year))
    table["签字"] = ""
    table["备注"] = people["remark"]
    table = table.assign(**{name: people[name] for name in ("person", "town", "village", "household", "opens")})
    table.insert(0, "序号", table.groupby(["town", "village"], sort=False).cumcount() + 1)
    return table


def collection_sheets(
    table: pd.DataFrame,
    hints: pd.DataFrame,
    town: str,
    policy: Policy,
    dated: date,
    missing: Sequence[ExpectedList] = (),
) -> list[Sheet]:
    """One town's workbook: 汇总, a sheet per village, 核查提示. `table` holds that town's rows (or some villages').

    `missing`: the lists that have not come; 汇总 says so.
    """
    title = policy.register.title.format(district=policy.district, town=town, year=policy.fee_year)
    signatures = policy.register.signatures
    by_village = villages(table)
    summary = _summary(by_village)
    summed = tuple(Column(heading, 12, "money", total=True) for heading in _SUMMED)
    counted = (Column("户数", 7, "int", total=True), Column("人数", 7, "int", total=True))
    columns = (Column("序号", 5, "int"), Column("村居", 16), *counted, *summed)
    place, notes = subtitle(town, "", dated), missing_notes(missing)
    sheets = [Sheet("汇总", title + "汇总表", place, columns, summary, notes=notes, signatures=signatures)]
    for village, rows in by_village:
        frame = rows[[column.heading for column in COLUMNS]]
        opens = rows["opens"].to_numpy()
        sheets.append(
            Sheet(
                village, title, subtitle(town, village, dated), COLUMNS, frame, signatures=signatures, opens_group=opens
            )
        )
    frame = hints.assign(序号=np.arange(1, len(hints) + 1))[[column.heading for column in HINT_COLUMNS]]
    sheets.append(
        Sheet("核查提示", title + "核查提示", subtitle(town, "", dated, unit=False), HINT_COLUMNS, frame, totals=False)
    )
    return sheets


def missing_notes(missing: Sequence[ExpectedList]) -> tuple[str, ...]:
    """What a register says of lists that have not come: whom it is without."""
    payments = [each for each in missing if each.kind == "payments"]
    others = [each for each in missing if each.kind != "payments"]
    notes = [f"还没有收到：{in_words(others)}；本清册按没有这些人计算"] if others else []
    notes += [f"还没有收到：{in_words(payments)}；缴费状态按没有缴费填写"] if payments else []
    return tuple(notes)


def _summary(by_village: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    rows = [
        {"序号": number, "村居": village, "户数": rows["household"].nunique(), "人数": len(rows), **rows[_SUMMED].sum()}
        for number, (village, rows) in enumerate(by_village, start=1)
    ]
    return pd.DataFrame(rows, columns=["序号", "村居", "户数", "人数", *_SUMMED])


def _payers(assessment: Assessment) -> np.ndarray:
    """Who pays medical for each person, in the order they pay, joined by 、."""
    charges = assessment.charges
    charges = charges[((charges["scheme"] == "medical") & (charges["role"] == PAID_BY_OTHERS)).to_numpy()]
    names = np.full(len(assessment.people), "", dtype=object)
    place = charges.groupby("person").cumcount().to_numpy()
    person, payer = charges["person"].to_numpy(), charges["payer"].to_numpy(dtype=object)
    for number in range(place.max(initial=-1) + 1):
        at = place == number
        names[person[at]] = payer[at] if number == 0 else names[person[at]] + "、" + payer[at]
    return names


def _family_planning(people: pd.DataFrame, assessment: Assessment, policy: Policy) -> np.ndarray:
    rule = policy.pension.family_planning
    payer = rule.payer if rule else ""
    credited = assessment.amounts("pension", CREDIT, payer) + assessment.amounts("pension", PAID_BY_OTHERS, payer)
    return per_person(people, credited)
