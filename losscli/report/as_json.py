"""JSON: one document, keys sorted, floats at full precision, never NaN or Infinity."""

from __future__ import annotations

import json

from .model import Report


def render(report: Report) -> str:
    return json.dumps(report.to_dict(), allow_nan=False, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
