"""How tall a row must be for its texts to be read: lines by width, points by lines. For a 10 point font."""

import pyarrow as pa
import pyarrow.compute as pc

LINE_POINTS, PADDING_POINTS, TALLEST_POINTS = 14.25, 4.5, 408.75  # in whole pixels of 0.75


def wrapped_lines(texts: pa.Array, width: float) -> pa.Array:
    """How many lines each text takes in a column `width` characters wide; a Han character counts as two."""
    # A Han character is three bytes of UTF-8 and two columns wide, an ASCII character one and one.
    characters = pc.utf8_length(texts)
    columns = pc.divide(pc.add(characters, pc.binary_length(texts)), 2)
    breaks = pc.count_substring(texts, "\n")
    fitting = max(int(width) // 2 * 2, 2)
    return pc.fill_null(pc.add(pc.divide(pc.add(columns, fitting - 1), fitting), breaks), 1)


def row_points(lines: float) -> float:
    """The height in points of a row with so many lines of 10 point text."""
    return min(lines * LINE_POINTS + PADDING_POINTS, TALLEST_POINTS)
