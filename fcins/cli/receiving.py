"""fcins import: everything that came in a folder, an archive or some files; what it is, and what became of it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from fcins.cli.importing import print_judged
from fcins.cli.options import ForcedRoster, PasswordFile, Strict, command, passwords_in
from fcins.cli.screen import Screen, print_json, print_table, say
from fcins.cli.workspace import can_ask
from fcins.errors import UsageError

if TYPE_CHECKING:
    from fcins.analysis.receiving import Planned
    from fcins.commands.receiving import Inbox, ReceivingResult
    from fcins.policy.loading import Policy

    Given = dict[str, dict[str, str]]

Understood = TypeVar("Understood")

DOES = {
    "add": "导入",
    "replace": "替换",
    "answer": "导入答复",
    "known": "此前已导入",
    "left": "不导入",
    "unsure": "不能确定",
    "failed": "不能用",
}
"""What is done with a file, as the plan says it."""

_ALL = "全部"

Arrived = Annotated[
    list[Path],
    typer.Argument(
        metavar="文件夹或文件…", help="文件夹（连同下面的文件夹）、文件，或装着它们的zip", show_default=False
    ),
]
Sure = Annotated[bool, typer.Option("--yes", help="不询问：能确定的才导入")]
ReplacedByAll = Annotated[bool, typer.Option("--replace", help="已有同类名单的，都是新的全部名单：替换")]
AllTowns = Annotated[bool, typer.Option("--all-towns", help="与 --replace 一起用：替换全部镇（街道）的")]
AllOrNothing = Annotated[bool, typer.Option("--all-or-nothing", help="有一个文件不能导入，就都不导入")]


@command("import")
def import_all(
    screen: Screen,
    paths: Arrived,
    plan: Annotated[bool, typer.Option("--plan", help="只说怎么办，不导入")] = False,
    sure: Sure = False,
    replace: ReplacedByAll = False,
    all_towns: AllTowns = False,
    force: ForcedRoster = False,
    whole: AllOrNothing = False,
    password_file: PasswordFile = None,
    strict: Strict = False,
) -> None:
    """导入一个文件夹里的全部资料，各是什么由程序认。例：fcins import 收件"""
    result = receive(
        screen,
        paths,
        plan=plan,
        sure=sure,
        replace=replace,
        all_towns=all_towns,
        force=force,
        whole=whole,
        password_file=password_file,
    )
    if screen.as_json:
        print_json(result.as_json())
    else:
        print_received(screen, result, planned_only=plan)
    end(result, strict=strict)


def receive(
    screen: Screen,
    paths: list[Path],
    *,
    plan: bool = False,
    sure: bool,
    replace: bool,
    all_towns: bool,
    force: bool,
    whole: bool,
    password_file: Path | None,
) -> "ReceivingResult":
    """Show the plan of everything that came in, ask on a terminal about what is open, and import it (or only plan)."""
    from fcins.analysis.receiving import Orders
    from fcins.commands.receiving import look_through, of_plan
    from fcins.commands.taking_in import take_in

    if all_towns and not replace:
        raise UsageError("--all-towns 要与 --replace 一起用", "补充名单不用加，直接导入")
    passwords, orders = passwords_in(password_file), Orders(replace, all_towns)
    with screen.working() as watcher:
        inbox = look_through(screen.workspace, paths, watcher=watcher, passwords=passwords)
    planned, answers = inbox.plan(orders, {}), dict[str, dict[str, str]]()
    if screen.shows_tables:
        _plan(planned, inbox)
        if not (plan or sure) and can_ask():
            answers = _ask(planned, lambda given: inbox.plan(orders, given), inbox.policy)
            before, planned = planned, inbox.plan(orders, answers)
            _table([each for each in planned if each not in before], inbox.policy)
    if plan:
        return of_plan(inbox, planned)
    with screen.working() as watcher:
        return take_in(
            screen.workspace,
            inbox,
            planned,
            answers,
            watcher=watcher,
            force=force,
            all_or_nothing=whole,
            passwords=passwords,
        )


def end(result: "ReceivingResult", *, strict: bool) -> None:
    """End with the exit code of what came in: 4 where something stays out, 3 with `strict` where rows went back."""
    if result.stays_out:
        raise typer.Exit(4)
    if strict and any(each.rejected or each.control_total_ok is False for each in result.imports):
        raise typer.Exit(3)


# ── the plan ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _plan(planned: "list[Planned]", inbox: "Inbox") -> None:
    """What each file is, how sure that is and why, and what is done with it."""
    _table(planned, inbox.policy)
    by_reason: dict[str, list[str]] = {}
    for each in inbox.found.left:
        by_reason.setdefault(each.why, []).append(each.shown)
    for why, names in by_reason.items():
        print(f"没有动：{'、'.join(names)}（{why}）")
    for problem in inbox.problems:
        print(f"没有用：{problem}")
    if not planned:
        print("没有可以导入的文件")


def _table(planned: "list[Planned]", policy: "Policy") -> None:
    if planned:
        headings = ["文件", "是什么", "类别", "行数", "盖章人数", "怎么办", "依据"]
        print_table(headings, [_line(each, policy) for each in planned])


def _line(each: "Planned", policy: "Policy") -> list[object]:
    from fcins.intake.recognising import load_marks

    unread = each.arrival.error is not None
    total = "" if each.declared_total is None else each.declared_total
    lists = each.does in ("add", "replace") and each.kind == "roster"
    does = DOES[each.does]
    if each.does == "replace":
        does = f"替换{each.town or '全部镇（街道）的'}"
    elif each.does == "add" and each.further:
        does = "另加"
    why = each.why + (f"；同类名单还有{'、'.join(each.further)}" if each.further else "")
    return [
        each.arrival.shown,
        "" if unread else load_marks().kinds[each.kind].name,
        "、".join(policy.names_of(each.categories)),
        "" if unread else each.arrival.rows,
        "没有" if lists and total == "" else total,
        does,
        why,
    ]


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ask(planned: "list[Planned]", plan: "Callable[[Given], list[Planned]]", policy: "Policy") -> "Given":
    """Ask on the terminal what is open: first what the files are, last their stamped counts. What was answered may
    open another question."""
    from fcins.analysis.receiving import QUESTIONS

    answers: Given = {}
    while True:
        open_questions = [
            (QUESTIONS.index(question), at, question)
            for at, each in enumerate(planned)
            for question in each.questions
            if question not in answers.get(each.arrival.shown, {})
        ]
        if not open_questions:
            return answers
        _, at, question = min(open_questions)
        each = planned[at]
        answers.setdefault(each.arrival.shown, {}).update(_answers(each, question, policy))
        planned = plan(answers)


def _answers(each: "Planned", question: str, policy: "Policy") -> dict[str, str]:
    """A person's answer to one question, asked again until it is one; who names a category has said the kind too."""
    from fcins.analysis.receiving import LEAVE_OUT
    from fcins.intake.recognising import IMPORTED, load_marks

    say(f"\n{each.arrival.shown}（{each.arrival.rows}行）：{each.why}")
    if question in ("kind", "category"):
        say(
            "".join(f"  标题：{each.arrival.title}\n" if each.arrival.title else "")
            + f"  列：{'、'.join(each.arrival.headings)}"
        )
        say("  人员类别：" + "　".join(policy.category(code).name for code in policy.category_codes))
    if question == "kind":
        kinds = {str(number): kind for number, kind in enumerate(IMPORTED, 1)}
        say("  种类：" + "　".join(f"{number} {load_marks().kinds[kind].name}" for number, kind in kinds.items()))

        def kind_or_category(text: str) -> dict[str, str] | None:
            code = policy.find_category(text)
            if text in kinds:
                return {"kind": kinds[text]}
            return {"kind": "roster", "category": code} if code else None

        wanted = "是什么？输入种类的编号，是名册的也可以直接输入人员类别；直接回车就不导入："
        return _read(wanted, kind_or_category, {"kind": LEAVE_OUT})
    if question == "category":
        wanted = "是哪一类人员？输入名称，直接回车就不导入："
        answer = _read(wanted, policy.find_category, LEAVE_OUT)
    elif question == "town":
        say("  " + "　".join(policy.town_names))
        wanted = f"替换哪个镇（街道）的名单？输入名称，全部镇（街道）的输入“{_ALL}”，直接回车就不导入："
        answer = _read(wanted, lambda text: "" if text == _ALL else policy.find_town(text), LEAVE_OUT)
    elif question == "whole":
        default, words = (LEAVE_OUT, "就不导入") if each.does == "unsure" else ("add", "就是另加")
        wanted = f"1 另加，原来的人都还在　2 替换，这是新的全部名单；输入编号，直接回车{words}："
        answer = _read(wanted, {"1": "add", "2": "replace"}.get, default)
    else:
        answer = _read("盖章人数是多少？没有就直接回车：", lambda text: text if _is_count(text) else None, "")
    return {question: answer}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _read(wanted: str, understood: "Callable[[str], Understood | None]", default: "Understood") -> "Understood":
    """What is typed, understood; the default for nothing."""
    while True:
        print(wanted, end="", file=sys.stderr, flush=True)
        text = sys.stdin.readline().strip()
        if not text:
            return default
        answer = understood(text)
        if answer is not None:
            return answer
        say(f"“{text}”不是这里的答案")


