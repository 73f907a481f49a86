"""What losses over vectors share: lengths, directions and distances, over the whole range of floats.

Distances are taken from differences, and nothing is added under a root. The result of a row depends on that
row alone, to the bit.
"""

from __future__ import annotations

import numpy as np

from ...core.arrays.inputs import show_shape
from ...core.errors import BadValue, DataProblem
from ...core.scratch import Array, like

_LOW = 2.0**-900  # a sum of squares below this may have lost digits to underflow


def squares(rows: Array) -> Array:
    """The sum of squares of each row. At most d / 8 + 4 ulp; inf or 0 beyond the range of floats."""
    rows = np.ascontiguousarray(rows)  # the order of adding, and so the last bit, follows the memory's
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        sums: Array = np.einsum("ij,ij->i", rows, rows)
    return sums


def lengths(rows: Array) -> Array:
    """The Euclidean length of each row. At most d / 16 + 3 ulp, without over- or underflow of squares."""
    total = squares(rows)
    outside = ~((total > _LOW) & (total < np.inf))
    with np.errstate(over="ignore", under="ignore"):
        roots: Array = np.sqrt(total)
        if outside.any():
            near, exponent = _near_one(rows[outside])
            roots[outside] = np.ldexp(np.sqrt(squares(near)), exponent)
    return roots


def _near_one(rows: Array) -> tuple[Array, Array]:
    """Rows times a power of two that brings their largest magnitude into [1/2, 1), and the exponents."""
    peak = np.abs(rows).max(axis=1, initial=0.0)
    exponent = np.frexp(np.where(np.isfinite(peak), peak, 1.0))[1]
    with np.errstate(under="ignore"):
        return np.ldexp(rows, -exponent[:, None], order="C"), exponent


def directions(rows: Array, role: str, left_out: Array | None = None) -> Array:
    """Rows over their lengths; components to d / 16 + 4 ulp. A row of length 0 or inf is a BadValue."""
    unit, _ = _near_one(rows)
    size = np.sqrt(squares(unit))
    bad = (size == 0) | np.isinf(size)
    if left_out is not None:
        bad &= ~left_out
    if bad.any():
        at = int(np.argmax(bad))
        raise BadValue(role, at, f"embedding of length {size[at]:g} has no direction")
    size[size == 0] = 1.0
    with np.errstate(under="ignore", invalid="ignore"):
        return np.divide(unit, size[:, None], out=unit)


def distances(rows: Array, others: Array, name: str = "euclidean") -> Array:
    """Euclidean or squared distance of each row to the other beside it, or to one for all."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        gap = np.subtract(rows, others, out=like("distances", rows))
    return lengths(gap) if name == "euclidean" else squares(gap)


def beside(values: Array, role: str, pred: Array) -> Array:
    """A role with a vector a row, as float64; its shape must be that of the predictions."""
    vectors = np.asarray(values, dtype=np.float64)
    if vectors.shape != pred.shape:
        theirs, ours = show_shape(vectors.shape), show_shape(pred.shape)
        if vectors.shape[1:] != pred.shape[1:]:  # a block has rows of its own number, which says nothing
            theirs, ours = show_shape((None, *vectors.shape[1:])), show_shape((None, *pred.shape[1:]))
        raise DataProblem(
            f"{role} has shape {theirs}, and the predictions {ours}.",
            "Both are embeddings: one vector a row, equally long.",
        )
    return vectors


def matrix(values: Array, role: str, width: int) -> Array:
    """A role read whole that has one vector a class, as float64: finite, and as wide as the embeddings."""
    vectors = np.asarray(values, dtype=np.float64)
    if vectors.ndim != 2 or vectors.shape[1] != width:
        raise DataProblem(
            f"{role} has shape {show_shape(vectors.shape)}, and embeddings have {width} numbers.",
            "Give it transposed: one row a class."
            if vectors.ndim == 2 and len(vectors) == width
            else f"It has one row a class, of {width} numbers.",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(np.add.reduce(vectors, axis=None)):
            finite = np.isfinite(vectors).all(axis=1)
            if not finite.all():
                at = int(np.argmin(finite))
                raise DataProblem(f"{role} has a number that is not finite, in row {at} (from 0).")
    return vectors


def check_class(label: Array, classes: int, role: str) -> None:
    """BadValue for a label that has no row in a role (or no column of predictions)."""
    if label.size and label.max() >= classes:
        at = int(np.argmax(label >= classes))
        hint = "Labels count from 0." if label[at] == classes else ""
        raise BadValue("label", at, f"label {label[at]} is outside 0 ... {classes - 1}, the rows of {role}", hint)
