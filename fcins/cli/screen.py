"""What a person or a program sees: results on stdout, messages and progress on stderr. All the printing is here."""

import json
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer

from fcins.results import SCHEME_NAMES, CausesResult, ReplyResult, yuan

if TYPE_CHECKING:
    from fcins.commands.importing import InitResult, Watcher
    from fcins.results import DocumentResult, FeedbackResult, ImportResult, Replaced, StatusResult


class Answer(Protocol):
    """What a command gives back. One that has written documents says where: `files`."""

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""


AnyAnswer = TypeVar("AnyAnswer", bound=Answer)


@dataclass(frozen=True)
class Screen:
    """Under which of the four shared options a command runs, and how its answer is shown under them."""

    workspace: Path = Path()
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def shows_tables(self) -> bool:
        """Whether results are printed for a person to read."""
        return not self.as_json and not self.quiet

    @property
    def shows_places(self) -> bool:
        """Whether every finding is printed with its place, also under -q: that is what -qv is for."""
        return self.verbose and not self.as_json

    def show(self, result: AnyAnswer, table: Callable[[AnyAnswer], None]) -> None:
        """JSON alone; or nothing; or the table, then where the documents are."""
        if self.as_json:
            print_json(result.as_json())
        elif not self.quiet:
            table(result)
            for path in getattr(result, "files", ()):
                print(path)

    @contextmanager
    def working(self) -> "Iterator[Watcher]":
        """Where work is told: a progress bar on stderr for a person, nothing elsewhere; waiting is said in any case.

        With -v what each stage took is said at the end.
        """
        from fcins.commands.importing import Watcher

        stages = _Stages()
        if not self.shows_tables or not sys.stderr.isatty():
            yield Watcher(say=say, step=stages.begin)
        else:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("", total=None)

                def step(text: str, number: int, total: int) -> None:
                    stages.begin(text, number, total)
                    bar.update(task, description=text, completed=number, total=total)

                yield Watcher(say=bar.console.print, step=step)
        if self.verbose:
            stages.say_all()


def imports(
    screen: Screen,
    results: "Sequence[ImportResult | ReplyResult | CausesResult]",
    *,
    dry_run: bool,
    strict: bool,
) -> None:
    """What came of an import. With `strict`, exit code 3 where a row was rejected or a stamped count does not match."""
    if screen.as_json:
        answers = [each.as_json() for each in results]
        # What several files replaced they replaced together.
        replaced = {"replaced": answers[0].pop("replaced")} if results[0].replaced else {}
        print_json({**answers[0], **replaced} if len(results) == 1 else {"imports": answers, **replaced})
    else:
        import_lines(screen, results, dry_run)
    if strict and any(each.rejected or each.control_total_ok is False for each in results):
        raise typer.Exit(3)


def import_lines(screen: Screen, results: "Sequence[ImportResult | ReplyResult | CausesResult]", dry_run: bool) -> None:
    """The same, line by line: of each file its counts, and with -v every finding with its place."""
    for each in results:
        if isinstance(each, ReplyResult):
            if screen.shows_tables:
                _reply(each)
            for corrected in each.imports:
                _import(screen, corrected)
        elif not isinstance(each, CausesResult):
            _import(screen, each)
        elif screen.shows_tables:
            _causes(each)
    if screen.shows_tables and results[0].replaced:
        _replaced(results[0].replaced, all(each.already_imported for each in results), dry_run)
    if screen.shows_tables and dry_run:
        print("  只核查，没有写入工作区")


def _import(screen: Screen, result: "ImportResult") -> None:
    if screen.shows_tables:
        _counts(result)
    if screen.shows_places:
        _places(result)


def _places(result: "ImportResult") -> None:
    """Every finding of a file with its place: nothing personal."""
    from fcins.findings import CATALOGUE, advice

    for sheet, row, code, near in result.places:
        print(f"    {result.file} › {sheet} › 第{row}行：{code} {CATALOGUE[code].problem}。{advice(code, near)}")


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
    if result.hidden_sheets:
        print(f"  其中隐藏的工作表也已读入：{'、'.join(result.hidden_sheets)}")
    if result.unread_sheets:
        print(f"  没有可识别的表头、没有读的工作表：{'、'.join(result.unread_sheets)}")
    _finding_lines(result.findings)


def _replaced(replaced: "Replaced", already: bool, dry_run: bool) -> None:
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


def _reply(result: ReplyResult) -> None:
    print(f"{result.file}　反馈" + ("　（此前已导入，没有改动）" if result.already_imported else ""))
    if not result.already_imported:
        again = f"（其中{result.rejected}行仍有问题）" if result.rejected else ""
        copies = f"；另答复重复行 {result.copies}" if result.copies else ""
        gone = f"（其中 {result.missing} 行不在这份工作簿里）" if result.missing else ""
        done = f"更正 {result.corrected}{again}，已说明 {result.settled}，未处理 {result.open}{gone}{copies}"
        print(f"  {result.returned} 行退回，{done}")
    for problem in result.problems:
        print(f"  没有采用：{problem['sheet']} 第{problem['row']}行：{problem['message']}")


def _causes(result: CausesResult) -> None:
    number = f"　批次{result.batch}" if result.batch else ""
    print(f"{result.file}　疑似漏保{number}" + ("　（此前已导入，没有改动）" if result.already_imported else ""))
    if not result.already_imported:
        gone = f"，比送出时少 {result.missing}行（没有改动）" if result.missing else ""
        same = f"，原有的没有改 {result.unchanged}" if result.unchanged else ""
        print(f"  {result.lines} 行，填了原因 {result.given}{same}，没有填 {result.blank}{gone}")
    for cause, count in result.causes.items():
        print(f"  {cause} {count}")
    for problem in result.problems:
        print(f"  没有采用：{problem['sheet']} 第{problem['row']}行：{problem['message']}")


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


