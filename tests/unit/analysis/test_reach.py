"""What a policy says in vain is found, with its place; and nothing of a policy that means all it says."""

import tomllib
from pathlib import Path

import pytest

from fcins.analysis.reach import in_vain
from fcins.errors import InputError
from fcins.policy.loading import load_policy, packaged_policies, parse_policy

PLAN = (Path(__file__).parents[3] / "fcins" / "policies" / "fengcheng-2024.toml").read_text("utf-8")
HALF = 'share = "50%"\npayer = "区财政"\nclause = "四（一）"\nnote = "试"\n'


def changed(old: str, new: str) -> str:
    assert old in PLAN, old
    return PLAN.replace(old, new, 1)


def before(table: str, text: str) -> str:
    """The plan with a table of its own before the one that begins so."""
    return changed(table, f"{text}\n{table}")


def found(text: str) -> list[str]:
    """The problems of a policy text, as a clerk reads them."""
    with pytest.raises(InputError) as error:
        parse_policy(text, "p.toml", in_vain)
    return error.value.message.splitlines()[1:]


AGED = "[[medical.aid]]\nmin_age = 60\n"  # the ninth
CATEGORY = '[[categories]]\ncode = "{}"\nname = "试一类"\ndepartment = "区民政局"\nclause = "五"\n{}'

NEVER = "永远轮不到：符合的人都适用"
ONE = [
    # of two for a person of 70 or more, the whole is always more than the half
    (before(AGED, f'[[medical.aid]]\ncategory = "elderly"\n{HALF}'), f"[[medical.aid]] 第9项：{NEVER}第8项"),
    # equal amounts: the first of them
    (
        before(AGED, f'[[medical.aid]]\ncategory = "tekun"\nmin_age = 20\n{HALF.replace("50", "100")}'),
        f"[[medical.aid]] 第9项：{NEVER}第1项",
    ),
    # a child of 18
    (
        before(AGED, f'[[medical.aid]]\ncategory = "orphan"\nmin_age = 18\n{HALF}'),
        "[[medical.aid]] 第9项：没有人能符合",
    ),
    # insured with an employer: not insured here
    (
        before(AGED, f'[[medical.aid]]\ncategory = "employee_medical"\n{HALF}'),
        "[[medical.aid]] 第9项：没有人能符合",
    ),
    # a quota that a whole share always exceeds, and one of nothing
    (
        before(AGED, f'[[medical.aid]]\ncategory = "veteran"\nmin_age = 5\namount = 379\n{HALF.replace("share", "#")}'),
        f"[[medical.aid]] 第9项：{NEVER}第7项",
    ),
    (
        before(AGED, f'[[medical.aid]]\ncategory = "student"\n{HALF.replace("50", "0")}'),
        "[[medical.aid]] 第9项：资助为0，等于没有",
    ),
    # standards: the first that fits holds
    (
        before(
            "[medical.liable]",
            '[[medical.standards]]\nmin_age = 10\namount = 100\nnote = "甲"\nclause = "四"\n'
            '[[medical.standards]]\ncategory = "elderly"\namount = 50\nnote = "乙"\nclause = "四"\n',
        ),
        f"[[medical.standards]] 第2项：{NEVER}第1项",
    ),
    (
        changed("amount = 8000\nsubsidy = 80", 'amount = 8000\nsubsidy = 80\nonly = ["student", "elderly"]'),
        "[[pension.tiers]] 第8项：没有人能选这一档：only 所列的人都不在养老参保范围内",
    ),
    (
        before("# ───────────── 居民医疗保险", CATEGORY.format("trial", "")),
        "[[categories]] 第15项：没有任何一项规定用到“试一类”",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ONE)
def test_found(text: str, expected: str) -> None:
    assert tomllib.loads(text)
    assert found(text) == [expected]


def test_said_with_everything_else() -> None:
    """One reading of the file gives all: also what is wrong with a key, a date or an alias."""
    text = changed('[[medical.aid]]\ncategory = "tekun"', '[[medical.aid]]\ncategroy = "tekun"')
    text = text.replace("max_age = 69", "max_age = 70", 1).replace("from = 2023-12-21", "from = 2023-12-11", 1)
    text = text.replace('aliases = ["低保",', 'aliases = ["五保户", "低保",', 1)
    text = text.replace("amount = 8000\nsubsidy = 80", 'amount = 8000\nsubsidy = 80\nonly = ["student"]', 1)
    text = text.replace(
        "# ───────────── 居民医疗保险",
        CATEGORY.format("trial", "") + "\n# ───────────── 居民医疗保险",
        1,
    )
    text = text.replace(AGED, f'[[medical.aid]]\ncategory = "elderly"\n{HALF}\n{AGED}', 1)
    assert found(text) == [
        "[[medical.aid]] 第1项 categroy：不认识的键（是 category 吗？）",
        "[[categories]] 第2项 aliases 第1项：“五保户”已在第1项用过",
        "dates.publicity.from：要晚于集中征缴期的最后一天（2023-12-20）",
        "[[medical.aid]] 第10项：年龄与第8项重叠",
        "[[categories]] 第15项：没有任何一项规定用到“试一类”",
        "[[medical.aid]] 第9项：永远轮不到：符合的人都适用第8项",
        "[[pension.tiers]] 第8项：没有人能选这一档：only 所列的人都不在养老参保范围内",
    ]


def test_same_people_twice() -> None:
    text = before(AGED, f'[[medical.aid]]\ncategory = "tekun"\n{HALF}')
    with pytest.raises(InputError, match="第9项：与第1项说的是同样的人"):
        parse_policy(text, "p.toml")


def test_an_unknown_category_hides_nothing_else() -> None:
    assert found(changed('[[medical.aid]]\ncategory = "tekun"', '[[medical.aid]]\ncategory = "tekum"')) == [
        "[[medical.aid]] 第1项 category：没有“tekum”这个人员类别（是 tekun 吗？）"
    ]


@pytest.mark.parametrize("name", packaged_policies())
def test_shipped_policies_mean_all_they_say(name: str) -> None:
    assert list(in_vain(load_policy(name))) == []
