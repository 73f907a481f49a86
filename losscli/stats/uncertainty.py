"""The interval of one value: from the State alone, by cluster, or by the bootstrap."""

from __future__ import annotations

from typing import Any

from ..core.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..core.state import State
from .influence_rows import RowRecorder
from .intervals import interval, of_value
from .paired import PairedLoss, PairedSums
from .paired_test import Method, PairedTest

LONE = (None, 0)


def span(
    bound: BoundLoss,
    state: State,
    keeper: RowRecorder | None,
    level: float | None,
    *,
    clustered: bool,
    resamples: int | None,
) -> dict[str, Any]:
    """The standard error and the interval, as fields of a result; the interval None where no level is asked for.

    `keeper` has seen the rows, which clusters and the bootstrap need.
    """
    if keeper is None:
        if level is None or bound.one_row:
            return {}
        return {"ci": interval(state, bound.reduction, bound.finish(), level, nonnegative=bound.nonnegative)}
    pool, units = PairedSums(PairedLoss.of(bound, ()), state), keeper.units(clustered=clustered)
    if clustered and len(units) < 2:
        raise DataProblem("All rows are of one cluster.", "A standard error needs at least two that are independent.")
    test = "t" if resamples is None else "bootstrap"
    method = Method(test, level or 0.95, clustered, resamples or 0, 0)
    (found,) = PairedTest(pool, method, units).evidence([LONE])
    if level is None or found.low is None or found.high is None or found.stderr is None:
        return {"stderr": found.stderr}
    if resamples is not None:
        return {"stderr": found.stderr, "ci": {"level": level, "low": found.low, "high": found.high, "method": test}}
    count = len(units)
    bent = of_value(found.difference, found.stderr, count, level, nonnegative=bound.nonnegative)
    return {"stderr": found.stderr, "ci": bent and {**bent, "method": "cluster"}}
