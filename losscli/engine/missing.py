"""Rows without a value (nulls, blanks, NaN): the policies that end the run, leave them out or carry them on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.arrays.layout import Layout
from ..core.arrays.ragged import row_offsets
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import BadValue, DataProblem
from ..core.record import record
from ..core.scratch import Array
from ..core.sums.rows import Rows
from ..sources.frame import Frame
from ..sources.table import Block

POLICIES = ("error", "omit", "propagate")
_NOWHERE = np.zeros(0, dtype=np.int64)


class FilteredBlock:
    """Rows of a block, and where each stood in it: messages name the row of the file, whatever was left out.

    `places` are the rows' indices in the block (None: all of it); `unknown` those of the rows set aside whose loss is
    NaN by policy.
    """

    __slots__ = ("arrays", "places", "start", "unknown")

    def __init__(
        self, arrays: Mapping[str, Any], start: int, places: Array | None = None, unknown: Array = _NOWHERE
    ) -> None:
        self.arrays, self.start, self.places, self.unknown = arrays, start, places, unknown

    def __len__(self) -> int:
        return len(self.arrays["pred"])

    def row(self, index: int) -> int:
        """The row of the file."""
        return self.start + (index if self.places is None else int(self.places[index]))

    def in_order(self, values: Array) -> Array:
        """A copy of the rows' values with NaN for each row set aside, in the order of the file."""
        if self.places is None or not len(self.unknown):
            return np.array(values)
        order = np.sort(np.concatenate((self.places, self.unknown)))
        ordered = np.full(len(order), np.nan)
        ordered[np.searchsorted(order, self.places)] = values
        return ordered

    def without(self, dropped: Array, *, unknown: bool) -> FilteredBlock:
        """The other rows; those dropped are remembered as unknown if asked for."""
        places = np.arange(len(dropped)) if self.places is None else self.places
        arrays = {role: array[~dropped] for role, array in self.arrays.items()}
        aside = np.concatenate((self.unknown, places[dropped])) if unknown else self.unknown
        return FilteredBlock(arrays, self.start, places[~dropped], aside)


Evaluate = Callable[[FilteredBlock], Rows | None]


def by_policies(bound: BoundLoss, nan: str, missing: str) -> BoundLoss:
    """The loss, which leaves out single elements where labels are NaN or cells have no value, if those are omitted."""
    if nan == "omit":
        bound = bound.omitting_nan_labels()
    return bound.omitting_gaps() if missing == "omit" else bound


@record
class MissingPolicy:
    """The two policies of a run, each error, omit or propagate.

    Where `layout` is given, cells without a value that are elements of a row are left out, not their rows; where a row
    is a list that is added up (`lists`), entries without a value.
    """

    frame: Frame
    nan: str
    missing: str
    layout: Layout | None = None
    lists: bool = False

    @classmethod
    def of(cls, bound: BoundLoss, frame: Frame, nan: str, missing: str) -> MissingPolicy:
        """The policies as this loss has them."""
        return cls(frame, nan, missing, bound.layout if bound.counting.gaps else None, bound.adds_lists)

    def after_missing_policy(self, block: Block, start: int, counts: Counter[str]) -> FilteredBlock:
        """The block's rows that have a value everywhere, after the policy for nulls."""
        filtered = FilteredBlock(block.arrays, start)
        if not block.missing:
            return filtered
        if self.missing == "error":
            role, index = _first(block.missing)
            raise DataProblem(
                f"{self.frame.where(role)} has no value in {self.frame.place(role, filtered.row(index))}.",
                f"Use --missing drop to leave such {'entries' if self.lists and role == 'pred' else 'rows'} out.",
                kind="no_value",
                options=("missing",),
                fix="--missing drop",
                **self.frame.location(role, filtered.row(index)),
            )
        masks = dict(block.missing)
        if self.lists and self.missing == "omit" and "pred" in masks:
            filtered, masks = _without_entries(filtered, masks, counts)
        elif self.layout is not None:
            filtered, masks = self._without_cells(filtered, masks, self.layout)
        rows = {role: _of_rows(mask) for role, mask in masks.items()}
        return _set_aside(filtered, rows, self.missing, "missing", counts) if rows else filtered

    @staticmethod
    def _without_cells(
        filtered: FilteredBlock, masks: dict[str, Array], layout: Layout
    ) -> tuple[FilteredBlock, dict[str, Array]]:
        """The block with the `gaps` among its elements, and the masks of what takes a whole row with it."""
        if layout.ragged:
            return filtered, masks
        elements = tuple(layout.element_shape(np.shape(filtered.arrays["pred"])))
        cells = {role: mask for role, mask in masks.items() if mask.shape == elements and role != "weight"}
        if not cells:
            return filtered, masks
        gaps = np.logical_or.reduce(list(cells.values()))
        rest = {role: mask for role, mask in masks.items() if role not in cells}
        whole: dict[str, Array] = {
            role: np.asarray(mask.reshape(len(mask), -1).all(axis=1)) for role, mask in cells.items()
        }
        empty = {role: mask for role, mask in whole.items() if mask.any()}
        return FilteredBlock({**filtered.arrays, "gaps": gaps}, filtered.start), {**rest, **empty}

    def after_nan_policy(
        self, filtered: FilteredBlock, evaluate: Evaluate, counts: Counter[str]
    ) -> tuple[FilteredBlock, Rows | None]:
        """What `evaluate` makes of the rows, and which rows those were, after the policy for NaN.

        The inputs are searched for NaN only where a term is NaN, or a value was refused.
        """
        if not len(filtered):
            return filtered, None
        try:
            rows, problem = evaluate(filtered), None
        except BadValue as bad:
            rows, problem = None, bad
        masks = {}
        if problem is not None or (self.nan != "propagate" and rows is not None and _has_nan(rows)):
            masks = _nan_rows(filtered.arrays, rows)
        if problem is not None and (not masks or (self.nan == "error" and problem.index < _first(masks)[1])):
            raise self._refused(filtered, problem)
        if not masks:
            return filtered, rows
        if self.nan == "error":
            role, index = _first(masks)
            raise DataProblem(
                f"{self.frame.where(role)} has NaN in {self.frame.place(role, filtered.row(index))}.",
                "Use --nan drop to leave such rows out, or --nan propagate.",
                kind="nan",
                options=("nan",),
                fix="--nan drop",
                **self.frame.location(role, filtered.row(index)),
            )
        return self.after_nan_policy(_set_aside(filtered, masks, self.nan, "nan", counts), evaluate, counts)

    def _refused(self, filtered: FilteredBlock, bad: BadValue) -> DataProblem:
        where = self.frame.where(bad.role, bad.column)
        row = filtered.row(bad.index)
        place = self.frame.place(bad.role, row)
        location = self.frame.location(bad.role, row, bad.column)
        return DataProblem(
            f"{where}: {bad.message}, in {place}.", bad.hint, kind="bad_value", options=bad.options, **location
        )


