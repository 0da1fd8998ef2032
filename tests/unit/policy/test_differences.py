"""What a clerk reads of a policy: the lines held against the plan by hand, and that nothing is left out of them."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import astuple
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sheets import sheet

from fcins.policy.checks import problems_of
from fcins.policy.differences import differences, markdown, policy_lines
from fcins.policy.loading import Policy, load_policy, packaged_policies

FOLDER = Path(__file__).parents[3] / "fcins" / "policies"
Place = tuple[str | int, ...]


@cache
def raw(name: str = "fengcheng-2024") -> dict[str, Any]:
    """The file as tomllib reads it: not to be changed."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def valid(data: dict[str, Any]) -> Policy | None:
    """The policy of a file's tables; None where it would be refused."""
    try:
        policy = Policy.model_validate(data)
    except ValidationError:
        return None
    return None if list(problems_of(data)) else policy


def changed(path: Place, value: object, name: str = "fengcheng-2024") -> Policy:
    """A shipped policy with another value at one place."""
    data = own(raw(name), path[:-1])
    table(data, path[:-1])[path[-1]] = value
    policy = valid(data)
    assert policy is not None
    return policy


def table(data: Any, path: Place) -> Any:
    for step in path:
        data = data[step]
    return data


def own(data: Any, path: Place) -> Any:
    """The tables with those on the way to `path` copied: what is changed there is changed nowhere else."""
    copy = data.copy()
    if path:
        copy[path[0]] = own(copy[path[0]], path[1:])
    return copy


def said(before: Policy, after: Policy) -> list[str]:
    return [f"{each.part}｜{each.text}" for each in differences(before, after)]


@pytest.fixture(scope="module")
def plan() -> Policy:
    return load_policy("fengcheng-2024")


# ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_as_in_the_plan(plan: Policy) -> None:
    expected = sheet("""
        | 时间 | 集中征缴期 | 2023-10-01至2023-12-20 | | 四（二） |
        | 时间 | 征缴准备阶段 | 2023-10-01至2023-10-20；各部门的名单：最后一天前报齐 | | 六（一） |
        | 时间 | 集中缴费阶段 | 2023-10-21至2023-12-20 | | 六（二） |
        | 时间 | 公示期 | 2023-12-21至2024-01-20 | | 六（三） |
        | 时间 | 医保待遇等待期 | 2024-01-01及以后缴费的，等待30日 | | 四（二） |
        | 时间 | 年龄计算日 | 2023-12-31 | | 四（四）4 |
        | 时间 | 等到生日再缴费 | 生日会改变应缴金额的，自生日起缴费 | | 四（四）4 |
        | 镇（街道） | 古邵镇 | 又名：古邵、古邵镇人民政府 | | |
        | 报送部门 | 户籍人口 | 区公安分局 | | |
        | 报送部门 | 养老参保登记 | 区人社局 | | |
        | 报送部门 | 缴费记录 | 区税务局 | | |
        | 人员类别 | 孤儿 | 报送部门：区民政局；年龄：17周岁及以下；代码：orphan | | 五（六） |
        | 人员类别 | 计生奖扶家庭 | 报送部门：区卫健局；又名：独生子女、双女绝育、独生子女家庭、双女绝育家庭；\
名册：每对夫妻一行；家庭类别：独生子女、双女绝育；代码：family_planning | | 五（六） |
        | 人员类别 | 在校学生 | 报送部门：区教体局；又名：学生；有效期：本费款年度；\
未参保人员：连同原因一并报送；代码：student | | 五（十） |
        | 居民医疗保险 | 居民医保个人缴费 | 380元 | | 四（一） |
        | 居民医疗保险 | 居民医保参保范围 | 户籍性质：户籍、常住非户籍 | | 三 |
        | 居民医疗保险 | 不参加居民医保：职工医保参保人员 | 备注：职工医保参保；核实的未参保原因：职工参保 | | 三 |
        | 居民医疗保险 | 居民医保补助 | 每人640元 | 财政补助 | 四（一） |
        | 居民医疗保险 | 特困人员 | 100%；方式：资助；备注：特困人员全额资助 | 医疗救助资金 | 四（一） |
        | 居民医疗保险 | 满70周岁 | 100%；方式：代缴；核对名册：70周岁及以上老年人；备注：满70周岁区财政代缴 \
| 区财政 | 四（一） |
        | 居民医疗保险 | 60至69周岁 | 50%；方式：代缴；备注：满60周岁区财政代缴一半 | 区财政 | 四（一） |
        | 居民养老保险 | 居民养老参保范围 | 16至59周岁；户籍性质：户籍 | | 三、五（八） |
        | 居民养老保险 | 不参加居民养老：在校学生 | 备注：在校学生 | | 三 |
        | 居民养老保险 | 缴费补贴 | 记入个人账户，不减少应收 | 政府补贴 | 四（一） |
        | 居民养老保险 | 养老100元档 | 政府补贴30元；只适用于：重度残疾人、特困人员、低保对象、享受政策脱贫人口 \
| | 四（一） |
        | 居民养老保险 | 养老350元档 | 政府补贴30元 | | 四（一） |
        | 居民养老保险 | 养老500元档 | 政府补贴60元 | | 四（一） |
        | 居民养老保险 | 养老8000元档 | 政府补贴80元 | | 四（一） |
        | 居民养老保险 | 计生奖扶家庭 | 夫妻每人300元；女方：满50周岁；用途：记入个人账户，不减少应收 \
| 计生缴费补贴 | 四（一） |
        | 征收清册 | 清册标题 | 【区】【镇（街道）】【年】年度城乡居民两险征收清册 | | 四（四）3 |
        | 公示 | 异议电话 | 留空，公示前填写 | | 四（五）、六（三） |
        | 公示 | 公民身份号码 | 只露出前6位和后1位 | | 四（五）、六（三） |
        | 公示 | 由他人出资参保的 | 只公布人数，少于5人的不公布具体人数；写作：政府及集体资助参保 【人数】人；\
人少时写作：政府及集体资助参保 少于【最少人数】人 | | 四（五）、六（三） |
    """)
    lines = [list(astuple(each)[:5]) for each in policy_lines(plan)]
    assert [line for line in lines if line in expected] == expected


def test_quotas_own_standards_and_the_day_of_payment() -> None:
    expected = sheet("""
        | 年龄计算日 | 本人首次缴纳该险种之日，未缴费的按集中征缴期最后一日 | |
        | 居民医保个人缴费（2024-10-08至2025-12-31出生、限户籍） | 0元；备注：新生儿当年免缴 | |
        | 居民医保个人缴费（在校学生） | 320元；备注：在校学生标准 | |
        | 防返贫监测对象 | 每人190元；方式：资助；备注：防返贫监测对象定额资助 | 乡村发展资金 |
        | 低保边缘家庭成员、限户籍 | 33.33%；方式：资助；备注：低保边缘家庭成员资助三成多 | 医疗救助专户 |
        | 65至79周岁、限户籍 | 每人200元；方式：代缴；备注：满65周岁定额代缴 | 区敬老资金 |
    """)
    lines = [[each.rule, each.value, each.payer] for each in policy_lines(load_policy("example-quota-district"))]
    assert [line for line in lines if line in expected] == expected


def test_readings_and_sentences_stand_in_their_lines(plan: Policy) -> None:
    lines = {each.rule: each for each in policy_lines(plan)}
    assert lines["符合多项资助的"].reading == "多重身份不重复享受，就高；同额的按本表顺序"
    assert lines["60至69周岁"].sentence == "60岁（含60岁）-69岁老年人个人缴费部分由区财政代缴50%。"
    assert lines["居民医保个人缴费"].reading == ""


def test_the_reading_of_a_whole_file() -> None:
    lines = {each.rule: each for each in policy_lines(load_policy("fengcheng-2025"))}
    assert lines["文件"].reading == raw("fengcheng-2025")["reading"]


