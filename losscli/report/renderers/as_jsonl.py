"""JSON lines: a result a line, each with what it takes to read it alone; under reduction none a row a line.

A line has the inputs of its own result. A row whose loss is not finite has the value null, and a status that says what
it is: nan, inf or -inf.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..model import Report, Result, common_document
from ..result_parts import status_of
from ..writing.spooled_rows import chunks


def render(report: Report, *, ascii_only: bool = False) -> str:
    return "".join(pieces(report, ascii_only=ascii_only))


def pieces(report: Report, *, ascii_only: bool = False) -> Iterator[str]:
    """The lines, some at a time: those of many rows are never all in memory."""
    for result in report.results:
        if result.rows is not None:
            yield from _rows(result, ascii_only)
        else:
            yield line(of_result(report, result), ascii_only)


def of_result(report: Report, result: Result) -> dict[str, Any]:
    """What stands in the line of a result."""
    document = common_document(report.command, [], [])
    shared = {name: document[name] for name in ("schema_version", "tool", "command")}
    if len(report.results) == 1:
        shared["inputs"] = [each.to_dict() for each in report.inputs]
    elif result.inputs:
        shared["inputs"] = [report.inputs[place].to_dict() for place in result.inputs]
    if request := report.request if result.request is None else result.request:
        shared["request"] = request
    own = {name: value for name, value in result.to_dict().items() if name not in ("inputs", "request")}
    return {**own, **shared}


def _rows(result: Result, ascii_only: bool) -> Iterator[str]:
    """The losses of the rows, which are counted from 0."""
    name = {"dataset": result.dataset} if result.dataset else {}
    for start, values in chunks(result.rows):
        lines = []
        for row, value in enumerate(values, start):
            status = status_of(value)
            said = {"value": value} if status == "ok" else {"value": None, "status": status}
            lines.append(line({**name, "loss": result.loss, "row": row, **said}, ascii_only))
        yield "".join(lines)


def line(data: dict[str, Any], ascii_only: bool = False) -> str:
    """An object as a line."""
    return json.dumps(data, allow_nan=False, sort_keys=True, ensure_ascii=ascii_only, separators=(",", ":")) + "\n"
