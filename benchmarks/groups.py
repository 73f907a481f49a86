"""Groups beside the run without them, in C and in NumPy, and float32 beside float64: as ratios of processor time.

    python benchmarks/groups.py [ROWS]

Processor time of one thread, the least of several runs that alternate, so that other work on the machine counts little.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

import losscli
from losscli.core.sums.compiled import group_sums
from losscli.core.sums.grouped import GroupedStates

REPEATS = 7
BLOCK = 1 << 16
LOSSES = ("mse", "mae", "huber", "pinball", "log_cosh", "mape", "sigmoid_cross_entropy", "focal")


def fastest(*variants: Callable[[], object]) -> list[float]:
    """The least processor time of each, in seconds."""
    least = [float("inf")] * len(variants)
    for _ in range(REPEATS):
        for at, variant in enumerate(variants):
            began = time.process_time()
            variant()
            least[at] = min(least[at], time.process_time() - began)
    return least


def summing(switch: str, group: np.ndarray, terms: np.ndarray, groups: int) -> Callable[[], None]:
    """Sums and sums of squares of groups, with the loop in C or without it."""

    def run() -> None:
        os.environ["LOSSCLI_COMPILED"] = switch
        states = GroupedStates(1)
        states.grow(groups)
        for start in range(0, len(terms), BLOCK):
            rows = slice(start, start + BLOCK)
            states.add(group[rows], [terms[rows]], None)

    return run


def main(rows: int) -> None:
    """Print both tables."""
    random = np.random.default_rng(0)
    pred, noise = random.normal(size=(2, rows))
    label, hard = pred + noise / 2, (noise > 0).astype(float)
    print(f"{rows:,} rows, {platform.processor() or platform.machine()}, NumPy {np.__version__}\n")
    print(
        "| groups | mse without, ns/row | sums in C | sums in NumPy | C / NumPy |\n| ---: | ---: | ---: | ---: | ---: |"
    )
    if group_sums() is None:
        print("there is no loop in C here: both columns are NumPy", file=sys.stderr)
    for groups in (1, 1_000, 100_000, 1_000_000):
        group = random.integers(0, groups, rows)
        terms = (pred - label) ** 2
        both = [summing(switch, group, terms, groups) for switch in "10"]
        plain, *sums = fastest(lambda: losscli.compute("mse", pred, label, threads=1), *both)
        cells = [f"{seconds / rows * 1e9:.1f}" for seconds in (plain, *sums)]
        print(f"| {groups:,} | {' | '.join(cells)} | {sums[0] / sums[1]:.2f} |", flush=True)
        os.environ["LOSSCLI_COMPILED"] = "1"
    print("\n| loss | float64, ns/row | float32 | float32 / float64 |\n| --- | ---: | ---: | ---: |")
    for name in LOSSES:
        against = hard if name in ("sigmoid_cross_entropy", "focal") else label
        arrays = [(pred.astype(dtype), against.astype(dtype)) for dtype in (np.float64, np.float32)]
        times = fastest(*[partial(losscli.compute, name, *pair, threads=1) for pair in arrays])
        cells = [f"{seconds / rows * 1e9:.1f}" for seconds in times]
        print(f"| {name} | {' | '.join(cells)} | {times[1] / times[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 4_000_000)
