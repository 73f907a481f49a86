"""Values of the columns of a row, or of the classes: their sums beside those of the whole, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import BadValue
from ..record import record, replace
from ..scratch import Array
from ..sums.rows import Rows
from .elements import Counting, arrays_of, bad_of_row, counted, whole_terms
from .layout import Layout, count_of

Finish = Callable[[Sequence[float]], float]


@record
class Outputs:
    """Which values are taken beside that of the whole: `count` columns along an axis of the elements, or classes.

    They are `listed`, or only averaged. `axis` is None where elements belong to the class that their label says.
    `weights` are those of the columns in a mean of their values, which is the value of the whole with `macro`.
    `chosen` are the outputs that count.
    """

    count: int
    axis: int | None = None
    macro: bool = False
    listed: bool = False
    weights: tuple[float, ...] | None = None
    chosen: tuple[int, ...] | None = None

    def width_of(self, sums: int) -> int:
        """The terms of the whole, of which so many sums are made: its own, those of each output, and their masses."""
        return (sums - self.count) // (self.count + 1)

    def value(self, finish: Finish | None, means: Sequence[float], output: int) -> float:
        """The value of one output; NaN where nothing of it counts."""
        k = self.width_of(len(means))
        mass = means[k + k * self.count + output]
        if mass == 0:
            return math.nan
        own = [means[k + output * k + term] / mass for term in range(k)]
        return (finish(own) if finish else own[0]) + 0.0

    def of_all(self, finish: Finish | None, means: Sequence[float]) -> float:
        """The value of the whole: of its own sums, or the mean of the outputs' values where something counts."""
        k = self.width_of(len(means))
        if not self.macro:
            return finish(means[:k]) if finish else means[0]
        top = bottom = 0.0
        for output in range(self.count) if self.chosen is None else self.chosen:
            weight = 1.0 if self.weights is None else self.weights[output]
            if weight and means[k + k * self.count + output]:
                top += weight * self.value(finish, means, output)
                bottom += weight
        return top / bottom if bottom else math.nan


def rows_with_outputs(
    outputs: Outputs,
    base: Rows,
    layout: Layout,
    counting: Counting,
    form: str,
    kind: str,
    block: Mapping[str, Any],
    element_losses: Callable[[Mapping[str, Any]], Rows],
) -> Rows:
    """The terms of a block's rows with the sums of their outputs behind them.

    The first are those of the whole; then come the terms of each output, and last what its elements count for.
    """
    whole = tuple(map(np.array, base.terms))  # the kernel uses the same scratch again
    mass = None if base.mass is None else np.array(base.mass)
    terms, masses = _sums(outputs, len(whole), layout, counting, form, kind, block, element_losses)
    split = [np.ascontiguousarray(term[:, output]) for output in range(outputs.count) for term in terms]
    split += [np.ascontiguousarray(masses[:, output]) for output in range(outputs.count)]
    if base.ignored and mass is not None:
        for each in split:
            each[mass == 0] = 0.0
    return Rows((*whole, *split), mass, base.ignored, base.seen, base.ignored_elements)


def _sums(
    outputs: Outputs,
    width: int,
    layout: Layout,
    counting: Counting,
    form: str,
    kind: str,
    block: Mapping[str, Any],
    element_losses: Callable[[Mapping[str, Any]], Rows],
) -> tuple[list[Array], Array]:
    """For each row and output the sums of the terms, and of what the elements count for."""
    if layout.shift:
        block, layout = layout.shifted(block, form), replace(layout, shift=0)
    shape = tuple(side or 0 for side in layout.element_shape(np.shape(block["pred"])))
    keep, weight = counted(counting, block, shape)
    rows, elements = shape[0], count_of(shape)
    if keep is not None and not keep.any():
        return [np.zeros((rows, outputs.count))] * width, np.zeros((rows, outputs.count))
    arranged = arrays_of(layout, form, kind, block, keep, blank=False)
    try:
        result = element_losses({**block, **arranged})
    except BadValue as bad:
        raise bad_of_row(bad, keep, elements) if layout.folds else bad from None
    losses, mass = whole_terms(layout, result, keep, weight, rows * elements)
    if mass is None:
        mass = np.ones(rows * elements)
    if outputs.axis is not None:
        return [_of_columns(term, shape, outputs.axis) for term in losses], _of_columns(mass, shape, outputs.axis)
    label = np.asarray(block["label"]).reshape(-1).astype(np.int64, copy=False)
    places = np.repeat(np.arange(rows) * outputs.count, elements) + np.where(_known(label, outputs.count), label, 0)
    return [_of_labels(term, places, rows, outputs.count) for term in losses], _of_labels(
        mass, places, rows, outputs.count
    )


def _known(label: Array, count: int) -> Array:
    """Which labels are classes; others do not count, or the kernel would have refused them."""
    return np.asarray((label >= 0) & (label < count))


def _of_columns(values: Array, shape: tuple[int, ...], axis: int) -> Array:
    others = tuple(each for each in range(1, len(shape)) if each != axis)
    return np.asarray(np.add.reduce(values.reshape(shape), axis=others) if others else values.reshape(shape))


def _of_labels(values: Array, places: Array, rows: int, count: int) -> Array:
    return np.bincount(places, weights=values, minlength=rows * count).reshape(rows, count)
