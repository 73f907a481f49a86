"""Makes scipy_values.json: what SciPy says of the distributions and tests that losscli computes without it.

python tests/scipy_values.py        with SciPy installed; rewrite the file, and read it as a difference
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INTO = Path(__file__).with_suffix(".json")
DEGREES = [1, 2, 3, 5, 10, 30, 79, 80, 199, 441, 1999, 9999, 10001, 19999, 1e6, 1e9, 1e13]
CHANCES = [1e-12, 1e-6, 0.001, 0.005, 0.025, 0.05, 0.2, 0.4999, 0.5, 0.7, 0.9, 0.975, 0.995, 0.9999, 1 - 1e-9]
POINTS = [0.0, 1e-6, 0.01, 0.5, 1.0, 1.7, 1.75, 1.8, 2.0, 3.0, 6.0, 12.0, 30.0]
BASE = [0.31, 1.72, 0.08, 2.45, 0.97, 0.5, 1.11, 3.02, 0.64, 0.77]
CAND = [0.35, 1.69, 0.21, 2.71, 0.95, 0.66, 1.3, 3.4, 0.61, 0.9]
P_VALUES = [0.01, 0.04, 0.03, 0.005, 0.9]


def values() -> dict[str, Any]:
    """The whole file."""
    import scipy
    from scipy import stats

    difference = [c - b for c, b in zip(CAND, BASE, strict=True)]
    paired = stats.ttest_rel(CAND, BASE)
    interval = paired.confidence_interval(0.9)
    flips = stats.permutation_test(
        (difference,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", n_resamples=1 << 12,
        vectorized=True,
    )  # fmt: skip
    chances = [p for p in CHANCES if p > 1e-9]
    return {
        "scipy": scipy.__version__,
        "normal quantile": [[p, float(stats.norm.ppf(p))] for p in [1e-300, 1e-100, *CHANCES]],
        "t quantile": [[p, df, float(stats.t.ppf(p, df))] for df in DEGREES for p in chances],
        "t tail": [[x, df, float(stats.t.sf(x, df))] for df in DEGREES if df < 1e10 for x in POINTS],
        "noncentral t tail": [
            [x, df, shift, float(stats.nct.sf(x, df, shift))]
            for df in DEGREES if 2 <= df <= 20000 for x in (-1.0, 1.65, 1.96, 2.6) for shift in (0.0, 0.7, 2.8, 5.0)
        ],
        "base": BASE,
        "cand": CAND,
        "paired t": [float(paired.statistic), float(paired.pvalue), float(interval.low), float(interval.high)],
        "sign flips": float(flips.pvalue),
        "holm": [[0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]],  # R: p.adjust, by hand
        "bh": [P_VALUES, [float(v) for v in stats.false_discovery_control(P_VALUES)]],
    }  # fmt: skip


if __name__ == "__main__":
    INTO.write_text(json.dumps(values(), indent=1) + "\n", encoding="utf-8")
