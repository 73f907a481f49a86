"""Models side by side whose predictions seem to be of different kinds: a comparison of them would compare the kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.notes import Note
from ...core.scratch import Array
from ..declaration_checks import FEW, sums_to_one

SCORED = ("logits", "probs", "logprobs", "scores")
NEARER = 0.1  # how much nearer one side must be to the other once that is transformed
ALIKE = 0.5  # the least correlation of what is one thing in two forms


def sides_apart(kind: str, base: Array, candidate: Array, names: Sequence[str]) -> Note | None:
    """That two models' first predictions are of different kinds, though both are taken for `kind`."""
    sides = [np.asarray(each, dtype=np.float64) for each in (base, candidate) if each.dtype.kind in "fiu"]
    if len(sides) < 2 or min(map(len, sides)) < FEW or sides[0].shape != sides[1].shape:
        return None
    if not all(np.isfinite(side).all() for side in sides):
        return None
    said = _scores(kind, sides, names) or _forms(sides, names)
    if not said:
        return None
    text = f"{said} Both are taken for {kind} here, so the difference may be that of the kinds: convert one of them."
    return Note(text, kind="sides_differ", role="pred", model=names[1])


def _scores(kind: str, sides: Sequence[Array], names: Sequence[str]) -> str:
    """Probabilities beside scores, or beside logarithms."""
    looks = [_looks_like(side) for side in sides]
    if kind not in SCORED or looks[0] == looks[1] or "probabilities" not in looks:
        return ""
    words = [
        f"{name} looks like {look} (from {side.min():.3g} to {side.max():.3g})"
        for name, look, side in zip(names, looks, sides, strict=True)
    ]
    return f"{words[0]}, and {words[1]}."


def _looks_like(values: Array) -> str:
    if values.min() >= 0 and values.max() <= 1:
        return "probabilities"
    if values.max() <= 0 and (values.ndim == 1 or sums_to_one(np.exp(values)).mean() > 0.99):
        return "log-probabilities"
    return "scores such as logits"


def _forms(sides: Sequence[Array], names: Sequence[str]) -> str:
    """One side that is the logarithm of the other, or a hundredth of it: what comes nearest."""
    nearest, said = NEARER, ""
    for whole, part in ((0, 1), (1, 0)):
        for words, change in (("the logarithms", _logarithm), ("hundredths", _hundredth)):
            apart = _distance(sides[part], sides[whole], change)
            if apart < nearest:
                nearest, said = apart, f"The predictions of {names[part]} look like {words} of those of {names[whole]}."
    return said


def _logarithm(values: Array) -> Any:
    return np.log(values) if (values > 0).all() else None


def _hundredth(values: Array) -> Any:
    return values / 100.0


def _distance(part: Array, whole: Array, change: Callable[[Array], Any]) -> float:
    """How far one side is from what this change makes of the other, as a share of how far the two are apart.

    It is infinite where they do not go together or spread otherwise: models of one thing differ, and yet are related.
    """
    changed = change(whole)
    if changed is None:
        return np.inf
    apart = float(np.median(np.abs(part - whole)))
    ours, theirs = part.ravel(), changed.ravel()
    if not (apart and ours.std() and theirs.std()) or np.corrcoef(ours, theirs)[0, 1] <= ALIKE:
        return np.inf
    if not 0.5 < ours.std() / theirs.std() < 2.0:  # 0 and 1 are near hundredths, where most are 0
        return np.inf
    return float(np.median(np.abs(part - changed))) / apart
