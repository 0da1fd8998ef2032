"""Several tables, people side by side, what is hidden, what was not read."""

from field.making import ID, PAID_HEAD, THREE, case, paid_row, payments, roster, roster_rows, sheet_of


@case(
    "side by side",
    "a list printed in two columns to save paper; objectstack#2807, rap2hpoutre/fast-excel#399: of two columns of one field one is lost in silence",
    severity="silent",
)
def case_two_payments_in_one_row(folder):
    # 孙福来 paid 380 for medical, 周建国 paid 500 for pension: what stands right of 周建国 is 周建国's.
    rows = [
        PAID_HEAD * 2,
        paid_row(("孙福来", "居民医保", "380", "P1"), ("周建国", "居民养老", "500", "P2")),
        paid_row(("李秀兰", "居民医保", "380", "P3"), ("吴美玲", "居民养老", "1000", "P4")),
    ]
    return payments(
        sheet_of(folder / "缴费.xlsx", rows),
        {
            "any": [
                {"exit": 0, "rows": {"read": 4, "accepted": 4}, "counted": "2260.00"},
                {"exit": 4, "said": "重复|并排|两"},
            ]
        },
    )


@case("side by side", "two lists beside each other, each with its category", severity="silent")
def case_two_categories_in_one_row(folder):
    head = ["姓名", "身份证号", "人员类别"]
    rows = [head * 2, ["孙福来", ID["孙福来"], "低保对象", "周建国", ID["周建国"], "特困人员"]]
    return roster(
        sheet_of(folder / "困难群众.xlsx", rows),
        {
            "any": [
                {
                    "exit": 0,
                    "rows": {"read": 2, "accepted": 2},
                    "categories": {"孙福来": ["低保对象"], "周建国": ["特困人员"]},
                },
                {"exit": 4, "said": "重复|并排|两"},
            ]
        },
        args=[],
    )


@case(
    "stacked",
    "ExcelDataReader#612, ImportExcel#964: a second table with other columns below the first",
    severity="misleading",
)
def case_second_table_with_other_columns(folder):
    rows = [
        ["一、东坊村"],
        ["序号", "姓名", "身份证号", "村居"],
        [1, "赵大柱", ID["赵大柱"], "东坊村"],
        [2, "孙福来", ID["孙福来"], "东坊村"],
        [],
        ["二、梁湖村"],
        ["序号", "村居", "姓名", "身份证号"],
        [1, "梁湖村", "周建国", ID["周建国"]],
        [2, "梁湖村", "吴美玲", ID["吴美玲"]],
    ]
    return roster(
        sheet_of(folder / "低保.xlsx", rows),
        {
            "any": [
                {
                    "exit": 0,
                    "rows": {"read": 4, "accepted": 4},
                    "categories": {"周建国": ["低保对象"], "吴美玲": ["低保对象"]},
                },
                {"exit": 4, "said": "第7行|又有一个表头|两个表头"},
            ]
        },
    )


@case("stacked", "one sheet, a section for each category, each with its own title", severity="silent")
def case_section_titles_name_the_category(folder):
    # The title over the second table says 特困人员: 周建国 is 特困, not 低保, though the headings are the same.
    head = ["序号", "村居", "姓名", "身份证号"]
    rows = [
        ["低保对象花名册"],
        head,
        [1, "东坊村", "赵大柱", ID["赵大柱"]],
        [2, "东坊村", "孙福来", ID["孙福来"]],
        [],
        ["特困人员花名册"],
        head,
        [1, "梁湖村", "周建国", ID["周建国"]],
    ]
    return roster(
        sheet_of(folder / "困难群众.xlsx", rows),
        {
            "any": [
                {"exit": 0, "categories": {"孙福来": ["低保对象"], "周建国": ["特困人员"]}},
                {"exit": 4, "said": "特困"},
                {"exit": 0, "categories": {"孙福来": ["低保对象"]}, "said": "特困"},
            ]
        },
        args=[],
    )


@case(
    "stacked",
    "civil affairs sends 低保, 特困 and 孤儿 as sheets of one workbook, and the clerk names the first",
    severity="silent",
)
def case_a_sheet_of_another_category(folder):
    head = ["姓名", "身份证号"]
    path = sheet_of(
        folder / "救助对象.xlsx",
        [head, ["孙福来", ID["孙福来"]]],
        "低保对象",
        more=[("特困人员", [head, ["周建国", ID["周建国"]]])],
    )
    # --category was asked for, so it may hold; but that a sheet is called 特困人员 must be said.
    return roster(path, {"any": [{"exit": [2, 4], "said": "特困"}, {"exit": 0, "said": "特困"}]})


@case(
    "hidden",
    "ImportExcel#762, sheetjs#630, readxl#428, pandas#42562, cogstat#217: rows hidden by hand or by a filter",
    severity="silent",
)
def case_rows_that_are_hidden(folder):
    # Whoever filters a list and sends it means what is seen. Reading the hidden row may be right, in silence it is not:
    # of hidden sheets the program tells.
    path = sheet_of(folder / "低保.xlsx", roster_rows(THREE), hidden_rows=[3])
    return roster(path, {"any": [{"exit": 0, "said": "隐藏"}, {"exit": 4, "said": "隐藏"}]})


@case("hidden", "a hidden old column beside its corrected copy", severity="misleading")
def case_a_hidden_column_of_the_same_heading(folder):
    # 身份证号 twice: the hidden one is what the office corrected. One person per row, and two IDs for each: not a guess
    # for a program to make in silence.
    wrong = {n: ID[n][:16] + ("1" if ID[n][16] != "1" else "2") + ID[n][17] for n in THREE}
    rows = [["序号", "姓名", "身份证号", "身份证号"]] + [[i, n, wrong[n], ID[n]] for i, n in enumerate(THREE, 1)]
    path = sheet_of(folder / "低保.xlsx", rows, hidden_columns=["C"])
    return roster(
        path,
        {
            "any": [
                {"exit": 0, "rows": {"accepted": 3}},
                {"exit": 4, "said": "身份证号"},
                {"exit": 0, "said": "两列|重复的列|隐藏"},
            ]
        },
    )


@case(
    "unread",
    "exports longer than a sheet go on in the next one, without headings; -q in cron says nothing of it",
    severity="silent",
)
def case_a_sheet_that_goes_on_without_headings(folder):
    rows = [PAID_HEAD, paid_row(("孙福来", "居民医保", "380", "P1"))]
    path = sheet_of(
        folder / "缴费.xlsx", rows, "Sheet1", more=[("Sheet2", [paid_row(("周建国", "居民医保", "380", "P2"))])]
    )
    # Quiet means: say only what went wrong. Money that was not read went wrong.
    made = payments(
        path,
        {"any": [{"exit": 0, "rows": {"read": 2, "accepted": 2}}, {"exit": [3, 4]}, {"exit": 0, "said": "Sheet2"}]},
    )
    made["args"] = ["-q"]
    return made
