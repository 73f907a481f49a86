"""The bound losses of a sum: their terms side by side on the same rows, and the sum of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..binding.bound_loss import BoundLoss
from ..declarations.declaration import Loss
from ..errors import DataProblem, UsageProblem
from ..record import record, replace
from ..scratch import Array
from ..sums.reduction import Reduction, gradient
from ..sums.rows import Blocks, Rows
from .grammar import KIND

_LEAVES_OUT = ("ignore_index", "class_weights")  # parameters with which rows count differently for two losses
Bind = Callable[..., BoundLoss]


def bind_sum(bind: Bind, loss: Loss, shapes: Mapping[str, Any], given: Mapping[str, Any]) -> BoundLoss:
    """A sum of losses with everything decided.

    Args:
        bind: binds one loss.
        loss: the sum.
        shapes: those of the roles.
        given: what `bind` was given beside them, by name.
    """
    _refuse(loss, given)
    options = {name: value for name, value in given.items() if value is not None}
    bounds = tuple(bind(part.loss, shapes, **{**options, **part.params}) for part in loss.parts)
    _refuse_mixed(bounds, shapes)
    reduction = _reduction(bounds, _one_term(bounds))
    parts = SumParts(bounds, tuple(part.weight for part in loss.parts), _one_term(bounds))
    if reduction.name == "none" and not parts.one_term:
        raise UsageProblem(
            "The rows of this sum have no losses of their own: they count differently for its losses.",
            "Leave out --reduction none.",
            kind=KIND,
            options=("reduction",),
        )
    first = bounds[0]
    return replace(
        first, loss=loss, params={}, reduction=reduction, parts=parts, undeclared=any(b.undeclared for b in bounds)
    )


@record
class SumParts:
    """The bound losses of a sum and their weights.

    With `one_term` a row has one loss, the weighted sum of its losses. Otherwise it has the terms of each loss and what
    it counts for there, and a one: `finish` makes each value of these and adds them up.
    """

    bounds: tuple[BoundLoss, ...]
    weights: tuple[float, ...]
    one_term: bool

    def each(self, change: Callable[[BoundLoss], BoundLoss]) -> SumParts:
        """The same with each loss changed."""
        bounds = tuple(map(change, self.bounds))
        means = all(bound.reduction.name == "mean" and bound.reduction.denominator == "weights" for bound in bounds)
        return replace(self, bounds=bounds, one_term=self.one_term and not (means and _apart(bounds)))

    def prepared(self, blocks: Callable[[], Blocks]) -> SumParts:
        """The same after a first pass over the data, for each loss that needs one."""
        return self.each(lambda bound: bound.prepared(blocks))

    @property
    def settings(self) -> dict[str, Any]:
        """All parameters of the losses, by loss and name; of one that is there again by its place too."""
        settings: dict[str, Any] = {}
        for place, bound in enumerate(self.bounds, 1):
            again = any(other.loss.name == bound.loss.name for other in self.bounds[: place - 1])
            name = f"{bound.loss.name}-{place}" if again else bound.loss.name
            settings |= {f"{name}.{key}": value for key, value in sorted(bound.params.items())}
        return settings

    @property
    def nonnegative(self) -> bool:
        """Whether no term is below zero."""
        return all(bound.nonnegative for bound in self.bounds) and min(self.weights) >= 0

    def rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of a block's rows."""
        every: list[Rows] = []
        for bound in self.bounds:  # copies: the next loss uses the same working memory
            rows = bound.rows(block)
            mass = None if rows.mass is None else np.array(rows.mass, dtype=np.float64)
            copies = tuple(np.array(term, dtype=np.float64) for term in rows.terms)
            every.append(Rows(copies, mass, rows.ignored, rows.seen, rows.ignored_elements))
        seen = tuple(dict.fromkeys(mark for rows in every for mark in rows.seen))
        left_out = max(rows.ignored_elements for rows in every)
        if self.one_term:
            return Rows((self._combined(every),), _same_mass(every), every[0].ignored, seen, left_out)
        mass = _counts(every)
        ones = np.ones(len(every[0].terms[0])) if mass is None else mass
        terms: list[Array] = []
        for rows in every:
            terms += [ones * len(rows.terms), *rows.terms, ones if rows.mass is None else rows.mass]
        return Rows((*terms, ones), mass, 0 if mass is None else int((mass == 0).sum()), seen, left_out)

    def _combined(self, every: Sequence[Rows]) -> Array:
        total = np.zeros(len(every[0].terms[0]))
        for weight, rows in zip(self.weights, every, strict=True):
            if weight:
                total += weight * rows.terms[0]
        return total

    def finish(self) -> Callable[[Sequence[float]], float] | None:
        """The function from the sums or the means of all terms to the value; None is the identity of the one mean."""
        return None if self.one_term else partial(_value_of_sum, parts=self)

    def split(self, values: Sequence[float]) -> Iterator[tuple[int, float, BoundLoss, list[float], float]]:
        """Of each loss where its terms begin, its weight, itself, its terms, and what they are divided by.

        Before the terms stands how many there are, times the ones, so that kept sums are finished without the data.
        """
        ones, at = values[-1], 0
        for weight, bound in zip(self.weights, self.bounds, strict=True):
            size = round(values[at] / ones) if ones else 1
            terms = list(values[at + 1 : at + 1 + size])
            yield at + 1, weight, bound, terms, _divisor(bound, values[at + 1 + size], ones)
            at += size + 2


