"""Workers in processes of their own, forked from this one: many small data sets keep Python itself busy, and threads
would wait for each other."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..core import registry
from ..core.loss import Loss

Job = TypeVar("Job")
Made = TypeVar("Made")

_workers: set[int] = set()  # their process numbers, for the signal that ends this one
_ours: set[Any] = set()  # this end of their pipes
_DEATH_OF_PARENT = 1  # Linux: PR_SET_PDEATHSIG


def can_fork() -> bool:
    """Whether the system makes processes in this way."""
    return hasattr(os, "fork")


def end_all() -> None:
    """End every worker; for a process that is about to end."""
    for number in list(_workers):
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGKILL)


class WorkerDied(Exception):
    """A worker ended in the middle of a job, mostly because the system had no more memory for it."""


class Worker(Generic[Job, Made]):
    """A process that does one job after the other.

    `forget` is called in it first: it closes what must not stay open when this process ends. An OSError says that the
    system grants no process.
    """

    def __init__(self, work: Callable[[Job], Made], forget: Callable[[], None]) -> None:
        self._work, self._forget = work, forget
        self._start()

    def _start(self) -> None:
        from multiprocessing.connection import Pipe

        self._connection, theirs = Pipe()
        try:
            self._number = os.fork()
        except OSError:
            self._connection.close()
            theirs.close()
            raise
        if self._number == 0:
            for connection in (*_ours, self._connection):  # or no worker would see that this process has ended
                connection.close()
            _serve(theirs, self._work, self._forget)
        theirs.close()
        _workers.add(self._number)
        _ours.add(self._connection)

    def __call__(self, job: Job) -> Made:
        """What the worker makes of a job; raises what it raised, and WorkerDied where it ended."""
        try:
            self._connection.send_bytes(_pickled(job))
            made, problem = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            self.close()
            self._start()
            raise WorkerDied from None
        if problem is not None:
            raise problem
        result: Made = made
        return result

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        _ours.discard(self._connection)
        if self._number in _workers:
            with contextlib.suppress(OSError):
                os.kill(self._number, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(self._number, 0)
            _workers.discard(self._number)


def _serve(connection: Any, work: Callable[[Any], Any], forget: Callable[[], None]) -> None:
    """The life of a worker: jobs come and results go until the pipe is closed."""
    try:
        _workers.clear()
        _settle_signals()
        forget()
        while True:
            job = _Unpickler(io.BytesIO(connection.recv_bytes())).load()
            try:
                answer: tuple[Any, BaseException | None] = work(job), None
            except BaseException as problem:
                answer = None, problem
            connection.send_bytes(_sendable(answer))
    except BaseException:  # nobody listens any more
        pass
    finally:
        os._exit(0)


def _settle_signals() -> None:
    """Ctrl-C is the parent's, and where the parent is killed there is nothing to work for."""
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, int(signal.SIGKILL))


def _sendable(answer: tuple[Any, BaseException | None]) -> bytes:
    try:
        return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as problem:  # an exception of a library may hold anything
        what = answer[1] if answer[1] is not None else problem
        return pickle.dumps((None, RuntimeError(f"{type(what).__name__}: {what}")))


class _Pickler(pickle.Pickler):
    """A loss goes by its name: what it computes with are functions, and each process has them."""

    def persistent_id(self, obj: Any) -> str | None:
        return obj.name if isinstance(obj, Loss) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: str) -> Loss:
        return registry.find(pid)


def _pickled(job: Any) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(job)
    return stream.getvalue()
