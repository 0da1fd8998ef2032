"""对账: payments against what was due, by village and status, what goes back, and what agents collected.

Clauses 四（二）, 五（四）, 五（九）, 六（二）(钱表相符).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.agents import PROBLEMS, AgentCheck
from fcins.analysis.coverage import PAID_UP, UNPAID
from fcins.analysis.reconciliation import NO_AMOUNT, OTHER_YEAR, OWN_STATUSES, STATUSES, STRANGER, Reconciled
from fcins.documents.layout import subtitle
from fcins.figures import SCHEME_NAMES, UNKNOWN_VILLAGE, plain_yuan, yuan
from fcins.policy.loading import Policy
from fcins.policy.model import Reconciliation
from fcins.workbooks.writing import Column, Sheet

UNKNOWN_TOWN = "未填镇街"
OUTSIDE, WAITING = "期外缴费", "等待期"

_PLACE = (Column("镇（街道）", 10), Column("村（居）", 12))
_PERSON = (*_PLACE, Column("姓名", 9), Column("公民身份号码", 19.5, "id"), Column("险种", 6))
_AMOUNTS = (
    Column("应缴", 9.5, "money", total=True),
    Column("实缴", 9.5, "money", total=True),
    Column("差额", 9.5, "money", total=True),
)
_LINE = (
    Column("序号", 7, "int"),
    *_PERSON,
    *_AMOUNTS,
    Column("笔数", 5, "int"),
    Column("首次缴费", 11, "date"),
    Column("末次缴费", 11, "date"),
    Column("标记", 10),
    Column("享受待遇起", 11, "date"),
    Column("备注", 22, "left"),
)
_DETAILED = (*_LINE, Column("缴费明细", 40, "left"))
# Nearly everybody stands on one of these two sheets, so columns that would be empty are left out.
_PAID_UP = tuple(column for column in _LINE if column.heading not in ("享受待遇起", "备注"))
_UNPAID = (*_LINE[:9], _LINE[-1])
_REFUND = (
    Column("序号", 7, "int"),
    *_PERSON,
    *_AMOUNTS[:2],
    Column("应退金额", 10, "money", total=True),
    Column("原因", 24, "left"),
    Column("条款", 16, "left"),
    Column("缴费明细", 40, "left"),
)
_AGENT = (
    Column("序号", 6, "int"),
    *_PLACE,
    Column("代办员", 10),
    Column("笔数", 7, "int", total=True),
    Column("人数", 7, "int"),
    Column("代收金额", 12, "money", total=True),
    Column("有凭证金额", 12, "money", total=True),
    Column("无凭证金额", 11, "money", total=True),
    Column("有代收日期的笔数", 9, "int", total=True),
    Column("最长天数", 7, "int"),
    Column("滞留笔数", 7, "int", total=True),
    Column("滞留金额", 11, "money", total=True),
    Column("超标准收费人次", 8, "int", total=True),
    Column("超收金额", 11, "money", total=True),
)
_DOUBTFUL = (
    Column("序号", 6, "int"),
    Column("问题", 14, "left"),
    Column("代办员", 10),
    *_PERSON,
    Column("应缴", 9.5, "money"),
    Column("该代办员共收", 10, "money"),
    Column("本笔金额", 10, "money", total=True),
    Column("代收日期", 11, "date"),
    Column("入库日期", 11, "date"),
    Column("天数", 6, "int"),
    Column("凭证号", 22, "id"),
)
_APART = (
    Column("序号", 6, "int"),
    *_PERSON,
    Column("所属年度", 7, "int"),
    Column("金额", 10, "money", total=True),
    Column("缴费日期", 11, "date"),
    Column("凭证号", 22, "id"),
    Column("原因", 20, "left"),
    Column("文件", 22, "left"),
    Column("工作表", 12),
    Column("行号", 7, "int"),
)


def _counted(statuses: Sequence[str]) -> tuple[Column, ...]:
    """Of each status how many people, and what was paid."""
    return tuple(
        column
        for status in statuses
        for column in (
            Column(f"{status}人数", 6.5, "int", total=True),
            *([] if status == UNPAID else [Column(f"{status}实缴", 9.5, "money", total=True)]),
        )
    )


def _summary_columns(statuses: Sequence[str]) -> tuple[Column, ...]:
    return (
        Column("险种", 6),
        *_AMOUNTS,
        *_counted(statuses),
        Column("应退人数", 6.5, "int", total=True),
        Column("应退金额", 9.5, "money", total=True),
    )


def in_place_order(lines: pd.DataFrame, policy: Policy) -> pd.Index:
    """Town by town in the policy's order, villages as the households first name them; strangers after residents.

    The order in which files came does not matter.
    """
    towns = pd.Index(policy.town_names).get_indexer(pd.Index(lines["town"]))
    village, _ = pd.factorize(lines["town"] + "\x1f" + lines["village"])
    person = lines["person"].to_numpy()
    strange = person < 0
    who = (
        lines.loc[strange, "village"] + "\x1f" + lines.loc[strange, "citizen_id"] + "\x1f" + lines.loc[strange, "name"]
    )
    person, village = person.copy(), np.where(strange, 0, village)
    person[strange] = pd.factorize(who, sort=True)[0]
    order = np.lexsort((person, village, strange, np.where(towns < 0, len(policy.town_names), towns)))
    return lines.index[order]


def reconciliation_sheets(
    reconciled: Reconciled,
    refunds: pd.DataFrame,
    agents: AgentCheck,
    places: pd.DataFrame,
    policy: Policy,
    rules: Reconciliation,
    town: str,
    dated: date,
) -> list[Sheet]:
    """The workbook's sheets. `refunds`: refunds.REFUND_COLUMNS; `places`: batch, sheet_no, file, sheet; `town` "" for
    the whole district."""
    order = in_place_order(reconciled.lines, policy)
    lines = reconciled.lines.assign(refund_fen=0)
    lines.loc[refunds["line"], "refund_fen"] = refunds["refund_fen"].to_numpy()
    details = _details(reconciled, refunds, places)
    lines = lines.loc[order]
    title = f"{policy.district}{town}{policy.fee_year}年度城乡居民两险缴费对账"
    line = subtitle(town or "全部", "", dated)

    def sheet(name: str, columns: Sequence[Column], frame: pd.DataFrame, **more: Any) -> Sheet:
        return Sheet(name, f"{title}（{name}）", line, tuple(columns), frame, signatures=rules.signatures, **more)

    named = lines.assign(
        town=lines["town"].where(lines["town"] != "", UNKNOWN_TOWN),
        village=lines["village"].where(lines["village"] != "", UNKNOWN_VILLAGE),
    )
    notes = closing(reconciled)
    # Nobody needs a sheet and four columns for what no department has paid.
    paid_by_departments = [status for status in STATUSES if (named["status"] == status).any()]
    statuses = [status for status in STATUSES if status in OWN_STATUSES or status in paid_by_departments]
    if len(statuses) > len(OWN_STATUSES):
        notes = (*notes, "财政代缴的不是居民缴的：应缴、实缴、差额三列不含，单独列出，所列应缴是出资方应付的")
    columns = _summary_columns(statuses)
    by_status = [
        sheet(status, *_of_status(named[(named["status"] == status).to_numpy()], details, status))
        for status in statuses
    ]
    outside, waiting = (named[named[flag].to_numpy()] for flag in ("outside_window", "waiting"))
    window, wait = policy.dates.window, policy.dates.waiting
    refunded = f"退费受理：{rules.refund.clause}；缴费年度开始前死亡、迁出、注销：{rules.departed.clause}"
    held = f"滞留：代收后超过{rules.held.days}日入库（{rules.held.clause}）；"
    held += f"超标准收费：收的多于应缴（{rules.overcharged.clause}）"
    return [
        sheet("汇总", (*_PLACE, *columns), _summary(named, ["town", "village"], statuses), notes=notes),
        sheet("按镇街", (_PLACE[0], *columns), _summary(named, ["town"], statuses)),
        *by_status,
        sheet(OUTSIDE, _DETAILED, _lines(outside, details), notes=(f"{window.end}以后缴费（{window.clause}）",)),
        sheet(
            WAITING,
            _DETAILED,
            _lines(waiting, details),
            notes=(f"医保在{wait.start}及以后缴清的，缴清之日起满{wait.days}日享受待遇（{wait.clause}）",),
        ),
        sheet("退费清单", _REFUND, _refunds(named, refunds, details), notes=(refunded,)),
        sheet("代办员核对", _AGENT, _numbered(_agents(agents, policy)), notes=(held,)),
        sheet("代办员疑点", _DOUBTFUL, _numbered(_doubtful(agents))),
        sheet("其他年度", _APART, _apart(reconciled, places, other_years=True)),
        sheet("未计入的缴费", _APART, _apart(reconciled, places, other_years=False)),
    ]


def closing(reconciled: Reconciled) -> tuple[str, ...]:
    """钱表相符, in words: how many rows and yuan of the tax office's count, and how many stand apart and why."""
    payments, reasons = reconciled.payments, []
    counted = payments[(payments["left_out"] == "").to_numpy()]
    apart = payments[(payments["left_out"] != "").to_numpy()]
    for reason in sorted(apart["left_out"].unique()):
        amounts = apart.loc[(apart["left_out"] == reason).to_numpy(), "amount_fen"]
        amount = "" if reason == NO_AMOUNT else plain_yuan(int(amounts.sum()))
        reasons.append(f"{reason}{len(amounts)}行{amount}")
    received, by_status = int(counted["amount_fen"].sum()), int(reconciled.lines["paid_fen"].sum())
    agrees = "相符" if received == by_status else "不符"
    return (
        f"税务部门的缴费共{len(payments)}行，其中计入本年度{len(counted)}行{plain_yuan(received)}"
        + (f"；不计入：{'、'.join(reasons)}" if reasons else ""),
        f"各状态实缴合计{plain_yuan(by_status)}，与计入本年度的缴费{agrees}",
    )


