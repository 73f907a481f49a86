"""Failures of a batch in the form of results: what they say, and the exit code they stand for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..core.errors import DataProblem, LossCliError
from ..core.loss_spec import LossSpec
from ..report.model import Report, Result

if TYPE_CHECKING:
    from .requests.request import Options


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


def failed(
    name: str, spec: LossSpec | None, problem: Exception, options: Options | None = None, command: str = "batch"
) -> Report:
    """The record of a failure, in the form of a result: as much of its settings as is known without the data."""
    loss = spec.loss if spec else None
    said = {**{key: getattr(options, key) for key in _SAID if options}, **(spec.options if spec else {})}
    kind, like = loss.pred[0] if loss else "", said.get("like")
    if loss is not None and like is not None and like in loss.like:
        with suppress(LossCliError):
            kind = loss.calls(like, said.get("input"), {})[0].input or kind
    result = Result(
        loss=loss.name if loss else "",
        value=None,
        n=0,
        weight_sum=0.0,
        reduction=said.get("reduction") or (loss.reductions[0] if loss else "none"),
        denominator=said.get("denominator"),
        input=said.get("input") or kind,
        label=None,
        params=_params(spec) if spec else {},
        signature="",
        precision=said.get("precision") or "double",
        like=like,
        unit=loss.unit if loss else "",
        counts={"dropped": 0, "nan": 0},
        dataset=name,
        alias=spec.alias if spec else "",
        error=sentence(problem),
    )
    return Report(command, [result])


_SAID = ("input", "like", "reduction", "denominator", "precision")
