"""`--like` of arrays with three to five axes: what the frameworks printed of them, with holes and one-element axes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from golden.case import Case, Raised, read
from golden.compare import deviation, pairs, reported
from golden.compare import goldens as values_of

import losscli

SHAPES = Path(__file__).parent.parent / "golden" / "shapes"
FRAMEWORKS = sorted(path.stem for path in SHAPES.glob("*.json"))


@cache
def goldens(framework: str) -> tuple[list[Case], list[Raised]]:
    """What a framework printed, and the calls whose value was not finite."""
    return read(SHAPES / f"{framework}.json")[1:]


@pytest.mark.parametrize(
    ("framework", "loss"), sorted({(name, case.loss) for name in FRAMEWORKS for case in goldens(name)[0]})
)
def test_goldens_of_shapes(framework: str, loss: str) -> None:
    cases = [case for case in goldens(framework)[0] if case.loss == loss]
    # XLA adds many float32 numbers one by one, which leaves a few units in the last place
    limit = {("optax", "float32"): 4.0}
    wrong = [
        f"{case.id}: {case.call}: {reported(case)} for {case.expect}"
        for case in cases
        if not deviation(case) <= limit.get((framework, case.dtype), 1.0)
    ]
    assert not wrong, "\n".join(wrong[:20])


def test_the_goldens_hold_every_shape_and_both_reductions() -> None:
    for framework in FRAMEWORKS:
        cases = goldens(framework)[0]
        assert {case.arguments["pred"].ndim for case in cases} == {3, 4, 5}
        assert {"mean", "sum"} <= {case.reduction for case in cases}
        assert {str(case.arguments["pred"].dtype) for case in cases} == {"float32", "float64"}
    with_none = goldens("torch")[1]
    assert with_none, "all labels ignored: PyTorch's mean is NaN"
    assert all(raised.reduction == "mean" for raised in with_none)


def test_a_mean_of_which_nothing_is_left_is_that_of_torch() -> None:
    for raised in goldens("torch")[1]:
        case = Case(
            raised.id, raised.loss, raised.like, raised.call, raised.arguments, raised.reduction, 0.0, "float64"
        )
        value = reported(case)
        assert value != value, f"{raised.id}: {value}"


TABLES = ("sklearn", "xgboost", "lightgbm", "catboost")
PAIRS = [pair for pair in pairs() if pair[0] in TABLES]
PROVED = {
    (name, case.loss): {len(case.arguments["pred"].shape) for case in values_of(name) if case.loss == loss}
    for name, loss in PAIRS
    for case in values_of(name)
    if case.loss == loss and "pred" in case.arguments
}


@pytest.mark.parametrize(("framework", "loss"), sorted(PROVED))
def test_frameworks_of_tables_have_no_value_of_more_axes_than_their_goldens(framework: str, loss: str) -> None:
    case = next(case for case in values_of(framework) if case.loss == loss and "pred" in case.arguments)
    pred, label = (np.asarray(case.arguments[role], dtype=float) for role in ("pred", "label"))
    plain = {name: value for name, value in case.arguments.items() if np.ndim(value) == 0 and name != "weights"}
    most = max(2, *PROVED[framework, loss]) if framework == "sklearn" else max(PROVED[framework, loss])
    for axes in range(most + 1, 6):
        shape = (2, 3, 2, 3, 2)[:axes]
        given = np.resize(pred, shape), np.resize(label, shape)
        with pytest.raises(losscli.LossCliError):
            losscli.compute(loss, *given, like=case.like, **plain)
    if np.shape(pred) == np.shape(label) and pred.ndim == 1:
        column = losscli.compute(loss, pred[:, None], label[:, None], like=case.like, **plain)
        assert column.value == losscli.compute(loss, pred, label, like=case.like, **plain).value
