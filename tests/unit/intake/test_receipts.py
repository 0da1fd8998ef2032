"""Receipt numbers as systems and people type them."""

import numpy as np
import pandas as pd
import pytest

from fcins.intake.receipts import legible


@pytest.mark.parametrize(
    ("cell", "number", "receipt"),
    [
        ("R3", False, "R3"), ("Ｒ３", False, "R3"), ("R 3　", False, "R3"), ("", False, ""),
        ("24370499230000017123", True, "2.43704992300000E+19"), ("24370499230000017123", False, "24370499230000017123"),
    ],
)  # fmt: skip
def test_one_receipt_in_several_spellings(cell: str, number: bool, receipt: str) -> None:
    assert legible(pd.Series(["R1", cell], dtype="str"), np.array([False, number])).tolist() == ["R1", receipt]
