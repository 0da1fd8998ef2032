"""policy show, check, diff and simulate, as a policy clerk and the finance bureau run them."""

import hashlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import person, printed, run, workspace, write_xlsx

from fcins.cli import main as cli
from fcins.policy.loading import packaged_policies

ROOT = Path(__file__).parents[2]
PLAN = (ROOT / "fcins" / "policies" / "fengcheng-2024.toml").read_text("utf-8")


def written(path: Path, *changes: tuple[str, str]) -> Path:
    """The plan with other words in some places."""
    text = PLAN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return path


def shown(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """What a command prints on stdout in this process."""
    code, out, _ = printed(capsys, *words)
    assert code == 0
    return out


# ── show ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_show_the_workspaces_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace(tmp_path)
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text("utf-8").replace("standard = 380", "standard = 381"), "utf-8")
    text = shown(capsys, "policy", "show", "-w", folder)
    for part in (
        "【时间】",
        "【人员类别】",
        "【居民医疗保险】",
        "【居民养老保险】",
        "381元",
        "政府代缴",
        "四（四）4",
        "就高",
    ):
        assert part in text
    code, answer = run(folder, "policy", "show")
    assert (code, answer["policy"]) == (0, "fengcheng-2024")
    assert {"part", "rule", "value", "payer", "clause", "reading", "sentence"} == set(answer["lines"][0])
    assert "380元" in shown(capsys, "policy", "show", "fengcheng-2024", "-w", tmp_path / "nowhere")


def test_show_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "policy", "show", "example-quota-district", "--markdown")
    assert text.startswith("# 霁川区2025年度")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert "| 居民医保个人缴费 | 400元 |  | 第八条第一款 |" in "\n".join(rows)
    assert len({line.count("|") for line in rows}) <= 2  # with and without 原文


# ── check ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", packaged_policies())
def test_shipped_policies_and_their_cases(tmp_path: Path, name: str) -> None:
    code, answer = run(tmp_path, "policy", "check", name, "--cases", ROOT / "tests" / "cases" / f"{name}.toml")
    assert (code, answer["problems"]) == (0, [])
    assert answer["cases"] >= 20


def test_check_says_everything_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path / "p.toml",
        ('[[medical.aid]]\ncategory = "tekun"', '[[medical.aid]]\ncategroy = "tekun"'),
        ("from = 2023-12-21", "from = 2023-12-11"),
        ("amount = 8000\nsubsidy = 80", 'amount = 8000\nsubsidy = 80\nonly = ["student"]'),
    )
    code, answer = run(tmp_path, "policy", "check", file)
    assert (code, answer["command"]) == (4, "policy check")
    assert answer["error"]["message"].splitlines() == [
        f"{file}：政策文件有3处问题",
        "[[medical.aid]] 第1项 categroy：不认识的键（是 category 吗？）",
        "dates.publicity.from：要晚于集中征缴期的最后一天（2023-12-20）",
        "[[pension.tiers]] 第8项：没有人能选这一档：only 所列的人都不在养老参保范围内",
    ]


def test_cases_that_disagree(tmp_path: Path) -> None:
    """A policy that says 390 is not what the cases worked by hand ask for."""
    file = written(tmp_path / "p.toml", ("standard = 380", "standard = 390"))
    cases = tmp_path / "cases.toml"
    cases.write_text('[[case]]\nname = "甲"\nbirth = 1985-06-01\nmedical = [380, 0, 380]\ntotal = 380\n', "utf-8")
    code, answer = run(tmp_path, "policy", "check", file, "--cases", cases)
    assert code == 4
    assert answer["error"]["message"].splitlines() == [
        f"{cases}：1例中有1例与政策 fengcheng-2024 算出的不符",
        "第1例“甲”：医保标准：应为380元，算得390元；医保个人缴：应为380元，算得390元；个人缴合计：应为380元，算得390元",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["policy"], 2),
        (["policy", "check"], 2),
        (["policy", "show"], 6),
        (["policy", "show", "nope"], 2),
        (["policy", "check", "nope.toml"], 4),
        (["policy", "diff", "fengcheng-2024"], 2),
        (["policy", "check", "fengcheng-2024", "--cases", "nope.toml"], 4),
        (["simulate", "--policy", "fengcheng-2025"], 6),
    ],
)
def test_wrong(tmp_path: Path, words: list[str], code: int) -> None:
    if words == ["policy"]:
        assert cli.run(words) == code
        return
    found, answer = run(tmp_path, *words)
    assert (found, answer["error"]["exit"]) == (code, code)
    assert answer["command"] == " ".join(words[:2] if words[0] == "policy" else words[:1])


