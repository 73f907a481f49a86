"""Binary losses of hard labels: the logit of the wrong answer, and what a loss makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.arrays.inputs import Hard
from ..core.scratch import Array, like

SIGN: dict[int, Any] = {8: np.int64(-(2**63)), 4: np.int32(-(2**31))}  # the bit of a float's sign, by its bytes
_EXPONENT = {8: 11, 4: 8}  # the bits of its exponent
_FAR = {8: 700.0, 4: 85.0}  # exp of less is finite


def is_hard(label: Array) -> bool:
    """Whether labels in [0, 1] are known to be 0 or 1, every one."""
    return label.dtype.kind in "bui" or isinstance(label, Hard)


def wrong_side(logit: Array, label: Array, slot: str) -> Array:
    """x for hard label 0, -x for 1: the logit of the wrong answer. The label becomes the bit of a sign.

    Of a float's 1.0, shifted by the width of the exponent, the exponent's lowest bit remains, and is that bit.
    """
    line = like(slot, logit)
    kind = SIGN[logit.itemsize].dtype
    bits = line.view(kind)
    if isinstance(label, Hard):
        np.left_shift(label.view(kind), _EXPONENT[logit.itemsize], out=bits)
    else:
        np.copyto(bits, label, casting="unsafe")
        np.left_shift(bits, 8 * logit.itemsize - 1, out=bits)
    np.bitwise_xor(bits, logit.view(kind), out=bits)
    return line


def softplus(values: Array) -> Array:
    """log(1 + exp(x)) in place. At most 3 ulp; exact limits at +-inf."""
    far = _far(values)
    np.exp(values, out=values)
    np.log1p(values, out=values)
    if far is not None:
        values[far[0]] = far[1]
    return values


def softplus_and_sigmoid(values: Array, slot: str) -> tuple[Array, Array]:
    """log(1 + exp(x)) in scratch and 1 / (1 + exp(-x)) in place, each to 4 ulp, of one exp."""
    far = _far(values)
    np.exp(values, out=values)
    plus = np.log1p(values, out=like(slot, values))
    values /= np.add(values, 1.0, out=like("sigmoid whole", values))
    if far is not None:
        plus[far[0]] = far[1]
        values[far[0]] = 1.0
    return plus, values


def _far(values: Array) -> tuple[Array, Array] | None:
    """Where exp would overflow, and the values there, which are their own softplus; 0 takes their place.

    None where nowhere, as mostly.
    """
    limit = _FAR[values.itemsize]
    if not values.size or np.maximum.reduce(values, axis=None) < limit:
        return None
    far = values >= limit
    far_values = values[far]
    values[far] = 0.0
    return far, far_values
