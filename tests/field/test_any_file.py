"""Whatever a file holds, an import ends with 0 or 4: taken, or refused with its cause."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from field.corpus import bad_files
from sheets import workspace

pytestmark = pytest.mark.system

# One process starts fcins once and gives each file to a child of its own: whatever kills a child is seen.
EACH_APART = """
import json, os, resource, sys
from fcins.cli.main import run
import fcins.commands.importing  # before the children: each would import it again
workspace, *files = sys.argv[1:]
ends = {}
for file in files:
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        os.dup2(os.open(file + ".said", os.O_CREAT | os.O_WRONLY), 1)
        os.dup2(1, 2)
        code = run(["import-roster", file, "--category", "低保", "--dry-run", "-w", workspace])
        sys.stdout.flush()
        os._exit(code)
    ends[file] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps(ends))
"""


def test_every_bad_file_is_taken_or_refused(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    files = []
    for name, data in bad_files():
        (tmp_path / name).write_bytes(data)
        files.append(str(tmp_path / name))
    assert len(files) >= 300
    line = [sys.executable, "-c", EACH_APART, str(folder), *files]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", env={**os.environ, "COLUMNS": "200"})
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout)
    said = {file: Path(f"{file}.said").read_text("utf-8", "replace") for file in files}
    wrong = {Path(file).name: said[file][-300:] for file, code in ends.items() if code not in (0, 4)}
    wrong |= {Path(file).name: text[-300:] for file, text in said.items() if "panicked" in text or "Traceback" in text}
    assert wrong == {}
