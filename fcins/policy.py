"""The policy: one TOML file per district and fee year, read into a frozen, strictly checked `Policy`.

The shape is the models below, top to bottom as in the file. What no single value can show (a category that does not
exist, stages outside the window) is checked over the whole file. A refused policy lists every problem at once, each
with its key. Amounts become integers of fen, shares integers of 1/10000: no float ever comes in.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from fcins.errors import InputError, UsageError

_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BLANKS_AND_BRACKETS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff()\[\]{}<>〈〉《》「」『』【】〔〕〖〗]+")
_YUAN = re.compile(r"(\d{1,7})\.(\d\d)", re.ASCII)
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
_MAX_YUAN = 9_999_999
_FULL = 10_000


def normalise_town(text: str) -> str:
    """The form in which town names are compared: NFKC, no white space."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))


def normalise_category(text: str) -> str:
    """The form in which category names are compared: NFKC, no white space, no brackets (what they hold stays)."""
    return _BLANKS_AND_BRACKETS.sub("", unicodedata.normalize("NFKC", text))


def nearest(text: str, candidates: Iterable[str], n: int = 3, cutoff: float = 0.5) -> list[str]:
    """At most `n` of `candidates` that look like `text`, best first, equals in the order given; [] when none does.

    The default cutoff suits Chinese names of three or four characters: one wrong character of three is still near.
    """
    wanted = normalise_town(text)
    scored = [(SequenceMatcher(None, wanted, normalise_town(each)).ratio(), each) for each in dict.fromkeys(candidates)]
    return [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score >= cutoff][:n]


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse(text: str) -> PydanticCustomError:
    return PydanticCustomError("policy", "{text}", {"text": text})


def _fen(value: object) -> int:
    """Yuan as the file has them (380 or "190.50") → fen."""
    if isinstance(value, float):
        raise _refuse("要整数元或两位小数的字符串，不能用小数（浮点）")
    if isinstance(value, str) and (parts := _YUAN.fullmatch(value)):
        return int(parts[1]) * 100 + int(parts[2])
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_YUAN:
        return value * 100
    raise _refuse(f'要整数元（0至{_MAX_YUAN}，不加引号）或两位小数的字符串，如 380 或 "190.50"')


def _share_bp(value: object) -> int:
    """A share as the file has it ("50%", "33.33%") → parts of 10000."""
    if isinstance(value, str) and (parts := _SHARE.fullmatch(value)):
        share = int(parts[1]) * 100 + int((parts[2] or "").ljust(2, "0"))
        if share <= _FULL:
            return share
        raise _refuse("比例不能超过100%")
    raise _refuse('要带百分号的字符串，最多两位小数，如 "50%"')


def _not_blank(value: str) -> str:
    if not value.strip():
        raise _refuse("不能为空")
    if value != value.strip():
        raise _refuse("首尾不能有空格")
    return value


def _placeholders(*known: str) -> AfterValidator:
    """A text that may hold {these} and no other braces."""

    def check(value: str) -> str:
        try:
            parts = [part for part in Formatter().parse(value) if part[1] is not None]
        except ValueError:
            raise _refuse("花括号不成对") from None
        unknown = [name for _, name, form, conversion in parts if name not in known or form or conversion]
        if unknown:
            given = "、".join(f"{{{name}}}" for name in unknown)
            raise _refuse(f"不认识的占位符 {given}，可用：" + "、".join(f"{{{name}}}" for name in known))
        return value

    return AfterValidator(check)


Text = Annotated[str, AfterValidator(_not_blank)]
Title = Annotated[Text, _placeholders("district", "town", "year")]
Fen = Annotated[int, BeforeValidator(_fen)]
Share = Annotated[int, BeforeValidator(_share_bp)]
Age = Annotated[int, Field(ge=0, le=150)]
Level = Annotated[int, Field(ge=1, le=4)]
Residency = Literal["户籍", "常住非户籍"]


# ── the file, top to bottom ─────────────────────────────────────────────────────────────────────────────────────────


