"""The Python interface of `reconcile`: which convention made a number."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core.loss import Loss
from ..reconciliation import load_arrays
from ..reconciliation.search import ExpectedNumber, conventions_of, search
from ..report.model import Match, Reconciliation
from ..sources.assembly import assemble
from .compute import inputs_of
from .request import Request, request_of_call


def reconcile(
    loss: str | Loss,
    predictions: Any,
    labels: Any = None,
    *,
    expect: str | float | None = None,
    digits: int | None = None,
    weights: Any = None,
    input: str | None = None,
    batch_size: int | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    join: str | Sequence[str] = (),
    on_missing: str | None = None,
    **params: Any,
) -> list[Match]:
    """The value under every convention; with `expect`, the conventions that print this number, simplest first.

    `expect` is best given as text, whose digits count: "0.0355" means up to half of its last place; `digits` asks for
    so many significant ones instead. `input` and parameters given are certain, everything else is tried;
    `batch_size` also averages the means of batches; `join` and `on_missing` are those of `compute`. An empty list means
    that no convention prints the number. Returns Matches with `value`, `like`, `call` and `knobs`.
    """
    files = {"pred": predictions, "label": labels}
    answer = explain(request_of_call("reconcile", locals(), files))
    return answer.matches if answer.found else []


def explain(request: Request) -> Reconciliation:
    """`reconcile` as a report, with the nearest conventions where none prints the number."""
    began = time.perf_counter()
    (asked,) = request.losses
    loss, options = asked.spec.loss, request.options
    target = None if options.expect is None else ExpectedNumber.of(options.expect, options.digits)
    inputs, params = request.inputs(asked.spec)
    assembly = assemble(loss, inputs, params, options.input or loss.pred[0])
    try:
        question = load_arrays.question(loss, assembly, assembly.params, options.input, options.batch_size)
        answer = conventions_of(question) if target is None else search(question, target)
        read = inputs_of(assembly, question.rows, {})
    finally:
        assembly.close()
    matches = [Match(each.value, each.like, each.call, each.knobs) for each in answer.matches]
    text = None if options.expect is None else str(options.expect)
    elapsed = round(time.perf_counter() - began, 6)
    return Reconciliation(loss.name, text, answer.found, answer.tried, matches, read, assembly.notes, elapsed)
