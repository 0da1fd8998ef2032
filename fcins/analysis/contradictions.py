"""Rows that another row contradicts (W209): what each of the others says of the same person, in words for the clerk.

They are accepted, so they are no returned rows and no matter of the count that closes; 五（一）: whoever sent them is
asked which of them is right.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from fcins.analysis.differing_rows import BY, COMPARED, of_households, of_payments, of_rosters
from fcins.analysis.district import District
from fcins.analysis.returned import LINE_SCHEMA, cut_apart, lines_of, where_they_came_in
from fcins.assessment.facts import REGISTRY
from fcins.assessment.memberships import aid_payers
from fcins.frames import TEXT, empty
from fcins.headings import load_headings
from fcins.intake.answers import WHOLE_ROW
from fcins.store.schema import FACT_TABLES

CONTRADICTED = "W209"

MOST = 3
"""So many other rows are named of one field; of more it is said how many there are."""

_SCHEMA = pa.schema([*LINE_SCHEMA, ("others", TEXT), ("fields", TEXT)])


@dataclass(frozen=True)
class Contradicted:
    """`lines`: as returned.Returned has them, of the rows that are open.

    Besides, others: what other rows say, and what holds until that is settled; fields: the columns that differ.
    """

    lines: pd.DataFrame


@dataclass(frozen=True)
class _Kept:
    """The same as it is kept: _SCHEMA."""

    lines: pd.DataFrame


def contradicted(district: District) -> Contradicted:
    """Every row with W209 that nobody has answered yet."""
    kept = district.kept("contradicted", _Kept, FACT_TABLES, lambda: _Kept(_lines(district))).lines
    return Contradicted(cut_apart(kept, ("categories", "codes", "fields")))


def _lines(district: District) -> pd.DataFrame:
    findings = district.findings
    findings = findings[(findings["code"] == CONTRADICTED).to_numpy()]
    lines = lines_of(district, findings)
    if not len(lines):
        return empty(_SCHEMA)
    kinds = lines["kind"].where(~lines["kind"].isin(REGISTRY), "households")
    differing = [_differing(district, str(kind), of_kind) for kind, of_kind in lines.groupby(kinds.to_numpy())]
    texts = _sentences(district, pd.concat(differing, ignore_index=True))
    lines = lines.merge(texts, on=["now_batch", "now_seq", "part"], how="left").fillna({"others": "", "fields": ""})
    # Of a couple only the one whom the other row names; where nothing can be said both stay.
    silent = lines["others"] == ""
    spoken = (~silent).groupby([lines["now_batch"], lines["now_seq"]]).transform("any")
    open_lines: pd.DataFrame = lines[~(silent & spoken).to_numpy()].reset_index(drop=True)[_SCHEMA.names]
    return open_lines


# ── which rows say something else ───────────────────────────────────────────────────────────────────────────────────

_OWN = ["now_batch", "now_seq", "part"]


def _differing(district: District, kind: str, lines: pd.DataFrame) -> pd.DataFrame:
    """The pairs of one kind's lines and other rows, for each field in which they differ."""
    pairs = _pairs(district, kind, lines)
    if kind == "households":
        return of_households(pairs, district.residents, district.policy)
    if kind == "roster":
        return of_rosters(pairs, district.rosters.holding, district.policy)
    return of_payments(pairs, district.received)


def _pairs(district: District, kind: str, lines: pd.DataFrame) -> pd.DataFrame:
    """Each line's row beside each other accepted row that is about the same: the columns of its facts, those of the
    other row with `_other`; now_batch, now_seq, part: the line."""
    table, columns = FACT_TABLES[kind], COMPARED[kind]
    place = ("batch", "seq", "part", "sheet_no", "row", "key")
    facts = district.store.facts(table, (*place, *columns), set(lines["key"].tolist()))
    answered = district.answered
    facts = answered.standing(facts) if kind == "payments" else answered.without(facts)
    verdicts = district.verdicts_of(kind)
    accepted = verdicts[(verdicts["verdict"] == "accepted").to_numpy()][["batch", "seq"]].drop_duplicates()
    facts = facts.merge(accepted, on=["batch", "seq"])
    if kind == "roster":
        facts["aid_payer"] = aid_payers(facts, district.policy)[0]
        facts["part"] = facts["part"].where((facts["role"] != "").to_numpy(), WHOLE_ROW)
    else:
        facts["part"] = WHOLE_ROW
    own = facts.rename(columns={"batch": "now_batch", "seq": "now_seq"}).merge(lines[_OWN], on=_OWN)
    pairs = own.merge(facts, on=BY[kind], suffixes=("", "_other"))
    same = (pairs["now_batch"] == pairs["batch"]) & (pairs["now_seq"] == pairs["seq"])
    return pairs[~same.to_numpy()].reset_index(drop=True)


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sentences(district: District, differing: pd.DataFrame) -> pd.DataFrame:
    """now_batch, now_seq, part, others, fields: what the other rows say to each line, field by field.

    户籍状态：本行为正常，户籍补充.xlsx › Sheet1 第5行为死亡；暂按正常.
    """
    rows = differing[[*_OWN, "field", "own", "holds", "batch", "seq", "other"]].merge(_places(district, differing))
    order = {field: number for number, field in enumerate(dict.fromkeys(rows["field"]))}
    rows = rows.assign(order=rows["field"].map(order)).drop_duplicates([*_OWN, "order", "batch", "seq"])
    rows = rows.sort_values([*_OWN, "order", "file", "sheet", "row"], kind="stable")
    places = zip(rows["file"], rows["sheet"], rows["row"], rows["other"], strict=True)
    rows["other"] = [f"{file} › {sheet} 第{row}行为{text}" for file, sheet, row, text in places]
    by_field = rows.groupby([*_OWN, "order"], sort=False)
    rows["rows"] = by_field["row"].transform("size")
    named = rows[(by_field.cumcount() < MOST).to_numpy()]
    first = ["field", "own", "holds", "rows"]
    fields = named.groupby([*_OWN, "order"], sort=False)[[*first, "other"]].agg(
        {**dict.fromkeys(first, "first"), "other": "，".join}
    )
    fields = fields.reset_index()
    fields["others"] = [_sentence(*line) for line in fields[[*first, "other"]].itertuples(index=False, name=None)]
    by_line = fields.groupby(_OWN, sort=False)[["others", "field"]]
    return by_line.agg({"others": "。".join, "field": " ".join}).rename(columns={"field": "fields"}).reset_index()


def _places(district: District, differing: pd.DataFrame) -> pd.DataFrame:
    """batch, seq, file, sheet, row: where the other rows stand in the files of their senders."""
    places = differing[["batch", "seq", "sheet_no_other", "row_other"]].drop_duplicates(["batch", "seq"])
    places = places.rename(columns={"sheet_no_other": "sheet_no", "row_other": "row"})
    places = where_they_came_in(district, places).drop(columns=["batch", "seq"])
    return places.rename(columns={"now_batch": "batch", "now_seq": "seq"})[["batch", "seq", "file", "sheet", "row"]]


def _sentence(field: str, own: str, holds: str, rows: int, others: str) -> str:
    more = f"等{rows}行" if rows > MOST else ""
    until_settled = f"；暂按{holds}" if holds else ""
    return f"{load_headings().canonical(field)}：本行为{own}，{others}{more}{until_settled}"
