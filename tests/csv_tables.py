"""Tables of CSV text for tests, and what is read of them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from losscli.core.errors import DataProblem
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.table import Pick


def table(text: str | bytes, **options: Any) -> CsvTable:
    data = text.encode() if isinstance(text, str) else text
    return CsvTable(io.BytesIO(data), **{"name": "preds.csv", **options})


def read(source: CsvTable, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The roles whole, their masks whole, and the lengths of the blocks."""
    blocks = [load() for load in source.blocks(picks, size)]
    arrays = {role: np.concatenate([block.arrays[role] for block in blocks]) for role in picks}
    lengths = [len(next(iter(block.arrays.values()))) for block in blocks]
    masks = {
        role: np.concatenate(
            [block.missing.get(role, np.zeros(n, bool)) for block, n in zip(blocks, lengths, strict=True)]
        )
        for role in picks
    }
    return arrays, masks, lengths


def column(text: str | bytes, name: str, **options: Any) -> list[float]:
    result: list[float] = read(table(text, **options), x=Pick((name,)))[0]["x"].tolist()
    return result


def problem(text: str | bytes, size: int = 1000, picks: dict[str, Pick] | None = None, **options: Any) -> str:
    def attempt() -> None:
        read(table(text, **options), size, **(picks or {"x": Pick()}))

    with pytest.raises(DataProblem) as caught:
        attempt()
    return str(caught.value)
