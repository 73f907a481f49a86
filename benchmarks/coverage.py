"""How often intervals hold the truth and harmless changes are called worse, on kind and unkind data.

    python benchmarks/coverage.py [--runs 300] [--rows 20 200 2000] [--kinds normal serial] [--test bootstrap]
        [--seed 1]

Prints the tables of docs/comparing.md as Markdown. Every run calls losscli as a user would; each kind of data and each
number of rows has a seed of its own, so that a line can be made again alone.

A kind draws what rows add beyond their mean: noise of mean 0. The losses of a value are that noise above its lowest
value, or far above 0; the losses of a candidate are the base's plus the noise, which on average changes nothing.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import losscli
from losscli.api.compare import compare_all, plan_of
from losscli.api.compute import evaluate
from losscli.api.requests.request import request_of_call
from losscli.stats.comparison.paired import role
from losscli.stats.comparison.verdict import Margin

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator, int], tuple[Array, dict[str, Any]]]


def _plain(noise: Callable[[np.random.Generator, int], Array]) -> Draw:
    return lambda rng, n: (noise(rng, n), {})


def _serial(rng: np.random.Generator, n: int, correlation: float = 0.8) -> Array:
    rows, rest = rng.normal(size=n), (1.0 - correlation * correlation) ** 0.5
    for i in range(1, n):
        rows[i] = correlation * rows[i - 1] + rest * rows[i]
    return rows


def _weighted(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    return rng.normal(size=n), {"weights": rng.lognormal(0.0, 1.0, n)}


def _heavy(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    weights = np.ones(n)
    weights[0] = 100.0 * n
    return rng.normal(size=n), {"weights": weights}


def _clustered(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    cluster = np.arange(n) // 5
    return rng.normal(size=n)[cluster] + 0.5 * rng.normal(size=n), {"cluster": cluster}


def _uneven(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    cluster = np.maximum(0, np.arange(n) - n // 2) // 2
    return rng.normal(size=n)[cluster] + 0.5 * rng.normal(size=n), {"cluster": cluster}


def _blocks(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    return _serial(rng, n), {"cluster": np.arange(n) // min(40, n // 5)}


def _weighted_blocks(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    noise, given = _blocks(rng, n)
    return noise, {**given, "weights": rng.lognormal(0.0, 0.5, n)}


def _weighted_clusters(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    """Users whose rows spread wider also weigh more."""
    noise, given = _clustered(rng, n)
    wide = (rng.random(n) < 0.2)[given["cluster"] * 5]
    return noise * np.where(wide, 3.0, 1.0), {**given, "weights": np.where(wide, 4.0, 1.0)}


def _weighted_serial(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    return _serial(rng, n), {"weights": rng.lognormal(0.0, 0.5, n)}


def _skewed_clusters(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    cluster = np.arange(n) // 5
    return (rng.exponential(size=n) - 1.0)[cluster] + 0.5 * rng.normal(size=n), {"cluster": cluster}


def _zeros_weighted(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    return (rng.random(n) < 0.3) * rng.normal(size=n), {"weights": rng.lognormal(0.0, 1.0, n)}


def _few_heavy(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Any]]:
    return rng.exponential(size=n) - 1.0, {"weights": np.where(rng.random(n) < 0.2, 5.0, 1.0)}


KINDS: dict[str, tuple[str, Draw]] = {
    "normal": ("normal", _plain(lambda rng, n: rng.normal(size=n))),
    "heavy": ("t with 3 degrees of freedom", _plain(lambda rng, n: rng.standard_t(3, n))),
    "skewed": ("exponential", _plain(lambda rng, n: rng.exponential(size=n) - 1.0)),
    "left": ("exponential, to the left", _plain(lambda rng, n: 1.0 - rng.exponential(size=n))),
    "lognormal": ("log-normal", _plain(lambda rng, n: rng.lognormal(size=n) - np.exp(0.5))),
    "discrete": ("0 or 1, three in ten", _plain(lambda rng, n: (rng.random(n) < 0.3) - 0.3)),
    "zeros": (
        "95 % zeros, else exponential",
        _plain(lambda rng, n: (rng.random(n) < 0.05) * rng.exponential(size=n) - 0.05),
    ),
    "rare": (
        "99 % zeros, else exponential",
        _plain(lambda rng, n: (rng.random(n) < 0.01) * rng.exponential(size=n) - 0.01),
    ),
    "weighted": ("normal, log-normal weights", _weighted),
    "one-weight": ("normal, one row of weight 100 n", _heavy),
    "clustered": ("clusters of 5, `--cluster`", _clustered),
    "one-cluster": ("a cluster with half of the rows, `--cluster`", _uneven),
    "serial": ("AR(1) 0.8, as independent", _plain(_serial)),
    "mild-serial": ("AR(1) 0.5, as independent", _plain(lambda rng, n: _serial(rng, n, 0.5))),
    "blocks": ("AR(1) 0.8, `--cluster` of 40 rows", _blocks),
    "weighted-clusters": ("clusters of 5, wide ones weigh four times as much, `--cluster`", _weighted_clusters),
    "skewed-clusters": ("clusters of 5, exponential, `--cluster`", _skewed_clusters),
    "weighted-serial": ("AR(1) 0.8, log-normal weights, as independent", _weighted_serial),
    "weighted-blocks": ("AR(1) 0.8, log-normal weights, `--cluster` of 40 rows", _weighted_blocks),
    "few-heavy": ("exponential, two rows in ten weigh five times as much", _few_heavy),
    "zeros-weighted": ("70 % zeros, else normal, log-normal weights", _zeros_weighted),
}
LOWEST = {
    "skewed": 1.0,
    "few-heavy": 1.0,
    "lognormal": float(np.exp(0.5)),
    "discrete": 0.3,
    "zeros": 0.05,
    "rare": 0.01,
}


def value_of_rows(noise: Array, kind: str, given: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the interval of the mean holds the truth, and whether there is a note."""
    level = LOWEST.get(kind, 30.0)
    call = {"loss": "mae", "params": {}, "ci": 0.95, "weights": None, "cluster": None, **given}
    files = {"pred": np.maximum(noise + level, 0.0), "label": np.zeros(len(noise))}
    report = evaluate(request_of_call("compute", call, files))
    ci = report.results[0].ci
    return ci is not None and ci["low"] <= level <= ci["high"], bool(report.warnings)


