"""The commands about rules: explain, policy show / check / diff, simulate, rollover. Parse, call, show."""

from pathlib import Path
from typing import Annotated

import typer

from fcins.cli import show_explain as show_rules
from fcins.cli import show_policies
from fcins.cli.chinese import ChineseCommand, ChineseGroup
from fcins.cli.options import Dated, Json, Quiet, Town, Verbose, Workspace, day

policy_app = typer.Typer(
    cls=ChineseGroup,
    help="看政策、查政策、比政策。用法见 fcins policy --help",
    rich_markup_mode=None,
    no_args_is_help=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Source = Annotated[
    str | None,
    typer.Argument(metavar="[名称或文件]", help="自带的政策名称，或一个.toml文件", show_default="工作区的政策"),
]
Other = Annotated[str, typer.Option("--policy", metavar="名称或文件", help="另一个政策", show_default=False)]


def explain_command(
    citizen_id: Annotated[
        str | None, typer.Argument(metavar="[公民身份号码]", help="要问的人", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="姓名", help="按姓名查找", show_default=False)] = None,
    town: Town = None,
    number: Annotated[
        int | None, typer.Option("--number", metavar="序号", help="同名的第几位", show_default=False)
    ] = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """说明一个人为什么应缴这些：资料、规定、金额、条款。例：fcins explain --name 王伟 --town 城关镇"""
    from fcins.commands import explain as explaining

    answer = explaining.explain_person(workspace, citizen_id=citizen_id, name=name, town=town, number=number)
    show_rules.explanation(answer, as_json=as_json, quiet=quiet)


@policy_app.command("show", cls=ChineseCommand)
def policy_show_command(
    source: Source = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="输出Markdown表格")] = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """把政策列成表，与文件逐条核对。例：fcins policy show --markdown"""
    from fcins.commands import policies as rule_commands

    show_policies.policy(rule_commands.policy_asked(workspace, source), markdown=markdown, as_json=as_json)


@policy_app.command("check", cls=ChineseCommand)
def policy_check_command(
    file: Annotated[str, typer.Argument(metavar="名称或文件", help="要检查的政策", show_default=False)],
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="文件", help="手算的案例（.toml），逐例核对", show_default=False)
    ] = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """检查政策文件，一次列出全部问题；可用手算的案例核对。例：fcins policy check 2025.toml --cases 案例.toml"""
    from fcins.commands import policies as rule_commands

    show_policies.checked(rule_commands.check_policy(file, cases), as_json=as_json, quiet=quiet)


@policy_app.command("diff", cls=ChineseCommand)
def policy_diff_command(
    before: Annotated[str, typer.Argument(metavar="政策甲", help="名称或文件", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="政策乙", help="名称或文件", show_default=False)],
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """两个政策有什么不同，用话说出来。例：fcins policy diff fengcheng-2024 fengcheng-2025"""
    from fcins.commands import policies as rule_commands

    show_policies.compared(rule_commands.compare_policies(before, after), as_json=as_json)


def simulate_command(
    policy: Other,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="目录", help="另写一个Excel文件到这里", show_default=False),
    ] = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """用另一个政策测算现有人员，不改动工作区。例：fcins simulate --policy fengcheng-2025 -o 测算"""
    from fcins.commands import policies as rule_commands

    result = rule_commands.simulate_policy(workspace, policy, out, day(dated))
    show_policies.simulation(result, as_json=as_json, quiet=quiet)


def rollover_command(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="下一年度的工作区放在哪里", show_default=False)],
    policy: Other,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """结转到下一年度的工作区，本年度的不变。例：fcins rollover ../2025 --policy fengcheng-2025"""
    from fcins.commands import rollover as year_turn

    show_policies.rollover(year_turn.rollover(workspace, folder, policy, day(dated)), as_json=as_json, quiet=quiet)
