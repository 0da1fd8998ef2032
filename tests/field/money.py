"""Which amount, which unit, which year, which day."""

import openpyxl
from field.making import ID, PAID_HEAD, THREE, THREE_HOLD, case, payments, roster, sheet_of
from field.raw_files import dated_1904


@case("columns of money", "payment platforms count in fen: 交易金额（分）", severity="silent")
def case_amounts_in_fen(folder):
    head = ["姓名", "身份证号", "险种", "缴费金额（分）", "缴费日期", "凭证号"]
    rows = [head, ["孙福来", ID["孙福来"], "居民医保", "38000", "2023-11-05", "P1"]]
    return payments(
        sheet_of(folder / "缴费.xlsx", rows), {"any": [{"exit": 0, "counted": "380.00"}, {"exit": 4, "said": "分"}]}
    )


@case("columns of money", "tax details give the period as two columns: 费款所属期起, 费款所属期止", severity="silent")
def case_period_in_two_columns(folder):
    head = ["姓名", "身份证号", "征收项目", "费款所属期起", "费款所属期止", "缴费金额", "缴费日期", "电子税票号码"]
    rows = [
        head,
        ["孙福来", ID["孙福来"], "城乡居民基本医疗保险费", "2023-01-01", "2023-12-31", "380", "2023-11-05", "T1"],
        ["周建国", ID["周建国"], "城乡居民基本医疗保险费", "2024-01-01", "2024-12-31", "380", "2023-11-05", "T2"],
    ]
    # 孙福来 paid for 2023: nothing of it counts for 2024.
    return payments(
        sheet_of(folder / "缴费.xlsx", rows),
        {"any": [{"exit": 0, "counted": "380.00"}, {"exit": 4, "said": "所属期"}, {"exit": 0, "said": "所属期"}]},
    )


@case("columns of money", "a list with what should be paid and what was paid", severity="silent")
def case_due_and_paid_columns(folder):
    head = ["姓名", "身份证号", "险种", "缴费金额", "实缴金额", "缴费日期", "凭证号"]
    rows = [
        head,
        ["孙福来", ID["孙福来"], "居民医保", "380", "380", "2023-11-05", "P1"],
        ["周建国", ID["周建国"], "居民医保", "380", "0", "2023-11-05", "P2"],
    ]
    return payments(
        sheet_of(folder / "缴费.xlsx", rows),
        {"any": [{"exit": 0, "counted": "380.00"}, {"exit": 4, "said": "金额"}, {"exit": 0, "said": "两列|实缴金额"}]},
    )


@case(
    "dates",
    "readxl#263, calamine#215: dates and amounts under the number formats of WPS and Chinese Excel",
    severity="",
)
def case_number_formats_of_chinese_excel(folder):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(folder / "缴费.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, PAID_HEAD)
    formats = [
        'yyyy"年"m"月"d"日";@',
        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
        '[DBNum1][$-804]yyyy"年"m"月"d"日";@',
        "yyyy/m/d;@",
        "[$-804]aaaa;@",
    ]
    money = [
        '_ ¥* #,##0.00_ ;_ ¥* \\-#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ',
        '#,##0.00"元"',
        "0.00_ ;[Red]\\-0.00\\ ",
        '"￥"#,##0.00;[红色]\\-"￥"#,##0.00',
        'G/通用格式"元"',
    ]
    for row, (name, date, amount) in enumerate(
        zip(["孙福来", "李秀兰", "周建国", "吴美玲", "郑长河"], formats, money, strict=False), start=1
    ):
        sheet.write_row(row, 0, [name, ID[name], "居民医保"])
        sheet.write_number(row, 3, 380, book.add_format({"num_format": amount}))
        sheet.write_number(row, 4, 45235, book.add_format({"num_format": date}))  # 2023-11-05
        sheet.write_string(row, 5, f"P{row}")
    book.close()
    return payments(
        folder / "缴费.xlsx",
        {
            "exit": 0,
            "rows": {"read": 5, "accepted": 5},
            "counted": "1900.00",
            "status": dict.fromkeys(("孙福来", "吴美玲", "郑长河"), "已缴清"),
        },
    )


@case("dates", "1904 date system (Excel for Mac)")
def case_dates_of_1904(folder):
    rows = [PAID_HEAD, ["孙福来", ID["孙福来"], "居民医保", "380", 43773, "P1"]]  # 2023-11-05 in the 1904 system
    return payments(
        dated_1904(folder, "缴费.xlsx", rows, 4, excel=False),
        {"exit": 0, "rows": {"read": 1, "accepted": 1}, "last_paid": {"孙福来": "2023-11-05"}},
    )


@case(
    "dates",
    "dates as systems print them: 20231105101500, 2023-11-05T10:15:00+08:00, 2023年11月5日 10时15分",
    severity="refused",
)
def case_dates_with_times_as_systems_print_them(folder):
    texts = ["20231105101500", "2023-11-05T10:15:00+08:00", "2023年11月5日 10时15分", "2023/11/05 10:15:00.000"]
    rows = [
        PAID_HEAD,
        *[
            [n, ID[n], "居民医保", "380", text, f"P{i}"]
            for i, (n, text) in enumerate(zip(["孙福来", "李秀兰", "周建国", "吴美玲"], texts, strict=False))
        ],
    ]
    return payments(
        sheet_of(folder / "缴费.xlsx", rows), {"exit": 0, "rows": {"read": 4, "accepted": 4}, "counted": "1520.00"}
    )


@case(
    "formula",
    "cells whose formula has no value yet (openpyxl, POI and report engines write them so)",
    severity="misleading",
)
def case_formulas_without_values(folder):
    # The ID stands in column E of the second sheet, the roster only refers to it. Nothing to read: that must be said,
    # not that the office left the number out.
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "身份证号"])
    other = book.create_sheet("数据")
    for at, name in enumerate(THREE, 2):
        other[f"E{at}"] = ID[name]
        sheet.append([name, f"=数据!E{at}"])
    book.save(folder / "低保.xlsx")
    return roster(folder / "低保.xlsx", {"any": [THREE_HOLD, {"exit": [0, 4], "said": "公式|重新计算|没有结果"}]})


@case(
    "dates",
    "ExcelDataReader#649 (its file): 1904 date system, saved by Excel 2013 or later, which adds x15:workbookPr",
    severity="silent",
)
def case_dates_of_1904_saved_by_excel(folder):
    # Day 43773 is 2023-11-05 there. Read by the other system it would be 2019-11-04: four years before the window.
    rows = [PAID_HEAD, ["孙福来", ID["孙福来"], "居民医保", "380", 43773, "P1"]]
    return payments(
        dated_1904(folder, "缴费.xlsx", rows, 4, excel=True),
        {"exit": 0, "rows": {"read": 1, "accepted": 1}, "last_paid": {"孙福来": "2023-11-05"}},
    )
