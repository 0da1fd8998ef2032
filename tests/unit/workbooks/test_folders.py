"""Which files of a folder may be lists, by their names and their first bytes."""

import zipfile
from pathlib import Path

import pytest
from sheets import write_xlsx

from fcins.workbooks.folders import find_files

LIST = [["姓名", "身份证号"], ["甲", ""]]


def found(*paths: Path) -> tuple[list[str], dict[str, bool]]:
    """The files that may be lists, and the others: whether there may be lists in them."""
    files = find_files(paths, lambda folder: (folder / "fcins.db").exists(), ("fcins.db",))
    return [each.shown for each in files.files], {each.shown: each.lists for each in files.left}


def test_a_workbook_is_one_under_any_name(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", LIST).rename(tmp_path / "附件.bak")
    write_xlsx(tmp_path / "b.xlsx", LIST).rename(tmp_path / "附件")
    assert found(tmp_path) == (["附件", "附件.bak"], {})


def test_what_is_no_list_is_left(tmp_path):
    for name in ("通知.docx", "章.jpg", "Thumbs.db", "~$a.xlsx", ".a.xlsx", "b.xlsx.crdownload", "说明.md"):
        (tmp_path / name).write_bytes(b"PK\3\4")
    files, left = found(tmp_path)
    assert (files, len(left), {*left.values()}) == ([], 7, {False})


def test_what_cannot_be_unpacked_may_hold_lists(tmp_path):
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    (tmp_path / "b.zip").write_bytes(b"PK\3\4")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(write_xlsx(tmp_path / "x.xlsx", LIST), "内/名单.xlsx")
        archive.writestr("内/d.zip", b"")
        archive.writestr("图.png", b"")
    (tmp_path / "x.xlsx").unlink()
    assert found(tmp_path) == (
        ["c.zip/内/名单.xlsx"],
        {"a.rar": True, "b.zip": True, "c.zip/内/d.zip": True, "c.zip/图.png": False},
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_in_an_archive_that_does_not_say_how_they_are_written(tmp_path, encoding):
    own = "低保对象.csv".encode(encoding)
    stand_in = b"x" * (len(own) - 4) + b".csv"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(stand_in.decode(), "")
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes().replace(stand_in, own))
    assert found(tmp_path)[0] == ["a.zip/低保对象.csv"]


def test_of_several_each_is_shown_with_its_folder(tmp_path):
    for name in ("甲", "乙"):
        (tmp_path / name).mkdir()
        write_xlsx(tmp_path / name / "名单.xlsx", LIST)
    assert found(tmp_path / "甲", tmp_path / "乙", tmp_path / "乙")[0] == ["乙/名单.xlsx", "甲/名单.xlsx"]


def test_a_workspace_below_is_not_gone_into(tmp_path):
    (tmp_path / "2024").mkdir()
    for name in ("fcins.db", "低保.xlsx"):
        (tmp_path / "2024" / name).write_bytes(b"")
    assert found(tmp_path) == ([], {"2024": False})
    assert found(tmp_path / "2024") == (["低保.xlsx"], {})
