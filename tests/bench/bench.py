"""The speed bench: fcins against what a competent analyst writes without it (naive.py), on the same invented district.

    python tests/bench/bench.py --people 57000 --towns 1 --villages 47 --seed 7
    python tests/bench/bench.py --curve 4000,40000,400000,4000000 --villages 47

Each command is a process of its own, timed from start to exit, with its peak memory. The first form demands that both
come to the same amounts, to the fen, and ends with the line `ratio N.N`: the seconds of naive.py over those of all
fcins commands that a district needs (init, every import, registers, notices, feedback). The second runs only fcins, at
several sizes. Data stay in WORK/data-N for the next run. Nothing here fails because something is slow.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zipfile import ZipFile

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
ROSTER_ROWS = 3000
QUICK_RUNS = 3  # of what takes a fraction of a second the fastest run counts

TARGETS = {
    "whole district": "25, aim 40",
    "import-households": "10, aim 14",
    "build-register --all": "20, aim 40",
    "build-register --all, the floor": "5 floors",
    "one roster of 3000 rows": "1.5 s",
    "one village": "1 s",
    "explain": "0.5 s",
    "--help": "0.25 s",
    "COMMAND --help": "0.35 s",
    "largest process, fcins": "1229 MiB",
}
"""Measure → what it shall come to, to be read beside the numbers; nothing is asserted."""


@dataclass(frozen=True)
class Run:
    """One finished process: wall seconds, processor seconds, peak memory, what it wrote to stdout.

    Processes that it started are counted with it. Who shares the machine spoils the wall seconds more than the others.
    """

    seconds: float
    cpu: float
    mib: float
    stdout: str


@dataclass
class District:
    """A made-up district: its files, a workspace, where documents go, and every fcins process so far."""

    people: int
    data: Path
    workspace: Path
    out: Path
    runs: list[Run] = field(default_factory=list)

    def fcins(self, *words: str, places: tuple[str | Path, ...] = ()) -> Run:
        """Run one command, say and keep what it took. `places` (files, folders, options with them) are not shown."""
        command = [sys.executable, "-m", "fcins", *words, *map(str, places)]
        self.runs.append(process(command, self.data, " ".join(["fcins", *words])))
        return self.runs[-1]

    def asked(self, *words: str) -> Run:
        """A command on the workspace."""
        return self.fcins(*words, places=("-w", self.workspace))

    def written(self, *words: str) -> Run:
        """A command that writes documents, its answer as JSON."""
        return self.fcins(*words, places=("-w", self.workspace, "-o", self.out, "--json"))


@dataclass(frozen=True)
class Whole:
    """The whole job on one district: seconds of all commands together, and those that are compared one by one."""

    seconds: float
    cpu: float
    households: Run
    register: Run
    publicity: Run
    feedback: Run


@dataclass(frozen=True)
class Line:
    """One line of the table; what is None is not known there."""

    measure: str
    naive: float | None
    fcins: float | None
    mib: float | None = None
    ratio: str | None = None


# ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def process(command: list[str], folder: Path, shown: str) -> Run:
    """Run a process in a folder to its end and say what it took; stop the bench where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        running = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        _, status, usage = os.wait4(running.pid, 0)
        seconds = time.perf_counter() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    if running.returncode:
        raise SystemExit(f"{shown}: exit {running.returncode}\n{texts[0]}\n{texts[1]}")
    mib = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    run = Run(seconds, usage.ru_utime + usage.ru_stime, mib, texts[0])
    print(f"{run.seconds:9.2f} s {run.cpu:9.2f} cpu s {run.mib:7.0f} MiB   {shown}", flush=True)
    return run


