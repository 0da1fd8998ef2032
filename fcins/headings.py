"""Which row holds the headings, and what each column means. The words themselves are data: headings.toml."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib import resources
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd

from fcins.characters import unified
from fcins.values import without_code
from fcins.words_in_force import source_in_force

# Python's re and Arrow's RE2 both read this pattern, the one for single texts, the other for whole columns.
DROPPED = '[\\s\u200b\ufeff()\\[\\]{}<>【】〔〕《》*:;"“”]'
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
UNKNOWN = "?"
MEMBER = "*"
_CLAUSE_END = re.compile(r"[，,。；;！!\n]")
_DATA = re.compile(r"\d{5}")
_ID = re.compile(r"[\s'’`]*(?:\d[\s.\-]*){14,17}[\dXxＸｘ]")
_DIGIT = re.compile(r"[\dXxＸｘ]")
FEWEST_DIGITS = 15  # of an identity number that is written a digit to a cell

Field = tuple[str, int]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

LISTED, DEAD, MOVED, STRUCK = "正常", "死亡", "迁出", "注销"
"""户籍状态, the values of headings.toml. Only who is LISTED stands in a register."""

REGISTERED = "户籍"
"""户籍性质 of who is registered here, and of who says nothing of it (a value of headings.toml)."""

BY_DEPARTMENT = "财政代缴"
"""The channel (a value of headings.toml) of money that a department paid for residents."""

HEAD = "户主"
"""Whose 与户主关系 says that they head a household (a value of headings.toml)."""


def heading_key(text: str) -> str:
    """A text as headings and value words are compared: NFKC, upper case, no white space, brackets or * : ;"""
    return re.sub(DROPPED, "", unified(text)).upper()


@dataclass(frozen=True, eq=False)
class Headings:
    """The words of headings.toml.

    `fields`: field → its headings, the canonical one first. `values`: kind → canonical value → its words.
    `words`: every other list by its name (person, identity, totals, village_suffixes …). `stands_in`: a field → the one
    in whose place it is taken where a sheet has no column for that. `digest`: of what a workspace added, "" for none.
    """

    fields: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    words: Mapping[str, tuple[str, ...]]
    stands_in: Mapping[str, str]
    _field_by_key: Mapping[str, str] = field(repr=False)
    digest: str = ""

    def canonical(self, name: str) -> str:
        """The Chinese heading of a field, for messages. Raises KeyError if there is no such field."""
        return self.fields[name][0]

    def field_of(self, text: str) -> tuple[str, str] | None:
        """(field, number) of one heading, None if not recognised. number: the "1" of 家庭成员1姓名, "*" for a member
        without one, "" for all other headings."""
        if not text.strip():
            return None
        keys = self._keys(text)
        endings = sorted((heading_key(unit) for unit in self.words["unit_suffixes"]), key=len, reverse=True)
        for key in keys + [key.removesuffix(end) for key in keys for end in endings if key.endswith(end)]:
            if key in self._field_by_key:
                return self._field_by_key[key], ""
        for pattern in (*self.words["member_prefixes"], *self.words["member_suffixes"]):
            for key in keys:
                found = re.search(pattern, key)
                name = self._field_by_key.get(key[: found.start()] + key[found.end() :]) if found else None
                if found and name in self.words["person"]:
                    return name, found["number"] or MEMBER
        return None

    def value(self, kind: str, texts: "pd.Series[str]") -> "pd.Series[str]":
        """The canonical values of a column of one kind (sex, scheme …): "" where empty, "?" where not recognised."""
        by_key = {heading_key(word): value for value, words in self.values[kind].items() for word in words}

        def look_up(text: str) -> str:
            keys = self._keys(text)
            bare = without_code(text)
            if bare != keys[0] and not any(key in by_key for key in keys):
                keys += self._keys(bare)
            return next((by_key[key] for key in keys if key in by_key), UNKNOWN if keys[0] else "")

        codes, distinct = pd.factorize(texts)
        known = pd.Series([look_up(text) for text in distinct] + [""], dtype="str")
        return known.take(codes).set_axis(texts.index)

    def plainly(self, kind: str, texts: "pd.Series[str]") -> "pd.Series[str]":
        """As `value`, but what a text's brackets hold is not left out where it denies or ends the rest:
        独生子女（已取消） is not recognised."""
        against = (*self.words["denials"], *self.words["ended"])
        undone = {
            text: any(word in part for part in _BRACKETED.findall(unified(text)) for word in against)
            for text in texts.unique()
        }
        return self.value(kind, texts).mask(texts.map(undone).astype(bool), UNKNOWN)

    def understood(self, kind: str, texts: "pd.Series[str]") -> "pd.Series[str]":
        """As `value`; a text that is none of the words may also contain one of the kind's parts (2020年去世)."""
        known, parts = self.value(kind, texts), f"{kind}_parts"
        unknown = (known == UNKNOWN).to_numpy()
        if parts in self.values and unknown.any():
            within = {text: self.contained(parts, text) for text in texts[unknown].unique()}
            known = known.where(~unknown, texts.map(within))
        return known

    def contained(self, kind: str, text: str) -> str:
        """The first value of a kind one of whose words a text contains; "?" for none.

        A word counts only where nothing before it in its clause denies or doubts it: 未死亡, 是否已死亡, 无死亡或迁出.
        """
        for harmless in self.words["no_denials"]:
            text = text.replace(harmless, "")
        clauses, denials = _CLAUSE_END.split(text), self.words["denials"]
        for value, words in self.values[kind].items():
            any_word = re.compile("|".join(map(re.escape, words)))
            before = (clause[: each.start()] for clause in clauses for each in any_word.finditer(clause))
            if any(not any(denial in opening for denial in denials) for opening in before):
                return value
        return UNKNOWN

    def near(self, text: str, fields: Sequence[str]) -> str | None:
        """The heading of one of these fields that this text was probably meant to be, or None."""
        by_key = {heading_key(word): word for name in fields for word in self.fields[name]}
        close = difflib.get_close_matches(heading_key(text), by_key, n=1, cutoff=0.65)
        return by_key[close[0]] if close else None

    def somebody_else(self, text: str) -> bool:
        """Whether this text beside a heading means that the column is about another person, or for a signature."""
        return any(word in text for word in self.words["somebody_else"])

    def id_of_somebody_else(self, text: str) -> bool:
        """Whether a heading names the ID of another person than its row is about: 监护人身份证号."""
        key = heading_key(text)
        endings = [heading_key(word) for word in self.fields["citizen_id"]]
        return any(key.endswith(end) and self.somebody_else(key.removesuffix(end)) for end in endings)

    def _keys(self, text: str) -> list[str]:
        """The forms under which a text is looked up: with what its brackets hold, then without."""
        text = unified(text)
        bracketed = _BRACKETED.findall(text)
        keys = [heading_key(text)]
        if bracketed and not any(self.somebody_else(part) for part in bracketed):
            keys.append(heading_key(_BRACKETED.sub("", text)))
        return keys


