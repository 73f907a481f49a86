"""What losses over classes share: one value a class, and rows left out by their label."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ..core.declarations.domain import Interval, inf
from ..core.declarations.param import Param
from ..core.errors import UsageProblem
from ..core.loss import Rows
from ..core.scratch import Array

SMOOTHINGS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)  # of labels, as they are usual
IGNORED = (None, -100, -1, 0, 1, 2, 255)  # labels that are usually left out
ClassWeights = Annotated[
    float | None,
    Param("weight of each class, in the loss and in the denominator", Interval(0, inf, "left"), per="class"),
]
LabelSmoothing = Annotated[
    float,
    Param("share e of each label spread over all c classes: y (1 - e) + e / c", Interval(0, 1), usual=SMOOTHINGS),
]
IgnoreIndex = Annotated[int | None, Param("class number whose rows are left out", usual=IGNORED)]


def per_class(value: float | tuple[float, ...], pred: Array, name: str) -> Array | float:
    """A parameter that is one number or one a class (a column of the predictions), ready to multiply."""
    if not isinstance(value, tuple):
        return value
    classes = pred.shape[-1] if pred.ndim > 1 else 1
    if len(value) != classes:
        raise UsageProblem(
            f"{name} has {len(value)} values for {classes} class{'es' * (classes != 1)}.",
            kind="bad_parameter",
            options=(name,),
        )
    return np.array(value, dtype=np.float64)


def only_index(ignore_index: int | None, form: str) -> None:
    """A label to leave out is a class number; other labels have none, and a parameter is never ignored."""
    if ignore_index is not None and form != "index":
        raise UsageProblem(
            "ignore_index leaves out a class number; these labels are not class numbers.",
            kind="bad_parameter",
            options=("ignore_index",),
        )


class CountedRows:
    """Which rows of a block count, after `ignore_index`."""

    def __init__(self, label: Array, ignore_index: int | None) -> None:
        left_out = None if ignore_index is None else label == ignore_index
        self.left_out = left_out if left_out is not None and left_out.any() else None
        self.label = label if self.left_out is None else np.where(self.left_out, 0, label)

    def rows(self, term: Array, mass: Array | None = None) -> Rows:
        """The rows with what is left out set to 0 and not counted."""
        if self.left_out is None:
            return Rows((term,), mass)
        np.copyto(term, 0.0, where=self.left_out.reshape(-1, *[1] * (term.ndim - 1)))
        counts = np.logical_not(self.left_out)
        mass = counts.astype(np.float64) if mass is None else np.where(counts, mass, 0.0)
        return Rows((term,), mass, int(np.count_nonzero(self.left_out)))
