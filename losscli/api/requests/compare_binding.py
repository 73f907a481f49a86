"""The loss bound to each side of a comparison."""

from __future__ import annotations

from ...core.binding.bound_loss import BoundLoss
from ...core.errors import DataProblem
from ...core.loss import Loss
from ...sources.assembly import Assembly
from .binding import bound_of
from .request import Options


def bound_side(loss: Loss, assembly: Assembly, options: Options, pred: str) -> BoundLoss:
    """The loss bound to one side's predictions."""
    frame = assembly.frame
    if frame.fields[pred].shape[1:] != frame.fields["pred"].shape[1:]:
        ours, theirs = (_sides(frame.fields[name].shape) for name in (pred, "pred"))
        raise DataProblem(f"A row of {frame.where(pred)} has shape {ours}, one of {frame.where('pred')} {theirs}.")
    return bound_of(loss, assembly, assembly.params, options, pred)


def _sides(shape: tuple[int | None, ...]) -> str:
    return " x ".join(map(str, shape[1:])) or "1"
