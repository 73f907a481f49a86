"""What CSV and Parquet share: Arrow arrays as NumPy arrays.

`pyarrow.Array.to_numpy` imports pandas (280 ms), so values are taken from the buffers. pyarrow itself is
never imported here: arrays bring their own methods.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged
from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..file_spec import match
from ..joins.ragged import from_arrow
from ..table import Pick
from .spark_vectors import is_spark_vector

CLASSES_HINT = "--classes a,b,c gives the order of the classes."
_NUMPY_NAMES = {"halffloat": "float16", "float": "float32", "double": "float64", "bool": "bool"} | {
    name: name for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
}
_TEXTS = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
LISTS = ("list<", "large_list<", "fixed_size_list<")


class BadCell(Exception):
    """A fault in a row of a chunk. The table adds its name and the rows before the chunk."""

    def __init__(self, row: int, column: str | None, what: str, hint: str = "", *, kind: str = "bad_cell") -> None:
        super().__init__(what)
        self.row, self.column, self.what, self.hint, self.kind = row, column, what, hint, kind

    def problem(self, name: str, before: int) -> DataProblem:
        column = "" if self.column is None else f"column {shown(self.column)}, "
        row = before + self.row
        text = f"{name}: {column}row {row} (from 0) {self.what}."
        return DataProblem(text, self.hint, kind=self.kind, file=name, column=self.column or "", row=row)


@record
class ColumnType:
    """What a column holds: "number", "text", "time" or "list" (of numbers; `width` is None where it may vary).

    `inner` are the lengths of lists in the list, None where the type does not say one. `written` says that numbers are
    written as text.
    """

    form: str
    dtype: str
    width: int | None = None
    written: bool = False
    inner: tuple[int | None, ...] = ()


def wanted(pick: Pick, columns: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The columns of a pick: all of them where it names none."""
    if pick.row_axis:
        raise UsageProblem(f"{table} is a table, so its rows are its first axis.", "Time-major data: use NPY.")
    if not columns:
        raise DataProblem(f"{table} has no columns.")
    known = frozenset(columns)
    for name in pick.columns:
        if name not in known:
            match((name,), columns, table)  # says what is near
    return pick.columns or columns


def kind_of(kind: Any) -> ColumnType | None:
    """How an Arrow type is read; None for a type that holds neither numbers nor text nor dates."""
    text = str(kind)
    if hasattr(kind, "storage_type"):
        return _tensor(kind) or kind_of(kind.storage_type)
    if text in _NUMPY_NAMES:
        return ColumnType("number", _NUMPY_NAMES[text])
    if text.startswith("decimal") or text == "null":
        return ColumnType("number", "float64")
    if text in _TEXTS:
        return ColumnType("text", "text")
    if text.startswith(("date32", "date64", "timestamp")):
        zone = ", UTC" if getattr(kind, "tz", None) else ""
        return ColumnType("time", f"datetime64[{_time_unit(kind)}{zone}]")
    if text.startswith("dictionary<"):
        inner = kind_of(kind.value_type)
        return inner if inner and inner.form != "list" else None
    if text.startswith(LISTS):
        inner = kind_of(kind.value_type)
        width = kind.list_size if text.startswith("fixed") else None
        if inner is None or inner.form not in ("number", "list"):
            return None
        return ColumnType(
            "list", inner.dtype, width, inner=() if inner.form == "number" else (inner.width, *inner.inner)
        )
    return ColumnType("list", "float64") if is_spark_vector(kind) else None


def _tensor(kind: Any) -> ColumnType | None:
    """How Arrow's type of tensors of one shape is read; None for another type."""
    if getattr(kind, "extension_name", "") != "arrow.fixed_shape_tensor" or kind.permutation not in (
        None, list(range(len(kind.shape))),
    ):  # fmt: skip
        return None
    inner, shape = kind_of(kind.value_type), tuple(kind.shape)
    return ColumnType("list", inner.dtype, shape[0], inner=shape[1:]) if inner and shape else None


def _time_unit(kind: Any) -> str:
    """NumPy's unit of an Arrow type of dates or timestamps."""
    return {"date32[day]": "D", "date64[ms]": "ms"}.get(str(kind)) or str(kind.unit)


def nulls(array: Any) -> Array | None:
    """The mask of nulls, or None where there are none."""
    if not array.null_count:
        return None
    if str(array.type) == "null":
        return np.ones(len(array), dtype=bool)
    return ~_bits(array.buffers()[0], array.offset, len(array))


