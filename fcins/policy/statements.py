"""A policy as statements: one per rule, in the order of its file, each a line for a clerk and the points it makes.

Points are compared by what they stand for, not by how they are shown. So a renamed category is one difference, in its
own statement, and not one in every rule that names it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from fcins.figures import plain_yuan, yuan
from fcins.policy.loading import Policy
from fcins.policy.model import Condition, Excluded, Period, Rule

GROUNDS = {"payer": "出资方", "clause": "条款", "reading": "理解", "sentence": "原文"}
"""What a line shows beside its value, and under which heading."""

MEDICAL = "居民医疗保险"
"""The part with the rules on medical."""


@dataclass(frozen=True)
class Line:
    """One rule of a policy as text, "" where there is nothing to say. `sentence`: the plan's own words."""

    part: str
    rule: str
    value: str
    payer: str
    clause: str
    reading: str
    sentence: str


@dataclass(frozen=True)
class Point:
    """One thing that a rule says: its label ("" for the rule itself), and its items: compared by → shown as."""

    label: str
    items: Mapping[str, str]

    def __str__(self) -> str:
        return (f"{self.label}：" if self.label else "") + "、".join(self.items.values())


@dataclass(frozen=True)
class Statement:
    """A rule as a line for a clerk and as points to compare: its value, then its grounds as far as they are its own.

    `identity`: by which the rule is recognised in another policy; `renamable`: its name is no part of that.
    """

    line: Line
    points: tuple[Point, ...]
    identity: str
    renamable: bool = False


def statements(policy: Policy) -> Iterator[Statement]:
    """Everything the policy says."""
    yield from _head(policy)
    yield from _dates(policy)
    yield from _places(policy)
    yield from _categories(policy)
    yield from _medical(policy)
    yield from _pension(policy)
    yield from _register(policy)
    yield from _publicity(policy)
    yield from _reconciliation(policy)


# ── pieces ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _state(
    part: str,
    rule: str,
    *value: Point | str,
    basis: Rule | None = None,
    under: Rule | None = None,
    payer: str = "",
    reading: str | None = None,
    identity: str = "",
    renamable: bool = False,
) -> Statement:
    """`basis`: the rule that gives clause, reading and sentence; `under`: one of which only the clause is shown."""
    points = [_text("", each) if isinstance(each, str) else each for each in value]
    own = {"payer": payer, "clause": "", "reading": reading or "", "sentence": ""}
    if basis:
        own |= {"clause": basis.clause, "reading": basis.reading or "", "sentence": basis.sentence or ""}
    shown = own | {"clause": under.clause} if under else own
    line = Line(part, rule, "；".join(str(point) for point in points if point.items), **shown)
    grounds = [_text(label, own[field]) for field, label in GROUNDS.items()]
    return Statement(line, (*points, *grounds), identity or rule, renamable)


def _texts(label: str, items: Iterable[str]) -> Point:
    """Texts compared as they are shown, without the empty ones."""
    return Point(label, {item: item for item in items if item})


def _text(label: str, text: str) -> Point:
    return _texts(label, [text])


def _named(label: str, codes: Iterable[str], names: Mapping[str, str]) -> Point:
    """Categories, compared by their codes."""
    return Point(label, {code: names[code] for code in codes})


def _days(period: Period) -> str:
    return f"{period.start}至{period.end}"


# ── parts, in the order of the file ─────────────────────────────────────────────────────────────────────────────────


def _head(policy: Policy) -> Iterator[Statement]:
    part = "政策"
    yield _state(part, "标题", policy.title)
    yield _state(part, "名称", policy.name)
    yield _state(part, "文件", policy.document, reading=policy.reading)
    yield _state(part, "区", policy.district)
    yield _state(part, "费款年度", f"{policy.fee_year}年")


def _dates(policy: Policy) -> Iterator[Statement]:
    part, dates = "时间", policy.dates
    yield _state(part, "集中征缴期", _days(dates.window), basis=dates.window)
    for stage in dates.stages:
        lists = _text("各部门的名单", "最后一天前报齐" if stage.lists_due else "")
        yield _state(part, stage.name, _days(stage), lists, basis=stage, identity=f"stage {stage.name}")
    yield _state(part, "公示期", _days(dates.publicity), basis=dates.publicity)
    waiting = f"{dates.waiting.start}及以后缴费的，等待{dates.waiting.days}日"
    yield _state(part, "医保待遇等待期", waiting, basis=dates.waiting)
    on = "本人首次缴纳该险种之日，未缴费的按集中征缴期最后一日" if policy.by_payment else str(policy.reference_day)
    yield _state(part, "年龄计算日", on, basis=dates.age_reference)
    wait = "生日会改变应缴金额的，自生日起缴费"
    yield _state(part, "等到生日再缴费", wait, basis=dates.birthday_wait)
    day = "代收当日，没有代收日期的按缴费（入库）日期" if policy.collected_counts else "缴费（入库）日期"
    yield _state(part, "代办员代收的，算哪天缴费", day, basis=dates.payment_day)


