"""What losses over batches share: the rows of a batch are compared with each other, some at a time.

A cosine is within (d + 16) x 2^-53 of the true one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import BadValue, UsageProblem
from ...core.loss import Rows
from ...core.scratch import Array
from ...core.sums.by_batch import first_rows
from ._distances import directions, lengths

BatchSize = Annotated[
    int | None,
    Param("rows in a batch, in the order of the data; the last may have fewer", Interval(2, inf, "left")),
]
Batch = Annotated[
    Array | None, Role("the batch that each row is of; rows of one batch stand together", "(n,)", names=True)
]
Place = Annotated[Array | None, Role("which row of the data it is", "(n,)", internal=True)]
Temperature = Annotated[
    float,
    Param(
        "what similarities are divided by",
        Interval(0, inf, "neither"),
        usual=(0.01, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0),
    ),
]
Normalize = Annotated[bool, Param("put vectors on the unit sphere first, so that their products are cosines")]

_LONGEST = 1e150
_TILE = 1 << 17  # similarities held at a time

OfAnchors = Callable[[Array, Array, Array], tuple[Array, Array]]


def vectors(pred: Array, role: str, normalize: bool) -> Array:
    """Embeddings ready to be compared: of length 1, or as they are, which must be finite."""
    if normalize:
        return directions(pred, role)
    long = lengths(pred) > _LONGEST
    if long.any():
        raise BadValue(role, int(np.argmax(long)), "products of so long an embedding leave the range of floats")
    return pred


def batches(rows: int, batch: Array | None, batch_size: int | None, place: Array | None, start: int) -> Iterator[slice]:
    """The rows of each batch of a block."""
    if batch is not None and batch_size is not None:
        raise UsageProblem(
            "--batch and --batch-size both say what a batch is.",
            "Leave one of them out.",
            kind="contradiction",
            options=("batch", "batch-size"),
        )
    if batch is None:
        where = np.arange(start, start + rows) if place is None else place
        batch = np.zeros(rows) if batch_size is None else where // batch_size
    first = first_rows(np.asarray(batch).reshape(rows, -1)[:, 0])
    for low, high in zip(first, [*first[1:], rows], strict=True):
        yield slice(int(low), int(high))


def similarities(ours: Array, others: Array, normalize: bool) -> Iterator[tuple[slice, Array]]:
    """The products of some rows with all others, (rows, others), a part of the rows at a time."""
    step = max(1, _TILE // max(1, len(others)))
    for at in range(0, len(ours), step):
        part = slice(at, min(at + step, len(ours)))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            products = np.matmul(ours[part], others.T)
            if normalize:
                np.clip(products, -1.0, 1.0, out=products)
        yield part, products


def same_and_others(label: Array, part: slice) -> tuple[Array, Array]:
    """Which pairs of some rows with all are of one class, without a row and itself, and which are of two."""
    same = label[part, None] == label[None, :]
    apart = ~same
    same[np.arange(same.shape[0]), np.arange(part.start, part.start + same.shape[0])] = False
    return same, apart


def log_sum_exp(values: Array, among: Array) -> Array:
    """log sum exp of each row over the entries that are among them, (n, 1); -inf where there are none."""
    with np.errstate(under="ignore", over="ignore", divide="ignore", invalid="ignore"):
        kept = np.where(among, values, -np.inf)
        peak = kept.max(axis=1, keepdims=True, initial=-np.inf)
        level = np.where(np.isfinite(peak), peak, 0.0)
        total: Array = np.log(np.exp(kept - level).sum(axis=1, keepdims=True)) + level
    return total


def softplus(values: Array) -> Array:
    """log(1 + exp(x)); 0 at -inf."""
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        size: Array = np.log1p(np.exp(-np.abs(values))) + np.maximum(values, 0.0)
    return size


def of_classes(
    pred: Array,
    label: Array,
    whole: Iterator[slice],
    normalize: bool,
    of_anchors: OfAnchors,
) -> Rows:
    """The terms and masses of the rows of all batches: `of_anchors(similarities, same, others)` makes those of some."""
    unit = vectors(pred, "pred", normalize)
    total, count = np.zeros(len(pred)), np.zeros(len(pred))
    for rows in whole:
        ours, theirs = unit[rows], label[rows]
        for part, near in similarities(ours, ours, normalize):
            same, apart = same_and_others(theirs, part)
            at = slice(rows.start + part.start, rows.start + part.stop)
            total[at], count[at] = of_anchors(near, same, apart)
    return Rows((total,), count, int((count == 0).sum()))


def cosines_in_scalars(m: Any, pred: Any, others: Any, normalize: bool) -> list[Any]:
    """The similarities of one row with others, in scalars."""

    def put(row: Any) -> Any:
        size = m.sqrt(m.sum(x * x for x in row)) if normalize else 1
        return [x / size for x in row]

    ours = put(pred)
    return [m.sum(a * b for a, b in zip(ours, put(row), strict=True)) for row in others]
