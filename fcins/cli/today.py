"""fcins today: what there is to do this morning."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from fcins import clock
from fcins.cli.options import command, day
from fcins.cli.screen import Screen, print_table
from fcins.figures import SCHEME_NAMES, plain_yuan, yuan

if TYPE_CHECKING:
    from fcins.analysis.today import Debtor, TownDebts
    from fcins.commands.today import TodayResult

_CODES = 4
_EVENTS = {"begins": "开始", "ends": "结束"}


@command("today")
def today(
    screen: Screen,
    dated: Annotated[str | None, typer.Option("--date", metavar="日期", help="哪一天", show_default="今天")] = None,
) -> None:
    """今天要办的：谁可以缴费了、什么到期、昨天来了什么、什么没解决；-q 没有新事项就不出声。例：fcins today -q"""
    from fcins.commands import today as story

    result = story.today(screen.workspace, day(dated) or clock.today())
    if result.has_news:
        screen = replace(screen, quiet=False)  # -q is for cron: still where nothing is new, and only there
    screen.show(result, _list)


def _list(result: "TodayResult") -> None:
    """The morning list."""
    print(f"{result.day.isoformat()} 待办：{_in_short(result)}")
    for ahead in result.dates:
        when = {0: "今天", 1: "明天"}.get(ahead.days, f"{ahead.days}天后")
        print(f"  {when}（{ahead.on.isoformat()}）{ahead.what}{_EVENTS[ahead.event]}")
    if result.missing:
        print("\n还没有报送的名单")
        lists = [
            [department, name, "、".join(towns), due.isoformat(), f"{late}天" if late else ""]
            for (department, name, due, late), towns in _by_list(result).items()
        ]
        print_table(["部门", "名单", "镇（街道）", "最迟", "逾期"], lists)
    if result.payable:
        print(f"\n今天满周岁，可以缴费了：{len(result.payable)}人")
        headings = ["镇（街道）", "村居", "组", "姓名", "公民身份号码", "医保", "养老"]
        rows = [
            [each.town, each.village, each.group, each.name, each.citizen_id, *_amounts(each)]
            for each in result.payable
        ]
        print_table(headings, rows)
    if result.imported:
        print("\n昨天以来导入的文件")
        files = [
            [each.imported_at, "、".join(each.departments), each.file,
             *("" if count is None else count for count in (each.accepted, each.duplicate, each.rejected))]
            for each in result.imported
        ]  # fmt: skip
        print_table(["时间", "部门", "文件", "接受", "重复", "退回"], files)
    if result.received:
        sums = [
            f"{SCHEME_NAMES[each.scheme]}{each.payments}笔{plain_yuan(each.amount_fen)}" for each in result.received
        ]
        print(f"\n昨天缴费：{'，'.join(sums)}")
    if result.owing:
        people = sum(debts.people for debts in result.owing)
        print(f"\n现在可缴、还没有缴清：{people}人")
        print_table(
            ["镇（街道）", "人数", "医保", "养老"],
            [[debts.town, debts.people, *_amounts(debts)] for debts in result.owing],
        )
    if result.open:
        print("\n还没有解决的（退回的行，与其他行不一致的行，盖章人数不符的文件）")
        print_table(
            ["部门", "退回", "问题", "不一致", "盖章不符"],
            [
                [work.department, work.rows, _codes(work.findings), work.differing or "", "、".join(work.totals_off)]
                for work in result.open
            ],
        )


def _in_short(result: "TodayResult") -> str:
    """How much there is of each thing that the list goes on to tell."""
    late = sum(1 for _, _, _, days in _by_list(result) if days)
    sizes = {
        "{}个日期临近": len(result.dates),
        f"{{}}份名单没有报送{f'（逾期{late}份）' if late else ''}": len(_by_list(result)),
        "{}人今天可以缴费了": len(result.payable),
        "新导入{}个文件": len(result.imported),
        "昨天缴费{}笔": sum(payments.payments for payments in result.received),
        "{}人没有缴清": sum(debts.people for debts in result.owing),
        "{}个部门有问题没有解决": len(result.open),
    }
    parts = [text.format(size) for text, size in sizes.items() if size]
    if result.has_news:
        return "，".join(parts)
    return "没有新的事项" + (f"，仍有{'，'.join(parts)}" if parts else "")


def _by_list(result: "TodayResult") -> dict[tuple[str, str, date, int], list[str]]:
    """Department, name, due day and days late of each list that has not come → the towns that lack it."""
    lists: dict[tuple[str, str, date, int], list[str]] = {}
    for each in result.missing:
        key = (each.department, each.name, each.due, each.late_days(result.day))
        lists.setdefault(key, []).extend([each.town] if each.town else [])
    return lists


def _amounts(debts: "Debtor | TownDebts") -> list[str]:
    return [yuan(debts.medical_fen), yuan(debts.pension_fen)]


def _codes(findings: dict[str, int]) -> str:
    """The most frequent codes."""
    most = sorted(findings, key=lambda code: -findings[code])[:_CODES]
    rest = "……" if len(findings) > _CODES else ""
    return " ".join(f"{code}×{findings[code]}" for code in most) + rest
