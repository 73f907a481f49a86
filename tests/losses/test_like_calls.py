"""`--like "CALL"` of segmentation losses: what MONAI, smp and Keras printed, from the text of the call alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from golden.case import Case, read
from golden.compare import off

import losscli

CALLS = Path(__file__).parent.parent / "golden" / "calls"
FRAMEWORKS = sorted(path.stem for path in CALLS.glob("*.json"))


@cache
def goldens(framework: str) -> list[Case]:
    """What a framework printed."""
    return read(CALLS / f"{framework}.json")[1]


@pytest.mark.parametrize("every", [4, pytest.param(1, id="all", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("framework", "loss"), sorted({(name, case.loss) for name in FRAMEWORKS for case in goldens(name)})
)
def test_calls_of_classes(framework: str, loss: str, every: int) -> None:
    wrong = []
    for case in [each for each in goldens(framework) if each.loss == loss][::every]:
        value = losscli.compute(loss, case.arguments["pred"], case.arguments["label"], like=case.call).value
        # float32 in a part of each: one-hot labels, or the focal loss; sums of numbers that are differences from 1
        if value is None or not off(value, float(np.mean(case.expect)), single=True, scale=4.0) <= 4.0:
            wrong.append(f"{case.id}: {case.call}: {value} for {case.expect}")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:20])


def test_the_goldens_hold_every_loss_of_classes() -> None:
    losses = {case.loss for name in FRAMEWORKS for case in goldens(name)}
    assert losses >= {"dice", "jaccard", "tversky", "focal_tversky", "generalized_dice", "dice_ce", "dice_focal"}
    assert losses >= {"focal", "lovasz_hinge", "lovasz_softmax"}
