"""Distributions and adjustments against SciPy's values (`scipy_values.py`), and against SciPy itself where it is."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.stats import quantiles
from losscli.stats.comparison import multiplicity, power

VALUES: dict[str, Any] = json.loads((ROOT / "tests" / "scipy_values.json").read_text(encoding="utf-8"))
NEAR = 1e-10


def near(found: float, wanted: float) -> bool:
    return abs(found - wanted) <= NEAR * max(1.0, abs(wanted))


def test_quantiles_of_the_normal() -> None:
    for p, wanted in VALUES["normal quantile"]:
        assert near(quantiles.normal_quantile(p), wanted), p
    assert quantiles.normal_quantile(0.5) == 0.0
    assert quantiles.normal_quantile(0.0) == -math.inf
    assert quantiles.normal_quantile(1.0) == math.inf
    assert math.isnan(quantiles.normal_quantile(1.5))


def test_quantiles_of_t() -> None:
    for p, df, wanted in VALUES["t quantile"]:
        assert near(quantiles.t_quantile(p, df), wanted), (p, df)


def test_tails_of_t_to_their_own_digits() -> None:
    for x, df, wanted in VALUES["t tail"]:
        assert quantiles.t_tail(x, df) == pytest.approx(wanted, rel=1e-9, abs=1e-300), (x, df)
        assert quantiles.t_tail(-x, df) + quantiles.t_tail(x, df) == pytest.approx(1.0, rel=1e-15)
    # near the middle SciPy has fewer digits; one degree of freedom is the Cauchy distribution
    assert quantiles.t_tail(1e-6, 1) == pytest.approx(0.5 - math.atan(1e-6) / math.pi, rel=1e-15)


def test_tails_of_the_noncentral_t() -> None:
    for x, df, shift, wanted in VALUES["noncentral t tail"]:
        # at 2 and 3 degrees of freedom the deviation's own density has a long tail
        assert quantiles.noncentral_t_tail(x, df, shift) == pytest.approx(wanted, abs=1e-9 if df > 3 else 1e-6), (x, df)
    assert quantiles.noncentral_t_tail(1.96, 1e8, 2.8) == pytest.approx(quantiles.normal_tail(1.96 - 2.8), abs=1e-9)


@settings(max_examples=80, database=None)
@given(st.floats(1e-8, 1 - 1e-8), st.floats(1.0, 1e7))
def test_quantile_and_tail_are_inverse(p: float, df: float) -> None:
    x = quantiles.t_quantile(p, df)
    assert quantiles.t_tail(-x, df) == pytest.approx(p, rel=1e-9)
    assert quantiles.t_quantile(1.0 - p, df) == pytest.approx(-x, rel=1e-6, abs=1e-9)


def test_live_against_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for df in (1.5, 7.25, 63.0, 512.0, 8191.0, 50000.0):
        for p in (0.003, 0.2, 0.6, 0.975, 0.9999):
            assert near(quantiles.t_quantile(p, df), float(stats.t.ppf(p, df)))


@pytest.mark.parametrize("method", ["holm", "bh"])
def test_adjusted_p_values(method: str) -> None:
    given_, wanted = VALUES[method]
    assert multiplicity.adjusted(given_, method) == pytest.approx(wanted, rel=1e-12)
    assert multiplicity.adjusted([None, *given_], method) == [None, *multiplicity.adjusted(given_, method)]
    assert multiplicity.adjusted(given_, "none") == given_
    assert multiplicity.adjusted([], method) == []


@settings(max_examples=60, database=None)
@given(st.lists(st.floats(0.0, 1.0), max_size=8))
def test_adjusting_only_raises_and_keeps_the_order(values: list[float]) -> None:
    for method in ("holm", "bh"):
        after = [each for each in multiplicity.adjusted(values, method) if each is not None]
        assert all(a >= b for a, b in zip(after, values, strict=True))
        assert all(a <= 1.0 for a in after)
        ranked = [a for _, a in sorted(zip(values, after, strict=True))]
        assert ranked == sorted(ranked)


def test_power_by_the_textbook() -> None:
    """Cohen: a paired t-test of a difference of half a deviation needs 34 rows for 80 % at 5 % two-sided."""
    assert power.needed(0.5, 1.0 / math.sqrt(10), 10, 0.95) == 34
    assert power.power(0.5, 1.0 / math.sqrt(34), 33, 0.95) == pytest.approx(0.8078, abs=1e-3)
    assert power.detectable(1.0 / math.sqrt(34), 33, 0.95) == pytest.approx(0.4952, abs=1e-3)


def test_power_at_its_ends() -> None:
    assert power.power(1e9, 1.0, 1000, 0.95) == pytest.approx(0.975)  # one regression in forty looks like less
    assert power.power(0.0, 1.0, 1000, 0.95) == pytest.approx(0.025)
    assert power.power(0.1, 0.0, 10, 0.95) == 1.0
    assert power.detectable(0.0, 10, 0.95) == 0.0
    assert power.needed(0.0, 1.0, 10, 0.95) is None
    assert power.needed(0.1, 0.0, 10, 0.95) == 2
    assert power.needed(1e-12, 1.0, 10, 0.95) is None or power.needed(1e-12, 1.0, 10, 0.95) > 1 << 50  # type: ignore[operator]
    assert power.needed(0.1, 1.0, 10, 0.5) is None


@pytest.mark.parametrize("df", [1, 2, 5, 40, 1e5])
def test_what_is_detectable_is_detected(df: float) -> None:
    found = power.detectable(0.3, df, 0.9)
    assert quantiles.noncentral_t_tail(power.critical(0.9, df), df, found / 0.3) == pytest.approx(0.8, abs=1e-9)
