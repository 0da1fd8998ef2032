"""fcins reconcile, funding: the payments against what was due, and what each payer must find."""

from typing import TYPE_CHECKING

from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen, print_table
from fcins.figures import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.commands.money import FundingResult, ReconcileResult


@command("reconcile")
def reconcile(
    screen: Screen,
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """对账：缴费与应缴逐人核对，退费清单，代办员核对。例：fcins reconcile -o 输出"""
    from fcins.commands.money import reconcile_payments

    with screen.working() as watcher:
        result = reconcile_payments(screen.workspace, town=town, out=out, dated=day(dated), watcher=watcher)
    screen.show(result, _reconciled)


def _reconciled(result: "ReconcileResult") -> None:
    """Payments against what was due: by status, what goes back, what agents are to be asked, and whether it closes."""
    for heading, named_sums in (("状态", result.by_status), ("标记", result.flags)):
        rows = [[name, sums.people, yuan(sums.due_fen), yuan(sums.amount_fen)] for name, sums in named_sums.items()]
        print_table([heading, "人数", "应缴", "实缴"], rows)
    back, others, agents = result.refunds, result.other_years, result.agents
    print(f"应退 {back.people}人 {yuan(back.amount_fen)}元")
    print(f"其他年度 {others.people}人 {yuan(others.amount_fen)}元")
    print(
        f"代办员：滞留 {agents.held}笔 {yuan(agents.held_amount_fen)}元，"
        f"超标准收费 {agents.overcharged}人次 {yuan(agents.overcharged_amount_fen)}元"
    )
    for line in result.closing:
        print(line)


@command("funding")
def funding(
    screen: Screen,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """资金需求：各出资方按对象、镇街应付多少，其中已参保的多少。例：fcins funding -o 输出"""
    from fcins.commands.money import funding_needed

    with screen.working() as watcher:
        result = funding_needed(screen.workspace, out=out, dated=day(dated), watcher=watcher)
    screen.show(result, _funded)


def _funded(result: "FundingResult") -> None:
    """What each payer must find; ground by ground it stands in the workbook."""
    rows = [
        [each.payer, SCHEME_NAMES[each.scheme], each.people, yuan(each.amount_fen), each.covered_people,
         yuan(each.covered_fen)]
        for each in result.payers
    ]  # fmt: skip
    print_table(["出资方", "险种", "人数", "应付", "其中已参保", "已参保的应付"], rows)
