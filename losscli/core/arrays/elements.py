"""Losses of elements (pixels, tokens, columns) made into those of rows: which elements count, and how much each.

A row's term is the sum of weight times loss over its elements, and its mass the sum of what they count for, both
divided by the number of elements. A mean over rows is then the mean over the elements that count, and its standard
error is that of rows, which are what varies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import BadValue, UsageProblem
from ..record import record, replace
from ..scratch import Array, columns_together
from ..sums.exact import row_sums
from ..sums.rows import Rows
from .layout import Layout, count_of, fit_to_elements

OF_ELEMENTS = ("pred", "label", "mask", "weight", "gaps")  # arrays of a block that go along the elements of its rows
NEUTRAL_PROBABILITY = {"probs": 0.0, "logits": -np.inf, "logprobs": -np.inf}


@record
class Counting:
    """Which elements of a row count: `mask` and `weight` say that arrays of these roles go along the elements.

    With `rows` they are whole rows: a mask has one entry a row, and a row has one label.
    """

    mask: bool = False
    weight: bool = False
    ignore_label: float | None = None
    class_axis: int = 1  # of labels that have the classes too
    nan_labels: bool = False  # whether labels that are NaN are left out, not their rows
    gaps: bool = False  # whether cells without a value are left out, not their rows
    columns: int | None = None  # the axis of the elements that counts columns, where something is said of those
    column_weights: tuple[float, ...] | None = None
    classes: tuple[int, ...] | None = None  # of columns, or of labels where there is no axis of columns
    rows: bool = False

    @property
    def leaves_out(self) -> bool:
        """Whether elements may be left out."""
        return self.mask or self.ignore_label is not None or self.nan_labels or self.gaps or self.classes is not None

    @property
    def weighs(self) -> bool:
        """Whether elements may have weights of their own."""
        return self.weight or self.column_weights is not None

    @property
    def of_elements(self) -> bool:
        """Whether anything is said of elements."""
        return self.leaves_out or self.weighs


def counted(counting: Counting, block: Mapping[str, Any], shape: tuple[int, ...]) -> tuple[Array | None, Array | None]:
    """For the elements of a block, flat: which count (None: all), and their weights (None: 1 each)."""
    keep: Array | None = None
    if counting.mask:
        keep = along_elements(block["mask"], shape) > 0
    label = block.get("label")
    if counting.ignore_label is not None and label is not None:
        keep = _both(keep, (label != counting.ignore_label).reshape(-1))
    if counting.nan_labels and label is not None and label.dtype.kind == "f":
        known = ~np.isnan(label)
        if label.size != math.prod(shape):  # labels with an axis of classes
            known = known.all(axis=counting.class_axis)
        keep = _both(keep, known.reshape(-1))
    if counting.gaps and "gaps" in block:
        keep = _both(keep, ~block["gaps"].reshape(-1))
    if counting.classes is not None:
        keep = _both(keep, _of_classes(counting, counting.classes, label, shape))
    if keep is not None and keep.all():
        keep = None
    weight = along_elements(block["weight"], shape).astype(np.float64) if counting.weight else None
    if counting.column_weights is not None:
        of_columns = _of_columns(counting, np.array(counting.column_weights), shape)
        weight = of_columns if weight is None else weight * of_columns
    return keep, weight


def _of_classes(counting: Counting, classes: tuple[int, ...], label: Any, shape: tuple[int, ...]) -> Array:
    """Which elements belong to these classes: stand in their columns, or have their labels."""
    if counting.columns is None:
        return np.isin(label, classes).reshape(-1)
    chosen = np.zeros(shape[counting.columns], dtype=bool)
    chosen[list(classes)] = True
    return _of_columns(counting, chosen, shape)


def _of_columns(counting: Counting, values: Array, shape: tuple[int, ...]) -> Array:
    """One value a column, for each element."""
    assert counting.columns is not None
    along = values.reshape(-1, *[1] * (len(shape) - 1 - counting.columns))
    return np.ascontiguousarray(np.broadcast_to(along, shape)).reshape(-1)


def _both(one: Array | None, other: Array) -> Array:
    return other if one is None else one & other


def along_elements(values: Array, shape: tuple[int, ...]) -> Array:
    """An array of a weight or a mask, an entry an element."""
    inner = fit_to_elements(values.shape, shape)
    assert inner is not None  # binding has refused what does not fit
    return np.ascontiguousarray(np.broadcast_to(values.reshape(len(values), *inner), shape)).reshape(-1)


def as_kernels_see(
    layout: Layout, counting: Counting, form: str, kind: str, block: Mapping[str, Any], blank: bool = False
) -> dict[str, Any] | None:
    """A block whose arrays stand as kernels take them, what does not count left out; None where nothing counts."""
    seen = elements_that_count(layout, counting, form, kind, block, blank)
    return None if seen is None else seen[0]


def elements_that_count(
    layout: Layout, counting: Counting, form: str, kind: str, block: Mapping[str, Any], blank: bool = False
) -> tuple[dict[str, Any], Array | None, Array | None] | None:
    """A block as kernels see it, which of its elements count (None: all), and the weights that these have of their own.

    Of a loss that folds, what does not count is left out of the arrays; else it is still there. None where nothing
    counts.
    """
    if layout.shift:
        block, layout = layout.shifted(block, form), replace(layout, shift=0)
    shape = tuple(side or 0 for side in layout.element_shape(np.shape(block["pred"])))
    keep, weight = counted(counting, block, shape)
    if keep is not None and not keep.any():
        return None
    rest = {name: value for name, value in block.items() if name not in OF_ELEMENTS}
    return {**rest, **arrays_of(layout, form, kind, block, keep, blank)}, keep, weight


def arrays_of(
    layout: Layout, form: str, kind: str, block: Mapping[str, Any], keep: Array | None, blank: bool
) -> dict[str, Array]:
    """Predictions and labels as kernels see them, without the elements that do not count."""
    roles = [role for role in ("pred", "label") if role in block]
    arrays = {role: layout.squeezed_array(role, np.asarray(block[role])) for role in roles}
    if keep is not None and not layout.folds:
        arrays = {role: _filled(values, keep, role, kind, blank) for role, values in arrays.items()}
    arrays = {role: layout.arranged(role, values, form) for role, values in arrays.items()}
    if keep is not None and layout.folds:
        arrays = {role: _chosen(values, keep) for role, values in arrays.items()}
    return arrays


def _chosen(values: Array, keep: Array) -> Array:
    """The elements that count, laid out in memory as all are."""
    return values.T[:, keep].T if columns_together(values) else values[keep]


def element_rows(
    layout: Layout,
    counting: Counting,
    form: str,
    kind: str,
    block: Mapping[str, Any],
    row_losses: Callable[[Mapping[str, Any]], Rows],
    element_losses: Callable[[Mapping[str, Any]], Rows],
    *,
    blank: bool,
    divide: bool,
    by_row: bool,
) -> Rows:
    """The terms of a block's rows, from the losses of their elements.

    Args:
        form: the form of the labels.
        kind: the kind of the predictions.
        row_losses: maps a block whose arrays stand as kernels take them to a loss a row of theirs.
        element_losses: the same, to what the kernel returns for each element.
        blank: whether an element that does not count is shown to the kernel as one without prediction and label.
        divide: whether terms and masses are divided by the number of elements of a row, as for a mean.
        by_row: whether each row's own loss is wanted, its mean over what counts.
    """
    if layout.shift:
        block, layout = layout.shifted(block, form), replace(layout, shift=0)
    shape = tuple(side or 0 for side in layout.element_shape(np.shape(block["pred"])))
    keep, weight = counted(counting, block, shape)
    rows, elements = shape[0], count_of(shape)
    rest = {name: value for name, value in block.items() if name not in OF_ELEMENTS}
    if keep is not None and not blank and not keep.any():
        return Rows((np.zeros(rows),), np.zeros(rows), rows, ignored_elements=keep.size)
    arrays = arrays_of(layout, form, kind, block, keep, blank)
    arranged = {**rest, **arrays}
    if blank and keep is not None:  # for what is a mean over the pixels, such as a cross entropy beside an overlap
        arranged["counted"] = keep.reshape(rows, 1, -1)
    if not layout.folds and (blank or keep is None) and weight is None:
        return row_losses(arranged)
    try:
        result = row_losses(arranged) if layout.folds else element_losses(arranged)
    except BadValue as bad:
        raise bad_of_row(bad, keep, elements) if layout.folds else bad from None
    losses, mass = whole_terms(layout, result, keep, weight, rows * elements)
    terms = tuple(_summed(term, rows) for term in losses)
    masses = None if mass is None else _summed(mass, rows)
    scale = 1.0 / elements if divide else 1.0
    if by_row and masses is not None:
        share = np.divide(1.0, masses, out=np.zeros(rows), where=masses != 0)
        terms, masses = tuple(term * share for term in terms), (masses != 0).astype(np.float64)
    elif scale != 1.0:
        terms = tuple(term * scale for term in terms)
        masses = None if masses is None else masses * scale
    ignored = 0 if masses is None else int(np.count_nonzero(_none_counts(result, keep, rows, elements)))
    left_out = result.ignored + (0 if keep is None else int(keep.size - keep.sum()))
    return Rows(terms, masses, ignored, result.seen, ignored_elements=left_out)


def _none_counts(result: Rows, keep: Array | None, rows: int, elements: int) -> Array:
    """Rows of which no element counts."""
    if keep is None and result.ignored and result.mass is not None and result.mass.size == rows * elements:
        return np.asarray(~(result.mass != 0).reshape(rows, elements).any(axis=1))
    counts = np.ones(rows * elements, dtype=bool) if keep is None else keep.copy()
    if result.ignored and result.mass is not None:
        own = result.mass != 0
        counts[counts] = own if own.size == counts.sum() else True
    return np.asarray(~counts.reshape(rows, elements).any(axis=1))


def _filled(values: Array, keep: Array, role: str, kind: str, blank: bool) -> Array:
    """All elements, those that do not count made harmless."""
    filled = np.array(values, order="C")
    flat = filled.reshape(-1)
    if blank:
        flat[~keep] = NEUTRAL_PROBABILITY.get(kind, 0.0) if role == "pred" else 0
    else:
        flat[~keep] = flat[int(np.argmax(keep))]  # valid in both roles, as it is one that counts
    return filled


def whole_terms(
    layout: Layout, result: Rows, keep: Array | None, weight: Array | None, size: int
) -> tuple[tuple[Array, ...], Array | None]:
    """The terms of all elements, and what they count for (None: 1 each), flat; 0 where they do not count."""
    chosen = keep if layout.folds else None
    losses = result.terms
    if not layout.folds and layout.class_axis is not None:  # back to the order of the elements
        losses = tuple(np.moveaxis(term, -1, layout.class_axis) if term.ndim > 1 else term for term in losses)
    mass = result.mass
    if mass is None and (keep is not None or weight is not None):
        mass = np.ones(size if chosen is None else int(chosen.sum()))
    terms = tuple(_spread(term, chosen, keep, weight, size) for term in losses)
    return terms, None if mass is None else _spread(mass, chosen, keep, weight, size)


def _spread(values: Array, chosen: Array | None, keep: Array | None, weight: Array | None, size: int) -> Array:
    """A value for each element, times its weight, and 0 where it does not count."""
    if keep is None and weight is None and values.size == size and values.dtype == np.float64:
        return values.reshape(-1)  # as it is: nothing is written to it
    if chosen is not None:
        whole = np.zeros(size)
        whole[chosen] = values.reshape(-1)
    elif values.size == size:
        whole = np.array(values, dtype=np.float64).reshape(-1)
        if keep is not None:
            whole[~keep] = 0.0
    else:
        raise UsageProblem(
            "This loss takes the elements of a row together, so that single ones cannot be left out or weighed.",
            "Leave out --mask, --ignore-label, weights of elements, and what is said of columns.",
            kind="elements",
            options=("mask", "ignore-label", "weights"),
        )
    if weight is not None:
        np.multiply(whole, weight, out=whole, where=weight != 0)
        whole[weight == 0] = 0.0
    return whole


def _summed(whole: Array, rows: int) -> Array:
    """The sum over the elements of each row."""
    return np.array(row_sums(whole.reshape(rows, -1)), dtype=np.float64)


def bad_of_row(bad: BadValue, keep: Array | None, elements: int) -> BadValue:
    """A problem of an element as one of its row."""
    element = bad.index if keep is None else int(np.flatnonzero(keep)[bad.index])
    return BadValue(bad.role, element // elements, bad.message, bad.hint, options=bad.options)
