"""What is asked of a decomposition, which losses have one, and the order of its groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import UsageProblem
from ..core.record import record
from .options.output_options import PART_ORDERS
from .requests.request import Request


@record
class WhyRequest:
    """What is asked of a decomposition beside the request itself.

    `own` are the candidate's own labels and weights, by the role that they have where it stands alone.
    """

    request: Request
    own: Mapping[str, Any]
    sort: str = PART_ORDERS[0]


def refuse_no_sum(bound: BoundLoss) -> None:
    """A difference is one of groups where a value is a mean or a sum of what rows lose, and nothing else."""
    name = bound.loss.name
    if bound.reduction.name == "none":
        raise UsageProblem(
            "A difference needs one number a model.", "Leave out --reduction none.", kind="contradiction",
            options=("reduction",),
        )  # fmt: skip
    if bound.finish() is not None or bound.loss.reducers_function is not None:
        hint = "losscli compare --by compares the groups one by one"
        hint += "; of rmse, mse is the part that adds up." if name == "rmse" else "."
        raise UsageProblem(
            f"{name} is no mean or sum of the losses of rows here, so its difference is no sum over groups.", hint,
            kind="no_sum", options=("loss",),
        )  # fmt: skip


def ordered(parts: Sequence[Any], sort: str) -> list[Any]:
    """The groups in the order that is asked for; those of one rank stay in the order of their names."""
    keys = {
        "contribution": lambda part: -abs(part.contribution),
        "name": lambda part: 0,
        "n": lambda part: -sum(part.n),
        "difference": lambda part: -part.difference if part.difference is not None else float("inf"),
    }
    return sorted(parts, key=keys[sort])
