"""Documents: where they stand, what each is made of, and how several are written side by side."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fcins.commands.opening import Watcher
from fcins.side_by_side import side_by_side
from fcins.workbooks.content import content_digest
from fcins.workbooks.pages import Element, page_text, write_page
from fcins.workbooks.writing import Sheet, safe_file_name, write_workbook


@dataclass(frozen=True)
class Document:
    """A workbook that can be written: where, which it is (`name`), and the day on it.

    `lay_out` makes its sheets when it is written, in whatever process that is: it reads nothing of the workspace.
    `check` sees the finished file before it is put in place. `receipt`: the receipt printed on it, if one is.
    `subject`: whose it is, as the watcher is told.
    """

    path: Path
    name: str
    subject: str
    day: date
    lay_out: Callable[[], list[Sheet]]
    check: Callable[[Path, Sequence[Sheet]], None] | None = None
    receipt: str = ""

    def write(self) -> None:
        """Write it, whole or not at all. Raises what write_workbook raises."""
        self._write(self.lay_out())

    def write_unless(self, known: str) -> str:
        """As `write`, unless its content is the one `known`; gives its content, as a digest without the receipt."""
        sheets = self.lay_out()
        content = content_digest(sheets, f"{self.name} {self.day}", ignoring=self.receipt)
        if content != known:
            self._write(sheets)
        return content

    def _write(self, sheets: list[Sheet]) -> None:
        check = self.check
        whole = (lambda path: check(path, sheets)) if check else None
        write_workbook(self.path, sheets, document=self.name, created=self.day, check=whole)


@dataclass(frozen=True)
class Page:
    """A page that can be written: where, which it is (`name`), its title, and its elements, made as a workbook's sheets
    are."""

    path: Path
    name: str
    subject: str
    title: str
    lay_out: Callable[[], list[Element]]

    receipt = ""

    def write(self) -> None:
        """Write it, whole or not at all. Raises what write_page raises."""
        write_page(self.path, self.text())

    def text(self) -> str:
        """The whole of it."""
        return page_text(self.title, self.lay_out())

    def write_unless(self, known: str) -> str:
        """As `write`, unless its content is the one `known`; gives its content, as a digest."""
        text = self.text()
        content = hashlib.sha256(text.encode()).hexdigest()
        if content != known:
            write_page(self.path, text)
        return content


def document_path(folder: Path, out: Path | None, town: str, name: str) -> Path:
    """Where a document stands: in `out`, else in the workspace's own folder; one of a town (not "") in the town's."""
    where = out or folder / "out"
    return (where / safe_file_name(town) if town else where) / safe_file_name(name)


def write_documents(documents: Sequence[Document | Page], watcher: Watcher) -> list[Path]:
    """Write them, several at once, and tell the watcher of each; gives their paths. Raises what one of them raises."""
    if documents:
        watcher.step(documents[0].name, 0, len(documents))
    for number, (document, _) in enumerate(side_by_side(documents, lambda document: document.write()), 1):
        watcher.step(f"{document.name} {document.subject}".strip(), number, len(documents))
    return [document.path for document in documents]
