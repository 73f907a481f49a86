"""What a file that declares a loss imports: `@loss` above its kernel. Everything else follows from the declaration."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from .binding.binding import row_losses
from .declarations.conventions import Call, call
from .declarations.declaration import (
    NONNEGATIVE,
    SHIFT_INVARIANT,
    SYMMETRIC,
    ZERO_AT_PERFECT,
    Case,
    Dependence,
    Kernel,
    Loss,
    Paper,
)
from .errors import UsageProblem
from .scratch import Array
from .sums.rows import Blocks, Rows

__all__ = [
    "NONNEGATIVE",
    "SHIFT_INVARIANT",
    "SYMMETRIC",
    "ZERO_AT_PERFECT",
    "Blocks",
    "Call",
    "CallableLoss",
    "Case",
    "Dependence",
    "Loss",
    "Paper",
    "Rows",
    "call",
    "loss",
]


class CallableLoss(Loss):
    """A declared loss that is also a function of arrays."""

    def __call__(self, pred: Any, label: Any = None, **arguments: Any) -> Array | tuple[Array, ...]:
        """The loss of each row, as an (n,) array (a tuple of arrays where the value is a function of several)."""
        return row_losses(self, pred, label, **arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle holds where the loss is declared, and what reads it finds the one that is declared there."""
        if self.parts:
            return _sum_of, (self.parts,)
        return _declared_in, (self.kernel.__module__, self.name)

    def __copy__(self) -> CallableLoss:
        """The loss itself: a declaration does not change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CallableLoss:
        """The loss itself: a declaration does not change."""
        return self


def _sum_of(parts: tuple[Any, ...]) -> Any:
    """The weighted sum of these losses; made by a module that this one need not know."""
    return import_module("losscli.core.sums_of_losses.compose").sum_of(parts)


def _declared_in(module: str, name: str) -> CallableLoss:
    """The loss of this name that a module declares."""
    for value in vars(import_module(module)).values():
        if isinstance(value, CallableLoss) and value.name == name:
            return value
    raise UsageProblem(f"{module} declares no loss named {name}.", "It was pickled by another losscli.")


def loss(name: str, **declaration: Any) -> Callable[[Kernel], CallableLoss]:
    """Declare a loss: `@loss("mse", pred=("values",), label=("values",), ...)` above its kernel.

    The kernel is `kernel(pred, label, *, parameters)`: pure NumPy, row-wise, it never reduces over rows. It returns
    one (n,) term, several as a tuple, an array shaped like the predictions (a row's term is its mean or sum), or Rows.
    """

    def declare(kernel: Kernel) -> CallableLoss:
        given = dict(declaration)
        given["formula_text"] = given.pop("formula")
        given["facts"] = frozenset(given.get("facts", ()))
        return CallableLoss(name=name, kernel=kernel, **given)

    return declare
