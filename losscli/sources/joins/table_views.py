"""Tables over tables: some of their rows, in their own order or another, or rows of a pipe, kept to be read again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.scratch import Array
from ..blocks import Chunk, recut
from ..table import Block, Field, Load, Pick, Table
from .bitmap import Bitmap
from .places import Places
from .ragged import taken
from .row_codec import ROW, RowCodec
from .spill import BUCKETS, Buckets, Budget

_READ = 8 << 20  # bytes read at a time
_BUCKET = 16 << 20  # bytes of a bucket
_MOST_ROWS = 1 << 16


class _TableView:
    """What tables over tables share: they are called as the table beneath."""

    repeatable = True

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name, self.path, self.format = table.name, table.path, table.format
        self.columns = table.columns
        self.held = getattr(table, "held", 0)

    @property
    def rows(self) -> int | None:
        return self.table.rows

    def describe(self, pick: Pick) -> Field:
        field = self.table.describe(pick)
        return Field((self.rows, *field.shape[1:]), field.dtype)

    def place(self, row: int) -> int:
        """The row of the file that a row is."""
        return row

    def _beneath(self, row: int) -> int:
        place = getattr(self.table, "place", None)
        return int(place(row)) if place else row

    def _step(self, picks: Mapping[str, Pick]) -> int:
        """How many rows to read at a time: a power of two."""
        most = _READ // self._width(picks)
        return max(16, 1 << min(_MOST_ROWS, max(1, most)).bit_length() - 1)

    def _width(self, picks: Mapping[str, Pick]) -> int:
        """About how many bytes a row has."""
        width = 8
        for pick in picks.values():
            values = math.prod(64 if side is None else side for side in self.table.describe(pick).shape[1:])
            width += 8 * values + 1
        return width


class Selected(_TableView):
    """The rows of a table that are marked."""

    def __init__(self, table: Table, marks: Bitmap) -> None:
        super().__init__(table)
        self.marks = marks

    @property
    def rows(self) -> int:
        """How many are marked."""
        return self.marks.count

    def place(self, row: int) -> int:
        return self._beneath(self.marks.nth(row))

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of the marked rows."""
        if self.marks.full:
            return self.table.blocks(picks, size)
        return recut(self._chunks(picks), size)

    def _chunks(self, picks: Mapping[str, Pick]) -> Iterator[Chunk]:
        start = 0
        for load in self.table.blocks(picks, self._step(picks)):
            block = load()
            rows = len(block)
            marks = self.marks.part(start, start + rows)
            start += rows
            if marks.any():
                parts = {role: _chosen(array, marks) for role, array in block.arrays.items()}
                missing = {role: mask[marks] for role, mask in block.missing.items()}
                yield Chunk(int(np.count_nonzero(marks)), parts, missing)

    def close(self) -> None:
        """Nothing is held."""


def _chosen(array: Any, chosen: Array) -> Any:
    return taken(array, chosen) if isinstance(array, Ragged) else array[chosen]


class Reordered(_TableView):
    """The rows of a table in the order of another, which keeps those marked."""

    def __init__(self, table: Table, places: Places, marks: Bitmap, budget: Budget) -> None:
        super().__init__(table)
        self.places, self.marks, self.budget = places, marks, budget

    @property
    def rows(self) -> int:
        """How many are kept."""
        return self.marks.count

    def place(self, row: int) -> int:
        wanted, start = self.marks.nth(row), 0
        for to in self.places.parts():
            if len(rows := np.flatnonzero(to == wanted)):
                return self._beneath(start + int(rows[0]))
            start += len(to)
        raise IndexError(row)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of rows in the other's order; the table is read once before the first."""
        return recut(self._chunks(picks), size)

    def _chunks(self, picks: Mapping[str, Pick]) -> Iterator[Chunk]:
        width = self._width(picks)
        span = max(1024, _BUCKET // width, -(-self.marks.rows // (BUCKETS - 1)))
        with closing(Buckets(self.budget)) as store:
            codec = self._fill(store, picks, span)
            if codec is None:
                return
            for start in range(0, self.marks.rows, span):
                contents = store.bucket(start // span)
                if contents is None:
                    continue
                records, texts = contents
                marks = self.marks.part(start, start + span)
                at = np.zeros(len(marks), dtype=np.int64)
                at[records[ROW] - start] = np.arange(len(records))
                order = at[marks]
                if len(order):
                    yield codec.unpacked(records[order], tuple(taken(text, order) for text in texts))

    def _fill(self, store: Buckets, picks: Mapping[str, Pick], span: int) -> RowCodec | None:
        codec, start = None, 0
        for load in self.table.blocks(picks, self._step(picks)):
            block = load()
            codec = codec or RowCodec(block)
            rows = len(block)
            to = self.places.part(start, start + rows)
            start += rows
            placed = to >= 0
            records, texts = codec.packed(block, to[placed], None if placed.all() else placed)
            store.add(records[ROW] // span, records, texts)
        return codec

    def close(self) -> None:
        """Let go of the places."""
        self.places.buckets.close()


class StoredTable(_TableView):
    """A table that can be read only once (a pipe), read into memory or to disk. `picks` are all that will be asked."""

    def __init__(self, table: Table, picks: Mapping[str, Pick], budget: Budget) -> None:
        super().__init__(table)
        self._store = Buckets(budget)
        self._codec: RowCodec | None = None
        self._rows = self._buckets = 0
        self._fields = {pick: table.describe(pick) for pick in picks.values()}
        try:
            for load in table.blocks(picks, self._step(picks)):
                self._store_block(load())
        except BaseException:
            self.close()
            raise
        self._names = {pick: role for role, pick in picks.items()}

    def _store_block(self, block: Block) -> None:
        self._codec = self._codec or RowCodec(block)
        rows = np.arange(self._rows, self._rows + len(block))
        bucket = min(self._buckets, BUCKETS - 1)  # the last holds what would be beyond
        self._store.add(np.full(len(rows), bucket), *self._codec.packed(block, rows))
        self._rows += len(rows)
        self._buckets += 1

    @property
    def rows(self) -> int:
        """How many were read."""
        return self._rows

    def describe(self, pick: Pick) -> Field:
        field = self._fields[pick]
        return Field((self._rows, *field.shape[1:]), field.dtype)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of the rows that were read."""
        return recut(self._chunks(picks), size)

    def _chunks(self, picks: Mapping[str, Pick]) -> Iterator[Chunk]:
        assert self._codec is not None
        names = {role: self._names[pick] for role, pick in picks.items()}
        for bucket in range(min(self._buckets, BUCKETS)):
            contents = self._store.bucket(bucket)
            if contents is None:
                return
            chunk = self._codec.unpacked(*contents)
            parts = {role: chunk.parts[name] for role, name in names.items()}
            missing = {role: chunk.missing[name] for role, name in names.items() if name in chunk.missing}
            yield Chunk(chunk.rows, parts, missing)

    def close(self) -> None:
        """Forget the rows."""
        self._store.close()


def check_equal_rows(table: Table, picks: Mapping[str, Pick], rows: int) -> None:
    """Columns that are not as long as the keys beside them (members of an NPZ file may be so) are a DataProblem."""
    for pick in picks.values():
        rows_of_pick = table.describe(pick).shape[0]
        if rows_of_pick is not None and rows_of_pick != rows:
            what = ", ".join(pick.columns)
            raise DataProblem(f"{table.name}: {what} has {rows_of_pick} rows, and the key beside it {rows}.")
