"""The command line: parse, call one function of commands, show. Heavy libraries are imported inside the commands."""

import errno
import gc
import os
import sys
import time
import traceback
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fcins import __version__
from fcins.cli import feedback as cli_feedback
from fcins.cli import gaps as cli_gaps
from fcins.cli import money as cli_money
from fcins.cli import policies as cli_rules
from fcins.cli import progress as cli_progress
from fcins.cli import screen as show
from fcins.cli import workspace as cli_batches
from fcins.cli.chinese import ChineseCommand, ChineseGroup, error_text
from fcins.cli.options import (
    All,
    Dated,
    DryRun,
    Files,
    Forced,
    Json,
    Out,
    Quiet,
    Replaced,
    Strict,
    Town,
    Verbose,
    Workspace,
    day,
    head_count,
    one_or_all,
    whole_households,
    whole_list,
)
from fcins.errors import FcinsError, UsageError, WorkspaceError

_HELP = """城乡居民两险集中征缴：导入各部门名册，核查，计算应缴，输出征收清册和公示。

\b
一次征缴的顺序：
  fcins init 2024                                            建立工作区
  cd 2024
  fcins import-households 户籍人口.xlsx                      导入户籍库
  fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287
                                                             导入部门名册（每类一次）
  fcins import-enrolment 居民养老参保登记.xlsx               导入养老参保登记
  fcins build-register --town 城关镇 -o 输出                 征收清册
  fcins import-payments 税务缴费明细.xlsx                    导入税务缴费
  fcins publicity-export --all -o 输出                       公示
  fcins reconcile -o 输出                                    对账，退费清单
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
    from fcins.commands import importing as commands

    where = folder or workspace
    made = commands.init(where, policy)
    if as_json:
        show.print_json({"command": "init", "workspace": str(where), "policy": made.name, "fee_year": made.fee_year})
    elif not quiet:
        show.say(f"已建立工作区 {where}：{made.title}（{made.document}）")
        show.say(f"政策在 {where / 'policy.toml'}，下一步：fcins import-households 户籍人口.xlsx -w {where}")


@app.command("import-households", cls=ChineseCommand)
def import_households_command(
    files: Files,
    replace: Replaced = False,
    town: Annotated[
        str | None,
        typer.Option("--town", metavar="镇", help="与 --replace 一起用：只替换一个镇（街道）", show_default="全区"),
    ] = None,
    force: Forced = False,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入户籍库：全量，或有“变动类型”一列的变动。例：fcins import-households 户籍人口.xlsx"""
    from fcins.commands import importing as commands

    whole_households(replace, town, force)
    with show.progress(quiet or as_json, verbose) as watcher:
        results = commands.import_households(
            workspace, files, watcher=watcher, dry_run=dry_run, replace=replace, town=town, force=force
        )
    show.imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet, verbose=verbose)


