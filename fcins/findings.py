"""The catalogue of findings: code → what is wrong and what to do, in the words a department's clerk reads.

A finding is a value, never an exception: a row of a frame with the columns of `FINDING_COLUMNS`. `E` codes reject the
row, `D` codes mark a duplicate of an accepted row, `W` codes accompany an accepted row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FINDING_COLUMNS = ["batch", "seq", "part", "code", "field"]
"""A finding's frame: the batch, the counted row and the part of it (a spouse, a category), its code, its field."""

MONEY_WENT_BACK = "back"
"""No finding: stands in `flaws` beside the E308 of a payment that was made and paid back (已退费). The refund, where it
has a row of its own, takes back this payment and no other."""


@dataclass(frozen=True)
class Entry:
    """One finding of the catalogue: its code, the field it points at, what is wrong, what to do.

    `others`: what it points at where a sheet has no such column.
    """

    code: str
    field: str
    problem: str
    advice: str
    others: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """`E` rejected, `D` duplicate, `W` accepted with a warning."""
        return self.code[0]


_DATES = ("paid_on", "collected_on", "joined_on", "cancelled_on", "enrolled_on", "fee_year")


def advice(code: str, near: Sequence[str] = ()) -> str:
    """What to do about a finding, with what was probably meant."""
    return CATALOGUE[code].advice + (f"，是不是：{'、'.join(near)}？" if near else "")


