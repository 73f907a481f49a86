"""The values of kept columns: as Arrow columns while rows are written, and as values of Python where a few are shown.

A text is kept as its file has it. A column whose texts are all whole numbers, or all numbers, is one of numbers where
the format has types.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.scratch import Array
from ..grouping.group_keys import key_of_text, time_text
from ..joins.ragged import as_arrow, from_strings
from ..table import rows_of
from .kept_columns import KeptColumn

WHOLE, NUMBER, TEXT = "whole", "number", "text"  # what the texts of a column are, each a wider kind than the one before
_KINDS = (WHOLE, NUMBER, TEXT)
_WHOLE_TEXT = r"^(0|-?[1-9][0-9]{0,17})$"
_NUMBER_TEXT = r"^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|nan|-?inf)$"


def columns_at(
    columns: Sequence[KeptColumn], arrays: Mapping[str, Any], missing: Mapping[str, Array], places: Array | None
) -> list[Any]:
    """The kept columns of a block as Arrow columns, of all its rows or of those at these places."""
    made = []
    for column in columns:
        values, gaps = arrays[column.role], rows_of(missing.get(column.role))
        if places is not None:
            values = _taken(values, places)
            gaps = None if gaps is None else gaps[places]
        made.append(_arrow_column(column, values, gaps))
    return made


def values_at(
    columns: Sequence[KeptColumn], arrays: Mapping[str, Any], missing: Mapping[str, Array], places: Array
) -> list[dict[str, Any]]:
    """The kept values of rows at these places, by the names of the columns: numbers, texts, true or false, or None."""
    if not columns:
        return [{} for _ in places]
    made = [map(_plain, each.to_pylist()) for each in columns_at(columns, arrays, missing, places)]
    return [dict(zip([column.name for column in columns], row, strict=True)) for row in zip(*made, strict=True)]


def kind_of(column: Any) -> str | None:
    """What the texts of an Arrow column are; None of a column of other values, or one without any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_large_string(column.type):
        return None
    for kind, pattern in ((WHOLE, _WHOLE_TEXT), (NUMBER, _NUMBER_TEXT)):
        like = pc.all(pc.match_substring_regex(column, pattern)).as_py()
        if like is None:
            return None
        if like:
            return kind
    return TEXT


def wider(one: str | None, other: str | None) -> str | None:
    """The kind that holds both."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=_KINDS.index)


def as_kind(column: Any, kind: str | None) -> Any:
    """An Arrow column of texts as numbers, where its whole column is one of numbers."""
    import pyarrow as pa

    if not pa.types.is_large_string(column.type):
        return column
    wanted = {WHOLE: pa.int64(), NUMBER: pa.float64()}.get(kind or TEXT)
    return column if wanted is None else column.cast(wanted)


def packed(columns: Sequence[Any]) -> bytes:
    """Arrow columns as bytes."""
    import pyarrow as pa

    batch = pa.RecordBatch.from_arrays(list(columns), names=[str(i) for i in range(len(columns))])
    held = io.BytesIO()
    with pa.ipc.new_stream(held, batch.schema) as stream:
        stream.write_batch(batch)
    return held.getvalue()


def unpacked(data: bytes) -> list[Any]:
    """The Arrow columns that `packed` made bytes of."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
        return list(stream.read_next_batch().columns)


def _taken(values: Any, places: Array) -> Any:
    from ..joins.ragged import taken

    return taken(values, places) if isinstance(values, Ragged) else np.asarray(values)[places]


def _arrow_column(column: KeptColumn, values: Any, gaps: Array | None) -> Any:
    if isinstance(values, np.ndarray) and values.ndim > 1:
        values = values.reshape(len(values))
    if column.classes:
        named = [column.classes[int(v)] if 0 <= int(v) < len(column.classes) else str(int(v)) for v in values]
        values = np.array(named, dtype=str)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        times = np.isnat(values)
        gaps = times if gaps is None else gaps | times
        values = np.array(
            ["" if gap else time_text(value) for value, gap in zip(values, times, strict=True)], dtype=str
        )
    if isinstance(values, np.ndarray) and values.dtype.kind in "US":
        values = from_strings(values)
    if isinstance(values, Ragged):
        empty = values.sizes == 0
        return _texts(values, empty if gaps is None else gaps | empty)
    return _numbers(np.asarray(values), gaps)


def _texts(values: Ragged, gaps: Array) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = as_arrow(values)
    try:
        texts = texts.cast(pa.large_string())
    except pa.ArrowInvalid:  # no UTF-8
        texts = pa.array([each.decode("utf-8", "backslashreplace") for each in texts.to_pylist()], pa.large_string())
    return pc.if_else(_booleans(gaps), pa.scalar(None, pa.large_string()), texts) if gaps.any() else texts


def _numbers(values: Array, gaps: Array | None) -> Any:
    import pyarrow as pa

    if values.dtype.kind == "b":
        return _booleans(values, gaps)
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
    values = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("=")))
    kind = getattr(pa, "float64" if values.dtype.kind == "f" else values.dtype.name)()
    return pa.Array.from_buffers(kind, len(values), [_validity(gaps), pa.py_buffer(values)])


def _booleans(values: Array, gaps: Array | None = None) -> Any:
    import pyarrow as pa

    bits = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [_validity(gaps), bits])


def _validity(gaps: Array | None) -> Any:
    import pyarrow as pa

    return None if gaps is None else pa.py_buffer(np.packbits(~gaps, bitorder="little"))


def _plain(value: Any) -> Any:
    """A value as JSON has it: a text that is a number is one."""
    if isinstance(value, str):
        return key_of_text(value) if value else None
    return None if isinstance(value, float) and not math.isfinite(value) else value
