"""The shipped policy against the plan's own figures, copied by hand; and what a bad policy is told."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fcins.errors import InputError, UsageError
from fcins.policy.loading import (
    Policy,
    load_policy,
    nearest,
    normalise_category,
    normalise_town,
    packaged_policies,
    parse_policy,
)

SHIPPED = Path(__file__).parents[3] / "fcins" / "policies" / "fengcheng-2024.toml"
TEXT = SHIPPED.read_text(encoding="utf-8")


def table(text: str) -> list[list[str]]:
    """The cells of a table drawn with bars."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]


def changed(*edits: tuple[str, str]) -> str:
    """The shipped file with words replaced; each must be there, the first one counts."""
    text = TEXT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        parse_policy(text, "试.toml")
    first, *rest = refused.value.message.splitlines()
    assert first == f"试.toml：政策文件有{len(rest)}处问题"
    return rest


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("fengcheng-2024")


# ── what the plan says ──────────────────────────────────────────────────────────────────────────────────────────────


def test_head(policy: Policy) -> None:
    assert policy.name == "fengcheng-2024"
    assert policy.document == "峰政办发〔2023〕10号"
    assert policy.district == "峰城区"
    assert policy.fee_year == 2024
    assert policy.title.startswith("峰城区2024年度城乡居民")


def test_dates(policy: Policy) -> None:
    dates = policy.dates
    assert (dates.window.start, dates.window.end) == (date(2023, 10, 1), date(2023, 12, 20))
    assert [(each.start.isoformat(), each.end.isoformat()) for each in dates.stages] == [
        ("2023-10-01", "2023-10-20"),
        ("2023-10-21", "2023-12-20"),
    ]
    assert (dates.publicity.start, dates.publicity.end) == (date(2023, 12, 21), date(2024, 1, 20))
    assert (dates.waiting.start, dates.waiting.days) == (date(2024, 1, 1), 30)
    assert dates.age_reference.on == date(2023, 12, 31)
    assert dates.birthday_wait.reading


def test_towns(policy: Policy) -> None:
    assert policy.town_names == ("底阁镇", "峨山镇", "吴林街道", "坛山街道", "榴园镇", "阴平镇", "古邵镇")


@pytest.mark.parametrize(
    ("written", "town"),
    table("""
    | 阴平镇             | 阴平镇   |
    | 阴平               | 阴平镇   |
    | 阴 平　镇          | 阴平镇   |
    | 峰城区阴平镇       | 阴平镇   |
    | 峰城区阴平         | 阴平镇   |
    | 阴平镇人民政府     | 阴平镇   |
    | 坛山               | 坛山街道 |
    | 坛山街道办事处     | 坛山街道 |
    | 峰城区坛山街道办   | 坛山街道 |
    | 吴林办事处         | 吴林街道 |
    | 峨山镇             | 峨山镇   |
    | 榴园               | 榴园镇   |
    | 古邵镇             | 古邵镇   |
    | 底阁               | 底阁镇   |
    """),
)
def test_town_forms(policy: Policy, written: str, town: str) -> None:
    assert policy.town_lookup()[normalise_town(written)] == town


def test_town_unknown(policy: Policy) -> None:
    assert "阴坪镇" not in policy.town_lookup()
    assert nearest("阴坪镇", policy.town_names) == ["阴平镇"]


CATEGORIES = table("""
| tekun             | 特困人员             | 特困, 特困供养, 特困供养人员, 五保, 五保户 | 区民政局         |
| dibao             | 低保对象             | 低保, 低保户, 最低生活保障对象             | 区民政局         |
| poverty | 享受政策脱贫人口 | 享受政策贫困人口, 脱贫享受政策人口, 脱贫户, 扶贫户, 贫困人口, 建档立卡 | 区乡村振兴局 |
| orphan            | 孤儿                 |                                            | 区民政局         |
| unattended        | 事实无人抚养儿童     | 事实无人抚养                               | 区民政局         |
| disability        | 重度残疾人           | 重残, 残疾, 残疾人, 重度残疾               | 区残联           |
| veteran           | 重点优抚对象         | 优抚, 优抚对象, 重点优抚                   | 区退役军人事务局 |
| elderly           | 70周岁及以上老年人   | 70岁以上老年人, 高龄老人, 老年人           | 镇街老龄委       |
| family_planning   | 计生奖扶家庭         | 独生子女, 双女绝育, 独生子女家庭, 双女绝育家庭 | 区卫健局     |
| student           | 在校学生             | 学生                                       | 区教体局         |
| employee_medical  | 职工医保参保人员     | 职工医保                                   | 区医保局         |
| elsewhere_medical | 市外参保人员         | 市外参保, 异地参保                         | 区医保局         |
| other_pension     | 其他养老保险参保人员 | 职工养老, 职工养老保险, 其他养老保险       | 区人社局         |
| collective_aid    | 集体资助对象         | 集体资助, 村集体资助                       | 镇街             |
""")


