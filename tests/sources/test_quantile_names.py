"""Quantiles that columns are called by: which names say one, and where they are taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import UsageProblem
from losscli.sources.columns.quantile_names import levels_of_names

SHARES = (0.1, 0.5, 0.9)


@pytest.mark.parametrize(
    ("names", "levels"),
    [
        (("q0.1", "q0.5", "q0.9"), SHARES),
        (("p10", "p50", "P90"), SHARES),
        (("0.1", ".5", "0.9"), SHARES),
        (("quantile_0.1", "quantile_0.5", "quantile_0.9"), SHARES),
        (("q05", "q97.5"), (0.05, 0.975)),
        (("NHITS_ql0.1", "NHITS-median", "NHITS_ql0.9"), SHARES),
        (("p10", "median", "p90"), SHARES),
        (("ETS-lo-80", "ETS-median", "ETS-hi-80"), SHARES),
        (("10%", "50%", "90%"), SHARES),
        (("y_q0.10", "y_q.5"), (0.1, 0.5)),
        (("q1", "q2", "q3"), None),
        (("q0.1", "q50"), None),
        (("q0.1", "other"), None),
        (("q100",), None),
        (("q0.1", "quantile_0.1"), None),
        (("prob", "score"), None),
    ],
)
def test_names(names: tuple[str, ...], levels: tuple[float, ...] | None) -> None:
    assert levels_of_names(names) == levels


def frame(*names: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {**{name: rng.normal(size=20) for name in names}, "y": rng.normal(size=20)}


@pytest.mark.parametrize("loss", ["mean_quantile_loss", "wql", "crps_quantile", "weighted_interval_score"])
def test_losses_of_quantiles_take_them(loss: str) -> None:
    data = frame("p10", "p50", "p90")
    named = losscli.compute(loss, data, pred="p*", label="y")
    given = losscli.compute(loss, data, pred="p*", label="y", quantile=SHARES)
    assert named.value == given.value
    assert named.params["quantile"] == list(SHARES) or tuple(named.params["quantile"]) == SHARES
    assert any("p10, p50, p90 are called" in note for note in named.notes)
    assert not any("called" in note for note in given.notes)


def test_one_column_and_comparisons() -> None:
    data = frame("q0.9", "other")
    assert losscli.compute("pinball", data, pred="q0.9", label="y").params["quantile"] == 0.9
    assert losscli.compute("pinball", data, pred="other", label="y").params["quantile"] == 0.5
    assert losscli.compute("pinball", data, pred="q0.9", label="y", quantile=0.5).params["quantile"] == 0.5


def test_another_order_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"says 0.9,0.1, and the columns q0.1, q0.9 are called 0.1,0.9"):
        losscli.compute("wql", frame("q0.1", "q0.9"), pred=["q0.1", "q0.9"], label="y", quantile=(0.9, 0.1))
    with pytest.raises(UsageProblem, match=r"call the columns q0\.1"):
        losscli.compute("wql", frame("q1", "q2"), pred=["q1", "q2"], label="y")
