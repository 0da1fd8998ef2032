"""What is kept of a command for the next one is taken only where just the same would be derived again."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from sheets import district, person, run, write_xlsx

from fcins import aside
from fcins.analysis.district import District
from fcins.analysis.returned import LINE_COLUMNS, returned
from fcins.documents.hints import hint_table
from fcins.store import derived
from fcins.store.workspace import open_store, policy_path

RESULTS = {
    "residents": ("people", "verdicts", "findings"),
    "rosters": ("holding", "verdicts", "findings", "by_part"),
    "enrolments": ("holding", "verdicts", "findings", "by_part"),
    "payments": ("holding", "verdicts", "findings", "by_part"),
    "assessment": ("people", "charges"),
}


@pytest.fixture
def folder(sample: tuple[Path, Any], tmp_path: Path) -> Path:
    """A workspace of one's own with all of sample_data, nothing kept yet."""
    return Path(shutil.copytree(sample[0], tmp_path / "ws", ignore=shutil.ignore_patterns(derived.FOLDER)))


def frames(known: District) -> dict[str, pd.DataFrame]:
    found = {f"{name}.{part}": getattr(getattr(known, name), part) for name, parts in RESULTS.items() for part in parts}
    return found | {"hints": hint_table(known)}


def plain(frame: pd.DataFrame) -> list[Any]:
    """A frame as its columns' names, kinds and values; texts are texts, whether objects or not."""
    return [
        [name, "text" if column.dtype.kind in "OT" else str(column.dtype), column.astype("str").tolist()]
        for name, column in frame.items()
    ]


def test_kept_as_derived(folder: Path) -> None:
    """Every frame comes back with the same columns, kinds of values and rows."""
    with district(folder) as first:
        made = {name: plain(frame) for name, frame in frames(first).items()}
    kept = sorted(path.name for path in (folder / derived.FOLDER).iterdir())
    assert kept == sorted([f"{name}.{part}.arrow" for name in RESULTS for part in RESULTS[name]] + ["hints.rows.arrow"])
    assert {path.stat().st_mode & 0o777 for path in (folder / derived.FOLDER).iterdir()} == {0o600}
    with district(folder) as second:
        for name, frame in frames(second).items():
            assert plain(frame) == made[name], name


def test_returned_lines_as_derived(folder: Path, tmp_path: Path) -> None:
    """Codes and categories are tuples, also of lines that were kept; here with one that has two codes."""
    with district(folder) as opened:
        name, citizen_id = opened.residents.people[["name", "citizen_id"]].iloc[0]
    rows = [["姓名", "身份证号", "人员类别", "纳入日期"], [name, citizen_id, "某类", "某日"]]
    assert run(folder, "import-roster", write_xlsx(tmp_path / "r.xlsx", rows))[1]["findings"] == {"E303": 1, "E307": 1}
    with district(folder) as first:
        made = returned(first).lines
    assert (folder / derived.FOLDER / "returned.lines.arrow").exists()
    with district(folder) as second:
        kept = returned(second).lines
    assert list(kept.columns) == LINE_COLUMNS
    assert kept.to_dict("list") == made.to_dict("list")
    assert {type(value) for name in ("codes", "categories") for value in kept[name]} == {tuple}
    assert {len(codes) for codes in kept["codes"]} >= {1, 2}
    assert {len(codes) for codes in kept["categories"]} >= {0, 1}


def taken(folder: Path) -> set[str]:
    """The results that are taken as they were kept."""
    before = {path: path.stat().st_ino for path in (folder / derived.FOLDER).iterdir()}
    with district(folder) as known:
        frames(known)
    return {path.name.split(".")[0] for path, inode in before.items() if path.stat().st_ino == inode}


ALL = {*RESULTS, "hints"}


