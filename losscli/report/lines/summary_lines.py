"""What a result says to a reader, as pairs of words: the one source of the table and of the plain text."""

from __future__ import annotations

import math
from typing import Any

from ..model import Check, Input, Report, Result
from .shown_digits import error_number, number


def lines_of(result: Result, inputs: list[Input], *, verbose: bool = True) -> list[tuple[str, str]]:
    """(what, value) pairs in reading order; the value first. Files and divisors only where it is `verbose`."""
    lines = [(result.title, value_of(result))]
    if result.dataset:
        lines.append(("data set", result.dataset))
    if result.error:
        lines.append(("why", result.error))
    lines.extend(_checks(result))
    if result.stderr is not None:
        lines.append(("standard error", error_number(result.stderr)))
    if result.ci:
        level = f"{100 * result.ci['level']:g}% interval"
        lines.append((level, f"{number(result.ci['low'])} ... {number(result.ci['high'])}"))
    lines.extend((f"of {each['output']}", _of_output(each)) for each in result.outputs)
    if result.grouping is not None:
        lines += _of_groups(result.grouping)
    frequency = result.weights_are == "frequency"
    if verbose or frequency:
        lines.append(("rows", f"{result.n}, each as often as its weight says" if frequency else str(result.n)))
    if result.pairing:
        lines.append(("paired", str(result.pairing)))
    for what, count in result.counts.items():
        if count and what != "dropped":  # that is the sum of nan and missing
            lines.append((_COUNTS.get(what, f"rows left out ({what})"), str(count)))
    over = f" over {_DENOMINATORS[result.denominator]}" if result.denominator else ""
    lines.append(("reduction", result.reduction + over if verbose else _reduction(result)))
    if result.like:
        lines.append(("like", f"{result.like}: {result.call}"))
    lines.append(("input", result.input + (f", labels: {result.label}" if result.label else "")))
    if said := parameters(result):
        lines.append(("parameters", said))
    lines.extend((each.role, describe(each)) for each in (inputs if verbose else ()))
    return lines


def _reduction(result: Result) -> str:
    """How rows became one number, in short: 'mean of 500 rows' where nothing weighs them."""
    rows = "1 row" if result.n == 1 else f"{result.n} rows"
    if result.elements:
        rows = f"the elements of {rows}"
    if result.reduction == "mean" and (result.weighted or result.denominator not in (None, "weights", "count")):
        kind = "weighted mean" if result.weighted else "mean"
        return f"{kind} of {rows}, over {_DENOMINATORS[result.denominator or 'weights']}"
    return f"{result.reduction} of {rows}"


def _of_groups(grouping: dict[str, Any]) -> list[tuple[str, str]]:
    """How many groups there are and, where the value is their mean, what it is of all rows."""
    count, by, macro = grouping["groups"], ", ".join(grouping["by"]), grouping["macro"]
    lines = [("groups", f"{count:,} by {by}")]
    if macro is None:
        return lines
    rows = macro["value_of_all_rows"]
    beside = "" if rows is None else f" (of all rows together it is {number(rows)})"
    groups = "1 group" if macro["groups"] == 1 else f"{macro['groups']:,} groups"
    return [("macro", f"the mean of the values of {groups}{beside}"), *lines]


def _of_output(each: dict[str, Any]) -> str:
    """The value of a column or class, and its standard error."""
    error = "" if each["stderr"] is None else f" (standard error {error_number(each['stderr'])})"
    return "nothing of it counts" if math.isnan(each["value"]) else number(each["value"]) + error


_COUNTS = {"where": "rows left out by --where", "ignored": "rows ignored", "infinite": "rows that cost inf"}
_DENOMINATORS = {
    "weights": "the sum of weights",
    "count": "the number of rows",
    "nonzero": "rows of nonzero weight",
    "elements": "the number of elements",
    "rows": "the number of rows, each with the sum over its elements",
}


def value_of(result: Result) -> str:
    """The value with its unit, or why there is none."""
    if result.error:
        return "error"
    if result.value is None:
        return "one a row"
    return number(result.value) + (f" {result.unit}" if result.unit else "")


_MOST_GROUPS = 20  # whose checks are all listed


def _checks(result: Result) -> list[tuple[str, str]]:
    """What became of each check; of very many groups those that passed are counted."""
    groups = [check for check in result.gates if check.group is not None]
    counted = [check for check in groups if check.passed and not check.informational]
    if len(groups) <= _MOST_GROUPS or not counted:
        return [(f"check {check.name}", check_outcome(check)) for check in result.gates]
    passed = set(map(id, counted))
    lines = [(f"check {check.name}", check_outcome(check)) for check in result.gates if id(check) not in passed]
    return [*lines, ("groups", f"{len(counted):,} more checks of groups passed; --json has all")]


def check_outcome(check: Check) -> str:
    """What became of a check, in words."""
    kind = " (informational)" if check.informational else ""
    return f"{check.outcome}{kind}" + (f": {sentence}" if (sentence := check_sentence(check)) else "")


def check_sentence(check: Check) -> str:
    """The check's own sentence, or its numbers."""
    if check.message or check.value is None:
        return check.message
    against = f", the limit is {number(check.limit)}" if check.limit is not None else ""
    return f"{number(check.value)}{against}"


def parameters(result: Result) -> str:
    """The parameters that a reader needs: 'gamma 2, alpha none'."""
    return ", ".join(f"{name} {_parameter(value)}" for name, value in result.shown_params.items())


def _parameter(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        listed = [f"{v:g}" if isinstance(v, int | float) else str(v) for v in value[:8]]
        return f"[{', '.join(listed)}{', ...' if len(value) > 8 else ''}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def describe(each: Input) -> str:
    """An input in a few words: its path, what it holds, its shape."""
    shape = " x ".join("?" if side is None else str(side) for side in each.shape)
    return f"{each.path or each.format} ({each.dtype}, {shape})"


def lines_of_each(report: Report, *, verbose: bool = True) -> list[list[tuple[str, str]]]:
    """The pairs of each result. Of several results the inputs come once, after all of them."""
    if len(report.results) == 1:
        return [lines_of(report.results[0], report.inputs, verbose=verbose)]
    each = [lines_of(result, [], verbose=verbose) for result in report.results]
    if not verbose:
        return each
    inputs = [(file.role, describe(file)) for file in report.inputs]
    return [*each, [("inputs", str(len(inputs))), *inputs]] if inputs else each
