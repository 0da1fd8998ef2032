"""A batch judged among the people it names is judged as among everybody; work side by side comes out as in turn."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pandas as pd
import pytest
from sheets import district

from fcins.analysis.district import District
from fcins.errors import UsageError
from fcins.side_by_side import side_by_side
from fcins.store.schema import FACT_TABLES

COLUMNS = ["batch", "seq", "part", "code", "field"]


def of_batch(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    mine = frame[(frame["batch"] == number).to_numpy()]
    return mine.sort_values([name for name in COLUMNS if name in mine], ignore_index=True)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_every_batch_of_the_sample(sample: tuple[Path, Any], every: int) -> None:
    folder, _ = sample
    with district(folder) as whole:
        first = ~whole.batches["kind"].duplicated().to_numpy()  # one of each kind in any case
        batches = whole.batches[first | (whole.batches["batch"] % every == 0).to_numpy()]
        for number, kind in zip(batches["batch"], batches["kind"], strict=True):
            facts = whole.store.facts(FACT_TABLES[kind])
            fresh = facts[(facts["batch"] == number).to_numpy()].reset_index(drop=True)
            about = District.about(whole.store, whole.policy, {FACT_TABLES[kind]: fresh}, keep=False)
            assert (about.keys is None) == (kind in ("households", "changes"))
            keys = tuple(whole.store.connected(set(fresh["key"].tolist()) - {0}))
            about = District(whole.store, whole.policy, keys, fresh={FACT_TABLES[kind]: fresh}, keep=False)
            for part in ("verdicts", "findings"):
                own, every = (of_batch(getattr(each.judgement(kind), part), number) for each in (about, whole))
                pd.testing.assert_frame_equal(own, every, check_dtype=False, obj=f"{kind} {number} {part}")


# ── side by side ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_thing_once() -> None:
    assert dict(side_by_side(range(7), lambda number: number * number)) == {n: n * n for n in range(7)}
    assert list(side_by_side([], str)) == []


def test_in_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    workers = {made for _, made in side_by_side(range(6), lambda _: os.getpid())}
    assert len(workers) == 3
    assert os.getpid() not in workers


@pytest.mark.parametrize("processors", [1, 2])
def test_what_one_raises_is_raised(monkeypatch: pytest.MonkeyPatch, processors: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))

    def make(number: int) -> int:
        if number == 1:
            raise UsageError("不行", "换一个")
        return number

    with pytest.raises(UsageError) as error:
        list(side_by_side(range(4), make))
    assert (error.value.message, error.value.hint) == ("不行", "换一个")


SLOW = """
import multiprocessing.context, os, signal, sys, time
from pathlib import Path
from fcins.side_by_side import side_by_side
folder = Path(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, it would be deaf to it
def make(number):
    half_made = folder / str(number)
    try:
        half_made.touch()
        os.write(1, b"begun\\n")  # at once: two processes write here
        time.sleep(60)
    finally:
        half_made.unlink(missing_ok=True)
class Interrupted(multiprocessing.context.ForkProcess):
    def start(self):
        super().start()
        os.kill(os.getpid(), signal.SIGINT)
if sys.argv[2] == "while starting":
    multiprocessing.context.ForkContext.Process = Interrupted
try:
    list(side_by_side([1, 2], make))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="in turn elsewhere")
@pytest.mark.parametrize("when", ["while working", "while starting"])
def test_stopped_half_way_nothing_is_left(tmp_path: Path, when: str) -> None:
    """Ctrl-C goes to every process of the terminal: each clears away what it had begun, and says nothing."""
    line = [sys.executable, "-c", SLOW, str(tmp_path), when]
    with subprocess.Popen(line, stdout=PIPE, stderr=PIPE, start_new_session=True) as stopped:
        assert stopped.stdout is not None
        if when == "while working":
            for _ in range(min(2, len(os.sched_getaffinity(0)))):
                assert stopped.stdout.readline() == b"begun\n"
            os.killpg(stopped.pid, signal.SIGINT)
        _, err = stopped.communicate(timeout=20)
    assert (stopped.returncode, err) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(ChildProcessError):
        list(side_by_side(range(4), lambda number: os._exit(3) if number == 2 else number))
