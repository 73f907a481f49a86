"""A loss bound anew from what a report says of a result: to finish sums that were kept, without the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...core import registry
from ...core.arrays.inputs import Shape
from ...core.binding.binding import bind
from ...core.binding.bound_loss import BoundLoss
from ...core.binding.decided_loss import IMPORTANCE
from ...core.errors import DataProblem
from ...core.record import replace
from ...report.model import Input, Result
from ...sources.columns.candidates import CLUSTER
from ...sources.columns.recognition import CALLED
from .request import ELEMENTS


def shapes_of(inputs: Iterable[Input]) -> dict[str, Shape]:
    """The shapes of inputs by their roles, without the number of rows; clusters are no input of a loss."""
    names = {called: role for role, called in CALLED.items()}
    shapes = {names.get(each.role, each.role): (None, *each.shape[1:]) for each in inputs}
    return {role: shape for role, shape in shapes.items() if role != CLUSTER}


def bound_anew(result: Result, shapes: Mapping[str, Shape]) -> BoundLoss:
    """The loss as it was bound for this result; a LossCliError where the report does not say enough."""
    declared = registry.find(result.loss)
    if "pred" not in shapes:
        raise DataProblem("The report has no predictions among its inputs.")
    whole = {role.name: np.empty(0) for role in declared.roles if not role.rows and role.name in shapes}
    rows = {name: shape for name, shape in shapes.items() if name not in whole}
    if result.weights_are != IMPORTANCE:
        rows.pop("weight", None)
    params = {p.name: result.params[p.name] for p in declared.params if p.name in result.params}
    bound = bind(
        declared,
        rows,
        input=result.input,
        reduction=None if result.reduction == "pooled" else result.reduction,
        denominator=result.denominator,
        whole=whole,
        precision=result.precision,
        **_like(result),
        **_said_of_elements(result),
        **params,
    )
    return replace(bound, weights_are=result.weights_are)


def _said_of_elements(result: Result) -> dict[str, Any]:
    """What was said of the axes, columns and elements of a result's rows, as binding takes it."""
    said = {name: value for name, value in (result.elements or {}).items() if name in ELEMENTS}
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return {**listed, "per_output": bool(result.outputs)}


def _like(result: Result) -> dict[str, Any]:
    """The convention of a result and its floats, as binding takes them."""
    if result.convention is None:
        return {}
    floats = result.convention["floats"]
    return {"like": result.convention["name"], "dtypes": {"pred": floats, "label": floats}}
