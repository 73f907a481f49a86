"""One block through the losses as a run takes it: bind, map, merge, finish. An engine, a page long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.binding.binding import bind
from ..core.binding.bound_loss import BoundLoss
from ..core.declarations.declaration import Loss
from ..core.record import record
from ..core.scratch import Array
from ..core.sums.by_batch import batch_sums
from ..core.sums.state import State


@record
class BlockOutcome:
    """What a run over one block knows at its end."""

    bound: BoundLoss
    state: State
    rows: tuple[Array, ...]  # weight times term

    @property
    def value(self) -> float:
        """The loss of the block."""
        means = self.bound.reduction.means(self.state)
        finish = self.bound.finish()
        return means[0] if finish is None else finish(means)

    @property
    def stderr(self) -> float | None:
        """The standard error of its value."""
        return self.bound.reduction.stderr(self.state, self.bound.finish())


def split(loss: Loss, arguments: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, Array], dict[str, Any]]:
    """Arguments as the roles with rows, the roles read whole, and the rest."""
    given = dict(arguments)
    rows = {"pred", "label", "weight"} | {r.name for r in loss.roles if r.rows}
    whole = {r.name for r in loss.roles if not r.rows}
    block = {k: np.asarray(given.pop(k)) for k in list(given) if k in rows and given[k] is not None}
    read = {k: np.asarray(given.pop(k)) for k in list(given) if k in whole and given[k] is not None}
    return block, read, given


def run_block(loss: Loss, **arguments: Any) -> BlockOutcome:
    """`pred, label, weight, reduction, denominator, input`, roles and parameters, as a user gives them."""
    block, whole, options = split(loss, arguments)
    weight = block.pop("weight", None)
    shapes = {name: array.shape for name, array in block.items()}
    if weight is not None:
        shapes["weight"] = weight.shape
    bound = bind(loss, shapes, whole=whole, **options).prepared(lambda: iter([block]))
    rows = bound.rows(block)
    mass = None if rows.mass is None else rows.mass
    terms = tuple(np.array(t, dtype=np.float64) for t in rows.terms)
    if weight is not None:
        weight = weight.astype(np.float64)
        zero = weight == 0
        terms = tuple(np.where(zero, 0.0, np.multiply(weight, t, where=~zero, out=np.zeros_like(t))) for t in terms)
        mass = weight if mass is None else weight * mass
    positive = bound.nonnegative and (weight is None or bool((weight >= 0).all()))
    state = State.of(terms, mass, one_sign=positive, ignored=rows.ignored)
    if bound.batched:
        batch = np.asarray(block.get("batch", np.arange(len(terms[0])) // (bound.batch_size or len(terms[0]))))
        _, sums, masses = batch_sums(terms, mass, batch)
        state.take_units(State.of(sums, masses))
    state.reduced = {i: each.of(rows.terms[i], mass) for i, each in bound.reducers(len(terms)).items()}
    return BlockOutcome(bound, state, terms)
