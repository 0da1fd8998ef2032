"""The mark of a workbook that this program wrote: which document it is, in a property that Excel and WPS keep."""

import re
import zipfile
import zlib

from fcins.errors import InputError
from fcins.workbooks.archives import WorkbookFile

PROGRAM = "fcins"
_PART = "docProps/core.xml"
_MARK = re.compile(rb"<(?:\w+:)?category>" + PROGRAM.encode() + rb" ([^<]{1,60})</")
_TIMES = tuple(re.compile(rb"<dcterms:" + each + rb"\b[^>]*>([^<]+)</") for each in (b"created", b"modified"))
_LARGEST_PART = 2**16
"""Our own properties take a few hundred bytes."""

_UNREADABLE = (
    *(OSError, KeyError, ValueError, EOFError, RuntimeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, InputError),
)


def mark_of(document: str) -> str:
    """What the property says of a document (征收清册)."""
    return f"{PROGRAM} {document}"


def marked_document(path: WorkbookFile) -> str:
    """Which of our documents a file says it is; "" for a file of somebody else, or one that cannot be looked into.

    Raises nothing: why a file cannot be read is said by whoever reads it.
    """
    found = _MARK.search(_properties(path))
    return found[1].decode("utf-8", errors="replace") if found else ""


def is_as_written(path: WorkbookFile) -> bool:
    """Whether a workbook that we wrote was not saved since by anybody: whoever saves it states a later time."""
    properties = _properties(path)
    times = [found[1] for each in _TIMES if (found := each.search(properties))]
    return bool(_MARK.search(properties)) and len(times) == len(_TIMES) and len(set(times)) == 1


def _properties(path: WorkbookFile) -> bytes:
    """The part with the properties, b"" where there is none or the file cannot be looked into."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as parts:
            return b"" if parts.getinfo(_PART).file_size > _LARGEST_PART else parts.read(_PART)
    except _UNREADABLE:
        return b""
