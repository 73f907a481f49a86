"""Values that some libraries take of each column by itself, to average them afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..core.declarations.domain import Choice
from ..core.declarations.param import Param
from ..core.scratch import Array

COLUMNS = Param("all: one value over all columns; each: the mean of a value a column", Choice("all", "each"), knob=True)


def apart(values: Array) -> tuple[Array, ...]:
    """An (n, d...) array as one term a column."""
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    return tuple(np.ascontiguousarray(flat[:, i]) for i in range(flat.shape[1]))


def mean_of_columns(function: Callable[[float], float], means: Sequence[float]) -> float:
    """The mean of a function of each column's mean; of one mean the function itself."""
    return function(means[0]) if len(means) == 1 else sum(map(function, means)) / len(means)
