"""The command that gives departments their rows back: parse, call, show."""

from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import screen as show
from fcins.cli.options import Dated, Json, Out, Quiet, Town, Verbose, Workspace, day


def feedback_export_command(
    department: Annotated[
        str | None, typer.Option("--department", metavar="部门", help="一个部门", show_default="每个部门")
    ] = None,
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """输出给各部门的核查反馈。例：fcins feedback-export --department 区残联 -o 输出"""
    from fcins.commands import feedback as feedback_commands

    with show.progress(quiet or as_json, verbose) as watcher:
        result = feedback_commands.feedback_export(
            workspace, department=department, town=town, out=out, dated=day(dated), watcher=watcher
        )
    show.feedback(result, as_json=as_json, quiet=quiet)
