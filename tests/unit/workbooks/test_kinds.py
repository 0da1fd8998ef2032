"""Each kind of file that Excel or WPS opens is read; each that they do not is refused with its cause."""

import datetime as dt
import io
import random
import struct
import zipfile

import openpyxl
import pytest
from odd_files import (
    compound,
    excel_2,
    excel_3,
    excel_5,
    in_method,
    locked_xls,
    package,
    parts_of,
    record,
    renamed,
    rewritten,
    saved,
    sheet_xml,
    spoilt,
    xls_book,
    zipped,
)

from fcins.errors import InputError
from fcins.workbooks.archives import is_archive, workbooks_in
from fcins.workbooks.cells import grids_of, read_grids

ID = "370499196001011234"
ROWS = [["姓名", "身份证号"], ["张三", ID], ["李四", "370499195801011214"]]
PARTS = parts_of(ROWS)
PLAIN = package(PARTS)
TABLE = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
LINES = "".join(f"{a},{b}\r\n" for a, b in ROWS)
XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
    'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Styles><Style ss:ID="s1"><Font ss:StrikeThrough="1"/></Style></Styles>'
    '<Worksheet ss:Name="名册"><Table>%s</Table></Worksheet></Workbook>'
)
XML_ROWS = "".join(
    "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>" for row in ROWS
)


def texts(grid):
    return [list(row) for row in zip(*(column.to_pylist() for column in grid.columns), strict=True)]


def only(data, *passwords):
    (grid,) = grids_of(data, "名册.xls", passwords)
    return grid


def changed(**parts):
    """The plain package with the part whose name ends so replaced by a function of its text."""
    return package(
        {name: next((new(text) for end, new in parts.items() if end in name), text) for name, text in PARTS.items()}
    )


def xls(**formats):
    book = xls_book(ROWS)
    return saved(book)


def prefixed(text):
    """Every element x:element."""
    return text.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:").replace("xmlns=", "xmlns:x=")


