"""fcins rollover: next year's workspace."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins.cli.options import Dated, OtherPolicy, command, day
from fcins.cli.screen import Screen, print_table
from fcins.figures import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.commands.rollover import RolloverResult


@command("rollover")
def rollover(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="目录", help="下一年度的工作区放在哪里", show_default=False)],
    policy: OtherPolicy,
    dated: Dated = None,
) -> None:
    """结转到下一年度的工作区，本年度的不变。例：fcins rollover ../2025 --policy fengcheng-2025"""
    from fcins.commands.rollover import roll_over

    screen.show(roll_over(screen.workspace, folder, policy, day(dated)), _table)


def _table(result: "RolloverResult") -> None:
    """What went into next year's workspace, and what did not and why."""
    carried = result.carried
    print(f"已建立{result.fee_year}年度工作区 {result.workspace}，政策 {result.policy}")
    print(f"  户籍 {carried.households}行，变动 {carried.changes}行，名册中继续有效的 {carried.memberships}人次")
    rows: list[list[Any]] = [
        [each.name, each.carried, sum(each.left.values()), _reasons(each.left)] for each in result.by_category
    ]
    if rows:
        print_table(["人员类别", "结转", "不结转", "原因"], rows)
    print(
        f"  养老缴费档次建议 {result.proposed}人"
        + (f"；不建议：{_reasons(result.not_proposed)}" if result.not_proposed else "")
    )
    if result.rates:
        rates = [
            [
                each.town, SCHEME_NAMES[each.scheme], each.liable, each.covered,
                f"{100 * each.covered / each.liable:.1f}%" if each.liable else "",
                yuan(each.due_fen), yuan(each.received_fen),
            ]
            for each in result.rates
        ]  # fmt: skip
        print_table(["镇（街道）", "险种", "应参保", "已参保", "参保率", "个人应缴", "已收"], rates)
    print("不结转的：")
    for line in result.not_carried:
        print(f"  {line}")


def _reasons(left: dict[str, int]) -> str:
    return "、".join(f"{reason}{count}" for reason, count in left.items())