def apart(function: Callable[..., Any], *given: Any) -> Any:
    """Call a function in a process of its own: those started from here would inherit this one's peak memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


# ── the district ────────────────────────────────────────────────────────────────────────────────────────────────────


def district(people: int, towns: int, villages: int, seed: int, work: Path) -> District:
    """The files of a district (made if they are not there yet), and nothing in its workspace and documents."""
    data = work / f"data-{people}"
    options = f"--people {people} --towns {towns} --villages {villages} --seed {seed}"
    page = data / "README.md"  # written last, so that files half made are made again
    if not page.exists() or options + " " not in page.read_text("utf-8"):
        shutil.rmtree(data, ignore_errors=True)
        script = REPO / "sample_data" / "make_district.py"
        process([sys.executable, str(script), *options.split(), "-o", str(data)], REPO, "make_district.py " + options)
    workspace, out = work / f"ws-{people}", work / f"out-{people}"
    for folder in (workspace, out):
        shutil.rmtree(folder, ignore_errors=True)
    return District(people, data, workspace, out)


def whole_job(given: District) -> Whole:
    """Every fcins command that the district needs, in order."""
    before = len(given.runs)
    given.fcins("init", places=(given.workspace,))
    imports = (given.data / "imports.txt").read_text("utf-8").splitlines()
    imported = [given.asked(*shlex.split(line)) for line in imports]
    register = given.written("build-register", "--all")
    publicity = given.written("publicity-export", "--all")
    feedback = given.written("feedback-export")
    runs = given.runs[before:]
    seconds, cpu = (sum(each) for each in zip(*((run.seconds, run.cpu) for run in runs), strict=True))
    return Whole(seconds, cpu, imported[0], register, publicity, feedback)


def by_payer(register: Run) -> tuple[int, dict[str, int]]:
    """What build-register says: people, and scheme|payer → fen."""
    answer = json.loads(register.stdout)
    amounts = {f"{each['scheme']}|{each['payer']}": each["amount"] for each in answer["by_payer"]}
    return answer["people"], {key: int(amount.replace(".", "")) for key, amount in amounts.items()}


def demand_same(naive: dict[str, Any], register: Run) -> None:
    """Both must know the same number of people and the same amounts, to the fen."""
    people, ours = by_payer(register)
    theirs = naive["by_payer"]
    differing = [
        f"  {key}: naive {theirs.get(key)}, fcins {ours.get(key)} (fen)"
        for key in sorted({*ours, *theirs})
        if ours.get(key) != theirs.get(key)
    ]
    if differing or people != naive["people"]:
        raise SystemExit("\n".join([f"people: naive {naive['people']}, fcins {people}", *differing]))
    print(f"same amounts: {people} people, {len(ours)} payers, {sum(ours.values()) / 100:.2f} yuan", flush=True)


def some_rows(data: Path, roster: Path) -> tuple[str, str, str]:
    """Write a roster of the households' first people; gives the first one's town, village and citizen ID."""
    from openpyxl import load_workbook
    from xlsxwriter import Workbook

    people: list[dict[str, Any]] = []
    headings: list[Any] = []
    for row in load_workbook(data / "户籍人口.xlsx", read_only=True).active.iter_rows(values_only=True):
        if headings:
            people.append(dict(zip(headings, row, strict=False)))
        elif "姓名" in row:
            headings = list(row)
        if len(people) == ROSTER_ROWS:
            break
    with Workbook(roster) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["序号", "姓名", "身份证号"])
        for number, person in enumerate(people, start=1):
            sheet.write_number(number, 0, number)
            sheet.write_string(number, 1, str(person["姓名"] or ""))
            sheet.write_string(number, 2, str(person["公民身份号码"] or ""))
    first = people[0]
    return first["镇街"], first["村居"], first["公民身份号码"]


def floor(out: Path) -> float:
    """Seconds to deflate the sheets of all finished registers once, from memory: no writer can take less."""
    seconds = 0.0
    for book in sorted(out.glob("*/*征收清册.xlsx")):
        with ZipFile(book) as package:
            for name in package.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    sheet = package.read(name)
                    started = time.perf_counter()
                    zlib.compress(sheet, 1)
                    seconds += time.perf_counter() - started
    return seconds


# ── the two modes ───────────────────────────────────────────────────────────────────────────────────────────────────


def compare(given: District, with_naive: bool) -> None:
    """Run naive.py and fcins on the district and print the table; the last line is the ratio."""
    naive_run, naive = run_naive(given) if with_naive else (None, {})
    whole = whole_job(given)
    if with_naive:
        demand_same(naive, whole.register)
    stages = naive.get("stages", {})
    least = apart(floor, given.out)
    lines = [
        Line("whole district", naive_run.seconds if naive_run else None, whole.seconds),
        Line("whole district, processor", naive_run.cpu if naive_run else None, whole.cpu),
        against("import-households", stages.get("read_households"), whole.households),
        against("build-register --all", stages.get("registers"), whole.register),
        against("publicity-export --all", stages.get("publicity"), whole.publicity),
        against("feedback-export", None, whole.feedback),
        *small_things(given),
        Line("build-register --all, the floor", None, least, ratio=f"{whole.register.seconds / least:.1f} floors"),
        Line("largest process, fcins", None, None, max(run.mib for run in given.runs)),
        Line("largest process, naive", None, None, naive_run.mib if naive_run else None),
    ]
    print(table(lines), flush=True)
    if naive_run:
        print(f"ratio {naive_run.seconds / whole.seconds:.1f}")


def run_naive(given: District) -> tuple[Run, dict[str, Any]]:
    """naive.py on the district, and its totals.json."""
    results = given.out.parent / (given.out.name + "-naive")
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    run = process([sys.executable, str(HERE / "naive.py"), str(given.data), str(results)], given.data, "naive.py")
    print(run.stdout, end="")
    return run, json.loads((results / "totals.json").read_text("utf-8"))


def against(measure: str, naive: float | None, run: Run) -> Line:
    """A line of one fcins process, beside naive's seconds."""
    return Line(measure, naive, run.seconds, run.mib)


