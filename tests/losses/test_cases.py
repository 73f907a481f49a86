"""The hand-computed examples of every loss, and of the evaluator that reads their expectations."""

from __future__ import annotations

import math
from typing import Any

import draw
import pytest

from losscli.core import registry
from losscli.core.loss import Case, Loss
from losscli.testing.cases import broken_case, close, evaluate


def cases() -> list[Any]:
    found = []
    for name in draw.every_loss():
        for i, case in enumerate(registry.find(name).cases):
            found.append(pytest.param(registry.find(name), case, id=f"{name}-{i}"))
    return found


@pytest.mark.parametrize(("loss", "case"), cases())
def test_case(loss: Loss, case: Case) -> None:
    assert broken_case(loss, case) == ""


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
