"""The year's turn: next year's workspace works from what was carried over, and says what was not."""

import hashlib
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from shared import copied
from sheets import district, person, run, workspace, write_xlsx

from fcins.store.workspace import open_store

WANG, LI, ZHAO, SUN = person("1964-06-06"), person("1980-01-01", 1, "女"), person("2008-03-03"), person("1990-09-09")
DEAD = person("1950-01-01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The year that ends: a household, one of its rows corrected, one dead, four rosters, two enrolments, payments."""
    return copied(tmp_path, _year_that_ends)


def _year_that_ends(at: Path) -> None:
    folder = workspace(at)
    files = {
        "户籍.xlsx": (
            "import-households",
            f"""
            | 镇街 | 村居 | 户号 | 户主姓名 | 姓名 | 与户主关系 | 公民身份号码 | 户籍状态 |
            | 阴平 | 东村 | 1    | 王一     | 王一 | 户主       | {WANG}       | 正常     |
            | 阴平 | 东村 | 1    | 王一     | 李二 | 妻         | {LI}         | 正常     |
            | 阴平 | 东村 | 1    | 王一     | 赵三 | 子         | {ZHAO}       | 正常     |
            | 阴平 | 东村 | 2    | 孙四     | 孙四 | 户主       | {SUN}        | 正常     |
            | 阴平 | 东村 | 3    | 周五     | 周五 | 户主       | {DEAD}       | 死亡     |
            | 阴平 | 东村 | 2    | 孙四     | 孙四 | 户主       | {SUN}        | 正常     |
            | 别镇 | 东村 | 2    | 孙四     | 吴六 | 户主       | {person("1991-01-01")} | 正常 |
            """,
        ),
        "名册.xlsx": (
            "import-roster",
            f"""
            | 姓名 | 身份证号 | 人员类别 | 残疾等级 | 资助单位 | 资助金额 | 取消时间 |
            | 李二 | {LI}     | 低保     |          |          |          |          |
            | 孙四 | {SUN}    | 重残     | 一级     |          |          | 2024-06-30 |
            | 孙四 | {SUN}    | 低保     |          |          |          |          |
            | 孙四 | {SUN}    | 低保     |          |          |          |          |
            | 赵三 | {ZHAO}   | 孤儿     |          |          |          |          |
            | 赵三 | {ZHAO}   | 学生     |          |          |          |          |
            | 周五 | {DEAD}   | 优抚     |          |          |          |          |
            | 王一 | {WANG}   | 集体资助 |          | 东村集体 | 100      |          |
            | 王一 | {WANG}   | 低保     |          |          |          |          |
            | 王一 | {WANG}   | 低保     |          |          |          | 2023-06-30 |
            """,
        ),
        "登记.xlsx": (
            "import-enrolment",
            f"| 姓名 | 身份证号 | 缴费档次 |\n| 王一 | {WANG} | 500 |\n| 李二 | {LI} | 100 |\n| 孙四 | {SUN} | 800 |",
        ),
        "缴费.xlsx": (
            "import-payments",
            f"""
            | 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期   | 凭证号 |
            | 王一 | {WANG}   | 医保 | 280      | 2023-11-01 | A1     |
            """,
        ),
    }
    for name, (command, table) in files.items():
        code, answer = run(folder, command, write_xlsx(at / name, table))
        assert code == 0, answer


def turned(folder: Path, target: Path, policy: str = "fengcheng-2025") -> dict[str, Any]:
    code, answer = run(folder, "rollover", target, "--policy", policy, "--date", "2024-09-01")
    assert code == 0, answer
    return answer


def test_what_goes_on(folder: Path, tmp_path: Path) -> None:
    """王一 is 60 and 赵三 under 18; 孙四's 重残, 王一's 低保 ended; yearly rosters, the dead, copies stay."""
    answer = turned(folder, tmp_path / "2025")
    assert answer["carried"] == {"households": 5, "changes": 0, "memberships": 3}
    by_category = {line["category"]: (line["carried"], line["left"]) for line in answer["by_category"]}
    assert by_category == {
        "dibao": (2, {"已取消": 2, "重复行": 1}),
        "orphan": (1, {}),
        "disability": (0, {"已取消": 1}),
        "veteran": (0, {"已死亡": 1}),
        "student": (0, {"当年有效，须重新报送": 1}),
        "collective_aid": (0, {"当年有效，须重新报送": 1}),
    }
    assert answer["proposals"] == {"people": 2, "left": {"年龄不再符合": 1}}
    assert answer["rates"] == [
        {"town": "阴平镇", "scheme": "medical", "liable": 4, "covered": 4, "due": "280.00", "received": "280.00"},
        {"town": "阴平镇", "scheme": "pension", "liable": 3, "covered": 1, "due": "1200.00", "received": "0.00"},
    ]
    assert "户籍：被退回的1行" in answer["not_carried"]
    assert "缴费：1条，都留在2024年度的工作区" in answer["not_carried"]


def test_the_new_workspace_works(folder: Path, tmp_path: Path) -> None:
    """Its register is next year's; the proposals, corrected as they stand, are imported as enrolments."""
    answer = turned(folder, tmp_path / "2025")
    new = tmp_path / "2025"
    code, imported = run(new, "import-enrolment", answer["files"][0])
    assert (code, imported["rows"]["accepted"], imported["rows"]["rejected"]) == (0, 2, 0)
    code, built = run(new, "build-register", "--all", "-o", tmp_path / "out")
    assert code == 0
    assert built["files"][0].endswith("阴平镇_2025年度征收清册.xlsx")
    amounts = {(line["payer"], line["scheme"]): line["amount"] for line in built["by_payer"]}
    # 王一 half of 400; 赵三 orphan, free, 16 and not enrolled; 李二 and 孙四 低保 at 100 and 800
    assert amounts == {
        ("财政补助", "medical"): "2680.00",
        ("个人", "medical"): "200.00",
        ("区财政", "medical"): "600.00",
        ("医疗救助资金", "medical"): "800.00",
        ("个人", "pension"): "700.00",
        ("政府代缴", "pension"): "200.00",
        ("政府补贴", "pension"): "110.00",
    }


def test_origins_and_rates_are_kept(folder: Path, tmp_path: Path) -> None:
    turned(folder, tmp_path / "2025")
    with open_store(tmp_path / "2025") as store:
        origins = store.origins()
        assert origins[["batch", "policy", "fee_year", "origin_batch"]].to_numpy().tolist() == [
            [1, "fengcheng-2024", 2024, 1],
            [2, "fengcheng-2024", 2024, 2],
        ]
        assert origins["imported_at"].str.startswith(date.today().isoformat()).all()
        assert store.last_year_rates()[["town", "village", "scheme", "liable", "covered"]].to_numpy().tolist() == [
            ["阴平镇", "东村", "medical", 4, 4],
            ["阴平镇", "东村", "pension", 3, 1],
        ]
        assert len(store.sheet_records(1)[0].cells) == 5  # the rows that were carried, with their numbers
    with district(tmp_path / "2025") as new:
        assert new.residents.people["name"].tolist() == ["王一", "李二", "赵三", "孙四", "周五"]


def test_the_same_file_may_come_again(folder: Path, tmp_path: Path) -> None:
    """A roster carried over is no import of this year: the department's new list may be the same bytes."""
    turned(folder, tmp_path / "2025")
    code, answer = run(tmp_path / "2025", "import-roster", tmp_path / "名册.xlsx")
    assert (code, answer["already_imported"]) == (0, False)
    assert answer["findings"]["D402"] == 4  # 李二, 孙四 twice, 赵三


def test_twice_over(folder: Path, tmp_path: Path) -> None:
    """From 2025 into 2026: what was carried is carried again, its origin still the first workspace."""
    turned(folder, tmp_path / "2025")
    text = (Path(__file__).parents[2] / "fcins" / "policies" / "fengcheng-2025.toml").read_text("utf-8")
    for year in (2025, 2024):
        text = text.replace(f"= {year}", f"= {year + 1}")
    next_policy = tmp_path / "2026.toml"
    next_policy.write_text(text.replace("fengcheng-2025", "fengcheng-2026"), "utf-8")
    answer = turned(tmp_path / "2025", tmp_path / "2026", str(next_policy))
    assert answer["carried"]["households"] == 5
    with open_store(tmp_path / "2026") as store:
        assert store.origins()["fee_year"].unique().tolist() == [2024]


def test_the_old_workspace_stays(folder: Path, tmp_path: Path) -> None:
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}
    turned(folder, tmp_path / "2025")
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in before} == before


