"""Logits that nobody declared and that all lie in [0, 1]: only all blocks together show it."""

from __future__ import annotations

from collections import Counter

from ..core.arrays.bounds import all_inside, mark
from ..core.binding.bound_loss import BoundLoss
from ..core.undeclared import undeclared
from ..sources.columns.candidates import CANDIDATE
from ..sources.frame import Frame


def refuse_undeclared(bound: BoundLoss, counts: Counter[str], frame: Frame) -> None:
    """Logits that nobody declared and that all lie in [0, 1] are asked about: a wrong guess is a wrong number."""
    sides = [role for role in frame.roles if role == "pred" or role.startswith(CANDIDATE)]
    inside = [role for role in sides if all_inside(role, counts)]
    for role in sides:
        for within in (True, False):
            counts.pop(mark(role, within), None)
    if inside:
        outside = next((frame.where(role) for role in sides if role not in inside), "")
        where, file = frame.where(inside[0]), frame.file(inside[0])
        raise undeclared(where, file, bound.loss.name, bound.loss.pred, outside)
