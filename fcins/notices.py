"""Notices: what the clerk must know of a file or a sheet, so that nothing in it is passed over in silence.

A finding is something wrong in a row; a notice is about columns, sheets, files and lists: what was found, and what
follows from it. Only what may change a result is one. Any stage between the cells and the answer may give some.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Notice:
    """`code`: of NOTICES; `text`: what was found and the consequence, Chinese, without any ID.

    `sheet`: its name, "" of the whole file; `rows`: the rows concerned as Excel numbers them, none where it is about
    columns. `loses`: rows or money were not taken as they stand: it is said under -q too. `headings`: the columns it
    is about: who reads one of them after all takes the notice back.
    """

    code: str
    text: str
    sheet: str = ""
    rows: tuple[int, ...] = ()
    loses: bool = False
    headings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {"code": self.code, "text": self.text, "sheet": self.sheet, "rows": list(self.rows)}


NOTICES: dict[str, str] = {
    "N101": "有一列没有用到",
    "N102": "同一项内容有两列",
    "N103": "表头中写了计量单位",
    "N104": "状态栏的说法看不懂",
    "N201": "有隐藏的行或工作表",
    "N202": "有隐藏的列",
    "N203": "有加删除线的行",
    "N204": "有工作表没有读",
    "N205": "同一工作表中有几个表或几个部分",
    "N206": "表头下面的说明行已跳过",
    "N207": "有错误值或没有结果的公式",
    "N301": "同类名单已经有了，这一份是另加的，没有替换",
    "N302": "有名单没有收到",
    "N303": "文件的种类、人员类别、村（居）或分户有疑问",
    "N304": "有两个同名的工作表或部件",
}
"""Code → what the notice is about. N1xx columns, N2xx sheets and rows, N3xx files and lists."""
