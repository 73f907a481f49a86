"""The numbers of all pictures of a report, for tools that draw their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import Report
from ..pictures.picture_data import of_document

if TYPE_CHECKING:
    from ..comparison import ComparisonReport
    from ..lines.inspection_lines import Inspection
    from ..reconciliation import Reconciliation


def render(report: Report | ComparisonReport | Reconciliation | Inspection) -> str:
    return of_document(report.to_dict())
