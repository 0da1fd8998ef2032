"""fcins look: what a file is, what each column became, what would be done with it."""

from typing import TYPE_CHECKING

import typer

from fcins.cli.importing import print_judged
from fcins.cli.options import Files, OtherPolicy, PasswordFile, command, passwords_in
from fcins.cli.screen import Screen, print_table, say
from fcins.cli.workspace import USUAL_POLICY

if TYPE_CHECKING:
    from fcins.commands.look import LookedFile, LookedSheet, LookResult


ROWS_NAMED = 5
"""So many skipped rows are named; of the rest the number."""


@command("look")
def look(screen: Screen, files: Files, policy: OtherPolicy = "", password_file: PasswordFile = None) -> None:
    """看文件是什么、每列读成什么、该用哪个命令；不导入。例：fcins look 附件1.xlsx"""
    from fcins.commands.kinds import Stated
    from fcins.commands.look import look as look_at

    stated = Stated(passwords=passwords_in(password_file))
    with screen.working() as watcher:
        result = look_at(screen.workspace, files, policy=policy, usual=USUAL_POLICY, watcher=watcher, stated=stated)
    screen.show(result, lambda shown: _files(screen, shown))
    errors = [each for each in result.looked if each.error]
    if errors and not screen.as_json:
        for each in errors:
            if each.error:
                say(f"错误：{each.error.message}" + (f"\n办法：{each.error.hint}" if each.error.hint else ""))
    if errors:
        raise typer.Exit(4)


def _files(screen: Screen, result: "LookResult") -> None:
    for each in result.looked:
        if not each.error:
            _file(screen, each)


def _file(screen: Screen, looked: "LookedFile") -> None:
    """One file: what it is and why; its sheets; the command; how it would be judged."""
    print(f"{looked.file}　{looked.name}{'' if looked.certain else '（不能确定）'}")
    print(f"  {looked.why}")
    before = None
    for sheet in looked.sheets:
        _sheet(sheet, before)
        before = sheet
    if looked.unread:
        print(f"  没有读的工作表：{'、'.join(looked.unread)}")
    if looked.command:
        print(f"  {'用' if looked.certain else '如果是的，用'}：{looked.command}")
    elif looked.kind == "own":
        print("  没有命令导入这种文件")
    if looked.refused:
        print(f"  但现在不能导入：{looked.refused.message}\n  {looked.refused.hint}")
    if looked.judged:
        print("  现在导入的话：")
        print_judged(screen, looked.judged)


def _sheet(sheet: "LookedSheet", before: "LookedSheet | None") -> None:
    """A table; what it has in common with the one before it, of the same sheet, is not said again."""
    total = f"，合计行写的是{sheet.declared_total}人" if sheet.declared_total is not None else ""
    same_sheet = before is not None and before.sheet == sheet.sheet
    if same_sheet:
        print(
            f"  “{sheet.section}”：数据{sheet.read}行{total}"
            if sheet.section
            else f"  又一个表：数据{sheet.read}行{total}"
        )
    else:
        part = f"，其中“{sheet.section}”" if sheet.section else ""
        print(f"  工作表 {sheet.sheet}{'（隐藏）' if sheet.hidden else ''}{part}：数据{sheet.read}行{total}")
        if sheet.title:
            print(f"  标题：{sheet.title}")
    skipped = [f"{why}{len(rows)}行（{_numbers(rows)}）" for why, rows in sheet.skipped.items()]
    if skipped:
        print(f"  跳过：{'，'.join(skipped)}")
    if not (same_sheet and before and before.columns == sheet.columns):
        _columns(sheet)
    for notice in sheet.notices:
        print(f"  {notice['code']} {notice['text']}")


def _columns(sheet: "LookedSheet") -> None:
    rows = [
        [
            column.letter + ("（隐藏）" if column.hidden else ""),
            column.heading,
            (column.field or "没有用到") + (f"（第{column.person}人）" if column.person else ""),
            *(cells[at] for _, cells in sheet.rows),
        ]
        for at, column in enumerate(sheet.columns)
    ]
    print_table(["列", "表头", "读成", *(f"第{number}行" for number, _ in sheet.rows)], rows)


def _numbers(rows: list[int]) -> str:
    """第3行; 第3、8、12……行."""
    return f"第{'、'.join(map(str, rows[:ROWS_NAMED]))}{'……' if len(rows) > ROWS_NAMED else ''}行"
