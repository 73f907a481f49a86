"""Failures of a batch in the form of results: what they say, and the exit code they stand for."""

from __future__ import annotations

from typing import Any

from ..core.errors import DataProblem, LossCliError
from ..core.loss_spec import LossSpec
from ..report.model import Report, Result


def sentence(problem: Exception) -> str:
    """What a problem says in a record."""
    if isinstance(problem, LossCliError):
        return str(problem)
    if isinstance(problem, MemoryError):
        return "There is not enough memory for this input."
    if isinstance(problem, OSError):
        return f"{problem.filename or 'Reading'} failed: {(problem.strerror or str(problem)).lower()}."
    return " ".join(f"This is a bug in losscli: {type(problem).__name__}: {problem}".split())


def exit_code(problem: Exception) -> int:
    """What a problem ends a run with, if it ends it."""
    if isinstance(problem, LossCliError):
        return problem.exit_code
    return DataProblem.exit_code if isinstance(problem, MemoryError) else 2 if isinstance(problem, OSError) else 70


def _params(spec: LossSpec) -> dict[str, Any]:
    """All parameters, as far as they can be told without data."""
    own = {param.name for param in spec.loss.params}
    params = {name: value for name, value in spec.arguments.items() if name in own}
    try:
        return spec.loss.resolve(params)
    except LossCliError:  # one names a file
        return params


def failed(name: str, spec: LossSpec | None, problem: Exception) -> Report:
    """The record of a failure, in the form of a result."""
    loss = spec.loss if spec else None
    options = spec.options if spec else {}
    result = Result(
        loss=loss.name if loss else "",
        value=None,
        n=0,
        weight_sum=0.0,
        reduction=options.get("reduction") or (loss.reductions[0] if loss else "none"),
        denominator=options.get("denominator"),
        input=options.get("input") or (loss.pred[0] if loss else ""),
        label=None,
        params=_params(spec) if spec else {},
        signature="",
        like=options.get("like"),
        counts={"dropped": 0, "nan": 0},
        dataset=name,
        error=sentence(problem),
    )
    return Report("batch", [result])