# ── markdown ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_markdown() -> None:
    name = "fengcheng-2025"
    text = markdown(changed(("medical", "subsidy", "payer"), "财政|补助", name))
    head, *parts = text.split("\n## ")
    assert head.splitlines() == [
        "# 峰城区2025年度城乡居民基本养老、基本医疗保险集中征缴",
        "",
        "- 名称：fengcheng-2025",
        "- 文件：2025年度方案未见，暂照2024年度方案（峰政办发〔2023〕10号）",
        f"- 理解：{raw(name)['reading']}",
        "- 区：峰城区",
        "- 费款年度：2025年",
    ]
    titles = ["时间", "镇（街道）", "报送部门", "人员类别", "居民医疗保险", "居民养老保险", "征收清册", "公示", "对账"]
    assert [part.splitlines()[0] for part in parts] == titles
    assert parts[2].splitlines() == [
        "报送部门",
        "",
        "| 规定 | 标准 | 出资方 | 条款 | 理解 |",
        "| --- | --- | --- | --- | --- |",
        "| 户籍人口 | 区公安分局 |  |  |  |",
        "| 养老参保登记 | 区人社局 |  |  |  |",
        "| 缴费记录 | 区税务局 |  |  |  |",
    ]
    medical = parts[4].splitlines()
    assert medical[2] == "| 规定 | 标准 | 出资方 | 条款 | 理解 | 原文 |"
    assert any(row.startswith("| 居民医保补助 | 每人670元 | 财政\\|补助 | 四（一） |") for row in medical)


# ── differences ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", packaged_policies())
def test_no_difference_from_itself(name: str) -> None:
    assert differences(load_policy(name), load_policy(name)) == []


def test_next_year(plan: Policy) -> None:
    found = said(plan, load_policy("fengcheng-2025"))
    expected = [
        "时间｜集中征缴期 2023-10-01至2023-12-20 → 2024-10-01至2024-12-20",
        "时间｜征缴准备阶段 2023-10-01至2023-10-20 → 2024-10-01至2024-10-20",
        "时间｜集中缴费阶段 2023-10-21至2023-12-20 → 2024-10-21至2024-12-20",
        "时间｜公示期 2023-12-21至2024-01-20 → 2024-12-21至2025-01-20",
        "时间｜医保待遇等待期 2024-01-01及以后缴费的，等待30日 → 2025-01-01及以后缴费的，等待30日",
        "时间｜年龄计算日 2023-12-31 → 2024-12-31",
        "居民医疗保险｜居民医保个人缴费 380元 → 400元",
        "居民医疗保险｜居民医保补助 每人640元 → 每人670元",
        "对账｜死亡、迁出、注销的 2024-01-01以前的，已缴的退还 → 2025-01-01以前的，已缴的退还",
    ]
    assert "政策｜费款年度 2024年 → 2025年" in found
    told = [text for text in found if not text.startswith("政策") and "理解：" not in text and "原文" not in text]
    assert told == expected


