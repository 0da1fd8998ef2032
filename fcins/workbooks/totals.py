"""How many people a sheet says that it lists: 合计 12人, 盖章确认应参保总人数：1287."""

import re
from collections.abc import Iterator, Sequence

from fcins.headings import Field, load_headings

MOST_PEOPLE = 10_000_000
"""A larger number is no count of people."""

_PEOPLE = re.compile(r"(\d[\d,]*)人")
_COUNT = re.compile(r"(?<![\d.])(\d[\d,]*)(?![\d,.年月日元万户对组村%-])")
_PEOPLE_IN_ALL = re.compile(r"(?:合计|总计|共计|共|总人数)[:为是有]*(\d[\d,]*)人")


def declared_total(
    lines: Sequence[Sequence[str]], fields: Sequence[Field | None], headings: Sequence[str]
) -> int | None:
    """The number of people that these lines claim. A stamped 应参保总人数 beats a 合计; the last one holds."""
    words = load_headings().words
    money = {at for at, field in enumerate(fields) if field and field[0] in words["amounts"]}
    money |= {at for at, text in enumerate(headings) if any(word in text for word in words["amount_words"])}
    stamped: int | None = None
    total: int | None = None
    for cells in lines:
        count = _after_word(cells, words["stamped_totals"])
        if count is not None:
            stamped = count
            continue
        if any(word in text for word in words["partial_totals"] for text in cells):
            continue
        at = next((at for at, text in enumerate(cells) if text.startswith(words["grand_totals"])), None)
        if at is not None:
            cell = cells[at]
            other_cells = [text for place, text in enumerate(cells) if place != at and place not in money]
            count = next(
                iter(_numbers(cell, _PEOPLE) + _numbers(" ".join(other_cells), _PEOPLE) + _numbers(cell, _COUNT)), None
            )
            counts = [int(text.replace(",", "")) for text in other_cells if re.fullmatch(r"\d[\d,]*", text)]
            count = counts[0] if count is None and len(counts) == 1 else count
        else:
            count = next(iter(_numbers(" ".join(cells), _PEOPLE_IN_ALL)), None)
        total = total if count is None else count
    declared = total if stamped is None else stamped
    return declared if declared is not None and declared <= MOST_PEOPLE else None


def _after_word(cells: Sequence[str], stamped: tuple[str, ...]) -> int | None:
    """The count that follows such a word in its own cell or in the next filled one."""
    for at, text in enumerate(cells):
        word = next((word for word in stamped if word in text), None)
        if word:
            tail = text.partition(word)[2]
            following: Iterator[str] = (cell for cell in cells[at + 1 :] if cell)
            after = next(following, "")
            counts = _numbers(tail, _PEOPLE) + _numbers(tail, _COUNT)
            if not counts and re.fullmatch(r"\d[\d,]*人?", after):
                counts = _numbers(after, _COUNT)
            if counts:
                return counts[0]
    return None


def _numbers(text: str, pattern: re.Pattern[str]) -> list[int]:
    return [int(number.replace(",", "")) for number in pattern.findall(text)]
