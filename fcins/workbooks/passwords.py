"""Workbooks under a password: opened with it, or refused with what kind of lock it is."""

import io
from collections.abc import Sequence
from typing import Any

from fcins.workbooks.refusals import locked

_OF_EVERYBODY = "VelvetSweatshop"  # Excel encrypts with it what 保护工作簿 protects, and asks nobody for it
_FILEPASS, _EOF = 0x2F, 0x0A
_BEGINNINGS = (0x0009, 0x0209, 0x0409, 0x0809)
_OLD_LOCKS = {0: "旧式 XOR 加密", 1: "RC4 加密"}
_PACKAGE_LOCK = "AES 加密"
_OTHER_LOCK = "未知的加密方式"


def unlocked(data: bytes, file: str, passwords: Sequence[str] = ()) -> bytes:
    """An OLE file's workbook without its encryption, by one of the passwords; the same bytes if it has none.

    Raises InputError: another password, or none is known; encrypted in an unknown way, or the lock is damaged.
    """
    how = _lock_of(data)
    if not how:
        return data
    import msoffcrypto

    for each in (_OF_EVERYBODY, *passwords):
        out = io.BytesIO()
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(data if how == _PACKAGE_LOCK else _evened(data)))
            office.load_key(password=each)
            office.decrypt(out)
        except MemoryError:
            raise
        except Exception:  # another password makes it fail in many ways
            continue
        if out.getvalue():
            return out.getvalue()
    raise locked(file, how, tried=bool(passwords))


def _lock_of(data: bytes) -> str:
    """How an OLE file is encrypted, "" if it is not: by the FILEPASS record of an .xls, or as a whole package."""
    from olefile import OleFileIO

    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            if ole.exists("EncryptedPackage"):
                return _PACKAGE_LOCK
            stream = ole.openstream(_stream_name(ole)).read(1 << 16)
    except Exception:  # no OLE file, or damaged: whoever reads the cells says so, here only the lock matters
        return _PACKAGE_LOCK if "EncryptedPackage".encode("utf-16-le") in data else ""
    for at, (kind, content) in enumerate(_records(stream)):
        if kind == _FILEPASS:
            return _OLD_LOCKS.get(int.from_bytes(content[:2], "little"), _OTHER_LOCK)
        if kind == _EOF or (at == 0 and kind not in _BEGINNINGS):
            break
    return ""


def _stream_name(ole: Any) -> str:
    return "Workbook" if ole.exists("Workbook") else "Book"


def _records(stream: bytes) -> Any:
    at = 0
    while at + 4 <= len(stream):
        length = int.from_bytes(stream[at + 2 : at + 4], "little")
        yield int.from_bytes(stream[at : at + 2], "little"), stream[at + 4 : at + 4 + length]
        at += 4 + length


def _evened(data: bytes) -> bytes:
    """The .xls with the zeros behind its last record as a record of their own: msoffcrypto reads on to the end, and
    fails where they are not a multiple of four bytes."""
    from olefile import OleFileIO

    changed = io.BytesIO(data)
    with OleFileIO(changed, write_mode=True) as ole:
        name = _stream_name(ole)
        stream = ole.openstream(name).read()
        end = 0
        for kind, content in _records(stream):
            if not kind and not content:
                break
            end += 4 + len(content)
        rest = len(stream) - end - 4
        if 0 <= rest < 1 << 16:
            ole.write_stream(name, stream[: end + 2] + rest.to_bytes(2, "little") + stream[end + 4 :])
        return changed.getvalue()
