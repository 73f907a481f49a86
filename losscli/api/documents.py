"""Reports read back: what a JSON document of losscli says, checked before it is believed."""

from __future__ import annotations

import json
import os
from typing import Any

from ..core.errors import DataProblem, UsageProblem
from ..core.safe_text import shown
from ..report.model import SCHEMA_VERSION

LARGEST = 1 << 28  # bytes of a document


def read(path: str | dict[str, Any]) -> dict[str, Any]:
    """The document of a file, or one that is in memory. What is no report of losscli is a DataProblem."""
    if isinstance(path, dict):
        return _checked(path, "The report")
    return _checked(_loaded(path), shown(os.fspath(path)))


def folder_of(path: str | dict[str, Any]) -> str:
    """The folder beside whose report its rows may lie."""
    return "" if isinstance(path, dict) else os.path.dirname(path)


def _loaded(path: str) -> Any:
    name = shown(os.fspath(path))
    try:
        if os.path.getsize(path) > LARGEST:
            raise DataProblem(f"{name} is too large for a report.")
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", kind="missing_file", file=name) from None
    except IsADirectoryError:
        raise UsageProblem(f"{name} is a directory, not a report.") from None
    except OSError as problem:
        raise DataProblem(f"{name} cannot be read: {(problem.strerror or str(problem)).lower()}.") from None
    except (ValueError, RecursionError):
        raise DataProblem(f"{name} is not JSON.", "A report is written by --format json.") from None


def _checked(document: Any, name: str) -> dict[str, Any]:
    if (
        not isinstance(document, dict)
        or not isinstance(document.get("tool"), dict)
        or document["tool"].get("name") != "losscli"
    ):
        raise DataProblem(f"{name} is not a report of losscli.", "A report is written by --format json.")
    version = str(document.get("schema_version", ""))
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise DataProblem(f"{name} has schema version {shown(version)}; this losscli reads {SCHEMA_VERSION}.")
    for key in ("results", "inputs"):
        if not isinstance(document.get(key), list) or not all(isinstance(each, dict) for each in document[key]):
            raise DataProblem(f"{name} has no list of {key}.")
    return document
