"""The command that lists who should be covered and is not: parse, call, show."""

from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import screen as show
from fcins.cli import show_gaps
from fcins.cli.options import Dated, Json, Out, Quiet, Town, Verbose, Workspace, day


def gaps_command(
    town: Town = None,
    out: Out = None,
    unpaid: Annotated[bool, typer.Option("--unpaid", help="没有缴清的也列入；集中征缴期最后一天起不用加")] = False,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """输出疑似漏保名单，供入户走访；填好原因再用 import-roster 导入。例：fcins gaps --town 城关镇 -o 输出"""
    from fcins.commands import gaps as gap_commands

    with show.progress(quiet or as_json, verbose) as watcher:
        result = gap_commands.gaps(workspace, town=town, out=out, unpaid=unpaid, dated=day(dated), watcher=watcher)
    show_gaps.gaps(result, as_json=as_json, quiet=quiet)