def test_categories(policy: Policy) -> None:
    assert [
        [each.code, each.name, ", ".join(each.aliases), each.department] for each in policy.categories
    ] == CATEGORIES
    assert policy.category_codes == tuple(row[0] for row in CATEGORIES)
    assert policy.names_of(("other_pension", "of_last_year", "student")) == ["其他养老保险参保人员", "在校学生"]


@pytest.mark.parametrize("row", CATEGORIES, ids=lambda row: str(row[0]))
def test_category_found_by_each_name(policy: Policy, row: list[str]) -> None:
    code, name, aliases, department = row
    for text in [code, name, *filter(None, aliases.split(", ")), f" {name[:2]}　（{name[2:]}）"]:
        assert policy.find_category(text) == code
        assert policy.category_lookup()[normalise_category(text)] == code
    assert policy.department_of(code) == department


def test_category_asks(policy: Policy) -> None:
    forms = {each.code: each.form for each in policy.categories if each.form != "person"}
    assert forms == {"family_planning": "couple", "collective_aid": "aid"}
    ages = {(each.code, each.min_age, each.max_age) for each in policy.categories if each.min_age or each.max_age}
    assert ages == {("orphan", None, 17), ("unattended", None, 17), ("elderly", 70, None)}
    assert policy.category("disability").disability_levels == (1, 2)
    assert policy.category("dibao").disability_levels == ()


@pytest.mark.parametrize("text", ["", "（）", "低保边缘", "人员", "DIBAO?"])
def test_category_not_found(policy: Policy, text: str) -> None:
    assert policy.find_category(text) is None


def test_category_unknown_code(policy: Policy) -> None:
    with pytest.raises(KeyError):
        policy.category("nobody")


@pytest.mark.parametrize(
    ("title", "codes"),
    table("""
    | 峰城区2024年度特困人员参保资助花名册             | tekun             |
    | 特困供养人员                                     | tekun             |
    | 阴平镇2024年度低保对象名单（盖章）               | dibao             |
    | 最低生活保障对象明细                             | dibao             |
    | 享受政策脱贫人口参加城乡居民基本医疗保险花名册   | poverty           |
    | 重度残疾人（一级、二级）代缴居民基本养老保险名册 | disability        |
    | 重 度 残 疾 人 花 名 册                          | disability        |
    | 重点优抚对象                                     | veteran           |
    | ７０周岁及以上老年人                             | elderly           |
    | 独生子女、双女绝育家庭名册                       | family_planning   |
    | 2024年度在校学生花名册                           | student           |
    | 职工医保参保人员                                 | employee_medical  |
    | 职工养老保险参保人员                             | other_pension     |
    | 其他养老保险参保人员名单                         | other_pension     |
    | 市外参保人员                                     | elsewhere_medical |
    | 村集体资助名单                                   | collective_aid    |
    | 孤儿、事实无人抚养儿童名册                       | unattended orphan |
    | 低保、特困供养人员                               | tekun dibao       |
    | 城乡居民基本养老保险参保登记花名册               |                   |
    | 城乡居民基本医疗保险缴费明细表                   |                   |
    | 居民养老保险、医疗保险                           |                   |
    | 户籍信息                                         |                   |
    """),
)
def test_title(policy: Policy, title: str, codes: str) -> None:
    assert policy.categories_in_title(title) == codes.split()


def test_departments(policy: Policy) -> None:
    assert list(policy.departments) == [
        *["区民政局", "区乡村振兴局", "区残联", "区退役军人事务局", "镇街老龄委", "区卫健局", "区教体局", "区医保局"],
        *["区人社局", "镇街", "区公安分局", "区税务局"],
    ]
    senders = policy.senders
    assert (senders.households, senders.enrolment, senders.payments) == ("区公安分局", "区人社局", "区税务局")


