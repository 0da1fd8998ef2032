"""The story of feedback-export: judged rows → one workbook for each department, with what it has to settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fcins.analysis.completeness import Lacking, lacking_of
from fcins.analysis.contradictions import contradicted
from fcins.analysis.departments import counts_by_file, departments_of, in_order
from fcins.analysis.district import District
from fcins.analysis.gaps import to_confirm_of
from fcins.analysis.renewals import not_renewed
from fcins.analysis.returned import is_copy, returned
from fcins.analysis.suggestions import meant_categories, suggest
from fcins.commands.opening import Watcher, department_name, open_district, town_name
from fcins.commands.writing import Document, document_path, write_documents
from fcins.documents import feedback
from fcins.figures import code_counts, records
from fcins.findings import advice
from fcins.intake.replies import receipt_text


@dataclass(frozen=True)
class DepartmentFigures:
    """What a department handed in, row by row, and what it has to settle.

    `open`: rows it has to settle; `differing`: accepted rows that another row contradicts; `lacking`: people it may
    have left out; `to_confirm`: people it should ask about.
    """

    department: str
    files: int
    read: int
    accepted: int
    duplicate: int
    rejected: int
    open: int
    differing: int
    lacking: int
    to_confirm: int

    @property
    def asks_nothing(self) -> bool:
        """Whether the department has nothing to settle, to add or to ask about."""
        return not (self.open or self.differing or self.lacking or self.to_confirm)


@dataclass(frozen=True)
class FeedbackResult:
    """Feedback written: a workbook for each department, and what it handed in; findings that are open."""

    files: list[Path]
    departments: list[DepartmentFigures]
    findings: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; `people`: the rows that somebody has to settle."""
        return {
            "command": "feedback-export",
            "files": [str(path) for path in self.files],
            "people": sum(each.open for each in self.departments),
            "findings": self.findings,
            "departments": [_department(each) for each in self.departments],
        }


def _department(figures: DepartmentFigures) -> dict[str, Any]:
    """A department as --json has it: there its rejected rows are called returned."""
    return {{"rejected": "returned"}.get(name, name): value for name, value in vars(figures).items()}


def feedback_export(
    folder: Path,
    *,
    department: str | None,
    town: str | None,
    out: Path | None,
    dated: date | None,
    watcher: Watcher,
) -> FeedbackResult:
    """反馈 to one department or to each, of one town's rows or of all."""
    watcher.step("计算", 0, 1)
    with open_district(folder) as district:
        only = department_name(district.policy, department) if department else None
        place = town_name(district.policy, town) if town else ""
        result, documents = feedback_of(district, only, place, out, dated)
    write_documents(documents, watcher)
    return result


def feedback_of(
    district: District, only: str | None, place: str, out: Path | None, dated: date | None
) -> tuple[FeedbackResult, list[Document]]:
    """The feedback to one department or (only None) to each, of one town's rows or ("") of all: what it adds up to, and
    the documents to write. They are laid out here: that takes the departments' own rows from the workspace."""
    policy = district.policy
    lines, differing = returned(district).lines, contradicted(district).lines
    counts = counts_by_file(district, lines, place)
    counts = counts[~counts["batch"].isin(_of_villages(district)).to_numpy()]
    if place:
        lines, differing = (rows[(rows["town"] == place).to_numpy()] for rows in (lines, differing))
    lines, differing = (rows.assign(department=departments_of(rows, counts, policy)) for rows in (lines, differing))
    lists = [*lacking_of(district, place), *not_renewed(district, place)]
    claims = to_confirm_of(district, place)
    wanted = [name for name in in_order(counts, [*lists, *claims], policy) if only in (None, name)]
    lines = lines[lines["department"].isin(wanted).to_numpy()]
    # For all departments at once: each call looks through all residents, who are many more than the lines.
    lines = lines.assign(advice=_advice(lines, district))
    day = dated or (district.newest_day if len(district.batches) else policy.dates.window.start)
    receipt = receipt_of(district)
    documents, departments = [], []
    for name in wanted:
        own_lines, own_differing = (rows[(rows["department"] == name).to_numpy()] for rows in (lines, differing))
        own_counts = counts[[name in each for each in counts["departments"]]]
        own_lists, own_claims = ([each for each in some if each.department == name] for some in (lists, claims))
        figures = _figures(name, own_counts, own_lines, own_differing, own_lists, own_claims)
        sheets = [
            feedback.summary_sheet(
                own_counts,
                name,
                policy,
                receipt,
                day,
                place,
                asks=not figures.asks_nothing,
                differing=figures.differing,
            )
        ]
        batches = pd.concat([own_lines["batch"], own_differing["batch"]]).unique().tolist()
        kept = {batch: district.sheets(batch) for batch in batches}
        for kind, rows in ((feedback.RETURNED, own_lines), (feedback.CONTRADICTED_ROWS, own_differing)):
            sheets += feedback.line_sheets(kind, rows, kept, name, policy, receipt, day)
        sheets += [feedback.lacking_sheet(each, policy, receipt, day) for each in (*own_lists, *own_claims)]
        path = document_path(district.store.folder, out, place, f"反馈_{name}_{policy.fee_year}年度.xlsx")
        documents.append(Document(path, "反馈", name, day, partial(list, sheets), receipt=receipt))
        departments.append(figures)
    codes = [code for codes in lines["codes"] for code in codes]
    return FeedbackResult([each.path for each in documents], departments, code_counts(codes)), documents