def test_taken_only_if_nothing_changed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with district(folder) as known:
        frames(known)
    assert taken(folder) == ALL

    # a roster: residents and payments stand
    roster = write_xlsx(tmp_path / "r.xlsx", f"| 姓名 | 身份证号 |\n| 无名 | {person('1990-09-09')} |")
    assert run(folder, "import-roster", roster, "--category", "低保")[0] == 0
    assert taken(folder) == {"residents", "payments"}
    assert taken(folder) == ALL

    # the same file again, and a trial, change nothing
    assert run(folder, "import-roster", roster, "--category", "低保")[0] == 0
    other = write_xlsx(tmp_path / "s.xlsx", f"| 姓名 | 身份证号 |\n| 无名 | {person('1991-09-09')} |")
    assert run(folder, "import-roster", other, "--category", "低保", "--dry-run")[0] == 0
    assert taken(folder) == ALL

    # a batch withdrawn, and the policy with another amount, or with another word
    with open_store(folder) as opened, opened.transaction():
        opened.withdraw([int(opened.batches()["batch"].max())])
    assert taken(folder) == {"residents", "payments"}
    policy = policy_path(folder)
    policy.write_text(policy.read_text("utf-8").replace("standard = 380", "standard = 381"), "utf-8")
    assert taken(folder) == set()
    assert taken(folder) == ALL

    # another version of the program: see test_a_byte_in_any_room_tells_versions_apart
    monkeypatch.setattr(derived, "program_digest", lambda: "another")
    assert taken(folder) == set()


def test_a_byte_in_any_room_tells_versions_apart(tmp_path: Path) -> None:
    """What is kept depends on the whole program: a change in the room farthest from the store is another version."""
    program = Path(shutil.copytree(derived.PACKAGE, tmp_path / "fcins"))
    assert (program / "__main__.py").is_file()
    before = derived.program_digest(program)
    assert before == derived.program_digest()
    rooms = [path.parent for path in sorted(program.glob("*/__init__.py"))]
    files = [program / "headings.toml", program / "__init__.py", *(room / "__init__.py" for room in rooms)]
    for path in [*files, *sorted(program.glob("store/migrations/*.sql"))[:1], program / "cli" / "main.py"]:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b" ")
        derived.program_digest.cache_clear()
        assert derived.program_digest(program) != before, path
        path.write_bytes(whole)
    (program / "cli" / "main.py").rename(program / "store" / "main.py")
    derived.program_digest.cache_clear()
    assert derived.program_digest(program) != before


def test_a_damaged_file_is_not_taken(folder: Path) -> None:
    with district(folder) as known:
        right = len(known.assessment.charges)
    for damage in (lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"x" * len(data)):
        path = folder / derived.FOLDER / "assessment.charges.arrow"
        path.write_bytes(damage(path.read_bytes()))
        with district(folder) as known:
            assert len(known.assessment.charges) == right


def test_documents_are_the_same_from_what_was_kept(folder: Path, tmp_path: Path) -> None:
    for command in ("build-register", "publicity-export"):
        fresh, again = (
            run(folder, command, "--all", "-o", tmp_path / name, "--date", "2024-01-10")[1]["files"]
            for name in ("fresh", "again")
        )
        shutil.rmtree(folder / derived.FOLDER)
        assert [Path(path).read_bytes() for path in fresh] == [Path(path).read_bytes() for path in again]


def test_who_may_not_write_derives_each_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(aside.tempfile, "mkstemp", refuse)
    assert run(folder, "status")[0] == 0
    assert not list((folder / derived.FOLDER).iterdir())


def test_only_this_workspaces_folder(folder: Path) -> None:
    """No file of another kind is left there, whatever fails."""
    with district(folder) as known:
        kept = derived.Derived(folder, known.policy, known.batches)
    with pytest.raises(pa.ArrowInvalid):
        kept.get("broken", Broken, ["roster"], lambda: Broken(pd.DataFrame({"mixed": [1, "a"]})))
    assert [path.name for path in (folder / derived.FOLDER).iterdir() if not path.name.endswith(".arrow")] == []


@dataclass(frozen=True)
class Broken:
    mixed: pd.DataFrame
