"""The command line: parse, call one function of commands, show. The only room that prints.

Results go to stdout, progress and messages to stderr; heavy libraries are imported inside the commands.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcins import __version__
from fcins.chinese import ChineseCommand, ChineseGroup, error_text
from fcins.errors import FcinsError, UsageError, WorkspaceError

if TYPE_CHECKING:
    from fcins.commands import Watcher
    from fcins.results import DocumentResult, ImportResult

_HELP = """城乡居民两险集中征缴：导入各部门名册，核查，计算应缴，输出征收清册和公示。

\b
一次征缴的顺序：
  fcins init 2024                                            建立工作区
  cd 2024
  fcins import-households 户籍人口.xlsx                      导入户籍库
  fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287
                                                             导入部门名册（每类一次）
  fcins import-enrolment 居民养老参保登记.xlsx               导入养老参保登记
  fcins build-register --town 阴平镇 -o 输出                 征收清册
  fcins import-payments 税务缴费明细.xlsx                    导入税务缴费
  fcins publicity-export --all -o 输出                       公示
  fcins status                                               看工作区里有什么

名册和户籍库谁先谁后都可以：每次都按已导入的全部资料重新核查。
"""

app = typer.Typer(
    cls=ChineseGroup,
    help=_HELP,
    rich_markup_mode=None,
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workspace = Annotated[
    Path,
    typer.Option("-w", "--workspace", metavar="目录", envvar="FCINS_WORKSPACE", help="工作区", show_default="当前目录"),
]
Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个JSON对象，别无其他")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="只说错误")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="说得详细些；出错时给出程序的调用位置")]
Strict = Annotated[bool, typer.Option("--strict", help="有退回的行或盖章人数不符时，退出码为3")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只核查，不写入工作区")]
Files = Annotated[list[Path], typer.Argument(metavar="文件…", help="xlsx、xlsm、xls、ods或csv", show_default=False)]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="目录", help="输出到哪里", show_default="工作区下的out")
]
Town = Annotated[str | None, typer.Option("--town", metavar="镇", help="一个镇（街道）", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="全部镇（街道）")]
Dated = Annotated[
    str | None, typer.Option("--date", metavar="日期", help="文件上的日期", show_default="最近一批导入的日期")
]


@app.callback()
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="显示版本")] = False,
) -> None:
    if version:
        typer.echo(f"fcins {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("init", cls=ChineseCommand)
def init_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[目录]", help="工作区放在哪里", show_default="当前目录")
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="名称或文件", help="政策：自带的名称，或一个.toml文件")
    ] = "fengcheng-2024",
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """建立工作区。例：fcins init 2024 --policy fengcheng-2024"""
    from fcins import commands

    where = folder or workspace
    made = commands.init(where, policy)
    if as_json:
        _print_json({"command": "init", "workspace": str(where), "policy": made.name, "fee_year": made.fee_year})
    elif not quiet:
        _say(f"已建立工作区 {where}：{made.title}（{made.document}）")
        _say(f"政策在 {where / 'policy.toml'}，下一步：fcins import-households 户籍人口.xlsx -w {where}")


@app.command("import-households", cls=ChineseCommand)
def import_households_command(
    files: Files,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入户籍库：全量，或有“变动类型”一列的变动。例：fcins import-households 户籍人口.xlsx"""
    from fcins import commands

    with _progress(quiet or as_json) as watcher:
        results = commands.import_households(workspace, files, watcher=watcher, dry_run=dry_run)
    _show_imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet)


@app.command("import-roster", cls=ChineseCommand)
def import_roster_command(
    files: Files,
    category: Annotated[
        str | None, typer.Option("--category", metavar="类别", help="人员类别", show_default="按文件的类别列或标题")
    ] = None,
    declared_total: Annotated[
        int | None,
        typer.Option("--declared-total", metavar="人数", min=0, help="盖章确认的应参保总人数", show_default=False),
    ] = None,
    town: Town = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入一个部门的名册。例：fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287"""
    from fcins import commands

    with _progress(quiet or as_json) as watcher:
        results = commands.import_roster(
            workspace,
            files,
            category=category,
            declared_total=declared_total,
            town=town,
            watcher=watcher,
            dry_run=dry_run,
        )
    _show_imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet)


@app.command("import-enrolment", cls=ChineseCommand)
def import_enrolment_command(
    files: Files,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入养老参保登记（所选档次）。例：fcins import-enrolment 居民养老参保登记.xlsx"""
    from fcins import commands

    with _progress(quiet or as_json) as watcher:
        results = commands.import_facts(workspace, files, "enrolment", watcher=watcher, dry_run=dry_run)
    _show_imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet)