def _without_entries(
    filtered: FilteredBlock, masks: dict[str, Array], counts: Counter[str]
) -> tuple[FilteredBlock, dict[str, Array]]:
    """The block whose lists have lost their null entries, and the masks without the rows that have others."""
    pred, mask = filtered.arrays["pred"], masks["pred"]
    if isinstance(pred, Ragged):
        lists = pred.only(~pred.nulls)
    elif mask.ndim == 2:
        lists = Ragged(pred[~mask], row_offsets(np.count_nonzero(~mask, axis=1)))
    else:
        return filtered, masks
    empty = _of_rows(mask) & (lists.sizes == 0)  # null itself, or nulls alone: a row without a value
    kept = ~empty
    before = pred.sizes if isinstance(pred, Ragged) else np.full(len(pred), pred.shape[1])
    counts["ignored_elements"] += int((before - lists.sizes)[kept].sum())
    rest = {role: each for role, each in masks.items() if role != "pred"}
    left = {**rest, "pred": empty} if empty.any() else rest
    return FilteredBlock({**filtered.arrays, "pred": lists}, filtered.start), left


def _set_aside(
    filtered: FilteredBlock, masks: Mapping[str, Array], policy: str, kind: str, counts: Counter[str]
) -> FilteredBlock:
    dropped = np.logical_or.reduce(list(masks.values()))
    if policy == "omit":
        counts[kind] += int(dropped.sum())
    return filtered.without(dropped, unknown=policy == "propagate")


def _of_rows(mask: Array) -> Array:
    """Which rows a mask of rows or of their cells marks."""
    return mask if mask.ndim == 1 else np.asarray(mask.any(axis=tuple(range(1, mask.ndim))))


def _first(masks: Mapping[str, Array]) -> tuple[str, int]:
    """The role and index of the first row that a mask marks."""
    firsts = {role: int(np.argmax(_of_rows(mask))) for role, mask in masks.items()}
    return min(firsts.items(), key=lambda item: item[1])


def _has_nan(rows: Rows) -> bool:
    return any(map(math.isnan, rows.sums))


def _with_nan(array: Any) -> Array:
    """Which rows have a NaN."""
    if not isinstance(array, Ragged):
        return np.asarray(np.isnan(array).reshape(len(array), -1).any(axis=1))
    entries = np.flatnonzero(np.isnan(array.values).reshape(len(array.values), -1).any(axis=1))
    rows = np.zeros(len(array), dtype=bool)
    rows[np.searchsorted(array.offsets, entries, side="right") - 1] = True
    return rows


def _nan_rows(arrays: Mapping[str, Any], rows: Rows | None) -> dict[str, Array]:
    """For each role that has any, its rows with a NaN; given terms, only those with a NaN term too."""
    masks = {}
    nan_terms = True if rows is None else np.logical_or.reduce([np.isnan(term) for term in rows.terms])
    for role, array in arrays.items():
        values = array.values if isinstance(array, Ragged) else array
        if values.dtype.kind != "f":
            continue
        mask = _with_nan(array) & nan_terms
        if mask.any():
            masks[role] = mask
    return masks


def without_warnings() -> np.errstate:
    """An honest inf or nan is a result; NumPy's warning of it would be noise on stderr."""
    return np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore")
