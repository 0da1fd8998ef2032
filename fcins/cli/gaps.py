"""The command that lists who should be covered and is not: parse, call, show."""

from typing import Annotated

import typer

from fcins.cli import show_gaps
from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen


@command("gaps")
def gaps(
    screen: Screen,
    town: Town = None,
    out: Out = None,
    unpaid: Annotated[bool, typer.Option("--unpaid", help="没有缴清的也列入；集中征缴期最后一天起不用加")] = False,
    dated: Dated = None,
) -> None:
    """输出疑似漏保名单，供入户走访；填好原因再用 import-roster 导入。例：fcins gaps --town 城关镇 -o 输出"""
    from fcins.commands import gaps as gap_commands

    with screen.working() as watcher:
        result = gap_commands.gaps(
            screen.workspace, town=town, out=out, unpaid=unpaid, dated=day(dated), watcher=watcher
        )
    screen.show(result, show_gaps.gaps)
