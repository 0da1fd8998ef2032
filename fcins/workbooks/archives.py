"""The workbooks of a .zip, one by one and in memory: nothing of a list of people is unpacked to disk."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fcins.errors import InputError
from fcins.workbooks.package import open_package, part_bytes

ENDINGS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".txt", ".et", ".htm", ".html", ".xml"}
"""How the names of workbooks end."""

_NAME_IS_UTF8 = 0x800  # a flag of the zip format


@dataclass(frozen=True)
class ArchivedFile:
    """A workbook in a .zip, which is opened as a file on disk is. `entry`: its name as the archive writes it; `within`:
    that name in letters, with its folders."""

    archive: Path
    entry: str
    within: str

    @property
    def name(self) -> str:
        """Its own name, without folders."""
        return PurePosixPath(self.within).name

    def open(self, mode: str = "rb") -> io.BytesIO:
        """Its bytes, as a file to read. Raises InputError: the archive or this part of it is damaged or locked."""
        package = open_package(self.archive.read_bytes(), self.archive.name)
        return io.BytesIO(part_bytes(package, self.entry, self.archive.name))


WorkbookFile = Path | ArchivedFile
"""Where the bytes of a workbook are."""


def is_archive(path: Path) -> bool:
    """Whether a file is a .zip that is not itself a workbook or a document: one of lists, or of anything else."""
    try:
        names = {name.lower() for name in zipfile.ZipFile(path).namelist()}
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return not {"[content_types].xml", "mimetype", "content.xml"} & {name.replace("\\", "/") for name in names} and (
        path.suffix.lower() == ".zip" or any(PurePosixPath(name).suffix in ENDINGS for name in names)
    )


def workbooks_in(path: Path) -> tuple[list[ArchivedFile], list[str]]:
    """The workbooks of a .zip, in its order, and the names of its other files, which nobody reads.

    Raises InputError: damaged, would inflate beyond reason, or no workbook in it.
    """
    found, others = entries_of(path)
    if not found:
        raise InputError(f"{path.name}：压缩包里没有工作簿。", "请核对是否拿错了文件。")
    return found, others


def entries_of(path: Path) -> tuple[list[ArchivedFile], list[str]]:
    """As `workbooks_in`, of a .zip that may have no workbook in it."""
    found, others = [], []
    for entry in open_package(path.read_bytes(), path.name).infolist():
        name = PurePosixPath(_true_name(entry).replace("\\", "/"))
        if entry.is_dir() or name.name.startswith(("~$", "._", ".")) or "__MACOSX" in name.parts:
            continue
        if name.suffix.lower() in ENDINGS:
            found.append(ArchivedFile(path, entry.filename, str(name)))
        else:
            others.append(str(name))
    return found, others


def _true_name(entry: zipfile.ZipInfo) -> str:
    """Windows writes names in GBK and does not say so, Linux in UTF-8: Chinese in GBK is next to never valid UTF-8."""
    if entry.flag_bits & _NAME_IS_UTF8:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return entry.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return entry.filename
