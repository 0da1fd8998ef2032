"""The commands about what the workspace holds: batches, withdraw, verify. Parse, call, show."""

from typing import Annotated

import typer

from fcins.cli import show_batches
from fcins.cli.options import command
from fcins.cli.screen import Screen
from fcins.errors import UsageError


@command("batches")
def batches(
    screen: Screen,
) -> None:
    """列出每一次导入：时间、用户、文件、核查结果、是否已撤回。例：fcins batches -w 2024"""
    from fcins.commands import workspace as batch_commands

    screen.show(batch_commands.batches(screen.workspace), show_batches.batches)


@command("withdraw")
def withdraw(
    screen: Screen,
    batch: Annotated[int, typer.Argument(metavar="批次", help="fcins batches 列出的批次", show_default=False)],
    sure: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
) -> None:
    """撤回一批导入的全部内容。例：fcins withdraw 3"""
    from fcins.commands import workspace as batch_commands

    if not sure:
        with screen.working() as watcher:
            foreseen = batch_commands.withdraw(screen.workspace, batch, watcher=watcher, keep=False)
        show_batches.foreseen(foreseen)
        if not show_batches.can_ask():
            raise UsageError(f"撤回批次{batch}（{foreseen.file}）要确认", "看清楚是哪一批后，加 --yes 再运行")
        if not show_batches.agreed(batch):
            raise UsageError(f"没有确认，批次{batch}没有撤回", "要撤回的，再运行一次，输入 y")
    with screen.working() as watcher:
        result = batch_commands.withdraw(screen.workspace, batch, watcher=watcher)
    screen.show(result, show_batches.withdrawn)


@command("verify")
def verify(
    screen: Screen,
) -> None:
    """逐项核对整个工作区：行数、金额、条款、合计、SHA-256；有不符的退出码为6。例：fcins verify -w 2024"""
    from fcins.commands import verify as story

    with screen.working() as watcher:
        result = story.verify_workspace(screen.workspace, watcher)
    show_batches.verified(screen, result)
