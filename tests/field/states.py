"""Rows that no longer hold, lists of who leaves, somebody else on the row."""

from field.making import (
    HOUSEHOLD_HEADINGS,
    ID,
    PAID_HEAD,
    case,
    household_rows,
    households,
    paid_row,
    payments,
    roster,
    sheet_of,
)


@case("state column", "tax and bank details carry 交易状态: 成功, 失败, 已冲正, 已作废", severity="silent")
def case_payments_that_failed(folder):
    rows = [
        [*PAID_HEAD, "交易状态"],
        [*paid_row(("孙福来", "居民医保", "380", "P1")), "成功"],
        [*paid_row(("周建国", "居民医保", "380", "P2")), "失败"],
        [*paid_row(("李秀兰", "居民医保", "380", "P3")), "已作废"],
    ]
    # Nobody has 周建国's money, so he has not paid.
    return payments(
        sheet_of(folder / "缴费.xlsx", rows),
        {
            "any": [
                {"exit": 0, "counted": "380.00"},
                {"exit": 4, "said": "交易状态|失败|作废"},
                {"exit": 0, "said": "交易状态|失败|作废"},
            ]
        },
    )


@case("state column", "civil affairs exports carry 保障状态: 在保, 停保", severity="silent")
def case_benefits_that_were_stopped(folder):
    rows = [["姓名", "身份证号", "保障状态"], ["孙福来", ID["孙福来"], "在保"], ["周建国", ID["周建国"], "停保"]]
    # A household that was taken off the list is not paid for.
    return roster(
        sheet_of(folder / "低保.xlsx", rows),
        {
            "any": [
                {"exit": 0, "categories": {"孙福来": ["低保对象"], "周建国": []}},
                {"exit": 4, "said": "保障状态|停保"},
                {"exit": 0, "said": "保障状态|停保"},
            ]
        },
    )


@case(
    "state column",
    "JohnWall2016 底册, tools-hyperf 汇总名单: one list of everybody, a column √ for each category",
    severity="silent",
)
def case_a_tick_for_each_category(folder):
    rows = [
        ["姓名", "身份证号", "低保对象", "特困人员", "孤儿"],
        ["孙福来", ID["孙福来"], "√", "", ""],
        ["周建国", ID["周建国"], "", "√", ""],
        ["吴美玲", ID["吴美玲"], "", "", ""],
    ]
    return roster(
        sheet_of(folder / "困难群众底册.xlsx", rows),
        {
            "any": [
                {"exit": 0, "categories": {"孙福来": ["低保对象"], "吴美玲": []}},
                {"exit": [2, 4]},
                {"exit": 0, "said": "特困"},
            ]
        },
    )


@case("state column", "deaths that only 备注 tells", severity="silent")
def case_deceased_in_the_remarks(folder):
    rows = household_rows()
    rows[4].append("2022年5月去世")
    # 李秀兰 must not be asked for money in silence: the remark is seen by everybody who opens the list.
    return households(
        sheet_of(folder / "户籍.xlsx", [[*HOUSEHOLD_HEADINGS, "备注"], *rows]),
        {"any": [{"exit": 0, "unlisted": ["李秀兰"]}, {"exit": 0, "said": "备注|去世|死亡"}]},
    )


@case(
    "somebody else",
    "relatives pay for each other by telephone: details name the payer and the insured",
    severity="silent",
)
def case_payer_and_insured_on_one_row(folder):
    # 赵小军 paid 380 for his father. 380 came in, for 赵大柱; 赵小军 himself has paid nothing.
    head = ["缴费人姓名", "缴费人证件号码", "参保人姓名", "参保人证件号码", "险种", "缴费金额", "缴费日期", "凭证号"]
    rows = [head, ["赵小军", ID["赵小军"], "孙福来", ID["孙福来"], "居民医保", "380", "2023-11-05", "P1"]]
    return payments(
        sheet_of(folder / "缴费.xlsx", rows),
        {
            "any": [
                {
                    "exit": 0,
                    "rows": {"read": 1, "accepted": 1},
                    "counted": "380.00",
                    "status": {"孙福来": "已缴清", "赵小军": "未缴"},
                },
                {"exit": 4, "said": "缴费人|参保人|两"},
            ]
        },
    )


