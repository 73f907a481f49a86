"""The Python interface of `reconcile`: which convention made a number."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core import registry
from ..core.loss import Loss
from ..reconciliation import load_arrays
from ..reconciliation.search import ExpectedNumber, conventions_of, search
from ..report.model import Match, Reconciliation
from ..sources.columns import assemble
from .compute import Options, inputs_of, names_of, wanted_of


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
    columns = {"pred": names_of(pred), "label": names_of(label), "weight": names_of(weight)}
    by = names_of(join) if join else ()
    options = Options(input=input, columns=columns, classes=classes, join=by, on_missing=on_missing)
    given = {"pred": predictions, "label": labels, "weight": weights}
    report = explain(loss, given, params, options, expect=expect, digits=digits, batch_size=batch_size)
    return report.matches if report.matched else []


def explain(
    loss: str | Loss,
    given: dict[str, Any],
    arguments: dict[str, Any],
    options: Options,
    *,
    expect: str | float | None,
    digits: int | None,
    batch_size: int | None,
) -> Reconciliation:
    """`reconcile` as a report, with the nearest conventions where none prints the number."""
    began = time.perf_counter()
    declared = loss if isinstance(loss, Loss) else registry.find(loss)
    target = None if expect is None else ExpectedNumber.of(expect, digits)
    wanted, params = wanted_of(declared, given, arguments, options)
    assembly = assemble(declared, wanted, params, options.input or declared.pred[0])
    try:
        request = load_arrays.search_request(declared, assembly, assembly.params, options.input, batch_size)
        outcome = conventions_of(request) if target is None else search(request, target)
        inputs = inputs_of(assembly, request.rows, {})
    finally:
        assembly.close()
    matches = [Match(each.value, each.like, each.call, each.knobs) for each in outcome.matches]
    text = None if expect is None else str(expect)
    elapsed = round(time.perf_counter() - began, 6)
    return Reconciliation(declared.name, text, outcome.matched, outcome.tried, matches, inputs, assembly.notes, elapsed)