@app.command("import-roster", cls=ChineseCommand)
def import_roster_command(
    files: Files,
    category: Annotated[
        str | None, typer.Option("--category", metavar="类别", help="人员类别", show_default="按文件的类别列或标题")
    ] = None,
    declared_total: Annotated[
        str | None,
        typer.Option("--declared-total", metavar="人数", help="盖章确认的应参保总人数", show_default=False),
    ] = None,
    town: Annotated[
        str | None, typer.Option("--town", metavar="镇", help="报送单位所在的镇（街道）", show_default=False)
    ] = None,
    replace: Replaced = False,
    all_towns: Annotated[bool, typer.Option("--all-towns", help="与 --replace 一起用：替换全部镇（街道）的")] = False,
    force: Forced = False,
    dry_run: DryRun = False,
    strict: Strict = False,
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """导入部门的名册，或填好的反馈。例：fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287"""
    from fcins.commands import replies as feedback_import

    whole_list(replace, town, all_towns, force)
    with show.progress(quiet or as_json, verbose) as watcher:
        results = feedback_import.import_roster(
            workspace,
            files,
            category=category,
            declared_total=head_count(declared_total),
            town=town,
            watcher=watcher,
            dry_run=dry_run,
            replace=replace,
            force=force,
        )
    show.imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet, verbose=verbose)


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
    from fcins.commands import importing as commands

    with show.progress(quiet or as_json, verbose) as watcher:
        results = commands.import_facts(workspace, files, "enrolment", watcher=watcher, dry_run=dry_run)
    show.imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet, verbose=verbose)


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
    """导入税务部门收到的缴费；给出文件夹，就导入其中新来的文件。例：fcins import-payments 税务缴费明细.xlsx"""
    if any(path.is_dir() for path in files):
        cli_progress.import_folder(
            files,
            workspace=workspace,
            dry_run=dry_run,
            strict=strict,
            as_json=as_json,
            quiet=quiet,
            verbose=verbose,
        )
        return
    from fcins.commands import importing as commands

    with show.progress(quiet or as_json, verbose) as watcher:
        results = commands.import_facts(workspace, files, "payments", watcher=watcher, dry_run=dry_run)
    show.imports(results, dry_run=dry_run, strict=strict, as_json=as_json, quiet=quiet, verbose=verbose)


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
    """输出征收清册。例：fcins build-register --town 城关镇 -o 输出"""
    from fcins.commands import registers as document_commands

    one_or_all(town, every)
    if village and not town:
        raise UsageError("--village 要与 --town 一起用", "不同镇可能有同名的村，例：--town 城关镇 --village 东村")
    with show.progress(quiet or as_json, verbose) as watcher:
        result = document_commands.build_register(
            workspace, town=town, village=village, out=out, dated=day(dated), watcher=watcher
        )
    show.documents(result, as_json=as_json, quiet=quiet)


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
    from fcins.commands import registers as document_commands

    one_or_all(town, every)
    with show.progress(quiet or as_json, verbose) as watcher:
        result = document_commands.publicity_export(
            workspace, town=town, out=out, dated=day(dated), today=date.today(), watcher=watcher
        )
    show.documents(result, as_json=as_json, quiet=quiet)


