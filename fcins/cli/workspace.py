"""fcins init, status, batches, withdraw: a workspace, what it holds, and taking an import back."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins import clock
from fcins.cli.options import command
from fcins.cli.screen import Screen, print_findings, print_table, say
from fcins.errors import UsageError
from fcins.figures import plain_yuan

if TYPE_CHECKING:
    from fcins.commands.workspace import BatchesResult, BatchLine, InitResult, StatusResult, Withdrawal, WithdrawResult


USUAL_POLICY = "fengcheng-2024"
"""Whose categories a file is looked at by where there is no workspace, and what a workspace is made with."""


@command("init")
def init(
    screen: Screen,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[目录]", help="工作区放在哪里", show_default="当前目录")
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="名称或文件", help="政策：自带的名称，或一个.toml文件")
    ] = USUAL_POLICY,
) -> None:
    """建立工作区。例：fcins init 2024 --policy fengcheng-2024"""
    from fcins.commands import workspace as story

    screen.show(story.init(folder or screen.workspace, policy), _made)


def _made(result: "InitResult") -> None:
    """That the workspace is there, and what comes next."""
    folder, policy = result.workspace, result.policy
    say(f"已建立工作区 {folder}：{policy.title}（{policy.document}）")
    say(f"政策在 {folder / 'policy.toml'}，下一步：fcins import-households 户籍人口.xlsx -w {folder}")


@command("status")
def status(
    screen: Screen,
) -> None:
    """看工作区里有什么，谁还没有报送，下一步做什么。例：fcins status -w 2024"""
    from fcins.commands import workspace as story

    screen.show(story.status(screen.workspace, clock.today()), _holdings)


def _holdings(result: "StatusResult") -> None:
    """What has not come, what the workspace holds, and what to do next."""
    from fcins.analysis.expected_lists import in_words

    print(f"未报送：{in_words(result.missing) or '没有，要报的名单都收到了'}")
    print(f"工作区 {result.workspace}　政策 {result.policy}　{result.fee_year}年度")
    print(f"户籍库 {result.people}人，其中正常 {result.listed}人")
    if result.towns:
        print_table(["镇（街道）", "村居", "人数"], [[each.town, each.villages, each.people] for each in result.towns])
    agrees = {True: "是", False: "否", None: ""}
    if result.departments:
        departments = [
            [each.department, each.name, each.files, each.people, each.open, agrees[each.control_total_ok],
             each.last_change]
            for each in result.departments
        ]  # fmt: skip
        print_table(["部门", "类别", "文件", "人数", "待处理", "盖章相符", "最近变动"], departments)
    if result.sources:
        sources = [
            [each.batch, "、".join(each.departments), each.file, each.accepted, each.duplicate, each.rejected,
             each.settled, each.open, "" if each.declared_total is None else each.declared_total, agrees[each.closes]]
            for each in result.sources
        ]  # fmt: skip
        print_table(["批次", "部门", "文件", "接受", "重复", "退回", "已处理", "待处理", "盖章", "相符"], sources)
    if result.differing:
        print(f"另有 {result.differing}行已接受，但与其他行的说法不一致，待部门核实")
    print_findings(result.findings)
    print("下一步：" if result.next else "下一步：没有，等新的资料")
    for step in result.next:
        print(f"  {step.what}：{step.run}")


@command("batches")
def batches(
    screen: Screen,
) -> None:
    """列出每一次导入：时间、用户、文件、核查结果、是否已撤回。例：fcins batches -w 2024"""
    from fcins.commands import workspace as story

    screen.show(story.batches(screen.workspace), _imports)


def _imports(result: "BatchesResult") -> None:
    """Every import: when, by whom, which file, how it was judged, and whether it still counts."""
    if not result.batches:
        print("还没有导入过文件")
    else:
        headings = ["批次", "时间", "用户", "类别", "文件", "SHA-256", "读入", "接受", "重复", "退回", "盖章", "状态"]
        print_table(headings, [_row(line) for line in result.batches])


def _row(line: "BatchLine") -> list[Any]:
    counts = (line.read, line.accepted, line.duplicate, line.rejected, line.declared_total)
    shown = ["" if count is None else count for count in counts]
    who = (line.batch, line.imported_at, line.imported_by)
    return [*who, line.what, line.file, line.sha256[:12], *shown, _state(line)]


def _state(line: "BatchLine") -> str:
    if not line.live:
        return f"已撤回（{_when_and_by_whom(line)}）"
    # Several new lists may have cut it.
    cut = "；".join(f"其中{each.rows}行已撤回（{_when_and_by_whom(each)}）" for each in line.cut)
    return cut or "有效"


def _when_and_by_whom(line: "BatchLine | Withdrawal") -> str:
    by = f"，由批次{line.replaced_by}替换" if line.replaced_by else ""
    return f"{line.withdrawn_at} {line.withdrawn_by}{by}"


@command("withdraw")
def withdraw(
    screen: Screen,
    batch: Annotated[int, typer.Argument(metavar="批次", help="fcins batches 列出的批次", show_default=False)],
    sure: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
) -> None:
    """撤回一批导入的全部内容。例：fcins withdraw 3"""
    from fcins.commands import workspace as story

    if not sure:
        with screen.working() as watcher:
            foreseen = story.withdraw(screen.workspace, batch, watcher=watcher, keep=False)
        for line in _losses(foreseen):
            say(line)
        if not can_ask():
            raise UsageError(f"撤回批次{batch}（{foreseen.file}）要确认", "看清楚是哪一批后，加 --yes 再运行")
        if not _agreed(batch):
            raise UsageError(f"没有确认，批次{batch}没有撤回", "要撤回的，再运行一次，输入 y")
    with screen.working() as watcher:
        result = story.withdraw(screen.workspace, batch, watcher=watcher)
    screen.show(result, _withdrawn)


def can_ask() -> bool:
    """Whether there is a person at a terminal whom we can ask."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _agreed(batch: int) -> bool:
    """Ask on the terminal; whether the answer is yes."""
    print(f"确实要撤回批次{batch}吗？是的输入 y：", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")


def _withdrawn(result: "WithdrawResult") -> None:
    """What was taken back, and who lost what by it."""
    print("\n".join([*_losses(result), "已撤回；同一个文件可以再导入"]))


def _losses(result: "WithdrawResult") -> list[str]:
    """What goes with a batch, and who loses what."""
    lines = [f"批次{result.batch}　{result.file}　{result.what}　{result.rows}行"]
    for loss in result.losses:
        money = f"，共{plain_yuan(loss.amount_fen)}" if loss.amount_fen is not None else ""
        lines.append(f"  {loss.what}减少 {loss.people}人{money}")
    return lines if result.losses else [*lines, "  没有人因此失去什么"]