def test_same_proposals_same_bytes(folder: Path, tmp_path: Path) -> None:
    one, two = (turned(folder, tmp_path / name)["files"][0] for name in ("one", "two"))
    assert Path(one).read_bytes() == Path(two).read_bytes()
    ids = [row[3] for row in openpyxl.load_workbook(one)["阴平镇"].iter_rows(min_row=4, values_only=True)]
    assert ids == [LI, SUN]


@pytest.mark.parametrize("where", ["workspace", "full", "file"])
def test_where_it_cannot_go(folder: Path, tmp_path: Path, where: str) -> None:
    target = folder if where == "workspace" else tmp_path / where
    if where == "full":
        target.mkdir()
        (target / "x").write_text("x")
    elif where == "file":
        target.write_text("x")
    before = sorted(tmp_path.iterdir())
    code, answer = run(folder, "rollover", target, "--policy", "fengcheng-2025")
    assert (code, answer["error"]["exit"]) == (2, 2)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("policy", "code"), [("fengcheng-2024", 2), ("nope", 2), ("nope.toml", 4)])
def test_wrong_policy_leaves_nothing(folder: Path, tmp_path: Path, policy: str, code: int) -> None:
    before = sorted(tmp_path.iterdir())
    assert run(folder, "rollover", tmp_path / "2025", "--policy", policy)[0] == code
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_workspace(tmp_path: Path) -> None:
    assert run(workspace(tmp_path), "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")[0] == 2
    assert not (tmp_path / "2025").exists()


def test_sample(sample: tuple[Path, Any], tmp_path: Path) -> None:
    """Every roster fact of the sample is carried or left for a reason, every enrolment proposed or not."""
    folder = shutil.copytree(sample[0], tmp_path / "ws")
    answer = turned(folder, tmp_path / "2025")
    with district(folder) as old:
        facts = old.store.facts("roster_facts", ["batch"])
        enrolments = old.store.facts("enrolment_facts", ["batch"])
    told = sum(line["carried"] + sum(line["left"].values()) for line in answer["by_category"])
    assert told == len(facts)
    assert answer["proposals"]["people"] + sum(answer["proposals"]["left"].values()) == len(enrolments)
    code, status = run(tmp_path / "2025", "status")
    assert (code, status["fee_year"]) == (0, 2025)
    rejected = [source["rejected"] for source in status["sources"]]
    assert sum(rejected[:2]) == 0  # no household row that was sound goes back
