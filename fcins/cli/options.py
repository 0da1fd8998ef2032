"""What a command is to Typer: the four options that every command has, those that several share, and their values."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins.cli.screen import Screen
from fcins.errors import UsageError
from fcins.words_in_force import words_from

if TYPE_CHECKING:
    from fcins.headings import Headings

SHARED = {
    "workspace": Annotated[
        Path,
        typer.Option(
            "-w", "--workspace", metavar="目录", envvar="FCINS_WORKSPACE", help="工作区", show_default="当前目录"
        ),
    ],
    "as_json": Annotated[bool, typer.Option("--json", help="在标准输出给出一个JSON对象，别无其他")],
    "quiet": Annotated[bool, typer.Option("-q", "--quiet", help="只说错误")],
    "verbose": Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            help="说得详细些：用时、每个问题的位置，出错时程序的调用位置；-qv 只说这些和错误",
        ),
    ],
}
"""The four options of every command, by the names they have in a Screen."""


@dataclass
class Call:
    """The command that runs and its options, which say how an error is shown. Empty until Typer has read the line."""

    name: str = ""
    screen: Screen | None = None


@dataclass(frozen=True)
class Command:
    """A command as the line names it, and what Typer calls: its own options, then the four of every command."""

    name: str
    run: Callable[..., None]


def command(name: str) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function that takes a Screen, then its own options."""

    def declare(story: Callable[..., None]) -> Command:
        def run(context: typer.Context, **values: Any) -> None:
            screen = Screen(**{option: values.pop(option) for option in SHARED})
            context.obj.name, context.obj.screen = context.command_path.partition(" ")[2], screen
            with words_from(lambda: _words_of(screen.workspace)):
                story(screen, **values)

        # Typer reads the signature, the annotations and the docstring.
        own = list(inspect.signature(story).parameters.values())[1:]
        first = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)
        shared = [
            Parameter(option, Parameter.KEYWORD_ONLY, default=getattr(Screen, option), annotation=kind)
            for option, kind in SHARED.items()
        ]
        parameters = [first, *(each.replace(kind=Parameter.KEYWORD_ONLY) for each in own), *shared]
        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        run.__doc__ = story.__doc__
        return Command(name, run)

    return declare


def _words_of(folder: Path) -> "Headings":
    from fcins.store.own_words import headings_of

    return headings_of(folder)


Strict = Annotated[bool, typer.Option("--strict", help="有退回的行或盖章人数不符时，退出码为3")]
StrictLists = Annotated[bool, typer.Option("--strict", help="有名单没有收到时，退出码为3")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只核查，不写入工作区")]
Files = Annotated[
    list[Path], typer.Argument(metavar="文件…", help="xlsx、xls、ods、csv等，或装着它们的zip", show_default=False)
]
Replaced = Annotated[bool, typer.Option("--replace", help="新的全部名单：同类原有的撤回")]
Forced = Annotated[bool, typer.Option("--force", help="与 --replace 一起用：减少超过五分之一也替换")]
ForcedRoster = Annotated[bool, typer.Option("--force", help="替换、取消超过五分之一的人也照办")]
KindStated = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="种类",
        help="文件的种类，不用程序自己认：households、changes、roster、enrolment、payments",
        show_default="程序自己认",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="列名=我们的列名", help="把文件里的一列当作我们的哪一列；可以写几次", show_default=False
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="文件", help="工作簿的密码，一行一个", show_default=False),
]
ColumnsKept = Annotated[bool, typer.Option("--keep-columns", help="与 --column 一起用：以后都这样读")]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="目录", help="输出到哪里", show_default="工作区下的out")
]
Town = Annotated[str | None, typer.Option("--town", metavar="镇", help="一个镇（街道）", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="全部镇（街道）；不写 --town 也是全部")]
OtherPolicy = Annotated[str, typer.Option("--policy", metavar="名称或文件", help="另一个政策", show_default=False)]
Dated = Annotated[
    str | None, typer.Option("--date", metavar="日期", help="文件上的日期", show_default="最近一批导入的日期")
]


def passwords_in(path: Path | None) -> tuple[str, ...]:
    """The passwords of --password-file, one on each line. Raises UsageError for a file that cannot be read."""
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--password-file：{path} 不能读取", "一行写一个密码，存为 UTF-8") from error
    return tuple(line for line in lines if line)


def one_or_all(town: str | None, every: bool) -> None:
    """Not both of --town and --all; without either it is all."""
    if town and every:
        raise UsageError("--town 是一个镇（街道），--all 是全部，只能写一个", "例：--town 城关镇")


def whole_list(replace: bool, town: str | None, every: bool) -> None:
    """A roster that replaces says of which town, or of all; --all-towns goes with --replace only."""
    if replace and bool(town) == every:
        raise UsageError(
            "--replace 要说明替换哪里的名单：要么用 --town 指定一个镇（街道），要么用 --all-towns",
            "例：--replace --town 城关镇",
        )
    if not replace and every:
        raise UsageError("--all-towns 要与 --replace 一起用", "补充名单不用加，直接导入")


def whole_households(replace: bool, town: str | None, force: bool) -> None:
    """--town and --force of the households go with --replace only; without --town it is the whole district."""
    if not replace and (town or force):
        raise UsageError(f"{'--town' if town else '--force'} 要与 --replace 一起用", "补充名单不用加，直接导入")


def head_count(text: str | None) -> int | None:
    """--declared-total as a number of people."""
    if text is None:
        return None
    from fcins.workbooks.totals import MOST_PEOPLE

    if not text.isascii() or not text.isdigit() or int(text) > MOST_PEOPLE:
        raise UsageError(f"--declared-total 的值“{text}”不是人数", "例：--declared-total 1287")
    return int(text)


def day(text: str | None, option: str = "--date") -> date | None:
    """--date, or another option, as a date."""
    if text is None:
        return None
    from fcins.values import read_date

    found = read_date(text)
    if len(found) != 10:
        raise UsageError(f"{option} 的值“{text}”不是日期", f"例：{option} 2023-12-25")
    return date.fromisoformat(found)
