"""Typer's own words in Chinese: they are fixed English in the library, and our users read Chinese."""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

_HELP = [
    (re.compile(r"^Usage: ", re.M), "用法："),
    (re.compile(r"^Options:$", re.M), "选项："),
    (re.compile(r"^Arguments:$", re.M), "参数："),
    (re.compile(r"^Commands:$", re.M), "命令："),
    (re.compile(r"\[OPTIONS\]"), "[选项]"),
    (re.compile(r"COMMAND \[ARGS\]\.\.\."), "命令 [参数]…"),
    (re.compile(r"Show this message and exit\."), "显示本说明"),
    (re.compile(r"\[required\]"), "[必填]"),
    (re.compile(r"\[default: "), "[默认："),
    (re.compile(r"\[env var: (\w+)[;,]? ?"), r"[环境变量：\1；"),
    (re.compile(r"；\]"), "]"),
    (re.compile(r"required\]"), "必填]"),
    (re.compile(r"(?:默认：|default: )\((.*?)\)\]"), r"默认：\1]"),
    (re.compile(r" <(?:list\[)?\w+\]?>"), ""),
    (re.compile(r"  \[x>=0\]"), ""),
    (re.compile(r"\{([^{}]*文件…)\}\.\.\."), r"\1"),
    (re.compile(r"\[\[(\w+)\]\]"), r"[\1]"),
]

_ERRORS = [
    (re.compile(r"No such option: (\S+).*", re.S), r"没有 \1 这个选项"),
    (re.compile(r"No such command '?(.+?)'?\..*", re.S), r"没有 \1 这个命令"),
    (re.compile(r"Missing argument '?(.+?)'?\.", re.S), r"缺少参数 \1"),
    (re.compile(r"Missing option '?(.+?)'?\.", re.S), r"缺少选项 \1"),
    (re.compile(r"Missing command\.?", re.S), "缺少命令"),
    (re.compile(r"Option '?(\S+?)'? requires an argument\.?", re.S), r"选项 \1 后面要有一个值"),
    (re.compile(r"Option '?(\S+?)'? does not take a value\.?", re.S), r"选项 \1 后面不能带值"),
    (re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", re.S), r"多出的参数：\1"),
    (
        re.compile(r"Invalid value for '?(.+?)'?: '?(.*?)'? is not a valid (?:integer|int)\b.*", re.S),
        r"\1 的值“\2”不是整数",
    ),
    (re.compile(r"Invalid value for '?(.+?)'?: (\S+) is not in the range .*", re.S), r"\1 的值 \2 超出范围"),
    (re.compile(r"Invalid value for '?(.+?)'?: Input should be .*", re.S), r"\1 要填整数，且不能太小或太大"),
    (re.compile(r"Invalid value for '?(.+?)'?: .*", re.S), r"\1 的值无法使用"),
]


def error_text(message: str) -> str:
    """A usage error of Typer in Chinese; as it came where it is an unknown one."""
    for pattern, chinese in _ERRORS:
        if pattern.fullmatch(message.strip()):
            return pattern.sub(chinese, message.strip())
    return f"命令用法不对：{message}"


def _help_text(text: str) -> str:
    for pattern, chinese in _HELP:
        text = pattern.sub(chinese, text)
    return text


class ChineseCommand(TyperCommand):
    """A command whose help is Chinese throughout."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _help_text(super().get_help(ctx))


class ChineseGroup(TyperGroup):
    """A group of commands whose help is Chinese throughout; commands stand in working order."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _help_text(super().get_help(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order they are used, not in that of the alphabet."""
        return list(self.commands)
