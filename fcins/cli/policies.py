"""fcins policy show, policy check, policy diff, simulate: the rules, and what other ones would cost."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fcins.cli.options import Dated, OtherPolicy, command, day
from fcins.cli.screen import Screen, print_table, say
from fcins.figures import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.commands.policies import Checked, Compared, PolicyShown, SimulationResult


Source = Annotated[
    str | None,
    typer.Argument(metavar="[名称或文件]", help="自带的政策名称，或一个.toml文件", show_default="工作区的政策"),
]


@command("show")
def show(
    screen: Screen,
    source: Source = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="输出Markdown表格")] = False,
) -> None:
    """把政策列成表，与文件逐条核对。例：fcins policy show --markdown"""
    from fcins.commands import policies

    result = policies.show_policy(screen.workspace, source)
    screen.show(result, _markdown if markdown else _policy)


def _policy(result: "PolicyShown") -> None:
    """Every rule with amount, payer, clause and reading, part by part."""
    for part, lines in groupby(result.lines, key=lambda line: line.part):
        print(f"\n【{part}】")
        columns = {"rule": "规定", "value": "标准", "payer": "出资方", "clause": "条款", "reading": "理解"}
        rows = [[getattr(line, column) for column in columns] for line in lines]
        kept = [at for at in range(len(columns)) if at < 2 or any(row[at] for row in rows)]
        print_table([list(columns.values())[at] for at in kept], [[row[at] for at in kept] for row in rows])


def _markdown(result: "PolicyShown") -> None:
    """The same as Markdown."""
    from fcins.policy import differences as policy_words

    print(policy_words.markdown(result.policy), end="")


@command("check")
def check(
    screen: Screen,
    file: Annotated[str, typer.Argument(metavar="名称或文件", help="要检查的政策", show_default=False)],
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="文件", help="手算的案例（.toml），逐例核对", show_default=False)
    ] = None,
) -> None:
    """检查政策文件，一次列出全部问题；可用手算的案例核对。例：fcins policy check 2025.toml --cases 案例.toml"""
    from fcins.commands import policies

    screen.show(policies.check_policy(file, cases), _checked)


def _checked(result: "Checked") -> None:
    """That a policy was found right."""
    found = result.policy
    print(f"{found.name}：没有发现问题（{found.title}）")
    if result.cases:
        print(f"{result.cases}个案例都与手算相符")


@command("diff")
def diff(
    screen: Screen,
    before: Annotated[str, typer.Argument(metavar="政策甲", help="名称或文件", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="政策乙", help="名称或文件", show_default=False)],
) -> None:
    """两个政策有什么不同，用话说出来。例：fcins policy diff fengcheng-2024 fengcheng-2025"""
    from fcins.commands import policies

    screen.show(policies.compare_policies(before, after), _compared)


def _compared(result: "Compared") -> None:
    """What the second policy says otherwise, part by part."""
    if not result.differences:
        print(f"{result.before} 与 {result.after} 没有不同")
    for part, group in groupby(result.differences, key=lambda each: each.part):
        print(f"【{part}】")
        for each in group:
            print(f"  {each.text}")


@command("simulate")
def simulate(
    screen: Screen,
    policy: OtherPolicy,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="目录", help="另写一个Excel文件到这里", show_default=False),
    ] = None,
    dated: Dated = None,
) -> None:
    """用另一个政策测算现有人员，不改动工作区。例：fcins simulate --policy fengcheng-2025 -o 测算"""
    from fcins.commands import policies

    screen.show(policies.simulate_policy(screen.workspace, policy, out, day(dated)), _simulation)


def _simulation(result: "SimulationResult") -> None:
    """Who would pay more or less, and what each payer would bear."""
    found, total = result.found, result.found.total
    print(
        f"{result.present} → {result.other}：{total['people']}人中有{total['affected']}人的应缴或出资方有变化；"
        f"少缴{total['pays_less']}人，共{yuan(total['saved_fen'])}元；多缴{total['pays_more']}人，共{yuan(total['added_fen'])}元；"
        f"个人应缴合计差额{_signed(total['difference_fen'])}元"
    )
    for note in result.notes:
        say(f"提示：{note}")
    payers = [
        [
            SCHEME_NAMES[line["scheme"]], line["payer"], line["people_before"], line["people_after"],
            yuan(line["before_fen"]), yuan(line["after_fen"]), _signed(line["difference_fen"]),
        ]
        for line in found.by_payer.to_dict("records")
    ]  # fmt: skip
    print_table(["险种", "出资方", "现行人数", "测算人数", "现行金额", "测算金额", "差额（元）"], payers)
    for by, heading, frame in (("town", "镇（街道）", found.by_town), ("age_band", "年龄段", found.by_age)):
        rows = [
            [
                line[by], line["people"], line["affected"], line["pays_less"], line["pays_more"],
                yuan(line["before_fen"]), yuan(line["after_fen"]), _signed(line["difference_fen"]),
            ]
            for line in frame.to_dict("records")
        ]  # fmt: skip
        headings = [heading, "人数", "有变化", "少缴", "多缴", "现行个人应缴", "测算个人应缴", "差额（元）"]
        print_table(headings, rows)


def _signed(fen: int) -> str:
    return f"{'+' if fen > 0 else ''}{yuan(fen)}"
