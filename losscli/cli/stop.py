"""Ctrl-C and termination: half-written files go, and no thread that waits for input holds the end up."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_ENDING = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
_ATTEMPTS = 4  # to have the main thread end the program, a fifth of a second each
_TO_PUT_IN_ORDER = (
    ("losscli.report.writing.atomic_file", "discard_all"),
    ("losscli.engine.processes", "end_all"),
    ("losscli.cli.progress", "restore"),
)


def install() -> None:
    """Handle the signals that end a program, but none that the parent process chose to ignore."""
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


def watch() -> None:
    """Send signals to the main thread again until it has ended the program, and end it here where that does not help.

    Python runs a handler between two steps of the main thread. One that is just about to wait for input would wait on,
    for as long as the input stays open, and one that waits within a library runs no handler at all. Call it before any
    input is read, and after new processes were started, of which a thread would be none.
    """
    if not hasattr(signal, "pthread_kill") or signal.getsignal(signal.SIGINT) is not _stop:
        return
    import threading

    reader, writer = os.pipe()
    try:
        threading.Thread(target=_again, args=(reader, threading.get_ident()), daemon=True).start()
    except RuntimeError:  # the system grants no thread
        return
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)


def _again(reader: int, main: int) -> None:
    import time

    for attempts in itertools.count(1):
        numbers = os.read(reader, 16)
        time.sleep(0.2)  # mostly the handler has ended the program by then
        for number in _ENDING & set(numbers):
            if attempts > _ATTEMPTS:
                _end(number)
            signal.pthread_kill(main, number)


def _nothing() -> None:
    pass


def _stop(number: int, _frame: FrameType | None) -> None:
    """End at once. Unwinding would join threads, and one of them may be reading a pipe that never ends."""
    if number != signal.SIGINT and os.getpid() != 1:  # the first process of a container is not ended by the default
        _put_in_order()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    _end(number)


def _put_in_order() -> None:
    for module, function in _TO_PUT_IN_ORDER:
        # a module that is only being imported has nothing to put in order
        getattr(sys.modules.get(module), function, _nothing)()


def _end(number: int) -> NoReturn:
    """End with the exit code of a signal, from any thread."""
    _put_in_order()
    if number != signal.SIGINT:
        os._exit(128 + number)
    with contextlib.suppress(OSError):
        start = b"\n" if os.isatty(2) else b""  # after the terminal's own ^C
        so_far = getattr(sys.modules.get("losscli.sources.work_done"), "so_far", str)
        os.write(2, start + f"losscli: interrupted{so_far()}.\n".encode())
    os._exit(130)
