"""fcins explain: why one person owes what they owe."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins.cli.options import Town, command
from fcins.cli.screen import Screen, print_table, say
from fcins.figures import KIND_NAMES, SCHEME_NAMES, yuan

if TYPE_CHECKING:
    from fcins.analysis.explanation import ExplainedFact, Explanation, Resident
    from fcins.analysis.row_history import RowHistory
    from fcins.commands.explain import Candidates

_ROLES = {"personal": "个人缴", "paid_by_others": "他方出资", "credit": "记入账户", "grant": "参保补助"}

_VERDICTS = {"accepted": "接受", "duplicate": "重复", "rejected": "退回", "corrected": "已更正"}

_OUTCOMES = {"applied": "适用", "lost": "让位", "unmet": "不符合"}


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
    from fcins.commands.explain import Candidates, explain_person

    found = explain_person(screen.workspace, citizen_id=citizen_id, name=name, town=town, number=number)
    if isinstance(found, Candidates):
        # Nobody was explained. That went wrong, so -q says it, too.
        replace(screen, quiet=False).show(found, _candidates)
    else:
        screen.show(found, _explained)


def _candidates(answer: "Candidates") -> None:
    """Whom a name may mean, and how to say which of them."""
    from fcins.headings import HEAD

    say(f"叫“{answer.name}”的有{len(answer.people)}位：加 --town 缩小范围，或用 --number 指明第几位")
    rows = [list(vars(each).values()) for each in answer.people]
    headings = ["序号", "公民身份号码", "姓名", "性别", "镇街", "村居", HEAD, "关系", "户籍状态", "年龄"]
    print_table(headings, rows)


def _explained(answer: "Explanation") -> None:
    """Why a person owes what they owe, the one sentence first."""
    from fcins.analysis.explanation import Resident

    print(answer.sentence)
    if isinstance(answer.person, Resident):
        _person(answer.person)
    _titled("资料", ["类别", "内容", "文件", "工作表", "行", "核查", "代码"], [_fact(each) for each in answer.facts])
    rules = [
        [SCHEME_NAMES[each.scheme], each.rule, _OUTCOMES[each.outcome],
         yuan(each.amount_fen) if each.amount_fen else "", each.why, each.clause]
        for each in answer.rules
    ]  # fmt: skip
    _titled("逐条对照", ["险种", "规定", "结果", "金额", "理由", "条款"], rules)
    charges = [
        [SCHEME_NAMES[each.scheme], _ROLES[each.role], each.payer, yuan(each.amount_fen), each.ground, each.clause]
        for each in answer.charges
    ]  # fmt: skip
    _titled("金额（元）", ["险种", "性质", "出资方", "金额", "依据", "条款"], charges)
    sentences = [(each.clause, each.sentence) for each in answer.charges]
    readings = [(each.clause, each.reading) for each in answer.charges]
    for title, quotes in (("原文", sentences), ("理解", readings)):
        for clause, text in dict.fromkeys(quotes):
            if text:
                print(f"{title}（{clause}）：{text}")
    if answer.pay_from:
        print(f"可缴费日期 {answer.pay_from}：{answer.pay_from_why}")
    for finding in answer.findings:
        place = f"{finding.file} › {finding.sheet} › 第{finding.row}行"
        print(f"核查结果 {finding.code} {place}：{finding.problem}。{finding.advice}")

    for row in answer.history:
        _history(row)


def _history(row: "RowHistory") -> None:
    """One returned row and what was answered to it, on one line."""
    place = f"{row.file} › {row.sheet} › 第{row.row}行"
    steps = [f"{place} {row.name} {row.citizen_id} {' '.join(row.codes)}".rstrip()]
    for step in row.steps:
        note = f"（{step.note}）" if step.note not in ("", step.answer) else ""
        where = verdict = ""
        if step.corrected:
            where = f" › {step.corrected.sheet} › 第{step.corrected.row}行"
            verdict = f"：{_VERDICTS[step.corrected.verdict]}" if step.corrected.verdict else ""
        steps.append(f"{step.answer}{note} 批次{step.batch} {step.file}{where}{verdict}")
    if row.by_name:
        steps.append("同名，号码有误，尚未处理")
    print(f"退回的行 {' → '.join(steps)}")


def _person(person: "Resident") -> None:
    words = [person.name, person.citizen_id, person.sex, f"{person.age}周岁", person.town, person.village]
    words += [f"户主{person.household_head}" if person.household_head else "", person.relation]
    words += [person.residency, person.status, person.categories]
    print("　".join(word for word in words if word))


def _fact(fact: "ExplainedFact") -> list[Any]:
    verdict = _VERDICTS[fact.verdict]
    return [KIND_NAMES[fact.kind], fact.statement, fact.file, fact.sheet, fact.row, verdict, " ".join(fact.findings)]


def _titled(title: str, headings: list[str], rows: list[list[Any]]) -> None:
    if rows:
        print(f"\n【{title}】")
        print_table(headings, rows)
