"""What is to be done with files that came in: a pure function of what they are and of what the workspace knows.

Only what is certain is done. A file that may be two things, a list that may or may not take the place of another: a
person is asked, or it stays out. 五（一）: nobody may be left out, and no list may cancel anyone by a guess.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fcins.errors import FcinsError
from fcins.intake.lists import ANY_TOWN
from fcins.intake.recognising import WENT_OUT, load_marks
from fcins.notices import Notice
from fcins.policy.loading import Policy

ADD, REPLACE, ANSWER, KNOWN, LEFT, UNSURE, FAILED = "add", "replace", "answer", "known", "left", "unsure", "failed"
"""What is done with a file: it goes in, in place of earlier lists or as answers; it is there already; it is none of
ours to import; it stays out until somebody says what it is; it cannot be used."""

KIND, CATEGORY, WHOLE, TOWN, TOTAL = QUESTIONS = ("kind", "category", "whole", "town", "total")
"""What a person may be asked of a file, in this order."""

REMEMBERED = (KIND, CATEGORY, WHOLE)
"""Of these the answers, for files of the same look."""

LEAVE_OUT = "none"
"""The answer that a file shall stay out."""

LISTS = ("households", "roster")
"""Kinds of whole lists. Changes, enrolments and payments add up in any case."""

ORDER = ("households", "departed", "changes", "roster", "leavers", "enrolment", "payments", *WENT_OUT)
"""In which order the kinds go in."""

BY_MEMORY, BY_ANSWER = "按上次的回答", "按您的回答"


@dataclass(frozen=True)
class Arrival:
    """A file as it was looked at.

    `name`: what it is, as one says it; `open_category`: a roster that does not say of which category its people are;
    `towns`: that it names (ANY_TOWN where it does not say); `whole`: the text by which it says that it is the new
    whole list; `key`: by which its like is known again; `filled_in`: of a workbook that came back. `title`,
    `headings`: of its first table, masked, for whoever is asked. `error`: why it cannot be read; `loose`: it need not
    be a list.
    """

    shown: str
    sha256: str
    kind: str = "other"
    name: str = ""
    categories: tuple[str, ...] = ()
    certain: bool = False
    why: str = ""
    open_category: bool = False
    rows: int = 0
    declared_total: int | None = None
    towns: frozenset[str] = frozenset()
    whole: str = ""
    key: str = ""
    filled_in: bool = False
    title: str = ""
    headings: tuple[str, ...] = ()
    error: FcinsError | None = None
    loose: bool = False


@dataclass(frozen=True)
class KnownBatch:
    """A live batch, as far as files are compared with it. `towns`: that its rows state, ANY_TOWN where some do not."""

    number: int
    file: str
    kind: str
    categories: tuple[str, ...]
    rows: int
    declared_total: int | None
    towns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Knowledge:
    """What the workspace knows. `by_bytes`: SHA-256 → the batch of a file that went in as it is; `lists`: of LISTS;
    `remembered`: key → question → the only answer ever given."""

    by_bytes: Mapping[str, KnownBatch] = field(default_factory=dict)
    lists: Sequence[KnownBatch] = ()
    remembered: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Orders:
    """What was asked for on the command line, of all files: further lists replace, and those of all towns."""

    replace: bool = False
    all_towns: bool = False


@dataclass(frozen=True)
class Planned:
    """What is done with a file, and why. `category`: the one that was answered, "" where the file decides.

    `further`: the lists of the same category that are there, or come with it. `town`: whose earlier lists a
    replacement takes out, "" for all. `questions`: what a person may be asked. `from_memory`: an answer was used.
    `stamped_by`: who states the stamped count, "" for the file.
    """

    arrival: Arrival
    does: str
    kind: str
    categories: tuple[str, ...] = ()
    category: str = ""
    certain: bool = False
    why: str = ""
    declared_total: int | None = None
    further: tuple[str, ...] = ()
    town: str = ""
    questions: tuple[str, ...] = ()
    from_memory: bool = False
    batch: int | None = None

    @property
    def goes_in(self) -> bool:
        """Whether the file is imported."""
        return self.does in (ADD, REPLACE, ANSWER)

    @property
    def stays_out(self) -> bool:
        """Whether a list stays out that may belong in."""
        return self.does in (UNSURE, FAILED)


Answers = Mapping[str, Mapping[str, str]]
"""shown → question → what a person answered: a kind, a category's code, REPLACE or ADD, a town ("" for all), a number
as text; LEAVE_OUT to any."""


def plan(
    arrivals: Sequence[Arrival],
    knowledge: Knowledge,
    policy: Policy,
    orders: Orders,
    answers: Answers,
    stamped: Mapping[str, int],
) -> list[Planned]:
    """What is done with each file, in the order in which they go in. `stamped`: shown → the stamped count that was
    stated beside the file."""
    first_of_bytes: dict[str, str] = {}
    found = []
    for arrival in sorted(arrivals, key=lambda each: natural(each.shown)):
        known = knowledge.by_bytes.get(arrival.sha256)
        same = first_of_bytes.setdefault(arrival.sha256, arrival.shown) if arrival.sha256 else arrival.shown
        if known:
            found.append(_known(arrival, known))
        elif same != arrival.shown:
            found.append(Planned(arrival, KNOWN, arrival.kind, arrival.categories, certain=True, why=f"与{same}相同"))
        else:
            remembered = knowledge.remembered.get(arrival.key, {}) if arrival.key else {}
            found.append(_what_it_is(arrival, answers.get(arrival.shown, {}), remembered, policy))
    found.sort(key=lambda each: (_place(each.kind), natural(each.arrival.shown)))
    found = _lists(found, knowledge, orders, answers)
    return [_stamped(each, answers.get(each.arrival.shown, {}), stamped) for each in found]


def further_list(planned: Planned, policy: Policy) -> list[Notice]:
    """N301 of a list that is added to others of its category."""
    if planned.does != ADD or not planned.further:
        return []
    what = "、".join(policy.names_of(planned.categories)) or load_marks().kinds[planned.kind].name
    text = (
        f"{what}的名单还有{'、'.join(planned.further)}，这一份是另加的，没有替换，原来的人都还在；"
        "是新的全部名单的，撤回这一批，加 --replace 再导入"
    )
    return [Notice("N301", text)]


def stated_counts(lines: Sequence[tuple[str, str, str]], files: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Lines of 盖章.csv (its folder, a file, a count) for these files: shown → count, and what is wrong with them.

    A file is named as it is shown below the folder, or by its base name, with its ending or without.
    """
    counts: dict[str, int] = {}
    problems = []
    for folder, name, text in lines:
        below = {file: file.removeprefix(f"{folder}/") if folder != "." else file for file in files}
        below = {file: rest for file, rest in below.items() if folder == "." or rest != file}
        named = [file for file, rest in below.items() if name in {rest, _base(rest), _base(rest).rsplit(".", 1)[0]}]
        digits = text.removesuffix("人")
        if not named:
            problems.append(f"“{name}”：没有这个文件")
        elif not (digits.isascii() and digits.isdigit()):
            problems.append(f"“{name}”：“{text}”不是人数")
        elif any(counts.get(file, int(digits)) != int(digits) for file in named):
            problems.append(f"“{name}”：写了两个不同的人数，用的是前一个")
        else:
            counts |= dict.fromkeys(named, int(digits))
    return counts, problems


