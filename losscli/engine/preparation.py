"""The first pass over the data of a loss that needs to have seen all rows, as class means or all embeddings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import BadValue, DataProblem, UsageProblem
from ..sources.frame import Frame
from .missing import FilteredBlock, MissingPolicy, without_warnings

if TYPE_CHECKING:
    from .groups import GroupSums


def prepared(bound: BoundLoss, frame: Frame, nan: str, missing: str, groups: GroupSums | None = None) -> BoundLoss:
    """The loss with the roles that a first pass over the rows supplies, under these policies."""
    if not frame.repeatable:
        raise UsageProblem(
            f"{bound.loss.name} reads the data twice with these options, and standard input can be read only once.",
            "Write it to a file first.",
        )

    policy = MissingPolicy.of(bound, frame, nan, missing)

    def check(filtered: FilteredBlock) -> None:
        bound.check_values(filtered.arrays)

    def blocks() -> Iterator[dict[str, Any]]:
        for start, load in frame.blocks(bound.block_rows):
            counts: Counter[str] = Counter()  # the run itself counts what is left out
            block = load() if groups is None else groups.without_keys(load())
            filtered = policy.after_missing_policy(block, start, counts)
            filtered, _ = policy.after_nan_policy(filtered, check, counts)
            if not len(filtered):
                continue
            # copies: the loader's memory is used again, and a preparation may keep what it sees
            yield {role: a if isinstance(a, Ragged) else np.array(a) for role, a in filtered.arrays.items()}

    try:
        with without_warnings():
            return bound.prepared(blocks)
    except BadValue as bad:
        location = frame.location(bad.role, None, bad.column)
        raise DataProblem(
            f"{frame.where(bad.role)}: {bad.message}.", bad.hint, kind="bad_value", options=bad.options, **location
        ) from None
