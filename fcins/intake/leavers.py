"""Lists of who leaves (退出, 取消, 停发, 死亡): what a sheet says of itself, and which of its rows end something.

They stand in the form of a list of members or of residents, and mean the opposite. What says so is the title, the
sheet's or the file's name, or a column of the row. Where only a part of them leaves and no column says who, the file
is refused: nobody is made a member, and nobody loses what they have, on a guess.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

from fcins.errors import InputError
from fcins.headings import DEAD, MOVED, UNKNOWN, Headings, heading_key, kept_by_words, load_headings
from fcins.intake.persons import Flags
from fcins.workbooks.reading import RawSheet

LEAVES, JOINS = "退出", "加入"
"""Values of headings.toml: of a list (leaving), and of a row of an adjustment list (roster_change)."""

STRUCK_OFF = "销户"
"""The list, and the change, of whose registration was cancelled (values of headings.toml)."""

UNSURE = UNKNOWN
"""A list of which only a part leaves."""

_TO_HOUSEHOLDS = "用 fcins import-households 导入"
_TO_ROSTERS = "用 fcins import-roster --category 类别 导入"


_AND = r"(?:以及|[及和与、/+&含附拟]|包括)(?:已|其|部分)?$"
_PEOPLE = r"(?:的|人员|人口|对象|名单|者|居民)*"


@dataclass(frozen=True)
class RosterLeavers:
    """Of each row of a roster: whether it only ends a membership (`leaves`), whether it says that one has an end and so
    needs a day (`ends`), whether nobody can tell (`unclear`: E303), and its days as written.

    `whole`: the sheet is a list of who leaves from its first row to its last.
    """

    whole: bool
    leaves: Flags
    ends: Flags
    unclear: Flags
    joined: "pd.Series[str]"
    ended: "pd.Series[str]"


@dataclass(frozen=True)
class Departures:
    """Of each row of a list of the dead or departed: the change (a value of headings.toml) and its day as written."""

    changes: "pd.Series[str]"
    days: "pd.Series[str]"


def roster_leavers(sheet: RawSheet) -> RosterLeavers:
    """Which rows of a roster end a membership instead of stating one.

    Raises InputError for a list of the dead or departed, which the households take, and for one of which only a part
    leaves if no column says who.
    """
    words = load_headings()
    kinds, title = said_of(sheet)
    by_row = sheet.names & set(words.words["roster_leaving"])
    if not kinds and by_row <= {"cancelled_on"}:
        none = np.zeros(len(sheet.rows), np.bool_)
        return RosterLeavers(False, none, none, none, sheet.column("joined_on"), sheet.column("cancelled_on"))
    reason, died, moved = (_filled(sheet, field) for field in ("leaving_reason", "died_on", "moved_out_on"))
    gone = [_of_all(died, DEAD), _of_all(moved, MOVED)] if not kinds and "change" not in sheet.names else []
    registry = [kind for kind in (*kinds, *gone) if kind not in ("", LEAVES, UNSURE)]
    if registry and LEAVES not in kinds and "cancelled_on" not in sheet.names:
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：是{registry[0]}人员的名单，不是名册{_quoted(title)}",
            f"{_TO_HOUSEHOLDS}：这些人按{registry[0]}时间记入户籍变动，不用再从各类名册中逐一取消",
        )
    adjusting = UNSURE in kinds
    if adjusting and not by_row:
        raise _unsure(sheet, title, "“变动类型”（新增、停发）或“取消时间”")
    whole = (bool(kinds) and not adjusting) or bool(_of_all(reason, LEAVES))
    change = words.value("roster_change", sheet.stated("change")).to_numpy(dtype=object)
    leaves = whole | (change == LEAVES)
    ends = leaves | reason | died | moved
    unclear = change == UNKNOWN
    if "change" in sheet.names:
        # 退出名单中写着新增的，变动名单中空着的：看不出是哪一样。
        unclear |= (change == JOINS) & (ends | whole)
        unclear |= (change == "") & adjusting
    day = sheet.stated("change_date")
    of_death = sheet.stated("died_on").mask(~died, sheet.stated("moved_out_on"))
    ended, joined = sheet.column("cancelled_on"), sheet.column("joined_on")
    ended = ended.mask(ends & ~says(ended), of_death)
    return RosterLeavers(
        whole=whole,
        leaves=leaves & ~unclear,
        ends=ends & ~unclear,
        unclear=unclear,
        joined=joined.mask((change == JOINS) & ~says(joined), day),
        ended=ended.mask(ends & ~says(ended), day),
    )


def departures(sheet: RawSheet) -> Departures | None:
    """What a list of the dead or departed says of each row; None for the households themselves, and for changes that
    have a 变动类型 column.

    Raises InputError for a list that ends memberships, which import-roster takes, and for one of which only a part
    is gone if no column says who.
    """
    if "change" in sheet.names:
        return None
    kinds, title = said_of(sheet)
    if kinds == (LEAVES,):
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：是退出的名单，不是户籍{_quoted(title)}",
            f"{_TO_ROSTERS}；户口注销、死亡、迁出的，请在标题里写明，或加“变动类型”“变动日期”两列",
        )
    if UNSURE in kinds and not sheet.names & set(load_headings().words["registry_leaving"]):
        raise _unsure(sheet, title, "“变动类型”和“变动日期”，或“户籍状态”")
    died, moved = _filled(sheet, "died_on"), _filled(sheet, "moved_out_on")
    of_list = [kind for kind in kinds if kind not in (LEAVES, UNSURE)]
    if not of_list and UNSURE not in kinds:
        of_list = [kind for kind in (_of_all(died, DEAD), _of_all(moved, MOVED)) if kind]
    if not of_list:
        return None
    # 死亡注销 is a death; of 死亡、迁出人员 each row's own day says which.
    known = of_list[0] if len(of_list) == 1 or {*of_list} == {DEAD, STRUCK_OFF} else ""
    changes = np.where(died, DEAD, np.where(moved, MOVED, known)).astype(object)
    days = {
        DEAD: sheet.stated("died_on"),
        MOVED: sheet.stated("moved_out_on"),
        STRUCK_OFF: sheet.stated("cancelled_on"),
    }
    found = sheet.stated("change_date")
    for kind, column in days.items():
        found = found.mask((changes == kind) & says(column), column)
    return Departures(pd.Series(changes, dtype="str"), found)


def said_of(sheet: RawSheet) -> tuple[tuple[str, ...], str]:
    """What a part's own line, the title, the sheet's name or else the file's name say of who leaves, and which text.

    A part may be of who leaves, or of who stays, whatever the title leaves open. The kinds of headings.toml (退出,
    死亡, 迁出, 销户), (UNSURE,) where only a part leaves or the texts contradict each other, nothing of any other list.
    """
    lines = [line for line in sheet.title.split("\n") if not _is_remark(line)]
    own, text = _together([*lines, sheet.sheet])
    of_file, file = _together([sheet.file.rsplit(".", 1)[0]])
    if own in ((), (UNSURE,)):
        own, text = (own, text) if own else (of_file, file)
    elif of_file and (JOINS,) in (own, of_file) and own != of_file != (UNSURE,):
        return (UNSURE,), text
    part, line = _together(sheet.section.split("\n"))
    if part == (JOINS,) and own not in ((), (UNSURE,), (JOINS,)):
        return (UNSURE,), line
    own, text = (part, line) if part else (own, text)
    return ((), "") if own == (JOINS,) else (own, text)


def _together(texts: list[str]) -> tuple[tuple[str, ...], str]:
    """What several texts about one list say; a clear one settles what another leaves open."""
    by_kinds = {kinds: text for text in reversed(texts) if (kinds := leaving_kinds(text))}
    first = next((kinds for kinds in map(leaving_kinds, texts) if kinds not in ((), (UNSURE,), (JOINS,))), ())
    if first:
        return ((UNSURE,) if (JOINS,) in by_kinds else first), by_kinds[first]
    return next(((kinds, by_kinds[kinds]) for kinds in ((JOINS,), (UNSURE,)) if kinds in by_kinds), ((), ""))


@kept_by_words
def leaving_kinds(text: str) -> tuple[str, ...]:
    """What one title says: kinds of headings.toml, (UNSURE,) if only a part leaves, (JOINS,) if it is about those who
    join or stay, () if neither."""
    words = load_headings()
    plain = heading_key(text)
    for harmless in words.words["not_leaving"]:
        plain = plain.replace(harmless, "\0")
    plain = re.sub(f"新增?(?={_any_word(words)})", "", plain)
    counted = _counted(plain, words)
    stays = any(word in plain for word in words.words["staying"])
    if any(word in plain for word in words.words["adjusting"]):
        return (UNSURE,)
    if not counted:
        return (JOINS,) if stays else ()
    if stays or _joined_to_others(plain, counted):
        return (UNSURE,)
    by_word = {heading_key(word): kind for kind, some in words.values["leaving"].items() for word in some}
    met = {by_word[match[0]] for match in counted}
    return tuple(kind for kind in words.values["leaving"] if kind in met)


@cache
def _pattern(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(heading_key(word)) for word in sorted(words, key=len, reverse=True))


def _any_word(words: Headings) -> str:
    return f"(?:{_pattern(tuple(word for some in words.values['leaving'].values() for word in some))})"


def _counted(text: str, words: Headings) -> "list[re.Match[str]]":
    """The words in a title that count. Of 不含死亡、退出 neither does: what is joined shares one fate."""
    groups: list[list[re.Match[str]]] = []
    for match in re.finditer(_any_word(words), text):
        if groups and re.fullmatch(_PEOPLE + _AND, text[groups[-1][-1].end() : match.start()]):
            groups[-1].append(match)
        else:
            groups.append([match])
    return [match for group in groups if all(_counts(text, each, words) for each in group) for match in group]


def _counts(text: str, match: "re.Match[str]", words: Headings) -> bool:
    """Whether a word in a title says that its people leave: 不含死亡, 退出人员除外 and 病故军人遗属 do not."""
    before, after = text[: match.start()], text[match.end() :]
    left_out = re.search(f"(?:{_pattern(words.words['left_out'])})(?:已|有|办理|被)?$", before)
    left_out_after = re.match(f".{{0,4}}(?:{_pattern(words.words['left_out_after'])})", after)
    survivors = re.match(f".{{0,3}}(?:{_pattern(words.words['survivors'])})", after)
    return not (left_out or left_out_after or (survivors and match[0] in words.values["leaving"][DEAD]))


def _joined_to_others(text: str, counted: "list[re.Match[str]]") -> bool:
    """Whether a title joins who leaves to others: 低保和退出人员 does, 死亡、迁出人员 does not."""
    alone = [(None, counted[0]), *pairwise(counted)]
    for previous, match in alone:
        before = text[previous.end() if previous else 0 : match.start()]
        if re.search(_AND, before) and not (previous and re.fullmatch(_PEOPLE + _AND, before)):
            return True
    return False


def _is_remark(line: str) -> bool:
    """Whether a line above the headings is a note or a line to sign, no title."""
    words = load_headings().words
    key = heading_key(line)
    starts = tuple(heading_key(word) for word in words["signatures"])
    return key.startswith(starts) or any(mark in line for mark in words["remarks"])


def _quoted(title: str) -> str:
    return f"（“{title}”）" if title else ""


def _unsure(sheet: RawSheet, title: str, columns: str) -> InputError:
    return InputError(
        f"{sheet.file} › {sheet.sheet}：“{title}”里只有一部分是退出的人，看不出是哪些行；没有导入",
        f"加上{columns}一列，写明各行；或者把退出的人另存一个文件，标题写明",
    )


def says(column: "pd.Series[str]") -> Flags:
    """Which cells of a column say something: neither empty nor 无, /, 长期."""
    says: Flags = load_headings().value("no_date", column).eq(UNKNOWN).to_numpy()
    return says


def _filled(sheet: RawSheet, field: str) -> Flags:
    return says(sheet.stated(field)) if field in sheet.names else np.zeros(len(sheet.rows), np.bool_)


def _of_all(filled: Flags, kind: str) -> str:
    """The kind, if every row has its day."""
    return kind if len(filled) and filled.all() else ""
