"""Threads that share work: one run in blocks, or jobs side by side; and how it ends when it is interrupted."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ..core.scratch import borrowed_scratch

Job = TypeVar("Job")
Made = TypeVar("Made")

_PATIENCE = 0.5  # seconds an interrupted run waits for its threads: one may be reading a pipe that never ends


def run_in_threads(threads: int, work: Callable[[], None], stop: Callable[[], None]) -> None:
    """Run `work` in this many threads, this one among them; it keeps its own exceptions.

    Where this thread is interrupted, `stop` asks the others to end.
    """

    def help_out() -> None:
        with borrowed_scratch():
            work()

    helpers: list[threading.Thread] = []
    try:
        for _ in range(threads - 1):
            helper = threading.Thread(target=help_out, daemon=True)
            helper.start()
            helpers.append(helper)
        work()
    except BaseException:  # Ctrl-C, or no more threads to be had
        stop()
        until = time.monotonic() + _PATIENCE
        for helper in helpers:
            helper.join(max(0.0, until - time.monotonic()))
        raise
    for helper in helpers:
        helper.join()


def each_of(jobs: Iterable[Job], work: Callable[[Job], Made], parallel: int) -> Iterator[Made]:
    """What `work` makes of every job, as soon as it is known: with several at a time, not in the order of the jobs."""
    if parallel == 1:
        for job in jobs:
            yield work(job)
        return
    waiting: queue.SimpleQueue[tuple[Made | None, BaseException | None]] = queue.SimpleQueue()
    source, lock, stop = iter(jobs), threading.Lock(), threading.Event()

    def help_out() -> None:
        problem: BaseException | None = None
        try:
            with borrowed_scratch():
                while not stop.is_set():
                    with lock:
                        job = next(source)
                    waiting.put((work(job), None))
        except StopIteration:  # the jobs are at their end
            pass
        except BaseException as raised:
            problem = raised
        waiting.put((None, problem))

    for _ in range(parallel):
        threading.Thread(target=help_out, daemon=True).start()
    try:
        running = parallel
        while running:
            made, problem = waiting.get()
            if problem is not None:
                raise problem
            if made is None:
                running -= 1
            else:
                yield made
    finally:
        stop.set()
