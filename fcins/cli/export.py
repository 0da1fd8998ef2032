"""fcins export, run: every document that the workspace can give; import what came, then that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fcins import clock
from fcins.cli.options import Dated, ForcedRoster, Out, PasswordFile, Strict, Town, command, day
from fcins.cli.receiving import AllOrNothing, AllTowns, Arrived, ReplacedByAll, Sure, end, print_received, receive
from fcins.cli.screen import Screen, print_json, print_table

if TYPE_CHECKING:
    from fcins.commands.export import ExportResult

Only = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="种类,种类",
        help="只要这些：registers、notices、feedback、gaps、reconciliation、funding、progress",
        show_default="全部",
    ),
]


@command("export")
def export(
    screen: Screen,
    town: Town = None,
    only: Only = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出全部文件和总览；内容没有变的不重写。例：fcins export -o 输出"""
    screen.show(_export(screen, town, only, out, dated), _table)


@command("run")
def run(
    screen: Screen,
    paths: Arrived,
    town: Town = None,
    only: Only = None,
    out: Out = None,
    dated: Dated = None,
    sure: Sure = False,
    replace: ReplacedByAll = False,
    all_towns: AllTowns = False,
    force: ForcedRoster = False,
    whole: AllOrNothing = False,
    password_file: PasswordFile = None,
    strict: Strict = False,
) -> None:
    """导入一个文件夹里的全部资料，再输出全部文件：import 加 export。例：fcins run 收件 -o 输出"""
    _check(screen, town, only, dated)
    received = receive(
        screen,
        paths,
        sure=sure,
        replace=replace,
        all_towns=all_towns,
        force=force,
        whole=whole,
        password_file=password_file,
    )
    if not screen.as_json:
        print_received(screen, received, planned_only=False)
    exported = _export(screen, town, only, out, dated)
    if screen.as_json:
        print_json({"command": "run", "import": received.as_json(), "export": exported.as_json()})
    else:
        screen.show(exported, _table)
    end(received, strict=strict)


def _check(screen: Screen, town: str | None, only: str | None, dated: str | None) -> None:
    """What cannot be meant is said before anything is imported."""
    from fcins.commands.export import kinds_named
    from fcins.commands.opening import town_name, workspace_policy

    kinds_named(only)
    day(dated)
    if town:
        town_name(workspace_policy(screen.workspace), town)


def _export(screen: Screen, town: str | None, only: str | None, out: Path | None, dated: str | None) -> "ExportResult":
    from fcins.commands import export as story

    with screen.working() as watcher:
        return story.export(
            screen.workspace,
            out=out,
            town=town,
            only=story.kinds_named(only),
            dated=day(dated),
            today=clock.today(),
            watcher=watcher,
        )


def _table(result: "ExportResult") -> None:
    """How many documents of each kind there are, and what could not be written."""
    from fcins.commands.export import KINDS

    for notice in result.notices:
        print(f"{notice.code} {notice.text}")
    print_table(
        ["文件", "份数", "写出", "没有变化"],
        [[KINDS[each.kind], each.documents, each.written, each.documents - each.written] for each in result.kinds],
    )
    for each in result.left_out:
        print(f"没有{KINDS[each.kind]}：{each.why}")
