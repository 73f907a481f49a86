"""Terms and states for the laws of sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.sums.reduction import Reduction
from losscli.core.sums.state import State


def law(*strategies: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A property that holds for whatever is drawn."""
    return lambda test: settings(max_examples=60, database=None)(given(*strategies)(test))


Array = np.ndarray[Any, Any]


def column(values: Sequence[float]) -> Array:
    return np.array(values, dtype=np.float64)


def state_of(terms: Sequence[Array], weight: Array | None = None, **named: Any) -> State:
    """A block's state; as in a run, sums may leave the range of floats on the way."""
    with np.errstate(all="ignore"):
        return State.of(terms, weight, **named)


def value(state: State, name: str = "mean", denominator: str | None = "weights") -> float:
    return Reduction(name, denominator).means(state)[0]


def stderr(state: State, name: str = "mean", denominator: str | None = "weights", finish: Any = None) -> float:
    found = Reduction(name, denominator).stderr(state, finish)
    assert found is not None
    return found


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
