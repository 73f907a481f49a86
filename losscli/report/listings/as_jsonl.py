"""JSON lines of a listing: a row of the table a line, each with what it takes to read it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..renderers.as_jsonl import line

if TYPE_CHECKING:
    from .listed import ListedReport

SHARED = ("schema_version", "tool", "command", "inputs")


def render(report: ListedReport, *, ascii_only: bool = False) -> str:
    document = report.to_dict()
    shared = {name: document[name] for name in (*SHARED, report.command)}
    return "".join(line({**result, **shared}, ascii_only) for result in document["results"])
