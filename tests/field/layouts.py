"""People lost by the layout of a sheet."""

from field.making import (
    HOUSEHOLD_HEADINGS,
    ID,
    THREE,
    THREE_HOLD,
    VILLAGE,
    case,
    household_rows,
    households,
    roster,
    sheet_of,
)


@case("layout", "one form per person (一人一表), label beside value: no table at all", severity="silent")
def case_forms_instead_of_a_table(folder):
    rows = []
    for name in THREE:
        rows += [
            ["最低生活保障对象登记表"],
            ["姓名", name, "身份证号", ID[name]],
            ["村居", VILLAGE[name], "联系电话", "16300000000"],
            [],
        ]
    # 姓名 … 身份证号 is a row of labels with values between: not the headings of a table, and 赵大柱 not part of them.
    return roster(
        sheet_of(folder / "低保.xlsx", rows), {"any": [{"exit": 4}, {"exit": 0, "rows": {"read": 3, "accepted": 3}}]}
    )


@case(
    "layout",
    "JohnWall2016 csdb, poverty tables: the head only in 户主 columns, the members in their own",
    severity="silent",
)
def case_heads_only_in_their_own_columns(folder):
    head = ["户主姓名", "户主身份证号", "家庭成员姓名", "身份证号", "与户主关系"]
    rows = [
        head,
        ["赵大柱", ID["赵大柱"], "钱桂英", ID["钱桂英"], "妻子"],
        ["", "", "赵小军", ID["赵小军"], "儿子"],
        ["孙福来", ID["孙福来"], "李秀兰", ID["李秀兰"], "妻子"],
    ]
    # Five people are on this list of families in hardship; the two heads stand nowhere else.
    return roster(
        sheet_of(folder / "低保.xlsx", rows, merged=["A2:A3", "B2:B3"]),
        {
            "any": [
                {"exit": 0, "rows": {"read": 5, "accepted": 5}},
                {"exit": 4, "said": "户主"},
                {"exit": 0, "said": "户主"},
            ]
        },
    )


@case("layout", "a title four rows high, a unit line, a blank row, then headings over three rows")
def case_headings_in_row_eight_over_three_rows(folder):
    rows = [
        ["城乡居民最低生活保障对象"],
        [],
        [],
        ["花名册"],
        ["单位：阴平镇", "", "", "2023年10月"],
        [],
        ["序号", "基本情况", "", "", "备注"],
        ["", "身份信息", "", "住址", ""],
        ["", "姓名", "身份证号", "村居", ""],
        *[[i, n, ID[n], VILLAGE[n], ""] for i, n in enumerate(THREE, 1)],
    ]
    return roster(sheet_of(folder / "低保.xlsx", rows, merged=["A1:E3", "A4:E4", "B7:D7", "B8:C8"]), THREE_HOLD)


@case("layout", "a line of field codes or of examples under the headings (system templates)", severity="misleading")
def case_field_codes_under_the_headings(folder):
    rows = [["序号", "姓名", "身份证号"], ["xh", "xm", "sfzh"], *[[i, n, ID[n]] for i, n in enumerate(THREE, 1)]]
    # xm/sfzh is nobody: not a row to send back to the department.
    return roster(
        sheet_of(folder / "低保.xlsx", rows), {**THREE_HOLD, "rows": {"read": 3, "accepted": 3, "rejected": 0}}
    )


@case("layout", "totals inside the table in many words: 小 计, 村计, 计, 共3户5人", severity="misleading")
def case_totals_in_many_words(folder):
    rows = [
        ["村居", "姓名", "身份证号"],
        ["东坊村", "赵大柱", ID["赵大柱"]],
        ["", "小 计", "1"],
        ["东坊村", "孙福来", ID["孙福来"]],
        ["村计", "2人", ""],
        ["梁湖村", "周建国", ID["周建国"]],
        ["", "本页计", "3"],
        ["", "共3户3人", ""],
    ]
    return roster(
        sheet_of(folder / "低保.xlsx", rows), {**THREE_HOLD, "rows": {"read": 3, "accepted": 3, "rejected": 0}}
    )


@case("layout", "two people of a family in one cell, on two lines", severity="misleading")
def case_two_people_in_one_cell(folder):
    rows = [
        ["户主", "姓名", "身份证号"],
        ["赵大柱", "赵大柱\n钱桂英", ID["赵大柱"] + "\n" + ID["钱桂英"]],
        ["孙福来", "孙福来", ID["孙福来"]],
    ]
    # Either two people, or one returned row with a reason that fits; nobody may be taken and the other lost.
    return roster(
        sheet_of(folder / "低保.xlsx", rows),
        {
            "any": [
                {"exit": 0, "rows": {"read": 3, "accepted": 3}},
                {"exit": 0, "rows": {"read": 2, "accepted": 1, "rejected": 1}},
            ]
        },
    )


@case(
    "layout",
    "the household's number as text on one row and as a number on the next: 0600001 and 600001",
    severity="silent",
)
def case_household_numbers_without_their_zero(folder):
    rows = household_rows()
    for row in rows:
        if row[6] != "户主":
            row[3] = int(row[3])
    # One household: the head's. Its total is of all its people, and its children's line in the notice has its head.
    return households(
        sheet_of(folder / "户籍.xlsx", [HOUSEHOLD_HEADINGS, *rows]),
        {"any": [{"exit": 0, "heads_total": {"孙福来": "both"}}]},
    )


@case("layout", "last year's sheet left in the workbook, or a backup copy of it", severity="silent")
def case_last_years_sheet(folder):
    head = ["姓名", "身份证号"]
    path = sheet_of(
        folder / "低保.xlsx",
        [["2024年低保名册"], head, ["孙福来", ID["孙福来"]]],
        "2024年",
        more=[("2023年", [["2023年低保名册"], head, ["周建国", ID["周建国"]], ["孙福来", ID["孙福来"]]])],
    )
    # 周建国 was on the list of 2023. If his sheet is read, that must be said.
    return roster(
        path,
        {
            "any": [
                {"exit": 0, "categories": {"孙福来": ["低保对象"], "周建国": []}},
                {"exit": 0, "said": "2023年"},
                {"exit": 4, "said": "2023年"},
            ]
        },
    )
