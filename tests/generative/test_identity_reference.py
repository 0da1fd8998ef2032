"""The columns of fcins.identity against plain Python that takes one person at a time, written from GB 11643."""

import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from fcins.identity import (
    age_on,
    birthdays,
    check_digit,
    check_ids,
    mask,
    mask_column,
    mask_text,
    normalise_ids,
    normalise_names,
)

TODAY = date(2024, 1, 31)
ISO_7064_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
FOREIGN = re.compile(r"[A-Z]{1,3}[0-9]{6,12}([(（]?[0-9A][)）]?)?", re.IGNORECASE | re.ASCII)
DESTROYED = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,3}")


@dataclass
class Verdict:
    """What check_ids says of one ID."""

    citizen_id: str = ""
    key: int = 0
    birth: date | None = None
    sex: str = ""
    missing: bool = False
    foreign: bool = False
    destroyed: bool = False
    bad_length: bool = False
    bad_character: bool = False
    bad_birth: bool = False
    bad_check: bool = False
    raised: bool = False


def due(first17: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(first17, ISO_7064_WEIGHTS, strict=True))
    return {0: "1", 1: "0", 2: "X", 3: "9", 4: "8", 5: "7", 6: "6", 7: "5", 8: "4", 9: "3", 10: "2"}[total % 11]


def day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def check(text: str) -> Verdict:
    if text == "":
        return Verdict(missing=True)
    if DESTROYED.fullmatch(text):
        return Verdict(destroyed=True)
    if FOREIGN.fullmatch(text) or "字第" in text:
        return Verdict(foreign=True)

    length_is_good = len(text) in (15, 18)
    body = text if len(text) == 15 else text.removesuffix("X")
    characters_are_good = all(each in "0123456789" for each in body)
    if not (length_is_good and characters_are_good):
        return Verdict(bad_length=not length_is_good, bad_character=not characters_are_good)

    first17 = text[:17] if len(text) == 18 else text[:6] + "19" + text[6:]
    check_is_good = len(text) == 15 or text[17] == due(first17)
    permit = text[:6] in ("810000", "820000", "830000") or text[0] == "9"
    if len(text) == 18 and permit and check_is_good:
        return Verdict(foreign=True)
    birth = day(first17[6:14])
    if birth is None or birth > TODAY:
        return Verdict(bad_birth=True)
    if not check_is_good:
        return Verdict(bad_check=True)
    sex = "男" if int(first17[16]) % 2 == 1 else "女"
    return Verdict(first17 + due(first17), int(first17), birth, sex, raised=len(text) == 15)


def age(birth: date, on: date) -> int:
    years = on.year - birth.year
    return years if (on.month, on.day) >= (birth.month, birth.day) else years - 1


def birthday(birth: date, years: int) -> date:
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


DIGITS = "0123456789"
PLACES = st.sampled_from(["370499", "370499", "810000", "820000", "830000", "810001", "911156"])
BIRTHS = st.dates(date(1900, 1, 1), TODAY + timedelta(30)).map(lambda each: each.strftime("%Y%m%d"))
NEAR_BIRTHS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["0000", "1900", "1960", "2000", "2023", "2024", "9999"]),
    st.sampled_from(["00", "01", "02", "04", "12", "13"]),
    st.sampled_from(["00", "01", "28", "29", "30", "31", "32"]),
)
SEVENTEENS = st.builds("{}{}{}".format, PLACES, BIRTHS | NEAR_BIRTHS, st.text(DIGITS, min_size=3, max_size=3))
VALID = SEVENTEENS.map(lambda each: each + due(each))
SHORT = SEVENTEENS.map(lambda each: each[:6] + each[8:])


@st.composite
def slips(draw: st.DrawFn) -> str:
    """A good ID with one character lost, added or changed."""
    text = draw(VALID | SHORT)
    place = draw(st.integers(0, len(text) - 1))
    lost = draw(st.integers(0, 1))
    slip = draw(st.sampled_from(["", *DIGITS, "X", "A", "O", "张", "𠀀", ".", "E+"]))
    return f"{text[:place]}{slip}{text[place + lost :]}"


