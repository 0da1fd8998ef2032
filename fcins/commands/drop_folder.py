"""A folder into which the tax office's files are dropped: what is new in it goes in, each file by itself.

Meant for cron. A file that cannot be used is reported and left where it is; the others go in. A file that was taken
once is not taken again, even if somebody withdraws it. A file that is still being copied waits for the next night.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcins.commands.batch import ImportResult
from fcins.commands.importing import import_facts
from fcins.commands.kinds import NOTHING_STATED, Stated
from fcins.commands.opening import Watcher, changing
from fcins.errors import InputError
from fcins.store.store import now_text, sha256_of
from fcins.store.workspace import open_store

SETTLED_SECONDS = 60
"""A file changed within this time may still be being copied."""

_UNFINISHED_NAMES = ("~", ".")
_UNFINISHED_ENDINGS = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download")


@dataclass(frozen=True)
class FolderResult:
    """What came of the files of a folder: imported now, imported before, left for the next time, unusable and why."""

    folder: Path
    imports: list[ImportResult]
    known: list[str]
    unfinished: list[str]
    failed: list[tuple[str, InputError]]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        failed = [
            {"file": name, "error": {"exit": error.exit_code, "message": error.message, "hint": error.hint}}
            for name, error in self.failed
        ]
        return {
            "command": "import-payments",
            "folder": str(self.folder),
            "imports": [each.as_json() for each in self.imports],
            "known": self.known,
            "unfinished": self.unfinished,
            "failed": failed,
        }


def import_payments_folder(
    folder: Path, drop: Path, *, watcher: Watcher, now: float, dry_run: bool = False, stated: Stated = NOTHING_STATED
) -> FolderResult:
    """Import every new file of the folder `drop`, by name; `now`: seconds since the epoch; `stated`: their passwords.

    Raises what concerns all of them: no workspace, a busy one, a full disk.
    """
    with open_store(folder) as opened:
        batches = opened.batches()
        taken = set(opened.kept("taken_files")["sha256"])
    done = taken | set(batches.loc[(batches["kind"] == "payments").to_numpy(), "sha256"])
    names: dict[str, str] = {}
    imports: list[ImportResult] = []
    known, unfinished, failed = [], [], []
    for path in sorted(path for path in drop.iterdir() if path.is_file()):
        try:
            if _is_unfinished(path, now):
                unfinished.append(path.name)
                continue
            digest = sha256_of(path)
            if digest in done:
                known.append(path.name)
            else:
                imports += import_facts(folder, [path], "payments", watcher=watcher, dry_run=dry_run, stated=stated)
                done.add(digest)
            names.setdefault(digest, path.name)
        except InputError as error:
            failed.append((path.name, error))
        except FileNotFoundError:
            continue  # moved away in the meantime
        except OSError as error:
            if error.filename != str(path):  # no matter of this file
                raise
            failed.append((path.name, InputError(f"{path.name}：不能读取（{error.strerror}）", "请检查权限")))
    if not dry_run:
        _record(folder, {digest: name for digest, name in names.items() if digest not in taken}, watcher)
    return FolderResult(drop, imports, known, unfinished, failed)


def _is_unfinished(path: Path, now: float) -> bool:
    name = path.name.lower()
    # The sender's clock may be a little ahead. A file dated next week is not being written now.
    changing = abs(now - path.stat().st_mtime) < SETTLED_SECONDS
    return changing or name.startswith(_UNFINISHED_NAMES) or name.endswith(_UNFINISHED_ENDINGS)


def _record(folder: Path, files: dict[str, str], watcher: Watcher) -> None:
    """Keep which files were taken. If this is lost to a crash, the batches tell, and the next run keeps it."""
    if not files:
        return
    at = now_text()
    with changing(folder, "import-payments", watcher) as opened:
        for digest, name in files.items():
            opened.keep("taken_files", (digest, name, at))
