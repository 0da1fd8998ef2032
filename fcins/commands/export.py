"""The story of export: every document that the workspace can give, from one district, kept up to date in a folder."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from fcins.analysis.bulletin import Bulletin, bulletin_of
from fcins.analysis.district import District
from fcins.analysis.expected_lists import ExpectedList
from fcins.analysis.overview import overview_of
from fcins.assessment.residents import listed
from fcins.commands.feedback import feedback_of
from fcins.commands.gaps import gaps_workbooks
from fcins.commands.money import funding_workbook, reconciliation_workbook
from fcins.commands.opening import Watcher, open_district, town_name, wanted_towns
from fcins.commands.progress import bulletin_documents, keep_bulletin
from fcins.commands.record import Record
from fcins.commands.registers import DocumentResult, notices_of, registers_of
from fcins.commands.updating import KeptAnswers, bring_up_to_date
from fcins.commands.writing import Document, Page, document_path
from fcins.documents.overview import TITLE, Link, overview_page, overview_title
from fcins.errors import UsageError
from fcins.notices import Notice
from fcins.store.derived import program_digest

KINDS = {
    "registers": "征收清册",
    "notices": "缴费公示",
    "feedback": "反馈",
    "gaps": "疑似漏保",
    "reconciliation": "对账",
    "funding": "资金需求",
    "progress": "缴费进度通报",
}
"""What can be written, as --only names it → what it is called."""

OVERVIEW = "overview"
"""The page that is always written: what it says would be wrong of any other state of the documents."""

_OF_RESIDENTS = set(KINDS) - {"feedback"}
_OF_PAYMENTS = {"notices", "reconciliation", "progress"}


@dataclass(frozen=True)
class LeftOut:
    """A kind of document that was not written, and why."""

    kind: str
    why: str


@dataclass(frozen=True)
class KindCounts:
    """How many documents of a kind there are, and how many of them were written now."""

    kind: str
    documents: int
    written: int


@dataclass(frozen=True)
class ExportResult:
    """What `export` wrote and what it left as it was. `warnings`: of documents that somebody had changed.

    `kept`: workbooks with answers that were not imported, kept beside. `left_out`: what the workspace cannot give yet.
    `missing`: lists that registers and notices lack; `notices`: what that means for them.
    """

    out: Path
    written: list[Path]
    unchanged: list[Path]
    kept: list[KeptAnswers]
    warnings: list[str]
    left_out: list[LeftOut]
    kinds: list[KindCounts]
    missing: list[ExpectedList]
    notices: list[Notice]
    files: list[Path] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "export",
            "out": str(self.out),
            "files": [str(path) for path in self.files],
            "written": [str(path) for path in self.written],
            "unchanged": [str(path) for path in self.unchanged],
            "kept": [{"file": str(each.file), "kept_as": str(each.kept_as)} for each in self.kept],
            "told": self.warnings,
            "kinds": [vars(each) for each in self.kinds],
            "left_out": [vars(each) for each in self.left_out],
            "missing": [each.as_json() for each in self.missing],
            "notices": [each.as_json() for each in self.notices],
        }


@dataclass
class _Drafts:
    """What is to be written, kind by kind, and what is not; `of_towns`: what registers and notices come to."""

    documents: dict[str, list[Document | Page]] = field(default_factory=dict)
    of_towns: list[DocumentResult] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    bulletin: tuple[Bulletin, int] | None = None

    @property
    def all(self) -> list[Document | Page]:
        """Every document, in the order of KINDS, then the overview."""
        return [document for documents in self.documents.values() for document in documents]


def kinds_named(text: str | None) -> tuple[str, ...]:
    """The kinds that --only names, in the order of KINDS; all of them where it is not given. Raises UsageError."""
    if text is None:
        return tuple(KINDS)
    words = [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]
    codes = {name: code for code, name in KINDS.items()} | {code: code for code in KINDS}
    unknown = [word for word in words if word not in codes]
    if unknown or not words:
        what = f"没有“{unknown[0]}”这种文件" if unknown else "--only 后面没有写要哪些文件"
        raise UsageError(what, f"可以写：{'、'.join(f'{code}（{name}）' for code, name in KINDS.items())}，用逗号隔开")
    wanted = {codes[word] for word in words}
    return tuple(kind for kind in KINDS if kind in wanted)


def export(
    folder: Path,
    *,
    out: Path | None,
    town: str | None,
    only: Collection[str],
    dated: date | None,
    today: date,
    watcher: Watcher,
) -> ExportResult:
    """Every document of these kinds that the workspace can give, of one town or (None) of all, brought up to date.

    `today`: for what depends on the day it really is, never for what a document says. Raises UsageError for an unknown
    town, or one without residents.
    """
    watcher.step("计算", 0, 1)
    where = out or folder / "out"
    record = Record(where, program_digest())
    with open_district(folder) as district:
        drafts = _drafts(district, out=out, town=town, only=only, dated=dated, today=today)
        drafts.documents[OVERVIEW] = [_overview(district, drafts, where, town, dated)]
        updated = bring_up_to_date(drafts.all, record, district, today, watcher)
    if drafts.bulletin is not None:
        keep_bulletin(folder, *drafts.bulletin, watcher)
    written = set(updated.written)
    kinds = [
        KindCounts(kind, len(documents), sum(document.path in written for document in documents))
        for kind, documents in drafts.documents.items()
        if kind in KINDS
    ]
    files = [document.path for document in drafts.all]
    return ExportResult(
        out=where,
        written=updated.written,
        unchanged=updated.unchanged,
        kept=updated.kept,
        warnings=updated.warnings,
        left_out=drafts.left_out,
        kinds=kinds,
        missing=drafts.of_towns[0].missing if drafts.of_towns else [],
        notices=[notice for result in drafts.of_towns for notice in result.notices],
        files=files,
    )


def _drafts(
    district: District, *, out: Path | None, town: str | None, only: Collection[str], dated: date | None, today: date
) -> _Drafts:
    """Everything that is asked for and can be given, drafted from the one district."""
    place = town_name(district.policy, town) if town else ""
    residents = district.residents.people
    towns = wanted_towns(district, town) if listed(residents).any() else []
    drafts = _Drafts()

    def progress() -> list[Document | Page]:
        bulletin, last_batch = bulletin_of(district, place, dated or district.newest_day, None, None)
        drafts.bulletin = (bulletin, last_batch)
        return bulletin_documents(district.store.folder, out, bulletin)

    def of_towns(answer: tuple[DocumentResult, list[Document]]) -> list[Document]:
        drafts.of_towns.append(answer[0])
        return answer[1]

    def notices() -> list[Document]:
        documents = of_towns(notices_of(district, towns, out, dated, today))
        unpaid = [name for name in towns if name not in {document.subject for document in documents}]
        if unpaid:
            drafts.left_out.append(LeftOut("notices", f"{'、'.join(unpaid)}还没有缴费"))
        return documents

    draft: dict[str, Callable[[], list[Document] | list[Document | Page]]] = {
        "registers": lambda: of_towns(registers_of(district, towns, None, out, dated)),
        "notices": notices,
        "feedback": lambda: feedback_of(district, None, place, out, dated)[1],
        "gaps": lambda: gaps_workbooks(district, towns, False, out, dated)[1],
        "reconciliation": lambda: [reconciliation_workbook(district, place, out, dated)[1]],
        "funding": lambda: [funding_workbook(district, out, dated)[1]],
        "progress": progress,
    }
    for kind in KINDS:
        if kind not in only:
            continue
        why = _why_not(kind, district, towns, place)
        if why:
            drafts.left_out.append(LeftOut(kind, why))
        else:
            drafts.documents[kind] = list(draft[kind]())
    return drafts


def _overview(district: District, drafts: _Drafts, out: Path, town: str | None, dated: date | None) -> Page:
    """The overview page, with a link to each document drafted."""
    policy = district.policy
    place = town_name(policy, town) if town else ""
    day = dated or (district.newest_day if len(district.batches) else policy.dates.window.start)
    overview = overview_of(district, place, day)
    path = document_path(district.store.folder, out, place, f"{TITLE}.html")
    links = [
        Link(KINDS[kind], document.subject, os.path.relpath(document.path, path.parent))
        for kind, documents in drafts.documents.items()
        for document in documents
    ]
    left_out = [(KINDS[each.kind], each.why) for each in drafts.left_out]
    return Page(path, TITLE, place, overview_title(overview), partial(overview_page, overview, links, left_out))


def _why_not(kind: str, district: District, towns: list[str], place: str) -> str:
    """Why the workspace cannot give documents of a kind; "" where it can."""
    if kind in _OF_RESIDENTS and not towns:
        return "户籍库还是空的"
    if kind in _OF_PAYMENTS and not (district.batches["kind"] == "payments").any():
        return "还没有导入缴费"
    if kind == "reconciliation" and district.policy.reconciliation is None:
        return "工作区的政策没有 [reconciliation]"
    if kind == "funding" and place:
        return "是全区的，不分镇（街道）"
    return ""
