"""Everything follows from frames alone: whoever keeps the facts, in any order, gets what the workspace gets."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sheets import district

from fcins.assessment.charges import ASSESSED_SCHEMA, CHARGE_COLUMNS, CHARGE_SCHEMA
from fcins.assessment.derivation import Derivation, derive, kinds_of_results
from fcins.assessment.facts import CAUSES, ORDERS, SCHEMAS, Facts
from fcins.assessment.judging import ENROLMENT_SCHEMA, MEMBERSHIP_SCHEMA, PAYMENT_SCHEMA
from fcins.assessment.residents import RESIDENT_COLUMNS, RESIDENT_SCHEMA
from fcins.assessment.verdicts import FINDING_SCHEMA, PART_SCHEMA, VERDICT_SCHEMA
from fcins.findings import FINDING_COLUMNS
from fcins.frames import difference, empty
from fcins.intake.answers import CORRECTED_SCHEMA, SETTLED_SCHEMA
from fcins.policy.loading import load_policy
from fcins.store import schema
from fcins.store.frames import StoredFrames

ROOT = Path(__file__).parents[2]

_JUDGEMENT = {"verdicts": VERDICT_SCHEMA, "findings": FINDING_SCHEMA, "by_part": PART_SCHEMA}
RESULTS = {
    "answered": {"corrected": CORRECTED_SCHEMA, "settled": SETTLED_SCHEMA},
    "residents": {"people": RESIDENT_SCHEMA, "verdicts": VERDICT_SCHEMA, "findings": FINDING_SCHEMA},
    "rosters": {**_JUDGEMENT, "holding": MEMBERSHIP_SCHEMA},
    "enrolments": {**_JUDGEMENT, "holding": ENROLMENT_SCHEMA},
    "payments": {**_JUDGEMENT, "holding": PAYMENT_SCHEMA},
    "causes": {**_JUDGEMENT, "holding": CAUSES},
    "assessment": {"people": ASSESSED_SCHEMA, "charges": CHARGE_SCHEMA},
}


def results(known: Any) -> dict[str, pd.DataFrame]:
    """Every frame of every result, of a derivation or a district, by name."""
    frames = {
        f"{name}.{part}": getattr(getattr(known, name), part) for name, parts in RESULTS.items() for part in parts
    }
    return {**frames, "verdicts": known.verdicts, "findings": known.findings}


def assert_as_documented(known: Derivation) -> None:
    """Each frame has just the columns and types of its schema."""
    schemas = {f"{name}.{part}": schema for name, parts in RESULTS.items() for part, schema in parts.items()}
    for name, frame in results(known).items():
        expected = {**schemas, "verdicts": VERDICT_SCHEMA, "findings": FINDING_SCHEMA}[name]
        assert list(frame.columns) == expected.names, name
        assert difference(frame, expected) == "", name


@pytest.fixture(scope="module")
def parquet(sample: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Parquet file for each frame of sample_data's facts, the rows of each shuffled."""
    folder = tmp_path_factory.mktemp("parquet")
    with district(sample[0]) as known:
        for name, frame in StoredFrames(known.store).items():
            shuffled = frame.sample(frac=1, random_state=7)
            assert len(frame) == 0 or not shuffled.index.equals(frame.index) or len(frame) == 1
            pq.write_table(pa.Table.from_pandas(shuffled, preserve_index=False), folder / f"{name}.parquet")
    return folder


def read(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in SCHEMAS}


def test_the_same_from_parquet_shuffled(sample: tuple[Path, Any], parquet: Path) -> None:
    """Residents, judgements, verdicts, findings and charges, row by row and column by column."""
    derived = derive(Facts(read(parquet)), load_policy(sample[0] / "policy.toml"))
    assert_as_documented(derived)
    with district(sample[0]) as known:
        for name, frame in results(known).items():
            pd.testing.assert_frame_equal(results(derived)[name], frame, obj=name)
        assert len(derived.charges) > 10_000
        assert derived.charges is derived.assessment.charges


def test_answers_in_any_order(sample: tuple[Path, Any], parquet: Path) -> None:
    """Some rows cancelled, some explained, one corrected twice: the answers' own order says nothing either."""
    policy, frames = load_policy(sample[0] / "policy.toml"), read(parquet)
    unanswered = derive(Facts(frames), policy)
    rows = unanswered.rosters.findings[["batch", "seq"]].drop_duplicates().head(8).to_numpy().tolist()
    (first, first_seq), (second, second_seq), (third, third_seq), *settled = rows
    lines = [(100 + n, *row, -1, ("取消资格", "已死亡", "其他")[n % 3], "", -1) for n, row in enumerate(settled)]
    lines += [
        (second, first, first_seq, -1, "更正", "", second_seq),
        (third, first, first_seq, -1, "更正", "", third_seq),
    ]
    answers = pd.DataFrame(lines, columns=SCHEMAS["answers"].names)
    answers = answers.astype({"answer": "str", "note": "str"})
    forth, back = (
        derive(Facts({**frames, "answers": some.sort_values("batch", ascending=order)}), policy)
        for some, order in ((answers, True), (answers, False))
    )
    assert_as_documented(forth)
    assert (len(forth.answered.corrected), len(forth.answered.settled)) == (2, 5)
    assert len(forth.findings) < len(unanswered.findings)
    for name, frame in results(forth).items():
        pd.testing.assert_frame_equal(results(back)[name], frame, obj=name)


