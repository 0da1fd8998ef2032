"""Which category a roster's rows are of: by their own column, as asked, by the section, the title or a name."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fcins.errors import InputError
from fcins.notices import Notice
from fcins.policy.loading import Policy, categories_like_in, each_category
from fcins.workbooks.reading import RawSheet


def row_categories(sheet: RawSheet, policy: Policy, asked: str | None) -> npt.NDArray[Any]:
    """For each row of the sheet the list of its category codes; [""] where none is recognised.

    Raises InputError where nothing says which category it is.
    """
    answers = np.empty(len(sheet.row_numbers), dtype=object)
    if asked:
        answers[:] = [[asked]] * len(answers)
        return answers
    title = title_categories(sheet, policy)
    fallback = title if len(title) == 1 else [""]
    if "category" in sheet.names:
        column = sheet.column("category")
        distinct = {text: codes_of(text, policy, fallback) for text in column.unique()}
        # A disability roster's 类别 says 肢体 or 视力: a column in which nothing is a category is not about categories.
        if any(code for found in distinct.values() for code in found) or len(title) != 1:
            answers[:] = [distinct[text] for text in column]
            return answers
    elif len(title) != 1:
        seen = "、".join(policy.category(code).name for code in title)
        near = [] if title else title_resembles(sheet, policy)
        raise InputError(
            f"{sheet.file} › {sheet.sheet}：看不出是哪一类人员" + (f"（标题提到{seen}）" if seen else ""),
            (f"是不是：{'、'.join(near)}？" if near else "")
            + f"用 --category 指明，例如 --category {(near or [policy.categories[1].name])[0]}",
        )
    answers[:] = [fallback] * len(answers)
    return answers


def codes_of(text: str, policy: Policy, fallback: list[str]) -> list[str]:
    """The category codes that a cell lists, "" for one that is not recognised; of an empty cell the fallback."""
    whole = policy.find_category(text)
    if whole or not text.strip():
        return [whole] if whole else fallback
    listed = each_category(text, policy)
    return list(dict.fromkeys(policy.find_category(part) or "" for part in listed)) or [""]


def column_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """Codes of the categories that the sheet's 人员类别 column names, in its order."""
    texts = sheet.column("category").unique().tolist()
    return list(dict.fromkeys(code for text in texts for code in codes_of(text, policy, []) if code))


def sheet_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """The categories of a sheet's people, as far as the sheet says: its column, else its titles, else its form."""
    return column_categories(sheet, policy) or title_categories(sheet, policy)


def title_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """Categories that the section names, or else the title, the sheet's name, the file's, or what only one has."""
    return named_categories(sheet, policy) or _form_categories(sheet, policy)


def named_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """Categories that the section names, or else the title, the sheet's name or the file's."""
    return next((found for text in titles(sheet) if (found := policy.categories_in_title(text))), [])


def _form_categories(sheet: RawSheet, policy: Policy) -> list[str]:
    """The category whose form the columns have, if only one has it: couples, or who is aided by whom."""
    forms = {"couple": {"wife_id", "husband_id"}, "aid": {"aid_payer", "aid_amount"}}
    for form, fields in forms.items():
        codes = [each.code for each in policy.categories if each.form == form]
        if fields <= sheet.names and len(codes) == 1:
            return codes
    return []


def title_resembles(sheet: RawSheet, policy: Policy) -> list[str]:
    """Names of the categories that the first of these with any near miss resembles."""
    return next((near for text in titles(sheet) if (near := categories_like_in(text, policy))), [])


def titles(sheet: RawSheet) -> tuple[str, str, str, str]:
    """What may say what a sheet is: its section's line, its title, its name, its file's name without the ending."""
    return sheet.section, sheet.title, sheet.sheet, sheet.file.rsplit(".", 1)[0]


def of_another_category(sheet: RawSheet, policy: Policy, asked: str) -> list[Notice]:
    """N303 where the sheet itself names categories, and not the one asked for: its rows are taken as asked."""
    named = named_categories(sheet, policy)
    if not named or asked in named or not len(sheet.rows):
        return []
    seen, own = "、".join(policy.names_of(named)), policy.category(asked).name
    text = (
        f"写的是{seen}，{len(sheet.rows)}行按 --category 指定的{own}读入了。不是{own}的，请撤回，不写 --category 再导入"
    )
    return [Notice("N303", text, sheet.sheet, loses=True)]
