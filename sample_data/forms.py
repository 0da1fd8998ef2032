"""Lays rows out as a department's file: the forms of two districts stand in forms.toml."""

import datetime
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from slips import accepted
from workbooks import Page

Mark = tuple[str, int, str, str, str]  # sheet, row as Excel counts, person within a wide row, expected finding, slip
SIGNED = "制表人：孙某    审核人：李某    单位（盖章）"
DATE_FIELDS = ["birth", "date", "since", "until"]


@dataclass(frozen=True)
class Form:
    """One department's way of doing it.

    file may hold {town}: a file per town, the suffixes in turn. columns are "heading:field" ("top/bottom:field" for a
    heading of two rows); no is the running number, an empty field an empty column. title and note stand above the
    headings. shape: rows, wide (a household a row, six people) or pages (a sheet per value of the field page). total:
    who is counted in the stamped 应参保总人数: accepted (the count closes), sent (it does not), or "" (no stamp);
    stamped: the line is in the file as well; signed: 合计 and 制表人 stand below. repeat: the headings come again after
    so many rows; carry: the town in which a village's name stands only on its first row; hidden: the sheet that is.
    short: towns are written without 镇 or as 办事处. dates: how dates are written, in turn by chance (see `written`).
    labels: what the file calls a scheme or category. options: the import command's.
    """

    file: str
    columns: list[str]
    sender: str
    messy: str
    title: str = ""
    note: str = ""
    sheet: str = "Sheet1"
    shape: str = "rows"
    total: str = ""
    stamped: bool = False
    signed: bool = False
    repeat: int = 0
    carry: str = ""
    hidden: str = ""
    short: bool = False
    encoding: str = "utf-8-sig"
    dates: Sequence[str] = ("iso",)
    labels: dict[str, list[str]] = field(default_factory=dict)
    suffixes: Sequence[str] = ()
    command: str = "import-roster"
    options: str = ""


def forms(style: str) -> dict[str, Form]:
    """The forms of one district ("fengcheng" or "other") by the name of the file's function in rosters.py."""
    with (Path(__file__).parent / "forms.toml").open("rb") as source:
        tables = tomllib.load(source)[style]
    return {name: Form(**table) for name, table in tables.items()}


def written(day: str, how: str) -> str | int | datetime.date:
    """An ISO date as a clerk would write it."""
    year, month, date = day.split("-")
    y, m, d = int(year), int(month), int(date)
    ways: dict[str, str | int] = {
        "iso": day, "dash": f"{y}-{m}-{d}", "dot": f"{y}.{m}.{d}", "slash": f"{y}/{m}/{d}",
        "plain": year + month + date, "han": f"{y}年{m}月{d}日", "number": int(year + month + date),
    }  # fmt: skip
    if how in ways:
        return ways[how]
    cell = datetime.date(y, m, d)
    return cell if how == "date" else (cell - datetime.date(1899, 12, 30)).days


