"""Blocks of whole batches, for losses that compare the rows of a batch with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.binding.block_rows import MOST_IN_ONE_BATCH, has_one_batch, rows_of_batches
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, UsageProblem
from ..core.scratch import Array
from ..core.sums.by_batch import batch_sums
from ..core.sums.state import State
from ..sources.blocks import Chunk, recut
from ..sources.frame import Frame
from ..sources.table import Block, Load, rows_of
from .missing import FilteredBlock

BATCH = "batch"  # the role of the column that names batches; in the blocks of a run its names are numbers
PLACE = "place"  # which row of the data a row is
_UNIT = "unit"  # the number of the batch, by which the spread is taken
Observer = Callable[[FilteredBlock, list[Array], Array | None], None]


class Batches:
    """What a run needs to know of the batches of a loss: which rows are one, and the spread of what they cost."""

    def __init__(self, bound: BoundLoss) -> None:
        self._bound, self._one = bound, has_one_batch(bound)
        self._size = rows_of_batches(bound)

    def blocks(self, frame: Frame, given: Iterator[tuple[int, Load]] | None) -> Iterator[tuple[int, Load]]:
        """(first row, callable that loads the block) as `Frame.blocks` has it, each block of whole batches.

        Blocks that are given are those of a part of the data, or come later.
        """
        if given is not None:
            if self._bound.named_batches:
                raise _no_parts()
            return given
        if BATCH in frame.roles:
            _refuse_several(frame)
            return _by_name(frame, self._bound.usual_rows)
        if self._one and (frame.rows or 0) > MOST_IN_ONE_BATCH:
            raise _too_many(frame.rows or 0)
        return frame.blocks(self._bound.block_rows)

    def numbered(self, block: Block, start: int) -> Block:
        """The block with the row of the data that each row is, and the number of its batch, before any is left out."""
        place = np.arange(start, start + len(block))
        batch = block.arrays.get(BATCH)
        if batch is None:
            if start and self._one:
                raise _too_many(start + len(block))
            batch = place // (self._size or MOST_IN_ONE_BATCH)
        return Block({**block.arrays, PLACE: place, _UNIT: batch}, block.missing)

    def give_spread(self, state: State, filtered: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        """Give the State of a block the spread of its batches in the place of that of its rows."""
        _, sums, masses = batch_sums(terms, mass, filtered.arrays[_UNIT])
        state.take_units(State.of(sums, masses))


class ByBatch:
    """Shows an observer of rows the batches in their place: the sums of their rows, each where its first row stands."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def __call__(self, piece: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        first, sums, masses = batch_sums(terms, mass, piece.arrays[_UNIT])
        arrays = {role: array[first] for role, array in piece.arrays.items() if not isinstance(array, Ragged)}
        places = first if piece.places is None else piece.places[first]
        self._observer(FilteredBlock(arrays, piece.start, places), sums, masses)

    def absorb(self, other: Any) -> None:
        """Add what was shown to the observer of another part of the run."""
        observer: Any = self._observer
        observer.absorb(other._observer)


def _no_parts() -> UsageProblem:
    return UsageProblem(
        "Where a column names batches, the rows are read in one piece, and not in parts.",
        "Leave out the executor, or say with --batch-size N how many rows a batch has.",
        kind="contradiction",
        options=("batch", "batch-size"),
    )


def _too_many(rows: int) -> DataProblem:
    return DataProblem(
        f"There are {rows} rows or more, and nothing says which of them are a batch: each row would be compared with "
        "every other.",
        "Say how many rows a batch has with --batch-size N, or name the column that tells with --batch COLUMN.",
        kind="too_many_rows",
        options=("batch-size", "batch"),
    )


def _refuse_several(frame: Frame) -> None:
    """Of several values in a row no one says which batch it is of."""
    if any(side != 1 for side in frame.fields[BATCH].shape[1:]):
        raise UsageProblem(
            f"--batch takes one name a row, and {frame.where(BATCH)} holds several.",
            "Name one column.",
            kind="bad_shape",
            options=("batch",),
        )


def _by_name(frame: Frame, size: int) -> Iterator[tuple[int, Load]]:
    """Blocks that end where a batch does, of about `size` rows; a batch that comes in two places is a DataProblem.

    Blocks are read where this is advanced, and what it gives are copies.
    """
    numbers = _BatchNumbers(frame)
    waiting: list[Chunk] = []
    held = begins = 0
    for start, load in frame.blocks(size):
        block = load()
        number, cut = numbers.of(block, start)
        chunk = _chunk(block, number)
        if cut is None:
            waiting.append(chunk)
            held += len(block)
            continue
        if held + cut:
            yield begins, next(recut([*waiting, *([_part(chunk, 0, cut)] if cut else [])], held + cut))
        waiting, held, begins = [_part(chunk, cut, len(block))], len(block) - cut, start + cut
    if held:
        yield begins, next(recut(waiting, held))


class _BatchNumbers:
    """The names of batches as numbers in the order in which they come; rows of one stand together."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._ended: set[Any] = set()
        self._name: Any = None
        self._number = -1

    def of(self, block: Block, start: int) -> tuple[Array, int | None]:
        """The number of each row's batch, and where the last batch begins that begins in this block, if one does."""
        missing = rows_of(block.missing.get(BATCH))
        number, cut = np.empty(len(block), dtype=np.int64), None
        for row, name in enumerate(_names(block.arrays[BATCH])):
            left_out = missing is not None and missing[row]  # the policy for what is missing will say so
            if name != self._name and not left_out:
                self._begin(name, start + row)
                cut = row
            elif self._number < 0:
                self._number, cut = 0, row
            number[row] = self._number
        return number, cut

    def _begin(self, name: Any, row: int) -> None:
        frame = self._frame
        if name != name:
            raise DataProblem(
                f"{frame.where(BATCH)} has NaN in {frame.place(BATCH, row)}.",
                "Every row needs the name of its batch.",
                kind="nan",
                **frame.location(BATCH, row),
            )
        if self._name is not None:
            self._ended.add(self._name)
        if name in self._ended:
            raise _comes_again(frame, name, row)
        self._name, self._number = name, self._number + 1


def _names(column: Any) -> list[Any]:
    """The names of a block's batches, as what is equal where they are the same."""
    if isinstance(column, Ragged):
        ends = column.offsets.tolist()
        return [column.values[a:b].tobytes() for a, b in pairwise(ends)]
    values: list[Any] = column.reshape(len(column), -1)[:, 0].tolist()
    return values


def _chunk(block: Block, numbers: Array) -> Chunk:
    arrays = {role: a if isinstance(a, Ragged) else np.array(a) for role, a in block.arrays.items()}
    missing = {role: np.array(mask) for role, mask in block.missing.items()}
    return Chunk(len(block), {**arrays, BATCH: numbers}, missing)


def _part(chunk: Chunk, low: int, high: int) -> Chunk:
    parts: dict[str, Any] = {role: part[low:high] for role, part in chunk.parts.items()}
    masks = {role: mask[low:high] for role, mask in chunk.missing.items()}
    return Chunk(high - low, parts, {role: mask for role, mask in masks.items() if mask.any()})


def _comes_again(frame: Frame, name: Any, row: int) -> DataProblem:
    shown = name.decode("utf-8", "replace") if isinstance(name, bytes) else f"{name:g}"
    return DataProblem(
        f"{frame.where(BATCH)} has batch {shown} again in {frame.place(BATCH, row)}, after rows of other batches.",
        "Rows of one batch must stand together: sort the rows by that column.",
        kind="batch_comes_again",
        options=("batch",),
        **frame.location(BATCH, row),
    )
