"""The commands about money: reconcile, funding. Parse, call, show."""

from pathlib import Path

from fcins.cli import screen as show
from fcins.cli import show_money
from fcins.cli.options import Dated, Json, Out, Quiet, Town, Verbose, Workspace, day


def reconcile_command(
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """对账：缴费与应缴逐人核对，退费清单，代办员核对。例：fcins reconcile -o 输出"""
    from fcins.commands import money as money_commands

    with show.progress(quiet or as_json, verbose) as watcher:
        result = money_commands.reconcile_payments(workspace, town=town, out=out, dated=day(dated), watcher=watcher)
    show_money.reconciled(result, as_json=as_json, quiet=quiet)


def funding_command(
    out: Out = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """资金需求：各出资方按对象、镇街应付多少，其中已参保的多少。例：fcins funding -o 输出"""
    from fcins.commands import money as money_commands

    with show.progress(quiet or as_json, verbose) as watcher:
        result = money_commands.funding_needed(workspace, out=out, dated=day(dated), watcher=watcher)
    show_money.funded(result, as_json=as_json, quiet=quiet)
