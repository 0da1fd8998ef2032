"""Where the rows of a sheet belong: town and village from their columns, or from what stands around the table. Pure.

A village is also taken from one cell with the town, a line over the people, the sheet's name, the title.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from fcins import values
from fcins.characters import unified
from fcins.headings import kept_by_words, load_headings
from fcins.policy.loading import Policy, normalise_town, split_place
from fcins.workbooks.reading import RawSheet

_HAN = "[\u3400-\u4dbf\u4e00-\u9fff·]"
_NUMBERING = re.compile(r"^(?:\(?[0-9一二三四五六七八九十]{1,3}(?:\)|[、.,:\s-]+)|[0-9]+)\s*")
_BRACKETED = re.compile(r"\([^()]*\)|【[^【】]*】")
_LONGEST = 12
"""Characters of a village's name: what is longer is a sentence."""


def places(stated: Callable[[str], pd.Series], policy: Policy) -> tuple[pd.Series, pd.Series]:
    """Town (in the policy's name; one that it does not have stays as it came) and village of each row, "" for none.

    `stated`: what a row has in a field (RawSheet.column, or its like). 阴平镇东坊村 in one cell is both, wherever it
    stands; a 自然村 is the village where no column has one.
    """
    town, village = towns(stated("town"), policy), stated("village")
    if not (village != "").any():
        hamlet = stated("hamlet")
        village = hamlet.mask(hamlet == "").groupby(town.ne(town.shift()).cumsum()).ffill().fillna("")
    village = village.astype("str")
    unknown = ((town != "") & ~town.isin(policy.town_names)).to_numpy()
    for cell, asked in ((town, unknown), (village, (town == "").to_numpy() & (village != "").to_numpy())):
        if asked.any():
            both = {text: split_place(text, policy) for text in cell[asked].unique()}
            if not any(own for own, _ in both.values()):
                continue
            own = cell.map({text: parts[0] for text, parts in both.items()}).where(asked).fillna("").astype("str")
            below = cell.map({text: parts[1] for text, parts in both.items()}).where(asked).fillna("").astype("str")
            village = village.where((village != "") | (own == ""), below)
            town = town.where(own == "", own)
    return town, village


def towns(column: pd.Series, policy: Policy) -> pd.Series:
    """A town column in the policy's names; a town it does not have stays as it came."""
    return pd.Series(values.each_distinct(column, lambda text: policy.find_town(text) or text), dtype="str")


def stated_town(sheet: RawSheet, policy: Policy) -> str:
    """The one town that the sheet's name, its title or the file's name states; "" where none or several do."""
    for text in (sheet.section, sheet.sheet, sheet.title, sheet.file):
        plain = normalise_town(text)
        found = {town for name, town in policy.town_lookup().items() if name in plain}
        if len(found) == 1:
            return found.pop()
    return ""


@dataclass(frozen=True)
class StatedVillage:
    """The village that stands around a table; `doubtful`: from what it was taken, where that may mean another thing."""

    name: str
    doubtful: str = ""


def stated_village(sheet: RawSheet, policy: Policy) -> StatedVillage:
    """The village that the line over the people, the sheet's name, the title or the file's name states; "" for none."""
    title, file = unified(sheet.title), sheet.file.rsplit(".", 1)[0]
    for name in (*_by_label(sheet.section, policy), _whole(sheet.section, policy), _whole(sheet.sheet, policy)):
        if name:
            return StatedVillage(name)
    for found in (_by_label(title, policy), _behind_town(title, policy)):
        if len(set(found)) == 1:
            return StatedVillage(found[0])
    for text, source in ((title, "标题"), (file, "文件名")):
        found = [name for line in text.splitlines() if (name := _first(line, policy))]
        if len(set(found)) == 1:
            return StatedVillage(found[0], source)
    return StatedVillage("")


def _whole(text: str, policy: Policy) -> str:
    """A text that is nothing but a village's name, perhaps numbered, or behind its town: 一、东坊村（3户）."""
    plain = _NUMBERING.sub("", _BRACKETED.sub("", unified(text)).strip()).strip(" :")
    return _village(split_place(plain, policy)[1] or plain, policy)


def _village(text: str, policy: Policy) -> str:
    """The text if it can be a village's name, else ""."""
    words = load_headings().words
    name = "".join(text.split())
    ending = next((suffix for suffix in words["village_suffixes"] if name.endswith(suffix)), "")
    core = name.removesuffix(ending)
    none = not ending or not core or core in words["village_suffixes"] or len(name) > _LONGEST
    none = none or not re.fullmatch(f"(?:{_HAN}|[0-9])+", name) or any(word in name for word in words["not_villages"])
    return "" if none or policy.find_town(name) or policy.categories_in_title(name) else name


def _by_label(text: str, policy: Policy) -> list[str]:
    """What follows 村居：, 行政村： and the like; the label says that it is one."""
    found = re.findall(rf"(?:^|\s)(?:{_labels()})\s*:\s*([^\s:;,、]+)", unified(text))
    names = [split_place(name, policy)[1] or name for name in found]
    words = load_headings().words["not_villages"]
    return [name for name in names if len(name) <= _LONGEST and not any(word in name for word in words)]


@kept_by_words
def _labels() -> str:
    labels = sorted(load_headings().fields["village"], key=len, reverse=True)
    return "|".join(re.escape(unified(label)) for label in labels)


def _behind_town(title: str, policy: Policy) -> list[str]:
    """阴平镇东坊村户籍人口花名册 → 东坊村."""
    found = []
    for line in title.splitlines():
        _, below = split_place(re.sub("^[0-9]{4}年度?", "", "".join(line.split())), policy)
        found.append(_first(below, policy))
    return [name for name in found if name]


def _first(line: str, policy: Policy) -> str:
    """The village that a text begins with: 东坊村户籍人口 → 东坊村."""
    plain = re.sub("^[0-9]{4}年度?", "", _NUMBERING.sub("", "".join(unified(line).split())))
    endings = "|".join(suffix for suffix in load_headings().words["village_suffixes"] if len(suffix) > 1)
    found = re.match(f"{_HAN}{{1,8}}?(?:{endings}|村(?!民|居))", plain)
    return _village(found[0], policy) if found else ""
