"""Plants into a department's rows the slips that real clerks make, and remembers each with the finding it must get.

Rows are a frame of objects with at least name, id, who (position in the people's frame, -1: nobody), order, code, what.
`code` is the expected finding ("" = accepted without complaint), `what` the slip's name ("" = an untouched row).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from population import with_check

Row = dict[str, Any]
Rng = np.random.Generator
Added = tuple[str, str, pd.DataFrame]
"""Code, what, rows: people that do not belong on a list."""
DOTS = "•・･‧∙．"  # what people type for the middle dot of minority names, U+00B7
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def id_fault(text: str) -> str:
    """The finding an ID as typed gets: E103, E104, E105, E106 or "" (18 characters, GB 11643)."""
    if len(text) != 18:
        return "E103"
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return "E104"
    try:
        born = np.datetime64(f"{text[6:10]}-{text[10:12]}-{text[12:14]}")
    except ValueError:
        return "E105"
    if born > np.datetime64("2024-01-31"):
        return "E105"
    return "" if with_check(text[:17]) == text else "E106"


def swapped(row: Row, rng: Rng) -> Row:
    """Two neighbouring digits after the region changed places."""
    text = row["id"]
    places = [i for i in range(8, 16) if text[i] != text[i + 1]]
    at = int(rng.choice(places))
    text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return {"id": text, "code": id_fault(text)}


def bad_birth(row: Row, rng: Rng) -> Row:
    """A day that no calendar has, with a fitting check digit; or one far in the future."""
    text = row["id"]
    body = text[:6] + str(rng.choice([text[6:10] + "0230", text[6:10] + "1315", "2099" + text[10:14]])) + text[14:17]
    return {"id": with_check(body)}


def bad_check(row: Row, rng: Rng) -> Row:
    """Another check digit."""
    return {"id": row["id"][:17] + str((int(row["id"][17].replace("X", "3")) + int(rng.integers(1, 9))) % 10)}


def slip_of_digit(row: Row, rng: Rng) -> Row:
    """Another valid ID, one digit of the running number away: nobody's, but the name tells whose it was meant to be."""
    text = row["id"]
    return {"id": with_check(text[:15] + str((int(text[15]) + int(rng.integers(1, 10))) % 10) + text[16])}


def other_name(row: Row, rng: Rng) -> Row:
    """Another person's name: a relative's, or a character heard wrongly."""
    name = row["name"]
    return {"name": ("张" if name[0] != "张" else "章") + name[1:] if rng.random() < 0.5 else name[0] + "小" + name[-1]}


def short_level(level: str) -> Callable[[Row, Rng], Row]:
    """A disability level, also as the 20th character of the 残疾人证号 where the row has one."""
    digit = str("一二三四".index(level[0]) + 1)
    return lambda row, rng: {
        "level": level,
        "card": str(row.get("card") or "")[:19] + digit if row.get("card") else None,
    }


def plain(row: Row) -> bool:
    """Whether the row has a name and an ID."""
    return bool(row["id"]) and bool(row["name"])


def chinese(row: Row) -> bool:
    """Whether the name is of two to four common characters."""
    return plain(row) and re.fullmatch("[\u4e00-\u9fff]{2,4}", row["name"]) is not None


@dataclass(frozen=True)
class Slip:
    """`change` gives the cells that differ; `fits` says which rows can carry the slip."""

    code: str
    change: Callable[[Row, Rng], Row]
    fits: Callable[[Row], bool] = plain


SLIPS: dict[str, Slip] = {
    "no_name": Slip("E101", lambda r, g: {"name": ""}),
    "no_id": Slip("E102", lambda r, g: {"id": ""}),
    "short_id": Slip("E103", lambda r, g: {"id": r["id"][:9] + r["id"][10:]}),
    "long_id": Slip("E103", lambda r, g: {"id": r["id"][:12] + r["id"][11:]}),
    "bad_char": Slip(
        "E104", lambda r, g: {"id": r["id"][:3] + "O" + r["id"][4:]}, lambda r: plain(r) and "X" not in r["id"]
    ),
    "bad_birth": Slip("E105", bad_birth),
    "bad_check": Slip("E106", bad_check),
    "swapped_digits": Slip("", swapped, lambda r: plain(r) and len(set(r["id"][8:16])) > 2),
    "number_id": Slip("E107", lambda r, g: {"id": float(r["id"])}, lambda r: plain(r) and r["id"][17] != "X"),
    "old_id": Slip(
        "W108", lambda r, g: {"id": r["id"][:6] + r["id"][8:17]}, lambda r: plain(r) and r["id"][6:8] == "19"
    ),
    "wrong_sex": Slip("W110", lambda r, g: {"sex": "男" if r["sex"] == "女" else "女"}),
    "wrong_birth": Slip("W111", lambda r, g: {"birth": f"{int(r['id'][6:10]) - 1}-{r['id'][10:12]}-{r['id'][12:14]}"}),
    "passport": Slip("E112", lambda r, g: {"id": f"EA{g.integers(10**6, 10**7)}", "who": -1}),
    "hong_kong": Slip("E112", lambda r, g: {"id": f"H{g.integers(10**7, 10**8)}", "who": -1}),
    "slip_of_digit": Slip("E201", slip_of_digit, chinese),
    "other_name": Slip("E202", other_name, chinese),
    "other_town": Slip("W205", lambda r, g: {"town": "榴园镇" if r["town"] != "榴园镇" else "峨山镇"}),
    "unknown_town": Slip("E206", lambda r, g: {"town": "榴圆镇"}),
    "level_three": Slip("E301", short_level("三级")),
    "level_four": Slip("E301", short_level("四级")),
    "unknown_category": Slip("E303", lambda r, g: {"category": "留守儿童"}),
    "two_categories": Slip("", lambda r, g: {"category": "孤儿、事实无人抚养儿童"}),
    "bad_amount": Slip("E306", lambda r, g: {"amount": "若干"}),
    "bad_date": Slip("E307", lambda r, g: {"date": "2023-13-45"}),
    # accepted, however they are written
    "spaced_name": Slip(
        "",
        lambda r, g: {"name": g.choice([" ", "  ", "\u3000"]).join(r["name"])},
        lambda r: chinese(r) and len(r["name"]) == 2,
    ),
    "spaced_id": Slip("", lambda r, g: {"id": f"{r['id'][:6]} {r['id'][6:14]} {r['id'][14:]}"}),
    "padded_id": Slip("", lambda r, g: {"id": f" {r['id']}\u3000"}),
    "wide_id": Slip("", lambda r, g: {"id": r["id"].translate(FULL_WIDTH)}),
    "lower_x": Slip("", lambda r, g: {"id": r["id"].lower()}, lambda r: plain(r) and r["id"][17] == "X"),
    "other_dot": Slip(
        "", lambda r, g: {"name": r["name"].replace("·", g.choice(list(DOTS)))}, lambda r: plain(r) and "·" in r["name"]
    ),
    "wide_letters": Slip(
        "", lambda r, g: {"name": r["name"].replace("A", "Ａ")}, lambda r: plain(r) and "A" in r["name"]
    ),
    "old_character": Slip(
        "", lambda r, g: {"name": r["name"].replace("䶮", "\ue863")}, lambda r: plain(r) and "䶮" in r["name"]
    ),
}
ID_SLIPS = ["no_name", "no_id", "short_id", "long_id", "bad_char", "bad_birth", "bad_check", "swapped_digits", "old_id"]
SOFT_SLIPS = ["spaced_name", "spaced_id", "wide_id", "lower_x", "other_dot"]


