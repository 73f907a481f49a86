"""Which quantile each column of predictions is, where the columns are called so: q0.1, p10, 0.1, Model-lo-80."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.notes import Note
from ...core.safe_text import shown
from ..frame import Picked

_LEVEL = re.compile(r"(?i)(?:.*[-_. ])?(?:q|ql|quantile|p|pct|percentile)[-_ ]?(\d*\.?\d+)(?:%|th)?")
_PERCENT = re.compile(r"(?:.*[-_ ])?(\d+(?:\.\d+)?)%")
_FRACTION = re.compile(r"(?:.*[-_ ])?(0?\.\d+)")
_BOUND = re.compile(r"(?i).*[-_.](lo|hi)[-_.](\d+(?:\.\d+)?)")
_MEDIAN = re.compile(r"(?i)(?:.*[-_. ])?median")


def levels_of_names(names: tuple[str, ...]) -> tuple[float, ...] | None:
    """The quantile that each name says; None where one says none, or where it is not sure what numbers mean.

    Whole numbers are percents, if one of them has two digits: q1, q2, q3 may be quartiles.
    """
    numbers = [_number(name.strip()) for name in names]
    percents = [value for value, unit in numbers if unit == "percent"]
    if any(unit == "" for _, unit in numbers) or (percents and max(percents) < 10):
        return None
    if percents and any(unit == "share" for _, unit in numbers):
        return None
    levels = tuple(float(f"{value / 100:.12g}") if unit != "share" else value for value, unit in numbers)
    return levels if all(0 < level < 1 for level in levels) and len(set(levels)) == len(levels) else None


def _number(name: str) -> tuple[float, str]:
    """The number that a name ends with, and what it is: a share, percent, of either (a bound, a median), or nothing."""
    if bound := _BOUND.fullmatch(name):
        outside = (100.0 - float(bound[2])) / 2.0
        return (outside if bound[1].lower() == "lo" else 100.0 - outside), "either"
    if _MEDIAN.fullmatch(name):
        return 50.0, "either"
    if named := _LEVEL.fullmatch(name) or _PERCENT.fullmatch(name):
        value = float(named[1])
        return value, "share" if "." in named[1] and value < 1 and not name.endswith("%") else "percent"
    fraction = _FRACTION.fullmatch(name)
    return (float(fraction[1]), "share") if fraction else (0.0, "")


def with_named_levels(loss: Loss, params: Mapping[str, Any], pred: Picked, notes: list[str]) -> Mapping[str, Any]:
    """The parameters, with the quantiles that the columns of the predictions are called by, where none are given."""
    param = next((param for param in loss.params if param.name == "quantile"), None)
    table, pick = pred
    if loss.name == "crps_ensemble" and "estimator" not in params and len(pick.columns) > 1:
        _refuse_members(pick.columns)
    if param is None or not pick.columns or (not param.per and len(pick.columns) > 1):
        return params
    levels = levels_of_names(pick.columns)
    if levels is None or (table.format == "array" and not table.columns):
        return params
    given = params.get("quantile")
    if given is not None:
        _refuse_order(given, levels, pick.columns)
        if len(levels) == 1 and isinstance(given, float) and given != levels[0]:
            name = shown(pick.columns[0])
            text = f"The column {name} is called as the quantile {levels[0]:g}, and is taken for {given:g} as asked."
            notes.append(Note(text, kind="levels_by_name", role="pred"))
        return params
    text = ", ".join(f"{level:g}" for level in levels)
    few = ", ".join(map(shown, pick.columns[:6])) + (", ..." if len(pick.columns) > 6 else "")
    said = f"the column {few} is" if len(levels) == 1 else f"the columns {few} are"
    notes.append(Note(f"quantile {text}: as {said} called.", kind="levels_by_name", role="pred"))
    return {**params, "quantile": levels if param.per else levels[0]}


def _refuse_members(names: tuple[str, ...]) -> None:
    """Columns that are called as quantiles are no members of an ensemble, unless it is said that they are."""
    levels = levels_of_names(names)
    if levels is None or {round(1 - level, 9) for level in levels} != {round(level, 9) for level in levels}:
        return
    raise UsageProblem(
        f"The columns {', '.join(map(shown, names[:6]))}{', ...' * (len(names) > 6)} are called as quantiles, and "
        "crps_ensemble takes the members of an ensemble.",
        "Compute crps_quantile if they are quantiles, or add --estimator plain if they are members.",
        kind="contradiction",
        options=("pred", "estimator"),
    )


def _refuse_order(given: Any, levels: tuple[float, ...], names: tuple[str, ...]) -> None:
    """The quantiles of the names in another order are what one of the two has wrong."""
    said = tuple(given) if isinstance(given, list | tuple) else (given,)
    if said != levels and sorted(said) == sorted(levels):
        ours, theirs = (",".join(f"{each:g}" for each in each_list) for each_list in (said, levels))
        raise UsageProblem(
            f"--quantile says {ours}, and the columns {', '.join(map(shown, names))} are called {theirs}.",
            f"Say --quantile {theirs}, or leave it out.",
            kind="contradiction",
            options=("quantile", "pred"),
        )
