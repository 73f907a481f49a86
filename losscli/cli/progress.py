"""A progress bar on stderr: only on a terminal, and only for work that takes longer than a second."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..sources.work_done import WORK
from . import streams

_PATIENCE = 1.0  # seconds before the bar shows
_live: list[Any] = []  # the bar on the screen, for the signal that ends the program


def restore() -> None:
    """Take the bar off the screen and show the cursor that it hides; for a program that is about to end."""
    if _live:
        os.write(2, b"\r\x1b[2K\x1b[?25h")


def wanted(*, quiet: bool) -> bool:
    """Whether there is somebody who looks at a bar."""
    return not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Progress:
    """The bar: of data sets where `count_data_sets`, of which `total` is None while it is not known; else of rows."""

    def __init__(self, total: int | None = None, *, quiet: bool, count_data_sets: bool = True) -> None:
        self._total, self._data_sets = total, count_data_sets
        self._bar: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        WORK.data_sets, WORK.all_data_sets = 0, total or 0
        WORK.at(0, None)
        if wanted(quiet=quiet):
            self._timer = threading.Timer(_PATIENCE, self._show)
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:  # the system grants no thread: no bar
                self._timer = None

    def _show(self) -> None:
        bar = _bar_of_data_sets(self._total) if self._data_sets else _bar_of_rows()
        with self._lock:
            if self._timer is None:
                return
            self._bar = bar
            _live.append(bar)
            if not self._data_sets:
                streams.before_writing = self.close  # what is written next is the result: the bar makes room
            try:
                bar.start()
            except RuntimeError:  # it draws in a thread
                self._bar = None
                _live.clear()

    def advance(self) -> None:
        """One more data set is done."""
        WORK.data_sets += 1

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            streams.before_writing = None
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if self._bar is not None:
                self._bar.stop()
                _live.clear()
                self._bar = None


@contextmanager
def rows_shown(*, quiet: bool) -> Iterator[None]:
    """Around a command: its rows are shown while it works."""
    progress = Progress(quiet=quiet, count_data_sets=False)
    WORK.follows_files = wanted(quiet=quiet)
    try:
        yield
    finally:
        progress.close()


def _bar_of_rows() -> Any:
    from rich.progress import BarColumn, TextColumn

    return _bar(
        TextColumn("{task.fields[units]}"), BarColumn(), TextColumn("{task.fields[count]}"),
        TextColumn("{task.fields[speed]}"), TextColumn("{task.fields[left]}"),
    )  # fmt: skip


def _bar_of_data_sets(total: int | None) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    return _bar(
        TextColumn("data sets"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[count]}"), TextColumn("{task.fields[speed]}"), data_sets=total,
    )  # fmt: skip


def _bar(*columns: Any, data_sets: int | None = -1) -> Any:
    """A bar that looks up how far the work is whenever it is drawn. `data_sets` is below 0 where rows are counted."""
    from time import monotonic

    from rich.console import Console
    from rich.progress import Progress as RichProgress

    class Bar(RichProgress):
        """The bar; of each task the fields say what its columns cannot count themselves."""

        def get_renderables(self) -> Iterable[Any]:
            for task in self.tasks:
                self.update(task.id, **_fields(began, monotonic(), data_sets))
            yield from super().get_renderables()

    start = monotonic() - _PATIENCE
    began = [start, WORK.units, 0.0, 0.0, 0, start]
    bar = Bar(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    bar.add_task("", **_fields(began, monotonic(), data_sets))
    return bar


def _fields(began: list[Any], now: float, data_sets: int | None) -> dict[str, Any]:
    """What the bar shows now. `began` holds when the counting of these units began, the units, the shares of the
    files that were read then and when it was drawn last, what was done then, and when the command began.
    """
    done, total, units = WORK.done, WORK.total, WORK.units
    share = WORK.share_read() if total is None else None
    if began[1] != units or (share or 0.0) < began[3] or done < began[4]:  # another reading began
        began[:5] = now, units, share or 0.0, 0.0, 0
    began[3], began[4] = share or 0.0, done
    seconds = now - began[0]
    speed = done / seconds if seconds > 0.5 else 0.0
    count = (f"{done:,}/{total:,}" if total else f"{done:,}") if done else ""
    left = f"{_clock((total - done) / speed)} left" if total and speed and done <= total else ""
    fields = {"units": units, "count": count, "speed": f"{speed:,.0f} {units}/s" if speed else "", "left": left}
    if data_sets is None or data_sets >= 0:
        fields["count"] = f"{count} rows" if count else ""
        whole = (WORK.data_sets + (done / total if total and done < total else 0.0)) / data_sets if data_sets else 0.0
        left = f"{_clock((now - began[5]) * (1.0 - whole) / whole)} left" if whole else ""
        return {**fields, "left": left, "completed": WORK.data_sets, "total": data_sets}
    if share is not None:  # nobody knows how many rows there are
        gained = share - began[2]
        left = f"{_clock((1.0 - share) * seconds / gained)} left" if speed and gained > 0.0 else ""
        return {**fields, "left": left, "completed": share, "total": 1.0}
    return {**fields, "completed": done, "total": total}


def _clock(seconds: float) -> str:
    """0:01:05"""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
