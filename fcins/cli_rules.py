"""The commands about rules: explain. Parse, call, show."""

from pathlib import Path
from typing import Annotated

import typer

from fcins import show_rules
from fcins.options import Json, Quiet, Town, Verbose, Workspace


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
    """说明一个人为什么应缴这些：资料、规定、金额、条款。例：fcins explain --name 王伟 --town 阴平镇"""
    from fcins import explaining

    answer = explaining.explain_person(workspace, citizen_id=citizen_id, name=name, town=town, number=number)
    show_rules.explanation(answer, as_json=as_json, quiet=quiet)
