"""`--like` never lies: what no golden value of the framework proves is refused, and what one proves is not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from golden.case import Case, read
from golden.compare import deviation
from golden.proved import FOLDERS, HERE

import losscli
from losscli.core.declarations.conventions import split_like
from losscli.core.declarations.proved_calls import PROVED

AXES = Path(HERE) / "axes"
FRAMEWORKS = sorted(path.stem for path in AXES.glob("*.json"))
RNG = np.random.default_rng(0)
MASKS = RNG.random((2, 4, 5, 3)), RNG.integers(0, 2, (2, 4, 5, 3))
INDEX = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32), RNG.integers(0, 3, (2, 4, 5))
CHOSEN = RNG.random((4, 3, 2)), RNG.integers(0, 2, (4, 3, 2))


@cache
def goldens(framework: str) -> list[Case]:
    """What a framework printed of arrays of other numbers of axes than its main goldens have."""
    return read(AXES / f"{framework}.json")[1]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_not_refused_is_what_the_framework_printed(framework: str) -> None:
    wrong, met = [], 0
    for case in goldens(framework):
        try:
            off = deviation(case)
        except losscli.LossCliError:
            continue
        met += 1
        if not off <= 4.0:  # XLA adds float32 numbers one by one
            wrong.append(f"{case.id}: {case.call}: {off:.3g} x the tolerance")
    assert not wrong, "\n".join(wrong[:20])
    assert met > (len(goldens(framework)) * 2) // 3 or framework == "sklearn"


def test_every_fact_has_a_golden() -> None:
    """Each number of axes in the table is that of the predictions of a golden of the same framework and loss."""
    axes: dict[tuple[str, str], set[str]] = {}
    for folder in FOLDERS:
        for path in (HERE / folder).rglob("*.json"):
            for case in read(path)[1]:
                key = split_like(case.like)[0], case.loss
                axes.setdefault(key, set()).add(str(np.ndim(case.arguments["pred"])))
                axes[key].add(str(max(1, sum(side != 1 for side in np.shape(case.arguments["pred"])[1:]) + 1)))
    for name, losses in PROVED.items():
        for loss, (forms, kinds, _) in losses.items():
            assert {each for each in forms if each.isdigit()} <= axes[name, loss], (name, loss)
            assert kinds, (name, loss)


@pytest.mark.slow
def test_the_table_is_written_from_the_goldens() -> None:
    from golden.proved import TABLE, facts, table

    assert TABLE.read_text(encoding="utf-8") == table(facts())


@pytest.mark.parametrize(
    ("loss", "like", "given", "arguments", "option"),
    [
        (
            "sigmoid_cross_entropy",
            "sklearn",
            (RNG.random((4, 3)), RNG.integers(0, 2, (4, 3))),
            {"input": "probs"},
            "like",
        ),
        ("multi_margin", "torch", (RNG.normal(size=(4, 3, 2)), RNG.integers(0, 3, (4, 2))), {}, "like"),
        ("dice", "keras", (RNG.random((4, 5, 3)), RNG.integers(0, 3, (4, 5))), {}, "like"),
        ("mae", "utilsforecast", CHOSEN, {}, "like"),
        ("tweedie", "sklearn", (1 + RNG.random((4, 3)), 1 + RNG.random((4, 3))), {}, "like"),
        ("sigmoid_cross_entropy", "torch", CHOSEN, {"input": "probs", "label_smoothing": 0.1}, "label-smoothing"),
        ("sigmoid_cross_entropy", "keras", CHOSEN, {"input": "probs", "pos_weight": 2.0}, "pos-weight"),
        ("dice", "keras", MASKS, {"smooth": 1.0}, "smooth"),
        ("tversky", "keras", MASKS, {"background": False, "class_axis": -1}, "background"),
        ("dice", "smp", MASKS, {"input": "probs", "pool": "image"}, "pool"),
        ("jaccard", "smp", MASKS, {"input": "probs", "pool": "image"}, "pool"),
        ("dice_ce", "monai", INDEX, {"input": "logits", "ignore_index": 2}, "ignore-index"),
        ("generalized_dice", "monai", INDEX, {"input": "logits", "ignore_index": 2}, "ignore-index"),
        ("tversky", "monai", INDEX, {"input": "logits", "class_weights": [1.0, 2.0, 3.0]}, "class-weights"),
        ("lovasz_softmax", "smp", INDEX, {"input": "logits", "of_classes": "all"}, "of-classes"),
    ],
)
def test_what_is_not_proved_is_refused(
    loss: str, like: str, given: tuple[np.ndarray, ...], arguments: dict[str, object], option: str
) -> None:
    with pytest.raises(losscli.LossCliError) as caught:
        losscli.compute(loss, *given, like=like, **arguments)
    assert "Leave out" in str(caught.value)
    assert option in [each.replace("_", "-") for each in caught.value.options]
    without = {key: value for key, value in arguments.items() if key in ("input", "class_axis")}
    assert losscli.compute(loss, *given, **without).value is not None
    if option != "like":  # to leave out either is a way on
        assert losscli.compute(loss, *given, **arguments).value is not None
        assert losscli.compute(loss, *given, like=like, **without).value is not None


@pytest.mark.parametrize("like", ["smp", "monai"])
@pytest.mark.parametrize(
    "option", [{"background": False}, {"smooth": 0.5}, {"ignore_index": 2}, {"class_weights": [1.0, 2.0, 3.0]}]
)
def test_what_a_golden_proves_of_an_overlap_is_taken(like: str, option: dict[str, object]) -> None:
    plain, taken = (losscli.compute("jaccard", *INDEX, input="logits", like=like, **more) for more in ({}, option))
    assert plain.value != taken.value


def test_rows_of_differing_length_are_no_array_of_a_framework() -> None:
    rows = [[0.5, 0.25], [0.75]], [[1, 0], [1]]
    assert losscli.compute("mse", *rows).n == 2
    with pytest.raises(losscli.UsageProblem, match=r"Leave out like=.torch."):
        losscli.compute("mse", *rows, like="torch")
