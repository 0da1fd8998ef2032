"""verify proves the invariants on a whole workspace, and says the place where one does not hold."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from people import LI, WANG, ZHAO
from shared import copied
from sheets import run, workspace, write_xlsx

from fcins.store.workspace import open_store


@pytest.fixture
def settled(village_once: Path, tmp_path: Path) -> Path:
    """The village with a roster, an enrolment and two payments."""
    return copied(tmp_path, _settled, village_once)


def _settled(tmp_path: Path, village_once: Path) -> None:
    village = shutil.copytree(village_once, tmp_path / "workspace")
    dibao = write_xlsx(tmp_path / "低保.xlsx", f"| 姓名 | 身份证号 |\n| 王一 | {WANG} |\n| 赵五 | {ZHAO} |")
    tier = write_xlsx(tmp_path / "参保.xlsx", f"| 姓名 | 身份证号 | 缴费档次 |\n| 李二 | {LI} | 500 |")
    paid = write_xlsx(
        tmp_path / "缴费.xlsx",
        f"""
        | 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期  | 凭证号 |
        | 李二 | {LI}     | 医保 | 380      | 2023-11-1 | A1     |
        | 李二 | {LI}     | 养老 | 500      | 2023-11-1 | A2     |
        """,
    )
    run(village, "import-roster", dibao, "--category", "低保")
    run(village, "import-enrolment", tier)
    run(village, "import-payments", paid)
    assert run(village, "build-register", "--all", "-o", tmp_path / "out")[0] == 0


def failed(folder: Path) -> list[str]:
    """The places where something does not hold; exit code 6 where there is one."""
    code, answer = run(folder, "verify")
    places = [place for check in answer["checks"] for place in check["problems"]]
    assert (code, answer["ok"]) == ((6, False) if places else (0, True))
    return places


def change(folder: Path, statement: str) -> None:
    """As nobody should: behind the program's back."""
    with open_store(folder) as store, store.transaction():
        store.run(statement)


def test_what_holds_is_counted(settled: Path) -> None:
    """6 residents in 2 villages, 4 batches of 6 + 2 + 1 + 2 rows."""
    code, answer = run(settled, "verify")
    assert (code, answer["ok"]) == (0, True)
    counts = {check["check"].split("，")[0]: check["count"] for check in answer["checks"]}
    assert counts["每批资料的行数、条数和SHA-256与导入时的记录一致"] == 4
    assert counts["每条资料都属于一个批次"] == 11
    assert counts["标准＝个人＋各出资方"] == 6 * 2
    assert counts["清册逐村的金额与应缴一致"] == 2
    assert counts["保留的推算结果与重新推算的一致"] == 5


def test_the_whole_sample(sample: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    assert failed(sample[0]) == []


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE payment_facts SET amount_fen = 1", "批次4 缴费.xlsx：内容与导入时的SHA-256不同"),
        ("DELETE FROM roster_facts WHERE name = '赵五'", "批次2 低保.xlsx：记录2行2条，现有1行1条"),
        ("UPDATE enrolment_facts SET batch = 9", "批次9：没有这个批次，却有1条资料"),
        ("UPDATE batches SET rows_read = 3 WHERE batch = 2", "批次2 低保.xlsx：读入3，接受＋重复＋退回2"),
        ("UPDATE batches SET digest = 'x' WHERE batch = 1", "批次1 户籍.xlsx：内容与导入时的SHA-256不同"),
    ],
)  # fmt: skip
def test_what_was_changed_is_found(settled: Path, statement: str, place: str) -> None:
    change(settled, statement)
    assert place in failed(settled)


def test_a_kept_result_that_was_changed(settled: Path) -> None:
    """Somebody's due amount raised in what is kept for the next command."""
    path = settled / "derived" / "assessment.charges.arrow"
    with pa.ipc.open_file(path) as reader:
        table = reader.read_all()
    at = table.column_names.index("amount_fen")
    raised = pa.array([amount + 1 for amount in table.column(at).to_pylist()], pa.int64())
    changed = table.set_column(at, table.schema.field(at), raised)
    with pa.ipc.new_file(path, changed.schema) as writer:
        writer.write_table(changed)
    assert failed(settled) == ["derived 文件夹里的 assessment.charges 与重新推算的不同：删去 derived 文件夹即可"]
    shutil.rmtree(settled / "derived")
    assert failed(settled) == []


def test_a_damaged_database(settled: Path) -> None:
    path = settled / "fcins.db"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(bytes(whole))
    for left in settled.glob("fcins.db-*"):
        left.unlink()
    code, _ = run(settled, "verify")
    assert code == 6


def test_next_year(settled: Path, tmp_path: Path) -> None:
    """What was carried is recorded as it will be read: some rows of larger batches."""
    assert run(settled, "rollover", tmp_path / "2025", "--policy", "fengcheng-2025")[0] == 0
    assert failed(tmp_path / "2025") == []


def test_nothing_yet(tmp_path: Path) -> None:
    assert failed(workspace(tmp_path)) == []


def test_payments_before_the_households(tmp_path: Path) -> None:
    """Nobody is known yet: every payment is a stranger's."""
    folder = workspace(tmp_path)
    table = f"| 姓名 | 身份证号 | 险种 | 缴费金额 | 缴费日期  |\n| 李二 | {LI} | 医保 | 380 | 2023-11-1 |"
    run(folder, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", table))
    assert failed(folder) == []
