"""Cells of histograms as shards write them: a few counts and sums of each, by its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def exact_cells(cells: Mapping[str, list[Any]], size: int, sums: int) -> dict[int, list[int]]:
    """Cells by their numbers, which are below `size`: their counts, and so many sums, which are read as hexadecimal.

    A TypeError or a ValueError where they are damaged.
    """
    read: dict[int, list[int]] = {}
    for key, held in cells.items():
        counts, amounts = held[:-sums], held[-sums:]
        if not 0 <= int(key) < size or not all(type(each) is int and each >= 0 for each in counts):
            raise ValueError("a cell of a histogram is damaged")
        read[int(key)] = [*counts, *(int(each, 16) for each in amounts)]
    return read
