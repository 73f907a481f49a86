"""The header of an NPY file: NumPy parses it, from a bounded copy of the first bytes. No pickle, no object."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from ....core.errors import DataProblem, UsageProblem
from ....core.record import record
from ....core.safe_text import shown
from ...table import Field, Pick

MAGIC = npy_format.MAGIC_PREFIX
LONGEST = 10_000  # bytes; NumPy's own bound for files that are not trusted
DIMENSIONS = 32

_WIDTHS = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "M": (8,)}
_REFUSED = {
    "O": "Python objects, which are never unpickled",
    "c": "complex numbers",
    "V": "records",
    "m": "time spans",
}
_SAVED = {
    "O": "Save plain numbers, array.astype(float), or texts, array.astype(str).",
    "c": "Save real numbers, such as array.real or abs(array).",
    "V": "Save plain numbers.",
    "m": "Save numbers, such as array / numpy.timedelta64(1, 's').",
}
_LARGEST_TEXT = 4096  # characters a label


@record
class Header:
    """What an NPY header says; `offset` is where the data start."""

    dtype: str
    fortran: bool
    shape: tuple[int, ...]
    offset: int
    itemsize: int

    @property
    def nbytes(self) -> int:
        return self.itemsize * math.prod(self.shape)

    @property
    def is_bfloat16(self) -> bool:
        return is_bfloat16(np.dtype(self.dtype))


def read_header(read: Callable[[int], bytes], name: str) -> Header:
    """The header, from a function that reads the next bytes. What is not a plain NPY header is a DataProblem."""
    start = read(8)
    if len(start) < 8 or start[:6] != MAGIC:
        raise DataProblem(f"{name} is not an NPY file.", _not_npy(start))
    version = npy_format.read_magic(io.BytesIO(start))
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise DataProblem(f"{name} has the unknown NPY version {version[0]}.{version[1]}.")
    prefix = read(2 if version == (1, 0) else 4)
    length = int.from_bytes(prefix, "little")
    if length > LONGEST:
        raise DataProblem(f"{name} has an NPY header of {length} bytes; {LONGEST} is the most allowed.")
    text = read(length)
    if not prefix or len(text) < length:
        raise DataProblem(f"{name} ends inside its NPY header.")
    shape, fortran, dtype = _parsed(prefix + text, version, name)
    _check_type(dtype, name)
    _check_shape(shape, name)
    header = Header(dtype.str, fortran, shape, 8 + len(prefix) + length, dtype.itemsize)
    if max(header.nbytes, *header.shape, 0) >= 1 << 62:
        raise DataProblem(f"{name} says it has shape {header.shape}, too large to be true.", "The header is damaged.")
    return header


def header_at(read_at: Callable[[int, int], bytes], name: str) -> Header:
    """The header of a file of which `read_at(count, at)` gives any bytes."""
    at = 0

    def read(count: int) -> bytes:
        nonlocal at
        data = read_at(count, at)
        at += len(data)
        return data

    return read_header(read, name)


def _not_npy(start: bytes) -> str:
    if not start:
        return "It is empty."
    if start[:1] == b"\x80":
        return "It looks like a pickle, which is never read; save it with numpy.save."
    return "Its first bytes are not NumPy's magic string."


def _parsed(data: bytes, version: tuple[int, int], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The header's shape, whether its order is Fortran's, and its dtype."""
    # version 3 is version 2 in UTF-8, for the names of records, which are refused
    parse = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header of Python 2
            parsed: tuple[tuple[int, ...], bool, np.dtype[Any]] = parse(io.BytesIO(data), max_header_size=LONGEST)
    except Exception as problem:  # the parsers of Python and NumPy raise a dozen kinds on damaged headers
        if isinstance(problem.__cause__, TypeError):
            why = shown(" ".join(str(problem.__cause__).split()), 100)
            raise DataProblem(f"{name} holds a type that NumPy lacks: {why}.") from None
        hint = "Save it again with numpy.save."
        raise DataProblem(f"{name} has an NPY header that cannot be read.", hint) from None
    return parsed


def is_bfloat16(dtype: np.dtype[Any]) -> bool:
    """Whether an array of this dtype may be one of bfloat16."""
    return dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None and dtype.subdtype is None


def _check_type(dtype: np.dtype[Any], name: str) -> None:
    if is_bfloat16(dtype):
        return
    if dtype.kind == "V" and dtype.names is None and dtype.subdtype is None and dtype.itemsize == 1:
        text = f"{name} holds the type {dtype.str!r}: bytes without a meaning, as which NumPy saves float8."
        hint = f"Save it as float32, which loses nothing: numpy.save({name!r}, array.astype('float32'))."
        raise DataProblem(text, hint, kind="column_type", file=name)
    if dtype.names:
        fields = ", ".join(shown(each) for each in dtype.names[:12])
        text = f"{name} holds records, each of the fields {fields}."
        hint = (
            f"Save each field by itself: numpy.save('{shown(dtype.names[0])}.npy', array[{shown(dtype.names[0])!r}])."
        )
        raise DataProblem(text, hint, kind="column_type", file=name)
    if dtype.kind in _REFUSED:
        raise DataProblem(f"{name} holds {_REFUSED[dtype.kind]}.", _SAVED.get(dtype.kind, ""), kind="column_type")
    if dtype.kind in "US":
        width = dtype.itemsize // (4 if dtype.kind == "U" else 1)
        if width > _LARGEST_TEXT:
            raise DataProblem(f"{name} holds texts of {width} characters; {_LARGEST_TEXT} is the most allowed.")
    if not dtype.itemsize or (dtype.kind not in "US" and dtype.itemsize not in _WIDTHS.get(dtype.kind, ())):
        raise DataProblem(
            f"{name} holds the type {dtype.str!r}.", "Save it as float64: array.astype(float).", kind="column_type"
        )


def _check_shape(shape: tuple[int, ...], name: str) -> None:
    if any(isinstance(side, bool) or side < 0 for side in shape):
        raise DataProblem(f"{name} has a shape that cannot be read: {shape}.")
    if len(shape) > DIMENSIONS:
        raise DataProblem(f"{name} has {len(shape)} dimensions; {DIMENSIONS} is the most allowed.")


def describe(header: Header, pick: Pick, name: str) -> Field:
    """The field of an NPY header."""
    if pick.columns and not all(column.isdecimal() for column in pick.columns):
        raise UsageProblem(f"{name} is an array without column names.", "Leave out the columns.")
    if not header.shape:
        raise DataProblem(f"{name} holds a single number.", "Give an array with one entry a row.")
    shape = list(header.shape)
    if pick.row_axis >= len(shape):
        raise DataProblem(f"{name} has shape {header.shape}: it has no axis {pick.row_axis}.")
    rows = shape.pop(pick.row_axis)
    if pick.columns:
        shape = [len(pick.columns)] if len(pick.columns) > 1 else []
    kind = np.dtype(header.dtype)
    if kind.kind == "M" and not pick.text:  # they may be keys
        raise DataProblem(f"{name} holds dates.")
    if is_bfloat16(kind):
        kind = np.dtype(np.float32)
    return Field((rows, *shape), "text" if kind.kind in "US" else str(kind.newbyteorder("=")))
