"""Where each row of one table goes in another, in buckets that may wait on disk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.record import mutable
from ...core.scratch import Array
from .spill import BUCKETS, Buckets, Budget

SPAN = 1 << 20  # rows in a bucket of places
PLACE = np.dtype([("row", np.int64), ("to", np.int64)])


@mutable
class Places:
    """Where each row of the right table goes: to which row of the left; -1 for nowhere."""

    buckets: Buckets
    rows: int
    span: int
    _seen: tuple[int, Array] | None = None  # the bucket read last

    @classmethod
    def of(cls, rows: int, budget: Budget) -> Places:
        """No places yet, for so many rows."""
        return cls(Buckets(budget), rows, max(SPAN, 1 << (rows // BUCKETS).bit_length()))

    def add(self, rows: Array, to: Array) -> None:
        """Where these rows go."""
        moves = np.empty(len(rows), dtype=PLACE)
        moves["row"], moves["to"] = rows, to
        self.buckets.add(moves["row"] // self.span, moves)

    def part(self, start: int, stop: int) -> Array:
        """The places of a run of rows that does not cross a multiple of the span."""
        number = start // self.span
        if self._seen is None or self._seen[0] != number:
            first = number * self.span
            places = np.full(min(self.span, self.rows - first), -1, dtype=np.int64)
            if (moves := self.buckets.bucket(number)) is not None:
                places[moves[0]["row"] - first] = moves[0]["to"]
            self._seen = number, places
        return self._seen[1][start % self.span :][: stop - start]

    def parts(self) -> Iterator[Array]:
        """All places in order of the right rows."""
        for start in range(0, self.rows, self.span):
            yield self.part(start, start + self.span)
