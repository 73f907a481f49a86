"""What the lines of an earlier run say, and which of them a new line takes the place of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...core.record import record
from ..model import SCHEMA_VERSION

Key = tuple[str, str, str, str]
Slot = tuple[str, ...]  # what a line is of, whatever its data: the line of a later run takes its place

_STARTS = (b'{"call":', b'{"dataset":', b'{"loss":')  # of a result, and of a row


@record
class Place:
    """Bytes of a file: the lines that stand there."""

    file: int  # its descriptor
    start: int
    size: int

    def read(self) -> bytes:
        """The bytes."""
        pieces, start, end = [], self.start, self.start + self.size
        while start < end and (piece := os.pread(self.file, min(end - start, 1 << 20), start)):
            pieces.append(piece)
            start += len(piece)
        return b"".join(pieces)


@record
class Line:
    """A line as far as another run must know it. `key` is None where it is of no finished work."""

    place: Place
    slots: tuple[Slot, ...] = ()
    key: Key | None = None

    def joined(self, other: Line) -> Line | None:
        """This line and the next as one, where they are of the same rows; a data set may have millions of them."""
        place, following = self.place, other.place
        if not self.slots or self.slots[0][0] != "rows" or self.slots != other.slots:
            return None
        if (place.file, place.start + place.size) != (following.file, following.start):
            return None
        return Line(Place(place.file, place.start, place.size + following.size), self.slots)


def key_of(dataset: str, signature: str, inputs: Iterable[Mapping[str, Any]], request: Mapping[str, Any]) -> Key | None:
    """What tells finished work: data set, recipe, the inputs' contents and columns, how they were read.

    None where a hash is missing.
    """
    files = sorted((str(each["role"]), each.get("sha256"), list(each.get("columns", ()))) for each in inputs)
    if not signature or not files or not all(isinstance(sha, str) for _, sha, _ in files):
        return None
    return dataset, signature, json.dumps(files), json.dumps(request, sort_keys=True)


def is_of_losscli(data: Any) -> bool:
    """Whether a line is a result or a row that losscli wrote."""
    if not isinstance(data, dict):
        return False
    if {"loss", "row", "value"} <= data.keys():
        return data.keys() <= {"dataset", "loss", "row", "value", "status"}
    tool = data.get("tool")
    version = str(data.get("schema_version", ""))
    return isinstance(tool, dict) and tool.get("name") == "losscli" and version.partition(".")[0] == SCHEMA_VERSION[0]


def slots_of(data: Mapping[str, Any]) -> tuple[Slot, ...]:
    """What a line of losscli is of; a line of a later run with one of these takes its place."""
    dataset, loss = str(data.get("dataset") or ""), str(data.get("loss") or "")
    if "row" in data:
        return (("rows", dataset, loss),)
    if data.get("status") == "error":
        return (("error", dataset, loss),)
    parameters = json.dumps(data.get("params"), sort_keys=True)
    recipe = "|".join(
        part for part in str(data.get("signature")).split("|") if not part.startswith(("losscli:", "label:"))
    )
    request = json.dumps(data.get("request", {}), sort_keys=True)
    return ("result", dataset, recipe, request), ("failing", dataset, loss, parameters)


def replaced_by(data: Mapping[str, Any], *, spoilt: bool = False) -> Iterator[Slot]:
    """The slots that a new line fills. `spoilt` says that its data set is there, and cannot be computed any more."""
    dataset, loss = str(data.get("dataset") or ""), str(data.get("loss") or "")
    yield "error", dataset, loss
    yield "error", dataset, ""
    if data.get("status") != "error":
        yield slots_of(data)[0]
    elif spoilt:
        yield "failing", dataset, loss, json.dumps(data.get("params"), sort_keys=True)
        yield "rows", dataset, loss


def lines_of(file: int, *, own: bool) -> Iterator[Line]:
    """The lines of a file. One that was cut short is left out; so is an empty one of a file that is our `own`."""
    start = 0
    with os.fdopen(os.dup(file), "rb") as stream:
        stream.seek(0)
        for line in stream:
            place = Place(file, start, len(line))
            start += len(line)
            data = _parsed(line)
            if not line.endswith(b"\n") and (own or data is None or is_of_losscli(data)) and _cut_short(line, own):
                return
            if data is None or not is_of_losscli(data):
                if not own or data is not None:
                    yield Line(place)
                continue
            yield Line(place, slots_of(data), _key(data) if line.endswith(b"\n") else None)


def _cut_short(line: bytes, own: bool) -> bool:
    """Whether it is the beginning of a line of ours, as a killed run leaves it."""
    return own or any(line.startswith(each) or each.startswith(line) for each in _STARTS)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _key(data: Mapping[str, Any]) -> Key | None:
    """What tells the work that a line finishes; None where it finishes none."""
    try:
        if data["status"] not in ("ok", "nan", "inf", "-inf") or "row" in data or "rows" in data:
            return None
        return key_of(data["dataset"], data["signature"], data["inputs"], data.get("request", {}))
    except (KeyError, TypeError, AttributeError):
        return None
