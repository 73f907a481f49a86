"""The protocol every format speaks: a table of rows, asked for picks, answering in blocks.

Blocks are cut at absolute row indices (0, size, 2 size, ...) whatever the format, so that sums do not
depend on how a file happens to be laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.arrays.inputs import Shape
from ..core.record import record
from ..core.scratch import Array
from .classes.class_names import NumberedClasses


@record
class Pick:
    """What one role takes from a table.

    `columns` are names in the order wanted (of an array without names their numbers from 0); () is the whole of an
    unnamed array. `classes` maps a text column to class numbers, `numbered` a column of numbers (where roles are put
    side by side, not by the format). `row_axis` is the axis of an array that counts rows (1 for time-major data).
    `ragged` asks for a list column as Ragged; without it, lists must all have the same length. `gaps` lets
    such lists have nulls in them, whose rows are marked as missing. `text` asks for a
    column of keys: text as the file has it, as Ragged bytes (or an array of texts), and numbers as they are.
    """

    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    row_axis: int = 0
    ragged: bool = False
    gaps: bool = False
    text: bool = False
    numbered: NumberedClasses | None = None


@record
class Field:
    """What a pick looks like: shape with rows first (None: unknown), and a dtype as text ('text', 'float32', ...)."""

    shape: Shape
    dtype: str


class Block:
    """A run of rows. `arrays` maps each role to an array or Ragged; `missing` to a mask of nulls, where any: of
    the rows (n,), or of the cells of several columns (n, k).
    """

    __slots__ = ("arrays", "missing")

    def __init__(self, arrays: dict[str, Any], missing: dict[str, Array] | None = None) -> None:
        self.arrays = arrays
        self.missing = {} if missing is None else missing

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))


def rows_of(missing: Array | None) -> Array | None:
    """Which rows have no value somewhere, of a mask of rows (n,) or of their cells (n, k)."""
    return missing if missing is None or missing.ndim == 1 else np.asarray(missing.any(axis=1))


def columns_of(block: Any, pick: Pick) -> Any:
    """The columns of a block of rows that a pick names, if it names any."""
    if not pick.columns:
        return block
    numbers = [int(column) for column in pick.columns]
    return block[:, numbers[0]].copy() if len(numbers) == 1 else block[:, numbers].copy()


Load = Callable[[], Block]


if TYPE_CHECKING:  # a protocol takes longer to make than a small file to read
    from typing import Protocol

    class Table(Protocol):
        """A file, stream or array of rows."""

        @property
        def name(self) -> str:
            """The name to show in messages."""

        @property
        def path(self) -> str | None:
            """The file to hash, or None."""

        @property
        def format(self) -> str:
            """npy, npz, csv, tsv, parquet, array, ..."""

        @property
        def rows(self) -> int | None:
            """The number of rows, or None while a stream has not been read."""

        @property
        def columns(self) -> tuple[str, ...]:
            """The names of the columns; () for an unnamed array."""

        @property
        def repeatable(self) -> bool:
            """Whether `blocks` can be called again."""

        def describe(self, pick: Pick) -> Field:
            """Shape and dtype of a pick. Problems of the file are DataProblems."""

        def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
            """Blocks of `size` rows (the last may be shorter) as callables.

            The iterator is advanced by one thread at a time; the callables may run in any thread, at once. A callable's
            arrays are valid until the same thread calls the next one.
            """

        def close(self) -> None:
            """Let go of the file."""
else:
    Table = Any
