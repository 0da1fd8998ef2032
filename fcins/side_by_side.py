"""Work on several things at once, in processes where the system can fork them, else one after the other."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def side_by_side(things: Sequence[Thing], make: Callable[[Thing], Made]) -> Iterator[tuple[Thing, Made]]:
    """Each thing with what `make` made of it, as they come; an error of one is raised here and stops the others.

    Nothing is copied to the processes: they share what exists when the work begins. What comes back is pickled. A
    document has the same bytes as if all were written one after the other.
    """
    workers = min(len(things), processors())
    if workers < 2 or sys.platform != "linux":
        yield from ((thing, make(thing)) for thing in things)
        return
    context = multiprocessing.get_context("fork")
    receivers: list[Connection] = []
    processes = []
    try:
        # A Ctrl-C between a start and its entry in `processes` would leave that process without anybody to stop it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for first in range(workers):
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(sender, things, range(first, len(things), workers), make))
                process.start()
                sender.close()
                receivers.append(receiver)
                processes.append(process)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        while receivers:
            for ready in wait(receivers):
                assert isinstance(ready, Connection)
                try:
                    at, made, error = ready.recv()
                except EOFError:
                    receivers.remove(ready)
                    continue
                if error is not None:
                    raise error
                yield things[at], made
        for process in processes:
            process.join()
            if process.exitcode:
                raise MemoryError if process.exitcode == -9 else ChildProcessError(process.exitcode)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(sender: Connection, things: Sequence[Thing], places: range, make: Callable[[Thing], Made]) -> None:
    # Ctrl-C is for the parent. It stops us by SIGTERM: we clear away what is half made, and a second one is ignored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    for at in places:
        try:
            sender.send((at, make(things[at]), None))
        except BaseException as error:
            sender.send((at, None, error))
            return


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)
