"""fcins feedback-export: the rows that departments get back."""

from typing import TYPE_CHECKING, Annotated

import typer

from fcins.cli.options import Dated, Out, Town, command, day
from fcins.cli.screen import Screen, print_findings, print_table

if TYPE_CHECKING:
    from fcins.commands.feedback import FeedbackResult


@command("feedback-export")
def feedback_export(
    screen: Screen,
    department: Annotated[
        str | None, typer.Option("--department", metavar="部门", help="一个部门", show_default="每个部门")
    ] = None,
    town: Town = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出给各部门的核查反馈。例：fcins feedback-export --department 区残联 -o 输出"""
    from fcins.commands import feedback

    with screen.working() as watcher:
        result = feedback.feedback_export(
            screen.workspace, department=department, town=town, out=out, dated=day(dated), watcher=watcher
        )
    screen.show(result, _table)


def _table(result: "FeedbackResult") -> None:
    """What each department gets back."""
    if result.departments:
        headings = ["部门", "文件", "读入", "接受", "重复", "退回", "待处理", "不一致", "漏报", "待核实"]
        rows = [
            [each.department, each.files, each.read, each.accepted, each.duplicate, each.rejected, each.open,
             each.differing, each.lacking, each.to_confirm]
            for each in result.departments
        ]  # fmt: skip
        print_table(headings, rows)
        done = [each.department for each in result.departments if each.asks_nothing]
        if done:
            print(f"没有退回的行，不必填写：{'、'.join(done)}")
    else:
        print("还没有部门报送过资料")
    print_findings(result.findings)
