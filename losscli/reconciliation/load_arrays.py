"""From what the user named to a request: the arrays in memory, each row complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem, UsageProblem
from ..core.loss import Loss
from ..sources.assembly import Assembly
from ..sources.frame import Frame
from .search import SearchRequest, checked

MOST = 1 << 28  # numbers held in memory: 2 GiB


def search_request(
    loss: Loss, assembly: Assembly, params: Mapping[str, Any], declared: str | None, batch: int | None
) -> SearchRequest:
    """The request about these files. Rows without a value are a DataProblem: no convention says what they cost."""
    if batch is not None and batch < 1:
        raise UsageProblem(f"batch size must be at least 1, got {batch}.", kind="bad_option", options=("batch-size",))
    frame = assembly.frame
    data = _read(frame)
    if isinstance(data["pred"], Ragged):
        raise DataProblem(
            f"The rows of {frame.where('pred')} differ in length, and calls of frameworks, whose conventions are "
            "searched, take arrays.",
            f"losscli compute {loss.name} prints the value of such rows.",
            kind="not_searched",
            file=frame.file("pred"),
        )
    plain = {role: array for role, array in data.items() if not isinstance(array, Ragged)}
    checked(plain, lambda role, row: (frame.where(role), frame.place(role, row)))
    return SearchRequest(loss, data, assembly.whole, dict(params), declared, batch)


def _read(frame: Frame) -> dict[str, Any]:
    parts: dict[str, list[Any]] = {}
    held = 0
    for start, load in frame.blocks(1 << 16):
        block = load()
        if block.missing:
            role = next(iter(block.missing))
            place = frame.place(role, start + int(np.argwhere(block.missing[role])[0][0]))
            raise DataProblem(f"{frame.where(role)} has no value in {place}.", "Leave such rows out first.")
        for role, array in block.arrays.items():
            parts.setdefault(role, []).append(array if isinstance(array, Ragged) else np.array(array))
            held += 0 if isinstance(array, Ragged) else array.size
        if held > MOST:
            raise DataProblem(
                f"reconcile holds its data in memory, and {frame.where('pred')} is too large.",
                "A part of the rows with the value of that part tells as much.",
                kind="too_large",
                file=frame.file("pred"),
            )
    if not parts:
        raise DataProblem(
            f"{frame.where('pred')} has no rows.",
            "There is nothing to compute a loss of.",
            kind="no_rows",
            file=frame.file("pred"),
        )
    return {role: _joined(pieces) for role, pieces in parts.items()}


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Ragged):
        return Ragged.joined(parts)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
