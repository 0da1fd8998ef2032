"""fcins export: every document that the workspace can give."""

from typing import TYPE_CHECKING, Annotated

import typer

from fcins import clock
from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen, print_table

if TYPE_CHECKING:
    from fcins.commands.export import ExportResult


@command("export")
def export(
    screen: Screen,
    town: Town = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="种类,种类",
            help="只要这些：registers、notices、feedback、gaps、reconciliation、funding、progress",
            show_default="全部",
        ),
    ] = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出全部文件和总览；内容没有变的不重写。例：fcins export -o 输出"""
    from fcins.commands import export as story

    kinds = story.kinds_named(only)
    with screen.working() as watcher:
        result = story.export(
            screen.workspace,
            out=out,
            town=town,
            only=kinds,
            dated=day(dated),
            today=clock.today(),
            watcher=watcher,
        )
    screen.show(result, _table)


def _table(result: "ExportResult") -> None:
    """How many documents of each kind there are, and what could not be written."""
    from fcins.commands.export import KINDS

    print_table(
        ["文件", "份数", "写出", "没有变化"],
        [[KINDS[each.kind], each.documents, each.written, each.documents - each.written] for each in result.kinds],
    )
    for each in result.left_out:
        print(f"没有{KINDS[each.kind]}：{each.why}")
