"""A kernel beside its formula at 50 digits, row by row, in units in the last place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.loss import CallableLoss, Rows
from ..core.record import record
from . import oracle
from .accuracy import ULPS, Accuracy
from .drawing.drawn import Drawn, bound_of
from .drawing.labels import HARD
from .formula_row import FormulaRow


class Spy:
    """A copy of a loss whose kernel leaves the dimensions of its terms behind."""

    def __init__(self, loss: CallableLoss) -> None:
        self.loss = object.__new__(type(loss))  # copy.copy gives the loss itself
        self.loss.__dict__.update(vars(loss))
        self.loss.kernel = self.kernel
        self.inner = loss.kernel
        self.dimensions = 0
        self.shape: tuple[int, ...] = ()
        self.mass: Any = None

    def kernel(self, *arguments: Any, **named: Any) -> Any:
        """What the loss's own kernel computes."""
        computed = self.inner(*arguments, **named)
        terms = computed if isinstance(computed, tuple) else (computed,)
        terms = computed.terms if isinstance(computed, Rows) else terms
        self.shape = max((t.shape for t in terms), key=len)
        self.dimensions = len(self.shape)
        return computed


@record
class Want:
    """The exact value of a row, the magnitude whose ulps count, and how many of them are allowed."""

    value: Any
    scale: Any = 0
    allowed: float = ULPS
    lost: bool = False


def left_out(drawn: Drawn, row: Any) -> bool:
    """Whether a row's label says that it does not count."""
    ignored = drawn.params.get("ignore_index")
    if ignored is None or drawn.label is None or drawn.form not in ("index", "class"):
        return False
    return bool(drawn.label[row] == ignored)


def want(
    drawn: Drawn,
    whole: dict[str, Any],
    row: Any,
    accuracy: Accuracy,
    elementwise: bool,
    inner: tuple[int, ...] | None = None,
) -> Want:
    """The formula of a row: of the row itself, or the mean (or sum) of its elements' formulas.

    `inner` is the shape of a row's elements where they are vectors, and so not that of the predictions.
    """
    if left_out(drawn, row):
        return Want(oracle.m.number(0))
    if not elementwise:
        places: list[Any] = [(row, None)]
    else:
        places = [
            ((row, *at), at[-1] if at else None) for at in np.ndindex(drawn.pred.shape[1:] if inner is None else inner)
        ]
    ones = [FormulaRow(drawn, whole, where, column) for where, column in places]
    parts = [evaluated(one) for one in ones]
    sizes = [
        max(abs(part), accuracy.scale(one) if accuracy.scale else 0) for part, one in zip(parts, ones, strict=True)
    ]
    allowed = accuracy.ulps + (max(map(accuracy.more, ones)) if accuracy.more else 0.0)
    mean = drawn.loss.item == "mean" and drawn.loss.reductions[0] != "sum"
    over = len(parts) if mean else 1
    lost = accuracy.lost is not None and any(map(accuracy.lost, ones))
    return Want(sum(parts) / over, sum(sizes) / over, allowed, lost)


def evaluated(row: FormulaRow) -> Any:
    """The exact value of a row's formula; NotImplementedError where it has none of a row alone."""
    computed = row(oracle.m) if row.formula is not None else NotImplemented
    if computed is NotImplemented:
        raise NotImplementedError
    return oracle.exact(row, row.inputs)


@record
class Compared:
    """A row as its kernel computed it, beside what the formula says."""

    drawn: Drawn
    row: Any
    got: float
    want: Any
    ulps: float
    allowed: float

    @property
    def wrong(self) -> bool:
        """Whether it is farther off than is allowed."""
        return not self.ulps <= self.allowed

    def __str__(self) -> str:
        label = None if self.drawn.label is None else self.drawn.label[self.row].tolist()
        roles = {
            r.name: self.drawn.roles[r.name][self.row].tolist()
            for r in self.drawn.loss.roles
            if r.rows and r.name in self.drawn.roles
        }
        return (
            f"{self.drawn}\n  pred={self.drawn.pred[self.row].tolist()} label={label} {roles or ''}\n"
            f"  got {self.got!r}, want {oracle.beyond(self.want)!r}: {self.ulps:.3g} ulp, {self.allowed:.3g} allowed"
        )


def sampled(drawn: Drawn, most: int) -> range:
    """The rows to compare: at most so many, evenly spread."""
    return range(0, len(drawn.pred), -(-len(drawn.pred) // most))


def compare(drawn: Drawn, most: int, accuracy: Accuracy) -> Iterator[Compared]:
    """The rows of a block, computed by its kernel and by its formula."""
    spy = Spy(drawn.loss)
    with np.errstate(all="raise", under="ignore"):
        computed = drawn.call(spy.loss)
    terms = computed if isinstance(computed, tuple) else (computed,)
    bound = bound_of(drawn)
    whole = {k: np.asarray(v) for k, v in bound.whole.items() if k not in drawn.roles}
    finish = bound.finish()
    if bound.one_row:  # the array is one row
        exact = want(drawn, whole, slice(None), accuracy, elementwise=False)
        sums = [math.fsum(t) if np.isfinite(t).all() else float(t.sum()) for t in terms]
        got = finish(sums) if finish else sums[0]
        yield compared_row(drawn, slice(None), got, exact)
        return
    by_row = drawn.form in (*HARD, "distribution", "class_scores", "number", "bounds", "none")
    of_means = len(terms) > 1 and drawn.loss.finish_of == "means"  # a function of a row's means, not a mean of values
    elementwise = not by_row and not of_means and (drawn.pred.ndim == 1 or spy.dimensions > 1)
    for row in sampled(drawn, most):
        exact = want(drawn, whole, row, accuracy, elementwise, spy.shape[1:] if spy.dimensions > 1 else None)
        if len(terms) > 1 and left_out(drawn, row):  # there is nothing that a finish could divide by
            assert not any(t[row] for t in terms)
            continue
        means = [float(t[row]) for t in terms]
        got = means[0] if len(terms) == 1 or finish is None else finish(means)
        if not exact.lost:
            yield compared_row(drawn, row, got, exact)


def compared_row(drawn: Drawn, row: Any, got: float, exact: Want) -> Compared:
    """What a kernel computed of a row, beside its exact value."""
    off = oracle.ulps_off(got, exact.value, exact.scale)
    return Compared(drawn, row, got, exact.value, off, exact.allowed)


def compared(blocks: list[Drawn], most: int, accuracy: Accuracy) -> list[Compared]:
    """All comparisons of these blocks; those whose terms no single row makes are passed over."""
    rows: list[Compared] = []
    for drawn in blocks:
        try:
            rows += compare(drawn, most, accuracy)
        except NotImplementedError:
            continue
        except FloatingPointError as problem:
            where = "in the kernel; put it under np.errstate where its limit is meant"
            raise AssertionError(f"{drawn}: {problem} {where}") from problem
    return rows
