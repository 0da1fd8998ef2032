"""The values of a policy file: amounts, shares, days, texts with placeholders; and how its names are compared.

Amounts become integers of fen, shares integers of 1/10000: no float ever comes in.
"""

import re
from collections.abc import Iterable
from datetime import date
from difflib import SequenceMatcher
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from fcins.characters import unified

_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BLANKS_AND_BRACKETS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff()\[\]{}<>〈〉《》「」『』【】〔〕〖〗]+")
_YUAN = re.compile(r"(\d{1,7})\.(\d\d)", re.ASCII)
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
_MAX_YUAN = 9_999_999
_FULL = 10_000


def normalise_town(text: str) -> str:
    """The form in which town names are compared: NFKC, no white space."""
    return _BLANKS.sub("", unified(text))


def normalise_category(text: str) -> str:
    """The form in which category names are compared: NFKC, no white space, no brackets (what they hold stays)."""
    return _BLANKS_AND_BRACKETS.sub("", unified(text))


def without_brackets(text: str) -> str:
    """A name without what stands in brackets: 低保户(A类) → 低保户."""
    return re.sub(r"\([^()]*\)|【[^【】]*】|〔[^〔〕]*〕", "", unified(text))


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 (nothing in common) to 1."""
    return SequenceMatcher(None, one, other).ratio()


def nearest(text: str, candidates: Iterable[str], n: int = 3, cutoff: float = 0.5) -> list[str]:
    """At most `n` of `candidates` that look like `text`, best first, equals in the order given; [] when none does.

    The default cutoff suits Chinese names of three or four characters: one wrong character of three is still near.
    """
    plain = normalise_town(text)
    scored = [(likeness(plain, normalise_town(each)), each) for each in dict.fromkeys(candidates)]
    return [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score >= cutoff][:n]


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def refuse(text: str) -> PydanticCustomError:
    """What a validator raises to say in Chinese what is wrong with a value."""
    return PydanticCustomError("refused", "{text}", {"text": text})


def yuan_to_fen(value: object) -> int:
    """Yuan as the file has them (380 or "190.50") → fen."""
    if isinstance(value, float):
        raise refuse("要整数元或两位小数的字符串，不能用小数（浮点）")
    if isinstance(value, str) and (parts := _YUAN.fullmatch(value)):
        return int(parts[1]) * 100 + int(parts[2])
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_YUAN:
        return value * 100
    raise refuse(f'要整数元（0至{_MAX_YUAN}，不加引号）或两位小数的字符串，如 380 或 "190.50"')


def _share_bp(value: object) -> int:
    """A share as the file has it ("50%", "33.33%") → parts of 10000."""
    if isinstance(value, str) and (parts := _SHARE.fullmatch(value)):
        share = int(parts[1]) * 100 + int((parts[2] or "").ljust(2, "0"))
        if share <= _FULL:
            return share
        raise refuse("比例不能超过100%")
    raise refuse('要带百分号的字符串，最多两位小数，如 "50%"')


def _reference_day(value: object) -> object:
    """A date, or "payment"."""
    if type(value) is date or value == "payment":
        return value
    raise refuse('要日期，如 2023-12-31，不加引号；或 "payment"（按缴费当日）')


def _not_blank(value: str) -> str:
    if not value.strip():
        raise refuse("不能为空")
    if value != value.strip():
        raise refuse("首尾不能有空格")
    return value


def placeholders(*allowed: str) -> AfterValidator:
    """A text that may hold {these} and no other braces."""

    def check(value: str) -> str:
        try:
            parts = [part for part in Formatter().parse(value) if part[1] is not None]
        except ValueError:
            raise refuse("花括号不成对") from None
        unknown = [name for _, name, form, conversion in parts if name not in allowed or form or conversion]
        if unknown:
            given = "、".join(f"{{{name}}}" for name in unknown)
            raise refuse(f"不认识的占位符 {given}，可用：" + "、".join(f"{{{name}}}" for name in allowed))
        return value

    return AfterValidator(check)


Text = Annotated[str, AfterValidator(_not_blank)]
Title = Annotated[Text, placeholders("district", "town", "year")]
Fen = Annotated[int, BeforeValidator(yuan_to_fen)]
Share = Annotated[int, BeforeValidator(_share_bp)]
Age = Annotated[int, Field(ge=0, le=150)]
Level = Annotated[int, Field(ge=1, le=4)]
ReferenceDay = Annotated[date | Literal["payment"], BeforeValidator(_reference_day)]
Residency = Literal["户籍", "常住非户籍"]
