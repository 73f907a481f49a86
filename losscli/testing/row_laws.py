"""What is true of every loss's rows: their order, their cut into blocks and their weights are those of a sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.errors import DataProblem
from .blocks import BlockOutcome, run_block
from .drawing.drawn import Drawn
from .formula_row import batch_numbers

CLOSE = 1e-9  # what two ways to one number may differ by, relative to the larger


def any_order(drawn: Drawn) -> str:
    """Rows in another order have the same value; batches are cut by order, so those are left as they are."""
    if drawn.loss.batched:
        return ""
    order = np.arange(len(drawn.pred))[::-1]
    return _difference(drawn, _outcome(drawn), _outcome(drawn.rows(order)), "with its rows in another order")


def any_cut(drawn: Drawn) -> str:
    """The states of two parts add up to the state of the whole."""
    if len(drawn.pred) < 2:
        return ""
    numbers = np.arange(len(drawn.pred))
    cut = len(numbers) // 2
    if drawn.loss.batched:  # blocks are whole batches
        batch = batch_numbers(drawn)
        cut = int(np.argmax(batch == batch[cut]))
        if not cut:
            return ""
    whole = _outcome(drawn)
    first, second = _outcome(drawn.rows(numbers < cut)), _outcome(drawn.rows(numbers >= cut))
    merged = BlockOutcome(whole.bound, first.state + second.state, ())
    weights = merged.state.weight, whole.state.weight
    if merged.state.rows != whole.state.rows or abs(weights[0] - weights[1]) << 30 > weights[1]:
        return f"{drawn}: the rows or weights of two parts are not those of the whole"
    return _difference(drawn, whole, merged, "as two blocks")


def weight_two_is_the_row_twice(drawn: Drawn) -> str:
    """A weight of 2 counts as the row twice, a weight of 0 as its absence; in a batch it is more pairs instead."""
    if drawn.loss.batched:
        return ""
    times = np.arange(len(drawn.pred)) % 3
    if not times.any():
        return ""
    weighted = _outcome(drawn, weight=times.astype(np.float64))
    repeated = _outcome(drawn.rows(np.repeat(np.arange(len(drawn.pred)), times)))
    return _difference(drawn, weighted, repeated, "with rows repeated instead of weighted")


ROW_LAWS = {
    "rows in any order": any_order,
    "rows cut into any blocks": any_cut,
    "a weight of 2 is the row twice": weight_two_is_the_row_twice,
}


def reads_twice(drawn: Drawn) -> bool:
    """Whether a first pass over the rows supplies what the loss of each row depends on."""
    loss = drawn.loss
    given = {"input": drawn.kind, **loss.resolve(drawn.params), **drawn.roles}
    return loss.prepare_function is not None and loss.prepare_when(given)


def _outcome(drawn: Drawn, **more: Any) -> BlockOutcome:
    label = {} if drawn.label is None else {"label": drawn.label}
    with np.errstate(all="ignore"):
        return run_block(drawn.loss, pred=drawn.pred, input=drawn.kind, **label, **drawn.roles, **drawn.params, **more)


def _difference(drawn: Drawn, one: BlockOutcome, other: BlockOutcome, how: str) -> str:
    try:
        a = one.value
    except DataProblem:  # such as labels that do not vary, or weights that are all 0
        return ""
    b = other.value
    same = a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=CLOSE)
    return "" if same else f"{drawn} is {a!r}, and {b!r} {how}"
