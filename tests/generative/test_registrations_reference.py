"""Random households that contradict each other: who is registered, and how, row by row and in any order. 五（八）."""

import random
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from random_districts import few

from fcins.assessment.facts import HOUSEHOLDS
from fcins.assessment.residents import Residents, derive_residents
from fcins.assessment.villages import villages_named
from fcins.policy.loading import load_policy

POLICY = load_policy("fengcheng-2024")
TOWNS = [POLICY.town_names[6], POLICY.town_names[5], "外镇"]
KEYS = [int(f"37049919800101{number:03}") * 11 for number in range(10, 14)]
SPELT = [{"西村": "西村", "西村村委会": "西村村委会"}, {"古村": "古村", "古村一组": "古村"}]
"""The spellings of one village, each as it counts for the village's name: what is below a village is no name of it."""
VILLAGES = ["", "东村", "西村", "西村村委会", "古村", "古村一组", "古村新村"]
SAID = ("status", "status_since", "town", "village", "residency", "household_no", "name")
Row = dict[str, Any]

registered = st.fixed_dictionaries(
    {
        "key": st.sampled_from(KEYS),
        "name": st.sampled_from(["王一", "王一", "王一", "王二"]),
        "town": st.sampled_from([*TOWNS[:2] * 4, TOWNS[2]]),
        "village": st.sampled_from(VILLAGES),
        "household_no": st.sampled_from(["", "1", "2"]),
        "hukou_status": st.sampled_from(["正常", "正常", "死亡", "迁出", "注销"]),
        "residency": st.sampled_from(["户籍", "户籍", "常住非户籍"]),
        "change": st.just(""),
        "change_date": st.sampled_from(["", "", "2023-05-01", "2023-06-01", "?"]),
        "flaws": st.sampled_from(["", "", "", "W110"]),
    }
)
changed = st.fixed_dictionaries(
    {
        "key": st.sampled_from(KEYS),
        "name": st.just("王一"),
        "town": st.sampled_from(TOWNS[:2]),
        "village": st.sampled_from(VILLAGES),
        "household_no": st.sampled_from(["", "3", "4"]),
        "residency": st.sampled_from(["", "户籍"]),
        "hukou_status": st.just("正常"),
        "change": st.sampled_from(["新增", "迁入", "迁入", "死亡", "死亡", "迁出", "销户"]),
        "change_date": st.sampled_from(["2023-04-01", "2023-05-01", "2023-06-01", "2023-07-01"]),
        "flaws": st.just(""),
    }
)


def facts(rows: list[Row]) -> pd.DataFrame:
    """The facts of these rows, each from a file of its own."""
    lines = [dict.fromkeys(HOUSEHOLDS.names, "") | row for row in rows]
    places = [{"batch": number, "seq": 0, "part": 0, "sheet_no": 0, "row": 2} for number in range(1, len(rows) + 1)]
    types = {field.name: "int64" if str(field.type) == "int64" else "str" for field in HOUSEHOLDS}
    frame = pd.DataFrame([line | place for line, place in zip(lines, places, strict=True)], columns=HOUSEHOLDS.names)
    return frame.astype(types)


def derived(rows: list[Row], villages: pd.DataFrame | None = None) -> Residents:
    """The residents when the files come in this order."""
    kinds = ["changes" if row["change"] else "households" for row in rows]
    batches = pd.DataFrame({"batch": range(1, len(rows) + 1), "kind": kinds, "town": ""})
    return derive_residents(facts(rows), batches, POLICY, villages)


# ── one person at a time, as the reading says it ──────────────────────────────────────────────────────────────────────


