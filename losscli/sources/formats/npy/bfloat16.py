"""bfloat16: the upper half of a float32. NumPy saves arrays of it as two bytes without a meaning (V2)."""

from __future__ import annotations

import numpy as np

from ....core.errors import DataProblem
from ....core.scratch import Array

_MOST_STRANGE = 0.01  # of the values of a block; two bytes of anything else are strange in every fourth
_HUGE = 1e20  # beyond this only what marks that a score does not count
_LARGEST = float(np.array([0x7F7F0000], np.uint32).view(np.float32)[0])


def note(name: str) -> str:
    """What a reader of a file should know."""
    return f"{name} holds two-byte values (V2), as which ml_dtypes saves bfloat16: they are read as bfloat16."


def as_float32(halves: Array, name: str) -> Array:
    """The values, which float32 holds exactly; two bytes that look like something else are a DataProblem.

    Args:
        halves: the two bytes of each value as whole numbers, uint16.
        name: the file, for messages.
    """
    values: Array = np.left_shift(halves.astype(np.uint32), 16).view(np.float32)
    size = np.abs(values)
    strange = np.isfinite(size) & (size > _HUGE) & (size != _LARGEST)
    strange |= np.isnan(size) & ((halves & 0x3F) != 0) & ((halves & 0x7F) != 0x7F)
    if np.count_nonzero(strange) > _MOST_STRANGE * strange.size:
        first = float(values[strange][0])
        raise DataProblem(
            f"{name} holds two-byte values of an unknown type (V2). As bfloat16, as which ml_dtypes saves such arrays, "
            f"many of them would be like {first:.3g}, so it is something else.",
            f"Save it with a type that NumPy knows: numpy.save({name!r}, array.astype('float32')).",
            kind="column_type",
            file=name,
        )
    return values