def load_headings() -> Headings:
    """The words that hold: of headings.toml, and within `words_from` what that adds."""
    source = source_in_force()
    words: Headings = source() if source else packaged_headings()
    return words


def kept_by_words(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A pure function of its arguments and of the words that hold, whose results are kept as long as those words."""
    kept: WeakKeyDictionary[Headings, dict[Any, Result]] = WeakKeyDictionary()

    @wraps(function)
    def of_words(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        results = kept.setdefault(load_headings(), {})
        if arguments not in results:
            results[arguments] = function(*arguments, **named)
        return results[arguments]

    return of_words


@cache
def packaged_headings() -> Headings:
    """The words of headings.toml alone, read once."""
    data = tomllib.loads(resources.files("fcins").joinpath("headings.toml").read_text(encoding="utf-8"))
    fields = {name: tuple(words) for name, words in data["fields"].items()}
    plain = {name: tuple(words) for name, words in data["values"].items() if isinstance(words, list)}
    kinds = {name: words for name, words in data["values"].items() if isinstance(words, dict)}
    return Headings(
        fields=fields,
        values={kind: {value: tuple(words) for value, words in table.items()} for kind, table in kinds.items()}
        | {kind: {words[0]: words} for kind, words in plain.items()},
        words={name: tuple(words) for name, words in (data["layout"] | data["rows"]).items()} | plain,
        stands_in=data["stands_in"],
        _field_by_key={heading_key(word): name for name, words in fields.items() for word in words},
    )


@dataclass(frozen=True)
class HeadingRows:
    """The heading row found: its index among the rows looked at, whether it is one row or two, and its columns.

    `meant`: per column the field that its heading means, "" for none; a field that stands twice is in `fields` once.
    `halves`: of tables side by side the `fields` of each, the first one's in `fields` too; empty where there is one.
    """

    first: int
    height: int
    headings: list[str]
    fields: list[Field | None]
    meant: list[str]
    halves: list[list[Field | None]]


@dataclass(frozen=True)
class Nearest:
    """The row that came nearest to being a heading row, for the message when there is none."""

    score: int
    row: int
    seen: list[str]
    missing: list[str]
    hints: list[str]


Found = tuple[str, str] | None


def locate(rows: Sequence[Sequence[str]], required: Sequence[frozenset[str]]) -> HeadingRows | None:
    """The first row (or two rows) whose fields contain one whole alternative of `required`; None if there is none."""
    words = load_headings()
    single = [_standing_in([words.field_of(text) for text in row], words) for row in rows]
    for at, row in enumerate(rows):
        if is_form(row):
            continue
        if at + 1 < len(rows):
            paired = _read_two(row, rows[at + 1], single[at], single[at + 1], words)
            # Two rows only if they name more fields than either alone, or show that a column is about somebody else.
            # Otherwise the upper row is a title.
            more = len(_names(single[at + 1])) + (0 if paired and paired[2] else 1)
            if paired and len(_names(paired[1])) >= max(len(_names(single[at])) + 1, more):
                both = _heading_rows(at, 2, paired[0], paired[1], words)
                if _serves(both, required):
                    return both
        alone = _heading_rows(at, 1, list(row), single[at], words)
        if _serves(alone, required):
            return alone
    return None


def is_form(row: Sequence[str]) -> bool:
    """Whether a row is of a form: the label of an identity number, and beside it the number of one person, in one
    cell or a digit in each. Such a row heads no table."""
    words = load_headings()
    cells = [text for text in row if text.strip()]
    digits = sum(bool(_DIGIT.fullmatch(text.strip())) for text in cells)
    for label, value in pairwise(cells):
        if _ID.match(value) or (_DIGIT.fullmatch(value.strip()) and digits >= FEWEST_DIGITS):
            found = words.field_of(label)
            if found and found[0] in words.words["identity"]:
                return True
    return False


def names_columns(row: Sequence[str]) -> bool:
    """Whether a row inside a table names columns once more: two fields and more, one of them a person's name or
    number, and hardly anything else."""
    words = load_headings()
    cells = [text for text in row if text.strip()]
    found = _names([words.field_of(text) for text in cells])
    return (
        len(found) > 1
        and bool(found & set(words.words["identifying"]))
        and not any(_DATA.search(text) for text in cells)
        and 2 * len([text for text in cells if words.field_of(text)]) > len(cells)
    )


def nearest(rows: Sequence[Sequence[str]], required: Sequence[frozenset[str]]) -> Nearest:
    """The row for the message when `locate` found nothing. Rows that look like data are never quoted."""
    words = load_headings()
    field_names = sorted(frozenset[str]().union(*required))
    best = Nearest(0, 0, [], _missing(frozenset(), required, words), [])
    for at, row in enumerate(rows):
        fields = _standing_in([words.field_of(text) for text in row], words)
        names = _names(fields)
        near = {
            text: words.near(text, field_names)
            for text, field in zip(row, fields, strict=True)
            if not field and text.strip() and not _DATA.search(text)
        }
        hints = [f"“{_short(text)}”是“{meant}”吗？" for text, meant in near.items() if meant]
        score = 10 * (len(names & set(field_names)) + len(hints)) + len(names)
        if score > best.score:
            seen = [_short(text) for text in row if text.strip() and not _DATA.search(text)]
            best = Nearest(score, at, seen[:12], _missing(names, required, words), hints)
    return best


def _short(text: str) -> str:
    return "".join(text.split())[:16]


def _missing(names: frozenset[str], required: Sequence[frozenset[str]], words: Headings) -> list[str]:
    fewest = min((alternative - names for alternative in required), key=len, default=frozenset())
    return [words.canonical(name) for name in words.fields if name in fewest]


def _names(fields: Sequence[Found]) -> frozenset[str]:
    return frozenset(field[0] for field in fields if field)


def _serves(heading: HeadingRows, required: Sequence[frozenset[str]]) -> bool:
    names = {field[0] for field in heading.fields if field}
    return any(alternative <= names for alternative in required)


def _heading_rows(first: int, height: int, headings: list[str], found: Sequence[Found], words: Headings) -> HeadingRows:
    """The headings with the field of each column, and if tables stand side by side, with those of each half."""
    halves = [_with_slots(half, words) for half in _side_by_side(found, words)]
    fields = halves[0] if halves else _with_slots(found, words)
    return HeadingRows(first, height, headings, fields, [hit[0] if hit else "" for hit in found], halves)


def _side_by_side(found: Sequence[Found], words: Headings) -> list[list[Found]]:
    """The tables that stand beside each other, each as a list for all columns; none where there is only one.

    A run of headings repeats, and with the people something that is not a person's (an amount, a village): what
    stands right of somebody is theirs. Or one person's payments stand beside each other. Columns that come only
    once, before the first run or after the last, belong to all.
    """
    names = [hit[0] if hit and not hit[1] else "" for hit in found]
    times = {name: names.count(name) for name in names if name}
    own = words.words["halves"]
    number = max((times[name] for name in times if name in own), default=1)
    repeated = {name for name, count in times.items() if count == number}
    people = repeated & {"citizen_id", "disability_cert", "wife_id", "household_head_id"}
    if number < 2 or not (people or {"scheme", "paid_amount"} <= repeated):
        return []
    columns = [at for at, name in enumerate(names) if name in repeated]
    begins = [at for at in columns if names[at] == names[columns[0]]]
    if any(
        {names[at] for at in columns[n * len(repeated) : (n + 1) * len(repeated)]} != repeated for n in range(number)
    ):
        return []
    halves: list[list[Found]] = []
    for begin, end in zip(begins, [*begins[1:], columns[-1] + 1], strict=True):
        halves.append(
            [hit if begin <= at < end or not begins[0] <= at <= columns[-1] else None for at, hit in enumerate(found)]
        )
    return halves


def _read_two(
    upper: Sequence[str],
    lower: Sequence[str],
    upper_found: Sequence[Found],
    lower_found: Sequence[Found],
    words: Headings,
) -> tuple[list[str], list[Found], bool] | None:
    """Headings over two rows, joined per column, what each means, and whether some are about somebody else (the
    guardian); None if the lower row looks like data.

    A blank cell of the upper row over a filled one is the rest of a merged range: it takes the text to its left,
    if that stands over a filled cell too.
    """
    if any(_DATA.search(text) for text in lower):
        return None
    texts: list[str] = []
    found: list[Found] = []
    group, others = "", False
    for column, (above, below) in enumerate(zip(upper, lower, strict=True)):
        own = upper_found[column]
        if not below.strip():
            group = ""
            texts.append(above)
            found.append(own)
            continue
        group = above if above.strip() else group
        hit = words.field_of(group + below)
        if hit is None:
            hit = lower_found[column]
            if hit and hit[0] in words.words["person"] and words.somebody_else(group):
                hit, others = None, True
            elif hit is None and own and own[0] in words.words["identifying"]:
                return None  # a name under 姓名: this is the first data row
            elif hit is None:
                hit = own
        texts.append(group + below)
        found.append(hit)
    return texts, found, others


def _standing_in(found: Sequence[Found], words: Headings) -> list[Found]:
    """A row of fields, in which those that no column names are named by what stands in for them."""
    names = _names(found)
    absent = {name: other for name, other in words.stands_in.items() if name in names and other not in names}
    return [(absent.get(hit[0], hit[0]), hit[1]) if hit else None for hit in found]


def _with_slots(found: Sequence[Found], words: Headings) -> list[Field | None]:
    """Gives each column its person on the row. A numbered heading (成员1…) belongs to its number; the k-th 姓名
    without a number belongs with the k-th 身份证号; other personal columns to the person last begun. All other
    fields count once. A further person needs a name and a number of identity, or the columns are left alone."""
    found = _standing_in(found, words)
    names = _names([hit for hit in found if hit and hit[1] in ("", MEMBER)])
    by_household = {"household_head", "household_head_id"} <= names and not names & {"name", "citizen_id"}
    slots: dict[str, int] = {}
    plain: list[int] = []
    seen: dict[str, int] = {}
    taken: set[Field] = set()
    current = 0
    fields: list[Field | None] = []
    for hit in found:
        name, number = hit or ("", "")
        if by_household and name.startswith("household_head"):
            # One household per row, its head among the people of the row.
            name = "citizen_id" if name == "household_head_id" else "name"
        if name not in words.words["person"]:
            slot = 0
        elif number not in ("", MEMBER):
            slot = slots.setdefault(number, len(slots) + len(plain))
        else:
            if name in ("name", "citizen_id"):
                order = seen[name] = seen.get(name, -1) + 1
            else:
                order = plain.index(current) if current in plain else 0
                order += bool(plain) and (name, plain[order]) in taken
            if order == len(plain):
                plain.append(len(slots) + len(plain))
            slot = current = plain[order]
        fields.append((name, slot) if name and (name, slot) not in taken else None)
        taken.add((name, slot))
    people = {slot for name, slot in taken if name == "name"} & {
        slot for name, slot in taken if name in ("citizen_id", "disability_cert")
    }
    places = {slot: place for place, slot in enumerate(sorted(people | {0}))}
    return [(hit[0], places[hit[1]]) if hit and hit[1] in places else None for hit in fields]
