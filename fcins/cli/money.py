"""The commands about money: reconcile, funding. Parse, call, show."""

from fcins.cli import show_money
from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen


@command("reconcile")
def reconcile(
    screen: Screen,
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """对账：缴费与应缴逐人核对，退费清单，代办员核对。例：fcins reconcile -o 输出"""
    from fcins.commands import money as money_commands

    with screen.working() as watcher:
        result = money_commands.reconcile_payments(
            screen.workspace, town=town, out=out, dated=day(dated), watcher=watcher
        )
    screen.show(result, show_money.reconciled)


@command("funding")
def funding(
    screen: Screen,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """资金需求：各出资方按对象、镇街应付多少，其中已参保的多少。例：fcins funding -o 输出"""
    from fcins.commands import money as money_commands

    with screen.working() as watcher:
        result = money_commands.funding_needed(screen.workspace, out=out, dated=day(dated), watcher=watcher)
    screen.show(result, show_money.funded)