def receipt_of(district: District) -> str:
    """The receipt printed on what is written now. We know the workbook by it when it comes back."""
    newest = int(district.batches["batch"].max()) if len(district.batches) else 0
    return receipt_text(district.store.workspace_id(), newest)


def _of_villages(district: District) -> list[int]:
    """The batches that came from villages: what they fill in goes back to nobody."""
    return [batch.number for batch in district.batch_records.values() if batch.kind == "reasons"]


def _figures(
    name: str,
    counts: pd.DataFrame,
    lines: pd.DataFrame,
    differing: pd.DataFrame,
    lists: Sequence[Lacking],
    claims: Sequence[Lacking],
) -> DepartmentFigures:
    open_rows = lines[~is_copy(lines)][["batch", "seq"]].drop_duplicates()
    return DepartmentFigures(
        department=name,
        files=len(counts),
        read=int(counts["read"].sum()),
        accepted=int(counts["accepted"].sum()),
        duplicate=int(counts["duplicate"].sum()),
        rejected=int(counts["rejected"].sum()),
        open=len(open_rows),
        differing=len(differing[["batch", "seq"]].drop_duplicates()),
        lacking=sum(len(each.people) for each in lists),
        to_confirm=sum(len(each.people) for each in claims),
    )


# ── what is offered ─────────────────────────────────────────────────────────────────────────────────────────────────


def _advice(lines: pd.DataFrame, district: District) -> list[str]:
    """建议, line by line: what to do, and whom of the households might be meant. Never applied by itself."""
    asked = pd.DataFrame(
        {
            "line": np.arange(len(lines)),
            "name": lines["name"].to_numpy(),
            "id_text": lines["id_text"].to_numpy(),
            "code": [codes[0] for codes in lines["codes"]],
            "town": lines["town"].to_numpy(),
            "village": lines["village"].to_numpy(),
        }
    )
    offered: dict[int, list[str]] = {}
    for each in records(suggest(asked, district.residents.people)):
        place = each["town"] + each["village"]
        text = f"{each['rank']}. {each['name']} {each['citizen_id']}（{place}）：{each['why']}"
        offered.setdefault(each["line"], []).append(text)
    unknown = np.array(["E303" in codes for codes in lines["codes"]], np.bool_)
    meant = dict(
        zip(
            np.flatnonzero(unknown).tolist(),
            meant_categories(district.store, lines[unknown], district.policy),
            strict=True,
        )
    )
    texts = []
    for number, codes in enumerate(lines["codes"]):
        what = "；".join(advice(code, meant.get(number, ()) if code == "E303" else ()) for code in codes)
        near = "\n".join(offered.get(number, ()))
        texts.append(f"{what}。户籍库中相近的人（供核实）：\n{near}" if near else what)
    return texts
