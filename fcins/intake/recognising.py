"""What a file is: the registry, a roster of which category, payments … by its headings, titles and names. Pure.

The marks are data: kinds.toml. Each kind gets points from a sheet's columns and from what its title, name and file's
name say; the first is certain only if it has enough, and well more than the second. A file that is not certain is
taken for what the command says that it is.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import pandas as pd

from fcins.headings import UNKNOWN, heading_key, load_headings
from fcins.intake import last_year
from fcins.intake.leavers import LEAVES, UNSURE, said_of
from fcins.intake.replies import is_feedback, is_gaps, is_summary, receipt_in
from fcins.intake.roster_categories import column_categories, sheet_categories, titles
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

IMPORTED = ("households", "changes", "roster", "enrolment", "payments")
"""The kinds that --as may name."""

WENT_OUT = ("feedback", "gaps")
"""Workbooks that went out for answers."""


@dataclass(frozen=True)
class Kind:
    """One kind of kinds.toml: what it is called, and the command that takes it ("" for none).

    `columns`: sets of fields, with the points for having one; `titles`: words that a title of it has.
    """

    code: str
    name: str
    command: str = ""
    options: str = ""
    titles: tuple[str, ...] = ()
    columns: tuple[tuple[frozenset[str], int], ...] = ()


@dataclass(frozen=True)
class Marks:
    """kinds.toml, as it stands there."""

    kinds: Mapping[str, Kind]
    enough: int
    lead: int
    title_weight: int
    category_weight: int
    asked_weight: int
    word_weight: int
    own_headings: Mapping[str, frozenset[str]]
    written_to_import: Mapping[str, str]
    went_out: Mapping[str, str]


@dataclass(frozen=True)
class Recognised:
    """What a sheet or a file is. `kind`: a code of kinds.toml; `categories`: of a roster; `why`: for a person.

    `points`: of each kind that it could be. `document`: which of our own it is. `tables`: of a file, each of its
    tables by itself.
    """

    kind: str
    categories: tuple[str, ...]
    certain: bool
    why: str
    points: Mapping[str, int]
    document: str = ""
    tables: tuple["Recognised", ...] = ()

    def may_be(self, kinds: Sequence[str]) -> bool:
        """Whether the file can be taken for one of these kinds without being told so."""
        return not self.certain or self.kind in kinds

    def doubted_as(self, kinds: Sequence[str]) -> bool:
        """Whether another kind is as likely as these or likelier, though not certain; where nothing tells, none is."""
        points = max((self.points.get(kind, 0) for kind in kinds), default=0)
        own = self.points.get(self.kind, 0)
        return not self.certain and own > 0 and own >= points and self.kind not in kinds


@cache
def load_marks() -> Marks:
    """The marks of kinds.toml, read once."""
    data = tomllib.loads(resources.files("fcins").joinpath("kinds.toml").read_text(encoding="utf-8"))
    kinds = {}
    for code, table in data["kinds"].items():
        columns = tuple((frozenset(each["fields"]), each["weight"]) for each in table.pop("columns", ()))
        kinds[code] = Kind(code, columns=columns, **{"titles": tuple(table.pop("titles", ())), **table})
    return Marks(
        kinds=kinds,
        enough=data["enough"],
        lead=data["lead"],
        title_weight=data["title_weight"],
        category_weight=data["category_weight"],
        asked_weight=data["asked_weight"],
        word_weight=data["word_weight"],
        own_headings={name: frozenset(map(heading_key, some)) for name, some in data["own_headings"].items()},
        written_to_import=data["written_to_import"],
        went_out=data["went_out"],
    )


def recognise(sheets: Sequence[RawSheet], policy: Policy, document: str = "", *, as_roster: bool = False) -> Recognised:
    """What a file is, by all its sheets. `document`: the mark of a workbook that we wrote (own_mark), "" for none;
    `as_roster`: somebody named the category of its people.

    What went out for answers is that as a whole. Of other files the sheet that is certain decides; sheets that are
    certainly of different kinds leave it open.
    """
    tables = tuple(recognise_sheet(sheet, policy, as_roster=as_roster) for sheet in sheets)
    went_out, to_import = _went_out(sheets), load_marks().written_to_import
    if went_out:
        return Recognised(went_out, (), True, "有本程序送出时的列或回执号", {went_out: 1}, document, tables)
    if document:
        kind = to_import.get(document, "own")
        return Recognised(kind, (), True, f"文件属性里有本程序的标记：{document}", {kind: 1}, document, tables)
    return together(tables)


def only_ours(document: str) -> bool:
    """Whether a workbook with this mark is one that nobody fills in: it need not be read to know that."""
    marks = load_marks()
    return bool(document) and document not in marks.written_to_import and document not in marks.went_out


def together(tables: Sequence[Recognised]) -> Recognised:
    """What a file with these tables is."""
    if not tables:
        return Recognised("other", (), False, "没有认得的表头", {})
    first = max([each for each in tables if each.certain] or tables, key=lambda each: each.points.get(each.kind, 0))
    of_kind = (code for each in tables if each.kind == first.kind for code in each.categories)
    alike = {each.kind for each in tables if each.certain} <= {first.kind}
    points = {kind: max(each.points.get(kind, 0) for each in tables) for each in tables for kind in each.points}
    return replace(
        first,
        categories=tuple(dict.fromkeys(of_kind)),
        certain=first.certain and alike,
        points=points,
        tables=tuple(tables),
    )


def recognise_sheet(sheet: RawSheet, policy: Policy, *, as_roster: bool = False) -> Recognised:
    """What one sheet is by its columns, its section, title and name, its file's name, and (`as_roster`) whether
    somebody named the category of its people."""
    marks, names = load_marks(), sheet.names
    headings = {heading_key(text) for text in sheet.headings}
    for document, own in marks.own_headings.items():
        if own <= headings:
            return Recognised("own", (), True, f"列名是{document}的", {"own": 1}, document)
    if not names & {"citizen_id", "wife_id", "disability_cert"} and any(each <= names for each in last_year.REQUIRED):
        return Recognised("last_year", (), True, "各镇（街道）的参保人数或参保缴费率", {"last_year": 1})
    categories = tuple(sheet_categories(sheet, policy))
    points, reasons = _points(sheet, policy, marks)
    if as_roster:
        points["roster"] += marks.asked_weight
    # Where nothing tells, a list of people is a roster.
    ranked = sorted(points, key=lambda kind: (-points[kind], kind != "roster"))
    first, best = ranked[0], points[ranked[0]]
    second = points[ranked[1]]
    certain = best >= marks.enough and best - second >= marks.lead
    why = reasons[first] or "只有姓名、号码这些哪种文件都有的列"
    if not certain and second:
        why += f"；但也像{marks.kinds[ranked[1]].name}（{reasons[ranked[1]]}）"
    if first == "roster":
        leaving = _leaving(sheet)
        if leaving:
            kind, text, wholly = leaving
            return Recognised(kind, categories, wholly, f"标题或名称是“{text}”", {kind: best + 1, **points})
    return Recognised(first, categories if first == "roster" else (), certain, why, points)


def _points(sheet: RawSheet, policy: Policy, marks: Marks) -> tuple[dict[str, int], dict[str, str]]:
    """What speaks for each kind, in points and in words."""
    points, reasons = {}, {}
    texts = [text for text in titles(sheet) if text]
    canonical = load_headings().canonical
    for code in IMPORTED:
        kind = marks.kinds[code]
        fields, weight = max(
            ((fields, weight) for fields, weight in kind.columns if fields <= sheet.names),
            key=lambda pair: (pair[1], len(pair[0])),
            default=(frozenset[str](), 0),
        )
        why = []
        if fields:
            why.append(f"有{'、'.join(f'“{canonical(name)}”' for name in sorted(fields))}" + ("列" if fields else ""))
        word = next((word for text in texts for word in kind.titles if word in text), "")
        if word:
            weight += marks.title_weight
            why.append(f"标题或名称中有“{word}”")
        if code == "roster":
            named = next((found for text in texts if (found := policy.categories_in_title(text))), [])
            if named:
                weight += marks.category_weight
                why.append(f"标题或名称中有{'、'.join(policy.category(each).name for each in named)}")
            elif column_categories(sheet, policy):
                # A registry, too, may have such a column: it tells less than a title.
                weight = max(weight, marks.category_weight)
        changed = _change_words(sheet, code)
        if changed:
            weight += marks.word_weight
            why.append(f"{canonical('change')}写的是{'、'.join(changed[:3])}")
        points[code], reasons[code] = weight, "，".join(why)
    return points, reasons


def _change_words(sheet: RawSheet, kind: str) -> list[str]:
    """Words of a 变动类型 column that only a list of this kind has: 出生 is of households, 停发 of a roster."""
    other = {"changes": "roster_change", "roster": "change"}.get(kind)
    if other is None or "change" not in sheet.names:
        return []
    words = load_headings()
    texts = pd.Series(sheet.stated("change").unique(), dtype="str")
    texts = texts[texts != ""]
    own = words.value("change" if kind == "changes" else "roster_change", texts).ne(UNKNOWN)
    return texts[own & words.value(other, texts).eq(UNKNOWN)].tolist()


def _leaving(sheet: RawSheet) -> tuple[str, str, bool] | None:
    """(kind, text, whether all on it leave) of a list of people who left; None where no title says so."""
    kinds, text = said_of(sheet)
    if not kinds:
        return None
    of_registry = set(kinds) - {LEAVES, UNSURE}
    return "departed" if of_registry else "leavers", text, kinds != (UNSURE,)


def _went_out(sheets: Sequence[RawSheet]) -> str:
    """feedback or gaps, if any sheet is of such a workbook, though columns of it may be gone; else ""."""
    if any(is_feedback(sheet) or is_summary(sheet) for sheet in sheets):
        return "feedback"
    if any(is_gaps(sheet) for sheet in sheets):
        return "gaps"
    return "feedback" if any(receipt_in(sheet.title) for sheet in sheets) else ""


def described(found: Recognised, policy: Policy) -> str:
    """What a file is, as one says it: 名册（低保对象）, 税务的缴费明细, 征收清册."""
    if found.kind == "own" and found.document:
        return f"本程序写出的{found.document}"
    named = "、".join(policy.category(code).name for code in found.categories)
    name = load_marks().kinds[found.kind].name
    return f"{named}{name}" if named and found.kind in ("roster", "leavers") else name


def command_for(found: Recognised, file: str, policy: Policy) -> str:
    """The command that takes a file, as one types it; "" where none does."""
    kind = load_marks().kinds[found.kind]
    if not kind.command:
        return ""
    name = f'"{file}"' if " " in file else file
    words = ["fcins", kind.command, *([kind.options] if kind.options else []), name]
    if found.kind == "roster" and len(found.categories) == 1:
        words += ["--category", policy.category(found.categories[0]).name]
    return " ".join(words)
