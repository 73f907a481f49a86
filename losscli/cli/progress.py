"""A progress bar on stderr: only on a terminal, and only for work that takes longer than a second."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

_PATIENCE = 1.0  # seconds before the bar shows
_live: list[Any] = []  # the bar on the screen, for the signal that ends the program


def restore() -> None:
    """Show the cursor that a bar hides; for a program that is about to end."""
    if _live:
        os.write(2, b"\r\x1b[2K\x1b[?25h")


class Progress:
    """Counts jobs; `total` is None while their number is not known."""

    def __init__(self, total: int | None, *, quiet: bool) -> None:
        self._total, self._done = total, 0
        self._bar: Any = None
        self._task: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        if not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._timer = threading.Timer(_PATIENCE, self._show)
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:  # the system grants no thread: no bar
                self._timer = None

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("data sets"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with self._lock:
            if self._timer is None:
                return
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
            self._task = self._bar.add_task("", total=self._total, completed=self._done)
            _live.append(self._bar)
            try:
                self._bar.start()
            except RuntimeError:  # it draws in a thread
                self._bar = None
                _live.clear()

    def advance(self) -> None:
        """One more is done."""
        with self._lock:
            self._done += 1
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done)

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if self._bar is not None:
                self._bar.stop()
                _live.clear()
                self._bar = None
