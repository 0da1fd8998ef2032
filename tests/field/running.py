"""A field case run on fcins as a clerk would: a dry run, the import, then the documents that it asks about."""

import json
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
from field.making import TOWN

from fcins.cli import main as cli

DATE = "2024-01-10"
COLUMNS = {
    "village": "village",
    "household": "户号",
    "owes": "个人应缴合计",
    "due": "医保个人应缴",
    "tier": "养老缴费档次",
    "status": "缴费状态",
}
# What counts as said is a notice, a finding or an error: a map of headings that names every column tells nobody anything.
_SAID = re.compile(r"\b[A-Z]\d{3}\b|错误：|办法：|提示：|^ {8,}\S")


class Clerk:
    """One workspace and what fcins does and says in it, in this process."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        self.workspace, self.folder = workspace, folder

    def call(self, *words: object) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = cli.run([str(word) for word in (*words, "-w", self.workspace)])
        return code, out.getvalue(), err.getvalue()

    def imported(self, step: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
        """Exit code and JSON of the import, and what was said of it."""
        words = [step["command"], self.folder / step["file"], *step["args"]]
        _, out, err = self.call(*words, "--dry-run")
        lines = (out + err).splitlines()
        code, out, err = self.call(*words, "--json")
        answer = json.loads(out)
        lines += err.splitlines()
        said = [line for line in lines if _SAID.search(line)]
        said += [notice["text"] for notice in answer.get("notices", [])]
        said += [answer["error"][part] for part in ("message", "hint")] if "error" in answer else []
        text = "\n".join(said)
        for own in (str(self.folder / step["file"]), step["file"], Path(step["file"]).stem + "："):
            text = text.replace(own, "")  # the file's own name is no word of the program's
        return code, answer, text

    def written(self, command: str, heading: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rows of a town's document below a row with this heading: the sheet, and headings → cells."""
        _, answer, _ = self.call(command, "--town", TOWN, "-o", self.folder / "out", "--date", DATE, "--json")
        for file in json.loads(answer).get("files", []):
            for sheet in openpyxl.load_workbook(file):
                head = None
                for row in sheet.iter_rows(values_only=True):
                    if head is None and heading in row:
                        head = row
                    elif head and row[head.index("姓名")]:
                        yield sheet.title, dict(zip(head, row, strict=False))

    @cached_property
    def register(self) -> dict[str, dict[str, Any]]:
        """Name → what the town's register says: village, headings → texts."""
        lines = self.written("build-register", "与户主关系")
        return {str(row["姓名"]): {"village": village, **row} for village, row in lines if row["公民身份号码"]}

    @cached_property
    def notice(self) -> dict[str, str]:
        """Name → 缴费日期 in the town's notice."""
        lines = self.written("publicity-export", "缴费日期")
        return {str(row["姓名"]): str(row["缴费日期"])[:10] for _, row in lines}

    @cached_property
    def counted(self) -> str:
        """The yuan that reconcile counts to the year."""
        code, answer, err = self.call("reconcile", "-o", self.folder / "out", "--date", DATE, "--json")
        if code:
            return f"reconcile exit {code}: {answer} {err}"
        return f"{sum(float(each['amount']) for each in json.loads(answer)['by_status'].values()):.2f}"

    def differences(self, code: int, answer: dict[str, Any], said: str, expect: dict[str, Any]) -> list[str]:
        """What is otherwise than expected; nothing if all is well."""
        wrong: list[str] = []

        def compare(what: str, got: object, want: object) -> None:
            if str(got) != str(want) and got != want:
                wrong.append(f"{what}: {got}, want {want}")

        if "exit" in expect and code not in (expect["exit"] if isinstance(expect["exit"], list) else [expect["exit"]]):
            wrong.append(f"exit {code}, want {expect['exit']}")
        for key, want in expect.get("rows", {}).items():
            compare(f"rows.{key}", answer.get("rows", {}).get(key), want)
        findings = answer.get("findings", {})
        if "findings" in expect and expect["findings"] is None and findings:
            wrong.append(f"findings {findings}, want none")
        for key, want in (expect.get("findings") or {}).items():
            compare(f"finding {key}", findings.get(key, 0), want)
        if "said" in expect and not re.search(expect["said"], said):
            wrong.append(f"not said: {expect['said']}")
        if "unsaid" in expect and re.search(expect["unsaid"], said):
            wrong.append(f"said: {expect['unsaid']}")
        for key, column in COLUMNS.items():
            for name, want in expect.get(key, {}).items():
                compare(f"{name}: {column}", self.register.get(name, {}).get(column, "not in the register"), want)
        for name, want in expect.get("categories", {}).items():
            listed = str(self.register.get(name, {}).get("人员类别") or "")
            compare(f"{name}: 人员类别", sorted(filter(None, listed.split("、"))), sorted(want))
        for name in expect.get("heads_total", {}):
            people = [each for each in self.register.values() if each.get("户主姓名") == name]
            total = sum(float(each["个人应缴合计"] or 0) for each in people)
            got = float(self.register.get(name, {}).get("本户应缴合计") or 0)
            if got != total or len(people) < 2:
                wrong.append(f"{name}: 本户应缴合计 {got}, want {total} ({len(people)} people)")
        wrong += [f"{name} is in the register" for name in expect.get("unlisted", []) if name in self.register]
        for name, want in expect.get("last_paid", {}).items():
            compare(f"{name}: 缴费日期", self.notice.get(name, "not in the notice"), want)
        if "counted" in expect:
            compare("counted", self.counted, expect["counted"])
        return wrong


def outcome(function: Any, folder: Path, prepared: Path) -> list[str]:
    """What a case comes out otherwise than it should. `prepared`: a workspace with the common households."""
    made = function(folder)
    clerk = Clerk(folder / "workspace", folder)
    if made.get("households", True):
        shutil.copytree(prepared, clerk.workspace)
    else:
        clerk.call("init", clerk.workspace)
    wrong: list[str] = []
    for step in [made, *made.get("then", [])]:
        expected = step["expect"].get("any", [step["expect"]])
        if any("peak" in expect for expect in expected):
            wrong += _too_large(clerk, step, max(expect.get("peak", 0) for expect in expected))
        code, answer, said = clerk.imported(step)
        found = [clerk.differences(code, answer, said, expect) for expect in expected]
        if all(found):
            wrong.append(" | or: ".join("; ".join(each) for each in found))
    return wrong


def _too_large(clerk: Clerk, step: dict[str, Any], peak: int) -> list[str]:
    """Whether a dry run in a process of its own needs more than so many MB."""
    words = [step["command"], clerk.folder / step["file"], *step["args"], "--dry-run", "-w", clerk.workspace]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    subprocess.run([sys.executable, "-m", "fcins", *map(str, words)], capture_output=True, timeout=60)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return [f"peak memory {used >> 10} MB, want at most {peak}"] if used > max(before, peak << 10) else []
