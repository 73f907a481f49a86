"""What is read of a CSV file for each role, and a decoded chunk as the parts of the roles."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ....core.record import record
from ....core.scratch import Array
from ...blocks import Chunk, Part
from ...table import Pick
from ..arrow_lists import even
from ..arrow_to_numpy import class_numbers, numbers, of_cells, texts
from ..object_text import vector
from ..text_numbers import written_lists
from .csv_dialect import NULL_TEXTS
from .quoting import QuoteCheck


@record
class ReadPlan:
    """What to read: each role's columns by index, with classes where they are text; and their names.

    Texts in `keys` are taken as they stand. `lists` are the roles of a column of lists, with the length of each (None:
    it may vary).
    """

    roles: dict[str, tuple[tuple[int, ...], tuple[str, ...]]]
    values: dict[int, str]
    texts: dict[int, str]
    keys: frozenset[int]
    options: dict[str, Any]
    quotes: QuoteCheck
    lists: dict[str, int | None]


def lengths_of_lists(head: Iterable[tuple[list[str], Any]], at: int, decimal: str) -> set[int]:
    """The lengths of the lists in a column of the records, which may end within one."""
    lengths: set[int] = set()
    with suppress(csv.Error):  # a cell beyond the csv module's limit
        for cells, _ in head:
            if at < len(cells) and (values := vector(cells[at], decimal)) is not None:
                lengths.add(len(values))
    return lengths


def shared_length(lengths: set[int], pick: Pick) -> int | None:
    """The length that all lists of a column have; None where they differ, or where those of another role may."""
    return None if pick.ragged or len(lengths) > 1 else next(iter(lengths))


def chunk_of(plan: ReadPlan, columns: Mapping[int, Any], rows: int, decimal: str) -> Chunk:
    """The parts of the roles, of columns by their index in the file, and the masks of what is missing."""
    parts: dict[str, Part] = {}
    missing: dict[str, Array] = {}
    read = {index: numbers(columns[index]) for index in plan.values}
    for role, (indices, classes) in plan.roles.items():
        if role in plan.lists:
            name, width = plan.texts[indices[0]], plan.lists[role]
            listed, mask = written_lists(columns[indices[0]], name, decimal)
            parts[role] = listed if width is None else even(listed, mask, width, name)
            if mask is not None:
                missing[role] = mask
            continue
        if indices[0] in plan.keys:
            parts[role] = texts(columns[indices[0]])[0]
            continue
        pairs = [
            class_numbers(columns[index], classes, plan.texts[index], NULL_TEXTS) if classes else read[index]
            for index in indices
        ]
        parts[role] = pairs[0][0] if len(pairs) == 1 else tuple(values for values, _ in pairs)
        if (mask := of_cells([mask for _, mask in pairs])) is not None:
            missing[role] = mask
    return Chunk(rows, parts, missing)