def test_medical(policy: Policy) -> None:
    medical = policy.medical
    assert medical.standard_fen == 380_00
    assert (medical.subsidy.amount_fen, medical.subsidy.payer) == (640_00, "财政补助")
    assert medical.liable.residency == ("户籍", "常住非户籍")
    assert [(each.category, each.note) for each in medical.excluded] == [
        ("employee_medical", "职工医保参保"),
        ("elsewhere_medical", "市外参保"),
    ]
    assert medical.collective.category == "collective_aid"
    assert medical.one_aid.reading


def test_aid(policy: Policy) -> None:
    assert [
        [str(value) for value in (each.category, each.min_age, each.max_age, each.share_bp, each.payer)]
        for each in policy.medical.aid
    ] == table("""
    | tekun      | None | None | 10000 | 医疗救助资金 |
    | dibao      | None | None | 10000 | 医疗救助资金 |
    | poverty    | None | None | 10000 | 医疗救助资金 |
    | orphan     | None | None | 10000 | 区财政       |
    | unattended | None | None | 10000 | 区财政       |
    | disability | None | None | 10000 | 区财政       |
    | veteran    | None | None | 10000 | 区财政       |
    | None       | 70   | None | 10000 | 区财政       |
    | None       | 60   | 69   | 5000  | 区财政       |
    """)


HARDSHIP = ("disability", "tekun", "dibao", "poverty")


def test_tiers(policy: Policy) -> None:
    assert [(each.amount_fen, each.subsidy_fen, each.only) for each in policy.pension.tiers] == [
        (100_00, 30_00, HARDSHIP),
        (350_00, 30_00, None),
        (500_00, 60_00, None),
        (800_00, 80_00, None),
        (1000_00, 80_00, None),
        (3000_00, 80_00, None),
        (5000_00, 80_00, None),
        (8000_00, 80_00, None),
    ]


def test_pension(policy: Policy) -> None:
    pension = policy.pension
    assert (pension.liable.residency, pension.liable.min_age, pension.liable.max_age) == (("户籍",), 16, 59)
    assert [each.category for each in pension.excluded] == ["student", "other_pension"]
    proxy, couple = pension.proxy, pension.family_planning
    assert (proxy.categories, proxy.amount_fen, proxy.payer, proxy.higher_tier) == (
        HARDSHIP,
        100_00,
        "政府代缴",
        "offset",
    )
    assert (couple.category, couple.wife_min_age, couple.amount_fen, couple.effect) == (
        "family_planning",
        50,
        300_00,
        "credit",
    )
    assert pension.subsidy.payer == "政府补贴"


def test_documents(policy: Policy) -> None:
    assert policy.register.title.format(district="峰城区", town="阴平镇", year=2024) == (
        "峰城区阴平镇2024年度城乡居民两险征收清册"
    )
    assert policy.register.signatures == ("制表人", "审核人", "税务分局初审", "人社所初审", "负责人（盖章）")
    notice = policy.publicity
    assert (notice.mask_head, notice.mask_tail, notice.child_age, notice.few) == (6, 1, 14, 5)
    assert notice.objection_phone == ""


def test_readings_are_kept(policy: Policy) -> None:
    assert policy.medical.aid[2].clause == "四（一）、五（一）"
    assert "乡村振兴" in str(policy.medical.aid[2].reading)
    assert policy.medical.aid[3].reading is None


def test_frozen(policy: Policy) -> None:
    with pytest.raises(ValueError, match="frozen"):
        policy.medical.standard_fen = 1
    assert isinstance(hash(policy), int)


# ── where it comes from ─────────────────────────────────────────────────────────────────────────────────────────────


def test_packaged() -> None:
    assert "fengcheng-2024" in packaged_policies()


def test_from_file(tmp_path: Path, policy: Policy) -> None:
    path = tmp_path / "明年.toml"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    assert load_policy(path) == load_policy(str(path)) == policy


