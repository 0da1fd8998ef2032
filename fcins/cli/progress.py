"""The commands of the campaign's days: progress, today, and a folder of payments. Parse, call, show."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import show_progress
from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen
from fcins.errors import UsageError


@command("progress")
def progress(
    screen: Screen,
    town: Town = None,
    last_year: Annotated[
        Path | None,
        typer.Option(
            "--last-year", metavar="文件", help="上年参保情况表或上年的通报", show_default="结转时带来的上年数据"
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="日期", help="与哪一天的通报比", show_default="上一次通报的日期"),
    ] = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """缴费进度通报：统计到 --date 那天，有Excel和网页。例：fcins progress -o 输出 --date 2023-12-01"""
    from fcins.commands import progress as progress_commands

    with screen.working() as watcher:
        result = progress_commands.write_progress(
            screen.workspace,
            town=town,
            last_year=last_year,
            out=out,
            dated=day(dated),
            since=day(since, "--since"),
            watcher=watcher,
        )
    screen.show(result, show_progress.bulletin)


@command("today")
def today(
    screen: Screen,
    dated: Annotated[str | None, typer.Option("--date", metavar="日期", help="哪一天", show_default="今天")] = None,
) -> None:
    """今天要办的：谁可以缴费了、什么到期、昨天来了什么、什么没解决；-q 没有新事项就不出声。例：fcins today -q"""
    from fcins.commands import progress as progress_commands

    result = progress_commands.today(screen.workspace, day(dated) or date.today())
    if result.has_news:
        screen = replace(screen, quiet=False)  # -q is for cron: still where nothing is new, and only there
    screen.show(result, show_progress.morning)


def import_folder(screen: Screen, files: list[Path], *, dry_run: bool, strict: bool) -> None:
    """import-payments of a folder: every new file in it."""
    from fcins.commands import drop_folder

    if len(files) > 1:
        raise UsageError("文件夹要单独给出，不能与其他文件一起", "例：fcins import-payments 收件")
    with screen.working() as watcher:
        result = drop_folder.import_payments_folder(
            screen.workspace, files[0], watcher=watcher, now=time.time(), dry_run=dry_run
        )
    show_progress.folder(screen, result, dry_run=dry_run, strict=strict)
