"""The JSON Schemas, as files of the package."""

from __future__ import annotations

from pathlib import Path


def text(document: str) -> str:
    """The schema of a document, by name."""
    return (Path(__file__).parent / f"{document}.schema.json").read_text(encoding="utf-8")
