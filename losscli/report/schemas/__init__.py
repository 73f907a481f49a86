"""The JSON Schemas: files of the package, and that of a line, which follows from the report's."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

DOCUMENTS = ("report", "line", "suite", "vectors")


def text(document: str) -> str:
    """The schema of a document, by name."""
    if document == "line":
        return json.dumps(_of_line(json.loads(text("report"))), indent=2) + "\n"
    return (files(__package__) / f"{document}.schema.json").read_text(encoding="utf-8")


def _of_line(report: dict[str, Any]) -> dict[str, Any]:
    """JSON lines have a result a line with what it takes to read it alone, or under reduction none a row a line.

    Those of `compare` have a loss and a candidate a line, those of `slices` a group, those of `sweep` a
    point.
    """
    whole, result, contrast = report["properties"], report["$defs"]["result"], report["$defs"]["contrast"]
    shell = {name: whole[name] for name in ("schema_version", "tool", "command")}
    more = {name: whole[name] for name in ("inputs", "request")}
    compared = {name: whole[name] for name in ("comparison", "inputs")}
    listings = [
        (report["$defs"][each], {name: whole[name] for name in (command, "inputs")})
        for each, command in (("slice", "slices"), ("point", "sweep"))
    ]
    row = {
        "dataset": {"type": "string"},
        "loss": {"type": "string"},
        "row": {"type": "integer", "minimum": 0},
        "value": {"type": ["number", "null"], "description": "null where it is not finite: see status"},
        "status": {"enum": ["nan", "inf", "-inf"]},
    }
    return {
        "$schema": report["$schema"],
        "$id": report["$id"].replace("report-", "line-"),
        "title": "a line of losscli's JSON lines",
        "oneOf": [
            {
                **result,
                "description": "a result with its own inputs",
                "required": [*shell, *result["required"]],
                "properties": {**result["properties"], **shell, **more},
            },
            {
                **contrast,
                "required": [*shell, *compared, *contrast["required"]],
                "properties": {**contrast["properties"], **shell, **compared},
            },
            *(
                {
                    **each,
                    "required": [*shell, *shared, *each["required"]],
                    "properties": {**each["properties"], **shell, **shared},
                }
                for each, shared in listings
            ),
            {
                "type": "object",
                "description": "the loss of a row, counted from 0, under reduction none",
                "required": ["loss", "row", "value"],
                "properties": row,
                "additionalProperties": False,
            },
        ],
        "$defs": report["$defs"],
    }
