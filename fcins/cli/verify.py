"""fcins verify: what must always hold, proved on the whole workspace."""

from typing import TYPE_CHECKING

import typer

from fcins.cli.options import command
from fcins.cli.screen import Screen, print_json

if TYPE_CHECKING:
    from fcins.commands.verify import Check

_MOST_PLACES = 20


@command("verify")
def verify(
    screen: Screen,
) -> None:
    """逐项核对整个工作区：行数、金额、条款、合计、SHA-256；有不符的退出码为6。例：fcins verify -w 2024"""
    from fcins.commands.verify import verify_workspace

    with screen.working() as watcher:
        result = verify_workspace(screen.workspace, watcher)
    if screen.as_json:
        print_json(result.as_json())
    else:
        _checks([check for check in result.checks if not (screen.quiet and check.ok)])
    if not result.ok:
        raise typer.Exit(6)


def _checks(checks: "list[Check]") -> None:
    """What was checked, with counts, and every place where it does not hold."""
    for check in checks:
        print(f"{'相符' if check.ok else '不符'}　{check.what}（{check.count}项）")
        for place in check.places[:_MOST_PLACES]:
            print(f"      {place}")
        if len(check.places) > _MOST_PLACES:
            print(f"      ……共{len(check.places)}处，--json 列出全部")
