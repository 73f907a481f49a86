"""A flat JSON of numbers that `dvc metrics show` and `dvc metrics diff` read.

{"focal": 0.049, "focal_stderr": 0.018}, with the data set before the loss where there are several: "val/focal". What is
not finite is left out: DVC has no token for it, and shows a missing number as missing.
"""

from __future__ import annotations

import json
import math

from ..model import Report
from ..result_names import names


def render(report: Report) -> str:
    metrics: dict[str, float] = {}
    for result, name in zip(report.results, names(report.results), strict=True):
        key = f"{result.dataset}/{name}" if result.dataset else name
        for what, value in ((key, result.value), (f"{key}_stderr", result.stderr)):
            if value is not None and math.isfinite(value) and not result.error:
                metrics[what] = value
    return json.dumps(metrics, allow_nan=False, indent=2, sort_keys=True) + "\n"
