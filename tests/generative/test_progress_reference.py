"""Progress of all places against plain loops, whatever the figures: sums, rates, ranks, what is new, last year."""

from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fcins.analysis.coverage import by_channel, by_day, progress, rates_bp

TOWNS = ["甲镇", "乙镇", "丙镇"]
SCHEMES = ["medical", "pension"]
FIGURES = ["liable", "covered", "due_fen", "received_fen"]

Key = tuple[str, str, str]
keys = st.tuples(st.sampled_from(TOWNS), st.sampled_from(["东村", "西村", ""]), st.sampled_from(SCHEMES))


@st.composite
def figures(draw: st.DrawFn) -> list[int]:
    liable = draw(st.integers(0, 30))
    return [liable, draw(st.integers(0, liable)), draw(st.integers(0, 10**6)), draw(st.integers(-(10**6), 10**6))]


places = st.dictionaries(keys, figures(), min_size=1, max_size=18)


def frame(of: dict[Key, list[int]]) -> pd.DataFrame:
    rows = [[*key, *figures] for key, figures in of.items()]
    return pd.DataFrame(rows, columns=["town", "village", "scheme", *FIGURES]).astype(dict.fromkeys(FIGURES, "int64"))


def added(of: dict[Key, list[int]], town: str, village: str | None, scheme: str) -> list[int]:
    """The figures of a place ("" for all towns, None for all villages), added up one by one."""
    total = [0, 0, 0, 0]
    for (its_town, its_village, its_scheme), own in of.items():
        if its_scheme == scheme and town in ("", its_town) and village in (None, its_village):
            total = [a + b for a, b in zip(total, own, strict=True)]
    return total


def rate(total: list[int]) -> int | None:
    return total[1] * 10_000 // total[0] if total[0] else None


def rank(own: list[int], all_of_them: list[list[int]]) -> int | None:
    if not own[0]:
        return None
    return 1 + sum(Fraction(each[1], each[0]) > Fraction(own[1], own[0]) for each in all_of_them if each[0])


def known(value: Any) -> Any:
    return None if pd.isna(value) else value


@settings(max_examples=12, deadline=None)
@given(now=places, before=st.none() | places, last_year=st.none() | places)
def test_progress(now: dict[Key, list[int]], before: dict[Key, list[int]] | None, last_year: Any) -> None:
    last = None
    if last_year is not None:
        last = frame(last_year)
        last["rate_bp"] = rates_bp(last["covered"], last["liable"])
        last = last.astype({"liable": "Int64", "covered": "Int64"})
    found = progress(frame(now), None if before is None else frame(before), last, TOWNS)
    there = {*now, *(before or {})}
    assert {(row.town, row.village, row.scheme) for row in found.villages.itertuples()} == there
    assert [*dict.fromkeys(found.villages["town"])] == [town for town in TOWNS if town in {key[0] for key in there}]
    for name, lines in (("villages", found.villages), ("towns", found.towns), ("whole", found.whole)):
        for row in lines.itertuples():
            village = row.village if name == "villages" else None
            own = added(now, row.town, village, row.scheme)
            assert [row.liable, row.covered, row.due_fen, row.received_fen] == own
            assert known(row.rate_bp) == rate(own)
            if name == "villages":
                mates = [key for key in there if key[0] == row.town and key[2] == row.scheme]
                assert known(row.rank) == rank(own, [added(now, *key[:2], row.scheme) for key in mates])
            elif name == "towns":
                towns = {key[0] for key in there if key[2] == row.scheme}
                assert known(row.rank) == rank(own, [added(now, town, None, row.scheme) for town in towns])
            earlier = None if before is None else added(before, row.town, village, row.scheme)
            assert known(row.more_covered) == (None if earlier is None else own[1] - earlier[1])
            assert known(row.more_received_fen) == (None if earlier is None else own[3] - earlier[3])
            if name == "villages" and row.village:
                its = (last_year or {}).get((row.town, row.village, row.scheme))
                assert known(row.last_rate_bp) == (None if its is None else rate(its))


payments = st.lists(
    st.tuples(
        st.sampled_from(SCHEMES),
        st.sampled_from(["微信", "", "委托代收"]),
        st.sampled_from(["2023-09-30", "2023-10-01", "2023-10-02", "2023-12-20"]),
        st.integers(-50_000, 50_000),
    )
)


@settings(max_examples=12, deadline=None)
@given(rows=payments)
def test_days_and_channels(rows: list[tuple[str, str, str, int]]) -> None:
    paid = pd.DataFrame(rows, columns=["scheme", "channel", "paid_on", "amount_fen"]).astype(
        {"scheme": "str", "channel": "str", "paid_on": "str", "amount_fen": "int64"}
    )
    channels = by_channel(paid).set_index("channel")
    assert set(channels.index) == {row[1] for row in rows}
    for channel, line in channels.iterrows():
        for scheme in SCHEMES:
            mine = [row[3] for row in rows if row[0] == scheme and row[1] == channel]
            assert (line[f"{scheme}_payments"], line[f"{scheme}_fen"]) == (len(mine), sum(mine))
    assert channels["amount_fen"].is_monotonic_decreasing
    opens = pd.Timestamp("2023-10-01").date()
    days = by_day(paid, opens)
    assert days["day"].tolist() == sorted({max(row[2], "2023-10-01") for row in rows})
    for line in days.itertuples():
        assert line.so_far_fen == sum(row[3] for row in rows if max(row[2], "2023-10-01") <= line.day)
        assert line.so_far_fen == line.medical_so_far_fen + line.pension_so_far_fen