AID = ("medical", "aid")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("medical", "standard"), "380.50", "居民医疗保险｜居民医保个人缴费 380元 → 380.50元"),
        ((*AID, 7, "payer"), "市财政", "居民医疗保险｜满70周岁：出资方 区财政 → 市财政"),
        ((*AID, 8, "clause"), "四（二）", "居民医疗保险｜60至69周岁：条款 四（一） → 四（二）"),
        ((*AID, 8, "reading"), "按户籍", "居民医疗保险｜60至69周岁：增加“理解：按户籍”"),
        ((*AID, 8, "share"), "60%", "居民医疗保险｜60至69周岁 50% → 60%"),
        ((*AID, 0, "verb"), "代缴", "居民医疗保险｜特困人员：方式 资助 → 代缴"),
        (("categories", 0, "name"), "特困供养对象", "人员类别｜特困人员：名称 特困人员 → 特困供养对象"),
        (("towns", 6, "aliases"), ["古邵", "古邵公社"], "镇（街道）｜古邵镇：又名 增加 古邵公社，去掉 古邵镇人民政府"),
        (("pension", "proxy", "higher_tier"), "none", "居民养老保险｜养老代缴：选更高档次的 仍按此数代缴，"
         "其余由本人缴纳 → 不代缴，全部由本人缴纳"),
        (("pension", "family_planning", "effect"), "offset", "居民养老保险｜计生奖扶家庭：用途 记入个人账户，"
         "不减少应收 → 抵减个人缴费"),
        (("pension", "tiers", 0, "only"), ["tekun", "dibao", "poverty"],
         "居民养老保险｜养老100元档：只适用于 去掉 重度残疾人"),
        (("pension", "tiers", 1, "only"), ["tekun"], "居民养老保险｜养老350元档：增加“只适用于：特困人员”"),
    ],
)  # fmt: skip
def test_one_change_in_words(plan: Policy, path: Place, value: object, expected: str) -> None:
    assert said(plan, changed(path, value)) == [expected]


def test_rules_come_and_go(plan: Policy) -> None:
    data = deepcopy(raw())
    del data["towns"][1]
    data["towns"].append({"name": "新城街道", "aliases": ["新城"]})
    data["medical"]["aid"][7]["min_age"] = 75
    data["medical"]["aid"][8]["max_age"] = 74
    del data["medical"]["collective"]
    assert (after := valid(data))
    assert said(plan, after) == [
        "镇（街道）｜取消：峨山镇（又名：峨山、峨山镇人民政府）",
        "镇（街道）｜新增：新城街道（又名：新城）",
        "居民医疗保险｜取消：满70周岁（100%；方式：代缴；核对名册：70周岁及以上老年人；备注：满70周岁区财政代缴；"
        "出资方：区财政；条款：四（一））",
        "居民医疗保险｜取消：60至69周岁（50%；方式：代缴；备注：满60周岁区财政代缴一半；出资方：区财政；条款：四（一））",
        "居民医疗保险｜取消：集体资助对象（其他资助之后，按名册所列单位和金额，至多补足个人缴费；方式：资助；"
        "同一单位有两个金额的：按较小的；备注：集体资助；条款：四（一））",
        "居民医疗保险｜新增：满75周岁（100%；方式：代缴；核对名册：70周岁及以上老年人；备注：满70周岁区财政代缴；"
        "出资方：区财政；条款：四（一））",
        "居民医疗保险｜新增：60至74周岁（50%；方式：代缴；备注：满60周岁区财政代缴一半；出资方：区财政；条款：四（一））",
    ]


@pytest.mark.parametrize(
    ("what", "one", "other", "expected"),
    [
        ("aid", 0, 3, ["居民医疗保险｜各项资助的先后：特困供养人员、孤儿、重度残疾人、优抚对象、限户籍 → "
                       "优抚对象、限户籍、孤儿、重度残疾人、特困供养人员"]),
        ("standards", 0, 1, ["居民医疗保险｜另有的个人缴费的先后：2024-10-08至2025-12-31出生、限户籍、在校学生 → "
                             "在校学生、2024-10-08至2025-12-31出生、限户籍"]),
    ],
)  # fmt: skip
def test_an_order_that_decides(what: str, one: int, other: int, expected: list[str]) -> None:
    name = "example-quota-district"
    rows = list(raw(name)["medical"][what])
    rows[one], rows[other] = rows[other], rows[one]
    assert said(load_policy(name), changed(("medical", what), rows, name)) == expected


def test_an_order_that_decides_nothing(plan: Policy) -> None:
    rows = list(raw()["medical"]["aid"])
    rows[7], rows[8] = rows[8], rows[7]  # a half never equals the whole
    assert said(plan, changed(("medical", "aid"), rows)) == []
    assert said(plan, changed(("categories",), raw()["categories"][::-1])) == []
    assert said(plan, changed(("towns",), raw()["towns"][::-1])) == []