class Table(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        # TOML has lists; a frozen model holds tuples; strict would refuse the one for the other.
        if not isinstance(data, dict):
            return data
        return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


class Rule(Table):
    """A table that stands on a clause of the plan; `reading` is our interpretation where its words leave room."""

    clause: Text
    reading: Text | None = None


class Period(Rule):
    """Both days belong to it."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")


class Stage(Period):
    name: Text


class Waiting(Rule):
    """Medical paid on or after `start`: `days` without benefits."""

    start: date = Field(alias="from")
    days: int = Field(ge=0, le=366)


class AgeReference(Rule):
    on: date


class Dates(Table):
    window: Period
    stages: tuple[Stage, ...] = ()
    publicity: Period
    waiting: Waiting
    age_reference: AgeReference
    birthday_wait: Rule


class Town(Table):
    name: Text
    aliases: tuple[Text, ...] = ()


class Senders(Table):
    """Who hands in what is not a roster of a category."""

    households: Text
    enrolment: Text
    payments: Text


class Category(Rule):
    """`form`: a row is a person, a couple, or a person with the payer and amount of an aid."""

    code: Text
    name: Text
    aliases: tuple[Text, ...] = ()
    department: Text
    form: Literal["person", "couple", "aid"] = "person"
    disability_levels: tuple[Level, ...] = ()
    min_age: Age | None = None
    max_age: Age | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


class Excluded(Rule):
    """Who is of this category is not liable; `note` is the reason shown."""

    category: Text
    note: Text


class MedicalLiable(Rule):
    residency: tuple[Residency, ...] = Field(min_length=1)


class MedicalSubsidy(Rule):
    """Reported per insured person, never billed."""

    amount_fen: Fen = Field(alias="amount")
    payer: Text


class Aid(Rule):
    """`share_bp` / 10000 of the standard is paid by `payer` for who is of the category and of the age (both ends)."""

    category: Text | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    note: Text
    share_bp: Share = Field(alias="share")
    payer: Text


class Collective(Rule):
    category: Text
    note: Text


class Medical(Rule):
    standard_fen: Fen = Field(alias="standard", gt=0)
    liable: MedicalLiable
    excluded: tuple[Excluded, ...] = ()
    subsidy: MedicalSubsidy
    one_aid: Rule
    aid: tuple[Aid, ...] = ()
    collective: Collective


class PensionLiable(Rule):
    residency: tuple[Residency, ...] = Field(min_length=1)
    min_age: Age
    max_age: Age
    below_note: Text
    above_note: Text


class PensionSubsidy(Rule):
    payer: Text


class Tier(Table):
    """`only`: the categories that may choose it; None: anyone."""

    amount_fen: Fen = Field(alias="amount", gt=0)
    subsidy_fen: Fen = Field(alias="subsidy")
    only: tuple[Text, ...] | None = Field(default=None, min_length=1)


class Proxy(Rule):
    """`higher_tier`: in a higher tier the amount still counts (offset), or nothing is paid for them (none)."""

    categories: tuple[Text, ...] = Field(min_length=1)
    amount_fen: Fen = Field(alias="amount", gt=0)
    payer: Text
    higher_tier: Literal["offset", "none"]
    unenrolled_note: Text


class FamilyPlanning(Rule):
    """`effect`: goes to the account (credit), or reduces what is collected (offset)."""

    category: Text
    wife_min_age: Age
    amount_fen: Fen = Field(alias="amount")
    payer: Text
    effect: Literal["credit", "offset"]


class Gap(Rule):
    note: Text


class Pension(Rule):
    liable: PensionLiable
    excluded: tuple[Excluded, ...] = ()
    subsidy: PensionSubsidy
    tiers: tuple[Tier, ...] = Field(min_length=1)
    proxy: Proxy
    family_planning: FamilyPlanning
    gap: Gap


class Register(Rule):
    title: Title
    signatures: tuple[Text, ...]
    waited_note: Text
    outside_window_note: Text


class Publicity(Rule):
    """`mask_head` stops before the birth date in the ID: an age must not be read from a notice."""

    title: Title
    period_note: Annotated[Text, _placeholders("from", "to")]
    objection_note: Annotated[Text, _placeholders("phone")]
    objection_phone: str
    signatures: tuple[Text, ...]
    mask_head: int = Field(ge=0, le=6)
    mask_tail: int = Field(ge=0, le=4)
    child_age: Age
    child_note: Annotated[Text, _placeholders("age", "count")]
    few: int = Field(ge=1, le=100)
    paid_by_others_note: Annotated[Text, _placeholders("count")]
    paid_by_others_few_note: Annotated[Text, _placeholders("few")]


class Policy(Table):
    """What one district decided for one fee year. Money in fen, shares in 1/10000, days inclusive."""

    name: Text
    title: Text
    document: Text
    district: Text
    fee_year: int = Field(ge=2000, le=2100)
    dates: Dates
    towns: tuple[Town, ...] = Field(min_length=1)
    senders: Senders
    categories: tuple[Category, ...] = Field(min_length=1)
    medical: Medical
    pension: Pension
    register_form: Register = Field(alias="register")  # a field may not be called like ABCMeta's own `register`
    publicity: Publicity

    @property
    def register(self) -> Register:
        """The texts of the collection registers."""
        return self.register_form

    @property
    def town_names(self) -> tuple[str, ...]:
        """Canonical town names in the policy's order."""
        return tuple(town.name for town in self.towns)

    def town_lookup(self) -> dict[str, str]:
        """`normalise_town` of every name and alias, with and without the district before it → canonical name."""
        return {
            key: town.name
            for town in self.towns
            for text in (town.name, *town.aliases)
            for key in (normalise_town(text), normalise_town(self.district + text))
        }

    @property
    def category_codes(self) -> tuple[str, ...]:
        """Category codes in the policy's order."""
        return tuple(self._by_code)

    def category(self, code: str) -> Category:
        """The category with this code. Raises KeyError: a code from outside goes through `find_category` first."""
        return self._by_code[code]

    def category_lookup(self) -> dict[str, str]:
        """`normalise_category` of every code, name and alias → code."""
        return dict(self._by_name)

    def find_category(self, text: str) -> str | None:
        """The code that a code, name or alias means; None when it is none of them."""
        return self._by_name.get(normalise_category(text))

    def categories_in_title(self, text: str) -> list[str]:
        """Codes of the categories that a title names, longest name first.

        What a longer name took is gone for shorter ones: a title that says 在校学生 is not searched for 学生 again.
        """
        rest = normalise_category(text)
        found: dict[str, None] = {}
        for name, code in self._title_names:
            if name in rest:
                found[code] = None
                rest = rest.replace(name, "\0")
        return list(found)

    def department_of(self, category_code: str) -> str:
        """Who hands in this category. Raises KeyError for an unknown code."""
        return self.category(category_code).department

    @property
    def departments(self) -> tuple[str, ...]:
        """Everybody who hands something in: the categories' departments, then the senders, each once."""
        senders = (self.senders.households, self.senders.enrolment, self.senders.payments)
        return tuple(dict.fromkeys([*(each.department for each in self.categories), *senders]))

    @cached_property
    def _by_code(self) -> dict[str, Category]:
        return {each.code: each for each in self.categories}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {normalise_category(text): each.code for each in self.categories for text in (each.code, *each.names)}

    @cached_property
    def _title_names(self) -> list[tuple[str, str]]:
        names = [(normalise_category(text), each.code) for each in self.categories for text in each.names]
        return sorted(names, key=lambda pair: -len(pair[0]))


# ── loading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Loc = tuple[str | int, ...]
Problem = tuple[Loc, str]
Raw = dict[str, Any]


def packaged_policies() -> list[str]:
    """Names of the policies that come with the program."""
    folder = files("fcins") / "policies"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def load_policy(source: str | Path) -> Policy:
    """A packaged policy by its name ("fengcheng-2024"), or one from a .toml file.

    Raises UsageError for what is neither, InputError for a file that cannot be read or is refused.
    """
    name = str(source)
    if name in packaged_policies():
        return parse_policy((files("fcins") / "policies" / f"{name}.toml").read_text(encoding="utf-8"), name)
    if not name.lower().endswith(".toml"):
        raise UsageError(f"没有名为“{name}”的政策", f"可用：{'、'.join(packaged_policies())}，或一个 .toml 文件")
    try:
        return parse_policy(Path(source).read_text(encoding="utf-8"), name)
    except UnicodeDecodeError:
        raise InputError(f"{name}：不是 UTF-8 编码的文本", "请另存为 UTF-8 编码后再试") from None
    except FileNotFoundError:
        raise InputError(f"{name}：没有这个文件", "请核对路径和文件名") from None
    except OSError:
        raise InputError(f"{name}：打不开这个文件", "请核对它是不是文件、有没有读取权限") from None


def parse_policy(text: str, where: str) -> Policy:
    """The policy in a TOML text; `where` names the text in messages.

    Raises InputError: a first line with the count, then one line for each problem with its key.
    """
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}：不是正确的 TOML 文件\n{_syntax(error)}", "请改正后再试") from None
    problems = list(_respell(Policy, data, ()))
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        said = error.errors(include_url=False)
        # pydantic counts only the good items: a list whose items are wrong is not also an empty one
        problems += [(each["loc"], _chinese(each)) for each in said if each["type"] != "too_short" or not each["input"]]
    problems += [problem for check in _CHECKS for problem in check(data)]
    if problems:
        lines = [f"{_place(loc)}：{said}" for loc, said in problems]
        raise InputError("\n".join([f"{where}：政策文件有{len(lines)}处问题", *lines]), "请逐处改正后再试")
    return policy


