"""import-payments of a folder: new files only, each by itself; a bad one is told and left, the others go in."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from sheets import person, printed, run, write_xlsx

from fcins.commands import drop_folder
from fcins.store import store
from fcins.store.lock import writing
from fcins.store.workspace import open_store

WANG = person("1980-01-01")


def dropped(drop: Path, name: str, receipt: str, citizen_id: str = WANG, age: float = 3600) -> Path:
    """A file of one payment, changed so many seconds ago."""
    table = f"""
        | 姓名 | 身份证号     | 险种 | 缴费金额 | 缴费日期   | 凭证号    |
        | 王一 | {citizen_id} | 医保 | 380      | 2023-11-10 | {receipt} |
    """
    return aged(write_xlsx(drop / "new.xlsx", table).rename(drop / name), age)


def aged(path: Path, seconds: float = 3600) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def bad(drop: Path, name: str = "坏.xlsx") -> Path:
    (drop / name).write_bytes(b"no workbook")
    return aged(drop / name)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def imported(folder: Path, drop: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code, answer = run(folder, "import-payments", drop, *words)
    assert list(answer) == ["command", "folder", "imports", "known", "unfinished", "failed"]
    assert (answer["command"], answer["folder"]) == ("import-payments", str(drop))
    return code, {
        "imports": [each["file"] for each in answer["imports"]],
        "known": answer["known"],
        "unfinished": answer["unfinished"],
        "failed": [(each["file"], each["error"]["exit"]) for each in answer["failed"]],
    }


def batches(folder: Path) -> list[str]:
    with open_store(folder) as opened:
        return opened.batches()["file"].tolist()


def test_new_files_go_in_once(village: Path, drop: Path) -> None:
    dropped(drop, "2.xlsx", "A2")
    dropped(drop, "1.xlsx", "A1")
    (drop / "done").mkdir()
    nothing = {"imports": [], "known": [], "unfinished": [], "failed": []}
    assert imported(village, drop) == (0, nothing | {"imports": ["1.xlsx", "2.xlsx"]})
    dropped(drop, "3.xlsx", "A3")
    assert imported(village, drop) == (0, nothing | {"imports": ["3.xlsx"], "known": ["1.xlsx", "2.xlsx"]})
    assert batches(village)[1:] == ["1.xlsx", "2.xlsx", "3.xlsx"]


def test_the_same_bytes_under_another_name_are_known(village: Path, drop: Path) -> None:
    first = dropped(drop, "1.xlsx", "A1")
    (drop / "2.xlsx").write_bytes(first.read_bytes())
    aged(drop / "2.xlsx")
    assert imported(village, drop)[1]["known"] == ["2.xlsx"]
    assert len(batches(village)) == 2


def test_a_withdrawn_file_is_not_taken_again(village: Path, drop: Path) -> None:
    """Whoever withdrew it did not want it back the next night; by hand it may come."""
    file = dropped(drop, "1.xlsx", "A1")
    imported(village, drop)
    with open_store(village) as opened, opened.transaction():
        opened.withdraw([2])
    assert imported(village, drop)[1]["known"] == ["1.xlsx"]
    assert len(batches(village)) == 1
    assert run(village, "import-payments", file)[1]["batch"] == 3


def test_a_file_imported_by_hand_is_known(village: Path, drop: Path) -> None:
    assert run(village, "import-payments", dropped(drop, "1.xlsx", "A1"))[0] == 0
    assert imported(village, drop)[1]["known"] == ["1.xlsx"]


def test_a_bad_file_is_told_and_left(village: Path, drop: Path) -> None:
    dropped(drop, "1.xlsx", "A1")
    dropped(drop, "9.xlsx", "A9")
    file = bad(drop, "5.xlsx")
    code, answer = imported(village, drop)
    assert (code, answer["imports"], answer["failed"]) == (4, ["1.xlsx", "9.xlsx"], [("5.xlsx", 4)])
    assert file.read_bytes() == b"no workbook"
    assert imported(village, drop)[1]["failed"] == [("5.xlsx", 4)]
    dropped(drop, "5.xlsx", "A5")
    assert imported(village, drop)[0] == 0
    assert len(batches(village)) == 4


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [([], 0, "中没有文件"), (["坏.xlsx"], 4, "坏.xlsx"), (["1.xlsx"], 0, "此前已导入、没有改动的文件：1个")],
)
def test_a_folder_of_nothing_new_is_told_too(
    village: Path,
    drop: Path,
    capsys: pytest.CaptureFixture[str],
    names: list[str],
    code: int,
    said: str,
) -> None:
    if "1.xlsx" in names:
        dropped(drop, "1.xlsx", "A1")
        imported(village, drop)
    elif names:
        bad(drop)
    found, out, err = printed(capsys, "import-payments", drop, "-w", village)
    assert found == code
    assert said in out + err


def test_a_file_that_may_not_be_read(village: Path, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = store.sha256_of

    def refuse(path: Path) -> str:
        if path.name == "1.xlsx":
            raise PermissionError(13, "Permission denied", str(path))
        if path.name == "2.xlsx":
            raise FileNotFoundError(2, "No such file", str(path))
        return read(path)

    for number in "123":
        dropped(drop, f"{number}.xlsx", f"A{number}")
    monkeypatch.setattr(drop_folder, "sha256_of", refuse)
    code, answer = imported(village, drop)
    assert (code, answer["imports"], answer["failed"]) == (4, ["3.xlsx"], [("1.xlsx", 4)])


@pytest.mark.parametrize("name", ["~$1.xlsx", ".1.xlsx", "1.xlsx.tmp", "1.xlsx.part", "1.XLSX.TMP", "~1.tmp"])
def test_a_temporary_name_is_left(village: Path, drop: Path, name: str) -> None:
    dropped(drop, name, "A1")
    assert imported(village, drop)[1]["unfinished"] == [name]


@pytest.mark.parametrize(("age", "left"), [(0, True), (50, True), (-50, True), (70, False), (-7 * 86400, False)])
def test_a_file_just_changed_is_left(village: Path, drop: Path, age: float, left: bool) -> None:
    """Being copied in, maybe; one from next week was written by a clock that is wrong."""
    dropped(drop, "1.xlsx", "A1", age=age)
    answer = imported(village, drop)[1]
    assert (answer["unfinished"], answer["imports"]) == ((["1.xlsx"], []) if left else ([], ["1.xlsx"]))


def test_rows_returned_are_no_failure(village: Path, drop: Path) -> None:
    dropped(drop, "1.xlsx", "A1", citizen_id=person("1970-09-09"))
    assert imported(village, drop)[0] == 0
    dropped(drop, "2.xlsx", "A2", citizen_id=person("1970-09-09"))
    assert imported(village, drop, "--strict")[0] == 3


def test_dry_run(village: Path, drop: Path) -> None:
    dropped(drop, "1.xlsx", "A1")
    assert imported(village, drop, "--dry-run")[1]["imports"] == ["1.xlsx"]
    assert len(batches(village)) == 1
    assert imported(village, drop)[1]["imports"] == ["1.xlsx"]


def test_a_folder_comes_alone(village: Path, drop: Path) -> None:
    code, answer = run(village, "import-payments", drop, dropped(drop, "1.xlsx", "A1"))
    assert (code, answer["error"]["message"]) == (2, "文件夹要单独给出，不能与其他文件一起")


def test_what_concerns_all_stops_it(village: Path, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped(drop, "1.xlsx", "A1")
    monkeypatch.setattr("fcins.commands.opening.WAIT_SECONDS", 0.1)
    with writing(village, "import-roster", wait_seconds=1):
        code, answer = run(village, "import-payments", drop)
    assert (code, "占用" in answer["error"]["message"]) == (5, True)
    assert run(drop, "import-payments", drop)[0] == 6
