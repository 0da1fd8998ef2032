"""Gaps workbooks that come back from the villages: each line's 未参保原因 → kept, one batch a workbook.

A line is known by ID, name and scheme. What was edited so that it cannot be told any more is said line by line and
changes nothing; a cell that is empty, or as it was sent, says nothing, and takes back nothing that was said since.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.gaps import CAUSE_COLUMNS, cause_of, causes_of, gaps_of, shown
from fcins.commands.importing import Batch, add
from fcins.headings import UNKNOWN, load_headings
from fcins.identity import normalise_ids, normalise_names
from fcins.intake.replies import Problem, is_gaps, lines_sent
from fcins.policy.loading import Policy
from fcins.results import SCHEME_NAMES, CausesResult
from fcins.store import store
from fcins.store.schema import no_facts
from fcins.store.store import Store
from fcins.workbooks.reading import RawSheet


def import_causes(
    opened: Store, policy: Policy, path: Path, sheets: Sequence[RawSheet], sent: int, *, dry_run: bool
) -> CausesResult:
    """Take one workbook in, inside the caller's transaction; `sent`: the newest batch when it was written."""
    sheets = [sheet for sheet in sheets if is_gaps(sheet)]
    sha256 = store.sha256_of(path)
    district = District(opened, policy, keep=not dry_run)
    mine = district.batches[(district.batches["kind"] == "reasons").to_numpy()]
    if (mine["sha256"] == sha256).any():
        return CausesResult("import-roster", path.name, already_imported=True)
    facts, unchanged, problems = _facts(sheets, district, causes_of(district, sent))
    number = None
    if len(facts):
        towns = facts["town"].unique().tolist()
        town = towns[0] if len(towns) == 1 else ""
        batch = Batch(path, sha256, "reasons", "", None, list(sheets), facts)
        number, _ = add(opened, batch, {"scope": "", "town": town})
    order = list(load_headings().values["gap_cause"])
    counts = Counter(facts["cause"].tolist())
    return CausesResult(
        "import-roster",
        path.name,
        None if dry_run else number,
        lines=sum(len(sheet.rows) for sheet in sheets),
        given=len(facts),
        unchanged=unchanged,
        missing=sum(_missing(sheet) for sheet in sheets),
        causes={cause: counts[cause] for cause in order if counts[cause]},
        problems=[vars(each) for each in problems],
    )


def _missing(sheet: RawSheet) -> int:
    """How many lines fewer a sheet has than it was sent with."""
    return max((lines_sent(sheet.title) or 0) - len(sheet.rows), 0)


def _facts(
    sheets: Sequence[RawSheet], district: District, stood: pd.DataFrame
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """The lines that say why, as facts (the columns of the table gap_reasons but batch); how many still say what stood
    there (`stood`: CAUSE_COLUMNS); and those not taken."""
    people = district.residents.people
    open_ = gaps_of(district, unpaid=True)
    lines = open_[["key", "scheme"]].merge(people[["key", "citizen_id", "name", "town", "village"]], on="key")
    by_id = {
        (number, name, scheme): (key, town, village)
        for key, scheme, number, name, town, village in lines.itertuples(index=False)
    }
    known = set(zip(people["citizen_id"].tolist(), people["name"].tolist(), strict=True))
    filled = {
        (key, scheme): shown(cause, note) for key, scheme, cause, note in stood[CAUSE_COLUMNS].itertuples(index=False)
    }
    taken: list[dict[str, Any]] = []
    unchanged, problems = 0, []
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for sheet_no, sheet in enumerate(sheets):
        for row, name, number, scheme, note in _lines(sheet):
            there = by_id.get((number, name, scheme))
            if there is None:
                if note or (number, name) not in known:  # of a line in order that says nothing nothing is asked
                    problems.append(Problem(sheet.sheet, row, _why_not((number, name) in known, scheme)))
                continue
            first = seen.setdefault((number, scheme), (sheet.sheet, row))
            if first != (sheet.sheet, row):
                problems.append(
                    Problem(sheet.sheet, row, f"与“{first[0]}”第{first[1]}行是同一人、同一险种，只采用前一行")
                )
            elif note and note == filled.get((there[0], scheme)):
                unchanged += 1
            elif note:
                place = {"seq": len(taken), "part": 0, "sheet_no": sheet_no, "row": row, "flaws": ""}
                who = {"name": name, "id_text": number, "citizen_id": number, "key": there[0]}
                said = {"town": there[1], "village": there[2], "scheme": scheme, "cause": cause_of(note), "note": note}
                taken.append({**place, **who, **said})
    if not taken:
        return no_facts("reasons"), unchanged, problems
    return pd.DataFrame(taken), unchanged, problems


def _lines(sheet: RawSheet) -> "list[tuple[int, str, str, str, str]]":
    """Row number, name, ID, scheme (`medical`, `pension`, "" or "?") and 未参保原因 of each line."""
    names = normalise_names(sheet.stated("name")).tolist()
    numbers = normalise_ids(sheet.stated("citizen_id")).tolist()
    schemes = load_headings().value("scheme", sheet.stated("scheme")).tolist()
    notes = [" ".join(text.split()) for text in sheet.stated("gap_reason").tolist()]
    return list(zip(sheet.row_numbers.tolist(), names, numbers, schemes, notes, strict=True))


def _why_not(is_resident: bool, scheme: str) -> str:
    if not is_resident:
        return "户籍库中没有这个姓名和号码的人：姓名、公民身份号码被改动过，或是另加的行，没有采用"
    if scheme in ("", UNKNOWN):
        return "险种被改动过，没有采用"
    return f"此人的{SCHEME_NAMES[scheme]}现在不是疑似漏保（已参保缴费、不用参保，或是另加的行），没有采用"