@app.command("import-payments", cls=ChineseCommand)
def import_payments_command(
    files: Files,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入税务部门收到的缴费。例：fcins import-payments 税务缴费明细.xlsx"""
    from fcins import commands

    with _progress(quiet or as_json) as watcher:
        results = commands.import_facts(workspace, files, "payments", watcher=watcher, dry_run=dry_run)
    _show_imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet)


@app.command("build-register", cls=ChineseCommand)
def build_register_command(
    town: Town = None,
    every: All = False,
    village: Annotated[
        str | None, typer.Option("--village", metavar="村", help="只要一个村（居）", show_default=False)
    ] = None,
    out: Out = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """输出征收清册。例：fcins build-register --town 阴平镇 -o 输出"""
    from fcins import commands

    _one_or_all(town, every)
    if village and not town:
        raise UsageError("--village 要与 --town 一起用", "不同镇可能有同名的村，例：--town 阴平镇 --village 东村")
    with _progress(quiet or as_json) as watcher:
        result = commands.build_register(
            workspace, town=town, village=village, out=out, dated=_date(dated), watcher=watcher
        )
    _show_documents(result, as_json=as_json, quiet=quiet)


@app.command("publicity-export", cls=ChineseCommand)
def publicity_export_command(
    town: Town = None,
    every: All = False,
    out: Out = None,
    dated: Dated = None,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """输出缴费公示。例：fcins publicity-export --all -o 输出"""
    from fcins import commands

    _one_or_all(town, every)
    with _progress(quiet or as_json) as watcher:
        result = commands.publicity_export(
            workspace, town=town, out=out, dated=_date(dated), today=date.today(), watcher=watcher
        )
    _show_documents(result, as_json=as_json, quiet=quiet)


@app.command("status", cls=ChineseCommand)
def status_command(
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """看工作区里有什么。例：fcins status -w 2024"""
    from fcins import commands

    result = commands.status(workspace)
    if as_json:
        _print_json(result.as_json())
        return
    print(f"工作区 {result.workspace}　政策 {result.policy}　{result.fee_year}年度")
    print(f"户籍库 {result.people}人，其中正常 {result.listed}人")
    if result.towns:
        _table(
            ["镇（街道）", "村居", "人数"], [[line["town"], line["villages"], line["people"]] for line in result.towns]
        )
    if result.sources:
        _table(
            ["批次", "部门", "文件", "接受", "重复", "退回", "盖章", "相符"],
            [
                [
                    line["batch"],
                    line["department"],
                    line["file"],
                    line["accepted"],
                    line["duplicate"],
                    line["rejected"],
                    "" if line["declared_total"] is None else line["declared_total"],
                    {True: "是", False: "否", None: ""}[line["control_total_ok"]],
                ]
                for line in result.sources
            ],
        )
    _finding_lines(result.findings)


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show_imports(results: "list[ImportResult]", *, dry_run: bool, strict: bool, as_json: bool, quiet: bool) -> None:
    if as_json:
        _print_json(results[0].as_json() if len(results) == 1 else {"imports": [each.as_json() for each in results]})
    elif not quiet:
        for each in results:
            _show_import(each, dry_run)
    if strict and any(each.rejected or each.control_total_ok is False for each in results):
        raise typer.Exit(3)


def _show_import(result: "ImportResult", dry_run: bool) -> None:
    number = f"批次{result.batch}" if result.batch else "试算"
    category = f"　{result.category}" if result.category else ""
    print(f"{result.file}　{number}{category}" + ("　（此前已导入，没有改动）" if result.already_imported else ""))
    print(
        f"  读入 {result.read}　接受 {result.accepted}（其中有提示 {result.warned}）　重复 {result.duplicate}　"
        f"退回 {result.rejected}　跳过 {result.skipped}"
    )
    if result.declared_total is not None:
        agrees = "相符" if result.control_total_ok else f"不符，相差 {result.accepted - result.declared_total}"
        print(f"  盖章人数 {result.declared_total}，接受 {result.accepted}：{agrees}")
    if result.hidden_sheets:
        print(f"  其中隐藏的工作表也已读入：{'、'.join(result.hidden_sheets)}")
    if result.unread_sheets:
        print(f"  没有可识别的表头、没有读的工作表：{'、'.join(result.unread_sheets)}")
    _finding_lines(result.findings)
    if dry_run:
        print("  只核查，没有写入工作区")


def _finding_lines(findings: dict[str, int]) -> None:
    from fcins.findings import CATALOGUE

    for code, count in findings.items():
        print(f"  {code} {count:>6}  {CATALOGUE[code].problem}")


_FIGURES = {
    "town": "镇（街道）",
    "villages": "村居",
    "people": "人数",
    "medical_fen": "医保",
    "pension_fen": "养老",
    "personal_fen": "个人应缴",
}


def _show_documents(result: "DocumentResult", *, as_json: bool, quiet: bool) -> None:
    from fcins.results import yuan

    for warning in result.warnings:
        _say(f"提示：{warning}")
    if as_json:
        _print_json(result.as_json())
        return
    if quiet:
        return
    names = list(result.towns[0])
    rows = [[yuan(line[name]) if name.endswith("_fen") else line[name] for name in names] for line in result.towns]
    if len(result.towns) > 1:
        sums = [sum(line[name] for line in result.towns) for name in names[1:]]
        rows.append(
            [
                "合计",
                *(yuan(total) if name.endswith("_fen") else total for name, total in zip(names[1:], sums, strict=True)),
            ]
        )
    _table([_FIGURES[name] for name in names], rows)
    if result.by_payer:
        schemes = {"medical": "医保", "pension": "养老"}
        lines = [
            [line["payer"], schemes[line["scheme"]], line["people"], yuan(line["amount_fen"])]
            for line in result.by_payer
        ]
        _table(["出资方", "险种", "人数", "金额（元）"], lines)
    _finding_lines(result.findings)
    for path in result.files:
        print(path)


def _table(headings: list[str], rows: list[list[Any]]) -> None:
    """A table on stdout that fits 80 columns, figures to the right; what is too long is folded, never cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 80)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, heading in enumerate(headings):
        right = all(_is_figure(row[number]) for row in rows)
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row))
    console.print(table)


