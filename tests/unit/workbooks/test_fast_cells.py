"""A long sheet read in pieces: the same as read whole, or not read in pieces at all."""

import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fcins.workbooks import fast_cells, grids, package, workbook_parts
from fcins.workbooks.cells import read_grids

Cells = dict[tuple[int, int], str | float]


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few rows."""
    monkeypatch.setattr(fast_cells, "CHUNK", 1000)
    monkeypatch.setattr(package, "CHUNK", 700)
    monkeypatch.setattr(fast_cells, "_SHARE", 0)


def written(path: Path, cells: Cells, long: bool) -> Path:
    """A workbook of one sheet; `long`: texts stand in the cells, as in files that programs write, else in a table."""
    with xlsxwriter.Workbook(path, {"constant_memory": long}) as book:
        sheet = book.add_worksheet()
        for (row, column), cell in sorted(cells.items()):
            _ = (
                sheet.write_string(row, column, cell)
                if isinstance(cell, str)
                else sheet.write_number(row, column, cell)
            )
    return path


def in_pieces(path: Path) -> list[list[str]] | None:
    data = zipfile.ZipFile(path)
    read = fast_cells.read_long(data, workbook_parts.worksheets(data, path.name)[0], path.name)
    return None if read is None else [column.to_pylist() for column in read[0]]


def whole(path: Path) -> list[list[str]]:
    columns, _ = fast_cells.Book(path.read_bytes()).columns("Sheet1")
    return [grids.plain(column).to_pylist() for column in columns]


def rewritten(path: Path, change: "re.Pattern[bytes]", to: bytes) -> Path:
    """The workbook with its sheet's text changed once."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet], count = change.subn(to, parts[sheet], count=1)
    assert count == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return path


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("first", [(0, 0), (3, 2), (40, 1)])
def test_pieces_give_what_the_whole_gives(tmp_path: Path, first: tuple[int, int], long: bool) -> None:
    cells: Cells = {(row + first[0], column + first[1]): f"{row}&{column}" for row in range(120) for column in range(4)}
    cells |= {(row, 30): 7.5 for row in range(first[0] + 60, first[0] + 70)}
    cells = {place: cell for place, cell in cells.items() if not first[0] + 80 <= place[0] < first[0] + 100}
    path = written(tmp_path / "a.xlsx", cells, long)
    found = in_pieces(path)
    assert found == whole(path)
    assert found[first[1]][first[0] + 119] == "119&0"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 90), st.integers(0, 4)),
        st.sampled_from(
            ["张三", " 370499196001011234", "</c>", '"></c>', "<row ", "=1+1", "", "a\nb", "fcins", 1.0, -0.5]
        ),
        min_size=60,
    )
)
def test_whatever_the_cells_hold(tmp_path: Path, cells: Cells) -> None:
    path = written(tmp_path / "a.xlsx", cells, long=True)
    found = in_pieces(path)
    assert found is None or found == whole(path)


PLAIN: Cells = {(row, column): f"{row}-{column}" for row in range(90) for column in range(3)}


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (rb'<c r="B70"', b'<c r="B7"'),  # far above its own row
        (rb'<row r="60"(.*?)</row>', rb'<row r="20"\1</row>'),  # harmless: the cells say where they are
        (rb'<row r="60">.*?</row><row r="61">', b'<row r="60"><c r="A88"><v>1</v></c></row><row r="61">'),
        (rb'<c r="B70"', b'<c r="A70"'),  # twice the same cell
        (rb'<c r="B70" t="inlineStr">', b'<c t="inlineStr">'),
        (rb"<row r=", b"<row spans='1:3' ht=\"3\" r="),
        (rb"<row r=\"1\">", b"<row>"),
        (rb"<sheetData>", b"<sheetData >"),
    ],
)
def test_what_is_not_plain_is_never_read_wrong(tmp_path: Path, change: bytes, to: bytes) -> None:
    path = rewritten(written(tmp_path / "a.xlsx", PLAIN, True), re.compile(change, re.DOTALL), to)
    found = in_pieces(path)
    assert found is None or found == whole(path)


@pytest.mark.parametrize("cell", [b'<c r="A3">', b'<c r="CA30"><v>1</v></c><c r="A3">', b'<x:c r="A3">'])
def test_a_sheet_that_needs_care_is_not_cut(tmp_path: Path, cell: bytes) -> None:
    path = written(tmp_path / "a.xlsx", PLAIN, True)
    assert in_pieces(path) is not None
    assert in_pieces(rewritten(path, re.compile(rb'<c r="A30"'), cell[:-1])) is None


def test_a_short_sheet_is_read_whole(tmp_path: Path) -> None:
    assert in_pieces(written(tmp_path / "a.xlsx", {(0, 0): "姓名"}, True)) is None


def test_shared_strings_longer_than_the_sheet_are_not_read_for_each_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_cells, "_SHARE", 4)
    assert in_pieces(written(tmp_path / "a.xlsx", {at: cell * 9 for at, cell in PLAIN.items()}, False)) is None


def test_grids_are_the_same_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.xlsx", {**PLAIN, (50, 2): 370499196001011234.0, (0, 9): "x"}, True)
    (pieces,) = read_grids(path)
    monkeypatch.setattr(fast_cells, "CHUNK", 1 << 24)
    (at_once,) = read_grids(path)
    assert [column.to_pylist() for column in pieces.columns] == [column.to_pylist() for column in at_once.columns]
    assert pieces.numbers([2])[2].tolist() == at_once.numbers([2])[2].tolist()
    assert pieces.numbers([2])[2][50]
