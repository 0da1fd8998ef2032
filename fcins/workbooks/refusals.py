"""What a file is when it cannot be read, in one clear line and what to do about it."""

from fcins.errors import InputError

SAVE_AS = "请在 Excel 或 WPS 中打开，另存为 .xlsx 后再导入。"


def damaged(file: str, part: str = "") -> InputError:
    """The error for a workbook that cannot be read through; `part`: which part of it, if one knows."""
    where = f"（{part}）" if part else ""
    return InputError(
        f"{file}：文件已损坏{where}，读不出来。", "可能没有传完整；请重新获取，或在 Excel、WPS 中打开后另存为 .xlsx。"
    )


def locked(file: str, how: str = "", *, tried: bool = False) -> InputError:
    """The error for a workbook under a password; `how`: the encryption; `tried`: a password was given, another one."""
    kind = f"（{how}）" if how else ""
    if tried:
        return InputError(f"{file}：工作簿的密码不对，打不开{kind}。", "请向报送单位核对密码；区分大小写。")
    return InputError(
        f"{file}：工作簿加了密码，打不开{kind}。",
        "知道密码的，写在一个文本文件里，用 --password-file 指明；或者在 Excel、WPS 中打开，取消密码后另存再导入。",
    )


def too_large(file: str, sheet: str) -> InputError:
    """The error for a sheet whose last cell lies so far out that no memory would hold the rectangle."""
    return InputError(
        f"{file}：工作表“{sheet}”的有效区域太大，很远的地方有多余的单元格（按 Ctrl+End 可以看到）。",
        "请把数据区域复制到新工作簿，另存后再导入。",
    )
