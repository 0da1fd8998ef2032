"""Text files, damaged numbers, characters."""

from field.making import (
    ID,
    PAID_HEAD,
    THREE,
    THREE_HOLD,
    as_csv,
    case,
    paid_row,
    payments,
    roster,
    roster_rows,
    sheet_of,
)


@case("text file", "DOS and FoxPro programs end a text with Ctrl-Z (0x1A)")
def case_ctrl_z_at_the_end(folder):
    path = folder / "低保.csv"
    path.write_bytes(as_csv(roster_rows(THREE)).encode("gb18030") + b"\x1a")
    return roster(path, THREE_HOLD)


@case("text file", "a stray NUL or control character in one address is no reason to refuse a file")
def case_control_character_in_one_cell(folder):
    rows = roster_rows(THREE)
    rows[0].append("备注")
    for row in rows[1:]:
        row.append("")
    rows[2][5] = "退役\x01军人"
    path = folder / "低保.csv"
    path.write_bytes(as_csv(rows).encode("gb18030"))
    return roster(
        path, {"any": [THREE_HOLD, {"exit": 4, "said": "控制字符|第3行|不可见", "unsaid": "不是工作簿，也不是文本"}]}
    )


@case("text file", "one byte of a GBK file is damaged: one name is spoilt, not the file")
def case_one_broken_byte(folder):
    data = as_csv(roster_rows(THREE)).encode("gb18030")
    at = data.index("孙福来".encode("gb18030"))
    path = folder / "低保.csv"
    path.write_bytes(data[: at + 1] + data[at + 2 :])  # a byte lost, as when a field is cut at N bytes
    # Either everything but that row, or a refusal that says where: "neither a workbook nor a text" is not true.
    return roster(
        path,
        {
            "any": [
                {"exit": 0, "rows": {"read": 3, "accepted": 2}},
                {"exit": 4, "said": "编码|第3行|乱码", "unsaid": "不是工作簿，也不是文本"},
            ]
        },
    )


@case("text file", "bank and tax batch files are separated by |")
def case_separated_by_bars(folder):
    path = folder / "低保.txt"
    path.write_bytes(as_csv(roster_rows(THREE), "|").encode("gb18030"))
    return roster(path, {"any": [THREE_HOLD, {"exit": 4, "said": "分隔"}]})


@case("text file", "Excel for Mac and old systems end lines with CR alone")
def case_carriage_returns_only(folder):
    path = folder / "低保.csv"
    path.write_bytes(as_csv(roster_rows(THREE), end="\r").encode("gb18030"))
    return roster(path, THREE_HOLD)


@case("text file", "Excel's own first line sep=; (and sep=,)")
def case_separator_told_in_the_first_line(folder):
    path = folder / "低保.csv"
    path.write_bytes(b"\xef\xbb\xbfsep=;\r\n" + as_csv(roster_rows(THREE), ";").encode())
    return roster(path, THREE_HOLD)


@case("text file", "copy a.csv+b.csv: a BOM and the headings again in the middle")
def case_concatenated_files(folder):
    one, two = as_csv(roster_rows(THREE[:2])), as_csv(roster_rows(THREE[2:]))
    path = folder / "低保.csv"
    path.write_bytes(b"\xef\xbb\xbf" + one.encode() + b"\xef\xbb\xbf" + two.encode())
    return roster(path, THREE_HOLD)


@case("text file", 'NewLifeX/X#68, archi#840: a tab, an apostrophe or ="…" around the ID, to stop Excel')
def case_guards_around_the_id(folder):
    rows = roster_rows(THREE)
    rows[1][4] = "\t" + rows[1][4]
    rows[2][4] = f'"=""{rows[2][4]}"""'
    rows[3][4] = "'" + rows[3][4] + "\t"
    path = folder / "低保.csv"
    path.write_bytes(as_csv(rows).encode("gb18030"))
    return roster(path, THREE_HOLD)