def _is_figure(value: Any) -> bool:
    return value == "" or str(value).replace(".", "", 1).lstrip("-").isdigit()


@contextmanager
def _progress(silent: bool) -> "Iterator[Watcher]":
    """Where work is told: a progress bar on stderr for a person, nothing elsewhere; waiting is said in any case."""
    from fcins.commands import Watcher

    if silent or not sys.stderr.isatty():
        yield Watcher(say=_say)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(text: str, number: int, total: int) -> None:
            bar.update(task, description=text, completed=number, total=total)

        yield Watcher(say=bar.console.print, step=step)


def _one_or_all(town: str | None, every: bool) -> None:
    if bool(town) == every:
        raise UsageError("要么用 --town 指定一个镇（街道），要么用 --all", "例：--town 阴平镇")


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    from fcins.values import read_date

    found = read_date(text)
    if len(found) != 10:
        raise UsageError(f"--date 的值“{text}”不是日期", "例：--date 2023-12-25")
    return date.fromisoformat(found)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _print_json(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=False))


# ── the one place where exceptions become exit codes ────────────────────────────────────────────────────────────────


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    if type(error).__name__ == "Abort":  # Typer's own word for Ctrl-C
        return 130
    known = _as_known(error)
    if known is None:
        place = _log(error)
        message, hint, code = "程序出现意外错误", f"请把 {place} 交给维护人员；加 -v 可看到调用位置", 1
    else:
        message, hint, code = known.message, known.hint, known.exit_code
    if "--json" in sys.argv:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        _print_json({"command": command, "error": {"exit": code, "message": message, "hint": hint}})
    else:
        _say(f"错误：{message}")
        if hint:
            _say(f"办法：{hint}")
    if {"-v", "--verbose"} & set(sys.argv):
        _say(_masked_traceback(error))
    return code


def _as_known(error: Exception) -> FcinsError | None:
    """The error as one of ours; None where it is a bug."""
    if isinstance(error, FcinsError):
        return error
    if hasattr(error, "format_message") and getattr(error, "exit_code", None) == 2:  # Typer's usage errors
        return UsageError(error_text(error.format_message()), "用 fcins --help 或 fcins 命令 --help 查看用法")
    if "fcins.store" in sys.modules:
        from fcins import store

        if isinstance(error, store.database_error()) or "database disk image" in str(error):
            return store.damaged(Path("工作区"), error)
    if isinstance(error, MemoryError):
        return FcinsError("内存不够", "请关闭其他程序，或换一台内存更大的机器")
    if isinstance(error, OSError) and error.filename:
        return WorkspaceError(f"不能读写 {error.filename}：{error.strerror}", "请检查该文件夹的权限和磁盘空间")
    return None


def _log(error: Exception) -> Path:
    """Keep a bug's traceback, IDs masked, where it can be found again."""
    import tempfile

    for where in (_stated_workspace(), Path(tempfile.gettempdir())):
        path = where / "fcins.log"
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8") as file:
                file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} fcins {__version__}\n{_masked_traceback(error)}\n")
            return path
        except OSError:
            continue
    return Path("-")


def _stated_workspace() -> Path:
    """The workspace as the command line names it: parsing may be what failed."""
    for before, word in zip(sys.argv, sys.argv[1:], strict=False):
        if before in ("-w", "--workspace"):
            return Path(word)
    return Path(os.environ.get("FCINS_WORKSPACE", "."))


def _masked_traceback(error: Exception) -> str:
    from fcins.identity import mask_text

    return mask_text("".join(traceback.format_exception(error)))
