"""Reports read back: what a JSON document of losscli says, checked before it is believed."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ..core.errors import DataProblem, UsageProblem
from ..core.safe_text import shown
from ..report.model import SCHEMA_VERSION

OF_RESULTS = ("compute", "batch", "merge", "gate", "verify")  # commands whose results are losses of data sets
OTHER_COMMANDS = ("slices", "sweep", "why", "reconcile", "inspect")  # whose documents are of other things
_IS_REPORT = "A report is what losscli compute LOSS PREDICTIONS LABELS -o report.json writes."
LARGEST = 1 << 28  # bytes of a document


def read(path: str | dict[str, Any]) -> dict[str, Any]:
    """The document of a file, of standard input for "-", or one that is in memory. What is no report of losscli is a
    DataProblem.

    JSON lines are read as the report that has all of their results.
    """
    if isinstance(path, dict):
        return _checked(path, "The report")
    name = shown(os.fspath(path)) if path != "-" else "Standard input"
    return _checked(_parsed(_content(path, name), name), name)


def read_results(path: str | dict[str, Any], reader: str) -> dict[str, Any]:
    """A document whose results are losses of data sets; that of another command is a DataProblem."""
    document = read(path)
    command = str(document.get("command"))
    if command not in OF_RESULTS:
        name = shown(os.fspath(path)) if isinstance(path, str) and path != "-" else "The report"
        if reader == "verify" and command in OTHER_COMMANDS:
            raise DataProblem(
                f"{name} is of losscli {command}, which verify does not compute again.",
                f"Run the losscli {command} that wrote it once more, with --json -o again.json, and compare the two "
                "documents: the same files and settings make the same one, but for elapsed_s.",
                kind="other_command", file=name,
            )  # fmt: skip
        hint = f"{reader} reads those of {', '.join(OF_RESULTS[:-1])} and {OF_RESULTS[-1]}."
        if command == "compare":
            hint += " losscli compare --fail-on worse ends with exit code 1 by itself."
        raise DataProblem(f"{name} is of losscli {shown(command)}.", hint, kind="other_command", file=name)
    return document


def folder_of(path: str | dict[str, Any]) -> str:
    """The folder beside whose report its rows may lie."""
    return "" if isinstance(path, dict) else os.path.dirname(path)


def _content(path: str, name: str) -> bytes:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(path, "rb") as file:
                content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", kind="missing_file", file=name) from None
    except IsADirectoryError:
        raise UsageProblem(f"{name} is a directory, not a report.") from None
    except OSError as problem:
        raise DataProblem(f"{name} cannot be read: {(problem.strerror or str(problem)).lower()}.") from None
    if len(content) > LARGEST:
        raise DataProblem(f"{name} is too large for a report.")
    return content


def _checked(document: Any, name: str) -> dict[str, Any]:
    if (
        not isinstance(document, dict)
        or not isinstance(document.get("tool"), dict)
        or document["tool"].get("name") != "losscli"
    ):
        raise DataProblem(f"{name} is not a report of losscli.", _IS_REPORT)
    version = str(document.get("schema_version", ""))
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise DataProblem(f"{name} has schema version {shown(version)}; this losscli reads {SCHEMA_VERSION}.")
    for key in ("results", "inputs"):
        if not isinstance(document.get(key), list) or not all(isinstance(each, dict) for each in document[key]):
            raise DataProblem(f"{name} has no list of {key}.")
    if not isinstance(document.get("request") or {}, dict):
        raise DataProblem(f"{name} has a request of the wrong kind.")
    return document


def _parsed(content: bytes, name: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
        try:
            document = json.loads(text)
        except ValueError:
            document = _of_lines([json.loads(line) for line in text.split("\n") if line.strip()], name)
        else:
            if isinstance(document, dict) and "loss" in document and "results" not in document:
                document = _of_lines([document], name)
    except (ValueError, RecursionError):
        raise DataProblem(f"{name} is not JSON.", _IS_REPORT) from None
    return document


def _of_lines(lines: list[Any], name: str) -> Any:
    """The document of JSON lines: their results, each of their inputs once, and of each result which are its own."""
    if not lines:
        raise ValueError("an empty file")
    if not all(isinstance(line, dict) for line in lines):
        return None
    if any("row" in line for line in lines):
        raise DataProblem(f"{name} has a line for each row, and no value.", "Leave out --reduction none.")
    shell = {key: lines[0].get(key) for key in ("schema_version", "tool", "command")}
    inputs: dict[str, Any] = {}
    places: dict[str, int] = {}
    results = []
    for line in lines:
        if line.get("tool") != shell["tool"] or line.get("schema_version") != shell["schema_version"]:
            raise DataProblem(f"{name} has lines of several versions of losscli, or of other programs.")
        result = {key: value for key, value in line.items() if key not in (*shell, "inputs", "request")}
        own = line.get("inputs") or []
        if not isinstance(own, list):
            raise DataProblem(f"{name} has no list of inputs.")
        marks = [json.dumps(each, sort_keys=True) for each in own]
        inputs.update(zip(marks, own, strict=True))
        if marks:
            result["inputs"] = [places.setdefault(mark, len(places)) for mark in marks]
        results.append(result)
    requests = [line.get("request") or {} for line in lines]
    request = requests[0] if all(each == requests[0] for each in requests) else None
    if request is None:  # each result has its own
        results = [{**result, "request": own} for result, own in zip(results, requests, strict=True)]
    return {**shell, "results": results, "inputs": list(inputs.values()), "request": request or {}}
