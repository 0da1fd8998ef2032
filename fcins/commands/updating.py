"""Documents brought up to date: those whose content changed or that are damaged are written, the others stay.

What people made of a document is not lost in silence: answers that nobody imported are kept beside it, and of any other
change it is told before the document is written anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fcins.analysis.district import District
from fcins.aside import written_aside
from fcins.commands.kinds import NOTHING_STATED, open_files
from fcins.commands.opening import Watcher
from fcins.commands.record import Record, Written, file_digest
from fcins.commands.replies import has_answers_to_take
from fcins.commands.writing import Document, Page
from fcins.errors import InputError
from fcins.side_by_side import side_by_side
from fcins.workbooks.own_mark import is_as_written

FILLED_IN = "_已填写"
"""Between a workbook's name and its ending: the one with answers that was kept beside."""


@dataclass(frozen=True)
class KeptAnswers:
    """A workbook with answers that were not imported, and under which name it was kept."""

    file: Path
    kept_as: Path


@dataclass
class Updated:
    """What became of the documents: those written and those left as they were, in the order they were given.

    `warnings`: of documents that somebody had changed, a sentence each.
    """

    written: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    kept: list[KeptAnswers] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def bring_up_to_date(
    documents: Sequence[Document | Page], record: Record, district: District, today: date, watcher: Watcher
) -> Updated:
    """Write the documents that are not as they should be, several at once, and note them in the record.

    `today`: by which answers are judged that may stand in a workbook. Raises what writing one of them raises; what was
    written by then is noted.
    """
    updated = Updated()
    contents = {}
    unknown = []
    for document in documents:
        path, known, now = document.path, record.written(document.path), file_digest(document.path)
        intact = known is not None and now == known.file
        contents[path] = known.content if known is not None and intact else ""
        if intact or not now:
            continue
        if document.receipt and _has_answers(path, district, today, watcher):
            kept = KeptAnswers(path, _keep_beside(path))
            updated.kept.append(kept)
            _warn(
                updated,
                watcher,
                f"{path} 里填写的内容还没有导入，已另存为 {kept.kept_as.name}；请用 fcins import-roster 导入",
            )
        elif _is_ours(document):
            continue  # nobody changed anything
        elif known is None:
            unknown.append(path)
        else:
            _warn(updated, watcher, f"{path} 输出以后改动过，现在重新写，改动的内容不再保留")
    if unknown:
        names = "、".join(path.name for path in unknown[:3]) + ("等" if len(unknown) > 3 else "")
        _warn(updated, watcher, f"{names}（共{len(unknown)}个）原来就有，不是 fcins export 写的，现在重新写")

    def write(document: Document | Page) -> tuple[str, str]:
        content = document.write_unless(contents[document.path])
        return content, file_digest(document.path) if content != contents[document.path] else ""

    written = set()
    if documents:
        watcher.step("输出", 0, len(documents))
    try:
        for number, (document, (content, file)) in enumerate(side_by_side(documents, write), 1):
            watcher.step(f"输出 {document.path.name}", number, len(documents))
            if file:
                written.add(document.path)
                record.note(document.path, Written(content, file))
    finally:
        if written:
            record.tidy()
    updated.written = [each.path for each in documents if each.path in written]
    updated.unchanged = [each.path for each in documents if each.path not in written]
    return updated


def _warn(updated: Updated, watcher: Watcher, text: str) -> None:
    updated.warnings.append(text)
    watcher.say(f"提示：{text}")


def _is_ours(document: Document | Page) -> bool:
    """Whether what stands in a document's place is as a command of ours writes it: another one, or one that was killed
    before it could note it."""
    if isinstance(document, Page):
        return document.path.read_bytes() == document.text().encode()
    return is_as_written(document.path)


def _has_answers(path: Path, district: District, today: date, watcher: Watcher) -> bool:
    """Whether a workbook that went out holds answers that are not imported, or can no longer be told."""
    try:
        ((file, sheets),) = open_files([path], "roster", district.policy, watcher, NOTHING_STATED)
        return has_answers_to_take(district, file, sheets, today)
    except InputError:
        return True


def _keep_beside(path: Path) -> Path:
    """A copy of a file beside it, under a name of its own; where one is just the same already, that one."""
    now, number = file_digest(path), 1
    while True:
        beside = path.with_name(f"{path.stem}{FILLED_IN}{f'({number})' if number > 1 else ''}{path.suffix}")
        if file_digest(beside) == now:
            return beside
        if not beside.exists():
            with written_aside(beside) as (file, aside):
                file.write(path.read_bytes())
                aside.chmod(path.stat().st_mode)
            return beside
        number += 1
