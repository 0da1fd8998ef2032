"""The command line: its commands in order, and the one place where exceptions become exit codes."""

import errno
import gc
import os
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from fcins import __version__, clock
from fcins.cli import (
    explain,
    export,
    feedback,
    gaps,
    importing,
    look,
    manual,
    money,
    policies,
    progress,
    receiving,
    registers,
    rollover,
    today,
    verify,
    workspace,
)
from fcins.cli.chinese import ChineseCommand, ChineseGroup, error_text
from fcins.cli.options import SHARED, Call
from fcins.cli.screen import Screen, peak_memory, print_json, say
from fcins.errors import FcinsError, UsageError, WorkspaceError

_HELP = """城乡居民两险集中征缴：导入各部门名册，核查，计算应缴，输出征收清册和公示。

\b
一次征缴的顺序：
  fcins init 2024                                            建立工作区
  cd 2024
  fcins look 附件1.xlsx                                      看文件是什么，该用哪个命令
  fcins run 收件 -o 输出                                     导入文件夹里的全部资料，输出全部文件和总览；或者逐步：
  fcins import 收件                                          一次导入文件夹里的全部资料；或者逐个导入：
  fcins import-households 户籍人口.xlsx                      导入户籍库
  fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287
                                                             导入部门名册（每类一次）
  fcins import-enrolment 居民养老参保登记.xlsx               导入养老参保登记
  fcins build-register --town 城关镇 -o 输出                 征收清册
  fcins import-payments 税务缴费明细.xlsx                    导入税务缴费
  fcins publicity-export --all -o 输出                       公示
  fcins export -o 输出                                       全部文件和总览，内容没有变的不重写
  fcins reconcile -o 输出                                    对账，退费清单
  fcins status                                               看工作区里有什么
  fcins manual                                               看手册

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


COMMANDS = (
    workspace.init,
    look.look,
    receiving.import_all,
    importing.import_households,
    importing.import_roster,
    importing.import_enrolment,
    importing.import_payments,
    export.export,
    export.run,
    registers.build_register,
    registers.publicity_export,
    workspace.status,
    feedback.feedback_export,
    gaps.gaps,
    workspace.batches,
    workspace.withdraw,
    verify.verify,
    explain.explain,
    policies.simulate,
    rollover.rollover,
    money.reconcile,
    money.funding,
    progress.progress,
    today.today,
    manual.manual,
)
"""In the order they are used, which is that of the help."""

POLICY_COMMANDS = (policies.show, policies.check, policies.diff)

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
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Read by libraries when they are imported. We multiply no matrices, so they need no threads for it; and pydantic
    # need not search everything installed for plug-ins.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    # Importing pandas makes hundreds of thousands of objects that stay. To look for garbage among them is a waste.
    gc.set_threshold(2**18, 20, 20)
    code = run(_line())
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Everything is written and closed. An orderly end of pandas and Arrow would cost a tenth of the time.
    os._exit(code)


def _line() -> list[str]:
    """The words of the command line. Windows leaves *.xlsx, ~ and %NAME% to the programs."""
    words = sys.argv[1:]
    if os.name != "nt":
        return words
    from glob import glob

    full = [os.path.expandvars(os.path.expanduser(word)) for word in words]  # noqa: PTH111  # a Path would raise
    return [file for word in full for file in (glob(word, recursive=True) or [word])]  # noqa: PTH207  # absolute ones too


def run(line: Sequence[str]) -> int:
    """Run one command line; gives its exit code. What stops it is said to a person, or as JSON if asked for."""
    begun = time.perf_counter()
    call = Call()
    try:
        code = _commands().main(list(line), prog_name="fcins", standalone_mode=False, obj=call)
        if code == _INTERRUPTED_CODE:  # Typer's answer to Ctrl-C
            raise KeyboardInterrupt
        if call.screen and call.screen.verbose:
            say(f"用时 {time.perf_counter() - begun:.1f}秒{peak_memory()}")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _stopped(_INTERRUPTED, _INTERRUPTED_CODE, *_asked(call, line))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _failed(error, *_asked(call, line))
    return code if isinstance(code, int) else 0


@cache
def _commands() -> Any:
    """What Typer makes of all commands, from their signatures: once, however many lines run in this process."""
    return typer.main.get_command(app)


def _asked(call: Call, line: Sequence[str]) -> tuple[str, Screen]:
    """The command that ran and its options; of a line that Typer could not take, what of it can be understood."""
    if call.screen:
        return call.name, call.screen
    names: list[str] = []
    words, found = list(line), _commands()
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
        say(_masked_traceback(error))
    return code


def _stopped(error: FcinsError, code: int, command: str, screen: Screen) -> int:
    """Say what stopped the command and what to do, and give the exit code."""
    from fcins.identity import mask_text

    # Whatever was typed may come back in a message: an ID typed in the wrong place, too.
    message, hint = mask_text(error.message), mask_text(error.hint)
    if screen.as_json:
        try:
            print_json({"command": command, "error": {"exit": code, "message": message, "hint": hint}})
            sys.stdout.flush()
            return code
        except OSError:
            pass  # stdout is what cannot be written: say it where it can be read
    with suppress(OSError):
        say(f"错误：{message}" + (f"\n办法：{hint}" if hint else ""))
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
                file.write(f"{clock.now():%Y-%m-%d %H:%M:%S} fcins {__version__}\n{_masked_traceback(error)}\n")
            return path
        except OSError:
            continue
    return Path("-")


def _masked_traceback(error: Exception) -> str:
    from fcins.identity import mask_text

    return mask_text("".join(traceback.format_exception(error)))
