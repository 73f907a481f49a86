"""What a loss that is asked for needs of columns and labels, where several losses share a reading."""

from __future__ import annotations

from ...core.declarations.conventions import split_like
from ...core.loss_spec import LossSpec
from ...sources.columns.recognition import Need
from .request import Options


def need_of(spec: LossSpec, options: Options) -> Need:
    """What one of the losses needs of columns and labels."""
    loss, arguments = spec.loss, spec.arguments
    params = {name: value for name, value in arguments.items() if name in {param.name for param in loss.params}}
    calls = (
        loss.calls(options.like, options.input, params)
        if options.like and split_like(options.like)[0] in loss.like
        else ()
    )
    return Need.of(loss, options.input or (calls[0].input if calls else "") or loss.pred[0], params)
