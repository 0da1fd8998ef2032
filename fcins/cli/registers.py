"""fcins build-register, publicity-export: what a town collects by, and the notice of who has paid."""

from typing import TYPE_CHECKING, Annotated

import typer

from fcins import clock
from fcins.cli.options import All, Dated, Out, StrictLists, Town, command, day, one_or_all
from fcins.cli.screen import Screen, print_findings, print_table, say
from fcins.errors import UsageError
from fcins.figures import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.commands.registers import DocumentResult


@command("build-register")
def build_register(
    screen: Screen,
    town: Town = None,
    every: All = False,
    village: Annotated[
        str | None, typer.Option("--village", metavar="村", help="只要一个村（居）", show_default=False)
    ] = None,
    out: Out = None,
    dated: Dated = None,
    strict: StrictLists = False,
) -> None:
    """输出征收清册；名单没有收齐的，写明缺哪些。例：fcins build-register --town 城关镇 -o 输出"""
    from fcins.commands import registers

    one_or_all(town, every)
    if village and not town:
        raise UsageError("--village 要与 --town 一起用", "不同镇可能有同名的村，例：--town 城关镇 --village 东村")
    with screen.working() as watcher:
        result = registers.build_register(
            screen.workspace, town=town, village=village, out=out, dated=day(dated), watcher=watcher
        )
    _show(screen, result, strict=strict)


@command("publicity-export")
def publicity_export(
    screen: Screen,
    town: Town = None,
    every: All = False,
    out: Out = None,
    dated: Dated = None,
    strict: StrictLists = False,
) -> None:
    """输出缴费公示。例：fcins publicity-export --all -o 输出"""
    from fcins.commands import registers

    one_or_all(town, every)
    with screen.working() as watcher:
        result = registers.publicity_export(
            screen.workspace, town=town, out=out, dated=day(dated), today=clock.today(), watcher=watcher
        )
    _show(screen, result, strict=strict)


def _show(screen: Screen, result: "DocumentResult", *, strict: bool) -> None:
    """The figures and where the documents are. Exit code 3 with --strict where lists are missing."""
    for warning in result.warnings if not screen.quiet else []:
        say(f"提示：{warning}")
    screen.show(result, _table)
    if strict and result.missing:
        raise typer.Exit(3)


_FIGURES = {
    "town": "镇（街道）",
    "villages": "村居",
    "people": "人数",
    "medical_fen": "医保",
    "pension_fen": "养老",
    "personal_fen": "个人应缴",
}


def _table(result: "DocumentResult") -> None:
    """What the documents lack, for whom they were written, and what they add up to."""
    for notice in result.notices:
        print(f"{notice.code} {notice.text}")
    towns = [vars(town) for town in result.towns]
    names = list(towns[0])
    if len(towns) > 1:
        towns.append({"town": "合计", **{name: sum(town[name] for town in towns) for name in names[1:]}})
    rows = [[yuan(town[name]) if name.endswith("_fen") else town[name] for name in names] for town in towns]
    print_table([_FIGURES[name] for name in names], rows)
    if result.by_payer:
        payers = [
            [each.payer, SCHEME_NAMES[each.scheme], each.people, yuan(each.amount_fen)] for each in result.by_payer
        ]
        print_table(["出资方", "险种", "人数", "金额（元）"], payers)
    print_findings(result.findings)
