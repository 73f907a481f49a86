"""A verdict as a sentence that can be said to somebody: which way the loss went, by how much, how sure that is."""

from __future__ import annotations

import math

INCONCLUSIVE = "inconclusive"
_STARTS = {"improved": "Better", "worse": "Worse", "not worse": "Not worse", INCONCLUSIVE: "Cannot tell"}


def verdict_sentence(
    verdict: str,
    subject: str,
    difference: float,
    base: float,
    ends: tuple[float | None, float | None],
    level: float,
    margin: tuple[float, float],
    needed: int | None = None,
    rows: int = 0,
) -> str:
    """The sentence. `subject` is what went up or down, `margin` the absolute and the relative one.

    Of `rows` at hand that are enough to decide most often, and did not, nothing is said of how many would.
    """
    relative = bool(base) and math.isfinite(base)
    scale = 100.0 / abs(base) if relative else 1.0
    unit = " %" if relative else ""
    said = f"{_STARTS[verdict]}: {subject} {_moved(difference, scale, unit)}"
    low, high = ends
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        said += f" ({100 * level:g} %: {_signed(low * scale)}{unit} to {_signed(high * scale)}{unit})"
    name = margin_words(*margin)
    if verdict == "worse" and name:
        within = math.isfinite(base) and abs(difference) <= max(margin[0], margin[1] * abs(base))
        said += f", {'which may be ' if within else ''}beyond the margin of {name}"
    elif verdict == "not worse" and name:
        said += f", within the margin of {name}"
    elif verdict == INCONCLUSIVE and needed is not None and needed > rows and name:
        said += f"; {needed:,} rows would decide a margin of {name}"
    return said + "."


def _moved(difference: float, scale: float, unit: str) -> str:
    if math.isnan(difference):
        return "is no number in both"
    if math.isinf(difference):
        return "is infinite now" if difference > 0 else "was infinite and is not now"
    if difference == 0.0:
        return "is the same"
    size = f"{abs(difference) * scale:.3g}{unit}"
    return f"is {size} {'higher' if difference > 0 else 'lower'}"


def _signed(value: float) -> str:
    return f"{value:+.3g}" if value else "0"


def margin_words(absolute: float, relative: float) -> str:
    """The margin as it was given: 0.01, 1 %, or both; empty where there is none."""
    parts = ([f"{absolute:g}"] if absolute else []) + ([f"{100 * relative:g} %"] if relative else [])
    return " and ".join(parts)
