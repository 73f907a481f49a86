"""The rows that move a difference most, with the columns that are kept beside them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.scratch import Array
from ...engine.missing import FilteredBlock
from ...report.decomposition import MovedRow
from ...sources.assembly import Assembly
from ...sources.keeping.kept_columns import KeptColumn
from ...sources.row_places import file_rows
from ...sources.table import Block
from .row_sink import KeptBlock, RowSink, kept_values

_Kept = tuple[float, int, float, float, float, dict[str, Any]]  # rank, row, base, cand, difference, columns


class MovedRows:
    """Sees every block of a comparison of one candidate, from any thread, and keeps the rows that differ most.

    The terms of a row are its losses b, c and c - b, times its weight. Of equal ones the first rows count, so that what
    is kept is the same in any order of blocks.
    """

    def __init__(self, columns: Sequence[KeptColumn], most: int) -> None:
        self._most = most
        self._sink = RowSink(columns, 0, 0, spooled=False)
        self._rows: list[_Kept] = []
        self._lock = threading.Lock()

    def taken_out(self, block: Block) -> tuple[Block, KeptBlock]:
        """The block without what is read for kept columns alone, and what these hold."""
        return self._sink.taken_out(block)

    def add(
        self,
        bound: BoundLoss,
        filtered: FilteredBlock,
        kept: KeptBlock,
        terms: Sequence[Array],
        mass: Array | None,
        group: Array | None = None,
    ) -> None:
        """Add the rows of a block."""
        if not self._most or not terms or not len(terms[0]):
            return
        size = np.abs(terms[2])
        places = np.flatnonzero(size > 0.0)  # NaN is no size
        if len(places) > self._most:
            last = -np.partition(-size[places], self._most - 1)[self._most - 1]
            places = places[size[places] >= last][: 4 * self._most]
        rows = np.arange(len(size)) if filtered.places is None else filtered.places
        divisor = np.ones(len(size)) if mass is None else np.where(mass != 0.0, mass, 1.0)
        values = kept_values(self._sink.columns, kept, rows, places)
        added = [
            (
                -float(size[at]), filtered.start + int(rows[at]), float(terms[0][at] / divisor[at]),
                float(terms[1][at] / divisor[at]), float(terms[2][at]), own,
            )
            for at, own in zip(places.tolist(), values, strict=True)
        ]  # fmt: skip
        with self._lock:
            self._rows = sorted([*self._rows, *added], key=lambda row: row[:2])[: self._most]

    def rows(self, assembly: Assembly, divisor: float) -> list[MovedRow]:
        """What was kept, the largest effect first, with the rows of the file that they are."""
        if not self._rows:
            return []
        places = file_rows(assembly.frame, np.array([row for _, row, *_ in self._rows], dtype=np.int64))
        return [
            MovedRow(int(place), base, cand, apart / divisor, own)
            for place, (_, _, base, cand, apart, own) in zip(places, self._rows, strict=True)
        ]
