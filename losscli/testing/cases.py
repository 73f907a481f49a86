"""The hand-computed examples of a loss, and the small evaluator that reads their expectations."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence

from ..core.loss import Case, Loss
from .blocks import run_block

_CALLS: dict[str, Callable[..., float]] = {
    name: getattr(math, name) for name in ("sqrt", "exp", "log1p", "expm1", "cos", "sin", "acos", "tanh", "lgamma")
} | {"ln": math.log, "log": math.log, "abs": abs}
_NAMES = {"pi": math.pi, "inf": math.inf, "e": math.e}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def evaluate(text: str) -> float:
    """The value of '0.25 * ln 2': arithmetic, a few functions (`ln 2` or `ln(2)`), pi, e and inf."""
    words = text.replace("ln ", "ln@").replace("^", "**")
    while "ln@" in words:  # the number or parenthesis that follows is the argument
        before, after = words.split("ln@", 1)
        size = 0 if after.startswith("(") else next((i for i, c in enumerate(after) if c in " */+-)"), len(after))
        words = f"{before}ln({after[:size]}){after[size:]}" if size else f"{before}ln{after}"
    return _value(ast.parse(words.strip(), mode="eval").body)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return float(_BINARY[type(op)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS:
            return float(_CALLS[name](*map(_value, arguments)))
    raise ValueError(f"{ast.unparse(node)} is not arithmetic")


def close(got: float, want: str | float) -> bool:
    """To 1e-15 of an expression or of a number that floats hold exactly (1.3125); otherwise to the last digit as it
    was written or to six digits: many of these numbers were printed by frameworks from float32.
    """
    exact = evaluate(want) if isinstance(want, str) else float(want)
    if got == exact or math.isinf(exact):
        return got == exact
    written = str(want)
    if isinstance(want, str) or "." not in written or exact * 2**12 == int(exact * 2**12):
        return abs(got - exact) <= 1e-15 * abs(exact)
    unit = 10.0 ** -len(written.split(".")[-1]) if "e" not in written else 0.0
    return abs(got - exact) <= max(unit, 0.5e-6 * abs(exact))


def broken_case(loss: Loss, case: Case) -> str:
    """What an example is instead of what it should be; empty where it is right."""
    outcome = run_block(loss, **case.arguments)
    given = ", ".join(f"{name}={value}" for name, value in case.arguments.items())
    if isinstance(case.expect, Sequence) and not isinstance(case.expect, str):
        rows = outcome.rows[0].tolist()
        if len(rows) != len(case.expect):
            return f"the example {given} has {len(rows)} rows, and {len(case.expect)} values are expected"
        wrong = [i for i, (got, want) in enumerate(zip(rows, case.expect, strict=True)) if not close(got, want)]
        values = "; ".join(f"row {i} is {rows[i]!r}, expected {case.expect[i]!r}" for i in wrong)
        return f"the example {given}: {values}" if wrong else ""
    if close(outcome.value, case.expect):
        return ""
    return f"the example {given} is {outcome.value!r}, expected {case.expect!r}"
