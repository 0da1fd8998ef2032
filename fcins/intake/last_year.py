"""Last year's participation as a table that somebody kept → rates by place and scheme (参保缴费率不降低, clause 二)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import pandas as pd

from fcins.errors import InputError
from fcins.headings import UNKNOWN, load_headings
from fcins.policy.loading import Policy
from fcins.values import without_thousands
from fcins.workbooks.reading import RawSheet

REQUIRED = [frozenset({"town", "liable_people", "covered_people"}), frozenset({"town", "covered_rate"})]
"""What a sheet's headings must have: people, or only a rate; 村（居） and 险种 may stand beside them."""

_WHOLE = 10_000


def read_rates(sheets: Sequence[RawSheet], policy: Policy) -> pd.DataFrame:
    """coverage.LAST_YEAR_COLUMNS of every row, in order; of a place that comes twice the first row.

    A bulletin of the year before is such a table. The scheme is that of the 险种 column, or else of the one named by
    the sheet's name or title. Raises InputError where a town, a scheme, a count or a rate cannot be read.
    """
    rows = []
    for sheet in sheets:
        schemes = _schemes(sheet)
        columns = [sheet.column(name) for name in ("town", "village", "liable_people", "covered_people")]
        lines = zip(*columns, sheet.column("covered_rate"), schemes, sheet.row_numbers.tolist(), strict=True)
        for town, village, liable, covered, rate, scheme, number in lines:
            where = f"{sheet.file} › {sheet.sheet} › 第{number}行"
            name = policy.find_town(town)
            if name is None:
                raise InputError(f"{where}：没有“{town}”这个镇（街道）", "请按本区的镇（街道）名称更正")
            if scheme not in load_headings().values["scheme"]:
                raise InputError(f"{where}：看不出是医保还是养老", "请加“险种”一列，或在工作表名中写明")
            people = (_whole(liable, where), _whole(covered, where))
            if None not in people:
                rate_bp = people[1] * _WHOLE // people[0] if people[0] else None  # type: ignore[operator]
            else:
                people, rate_bp = (None, None), _rate_bp(rate, where)
            rows.append((name, village, scheme, *people, rate_bp))
    frame = pd.DataFrame(rows, columns=["town", "village", "scheme", "liable", "covered", "rate_bp"])
    frame = frame.astype({"liable": "Int64", "covered": "Int64", "rate_bp": "Int64"})
    return frame.drop_duplicates(["town", "village", "scheme"], ignore_index=True)


def _schemes(sheet: RawSheet) -> list[str]:
    """Each row's scheme; "" where neither the row nor the sheet names it."""
    stated = load_headings().value("scheme", sheet.column("scheme"))
    if (stated != "").any():
        return stated.replace(UNKNOWN, "").tolist()
    for text in (sheet.sheet, sheet.title):
        words = load_headings().values["scheme"]
        named = [scheme for scheme, some in words.items() if any(word in text for word in some)]
        if len(named) == 1:
            return named * len(stated)
    return [""] * len(stated)


def _whole(text: str, where: str) -> int | None:
    plain = without_thousands(text.replace("，", ",")).removesuffix("人").removesuffix(".0")
    if not plain:
        return None
    if not plain.isascii() or not plain.isdigit():
        raise InputError(f"{where}：“{text}”不是人数", "请填整数")
    return int(plain)


def _rate_bp(text: str, where: str) -> int:
    """91.2%, 91.2 and 0.912 → 9120."""
    plain = text.replace("％", "%").strip()
    try:
        number = Decimal(plain.removesuffix("%"))
    except InvalidOperation:
        raise InputError(f"{where}：“{text}”不是参保缴费率", "请填百分数，例如91.2%") from None
    percent = number if plain.endswith("%") or number > 1 else number * 100
    if not 0 <= percent <= 100:
        raise InputError(f"{where}：参保缴费率“{text}”不在0到100%之间", "请核对")
    return int(percent * 100)
