"""The hand-computed examples of every loss, and the small evaluator that reads their expectations."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import draw
import pytest
from run_block import run_block

from losscli.core import registry
from losscli.core.loss import Case, Loss

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


def cases() -> list[Any]:
    found = []
    for name in draw.every_loss():
        for i, case in enumerate(registry.find(name).cases):
            found.append(pytest.param(registry.find(name), case, id=f"{name}-{i}"))
    return found


@pytest.mark.parametrize(("loss", "case"), cases())
def test_case(loss: Loss, case: Case) -> None:
    outcome = run_block(loss, **case.arguments)
    if isinstance(case.expect, Sequence) and not isinstance(case.expect, str):
        rows = outcome.rows[0].tolist()
        assert len(rows) == len(case.expect)
        wrong = [
            (i, got, want) for i, (got, want) in enumerate(zip(rows, case.expect, strict=True)) if not close(got, want)
        ]
        assert not wrong
    else:
        assert close(outcome.value, case.expect), (outcome.value, case.expect)


@pytest.mark.parametrize("name", draw.every_loss())
def test_every_loss_has_cases(name: str) -> None:
    loss = registry.find(name)
    assert len(loss.cases) >= 2
    kinds = {case.arguments.get("input", loss.pred[0]) for case in loss.cases}
    assert loss.pred[0] in kinds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25 * ln 2", 0.25 * math.log(2)),
        ("2 * ln 2 - ln 3", 2 * math.log(2) - math.log(3)),
        ("ln(2) / 2", math.log(2) / 2),
        ("ln (1 + 2)", math.log(3)),
        ("1 / 3", 1 / 3),
        ("-inf", -math.inf),
        ("sqrt(5.25)", math.sqrt(5.25)),
        ("log1p(exp(-2)) ^ 2", math.log1p(math.exp(-2)) ** 2),
        ("cos(pi)", -1.0),
    ],
)
def test_evaluator(text: str, value: float) -> None:
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text", ["__import__('os')", "x", "(1).real", "[1]", "'a'", "True", "1 if 1 else 2", "ln(x=1)"]
)
def test_evaluator_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="not arithmetic"):
        evaluate(text)


def test_closeness() -> None:
    assert close(0.7145788999, 0.7145789)
    assert close(2.04260235, 2.0426028)
    assert not close(0.7145779, 0.7145789)
    assert close(1.3125, 1.3125)
    assert not close(1.31251, 1.3125)
    assert close(math.inf, "inf")
    assert not close(1e308, "inf")
    assert not close(math.nan, 0.5)
    assert not close(math.log(2) + 1e-12, "ln 2")