def dressed(form: Form, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows with their dates, schemes and numbers as this department writes them."""
    rows = rows.copy()
    if list(form.dates) != ["iso"]:
        for column in [c for c in DATE_FIELDS if c in rows.columns]:
            pick = rng.integers(0, len(form.dates), len(rows))
            real = rows[column].str.fullmatch(r"\d{4}-(0\d|1[0-2])-[0-3]\d").fillna(False).to_numpy(bool)
            cells = zip(rows[column], pick, real, strict=True)
            rows[column] = pd.Series([written(v, form.dates[p]) if ok else v for v, p, ok in cells], dtype=object)
    if form.short:
        towns = {town: town.removesuffix("镇").replace("街道", "办事处") for town in rows["town"].unique()}
        rows["town"] = rows["town"].map(towns)
    if "scheme" in rows.columns:
        pick = rng.integers(0, 60, len(rows))
        rows["scheme"] = [form.labels[s][p % len(form.labels[s])] for s, p in zip(rows["scheme"], pick, strict=True)]
    if "label" in form.labels:
        rows["label"] = form.labels["label"][0]
    return rows


def widened(rows: pd.DataFrame) -> pd.DataFrame:
    """Six people of a household side by side; the marks of each go with it."""
    house = rows["town"] + rows["household_no"]
    slot = rows.groupby(house, sort=False).cumcount()
    key = pd.Series(list(zip(house, slot // 6, strict=True)), index=rows.index)
    empty = {f"{field}.{n}": None for n in range(1, 7) for field in ("name", "id")}
    records: dict[Any, dict[str, Any]] = {}
    for at, row, n in zip(key, rows.to_dict("records"), slot % 6 + 1, strict=True):
        wide = records.setdefault(at, {c: row[c] for c in ("town", "village", "head")} | empty | {"marks": []})
        wide[f"name.{n}"], wide[f"id.{n}"] = row["name"], row["id"]
        if row["code"] or row["what"]:
            wide["marks"].append((str(n), row["code"], row["what"]))
    return pd.DataFrame(list(records.values()), dtype=object)


def lay_out(form: Form, rows: pd.DataFrame, rng: np.random.Generator) -> tuple[list[Page], list[Mark], int]:
    """The sheets of the file, the marks of its planted rows, and the stamped number of people (0: none)."""
    declared = len(accepted(rows)) if form.total else 0
    declared += int(rows["code"].str.startswith("E").sum()) if form.total == "sent" else 0
    rows = dressed(form, rows.reset_index(drop=True), rng)
    if form.shape == "wide":
        rows = widened(rows)
    else:
        touched = np.flatnonzero((rows["code"] != "") | (rows["what"] != ""))
        marks: list[list[tuple[str, str, str]]] = [[] for _ in range(len(rows))]
        for at in touched:
            marks[at] = [("", str(rows.at[at, "code"]), str(rows.at[at, "what"]))]
        rows["marks"] = pd.Series(marks, dtype=object)
    parts = rows.groupby("page", sort=False) if form.shape == "pages" else [(form.sheet, rows)]
    pages, planted = [], []
    for name, part in parts:
        name = "" if form.file.endswith(".csv") else name
        page, found = one_page(form, str(name), part.reset_index(drop=True), declared)
        pages.append(page)
        planted += found
    return pages, planted, declared


def cells_of(rows: pd.DataFrame, name: str) -> list[Any]:
    """One field as cells: no is the running number, what the rows do not have stays empty."""
    if name == "no":
        return list(range(1, len(rows) + 1))
    if name not in rows.columns:
        return [None] * len(rows)
    return [None if missing else cell for cell, missing in zip(rows[name], rows[name].isna(), strict=True)]


def one_page(form: Form, name: str, rows: pd.DataFrame, declared: int) -> tuple[Page, list[Mark]]:
    """A sheet and the marks of its planted rows."""
    shown = [c.rsplit(":", 1) for c in form.columns]
    if "card" in rows.columns:  # a sheet has the 残疾人证号 or the ID, never both
        without = "id" if rows["card"].fillna("").ne("").any() else "card"
        shown = [[h, f] for h, f in shown if f != without]
    tops, width = [h.split("/") for h, _ in shown], len(shown)
    top_lines = [line.replace("{town}", rows["town"].iloc[0]) for line in (form.title, form.note) if line]
    sheet: list[Any] = [[line] + [None] * (width - 1) for line in top_lines]
    page = Page(
        name,
        sheet,
        widths=[
            max(6, 20 if f.startswith(("id", "card", "address", "receipt", "wife_id", "husband_id")) else 10)
            for _, f in shown
        ],
        hidden=name == form.hidden,
    )
    page.headings = {0} if form.title else set()
    page.merges = [(r, 0, r, width - 1) for r in range(len(sheet))] if width > 1 else []

    def headings() -> None:
        at = len(sheet)
        if all(len(t) == 1 for t in tops):
            sheet.append([t[0] for t in tops])
            page.headings.add(at)
            return
        first = [t[0] if c == 0 or t[0] != tops[c - 1][0] else None for c, t in enumerate(tops)]
        sheet.extend([first, [t[1] if len(t) > 1 else None for t in tops]])
        page.headings |= {at, at + 1}
        for c, t in enumerate(tops):
            if len(t) == 1:
                page.merges.append((at, c, at + 1, c))
            elif first[c] is not None:
                page.merges.append((at, c, at, c + sum(u[0] == t[0] for u in tops) - 1))

    columns = [cells_of(rows, f) for _, f in shown]
    if form.carry:
        town, village = (columns[[f for _, f in shown].index(c)] for c in ("town", "village"))
        same = [False] + [
            town[i] == form.carry and (town[i], village[i]) == (town[i - 1], village[i - 1])
            for i in range(1, len(rows))
        ]
        columns[[f for _, f in shown].index("village")] = [None if s else v for s, v in zip(same, village, strict=True)]
    planted: list[Mark] = []
    headings()
    for n, (cells, marks) in enumerate(zip(zip(*columns, strict=True), rows["marks"], strict=True)):
        if form.repeat and n and n % form.repeat == 0:
            sheet.append([None] * width)
            headings()
        sheet.append(cells)
        planted += [(name, len(sheet), *mark) for mark in marks]
    if form.stamped:
        sheet.append(["合计", None, f"{declared}人"] + [None] * (width - 3))
        sheet.append([f"经审核确认，2024年度应参保总人数：{declared}人（盖章）"] + [None] * (width - 1))
    elif form.signed:
        people = len(rows) if not declared or form.shape == "pages" else declared
        sheet.append(["小计" if form.shape == "pages" else "合计", None, people] + [None] * (width - 3))
    if form.signed:
        sheet.append([SIGNED] + [None] * (width - 1))
    return page, planted
