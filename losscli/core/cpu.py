"""How many cores a process may use."""

from __future__ import annotations

import os

from .errors import UsageProblem

_granted = False  # that a thread was started once


def usable_cores() -> int:
    """The cores this process may use: those it is pinned to, where the system says."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def require_thread(name: str) -> None:
    """Refuse to read the file of this name where the system grants no thread: Arrow starts one, and would end us."""
    global _granted
    if _granted:
        return
    import _thread

    try:
        _thread.start_new_thread(_nothing, ())
    except RuntimeError:
        raise UsageProblem(
            f"{name} is text, which is parsed in a thread, and the system lets this process start none.",
            "Raise its limit of processes (ulimit -u), or convert the file to Parquet.",
        ) from None
    _granted = True


def _nothing() -> None:
    pass
