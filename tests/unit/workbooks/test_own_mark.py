"""The mark by which a workbook that this program wrote is told from one that a department made."""

import datetime
import zipfile

import openpyxl
import pandas as pd
from sheets import write_xlsx

from fcins.workbooks.own_mark import marked_document
from fcins.workbooks.writing import Column, Sheet, write_workbook


def ours(path):
    sheet = Sheet("东村", "清册", ("", "", ""), (Column("姓名", 9),), pd.DataFrame({"姓名": ["甲"]}))
    write_workbook(path, [sheet], document="征收清册", created=datetime.date(2023, 12, 1))
    return path


def test_ours(tmp_path):
    assert marked_document(ours(tmp_path / "a.xlsx")) == "征收清册"


def test_saved_by_another_program(tmp_path):
    path = ours(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.save(tmp_path / "b.xlsx")
    assert marked_document(tmp_path / "b.xlsx") == "征收清册"


def test_of_others(tmp_path):
    text, broken = tmp_path / "a.csv", tmp_path / "b.xlsx"
    text.write_text("姓名", "utf-8")
    broken.write_bytes(b"PK\x03\x04")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as parts:
        parts.writestr("docProps/core.xml", "<cp:category>\u4f4e\u4fdd</cp:category>")
    others = [text, broken, tmp_path / "c.xlsx", tmp_path / "none.xlsx", write_xlsx(tmp_path / "d.xlsx", "| 姓名 |")]
    assert [marked_document(path) for path in others] == [""] * 5
