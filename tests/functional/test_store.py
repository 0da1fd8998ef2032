"""The store by itself: indexes are all there after any import, and facts come in their order however they lie."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from sheets import person, roster, run, workspace, write_xlsx

from fcins.store.database import stream_digest
from fcins.store.schema import schema
from fcins.store.workspace import open_store

HEAD = ["镇街", "村居", "姓名", "公民身份号码"]


def indexes(folder: Path) -> list[Any]:
    with open_store(folder) as opened:
        opened._cursor.execute("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name")
        return opened._cursor.fetchall()


def households(path: Path, *numbers: int) -> Path:
    rows = [HEAD, *(["阴平镇", "东村", f"张{n}", person("1980-01-01", n)] for n in numbers)]
    return write_xlsx(path, rows)


def test_indexes_are_there_again(tmp_path: Path) -> None:
    """Several files in one command, one more, a trial and the same file again."""
    folder = workspace(tmp_path)
    before = indexes(folder)
    assert len(before) > 5
    several = [households(tmp_path / f"户籍{n}.xlsx", n, n + 1) for n in (1, 3, 5)]
    code, answer = run(folder, "import-households", *several)
    assert (code, [each["rows"]["accepted"] for each in answer["imports"]]) == (0, [2, 2, 2])
    assert indexes(folder) == before
    trial = households(tmp_path / "试.xlsx", *range(7, 20))
    for words in (("--dry-run",), ()):
        assert run(folder, "import-households", trial, *words)[1]["rows"]["accepted"] == 13
        assert indexes(folder) == before
    assert run(folder, "import-households", several[0])[1]["already_imported"]
    assert indexes(folder) == before


def test_facts_in_order(tmp_path: Path) -> None:
    """They are read as they lie, which is in order; where they did not lie so they would be sorted."""
    folder = workspace(tmp_path)
    run(folder, "import-households", households(tmp_path / "户籍.xlsx", 3, 1, 2))
    with open_store(folder) as opened:
        lying = opened.facts("household_facts")
        opened.run("UPDATE household_facts SET rowid = rowid + 10 WHERE seq = 0")
        moved = opened.facts("household_facts")
    assert lying["name"].tolist() == moved["name"].tolist() == ["张3", "张1", "张2"]
    assert moved.index.tolist() == [0, 1, 2]


def test_a_workspace_from_before_lists_of_who_leaves(tmp_path: Path) -> None:
    """Its roster facts have no column for it: it opens, its digests hold, and what comes in now stands beside them."""
    folder = workspace(tmp_path)
    run(folder, "import-households", households(tmp_path / "户籍.xlsx", 1, 2))
    run(folder, "import-roster", roster(tmp_path / "低保.xlsx", ("张1", person("1980-01-01", 1))))
    with open_store(folder) as opened:
        opened.run("DROP TABLE remembered_answers; ALTER TABLE roster_facts DROP COLUMN leaves")
        opened.run("UPDATE meta SET value = '6' WHERE key = 'schema'")
        opened._cursor.execute("SELECT * FROM roster_facts WHERE batch = 2")
        kept = opened._cursor.fetch_arrow_table().to_pandas()
        was = pa.Table.from_pandas(kept, schema("roster_facts").remove(len(kept.columns)), preserve_index=False)
        assert opened.batches().set_index("batch").loc[2, "digest"] == stream_digest(was)
    code, answer = run(folder, "verify")
    assert (code, answer["ok"]) == (0, True)
    run(folder, "import-roster", roster(tmp_path / "续.xlsx", ("张2", person("1980-01-01", 2))))
    with open_store(folder) as opened:
        facts = opened.facts("roster_facts")
    assert facts[["batch", "name", "leaves"]].to_numpy().tolist() == [[2, "张1", 0], [3, "张2", 0]]
    assert run(folder, "verify")[1]["ok"]
