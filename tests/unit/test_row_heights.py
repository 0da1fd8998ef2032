import pyarrow as pa
import pytest

from fcins.workbooks.row_heights import row_points, wrapped_lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 8, 0),
        ("低保对象", 8, 1),
        ("低保对象人", 8, 2),
        ("12345678", 8, 1),
        ("123456789", 8, 2),
        ("甲\n乙", 8, 2),
        ("𠮷𠮷𠮷𠮷𠮷", 8, 2),
        ("低保对象", 9.5, 1),
        ("甲乙丙", 1, 3),
    ],
)
def test_lines_of_a_wrapped_text(text: str, width: float, lines: int) -> None:
    assert wrapped_lines(pa.array([text], pa.large_string()), width).to_pylist() == [lines]


def test_no_row_is_taller_than_a_spreadsheet_lets_it() -> None:
    assert [row_points(lines) for lines in (1, 2, 1000)] == [18.75, 33, 408.75]
