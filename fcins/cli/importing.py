"""fcins import-households, import-roster, import-enrolment, import-payments: what came in, and what became of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from fcins.cli.options import (
    Columns,
    ColumnsKept,
    DryRun,
    Files,
    Forced,
    ForcedRoster,
    KindStated,
    PasswordFile,
    Replaced,
    Strict,
    command,
    head_count,
    passwords_in,
    whole_households,
    whole_list,
)
from fcins.cli.screen import Screen, print_findings, print_json, say
from fcins.errors import UsageError

if TYPE_CHECKING:
    from fcins.commands.batch import ImportResult
    from fcins.commands.batch import Replaced as Replacement
    from fcins.commands.drop_folder import FolderResult
    from fcins.commands.kinds import Stated
    from fcins.commands.replies import CausesResult, ReplyResult

    AnyImport = ImportResult | ReplyResult | CausesResult

AnyReply = TypeVar("AnyReply", "ReplyResult", "CausesResult")


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
    as_kind: KindStated = "",
    column: Columns = None,
    keep_columns: ColumnsKept = False,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入户籍库：全量，或有“变动类型”一列的变动。例：fcins import-households 户籍人口.xlsx"""
    from fcins.commands import importing

    whole_households(replace, town, force)
    stating = _stated(screen, as_kind, column, keep_columns and not dry_run, password_file)
    with screen.working() as watcher, stating as stated:
        results = importing.import_households(
            screen.workspace,
            files,
            watcher=watcher,
            dry_run=dry_run,
            replace=replace,
            town=town,
            force=force,
            stated=stated,
        )
    _show(screen, results, dry_run=dry_run, strict=strict)


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
    force: ForcedRoster = False,
    as_kind: KindStated = "",
    column: Columns = None,
    keep_columns: ColumnsKept = False,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入部门的名册，或填好的反馈。例：fcins import-roster 低保.xlsx --category 低保对象 --declared-total 1287"""
    from fcins.commands import importing

    whole_list(replace, town, all_towns)
    stating = _stated(screen, as_kind, column, keep_columns and not dry_run, password_file)
    with screen.working() as watcher, stating as stated:
        results = importing.import_roster(
            screen.workspace,
            files,
            category=category,
            declared_total=head_count(declared_total),
            town=town,
            watcher=watcher,
            dry_run=dry_run,
            replace=replace,
            force=force,
            stated=stated,
        )
    _show(screen, results, dry_run=dry_run, strict=strict)


@command("import-enrolment")
def import_enrolment(
    screen: Screen,
    files: Files,
    as_kind: KindStated = "",
    column: Columns = None,
    keep_columns: ColumnsKept = False,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入养老参保登记（所选档次）。例：fcins import-enrolment 居民养老参保登记.xlsx"""
    from fcins.commands import importing

    stating = _stated(screen, as_kind, column, keep_columns and not dry_run, password_file)
    with screen.working() as watcher, stating as stated:
        results = importing.import_facts(
            screen.workspace, files, "enrolment", watcher=watcher, dry_run=dry_run, stated=stated
        )
    _show(screen, results, dry_run=dry_run, strict=strict)


