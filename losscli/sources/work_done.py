"""How far the work at hand has come: what a progress bar shows and an interrupted run says. Nothing computes with it.

Readers write plain numbers here, one thread at a time for each frame; whoever looks reads them at any moment.
"""

from __future__ import annotations

import os


class WorkDone:
    """So many `units` (rows, keys, numbers) are done, of a `total` where it is known; and so many data sets."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Nothing is done yet."""
        self.units, self.done = "rows", 0
        self.total: int | None = None
        self.data_sets, self.all_data_sets = 0, 0
        self.follows_files = False  # whether somebody wants to know how much of the files was read
        self.files: dict[str, tuple[int, int]] = {}  # bytes that were read of each, and its size

    def at(self, done: int, total: int | None, units: str = "rows") -> None:
        """Say how far it is."""
        self.units, self.done, self.total = units, done, total

    def read(self, file: str, done: int, size: int) -> None:
        """Say how many bytes of a file were read: what is left is told from them where no one knows its rows."""
        if self.follows_files:
            self.files[file] = done, size

    def file(self, name: str, path: str, share: int) -> None:
        """The same of a file of several: nothing (0) or all of it (1) was read."""
        if self.follows_files and os.path.isfile(path):
            size = os.path.getsize(path)
            self.files[name] = share * size, size

    def share_read(self) -> float | None:
        """The share of the files that was read; None where their sizes are not known."""
        files = list(self.files.values())  # a reader may add one meanwhile
        size = sum(each for _, each in files)
        return sum(done for done, _ in files) / size if size else None

    def words(self) -> str:
        """How far it came, as an interrupted run says it; empty where nothing is done yet."""
        if self.data_sets:
            return f"{_of(self.data_sets, self.all_data_sets)} data sets"
        units = self.units.removesuffix("s") if self.done == 1 and not self.total else self.units
        return f"{_of(self.done, self.total)} {units}" if self.done else ""


def _of(done: int, total: int | None) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,}"


WORK = WorkDone()


def so_far() -> str:
    """' after 3 of 10 data sets', for the end of a sentence, or nothing."""
    words = WORK.words()
    return f" after {words}" if words else ""
