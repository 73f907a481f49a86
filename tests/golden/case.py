"""A case: what a framework was asked, in losscli's words, and what it answered. No framework is imported here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

Expect = float | list[float]


@dataclass(frozen=True)
class Case:
    """One call of a framework. `expect` is a number, or a list of one number a row for the reduction none."""

    id: str
    loss: str
    like: str
    call: str
    arguments: dict[str, Any]
    reduction: str
    expect: Expect
    dtype: str
    note: str = ""


@dataclass(frozen=True)
class Raised:
    """A call that gave no value: an exception, or something that is not a number."""

    id: str
    loss: str
    like: str
    call: str
    arguments: dict[str, Any]
    reduction: str
    error: str


def write(path: Path, header: Mapping[str, Any], cases: Iterable[Case], raises: Iterable[Raised]) -> None:
    """One line a case, so that a changed value is one line of a diff."""
    parts = [f'"{key}": {_dump(value)}' for key, value in header.items()]
    parts.append(f'"cases": [\n{_lines(cases)}\n]')
    parts.append(f'"raises": [\n{_lines(raises)}\n]')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def read(path: Path) -> tuple[dict[str, Any], list[Case], list[Raised]]:
    """The header, the cases and the calls that raised."""
    found = json.loads(path.read_text(encoding="utf-8"))
    cases = [Case(**_loaded(entry)) for entry in found.pop("cases")]
    raises = [Raised(**_loaded(entry)) for entry in found.pop("raises")]
    return found, cases, raises


def encode(value: Any) -> Any:
    """What JSON can hold: arrays as {dtype, shape, data}, numbers that are not finite as strings in lists."""
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "data": [_short(x) for x in value.ravel()]}
    if isinstance(value, Mapping):
        return {key: encode(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [encode(part) for part in value]
    return _number(value) if isinstance(value, float | np.number) else value


def decode(value: Any) -> Any:
    """The inverse of encode for an argument; a list becomes a tuple."""
    if isinstance(value, dict):
        data = [float(x) if isinstance(x, str) else x for x in value["data"]]
        return np.array(data, dtype=value["dtype"]).reshape(value["shape"])
    return tuple(value) if isinstance(value, list) else value


def _number(value: Any) -> Any:
    """The shortest number that reads back as the same one in its own dtype; nan, inf and -inf as strings."""
    if isinstance(value, np.integer | np.bool_):
        return int(value)
    if not math.isfinite(value):
        return str(float(value))
    return float(str(value))


def _short(value: Any) -> Any:
    """The same, and 1 for 1.0: the dtype stands beside it. -0.0 stays."""
    number = _number(value)
    whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e6 and (number or str(number) == "0.0")
    return int(number) if whole else number


def _lines(entries: Iterable[Case | Raised]) -> str:
    return ",\n".join(_dump(encode(asdict(entry))) for entry in entries)


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _loaded(entry: dict[str, Any]) -> dict[str, Any]:
    entry["arguments"] = {key: decode(value) for key, value in entry["arguments"].items()}
    if "expect" in entry:
        expect = entry["expect"]
        entry["expect"] = [float(x) for x in expect] if isinstance(expect, list) else float(expect)
    return entry
