"""How often `reconcile` explains numbers that nothing made, and names the convention of those that one made.

    python tests/simulate_reconcile.py [--numbers N] [--seed N]

makes the table of docs/reconcile.md. A search tries the same conventions for every number of the same data, so that one
search of all levels serves all numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.core import registry
from losscli.reconciliation.accidents import expected_by_accident
from losscli.reconciliation.expected_number import ExpectedNumber
from losscli.reconciliation.search import EFFORT, LEVELS, SearchRequest, _Search
from losscli.report.reconciliation import MOST_ACCIDENTS

Array = Any


def data(rng: Any, rows: int = 200) -> dict[str, tuple[Array, Array, str | None]]:
    """Predictions and labels for several losses, and what is declared of them."""
    logits = 2 * rng.normal(size=rows)
    label = (rng.random(rows) < 1 / (1 + np.exp(-logits))).astype(float)
    classes = rng.integers(5, size=rows)
    scores = rng.normal(size=(rows, 5))
    scores[np.arange(rows), classes] += 1.5
    truth = 10 + 3 * rng.normal(size=rows)
    return {
        "sigmoid_cross_entropy": (logits, label, None),
        "focal": (logits, label, None),
        "softmax_cross_entropy": (scores, classes, None),
        "mse": (truth + rng.normal(size=rows), truth, None),
        "huber": (truth + rng.normal(size=rows), truth, None),
        "kl_divergence": (rng.dirichlet(np.ones(5), rows), rng.dirichlet(np.ones(5), rows), "probs"),
    }


def levels(loss: str, pred: Array, label: Array, declared: str | None) -> list[Array]:
    """The numbers tried up to each level of the search, where none of them is the one looked for."""
    request = SearchRequest(registry.find(loss), {"pred": pred, "label": label}, {}, {}, declared)
    search = _Search(request, ExpectedNumber(-1e300, 0.0))
    with np.errstate(all="ignore"):
        tried = []
        for level in range(LEVELS):
            search._level(level, EFFORT)
            tried.append(np.array(search.values))
    return tried


def answer(tried: list[Array], text: str) -> tuple[bool, bool, float | None]:
    """Whether a number is met at all, whether this says something, and the accidents expected."""
    target = ExpectedNumber.of(text, None)
    for values in tried:
        if (np.abs(values[np.isfinite(values)] - target.value) <= target.slack).any():
            chance = expected_by_accident(values, target.value, target.slack)
            return True, chance is None or chance <= MOST_ACCIDENTS, chance
    return False, False, None


def outcomes(seed: int, numbers: int) -> Iterator[tuple[str, int, str, float, float]]:
    """(loss, digits, which numbers, share met, share explained)."""
    rng = np.random.default_rng(seed)
    for loss, (pred, label, declared) in data(rng).items():
        tried = levels(loss, pred, label, declared)
        own = np.unique(np.abs(tried[1][np.isfinite(tried[1]) & (np.abs(tried[1]) > 1e-6)]))
        for digits in (3, 4, 5, 6):
            noise = np.exp(rng.uniform(-1.5, 1.5, size=numbers)) * abs(tried[0][0])
            for which, values in (("random", noise), ("true", rng.choice(own, size=numbers))):
                answers = [answer(tried, f"{value:.{digits}g}") for value in values]
                met, explained = (float(np.mean([each[at] for each in answers])) for at in (0, 1))
                yield loss, digits, which, met, explained


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--numbers", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print("| loss | digits | random: met | random: explained | of a convention: explained |")
    print("|---|---:|---:|---:|---:|")
    row: dict[tuple[str, int], list[float]] = {}
    for loss, digits, which, met, explained in outcomes(chosen.seed, chosen.numbers):
        row.setdefault((loss, digits), []).extend([met, explained] if which == "random" else [explained])
        if which == "true":
            cells = [f"{share:.0%}" for share in row[loss, digits]]
            print(f"| {loss} | {digits} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