def small_things(given: District) -> list[Line]:
    """What a clerk does now and then with a full workspace: one village, one person, help, one more roster."""
    roster = given.out / "roster.xlsx"
    town, village, citizen_id = apart(some_rows, given.data, roster)
    one_village = ("build-register", "--town", town, "--village", village)
    lines = [
        against("one village", None, fastest(lambda: given.written(*one_village))),
        against("explain", None, fastest(lambda: given.fcins("explain", places=(citizen_id, "-w", given.workspace)))),
        against("status", None, fastest(lambda: given.asked("status"))),
        against("--help", None, fastest(lambda: given.fcins("--help"))),
        against("COMMAND --help", None, fastest(lambda: given.fcins("import-roster", "--help"))),
    ]
    places = (roster, "-w", given.workspace)
    one_roster = given.fcins("import-roster", "--category", "重点优抚对象", places=places)
    return [against(f"one roster of {ROSTER_ROWS} rows", None, one_roster), *lines]


def fastest(run: Callable[[], Run]) -> Run:
    """The fastest of several runs."""
    return min((run() for _ in range(QUICK_RUNS)), key=lambda each: each.seconds)


def curve(sizes: list[int], towns: int, villages: int, seed: int, work: Path) -> None:
    """The whole job at several sizes, without naive: seconds, microseconds per person, the largest process."""
    rows = [["people", "seconds", "us/person", "cpu s", "peak MiB"]]
    for people in sizes:
        given = district(people, towns, villages, seed, work)
        whole = whole_job(given)
        peak = max(run.mib for run in given.runs)
        per_person = f"{whole.seconds / people * 1e6:.0f}"
        rows.append([str(people), f"{whole.seconds:.1f}", per_person, f"{whole.cpu:.1f}", f"{peak:.0f}"])
    print(aligned(rows))


# ── what is printed ─────────────────────────────────────────────────────────────────────────────────────────────────


def table(lines: list[Line]) -> str:
    """The lines under their headings; what is not known is a dash."""
    rows = [["measure", "naive s", "fcins s", "ratio", "peak MiB", "target"]]
    for line in lines:
        ratio = line.ratio or (f"{line.naive / line.fcins:.1f}" if line.naive and line.fcins else "-")
        seconds = [f"{each:.2f}" if each is not None else "-" for each in (line.naive, line.fcins)]
        mib = f"{line.mib:.0f}" if line.mib is not None else "-"
        rows.append([line.measure, *seconds, ratio, mib, TARGETS.get(line.measure, "-")])
    return aligned(rows)


def aligned(rows: list[list[str]]) -> str:
    """Rows as text: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def machine() -> str:
    """The day, and what it is measured on."""
    model = platform.processor()
    if (cpus := Path("/proc/cpuinfo")).exists():
        named = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    versions = " ".join(f"{name} {version(name)}" for name in ("pandas", "fcins"))
    return (
        f"{datetime.now():%Y-%m-%d %H:%M}\n"
        f"{os.cpu_count()} CPUs, {model or 'unknown model'}, {memory:.1f} GiB, load {os.getloadavg()[0]:.1f}\n"
        f"python {platform.python_version()} {versions}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=57_000)
    parser.add_argument("--towns", type=int, default=7)
    parser.add_argument("--villages", type=int, default=47, help="how many villages in each town")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--work", type=Path, default=REPO / "build" / "bench", help="folder for data and results")
    parser.add_argument("--no-naive", action="store_true", help="fcins only; no ratio")
    parser.add_argument("--curve", metavar="SIZES", help="only the whole job, at these numbers of people: 4000,40000")
    given = parser.parse_args()
    work = given.work.resolve()
    print(machine(), flush=True)
    if given.curve:
        curve([int(size) for size in given.curve.split(",")], given.towns, given.villages, given.seed, work)
    else:
        compare(district(given.people, given.towns, given.villages, given.seed, work), not given.no_naive)


if __name__ == "__main__":
    main()
