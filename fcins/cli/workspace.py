"""The commands about what the workspace holds: batches, withdraw, verify. Parse, call, show."""

from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import screen as show
from fcins.cli import show_batches
from fcins.cli.options import Json, Quiet, Verbose, Workspace
from fcins.errors import UsageError


def batches_command(
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """列出每一次导入：时间、用户、文件、核查结果、是否已撤回。例：fcins batches -w 2024"""
    from fcins.commands import workspace as batch_commands

    show_batches.batches(batch_commands.batches(workspace), as_json=as_json)


def withdraw_command(
    batch: Annotated[int, typer.Argument(metavar="批次", help="fcins batches 列出的批次", show_default=False)],
    sure: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """撤回一批导入的全部内容。例：fcins withdraw 3"""
    from fcins.commands import workspace as batch_commands

    if not sure:
        with show.progress(quiet or as_json, verbose) as watcher:
            foreseen = batch_commands.withdraw(workspace, batch, watcher=watcher, keep=False)
        show_batches.foreseen(foreseen)
        if not show_batches.can_ask():
            raise UsageError(f"撤回批次{batch}（{foreseen.file}）要确认", "看清楚是哪一批后，加 --yes 再运行")
        if not show_batches.agreed(batch):
            raise UsageError(f"没有确认，批次{batch}没有撤回", "要撤回的，再运行一次，输入 y")
    with show.progress(quiet or as_json, verbose) as watcher:
        result = batch_commands.withdraw(workspace, batch, watcher=watcher)
    show_batches.withdrawn(result, as_json=as_json, quiet=quiet)


def verify_command(
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """逐项核对整个工作区：行数、金额、条款、合计、SHA-256；有不符的退出码为6。例：fcins verify -w 2024"""
    from fcins.commands import verify as story

    with show.progress(quiet or as_json, verbose) as watcher:
        result = story.verify_workspace(workspace, watcher)
    show_batches.verified(result, as_json=as_json, quiet=quiet)
