"""Threads that share work: one run in blocks, or jobs side by side; and how it ends when it is interrupted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Generic, TypeVar

from ..core.scratch import borrowed_scratch

Job = TypeVar("Job")
Made = TypeVar("Made")

_AHEAD = 64  # jobs a thread, beyond the one whose result is waited for
_ROOM = 64 << 20  # bytes of results that wait for it
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
            try:
                helper.start()
            except RuntimeError:  # the system grants no more: those that there are do the work
                break
            helpers.append(helper)
        work()
    except BaseException:  # Ctrl-C
        stop()
        until = time.monotonic() + _PATIENCE
        for helper in helpers:
            helper.join(max(0.0, until - time.monotonic()))
        raise
    for helper in helpers:
        helper.join()


def start_thread(work: Callable[[], None]) -> bool:
    """Start a thread beside this one; False where the system grants none, so that the caller does the work itself."""
    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:
        return False
    return True


class _InOrder(Generic[Job, Made]):
    """Jobs that several threads take, and what they made of them in the order of the jobs."""

    def __init__(self, jobs: Iterable[Job], cost: Callable[[Made], int]) -> None:
        self._source, self._cost = iter(jobs), cost
        self._turn = threading.Lock()  # to ask for the next job, which may be long in coming
        self._changed = threading.Condition()
        self._made: dict[int, Made | BaseException] = {}
        self._taken = self._given = self._held = self.working = 0
        self._ended = False

    def work(self, work: Callable[[Job], Made]) -> None:
        """Take jobs until there are no more."""
        with borrowed_scratch():
            while self._work_once(work):
                pass
        with self._changed:
            self.working -= 1
            self._changed.notify_all()

    def _work_once(self, work: Callable[[Job], Made]) -> bool:
        """Take a job and do it; False where there is none left."""
        with self._turn:
            with self._changed:
                self._changed.wait_for(self._may_take)
            if self._ended:
                return False
            number = self._taken
            self._taken += 1
            try:
                job = next(self._source)
            except StopIteration:
                self._ended = True
                return False
            except BaseException as problem:
                return self._put(number, problem)
        try:
            return self._put(number, work(job))
        except BaseException as problem:
            return self._put(number, problem)

    def _may_take(self) -> bool:
        """Not too far ahead of the one that is waited for, nor with too much in memory."""
        return self._ended or (self._taken - self._given < _AHEAD * self.working and self._held < _ROOM)

    def _put(self, number: int, made: Made | BaseException) -> bool:
        with self._changed:
            self._made[number] = made
            if isinstance(made, BaseException):
                self._ended = True  # what comes after it is not waited for
            else:
                self._held += self._cost(made)
            self._changed.notify_all()
        return True

    def results(self) -> Iterator[Made]:
        """What was made, as soon as all before it is known."""
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._given in self._made or not self.working)
                    if self._given not in self._made:
                        return
                    made = self._made.pop(self._given)
                    if isinstance(made, BaseException):
                        raise made
                    self._given += 1
                    self._held -= self._cost(made)
                    self._changed.notify_all()
                yield made
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def in_order(
    jobs: Iterable[Job], works: Sequence[Callable[[Job], Made]], cost: Callable[[Made], int] = lambda _: 0
) -> Iterator[Made]:
    """What is made of every job, in the order of the jobs, by as many at a time as there are `works`.

    `cost` says how many bytes a result takes, so that not too many of them wait for one that is slow.
    """
    if len(works) > 1:
        line = _InOrder(jobs, cost)
        started = 0
        for work in works:
            line.working += 1
            if not start_thread(partial(line.work, work)):
                line.working -= 1
                break
            started += 1
        if started:
            yield from line.results()
            return
    for job in jobs:
        yield works[0](job)
