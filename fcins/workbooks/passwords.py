"""Workbooks under a password: opened with it, or refused with what kind of lock it is."""

import io

from fcins.workbooks.refusals import damaged, locked

_OF_EVERYBODY = "VelvetSweatshop"  # Excel encrypts with it what 保护工作簿 protects, and asks nobody for it
_FILEPASS = 0x2F
_BOF = (0x0009, 0x0209, 0x0409, 0x0809)
_HOW = {0: "旧式 XOR 加密", 1: "RC4 加密"}


def unlocked(data: bytes, file: str, password: str = "") -> bytes:
    """An OLE file's workbook without its encryption; the same bytes if it has none.

    Raises InputError: another password, or none is known; encrypted in an unknown way; damaged.
    """
    how = _how(data)
    if how is None:
        return data
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    for each in dict.fromkeys([_OF_EVERYBODY, password] if password else [_OF_EVERYBODY]):
        out = io.BytesIO()
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(data))
            how = _HOW_PACKAGE.get(getattr(office, "type", ""), how)
            office.load_key(password=each)
            office.decrypt(out)
        except (InvalidKeyError, DecryptionError):
            continue
        except (FileFormatError, ParseError, OSError) as error:
            raise damaged(file, "加密信息") from error
        except Exception:  # a wrong password makes it fail in many ways
            continue
        if out.getvalue():
            return out.getvalue()
    raise locked(file, how, tried=bool(password))


_HOW_PACKAGE = {"agile": "AES 加密", "standard": "AES 加密", "extensible": "未知的加密"}


def _how(data: bytes) -> str | None:
    """How an OLE file is encrypted, None if it is not: by the FILEPASS record of .xls, or the encrypted package."""
    from olefile import OleFileIO

    if not data.startswith(b"\xd0\xcf"):
        return None
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            if ole.exists("EncryptedPackage"):
                return "AES 加密"
            name = next((each for each in ("Workbook", "Book") if ole.exists(each)), "")
            stream = ole.openstream(name).read(1 << 16) if name else b""
    except Exception:  # damaged: the reader of the cells says so; only the lock matters here
        return "AES 加密" if "EncryptedPackage".encode("utf-16-le") in data else None
    at = 0
    while at + 4 <= len(stream):
        kind, length = (int.from_bytes(stream[place : place + 2], "little") for place in (at, at + 2))
        if kind == _FILEPASS:
            return _HOW.get(int.from_bytes(stream[at + 4 : at + 6], "little") if length > 4 else 0, "未知的加密")
        if kind == 0x0A or (at == 0 and kind not in _BOF):
            return None
        at += 4 + length
    return None