def _summary(lines: pd.DataFrame, place: list[str], statuses: Sequence[str]) -> pd.DataFrame:
    """A row per place and scheme: what people owe and paid themselves; of each status how many, and what was paid."""
    own = lines["status"].isin(OWN_STATUSES)
    due, paid = lines["due_fen"].where(own, 0), lines["paid_fen"].where(own, 0)
    rows = lines.assign(own_due=due, own_paid=paid, difference_fen=paid - due, refunded=lines["refund_fen"] > 0)
    by = [*place, "scheme"]
    summed = rows.groupby(by, sort=False)[["own_due", "own_paid", "difference_fen", "refunded", "refund_fen"]].sum()
    each = rows.groupby([*by, "status"], sort=False)["paid_fen"].agg(["size", "sum"]).unstack(fill_value=0)
    for status in statuses:
        summed[f"{status}人数"] = each["size"].get(status, 0)
        summed[f"{status}实缴"] = each["sum"].get(status, 0)
    headings = [column.heading for column in _counted(statuses)]
    summed = summed.reset_index()
    order = summed.assign(place=summed.groupby(place, sort=False).ngroup()).sort_values(["place", "scheme"]).index
    summed = summed.loc[order].assign(scheme=summed["scheme"].map(SCHEME_NAMES)).reset_index(drop=True)
    return summed[[*by, "own_due", "own_paid", "difference_fen", *headings, "refunded", "refund_fen"]].astype(
        {"refunded": "int64"}
    )


