"""The sample districts through the whole program: every planted row gets its planted code, and no other row any."""

import csv
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from shared import made_once
from sheets import district, run, workspace

from fcins.documents.collection import collection_table
from fcins.documents.publicity import publicity_table
from fcins.store.schema import FACT_TABLES

SAMPLE = Path(__file__).parents[2] / "sample_data"
WIDE = ("低保.xlsx",)  # a household on each row: the slip is one person's

Place = tuple[str, str, int, str]


def planted(files: Path) -> dict[Place, tuple[str, str]]:
    with (files / "planted.csv").open(encoding="utf-8") as lines:
        return {
            (row["file"], row["sheet"], int(row["row"]), row["person"]): (row["code"], row["what"])
            for row in csv.DictReader(lines)
        }


def judged(folder: Path) -> tuple[dict[Place, str], dict[Place, set[str]]]:
    """Each counted row's verdict and its codes, by file, sheet ("" for .csv), row and person of the row."""
    with district(folder) as known:
        facts = pd.concat(
            known.store.facts(table)[["batch", "seq", "sheet_no", "row"]].drop_duplicates(["batch", "seq"])
            for table in dict.fromkeys(FACT_TABLES.values())
        )
        rows = facts.merge(known.verdicts, on=["batch", "seq"], validate="1:1")
        rows = rows.merge(known.batches[["batch", "file"]]).merge(known.store.sheet_names())
        findings = known.findings
    codes = defaultdict(set)
    for each in findings.itertuples():
        codes[each.batch, each.seq].add(each.code)
    verdicts, found = {}, {}
    person = rows.sort_values("seq").groupby(["batch", "sheet_no", "row"]).cumcount() + 1
    for each in rows.assign(person=person).itertuples():
        sheet = "" if each.file.endswith(".csv") else each.sheet
        slot = str(each.person) if each.file in WIDE else ""
        place = (each.file, sheet, each.row, slot)
        assert place not in verdicts
        verdicts[place] = each.verdict
        if codes[each.batch, each.seq]:
            found[place] = codes[each.batch, each.seq]
    return verdicts, found


def tables(folder: Path) -> dict[str, list[list[object]]]:
    """Town → the rows of its collection and publicity registers, amounts and all."""
    with district(folder) as known:
        payments, policy = known.received, known.policy
        collection = collection_table(known.assessment, payments, policy)
        publicity = publicity_table(known.assessment, payments, policy)
    shown = ["citizen_id", "village", "medical_fen", "pension_fen", "paid_on", "tier_fen", "free", "paid"]
    found = {}
    for town in policy.town_names:
        rows = collection[collection["town"] == town].drop(columns=["person", "household"])
        notice = publicity.loc[publicity["town"] == town, shown]
        found[town] = rows.astype(str).to_numpy().tolist() + notice.astype(str).to_numpy().tolist()
    return found


def verdict_of(code: str) -> str:
    return {"E": "rejected", "D": "duplicate"}.get(code[:1], "accepted")


def check_planted(folder: Path, files: Path) -> None:
    plan = planted(files)
    verdicts, found = judged(folder)
    # Whether the payment of somebody who died afterwards is E203 is left open by the sample.
    late = {place for place, (_, what) in plan.items() if what == "died_later"}
    assert set(plan) - set(verdicts) == set(), "planted rows that were not read"
    codes = {place: {code} for place, (code, _) in plan.items() if code}
    different = {
        place: (plan.get(place), found.get(place))
        for place in {*codes, *found} - late
        if codes.get(place) != found.get(place)
    }
    assert different == {}
    wrong = {
        place: verdict
        for place, verdict in verdicts.items()
        if place not in late and verdict != verdict_of(plan.get(place, ("", ""))[0])
    }
    assert wrong == {}


def test_planted_fengcheng(sample):
    folder, _ = sample
    check_planted(folder, SAMPLE)


def test_imports_close(sample):
    _, answers = sample
    for file, answer in answers.items():
        rows = answer["rows"]
        assert rows["read"] == rows["accepted"] + rows["duplicate"] + rows["rejected"], file
        assert rows["warned"] <= rows["accepted"], file
        assert answer["findings"] == dict(sorted(answer["findings"].items()))


def test_control_totals(sample):
    """The stamped numbers of the sample: right where the sender counted people, wrong where he counted rows."""
    _, answers = sample
    told = {file: (each["declared_total"], each["control_total_ok"]) for file, each in answers.items()}
    assert told["低保.xlsx"] == (141, True)
    assert told["享受政策脱贫人口.xlsx"] == (162, True)  # read over seven sheets
    assert told["残联重度残疾人.xlsx"] == (78, False)
    assert told["优抚对象.csv"] == (40, False)
    assert told["低保补充名单.xlsx"] == (None, None)


def test_categories_decided(sample):
    """--category, else the title, else the file's own column (several categories: none to name)."""
    _, answers = sample
    assert answers["低保.xlsx"]["category"] == "dibao"
    assert answers["特困供养人员花名册.xls"]["category"] == "tekun"
    assert answers["享受政策脱贫人口.xlsx"]["category"] == "poverty"
    assert answers["孤儿及事实无人抚养儿童.xlsx"]["category"] is None
    assert answers["户籍人口.xlsx"]["category"] is None


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> tuple[Path, list[str]]:
    """A second district that does everything differently: its files, its import lines."""
    options = ["--people", "1500", "--towns", "3", "--villages", "2", "--seed", "11", "--format", "other"]
    script = [sys.executable, SAMPLE / "make_district.py", *options, "-o"]
    files = made_once(
        tmp_path_factory, "other_files", lambda folder: subprocess.run([*script, folder], check=True, timeout=120)
    )
    return files, (files / "imports.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def other_imported(other, importing, tmp_path_factory) -> Path:
    files, lines = other
    shared = made_once(tmp_path_factory, "other_imported", lambda folder: importing(workspace(folder), files, lines))
    return shared / "workspace"


def test_planted_other(other, other_imported):
    check_planted(other_imported, other[0])


@pytest.mark.slow
def test_other_order_same_registers(other, other_imported, importing, tmp_path):
    """五（一）: departments hand in when they can; payments first, households last gives the same registers."""
    files, lines = other
    folder = workspace(tmp_path)
    importing(folder, files, reversed(lines))
    before, after = tables(other_imported), tables(folder)
    assert sum(map(len, before.values())) > 2000
    for town, rows in before.items():
        assert after[town] == rows, town


def test_other_by_one_command(other, other_imported, tmp_path):
    """The whole folder at once, with what else lies in it: the same registers, and nothing new the second time."""
    folder = workspace(tmp_path)
    code, answer = run(folder, "import", other[0])
    assert (code, len(answer["imports"]), answer["failed"]) == (0, len(other[1]), [])
    before, after = tables(other_imported), tables(folder)
    for town, rows in before.items():
        assert after[town] == rows, town
    code, answer = run(folder, "import", other[0])
    assert (code, answer["imports"], {each["does"] for each in answer["plan"]}) == (0, [], {"known", "left"})


@pytest.mark.slow
def test_sample_order_same_registers(sample, importing, tmp_path):
    """The same of the committed files, the two files of 低保 the other way round too."""
    folder = workspace(tmp_path)
    lines = (SAMPLE / "imports.txt").read_text("utf-8").splitlines()
    importing(folder, SAMPLE, reversed(lines))
    before, after = tables(sample[0]), tables(folder)
    for town, rows in before.items():
        assert after[town] == rows, town
