"""What was probably meant by a row's category that was not recognised (E303): read from the sheet as it came."""

import pandas as pd

from fcins.headings import load_headings
from fcins.policy.loading import Policy, categories_like
from fcins.store.sheets import SheetRecord
from fcins.store.store import Store


def meant_categories(store: Store, rows: pd.DataFrame, policy: Policy) -> list[list[str]]:
    """Names of the categories that the 人员类别 of each of these roster rows (batch, sheet_no, row) resembles.

    The likeliest first; none where the sheet has no such column, the cell is empty, or nothing is like it.
    """
    stated: dict[tuple[int, int, int], str] = {}
    for batch in rows["batch"].unique().tolist():
        for sheet in store.sheet_records(batch):
            stated |= {(batch, sheet.sheet_no, row): text for row, text in _categories(sheet).items()}
    at = zip(rows["batch"].tolist(), rows["sheet_no"].tolist(), rows["row"].tolist(), strict=True)
    return [categories_like(stated.get(place, ""), policy) for place in at]


def _categories(sheet: SheetRecord) -> dict[int, str]:
    """Row → what stands in the sheet's category column."""
    words = load_headings()
    found = [words.field_of(heading) for heading in sheet.headings]
    column = next((at for at, field in enumerate(found) if field and field[0] == "category"), None)
    if column is None:
        return {}
    return dict(zip(sheet.cells["row"].tolist(), sheet.cells[str(column)].tolist(), strict=True))
