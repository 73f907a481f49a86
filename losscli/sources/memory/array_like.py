"""Anything that holds numbers as a NumPy array: lists, arrays and tensors of any library, Series, Arrow columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem, LossCliError
from ...core.safe_text import shown
from ...core.scratch import Array
from .objects import Values, blanked, of_objects, type_name

MOST_DENSE = 1 << 32  # bytes of a sparse matrix that is written out
_NUMBERS_OR_TEXT = "biufUS"


def is_file_object(given: Any) -> bool:
    """Whether it is a file that is open for reading, or what behaves like one."""
    return callable(getattr(given, "read", None)) and not hasattr(given, "__array__") and not hasattr(given, "read_all")


def array_of(given: Any, name: str) -> Values:
    """The values, and the mask of what is missing: masked elements, nulls of pandas and Arrow, None in lists.

    What stands under the mask is NaN or 0. What cannot be read as an array is a DataProblem that names its type.
    """
    if type(given) is np.ndarray and given.dtype.kind in _NUMBERS_OR_TEXT:
        return given, None
    try:
        return _array_of(given, name)
    except (LossCliError, MemoryError):
        raise
    except Exception as problem:
        text = " ".join(str(problem).split())
        raise DataProblem(
            f"{name} cannot be read as an array from {type_name(given)}: {shown(text, 200).rstrip('.')}.",
            "Give a NumPy array, such as numpy.asarray(x) makes.",
            kind="not_an_array",
        ) from None


def _array_of(given: Any, name: str) -> Values:
    if isinstance(given, Ragged):
        return given, None
    if isinstance(given, np.ma.MaskedArray):
        return _masked(given)
    if hasattr(given, "toarray") and hasattr(given, "nnz"):
        return _dense(given, name), None
    _refuse_no_array(given, name)
    if hasattr(given, "detach") and hasattr(given, "cpu"):
        return _tensor(given, name)
    if hasattr(given, "flat_values") and hasattr(given, "row_splits"):  # of TensorFlow
        return Ragged(np.asarray(given.flat_values), np.asarray(given.row_splits, dtype=np.int64)), None
    if hasattr(given, "dense_shape") and hasattr(given, "indices"):
        raise DataProblem(f"{name} is a sparse tensor.", "Give what tf.sparse.to_dense makes of it.")
    if hasattr(given, "null_count") and hasattr(given, "type"):
        from .arrow_values import values_of

        return values_of(given, name)
    if hasattr(given, "isna") and hasattr(given, "dtype"):
        return _series(given, name)
    if hasattr(given, "__arrow_c_stream__") and not hasattr(given, "__array__"):
        return _of_arrow_stream(given, name)
    if hasattr(given, "to_arrow") and hasattr(given, "null_count"):  # a Series of polars
        return array_of(given.to_arrow(), name)
    if not hasattr(given, "__len__") and isinstance(given, Iterable) and not hasattr(given, "__array__"):
        given = list(given)  # a generator
    return _plain(given, name)


def _plain(given: Any, name: str) -> Values:
    """What NumPy itself makes of it, or the objects in it one by one."""
    listed = isinstance(given, list | tuple | range) or not hasattr(given, "__array__")
    if listed and not hasattr(given, "__array__") and hasattr(given, "__dlpack__"):
        return np.from_dlpack(given), None
    if listed and not hasattr(given, "__getitem__") and isinstance(given, Iterable):
        given = list(given)  # the values of a dictionary
    try:
        array = np.asarray(given)
    except (ValueError, TypeError, RuntimeError):  # rows of differing length, tensors that follow gradients
        if not listed:
            raise
        return of_objects(list(given), name, array_of)
    if array.dtype.kind == "O" and array.ndim:
        return of_objects(list(array) if array.ndim > 1 else array.tolist(), name, array_of)
    if array.dtype.kind == "V" and array.dtype.names is None and array.dtype.name.startswith(("bfloat", "float")):
        return array.astype(np.float32), None  # which holds every value of the shorter floats
    if array.dtype.kind == "V" and array.dtype.names is None and array.dtype.name.startswith(("int", "uint")):
        return array.astype(np.int64), None
    return array, None


def _refuse_no_array(given: Any, name: str) -> None:
    """What holds no rows in an order."""
    if given is None:
        raise DataProblem(f"{name} is None.", "Give an array with one entry a row.")
    if isinstance(given, set | frozenset):
        raise DataProblem(f"{name} is a set, which has no order.", "Give a list.")
    if isinstance(given, bytes | bytearray | memoryview) and (not isinstance(given, memoryview) or given.ndim != 1):
        raise DataProblem(
            f"{name} is {type_name(given)}.", "The content of a file is given as io.BytesIO(x), a path as text."
        )
    if isinstance(given, Mapping):
        raise DataProblem(f"{name} is a dictionary.", "Give one of its arrays.")


def uneven(rows: Ragged, name: str) -> DataProblem:
    """That rows differ in length where they may not."""
    sizes = np.diff(rows.offsets)
    row = int(np.argmax(sizes != sizes[0])) if len(sizes) else 0
    lengths = f"row 0 has {sizes[0]} values and row {row} has {sizes[row]}" if row else "they are lists"
    return DataProblem(
        f"The rows of {name} differ in length: {lengths}.",
        "Give rows of one length, such as padded ones with a mask=, or one value a row.",
        kind="bad_shape",
        row=row,
    )


def _masked(given: Any) -> Values:
    """A masked array: what is masked is missing."""
    mask = np.ma.getmaskarray(given)
    values = np.asarray(given.data)
    return (values, None) if not mask.any() else (blanked(values, mask), mask)


def _tensor(given: Any, name: str) -> Values:
    """A tensor of PyTorch, or of what is like it, wherever it is and whatever it is part of."""
    tensor = given.detach()
    if getattr(tensor, "is_nested", False):
        return of_objects(list(tensor.unbind()), name, array_of)
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if "strided" not in str(getattr(tensor, "layout", "strided")):
        _refuse_large(tuple(tensor.shape), 8, name)
        tensor = tensor.to_dense()
    tensor = tensor.cpu()
    if getattr(tensor, "is_conj", bool)():
        tensor = tensor.resolve_conj()
    if any(word in str(getattr(tensor, "dtype", "")) for word in ("bfloat16", "float8", "float4")):
        tensor = tensor.float()  # NumPy knows none of these, and float32 holds all their values
    return np.asarray(tensor.numpy()), None


def _dense(given: Any, name: str) -> Array:
    """A sparse matrix with its zeros, which are values like others."""
    shape = tuple(given.shape)
    _refuse_large(shape, given.dtype.itemsize, name)
    return np.asarray(given.toarray())


def _refuse_large(shape: tuple[int, ...], item: int, name: str) -> None:
    size = item * int(np.prod([float(side) for side in shape]))
    if size > MOST_DENSE:
        sides = " x ".join(map(str, shape))
        raise DataProblem(
            f"{name} is a sparse matrix of {sides}, which takes {size / (1 << 30):.0f} GiB with its zeros.",
            "Give fewer rows at a time, as arrays.",
        )


def _series(given: Any, name: str) -> Values:
    """A Series, Index or array of pandas, of any dtype."""
    kind = given.dtype
    if isinstance(kind, np.dtype):
        values = given.to_numpy()
        return (values, None) if kind.kind in _NUMBERS_OR_TEXT else _plain(values, name)
    if hasattr(kind, "fill_value") and hasattr(kind, "subtype"):  # sparse
        return np.asarray(given), None
    import pyarrow as pa

    from .arrow_values import values_of

    return values_of(pa.array(given), name)


def _of_arrow_stream(given: Any, name: str) -> Values:
    """A column of another library that speaks Arrow."""
    import pyarrow as pa

    from .arrow_values import values_of

    return values_of(pa.chunked_array(given), name)
