"""Reports read back: what a JSON document of losscli says, checked before it is believed."""

from __future__ import annotations

import json
import math
import os
from contextlib import closing
from typing import Any

import numpy as np

from .core.errors import DataProblem, UsageProblem
from .core.scratch import Array
from .report.model import SCHEMA_VERSION, Input, Result
from .sources.frame import read_whole
from .sources.names import shown
from .sources.open import ReadOptions, open_table
from .sources.table import Pick

LARGEST = 1 << 28  # bytes of a document


def read(path: str) -> dict[str, Any]:
    """The document of a file. What is no report of losscli is a DataProblem."""
    name = shown(os.fspath(path))
    try:
        if os.path.getsize(path) > LARGEST:
            raise DataProblem(f"{name} is too large for a report.")
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.") from None
    except IsADirectoryError:
        raise UsageProblem(f"{name} is a directory, not a report.") from None
    except OSError as problem:
        raise DataProblem(f"{name} cannot be read: {(problem.strerror or str(problem)).lower()}.") from None
    except (ValueError, RecursionError):
        raise DataProblem(f"{name} is not JSON.", "A report is written by --format json.") from None
    if not isinstance(found, dict) or not isinstance(found.get("tool"), dict) or found["tool"].get("name") != "losscli":
        raise DataProblem(f"{name} is not a report of losscli.", "A report is written by --format json.")
    version = str(found.get("schema_version", ""))
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise DataProblem(f"{name} has schema version {shown(version)}; this losscli reads {SCHEMA_VERSION}.")
    for key in ("results", "inputs"):
        if not isinstance(found.get(key), list) or not all(isinstance(each, dict) for each in found[key]):
            raise DataProblem(f"{name} has no list of {key}.")
    return found


def result(entry: dict[str, Any]) -> Result:
    """A result as it was; what it lacks is a DataProblem."""
    where = f"a result of {shown(str(entry.get('loss')))}"
    value = entry.get("value")
    status = field(where, entry, "status", str)
    if value is None and status in ("nan", "inf"):
        value = math.nan if status == "nan" else math.inf
    number = {"value": value, "stderr": entry.get("stderr"), "weight_sum": entry.get("weight_sum")}
    for key, held in number.items():
        if held is not None and (not isinstance(held, int | float) or isinstance(held, bool)):
            raise DataProblem(f"{where}: {key} is no number.")
    return Result(
        loss=field(where, entry, "loss", str),
        value=None if value is None else float(value),
        n=field(where, entry, "n", int),
        weight_sum=float(number["weight_sum"] or 0.0),
        reduction=field(where, entry, "reduction", str),
        denominator=field(where, entry, "denominator", str, type(None)),
        input=field(where, entry, "input", str),
        label=field(where, entry, "label", str, type(None)),
        params=field(where, entry, "params", dict),
        signature=field(where, entry, "signature", str),
        stderr=None if number["stderr"] is None else float(number["stderr"]),
        like=entry.get("like"),
        call=entry.get("call"),
        dataset=entry.get("dataset") or "",
        error=entry.get("error") or "",
        per_sample=entry.get("per_sample"),
    )


def input(entry: dict[str, Any]) -> Input:
    """An input as it was."""
    where = "an input"
    shape = field(where, entry, "shape", list)
    role, kind = field(where, entry, "role", str), field(where, entry, "format", str)
    return Input(role, entry.get("path"), kind, str(entry.get("dtype")), tuple(shape), entry.get("sha256"))


def rows(path: str) -> Array:
    """The losses of a file that `--per-sample` wrote."""
    with closing(open_table(path, ReadOptions())) as table:
        found = read_whole(table, Pick(table.columns[-1:]))
    return np.asarray(found, dtype=np.float64).ravel()


def field(where: str, entry: dict[str, Any], key: str, *kinds: type) -> Any:
    """A value of the kind it must have; else a DataProblem names it."""
    value = entry.get(key)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise DataProblem(f"{where}: {key} is missing or of the wrong kind.")
    return value
