"""The words that a workspace adds to headings.toml: a file of the same shape beside its policy.

It only adds: a word that already means something else is refused, since nobody would see which of the two held.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fcins.aside import written_aside
from fcins.errors import InputError, UsageError
from fcins.headings import Headings, heading_key, load_headings, packaged_headings

FILE = "headings.toml"
"""Its name, beside policy.toml."""

_BEGINNING = "# 本工作区另加的列名和用词，样子与程序自带的 headings.toml 相同。\n"
_TABLES = ("fields", "values", "layout", "rows")


def headings_of(folder: Path) -> Headings:
    """The packaged words with those of the folder's headings.toml, if there is one. Raises InputError for a file that
    cannot be read, or says what cannot be."""
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return packaged_headings()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}：不能读取", "请检查权限；文件要存为 UTF-8") from error
    return extended(packaged_headings(), text, str(path))


def extended(headings: Headings, text: str, where: str) -> Headings:
    """Words and those of a TOML text in the shape of headings.toml; `where` names the text. Raises InputError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}：不是 TOML 文件（{error}）", "请照程序自带的 headings.toml 的样子写") from error
    problems = [*_misshapen(headings, data)]
    if not problems:
        added = _with_fields(headings, data.get("fields", {}), problems)
        added = _with_values(added, data.get("values", {}), problems)
    if problems:
        raise InputError(f"{where}：{'；'.join(problems)}", "请改正；这个文件只能给已有的词加别的写法")
    more = {name: tuple(words) for name, words in {**data.get("layout", {}), **data.get("rows", {})}.items()}
    words = {**added.words, **{name: (*added.words[name], *some) for name, some in more.items()}}
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest() if data else ""
    return replace(added, words=words, digest=digest)


def with_columns(headings: Headings, columns: Mapping[str, str]) -> Headings:
    """Words, and for this once headings → fields, whatever else those headings mean."""
    return replace(headings, _field_by_key={**headings._field_by_key, **_keys(columns)})


def stated_columns(texts: Sequence[str]) -> dict[str, str]:
    """缴费人名称=姓名 → {缴费人名称: name}. Raises UsageError for what is no such pair, or no heading of ours."""
    columns = {}
    for text in texts:
        heading, equals, meant = (part.strip() for part in text.partition("="))
        if not (heading and equals and meant):
            raise UsageError(f"--column 的值“{text}”不是“文件里的列名=我们的列名”", "例：--column 缴费人名称=姓名")
        found = load_headings().field_of(meant)
        if found is None:
            near = load_headings().near(meant, list(load_headings().fields))
            hint = f"是不是：{near}？" if near else "我们的列名见 fcins manual 命令"
            raise UsageError(f"--column：没有“{meant}”这一列", hint)
        columns[heading] = found[0]
    return columns


def text_with_columns(folder: Path, columns: Mapping[str, str]) -> str:
    """The folder's headings.toml with headings → fields added; what else stands there stays. Raises InputError where
    they contradict what is known."""
    path = folder / FILE
    text = path.read_text(encoding="utf-8-sig") if path.exists() else _BEGINNING
    known = headings_of(folder)
    for heading, field in columns.items():
        if heading_key(heading) not in known._field_by_key or known._field_by_key[heading_key(heading)] != field:
            text = _with_word(text, field, heading)
    extended(packaged_headings(), text, str(path))
    return text


def write_words(folder: Path, text: str) -> None:
    """Make this the folder's headings.toml, whole or not at all."""
    with written_aside(folder / FILE) as (file, _):
        file.write(text.encode())


def _with_word(text: str, field: str, heading: str) -> str:
    """A TOML text with one more word of a field."""
    word = json.dumps(heading, ensure_ascii=False)
    table = re.search(r"^\[fields\][^\n]*\n", text, re.M)
    if table is None:
        return f"{text.rstrip()}\n\n[fields]\n{field} = [{word}]\n"
    rest = text[table.end() :]
    end = next((found.start() for found in re.finditer(r"^\[", rest, re.M)), len(rest))
    line = re.search(rf"^{field}\s*=\s*\[", rest[:end], re.M)
    if line is None:
        return f"{text[: table.end()]}{field} = [{word}]\n{rest}"
    return f"{text[: table.end()]}{rest[: line.end()]}{word}, {rest[line.end() :]}"


def _keys(columns: Mapping[str, str]) -> dict[str, str]:
    return {heading_key(heading): field for heading, field in columns.items()}


def _misshapen(headings: Headings, data: Mapping[str, Any]) -> list[str]:
    """What is not a list of words under a name that we know."""
    known = {"fields": headings.fields, "values": headings.values, "layout": headings.words, "rows": headings.words}
    problems = [f"[{name}]：不认识的表" for name in data if name not in _TABLES]
    problems += [f"[{name}]：要写成表" for name in data if not isinstance(data[name], dict)]
    for table, names in known.items() if not problems else ():
        for name, words in data.get(table, {}).items():
            lists = words if isinstance(words, dict) else {"": words}
            if name not in names:
                problems.append(f"[{table}] {name}：不认识的项目")
            elif not all(map(_is_words, lists.values())) or (table != "values" and "" not in lists):
                problems.append(f'[{table}] {name}：要写成一列词，例如 ["词"]')
            elif table == "values" and isinstance(words, dict):
                problems += [
                    f"[values.{name}] {each}：不认识的值" for each in words if each not in headings.values[name]
                ]
    return problems


def _is_words(words: Any) -> bool:
    return isinstance(words, list) and all(isinstance(word, str) and heading_key(word) for word in words)


def _with_fields(headings: Headings, more: Mapping[str, list[str]], problems: list[str]) -> Headings:
    by_key, fields = dict(headings._field_by_key), dict(headings.fields)
    for name, words in more.items():
        for word in words:
            owner = by_key.setdefault(heading_key(word), name)
            if owner != name:
                problems.append(f"[fields] {name}：“{word}”已经是{headings.canonical(owner)}的列名")
        fields[name] = (*fields[name], *words)
    return replace(headings, fields=fields, _field_by_key=by_key)


def _with_values(headings: Headings, more: Mapping[str, Any], problems: list[str]) -> Headings:
    values, plain = dict(headings.values), dict(headings.words)
    for kind, added in more.items():
        lists = added if isinstance(added, dict) else {next(iter(values[kind])): added}
        owners = {heading_key(word): value for value, words in values[kind].items() for word in words}
        for value, words in lists.items():
            for word in words:
                if owners.setdefault(heading_key(word), value) != value:
                    problems.append(f"[values.{kind}] {value}：“{word}”已经是{owners[heading_key(word)]}的说法")
            values[kind] = {**values[kind], value: (*values[kind][value], *words)}
        if kind in plain:
            plain[kind] = next(iter(values[kind].values()))
    return replace(headings, values=values, words=plain)
