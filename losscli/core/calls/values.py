"""What stands for an argument in the text of a call: a number, a word, numbers, or something not known here."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from ..record import record

# What makes an array of a list of numbers, by its last name: torch.tensor([1., 2.]), np.array([1, 2]).
_ARRAYS = {
    "tensor",
    "array",
    "asarray",
    "as_tensor",
    "constant",
    "convert_to_tensor",
    "FloatTensor",
    "float32",
    "float64",
}
_ARRAYS |= {"float", "int", "Tensor", "DoubleTensor", "list", "tuple"}
# Methods of an array of numbers that leave the numbers as they are.
_KEPT = {
    "view",
    "reshape",
    "to",
    "cuda",
    "cpu",
    "float",
    "double",
    "unsqueeze",
    "squeeze",
    "numpy",
    "tolist",
    "flatten",
}
_KEPT |= {"astype", "contiguous", "detach", "type", "expand", "ravel", "copy", "clone"}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@record
class Unknown:
    """An expression whose value the text does not hold, such as a variable of the program; `node` is its syntax."""

    text: str
    node: ast.expr


def value_of(node: ast.expr) -> Any:
    """The value that an expression has whatever the program around it, or an `Unknown`."""
    try:
        return _value(node)
    except (LookupError, ArithmeticError, TypeError, ValueError, RecursionError):
        return Unknown(ast.unparse(node), node)


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(map(_value, node.elts))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = _number(node.operand)
        return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_number(node.left), _number(node.right))
    if isinstance(node, ast.Attribute) and node.attr in ("inf", "infty"):
        return float("inf")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute | ast.Name):
        return _reduction(node)
    if isinstance(node, ast.Call):
        return _array(node)
    raise LookupError


def _number(node: ast.expr) -> Any:
    value = _value(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError
    return value


def _reduction(node: ast.Attribute) -> str:
    """The word that a constant of TensorFlow or MONAI is: Reduction.SUM is "sum"."""
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id  # type: ignore[attr-defined]
    if owner not in ("Reduction", "LossReduction"):
        raise LookupError
    return node.attr.lower()


def _array(node: ast.Call) -> Any:
    """The numbers of an array that is written out."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _KEPT and not isinstance(node.func.value, ast.Name):
        return _value(node.func.value)
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    if name in ("range", "arange") and len(node.args) == 1:
        return tuple(range(_size(node.args[0])))
    if name in ("ones", "zeros", "full"):
        return _filled(name, node.args)
    if name not in _ARRAYS or len(node.args) < 1:
        raise LookupError
    value = _value(node.args[0])
    if isinstance(value, str):
        value = float(value)  # float("inf")
    return value


def _filled(name: str, arguments: list[ast.expr]) -> tuple[float, ...]:
    return (_number(arguments[1]) if name == "full" else float(name == "ones"),) * _size(arguments[0])


def _size(node: ast.expr) -> int:
    size = _value(node)
    size = size[0] if isinstance(size, tuple) and len(size) == 1 else size
    if not isinstance(size, int) or not 0 < size <= 100_000:
        raise LookupError
    return size


def literal(text: str) -> Any:
    """A default of the tables as a value."""
    return ast.literal_eval(text) if text else None
