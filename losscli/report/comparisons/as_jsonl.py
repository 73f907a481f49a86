"""JSON lines of a comparison: a loss and candidate a line, each with what it takes to read it alone."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..renderers.as_jsonl import line

SHARED = ("schema_version", "tool", "command", "comparison", "inputs")


def render(report: ComparisonReport, *, ascii_only: bool = False) -> str:
    document = report.to_dict()
    shared = {name: document[name] for name in SHARED}
    return "".join(line({**result, **shared}, ascii_only) for result in document["results"])
