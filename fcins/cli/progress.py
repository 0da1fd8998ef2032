"""fcins progress: how far each town and village has come."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen, print_table
from fcins.figures import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    import pandas as pd

    from fcins.analysis.bulletin import Bulletin
    from fcins.commands.progress import ProgressResult

_BAR = 20


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
    from fcins.commands.progress import write_progress

    with screen.working() as watcher:
        result = write_progress(
            screen.workspace,
            town=town,
            last_year=last_year,
            out=out,
            dated=day(dated),
            since=day(since, "--since"),
            watcher=watcher,
        )
    screen.show(result, _table)


def _table(result: "ProgressResult") -> None:
    """The bulletin's places with their rates."""
    from fcins.documents.progress import ranked

    bulletin = result.bulletin
    print(
        f"{bulletin.title}　截至{bulletin.day.isoformat()}"
        + (f"　较上期（{bulletin.previous.isoformat()}）" if bulletin.previous else "")
    )
    headings = ["险种", "名次", bulletin.place_heading, "应参保", "已参保", "参保缴费率"]
    headings += [""] if sys.stdout.isatty() else []
    headings += ["应缴", "实缴"]
    headings += (["比上年"] if bulletin.has_last_year else []) + (["较上期"] if bulletin.previous else [])
    rows = []
    for scheme, name in SCHEME_NAMES.items():
        for _, row in ranked(bulletin.places, scheme).iterrows():
            rows.append([name, _text(row["rank"]), row[bulletin.place], *_figures(bulletin, row)])
        for _, row in ranked(bulletin.found.whole, scheme).iterrows():
            rows.append([name, "", "合计", *_figures(bulletin, row)])
    print_table(headings, rows)
    if len(bulletin.gaps):
        counts = [int(bulletin.gaps[name].sum()) for name in ("gaps", "with_cause", "without_cause")]
        print(f"疑似漏保 {counts[0]}人次：有原因 {counts[1]}，无原因 {counts[2]}")
    for note in bulletin.uncounted_notes:
        print(note)


def _figures(bulletin: "Bulletin", row: "pd.Series[Any]") -> list[Any]:
    """A place's figures; before a person with a bar for the rate."""
    rate = row["rate_bp"] if _text(row["rate_bp"]) else None
    cells = [row["liable"], row["covered"], "" if rate is None else f"{yuan(rate)}%"]
    if sys.stdout.isatty():
        cells.append("█" * ((rate or 0) * _BAR // 10_000))
    cells += [yuan(row["due_fen"]), yuan(row["received_fen"])]
    if bulletin.has_last_year:
        cells.append(yuan(row["change_bp"]) if _text(row["change_bp"]) else "")
    if bulletin.previous:
        cells.append(row["more_covered"])
    return cells


def _text(value: Any) -> str:
    """A figure, or nothing where it is not known."""
    return "" if str(value) == "<NA>" else str(value)
