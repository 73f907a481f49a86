"""Arrow files for tests, and what is read of them."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from losscli.core.arrays.inputs import Ragged
from losscli.core.errors import DataProblem
from losscli.sources.formats.arrow.arrow_file import ArrowTable
from losscli.sources.table import Pick

CODECS = [None, "lz4", "zstd"]


KINDS = ["file", "stream"]


def written(data: pa.Table | dict[str, Any], kind: str = "file", codec: str | None = None, chunk: Any = None) -> bytes:
    made = data if isinstance(data, pa.Table) else pa.table(data)
    held = io.BytesIO()
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(held, made.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(made, max_chunksize=chunk)
    return held.getvalue()


def table(data: pa.Table | dict[str, Any], *settings: Any) -> ArrowTable:
    return ArrowTable(io.BytesIO(written(data, *settings)), name="preds.arrow")


def joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Ragged):
        return [part.values[a:b].tolist() for part in parts for a, b in itertools.pairwise(part.offsets)]
    return np.concatenate(parts)


def read(source: ArrowTable, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The roles whole, their masks whole, and the lengths of the blocks."""
    blocks = [load() for load in source.blocks(picks, size)]
    lengths = [len(next(iter(block.arrays.values()))) for block in blocks]
    arrays = {role: joined([block.arrays[role] for block in blocks]) for role in picks}
    masks = {
        role: np.concatenate([b.missing.get(role, np.zeros(n, bool)) for b, n in zip(blocks, lengths, strict=True)])
        for role in picks
    }
    return arrays, masks, lengths


def problem(source: ArrowTable, **picks: Pick) -> str:
    with pytest.raises(DataProblem) as caught:
        read(source, **(picks or {"x": Pick()}))
    return str(caught.value)