@case(
    "damaged numbers",
    "easyexcel#646, Archery#819: a CSV saved once more by Excel has receipts as 2.43705E+19",
    severity="silent",
)
def case_receipts_in_scientific_notation(folder):
    # Three payments of three people: alike only because Excel destroyed the digits. None may be lost as a copy.
    rows = [PAID_HEAD, *[paid_row((n, "居民医保", "380", "2.43705E+19")) for n in ("孙福来", "周建国", "李秀兰")]]
    path = folder / "缴费.csv"
    path.write_bytes(as_csv(rows).encode("gb18030"))
    return payments(path, {"exit": 0, "rows": {"read": 3, "accepted": 3, "duplicate": 0}, "counted": "1140.00"})


@case("damaged numbers", "the same with the digits gone: …000000", severity="silent")
def case_receipts_that_end_in_zeros(folder):
    # 24370499230000000000 three times: 15 digits survive, the last five are Excel's zeros, as text after pasting.
    rows = [
        PAID_HEAD,
        *[paid_row((n, "居民医保", "380", "24370499230000000000")) for n in ("孙福来", "周建国", "李秀兰")],
    ]
    path = folder / "缴费.csv"
    path.write_bytes(as_csv(rows).encode("gb18030"))
    return payments(
        path,
        {
            "any": [
                {"exit": 0, "rows": {"read": 3, "accepted": 3, "duplicate": 0}, "counted": "1140.00"},
                {"exit": 0, "counted": "1140.00", "said": "凭证号"},
            ]
        },
    )


@case("damaged numbers", "Magicodes.IE#140, easyexcel#314: IDs as 3.70499E+17, as text too")
def case_ids_in_scientific_notation(folder):
    rows = roster_rows(THREE)
    rows[1][4], rows[2][4] = "3.70499E+17", "3.70499196003e+17"
    path = folder / "低保.csv"
    path.write_bytes(as_csv(rows).encode("gb18030"))
    return roster(path, {"exit": 0, "rows": {"read": 3, "accepted": 1, "rejected": 2}, "findings": {"E107": 2}})


@case(
    "characters",
    "pdf_oxide#123 #1060, pdfbox#470: names copied from a PDF hold radicals (⻓ U+2ED3 for 长, ⼤ U+2F24 for 大), the same to the eye",
    severity="misleading",
)
def case_radicals_from_a_pdf(folder):
    rows = roster_rows(["赵大柱", "郑长河"])
    rows[1][3], rows[2][3] = "赵⼤柱", "郑⻓河"
    # "registered under another name" is what nobody can see on the screen.
    return roster(
        sheet_of(folder / "低保.xlsx", rows), {"exit": 0, "rows": {"read": 2, "accepted": 2}, "findings": None}
    )


@case("characters", "IDs pasted from a web page or a phone carry U+202D … U+202C, U+200E, U+00A0")
def case_direction_marks_around_ids(folder):
    rows = roster_rows(THREE)
    rows[1][4], rows[2][4], rows[3][4] = (
        "\u202d" + rows[1][4] + "\u202c",
        "\u200e" + rows[2][4],
        "\u00a0" + rows[3][4] + "\ufeff",
    )
    return roster(sheet_of(folder / "低保.xlsx", rows), THREE_HOLD)


@case("characters", "former names and remarks in the name's cell: 张三（曾用名李四）", severity="misleading")
def case_former_names_in_brackets(folder):
    rows = roster_rows(THREE)
    rows[1][3], rows[2][3], rows[3][3] = "赵大柱（曾用名赵铁柱）", "孙福来(户主)", "周建国*"
    # The ID's holder is 赵大柱: a careful clerk takes all three. Returned, the reason must at least name the brackets.
    return roster(sheet_of(folder / "低保.xlsx", rows), {"any": [THREE_HOLD, {"exit": 0, "said": "括号|曾用名"}]})


@case("characters", "system exports write code and word: 1-男, 01-汉族", severity="misleading")
def case_codes_before_words(folder):
    rows = [["姓名", "性别", "身份证号"], ["孙福来", "1-男", ID["孙福来"]], ["李秀兰", "2-女", ID["李秀兰"]]]
    # No contradiction to the ID: no W110.
    return roster(
        sheet_of(folder / "低保.xlsx", rows), {"exit": 0, "rows": {"read": 2, "accepted": 2}, "findings": None}
    )
