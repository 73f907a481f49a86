"""A loss bound to the data of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.binding.binding import bind
from ...core.binding.bound_loss import BoundLoss
from ...core.errors import LossCliError
from ...core.loss import Loss
from ...sources.assembly import Assembly
from ...sources.columns.candidates import BY, CANDIDATE, CLUSTER
from .request import Options


def bound_of(
    loss: Loss, assembly: Assembly, params: Mapping[str, Any], options: Options, pred: str = "pred"
) -> BoundLoss:
    """The loss with everything decided for these data; `pred` is the role of one model's predictions."""
    frame = assembly.frame
    others = (role for role in frame.fields if role not in ("pred", CLUSTER) and not role.startswith((CANDIDATE, BY)))
    fields = {"pred": frame.fields[pred], **{role: frame.fields[role] for role in others}}
    try:
        return bind(
            loss,
            {role: field.shape for role, field in fields.items()},
            input=options.input,
            reduction=options.reduction,
            denominator=options.denominator,
            whole=assembly.whole,
            like=options.like,
            dtypes={role: field.dtype for role, field in fields.items()},
            precision=options.precision,
            **elements_of(options, assembly),
            **params,
        )
    except LossCliError as problem:
        from ...sources.columns.column_hints import name_columns

        raise name_columns(problem, frame) from None


def elements_of(options: Options, assembly: Assembly) -> dict[str, Any]:
    """What is said of the axes and elements of rows, as binding takes it; weights of columns are read."""
    said = options.of_elements
    if isinstance(said["column_weights"], str):
        from ...sources.classes.class_values import values_of_columns

        said["column_weights"] = values_of_columns(said["column_weights"], options.reading, assembly.class_names)
    return said
