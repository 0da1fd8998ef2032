"""Where people live, and who belongs together."""

from field.making import HOUSEHOLD_HEADINGS, VILLAGE, case, counted_households, household_rows, households, sheet_of


@case("village elsewhere", "a sheet for each village, and the village only in the sheet's name", severity="silent")
def case_village_in_the_sheet_name(folder):
    head = ["户号", "户主姓名", "姓名", "与户主关系", "公民身份号码"]

    def part(village):
        return [
            ["阴平镇户籍人口花名册"],
            head,
            *[[r[3], r[4], r[5], r[6], r[8]] for r in household_rows() if r[1] == village],
        ]

    path = sheet_of(
        folder / "户籍.xlsx", part("东坊村"), "东坊村", more=[("梁湖村", part("梁湖村")), ("梁集村", part("梁集村"))]
    )
    return households(
        path,
        {
            "any": [
                {"exit": 0, "rows": {"read": 10, "accepted": 10}, "village": dict(VILLAGE)},
                {"exit": 0, "said": "村"},
                {"exit": 4, "said": "村"},
            ]
        },
    )


@case(
    "village elsewhere", "a merged line with the village's name above its people (grouped listings)", severity="silent"
)
def case_village_on_a_line_of_its_own(folder):
    head = ["户号", "户主姓名", "姓名", "与户主关系", "公民身份号码"]
    rows = [["阴平镇户籍人口花名册"], head]
    for village in ("东坊村", "梁湖村", "梁集村"):
        rows += [[village], *[[r[3], r[4], r[5], r[6], r[8]] for r in household_rows() if r[1] == village]]
    return households(
        sheet_of(folder / "户籍.xlsx", rows),
        {
            "any": [
                {"exit": 0, "rows": {"read": 10, "accepted": 10}, "village": dict(VILLAGE)},
                {"exit": 0, "said": "村"},
                {"exit": 4, "said": "村"},
            ]
        },
    )


@case(
    "village elsewhere",
    "one village spelt in four ways in the register of households (tools-hyperf: whole addresses, cut names)",
    severity="silent",
)
def case_one_village_in_four_spellings(folder):
    rows = household_rows()
    spelt = iter(["东坊村", "东坊", "东坊村委会", "阴平镇东坊村", "东坊村 "])
    for row in rows:
        if row[1] == "东坊村":
            row[1] = next(spelt)
    # All five live in one village: one sheet of the register, or at least a word about it.
    return households(
        sheet_of(folder / "户籍.xlsx", [HOUSEHOLD_HEADINGS, *rows]),
        {"any": [{"exit": 0, "village": dict(VILLAGE)}, {"exit": 0, "said": "村"}]},
    )


@case("village elsewhere", "columns of the 国扶 table: 乡, 行政村, 自然村, 户编号, 证件号码")
def case_headings_of_the_poverty_table(folder):
    head = [
        "省",
        "市",
        "县",
        "乡",
        "行政村",
        "自然村",
        "户编号",
        "人口编号",
        "姓名",
        "性别",
        "证件类型",
        "证件号码",
        "与户主关系",
    ]
    rows = [head] + [
        ["山东省", "某市", "峰城区", r[0], r[1], "后街", r[3], "88", r[5], r[7], "居民身份证", r[8], r[6]]
        for r in household_rows()
    ]
    return households(
        sheet_of(folder / "户籍.xlsx", rows),
        {"exit": 0, "rows": {"read": 10, "accepted": 10}, "village": dict(VILLAGE)},
    )


@case(
    "households",
    "village lists count their households from 1: 户号 1 is another one in each village",
    severity="silent",
)
def case_household_numbers_anew_in_each_village(folder):
    rows = counted_households(household_rows(), 1)
    return households(
        sheet_of(folder / "户籍.xlsx", [HOUSEHOLD_HEADINGS, *rows]),
        {"exit": 0, "rows": {"accepted": 10}, "heads_total": {"赵大柱": "", "周建国": "", "郑长河": ""}},
    )


@case("households", "police exports give 与户主关系 as GB/T 4761 codes: 02 户主, 10 配偶, 20 子", severity="silent")
def case_relations_as_codes(folder):
    codes = {"户主": "02", "配偶": "10", "长子": "20", "长女": "30"}
    head = ["镇街", "村居", "姓名", "与户主关系", "公民身份号码"]
    rows = [head, *[[r[0], r[1], r[5], codes[r[6]], r[8]] for r in household_rows()]]
    return households(
        sheet_of(folder / "户籍.xlsx", rows),
        {
            "any": [
                {"exit": 0, "rows": {"accepted": 10}, "heads_total": {"孙福来": "", "周建国": ""}},
                {"exit": 0, "said": "关系|户"},
                {"exit": 4, "said": "关系|户"},
            ]
        },
    )
