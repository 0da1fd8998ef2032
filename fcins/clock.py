"""Today and this moment, as the office's own computer tells them: its day counts, wherever the program was made."""

from datetime import date, datetime

UNKNOWN = date.max
"""In place of today where the computer's day cannot be right: nothing is later."""


def now() -> datetime:
    """This moment, with the computer's own time zone."""
    return datetime.now().astimezone()


def today() -> date:
    """The day that it is in the office."""
    return now().date()
