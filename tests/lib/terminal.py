"""What a page shows of a terminal, run: `    $ fcins …` lines and the output below each."""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import typer

from fcins.cli import main as cli

LEFT_OUT = "…"


class Shown(NamedTuple):
    """A command as a page shows it, and the lines of output below it."""

    command: str
    lines: list[str]


def shown(page: str) -> Iterator[Shown]:
    """The commands of a page's indented blocks, in order."""
    for block in re.findall(r"(?:^ {4}.*\n(?:\n(?= {4}))?)+", page, re.M):
        first, *commands = re.split(r"^ {4}\$ ", block, flags=re.M)
        assert not first or not commands, f"lines before the first command: {first}"
        for each in commands:
            command, *lines = each.rstrip("\n").split("\n")
            yield Shown(command, [line[4:] for line in lines])


def type_in(command: str) -> tuple[int, list[str]]:
    """Run `fcins …` or `export NAME=VALUE` in this process: the exit code, and what came on both streams."""
    words = shlex.split(command)
    if words[0] == "export":
        name, value = words[1].split("=", 1)
        os.environ[name] = value
        return 0, []
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = cli.run(words[1:])
    return code, out.getvalue().splitlines()


def difference(lines: list[str], real: list[str]) -> str:
    """The first line of a page that the real output does not have in its place; "" if there is none.

    A line of `…` stands for any number of lines, `…` within a line for any text.
    """
    at, free = 0, False
    for line in lines:
        if line.strip() == LEFT_OUT:
            free = True
            continue
        pattern = re.compile(".*".join(map(re.escape, line.rstrip().split(LEFT_OUT))))
        candidates = range(at, len(real) if free else min(at + 1, len(real)))
        found = next((place for place in candidates if pattern.fullmatch(real[place].rstrip())), None)
        if found is None:
            return f"{line!r} is not there; real: {real[at : at + 3]}"
        at, free = found + 1, False
    return "" if free or at == len(real) else f"nothing shown of {real[at : at + 3]}"


def commands_of() -> dict[str, Any]:
    """Every command of the program by its name, those of a group as `policy show`."""

    def flat(commands: dict[str, Any], before: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, command in commands.items():
            inner = getattr(command, "commands", None)
            found |= flat(inner, f"{before}{name} ") if inner else {before + name: command}
        return found

    return flat(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
