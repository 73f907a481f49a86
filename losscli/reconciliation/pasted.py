"""Matches as calls that may be pasted after --like: written out, read back, and held to their value."""

from __future__ import annotations

import math

import numpy as np

from ..core.binding.binding import bind
from ..core.calls.reading import read_call
from ..core.calls.syntax import parsed
from ..core.calls.writing import call_text
from ..core.errors import BadValue, LossCliError, UsageProblem
from .aggregations import Aggregator
from .search import ConventionMatch, SearchRequest, sums_of

# What is changed beside a call and is no argument of it.
_BESIDE = ("factor", "batch_size", "weights", "squash", "swapped", "labels")
_SAME = 1e-6  # relative, in which two values of one call agree: sums are added up in another order


def pasted(match: ConventionMatch, request: SearchRequest) -> str:
    """The call of a match, ready to paste; one that cannot say all that was changed ends in words and is no call."""
    variant = match.variant
    if variant is None or variant.call is None:
        return match.call
    if any(name in match.knobs for name in _BESIDE):
        return _changed(match.call)
    params = {**variant.call.when, **request.given, **variant.params}
    reduced = None if match.own else {n: v for n, v in match.knobs.items() if n in ("reduction", "denominator") and v}
    text = call_text(
        request.loss, variant.like, variant.call, params, reduced, weighted=request.weight is not None
    )  # fmt: skip
    if text is not None and _gives(text, match, request):
        return text
    return _changed(match.call) if match.cost else match.call


def _changed(call: str) -> str:
    """The text of a call beside which something is changed: no call any more, lest it be pasted for another value."""
    try:
        parsed(call)
    except UsageProblem:
        return call
    return f"{call}, changed"


def _gives(text: str, match: ConventionMatch, request: SearchRequest) -> bool:
    """Whether the call, pasted, gives the value of the match."""
    assert match.variant is not None
    try:
        value = _value(text, match, request)
    except (BadValue, LossCliError, TypeError, ValueError, IndexError, FloatingPointError):
        return False
    if not math.isfinite(match.value):
        return value == match.value or (math.isnan(value) and math.isnan(match.value))
    return math.isclose(value, match.value, rel_tol=_SAME, abs_tol=1e-12)


def _value(text: str, match: ConventionMatch, request: SearchRequest) -> float:
    assert match.variant is not None
    meaning = read_call(text, request.loss)
    data = match.variant.arranged(request.data)
    said = dict(meaning.options)
    options = {name: said.pop(name) for name in ("input", "reduction", "denominator", "class_axis") if name in said}
    if said:
        return math.nan
    options.setdefault("input", match.variant.kind)
    shapes = {role: array.shape for role, array in data.items()}
    dtypes = {role: str(array.dtype) for role, array in data.items() if hasattr(array, "dtype")}
    with np.errstate(all="ignore"):
        bound = bind(
            request.loss, shapes, whole=request.whole, like=meaning.like, dtypes=dtypes, **options, **meaning.arguments
        )
        bound = bound.prepared(lambda: iter([data]))
        sums = sums_of(bound, data, None)
        if sums is None:
            return math.nan
        return next(Aggregator(bound, request.weight is not None, 1, None).aggregations(sums)).value
