"""核查提示: the findings that concern a town, with the file, sheet and row they stand on."""

from dataclasses import dataclass

import pandas as pd

from fcins.analysis.contradictions import CONTRADICTED, contradicted
from fcins.analysis.district import District
from fcins.analysis.suggestions import meant_categories
from fcins.findings import CATALOGUE, advice
from fcins.store.schema import FACT_TABLES

_FACT_COLUMNS = ["batch", "seq", "part", "sheet_no", "row", "name", "id_text", "key", "town", "village"]


@dataclass(frozen=True)
class Hints:
    """`rows`: town, village and the columns of collection.HINT_COLUMNS."""

    rows: pd.DataFrame


def hint_table(district: District) -> pd.DataFrame:
    """Errors and warnings of all batches: the columns of collection.HINT_COLUMNS, and town.

    A row belongs to the town of the resident its ID names; else to the town it states. Copies (D) are left to the
    departments: they change nothing in a register. Ordered by village, file, sheet and row.
    """
    return district.kept("hints", Hints, FACT_TABLES, lambda: Hints(_hints(district))).rows


def _hints(district: District) -> pd.DataFrame:
    findings = district.findings
    findings = findings[(findings["code"].str[0] != "D").to_numpy()]
    rows = findings.merge(district.store.facts_anywhere(_FACT_COLUMNS, findings), on=["batch", "seq", "part"])
    rows = rows.merge(district.batches[["batch", "file"]], on="batch")
    rows = rows.merge(district.store.sheet_names(), on=["batch", "sheet_no"])
    at = district.residents.find(rows["key"])
    rows["town"] = district.towns_of(rows)
    rows["village"] = rows["village"].where(at < 0, district.residents.texts_at("village", at))
    rows = rows.sort_values(["town", "village", "file", "sheet_no", "row", "code"], kind="stable", ignore_index=True)
    rows["problem"] = [CATALOGUE[code].problem for code in rows["code"]]
    others = _others(rows, district)
    return pd.DataFrame(
        {
            "town": rows["town"],
            "village": rows["village"],
            "村居": rows["village"],
            "姓名": rows["name"],
            "公民身份号码": rows["id_text"],
            "问题代码": rows["code"],
            "问题说明": rows["problem"].where(others == "", others),
            "建议": _advice(rows, district),
            "文件": rows["file"],
            "工作表": rows["sheet"],
            "行号": rows["row"],
        }
    )


def _others(rows: pd.DataFrame, district: District) -> "pd.Series[str]":
    """What other rows say of the same person, where they contradict a row (W209); "" elsewhere. On the same index."""
    contradicting = rows["code"] == CONTRADICTED
    others = pd.Series("", index=rows.index, dtype="str")
    if contradicting.any():
        by_row = contradicted(district).lines.groupby(["now_batch", "now_seq"])["others"].agg("。".join)
        found = by_row.reindex(pd.MultiIndex.from_frame(rows.loc[contradicting, ["batch", "seq"]]))
        others[contradicting] = found.fillna("").to_numpy()
    return others


def _advice(rows: pd.DataFrame, district: District) -> list[str]:
    """What to do about each row's finding; of a category not recognised, which one is probably meant."""
    rosters = district.batches.loc[(district.batches["kind"] == "roster").to_numpy(), "batch"]
    unknown = (rows["code"] == "E303").to_numpy() & rows["batch"].isin(rosters).to_numpy()
    near = iter(meant_categories(district.store, rows[unknown], district.policy))
    asked = zip(rows["code"].tolist(), unknown.tolist(), strict=True)
    return [advice(code, next(near) if looked else ()) for code, looked in asked]