def test_no_such_policy(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as unknown:
        load_policy("fengcheng-2042")
    assert "fengcheng-2024" in unknown.value.hint
    for path in (tmp_path / "无.toml", tmp_path):
        with pytest.raises((InputError, UsageError)):
            load_policy(path)


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "gbk.toml"
    path.write_bytes('name = "峰城"'.encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        load_policy(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\nyear = 二\n', "第2行第8列：值的写法不对，文字要加引号"),
        ('name = "a"\nname = "b"\n', "第2行第11列：同一个键写了两次"),
        ("[a]\nb = 1\n[a]\n", "第3行第3列：同一个表写了两次"),
        ('name = "a\n', "第1行第10列：有不能用的字符，或引号没有配对"),
        ("a = [1, 2\n", "文件末尾：方括号没有配对"),
        ("a 1\n", "第1行第3列：键后面缺等号"),
        ("a = 2023-02-30\n", "第1行第5列：日期不存在"),
        ("a = " + "[" * 5000, "文件中：语法不对"),
        ("a = " + "9" * 5000, "文件中：语法不对"),
    ],
)
def test_syntax(text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_policy(text, "试.toml")
    assert refused.value.message == f"试.toml：不是正确的 TOML 文件\n{said}"


def test_syntax_echoes_nothing() -> None:
    with pytest.raises(InputError) as refused:
        parse_policy("张三,370499196001011234\n", "名册.toml")
    assert "3704" not in refused.value.message + refused.value.hint


# ── what a bad one is told ──────────────────────────────────────────────────────────────────────────────────────────


def test_everything_at_once() -> None:
    bad = changed(
        ("standard = 380", "standard = 380.0"),
        ('category = "poverty"\nnote', 'categroy = "poverty"\nnote'),
        ('payer = "政府代缴"\n', ""),
        ('share = "50%"', 'share = "150%"'),
        ('effect = "credit"', 'effect = "minus"'),
        ("to = 2024-01-20", 'to = "2024-01-20"'),
        ('category = "student"', 'category = "studnet"'),
        ('aliases = ["底阁",', 'aliases = ["阴 平",'),
    )
    assert sorted(problems(bad)) == sorted(
        [
            "[[medical.aid]] 第3项 categroy：不认识的键（是 category 吗？）",
            "dates.publicity.to：要日期，如 2023-10-01，不加引号",
            "medical.standard：要整数元或两位小数的字符串，不能用小数（浮点）",
            "[[medical.aid]] 第9项 share：比例不能超过100%",
            "pension.proxy.payer：缺这一项",
            "pension.family_planning.effect：只能是 'credit' 或 'offset'",
            "[[towns]] 第6项 aliases 第1项：“阴平”已在第1项用过",
            "[[pension.excluded]] 第1项 category：没有“studnet”这个人员类别（是 student 吗？）",
        ]
    )


ONE = [
    # shape
    ("fee_year = 2024", 'fee_year = "2024"', "fee_year：要整数，不加引号、不带小数"),
    ("fee_year = 2024", "fee_year = 2024\ncity = 1", "city：不认识的键"),
    ('name = "底阁镇"', "name = 1", "[[towns]] 第1项 name：要文字，两边加引号"),
    ('name = "底阁镇"', 'name = " "', "[[towns]] 第1项 name：不能为空"),
    ('name = "底阁镇"', 'name = "底阁镇 "', "[[towns]] 第1项 name：首尾不能有空格"),
    ("from = 2023-10-01", "from = 2023-10-01T00:00:00", "dates.window.from：要日期，如 2023-10-01，不加引号"),
    ("from = 2023-10-01", "form = 2023-10-01", "dates.window.form：不认识的键（是 from 吗？）"),
    ('aliases = ["底阁",', 'aliases = [1, "底阁",', "[[towns]] 第1项 aliases 第1项：要文字，两边加引号"),
    ("aliases = []", 'aliases = "无"', "[[categories]] 第4项 aliases：要列表，如 [1, 2]"),
    ("[1, 2]", "[1, 5]", "[[categories]] 第6项 disability_levels 第2项：不能大于4"),
    ('form = "couple"', 'form = "pair"', "[[categories]] 第9项 form：只能是 'person'、'couple' 或 'aid'"),
    ('"常住非户籍"]', '"常住非户藉"]', "medical.liable.residency 第2项：只能是 '户籍' 或 '常住非户籍'"),
    ('reading = "多重', 'reading = ""#', "medical.one_aid.reading：不能为空"),
    ("mask_head = 6", "mask_head = 14", "publicity.mask_head：不能大于6"),
    ("yearly = true", "yearly = 1", "[[categories]] 第10项 yearly：要 true 或 false，不加引号"),
    ("few = 5", "few = true", "publicity.few：要整数，不加引号、不带小数"),
    # money and shares
    ("subsidy = 60", "subsidy = 60.5",
     "[[pension.tiers]] 第3项 subsidy：要整数元或两位小数的字符串，不能用小数（浮点）"),
    ("amount = 640", 'amount = "640"',
     'medical.subsidy.amount：要整数元（0至9999999，不加引号）或两位小数的字符串，如 380 或 "190.50"'),
    ("amount = 640", "amount = -1",
     'medical.subsidy.amount：要整数元（0至9999999，不加引号）或两位小数的字符串，如 380 或 "190.50"'),
    ("standard = 380", "standard = 0", "medical.standard：要大于0"),
    ('share = "50%"', "share = 0.5", '[[medical.aid]] 第9项 share：要带百分号的字符串，最多两位小数，如 "50%"'),
    ('share = "50%"', 'share = "100.01%"', "[[medical.aid]] 第9项 share：比例不能超过100%"),
    # placeholders
    ("{year}年度城乡居民两险征", "{yaer}年度城乡居民两险征",
     "register.title：不认识的占位符 {yaer}，可用：{district}、{town}、{year}"),
    ("至{to}", "至{to", "publicity.period_note：花括号不成对"),
    ("少于{few}人", "少于{count}人", "publicity.paid_by_others_few_note：不认识的占位符 {count}，可用：{few}"),
    ("员{count}人", "员{count:05}人", "publicity.child_note：不认识的占位符 {count}，可用：{age}、{count}"),
    # names
    ('code = "student"', 'code = "tekun"', "[[categories]] 第10项 code：“tekun”已在第1项用过"
     "\n[[pension.excluded]] 第1项 category：没有“student”这个人员类别"),
    ('"五保户"]', '"（低保）户"]', "[[categories]] 第2项 aliases 第2项：“低保户”已在第1项用过"),
    ('"五保户"]', '"（）"]', "[[categories]] 第1项 aliases 第5项：只有括号，没有文字"),
    ('"五保户"]', '"医疗保险"]',
     "[[categories]] 第1项 aliases 第5项：“医疗保险”是政策标题里的词，别的名册的标题也会被认成这一类"),
    ('name = "峨山镇"', 'name = "底 阁"', "[[towns]] 第2项 name：“底 阁”已在第1项用过"),
    # references
    ('category = "orphan"', 'category = "孤儿"',
     "[[medical.aid]] 第4项 category：没有“孤儿”这个人员类别（是 orphan 吗？）"),
    ('category = "orphan"', 'category = "xyz"', "[[medical.aid]] 第4项 category：没有“xyz”这个人员类别"),
    ('only = ["disability",', 'only = ["disabled",',
     "[[pension.tiers]] 第1项 only 第1项：没有“disabled”这个人员类别（是 disability 吗？）"),
    ('categories = ["disability",', 'categories = ["tekum",',
     "pension.proxy.categories 第1项：没有“tekum”这个人员类别（是 tekun 吗？）"),
    ('category = "collective_aid"', 'category = "student"',
     'medical.collective.category：要用 form = "aid" 的人员类别'),
    ('department = "区教体局"', 'department = "区教体局"\nform = "couple"',
     "[[categories]] 第10项 form：couple 类别只能有一个"),
    # dates
    ("to = 2023-12-20", "to = 2023-12-10", "[[dates.stages]] 第2项 to：晚于集中征缴期的最后一天（2023-12-10）"),
    ("from = 2023-10-01", "from = 2023-10-05", "[[dates.stages]] 第1项 from：早于集中征缴期的第一天（2023-10-05）"),
    ("to = 2023-10-20", "to = 2023-10-22", "[[dates.stages]] 第2项 from：要晚于上一阶段的最后一天（2023-10-22）"),
    ('name = "集中缴费阶段"', 'name = "集中缴费阶段"\nlists_due = true',
     "[[dates.stages]] 第2项 lists_due：只能有一个阶段写 lists_due"),
    ('department = "镇街老龄委"', 'department = "镇街老龄委"\nrequired = false',
     "[[categories]] 第8项 by_town：名册可以不报的（required = false），不分镇催报"),
    ("from = 2023-10-21", "from = 2023-12-30", "[[dates.stages]] 第2项 to：早于 from（2023-12-30）"),
    ("from = 2023-12-21", "from = 2023-12-20", "dates.publicity.from：要晚于集中征缴期的最后一天（2023-12-20）"),
    ("to = 2024-01-20", "to = 2023-12-01", "dates.publicity.to：早于 from（2023-12-21）"),
    ("on = 2023-12-31", "on = 2022-12-31", "dates.age_reference.on：2022-12-31 不在费款年度2024年或其上一年"),
    # ages
    ("min_age = 70\nnote", "note", "[[medical.aid]] 第8项：要有 category，或者 min_age、max_age、born_from、born_to"),
    ("max_age = 69", "max_age = 70", "[[medical.aid]] 第9项：年龄与第8项重叠"),
    ("max_age = 59", "max_age = 15", "pension.liable.max_age：小于 min_age（16）"),
    # tiers
    ("amount = 500\n", "amount = 350\n", "[[pension.tiers]] 第3项 amount：与上一档相同"),
    ("amount = 500\n", "amount = 340\n", "[[pension.tiers]] 第3项 amount：低于上一档，各档要从低到高"),
    ('amount = 100\npayer', 'amount = 120\npayer', "pension.proxy.amount：不是缴费档次之一"),
    ('only = ["disability", "tekun", "dibao", "poverty"]', "only = []", "[[pension.tiers]] 第1项 only：不能是空列表"),
    ('higher_tier = "offset"', 'higher_tier = "all"', "pension.proxy.higher_tier：只能是 'offset' 或 'none'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), ONE, ids=[f"{i} {new.strip()}" for i, (_, new, _) in enumerate(ONE)])
def test_refused(old: str, new: str, said: str) -> None:
    assert problems(changed((old, new))) == said.splitlines()


def test_near_miss_hides_nothing() -> None:
    """What stands under a misspelt key is checked as if it were spelt right, and is not missing."""
    assert problems(changed(("standard = 380", "standrad = 380.5"), ("[pension.proxy]", "[pension.porxy]"))) == [
        "medical.standrad：不认识的键（是 standard 吗？）",
        "pension.porxy：不认识的键（是 proxy 吗？）",
        "medical.standard：要整数元或两位小数的字符串，不能用小数（浮点）",
    ]


def test_money_in_fen() -> None:
    policy = parse_policy(changed(("standard = 380", 'standard = "190.05"'), ('"50%"', '"33.3%"')), "试")
    assert policy.medical.standard_fen == 190_05
    assert policy.medical.aid[-1].share_bp == 3330


def test_double_brackets() -> None:
    data = tomllib.loads(TEXT)
    data["dates"]["stages"] = data["dates"]["stages"][0]
    data["towns"] = ["阴平镇"]
    data["publicity"] = "无"
    assert problems(toml(data)) == [
        "dates.stages：可以有多项，表头要写两层方括号 [[ ]]",
        "[[towns]] 第1项：要一个表，其下分列各项",
        "publicity：要一个表，其下分列各项",
    ]


def toml(data: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {inline(value)}" for key, value in data.items())


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each (table or list, key or index) that holds no table or list."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from leaves(inner)
        else:
            yield value, key


def test_no_float_anywhere() -> None:
    """All values made floats at once: each is refused, in words, whatever it was."""
    data = tomllib.loads(TEXT)
    spots = list(leaves(data))
    for table_or_list, key in spots:
        table_or_list[key] = 1.5
    found = problems(toml(data))
    assert len(found) == len(spots) > 200
    assert {line.partition("：")[2].split("，")[0] for line in found} == {
        "要文字",
        "要整数",
        "要日期",
        "要 true 或 false",
        "只能是 'person'、'couple' 或 'aid'",
        "只能是 '户籍' 或 '常住非户籍'",
        "只能是 'offset' 或 'none'",
        "只能是 'credit' 或 'offset'",
        "只能是 'smaller'、'larger' 或 'none'",
        "只能是 'collected' 或 'booked'",
        "要整数元或两位小数的字符串",
        "要带百分号的字符串",
    }


# ── near names ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "names"),
    table("""
    | 阴坪镇   | 阴平镇            |
    | 古召镇   | 古邵镇            |
    | 峨山街道 | 坛山街道 峨山镇   |
    | 坛山街   | 坛山街道          |
    | 榴圆镇   | 榴园镇            |
    | 北京市   |                   |
    """),
)
def test_nearest(policy: Policy, text: str, names: str) -> None:
    assert nearest(text, policy.town_names, 2) == names.split()


@pytest.mark.parametrize("title", ["阴平镇低保边缘家庭名册", "不享受政策脱贫人口花名册"])
def test_a_title_that_only_sounds_like_a_category_names_none(title: str) -> None:
    assert load_policy("fengcheng-2024").categories_in_title(title) == []