@dataclass
class Plan:
    """Which slips a file gets and how many of each.

    change: slip → count, rows that go wrong; add: code → people that do not belong on the list, put between the others;
    again: how many accepted people come once more further down (D401); only: the rows that may be touched (None: all).
    """

    change: dict[str, int] = field(default_factory=dict)
    add: list[Added] = field(default_factory=list)
    again: int = 0
    only: np.ndarray | None = None


def plant(rows: pd.DataFrame, plan: Plan, rng: Rng, taken: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Carry out the plan; `taken` are all IDs in use: a slipped digit must hit nobody. Rows come back in order."""
    rows = rows.reset_index(drop=True).copy()
    rows["order"], rows["code"], rows["what"] = np.arange(len(rows), dtype=float), "", ""
    records: dict[int, Row] = {}
    free = list(rng.permutation(np.arange(len(rows)) if plan.only is None else np.flatnonzero(plan.only)))
    columns = list(rows.columns)
    values = rows.to_numpy(object)
    for what, count in plan.change.items():
        slip = SLIPS[what]
        begin = 0  # no row before it can carry this slip
        for _ in range(count):
            hit = None  # a row that could have, had its new digit not been another's
            for n in range(begin, len(free)):
                at = free[n]
                row = dict(zip(columns, values[at], strict=True))
                if not slip.fits(row):
                    continue
                new = {"code": slip.code, "what": what} | slip.change(row, rng)
                if what == "slip_of_digit" and new["id"] in taken:
                    hit = n if hit is None else hit
                    continue
                records[at] = row | {k: v for k, v in new.items() if k in columns}
                del free[n]
                begin = n if hit is None else hit
                break
            else:
                begin = len(free) if hit is None else hit
    for at, row in records.items():
        values[at] = [row[c] for c in columns]
    rows = pd.DataFrame(values, columns=columns)
    return pd.concat([rows, *additions(rows, plan, rng, free)]).sort_values("order", kind="stable", ignore_index=True)


def additions(rows: pd.DataFrame, plan: Plan, rng: Rng, free: list[int]) -> list[pd.DataFrame]:
    """The rows to put in: each behind a row of its own town, whose household and page it shares."""
    shared = [c for c in ("group", "household_no", "head", "page") if c in rows.columns]
    order, town = rows["order"].to_numpy(float), rows["town"].to_numpy()
    of_town = {name: np.flatnonzero(town == name) for name in pd.unique(town)}
    nowhere = np.zeros(0, int)
    extra = []
    for n, (code, what, people) in enumerate(plan.add):
        near = [of_town.get(name, nowhere) for name in people["town"]]
        spot = [int(rng.choice(places)) if len(places) else int(rng.integers(len(rows))) for places in near]
        new = rows.iloc[spot].reset_index(drop=True)
        for column in [c for c in people.columns if c not in shared and c in new.columns]:
            new[column] = people[column].to_numpy()
        extra.append(new.assign(order=order[spot] + 0.1 + n / 100, code=code, what=what))
    first = np.sort(np.array(free[: plan.again], int))
    later = [int(rng.choice(of_town[town[at]][order[of_town[town[at]]] >= order[at]])) for at in first]
    new = rows.iloc[first].reset_index(drop=True)
    for column in shared:
        new[column] = rows[column].to_numpy()[later]
    extra.append(new.assign(order=order[later] + 0.6, code="D401", what="again"))
    return extra


def accepted(rows: pd.DataFrame) -> np.ndarray:
    """Positions (`who`) of the people whom the file's rows name rightly, each once."""
    good = ~rows["code"].str.startswith(("E", "D"))
    return np.unique(rows.loc[good, "who"].to_numpy(int))
