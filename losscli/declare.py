"""What a package that declares losses imports: see CONTRIBUTING.md, *A loss in a package of its own*."""

from __future__ import annotations

from .core.declarations.domain import Choice, Interval, inf
from .core.declarations.param import Param, Role
from .core.errors import BadValue
from .core.loss import (
    NONNEGATIVE,
    SHIFT_INVARIANT,
    SYMMETRIC,
    ZERO_AT_PERFECT,
    Blocks,
    Call,
    Case,
    Dependence,
    Paper,
    Rows,
    call,
    loss,
)

__all__ = [
    "NONNEGATIVE",
    "SHIFT_INVARIANT",
    "SYMMETRIC",
    "ZERO_AT_PERFECT",
    "BadValue",
    "Blocks",
    "Call",
    "Case",
    "Choice",
    "Dependence",
    "Interval",
    "Paper",
    "Param",
    "Role",
    "Rows",
    "call",
    "inf",
    "loss",
]
