"""What the best test could find of rows that go with nothing, if it knew the model.

It sums along the file how much likelier each row is as one of rows that have nothing to do with each other than as one
of the model's, and takes the largest sum of a run of rows (Neyman and Pearson's ratio, over all runs). Its bound lets
one sound file in a thousand of the same model through. `inspect` knows no model, and must not accuse bad ones.
"""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
from inspection_sound import sigmoid, softmax
from inspection_spoilt import MODELS, SPOILS

Array = Any
WAYS = ("all labels shuffled", "a third shuffled", "a block reversed")


def apart(model: str, pred: Array, label: Array) -> Array:
    """The logarithm of each row's density as one of independent rows over that as one of the model's."""
    if model.startswith("regression, correlation"):  # normal, and calibrated
        rest = 1.0 - float(model.split()[-1]) ** 2
        return np.asarray(0.5 * (np.log(rest) + (label - pred) ** 2 / rest - label**2))
    if model == "regression, counts":  # Poisson of gamma(1) with mean 8: geometric
        factorials = np.array([math.lgamma(each + 1.0) for each in label])
        return np.asarray(label * np.log(8.0 / 9.0) - np.log(9.0) - label * np.log(pred) + pred + factorials)
    if pred.ndim == 1:
        share = 0.2 if "fifth" in model else 0.5
        own = np.where(label == 1, sigmoid(pred), 1.0 - sigmoid(pred))
        return np.asarray(np.log(np.where(label == 1, share, 1.0 - share) / own))
    sure = 2.5 if "81 %" in model else 1.0  # scores that are not sure enough, as sure as they should be
    own = softmax(sure * pred)[np.arange(len(label)), label]
    return np.asarray(-np.log(pred.shape[1] * own))


def largest(model: str, pred: Array, label: Array) -> float:
    """The largest sum of a run of rows."""
    total = np.concatenate([[0.0], np.cumsum(apart(model, pred, label))])
    return float((total - np.minimum.accumulate(total)).max())


def main() -> None:
    """Print the shares that are found as a table in Markdown."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rows", type=int, default=100)
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args()
    rng, n = np.random.default_rng(chosen.seed), chosen.rows
    print(f"| of {n} rows | " + " | ".join(WAYS) + " |\n|---|" + "---:|" * len(WAYS))
    for model, make in MODELS.items():
        bound = np.sort([largest(model, *make(rng, n)) for _ in range(4000)])[-4]
        shares = []
        for way in WAYS:
            spoilt = (SPOILS[way](rng, *make(rng, n)) for _ in range(400))
            shares.append(np.mean([largest(model, *each) > bound for each in spoilt if each is not None]))
        print(f"| {model} | " + " | ".join(f"{share:.0%}" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