KINDS = {
    "plain": PLAIN,
    "workbook2.xml": package(parts_of(ROWS, book="xl/workbook2.xml")),
    "another folder": package(parts_of(ROWS, book="a/b/book.xml")),
    "backslashes": package({name.replace("/", "\\"): text for name, text in PARTS.items()}),
    "capitals": package({name.upper() if "sheet1" in name else name: text for name, text in PARTS.items()}),
    "blank lines before": b"\r\n\r\n" + PLAIN,
    "UTF-16": package(PARTS, "utf-16", "UTF-16"),
    "GBK": package(PARTS, "gbk", "GBK"),
    "mark before declaration": package(PARTS, "utf-8-sig"),
    "prefixes": changed(sheet1=prefixed, **{"workbook.xml": lambda text: text}),
    "no positions": changed(
        sheet1=lambda text: text.replace(' r="A1"', "").replace(' r="2"', "").replace(' r="B2"', "")
    ),
    "Excel 2": excel_2(ROWS),
    "Excel 3": excel_3(ROWS),
    "Excel 4": excel_3(ROWS, version=4),
    "Excel 5, code page 936": excel_5(ROWS, 936),
    "Excel 5, code page 1252": excel_5(ROWS, 1252),
    "Excel 97": xls(),
    "Excel 97, code page 936": xls().replace(struct.pack("<HHH", 0x42, 2, 1200), struct.pack("<HHH", 0x42, 2, 936)),
    "WORKBOOK": renamed(xls(), "WORKBOOK"),
    "protected": locked_xls(ROWS, "VelvetSweatshop"),
    "web page": f"<html><meta charset=utf-8><table>{TABLE}</table></html>".encode(),
    "web page in GBK": f"<html><meta charset=gb2312><table>{TABLE}</table></html>".encode("gbk"),
    "web page in UTF-16": f"<html><table>{TABLE}</table></html>".encode("utf-16"),
    "web archive": (
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"<html><table>{TABLE}</table></html>"
    ).encode(),
    "XML 2003": (XML_2003 % XML_ROWS).encode(),
    "CSV in GBK": LINES.encode("gbk"),
    "Ctrl-Z": LINES.encode("gbk") + b"\x1a",
    "bars": LINES.replace(",", "|").encode(),
    "CR alone": LINES.replace("\r\n", "\r").encode(),
    "sep=;": ("sep=;\r\n" + LINES.replace(",", ";")).encode(),
    "mark in the middle": LINES.replace("张", "\ufeff张").encode("utf-8-sig"),
    "control character": LINES.replace("张", "张\x01").encode(),
    '="…"': LINES.replace(ID, f'"=""{ID}"""').encode(),
    "UTF-16 text": LINES.replace(",", "\t").encode("utf-16"),
    "UTF-16 text without a mark": LINES.encode("utf-16-le"),
    "UTF-32 text": LINES.encode("utf-32"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read(kind):
    assert texts(only(KINDS[kind])) == ROWS


def broken_zip(name):
    return rewritten(PLAIN, lambda part, data: None if part.endswith(name) else data)


REFUSED = {
    "a sheet whose part is missing": (broken_zip("sheet1.xml"), "名册.*xl/worksheets/sheet1.xml"),
    "no workbook part": (broken_zip("xl/workbook.xml"), "损坏.*xl/workbook.xml"),
    "a spoilt sheet": (spoilt(PLAIN, "xl/worksheets/sheet1.xml"), "损坏.*xl/worksheets/sheet1.xml"),
    "bytes that are lost": (PLAIN[:300] + PLAIN[500:], "损坏"),
    "Deflate64": (in_method(PLAIN, 9), "压缩方式"),
    "a lie about the encoding": (package(PARTS, "gbk", "UTF-16"), "编码"),
    "an unknown encoding": (package(PARTS, "utf-8", "klingon"), "编码"),
    "RC4": (locked_xls(ROWS, "geheim"), "密码.*RC4"),
    "XOR": (compound(record(0x0809, b"\0\6\5" + bytes(13)) + record(0x2F, bytes(6)) + record(0x0A)), "密码.*XOR"),
    "zeros": (bytes(5000), "零字节"),
    "Word": (renamed(xls(), "WordDoc"), "没有工作表"),
    "an empty stream": (compound(b""), "损坏"),
    "half an .xls": (xls()[:3000], "损坏"),
    "a page without a table": (b"<html><body>404</body></html>", "没有表格"),
    "XML that ends too soon": ((XML_2003 % XML_ROWS).encode()[:-20], "损坏.*XML"),
    "a far row of XML 2003": ((XML_2003 % XML_ROWS.replace("<Row>", '<Row ss:Index="99999999">')).encode(), "有效区域"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_with_its_cause(kind):
    data, cause = REFUSED[kind]
    with pytest.raises(InputError, match=cause) as caught:
        list(grids_of(data, "名册.xls"))
    assert caught.value.hint


def test_with_its_password():
    assert texts(only(locked_xls(ROWS, "geheim"), "geheim")) == ROWS
    with pytest.raises(InputError, match="密码不对"):
        only(locked_xls(ROWS, "geheim"), "x")


def test_a_package_under_a_password():
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    parts = {name: text.encode() for name, text in PARTS.items()}
    large = zipped({**parts, "xl/media/image1.png": random.Random(1).randbytes(9000)})
    OOXMLFile(io.BytesIO(large)).encrypt("geheim", out)
    assert texts(only(out.getvalue(), "geheim")) == ROWS
    with pytest.raises(InputError, match=r"密码.*AES"):
        only(out.getvalue())


def test_a_spoilt_theme_spoils_no_sheet():
    with_theme = zipped({**{name: text.encode() for name, text in PARTS.items()}, "xl/theme/theme1.xml": b"<a>" * 999})
    assert texts(only(spoilt(with_theme, "xl/theme/theme1.xml"))) == ROWS


def test_a_macro_sheet_is_passed_over():
    kind = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    parts = {
        **PARTS,
        "xl/workbook.xml": PARTS["xl/workbook.xml"].replace(
            "</sheets>", '<sheet name="M" sheetId="9" r:id="r9"/></sheets>'
        ),
        "xl/_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace(
            "</R", f'<Relationship Id="r9" Type="{kind}" Target="macrosheets/sheet1.xml"/></R'
        ),
        "xl/macrosheets/sheet1.xml": "<macrosheet/>",
    }
    assert texts(only(package(parts))) == ROWS


def test_two_sheets_of_one_name_are_both_read():
    first, second = grids_of(package(parts_of(ROWS, more=[("名册", sheet_xml([["王五"]]))])), "a.xlsx")
    assert (texts(first), texts(second)) == (ROWS, [["王五"]])
    assert [notice.code for notice in first.notices] == ["N304"]


def test_two_entries_of_one_name():
    out = io.BytesIO(PLAIN)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as again:
        again.writestr("xl/worksheets/sheet1.xml", sheet_xml([["王五"]]))
    grid = only(out.getvalue())
    assert texts(grid) == [["王五"]]
    assert [(notice.code, notice.loses) for notice in grid.notices] == [("N304", True)]


def test_days_of_1904_with_the_second_setting_that_excel_writes():
    book = openpyxl.Workbook()
    book.epoch = dt.datetime(1904, 1, 1)
    book.active.append([dt.date(2023, 11, 5)])
    out = io.BytesIO()
    book.save(out)
    more = b'<extLst><ext xmlns:x15="a"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>'
    data = rewritten(out.getvalue(), lambda name, text: text.replace(b"</workbook>", more))
    assert texts(only(data)) == [["2023-11-05"]]


# ── text ──


def test_one_broken_byte_spoils_one_cell():
    data = LINES.encode("gbk").replace("张".encode("gbk"), b"\xd5")
    grid = only(data)
    assert texts(grid)[1][1] == ID
    assert texts(grid)[2] == ROWS[2]
    assert dict(grid.marks.spoilt) == {0: (2,)}
    data = LINES.encode().replace("李".encode(), "李".encode()[:2])
    assert dict(only(data).marks.spoilt) == {0: (3,)}


def test_a_cell_longer_than_most():
    grid = only(LINES.replace("张三", "张" * 200_000).encode())
    assert len(texts(grid)[1][0]) == 200_000


# ── pages and XML ──


def test_a_page_as_excel_shows_it():
    page = """<html><body><h3>低保名册</h3><table>
        <tr><th rowspan=2>姓名</th><th colspan=2>证件</th></tr><tr><th>种类</th><th>号码</th></tr>
        <tr style='display:none'><td>张&nbsp;三</td><td>身份证</td><td>="1234"</td></tr>
        <tr><td>李<br>四</td><td><s>身份证</s></td><td>  5\n 6 </td></tr></table></body></html>"""
    grid = only(page.encode())
    assert texts(grid) == [
        ["低保名册", "", ""], ["姓名", "证件", ""], ["", "种类", "号码"],
        ["张 三", "身份证", "1234"], ["李\n四", "身份证", "5 6"],
    ]  # fmt: skip
    assert (grid.marks.hidden_rows, grid.marks.struck_rows) == ((4,), (5,))


def test_xml_2003_with_all_it_may_say():
    row = (
        '<Column ss:Index="2" ss:Hidden="1"/><Row ss:Index="2" ss:Hidden="1"><Cell ss:Index="2" ss:StyleID="s1"><Data '
        'ss:Type="Number">370499196001011234</Data></Cell><Cell><Data ss:Type="DateTime">2023-11-05T00:00:00.000</Data>'
        '</Cell><Cell ss:MergeAcross="1"><Data ss:Type="Error">#N/A</Data></Cell><Cell ss:Formula="=A1"/>'
        '<Cell><Data ss:Type="Boolean">1</Data></Cell></Row>'
    )
    grid = only((XML_2003 % row).encode())
    assert texts(grid)[1] == ["", "370499196001011264", "2023-11-05", "", "", "", "TRUE"]
    assert grid.numbers([1])[1].tolist() == [False, True]
    marks = grid.marks
    assert (marks.hidden_rows, marks.hidden_columns, marks.struck_rows) == ((2,), (1,), (2,))
    assert dict(marks.spoilt) == {3: (2,), 5: (2,)}


# ── marks ──


def marked_xlsx():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [*ROWS, ["王五", "=数据!A1"], ["#N/A", "x"], ["赵六", "#REF!"]]:
        sheet.append(row)
    sheet["A5"].data_type = "e"
    sheet["A2"].font = openpyxl.styles.Font(strike=True)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.auto_filter.ref = "A1:B6"
    sheet.auto_filter.add_filter_column(0, ["张三"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_marks_of_an_xlsx():
    grid = only(marked_xlsx())
    marks = grid.marks
    assert (marks.hidden_rows, marks.filtered, marks.hidden_columns, marks.struck_rows) == ((3,), True, (1,), (2,))
    assert dict(marks.spoilt) == {0: (5,), 1: (4, 6)}
    assert texts(grid)[3:] == [["王五", ""], ["", "x"], ["赵六", ""]]


@pytest.mark.parametrize("size", [40, 700])
def test_marks_do_not_depend_on_where_a_piece_ends(monkeypatch, size):
    from fcins.workbooks import package as reading

    monkeypatch.setattr(reading, "CHUNK", size)
    assert dict(only(marked_xlsx()).marks.spoilt) == {0: (5,), 1: (4, 6)}


def test_a_formula_whose_text_is_empty_has_a_value():
    cells = '<c r="A1" t="str"><f>IF(1,"")</f><v></v></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1"'
    grid = only(changed(sheet1=lambda _: sheet_xml([["", "", "x"]]).replace('<c r="C1"', cells)))
    assert dict(grid.marks.spoilt) == {}
    assert texts(grid) == [["", "2", "x"]]


def test_marks_of_an_xls():
    import xlwt

    book = xls_book(ROWS)
    sheet = book.get_sheet(0)
    sheet.write(3, 0, "王五", xlwt.easyxf("font: struck_out on"))
    sheet.row(1).hidden = True
    sheet.col(1).hidden = True
    marks = only(saved(book)).marks
    assert (marks.hidden_rows, marks.hidden_columns, marks.struck_rows) == ((2,), (1,), (4,))


def test_formats_far_below_the_table_mark_nothing():
    sheet = sheet_xml(ROWS, before='<cols><col min="9" max="16384" hidden="1"/></cols>').replace(
        "</sheetData>", '<row r="900" hidden="1"/></sheetData>'
    )
    marks = only(changed(sheet1=lambda _: sheet)).marks
    assert (marks.hidden_rows, marks.hidden_columns) == ((), ())


def ods(cells):
    head = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="名册"><table:table-column/><table:table-column table:visibility="collapse"/>'
    )
    content = f"{head}{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode(),
        "META-INF/manifest.xml": b"<manifest/>"})  # fmt: skip


@pytest.mark.parametrize("between", ["", "\n  "])
def test_an_ods_laid_out_for_people_and_with_hidden_rows(between):
    rows = between.join(
        f"<table:table-row{hidden}>{between}"
        + between.join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + f"{between}</table:table-row>"
        for row, hidden in zip(ROWS, ("", ' table:visibility="filter"', ""), strict=True)
    )
    grid = only(ods(rows + between))
    assert texts(grid) == ROWS
    assert (grid.marks.hidden_rows, grid.marks.filtered, grid.marks.hidden_columns) == ((2,), True, (1,))


def test_an_ods_that_asks_for_a_thousand_million_blanks():
    cell = (
        '<table:table-cell office:value-type="string"><text:p><text:s text:c="999999999"/></text:p></table:table-cell>'
    )
    with pytest.raises(InputError, match="损坏"):
        only(ods(f"<table:table-row>{cell}</table:table-row>"))


# ── a .zip of workbooks ──


def archive(tmp_path, data, name="a.zip"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_the_workbooks_of_a_zip(tmp_path):
    parts = {"低保/阴平镇.xlsx": PLAIN, "低保/~$阴平镇.xlsx": b"x", "说明.docx": b"x", "b.csv": LINES.encode()}
    path = archive(tmp_path, zipped(parts))
    assert is_archive(path)
    assert not is_archive(archive(tmp_path, PLAIN, "b.zip"))
    found, others = workbooks_in(path)
    assert [(each.within, texts(next(read_grids(each)))) for each in found] == [
        ("低保/阴平镇.xlsx", ROWS),
        ("b.csv", ROWS),
    ]
    assert others == ["说明.docx"]


def test_names_in_a_zip_that_windows_wrote(tmp_path):
    data = zipped({"AAAA.csv": LINES.encode()}).replace(b"AAAA", "低保".encode("gbk"))
    assert [each.name for each in workbooks_in(archive(tmp_path, data))[0]] == ["低保.csv"]


def test_a_zip_without_workbooks(tmp_path):
    with pytest.raises(InputError, match="没有工作簿"):
        workbooks_in(archive(tmp_path, zipped({"a.docx": b"x"})))


def test_a_damaged_part_of_a_zip(tmp_path):
    data = zipped({"b.csv": LINES.encode() * 9})
    path = archive(tmp_path, data[:40] + bytes([data[40] ^ 255]) + data[41:])
    (found,), _ = workbooks_in(path)
    with pytest.raises(InputError, match=r"a.zip：文件已损坏（b.csv）"):
        list(read_grids(found))