# ── diff ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "  居民医保个人缴费 380元 → 400元\n" in shown(capsys, "policy", "diff", "fengcheng-2024", "fengcheng-2025")
    file = written(tmp_path / "p.toml", ("amount = 640", "amount = 670"))
    code, answer = run(tmp_path, "policy", "diff", "fengcheng-2024", file)
    assert (code, answer["differences"]) == (
        0,
        [{"part": "居民医疗保险", "text": "居民医保补助 每人640元 → 每人670元"}],
    )
    assert "没有不同" in shown(capsys, "policy", "diff", "fengcheng-2024", "fengcheng-2024")


# ── simulate ────────────────────────────────────────────────────────────────────────────────────────────────────────


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("fcins.db", "policy.toml")}


def test_simulate_changes_nothing(sample: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = sample
    before = digests(folder)
    code, answer = run(folder, "simulate", "--policy", "fengcheng-2025", "-o", tmp_path)
    assert code == 0
    assert digests(folder) == before
    assert answer["people"] == sum(line["people"] for line in answer["by_town"])
    assert answer["difference"] == f"{float(answer['after']) - float(answer['before']):.2f}"
    own = [line for line in answer["by_payer"] if line["payer"] == "个人"]
    assert f"{sum(float(line['difference']) for line in own):.2f}" == answer["difference"]
    book = openpyxl.load_workbook(answer["files"][0])
    assert book.sheetnames == ["按出资方", "按镇街", "按年龄", "按金额变化"]
    assert not any("37049" in str(cell.value) for paper in book for row in paper for cell in row)


def test_simulate_what_the_other_policy_cannot_use(tmp_path: Path) -> None:
    """Half aid for all of 低保, no tier of 500, no 优抚: the difference is worked by hand."""
    folder = workspace(tmp_path)
    dibao, veteran, enrolled = person("1980-01-01"), person("1981-01-01"), person("1982-01-01")
    households = write_xlsx(
        tmp_path / "户籍.xlsx",
        f"""
        | 镇街   | 村居 | 姓名 | 公民身份号码 |
        | 阴平镇 | 东村 | 王一 | {dibao}      |
        | 阴平镇 | 东村 | 李二 | {veteran}    |
        | 阴平镇 | 东村 | 张三 | {enrolled}   |
        """,
    )
    roster = write_xlsx(
        tmp_path / "名册.xlsx",
        f"| 姓名 | 身份证号 | 人员类别 |\n| 王一 | {dibao} | 低保 |\n| 李二 | {veteran} | 优抚 |",
    )
    tiers = write_xlsx(tmp_path / "登记.xlsx", f"| 姓名 | 身份证号 | 缴费档次 |\n| 张三 | {enrolled} | 500 |")
    for command, file in (("import-households", households), ("import-roster", roster), ("import-enrolment", tiers)):
        assert run(folder, command, file)[0] == 0
    veterans = PLAN[PLAN.index('[[categories]]\ncode = "veteran"') : PLAN.index('[[categories]]\ncode = "elderly"')]
    aid = PLAN[PLAN.index('[[medical.aid]]\ncategory = "veteran"') : PLAN.index("[[medical.aid]]\nmin_age = 70")]
    other = written(
        tmp_path / "other.toml",
        ('note = "低保对象全额资助"\nshare = "100%"', 'note = "低保对象资助一半"\nshare = "50%"'),
        ("[[pension.tiers]]\namount = 500\nsubsidy = 60\n", ""),
        (veterans, ""),
        (aid, ""),
        ('name = "fengcheng-2024"', 'name = "other"'),
    )
    code, answer = run(folder, "simulate", "--policy", other)
    assert code == 0
    assert answer["notes"] == [
        "other 没有“重点优抚对象”这一类：名册中的1人不计",
        "参保登记中有1行在 other 中没有这个档次：不计养老应缴",
    ]
    # 王一 +190, 李二 +380, 张三 -500
    assert (answer["affected"], answer["difference"]) == (3, "70.00")
    assert (answer["pays_more"], answer["added"], answer["pays_less"], answer["saved"]) == (2, "570.00", 1, "500.00")
    changes = {line["payer"] + line["scheme"]: line["difference"] for line in answer["by_payer"]}
    assert changes["医疗救助资金medical"] == "-190.00"
    assert changes["区财政medical"] == "-380.00"