def _of_status(lines: pd.DataFrame, details: pd.Series, status: str) -> tuple[Sequence[Column], pd.DataFrame]:
    columns = {PAID_UP: _PAID_UP, UNPAID: _UNPAID}.get(status, _DETAILED)
    frame = _lines(lines, details)
    return columns, frame[[column.heading for column in columns]]


def _lines(lines: pd.DataFrame, details: pd.Series) -> pd.DataFrame:
    marks = np.where(lines["outside_window"], OUTSIDE, "").astype(object)
    both = np.where(marks != "", "、", "") + np.full(len(lines), WAITING, dtype=object)
    frame = pd.DataFrame(
        {
            "序号": np.arange(1, len(lines) + 1),
            "镇（街道）": lines["town"],
            "村（居）": lines["village"],
            "姓名": lines["name"],
            "公民身份号码": lines["citizen_id"],
            "险种": lines["scheme"].map(SCHEME_NAMES),
            "应缴": lines["due_fen"],
            "实缴": lines["paid_fen"],
            "差额": lines["paid_fen"] - lines["due_fen"],
            "笔数": lines["payments"],
            "首次缴费": lines["first_on"],
            "末次缴费": lines["last_on"],
            "标记": pd.Series(np.where(lines["waiting"], marks + both, marks), index=lines.index, dtype="str"),
            "享受待遇起": lines["covered_from"],
            "备注": lines["remark"],
        }
    )
    frame["缴费明细"] = details.reindex(lines.index).fillna("").astype("str")
    return frame.reset_index(drop=True)


