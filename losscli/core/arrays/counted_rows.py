"""Losses that have one term a row, where a mask or a label says which rows count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import BadValue
from ..record import replace
from ..scratch import Array
from ..sums.rows import Rows
from .elements import Counting, arrays_of, bad_of_row
from .layout import Layout
from .ragged import Ragged


def rows_that_count(counting: Counting, block: Mapping[str, Any]) -> tuple[dict[str, Any], Array | None]:
    """A block without the rows that do not count, and which of them do (None: all)."""
    keep: Array | None = None
    if counting.mask:
        keep = np.asarray(block["mask"]).reshape(-1) > 0
    if counting.ignore_label is not None:
        known = np.asarray(block["label"]) != counting.ignore_label
        keep = known if keep is None else keep & known
    rows = len(block["pred"])
    kept = {
        name: values[keep] if keep is not None and np.ndim(values) and len(values) == rows else values
        for name, values in block.items()
        if name != "mask"
    }
    return kept, None if keep is None or keep.all() else keep


def of_rows_that_count(counting: Counting, block: Mapping[str, Any], make: Callable[[Mapping[str, Any]], Any]) -> Any:
    """What is made of the rows of a block that count; None where none does."""
    kept, keep = rows_that_count(counting, block)
    if keep is None:
        return make(kept)
    if not keep.any():
        return None
    try:
        return make(kept)
    except BadValue as bad:
        raise bad_of_row(bad, keep, 1) from None


def terms_of_all(counting: Counting, block: Mapping[str, Any], losses: Callable[[Mapping[str, Any]], Rows]) -> Rows:
    """The terms of a block's rows, 0 for those that do not count, at which no kernel looks."""
    _, keep = rows_that_count(counting, block)
    rows: Rows | None = of_rows_that_count(counting, block, losses)
    if keep is None:
        assert rows is not None
        return rows
    if rows is None:
        return Rows((np.zeros(len(keep)),), np.zeros(len(keep)), len(keep))
    mass = np.ones(int(keep.sum())) if rows.mass is None else rows.mass
    terms = tuple(_among_all(term, keep) for term in rows.terms)
    ignored = rows.ignored + int(np.count_nonzero(~keep))
    return Rows(terms, _among_all(mass, keep), ignored, rows.seen, rows.ignored_elements)


def _among_all(values: Array, keep: Array) -> Array:
    whole = np.zeros(len(keep))
    whole[keep] = values
    return whole


def with_all_terms(
    rows: Rows,
    layout: Layout,
    form: str,
    kind: str,
    block: Mapping[str, Any],
    element_losses: Callable[[Mapping[str, Any]], Rows],
) -> Rows:
    """Rows of which none counts, with as many terms as the kernel makes of none; `rows` may have one for all."""
    nothing = {name: _none_of(values, len(block["pred"])) for name, values in block.items()}
    inner = layout.of_entries if layout.ragged else layout
    arrays = arrays_of(inner, form, kind, nothing, None, blank=False)
    terms = len(element_losses({**nothing, **arrays}).terms)
    none = np.zeros(len(rows.terms[0]))
    return Rows((none,) * terms, none, rows.ignored, rows.seen, rows.ignored_elements)


def _none_of(values: Any, rows: int) -> Any:
    """No rows of what has a value a row."""
    if isinstance(values, Ragged):
        return values.values[:0]
    return values[:0] if np.ndim(values) and len(values) == rows else values


def without_mask(counting: Counting) -> Counting:
    """What is left to say once the rows that count are chosen."""
    return replace(counting, mask=False, ignore_label=None, rows=False)
