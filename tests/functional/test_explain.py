"""Why a person owes what they owe: the sentence, every fact with its row, every rule, every yuan."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sheets import district, person, printed, run, workspace, write_xlsx

from fcins.analysis.district import District
from fcins.analysis.explanation import explain

OLD = person("1963-12-05")  # 60 within the window
TWICE = person("1970-01-01")  # 特困, 低保 and 重残
OFFICE = person("1988-05-05", 1, "女")
YOUNG = person("2007-11-15")  # 16 within the window
HALF = person("1958-05-05", 2)  # 65, and the village pays 100
DEAD = person("1950-01-01")
STRANGER = person("1990-09-09")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("explain")
    folder = workspace(at)
    households = write_xlsx(
        at / "户籍.xlsx",
        f"""
        | 镇街   | 村居 | 户号 | 户主姓名 | 姓名   | 与户主关系 | 公民身份号码 | 户籍状态 |
        | 阴平镇 | 东村 | 1    | 王一     | 王一   | 户主       | {OLD}        | 正常     |
        | 阴平镇 | 东村 | 1    | 王一     | 王小   | 子         | {YOUNG}      | 正常     |
        | 阴平镇 | 东村 | 2    | 李二     | 李二   | 户主       | {TWICE}      | 正常     |
        | 阴平镇 | 东村 | 3    | 张三     | 张三   | 户主       | {OFFICE}     | 正常     |
        | 峨山镇 | 东村 | 1    | 王一     | 王一   | 户主       | {HALF}       | 正常     |
        | 峨山镇 | 东村 | 2    | 赵四     | 赵四   | 户主       | {DEAD}       | 死亡     |
        """,
    )
    rosters = write_xlsx(
        at / "名册.xlsx",
        f"""
        | 姓名 | 身份证号   | 人员类别 | 残疾等级 | 资助单位 | 资助金额 |
        | 李二 | {TWICE}    | 重残     | 二级     |          |          |
        | 李二 | {TWICE}    | 低保     |          |          |          |
        | 李二 | {TWICE}    | 特困     |          |          |          |
        | 张三 | {OFFICE}   | 职工医保 |          |          |          |
        | 王一 | {HALF}     | 集体资助 |          | 东村集体 | 100      |
        | 王一 | {OLD}      | 重残     | 四级     |          |          |
        | 孙五 | {STRANGER} | 低保     |          |          |          |
        """,
    )
    tiers = write_xlsx(at / "登记.xlsx", f"| 姓名 | 身份证号 | 缴费档次 |\n| 王小 | {YOUNG} | 350 |")
    paid = write_xlsx(
        at / "缴费.xlsx",
        f"""
        | 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期   | 凭证号 |
        | 王一 | {HALF}   | 医保 | 90       | 2023-11-01 | A1     |
        """,
    )
    for command, file in (("import-households", households), ("import-roster", rosters), ("import-enrolment", tiers)):
        assert run(folder, command, file)[0] == 0
    assert run(folder, "import-payments", paid)[0] == 0
    return folder


def asked(folder: Path, *words: object) -> dict[str, Any]:
    code, answer = run(folder, "explain", *words)
    assert code == 0, answer
    return answer


NO_PENSION = "养老不缴费：已满60周岁（2023-12-31时{}周岁）（三、五（八））"
SENTENCES = [
    (
        OLD,
        "医保应缴380元：区财政代缴190元（60至69周岁，四（一）），个人缴190元，2023-12-05后缴费；"
        + NO_PENSION.format(60),
    ),
    (
        TWICE,
        "医保应缴380元：医疗救助资金资助380元（特困人员，四（一）），个人缴0元；"
        "养老应缴100元：政府代缴100元（重度残疾人，四（一）），个人缴0元，另有政府补贴30元记入个人账户",
    ),
    (OFFICE, "医保不缴费：职工医保参保（三）；养老：未办理养老参保登记（疑似漏保）"),
    (
        YOUNG,
        "医保应缴380元：个人缴380元；养老应缴350元：个人缴350元，另有政府补贴30元记入个人账户，2023-11-15后缴费",
    ),
    (
        HALF,
        "医保应缴380元：区财政代缴190元（60至69周岁，四（一）），东村集体资助100元（四（一）），个人缴90元；"
        + NO_PENSION.format(65),
    ),
    (DEAD, "医保不缴费：户籍状态是死亡（三）；养老不缴费：户籍状态是死亡（三、五（八））"),
    (STRANGER, "户籍库中没有此人，医保、养老都不计算"),
]
NAMES = ["60 in the window", "three categories", "employee", "16 in the window", "village", "dead", "stranger"]


@pytest.mark.parametrize(("who", "sentence"), SENTENCES, ids=NAMES)
def test_sentence(folder: Path, who: str, sentence: str) -> None:
    assert asked(folder, who)["sentence"] == sentence


def test_everything_about_one(folder: Path) -> None:
    """重残, 低保 and 特困: one aid, the others lose to it; each fact with its row, each yuan with its clause."""
    answer = asked(folder, TWICE)
    assert [(fact["file"], fact["row"], fact["verdict"]) for fact in answer["facts"]] == [
        ("户籍.xlsx", 4, "accepted"),
        ("名册.xlsx", 2, "accepted"),
        ("名册.xlsx", 3, "accepted"),
        ("名册.xlsx", 4, "accepted"),
    ]
    tried = {(rule["rule"], rule["outcome"]): rule["why"] for rule in answer["rules"] if rule["scheme"] == "medical"}
    assert tried["医疗救助资金资助：特困人员", "applied"] == "特困人员全额资助"
    assert tried["医疗救助资金资助：低保对象", "lost"] == "与特困人员（380元）同额，排在其后；只享受一项"
    assert tried["区财政代缴：重度残疾人", "lost"] == "与特困人员（380元）同额，排在其后；只享受一项"
    assert tried["区财政代缴：孤儿", "unmet"] == "不在孤儿名册中"
    assert tried["区财政代缴：满70周岁", "unmet"] == "未满70周岁（2023-12-31时53周岁）"
    assert [(each["payer"], each["amount"], each["clause"]) for each in answer["charges"]] == [
        ("财政补助", "640.00", "四（一）"),
        ("医疗救助资金", "380.00", "四（一）"),
        ("政府代缴", "100.00", "四（一）"),
        ("政府补贴", "30.00", "四（一）"),
    ]
    assert "特困人员、低保对象等符合政策条件的给予全额资助" in answer["charges"][1]["sentence"]
    assert answer["charges"][1]["reading"]
    assert (answer["pay_from"], answer["payments"], answer["findings"]) == ("2023-10-01", [], [])


def test_a_row_that_went_back(folder: Path) -> None:
    answer = asked(folder, OLD)
    assert [(each["code"], each["file"], each["row"]) for each in answer["findings"]] == [("E301", "名册.xlsx", 7)]
    tried = {rule["rule"]: rule["why"] for rule in answer["rules"]}
    assert tried["区财政代缴：重度残疾人"] == "重度残疾人名册中有此人，但该行没有生效"
    assert answer["pay_from_why"].startswith("2023-12-05满60周岁")


def test_payments(folder: Path) -> None:
    (payment,) = asked(folder, HALF)["payments"]
    assert payment["said"] == "2024年度 医保 90元 2023-11-01 A1"
    assert (payment["row"], payment["verdict"]) == (2, "accepted")


def test_nobody_is_shown_in_full(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for who in (OLD, TWICE, STRANGER):
        for options in ([], ["--json"]):
            code, out, err = printed(capsys, "explain", who, "-w", folder, *options)
            assert code == 0
            assert not re.search(r"\d{17}", out + err)


def test_first_line_is_the_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("explain", OLD, "-w", folder)
    code, out, _ = printed(capsys, *line)
    assert code == 0
    first, *more = out.splitlines()
    assert first == asked(folder, OLD)["sentence"]
    for part in (
        "【资料】",
        "【逐条对照】",
        "【金额（元）】",
        "原文（四（一））",
        "可缴费日期 2023-12-05",
        "核查结果 E301",
    ):
        assert any(part in each for each in more), part
    assert printed(capsys, *line, "-q")[1] == ""


# ── by name ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_by_name(folder: Path) -> None:
    answer = asked(folder, "--name", " 王 一")
    assert [(each["number"], each["town"], each["age"]) for each in answer["candidates"]] == [
        (1, "阴平镇", 60),
        (2, "峨山镇", 65),
    ]
    assert asked(folder, "--name", "王一", "--town", "峨山")["sentence"] == asked(folder, HALF)["sentence"]
    assert asked(folder, "--name", "王一", "--number", "1")["sentence"] == asked(folder, OLD)["sentence"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "要么给出公民身份号码，要么用 --name 给出姓名"),
        ([OLD, "--name", "王一"], "要么给出公民身份号码，要么用 --name 给出姓名"),
        (["123"], "不是有效的公民身份号码"),
        ([person("1999-09-09")], "工作区里没有此人的任何资料"),
        (["--name", "无名"], "户籍库中没有叫“无名”的人"),
        (["--name", "王一", "--town", "阴坪镇"], "没有“阴坪镇”这个镇（街道）"),
        (["--name", "王一", "--number", "3"], "没有第3位：叫“王一”的共2位"),
    ],
)
def test_wrong(folder: Path, words: list[str], said: str) -> None:
    code, answer = run(folder, "explain", *words)
    assert (code, answer["error"]["message"]) == (2, said)
    assert answer["command"] == "explain"


# ── one person as in the whole district ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_alone_as_in_the_whole_district(sample: tuple[Path, Any], every: int) -> None:
    """What is read for one person is all that decides about them: couples, changes, receipts included."""
    folder, _ = sample
    with district(folder) as whole:
        people, findings = whole.residents.people, whole.findings
        facts = whole.store.facts("roster_facts", ["batch", "seq", "key", "role"])
        shared = whole.store.facts("payment_facts", ["key", "receipt_no"])
        couples = facts.loc[(facts["role"] != "").to_numpy(), "key"].head(8)
        returned = facts.merge(findings, on=["batch", "seq"])["key"].head(20)
        receipts = shared.loc[(shared["receipt_no"].duplicated(keep=False)).to_numpy(), "key"].head(8)
        changed = whole.store.facts("household_facts", ["key", "change"])
        changed = changed.loc[(changed["change"] != "").to_numpy(), "key"]
        parts = (couples, returned, receipts, changed, people["key"][::800])
        keys = {int(key) for part in parts for key in part} - {0}
        tried = 0
        for key in sorted(keys)[::every]:
            alone = explain(District.around(whole.store, whole.policy, [key]), key)
            together = explain(whole, key)
            assert (alone is None) == (together is None)
            if alone is not None and together is not None:
                assert json.dumps(alone.as_json(), default=str) == json.dumps(together.as_json(), default=str)
                tried += 1
        assert tried > 60 // every
