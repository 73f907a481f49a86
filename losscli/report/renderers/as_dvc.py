"""A flat JSON of numbers that `dvc metrics show` and `dvc metrics diff` read.

{"focal": 0.049, "focal_stderr": 0.018}, with the data set before the loss where there are several: "val/focal". What is
not finite is left out: DVC has no token for it, and shows a missing number as missing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from ..model import Report, Result
from ..result_names import names


def render(report: Report) -> str:
    return page(metrics(report))


def keys(results: list[Result]) -> list[str]:
    """What the value of each result is called."""
    pairs = zip(results, names(results), strict=True)
    return [f"{result.dataset}/{name}" if result.dataset else name for result, name in pairs]


def metrics(report: Report) -> dict[str, float | None]:
    """The numbers of the results by their names; None where there is none."""
    numbers: dict[str, float | None] = {}
    for result, key in zip(report.results, keys(report.results), strict=True):
        known = (None, None) if result.error else (result.value, result.stderr)
        numbers |= dict(zip((key, f"{key}_stderr"), known, strict=True))
    return numbers


def page(numbers: Mapping[str, float | None]) -> str:
    """The numbers that are finite, as DVC reads them."""
    finite = {name: value for name, value in numbers.items() if value is not None and math.isfinite(value)}
    return json.dumps(finite, allow_nan=False, indent=2, sort_keys=True) + "\n"