# ── what came of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def print_received(screen: Screen, result: "ReceivingResult", *, planned_only: bool) -> None:
    """What became of each file, for a person."""
    for each in result.imports:
        print_judged(screen, [each])
    if screen.shows_tables and not planned_only:
        known = sum(each.does == "known" for each in result.planned)
        print(f"导入了 {len(result.imports)}个文件" + (f"，此前已导入、没有改动的 {known}个" if known else ""))
    if result.stays_out:
        _say_what_stays_out(result, planned_only=planned_only)


def _say_what_stays_out(result: "ReceivingResult", *, planned_only: bool) -> None:
    """On stderr, under -q too: which files are not in, why, and what to do."""
    unread = [each for each in result.left if each.lists]
    count = len(result.failed) + len(result.unsure) + len(unread)
    rest = f"，其余{len(result.imports)}个已导入" if result.imports else ""
    say(f"错误：有{count}个文件{'不能导入' if planned_only else '没有导入'}{rest}")
    for shown, error in result.failed:
        own = error.message if error.message.startswith(shown) else f"{shown}：{error.message}"
        say(f"  {own}" + (f"\n    {error.hint}" if error.hint else ""))
    for each in result.unsure:
        say(f"  {each.arrival.shown}：不能确定：{each.why}")
    for left in unread:
        say(f"  {left.shown}：{left.why}")
    if result.unsure:
        say("办法：在终端上运行 fcins import，逐个回答；或单独导入，用 --as 说明种类、--category 说明类别")
    else:
        say("办法：更正后再运行一次，已经导入的不会重复；不要的请移走")
