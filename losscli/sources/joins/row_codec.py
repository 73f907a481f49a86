"""Blocks of any roles as records and back: what a join holds of rows while it brings them into order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.scratch import Array
from ..blocks import Chunk
from ..table import Block
from .spill import Texts

ROW = "row"  # the field of a record that says where it belongs


class RowCodec:
    """How the roles of a table lie in a record: an array's row is a field, a list's values lie beside the records."""

    def __init__(self, block: Block) -> None:
        self._fixed = {role: a for role, a in block.arrays.items() if not isinstance(a, Ragged)}
        self._ragged = [role for role, array in block.arrays.items() if isinstance(array, Ragged)]
        fields: list[Any] = [(ROW, np.int64)]
        fields += [(f"value {role}", array.dtype, array.shape[1:]) for role, array in self._fixed.items()]
        cells = {role: array.shape[1:] if array.ndim == 2 else () for role, array in self._fixed.items()}
        fields += [(f"missing {role}", np.bool_, cells.get(role, ())) for role in block.arrays]
        self._roles = tuple(block.arrays)
        self.dtype = np.dtype(fields)

    def packed(self, block: Block, rows: Array, chosen: Array | None = None) -> tuple[Array, Texts]:
        """The records of a block (those chosen), `rows` being where each belongs, and its lists."""
        from .ragged import taken

        cut = slice(None) if chosen is None else chosen
        records: Array = np.empty(len(rows), dtype=self.dtype)
        records[ROW] = rows
        for role in self._fixed:
            records[f"value {role}"] = block.arrays[role][cut]
        for role in self._roles:
            mask = block.missing.get(role)
            if mask is not None and mask.ndim < records[f"missing {role}"].ndim:
                mask = np.asarray(mask)[:, None]
            records[f"missing {role}"] = False if mask is None else mask[cut]
        lists = (block.arrays[role] for role in self._ragged)
        return records, tuple(each if chosen is None else taken(each, chosen) for each in lists)

    def unpacked(self, records: Array, texts: Texts) -> Chunk:
        """The roles of records, each in memory of its own."""
        parts: dict[str, Any] = {role: np.ascontiguousarray(records[f"value {role}"]) for role in self._fixed}
        parts |= dict(zip(self._ragged, texts, strict=True))
        missing = {role: np.ascontiguousarray(records[f"missing {role}"]) for role in self._roles}
        return Chunk(len(records), parts, {role: mask for role, mask in missing.items() if mask.any()})
