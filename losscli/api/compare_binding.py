"""The loss bound to each side of a comparison."""

from __future__ import annotations

from ..core.binding.binding import bind
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..core.loss import Loss
from ..sources.assembly import Assembly
from ..sources.candidates import CANDIDATE, CLUSTER
from .compute import elements_of
from .request import Options


def bound_side(loss: Loss, assembly: Assembly, options: Options, pred: str) -> BoundLoss:
    """The loss bound to one side's predictions."""
    frame = assembly.frame
    roles = {name for name in frame.roles if name not in ("pred", CLUSTER) and not name.startswith(CANDIDATE)}
    shapes = {"pred": frame.fields[pred].shape, **{name: frame.fields[name].shape for name in roles}}
    dtypes = {"pred": frame.fields[pred].dtype, **{name: frame.fields[name].dtype for name in roles}}
    if shapes["pred"][1:] != frame.fields["pred"].shape[1:]:
        ours, theirs = (_sides(frame.fields[name].shape) for name in (pred, "pred"))
        raise DataProblem(f"A row of {frame.where(pred)} has shape {ours}, one of {frame.where('pred')} {theirs}.")
    return bind(
        loss,
        shapes,
        input=options.input,
        reduction=options.reduction,
        denominator=options.denominator,
        whole=assembly.whole,
        like=options.like,
        dtypes=dtypes,
        precision=options.precision,
        **elements_of(options, assembly),
        **assembly.params,
    )


def _sides(shape: tuple[int | None, ...]) -> str:
    return " x ".join(map(str, shape[1:])) or "1"
