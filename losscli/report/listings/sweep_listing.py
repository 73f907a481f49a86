"""The points of a sweep, for reading."""

from __future__ import annotations

import math
from typing import Any

from ..lines.shown_digits import error_number, number, signed
from ..sweep import BASE, CANDIDATE, DEPENDS, UNKNOWN, SweepPoint, SweepReport
from .listed import Listed

_NOT_A_CHOICE = (
    "Losses with other parameters are other measures: the lowest value is not for that reason the best choice."
)


def listed(report: SweepReport) -> Listed:
    """The points with what can be said of them."""
    sentences = [_range_of(report)]
    if report.paired:
        sentences.append(order_sentence(report))
    names = tuple(report.axes)
    closing = [] if report.paired else [_NOT_A_CHOICE]
    if report.paired:
        base, cand = report.models
        closing = [
            f"base: {base}; candidate: {cand}. Differences are candidate minus base on the same rows, with "
            f"{100 * report.level:g} % intervals; which one is better takes p-values adjusted for all points "
            f"({report.adjust})."
        ]
    intervals = any(point.ci for point in report.points)
    heads = (*names, *_HEADS[report.paired], *(("interval",) if intervals and not report.paired else ()))
    cells = [_cells(point, report, intervals) for point in report.points]
    columns = (*names, *_COLUMNS, *(_OF_PAIRS if report.paired else ()), "signature")
    return Listed(
        sentences[0], sentences, heads, cells, columns, [_row(point, report) for point in report.points], texts=0,
        spare=(len(names) + (3 if report.paired else 2),), closing=closing,
    )  # fmt: skip


_HEADS = {False: ("value", "standard error"), True: ("base", "candidate", "difference", "interval", "better")}
_COLUMNS = ("value", "stderr", "ci_low", "ci_high", "n")
_OF_PAIRS = (
    "cand", "cand_stderr", "difference", "difference_stderr", "low", "high", "p_value", "p_adjusted", "better",
)  # fmt: skip


def order_sentence(report: SweepReport) -> str:
    """Whether the order of two models depends on the parameters, in a sentence."""
    better = [point.better(report.level) for point in report.points]
    count = {name: better.count(name) for name in (BASE, CANDIDATE, UNKNOWN)}
    names = " and ".join(report.axes)
    rows = f"at {count[UNKNOWN]} of {len(better)} points these rows cannot tell"
    if report.order == DEPENDS:
        return (
            f"The order of the two models depends on {names}: the base is better {_where(report, BASE)}, the candidate "
            f"{_where(report, CANDIDATE)}" + (f"; {rows}." if count[UNKNOWN] else ".")
        )
    if report.order == UNKNOWN:
        return f"These rows do not tell the two models apart at any of the {len(better)} points{_crossing(report)}."
    which = "base" if report.order == BASE else "candidate"
    if not count[UNKNOWN]:
        return f"The order of the two models does not depend on {names} here: the {which} is better at every point."
    return f"The {which} is better {_where(report, report.order or '')}, and nowhere the other model; {rows}."


def _where(report: SweepReport, which: str) -> str:
    """At which points a model is better: of one axis the values."""
    points = [point for point in report.points if point.better(report.level) == which]
    if len(report.axes) > 1:
        return f"at {len(points)} points"
    (name,) = report.axes
    values = [point.params[name] for point in points]
    if len(values) == 1:
        return f"at {name}={said(values[0])}"
    order = report.axes[name]
    first, last = order.index(values[0]), order.index(values[-1])
    if all(isinstance(each, int | float) for each in values) and last - first + 1 == len(values):
        return f"from {name}={said(values[0])} to {said(values[-1])}"
    return f"at {len(points)} values of {name}"


def _crossing(report: SweepReport) -> str:
    signs = {math.copysign(1.0, point.difference) for point in report.points if point.difference}
    return ", and their values cross" if len(signs) > 1 else ""


def said(value: Any) -> str:
    """A parameter's value for reading."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ",".join(map(said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range_of(report: SweepReport) -> str:
    axes = ", ".join(f"{len(values)} values of {name}" for name, values in report.axes.items())
    models = " and ".join(report.models)
    known = [point for point in report.points if point.value is not None and math.isfinite(point.value)]
    text = f"{report.loss} of {models} at {len(report.points)} points ({axes})"
    if report.paired or not known:
        return f"{text}."
    low, high = (chosen(known, key=lambda point: point.value or 0.0) for chosen in (min, max))
    if low.value == high.value:
        return f"{text}: {number(low.value or 0.0)} at all of them."
    return f"{text}: from {number(low.value or 0.0)} at {_at(low)} to {number(high.value or 0.0)} at {_at(high)}."


def _at(point: SweepPoint) -> str:
    return ", ".join(f"{name}={said(value)}" for name, value in point.params.items())


def _number(value: float | None) -> str:
    return "-" if value is None else number(value)


def _interval(low: float | None, high: float | None, how: Any) -> str:
    return "-" if low is None or high is None else f"{how(low, 4)} ... {how(high, 4)}"


def _cells(point: SweepPoint, report: SweepReport, intervals: bool) -> tuple[str, ...]:
    axes = tuple(said(value) for value in point.params.values())
    if not report.paired:
        error = "-" if point.stderr is None else error_number(point.stderr)
        ci = point.ci or {"low": None, "high": None}
        return (*axes, _number(point.value), error, *((_interval(ci["low"], ci["high"], number),) if intervals else ()))
    apart = "-" if point.difference is None else signed(point.difference)
    better = point.better(report.level)
    return (
        *axes, _number(point.value), _number(point.cand), apart, _interval(point.low, point.high, signed),
        "-" if better == UNKNOWN else better,
    )  # fmt: skip


def _row(point: SweepPoint, report: SweepReport) -> list[Any]:
    ci = point.ci or {"low": None, "high": None}
    axes = [value if isinstance(value, int | float | str) and value is not None else said(value)
            for value in point.params.values()]  # fmt: skip
    row: list[Any] = [*axes, point.value, point.stderr, ci["low"], ci["high"], point.n]
    if report.paired:
        row += [
            point.cand, point.cand_stderr, point.difference, point.difference_stderr, point.low, point.high,
            point.p_value, point.p_adjusted, point.better(report.level),
        ]  # fmt: skip
    return [*row, point.signature]
