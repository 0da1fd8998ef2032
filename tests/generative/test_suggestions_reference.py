"""Suggestions against plain Python that holds every row against every resident, and against slips made on purpose."""

import re
from decimal import Decimal
from functools import cache

import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sheets import person

from fcins.analysis.suggestions import suggest
from fcins.assessment.residents import RESIDENT_COLUMNS

Row = dict[str, str]

NAMES = ["王明", "王小明", "王晓明", "李明", "明", "买买提·艾力", "买买提艾力"]
BIRTHS = ["1960-01-01", "1960-01-10", "1985-06-30", "2015-08-17"]
PLACES = [("阴平镇", "东村"), ("阴平镇", "西村"), ("榴园镇", "东村")]
IDS = st.builds(person, st.sampled_from(BIRTHS), st.integers(1, 25), st.sampled_from("男女"))
RESIDENTS = st.lists(
    st.fixed_dictionaries(
        {
            "citizen_id": IDS,
            "name": st.sampled_from(NAMES),
            "place": st.sampled_from(PLACES),
            "household_no": st.sampled_from(["", "1", "2"]),
            "status": st.sampled_from(["正常", "正常", "死亡", "迁出"]),
        }
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda each: each["citizen_id"][:17],
)


@st.composite
def slipped(draw: st.DrawFn, text: str, least: int = 1, most: int = 1) -> str:
    """The text after some slips of a hand."""
    for _ in range(draw(st.integers(least, most))):
        at = draw(st.integers(0, len(text) - 2))
        other = draw(st.sampled_from("0123456789X"))
        kind = draw(st.sampled_from(["exchanged", "changed", "missing", "extra"]))
        if kind == "exchanged":
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif kind == "extra":
            text = text[:at] + other + text[at:]
        else:
            text = text[:at] + (other if kind == "changed" else "") + text[at + 1 :]
    return text


@st.composite
def failed(draw: st.DrawFn, ids: list[str]) -> Row:
    """A row that failed: somebody's ID with slips, another valid one, or what a spreadsheet left of one."""
    own = draw(st.sampled_from(ids))
    given_as = draw(st.sampled_from(["slips", "old slips", "valid", "old", "number"]))
    code = draw(st.sampled_from(["E103", "E104", "E105", "E106"]))
    text = own
    if given_as == "slips":
        text = draw(slipped(own, 1, 3))
    elif given_as == "old slips":
        text = draw(slipped(own[:6] + own[8:17], 1, 3))
    elif given_as == "valid":
        text, code = draw(st.one_of(st.just(own), IDS)), "E202"
    elif given_as == "old":
        text, code = own[:6] + own[8:17], "E202"
    else:
        text, code = draw(saved(draw(slipped(own, 0, 1)))), "E107"
    if code == "E202" and long_form(text) not in [each[:17] for each in ids]:
        code = "E201"
    town, village = draw(st.sampled_from([*PLACES, ("", ""), ("阴平镇", ""), ("", "东村"), ("榴园镇", "东村村委会")]))
    name = draw(st.sampled_from([*NAMES, "王小朋", ""]))
    return {"name": name, "id_text": text, "code": code, "town": town, "village": village}


@st.composite
def saved(draw: st.DrawFn, text: str) -> str:
    """An ID as a workbook gives it back that had it as a number."""
    number = int(re.sub("X", "", text) or "0")
    cut = int(f"{number:<d}"[:15].ljust(len(str(number)), "0"))
    return draw(
        st.sampled_from(
            [
                str(cut),
                str(int(float(cut))),
                str(int(float(number))),
                str(int(float(f"{number:.16G}"))),
                f"{number:.14E}",
            ]
        )
    )


def long_form(text: str) -> str:
    """The first 17 digits of a valid ID in 18 characters."""
    return text[:6] + "19" + text[6:] if len(text) == 15 else text[:17]


# ── the slow one ────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def distance(a: str, b: str, exchange: bool = True) -> int:
    """How many characters changed, missing, extra, or (once each) neighbours exchanged."""
    cost = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            ways = [cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
            if exchange and i > 1 and j > 1 and a[i - 2] == b[j - 1] and a[i - 1] == b[j - 2]:
                ways.append(cost[i - 2, j - 2] + 1)
            cost[i, j] = min(ways)
    return cost[len(a), len(b)]


def digits_of(text: str) -> str:
    """Of a number its 15 digits, with zeros, if it is the double next to them."""
    value = int(Decimal(text))
    plain = int(Decimal(f"{value:.14E}"))
    return str(plain) if len(str(value)) > 15 and float(plain) == float(value) else str(value)


def literal(row: Row, people: list[Row]) -> list[tuple[str, str]]:
    """ID and reason of up to three residents; "slips" for a reason that tells them."""
    text, code = row["id_text"], row["code"]
    number = digits_of(text) if code == "E107" else ""
    text = number or text
    valid = code in ("E201", "E202") or (code == "E107" and len(text) == 15)
    holder = next((each for each in people if valid and each["citizen_id"][:17] == long_form(text)), None)
    born = text[6:14] if len(text) != 15 else "19" + text[6:12]
    namesakes = [each for each in people if row["name"] and each["name"] == row["name"]]
    lived = {
        "同村（居）": [each for each in namesakes if lives_in_village(row, each)],
        "同镇（街道）": [each for each in namesakes if each["town"] == row["town"]],
        "户籍库中": [] if row["town"] or row["village"] else namesakes,
    }
    place = next((place for place, there in lived.items() if there), "")
    found = []
    for each in people:
        own, old = each["citizen_id"], each["citizen_id"][:6] + each["citizen_id"][8:17]
        same = each in namesakes
        near = bool(row["name"]) and not same and near_names(row["name"], each["name"])
        alike = near or row["name"] == ""
        slips = distance(text, own)
        if number:
            slips = distance(text[:15], own[: 33 - len(text)]) if 17 <= len(text) <= 19 else 99
        old_slips = 99
        if own[6:8] == "19" and (len(text) == 15 if number else 13 <= len(text) <= 17):
            old_slips = distance(text, old)
        kept = number != "" and ((len(text) == 18 and becomes(own, float(text))) or (each is holder))
        together = holder is not None and each["household_no"] != "" and code == "E202"
        together = together and all(each[field] == holder[field] for field in ("town", "village", "household_no"))
        same_birth = re.fullmatch("[0-9]{14,}[0-9X]", text) is not None and born == own[6:14]
        if code == "E201" and each is holder:
            continue
        if same and kept:
            reason, strength = "kept", 0
        elif near and each is holder and not number:
            reason, strength = "该号码登记为此人，姓名差一个字", 0
        elif same and ((slips == 1 and not number) or old_slips == 1):
            reason, strength = "slips", 1
        elif alike and kept:
            reason, strength = "kept", 2
        elif same and number and slips == 1:
            reason, strength = "slips", 3
        elif same and together:
            reason, strength = "姓名相同，与该号码登记的人同户", 4
        elif same and ((slips == 2 and not number) or old_slips == 2):
            reason, strength = "slips", 5
        elif same and same_birth:
            reason, strength = "姓名相同、出生日期相同", 6
        elif each is holder:
            reason, strength = "该号码登记为此人，姓名不同", 7
        elif alike and slips == 1 and not number:
            reason, strength = "slips", 8
        elif place and each in lived[place] and len(lived[place]) <= 3:
            reason, strength = f"姓名相同，{place}仅{len(lived[place])}人", 9
        else:
            continue
        fewest = min(slips if same or alike else 99, old_slips if same else 99, 9)
        place_differs = each["town"] != row["town"], not lives_in_village(row, each)
        order = (strength, not same_birth, *place_differs, fewest, each["status"] != "正常", own)
        told = reason if each["status"] == "正常" else f"{reason}；此人户籍状态为{each['status']}"
        found.append((order, own, told, same))
    if any(same and order[0] < 9 for order, _, _, same in found):
        found = [each for each in found if each[0][0] < 9]
    return [(own, told) for _, own, told, _ in sorted(found)[:3]]


def near_names(a: str, b: str) -> bool:
    return distance(a, b, exchange=False) == 1 and (a[0] == b[0] or a[-1] == b[-1])


def becomes(own: str, number: float) -> bool:
    """Whether this ID saved as a number is that one: typed by hand, or by a writer of 15, 16 or all digits."""
    if own[-1] == "X":
        return False
    written = [own, own[:15] + "000", f"{float(own):.14E}", f"{float(own):.15E}"]
    return number in [float(each) for each in written]


def lives_in_village(row: Row, each: Row) -> bool:
    return row["village"].startswith(each["village"]) and row["town"] in ("", each["town"]) and row["village"] != ""


# ── both ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def frames(rows: list[Row], people: list[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    lines = pd.DataFrame(rows, dtype="str").assign(line=range(len(rows)))
    known = pd.DataFrame(people, dtype="str")
    known["key"] = known["citizen_id"].str.slice(0, 17).astype("int64")
    return lines, known.reindex(columns=RESIDENT_COLUMNS, fill_value="")


def placed(people: list[dict[str, object]]) -> list[Row]:
    return [
        {**{k: v for k, v in each.items() if k != "place"}, "town": each["place"][0], "village": each["place"][1]}
        for each in people
    ]


SLIPS_TOLD = re.compile("不同|互换|少.位|多.位|少一位|多一位")
KEPT_TOLD = re.compile("前15位相同，末3位被Excel改成0|按数字保存后与此号码一致|15位旧号码，换算后与此号码一致")


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_as_the_slow_one_says(data):
    people = placed(data.draw(RESIDENTS))
    rows = data.draw(st.lists(failed([each["citizen_id"] for each in people]), min_size=1, max_size=12))
    answer = suggest(*frames(rows, people))
    for line, row in enumerate(rows):
        mine = answer[answer["line"] == line]
        expected = literal(row, people)
        assert mine["citizen_id"].tolist() == [own for own, _ in expected], row
        for said, (_, reason) in zip(mine["why"], expected, strict=True):
            kind, _, status = reason.partition("；")
            assert said.partition("；")[2] == status
            if kind == "slips":
                assert SLIPS_TOLD.search(said)
                assert "姓名相同" not in said
            elif kind == "kept":
                assert KEPT_TOLD.search(said)
            else:
                assert said.partition("；")[0] == kind


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_one_slip_and_the_own_name_comes_first(data):
    people = placed(data.draw(RESIDENTS))
    meant = data.draw(st.sampled_from(people))
    text = data.draw(slipped(meant["citizen_id"]))
    assume(text != meant["citizen_id"])
    rivals = [each for each in people if each is not meant and each["name"] == meant["name"]]
    assume(all(distance(text, each["citizen_id"]) > 1 for each in rivals))
    row = {"name": meant["name"], "id_text": text, "code": "E106", "town": meant["town"], "village": meant["village"]}
    answer = suggest(*frames([row], people))
    assert answer.loc[answer["rank"] == 1, "citizen_id"].tolist() == [meant["citizen_id"]]
