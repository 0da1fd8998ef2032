"""What a person or a program sees of every import there was, and of taking one back."""

import sys
from typing import TYPE_CHECKING, Any

import typer

from fcins.cli.screen import Screen, print_json, print_table, say
from fcins.results import plain_yuan

if TYPE_CHECKING:
    from fcins.commands.verification import Check
    from fcins.commands.verify import VerifyResult
    from fcins.commands.workspace import BatchesResult, WithdrawResult

_MOST_PLACES = 20
_COUNTS = ("read", "accepted", "duplicate", "rejected", "declared_total")


def batches(result: "BatchesResult") -> None:
    """Every import: when, by whom, which file, how it was judged, and whether it still counts."""
    if not result.batches:
        print("还没有导入过文件")
    else:
        headings = ["批次", "时间", "用户", "类别", "文件", "SHA-256", "读入", "接受", "重复", "退回", "盖章", "状态"]
        print_table(headings, [_row(line) for line in result.batches])


def _row(line: dict[str, Any]) -> list[Any]:
    names = ("batch", "imported_at", "imported_by", "what", "file")
    counts = ["" if line[name] is None else line[name] for name in _COUNTS]
    return [*(line[name] for name in names), line["sha256"][:12], *counts, _state(line)]


def _state(line: dict[str, Any]) -> str:
    if not line["live"]:
        return f"已撤回（{_told(line)}）"
    # Cut by several new lists it says so of each.
    cut = "；".join(f"其中{each['rows']}行已撤回（{_told(each)}）" for each in line["cut"])
    return cut or "有效"


def _told(noted: dict[str, Any]) -> str:
    by = f"，由批次{noted['replaced_by']}替换" if noted["replaced_by"] else ""
    return f"{noted['withdrawn_at']} {noted['withdrawn_by']}{by}"


def can_ask() -> bool:
    """Whether somebody sits there to be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def foreseen(result: "WithdrawResult") -> None:
    """What would go, and who would lose what, before it is done."""
    for line in _lines(result):
        say(line)


def agreed(batch: int) -> bool:
    """Whether who is asked wants it."""
    print(f"确实要撤回批次{batch}吗？是的输入 y：", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")


def withdrawn(result: "WithdrawResult") -> None:
    """What was taken back, and who lost what by it."""
    print("\n".join([*_lines(result), "已撤回；同一个文件可以再导入"]))


def verified(screen: Screen, result: "VerifyResult") -> None:
    """What was checked, with counts, and every place where it does not hold; then exit code 6."""
    if screen.as_json:
        print_json(result.as_json())
    else:
        _checks([check for check in result.checks if not (screen.quiet and check.ok)])
    if not result.ok:
        raise typer.Exit(6)


def _checks(checks: "list[Check]") -> None:
    for check in checks:
        print(f"{'相符' if check.ok else '不符'}　{check.what}（{check.count}项）")
        for place in check.places[:_MOST_PLACES]:
            print(f"      {place}")
        if len(check.places) > _MOST_PLACES:
            print(f"      ……共{len(check.places)}处，--json 列出全部")


def _lines(result: "WithdrawResult") -> list[str]:
    lines = [f"批次{result.batch}　{result.file}　{result.what}　{result.rows}行"]
    for loss in result.losses:
        money = f"，共{plain_yuan(loss['amount_fen'])}" if loss["amount_fen"] is not None else ""
        lines.append(f"  {loss['what']}减少 {loss['people']}人{money}")
    return lines if result.losses else [*lines, "  没有人因此失去什么"]
