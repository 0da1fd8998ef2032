"""fcins: 城乡居民两险 registers from the departments' workbooks.

The flow, and in brackets the room that does it:

    workbook → raw rows (workbooks) → facts (intake, store) → verdicts and charges (assessment, by the policy)
             → answers (analysis) → sheets (documents) → workbook (workbooks)

A file's cells become facts, kept with file, sheet and row. Facts are judged against the households and the policy:
each row is accepted, a duplicate or rejected, with its findings. People and what holds of them are assessed: charges,
one row per person × scheme × payer × amount × clause. Charges are laid out as documents. Only facts are truth:
verdicts and charges are derived from all of them, so the order in which files arrive does not matter.

For whoever changes the program: README.md, and fcins/manual/building.md with the floors and one command traced.

For notebooks and other programs three names: `open_district`, `load_policy`, `__version__`; fcins/manual/python.md says
what they promise. What is heavy is imported when it is first asked for: `fcins --help` does not wait for pandas.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcins.analysis.district import District
    from fcins.policy.model import Policy

__all__ = ["__version__", "load_policy", "open_district"]

__version__ = "0.1.0"


@contextmanager
def open_district(folder: str | PathLike[str]) -> "Iterator[District]":
    """Everything the workspace in `folder` knows, as of one moment, to be read only: nothing is written into it.

    `.residents.people`, `.assessment.people`, `.charges`, `.verdicts`, `.findings` are frames; they hold full citizen
    IDs. Raises errors.WorkspaceError where there is no workspace, or it is damaged; all errors are errors.FcinsError.
    """
    from fcins.commands import opening

    with opening.open_district(Path(folder), keep=False) as district:
        yield district


def load_policy(name_or_file: str | PathLike[str]) -> "Policy":
    """The policy of this name that comes with the program, or that of a .toml file.

    Raises errors.InputError with every problem of the file, errors.UsageError where there is no such policy.
    """
    from fcins.policy import loading

    return loading.load_policy(name_or_file if isinstance(name_or_file, str) else Path(name_or_file))
