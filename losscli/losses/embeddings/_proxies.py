"""What losses with proxies share: one vector a class, or several, and its cosine with each embedding."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import BadValue, DataProblem
from ...core.scratch import Array
from .._classes import CountedRows
from ._distances import check_class, directions, matrix

Proxies = Annotated[Array, Role("the vectors of the classes, one row a class", "(c, d)", rows=False)]


def cosines_with_proxies(pred: Array, counted: CountedRows, proxies: Array, each: int = 1) -> Array:
    """The cosine of each embedding with each proxy, (n, c each); a class has `each` of them, one after the other."""
    vectors = matrix(proxies, "proxies", pred.shape[1])
    if len(vectors) % each:
        raise DataProblem(
            f"proxies has {len(vectors)} rows, which is no multiple of the {each} of each class.",
            "The rows of one class stand together, those of class 0 first.",
        )
    check_class(counted.label, len(vectors) // each, "proxies")
    try:
        unit = directions(vectors, "proxies")
    except BadValue as bad:
        raise DataProblem(f"proxies: {bad.message}, in row {bad.index} (from 0).") from None
    ours = directions(pred, "pred", counted.left_out)
    with np.errstate(under="ignore", invalid="ignore"):
        near: Array = ours @ unit.T
    return np.clip(near, -1.0, 1.0, out=near)


def cosines_of_row(m: Any, pred: Any, proxies: Any) -> list[Any]:
    """The same for one row of scalars."""
    size = m.sqrt(m.sum(x * x for x in pred))
    return [
        m.sum(x * w for x, w in zip(pred, row, strict=True)) / size / m.sqrt(m.sum(w * w for w in row))
        for row in proxies
    ]