def _base(shown: str) -> str:
    return shown.rsplit("/", 1)[-1]


def natural(text: str) -> list[tuple[int, str]]:
    """By what names are put in order: 附件2 before 附件10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split("([0-9]+)", text)]


def _place(kind: str) -> int:
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def _known(arrival: Arrival, batch: KnownBatch) -> Planned:
    return Planned(
        arrival,
        KNOWN,
        batch.kind,
        batch.categories,
        certain=True,
        why=f"批次{batch.number}，没有改动",
        declared_total=batch.declared_total,
        batch=batch.number,
    )


def _what_it_is(
    arrival: Arrival, answered: Mapping[str, str], remembered: Mapping[str, str], policy: Policy
) -> Planned:
    """The kind and the category of a file, by itself, by an answer, or by one that was given before."""
    kind, why, certain, from_memory = arrival.kind, arrival.why, arrival.certain, False
    if arrival.error:
        does = LEFT if arrival.loose else FAILED
        return Planned(arrival, does, kind, why="不是名单" if arrival.loose else arrival.error.message)
    if LEAVE_OUT in answered.values():
        return Planned(arrival, UNSURE, kind, why="没有回答，没有导入")
    if not certain:
        if KIND in answered:
            kind, why, certain = answered[KIND], BY_ANSWER, True
        elif KIND in remembered:
            kind, why, certain, from_memory = remembered[KIND], BY_MEMORY, True, True
        else:
            return Planned(arrival, UNSURE, kind, arrival.categories, why=why, questions=(KIND,))
    if kind in WENT_OUT:
        does = ANSWER if arrival.filled_in else LEFT
        return Planned(arrival, does, kind, certain=True, why=why if does == ANSWER else "没有填写任何答复")
    marks = load_marks().kinds[kind]
    if not marks.command.startswith("import-"):
        hint = f"，用 fcins {marks.command} {marks.options} 读" if marks.command else ""
        return Planned(arrival, LEFT, kind, certain=True, why=f"{arrival.name}{hint}")
    categories, category = (arrival.categories, "") if marks.command == "import-roster" else ((), "")
    if marks.command == "import-roster" and (arrival.open_category or kind != arrival.kind):
        if CATEGORY in answered:
            category, why = answered[CATEGORY], BY_ANSWER
        elif remembered.get(CATEGORY) in policy.category_codes:
            category, why, from_memory = remembered[CATEGORY], BY_MEMORY, True
        elif arrival.open_category:
            names = "、".join(policy.names_of(categories))
            why = f"{why}；看不出是哪一类人员" + (f"，提到{names}" if names else "")
            return Planned(arrival, UNSURE, kind, categories, why=why, questions=(CATEGORY,))
        categories = (category,) if category else categories
    return Planned(arrival, ADD, kind, categories, category, certain, why, from_memory=from_memory)


def _lists(found: list[Planned], knowledge: Knowledge, orders: Orders, answers: Answers) -> list[Planned]:
    """The same, each list with the others of its category: which it adds to, which it takes the place of."""
    here = {each.batch for each in found if each.batch is not None}
    planned = []
    for at, each in enumerate(found):
        if each.does != ADD or each.kind not in LISTS:
            planned.append(each)
            continue
        answered = answers.get(each.arrival.shown, {})
        remembered = knowledge.remembered.get(each.arrival.key, {}) if each.arrival.key else {}
        wish, why = _wish(each, answered, remembered, orders)
        alike = [known for known in knowledge.lists if _of_same(each, known)]
        # What comes with the command is part of the new whole: else a folder that is imported again would bring back
        # whom its newer list has left out.
        earlier = [known for known in alike if known.number not in here]
        beside = [other for other in found[:at] if other.does == ADD and _of_same_people(each, other)]
        rivals = [
            other
            for other in found
            if other is not each and other.does == ADD and other.arrival.whole and _of_same_people(each, other)
        ]
        further = (*(f"批次{known.number}（{known.file}）" for known in alike), *(o.arrival.shown for o in beside))
        each = replace(each, further=further, from_memory=each.from_memory or why == BY_MEMORY)
        by_title = wish == REPLACE and why not in (BY_ANSWER, BY_MEMORY, "")
        if by_title and rivals:
            text = f"{rivals[0].arrival.shown}也写着是全部名单：哪一份是，或者两份合起来是，看不出来"
            planned.append(replace(each, does=UNSURE, certain=False, why=text, questions=(WHOLE,)))
        elif wish == REPLACE and earlier:
            planned.append(_replacing(each, answered, orders, why))
        else:
            if wish == REPLACE and further:
                each = replace(each, why=f"{each.why}，{why}：与同一次给的合起来算，没有可替换的".replace("，：", "："))
            ask = (WHOLE,) if earlier and WHOLE not in {**answered, **remembered} and not orders.replace else ()
            planned.append(replace(each, questions=ask))
    return planned


def _wish(each: Planned, answered: Mapping[str, str], remembered: Mapping[str, str], orders: Orders) -> tuple[str, str]:
    """Whether a list shall replace or be added, and by whose word ("" for the command line)."""
    if WHOLE in answered:
        return answered[WHOLE], BY_ANSWER
    if orders.replace:
        return REPLACE, ""
    if remembered.get(WHOLE) in (ADD, REPLACE):
        return remembered[WHOLE], BY_MEMORY
    return (REPLACE, f"标题或名称是“{each.arrival.whole}”") if each.arrival.whole else (ADD, "")


def _replacing(each: Planned, answered: Mapping[str, str], orders: Orders, why: str) -> Planned:
    """A list that takes the place of earlier ones: in all towns if somebody said so, else in the one that it names."""
    named = each.arrival.towns
    if TOWN in answered:
        town = answered[TOWN]
    elif orders.replace and orders.all_towns:
        town = ""
    elif len(named) == 1 and ANY_TOWN not in named:
        (town,) = named
    else:
        text = "要替换原来的名单，但看不出是哪一个镇（街道）的；全部镇（街道）的，加 --replace --all-towns"
        return replace(each, does=UNSURE, certain=False, why=text, questions=(TOWN,))
    reasons = "，".join(filter(None, [each.why, why]))
    return replace(each, does=REPLACE, town=town, why=reasons)


def _of_same(each: Planned, known: KnownBatch) -> bool:
    """Whether a batch is an earlier list of the same people: kind, a category, a town."""
    alike = known.kind == each.kind and (each.kind != "roster" or bool({*known.categories} & {*each.categories}))
    return alike and _meet(each.arrival.towns, known.towns)


def _of_same_people(each: Planned, other: Planned) -> bool:
    alike = other.kind == each.kind and (each.kind != "roster" or bool({*other.categories} & {*each.categories}))
    return alike and _meet(each.arrival.towns, other.arrival.towns)


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two lists may be of the same town: one that does not say may be of any."""
    return not one or not other or ANY_TOWN in one | other or bool(one & other)


def _stamped(each: Planned, answered: Mapping[str, str], stamped: Mapping[str, int]) -> Planned:
    """The same with its stamped count: answered, stated beside the file, or in it."""
    if each.does == KNOWN:
        return each
    total = stamped.get(each.arrival.shown, each.arrival.declared_total)
    if answered.get(TOTAL, "").isdigit():
        total = int(answered[TOTAL])
    ask = each.does in (ADD, REPLACE) and each.kind == "roster" and total is None and TOTAL not in answered
    return replace(each, declared_total=total, questions=(*each.questions, *([TOTAL] if ask else [])))
