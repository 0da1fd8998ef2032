"""The command that gives departments their rows back: parse, call, show."""

from typing import Annotated

import typer

from fcins.cli import screen as show
from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen


@command("feedback-export")
def feedback_export(
    screen: Screen,
    department: Annotated[
        str | None, typer.Option("--department", metavar="部门", help="一个部门", show_default="每个部门")
    ] = None,
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出给各部门的核查反馈。例：fcins feedback-export --department 区残联 -o 输出"""
    from fcins.commands import feedback as feedback_commands

    with screen.working() as watcher:
        result = feedback_commands.feedback_export(
            screen.workspace, department=department, town=town, out=out, dated=day(dated), watcher=watcher
        )
    screen.show(result, show.feedback)