def _divisor(bound: BoundLoss, mass: float, ones: float) -> float:
    """What the sums of a loss are divided by."""
    if bound.reduction.name != "mean":
        return 1.0
    by = bound.reduction.denominator
    divisor = mass if by == "weights" else ones * (bound.reduction.elements if by == "elements" else 1)
    if divisor == 0:
        raise DataProblem(
            f"No row counts for {bound.loss.name}, so that it has no mean.",
            "A mean needs a weight above zero.",
            kind="zero_denominator",
        )
    return divisor


def _value_of_sum(values: Sequence[float], *, parts: SumParts) -> float:
    """The weighted sum of the losses' values."""
    total = 0.0
    for _, weight, bound, terms, divisor in parts.split(values):
        finish, means = bound.finish(), [term / divisor for term in terms]
        total += weight * (finish(means) if finish is not None else means[0]) if weight else 0.0
    return total


def _slopes(values: Sequence[float], *, parts: SumParts) -> list[float]:
    """The gradient of the sum, from those of its losses."""
    slopes = [0.0] * len(values)
    for at, weight, bound, terms, divisor in parts.split(values):
        means = [term / divisor for term in terms]
        each = gradient(bound.finish(), means)
        for i, slope in enumerate(each):
            slopes[at + i] = weight * slope / divisor
        if bound.reduction.name == "mean":
            by_mass = bound.reduction.denominator == "weights"
            change = weight * sum(slope * mean for slope, mean in zip(each, means, strict=True)) / divisor
            elements = bound.reduction.elements if bound.reduction.denominator == "elements" else 1
            slopes[at + len(terms) if by_mass else -1] -= change if by_mass else change * elements
    return slopes


_value_of_sum.__dict__["slopes"] = _slopes


def _same_mass(every: Sequence[Rows]) -> Array | None:
    first = every[0].mass
    for rows in every[1:]:
        same = rows.mass is first is None or (
            rows.mass is not None and first is not None and np.array_equal(rows.mass, first)
        )
        if not same:
            raise UsageProblem(
                "Rows count differently for the losses of this sum, and their means are not of the same rows.",
                "Compute the losses one by one.",
                kind=KIND,
            )
    return first


def _counts(every: Sequence[Rows]) -> Array | None:
    """1 for each row that counts for some loss, 0 for the others; None where all count."""
    masses = [rows.mass for rows in every]
    if any(mass is None for mass in masses):
        return None
    counts = np.logical_or.reduce([mass != 0 for mass in masses if mass is not None])
    return None if counts.all() else counts.astype(np.float64)


