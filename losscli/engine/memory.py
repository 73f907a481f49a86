"""What a run will hold in memory, from shapes alone, and how many threads a budget allows."""

from __future__ import annotations

from ..core.bound import BoundLoss
from ..core.errors import DataProblem
from ..sources.frame import Frame

# a kernel's working arrays the size of its predictions, the loader's own among them; CTC, which needs most, has 7
BUFFERS = 10


def per_thread(bound: BoundLoss, frame: Frame) -> int:
    """Bytes of a thread: a block of each role, and the kernel's working memory."""
    elements = 0
    for field in frame.fields.values():
        width = 1
        for side in field.shape[1:]:
            width *= side or 1
        elements += width
    return bound.block_rows * 8 * (elements + BUFFERS * bound.width)


def shared(bound: BoundLoss, frame: Frame, keep_rows: bool) -> int:
    """Bytes held once: roles read whole, all rows' losses where they are kept, all embeddings where they are mined."""
    held = sum(getattr(array, "nbytes", 0) for array in bound.whole.values())
    rows = frame.rows or 0
    if keep_rows:
        held += 2 * 8 * rows
    if bound.needs_preparation:
        held += 2 * 8 * rows * bound.width
    return held


def threads_within(budget: int | None, threads: int, bound: BoundLoss, frame: Frame, keep_rows: bool) -> int:
    """As many of the threads as the budget allows; a DataProblem if it does not allow one."""
    if budget is None:
        return threads
    once, each = shared(bound, frame, keep_rows), per_thread(bound, frame)
    if once + each > budget:
        need = -(-(once + each) // (1 << 20))
        raise DataProblem(
            f"{bound.loss.name} of {frame.where('pred')} needs about {need} MiB beside the interpreter, more than "
            "--max-memory allows.",
            f"Allow --max-memory {need}M.",
        )
    return min(threads, (budget - once) // each)
