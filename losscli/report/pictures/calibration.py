"""How often what was predicted came true, and how much of the cross-entropy recalibration would take off."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import BLUE, FAINT, RESULTS, SHADE, Document, Drawing, Picture, Sources, above_axes, results_of, short

_Z = 1.959963984540054  # of a 95 % interval
_FEW = 10  # of either outcome: with fewer there is nothing to fit


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for name, result in results_of(sources) if (made := _of_result(name, result))]


def _of_result(name: str, result: Document) -> Drawing | None:
    held = (result.get("histograms") or {}).get("calibration")
    if not held:
        return None
    tenths = _tenths(held)
    count, weight = sum(held["count"]), sum(held["weight"])
    predicted, true = sum(held["predicted"]), sum(held["came_true"])
    top = held["of"] == "top"
    words = [
        f"How often {'the class with the largest probability is right' if top else 'the positive class came true'}, by "
        f"the probability that was predicted, with 95 % intervals. {count:,} predictions."
    ]
    if weight:
        words.append(
            f"The mean of the probabilities is {short(predicted / weight)}, and {short(true / weight)} came true."
        )
    if not top and (fit := recalibrated(held)):
        before, after, slope, intercept = fit
        removed = (before - after) / before if before else 0.0
        words.append(
            f"Recalibration (log-odds times {short(slope)} plus {short(intercept)}) would take {100 * removed:.2g} % "
            f"off the cross-entropy of these predictions, from {short(before)} to {short(after)}."
        )
    title = f"{name}: {'confidence and accuracy' if top else 'calibration'}"
    columns = ("predicted, mean", "came true", "low", "high", "predictions", "share of predictions")
    return Drawing("calibration", title, " ".join(words), columns, tenths, partial(_draw, tenths, top), 3.1)


def _tenths(held: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    """The bins in tenths of the probability: mean, share that came true with its interval, how many."""
    sums: dict[int, list[float]] = {}
    for count, weight, predicted, true in zip(
        held["count"], held["weight"], held["predicted"], held["came_true"], strict=True
    ):
        if weight:
            tenth = sums.setdefault(min(9, int(10 * predicted / weight)), [0, 0.0, 0.0, 0.0])
            for i, amount in enumerate((count, weight, predicted, true)):
                tenth[i] += amount
    whole = sum(tenth[1] for tenth in sums.values())
    return [
        (predicted / weight, true / weight, *wilson(true / weight, count), int(count), weight / whole)
        for _, (count, weight, predicted, true) in sorted(sums.items())
    ]


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was seen in so many cases."""
    spread = _Z * math.sqrt(share * (1.0 - share) / count + _Z * _Z / (4.0 * count * count))
    middle, scale = share + _Z * _Z / (2.0 * count), 1.0 + _Z * _Z / count
    low = (middle - spread) / scale if share > 0.0 else 0.0
    return low, (middle + spread) / scale if share < 1.0 else 1.0


def recalibrated(held: dict[str, list[Any]]) -> tuple[float, float, float, float] | None:
    """(cross-entropy before, after, slope, intercept) of the logistic regression of what came true on the log-odds.

    Each bin stands for its predictions, with the mean of their probabilities. None where there is too little to fit.
    """
    true, count = sum(held["came_true"]), sum(held["weight"])
    if min(true, count - true) < _FEW:
        return None
    rows = []
    for weight, predicted, came_true in zip(held["weight"], held["predicted"], held["came_true"], strict=True):
        share = min(max(predicted / weight, 1e-9), 1 - 1e-9) if weight else 0.5
        rows.append((math.log(share / (1.0 - share)), weight, came_true))
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        step = _newton(rows, slope, intercept)
        if step is None or abs(slope + step[0]) > 100 or abs(intercept + step[1]) > 100:
            return None
        slope, intercept = slope + step[0], intercept + step[1]
        if abs(step[0]) + abs(step[1]) < 1e-10:
            return _entropy(rows, 1.0, 0.0) / count, _entropy(rows, slope, intercept) / count, slope, intercept
    return None


def _newton(rows: list[tuple[float, float, float]], slope: float, intercept: float) -> tuple[float, float] | None:
    """The step towards the best slope and intercept."""
    g0 = g1 = h00 = h01 = h11 = 0.0
    for x, weight, true in rows:
        p = _sigmoid(slope * x + intercept)
        error, curve = true - weight * p, weight * p * (1.0 - p)
        g0, g1 = g0 + error * x, g1 + error
        h00, h01, h11 = h00 + curve * x * x, h01 + curve * x, h11 + curve
    determinant = h00 * h11 - h01 * h01
    if determinant <= 1e-12 * max(h00 * h11, 1e-300):
        return None
    return (g0 * h11 - g1 * h01) / determinant, (g1 * h00 - g0 * h01) / determinant


def _entropy(rows: list[tuple[float, float, float]], slope: float, intercept: float) -> float:
    """The sum of the cross-entropies: log(1 + e^z) - y z."""
    zs = [slope * x + intercept for x, _, _ in rows]
    return sum(
        weight * (max(z, 0.0) + math.log1p(math.exp(-abs(z)))) - true * z
        for z, (_, weight, true) in zip(zs, rows, strict=True)
    )


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def _draw(tenths: list[tuple[Any, ...]], top: bool, ax: Any) -> None:
    for at, (mean, _, _, _, _, share) in enumerate(tenths):
        left = min(9, int(10 * mean)) / 10
        name = "share of the predictions" if not at else None
        ax.bar(left + 0.05, share, 0.094, color=SHADE, gid=f"density-{at}", label=name)
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    for at, (mean, true, low, high, _, _) in enumerate(tenths):
        ax.plot([mean, mean], [low, high], color=BLUE, linewidth=1.6, gid=f"interval-{at}")
        label = "came true" if not at else None
        ax.plot([mean], [true], "o", color=BLUE, markersize=5, gid=f"share-{at}", label=label)
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.set_xlabel("largest probability" if top else "predicted probability")
    ax.set_ylabel("share that is right" if top else "share that came true")
    above_axes(ax)


PICTURE = Picture(
    "calibration", RESULTS, _drawings,
    missing="--histograms",
)  # fmt: skip