def _places(policy: Policy) -> Iterator[Statement]:
    for town in policy.towns:
        yield _state("镇（街道）", town.name, _texts("又名", town.aliases))
    senders = policy.senders
    for facts, sender in (
        ("户籍人口", senders.households),
        ("养老参保登记", senders.enrolment),
        ("缴费记录", senders.payments),
    ):
        yield _state("报送部门", facts, sender)


_ROWS = {"person": "", "couple": "每对夫妻一行", "aid": "每人一行，写明资助单位和金额"}


_HANDED_IN = {
    (True, False): "",
    (True, True): "每个镇（街道）一份",
    (False, False): "没有的可以不报",
}
"""How a roster comes in, by `required` and `by_town`."""


def _categories(policy: Policy) -> Iterator[Statement]:
    part = "人员类别"
    for each in policy.categories:
        yield _state(
            part,
            each.name,
            _text("报送部门", each.department),
            _text("报送", _HANDED_IN[each.required, each.by_town]),
            _texts("又名", each.aliases),
            _text("年龄", ages(each.min_age, each.max_age)),
            _texts("残疾等级", [f"{level}级" for level in each.disability_levels]),
            _text("名册", _ROWS[each.form]),
            _texts("家庭类别", each.family_kinds or ()),
            _text("以户认定", "户主只写在户主一栏的也在内" if each.by_household else ""),
            _text("有效期", "本费款年度" if each.yearly else ""),
            _text("未参保人员", "连同原因一并报送" if each.reports_uninsured else ""),
            _text("代码", each.code),
            basis=each,
            identity=each.code,
            renamable=True,
        )
    yield _state(part, "不属于任何类别的字样", _texts("", policy.not_categories))


def _medical(policy: Policy) -> Iterator[Statement]:
    part, medical, names = MEDICAL, policy.medical, policy.category_names
    standard = "居民医保个人缴费"
    yield _state(part, standard, plain_yuan(medical.standard_fen), basis=medical)
    for own in medical.standards:
        rule, identity = (f"{standard}（{who(own, by_code)}）" for by_code in (names, {}))
        yield _state(part, rule, plain_yuan(own.amount_fen), _text("备注", own.note), basis=own, identity=identity)
    yield _state(part, "居民医保参保范围", _texts("户籍性质", medical.liable.residency), basis=medical.liable)
    yield from _excluded(part, "不参加居民医保", medical.excluded, names)
    subsidy = medical.subsidy
    yield _state(part, "居民医保补助", f"每人{plain_yuan(subsidy.amount_fen)}", basis=subsidy, payer=subsidy.payer)
    one = "只享受一项：金额最大的；金额相同的，取排在前面的"
    yield _state(part, "符合多项资助的", one, basis=medical.one_aid)
    for aid in medical.aid:
        fixed = f"每人{plain_yuan(aid.amount_fen)}" if aid.amount_fen is not None else ""
        yield _state(
            part,
            who(aid, names),
            fixed or share(aid.share_bp or 0),
            _text("方式", aid.verb),
            _named("核对名册", [aid.cross_check] if aid.cross_check else [], names),
            _text("备注", aid.note),
            basis=aid,
            payer=aid.payer,
            identity=f"aid {who(aid, {})}",
        )
    if collective := medical.collective:
        amounts = {"smaller": "按较小的", "larger": "按较大的", "none": "都不算"}
        yield _state(
            part,
            names[collective.category],
            "其他资助之后，按名册所列单位和金额，至多补足个人缴费",
            _text("方式", collective.verb),
            _text("同一单位有两个金额的", amounts[collective.when_different]),
            _text("备注", collective.note),
            basis=collective,
            identity=f"collective {collective.category}",
        )


def _excluded(part: str, how: str, rules: Iterable[Excluded], names: Mapping[str, str]) -> Iterator[Statement]:
    for rule in rules:
        identity = f"{how}：{rule.category}"
        points = (_text("备注", rule.note), _text("核实的未参保原因", rule.gap_cause or ""))
        yield _state(part, f"{how}：{names[rule.category]}", *points, basis=rule, identity=identity)


