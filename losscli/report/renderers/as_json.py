"""JSON: one document, keys sorted, floats at full precision, never NaN or Infinity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..comparison import ComparisonReport
from ..lines.inspection_lines import Inspection
from ..model import Report

if TYPE_CHECKING:
    from ..reconciliation import Reconciliation


def render(report: Report | Reconciliation | Inspection | ComparisonReport, *, ascii_only: bool = False) -> str:
    return document(report.to_dict(), ascii_only=ascii_only)


def document(data: Any, *, ascii_only: bool = False) -> str:
    """Any data as JSON; `ascii_only` writes the other letters as escapes."""
    return json.dumps(data, allow_nan=False, indent=2, sort_keys=True, ensure_ascii=ascii_only) + "\n"
