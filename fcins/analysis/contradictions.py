"""Rows that another row contradicts (W209): what each of the others says of the same person, in words for the clerk.

They are accepted, so they are no returned rows and no matter of the count that closes; 五（一）: whoever sent them is
asked which of them is right.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from fcins.analysis.district import District
from fcins.analysis.returned import LINE_SCHEMA, cut_apart, lines_of, where_they_came_in
from fcins.assessment.facts import REGISTRY
from fcins.assessment.residents import STATUS_AFTER, same_village
from fcins.figures import plain_yuan
from fcins.frames import TEXT, empty
from fcins.headings import load_headings
from fcins.intake.answers import WHOLE_ROW
from fcins.store.schema import FACT_TABLES
from fcins.values import WHOLE_AMOUNT

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
    by_kind = {
        "households": (REGISTRY, _of_households),
        "roster": (("roster",), _of_rosters),
        "payments": (("payments",), _of_payments),
    }
    found = []
    for kind, (kinds, compare) in by_kind.items():
        of_kind = lines[lines["kind"].isin(kinds).to_numpy()]
        if len(of_kind):
            found.append(_sentences(district, compare(district, _pairs(district, kind, of_kind))))
    texts = pd.concat(found, ignore_index=True)
    lines = lines.merge(texts, on=["now_batch", "now_seq", "part"], how="left").fillna({"others": "", "fields": ""})
    # Of a couple only the one whom the other row names; where nothing can be said both stay.
    silent = lines["others"] == ""
    spoken = (~silent).groupby([lines["now_batch"], lines["now_seq"]]).transform("any")
    open_lines: pd.DataFrame = lines[~(silent & spoken).to_numpy()].reset_index(drop=True)[_SCHEMA.names]
    return open_lines


# ── which rows say something else ───────────────────────────────────────────────────────────────────────────────────

_OWN = ["now_batch", "now_seq", "part"]
_COLUMNS = {
    "households": ("hukou_status", "change", "change_date", "town", "village", "residency"),
    "roster": ("category", "role", "aid_payer", "aid_fen", "cancelled_on"),
    "payments": ("scheme", "receipt_no", "fee_year", "amount_fen"),
}
"""What is compared, and by what it is known that two rows are about the same."""

_BY = {
    "households": ["key"],
    "roster": ["key", "category", "aid_payer"],
    "payments": ["key", "scheme", "receipt_no", "fee_year"],
}
"""In what two rows agree that are about the same thing."""


def _pairs(district: District, kind: str, lines: pd.DataFrame) -> pd.DataFrame:
    """Each line's row beside each other accepted row that is about the same: the columns of its facts, those of the
    other row with `_other`; now_batch, now_seq, part: the line."""
    table, columns = FACT_TABLES[kind], _COLUMNS[kind]
    place = ("batch", "seq", "part", "sheet_no", "row", "key")
    facts = district.store.facts(table, (*place, *columns), set(lines["key"].tolist()))
    answered = district.answered
    facts = answered.standing(facts) if kind == "payments" else answered.without(facts)
    verdicts = district.verdicts_of(kind)
    accepted = verdicts[(verdicts["verdict"] == "accepted").to_numpy()][["batch", "seq"]].drop_duplicates()
    facts = facts.merge(accepted, on=["batch", "seq"])
    if kind == "roster":
        facts["part"] = facts["part"].where((facts["role"] != "").to_numpy(), WHOLE_ROW)
    else:
        facts["part"] = WHOLE_ROW
    own = facts.rename(columns={"batch": "now_batch", "seq": "now_seq"}).merge(lines[_OWN], on=_OWN)
    pairs = own.merge(facts, on=_BY[kind], suffixes=("", "_other"))
    same = (pairs["now_batch"] == pairs["batch"]) & (pairs["now_seq"] == pairs["seq"])
    return pairs[~same.to_numpy()].reset_index(drop=True)


def _differing(pairs: pd.DataFrame, field: str, texts: tuple[pd.Series, pd.Series], holds: pd.Series) -> pd.DataFrame:
    """The pairs of which the rows say different things in a field (own, other), and what holds ("" if unknown).

    A row that leaves the field empty says nothing.
    """
    own, other = (text.to_numpy(dtype=object) for text in texts)
    named = pairs.assign(field=field, own=own, other=other, holds=holds.to_numpy(dtype=object))
    differing: pd.DataFrame = named[(own != other) & (own != "") & (other != "")]
    return differing


def _both(pairs: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    return pairs[name], pairs[f"{name}_other"]


def _of_households(district: District, pairs: pd.DataFrame) -> pd.DataFrame:
    """户籍: the state, its day, where they live; of a change what it is and when. What holds are the residents."""
    in_changes = ((pairs["change"] != "") | (pairs["change_other"] != "")).to_numpy()
    found = [_of_snapshots(district, pairs[~in_changes]), _of_changes(district, pairs[in_changes])]
    return pd.concat(found, ignore_index=True)


def _of_snapshots(district: District, pairs: pd.DataFrame) -> pd.DataFrame:
    residents = district.residents
    at = residents.find(pairs["key"])
    found = [
        _differing(pairs, field, _both(pairs, field), residents.texts_at(column, at))
        for field, column in (
            ("hukou_status", "status"), ("change_date", "status_since"), ("town", "town"), ("residency", "residency")
        )
    ]  # fmt: skip
    villages = _differing(pairs, "village", _both(pairs, "village"), residents.texts_at("village", at))
    spelt = zip(villages["own"], villages["other"], strict=True)
    alike = np.array([same_village(own, other, district.policy) for own, other in spelt], np.bool_)
    return pd.concat([*found, villages[~alike]])


def _of_changes(district: District, pairs: pd.DataFrame) -> pd.DataFrame:
    """Changes that end in different states, or a change and a row of the households: 2023-11-02死亡."""
    states, texts = [], []
    for change, state, day in zip(
        *(_both(pairs, name) for name in ("change", "hukou_status", "change_date")), strict=True
    ):
        states.append(change.map(STATUS_AFTER).where(change != "", state))
        texts.append(day + change.where(change != "", state))
    status = district.residents.texts_at("status", district.residents.find(pairs["key"]))
    ends_differ = (states[0] != states[1]).to_numpy()
    return _differing(pairs[ends_differ], "change", (texts[0][ends_differ], texts[1][ends_differ]), status[ends_differ])


def _of_rosters(district: District, pairs: pd.DataFrame) -> pd.DataFrame:
    """Another amount of the same payer's aid; a membership that one row ends and another has without an end."""
    holding = district.rosters.holding.drop_duplicates(_BY["roster"])[[*_BY["roster"], "aid_fen"]]
    holds = pairs[_BY["roster"]].merge(holding, on=_BY["roster"], how="left")["aid_fen"]
    own, other = (_texts(amounts, _aid) for amounts in _both(pairs, "aid_fen"))
    amounts = _differing(pairs, "aid_amount", (own, other), _texts(holds.fillna(0), _aid).replace("", "不计"))
    own, other = (days.replace("", "空") for days in _both(pairs, "cancelled_on"))
    ends = _differing(pairs, "cancelled_on", (own, other), holds.isna().map({True: "已取消", False: "没有取消"}))
    one_open = (ends["cancelled_on"] == "") | (ends["cancelled_on_other"] == "")
    return pd.concat([amounts, ends[one_open.to_numpy()]])


