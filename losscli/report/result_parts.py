"""Parts of a result as they stand in JSON, which has no number for what is not finite."""

from __future__ import annotations

import math
from typing import Any


def status_of(value: float) -> str:
    """What a number is where JSON has none for it: ok, nan, inf or -inf."""
    if math.isfinite(value):
        return "ok"
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def not_finite(rows: list[float]) -> dict[str, list[int]]:
    """The rows, counted from 0, whose losses JSON has no number for, by what they are."""
    lacking: dict[str, list[int]] = {}
    for row, value in enumerate(rows):
        if not math.isfinite(value):
            lacking.setdefault(status_of(value), []).append(row)
    return lacking


def output_of(each: dict[str, Any]) -> dict[str, Any]:
    """The value of a column or class; one that is not finite says what it is."""
    value = each["value"]
    said = {} if value is None or math.isfinite(value) else {"status": status_of(value)}
    return {"output": each["output"], "value": finite(value), "stderr": finite(each["stderr"]), **said}


def group_of(group: dict[str, Any]) -> dict[str, Any]:
    """A group as it stands in JSON."""
    numbers = {key: finite(group[key]) for key in ("value", "weight_sum", "stderr", "share")}
    return {**group, **numbers}


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it stands in JSON; a loss that is not finite says what it is."""
    said = {} if math.isfinite(row["loss"]) else {"status": status_of(row["loss"])}
    return {**row, "loss": finite(row["loss"]), **said}


def grouping_of(grouping: dict[str, Any]) -> dict[str, Any]:
    """What is said of all groups, as it stands in JSON."""
    macro = grouping["macro"]
    if macro is not None:
        macro = {key: finite(value) if isinstance(value, float) else value for key, value in macro.items()}
    return {**grouping, "macro": macro}


def finite(value: float | None) -> float | None:
    """What is not finite has no place in JSON."""
    return value if value is not None and math.isfinite(value) else None