def documents(screen: Screen, result: "DocumentResult") -> None:
    """What was written, for whom, and what it adds up to."""
    for warning in result.warnings if not screen.quiet else []:
        say(f"提示：{warning}")
    screen.show(result, _documents)


def _documents(result: "DocumentResult") -> None:
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
    print_table([_FIGURES[name] for name in names], rows)
    if result.by_payer:
        lines = [
            [line["payer"], SCHEME_NAMES[line["scheme"]], line["people"], yuan(line["amount_fen"])]
            for line in result.by_payer
        ]
        print_table(["出资方", "险种", "人数", "金额（元）"], lines)
    _finding_lines(result.findings)


def feedback(result: "FeedbackResult") -> None:
    """What each department gets back."""
    if result.departments:
        headings = ["部门", "文件", "读入", "接受", "重复", "退回", "待处理", "漏报", "待核实"]
        print_table(headings, [list(line.values()) for line in result.departments])
    else:
        print("还没有部门报送过资料")
    _finding_lines(result.findings)


def made(result: "InitResult") -> None:
    """That the workspace is there, and what comes next."""
    folder, policy = result.workspace, result.policy
    say(f"已建立工作区 {folder}：{policy.title}（{policy.document}）")
    say(f"政策在 {folder / 'policy.toml'}，下一步：fcins import-households 户籍人口.xlsx -w {folder}")


def status(result: "StatusResult") -> None:
    """What the workspace holds."""
    print(f"工作区 {result.workspace}　政策 {result.policy}　{result.fee_year}年度")
    print(f"户籍库 {result.people}人，其中正常 {result.listed}人")
    if result.towns:
        print_table(
            ["镇（街道）", "村居", "人数"], [[line["town"], line["villages"], line["people"]] for line in result.towns]
        )
    agrees = {True: "是", False: "否", None: ""}
    if result.departments:
        rows = [
            [line["department"], line["name"], line["files"], line["people"], line["open"],
             agrees[line["control_total_ok"]], line["last_change"]]
            for line in result.departments
        ]  # fmt: skip
        print_table(["部门", "类别", "文件", "人数", "待处理", "盖章相符", "最近变动"], rows)
    if result.sources:
        names = ("batch", "department", "file", "accepted", "duplicate", "rejected", "settled", "open")
        rows = [
            [*(line[name] for name in names), "" if line["declared_total"] is None else line["declared_total"],
             agrees[line["control_total_ok"]]]
            for line in result.sources
        ]  # fmt: skip
        print_table(["批次", "部门", "文件", "接受", "重复", "退回", "已处理", "待处理", "盖章", "相符"], rows)
    _finding_lines(result.findings)


def print_table(headings: list[str], rows: list[list[Any]]) -> None:
    """A table, figures to the right: folded to fit a terminal, never cut; piped, plain lines that are not folded."""
    right = [all(_is_figure(row[number]) for row in rows) for number in range(len(headings))]
    if not sys.stdout.isatty():
        lines = [headings, *([str(value) for value in row] for row in rows)]
        widths = [max(map(_columns, texts)) for texts in zip(*lines, strict=True)]
        plain = [_line(line, widths, right) for line in lines]
        print("\n".join([plain[0], "─" * (sum(widths) + len(_GAP) * (len(widths) - 1)), *plain[1:]]))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading, figures in zip(headings, right, strict=True):
        table.add_column(heading, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row))
    Console(file=sys.stdout, highlight=False).print(table)


_GAP = "   "


def _line(texts: list[str], widths: list[int], right: list[bool]) -> str:
    padded = []
    for text, width, figures in zip(texts, widths, right, strict=True):
        blank = " " * (width - _columns(text))
        padded.append(blank + text if figures else text + blank)
    return _GAP.join(padded).rstrip()


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Han character two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _is_figure(value: Any) -> bool:
    return value == "" or str(value).removesuffix("%").replace(".", "", 1).lstrip("-").isdigit()


class _Stages:
    """What each stage of a command took, and the most memory held by its end. A stage: steps of the same first word."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._peaks: dict[str, str] = {}
        self._stage, self._begun = "准备", time.perf_counter()

    def begin(self, text: str, number: int, total: int) -> None:
        """A step begins, and with it, maybe, a stage."""
        now = time.perf_counter()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0) + now - self._begun
        self._peaks[self._stage] = peak_memory()
        self._stage, self._begun = text.split()[0], now

    def say_all(self) -> None:
        """Say what each took, in order."""
        self.begin("完", 0, 0)
        for stage, seconds in self._seconds.items():
            say(f"  {stage} {seconds:.1f}秒{self._peaks[stage]}")


def peak_memory() -> str:
    """The most memory the process held so far, and each of those that it started and that have ended, if there were.

    "" where the system does not say (Windows).
    """
    try:
        import resource
    except ImportError:
        return ""
    own, started = (
        resource.getrusage(whose).ru_maxrss // (1024 if sys.platform != "darwin" else 1024**2)
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return f"，内存最多 {own} MiB" + (f"，另起的进程各最多 {started} MiB" if started else "")


def say(text: str) -> None:
    """A message, on stderr."""
    print(text, file=sys.stderr)


def print_json(answer: dict[str, Any]) -> None:
    """One JSON object on stdout."""
    print(json.dumps(answer, ensure_ascii=False))