def _bits(buffer: Any, offset: int, count: int) -> Array:
    first = offset // 8
    packed = np.frombuffer(buffer, dtype=np.uint8, count=(offset + count + 7) // 8 - first, offset=first)
    return np.unpackbits(packed, bitorder="little")[offset - first * 8 :][:count].view(bool)


def numbers(array: Any) -> tuple[Array, Array | None]:
    """The values of a column of numbers, NaN or 0 in place of nulls, and the mask of nulls."""
    text = str(array.type)
    if hasattr(array.type, "storage_type"):
        return numbers(array.storage)
    if text.startswith("dictionary<"):
        return _decoded(array)
    if text.startswith("decimal"):
        array, text = array.cast("string").cast("double"), "double"  # straight to double rounds twice
    mask = nulls(array)
    if not len(array) or text == "null":
        return np.full(len(array), np.nan).astype(_NUMPY_NAMES.get(text, "float64")), mask
    buffer = array.buffers()[1]
    if text == "bool":
        values = _bits(buffer, array.offset, len(array))
    else:
        kind = np.dtype(_NUMPY_NAMES[text])
        values = np.frombuffer(buffer, kind, len(array), array.offset * kind.itemsize)
    return (values if mask is None else _blanked(values, mask)), mask


def _blanked(values: Array, mask: Array) -> Array:
    values = values.copy()  # the buffer is the file's; what stands under its nulls is undefined
    values[mask] = np.nan if values.dtype.kind == "f" else 0
    return values


def _decoded(array: Any) -> tuple[Array, Array | None]:
    codes, mask = numbers(array.indices)
    words, empty = numbers(array.dictionary)
    if not len(words):
        words = np.zeros(1, dtype=words.dtype)
    if empty is not None:
        mask = empty[codes] if mask is None else mask | empty[codes]
    values = words[codes]
    return (values if mask is None else _blanked(values, mask)), mask


def times(array: Any) -> tuple[Array, Array | None]:
    """Dates or timestamps as instants (in UTC where they have a zone), NaT in place of nulls, and the mask of nulls."""
    if hasattr(array.type, "storage_type"):
        return times(array.storage)
    if str(array.type).startswith("dictionary<"):
        array = array.dictionary_decode()
    mask, unit = nulls(array), _time_unit(array.type)
    if not len(array):
        return np.empty(0, dtype=f"datetime64[{unit}]"), mask
    kind = np.dtype(np.int32 if unit == "D" else np.int64)
    counts = np.frombuffer(array.buffers()[1], kind, len(array), array.offset * kind.itemsize).astype(np.int64)
    values: Array = counts.view(f"datetime64[{unit}]")
    if mask is not None:
        values[mask] = np.datetime64("NaT")
    return values, mask


def texts(array: Any) -> tuple[Ragged, Array | None]:
    """A column of texts as bytes, each row as it stands, and the mask of nulls."""
    if hasattr(array.type, "storage_type"):
        return texts(array.storage)
    if str(array.type).startswith("dictionary<"):
        array = array.dictionary_decode()
    return from_arrow(array.cast("large_binary")), nulls(array)


def class_numbers(
    array: Any, classes: tuple[str, ...], column: str, blank: Collection[str] = ()
) -> tuple[Array, Array | None]:
    """Class numbers of a dictionary-encoded text column; texts in `blank` that are no class are nulls."""
    codes, mask = numbers(array.indices)
    words = [_text(word) for word in array.dictionary.to_pylist()]
    place = {name: index for index, name in enumerate(classes)}
    empty = -1  # in the table: a null
    table = [empty if w is None or (w in blank and w not in place) else place.get(w, -2) for w in words]
    values = np.array(table or [empty], dtype=np.int64)[codes]
    if mask is not None:
        values[mask] = empty
    if (strange := values == -2).any():
        row = int(np.argmax(strange))
        raise _unknown(row, column, words[int(codes[row])] or "", classes)
    mask = values == empty
    if not mask.any():
        return values, None
    values[mask] = 0
    return values, mask


def _text(word: Any) -> str | None:
    return word.decode("utf-8", "surrogateescape") if isinstance(word, bytes) else word


def _unknown(row: int, column: str, word: str, classes: tuple[str, ...]) -> BadCell:
    few = ", ".join(shown(name, 40) for name in classes[:12]) + (", ..." if len(classes) > 12 else "")
    what = f"holds '{shown(word, 60)}', which is not one of the classes {few}"
    return BadCell(row, column, what, "--classes lists every class, in order.")


def of_cells(masks: Sequence[Array | None]) -> Array | None:
    """The masks of columns beside each other, (n, k), or that of one column, (n,); None where nothing is missing."""
    known = next((mask for mask in masks if mask is not None), None)
    if known is None or len(masks) == 1:
        return known
    return np.stack([np.zeros(len(known), dtype=bool) if mask is None else mask for mask in masks], axis=1)
