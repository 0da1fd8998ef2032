"""Documents written: where they stand, and town by town side by side."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from fcins.commands.opening import Watcher
from fcins.side_by_side import side_by_side
from fcins.workbooks.writing import Sheet, safe_file_name, write_workbook


def document_path(folder: Path, out: Path | None, town: str, name: str) -> Path:
    """Where a document stands: in `out`, else in the workspace's own folder; one of a town (not "") in the town's."""
    where = out or folder / "out"
    return (where / safe_file_name(town) if town else where) / safe_file_name(name)


def write_document(
    folder: Path,
    out: Path | None,
    town: str,
    name: str,
    sheets: list[Sheet],
    document: str,
    day: date,
    check: Callable[[Path], None] | None = None,
) -> Path:
    """Write a workbook where documents stand (`document_path`), dated `day`; gives its path.

    `document`: which it is. Raises what write_workbook raises.
    """
    path = document_path(folder, out, town, name)
    write_workbook(path, sheets, document=document, created=day, check=check)
    return path


def each_town(towns: list[str], write: Callable[[str], Path], what: str, watcher: Watcher) -> list[Path]:
    """The documents of all towns, in their order; several are written at once.

    `write` makes a town's and says where; `what` they are is told to the watcher. Raises what one of them raises.
    """
    files: dict[str, Path] = {}
    watcher.step(what, 0, len(towns))
    for name, path in side_by_side(towns, write):
        files[name] = path
        watcher.step(f"{what} {name}", len(files), len(towns))
    return [files[name] for name in towns]