DOCUMENTS = st.from_regex(FOREIGN, fullmatch=True) | st.from_regex(DESTROYED, fullmatch=True)
ANYTHING = st.text("0123456789XAEx.+()（字第号张𠀀", max_size=22)
IDS = st.lists(VALID | SHORT | slips() | DOCUMENTS | ANYTHING | SEVENTEENS, max_size=12)
BIRTH_DAYS = st.dates(date(1900, 1, 1), date(2060, 12, 31)) | st.sampled_from([date(2000, 2, 29), date(1904, 2, 29)])
DAYS = st.dates(date(1900, 1, 1), date(2060, 12, 31)) | st.sampled_from([date(2023, 2, 28), date(2023, 3, 1)])


@given(IDS)
def test_check_ids(texts: list[str]) -> None:
    checked = check_ids(pd.Series(texts, dtype="str"), TODAY)
    birth = checked["birth"].to_numpy().astype("datetime64[D]").tolist()
    rows = [{**row, "birth": day} for row, day in zip(checked.to_dict("records"), birth, strict=True)]
    assert rows == [asdict(check(text)) for text in texts]


@given(SEVENTEENS)
def test_check_digit(first17: str) -> None:
    assert check_digit(first17) == due(first17)


@given(st.lists(BIRTH_DAYS, max_size=6), DAYS, st.integers(0, 120))
def test_ages(births: list[date], on: date, years: int) -> None:
    column = np.array(births, "datetime64[D]")
    ages = [max(age(each, on), -1) for each in births]
    assert age_on(column, on).tolist() == ages
    assert birthdays(column, years).tolist() == [birthday(each, years) for each in births]


@given(st.dates(date(1900, 1, 1), date(2040, 12, 31)), DAYS, DAYS)
def test_ages_of_more_people_than_days(first: date, on: date, other: date) -> None:
    births = [first + timedelta(days=day) for day in range(800)]
    column = np.tile(np.append(np.array(births, "datetime64[D]"), np.datetime64("NaT")), 60)
    of_all = [[*(max(age(each, day), -1) for each in births), -1] for day in (on, other)]
    assert age_on(column, on).tolist() == of_all[0] * 60
    days = np.where(np.arange(len(column)) < 801, np.datetime64(on), np.datetime64(other))
    assert age_on(column, days).tolist() == of_all[0] + of_all[1] * 59


@given(IDS, st.integers(0, 20), st.integers(0, 20))
def test_masks(texts: list[str], head: int, tail: int) -> None:
    masked = mask_column(pd.Series(texts, dtype="str"), head, tail).tolist()
    assert masked == [mask(text, head, tail) for text in texts]
    for text, shown in zip(texts, masked, strict=True):
        assert len(shown) == len(text)
        assert len(shown.replace("*", "")) <= head + tail


@given(st.text("第行，：.- 张", max_size=8), VALID | SHORT, st.text("第行，：.- 张", max_size=8))
def test_no_id_survives_in_a_message(before: str, citizen_id: str, after: str) -> None:
    message = mask_text(before + citizen_id + after)
    assert citizen_id[6:-1] not in message
    assert message == before + mask(citizen_id) + after


SPACES = [" ", "\t", "\r\n", "\u00a0", "\u3000", "\u200b", "\ufeff"]
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@given(st.lists(st.tuples(VALID | SHORT, st.sampled_from(SPACES), st.integers(0, 18), st.booleans(), st.booleans())))
def test_dressed_ids_come_back_plain(rows: list[tuple[str, str, int, bool, bool]]) -> None:
    dressed = []
    for text, space, place, wide, quoted in rows:
        worn = text.translate(WIDE) if wide else text.lower()
        dressed.append("'" * quoted + worn[:place] + space + worn[place:] + space)
    assert normalise_ids(pd.Series(dressed, dtype="str")).tolist() == [text for text, *_ in rows]


@given(st.lists(st.text("张三买提艾力·•．.・ \u3000\u200b\nABｚＺ\ue863\uf9d1⼤\u0301", max_size=8)))
def test_names_settle_at_once(names: list[str]) -> None:
    once = normalise_names(pd.Series(names, dtype="str"))
    assert normalise_names(once).equals(once)
    for each in names:
        assert normalise_names(pd.Series([each], dtype="str")).item() == once[names.index(each)]
