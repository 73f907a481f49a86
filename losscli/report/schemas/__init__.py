"""The JSON Schemas, as files of the package."""

from __future__ import annotations

from importlib.resources import files


def text(document: str) -> str:
    """The schema of a document, by name."""
    return (files(__package__) / f"{document}.schema.json").read_text(encoding="utf-8")
