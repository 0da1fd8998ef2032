"""Written by something else than Excel, and read by Excel all the same."""

from field.making import ID, THREE, THREE_HOLD, case, payments, roster, roster_rows
from field.raw_files import MAIN, escaped, letters, raw_xlsx
from odd_files import rewritten


@case(
    "package", "MiniExcel#193, readxl#202, umya-spreadsheet#370: Open XML SDK and report servers prefix every element"
)
def case_prefix_on_every_element(folder):
    # x:worksheet, x:row, x:c: the same XML to any XML parser, so all three people are on the roster.
    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), prefix="x"), THREE_HOLD)


@case("package", "ExcelDataReader#682, umya-spreadsheet#366, rusty-sheet#4: ns0:Relationship in workbook.xml.rels")
def case_prefix_in_relationships(folder):
    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), rels_prefix="ns0"), THREE_HOLD)


@case(
    "package",
    "calamine#530, Open-XML-SDK#1128, PhpSpreadsheet#3472: xl\\workbook.xml inside the zip; Excel and WPS open it",
)
def case_backslashes_in_zip(folder):
    # Not what the zip specification says, but Office opens it (calamine#530): so does a careful program. "Text or slides"
    # is not what it is, and copying the table out of Word is no way to mend it.
    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), slash="\\"), THREE_HOLD)


@case("package", "zip written to a stream: sizes stand behind the data (JSP and Spring exports)")
def case_streamed_zip(folder):
    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), stream=True), THREE_HOLD)


@case(
    "package", "xlrd#241, OpenXLSX#254 (workbook22.xml): the workbook is what _rels/.rels names, whatever it is called"
)
def case_workbook_part_of_another_name(folder):
    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), book_part="xl/workbook2.xml"), THREE_HOLD)


@case("package", "calamine#261, readxl#648, spout#267: cells and rows without r=")
def case_cells_without_positions(folder):
    # An empty cell still takes its place: 村居 is blank on the second row, the name must not move into it.
    rows = roster_rows(THREE)
    rows[2][2] = ""
    expect = {**THREE_HOLD}
    return roster(raw_xlsx(folder / "低保.xlsx", rows, positions=False, row_positions=False), expect)


@case("package", "xlsx whose rows have no r=, with a blank row written as <row/>")
def case_rows_without_numbers(folder):
    rows = roster_rows(THREE)
    rows.insert(2, ["", "", "", "", ""])
    return roster(raw_xlsx(folder / "低保.xlsx", rows, row_positions=False), THREE_HOLD)


@case("package", "home-made exporters declare and write GBK; XML parsers take any declared encoding")
def case_sheet_in_gbk(folder):
    # Excel opens UTF-8 and UTF-16 only, so a refusal is right too, if it does not say that the transfer was cut short.
    path = raw_xlsx(
        folder / "低保.xlsx", roster_rows(THREE), declaration='<?xml version="1.0" encoding="GBK"?>', encoding="gbk"
    )
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "编码|GBK|另存"}]})


@case(
    "escape",
    "calamine#469, exceljs#584, spreadsheet-parsexlsx#81: a line break is written _x000D_ by POI, NPOI and WPS",
)
def case_escaped_carriage_returns(folder):
    # What Excel shows is the name alone; _x000D_ is a line break, and no part of a name or an ID.
    rows = roster_rows(THREE)
    for row in rows[1:]:
        row[3], row[4] = row[3] + "_x000D_", row[4] + "_x000D_"
    return roster(raw_xlsx(folder / "低保.xlsx", rows), THREE_HOLD)


@case("escape", "openxlsx#374, spreadsheet-parsexlsx#72: readings (rPh) beside a text, and a text in several runs")
def case_phonetic_guides_and_rich_runs(folder):
    # openxlsx#374, parsexlsx#72: <rPh> is the reading beside the name, no part of it; runs belong together.
    def cell(row, column, text):
        if column == 3 and row > 1:
            return (
                f'<c r="D{row}" t="inlineStr"><is><r><rPr><b/></rPr><t>{text[:1]}</t></r><r><t>{text[1:]}</t></r>'
                f'<rPh sb="0" eb="1"><t>zhao</t></rPh><phoneticPr fontId="1"/></is></c>'
            )
        return None

    return roster(raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), cell=cell), THREE_HOLD)