_SYNTAX = {
    "Cannot overwrite": "同一个键写了两次",
    "Cannot declare": "同一个表写了两次",
    "Cannot mutate": "不能再往写定的表里加内容",
    "Unterminated string": "引号没有配对",
    "Illegal character": "有不能用的字符，或引号没有配对",
    "Unclosed array": "方括号没有配对",
    "Expected '='": "键后面缺等号",
    "Expected newline": "值后面有多余的内容",
    "Invalid date": "日期不存在",
    "Invalid value": "值的写法不对，文字要加引号",
    "Invalid statement": "这一行不是“键 = 值”",
}


def _syntax(error: Exception) -> str:
    # The line itself is not echoed: a file given by mistake may hold anything.
    said = str(error)
    at = re.search(r"at line (\d+), column (\d+)", said)
    place = f"第{at[1]}行第{at[2]}列" if at else "文件末尾" if "end of document" in said else "文件中"
    return f"{place}：" + next((chinese for start, chinese in _SYNTAX.items() if said.startswith(start)), "语法不对")


def _keys(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """The keys of a table as the file spells them → the model of the table or tables under it."""
    keys: dict[str, type[BaseModel] | None] = {}
    for name, field in model.model_fields.items():
        types = (field.annotation, *get_args(field.annotation))
        keys[field.alias or name] = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
    return keys


def _respell(model: type[BaseModel], data: Raw, loc: Loc) -> Iterator[Problem]:
    """Report unknown keys, and move what stands under one to the key it is near to.

    So one slip is one problem, not also a missing key, and what stands under it is checked all the same.
    """
    keys = _keys(model)
    for key in [key for key in data if key not in keys]:
        meant = next(iter(nearest(key, keys, 1, cutoff=0.7)), None)
        yield (*loc, key), "不认识的键" + (f"（是 {meant} 吗？）" if meant else "")
        value = data.pop(key)
        if meant:
            data.setdefault(meant, value)
    for key, inner in keys.items():
        value = data.get(key)
        if inner and isinstance(value, dict):
            yield from _respell(inner, value, (*loc, key))
        elif inner and isinstance(value, list):
            for index, row in enumerate(value):
                if isinstance(row, dict):
                    yield from _respell(inner, row, (*loc, key, index))


def _place(loc: Loc) -> str:
    """("medical", "aid", 2, "share") → "[[medical.aid]] 第3项 share", ("medical", "standard") → "medical.standard"."""
    words: list[str] = []
    model: type[BaseModel] | None = Policy
    for step in loc:
        if isinstance(step, int):
            words[-1] = f"[[{words[-1]}]]" if model else words[-1]
            words += [f"第{step + 1}项", ""]
            continue
        model = _keys(model).get(step) if model else None
        words[-1:] = [f"{words[-1]}.{step}" if words and words[-1] else step]
    return " ".join(words).strip()


def _chinese(error: ErrorDetails) -> str:
    ctx = error.get("ctx", {})
    match error["type"]:
        case "policy":
            return error["msg"]
        case "missing":
            return "缺这一项"
        case "string_type":
            return "要文字，两边加引号"
        case "int_type":
            return "要整数，不加引号、不带小数"
        case "date_type":
            return "要日期，如 2023-10-01，不加引号"
        case "tuple_type" if isinstance(error["input"], dict):
            return "可以有多项，表头要写两层方括号 [[ ]]"
        case "tuple_type":
            return "要列表，如 [1, 2]"
        case "model_type":
            return "要一个表，其下分列各项"
        case "literal_error":
            return f"只能是 {ctx['expected'].replace(', ', '、').replace(' or ', ' 或 ')}"
        case "too_short":
            return "不能是空列表"
        case "greater_than":
            return f"要大于{ctx['gt']}"
        case "greater_than_equal":
            return f"不能小于{ctx['ge']}"
        case "less_than_equal":
            return f"不能大于{ctx['le']}"
        case _:
            return "值不对"


# ── what only the whole file shows: over the raw tables, so that a slip of shape elsewhere hides nothing ────────────


def _at(data: Raw, loc: Loc) -> Any:
    value: Any = data
    for step in loc:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _rows(data: Raw, *loc: str) -> list[tuple[Loc, Raw]]:
    """The tables of a list of tables with their places; what is no table is left to the models."""
    value = _at(data, loc)
    items = value if isinstance(value, list) else []
    return [((*loc, i), row) for i, row in enumerate(items) if isinstance(row, dict)]


def _texts(loc: Loc, value: Any) -> list[tuple[Loc, str]]:
    """A text, or a list's texts, with their places."""
    if isinstance(value, str):
        return [(loc, value)]
    items = value if isinstance(value, list) else []
    return [((*loc, i), each) for i, each in enumerate(items) if isinstance(each, str)]


def _days(value: Any, loc: Loc) -> Iterator[tuple[Loc, date]]:
    """Every date in the table and those under it, with its place."""
    if isinstance(value, date) and not isinstance(value, datetime):
        yield loc, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _days(inner, (*loc, key))


def _amount(row: Raw) -> int | None:
    try:
        return _fen(row.get("amount"))
    except PydanticCustomError:
        return None


def _ages(row: Raw) -> tuple[int, int] | None:
    """Both ends, an open one far out; None when there is no telling."""
    low, high = row.get("min_age", 0), row.get("max_age", 999)
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def _twice(rows: list[tuple[Loc, Raw]], keys: tuple[str, ...], normalise: Callable[[str], str]) -> Iterator[Problem]:
    """A name that two of the tables claim."""
    owner: dict[str, int] = {}
    for index, (loc, row) in enumerate(rows, start=1):
        for at, text in [each for key in keys for each in _texts((*loc, key), row.get(key))]:
            name = normalise(text)
            if text.strip() and not name:
                yield at, "只有括号，没有文字"
            elif name and owner.setdefault(name, index) != index:
                yield at, f"“{text}”已在第{owner[name]}项用过"


def _check_names(data: Raw) -> Iterator[Problem]:
    yield from _twice(_rows(data, "categories"), ("code", "name", "aliases"), normalise_category)
    yield from _twice(_rows(data, "towns"), ("name", "aliases"), normalise_town)
    title = data.get("title")
    for loc, row in _rows(data, "categories"):
        for at, text in [each for key in ("name", "aliases") for each in _texts((*loc, key), row.get(key))]:
            if isinstance(title, str) and (name := normalise_category(text)) and name in normalise_category(title):
                yield at, f"“{text}”是政策标题里的词，别的名册的标题也会被认成这一类"


def _references(data: Raw) -> Iterator[tuple[Loc, str]]:
    for table in (("medical", "excluded"), ("medical", "aid"), ("pension", "excluded")):
        for loc, row in _rows(data, *table):
            yield from _texts((*loc, "category"), row.get("category"))
    for loc, row in _rows(data, "pension", "tiers"):
        yield from _texts((*loc, "only"), row.get("only"))
    single: tuple[Loc, ...] = (
        ("medical", "collective", "category"),
        ("pension", "proxy", "categories"),
        ("pension", "family_planning", "category"),
    )
    for loc in single:
        yield from _texts(loc, _at(data, loc))


def _check_references(data: Raw) -> Iterator[Problem]:
    rows = [row for _, row in _rows(data, "categories")]
    codes = [code for row in rows if isinstance(code := row.get("code"), str)]
    if not codes or len(codes) < len(rows):
        return  # a category without a code may be the one that is meant
    by_name = {
        normalise_category(text): row["code"]
        for row in rows
        for key in ("name", "aliases")
        for _, text in _texts((), row.get(key))
    }
    for loc, code in _references(data):
        if code not in codes and code.strip():
            meant = by_name.get(normalise_category(code)) or next(iter(nearest(code, codes, 1, cutoff=0.6)), None)
            yield loc, f"没有“{code}”这个人员类别" + (f"（是 {meant} 吗？）" if meant else "")


def _check_forms(data: Raw) -> Iterator[Problem]:
    rows = [(loc, row.get("code"), row.get("form", "person")) for loc, row in _rows(data, "categories")]
    users: dict[str, Loc] = {
        "couple": ("pension", "family_planning", "category"),
        "aid": ("medical", "collective", "category"),
    }
    for wanted, user in users.items():
        for loc, _, _ in [row for row in rows if row[2] == wanted][1:]:
            yield (*loc, "form"), f"{wanted} 类别只能有一个"
        named = _at(data, user)
        others = [form for form in ("person", *users) if form != wanted]
        if isinstance(named, str) and any(code == named and form in others for _, code, form in rows):
            yield user, f'要用 form = "{wanted}" 的人员类别'


def _check_dates(data: Raw) -> Iterator[Problem]:
    window: Loc = ("dates", "window")
    publicity: Loc = ("dates", "publicity")
    stages = [loc for loc, _ in _rows(data, "dates", "stages")]
    days = dict(_days(data.get("dates"), ("dates",)))
    opens, closes = days.get((*window, "from"), date.min), days.get((*window, "to"), date.max)
    year = data.get("fee_year")
    for loc, day in days.items():
        # The commonest slip of all: last year's file, one date forgotten.
        if type(year) is int and day.year not in (year - 1, year):
            yield loc, f"{day} 不在费款年度{year}年或其上一年"
    for loc in (window, publicity, *stages):
        if (start := days.get((*loc, "from"), date.min)) > days.get((*loc, "to"), date.max):
            yield (*loc, "to"), f"早于 from（{start}）"
    for loc in stages:
        if days.get((*loc, "from"), date.max) < opens:
            yield (*loc, "from"), f"早于集中征缴期的第一天（{opens}）"
        if days.get((*loc, "to"), date.min) > closes:
            yield (*loc, "to"), f"晚于集中征缴期的最后一天（{closes}）"
    for before, after in pairwise(stages):
        if days.get((*after, "from"), date.max) <= (end := days.get((*before, "to"), date.min)):
            yield (*after, "from"), f"要晚于上一阶段的最后一天（{end}）"
    if closes < date.max and days.get((*publicity, "from"), date.max) <= closes:
        yield (*publicity, "from"), f"要晚于集中征缴期的最后一天（{closes}）"


def _check_ages(data: Raw) -> Iterator[Problem]:
    aids = _rows(data, "medical", "aid")
    liable: Loc = ("pension", "liable")
    single = [(liable, table)] if isinstance(table := _at(data, liable), dict) else []
    for loc, row in [*_rows(data, "categories"), *aids, *single]:
        if (ages := _ages(row)) and ages[0] > ages[1]:
            yield (*loc, "max_age"), f"小于 min_age（{ages[0]}）"
    by_age: list[tuple[int, tuple[int, int]]] = []
    for index, (loc, row) in enumerate(aids, start=1):
        if "category" in row:
            continue
        if "min_age" not in row and "max_age" not in row:
            yield loc, "要有 category，或者 min_age、max_age"
        elif ages := _ages(row):
            for other, (low, high) in by_age:
                if ages[0] <= high and low <= ages[1]:
                    yield loc, f"年龄与第{other}项重叠"
            by_age.append((index, ages))


def _check_tiers(data: Raw) -> Iterator[Problem]:
    tiers = [(loc, amount) for loc, row in _rows(data, "pension", "tiers") if (amount := _amount(row)) is not None]
    for (_, before), (loc, amount) in pairwise(tiers):
        if amount <= before:
            yield (*loc, "amount"), "与上一档相同" if amount == before else "低于上一档，各档要从低到高"
    proxy = _at(data, ("pension", "proxy"))
    paid = _amount(proxy) if isinstance(proxy, dict) else None
    if tiers and paid is not None and paid not in [amount for _, amount in tiers]:
        yield ("pension", "proxy", "amount"), "不是缴费档次之一"


_CHECKS = (_check_names, _check_references, _check_forms, _check_dates, _check_ages, _check_tiers)
