"""Wide rows in pieces that stay in the cache: images of which one is millions of logits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import BadValue
from ..scratch import Array
from ..sums.rows import Rows
from .elements import OF_ELEMENTS, Counting, along_elements
from .layout import Layout, count_of

PIECE = 1 << 17  # values of predictions in a piece: it stays in the cache in double precision


def flat_rows(layout: Layout, counting: Counting, form: str, block: Mapping[str, Any]) -> dict[str, Array] | None:
    """The arrays of a block whose rows are wide, the axes of their elements made one; None where that needs a copy.

    Predictions are (n, classes, elements) or (n, elements, classes), as views of what they were.
    """
    pred, label = np.asarray(block["pred"]), np.asarray(block.get("label"))
    axis = layout.class_axis
    if not layout.folds or axis not in (1, pred.ndim - 1) or layout.squeezed or layout.shift or "label" not in block:
        return None
    if not pred.flags.c_contiguous or not label.flags.c_contiguous:
        return None
    shape = tuple(side or 0 for side in layout.element_shape(pred.shape))
    rows, elements, classes = shape[0], count_of(shape), pred.shape[axis]
    flat: dict[str, Array] = {
        "pred": pred.reshape((rows, classes, elements) if axis == 1 else (rows, elements, classes))
    }
    flat["label"] = label.reshape(rows, elements) if form == "index" else label.reshape(flat["pred"].shape)
    for role in ("mask", "weight"):
        if role in block and (role == "mask" or counting.weight):
            flat[role] = along_elements(np.asarray(block[role]), shape).reshape(rows, elements)
    if "gaps" in block:
        flat["gaps"] = block["gaps"].reshape(rows, elements)
    return flat


def rows_in_pieces(
    layout: Layout,
    form: str,
    block: Mapping[str, Any],
    flat: Mapping[str, Array],
    sums_of: Callable[[Layout, Mapping[str, Any]], Rows],
    *,
    divide: bool,
    by_row: bool,
) -> Rows:
    """The terms of rows, from the sums that `sums_of` gives of their pieces; see `elements.element_rows`."""
    axis = 1 if layout.class_axis == 1 else 2
    elements = flat["pred"].shape[3 - axis]
    rest = {name: value for name, value in block.items() if name not in OF_ELEMENTS}
    rows = [_row(axis, form, {**rest, **_of_row(flat, row)}, row, sums_of) for row in range(len(flat["pred"]))]
    terms = tuple(np.array(column) for column in zip(*(row.terms for row in rows), strict=True))
    terms = tuple(term[:, 0] for term in terms)
    masses = None if all(row.mass is None for row in rows) else np.array([_mass(row, elements) for row in rows])
    if by_row and masses is not None:
        share = np.divide(1.0, masses, out=np.zeros(len(rows)), where=masses != 0)
        terms, masses = tuple(term * share for term in terms), (masses != 0).astype(np.float64)
    elif divide:
        terms = tuple(term / elements for term in terms)
        masses = None if masses is None else masses / elements
    seen = [each for row in rows for each in row.seen]
    ignored, left_out = (sum(getattr(row, name) for row in rows) for name in ("ignored", "ignored_elements"))
    return Rows(terms, masses, ignored, seen, ignored_elements=left_out)


def _of_row(flat: Mapping[str, Array], row: int) -> dict[str, Array]:
    return {role: values[row : row + 1] for role, values in flat.items()}


def _row(
    axis: int, form: str, block: Mapping[str, Any], row: int, sums_of: Callable[[Layout, Mapping[str, Any]], Rows]
) -> Rows:
    """One row, from its pieces: its terms, and what its elements count for (None: 1 each)."""
    pred = block["pred"]
    elements, step = pred.shape[3 - axis], max(1, PIECE // pred.shape[axis])
    pieces, sizes = [], []
    for at in range(0, elements, step):
        window = slice(at, at + step)
        piece = dict(block)
        for role in OF_ELEMENTS:
            of_classes = role == "pred" or (role == "label" and form != "index")
            if role in block:
                piece[role] = block[role][:, :, window] if of_classes and axis == 1 else block[role][:, window]
        try:
            pieces.append(sums_of(Layout(axis, True), piece))
        except BadValue as bad:
            raise BadValue(bad.role, row, bad.message, bad.hint, options=bad.options, value=bad.value) from None
        sizes.append(min(step, elements - at))
    width = max(len(piece.terms) for piece in pieces)  # a piece of which nothing counts has one term, of 0
    terms = tuple(np.array([math.fsum(float(p.terms[i][0]) for p in pieces if i < len(p.terms))]) for i in range(width))
    mass = None
    if any(piece.mass is not None for piece in pieces):
        mass = np.array([math.fsum(map(_mass, pieces, sizes))])
    seen = [each for piece in pieces for each in piece.seen]
    left_out = sum(piece.ignored_elements for piece in pieces)
    return Rows(terms, mass, int(all(piece.ignored for piece in pieces)), seen, ignored_elements=left_out)


def _mass(rows: Rows, elements: int) -> float:
    """What the elements of one row, or of a piece of it, count for."""
    return float(elements) if rows.mass is None else float(rows.mass[0])
