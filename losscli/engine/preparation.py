"""A first pass over the data, for losses that need to know something of all rows before they map one."""

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


def prepared(bound: BoundLoss, frame: Frame, nan: str, missing: str, groups: GroupSums | None) -> BoundLoss:
    """The loss with what a first pass over the data supplies, if it needs one."""
    if not frame.repeatable:
        raise UsageProblem(
            f"{bound.loss.name} reads the data twice with these options, and standard input can be read only once.",
            "Write it to a file first.",
        )

    policy = MissingPolicy.of(bound, frame, nan, missing)

    def check(filtered: FilteredBlock) -> None:
        bound.kind.check(filtered.arrays["pred"])
        if bound.form is not None:
            bound.form.check(filtered.arrays["label"], bound.classes, bound.params.get("ignore_index"))

    def blocks() -> Iterator[dict[str, Any]]:
        for start, load in frame.blocks(bound.block_rows):
            counts: Counter[str] = Counter()  # the run itself counts what is left out
            block = load()
            block = block if groups is None else groups.without_keys(block)
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
