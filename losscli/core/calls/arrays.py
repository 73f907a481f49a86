"""The arrays of a call: names of the program that stand for the files, and which axis of them holds the classes."""

from __future__ import annotations

import ast
from typing import Any

from ..record import record
from .values import Unknown

# Methods that leave every number, its place among the others included, as it is.
_SAME = {
    "long",
    "float",
    "double",
    "int",
    "to",
    "cpu",
    "cuda",
    "detach",
    "contiguous",
    "clone",
    "numpy",
    "type",
    "astype",
}
_SAME |= {"type_as", "squeeze", "unsqueeze", "requires_grad_", "copy", "item"}


class NotAsItIs(Exception):
    """The call changes an array in a way that a file cannot be known to hold; `args[0]` is the expression."""


@record
class Place:
    """Where the classes of predictions lie in the file: the axis, or None where nothing moves it; `flat` says that all
    elements are one axis, and `cut` how many positions are left out at the end (below 0) or at the start.
    """

    axis: int | None = None
    flat: bool = False
    cut: int = 0


def place_of(argument: Any, axis: int | None) -> Place:
    """Where the classes of an array in a call lie in the array that it is made of; `axis` is where the call wants them.

    An expression that makes other numbers of it is `NotAsItIs`.
    """
    if not isinstance(argument, Unknown):
        return Place()
    walk = _Walk(axis)
    walk.down(argument.node)
    return Place(walk.axis if walk.moved else None, walk.flat, walk.cut)


class _Walk:
    """From what the call is given down to the variable that it is made of."""

    def __init__(self, axis: int | None) -> None:
        self.axis, self.moved, self.flat, self.cut = axis, False, False, 0

    def down(self, node: ast.expr) -> None:
        """Undo the steps one by one."""
        while True:
            if isinstance(node, ast.Name):
                return
            if isinstance(node, ast.Attribute):
                node = node.value
            elif isinstance(node, ast.Subscript):
                self._part(node)
                node = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                self._method(node, node.func.attr)
                node = node.func.value
            else:
                raise NotAsItIs(ast.unparse(node))

    def _part(self, node: ast.Subscript) -> None:
        """An item, such as outputs["logits"], or positions without the last or the first, such as z[..., :-1, :]."""
        if isinstance(node.slice, ast.Constant):
            return
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        cuts = [_cut(part) for part in parts]
        if None in cuts or sum(map(bool, cuts)) > 1:
            raise NotAsItIs(ast.unparse(node))
        self.cut += sum(cut for cut in cuts if cut)

    def _method(self, node: ast.Call, name: str) -> None:
        if name in _SAME:
            return
        arguments = [_whole(argument) for argument in _spread(node.args)]
        if name in ("view", "reshape") and arguments and arguments[0] == -1 and len(arguments) <= 2:
            self._joined(len(arguments) == 1)
        elif name in ("flatten", "ravel") and arguments in ([], [0], [0, 1], [0, -2], [0, 2], [0, 3]):
            self._joined(arguments in ([], [0]))
        elif name in ("transpose", "swapaxes", "swapdims") and len(arguments) == 2:
            self._exchanged(node, *arguments)
        elif name in ("permute", "transpose") and len(arguments) > 2:
            self._permuted(node, arguments)
        elif name in ("movedim", "moveaxis") and arguments in ([-1, 1], [1, -1]):
            self._at(arguments[0], node)
        else:
            raise NotAsItIs(ast.unparse(node))

    def _joined(self, flat: bool) -> None:
        """All axes but the last become one; the classes are the last."""
        self.flat, self.moved, self.axis = self.flat or flat, self.moved or not flat, -1

    def _at(self, axis: int | None, node: ast.Call) -> None:
        if axis is None or self.axis is None:
            raise NotAsItIs(ast.unparse(node))
        self.axis, self.moved = axis, True

    def _exchanged(self, node: ast.Call, one: int | None, other: int | None) -> None:
        if self.axis == one:
            self._at(other, node)
        elif self.axis == other:
            self._at(one, node)
        elif {one, other} == {1, 2} and self.axis == -1:  # (n, t, c): the last is the third
            self._at(1, node)
        else:
            raise NotAsItIs(ast.unparse(node))

    def _permuted(self, node: ast.Call, order: list[int | None]) -> None:
        if self.axis is None:
            raise NotAsItIs(ast.unparse(node))
        source = order[self.axis]
        last = len(order) - 1
        self._at(-1 if source == last else source, node)


def _spread(arguments: list[ast.expr]) -> list[ast.expr]:
    """The arguments of a method, which takes axes one by one or as one tuple."""
    only = arguments[0] if len(arguments) == 1 else None
    return list(only.elts) if isinstance(only, ast.Tuple | ast.List) else arguments


def _whole(node: ast.expr) -> int | None:
    """A whole number; None for what is none."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cut(part: ast.expr) -> int | None:
    """How many positions a slice leaves out: -1 for :-1, 1 for 1:, 0 for all, None for another slice."""
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return 0
    if not isinstance(part, ast.Slice) or part.step is not None:
        return None
    lower = 0 if part.lower is None else _whole(part.lower)
    upper = 0 if part.upper is None else _whole(part.upper)
    if lower is None or upper is None or lower < 0 or upper > 0 or (lower and upper):
        return None
    return lower or upper
