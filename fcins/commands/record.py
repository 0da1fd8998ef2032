"""The record of what `export` wrote: a file that lies with the documents, in the folder they were written to.

It lies there and not in the workspace because it is about that folder: whoever moves, copies or deletes the folder
moves, copies or deletes what is known of it; and to export, nobody has to write to the workspace. One line is added for
each document as soon as it is in place, so that an export that was killed has told of what it had written.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fcins.aside import written_aside

FILE = ".fcins-export.jsonl"


@dataclass(frozen=True)
class Written:
    """A document as it was written: digests of its content, and of the file itself."""

    content: str
    file: str


class Record:
    """The record of a folder. What of it cannot be read is as if it were not there: those documents are written."""

    def __init__(self, out: Path, program: str) -> None:
        """`program`: a digest of the program. What another version wrote is known, but may look otherwise now."""
        self._out, self._program = out, program
        self._lines: dict[str, dict[str, str]] = {}
        with suppress(OSError, UnicodeDecodeError):
            for text in (out / FILE).read_text("utf-8").splitlines():
                with suppress(ValueError, KeyError, TypeError, AttributeError):  # a line that was cut off
                    line = json.loads(text)
                    self._lines[str(line["document"])] = {name: str(value) for name, value in line.items()}

    def written(self, path: Path) -> Written | None:
        """What is known of a document; None of one that this folder's exports did not write."""
        line = self._lines.get(self._name(path))
        if line is None:
            return None
        same_program = line.get("program") == self._program
        return Written(line.get("content", "") if same_program else "", line.get("file", ""))

    def note(self, path: Path, written: Written) -> None:
        """Keep that a document was written."""
        name = self._name(path)
        self._lines[name] = {"document": name, **vars(written), "program": self._program}
        with (self._out / FILE).open("a", encoding="utf-8") as file:
            file.write(_line(self._lines[name]))

    def tidy(self) -> None:
        """One line for each document."""
        with written_aside(self._out / FILE) as (file, aside):
            file.write("".join(map(_line, self._lines.values())).encode())
            aside.chmod(0o644)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._out).as_posix()


def _line(line: dict[str, str]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def file_digest(path: Path) -> str:
    """A digest of a file; "" where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
