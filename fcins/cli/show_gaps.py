"""What a person or a program sees of gaps written."""

from typing import TYPE_CHECKING

from fcins.cli.screen import print_table, say

if TYPE_CHECKING:
    from fcins.commands.gaps import GapsResult


def gaps(result: "GapsResult") -> None:
    """Who is not covered, by town and by why they matter."""
    if not result.unpaid:
        say("提示：集中征缴期还没有结束，只列没有参保登记的；没有缴清的也要列，加 --unpaid")
    rows = [list(line.values()) for line in result.towns]
    if len(rows) > 1:
        rows.append(["合计", *(sum(column) for column in list(zip(*rows, strict=True))[1:])])
    print_table(["镇（街道）", "村居", "人数", "医保", "养老", "有原因", "无原因"], rows)
    for reason, people in result.by_reason.items():
        print(f"  {reason}　{people}人")