def _apart(bounds: Sequence[BoundLoss]) -> bool:
    """Whether elements are left out, and a row counts for one loss by its elements and for another as one."""
    if not any(bound.counting.leaves_out for bound in bounds):
        return False
    return len({(bound.of_elements, bound.loss.blank_is_nothing, bound.loss.whole_rows) for bound in bounds}) > 1


def _one_term(bounds: Sequence[BoundLoss]) -> bool:
    """Whether rows count alike for all losses, and each is a mean or a sum of rows."""
    alike = all(bound.reduction == bounds[0].reduction for bound in bounds)
    leaves_out = any(bound.params.get(name) is not None for bound in bounds for name in _LEAVES_OUT)
    leaves_out |= any(bound.batched for bound in bounds)
    return (
        alike and not leaves_out and not _apart(bounds) and not any(b.finish() is not None or b.one_row for b in bounds)
    )


def _reduction(bounds: Sequence[BoundLoss], one_term: bool) -> Reduction:
    if one_term or bounds[0].reduction.name == "none":
        return bounds[0].reduction
    names = {bound.reduction.name for bound in bounds}
    return Reduction("mean", "weights") if names == {"mean"} else Reduction("pooled", None)


def _refuse(loss: Loss, given: Mapping[str, Any]) -> None:
    """What cannot be said of a sum."""
    usual = {part.loss.pred[0] for part in loss.parts}
    if given.get("input") is None and len(usual) > 1:
        takes = ", and ".join(f"{part.loss.name} takes {part.loss.pred[0]}" for part in loss.parts)
        raise UsageProblem(
            f"Where nothing is said, {takes}; the predictions of a sum are of one kind.",
            f"Say what they are: {' or '.join(f'--input {kind}' for kind in loss.pred)}.",
            kind="undeclared_input",
            options=("input",),
            fix=f"--input {loss.pred[0]}",
        )
    if given.get("like") is not None:
        raise UsageProblem(
            "--like is of one loss, and this is a sum of several by their own definitions.",
            "Compute the framework's losses one by one.",
            kind="contradiction",
            options=("like",),
        )
    for option in ("macro_columns", "per_output"):
        if given.get(option):
            name = option.replace("_", "-")
            raise UsageProblem(
                f"--{name} is of one loss, and this is a sum of several.",
                f"Leave out --{name}.",
                kind="contradiction",
                options=(name,),
            )


def _refuse_mixed(bounds: Sequence[BoundLoss], shapes: Mapping[str, Any]) -> None:
    """Losses that cannot be added up as they are reduced, or count elements differently."""
    plain = [bound for bound in bounds if not bound.pooled and not bound.one_row]
    if len({bound.reduction.name for bound in plain}) > 1:
        said = ", ".join(f"{bound.loss.name} a {bound.reduction.name}" for bound in plain)
        shared = [name for name in ("mean", "sum") if all(name in bound.loss.reductions for bound in plain)]
        raise UsageProblem(
            f"The losses of this sum are not reduced alike where nothing is said: {said}.",
            f"Say --reduction {', or --reduction '.join(shared)}." if shared else "Compute the losses one by one.",
            kind=KIND,
            options=("reduction",),
            fix=f"--reduction {shared[0]}" if shared else "",
        )
    by_rows = [bound for bound in bounds if bound.reduction.denominator in ("count", "nonzero", "elements")]
    if "weight" in shapes and by_rows and not _one_term(bounds):
        raise UsageProblem(
            f"With weights, this sum has no --denominator {by_rows[0].reduction.denominator}: not each of its losses "
            "is one number a row.",
            "Leave out --denominator: each mean is over the weights.",
            kind=KIND,
            options=("denominator",),
        )
    if len({bound.counting.weight for bound in bounds}) > 1:
        raise UsageProblem(
            "The weights are of the elements of rows for one loss of this sum, and of rows for another.",
            "Compute the losses one by one.",
            kind=KIND,
            options=("weights",),
        )