def _refunds(lines: pd.DataFrame, refunds: pd.DataFrame, details: pd.Series) -> pd.DataFrame:
    refunded = lines[(lines["refund_fen"] > 0).to_numpy()]
    columns = ["town", "village", "name", "citizen_id", "scheme", "due_fen", "paid_fen", "refund_fen"]
    frame = refunded[columns].assign(scheme=refunded["scheme"].map(SCHEME_NAMES))
    frame = frame.join(refunds.set_index("line")[["reason", "clause"]]).join(details.rename("details"))
    return _numbered(frame.reset_index(drop=True))


def _agents(agents: AgentCheck, policy: Policy) -> pd.DataFrame:
    frame = agents.agents.sort_values("agent", kind="stable", ignore_index=True)
    order = in_place_order(frame.assign(person=-1, citizen_id="", name=frame["agent"]), policy)
    return frame.loc[order].reset_index(drop=True)


def _doubtful(agents: AgentCheck) -> pd.DataFrame:
    rows = agents.doubtful
    rows = rows.assign(
        problem=_problem(rows),
        scheme=rows["scheme"].map(SCHEME_NAMES),
        collected=pd.to_datetime(rows["collected_on"].where(rows["collected_on"] != "", None)).astype("datetime64[s]"),
        days=rows["days"].astype("Int64"),
    )
    rows = rows.sort_values(
        ["agent", "town", "village", "citizen_id", "scheme", "paid_on", "receipt_no"], kind="stable"
    )
    columns = [
        "problem", "agent", "town", "village", "name", "citizen_id", "scheme", "due_fen", "collected_fen", "amount_fen",
        "collected", "booked", "days", "receipt_no",
    ]  # fmt: skip
    return rows[columns]


def _problem(rows: pd.DataFrame) -> np.ndarray:
    """Everything that makes a payment doubtful, in one cell."""
    cells = np.full(len(rows), "", dtype=object)
    for problem in PROBLEMS:
        at = rows[problem].to_numpy()
        cells[at] = np.where(cells[at] == "", problem, cells[at] + "、" + problem)
    return cells


def _apart(reconciled: Reconciled, places: pd.DataFrame, *, other_years: bool) -> pd.DataFrame:
    """Payments that are not counted to this year: those of other years, or all the others."""
    reason = reconciled.payments["left_out"]
    rows = reconciled.payments[
        ((reason == OTHER_YEAR) if other_years else (reason != "") & (reason != OTHER_YEAR)).to_numpy()
    ]
    rows = rows.merge(places, on=["batch", "sheet_no"], how="left").sort_values(["file", "sheet_no", "row"])
    amount = rows["amount_fen"].astype("Int64").mask(rows["left_out"] == NO_AMOUNT)
    scheme = rows["scheme"].map(SCHEME_NAMES).fillna("")
    columns = [
        "town", "village", "name", "id_text", "scheme", "fee_year", "amount_fen", "day", "receipt_no", "left_out",
        "file", "sheet", "row",
    ]  # fmt: skip
    return _numbered(rows.assign(amount_fen=amount, scheme=scheme)[columns])


def _details(reconciled: Reconciled, refunds: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    """Payment by payment, of every line that is not simply paid or unpaid: day, yuan, channel, receipt; of a stranger
    also file and row."""
    lines = reconciled.lines
    plain = lines["status"].isin([PAID_UP, UNPAID]) & ~lines["outside_window"] & ~lines["waiting"]
    detailed = ~plain.to_numpy()
    detailed[refunds["line"].to_numpy()] = True
    line = reconciled.payments["line"].to_numpy()
    rows = reconciled.payments[(line >= 0) & np.append(detailed, False)[line]].merge(
        places, on=["batch", "sheet_no"], how="left"
    )
    rows = rows.sort_values(["line", "paid_on", "amount_fen", "receipt_no"], kind="stable")
    strange = (lines["status"] == STRANGER).to_numpy()
    texts: dict[int, list[str]] = {}
    for row in rows.itertuples():
        agent = f"（{row.agent}）" if row.agent else ""
        took = f"{row.counted_on}代收，{row.paid_on}入库" if row.counted_on != row.paid_on else row.paid_on
        words = [took or "日期不明", yuan(row.amount_fen), f"{row.channel}{agent}", row.receipt_no]
        words += [f"{row.file} 第{row.row}行"] if strange[row.line] else []
        texts.setdefault(row.line, []).append(" ".join(word for word in words if word))
    return pd.Series({at: "；".join(parts) for at, parts in texts.items()}, dtype="str")


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.insert(0, "序号", np.arange(1, len(frame) + 1))
    return frame
