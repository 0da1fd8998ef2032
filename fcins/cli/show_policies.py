"""How policies, their differences, a simulation and the year's turn look on a terminal."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from fcins.cli.screen import print_table, say
from fcins.results import SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.commands.policies import Checked, Compared, PolicyShown, SimulationResult
    from fcins.commands.rollover import RolloverResult


def policy(result: "PolicyShown") -> None:
    """Every rule with amount, payer, clause and reading, part by part."""
    for part, lines in groupby(result.lines, key=lambda line: line.part):
        print(f"\n【{part}】")
        columns = {"rule": "规定", "value": "标准", "payer": "出资方", "clause": "条款", "reading": "理解"}
        rows = [[getattr(line, column) for column in columns] for line in lines]
        kept = [at for at in range(len(columns)) if at < 2 or any(row[at] for row in rows)]
        print_table([list(columns.values())[at] for at in kept], [[row[at] for at in kept] for row in rows])


def markdown(result: "PolicyShown") -> None:
    """The same as Markdown."""
    from fcins.policy import differences as policy_words

    print(policy_words.markdown(result.policy), end="")


def checked(result: "Checked") -> None:
    """That a policy was found right."""
    found = result.policy
    print(f"{found.name}：没有发现问题（{found.title}）")
    if result.cases:
        print(f"{result.cases}个案例都与手算相符")


def compared(result: "Compared") -> None:
    """What the second policy says otherwise, part by part."""
    if not result.differences:
        print(f"{result.before} 与 {result.after} 没有不同")
    for part, group in groupby(result.differences, key=lambda each: each.part):
        print(f"【{part}】")
        for each in group:
            print(f"  {each.text}")


def simulation(result: "SimulationResult") -> None:
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


def rollover(result: "RolloverResult") -> None:
    """What went into next year's workspace, and what did not and why."""
    carried = result.carried
    print(f"已建立{result.fee_year}年度工作区 {result.workspace}，政策 {result.policy}")
    print(
        f"  户籍 {carried['households']}行，变动 {carried['changes']}行，名册中继续有效的 {carried['memberships']}人次"
    )
    rows: list[list[Any]] = [
        [line["name"], line["carried"], sum(line["left"].values()), _reasons(line["left"])]
        for line in result.by_category
    ]
    if rows:
        print_table(["人员类别", "结转", "不结转", "原因"], rows)
    print(
        f"  养老缴费档次建议 {result.proposed}人"
        + (f"；不建议：{_reasons(result.not_proposed)}" if result.not_proposed else "")
    )
    if result.rates:
        rates = [
            [
                line["town"], SCHEME_NAMES[line["scheme"]], line["liable"], line["covered"],
                f"{100 * line['covered'] / line['liable']:.1f}%" if line["liable"] else "",
                yuan(line["due_fen"]), yuan(line["received_fen"]),
            ]
            for line in result.rates
        ]  # fmt: skip
        print_table(["镇（街道）", "险种", "应参保", "已参保", "参保率", "个人应缴", "已收"], rates)
    print("不结转的：")
    for line in result.not_carried:
        print(f"  {line}")


def _reasons(left: dict[str, int]) -> str:
    return "、".join(f"{reason}{count}" for reason, count in left.items())
