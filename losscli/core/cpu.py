"""How many cores a process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """The cores this process may use: those it is pinned to, where the system says."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
