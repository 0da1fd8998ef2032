"""The stories of the registers and notices: charges laid out town by town."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.expected_lists import ExpectedList, expected_lists_of, in_words, missing_lists
from fcins.assessment.charges import Assessment
from fcins.commands.opening import Watcher, open_district, village_name, wanted_towns
from fcins.commands.writing import Document, document_path, write_documents
from fcins.documents import collection, publicity
from fcins.documents.hints import hint_table
from fcins.documents.leaks import check_publicity
from fcins.errors import UsageError
from fcins.figures import code_counts, in_yuan
from fcins.notices import Notice
from fcins.workbooks.writing import Sheet


@dataclass(frozen=True)
class TownFigures:
    """What the document of a town adds up to: of a register what is due from people themselves, of a notice what they
    paid."""

    town: str
    villages: int
    people: int
    medical_fen: int
    pension_fen: int


@dataclass(frozen=True)
class RegisterFigures(TownFigures):
    """What the register of a town adds up to. `personal_fen`: both schemes together."""

    personal_fen: int


@dataclass(frozen=True)
class PayerFigures:
    """What a payer bears of a scheme, and for how many people."""

    payer: str
    scheme: str
    people: int
    amount_fen: int


@dataclass(frozen=True)
class DocumentResult:
    """Documents written: for whom, and what they add up to, town by town.

    `missing`: lists that these towns lack; `notices`: what that means for the documents.
    """

    command: str
    files: list[Path]
    people: int
    findings: dict[str, int]
    towns: Sequence[TownFigures]
    missing: list[ExpectedList]
    notices: list[Notice]
    by_payer: list[PayerFigures] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        answer: dict[str, Any] = {
            "command": self.command,
            "files": [str(path) for path in self.files],
            "people": self.people,
            "findings": self.findings,
            "towns": [in_yuan(vars(town)) for town in self.towns],
            "missing": [each.as_json() for each in self.missing],
            "notices": [each.as_json() for each in self.notices],
        }
        if self.by_payer:
            answer["by_payer"] = [in_yuan(vars(payer)) for payer in self.by_payer]
        if self.warnings:
            answer["warnings"] = self.warnings
        return answer


def build_register(
    folder: Path,
    *,
    town: str | None,
    village: str | None,
    out: Path | None,
    dated: date | None,
    watcher: Watcher,
) -> DocumentResult:
    """征收清册 of a town, of one of its villages, or (town None) of every town."""
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        result, documents = registers_of(district, wanted_towns(district, town), village, out, dated)
        write_documents(documents, watcher)
        return result


def registers_of(
    district: District, towns: list[str], village: str | None, out: Path | None, dated: date | None
) -> tuple[DocumentResult, list[Document]]:
    """The registers of these towns, or of a village of the only one: what they add up to, and what to write."""
    policy, assessment = district.policy, district.assessment.among(towns)
    table = collection.collection_table(assessment, district.received, policy)
    hints = hint_table(district)
    day = dated or district.newest_day
    chosen = village_name(village, table, towns[0], policy) if village else ""
    if chosen:
        table, hints = (rows[(rows["village"] == chosen).to_numpy()] for rows in (table, hints))
    hints = hints[hints["town"].isin(towns).to_numpy()]
    lists = expected_lists_of(district)

    def register(name: str) -> Document:
        def lay_out() -> list[Sheet]:
            rows, own_hints = (frame[(frame["town"] == name).to_numpy()] for frame in (table, hints))
            lacking = missing_lists(lists, day, [name])
            return collection.collection_sheets(rows, own_hints, name, policy, day, lacking)

        stem = f"{name}_{chosen}" if chosen else name
        path = document_path(district.store.folder, out, name, f"{stem}_{policy.fee_year}年度征收清册.xlsx")
        return Document(path, "征收清册", name, day, lay_out)

    documents = [register(name) for name in towns]
    missing = missing_lists(lists, day, towns)
    result = DocumentResult(
        "build-register",
        [document.path for document in documents],
        len(table),
        code_counts(hints["问题代码"]),
        [_register_figures(name, table[(table["town"] == name).to_numpy()]) for name in towns],
        missing,
        [Notice("N302", note) for note in collection.missing_notes(missing)],
        by_payer=_by_payer(assessment, table),
    )
    return result, documents


def _register_figures(town: str, rows: pd.DataFrame) -> RegisterFigures:
    """`rows`: of collection_table, those of the town."""
    return RegisterFigures(
        town=town,
        villages=rows["village"].nunique(),
        people=len(rows),
        medical_fen=int(rows["医保个人应缴"].sum()),
        pension_fen=int(rows["养老个人应缴"].sum()),
        personal_fen=int(rows["个人应缴合计"].sum()),
    )


def _by_payer(assessment: Assessment, table: pd.DataFrame) -> list[PayerFigures]:
    """What each payer bears, by scheme, of those listed in the table."""
    listed = np.zeros(len(assessment.people), np.bool_)
    listed[table["person"].to_numpy()] = True
    charges = assessment.charges[listed[assessment.charges["person"].to_numpy()]]
    totals = charges.groupby(["scheme", "payer"], sort=False).agg(
        people=("person", "nunique"), amount_fen=("amount_fen", "sum")
    )
    return [
        PayerFigures(payer, scheme, people=int(line.people), amount_fen=int(line.amount_fen))
        for (scheme, payer), line in totals.sort_index(level=0, sort_remaining=False).iterrows()
    ]


def publicity_export(
    folder: Path, *, town: str | None, out: Path | None, dated: date | None, today: date, watcher: Watcher
) -> DocumentResult:
    """公示 of a town or (town None) of every town; each file is checked for leaks before it is put in place.

    Raises UsageError where nobody there has paid: there is nothing to hold a receipt against.
    """
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        towns = wanted_towns(district, town)
        result, documents = notices_of(district, towns, out, dated, today)
        if not documents:
            where = "" if town is None else towns[0]
            raise UsageError(
                f"还没有收到{where}居民的缴费，不能出公示：公示只列已缴费的人",
                f"先用 fcins import-payments 导入{district.policy.senders.payments}的缴费明细，再出公示",
            )
        write_documents(documents, watcher)
        return result


def notices_of(
    district: District, towns: list[str], out: Path | None, dated: date | None, today: date
) -> tuple[DocumentResult, list[Document]]:
    """The notices of these towns: what they add up to, and the documents to write, each with its check for leaks.

    A town in which nobody has paid gets none: it would say that everybody's contribution is not there.
    """
    policy = district.policy
    table = publicity.publicity_table(district.assessment.among(towns), district.received, policy)
    people = district.residents.people
    words = [name for each in policy.categories for name in each.names]
    day = dated or district.newest_day

    def notice(name: str) -> Document:
        def lay_out() -> list[Sheet]:
            return publicity.publicity_sheets(table[(table["town"] == name).to_numpy()], name, policy, day)

        def check(path: Path, sheets: Sequence[Sheet]) -> None:
            check_publicity(
                path,
                phones_allowed=[policy.publicity.objection_phone],
                addresses=people.loc[(people["town"] == name).to_numpy(), "address"].unique().tolist(),
                category_words=words,
                forbidden_headings=publicity.forbidden_headings(),
                fixed_lines=publicity.publicity_texts(list(sheets), name),
            )

        path = document_path(district.store.folder, out, name, f"{name}_{policy.fee_year}年度缴费公示.xlsx")
        return Document(path, "缴费公示", name, day, lay_out, check)

    payers = set(table.loc[table["paid"].to_numpy(), "town"])
    documents = [notice(name) for name in towns if name in payers]
    figures = [_notice_figures(name, table[(table["town"] == name).to_numpy()]) for name in towns if name in payers]
    warnings = [f"还没有{name}的缴费，没有出这个镇（街道）的公示" for name in towns if name not in payers]
    missing = missing_lists(expected_lists_of(district), day, towns)
    end = policy.dates.publicity.end
    if today > end:
        warnings.append(f"公示期（{policy.dates.publicity.start}至{end}）已过，请核对是否仍需张贴")
    files = [document.path for document in documents]
    result = DocumentResult(
        "publicity-export",
        files,
        sum(town.people for town in figures),
        {},
        figures,
        missing,
        [Notice("N302", f"还没有收到：{in_words(missing)}；公示上由他人出资参保的人数可能不全")] if missing else [],
        warnings=warnings,
    )
    return result, documents


def _notice_figures(town: str, rows: pd.DataFrame) -> TownFigures:
    """`rows`: of publicity_table, those of the town. Villages in which nobody paid are counted, too."""
    paid = rows[rows["paid"].to_numpy()]
    return TownFigures(
        town=town,
        villages=rows["village"].nunique(),
        people=len(paid),
        medical_fen=int(paid["medical_fen"].sum()),
        pension_fen=int(paid["pension_fen"].sum()),
    )
