"""Parts of a result read back from JSON that are printed and drawn: every number is one, or a DataProblem says so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..core.errors import DataProblem
from ..core.safe_text import shown
from .result_parts import not_finite_of

_MAY_BE_OPEN = {("losses", "low"), ("losses", "high")}  # ends of bins that are infinite
_LISTS = {
    "losses": ("low", "high", "rows", "weight", "loss"),
    "calibration": ("low", "high", "count", "weight", "predicted", "came_true"),
    "residuals": ("prediction", "residual", "count"),
    "confusion": ("actual", "predicted", "rows", "loss", "infinite"),
}
_NOT_NEGATIVE = ("rows", "count", "weight", "came_true", "infinite", "left_out")


def counts_of(where: str, counts: Mapping[str, Any]) -> dict[str, int]:
    """Rows that were left out, by reason."""
    if not all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in counts.values()):
        raise DataProblem(f"{where}: counts are no whole numbers.")
    return dict(counts)


_OF_ELEMENTS: dict[str, tuple[type, ...]] = {"class_axis": (int,), "shift": (int,), "ignore_label": (int, float)}


def elements_of(where: str, elements: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of the elements of rows."""
    for name, value in elements.items():
        kinds = _OF_ELEMENTS.get(name, (int, float, bool))
        values = value if isinstance(value, list) and name not in _OF_ELEMENTS else [value]
        if not all(isinstance(each, kinds) and (bool in kinds or not isinstance(each, bool)) for each in values):
            raise DataProblem(f"{where}: {shown(name)} of its elements is no number.")
    return dict(elements)


def interval_of(where: str, ci: Any) -> dict[str, Any] | None:
    """An interval; None where there is none."""
    if ci is None:
        return None
    if not isinstance(ci, dict) or not all(_is_number(ci.get(name)) for name in ("level", "low", "high")):
        raise DataProblem(f"{where}: ci has no level, or an end is no number.")
    return ci


def outputs_of(where: str, outputs: list[Any]) -> list[dict[str, Any]]:
    """The values of columns or classes; one that is null without a word is of a class of which nothing counts."""
    read = []
    for each in outputs:
        if not isinstance(each, dict) or not isinstance(each.get("output"), str | int):
            raise DataProblem(f"{where}: an output does not say which it is.")
        value, stderr = each.get("value"), each.get("stderr")
        if not all(number is None or _is_number(number) for number in (value, stderr)):
            raise DataProblem(f"{where}: the value of an output is no number.")
        missing = not_finite_of(each, "value")
        value = (math.nan if missing is None else missing) if value is None else float(value)
        read.append({"output": each["output"], "value": value, "stderr": stderr})
    return read


def check_histograms(where: str, histograms: Mapping[str, Any]) -> None:
    """Refuse histograms that cannot be drawn: lists of a part that differ in length, or with what is no number."""
    for part, held in histograms.items():
        if part not in _LISTS or not isinstance(held, dict) or not _is_whole(part, held):
            raise DataProblem(f"{where}: histograms {part} is damaged.")


def _is_whole(part: str, held: Mapping[str, Any]) -> bool:
    lists = [held.get(name) for name in _LISTS[part]]
    if not all(isinstance(each, list) for each in lists) or len({len(each or ()) for each in lists}) > 1:
        return False
    if not all(_fits(part, name, value) for name, value in held.items()):
        return False
    if part == "confusion":
        names = held.get("names")
        classes = held.get("classes") if names is None else len(names)
        known = [each for name in ("actual", "predicted") for each in held[name]]
        return isinstance(classes, int) and all(isinstance(each, int) and 0 <= each < classes for each in known)
    return part != "calibration" or all(
        true <= weight * (1 + 1e-9) for true, weight in zip(held["came_true"], held["weight"], strict=True)
    )


def _fits(part: str, name: str, value: Any) -> bool:
    if name == "names":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if name == "of":
        return isinstance(value, str)
    values = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    return all(
        (each is None and (part, name) in _MAY_BE_OPEN)
        or (_is_number(each) and math.isfinite(each) and (each >= 0 or name not in _NOT_NEGATIVE))
        for each in values
    )


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold, if only an infinite one."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < 1024
    return isinstance(value, float) and not math.isnan(value)
