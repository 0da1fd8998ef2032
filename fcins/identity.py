"""Citizen IDs (公民身份号码, GB 11643) and names: normalise, check, mask, ages. On whole columns.

GB 11643: 6 digits of the place, 8 of the birth date, 3 of the sequence (odd = male), a check digit (MOD 11-2).
The first generation had 15 digits: the year in two of them (all were born in 19xx), no check digit.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins.characters import unified

Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
Digits = npt.NDArray[np.uint8]  # (positions, people): each position lies in one piece of memory; X is 40

_WEIGHTS = tuple(2 ** (17 - position) % 11 for position in range(17))
_CHECK_CHARACTERS = "10X98765432"
_ZERO = ord("0")
_YEAR = 12 * 32  # a year in `_calendar`
_PERMIT_PLACES = (810000, 820000, 830000)  # 港澳台居民居住证; the new 外国人永久居留身份证 begins with 9

# Passports, 港澳台 passes and the old permanent resident card; military papers (军字第…号). Residence permits have 18
# digits: they count as foreign only with a right check digit, since a miswritten ID must not be taken for one.
_FOREIGN = r"^(?i:[A-Z]{1,3}[0-9]{6,12}(?:[(（]?[0-9A][)）]?)?)$|字第"
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,3}$"
# An ID as a message may hold it, in one piece or set apart by single spaces. \d takes full-width digits too.
_ID_SHAPED = re.compile("\\d[\\dXxＸｘ]{14,}|\\d(?:[ \t\u00a0\u3000]?[\\dXxＸｘ]){14,}")

_QUOTES = "'\"`‘’‚‛“”„‟′"
_GUARDS = _QUOTES + "="  # ="3704…" keeps Excel from making a number of it
_GUARDED_NAME = re.compile(f"^=[{_QUOTES}]+(.*)$")
_ERROR = r"^#(?i:N/?A|REF|VALUE|NAME|DIV/0|NULL|NUM|SPILL|CALC|FIELD|GETTING_DATA)[!?]?$|^(?i:Err):[0-9]+$"
_ERROR_CELL = re.compile(_ERROR)
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_OPEN_BRACKET = re.compile(r"(?<=.)[(\[【〔].*$")
_MARKS = "*★☆※△▲▽▼○●◎◇◆□■√✓✔#"
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols by category, yet nothing is seen of them
_DOTS = "\u0387\u16eb\u2022\u2027\u2219\u22c5\u30a0\u30fb\ua78f\uff0e\uff65"  # variants of U+00B7
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
# Beside a Chinese name: =HYPERLINK("…") is none.
_BESIDE_NAME = re.compile(rf"(?<={_HAN})(?:{_BRACKETED.pattern})|(?:{_BRACKETED.pattern})(?={_HAN})")
_BEHIND_NAME = re.compile(rf"(?<={_HAN})[(\[【〔].*$")
_DOT_IN_HAN = re.compile(rf"(?<={_HAN})[.。●-](?={_HAN})")  # what an input method gives for the dot of 买买提·艾力
_LEFT_ALONE = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_PLAIN_NAME = "^[A-Za-z·\u3400-\u4dbf\u4e00-\u9fff]*$"
# U+E815 to U+E864: where GBK kept eighty characters that Unicode did not have yet (GB 18030, FE50 to FEA0, in order).
_PRIVATE_GLYPHS = (
    "\u2e81\U00020087\U00020089\U000200cc\u2e84㑳㑇\u2e88\u2e8b\u9fb4㖞㘚㘎\u2e8c\u2e97㥮㤘\u9fb5㧏㧟㩳㧐"
    "\u9fb6\u9fb7㭎㱮㳠\u2ea7\U000215d7\u9fb8\u2eaa䁖䅟\u2eae䌷\u2eb3\u2eb6\u2eb7\U0002298f䎱䎬\u2ebb䏝䓖䙡䙌"
    "\u9fb9䜣䜩䝼䞍\u2eca䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶\u9fba\U000241fe䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮\u9fbb"
)
_PRIVATE_HAN = dict(enumerate(_PRIVATE_GLYPHS, start=0xE815))


def normalise_ids(text: pd.Series) -> pd.Series:
    """Cell text as it came → the same without spaces and marks; nothing is judged here.

    Every kind of space and invisible character goes, and quote marks and = around it (ways to keep a number as text);
    full-width becomes half-width, x and × become X. A missing cell becomes "", and so does an error value (#N/A). The
    index is kept.
    """
    values = _arrow(text)
    wide = ~_flags(pc.string_is_ascii(values))
    simple = ~wide & ~_flags(pc.match_substring_regex(values, "^[0-9X]*$"))
    if simple.any():
        tidy = pc.replace_substring_regex(values.filter(pa.array(simple)), r"[\x00-\x20\x7f]+", "")
        tidy = pc.replace_substring_regex(pc.ascii_trim(tidy, characters="'\"`="), _ERROR, "")
        values = _put(values, simple, pc.replace_substring(tidy, "x", "X"))
    if wide.any():
        spelt = _respell(values.filter(pa.array(wide)), _id_spelling)
        values = _put(
            values, wide, pa.array([_ERROR_CELL.sub("", each.strip(_GUARDS)) for each in spelt], pa.large_string())
        )
    return _series(values, text.index)


def normalise_names(names: pd.Series) -> pd.Series:
    """Names as they came → one spelling for one name. A missing name becomes "". The index is kept.

    Spaces and invisible characters go, inner ones too; full-width becomes half-width; each variant of the middle dot,
    and a full stop or hyphen between Han characters, becomes U+00B7; the private characters of old GB 18030 fonts
    become their Unicode ones, radicals ideographs. Case and compatibility ideographs stay as they are. What stands in
    brackets, marks and quotes around the name are no part of it, and an error value (#N/A) is no name.
    """
    values = _arrow(names)
    odd = ~_flags(pc.match_substring_regex(values, _PLAIN_NAME))
    if odd.any():
        spelt = _respell(values.filter(pa.array(odd)), _name_spelling)
        dotted = [_DOT_IN_HAN.sub("·", _bare_name(each)) for each in spelt]
        values = _put(values, odd, pa.array(dotted, pa.large_string()))
    return _series(values, names.index)


def _bare_name(spelt: str) -> str:
    """赵大柱(曾用名赵铁柱), 孙福来(户主, 周建国*, ="李秀兰" → the name alone."""
    name, before = spelt, ""
    while name != before:
        before, name = name, _GUARDED_NAME.sub(r"\1", name.strip(_QUOTES))
        if _ERROR_CELL.match(name):
            return ""
        name = _BEHIND_NAME.sub("", _BESIDE_NAME.sub("", name)).strip(_MARKS) or name
    return name


def bracketed(names: pd.Series) -> pd.Series:
    """What stands in brackets beside each name, "" where nothing does. The index is kept."""
    values = _arrow(names)
    has = _flags(pc.match_substring_regex(values, r"[(（\[［【〔]"))
    found = pa.array([""] * len(values), pa.large_string())
    if has.any():
        texts = [unified(each) for each in values.filter(pa.array(has)).to_pylist()]
        parts = [_BRACKETED.findall(each) + _OPEN_BRACKET.findall(_BRACKETED.sub("", each)) for each in texts]
        found = _put(found, has, pa.array(["，".join(each) for each in parts], pa.large_string()))
    return _series(found, names.index)


def check_ids(ids: pd.Series, today: date) -> pd.DataFrame:
    """Normalised IDs → their check by GB 11643, on the same index.

    - `citizen_id` str: the ID in 18 characters (15 digits raised: 19 put in, check digit worked out); "" if not valid.
    - `key` int64: its first 17 digits as a number, one-to-one with valid IDs; 0 if not valid.
    - `birth` datetime64[s], `sex` 男/女 (17th digit odd/even): of a valid ID, else NaT and "".
    - what is wrong, as flags: `missing` (E102); `foreign` (E112) and `destroyed` (E107: scientific notation), each the
      only flag of its row; `bad_length` (E103) and `bad_character` (E104), perhaps both; otherwise `bad_birth` (E105:
      no day of the calendar, or after `today`); otherwise `bad_check` (E106).
    - `raised` (W108): valid, came with 15 digits.
    """
    text = _arrow(ids)
    length = np.asarray(pc.utf8_length(text))
    plain = _flags(pc.match_substring_regex(text, "^[0-9]*X?$"))
    last_x = _flags(pc.ends_with(text, "X"))
    odd = text.filter(pa.array(~plain))
    destroyed, foreign = np.zeros(length.size, np.bool_), np.zeros(length.size, np.bool_)
    destroyed[~plain] = _flags(pc.match_substring_regex(odd, _SCIENTIFIC))
    foreign[~plain] = _flags(pc.match_substring_regex(odd, _FOREIGN))

    # From here to `spread`: only the rows that have 18 or 15 good characters, the 18s first.
    whole, short = plain & (length == 18), plain & (length == 15) & ~last_x
    where = np.concatenate([np.flatnonzero(whole), np.flatnonzero(short)])
    of_18 = np.arange(where.size) < np.count_nonzero(whole)
    digits = _digits(text, whole, short)
    key = _number(digits[:17])
    birth = _birth_dates(digits)
    born = ~np.isnat(birth) & (birth <= np.datetime64(today, "D"))
    holds = _check_codes(digits) == digits[17]
    permit = of_18 & holds & ((digits[0] == 9) | np.isin(key // 10**11, _PERMIT_PLACES))
    valid = born & holds & ~permit

    def spread(values: npt.NDArray[Any], rows: Flags, empty: Any) -> npt.NDArray[Any]:
        column = np.full(length.size, empty, values.dtype)
        column[where[rows]] = values[rows]
        return column

    foreign |= spread(permit, permit, False)
    raised = spread(valid, valid & ~of_18, False)
    judged = ~foreign & ~destroyed & (length > 0)
    citizen_id = pc.if_else(pa.array(spread(valid, valid, False)), text, "")
    long_form = np.ascontiguousarray(digits[:, valid & ~of_18].T) + np.uint8(_ZERO)
    citizen_id = _put(citizen_id, raised, pa.array(long_form.view("S18").ravel()).cast(pa.large_string()))
    sex = pa.array(["", "女", "男"], pa.large_string()).take(pa.array(spread(digits[16] % 2 + 1, valid, 0)))
    return pd.DataFrame(
        {
            "citizen_id": _series(citizen_id, ids.index),
            "key": spread(key, valid, 0),
            "birth": spread(birth, valid, np.datetime64("NaT", "D")).astype("datetime64[s]"),
            "sex": _series(sex, ids.index),
            "missing": length == 0,
            "foreign": foreign,
            "destroyed": destroyed,
            "bad_length": judged & (length != 15) & (length != 18),
            "bad_character": judged & ~(plain & ~(last_x & (length == 15))),
            "bad_birth": spread(~born, ~born & ~permit, False),
            "bad_check": spread(~holds, born & ~holds, False),
            "raised": raised,
        },
        index=ids.index,
    )


def check_digit(first17: str) -> str:
    """The 18th character (0–9 or X) that GB 11643 puts after these 17 digits. ValueError if they are not 17 digits."""
    if not re.fullmatch("[0-9]{17}", first17):
        raise ValueError("a check digit follows exactly 17 digits")
    return _CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True)) % 11]


def mask(citizen_id: str, head: int = 6, tail: int = 1) -> str:
    """One ID → its first `head` and last `tail` characters, asterisks between; as long as it came.

    Not 18 long, it shows them only if eight or more stay hidden: seven of a passport's nine would name its holder.
    """
    if head < 0 or tail < 0:
        raise ValueError("a mask cannot show fewer than 0 characters")
    hidden = len(citizen_id) - head - tail
    if hidden < (1 if len(citizen_id) == 18 else 8):
        return "*" * len(citizen_id)
    return citizen_id[:head] + "*" * hidden + citizen_id[head + hidden :]


def mask_column(ids: pd.Series, head: int = 6, tail: int = 1) -> pd.Series:
    """`mask` for a column. A missing ID becomes "". The index is kept."""
    values = _arrow(ids)
    mask("", head, tail)  # refuses the same numbers, also for an empty column
    usual = _flags(pc.equal(pc.utf8_length(values), 18)) & (head + tail < 18)
    masked = pc.utf8_replace_slice(values, start=head, stop=18 - tail, replacement="*" * (18 - head - tail))
    rest = [mask(each, head, tail) for each in values.filter(pa.array(~usual)).to_pylist()]
    return _series(_put(masked, ~usual, pa.array(rest, pa.large_string())), ids.index)


def mask_text(text: str) -> str:
    """A message → the same with every ID in it masked: for logs and exceptions, where an ID may never appear.

    Any run of 15 or more digits and X counts as an ID, also in full width or with single spaces in it: a longer run can
    hold a whole ID (残疾人证号), and one of 16 an ID that lost two digits.
    """
    return _ID_SHAPED.sub(lambda run: mask(re.sub(r"\s", "", run[0])), text)


def age_on(birth: Days, on: date | Days) -> npt.NDArray[np.int16]:
    """Birth dates → full years (周岁) on a day (one for all, or one each), as `birthdays` count them.

    -1 for NaT and for people who are not born yet.
    """
    birth, day = np.asarray(birth, "datetime64[D]"), np.asarray(on, "datetime64[D]")
    born, then = _calendar(birth), _calendar(day)
    years = then // _YEAR - born // _YEAR - (then % _YEAR < born % _YEAR)
    return np.where(np.isnat(birth), -1, np.maximum(years, -1)).astype(np.int16)


def birthdays(birth: Days, age: npt.NDArray[np.integer[Any]] | int) -> Days:
    """Birth dates → the day each person reaches `age` (years; one for all, or one each), datetime64[D]; NaT stays NaT.

    29 February becomes 1 March in a year without one.
    """
    birth = np.asarray(birth, "datetime64[D]")
    year, month = birth.astype("datetime64[Y]"), birth.astype("datetime64[M]")
    later = (year + np.asarray(age, np.int64).astype("timedelta64[Y]")).astype("datetime64[M]")
    day: Days = (later + (month - year.astype("datetime64[M]"))).astype("datetime64[D]") + (birth - month)
    return day


def _calendar(days: Days) -> npt.NDArray[np.int64]:
    """Days → year * _YEAR + month * 32 + day of the month: greater for the later. NaT becomes any number.

    NumPy takes 0.2 µs to find the month of a day, so each day of the span is looked at once if people are more.
    """
    known = days[~np.isnat(days)].astype(np.int64)
    first = int(known.min(initial=0))
    span = int(known.max(initial=0)) - first + 1
    if span < known.size:
        of_each = _calendar(np.arange(first, first + span).astype("datetime64[D]"))
        return np.take(of_each, np.where(np.isnat(days), first, days.astype(np.int64)) - first)
    month = days.astype("datetime64[M]")
    months = month.astype(np.int64)
    whole: npt.NDArray[np.int64] = months // 12 * _YEAR + months % 12 * 32 + (days - month).astype(np.int64)
    return whole


def _arrow(column: pd.Series) -> pa.Array:
    """The column as one Arrow array of text, without nulls."""
    values = pa.array(column.astype("str"), pa.large_string())
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pc.fill_null(values, "")


def _series(values: pa.Array, index: pd.Index) -> pd.Series:
    return pd.Series(pd.array(values, dtype="str"), index=index)


def _flags(values: pa.Array) -> Flags:
    return np.asarray(values, np.bool_)


def _put(values: pa.Array, rows: Flags, replacements: pa.Array) -> pa.Array:
    return pc.replace_with_mask(values, pa.array(rows), replacements)


def _respell(values: pa.Array, spell: Callable[[str], str]) -> list[str]:
    """Each text with each character respelt: all texts joined, so that one table of their characters serves them."""
    joined = "\n".join(pc.replace_substring(values, "\n", "").to_pylist())
    return joined.translate({ord(each): spell(each) for each in set(joined) - {"\n"}}).split("\n")


def _id_spelling(character: str) -> str:
    seen = "".join(filter(_is_seen, unified(character)))
    return seen.replace("x", "X").replace("×", "X")


def _name_spelling(character: str) -> str:
    if character in _DOTS:
        return "·"
    if _LEFT_ALONE.match(character):
        return character
    return "".join(filter(_is_seen, unified(_PRIVATE_HAN.get(ord(character), character))))


def _is_seen(character: str) -> bool:
    """False for spaces, line breaks, controls, zero-width and variation marks."""
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not (selector or character in _BLANKS or unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Cf"})


def _digits(text: pa.Array, whole: Flags, short: Flags) -> Digits:
    """The (18, n) digits of the 18-character rows, then of the 15-digit ones raised to 18."""
    old = _characters(text.filter(pa.array(short)), 15)
    century = np.tile(np.array([[1], [9]], np.uint8), (1, old.shape[1]))
    first17 = np.concatenate([old[:6], century, old[6:]])
    raised = np.vstack([first17, _check_codes(first17)])
    return np.hstack([_characters(text.filter(pa.array(whole)), 18), raised])


def _characters(text: pa.Array, width: int) -> Digits:
    """Texts of exactly `width` ASCII characters → (width, n), read from Arrow's own memory."""
    if len(text) == 0:
        return np.empty((width, 0), np.uint8)
    _, offsets, data = text.buffers()
    start = int(np.frombuffer(offsets, np.int64)[text.offset])
    block = np.frombuffer(data, np.uint8)[start : start + len(text) * width].reshape(-1, width)
    return np.ascontiguousarray(block.T) - np.uint8(_ZERO)


def _check_codes(digits: Digits) -> Digits:
    """The check digit of each column's first 17 digits; X is 40, as everywhere in `Digits`."""
    total = np.zeros(digits.shape[1], np.uint16)
    for weight, digit in zip(_WEIGHTS, digits[:17], strict=True):
        total += digit * np.uint16(weight)
    codes = np.frombuffer(_CHECK_CHARACTERS.encode(), np.uint8) - np.uint8(_ZERO)
    return codes[total % 11]


def _number(digits: Digits) -> npt.NDArray[np.int64]:
    number = np.zeros(digits.shape[1], np.int64)
    for digit in digits:
        number = number * 10 + digit
    return number


def _birth_dates(digits: Digits) -> Days:
    """The birth dates, NaT where the calendar has no such day."""
    year, month, day = (_number(digits[part]) for part in (slice(6, 10), slice(10, 12), slice(12, 14)))
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    birth = first.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    real = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (birth.astype("datetime64[M]") == first)
    return np.where(real, birth, np.datetime64("NaT", "D"))


def births(keys: pd.Series) -> pd.Series:
    """`key` of `check_ids` → birth date, datetime64[s]; NaT for 0. On the same index."""
    packed = keys.to_numpy(np.int64) // 1000 % 10**8
    known = packed > 0
    month = np.where(known, (packed // 10_000 - 1970) * 12 + packed // 100 % 100 - 1, 0).astype("datetime64[M]")
    day = month.astype("datetime64[D]") + np.where(known, packed % 100 - 1, 0).astype("timedelta64[D]")
    birth = np.where(known, day, np.datetime64("NaT", "D"))
    return pd.Series(birth.astype("datetime64[s]"), index=keys.index)


def sexes(keys: pd.Series) -> pd.Series:
    """`key` of `check_ids` → 男 or 女 (17th digit odd or even); "" for 0. On the same index."""
    number = keys.to_numpy(np.int64)
    names = np.where(number == 0, "", np.where(number % 2 == 1, "男", "女"))
    return pd.Series(names, index=keys.index, dtype="str")
