"""Objects that several threads add to, and that are sent to other processes without their lock."""

from __future__ import annotations

import threading
from typing import Any


class WithLock:
    """Holds a lock; a copy or a pickle has one of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