@app.command("status", cls=ChineseCommand)
def status_command(
    workspace: Workspace = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """看工作区里有什么。例：fcins status -w 2024"""
    from fcins.commands import importing as commands

    show.status(commands.status(workspace), as_json=as_json)


app.command("feedback-export", cls=ChineseCommand)(cli_feedback.feedback_export_command)
app.command("gaps", cls=ChineseCommand)(cli_gaps.gaps_command)
app.command("batches", cls=ChineseCommand)(cli_batches.batches_command)
app.command("withdraw", cls=ChineseCommand)(cli_batches.withdraw_command)
app.command("verify", cls=ChineseCommand)(cli_batches.verify_command)
app.command("explain", cls=ChineseCommand)(cli_rules.explain_command)
app.add_typer(cli_rules.policy_app, name="policy")
app.command("simulate", cls=ChineseCommand)(cli_rules.simulate_command)
app.command("rollover", cls=ChineseCommand)(cli_rules.rollover_command)
app.command("reconcile", cls=ChineseCommand)(cli_money.reconcile_command)
app.command("funding", cls=ChineseCommand)(cli_money.funding_command)
app.command("progress", cls=ChineseCommand)(cli_progress.progress_command)
app.command("today", cls=ChineseCommand)(cli_progress.today_command)

# ── the one place where exceptions become exit codes ────────────────────────────────────────────────────────────────

_INTERRUPTED_CODE = 130
_INTERRUPTED = FcinsError("已中断", "没有写完的都没有写入；重新运行即可")


def main() -> None:
    """Run the command line and exit with its code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us: cron, a service
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # What libraries read when they are imported, and would do in vain: threads for multiplying matrices, of which there
    # are none here; a search through everything installed for plug-ins of the policy's reader.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    # Importing pandas makes hundreds of thousands of objects that stay: looking for garbage among them is a waste.
    gc.set_threshold(2**18, 20, 20)
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Everything is written and closed: taking pandas and Arrow down again would only cost a tenth of the time.
    os._exit(code)


def _run() -> int:
    begun = time.perf_counter()
    try:
        code = app(standalone_mode=False)
        if code == _INTERRUPTED_CODE:  # Typer's answer to Ctrl-C
            raise KeyboardInterrupt
        if _verbose():
            show.say(f"用时 {time.perf_counter() - begun:.1f}秒{show.peak_memory()}")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _told(_INTERRUPTED, _INTERRUPTED_CODE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    if type(error).__name__ == "Abort":  # Typer's own word for an input that ended
        return _told(_INTERRUPTED, _INTERRUPTED_CODE)
    known = _as_known(error)
    if known is None:
        place = _log(error)
        known = FcinsError("程序出现意外错误", f"请把 {place} 交给维护人员；加 -v 可看到调用位置")
    code = _told(known, known.exit_code)
    if _verbose():
        show.say(_masked_traceback(error))
    return code


def _told(error: FcinsError, code: int) -> int:
    """Say what stopped the command and what to do, and give the exit code."""
    from fcins.identity import mask_text

    # Whatever was typed may come back in a message: an ID typed in the wrong place, too.
    message, hint = mask_text(error.message), mask_text(error.hint)
    if "--json" in sys.argv:
        try:
            show.print_json({"command": _command_named(), "error": {"exit": code, "message": message, "hint": hint}})
            sys.stdout.flush()
            return code
        except OSError:
            pass  # stdout is what cannot be written: say it where it can be read
    with suppress(OSError):
        show.say(f"错误：{message}" + (f"\n办法：{hint}" if hint else ""))
    return code


def _command_named() -> str:
    """The command as the command line names it, one of a group with its group (policy check); "" for none."""
    names = {command.name for command in app.registered_commands}
    groups = {group.name: {each.name for each in group.typer_instance.registered_commands}  # type: ignore[union-attr]
              for group in app.registered_groups}  # fmt: skip
    for word, after in zip(sys.argv[1:], [*sys.argv[2:], ""], strict=True):
        if word in groups:
            return f"{word} {after}" if after in groups[word] else word
        if word in names:
            return word
    return ""


def _as_known(error: Exception) -> FcinsError | None:
    """The error as one of ours; None where it is a bug."""
    if isinstance(error, FcinsError):
        return error
    if hasattr(error, "format_message") and getattr(error, "exit_code", None) == 2:  # Typer's usage errors
        return UsageError(error_text(error.format_message()), "用 fcins --help 或 fcins 命令 --help 查看用法")
    if "fcins.store.store" in sys.modules:
        from fcins.store.workspace import damaged, database_error

        if isinstance(error, database_error()) or "database disk image" in str(error):
            return damaged(Path("工作区"), error)
    if isinstance(error, MemoryError):
        return FcinsError("内存不够", "请关闭其他程序，或换一台内存更大的机器")
    if isinstance(error, OSError) and not error.filename and error.errno in (errno.ENOSPC, errno.EBADF, errno.EIO):
        return FcinsError(f"输出写不出去：{error.strerror}", "请检查磁盘空间，或输出重定向到的位置")
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


def _verbose() -> bool:
    return bool({"-v", "--verbose"} & set(sys.argv))


def _stated_workspace() -> Path:
    """The workspace as the command line names it: parsing may be what failed."""
    for before, word in zip(sys.argv, sys.argv[1:], strict=False):
        if before in ("-w", "--workspace"):
            return Path(word)
    return Path(os.environ.get("FCINS_WORKSPACE", "."))


def _masked_traceback(error: Exception) -> str:
    from fcins.identity import mask_text

    return mask_text("".join(traceback.format_exception(error)))