def _pension(policy: Policy) -> Iterator[Statement]:
    part, pension, names = "居民养老保险", policy.pension, policy.category_names
    yield _state(part, "居民养老个人缴费", "按本人选定的档次", basis=pension)
    liable = pension.liable
    yield _state(
        part,
        "居民养老参保范围",
        ages(liable.min_age, liable.max_age),
        _texts("户籍性质", liable.residency),
        basis=liable,
    )
    yield from _excluded(part, "不参加居民养老", pension.excluded, names)
    into_account = "记入个人账户，不减少应收"
    yield _state(part, "缴费补贴", into_account, basis=pension.subsidy, payer=pension.subsidy.payer)
    for tier in pension.tiers:
        added = plain_yuan(tier.subsidy_fen)
        subsidy = Point("", {added: pension.subsidy.payer + added})
        only = _named("只适用于", tier.only or (), names)
        yield _state(part, f"养老{plain_yuan(tier.amount_fen)}档", subsidy, only, under=pension)
    if proxy := pension.proxy:
        higher = {"offset": "仍按此数代缴，其余由本人缴纳", "none": "不代缴，全部由本人缴纳"}
        yield _state(
            part,
            "养老代缴",
            f"每人{plain_yuan(proxy.amount_fen)}",
            _named("对象", proxy.categories, names),
            _text("选更高档次的", higher[proxy.higher_tier]),
            _text("未登记的备注", proxy.unenrolled_note),
            basis=proxy,
            payer=proxy.payer,
        )
    if family := pension.family_planning:
        effects = {"credit": into_account, "offset": "抵减个人缴费"}
        yield _state(
            part,
            names[family.category],
            f"夫妻每人{plain_yuan(family.amount_fen)}",
            _text("女方", ages(family.wife_min_age, None)),
            _text("用途", effects[family.effect]),
            basis=family,
            payer=family.payer,
            identity=f"couple {family.category}",
        )
    yield _state(part, "应参保没有登记的", _text("备注", pension.gap.note), basis=pension.gap)


def _register(policy: Policy) -> Iterator[Statement]:
    part, form = "征收清册", policy.register
    yield _state(part, "清册标题", template(form.title), basis=form)
    yield _state(part, "签字栏", "、".join(form.signatures), under=form)
    yield _state(part, "等到生日的备注", form.waited_note, under=form)
    yield _state(part, "生日在征缴期后的备注", form.outside_window_note, under=form)
    yield _state(part, "户籍信息互相矛盾的备注", form.differing_note, under=form)


def _publicity(policy: Policy) -> Iterator[Statement]:
    part, form = "公示", policy.publicity
    yield _state(part, "公示标题", template(form.title), basis=form)
    yield _state(part, "公示时间", template(form.period_note), under=form)
    yield _state(part, "公示异议", template(form.objection_note), under=form)
    yield _state(part, "异议电话", form.objection_phone or "留空，公示前填写", under=form)
    yield _state(part, "公示签字栏", "、".join(form.signatures), under=form)
    yield _state(part, "公民身份号码", f"只露出前{form.mask_head}位和后{form.mask_tail}位", under=form)
    children = f"未满{form.child_age}周岁的不列姓名，并入本户"
    yield _state(part, "儿童", children, _text("写作", template(form.child_note)), under=form)
    yield _state(
        part,
        "由他人出资参保的",
        f"只公布人数，少于{form.few}人的不公布具体人数",
        _text("写作", template(form.paid_by_others_note)),
        _text("人少时写作", template(form.paid_by_others_few_note)),
        under=form,
    )


def _reconciliation(policy: Policy) -> Iterator[Statement]:
    part, rules = "对账", policy.reconciliation
    if rules is None:
        return
    yield _state(part, "退费", "多出应缴的部分退还", basis=rules.refund)
    before = f"{rules.departed.before}以前的，已缴的退还"
    yield _state(part, "死亡、迁出、注销的", before, basis=rules.departed)
    yield _state(part, "滞留资金", f"代收后超过{rules.held.days}日入库", basis=rules.held)
    yield _state(part, "超标准收费", "代办员收的多于应缴", basis=rules.overcharged)
    yield _state(part, "对账签字栏", "、".join(rules.signatures))


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def share(parts: int) -> str:
    """Parts of 10000 in percent: 5000 → "50%", 3333 → "33.33%"."""
    return f"{yuan(parts).removesuffix('.00')}%"


def ages(low: int | None, high: int | None) -> str:
    """Both included: "满70周岁", "60至69周岁", "17周岁及以下"; "" for any age."""
    if high is None:
        return "" if low is None else f"满{low}周岁"
    return f"{high}周岁及以下" if low is None else f"{low}至{high}周岁"


def births(first: date | None, last: date | None) -> str:
    """Both included: "2024-10-08至2025-12-31出生"; "" for any day."""
    if last is None:
        return "" if first is None else f"{first}及以后出生"
    return f"{last}及以前出生" if first is None else f"{first}至{last}出生"


def who(rule: Condition, names: Mapping[str, str]) -> str:
    """Whom a rule is for: "优抚对象、限户籍"; a category that is not in `names` by its code."""
    conditions = [
        names.get(rule.category, rule.category) if rule.category else "",
        ages(rule.min_age, rule.max_age),
        births(rule.born_from, rule.born_to),
        f"限{'或'.join(rule.residency)}" if rule.residency else "",
    ]
    return "、".join(filter(None, conditions)) or "所有人"


_BLANKS = {
    "district": "【区】",
    "town": "【镇（街道）】",
    "year": "【年】",
    "from": "【起】",
    "to": "【止】",
    "phone": "【电话】",
    "age": "【岁数】",
    "count": "【人数】",
    "few": "【最少人数】",
}


def template(text: str) -> str:
    """A document's text with its placeholders in Chinese: {town} → 【镇（街道）】."""
    return text.format_map(_BLANKS)
