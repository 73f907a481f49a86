"""A loss bound to the data of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.binding.binding import bind
from ...core.binding.bound_loss import BoundLoss
from ...core.binding.decided_loss import FREQUENCY
from ...core.errors import LossCliError, UsageProblem
from ...core.loss import Loss
from ...core.record import replace
from ...sources.assembly import Assembly
from ...sources.columns.candidates import BY, CANDIDATE, CLUSTER, KEEP
from ...sources.table import Field
from .request import Options


def bound_of(
    loss: Loss, assembly: Assembly, params: Mapping[str, Any], options: Options, pred: str = "pred"
) -> BoundLoss:
    """The loss with everything decided for these data; `pred` is the role of one model's predictions."""
    frame = assembly.frame
    if loss.name == "crps_ensemble" or any(param.name == "quantile" for param in loss.params):
        from ...sources.columns.quantile_names import with_named_levels

        params = with_named_levels(loss, params, frame.roles[pred], assembly.notes)
    beside = (CANDIDATE, BY, KEEP)
    others = (role for role in frame.fields if role not in ("pred", CLUSTER) and not role.startswith(beside))
    fields = {"pred": frame.fields[pred], **{role: frame.fields[role] for role in others}}
    repeats = options.weights_are == FREQUENCY
    if repeats:  # the loss is one of the rows that these stand for, which have no weights
        _refuse_no_frequencies(fields.pop("weight", None))
    try:
        bound = bind(
            loss,
            {role: field.shape for role, field in fields.items()},
            input=options.input,
            reduction=options.reduction,
            denominator=options.denominator,
            whole=assembly.whole,
            like=options.like,
            dtypes={role: field.dtype for role, field in fields.items()},
            precision=options.precision,
            stacked=bool(options.reading.stack),
            **elements_of(options, assembly),
            **params,
        )
    except LossCliError as problem:
        from ...sources.columns.column_hints import name_columns

        raise name_columns(problem, frame) from None
    return replace(bound, weights_are=FREQUENCY) if repeats else bound


def _refuse_no_frequencies(weight: Field | None) -> None:
    """Weights that are frequencies are there, one a row."""
    if weight is None:
        raise UsageProblem(
            "--weights-are says what weights are, and there are none.",
            "Name them with --weights FILE or --weight COLUMN, or leave out --weights-are.",
            kind="contradiction",
            options=("weights-are",),
        )
    if any(side != 1 for side in weight.shape[1:]):
        raise UsageProblem(
            "--weights-are frequency takes one weight a row, and these have one for each element of a row.",
            "Leave out --weights-are frequency.",
            kind="contradiction",
            options=("weights-are",),
        )


def elements_of(options: Options, assembly: Assembly) -> dict[str, Any]:
    """What is said of the axes and elements of rows, as binding takes it; weights of columns are read."""
    said = options.of_elements
    if isinstance(said["column_weights"], str):
        from ...sources.classes.class_values import values_of_columns

        said["column_weights"] = values_of_columns(said["column_weights"], options.reading, assembly.class_names)
    return said
