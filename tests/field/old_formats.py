"""Old formats, and small files that ask for gigabytes."""

import io

from field.making import THREE, THREE_HOLD, case, roster, roster_rows, text_rows
from field.raw_files import code_page, far_xls
from odd_files import excel_2, excel_3, excel_5, locked_xls


@case(
    "old format",
    "calamine#374, hucre#572 (accounting programs still export it): Excel 5/95 files, texts in the code page",
)
def case_excel_95_in_gbk(folder):
    expect = {"any": [THREE_HOLD, {"exit": 4, "said": "另存"}]}
    path = folder / "低保.xls"
    path.write_bytes(excel_5(text_rows(THREE), 936))
    return roster(path, expect)


@case("old format", "fesod#558, office_oxide#227 #376: a bare BIFF2 stream")
def case_excel_2_in_gbk(folder):
    # A workbook, only very old: Excel and WPS open it. Refusing it is right, if the cause is said.
    path = folder / "低保.xls"
    path.write_bytes(excel_2(text_rows(THREE)))
    return roster(
        path,
        {
            "any": [
                THREE_HOLD,
                {"exit": 4, "said": "旧|老|低版本|Excel ?(2|3|4|5|95)|BIFF|另存", "unsaid": "不是工作簿，也不是文本"},
            ]
        },
    )


@case("old format", "xlrd, SheetJS and ExcelDataReader 466 have such files: a bare BIFF3 stream")
def case_excel_3_in_gbk(folder):
    path = folder / "低保.xls"
    path.write_bytes(excel_3(text_rows(THREE)))
    return roster(
        path,
        {
            "any": [
                THREE_HOLD,
                {"exit": 4, "said": "旧|老|低版本|Excel ?(2|3|4|5|95)|BIFF|另存", "unsaid": "不是工作簿，也不是文本"},
            ]
        },
    )


@case("old format", "pandas#11503, xlrd#350: what government systems export as .xls is a web page")
def case_web_page_named_xls(folder):
    table = "".join(
        "<tr>" + "".join(f"<td style='vnd.ms-excel.numberformat:@'>{c}</td>" for c in row) + "</tr>"
        for row in roster_rows(THREE)
    )
    path = folder / "低保.xls"
    path.write_text(
        f"<html><head><meta charset=utf-8></head><body><table border=1>{table}</table></body></html>", encoding="utf-8"
    )
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "网页"}]})


@case("old format", "pandas#11503: XML 表格 2003 named .xls")
def case_xml_spreadsheet_2003(folder):
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>"
        for row in roster_rows(THREE)
    )
    path = folder / "低保.xls"
    path.write_text(
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Sheet1"><Table>{rows}</Table></Worksheet></Workbook>',
        encoding="utf-8",
    )
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "XML"}]})


@case(
    "memory",
    "a stray cell in IV65536 (Ctrl+End) of an .xls of 6 KB; the .xlsx reader has a guard, the .xls reader none",
    severity="memory",
)
def case_stray_cell_in_the_last_corner(folder):
    return roster(
        far_xls(folder / "低保.xls", 255),
        {"any": [{**THREE_HOLD, "peak": 700}, {"exit": 4, "said": "有效区域", "peak": 700}]},
    )


@case(
    "old format",
    "POI WORKBOOK_in_capitals.xls, BOOK_in_capitals.xls: the stream's name in capitals (report writers)",
    severity="misleading",
)
def case_stream_name_in_capitals(folder):
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(roster_rows(THREE)):
        for place, text in enumerate(row):
            sheet.write(at, place, text)
    out = io.BytesIO()
    book.save(out)
    path = folder / "低保.xls"
    path.write_bytes(out.getvalue().replace("Workbook".encode("utf-16-le"), "WORKBOOK".encode("utf-16-le")))
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "unsaid": "Word"}]})


@case(
    "old format",
    "xlnt#161, SheetJS#302, SheetJS#355: 保护工作簿 in an .xls encrypts it with a password that everybody has; Excel and WPS ask for none",
    severity="refused",
)
def case_workbook_protected_but_not_locked(folder):
    path = folder / "低保.xls"
    path.write_bytes(locked_xls(text_rows(THREE), "VelvetSweatshop"))
    # The clerk opens it by a double click: "enter the password and remove it" is no help. Read, or say that the
    # protection is to be lifted (审阅 > 保护工作簿).
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "保护"}]})


@case(
    "old format",
    "calamine#229 (open), ExcelDataReader's Test_git_issue_111_NoRowRecords.xls: an .xls of today's format that states code page 936",
    severity="refused",
)
def case_an_xls_that_states_code_page_936(folder):
    # In this format (BIFF8) every text is Unicode ([MS-XLS]), so the code page says nothing about them; xlrd reads the file.
    return roster(code_page(folder, "低保.xls", 936), THREE_HOLD)
