"""The command line: parse, call one function of commands, show. Heavy libraries are imported inside the commands."""

import errno
import gc
import os
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from glob import glob
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
    SHARED,
    All,
    Call,
    Dated,
    DryRun,
    Files,
    Forced,
    Out,
    Replaced,
    Strict,
    Town,
    command,
    day,
    head_count,
    one_or_all,
    whole_households,
    whole_list,
)
from fcins.cli.screen import Screen
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


@command("init")
def init(
    screen: Screen,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[目录]", help="工作区放在哪里", show_default="当前目录")
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="名称或文件", help="政策：自带的名称，或一个.toml文件")
    ] = "fengcheng-2024",
) -> None:
    """建立工作区。例：fcins init 2024 --policy fengcheng-2024"""
    from fcins.commands import importing as commands

    screen.show(commands.init(folder or screen.workspace, policy), show.made)


@command("import-households")
def import_households(
    screen: Screen,
    files: Files,
    replace: Replaced = False,
    town: Annotated[
        str | None,
        typer.Option("--town", metavar="镇", help="与 --replace 一起用：只替换一个镇（街道）", show_default="全区"),
    ] = None,
    force: Forced = False,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入户籍库：全量，或有“变动类型”一列的变动。例：fcins import-households 户籍人口.xlsx"""
    from fcins.commands import importing as commands

    whole_households(replace, town, force)
    with screen.working() as watcher:
        results = commands.import_households(
            screen.workspace, files, watcher=watcher, dry_run=dry_run, replace=replace, town=town, force=force
        )
    show.imports(screen, results, dry_run=dry_run, strict=strict)


@command("import-roster")
def import_roster(
    screen: Screen,
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
) -> None:
    """导入部门的名册，或填好的反馈。例：fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287"""
    from fcins.commands import replies as feedback_import

    whole_list(replace, town, all_towns, force)
    with screen.working() as watcher:
        results = feedback_import.import_roster(
            screen.workspace,
            files,
            category=category,
            declared_total=head_count(declared_total),
            town=town,
            watcher=watcher,
            dry_run=dry_run,
            replace=replace,
            force=force,
        )
    show.imports(screen, results, dry_run=dry_run, strict=strict)


@command("import-enrolment")
def import_enrolment(
    screen: Screen,
    files: Files,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入养老参保登记（所选档次）。例：fcins import-enrolment 居民养老参保登记.xlsx"""
    from fcins.commands import importing as commands

    with screen.working() as watcher:
        results = commands.import_facts(screen.workspace, files, "enrolment", watcher=watcher, dry_run=dry_run)
    show.imports(screen, results, dry_run=dry_run, strict=strict)


@command("import-payments")
def import_payments(
    screen: Screen,
    files: Files,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入税务部门收到的缴费；给出文件夹，就导入其中新来的文件。例：fcins import-payments 税务缴费明细.xlsx"""
    if any(path.is_dir() for path in files):
        cli_progress.import_folder(screen, files, dry_run=dry_run, strict=strict)
        return
    from fcins.commands import importing as commands

    with screen.working() as watcher:
        results = commands.import_facts(screen.workspace, files, "payments", watcher=watcher, dry_run=dry_run)
    show.imports(screen, results, dry_run=dry_run, strict=strict)


@command("build-register")
def build_register(
    screen: Screen,
    town: Town = None,
    every: All = False,
    village: Annotated[
        str | None, typer.Option("--village", metavar="村", help="只要一个村（居）", show_default=False)
    ] = None,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出征收清册。例：fcins build-register --town 城关镇 -o 输出"""
    from fcins.commands import registers as document_commands

    one_or_all(town, every)
    if village and not town:
        raise UsageError("--village 要与 --town 一起用", "不同镇可能有同名的村，例：--town 城关镇 --village 东村")
    with screen.working() as watcher:
        result = document_commands.build_register(
            screen.workspace, town=town, village=village, out=out, dated=day(dated), watcher=watcher
        )
    show.documents(screen, result)


@command("publicity-export")
def publicity_export(
    screen: Screen,
    town: Town = None,
    every: All = False,
    out: Out = None,
    dated: Dated = None,
) -> None:
    """输出缴费公示。例：fcins publicity-export --all -o 输出"""
    from fcins.commands import registers as document_commands

    one_or_all(town, every)
    with screen.working() as watcher:
        result = document_commands.publicity_export(
            screen.workspace, town=town, out=out, dated=day(dated), today=date.today(), watcher=watcher
        )
    show.documents(screen, result)


@command("status")
def status(
    screen: Screen,
) -> None:
    """看工作区里有什么。例：fcins status -w 2024"""
    from fcins.commands import importing as commands

    screen.show(commands.status(screen.workspace), show.status)


COMMANDS = (
    init,
    import_households,
    import_roster,
    import_enrolment,
    import_payments,
    build_register,
    publicity_export,
    status,
    cli_feedback.feedback_export,
    cli_gaps.gaps,
    cli_batches.batches,
    cli_batches.withdraw,
    cli_batches.verify,
    cli_rules.explain,
    cli_rules.simulate,
    cli_rules.rollover,
    cli_money.reconcile,
    cli_money.funding,
    cli_progress.progress,
    cli_progress.today,
)
"""In the order they are used, which is that of the help."""

POLICY_COMMANDS = (cli_rules.show, cli_rules.check, cli_rules.diff)

policy_app = typer.Typer(
    cls=ChineseGroup,
    help="看政策、查政策、比政策。用法见 fcins policy --help",
    rich_markup_mode=None,
    no_args_is_help=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for group, commands_of_group in ((app, COMMANDS), (policy_app, POLICY_COMMANDS)):
    for each in commands_of_group:
        group.command(each.name, cls=ChineseCommand)(each.run)
app.add_typer(policy_app, name="policy")

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
    code = run(_line())
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Everything is written and closed: taking pandas and Arrow down again would only cost a tenth of the time.
    os._exit(code)


def _line() -> list[str]:
    """The words of the command line. Windows leaves *.xlsx, ~ and %NAME% to the programs."""
    words = sys.argv[1:]
    if os.name != "nt":
        return words
    full = [os.path.expandvars(Path(word).expanduser() if word.startswith("~") else word) for word in words]
    return [file for word in full for file in (glob(word, recursive=True) or [word])]


def run(line: Sequence[str]) -> int:
    """Run one command line; gives its exit code. What stops it is said to a person, or as JSON if asked for."""
    begun = time.perf_counter()
    call = Call()
    try:
        code = app(list(line), prog_name="fcins", standalone_mode=False, obj=call)
        if code == _INTERRUPTED_CODE:  # Typer's answer to Ctrl-C
            raise KeyboardInterrupt
        if call.screen and call.screen.verbose:
            show.say(f"用时 {time.perf_counter() - begun:.1f}秒{show.peak_memory()}")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _stopped(_INTERRUPTED, _INTERRUPTED_CODE, *_asked(call, line))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _failed(error, *_asked(call, line))
    return code if isinstance(code, int) else 0


def _asked(call: Call, line: Sequence[str]) -> tuple[str, Screen]:
    """The command that ran and its options; of a line that Typer could not take, what of it can be understood."""
    if call.screen:
        return call.name, call.screen
    names: list[str] = []
    words, found = list(line), typer.main.get_command(app)
    while isinstance(found, ChineseGroup):
        at = next((at for at, word in enumerate(words) if word in found.commands), None)
        if at is None:
            break
        names.append(words.pop(at))
        found = found.commands[names[-1]]
    if isinstance(found, ChineseGroup):  # no command at all: the four options are those of any
        found = next(iter(found.commands.values()))
    options = found.make_context("", words, resilient_parsing=True, ignore_unknown_options=True).params
    screen = Screen(**{option: options[option] or getattr(Screen, option) for option in SHARED})
    return " ".join(names), screen


def _failed(error: Exception, command: str, screen: Screen) -> int:
    if type(error).__name__ == "Abort":  # Typer's own word for an input that ended
        return _stopped(_INTERRUPTED, _INTERRUPTED_CODE, command, screen)
    known = _as_known(error)
    if known is None:
        place = _log(error, screen.workspace)
        known = FcinsError("程序出现意外错误", f"请把 {place} 交给维护人员；加 -v 可看到调用位置")
    code = _stopped(known, known.exit_code, command, screen)
    if screen.verbose:
        show.say(_masked_traceback(error))
    return code


def _stopped(error: FcinsError, code: int, command: str, screen: Screen) -> int:
    """Say what stopped the command and what to do, and give the exit code."""
    from fcins.identity import mask_text

    # Whatever was typed may come back in a message: an ID typed in the wrong place, too.
    message, hint = mask_text(error.message), mask_text(error.hint)
    if screen.as_json:
        try:
            show.print_json({"command": command, "error": {"exit": code, "message": message, "hint": hint}})
            sys.stdout.flush()
            return code
        except OSError:
            pass  # stdout is what cannot be written: say it where it can be read
    with suppress(OSError):
        show.say(f"错误：{message}" + (f"\n办法：{hint}" if hint else ""))
    return code


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


def _log(error: Exception, workspace: Path) -> Path:
    """Keep a bug's traceback, IDs masked, where it can be found again."""
    import tempfile

    for where in (workspace, Path(tempfile.gettempdir())):
        path = where / "fcins.log"
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8") as file:
                file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} fcins {__version__}\n{_masked_traceback(error)}\n")
            return path
        except OSError:
            continue
    return Path("-")


def _masked_traceback(error: Exception) -> str:
    from fcins.identity import mask_text

    return mask_text("".join(traceback.format_exception(error)))
