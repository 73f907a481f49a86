"""Parts of a result as they stand in JSON, which has no number for what is not finite: null is in its place, beside a
`status` for a value or a loss, and `not_finite` for other numbers, which say what it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


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


def numbers(**values: float | None) -> dict[str, Any]:
    """These numbers; those that are not finite are null, and listed under `not_finite` as what they are."""
    said = {name: status_of(value) for name, value in values.items() if value is not None and not math.isfinite(value)}
    return {**{name: finite(value) for name, value in values.items()}, **({"not_finite": said} if said else {})}


def not_finite_of(entry: Mapping[str, Any], name: str) -> float | None:
    """What a number is that is null in JSON, as its entry says it; None where it is not there."""
    listed = entry.get("not_finite")
    said = listed.get(name) if isinstance(listed, Mapping) else None
    if said is None and name in ("value", "loss"):
        said = entry.get("status")
    return NOT_FINITE.get(said) if isinstance(said, str) else None


def infinity(values: Iterable[float]) -> str:
    """What rows cost that are infinite, given the sums or the value that they made."""
    signs = {value for value in values if value}
    return "inf" if signs == {math.inf} else "-inf" if signs == {-math.inf} else "inf or -inf"


def output_of(each: dict[str, Any]) -> dict[str, Any]:
    """The value of a column or class; one that is not finite says what it is."""
    value = each["value"]
    said = {} if value is None or math.isfinite(value) else {"status": status_of(value)}
    return {"output": each["output"], "value": finite(value), "stderr": finite(each["stderr"]), **said}


def group_of(group: dict[str, Any]) -> dict[str, Any]:
    """A group as it stands in JSON; a value that is not finite says what it is."""
    value = group["value"]
    said = {} if value is None or math.isfinite(value) else {"status": status_of(value)}
    more = numbers(weight_sum=group["weight_sum"])
    return {**group, "value": finite(value), **more, **{key: finite(group[key]) for key in ("stderr", "share")}, **said}


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it stands in JSON; a loss that is not finite says what it is."""
    said = {} if math.isfinite(row["loss"]) else {"status": status_of(row["loss"])}
    return {**row, "loss": finite(row["loss"]), **said}


def grouping_of(grouping: dict[str, Any]) -> dict[str, Any]:
    """What is said of all groups, as it stands in JSON."""
    macro = grouping["macro"]
    if macro is not None:
        value, stderr = macro["value_of_all_rows"], macro["stderr_of_all_rows"]
        macro = {**macro, **numbers(value_of_all_rows=value), "stderr_of_all_rows": finite(stderr)}
    return {**grouping, "macro": macro}


def finite(value: float | None) -> float | None:
    """What is not finite has no place in JSON."""
    return value if value is not None and math.isfinite(value) else None
