"""What stands on a document, as a digest: whether it has to be written again is known without writing it."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fcins.workbooks.writing import Sheet


def content_digest(sheets: Sequence[Sheet], properties: str, *, ignoring: str = "") -> str:
    """A digest of all that these sheets say and of how they look, and of a workbook's own properties.

    Where the text `ignoring` stands among the words around the tables, it is left out.
    """
    whole = hashlib.sha256(properties.encode())
    for sheet in sheets:
        words = (
            *(sheet.name, sheet.title, sheet.subtitle, sheet.columns, sheet.notes, sheet.signatures),
            *(sheet.totals, sheet.printed, sorted(sheet.overall.items()), sheet.charts, sheet.frame.shape),
        )
        text = repr(words)
        whole.update((text.replace(ignoring, "") if ignoring else text).encode())
        whole.update(_cells(sheet.frame))
        for flags in (sheet.opens_group, sheet.marked):
            whole.update(b"" if flags is None else np.packbits(flags).tobytes())
    return whole.hexdigest()


def _cells(frame: pd.DataFrame) -> bytes:
    """Every cell, and in which row and column it stands, hashed by column: quicker than to spell them all out."""
    columns = [pd.util.hash_pandas_object(frame.iloc[:, at], index=False) for at in range(frame.shape[1])]
    return b"".join(column.to_numpy().tobytes() for column in columns)