# ── nothing is left out ─────────────────────────────────────────────────────────────────────────────────────────────


def leaves(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value of the file that is no table and no list, with its place."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))
    else:
        yield path, value


def others(data: dict[str, Any], value: Any) -> list[Any]:
    """Values of the same kind, of which at least one should do in its stead."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, value + 100, value - 100]
    if isinstance(value, date):
        return [value + timedelta(days=1), value - timedelta(days=1)]
    if value == "payment":
        return [data["dates"]["window"]["to"]]
    codes = [each["code"] for each in data["categories"]]
    fixed = [
        "户籍",
        "常住非户籍",
        "offset",
        "none",
        "credit",
        "collected",
        "booked",
        "larger",
        "person",
        "49.99%",
        "失联",
    ]
    return [each for each in (f"{value}改", *fixed, *codes) if each != value]


def everywhere(value: Any, old: Any, new: Any) -> Any:
    """The tables with a value replaced wherever it stands: a code with all who refer to it, say."""
    if isinstance(value, dict):
        return {key: everywhere(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [everywhere(inner, old, new) for inner in value]
    return new if type(value) is type(old) and value == old else value


def variants(data: dict[str, Any], path: Place, value: Any) -> Iterator[tuple[Policy, bool]]:
    """Policies that say something else at this place; and whether it is the only one where they do."""
    for new in others(data, value):
        alone = own(data, path[:-1])
        table(alone, path[:-1])[path[-1]] = new
        if policy := valid(alone):
            yield policy, True
    for new in others(data, value):
        if policy := valid(everywhere(data, value, new)):
            yield policy, False


def without_users(data: dict[str, Any]) -> dict[str, Any]:
    """The tables without the rules that ask for a category of a certain form."""
    less = deepcopy(data)
    del less["medical"]["collective"], less["pension"]["family_planning"]
    for category in less["categories"]:
        category.pop("family_kinds", None)
    return less


@pytest.mark.parametrize("name", ["fengcheng-2024", pytest.param("example-quota-district", marks=pytest.mark.slow)])
def test_every_value_is_said(name: str) -> None:
    tables = {"whole": raw(name), "less": without_users(raw(name))}
    policies = {which: valid(data) for which, data in tables.items()}
    lines = {which: policy_lines(policy) for which, policy in policies.items() if policy}
    for path, value in leaves(tables["whole"]):
        if path == ("fee_year",):
            continue  # no other year suits the dates: test_next_year has it
        which = "less" if path[-1] == "form" else "whole"
        data, before = tables[which], policies[which]
        after, alone = next(variants(data, path, value), (None, False))
        assert before, path
        assert after, f"{path}: no other value suits"
        assert lines[which] != policy_lines(after), path
        texts = [each.text for each in differences(before, after)]
        assert texts, path
        if alone:  # said once: as a change, or as a rule that goes and one that comes
            assert len(texts) == 1 or [text[:3] for text in texts] == ["取消：", "新增："], (path, texts)
        if path[-1] in ("standard", "amount", "subsidy"):
            new = table(after.model_dump(by_alias=True), path)
            assert [f"{amount}元" in "".join(texts) for amount in (value, new // 100)] == [True, True], (path, texts)


@pytest.mark.parametrize("name", ["fengcheng-2024", pytest.param("example-quota-district", marks=pytest.mark.slow)])
def test_what_is_left_out_is_said(name: str) -> None:
    before = load_policy(name)
    tried = 0
    places = dict.fromkeys(place[:end] for place, _ in leaves(raw(name)) for end in range(1, len(place) + 1))
    for path in places:
        data = own(raw(name), path[:-1])
        del table(data, path[:-1])[path[-1]]
        if after := valid(data):
            tried += 1
            assert bool(differences(before, after)) == (before != after), path
            assert bool(differences(after, before)) == (before != after), path
    assert tried > 100
