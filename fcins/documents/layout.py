"""What every register shares: the order of people, the line under the title, the rows of one village."""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment.charges import Assessment
from fcins.assessment.households import heads, household_numbers
from fcins.assessment.residents import listed
from fcins.figures import UNKNOWN_VILLAGE


def in_order(assessment: Assessment) -> pd.DataFrame:
    """The people listed in registers (户籍状态 正常), village by village and household by household, head first.

    Villages and households stand in the order in which the households file first names them. Adds `person` (position
    in the assessment), `household` (a number, one per household) and `opens` (the household's first row).
    """
    people = assessment.people
    people = people.assign(person=np.arange(len(people)))[listed(people)]
    village = people["village"].where(people["village"] != "", UNKNOWN_VILLAGE)
    people = people.assign(village=village)
    place, _ = pd.factorize(people["town"] + "\x1f" + people["village"])
    household, is_head = household_numbers(people, people["person"].to_numpy()), heads(people)
    order = np.lexsort((people["person"].to_numpy(), ~is_head, household, place))
    people, household = people.iloc[order], household[order]
    opens = np.ones(len(people), np.bool_)
    opens[1:] = household[1:] != household[:-1]
    return people.assign(household=household, opens=opens).reset_index(drop=True)


def villages(people: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each village of a town, in the order they stand."""
    return [(str(name), rows) for name, rows in people.groupby("village", sort=False)]


def subtitle(town: str, village: str, dated: date, *, unit: bool = True) -> tuple[str, str, str]:
    """The line under the title: place on the left, unit (where there are amounts) and date on the right."""
    place = f"镇（街道）：{town}" + (f"　　村（居）：{village}" if village else "")
    return place, "", ("单位：元　　" if unit else "") + dated.isoformat()


def per_person(people: pd.DataFrame, amounts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column of the assessment (one value per assessed person) for these rows."""
    taken: npt.NDArray[Any] = amounts[people["person"].to_numpy()]
    return taken