def compared(noise: Array, given: dict[str, Any], test: str) -> tuple[str, bool]:
    """The verdict on a candidate that is as good as the base on average, and whether there is a note."""
    call = {"loss": "mae", "params": {}, "test": test, "worst": 0, "resamples": None, **given}
    base = np.full(len(noise), 50.0)
    files = {"pred": base, role(1): base + noise, "label": np.zeros(len(noise))}
    request = request_of_call("compare", call, files)
    try:
        report = compare_all(request, plan_of(request.options.changed(adjust="none"), Margin()))
    except losscli.DataProblem:  # a bootstrap of fewer than ten rows or clusters is refused
        return "inconclusive", True
    return report.results[0].verdict, bool(report.warnings)


def line(kind: str, n: int, runs: int, test: str, seed: int = 0) -> tuple[float, ...]:
    """Shares of runs: covered, missed without a note, called worse, that without a note, and both of improved."""
    rng = np.random.default_rng(zlib.crc32(f"{kind} {n}{f' {seed}' if seed else ''}".encode()))
    counts = np.zeros(6)
    for _ in range(runs):
        noise, given = KINDS[kind][1](rng, n)
        covered, noted = value_of_rows(noise, kind, given)
        verdict, doubted = compared(noise, given, test)
        worse, improved = verdict == "worse", verdict == "improved"
        counts += (covered, not covered and not noted, worse, worse and not doubted, improved, improved and not doubted)
    return tuple((counts / runs).tolist())


def table(kinds: list[str], rows: list[int], runs: int, test: str, seed: int = 0) -> Iterator[str]:
    """The table as Markdown, line by line."""
    yield "| data | rows | covered | missed without a note | worse | without a note | improved | without a note |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for kind in kinds:
        for n in rows:
            shares = " | ".join(f"{100 * share:.1f} %" for share in line(kind, n, runs, test, seed))
            yield f"| {KINDS[kind][0]} | {n:,} | {shares} |"


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--rows", type=int, nargs="+", default=[20, 200, 2000])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--test", default="t", choices=["t", "sign-flip", "bootstrap"])
    parser.add_argument("--seed", type=int, default=0, help="other data of the same kinds")
    chosen = parser.parse_args()
    print(f"losscli {losscli.__version__}, {chosen.runs} runs a line, test {chosen.test}, seed {chosen.seed}, 95 %")
    for text in table(chosen.kinds, chosen.rows, chosen.runs, chosen.test, chosen.seed):
        print(text, flush=True)


if __name__ == "__main__":
    main()