@command("import-payments")
def import_payments(
    screen: Screen,
    files: Files,
    scheme: Annotated[
        str,
        typer.Option("--scheme", metavar="险种", help="没有险种一列的文件是哪个险种：医保或养老", show_default=False),
    ] = "",
    as_kind: KindStated = "",
    column: Columns = None,
    keep_columns: ColumnsKept = False,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """导入税务部门收到的缴费；给出文件夹，就导入其中新来的文件。例：fcins import-payments 税务缴费明细.xlsx"""
    if any(path.is_dir() for path in files):
        if as_kind or scheme or column:
            raise UsageError("给出文件夹时不用 --as、--scheme、--column", "这样的文件请单独导入")
        _import_folder(screen, files, password_file, dry_run=dry_run, strict=strict)
        return
    from fcins.commands import importing

    stating = _stated(screen, as_kind, column, keep_columns and not dry_run, password_file, scheme)
    with screen.working() as watcher, stating as stated:
        results = importing.import_facts(
            screen.workspace,
            files,
            "payments",
            watcher=watcher,
            dry_run=dry_run,
            stated=stated,
        )
    _show(screen, results, dry_run=dry_run, strict=strict)


@contextmanager
def _stated(
    screen: Screen,
    kind: str,
    columns: list[str] | None,
    keep: bool,
    password_file: Path | None,
    scheme: str = "",
) -> "Iterator[Stated]":
    """What was said of the files; when they are in, `keep` lets the workspace know their columns from now on."""
    from fcins.commands.kinds import Stated
    from fcins.store.own_words import stated_columns, text_with_columns, write_words

    if keep and not columns:
        raise UsageError("--keep-columns 要与 --column 一起用", "例：--column 缴费人名称=姓名 --keep-columns")
    fields = stated_columns(columns or [])
    kept = text_with_columns(screen.workspace, fields) if keep else ""
    yield Stated(kind, scheme=scheme, columns=fields, passwords=passwords_in(password_file))
    if keep:
        write_words(screen.workspace, kept)


def _import_folder(
    screen: Screen, files: list[Path], password_file: Path | None, *, dry_run: bool, strict: bool
) -> None:
    """import-payments of a folder: every new file in it."""
    from fcins.commands import drop_folder
    from fcins.commands.kinds import Stated

    stated = Stated(passwords=passwords_in(password_file))
    if len(files) > 1:
        raise UsageError("文件夹要单独给出，不能与其他文件一起", "例：fcins import-payments 收件")
    with screen.working() as watcher:
        result = drop_folder.import_payments_folder(
            screen.workspace, files[0], watcher=watcher, now=time.time(), dry_run=dry_run, stated=stated
        )
    _show_folder(screen, result, dry_run=dry_run, strict=strict)


def _show(
    screen: Screen,
    results: "Sequence[AnyImport]",
    *,
    dry_run: bool,
    strict: bool,
) -> None:
    """What came of an import. With `strict`, exit code 3 where a row was rejected or a stamped count does not match."""
    if screen.as_json:
        answers = [each.as_json() for each in results]
        # Several files replace the old lists together, so it stands beside them.
        replaced = {"replaced": answers[0].pop("replaced")} if results[0].replaced else {}
        print_json({**answers[0], **replaced} if len(results) == 1 else {"imports": answers, **replaced})
    else:
        _import_lines(screen, results, dry_run)
    if strict and any(each.rejected or each.control_total_ok is False for each in results):
        raise typer.Exit(3)


def _import_lines(screen: Screen, results: "Sequence[AnyImport]", dry_run: bool) -> None:
    """The same, line by line: of each file its counts, and with -v every finding with its place."""
    from fcins.commands.replies import CausesResult, ReplyResult

    for each in results:
        if isinstance(each, ReplyResult):
            _came_back(screen, each, "反馈", _reply)
            for corrected in each.imports:
                _import(screen, corrected)
        elif isinstance(each, CausesResult):
            _came_back(screen, each, "疑似漏保" + (f"　批次{each.batch}" if each.batch else ""), _causes)
        else:
            _import(screen, each)
    if screen.shows_tables and results[0].replaced:
        _replaced(results[0].replaced, all(each.already_imported for each in results), dry_run)
    if screen.shows_tables and dry_run:
        print("  只核查，没有写入工作区")


def print_judged(screen: Screen, results: "Sequence[AnyImport]") -> None:
    """What would come of a file, as an import says it."""
    _import_lines(screen, results, dry_run=False)


def _import(screen: Screen, result: "ImportResult") -> None:
    if screen.shows_tables:
        _counts(result)
    _notices(screen, result)
    if screen.shows_places:
        _places(result)


def _counts(result: "ImportResult") -> None:
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
    print_findings(result.findings)


def _notices(screen: Screen, result: "ImportResult") -> None:
    """What the clerk must know of the file and its sheets; under -q only where rows or money were not taken."""
    shown = [notice for notice in result.notices if screen.shows_tables or notice.loses]
    if shown and not screen.shows_tables:
        print(result.file)
    for notice in shown:
        place = f"{notice.sheet}：" if notice.sheet else ""
        print(f"  {notice.code} {place}{notice.text}")


def _places(result: "ImportResult") -> None:
    """Every finding of a file with its place: nothing personal."""
    from fcins.findings import CATALOGUE, advice

    for place in result.places:
        what = f"{place.code} {CATALOGUE[place.code].problem}。{advice(place.code, place.meant)}"
        print(f"    {result.file} › {place.sheet} › 第{place.row}行：{what}")


def _replaced(replaced: "Replacement", already: bool, dry_run: bool) -> None:
    """Whom a new list takes in and lets go, and what became of the lists before it."""
    if not already:
        done = "将替换" if dry_run else "已替换"
        print(f"  {done}：新增 {replaced.new}人，保留 {replaced.stay}人，减少 {replaced.go}人")
    for numbers, words in ((replaced.batches, "整批撤回"), (replaced.cut, "撤回其中一部分，其余保留")):
        if numbers:
            print(f"  批次{'、'.join(map(str, numbers))}：{words}")
    if replaced.beside:
        print(f"  同类名单还有批次{'、'.join(map(str, replaced.beside))}，没有替换；不要的用 fcins withdraw 撤回")
    if replaced.changes:
        print(f"  其中批次{'、'.join(map(str, replaced.changes))}是户籍变动：以新的户籍人口为准")


def _came_back(screen: Screen, result: AnyReply, what: str, counts: Callable[[AnyReply], None]) -> None:
    """What came of a workbook that came back. An answer that was not taken is said under -q, too."""
    if screen.shows_tables or result.problems:
        print(f"{result.file}　{what}" + ("　（此前已导入，没有改动）" if result.already_imported else ""))
    if screen.shows_tables:
        counts(result)
    for problem in result.problems:
        print(f"  没有采用：{problem.sheet} 第{problem.row}行：{problem.message}")


def _reply(result: "ReplyResult") -> None:
    gone = f"（其中 {result.missing} 行不在这份工作簿里）" if result.missing else ""
    if result.says_nothing:
        rest = f"{result.open} 行未处理{gone}" if result.returned else "本工作簿没有退回的行"
        print(f"  没有填写任何答复，{rest}")
    elif not result.already_imported:
        again = f"（其中{result.rejected}行仍有问题）" if result.rejected else ""
        copies = f"；另答复重复行 {result.copies}" if result.copies else ""
        copies += f"；另答复不一致的行 {result.differing}" if result.differing else ""
        done = f"更正 {result.corrected}{again}，已说明 {result.settled}，未处理 {result.open}{gone}{copies}"
        print(f"  {result.returned} 行退回，{done}")


def _causes(result: "CausesResult") -> None:
    if not result.already_imported:
        gone = f"，比送出时少 {result.missing}行（没有改动）" if result.missing else ""
        same = f"，原有的没有改 {result.unchanged}" if result.unchanged else ""
        print(f"  {result.lines} 行，填了原因 {result.given}{same}，没有填 {result.blank}{gone}")
    for cause, count in result.causes.items():
        print(f"  {cause} {count}")


def _show_folder(screen: Screen, result: "FolderResult", *, dry_run: bool, strict: bool) -> None:
    """What came of a folder's files. Exit code 4 where one could not be used: the others are in."""
    if screen.as_json:
        print_json(result.as_json())
    else:
        if result.imports:
            _import_lines(screen, result.imports, dry_run)
        if screen.shows_tables:
            _folder(result)
        if result.failed:
            _failed(result)
    if result.failed:
        raise typer.Exit(4)
    if strict and any(each.rejected or each.control_total_ok is False for each in result.imports):
        raise typer.Exit(3)


def _folder(result: "FolderResult") -> None:
    if result.known:
        print(f"此前已导入、没有改动的文件：{len(result.known)}个")
    if result.unfinished:
        print(f"还在写入、留待下次的文件：{'、'.join(result.unfinished)}")
    if not any((result.imports, result.known, result.unfinished, result.failed)):
        print(f"{result.folder} 中没有文件")


def _failed(result: "FolderResult") -> None:
    done = f"，其余新文件{len(result.imports)}个已导入" if result.imports else ""
    say(f"错误：{result.folder} 中有{len(result.failed)}个文件没有导入{done}")
    for name, error in result.failed:
        own = error.message if error.message.startswith(name) else f"{name}：{error.message}"
        say(f"  {own}" + (f"\n    {error.hint}" if error.hint else ""))
    say("办法：更正后放回原处，下次自动导入；不要的请移走")
