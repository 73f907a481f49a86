"""What stands for an argument in the text of a call: a number, a word, numbers, or something not known here."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..record import record

MOST = 100_000  # numbers of an array that is written out by its shape
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
        with np.errstate(all="ignore"):
            return _plain(_OPERATORS[type(node.op)](_numbers(node.left), _numbers(node.right)))
    if isinstance(node, ast.Subscript):
        return _plain(_numbers(node.value)[_new_axes(node.slice)])
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
    """The word for a constant of TensorFlow or MONAI or a function of NumPy: "sum" for Reduction.SUM, jnp.sum."""
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id  # type: ignore[attr-defined]
    if owner in ("jnp", "np", "numpy") and node.attr in ("mean", "sum"):
        return node.attr
    if owner not in ("Reduction", "LossReduction"):
        raise LookupError
    return node.attr.lower()


def _numbers(node: ast.expr) -> Any:
    """A number, or an array of numbers that is written out."""
    value = _value(node)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise LookupError
    return array if isinstance(value, tuple) else value


def _plain(values: Any) -> Any:
    """A number, or the numbers of an array in tuples."""
    return _tuples(np.asarray(values).tolist())


def _tuples(values: Any) -> Any:
    return tuple(map(_tuples, values)) if isinstance(values, list) else values


def _new_axes(node: ast.expr) -> Any:
    """What stands in brackets behind an array and makes axes of length 1: [:, None, None]."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    if not all(ast.unparse(part) in (":", "None", "...") for part in parts):
        raise LookupError
    return tuple({":": slice(None), "None": None, "...": Ellipsis}[ast.unparse(part)] for part in parts)


def _array(node: ast.Call) -> Any:
    """The numbers of an array that is written out."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _KEPT and not isinstance(node.func.value, ast.Name):
        return _of_shape(node.func.attr, _value(node.func.value), node.args)
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    if name in ("range", "arange") and len(node.args) == 1:
        return tuple(range(_shape(node.args)[0]))
    if name in ("ones", "zeros", "full") and node.args:
        return _filled(name, node.args)
    if name not in _ARRAYS or len(node.args) < 1:
        raise LookupError
    value = _value(node.args[0])
    if isinstance(value, str):
        value = float(value)  # float("inf")
    return value


def _of_shape(method: str, value: Any, arguments: list[ast.expr]) -> Any:
    """The numbers of an array after a method that may give it another shape."""
    if method in ("view", "reshape"):
        return _plain(np.reshape(_array_of(value), _shape(arguments)))
    if method == "unsqueeze":
        return _plain(np.expand_dims(_array_of(value), _shape(arguments)[0]))
    if method in ("squeeze", "flatten", "ravel"):
        return _plain(getattr(_array_of(value), method.replace("flatten", "ravel"))())
    return value


def _array_of(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise LookupError
    return array


def _filled(name: str, arguments: list[ast.expr]) -> Any:
    shape = _shape(arguments[:1] if name == "full" else arguments)
    if any(side <= 0 for side in shape) or math.prod(shape) > MOST:
        raise LookupError
    return _plain(np.full(shape, _number(arguments[1]) if name == "full" else float(name == "ones")))


def _shape(arguments: list[ast.expr]) -> tuple[int, ...]:
    """The sides of a shape, which are written one by one or as one tuple."""
    values = [_value(argument) for argument in arguments]
    sides = values[0] if len(values) == 1 and isinstance(values[0], tuple) else tuple(values)
    if not sides or not all(isinstance(side, int) and not isinstance(side, bool) and side <= MOST for side in sides):
        raise LookupError
    return tuple(sides)


def literal(text: str) -> Any:
    """A default of the tables as a value."""
    return ast.literal_eval(text) if text else None
