"""The picture of each loss in docs/curves/: what one row costs as a function of its error or its score.

Each has three curves, of three values of one parameter, where the loss has one that shapes it. The SVG is written
here, with coordinates in whole tenths of a pixel, so that every machine writes the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from losscli.core.declarations.domain import Interval
from losscli.core.loss import CallableLoss

FOLDER = Path(__file__).resolve().parent / "curves"
WIDTH, HEIGHT = 360, 236
LEFT, RIGHT, TOP, BOTTOM = 54, 350, 30, 200
# colours that the colour-blind can tell apart, and dashes for those who print without
STYLES = (("#0072b2", ""), ("#d55e00", "7 3"), ("#009e73", "2 3"))
POINTS = 121


class Axis(NamedTuple):
    """What is varied: its name, from where to where, and the label that all points have."""

    name: str
    low: float
    high: float
    label: float


ROLES = {"sigma": 1.0, "scale": 1.0, "variance": 1.0, "other": 0.0}  # of losses that take such an array beside
AXES = {  # by the kind of predictions
    "values": (Axis("prediction - label", -3.0, 3.0, 0.0), Axis("prediction, where the label is 1", 0.02, 4.0, 1.0)),
    "rates": (Axis("predicted rate, where the label is 1", 0.02, 4.0, 1.0),),
    "logits": (Axis("logit, where the label is 1", -5.0, 5.0, 1.0),),
    "scores": (Axis("score, where the label is 1", -3.0, 3.0, 1.0),),
    "log_rates": (Axis("logarithm of the predicted rate, where the label is 1", -3.0, 3.0, 1.0),),
    "logprobs": (Axis("log-probability of the label's class", -5.0, -0.01, 1.0),),
    "probs": (Axis("probability, where the label is 1", 0.01, 0.99, 1.0),),
    "distances": (Axis("distance of a pair that differs", 0.0, 3.0, 0.0),),
}


def chosen(loss: CallableLoss) -> tuple[str, tuple[Any, ...]]:
    """The parameter that shapes a loss, and three values of it; no name where none does."""
    for param in sorted(loss.params, key=lambda param: param.default is None):  # what is always in force goes first
        usual = [value for value in param.usual if isinstance(value, float | int) and not isinstance(value, bool)]
        if param.knob or param.kind is not float or not isinstance(param.domain, Interval) or len(usual) < 3:
            continue
        ends = (param.domain.low, param.domain.high)
        if np.isfinite(ends).all() and len(usual) > 4:  # such as 0 and 1 of a quantile, where nothing is left of it
            usual = [value for value in usual if value not in ends]
        usual.sort()
        within = param.default if param.default in usual[1:-1] else usual[len(usual) // 2]
        return param.name, (usual[0], within, usual[-1])
    return "", (None,)


def curves(loss: CallableLoss) -> tuple[Axis, dict[str, Any]] | None:
    """What is varied, and the losses of each curve; None where no single number decides what a row costs."""
    if loss.batched or "none" not in loss.reductions:
        return None
    for axis in AXES.get(loss.pred[0], ()):
        for pred, label in _rows(loss.pred[0], axis):
            drawn = _drawn(loss, pred, label)
            if drawn:
                return axis, drawn
    return None


def _rows(kind: str, axis: Axis) -> Iterator[tuple[Any, Any]]:
    """The rows of a curve: one number each, or two classes of which the first is the label's."""
    pred = np.linspace(axis.low, axis.high, POINTS)
    yield pred, np.full(POINTS, axis.label)
    if kind in ("probs", "logits", "scores", "logprobs"):
        other = {"probs": 1 - pred, "logprobs": np.log1p(-np.exp(np.minimum(pred, -1e-9)))}.get(kind, np.zeros(POINTS))
        yield np.stack([pred, other], axis=1), np.zeros(POINTS, dtype=np.int64)


def _drawn(loss: CallableLoss, pred: Any, label: Any) -> dict[str, Any]:
    """The losses of each curve; nothing where the loss takes other rows, or the curve is flat."""
    name, values = chosen(loss)
    roles = [role.name for role in loss.roles if role.name in ROLES and (role.required or role.name != "other")]
    beside = {role: np.full(POINTS, ROLES[role]) for role in roles[:1]}
    drawn: dict[str, Any] = {}
    try:
        for value in values:
            with np.errstate(all="ignore"):
                terms = loss(pred, label, input=loss.pred[0], **beside, **({name: value} if name else {}))
            if isinstance(terms, tuple) or terms.shape != (POINTS,):
                return {}
            if not any(np.array_equal(terms, other, equal_nan=True) for other in drawn.values()):
                drawn[f"{name} {value:g}" if name else loss.name] = terms
    except Exception:  # what the loss takes is something else
        return {}
    varied = any(np.ptp(line[np.isfinite(line)]) > 0 for line in drawn.values() if np.isfinite(line).any())
    return drawn if varied else {}


def picture(loss: CallableLoss) -> str | None:
    """The picture as SVG; None where there is none."""
    found = curves(loss)
    if found is None:
        return None
    axis, lines = found
    finite = np.concatenate([line[np.isfinite(line)] for line in lines.values()])
    low, high = min(0.0, float(finite.min())), float(np.quantile(finite, 0.97))
    high = high if high > low else float(finite.max())
    return "\n".join([*_frame(loss, axis, low, high), *_lines(axis, lines, low, high), "</svg>\n"])


def _frame(loss: CallableLoss, axis: Axis, low: float, high: float) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="10">'
    )
    yield f"<title>{loss.name}: what a row costs, by {axis.name}</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    inside = f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>'
    yield f'<clipPath id="inside">{inside}</clipPath>'
    yield f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#57606a"/>'
    for share in (0.0, 0.5, 1.0):
        x, y = LEFT + share * (RIGHT - LEFT), BOTTOM - share * (BOTTOM - TOP)
        across, up = axis.low + share * (axis.high - axis.low), low + share * (high - low)
        yield f'<text x="{x:.0f}" y="{BOTTOM + 13}" text-anchor="middle">{across:.3g}</text>'
        yield f'<text x="{LEFT - 4}" y="{y + 3:.0f}" text-anchor="end">{up:.2g}</text>'
    yield f'<text x="{(LEFT + RIGHT) // 2}" y="{HEIGHT - 8}" text-anchor="middle">{axis.name}</text>'
    middle = (TOP + BOTTOM) // 2
    yield f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">loss of a row</text>'


def _lines(axis: Axis, lines: Mapping[str, Any], low: float, high: float) -> Iterator[str]:
    x = np.linspace(LEFT, RIGHT, POINTS)
    for number, (label, line) in enumerate(lines.items()):
        y = BOTTOM - (np.clip(line, low - 9 * (high - low), low + 9 * (high - low)) - low) / (high - low) * (
            BOTTOM - TOP
        )
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b, z in zip(x, y, line, strict=True) if np.isfinite(z))
        colour, dashes = STYLES[number]
        pen = f'fill="none" stroke="{colour}" stroke-width="1.5"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
        yield f'<polyline points="{points}" {pen} clip-path="url(#inside)"/>'
        start = LEFT + (RIGHT - LEFT) * number // len(lines)
        yield f'<path d="M{start} 14h18" {pen}/>'
        yield f'<text x="{start + 22}" y="18">{label}</text>'


def pages(losses: Mapping[str, CallableLoss]) -> dict[Path, str]:
    """The pictures, by their paths."""
    drawn = {FOLDER / f"{name}.svg": picture(loss) for name, loss in losses.items()}
    return {path: text for path, text in drawn.items() if text is not None}
