"""The commands about rules: explain, policy show / check / diff, simulate, rollover. Parse, call, show."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import show_explain as show_rules
from fcins.cli import show_policies
from fcins.cli.options import Dated, Town, command, day
from fcins.cli.screen import Screen

Source = Annotated[
    str | None,
    typer.Argument(metavar="[名称或文件]", help="自带的政策名称，或一个.toml文件", show_default="工作区的政策"),
]
Other = Annotated[str, typer.Option("--policy", metavar="名称或文件", help="另一个政策", show_default=False)]


@command("explain")
def explain(
    screen: Screen,
    citizen_id: Annotated[
        str | None, typer.Argument(metavar="[公民身份号码]", help="要问的人", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="姓名", help="按姓名查找", show_default=False)] = None,
    town: Town = None,
    number: Annotated[
        int | None, typer.Option("--number", metavar="序号", help="同名的第几位", show_default=False)
    ] = None,
) -> None:
    """说明一个人为什么应缴这些：资料、规定、金额、条款。例：fcins explain --name 王伟 --town 城关镇"""
    from fcins.commands import explain as explaining

    found = explaining.explain_person(screen.workspace, citizen_id=citizen_id, name=name, town=town, number=number)
    if isinstance(found, explaining.Candidates):
        # Nobody was explained: that is said under -q, too.
        replace(screen, quiet=False).show(found, show_rules.candidates)
    else:
        screen.show(found, show_rules.explained)


@command("show")
def show(
    screen: Screen,
    source: Source = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="输出Markdown表格")] = False,
) -> None:
    """把政策列成表，与文件逐条核对。例：fcins policy show --markdown"""
    from fcins.commands import policies as rule_commands

    result = rule_commands.show_policy(screen.workspace, source)
    screen.show(result, show_policies.markdown if markdown else show_policies.policy)


@command("check")
def check(
    screen: Screen,
    file: Annotated[str, typer.Argument(metavar="名称或文件", help="要检查的政策", show_default=False)],
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="文件", help="手算的案例（.toml），逐例核对", show_default=False)
    ] = None,
) -> None:
    """检查政策文件，一次列出全部问题；可用手算的案例核对。例：fcins policy check 2025.toml --cases 案例.toml"""
    from fcins.commands import policies as rule_commands

    screen.show(rule_commands.check_policy(file, cases), show_policies.checked)


@command("diff")
def diff(
    screen: Screen,
    before: Annotated[str, typer.Argument(metavar="政策甲", help="名称或文件", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="政策乙", help="名称或文件", show_default=False)],
) -> None:
    """两个政策有什么不同，用话说出来。例：fcins policy diff fengcheng-2024 fengcheng-2025"""
    from fcins.commands import policies as rule_commands

    screen.show(rule_commands.compare_policies(before, after), show_policies.compared)


@command("simulate")
def simulate(
    screen: Screen,
    policy: Other,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="目录", help="另写一个Excel文件到这里", show_default=False),
    ] = None,
    dated: Dated = None,
) -> None:
    """用另一个政策测算现有人员，不改动工作区。例：fcins simulate --policy fengcheng-2025 -o 测算"""
    from fcins.commands import policies as rule_commands

    screen.show(rule_commands.simulate_policy(screen.workspace, policy, out, day(dated)), show_policies.simulation)


@command("rollover")
def rollover(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="目录", help="下一年度的工作区放在哪里", show_default=False)],
    policy: Other,
    dated: Dated = None,
) -> None:
    """结转到下一年度的工作区，本年度的不变。例：fcins rollover ../2025 --policy fengcheng-2025"""
    from fcins.commands import rollover as year_turn

    screen.show(year_turn.rollover(screen.workspace, folder, policy, day(dated)), show_policies.rollover)