@case("somebody else", "family planning lists name the person and 配偶, not 女方 and 男方", severity="silent")
def case_person_and_spouse_on_one_row(folder):
    head = ["姓名", "性别", "身份证号", "配偶姓名", "配偶身份证号", "家庭类别"]
    rows = [head, ["周建国", "男", ID["周建国"], "吴美玲", ID["吴美玲"], "独生子女"]]
    # The couple's 300 are for both: nobody may be left out in silence.
    return roster(
        sheet_of(folder / "奖扶.xlsx", rows),
        {
            "any": [
                {"exit": 0, "categories": {"周建国": ["计生奖扶家庭"], "吴美玲": ["计生奖扶家庭"]}},
                {"exit": 4, "said": "配偶|女方|男方"},
                {"exit": 0, "said": "配偶|E305"},
            ]
        },
        args=["--category", "计生奖扶家庭"],
    )


@case(
    "list of who leaves",
    "monthly adjustment lists: 变动类型 新增 or 停发 on each row (tools-hyperf: 新增, 变更, 取消)",
    severity="silent",
)
def case_changes_of_a_roster(folder):
    rows = [
        ["姓名", "身份证号", "变动类型", "变动原因"],
        ["孙福来", ID["孙福来"], "新增", ""],
        ["周建国", ID["周建国"], "停发", "收入超标"],
    ]
    return roster(
        sheet_of(folder / "低保动态调整.xlsx", rows),
        {
            "any": [
                {"exit": 0, "categories": {"孙福来": ["低保对象"], "周建国": []}},
                {"exit": 4, "said": "变动|停发"},
                {"exit": 0, "said": "变动|停发"},
            ]
        },
    )


@case(
    "list of who leaves",
    "a list of those taken off: its title names the category that they no longer have",
    severity="silent",
)
def case_title_of_a_list_of_leavers(folder):
    rows = [
        ["2023年10月退出低保对象名单"],
        ["序号", "姓名", "身份证号", "退出原因"],
        [1, "周建国", ID["周建国"], "收入超标"],
    ]
    return roster(
        sheet_of(folder / "低保退出名单.xlsx", rows),
        {"any": [{"exit": 4}, {"exit": 0, "categories": {"周建国": []}}, {"exit": 0, "said": "退出|停发"}]},
        args=[],
    )


@case("list of who leaves", "tools-hyperf 附件6 死亡人员名单: 姓名, 身份证号码, 死亡时间, 镇街", severity="silent")
def case_a_list_of_the_dead(folder):
    rows = [
        ["阴平镇2023年死亡人员名单"],
        ["序号", "姓名", "身份证号码", "死亡时间", "镇街", "备注"],
        [1, "李秀兰", ID["李秀兰"], "2023-06-01", "阴平镇", ""],
    ]
    # It tells that 李秀兰 died. As a duplicate (不必处理) she would go on owing.
    return {
        **households(
            sheet_of(folder / "死亡人员名单.xlsx", rows),
            {
                "any": [
                    {"exit": 0, "unlisted": ["李秀兰"]},
                    {"exit": 4, "said": "变动类型|死亡"},
                    {"exit": 0, "said": "死亡时间|变动类型"},
                ]
            },
        ),
        "households": True,
    }


@case(
    "state column",
    "enrolment lists of the pension office carry 参保状态: 正常参保, 终止参保, 暂停参保 (yhsb)",
    severity="silent",
)
def case_enrolments_that_ended(folder):
    rows = [
        ["姓名", "身份证号", "缴费档次", "参保状态"],
        ["孙福来", ID["孙福来"], "350", "正常参保"],
        ["周建国", ID["周建国"], "1000", "终止参保"],
    ]
    return {
        "command": "import-enrolment",
        "file": sheet_of(folder / "参保.xlsx", rows).name,
        "args": [],
        "expect": {
            "any": [
                {"exit": 0, "tier": {"孙福来": 350, "周建国": 0}},
                {"exit": 4, "said": "参保状态|终止"},
                {"exit": 0, "said": "参保状态|终止"},
            ]
        },
    }