def _of_payments(district: District, pairs: pd.DataFrame) -> pd.DataFrame:
    """Another amount of the same line of a receipt. What holds is the row that counts as received."""
    own, other = _both(pairs, "amount_fen")
    line = ((own < 0) == (other < 0)) & (pairs["receipt_no"] != "")
    pairs, amounts = pairs[line], (_texts(own[line], plain_yuan), _texts(other[line], plain_yuan))
    received = district.received
    received = received[received["receipt_no"].isin(pairs["receipt_no"]).to_numpy()]
    by = [*_BY["payments"], "refund"]
    counted = received.assign(refund=received["amount_fen"] < 0)[[*by, "amount_fen"]].drop_duplicates(by)
    asked = pairs.assign(refund=pairs["amount_fen"] < 0)[by]
    holds = asked.merge(counted, on=by, how="left")["amount_fen"]
    words = holds.map(lambda fen: "" if pd.isna(fen) else plain_yuan(int(fen)))
    return _differing(pairs, "paid_amount", amounts, words)


def _aid(fen: int) -> str:
    """An amount of aid as it is said; "" where there is none."""
    return "全额" if fen == WHOLE_AMOUNT else plain_yuan(fen) if fen > 0 else ""


def _texts(column: pd.Series, words: Callable[[int], str]) -> pd.Series:
    return pd.Series([words(int(value)) for value in column], index=column.index, dtype="str")


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
