"""How many rows a block has where losses are over batches, or several are added up."""

from __future__ import annotations

import math
from typing import Any

MOST_IN_ONE_BATCH = 1 << 16  # rows of one batch where nothing says what a batch is: each is compared with every other


def rows_of_blocks(bound: Any) -> int:
    """Rows in a block: of losses over batches whole ones, and all rows where nothing says what a batch is."""
    if has_one_batch(bound):
        return MOST_IN_ONE_BATCH
    whole = rows_of_batches(bound) or 1
    rows = bound.usual_rows if bound.parts is None else min(each.block_rows for each in bound.parts.bounds)
    return int(max(1, rows // whole) * whole)


def rows_of_batches(bound: Any) -> int | None:
    """How many rows stand together: those of a batch, or of several losses with batches, whole batches of each.

    None where that does not go by a number of rows.
    """
    bounds = [bound] if bound.parts is None else bound.parts.bounds
    sizes = [each.batch_size for each in bounds if each.batch_size]
    return math.lcm(*sizes) if sizes and not has_one_batch(bound) else None


def has_one_batch(bound: Any) -> bool:
    """Whether nothing says what a batch is, for one of the losses at least."""
    if bound.parts is not None:
        return any(map(has_one_batch, bound.parts.bounds))
    return bool(bound.batched and bound.batch_size is None and not bound.named_batches)
