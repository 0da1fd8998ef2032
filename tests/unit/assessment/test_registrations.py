"""Households that contradict each other, worked by hand, whatever the order of the files. 五（八）."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pandas as pd
import pytest
from sheets import person, sheet

from fcins.assessment.facts import HOUSEHOLDS
from fcins.assessment.residents import Residents, derive_residents
from fcins.frames import empty
from fcins.headings import REGISTERED
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")

NAMES = {
    "姓名": "name", "镇街": "town", "村居": "village", "户号": "household_no", "状态": "hukou_status",
    "性质": "residency", "变动": "change", "日期": "change_date", "缺陷": "flaws",
}  # fmt: skip


def facts(table: str) -> pd.DataFrame:
    """Facts of the households as text, each row a file of its own; what a row does not say is the usual."""
    headings, *rows = sheet(table)
    usual = {"name": "王一", "town": "阴平镇", "village": "东村", "hukou_status": "正常", "residency": REGISTERED}
    lines = []
    for number, row in enumerate(rows, 1):
        stated = {NAMES[heading]: cell for heading, cell in zip(headings, row, strict=True) if cell}
        line: dict[str, Any] = dict.fromkeys(HOUSEHOLDS.names, "") | usual | stated
        blank = {
            NAMES[heading]: "" for heading, cell in zip(headings, row, strict=True) if cell == "" and heading == "村居"
        }
        lines.append(line | blank | {"batch": number, "seq": 0, "part": 0, "sheet_no": 0, "row": 2, "key": 0})
    types = {field.name: "int64" if str(field.type) == "int64" else "str" for field in HOUSEHOLDS}
    return pd.DataFrame(lines).astype(types)[HOUSEHOLDS.names]


def derived(rows: pd.DataFrame) -> Iterator[tuple[tuple[int, ...], Residents]]:
    """Every order in which the files may come, and the residents then.

    Each order is that of another person, so that all are derived at once: nobody's rows say anything of another's.
    """
    orders = list(permutations(range(len(rows))))
    people = [person("1980-01-01", number) for number, _ in enumerate(orders, start=1)]
    come = pd.concat(
        [
            rows.iloc[list(order)].assign(key=int(number[:17]), citizen_id=number, id_text=number)
            for order, number in zip(orders, people, strict=True)
        ],
        ignore_index=True,
    ).assign(batch=range(1, len(orders) * len(rows) + 1))
    kinds = ["changes" if change else "households" for change in come["change"]]
    found = derive_residents(come, pd.DataFrame({"batch": come["batch"], "kind": kinds, "town": ""}), POLICY)
    assert found.people["citizen_id"].tolist() == people
    for at, (order, number) in enumerate(zip(orders, people, strict=True)):
        own = [batch for batch in come["batch"] if (batch - 1) // len(rows) == at]
        yield (
            order,
            Residents(
                found.people[(found.people["citizen_id"] == number).to_numpy()],
                found.verdicts[found.verdicts["batch"].isin(own).to_numpy()],
                found.findings[found.findings["batch"].isin(own).to_numpy()],
            ),
        )


CASES = {
    "the same twice": ("| 镇街 |\n| 阴平镇 |\n| 阴平镇 |", "阴平镇 东村 正常", "AD", ""),
    "two villages": ("| 村居 |\n| 西村 |\n| 东村 |", "阴平镇 东村 正常", "WW", "备注"),
    "one village in two spellings": ("| 村居 |\n| 东村 |\n| 东村村委会 |", "阴平镇 东村 正常", "AD", ""),
    "a village not stated": ("| 村居 |\n|  |\n| 东村 |", "阴平镇 东村 正常", "AD", ""),
    "two towns": ("| 镇街 | 村居 |\n| 古邵镇 | 北村 |\n| 阴平镇 | 东村 |", "阴平镇 东村 正常", "WW", "备注"),
    "dead without a day": ("| 状态 |\n| 死亡 |\n| 正常 |", "阴平镇 东村 正常", "WW", "备注"),
    "dead on a day": (
        "| 状态 | 日期 |\n| 死亡 | 2023-05-01 |\n| 正常 | |", "阴平镇 东村 死亡 2023-05-01", "WW", "备注",
    ),
    "moved on a day": (
        "| 状态 | 日期 |\n| 迁出 | 2023-05-01 |\n| 正常 | |", "阴平镇 东村 迁出 2023-05-01", "WW", "备注",
    ),
    "dead on two days": (
        "| 状态 | 日期 |\n| 死亡 | 2023-05-01 |\n| 死亡 | 2023-04-01 |", "阴平镇 东村 死亡 2023-04-01", "WW", "备注"
    ),
    "dead, the day stated once": (
        "| 状态 | 日期 |\n| 死亡 | 2023-05-01 |\n| 死亡 | |", "阴平镇 东村 死亡 2023-05-01", "AD", "",
    ),
    "dead or moved": ("| 状态 |\n| 迁出 |\n| 死亡 |", "阴平镇 东村 死亡", "WW", "备注"),
    "registered or not": ("| 性质 |\n| 常住非户籍 |\n| 户籍 |", "阴平镇 东村 正常", "WW", "备注"),
    "field by field": (
        "| 镇街 | 村居 | 状态 |\n| 阴平镇 | 东村 | 死亡 |\n| 古邵镇 | 北村 | 正常 |", "阴平镇 东村 正常", "WW", "备注"
    ),
    "three, two alike": ("| 村居 |\n| 西村 |\n| 东村 |\n| 西村 |", "阴平镇 东村 正常", "DWW", "备注"),
    "settled by a later death": (
        "| 状态 | 变动 | 日期 |\n| 死亡 | | |\n| 正常 | | |\n| 正常 | 死亡 | 2023-11-05 |",
        "阴平镇 东村 死亡 2023-11-05", "AAA", "",
    ),
    "settled by a change that says what holds": (
        "| 状态 | 变动 | 日期 |\n| 死亡 | | |\n| 正常 | | |\n| 正常 | 迁入 | 2023-11-05 |",
        "阴平镇 东村 正常 2023-11-05", "AAA", "",
    ),
    "settled by a death that is known": (
        "| 状态 | 变动 | 日期 |\n| 死亡 | | 2023-11-05 |\n| 正常 | | |\n| 正常 | 死亡 | 2023-11-05 |",
        "阴平镇 东村 死亡 2023-11-05", "AAA", "",
    ),
    "settled by a later arrival": (
        "| 镇街 | 村居 | 变动 | 日期 |\n| 阴平镇 | 东村 | | |\n| 古邵镇 | 北村 | | |\n"
        "| 峨山镇 | 南村 | 迁入 | 2023-11-05 |",
        "峨山镇 南村 正常 2023-11-05", "AAA", "",
    ),
    "dead on the 2nd, moved in on the 5th": (
        "| 镇街 | 变动 | 日期 |\n| 阴平镇 | | |\n| 阴平镇 | 死亡 | 2023-11-02 |\n| 古邵镇 | 迁入 | 2023-11-05 |",
        "阴平镇 东村 死亡 2023-11-02", "AWW", "",
    ),
    "registered anew after a death": (
        "| 变动 | 日期 |\n| | |\n| 死亡 | 2023-11-02 |\n| 新增 | 2023-11-05 |", "阴平镇 东村 正常", "AAA", "",
    ),
    "dead before anybody knew of them, then moved in": (
        "| 变动 | 日期 |\n| 死亡 | 2023-11-02 |\n| 迁入 | 2023-11-05 |", "阴平镇 东村 死亡 2023-11-02", "WW", "",
    ),
    "registered anew before anybody knew of them": (
        "| 变动 | 日期 |\n| 死亡 | 2023-11-02 |\n| 新增 | 2023-11-05 |", "阴平镇 东村 正常 2023-11-05", "AE", "",
    ),
    "settled by an arrival where the policy's first town already holds": (
        "| 镇街 | 村居 | 变动 | 日期 |\n| 阴平镇 | 东村 | | |\n| 古邵镇 | 北村 | | |\n"
        "| 阴平镇 | 东村 | 迁入 | 2023-11-05 |\n| 阴平镇 | 东村 | 迁入 | 2023-11-05 |",
        "阴平镇 东村 正常 2023-11-05", "AAAD", "",
    ),
    "settled by a death on one of two days": (
        "| 状态 | 变动 | 日期 |\n| 死亡 | | 2023-05-01 |\n| 死亡 | | 2023-04-01 |\n| 正常 | 死亡 | 2023-05-01 |",
        "阴平镇 东村 死亡 2023-05-01", "AAA", "",
    ),
    "an arrival that says nothing of the village": (
        "| 村居 | 变动 | 日期 |\n| 西村 | | |\n| 东村 | | |\n|  | 迁入 | 2023-11-05 |",
        "阴平镇 东村 正常 2023-11-05", "WWD", "备注",
    ),
    "two villages, one in two spellings": (
        "| 村居 |\n| 东村 |\n| 西村 |\n| 西村村委会 |", "阴平镇 东村 正常", "DWW", "备注",
    ),
    "a village and the new one beside it": ("| 村居 |\n| 古村新村 |\n| 古村 |", "阴平镇 古村 正常", "WW", "备注"),
    "a village and a group in it": ("| 村居 |\n| 古村一组 |\n| 古村 |", "阴平镇 古村 正常", "AD", ""),
    "two names": ("| 姓名 | 户号 |\n| 王二 | 2 |\n| 王一 | 1 |", "阴平镇 东村 正常 王一", "AE", ""),
    "two names, one agrees with the ID": (
        "| 姓名 | 户号 | 缺陷 |\n| 王二 | 2 | |\n| 王一 | 1 | W110 |", "阴平镇 东村 正常 王二", "AE", "",
    ),
}  # fmt: skip
"""Rows (each from a file of its own), what holds, which are accepted (A), with W209 (W), copies (D), rejected (E), and
whether a 备注 says so."""


@pytest.mark.parametrize("name", CASES)
def test_what_holds(name: str) -> None:
    table, holds, verdicts, remark = CASES[name]
    for order, residents in derived(facts(table)):
        one = residents.people.iloc[0]
        for word in holds.split():
            assert word in set(one[["town", "village", "status", "status_since", "name"]]), (order, dict(one))
        assert ("-" in holds) == bool(one["status_since"]) or name == "registered anew after a death"
        warned = residents.findings[(residents.findings["code"] == "W209").to_numpy()]["batch"].nunique()
        letters = residents.verdicts["verdict"].map({"accepted": "A", "duplicate": "D", "rejected": "E"}).tolist()
        assert sorted(letters) == sorted(verdicts.replace("W", "A")), order
        assert warned == verdicts.count("W"), order
        assert bool(one["differs"]) == bool(remark), order


def test_what_else_is_stated_depends_on_no_order() -> None:
    rows = facts("| 户号 |\n| 7 |\n|  |\n| 5 |")
    for order, residents in derived(rows):
        assert residents.people["household_no"].tolist() == ["5"], order


DAYS = {
    "gone twice on one day": ("| 变动 | 日期 |\n| | |\n| 销户 | 2023-11-05 |\n| 迁出 | 2023-11-05 |", "迁出"),
    "two 户号 on one day": ("| 户号 | 变动 | 日期 |\n| 9 | 新增 | 2023-11-06 |\n| 8 | 新增 | 2023-11-06 |", "8"),
}


@pytest.mark.parametrize("name", DAYS)
def test_changes_of_one_day_and_place_come_in_one_order(name: str) -> None:
    table, holds = DAYS[name]
    for order, residents in derived(facts(table)):
        one = residents.people.iloc[0]
        assert holds in (one["status"], one["household_no"]), order


def test_nobody_there() -> None:
    batches = pd.DataFrame({"batch": [], "kind": [], "town": []}).astype({"batch": "int64"})
    assert derive_residents(empty(HOUSEHOLDS), batches, POLICY).people.empty
