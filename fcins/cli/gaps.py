"""fcins gaps: who should be covered and is not."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen, print_table, say

if TYPE_CHECKING:
    from fcins.commands.gaps import GapsResult


@command("gaps")
def gaps(
    screen: Screen,
    town: Town = None,
    out: Out = None,
    unpaid: Annotated[bool, typer.Option("--unpaid", help="没有缴清的也列入；集中征缴期最后一天起不用加")] = False,
    dated: Dated = None,
) -> None:
    """输出疑似漏保名单，供入户走访；填好原因再用 import-roster 导入。例：fcins gaps --town 城关镇 -o 输出"""
    from fcins.commands.gaps import write_gaps

    with screen.working() as watcher:
        result = write_gaps(screen.workspace, town=town, out=out, unpaid=unpaid, dated=day(dated), watcher=watcher)
    screen.show(result, _table)


def _table(result: "GapsResult") -> None:
    """Who is not covered, by town and by why they matter."""
    if not result.unpaid:
        say("提示：集中征缴期还没有结束，只列没有参保登记的；没有缴清的也要列，加 --unpaid")
    rows: list[list[Any]] = [
        [each.town, each.villages, each.people, each.medical, each.pension, each.with_cause, each.without_cause]
        for each in result.towns
    ]
    if len(rows) > 1:
        rows.append(["合计", *(sum(column) for column in list(zip(*rows, strict=True))[1:])])
    print_table(["镇（街道）", "村居", "人数", "医保", "养老", "有原因", "无原因"], rows)
    for reason, people in result.by_reason.items():
        print(f"  {reason}　{people}人")