_ENTRIES = [
    Entry("E101", "name", "没有姓名", "请补填姓名"),
    Entry("E102", "citizen_id", "没有公民身份号码", "请补填公民身份号码"),
    Entry("E103", "citizen_id", "公民身份号码位数不对", "请对照身份证更正（18位）"),
    Entry("E104", "citizen_id", "公民身份号码中有不该出现的字符", "请对照身份证更正（只能是数字，末位可为X）"),
    Entry("E105", "citizen_id", "公民身份号码中的出生日期不存在或晚于今天", "请对照身份证更正第7至14位"),
    Entry("E106", "citizen_id", "公民身份号码校验码不对", "请对照身份证更正，常见原因是抄错一位或相邻两位颠倒"),
    Entry(
        "E107",
        "citizen_id",
        "公民身份号码按数字保存，末几位已被Excel改掉",
        "请先把该列设为“文本”，再对照身份证重新录入；原值无法恢复",
    ),
    Entry("E112", "citizen_id", "不是公民身份号码（护照、港澳台或外国人证件）", "请核实证件；持此类证件的人员另行办理"),
    Entry("E201", "citizen_id", "户籍库中没有此人", "请核对号码；确为本区居民的，请先到公安部门补录户籍信息"),
    Entry("E202", "name", "户籍库中此号码登记的是另一姓名", "请核对姓名和号码哪一个有误"),
    Entry("E203", "citizen_id", "此人已死亡", "请从名册中取消；户籍信息有误的，请与公安部门核实"),
    Entry("E204", "citizen_id", "此人户口已迁出或注销", "请从名册中取消；户籍信息有误的，请与公安部门核实"),
    Entry("E206", "town", "镇（街道）不是本区所辖", "请按区里的镇（街道）名称更正"),
    Entry(
        "E301",
        "disability_level",
        "残疾等级不在该类别要求的范围内，或没有填写",
        "请核对残疾人证上的等级",
        ("disability_cert",),
    ),
    Entry("E302", "citizen_id", "年龄或性别不符合该类别的要求", "请核对人员类别和号码"),
    Entry(
        "E303", "category", "类别不能识别", "请按方案中的名称填写", ("scheme", "change", "hukou_status", "residency")
    ),
    Entry("E305", "wife_id", "夫妻一方没有填写", "请补填另一方的姓名和公民身份号码；离异、丧偶的请注明"),
    Entry("E306", "aid_amount", "金额无法使用", "请填写数字金额，单位元，最多两位小数", ("paid_amount",)),
    Entry("E307", "change_date", "日期无法使用", "请按2023-10-21的形式填写", _DATES),
    Entry(
        "E308",
        "state",
        "本行写明已经失效（停保、失败、已注销等），没有计入",
        "请核对状态；仍然有效的，改正状态后重新报送",
    ),
    Entry(
        "E309",
        "family_kind",
        "家庭类别不是政策规定的类别",
        "请核对：按政策规定的家庭类别填写；不再符合的，请从名册中取消",
    ),
    Entry("E501", "tier", "没有这个养老缴费档次", "请按方案中的档次填写"),
    Entry("E502", "tier", "不属于可选此档次的困难群体", "请改选其他档次；确属困难群体的，请主管部门报送名册"),
    Entry(
        "E503",
        "citizen_id",
        "不属于城乡居民养老保险缴费范围（年龄、在校学生、已参加其他养老保险或非本区户籍）",
        "请核对此人是否应当参保",
    ),
    Entry("E601", "citizen_id", "缴费人不在户籍库中", "款项保留待对账；请核对号码"),
    Entry("D401", "citizen_id", "与本文件中的另一行重复", "不必处理；若两行都要保留，请核对号码"),
    Entry("D402", "citizen_id", "与另一批导入重复", "不必处理；若情况有变化，请核实"),
    Entry("D602", "receipt_no", "凭证号重复，同一笔缴费已经导入", "不必处理；若确为两笔缴费，请核实凭证号"),
    Entry("W108", "citizen_id", "15位旧号码，已换算为18位", "请核对换算后的号码"),
    Entry("W110", "sex", "性别与公民身份号码不一致，以号码为准", "请核对"),
    Entry("W111", "birth_date", "出生日期与公民身份号码不一致，以号码为准", "请核对"),
    Entry(
        "W112",
        "disability_level",
        "残疾等级与残疾人证号上的不一致，以残疾人证号为准",
        "请核对残疾人证",
        ("disability_cert",),
    ),
    Entry("W205", "village", "镇（街道）或村（居）与户籍库不一致，以户籍库为准", "请核对此人户籍所在地"),
    Entry(
        "W208",
        "remark",
        "备注提到死亡、迁出、停发、退费等，或缺少需要的内容而作了推定（资助单位没有填写，或凭证号已被Excel改掉）",
        "请核实备注所说的，不该在册的请报取消；请补填资助单位；凭证号请按文本重新导出，现在不能用它认出重复的缴费",
        ("aid_payer", "receipt_no"),
    ),
    Entry(
        "W209",
        "citizen_id",
        "与另一行或另一个文件对同一人（或同一凭证号）的说法不一致",
        "请核实哪一处是对的，在反馈工作簿里更正；核实以前采用哪一处，不看文件先后",
        ("aid_amount", "paid_amount", "receipt_no", "cancelled_on"),
    ),
]

CATALOGUE: dict[str, Entry] = {entry.code: entry for entry in _ENTRIES}

DECIDING_GROUPS: list[list[str]] = [
    ["E112"],
    ["E308"],
    ["E107"],
    ["E101", "E102", "E103", "E104", "E105", "E106"],
    ["E201", "E601", "E202", "E203", "E204", "E206"],
    ["E301", "E302", "E303", "E305", "E306", "E307", "E309", "E501", "E502", "E503"],
]
"""Error codes in the order they are judged: the first group with a hit decides, and all its hits are reported."""

GROUP_OF: dict[str, int] = {code: number for number, codes in enumerate(DECIDING_GROUPS) for code in codes}


def deciding(codes: Iterable[str]) -> list[str]:
    """Of the error codes that a row earned, those of the first group that has one: they are reported."""
    errors = [code for code in codes if code in GROUP_OF]
    first = min((GROUP_OF[code] for code in errors), default=0)
    return [code for code in errors if GROUP_OF[code] == first]
