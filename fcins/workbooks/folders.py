"""The files of folders and archives: which may be lists, and which are none by their names or their first bytes.

Nothing is read here that is not needed for that. A workbook under an odd name is still one.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fcins.errors import InputError
from fcins.workbooks.archives import ENDINGS, WorkbookFile, entries_of, is_archive
from fcins.workbooks.kinds import kind_of

STAMPED = "盖章.csv"
"""A file of stamped counts, beside the lists that they are of."""

_PACKED = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz")
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download")
_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx")
_BOOKS = (b"PK", b"\xd0\xcf\x11\xe0", b"\x09")
"""How a workbook begins that somebody gave an ending of his own."""

_UNPACK_FIRST = "请解压后再导入里面的工作簿"


@dataclass(frozen=True)
class FoundFile:
    """A file that may be a list. `shown`: its name with the folders or the archive that it stands in; `folder`: where
    it stands, as `shown` writes it."""

    path: WorkbookFile
    shown: str

    @property
    def folder(self) -> str:
        """The folders before its name."""
        return str(PurePosixPath(self.shown).parent)


@dataclass(frozen=True)
class LeftFile:
    """A file that is not imported, and why. `lists`: there may be lists in it, which nobody has read."""

    shown: str
    why: str
    lists: bool = False


@dataclass(frozen=True)
class Found:
    """What stands in the folders: what may be lists, what is none, and the files of stamped counts."""

    files: list[FoundFile]
    left: list[LeftFile]
    stamped: list[FoundFile]


def find_files(paths: Sequence[Path], is_workspace: Callable[[Path], bool], own: Sequence[str]) -> Found:
    """The files of these folders with all below them, of these archives, and these files themselves, by name.

    A workspace below a folder is left alone; of one that is named itself, the files called `own` are.
    """
    found = Found([], [], [])
    for path in dict.fromkeys(paths):
        if path.is_dir():
            _look_into(path, f"{path.resolve().name}/" if len(paths) > 1 else "", found, is_workspace, own)
        else:
            _sort(path, path.name, found)
    return Found(
        sorted(found.files, key=lambda file: file.shown),
        sorted(found.left, key=lambda file: file.shown),
        sorted(found.stamped, key=lambda file: file.shown),
    )


def _look_into(top: Path, before: str, found: Found, is_workspace: Callable[[Path], bool], own: Sequence[str]) -> None:
    """All of a folder; `before`: what is written before the names of its files."""

    def unread(error: OSError) -> None:
        shown = before + Path(error.filename).relative_to(top).as_posix()
        found.left.append(LeftFile(shown, "没有权限读取这个文件夹", lists=True))

    for place, folders, names in os.walk(top, onerror=unread):
        at = Path(place)
        for name in sorted(folders):
            shown = before + (at / name).relative_to(top).as_posix()
            of_workspace = at == top and is_workspace(top) and name in own
            if is_workspace(at / name) or of_workspace or name.startswith(".") or name.lower() in _SYSTEM:
                folders.remove(name)
                if is_workspace(at / name):
                    found.left.append(LeftFile(shown, "工作区"))
            elif (at / name).is_symlink():  # it may lead back to where we are
                found.left.append(LeftFile(shown, "指向别处的文件夹，没有进去", lists=True))
        for name in sorted(names):
            if not (at == top and is_workspace(top) and name in own):
                _sort(at / name, before + (at / name).relative_to(top).as_posix(), found)


def _sort(path: Path, shown: str, found: Found) -> None:
    """Put a file where it belongs."""
    name = path.name
    why = _no_list(name)
    if why:
        found.left.append(LeftFile(shown, why))
    elif name == STAMPED:
        found.stamped.append(FoundFile(path, shown))
    elif path.is_file() and is_archive(path):
        _unpack(path, shown, found)
    elif path.suffix.lower() in _PACKED and path.is_file():
        damaged = path.suffix.lower() == ".zip"
        why = "压缩包已损坏，请重新获取" if damaged else f"这种压缩包不能读，{_UNPACK_FIRST}"
        found.left.append(LeftFile(shown, why, lists=True))
    elif path.suffix.lower() in ENDINGS or not path.is_file() or _is_workbook(path):
        found.files.append(FoundFile(path, shown))
    else:
        found.left.append(LeftFile(shown, "不是表格"))


def _unpack(path: Path, shown: str, found: Found) -> None:
    try:
        workbooks, others = entries_of(path)
    except InputError as error:
        found.left.append(LeftFile(shown, error.message, lists=True))
        return
    for file in workbooks:
        place = f"{shown}/{file.within}"
        if _no_list(file.name):
            found.left.append(LeftFile(place, _no_list(file.name)))
        else:
            (found.stamped if file.name == STAMPED else found.files).append(FoundFile(file, place))
    for name in others:
        packed = PurePosixPath(name).suffix.lower() in _PACKED
        why = f"压缩包里的压缩包，{_UNPACK_FIRST}" if packed else "不是表格"
        found.left.append(LeftFile(f"{shown}/{name}", why, lists=packed))


def _no_list(name: str) -> str:
    """Why a file of this name is not looked at, "" for one that is."""
    if name.startswith("~$"):
        return "表格打开时的临时文件"
    if name.startswith(".") or name.lower() in _SYSTEM:
        return "系统的文件"
    if name.startswith("~") or name.lower().endswith(_UNFINISHED):
        return "没有下载完，或是临时文件"
    return ""


def _is_workbook(path: Path) -> bool:
    """Whether a file is a workbook though its ending is that of none."""
    with path.open("rb") as file:
        if not file.read(8).startswith(_BOOKS):
            return False
        file.seek(0)
        data = file.read()
    try:
        return kind_of(data, path.name) in ("xlsx", "xlsb", "ods", "xls", "locked")
    except InputError:
        return False
