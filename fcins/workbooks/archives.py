"""The workbooks of a .zip, one by one and in memory: nothing of a list of people is unpacked to disk."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from fcins.errors import InputError
from fcins.workbooks.package import open_package, part_bytes

_ENDINGS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".txt", ".et", ".htm", ".html", ".xml"}
_NAME_IS_UTF8 = 0x800  # a flag of the zip format


def is_archive(data: bytes) -> bool:
    """Whether a file is a .zip with workbooks in it, and not itself a workbook or a document."""
    if not data.startswith(b"PK"):
        return False
    try:
        names = {name.lower() for name in zipfile.ZipFile(io.BytesIO(data)).namelist()}
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    if {"[content_types].xml", "mimetype", "content.xml"} & names:
        return False
    return any(PurePosixPath(name).suffix in _ENDINGS for name in names)


def workbooks_in(data: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each workbook of a .zip, in its order; folders and other files are passed over.

    Raises InputError: damaged, under a password, would inflate beyond reason, or no workbook in it.
    """
    package = open_package(data, file)
    found = False
    for entry in package.infolist():
        name = PurePosixPath(_true_name(entry).replace("\\", "/"))
        usable = name.suffix.lower() in _ENDINGS and not name.name.startswith(("~$", "._", "."))
        if entry.is_dir() or not usable or "__MACOSX" in name.parts:
            continue
        found = True
        yield str(name), part_bytes(package, entry.filename, file)
    if not found:
        raise InputError(f"{file}：压缩包里没有工作簿。", "请核对是否拿错了文件。")


def _true_name(entry: zipfile.ZipInfo) -> str:
    """Windows writes names in GBK and does not say so."""
    if entry.flag_bits & _NAME_IS_UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
