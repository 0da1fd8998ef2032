"""What a person or a program sees: results on stdout, messages and progress on stderr. All the printing is here."""

import json
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from fcins.commands.opening import Watcher


class Answer(Protocol):
    """What a command gives back. One that has written documents says where: `files`."""

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""


AnyAnswer = TypeVar("AnyAnswer", bound=Answer)


@dataclass(frozen=True)
class Screen:
    """Under which of the four shared options a command runs, and how its answer is shown under them."""

    workspace: Path = Path()
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def shows_tables(self) -> bool:
        """Whether results are printed for a person to read."""
        return not self.as_json and not self.quiet

    @property
    def shows_places(self) -> bool:
        """Whether every finding is printed with its place, also under -q: that is what -qv is for."""
        return self.verbose and not self.as_json

    def show(self, result: AnyAnswer, table: Callable[[AnyAnswer], None]) -> None:
        """JSON alone; or nothing; or the table, then where the documents are."""
        if self.as_json:
            print_json(result.as_json())
        elif not self.quiet:
            table(result)
            for path in getattr(result, "files", ()):
                print(path)

    @contextmanager
    def working(self) -> "Iterator[Watcher]":
        """A watcher that shows the work: a progress bar on stderr if a person looks, else nothing but waiting.

        With -v it says at the end what each stage took.
        """
        from fcins.commands.opening import Watcher

        stages = _Stages()
        if not self.shows_tables or not sys.stderr.isatty():
            yield Watcher(say=say, step=stages.begin)
        else:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("", total=None)

                def step(text: str, number: int, total: int) -> None:
                    stages.begin(text, number, total)
                    bar.update(task, description=text, completed=number, total=total)

                yield Watcher(say=bar.console.print, step=step)
        if self.verbose:
            stages.say_all()


def print_findings(findings: dict[str, int]) -> None:
    """How many findings of each code there are."""
    from fcins.findings import CATALOGUE

    for code, count in findings.items():
        print(f"  {code} {count:>6}  {CATALOGUE[code].problem}")


def print_table(headings: list[str], rows: list[list[Any]]) -> None:
    """A table, figures to the right: folded to fit a terminal, never cut; piped, plain lines that are not folded."""
    right = [all(_is_figure(row[number]) for row in rows) for number in range(len(headings))]
    if not sys.stdout.isatty():
        lines = [headings, *([str(value) for value in row] for row in rows)]
        widths = [max(map(columns, texts)) for texts in zip(*lines, strict=True)]
        plain = [_line(line, widths, right) for line in lines]
        print("\n".join([plain[0], "─" * (sum(widths) + len(_GAP) * (len(widths) - 1)), *plain[1:]]))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading, figures in zip(headings, right, strict=True):
        table.add_column(heading, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row))
    Console(file=sys.stdout, highlight=False).print(table)


_GAP = "   "


def _line(texts: list[str], widths: list[int], right: list[bool]) -> str:
    padded = []
    for text, width, figures in zip(texts, widths, right, strict=True):
        blank = " " * (width - columns(text))
        padded.append(blank + text if figures else text + blank)
    return _GAP.join(padded).rstrip()


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Han character two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _is_figure(value: Any) -> bool:
    return value == "" or str(value).removesuffix("%").replace(".", "", 1).lstrip("-").isdigit()


class _Stages:
    """What each stage of a command took, and the most memory held by its end. A stage: steps of the same first word."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._peaks: dict[str, str] = {}
        self._stage, self._begun = "准备", time.perf_counter()

    def begin(self, text: str, number: int, total: int) -> None:
        """A step begins, and with it, maybe, a stage."""
        now = time.perf_counter()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0) + now - self._begun
        self._peaks[self._stage] = peak_memory()
        self._stage, self._begun = text.split()[0], now

    def say_all(self) -> None:
        """Say what each took, in order."""
        self.begin("完", 0, 0)
        for stage, seconds in self._seconds.items():
            say(f"  {stage} {seconds:.1f}秒{self._peaks[stage]}")


def peak_memory() -> str:
    """The most memory that this process held so far, and the largest of the processes it started, if it did.

    "" where the system does not say (Windows).
    """
    try:
        import resource
    except ImportError:
        return ""
    own, started = (
        resource.getrusage(whose).ru_maxrss // (1024 if sys.platform != "darwin" else 1024**2)
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return f"，内存最多 {own} MiB" + (f"，另起的进程各最多 {started} MiB" if started else "")


def say(text: str) -> None:
    """A message, on stderr."""
    print(text, file=sys.stderr)


def print_json(answer: dict[str, Any]) -> None:
    """One JSON object on stdout."""
    print(json.dumps(answer, ensure_ascii=False))
