"""Images of several classes or channels as kernels of overlaps see them: (n, classes, pixels), and what counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import BadValue
from ..scratch import Array
from ..sums.rows import Rows
from .elements import OF_ELEMENTS, Counting, along_elements, bad_of_row
from .inputs import Shape
from .layout import Layout, count_of, fit_to_elements, without


def rows_of_masks(
    layout: Layout,
    counting: Counting,
    form: str,
    block: Mapping[str, Any],
    row_losses: Callable[[Mapping[str, Any]], Rows],
) -> Rows:
    """The terms of images whose classes have a loss each."""
    arranged = arrays_of_masks(layout, counting, form, block)
    try:
        rows = row_losses(arranged)
    except BadValue as bad:
        if bad.role == "label" and form == "index":  # counted in pixels
            pixels = layout.element_shape(layout.squeezed_array("pred", np.asarray(block["pred"])).shape)
            raise bad_of_row(bad, None, count_of(pixels)) from None
        raise
    left_out = int((~arranged["counted"]).sum()) if "counted" in arranged else 0
    return Rows(rows.terms, rows.mass, rows.ignored, rows.seen, ignored_elements=left_out + rows.ignored_elements)


def arrays_of_masks(layout: Layout, counting: Counting, form: str, block: Mapping[str, Any]) -> dict[str, Any]:
    """A block whose predictions are (n, classes, pixels), and its labels the same, or class numbers (n x pixels,).

    `counted` is there where pixels are left out: (n, 1, pixels), or (n, classes, pixels) where each class leaves out
    its own. What does not count is set to 0, so that nothing looks at it.
    """
    roles = [role for role in ("pred", "label") if role in block]
    arrays = {role: layout.squeezed_array(role, np.asarray(block[role])) for role in roles}
    rest = {name: value for name, value in block.items() if name not in OF_ELEMENTS}
    counted = _counted(layout, counting, form, block, arrays)
    pred = _flat(layout, arrays["pred"])
    label = arrays.get("label")
    by_class = form != "index"
    if label is not None:
        label = _flat(layout, label) if by_class else label.reshape(len(label), 1, -1)
    if counted is not None and not counted.all():
        pred = np.where(counted, pred, pred.dtype.type(0))
        if label is not None:  # a class number counts where one of its classes does
            label = np.where(counted if by_class else counted.any(axis=1, keepdims=True), label, label.dtype.type(0))
        rest["counted"] = counted
    if label is not None:
        rest["label"] = label if by_class else label.reshape(-1)
    return {**rest, "pred": pred}


def _flat(layout: Layout, values: Array) -> Array:
    """An array of all classes as (n, classes, pixels); a view where memory allows it."""
    assert layout.class_axis is not None
    first = np.moveaxis(values, layout.class_axis, 1)
    pixels = first.size // max(1, first.shape[0] * first.shape[1])
    return first.reshape(first.shape[0], first.shape[1], pixels)


def _counted(
    layout: Layout, counting: Counting, form: str, block: Mapping[str, Any], arrays: Mapping[str, Array]
) -> Array | None:
    """Which pixels count, or which pixels of each class; None where all do."""
    assert layout.class_axis is not None
    pred, label = arrays["pred"], arrays.get("label")
    pixels = tuple(side or 0 for side in without(pred.shape, layout.class_axis))
    parts: list[Array] = []
    if counting.mask:
        mask = np.asarray(block["mask"])
        shape: tuple[int, ...] = pred.shape if fit_to_elements(mask.shape, pixels) is None else pixels
        parts.append(_along(layout, along_elements(mask, shape) > 0, shape, pixels))
    if label is not None:
        if counting.ignore_label is not None:
            parts.append(_along(layout, np.not_equal(label, counting.ignore_label), label.shape, pixels))
        if counting.nan_labels and label.dtype.kind == "f":
            known = _along(layout, ~np.isnan(label), label.shape, pixels)
            parts.append(np.asarray(known.all(axis=1, keepdims=True)) if form == "distribution" else known)
    if counting.gaps and "gaps" in block:
        parts.append(_along(layout, ~np.asarray(block["gaps"]), np.shape(block["gaps"]), pixels))
    if not parts:
        return None
    counted = parts[0]
    for part in parts[1:]:
        counted = counted & part
    return counted


def _along(layout: Layout, values: Array, shape: Shape, pixels: Shape) -> Array:
    """What counts as (n, 1, pixels), or (n, classes, pixels) where it goes along the classes too."""
    whole = values.reshape(tuple(side or 0 for side in shape))
    if len(whole.shape) == len(pixels):
        return whole.reshape(len(whole), 1, -1)
    return _flat(layout, whole)
