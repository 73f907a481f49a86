"""Losses of rows that differ in length: documents of tokens, lists of scores, images of several sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import BadValue
from ..record import replace
from ..scratch import Array
from ..sums.rows import Rows
from .elements import Counting, arrays_of, counted, whole_terms
from .layout import Layout, count_of
from .ragged import Ragged, row_offsets

Losses = Callable[[Mapping[str, Any]], Rows]
_ALONG = ("pred", "label", "mask", "weight")


def ragged_rows(
    layout: Layout, counting: Counting, form: str, kind: str, block: Mapping[str, Any], losses: Losses, *, by_row: bool
) -> Rows:
    """The terms of a block's rows: sums over their entries, whose mass is what they count for.

    `losses` maps a block whose arrays stand as kernels take them to the losses of its entries; `by_row` asks for each
    row's own mean.
    """
    sizes, flat = _entries(layout, block)
    rows, offsets = len(sizes), row_offsets(sizes)
    inner = layout.of_entries
    shape = tuple(side or 0 for side in inner.element_shape(flat["pred"].shape))
    keep, weight = counted(counting, flat, shape)
    elements = count_of(shape)
    if not flat["pred"].size or (keep is not None and not keep.any()):
        return Rows((np.zeros(rows),), np.zeros(rows), rows, ignored_elements=0 if keep is None else keep.size)
    rest = {name: value for name, value in block.items() if name not in _ALONG}
    try:
        result = losses({**rest, **arrays_of(inner, form, kind, flat, keep, blank=False)})
    except BadValue as bad:
        raise _of_row(bad, keep if layout.folds else None, elements, offsets) from None
    terms, mass = whole_terms(inner, result, keep, weight, len(flat["pred"]) * elements)
    if mass is None:
        mass = np.ones(len(flat["pred"]) * elements)
    bounds = offsets * elements
    sums = tuple(_sums(term, bounds) for term in terms)
    masses = _sums(mass, bounds)
    if by_row:
        share = np.divide(1.0, masses, out=np.zeros(rows), where=masses != 0)
        sums, masses = tuple(each * share for each in sums), (masses != 0).astype(np.float64)
    empty = int(np.count_nonzero(masses == 0)) if weight is None else int(np.count_nonzero(sizes == 0))
    left_out = result.ignored + (0 if keep is None else int(keep.size - keep.sum()))
    return Rows(sums, masses, empty, result.seen, ignored_elements=left_out)


def _sums(values: Array, bounds: Array) -> Array:
    """The sum of each row's entries, which stand between its bounds; 0 of a row that has none."""
    sums = np.zeros(len(bounds) - 1)
    full = np.flatnonzero(np.diff(bounds))
    if len(full):
        sums[full] = np.add.reduceat(values, bounds[full])
    return sums


def _entries(layout: Layout, block: Mapping[str, Any]) -> tuple[Array, dict[str, Array]]:
    """How many entries each row has, and the arrays of all entries, one after the other."""
    pred: Ragged = block["pred"]
    sizes = pred.sizes
    flat: dict[str, Array] = {}
    for role in _ALONG:
        values = block.get(role)
        if isinstance(values, Ragged):
            _check_sizes(role, values.sizes, sizes)
            flat[role] = values.values
        elif values is not None and role != "weight":
            flat[role] = np.repeat(values, sizes, axis=0)
    if layout.shift:
        return _shifted(sizes, flat, layout.shift)
    return sizes, flat


def _shifted(sizes: Array, flat: dict[str, Array], shift: int) -> tuple[Array, dict[str, Array]]:
    """The same where labels stand `shift` entries behind their predictions."""
    position = np.arange(int(sizes.sum())) - np.repeat(row_offsets(sizes)[:-1], sizes)
    first, last = position < np.repeat(sizes - shift, sizes), position >= shift
    arrays = {role: values[first if role == "pred" else last] for role, values in flat.items()}
    return np.maximum(sizes - shift, 0), arrays


def _check_sizes(role: str, sizes: Array, expected: Array) -> None:
    if (wrong := sizes != expected).any():
        at = int(np.argmax(wrong))
        raise BadValue(role, at, f"{sizes[at]} entries stand beside {expected[at]} predictions")


def _of_row(bad: BadValue, keep: Array | None, elements: int, offsets: Array) -> BadValue:
    """A problem of an entry as one of its row."""
    entry = bad.index if keep is None else int(np.flatnonzero(keep)[bad.index])
    entry = entry // elements if keep is not None or elements == 1 else entry
    row = int(np.searchsorted(offsets, entry, side="right")) - 1
    return BadValue(bad.role, row, bad.message, bad.hint, options=bad.options)


def rows_one_by_one(
    layout: Layout, counting: Counting, kind: str, block: Mapping[str, Any], row_losses: Losses
) -> Rows:
    """The terms of images of several sizes, each shown to the kernel by itself."""
    sizes, flat = _entries(replace(layout, shift=0), block)
    offsets = row_offsets(sizes)
    parts: list[Rows] = []
    left_out = 0
    for first, last in itertools.pairwise(offsets):
        if first == last:  # no pixel: nothing to compare
            continue
        image = {role: values[first:last] for role, values in flat.items()}
        keep, _ = counted(counting, image, image["pred"].shape)
        left_out += 0 if keep is None else int(keep.size - keep.sum())
        arrays = arrays_of(Layout(), "binary", kind, image, keep, blank=True)
        try:
            counts = {} if keep is None else {"counted": keep.reshape(1, 1, -1)}
            result = row_losses({role: values[None] for role, values in arrays.items()} | counts)
        except BadValue as bad:
            row = int(np.searchsorted(offsets, first, side="right")) - 1
            raise BadValue(bad.role, row, bad.message, bad.hint, options=bad.options) from None
        parts.append(Rows(tuple(map(np.array, result.terms)), seen=result.seen))
    if not parts:
        return Rows((np.zeros(len(sizes)),), np.zeros(len(sizes)), len(sizes))
    full = sizes > 0
    terms = tuple(_in_rows(np.concatenate(each), full) for each in zip(*(part.terms for part in parts), strict=True))
    seen = [each for part in parts for each in part.seen]
    mass = None if full.all() else full.astype(np.float64)
    return Rows(terms, mass, int(np.count_nonzero(~full)), seen, ignored_elements=left_out)


def _in_rows(values: Array, full: Array) -> Array:
    """The values of the rows that have any entry, and 0 for the others."""
    whole = np.zeros(len(full))
    whole[full] = values
    return whole
