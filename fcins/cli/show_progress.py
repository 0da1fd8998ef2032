"""What a person or a program sees of a bulletin, of a drop folder's files and of this morning."""

import sys
from typing import TYPE_CHECKING, Any

import typer

from fcins.cli import screen as show
from fcins.cli.screen import Screen
from fcins.results import SCHEME_NAMES, plain_yuan, yuan

if TYPE_CHECKING:
    import pandas as pd

    from fcins.commands.drop_folder import FolderResult
    from fcins.commands.progress import ProgressResult, TodayResult
    from fcins.documents.progress import Bulletin

_BAR = 20
_CODES = 4
_EVENTS = {"begins": "开始", "ends": "结束"}


def bulletin(result: "ProgressResult") -> None:
    """The bulletin's places with their rates."""
    from fcins.documents.progress import ranked

    told = result.bulletin
    print(
        f"{told.title}　截至{told.day.isoformat()}"
        + (f"　较上期（{told.previous.isoformat()}）" if told.previous else "")
    )
    headings = ["险种", "名次", told.place_heading, "应参保", "已参保", "参保缴费率"]
    headings += [""] if sys.stdout.isatty() else []
    headings += ["应缴", "实缴"] + (["比上年"] if told.has_last_year else []) + (["较上期"] if told.previous else [])
    rows = []
    for scheme, name in SCHEME_NAMES.items():
        for _, row in ranked(told.places, scheme).iterrows():
            rows.append([name, _text(row["rank"]), row[told.place], *_figures(told, row)])
        for _, row in ranked(told.found.whole, scheme).iterrows():
            rows.append([name, "", "合计", *_figures(told, row)])
    show.print_table(headings, rows)
    if len(told.gaps):
        counts = [int(told.gaps[name].sum()) for name in ("gaps", "with_cause", "without_cause")]
        print(f"疑似漏保 {counts[0]}人次：有原因 {counts[1]}，无原因 {counts[2]}")
    if told.pending_note:
        print(told.pending_note)


def _figures(told: "Bulletin", row: "pd.Series[Any]") -> list[Any]:
    """A place's figures; before a person with a bar for the rate."""
    rate = row["rate_bp"] if _text(row["rate_bp"]) else None
    cells = [row["liable"], row["covered"], "" if rate is None else f"{yuan(rate)}%"]
    if sys.stdout.isatty():
        cells.append("█" * ((rate or 0) * _BAR // 10_000))
    cells += [yuan(row["due_fen"]), yuan(row["received_fen"])]
    if told.has_last_year:
        cells.append(yuan(row["change_bp"]) if _text(row["change_bp"]) else "")
    if told.previous:
        cells.append(row["more_covered"])
    return cells


def _text(value: Any) -> str:
    """A figure, or nothing where it is not known."""
    return "" if str(value) == "<NA>" else str(value)


def folder(screen: Screen, result: "FolderResult", *, dry_run: bool, strict: bool) -> None:
    """What came of a folder's files. Exit code 4 where one could not be used: the others are in."""
    if screen.as_json:
        show.print_json(result.as_json())
    else:
        if result.imports:
            show.import_lines(screen, result.imports, dry_run)
        if screen.shows_tables:
            _folder(result)
        if result.failed:
            _failed(result)
    if result.failed:
        raise typer.Exit(4)
    if strict and any(each.rejected or each.control_total_ok is False for each in result.imports):
        raise typer.Exit(3)


def _folder(result: "FolderResult") -> None:
    if result.known:
        print(f"此前已导入、没有改动的文件：{len(result.known)}个")
    if result.unfinished:
        print(f"还在写入、留待下次的文件：{'、'.join(result.unfinished)}")
    if not any((result.imports, result.known, result.unfinished, result.failed)):
        print(f"{result.folder} 中没有文件")


def _failed(result: "FolderResult") -> None:
    done = f"，其余新文件{len(result.imports)}个已导入" if result.imports else ""
    show.say(f"错误：{result.folder} 中有{len(result.failed)}个文件没有导入{done}")
    for name, error in result.failed:
        own = error.message if error.message.startswith(name) else f"{name}：{error.message}"
        show.say(f"  {own}" + (f"\n    {error.hint}" if error.hint else ""))
    show.say("办法：更正后放回原处，下次自动导入；不要的请移走")


def morning(result: "TodayResult") -> None:
    """The morning list."""
    print(f"{result.day.isoformat()} 待办")
    if not result.has_news:
        print("今天没有新的事项")
    for event in result.dates:
        when = {0: "今天", 1: "明天"}.get(event["days"], f"{event['days']}天后")
        print(f"  {when}（{event['on'].isoformat()}）{event['what']}{_EVENTS[event['event']]}")
    if result.payable:
        print(f"\n今天满周岁，可以缴费了：{len(result.payable)}人")
        headings = ["镇（街道）", "村居", "组", "姓名", "公民身份号码", "医保", "养老"]
        who = ("town", "village", "group", "name", "citizen_id")
        rows = [[*(line[name] for name in who), *_amounts(line)] for line in result.payable]
        show.print_table(headings, rows)
    if result.files:
        print("\n昨天以来导入的文件")
        told = ("imported_at", "department", "file", "accepted", "duplicate", "rejected")
        rows = [["" if line[name] is None else line[name] for name in told] for line in result.files]
        show.print_table(["时间", "部门", "文件", "接受", "重复", "退回"], rows)
    if result.received:
        came = [
            f"{SCHEME_NAMES[line['scheme']]}{line['payments']}笔{plain_yuan(line['amount_fen'])}"
            for line in result.received
        ]
        print(f"\n昨天缴费：{'，'.join(came)}")
    if result.owing:
        people = sum(line["people"] for line in result.owing)
        print(f"\n现在可缴、还没有缴清：{people}人")
        rows = [[line["town"], line["people"], *_amounts(line)] for line in result.owing]
        show.print_table(["镇（街道）", "人数", "医保", "养老"], rows)
    if result.open:
        print("\n还没有解决的（退回的行，盖章人数不符的文件）")
        rows = [[line["department"], line["rows"], _codes(line["findings"]), "、".join(line["totals_off"])]
                for line in result.open]  # fmt: skip
        show.print_table(["部门", "退回", "问题", "盖章不符"], rows)


def _amounts(line: dict[str, Any]) -> list[str]:
    return [yuan(line["medical_fen"]), yuan(line["pension_fen"])]


def _codes(findings: dict[str, int]) -> str:
    """The most frequent codes."""
    most = sorted(findings, key=lambda code: -findings[code])[:_CODES]
    rest = "……" if len(findings) > _CODES else ""
    return " ".join(f"{code}×{findings[code]}" for code in most) + rest
