"""The story of manual: a page of fcins/manual, a finding or a reading of the plan, by its name or number."""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import Any

from fcins.errors import UsageError

ORDER = ("commands", "findings", "operation", "readings", "changes", "json", "python", "building", "glossary")
"""The pages as they are listed: those for clerks first."""

_FIRST_LINE = re.compile(r"<!-- (?P<title>[^：]+)：(?P<summary>.+) -->")
_PARTS = {"findings": re.compile(r"^## ([EDW]\d{3}) ", re.M), "readings": re.compile(r"^### (R\d+) ", re.M)}
"""Pages of which a part can be asked for by its number, and how a part begins; it ends at the next heading as high."""


@dataclass(frozen=True)
class Topic:
    """A page of the manual: its file's name, its Chinese name, what it is about, and its text (Markdown)."""

    name: str
    title: str
    summary: str
    text: str


@dataclass(frozen=True)
class ManualTopics:
    """Every page of the manual."""

    topics: list[Topic]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        listed = [{"topic": each.name, "title": each.title, "summary": each.summary} for each in self.topics]
        return {"command": "manual", "topics": listed}


@dataclass(frozen=True)
class ManualPage:
    """What was asked for: a page, or the part of it with this number ("" for the whole). `text` is Markdown."""

    topic: Topic
    number: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "manual",
            "topic": self.topic.name,
            "title": self.topic.title,
            "number": self.number or None,
            "text": self.text,
        }


def topics() -> ManualTopics:
    """What the manual is about."""
    return ManualTopics(_pages())


def page(asked: str) -> ManualPage:
    """The page of a name (findings, 问题代码), or the part with a number (E106, R39). UsageError with what is near."""
    wanted = _plain(asked)
    pages = _pages()
    numbered = {number: (topic, text) for topic in pages for number, text in _parts_of(topic).items()}
    if wanted in numbered:
        topic, text = numbered[wanted]
        return ManualPage(topic, wanted, text)
    for topic in pages:
        if wanted in (_plain(topic.name), _plain(topic.title)):
            return ManualPage(topic, "", topic.text)
    near = _near(wanted, pages, list(numbered))
    raise UsageError(f"手册里没有“{asked}”", f"是不是：{'、'.join(near)}？" if near else "用 fcins manual 看有哪些主题")


def _near(wanted: str, pages: list[Topic], numbers: list[str]) -> list[str]:
    """At most three names that may have been meant: of a number those beside it."""
    if number := re.fullmatch(r"([EDWR])(\d+)", wanted):
        alike = [each for each in numbers if each.startswith(number[1])]
        return sorted(sorted(alike, key=lambda each: abs(int(each[1:]) - int(number[2])))[:3])
    names = {_plain(each): each for topic in pages for each in (topic.name, topic.title)}
    return [names[each] for each in difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)]


def _pages() -> list[Topic]:
    folder = resources.files("fcins").joinpath("manual")
    found = []
    for name in ORDER:
        first, _, text = folder.joinpath(f"{name}.md").read_text("utf-8").partition("\n")
        about = _FIRST_LINE.fullmatch(first)
        if about is None:
            raise ValueError(f"{name}.md: the first line does not say what it is about")
        found.append(Topic(name, about["title"], about["summary"], text))
    return found


def _parts_of(topic: Topic) -> dict[str, str]:
    """Number → the part of a page that begins with it."""
    begins = _PARTS.get(topic.name)
    if begins is None:
        return {}
    found = {}
    for part in begins.finditer(topic.text):
        level = topic.text[part.start() :].split(" ", 1)[0]
        ends = re.compile(rf"^#{{1,{len(level)}}} ", re.M).search(topic.text, part.end())
        found[part[1]] = topic.text[part.start() : ends.start() if ends else None].rstrip() + "\n"
    return found


def _plain(text: str) -> str:
    """As names are compared: NFKC, upper case, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
