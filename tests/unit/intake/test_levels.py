"""残疾等级 as cells state it, alone and beside a certificate."""

import numpy as np
import pandas as pd
import pytest

from fcins.intake.levels import SEVERAL_LEVELS, levels_held, levels_stated

STATED = """
    一级               1
    Ⅱ级               2
    3                  3
    视力一级           1
    肢体残疾Ⅳ级       4
    一级、一级         1
    一级，1级          1
    听力二级（Ⅱ）     2
    一级（原三级）     1
    三级(原一级)       3
    一级、三级         several
    一、三             several
    1/3                several
    视力一级听力三级   several
    肢体Ⅰ级和听力叁级 several
    二级（一级）       several
    五级               none
    11级               none
    重度               none
"""


@pytest.mark.parametrize("line", STATED.strip().splitlines())
def test_a_cell_states_one_level_or_none(line: str) -> None:
    text, level = line.split()
    expected = {"several": SEVERAL_LEVELS, "none": 0}.get(level) or int(level.replace("none", "0"))
    assert levels_stated(pd.Series([text], dtype="str")).tolist() == [expected]


@pytest.mark.parametrize(
    ("stated", "certified", "own", "held", "contradicts"),
    [
        ("三级", 1, True, 1, True),
        ("一级", 1, True, 1, False),
        ("", 2, True, 2, False),
        ("重度", 2, True, 2, False),
        ("一级、三级", 1, True, 1, True),
        ("一级、三级", 0, False, 0, False),
        ("三级", 0, False, 3, False),
        ("三级", 1, False, 3, False),  # somebody else's certificate
        ("", 1, False, 1, False),
    ],
)
def test_ones_own_certificate_holds(stated: str, certified: int, own: bool, held: int, contradicts: bool) -> None:
    levels, differs = levels_held(pd.Series([stated], dtype="str"), np.array([certified]), np.array([own]))
    assert (levels.tolist(), differs.tolist()) == ([held], [contradicts])
