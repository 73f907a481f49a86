"""What a run will hold in memory, from shapes alone, and how many threads a budget allows."""

from __future__ import annotations

import math

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..sources.frame import Frame

# a kernel's working arrays the size of its predictions, the loader's own among them; CTC, which needs most, has 7
BUFFERS = 10
_PAIRS = 8 * 8 * (1 << 18)  # what losses of pairs within a batch hold of them at a time


def elements_of_row(frame: Frame) -> int:
    """The numbers of a row, of all roles; of sides whose length is not known one."""
    return sum(math.prod(side or 1 for side in field.shape[1:]) for field in frame.fields.values())


def per_thread(bound: BoundLoss, frame: Frame) -> int:
    """Bytes of a thread: a block of each role, and the kernel's working memory."""
    elements = elements_of_row(frame)
    rows = bound.block_rows
    if bound.batched:
        return min(rows, frame.rows or rows) * 8 * (elements + BUFFERS * bound.width) + _PAIRS
    return rows * 8 * (elements + BUFFERS * bound.width)


def shared(bound: BoundLoss, frame: Frame, row_bytes: int) -> int:
    """Bytes held once; `row_bytes` are those kept of each row.

    Roles read whole, pages of Parquet files, all rows' losses where they are kept, all embeddings where they are mined.
    """
    tables = {id(table): table for table, _ in frame.roles.values()}
    total = frame.held + sum(getattr(table, "held", 0) for table in tables.values())
    total += sum(getattr(array, "nbytes", 0) for array in bound.whole.values())
    rows = frame.rows or 0
    total += 2 * row_bytes * rows  # in blocks, and in one piece
    if bound.needs_preparation:
        total += 2 * 8 * rows * bound.width
    return total


def threads_within(budget: int | None, threads: int, bound: BoundLoss, frame: Frame, row_bytes: int) -> int:
    """As many of the threads as the budget allows; a DataProblem if it does not allow one."""
    if budget is None:
        return threads
    once, each = shared(bound, frame, row_bytes), per_thread(bound, frame)
    if once + each > budget:
        rest = once + each - frame.held
        need = -(-(2 * rest if frame.held else rest) // (1 << 20))  # half is for pairing
        raise DataProblem(
            f"{bound.loss.name} of {frame.where('pred')} needs about {need} MiB beside the interpreter, more than "
            "--max-memory allows.",
            f"Allow --max-memory {need}M.",
            kind="too_large",
            file=frame.file("pred"),
            options=("max-memory",),
            fix=f"--max-memory {need}M",
        )
    return min(threads, (budget - once) // each)
