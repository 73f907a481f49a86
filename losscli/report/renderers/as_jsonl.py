"""JSON lines: a result a line, each with what it takes to read it alone; under reduction none a row a line.

A line has the inputs of its own result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..model import Report, Result


def render(report: Report, *, ascii_only: bool = False) -> str:
    document = report.to_dict()
    shared = {name: document[name] for name in ("schema_version", "tool", "command")}
    if len(report.results) == 1 and document["request"]:
        shared["request"] = document["request"]
    lines: list[dict[str, Any]] = []
    for result, data in zip(report.results, document["results"], strict=True):
        if result.rows is not None:
            lines.extend(_rows(result, data))
            continue
        line = {**shared, **data}
        line.pop("inputs", None)
        if len(report.results) == 1:
            line["inputs"] = document["inputs"]
        elif result.inputs:
            line["inputs"] = [document["inputs"][place] for place in result.inputs]
        lines.append(line)
    return "".join(f"{_line(line, ascii_only)}\n" for line in lines)


def _rows(result: Result, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The losses of the rows, which are counted from 0."""
    name = {"dataset": result.dataset} if result.dataset else {}
    for row, value in enumerate(data["rows"]):
        yield {**name, "loss": result.loss, "row": row, "value": value}


def _line(data: dict[str, Any], ascii_only: bool) -> str:
    return json.dumps(data, allow_nan=False, sort_keys=True, ensure_ascii=ascii_only, separators=(",", ":"))