def held(rows: list[Row]) -> Row | None:
    """What holds of one person by these rows of the households, and in what they contradict each other."""
    rows = [row for row in rows if row["town"] in TOWNS[:2]]
    if not rows:
        return None
    # The row that agrees with the ID, else by town, village, 户号, name; what is not stated comes last.
    best = min(
        rows,
        key=lambda row: (
            row["flaws"] != "",
            POLICY.town_names.index(row["town"]),
            last_if_empty(row["village"]),
            last_if_empty(row["household_no"]),
            row["name"],
        ),
    )
    rows = [row | {"day": row["change_date"].replace("?", "")} for row in rows if row["name"] == best["name"]]
    gone_on = {(row["hukou_status"], row["day"]) for row in rows if row["hukou_status"] != "正常" and row["day"]}
    deaths, dated = sorted(day for status, day in gone_on if status == "死亡"), [row for row in rows if row["day"]]
    if deaths:
        status, since = "死亡", deaths[0]
    elif dated:
        latest = max(row["day"] for row in dated)
        on_that_day = {row["hukou_status"] for row in dated if row["day"] == latest}
        status = next(each for each in ("迁出", "注销", "正常") if each in on_that_day)
        since = min([day for each, day in gone_on if each == status], default=latest)
    else:
        status = next(
            each for each in ("正常", "死亡", "迁出", "注销") if each in {row["hukou_status"] for row in rows}
        )
        since = ""
    town = min((row["town"] for row in rows), key=POLICY.town_names.index)
    there = [row for row in rows if row["town"] == town]
    village = min((row["village"] for row in there if row["village"]), default="")
    at_home = [row for row in there if row["village"] in ("", village)]
    villages = {(row["town"], row["village"]) for row in rows if row["village"]}
    differs = (
        len({row["hukou_status"] for row in rows}) > 1
        or len(gone_on) > 1
        or len({row["town"] for row in rows}) > 1
        or len(villages) > len({town for town, _ in villages})
        or len({row["residency"] for row in rows}) > 1
    )
    return {
        "status": status,
        "status_since": since,
        "town": town,
        "village": village,
        "residency": max(row["residency"] for row in rows),  # 户籍 > 常住非户籍
        "household_no": min((row["household_no"] for row in at_home), key=last_if_empty),
        "name": best["name"],
        "differs": differs,
    }


def spelt(rows: list[Row]) -> list[Row]:
    """The rows with one name for each village of a town: the commonest spelling, of equals the first as text."""

    def name(row: Row) -> str:
        for spellings in SPELT:
            if row["village"] in spellings:
                there = [
                    spellings[each["village"]]
                    for each in rows
                    if each["town"] == row["town"] and each["village"] in spellings
                ]
                return min(there, key=lambda spelling: (-there.count(spelling), spelling))
        return str(row["village"])

    return [row | {"village": name(row)} for row in rows]


def last_if_empty(text: str) -> tuple[bool, str]:
    """To sort by, what is empty last."""
    return text == "", text


@settings(few, max_examples=15)
@given(st.lists(registered, min_size=8, max_size=24))
def test_what_holds_row_by_row(rows: list[Row]) -> None:
    found = derived(rows)
    people = {
        line["key"]: {name: line[name] for name in (*SAID, "differs")} for line in found.people.to_dict("records")
    }
    named = spelt(rows)
    expected = {key: held([row for row in named if row["key"] == key]) for key in {row["key"] for row in rows}}
    assert people == {key: person for key, person in expected.items() if person}
    # Rows that contradict each other are accepted; what only repeats another is a copy.
    accepted = found.verdicts[(found.verdicts["verdict"] == "accepted").to_numpy()]["batch"]
    warned = found.findings[(found.findings["code"] == "W209").to_numpy()]["batch"]
    differing = {key for key, person in people.items() if person["differs"]}
    assert set(warned) == {batch for batch in accepted if rows[batch - 1]["key"] in differing}


@settings(few, max_examples=4)  # each derives everybody twice, then each person alone
@given(st.lists(registered, min_size=8, max_size=24), st.lists(changed, max_size=12), st.integers(0, 99))
def test_any_order_and_alone(rows: list[Row], changes: list[Row], seed: int) -> None:
    """Nothing that holds depends on the order of files; a person alone is judged as among all."""
    rows = rows + changes
    shuffled = random.Random(seed).sample(rows, len(rows))
    among_all = holding(derived(rows))
    assert holding(derived(shuffled)) == among_all
    named = villages_named(facts(rows))
    alone = [
        holding(derived([row for row in rows if row["key"] == key], named)) for key in {row["key"] for row in rows}
    ]
    assert {key: said for each in alone for key, said in each.items()} == among_all


def holding(residents: Residents) -> dict[int, tuple[Any, ...]]:
    """By key everything that is said of a person but who stands before whom."""
    columns = [name for name in residents.people.columns if name != "key"]
    return {line["key"]: tuple(line[name] for name in columns) for line in residents.people.to_dict("records")}
