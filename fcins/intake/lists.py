"""What a list says of itself beside its kind: its towns, whether it is the whole list, and what makes it known again.

Pure. Nothing here decides that a list takes the place of another: analysis/receiving.py does.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePath

from fcins.characters import unified
from fcins.headings import UNKNOWN, heading_key, load_headings
from fcins.intake.places import stated_town, towns
from fcins.intake.roster_categories import column_categories, title_categories, titles
from fcins.intake.ticks import read_ticks
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

ANY_TOWN = ""
"""In the towns of a list: it has rows of which it does not say whose they are."""

_DATE_PARTS = re.compile(r"[0-9〇○零一二三四五六七八九十]+(?=[年月日号季度])|[0-9]+|年度|[年月日号]")


def is_category_open(sheet: RawSheet, policy: Policy) -> bool:
    """Whether a roster does not say of which category its rows are: no column, no ticks, and no title of just one."""
    if read_ticks(sheet, policy, None).categories is not None:
        return False
    return not column_categories(sheet, policy) and len(title_categories(sheet, policy)) != 1


def towns_of(sheets: Sequence[RawSheet], policy: Policy) -> frozenset[str]:
    """The towns that the lists of a file are of, by their columns, else by their titles and names; ANY_TOWN among them
    where a list does not say."""
    found: set[str] = set()
    for sheet in sheets:
        stated = set(towns(sheet.column("town"), policy).unique()) if "town" in sheet.names else set()
        found |= (stated & {*policy.town_names, ANY_TOWN}) or {stated_town(sheet, policy) or ANY_TOWN}
    return frozenset(found)


def whole_list_words(sheets: Sequence[RawSheet]) -> str:
    """The text by which a file says that it is the new whole list (全量, 替换), "" for none: a section, a title or a
    name."""
    texts = (text for sheet in sheets for text in titles(sheet) if text)
    return next((text for text in texts if load_headings().contained("whole_list", text) != UNKNOWN), "")


def list_key(sheets: Sequence[RawSheet]) -> str:
    """By what a file is known when its like comes again: its headings, titles, names of sheets and its own name, all
    without digits and days; a digest, since a name may be a person's.

    "" for a file with nothing but personal columns in every table: too many files look like it.
    """
    words = load_headings()
    plain = {heading_key(text) for text in words.words["personal_columns"]}
    telling = False
    parts = [PurePath(sheets[0].file).stem]
    for sheet in sheets:
        parts += [sheet.title, sheet.section, sheet.sheet, *sheet.own_headings]
        for text, field in zip(sheet.own_headings, sheet.fields, strict=True):
            personal = field[0] in words.words["personal"] if field else heading_key(_undated(text)) in plain
            telling = telling or not (personal or not text.strip())
    lines = "\n".join(heading_key(_undated(text)) for text in parts)
    return hashlib.sha256(lines.encode()).hexdigest() if telling else ""


def _undated(text: str) -> str:
    return _DATE_PARTS.sub("", unified(text))
