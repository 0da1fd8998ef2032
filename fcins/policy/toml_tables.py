"""A TOML file that a clerk wrote → a strict model of it, or every problem at once, in Chinese, placed as it is spelt.

The models are those of `model` (`Table`). The caller adds what no single value can show.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fcins.errors import InputError
from fcins.policy.values import nearest

Loc = tuple[str | int, ...]
Problem = tuple[Loc, str]
Raw = dict[str, Any]

Model = TypeVar("Model", bound=BaseModel)


def read_text(path: str | Path) -> str:
    """The text of a file. Raises InputError if the file is missing, cannot be opened or is not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}：不是 UTF-8 编码的文本", "请另存为 UTF-8 编码后再试") from None
    except FileNotFoundError:
        raise InputError(f"{path}：没有这个文件", "请核对路径和文件名") from None
    except OSError:
        raise InputError(f"{path}：打不开这个文件", "请核对它是不是文件、有没有读取权限") from None


def parse(
    model: type[Model],
    text: str,
    where: str,
    what: str,
    more: Callable[[Raw], Iterable[Problem]],
    spell: Callable[[Loc], str] | None = None,
    whole: Callable[[Model], Iterable[Problem]] | None = None,
) -> Model:
    """The model of a TOML text; `where` names the text in messages and `what` its kind (政策文件).

    `more` finds further problems in the raw tables, `whole` in the finished model, if there is one. `spell` names a
    problem's place; without it `place` does.
    Raises InputError: a first line with the count, then one line for each problem with its key.
    """
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}：不是正确的 TOML 文件\n{_syntax(error)}", "请改正后再试") from None
    problems = list(_respell(model, data, ()))
    parsed = None
    try:
        parsed = model.model_validate(data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # pydantic counts only the good items: a list whose items are wrong is not also an empty one
        errors = [each for each in errors if each["type"] != "too_short" or not each["input"]]
        problems += [(each["loc"], _chinese(each)) for each in errors]
    problems += more(data)
    if parsed is not None and whole is not None:
        problems += whole(parsed)
    if parsed is None or problems:
        raise refusal(
            where, what, [f"{spell(loc) if spell else place(model, loc)}：{problem}" for loc, problem in problems]
        )
    return parsed


def refusal(where: str, what: str, lines: list[str]) -> InputError:
    """What to raise for a file with problems, one line for each."""
    return InputError("\n".join([f"{where}：{what}有{len(lines)}处问题", *lines]), "请逐处改正后再试")


def place(model: type[BaseModel], loc: Loc) -> str:
    """("medical", "aid", 2, "share") → "[[medical.aid]] 第3项 share", ("medical", "standard") → "medical.standard"."""
    words: list[str] = []
    inner: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int):
            words[-1] = f"[[{words[-1]}]]" if inner else words[-1]
            words += [f"第{step + 1}项", ""]
            continue
        inner = _keys(inner).get(step) if inner else None
        words[-1:] = [f"{words[-1]}.{step}" if words and words[-1] else step]
    return " ".join(words).strip()


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
    message = str(error)
    at = re.search(r"at line (\d+), column (\d+)", message)
    spot = f"第{at[1]}行第{at[2]}列" if at else "文件末尾" if "end of document" in message else "文件中"
    return f"{spot}：" + next((chinese for start, chinese in _SYNTAX.items() if message.startswith(start)), "语法不对")


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


def _chinese(error: ErrorDetails) -> str:
    ctx = error.get("ctx", {})
    match error["type"]:
        case "refused":
            return error["msg"]
        case "missing":
            return "缺这一项"
        case "string_type":
            return "要文字，两边加引号"
        case "int_type":
            return "要整数，不加引号、不带小数"
        case "bool_type":
            return "要 true 或 false，不加引号"
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
        case "too_long":
            return f"最多{ctx['max_length']}项"
        case "greater_than":
            return f"要大于{ctx['gt']}"
        case "greater_than_equal":
            return f"不能小于{ctx['ge']}"
        case "less_than_equal":
            return f"不能大于{ctx['le']}"
        case _:
            return "值不对"