@case("package", 'strict OOXML: dates are written as ISO text (t="d")')
def case_iso_date_cells(folder):
    rows = [
        ["姓名", "身份证号", "险种", "缴费金额", "缴费日期", "凭证号"],
        ["孙福来", ID["孙福来"], "居民医保", "380", "2023-11-05T00:00:00", "P1"],
        ["周建国", ID["周建国"], "居民医保", "380", "2023-11-06", "P2"],
    ]

    def cell(row, column, text):
        return f'<c r="E{row}" t="d"><v>{text}</v></c>' if column == 4 and row > 1 else None

    return payments(
        raw_xlsx(folder / "缴费.xlsx", rows, cell=cell),
        {"exit": 0, "rows": {"read": 2, "accepted": 2}, "status": {"孙福来": "已缴清", "周建国": "已缴清"}},
    )


@case("package", "sheet written by a browser export: a BOM in front of the XML declaration")
def case_byte_order_mark_before_xml(folder):
    return roster(
        raw_xlsx(folder / "低保.xlsx", roster_rows(THREE), declaration='\ufeff<?xml version="1.0" encoding="UTF-8"?>'),
        THREE_HOLD,
    )


@case("package", "JSP pages put their blank lines in front of the file they send; zip tools open it all the same")
def case_blank_lines_before_the_zip(folder):
    path = raw_xlsx(folder / "低保.xlsx", roster_rows(THREE))
    path.write_bytes(b"\r\n\r\n" + path.read_bytes())
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "损坏|另存", "unsaid": "不是工作簿，也不是文本"}]})


@case("package", "PhpSpreadsheet utf16be.xlsx: the sheet's XML in UTF-16", severity="misleading")
def case_sheet_in_utf_16(folder):
    # Excel writes UTF-8 and reads UTF-16 as well.
    path = raw_xlsx(
        folder / "低保.xlsx",
        roster_rows(THREE),
        declaration='<?xml version="1.0" encoding="UTF-16"?>',
        encoding="utf-16",
    )
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "编码|UTF-16|另存为"}]})


@case(
    "package",
    "POI 64420.xlsm, xlmmacro.xlsm, SheetJS BlankSheetTypes.xlsm: an Excel 4.0 macro sheet, such as old macro viruses leave behind, hidden",
    severity="misleading",
)
def case_a_macro_sheet_beside_the_list(folder):
    # The list is a good worksheet; the macro sheet is none of the program's business. "Damaged" is not true.
    path = raw_xlsx(
        folder / "低保.xlsm",
        roster_rows(THREE),
        extra={
            "xl/macrosheets/sheet1.xml": f'<xm:macrosheet xmlns="{MAIN}" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><sheetData/></xm:macrosheet>'
        },
    )

    def change(name, text):
        if name == "xl/workbook.xml":
            return text.replace(
                b"</sheets>", b'<sheet name="Macro1" sheetId="9" state="veryHidden" r:id="rId9"/></sheets>'
            )
        if name == "xl/_rels/workbook.xml.rels":
            return text.replace(
                b"</Relationships>",
                b'<Relationship Id="rId9" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="macrosheets/sheet1.xml"/></Relationships>',
            )
        return text

    path.write_bytes(rewritten(path.read_bytes(), change))
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "宏"}]})


@case("package", 'calamine#607: a shared-string cell with nothing in it, <c t="s"><v/></c>')
def case_empty_shared_string_cells(folder):
    # An empty cell, not the first text of the file.
    rows = roster_rows(THREE)
    texts = list(dict.fromkeys(str(text) for row in rows for text in row))
    sst = f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{escaped(t)}</t></si>" for t in texts) + "</sst>"

    def cell(row, at, text):
        return (
            f'<c r="{letters(at)}{row}" t="s"><v/></c>'
            if (row, at) == (3, 2)
            else f'<c r="{letters(at)}{row}" t="s"><v>{texts.index(str(text))}</v></c>'
        )

    return roster(raw_xlsx(folder / "低保.xlsx", rows, cell=cell, sst=sst), THREE_HOLD)
