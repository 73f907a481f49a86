"""The numbers of pictures for other tools: CSV, JSON records that DVC and Vega read, and one JSON of all pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from .drawing import Document, Drawing
from .registry import drawings_of

_VALUES = (  # of results, comparisons and conventions
    "loss", "spelling", "name", "params", "dataset", "candidate", "like", "call", "value", "difference", "stderr",
    "status", "verdict",
)  # fmt: skip


def as_csv(drawings: Sequence[Drawing]) -> str:
    """A row for each mark of the pictures, with the title of its picture where there are several."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    several = len(drawings) > 1
    rows.writerow([*(["title"] if several else []), *drawings[0].columns])
    for drawing in drawings:
        for row in drawing.rows:
            rows.writerow([*([_text(drawing.title)] if several else []), *map(_cell, row)])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value


def _text(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_records(drawings: Sequence[Drawing]) -> str:
    """A JSON list of objects, one for each mark."""
    records = [
        {"picture": drawing.kind, "title": drawing.title, **dict(zip(drawing.columns, row, strict=True))}
        for drawing in drawings
        for row in drawing.to_dict()["rows"]
    ]
    return json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def of_document(document: Document) -> str:
    """The pictures of a report as one JSON document: the values, and what each picture shows, in words and numbers."""
    pictures = [drawing.to_dict() for drawing in drawings_of(document)]
    values = [{key: result[key] for key in _VALUES if key in result} for result in document["results"]]
    data = {"tool": document["tool"], "command": document["command"], "results": values, "pictures": pictures}
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
