"""Every peer's version of a case, ready to be timed: arrays converted and on hand before the clock starts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from data import Case
from measure import short

Call = Callable[[], float]
MODULES = ("peers_torch", "peers_jax", "peers_numba", "peers_more")


def prepare(case: Case) -> tuple[dict[str, Call], dict[str, str]]:
    """Calls by peer, and why a peer is missing."""
    calls: dict[str, Call] = {}
    missing: dict[str, str] = {}
    for module in MODULES:
        try:
            found, absent = import_module(module).prepare(case)
        except Exception as problem:
            missing[module.removeprefix("peers_")] = short(problem)
            continue
        calls |= found
        missing |= absent
    return calls, missing
