"""What scaled errors share: the scale beside each prediction, given or computed from the history of its series."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import DataProblem, UsageProblem
from ...core.scratch import Array
from .._domains import refuse_up_to
from ..regression._errors import absolute_error

Season = Annotated[
    int | None,
    Param(
        "with --history: how many values before its own the naive forecast repeats, 7 for days of a week; none: 1, the "
        "value before",
        Interval(1, inf, "left"),
        usual=(4, 7, 12, 24, 52),
    ),
]
Series = Annotated[
    Array | None,
    Role(
        "with --history: the columns, in both files, that name the series of a row; else those of --by",
        "(n,)",
        names=True,
    ),
]
SeriesScale = Annotated[Array | None, Role("the scale of the row's series", "(n,)", internal=True)]


def scaled_size(
    loss: str, pred: Array, label: Array, scale: Array | None, history: Array | None, rows: Array | None,
    series: Array | None, season: int | None, power: int,
) -> Array:  # fmt: skip
    """|pred - label| / scale; `rows` are the scales of each row's series, where they came from a history by series."""
    given = scales_of(loss, len(pred), scale, history, rows, series, season, power)
    divisor = np.asarray(given, dtype=pred.dtype)
    size = absolute_error(pred, label)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(size / divisor.reshape(divisor.shape + (1,) * (pred.ndim - divisor.ndim)))


def scales_of(
    loss: str, count: int, scale: Array | None, history: Array | None, rows: Array | None,
    series: Array | None, season: int | None, power: int = 1,
) -> Array:  # fmt: skip
    """The scale beside each of so many rows, given or of a history; one that is not above 0 is an error."""
    if scale is None and history is None and rows is None:
        raise UsageProblem(
            f"{loss} needs the scale of each row's series.",
            "Name its column with --scale SPEC, or the training part that it follows from with --history SPEC.",
            kind="missing_option",
            options=("scale",),
            fix="--scale SPEC",
        )
    if scale is not None and not (history is None and rows is None and series is None and season is None):
        raise UsageProblem(
            "--scale gives the scales, so --history, --season and --series have no part in them.",
            "Leave out --scale, or the others.",
            kind="contradiction",
            options=("scale", "history", "season", "series"),
        )
    if series is not None:
        raise UsageProblem(
            "--series goes with a --history that has a column of the same name.",
            "losscli.compute reads both; arrays alone take --scale.",
            options=("series", "history"),
        )
    if history is not None:
        scale = np.full(count, scale_of_history(history, season, power))
    hint = "A series that never changes has no scale: leave it out, or give it one of its own."
    given = rows if scale is None else scale
    assert given is not None
    refuse_up_to(given, 0.0, "scale" if rows is None else "series_scale", hint=hint)
    return given


def scale_of_history(history: Array, season: int | None, power: int) -> float:
    """The scale of one series; a history that is too short, or never changes, is a DataProblem."""
    values = np.asarray(history, dtype=np.float64).reshape(-1)
    scale, differences = season_scales(values, np.zeros(len(values), dtype=np.int64), 1, season or 1, power)
    if not differences[0]:
        raise too_short("The history", len(values), season or 1)
    if not scale[0] > 0:
        raise DataProblem(
            f"The history gives the scale {scale[0]:g}, which is not above 0.",
            "A series that never changes has no scale: leave it out, or give it one of its own with --scale.",
        )
    return float(scale[0])


def too_short(what: str, values: int, season: int) -> DataProblem:
    """A history that has no value a season after another."""
    return DataProblem(
        f"{what} has {values} value{'s' * (values != 1)}, and a season of {season} needs more than {season}.",
        "Give a longer history, a shorter --season, or scales of your own with --scale.",
    )


def season_scales(values: Array, series: Array, count: int, season: int, power: int) -> tuple[Array, Array]:
    """The mean absolute seasonal difference of each series (its root mean square for power 2), and of how many.

    `series` is the number of the series of each value; values of one series stand in the order of time.
    """
    order = np.argsort(series, kind="stable")
    values, series = values[order], series[order]
    own = series[season:] == series[:-season]
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        steps = np.abs(values[season:] - values[:-season])[own]
        of = series[season:][own]
        differences = np.bincount(of, minlength=count)
        starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]]) if len(of) else np.zeros(0, dtype=np.int64)
        sums = np.zeros(count)
        if len(of):
            sums[of[starts]] = np.add.reduceat(steps if power == 1 else steps * steps, starts)
        means = sums / differences
    return (means if power == 1 else np.sqrt(means)), differences


def _history(power: int) -> Role:
    return Role(
        "the training part of the series, in the order of time: the scale is computed of it",
        "(k,)",
        rows=False,
        scales=partial(season_scales, power=power),
    )


NAIVE_ERROR = "the mean absolute error of the naive forecast in the training part of the row's series"
RowScale = Annotated[Array | None, Role(NAIVE_ERROR, "(n,)")]
History = Annotated[Array | None, _history(1)]
SquaredHistory = Annotated[Array | None, _history(2)]  # of which the scale is a root mean square


def exact_scale(m: Any, scale: Any, history: Any, season: Any, power: int) -> Any:
    """The scale for formulas."""
    if history is None:
        return scale
    values, step = history, int(season or 1)
    steps = [abs(b - a) ** power for a, b in zip(values, values[step:], strict=False)]
    mean = m.sum(steps) / len(steps)
    return mean if power == 1 else m.sqrt(mean)
