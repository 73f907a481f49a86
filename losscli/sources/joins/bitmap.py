"""A mark for each of many rows, in an eighth of a byte each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.scratch import Array

_STEP = 1 << 20


class Bitmap:
    """Marks, appended in order of the rows."""

    def __init__(self, marks: Array | None = None) -> None:
        self._packed = bytearray()
        self._rest: Array = np.zeros(0, dtype=bool)  # fewer than eight
        self.rows = 0
        self.count = 0  # how many are set
        if marks is not None:
            self.append(marks)

    @property
    def full(self) -> bool:
        """Whether all are set."""
        return self.count == self.rows

    def append(self, marks: Array) -> None:
        """The marks of the rows that follow."""
        self.rows += len(marks)
        self.count += int(np.count_nonzero(marks))
        marks = np.concatenate((self._rest, marks))
        whole = len(marks) - len(marks) % 8
        self._packed += np.packbits(marks[:whole]).tobytes()
        self._rest = marks[whole:]

    def part(self, start: int, stop: int) -> Array:
        """The marks of a run of rows."""
        stop = min(stop, self.rows)
        first, last = start // 8, min(-(-stop // 8), len(self._packed))
        marks = np.unpackbits(np.frombuffer(bytes(self._packed[first:last]), np.uint8)).view(bool)
        return np.concatenate((marks, self._rest))[start - first * 8 : stop - first * 8]

    def parts(self, step: int = _STEP) -> Iterator[tuple[int, Array]]:
        """All marks as runs, with the row where each starts."""
        for start in range(0, self.rows, step):
            yield start, self.part(start, start + step)

    def first(self, *, unset: bool = False) -> int | None:
        """The first row that is set (or not)."""
        for start, marks in self.parts():
            wanted = ~marks if unset else marks
            if wanted.any():
                return start + int(np.argmax(wanted))
        return None

    def nth(self, number: int) -> int:
        """The row of a set mark: 0 is the first."""
        for start, marks in self.parts():
            here = int(np.count_nonzero(marks))
            if number < here:
                return start + int(np.flatnonzero(marks)[number])
            number -= here
        raise IndexError(number)

    def both(self, other: Bitmap) -> Bitmap:
        """Where both are set."""
        marked = Bitmap()
        for start, marks in self.parts():
            marked.append(marks & other.part(start, start + _STEP))
        return marked

    def among(self, other: Bitmap) -> Bitmap:
        """These marks of the rows that the other has set."""
        marked = Bitmap()
        for start, marks in self.parts():
            marked.append(marks[other.part(start, start + _STEP)])
        return marked

    def spread(self, other: Bitmap) -> Bitmap:
        """The opposite of `among`: marks of the rows that are set here, put back among all rows."""
        spread_marks, at = Bitmap(), 0
        for _, marks in self.parts():
            here = int(np.count_nonzero(marks))
            spread = np.zeros(len(marks), dtype=bool)
            spread[marks] = other.part(at, at + here)
            spread_marks.append(spread)
            at += here
        return spread_marks