def test_no_store_is_needed(sample: tuple[Path, Any], parquet: Path) -> None:
    """In a process of its own, where nothing of the workspace is imported."""
    code = f"""
import sys
from pathlib import Path
import pyarrow.parquet as pq
from fcins.assessment.derivation import derive
from fcins.assessment.facts import SCHEMAS, Facts
from fcins.policy.loading import load_policy
facts = Facts({{name: pq.read_table(Path({str(parquet)!r}) / f"{{name}}.parquet").to_pandas() for name in SCHEMAS}})
derived = derive(facts, load_policy(Path({str(sample[0])!r}) / "policy.toml"))
assert len(derived.charges) and len(derived.verdicts) and len(derived.findings)
print(*(name for name in sys.modules if name.startswith(("fcins.store", "fcins.analysis", "adbc", "sqlite3"))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("policy", ["fengcheng-2024", "fengcheng-2025", "example-quota-district"])
def test_no_facts(policy: str) -> None:
    derived = derive(Facts({name: empty(schema) for name, schema in SCHEMAS.items()}), load_policy(policy))
    assert_as_documented(derived)
    assert [name for name, frame in results(derived).items() if len(frame)] == []


class Counting(Mapping[str, pd.DataFrame]):
    """Frames that say which of them were read."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.frames = frames
        self.read: list[str] = []

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.read.append(name)
        return self.frames[name]

    def __contains__(self, name: object) -> bool:
        return name in self.frames

    def __iter__(self) -> Any:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)


def test_on_demand_and_once(sample: tuple[Path, Any], parquet: Path) -> None:
    frames = Counting(read(parquet))
    derived = derive(Facts(frames), load_policy(sample[0] / "policy.toml"))
    assert frames.read == []
    assert len(derived.residents.people)
    assert sorted(frames.read) == ["answers", "batches", "households"]
    results(derived)
    results(derived)
    assert sorted(frames.read) == sorted(SCHEMAS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda frame: frame.drop(columns="key"), "facts.households: without key"),
        (lambda frame: frame.assign(key=frame["key"].astype("str")), "facts.households: key is str, not int64"),
        (lambda frame: frame.assign(name=frame["name"].astype(object)), "facts.households: name is object, not str"),
        (lambda frame: frame.assign(name=frame["name"].mask(frame["seq"] == 1)), "facts.households: name has a null"),
    ],
)
def test_other_columns_or_types_are_refused(sample: tuple[Path, Any], parquet: Path, wrong: Any, message: str) -> None:
    frames = read(parquet)
    frames["households"] = wrong(frames["households"])
    with pytest.raises(ValueError, match=message):
        _ = derive(Facts(frames), load_policy(sample[0] / "policy.toml")).residents


def test_one_source_of_columns() -> None:
    """The frames of facts have the columns and types of the tables that keep them, and lists of columns are theirs."""
    tables = {**schema.FRAME_TABLES, "answers": "answers"}
    assert {name: schema.schema(table) for name, table in tables.items()} == {
        name: columns for name, columns in SCHEMAS.items() if name != "batches"
    }
    batches = schema.schema("batches")
    assert [batches.field(each.name) for each in SCHEMAS["batches"]] == list(SCHEMAS["batches"])
    assert set(ORDERS) == set(SCHEMAS)
    assert (RESIDENT_SCHEMA.names, CHARGE_SCHEMA.names) == (RESIDENT_COLUMNS, CHARGE_COLUMNS)
    assert FINDING_SCHEMA.names == FINDING_COLUMNS


def test_kept_results_are_results() -> None:
    """What may be kept under a name is what a derivation gives under it, from kinds of batches that there are."""
    for policy in ("fengcheng-2024", "example-quota-district"):
        for name, kinds in kinds_of_results(load_policy(policy)).items():
            assert name in RESULTS
            assert set(kinds) <= set(schema.FACT_TABLES)


def test_findings_keep_their_part(sample: tuple[Path, Any]) -> None:
    """What is reported of a row some part of it earned; of a couple both tell what is theirs."""
    with district(sample[0]) as known:
        rosters = known.rosters
        reported = rosters.findings[rosters.findings["code"].str.startswith("E").to_numpy()]
        columns = ["batch", "seq", "part", "code"]
        assert len(reported.merge(rosters.by_part, on=columns)) == len(reported)
        assert not rosters.by_part.duplicated().any()
        facts = known.store.facts("roster_facts", ("batch", "seq", "part", "role"))
        failing = rosters.by_part.merge(facts, on=["batch", "seq", "part"])
        assert set(failing.loc[failing["role"] != "", "role"]) == {"wife", "husband"}
        assert np.all(failing["code"].str.startswith("E"))
