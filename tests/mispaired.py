"""Data for the preflight: sound data sets, random sound ones, and every way of spoiling the sample data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from conftest import ROOT

Array = Any
SAMPLES = ROOT / "sample_data"

# (predictions, labels, losses whose own data they are); every one of them is sound
SOUND = (
    ("cancer/logits", "cancer/labels", ("sigmoid_cross_entropy", "focal", "asymmetric_multilabel")),
    ("cancer/logits", "cancer/signs", ("hinge", "squared_hinge", "soft_margin", "exponential")),
    ("cancer/probs", "cancer/labels", ("brier", "zero_one", "log_loss")),
    ("digits/logits", "digits/labels", ("softmax_cross_entropy", "focal")),
    ("digits/logits", "digits/onehot", ("softmax_cross_entropy", "focal")),
    ("digits/logits", "digits/labels", ("multiclass_hinge", "multi_margin", "top_k_error", "poly")),
    ("digits/logits", "digits/onehot", ("multilabel_soft_margin", "multilabel_margin", "categorical_hinge")),
    ("digits/logprobs", "digits/labels", ("nll", "perplexity")),
    ("digits/probs", "digits/labels", ("log_loss", "generalized_cross_entropy", "brier", "calibration_error")),
    ("digits/probs", "digits/onehot", ("hamming",)),
    ("digits/probs", "digits/teacher", ("kl_divergence", "js_divergence", "generalized_kl")),
    ("digits/logits", "digits/teacher", ("softmax_cross_entropy",)),
    ("digits/teacher", "digits/labels", ()),
    ("diabetes/pred", "diabetes/label", ("mse", "l2", "mae", "l1", "huber", "smooth_l1")),
    ("diabetes/pred", "diabetes/label", ("rmse", "half_squared_error", "log_cosh", "pseudo_huber", "fair", "berhu")),
    (
        "diabetes/pred",
        "diabetes/label",
        ("minkowski", "pinball", "expectile", "r2", "relative_squared_error", "d2", "bias"),
    ),
    ("diabetes/pred", "diabetes/label", ("msle", "rmsle", "mape", "smape", "wape")),
    ("diabetes/pred", "diabetes/label", ("poisson", "poisson_nll", "poisson_deviance", "gamma_nll", "gamma_deviance")),
    ("diabetes/pred", "diabetes/label", ("tweedie", "tweedie_nll", "gaussian_nll")),
    (
        "faces/pair_a",
        "faces/pair_b",
        ("cosine_similarity", "cosine_distance", "endpoint_error", "mean_pairwise_squared_error"),
    ),
    ("masks/probs", "masks/masks", ("dice",)),
    ("faces/embeddings", "faces/labels", ("center", "arcface", "cosface", "sphereface", "triplet")),
    ("faces/embeddings", "faces/labels", ("linear_cross_entropy",)),
    ("faces/cosines", "faces/labels", ()),
    ("faces/distances", "faces/same", ("contrastive",)),
    ("faces/pair_a", "faces/same", ()),
    ("ctc/logits", "ctc/labels", ("ctc",)),
    ("ctc/log_probs", "ctc/labels", ()),
)
# whose rows are independent, so that their order matters
PAIRED = tuple(
    dict.fromkeys(
        (pred, label)
        for pred, label, _ in SOUND
        if pred.startswith(("cancer/", "digits/", "diabetes/", "masks/", "faces/cosines", "faces/embeddings"))
    )
)


@cache
def sample(name: str) -> Array:
    """An array of the sample data."""
    return np.load(SAMPLES / f"{name}.npy")


def softmax(rows: Array) -> Array:
    """The softmax of each row."""
    high = np.exp(rows - rows.max(axis=1, keepdims=True))
    return high / high.sum(axis=1, keepdims=True)


def sigmoid(values: Array) -> Array:
    """The sigmoid of each value."""
    return 1.0 / (1.0 + np.exp(-values))


def as_text(count: int, first: int) -> list[int]:
    """Rows in the order of their numbers as text."""
    return [int(text) - first for text in sorted(map(str, range(first, first + count)))]


@dataclass(frozen=True)
class Spoilt:
    """A spoilt data set, and the alarm that must tell."""

    name: str
    alarm: str
    pred: Array
    label: Array
    settings: dict[str, Any] = field(default_factory=dict)


def rows_spoilt(pred: Array, label: Array) -> list[Spoilt]:
    """Every way in which rows come to stand beside the wrong ones."""
    n = len(pred)
    found = [Spoilt(f"rolled by {k}", "labels-shifted", pred, np.roll(label, k, axis=0)) for k in (1, 2, 3, -1, -2, -3)]
    found += [Spoilt(f"labels end {k} early", "labels-shifted", pred[k:], label[:-k]) for k in (1, 2, 3)]
    found += [Spoilt(f"labels start {k} late", "labels-shifted", pred[:-k], label[k:]) for k in (1, 2, 3)]
    for first in (0, 1):
        order = as_text(n, first)
        found.append(Spoilt(f"labels as text from {first}", "labels-in-text-order", pred, label[order]))
        found.append(Spoilt(f"predictions as text from {first}", "predictions-in-text-order", pred[order], label))
    return [
        *found,
        Spoilt("reversed", "rows-reversed", pred, label[::-1]),
        Spoilt("header of labels eaten", "eaten-header", pred, label[1:]),
        Spoilt("header of predictions eaten", "eaten-header", pred[1:], label),
        Spoilt("last row of predictions lost", "unequal-lengths", pred[:-1], label),
        Spoilt("many rows lost", "unequal-lengths", pred[:-17], label),
        Spoilt("written twice", "rows-doubled", np.concatenate([pred, pred]), np.concatenate([label, label])),
        Spoilt("not trained", "constant-predictions", np.broadcast_to(pred.mean(axis=0), pred.shape).copy(), label),
    ]


def others_spoilt() -> list[Spoilt]:
    """Classes, labels and kinds that are not what they are taken for."""
    logits, probs, labels, signs = (sample(f"cancer/{name}") for name in ("logits", "probs", "labels", "signs"))
    masks, truth = sample("masks/probs"), sample("masks/masks")
    guess, real = sample("diabetes/pred"), sample("diabetes/label")
    distances, same = sample("faces/distances"), sample("faces/same")
    mix = np.random.default_rng(0).permutation(len(labels))
    order = np.argsort(labels, kind="stable")
    header = np.concatenate([[np.nan], real])
    found = [
        Spoilt("flipped, logits", "labels-flipped", logits, 1 - labels),
        Spoilt("flipped, probs", "labels-flipped", probs, 1 - labels),
        Spoilt("flipped, signs", "labels-flipped", logits, -signs),
        Spoilt("flipped, masks", "labels-flipped", masks, 1 - truth, {"loss": "dice"}),
        Spoilt("flipped, pairs", "labels-flipped", distances, 1 - same, {"loss": "contrastive"}),
        Spoilt("from one, logits", "labels-from-one", logits, labels + 1),
        Spoilt("from one, probs", "labels-from-one", probs, labels + 1),
        Spoilt("swapped, logits", "swapped-files", labels, logits),
        Spoilt("swapped, probs", "swapped-files", labels, probs),
        Spoilt("swapped, signs", "swapped-files", signs, logits, {"loss": "hinge"}),
        Spoilt("swapped, masks", "swapped-files", truth, masks, {"loss": "dice"}),
        Spoilt("swapped, pairs", "swapped-files", same, distances, {"loss": "contrastive"}),
        Spoilt("probs for logits, bce", "probs-as-logits", probs, labels, {"loss": "bce"}),
        Spoilt("probs for logits, focal", "probs-as-logits", probs, labels, {"loss": "focal"}),
        Spoilt("probs for logits, masks", "probs-as-logits", masks, truth, {"loss": "bce"}),
        Spoilt("probs for scores", "probs-as-scores", probs, signs, {"loss": "hinge"}),
        Spoilt("logits for probs", "logits-as-probs", logits, labels, {"input": "probs"}),
        Spoilt("logits for probs, dice", "logits-as-probs", np.log(masks / (1 - masks)), truth, {"loss": "dice"}),
        Spoilt("percent for probs", "percent-as-fraction", probs * 100, labels, {"input": "probs"}),
        Spoilt("percent", "scale", probs * 100, labels),
        Spoilt("sigmoid twice", "double-sigmoid", sigmoid(probs), labels),
        Spoilt("sigmoid twice, masks", "double-sigmoid", sigmoid(masks), truth),
        Spoilt("signs for bce", "labels-signs", logits, signs, {"loss": "bce"}),
        Spoilt("signs beside probs", "labels-signs", probs, signs),
        Spoilt("signs beside decisions", "labels-signs", np.where(logits > 0, 1, -1), labels),
        Spoilt("bits for hinge", "labels-zero-one", logits, labels, {"loss": "hinge"}),
        Spoilt("shuffled, binary", "worse-than-constant", logits, labels[mix]),
        Spoilt("sorted", "labels-sorted", logits, labels[order]),
        Spoilt("shuffled, regression", "worse-than-constant", guess, np.random.default_rng(1).permutation(real)),
        Spoilt("a row lost in the middle", "labels-shifted", guess[:-1], np.delete(real, 221)),
        Spoilt("a hundredth", "scale", guess / 100, real),
        Spoilt("a thousandfold", "scale", guess * 1000, real),
        Spoilt("header as a row", "header-as-row", guess, header[:-1]),
    ]
    for name in ("digits/logits", "digits/probs", "digits/teacher", "faces/cosines"):
        found += classes_spoilt(name, sample(name), sample("faces/labels" if "faces" in name else "digits/labels"))
    return found


def classes_spoilt(name: str, pred: Array, labels: Array) -> list[Spoilt]:
    """Classes in other orders, other numbers, other kinds."""
    wide = pred.shape[1]
    few = labels < wide - 1
    exchanged = [0, 1, 2, 5, 4, 3, *range(6, wide)]
    shuffled = np.random.default_rng(7).permutation(wide)
    background = np.concatenate([np.full_like(pred[:, :1], min(0.0, pred.min())), pred], axis=1)
    found = [
        Spoilt(f"{name} permuted", "classes-permuted", pred[:, shuffled], labels),
        Spoilt(f"{name} two exchanged", "classes-permuted", pred[:, exchanged], labels),
        Spoilt(f"{name} one-hot permuted", "classes-permuted", pred, np.eye(wide)[labels][:, shuffled]),
        Spoilt(f"{name} from one", "labels-from-one", pred, labels + 1),
        Spoilt(f"{name} from one, the last missing", "labels-from-one", pred[few], labels[few] + 1),
        Spoilt(f"{name} with a background", "labels-offset", background, labels),
        Spoilt(f"{name} swapped", "swapped-files", labels, pred),
    ]
    if "faces" in name:
        return found
    shuffled_rows = np.random.default_rng(2).permutation(labels)
    found.append(Spoilt(f"{name} shuffled", "worse-than-constant", pred, shuffled_rows))
    if name == "digits/logits":
        found.append(Spoilt(f"{name} for probs", "logits-as-probs", pred, labels, {"input": "probs"}))
        found.append(Spoilt(f"{name} for logprobs", "logits-as-probs", pred, labels, {"input": "logprobs"}))
        return found
    return [
        *found,
        Spoilt(f"{name} softmax twice", "double-softmax", softmax(pred), labels),
        Spoilt(f"{name} for logits", "probs-as-logits", pred, labels, {"loss": "ce"}),
        Spoilt(f"{name} for logits, focal", "probs-as-logits", pred, labels, {"loss": "focal"}),
        Spoilt(f"{name} for logprobs", "probs-as-logprobs", pred, labels, {"input": "logprobs"}),
    ]


Drawn = tuple[Array, Array, dict[str, Any]]


def draw(seed: int) -> Drawn:
    """A random sound data set: good and bad models, few rows, rare classes, noisy and sorted labels, series."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([5, 10, 20, 30, 50, 80, 150, 400, 1000, 3000]))
    kinds: list[Callable[[Any, int], Drawn]] = [_two, _several, _real]
    return kinds[seed % 3](rng, n)


def _two(rng: Any, n: int) -> Drawn:
    """Binary labels, several a row, or masks, with a model of logits that are right but for their confidence."""
    knows, sure, noise = rng.choice([0, 0.1, 0.3, 1, 2, 4]), rng.choice([0.3, 1, 1, 2.5]), rng.choice([0, 0, 0.05, 0.2])
    base = rng.choice([0.5, 0.3, 0.1])
    shape = [(n,), (n,), (n, 4), (min(n, 300), 6, 6)][int(rng.integers(4))]
    label = (rng.random(shape) < base).astype(int)
    if rng.random() < 0.3:
        label = np.sort(label, axis=0)
    seen = knows * (2 * label - 1) + rng.normal(size=shape)
    logits = sure * 2 * knows * seen + np.log(base / (1 - base)) + (0.2 * rng.normal(size=shape) if not knows else 0.0)
    label = np.where(rng.random(shape) < noise, 1 - label, label)
    if rng.random() < 0.4:
        return sigmoid(logits), label, {"input": "probs"} if rng.random() < 0.5 else {}
    if len(shape) == 1 and rng.random() < 0.3:
        return logits, 2 * label - 1, {"loss": "hinge"}
    return logits, label, {"input": "logits"} if rng.random() < 0.5 else {}


def _several(rng: Any, n: int) -> Drawn:
    """Class numbers or one-hot rows, with classes that are rare and classes that look alike."""
    knows, sure, noise = rng.choice([0, 0.1, 0.3, 1, 2, 4]), rng.choice([0.3, 1, 1, 2.5]), rng.choice([0, 0, 0.05, 0.2])
    width = int(rng.choice([2, 3, 5, 10, 25]))
    share = rng.dirichlet(np.full(width, rng.choice([2.0, 50.0])))
    label = rng.choice(width, size=n, p=share)
    if rng.random() < 0.3:
        label = np.sort(label)
    alike = np.eye(width)
    if rng.random() < 0.5:
        for one in range(0, width - 1, 2):
            alike[one, one + 1] = alike[one + 1, one] = rng.choice([0.3, 0.6, 0.9])
    logits = sure * knows * (knows * alike[label] + rng.normal(size=(n, width))) + np.log(share + 1e-3)
    logits += 0.2 * rng.normal(size=(n, width))
    label = np.where(rng.random(n) < noise, rng.integers(width, size=n), label)
    shown = [("logits", logits), ("probs", softmax(logits)), ("logprobs", np.log(softmax(logits)))]
    kind, pred = shown[int(rng.integers(3))]
    return pred, np.eye(width)[label] if rng.random() < 0.3 else label, {"input": kind} if rng.random() < 0.5 else {}


def _real(rng: Any, n: int) -> Drawn:
    """Real numbers: independent, sorted, or a series; a model of any worth, also one that lags."""
    label = rng.normal(size=n)
    order = rng.choice(["independent", "sorted", "series"])
    label = np.sort(label) if order == "sorted" else np.cumsum(label) if order == "series" else label
    label = np.exp(label) if rng.random() < 0.2 and order != "series" else label
    label = np.round(3 * label) if rng.random() < 0.3 else label
    spread, worth = label.std() + 1e-9, rng.choice([0, 0.02, 0.2, 0.6, 0.95])
    pred = label.mean() + worth * (label - label.mean()) + np.sqrt(worth * (1 - worth)) * spread * rng.normal(size=n)
    pred += 0.02 * spread * rng.normal(size=n)
    if order == "series" and rng.random() < 0.3:
        pred = np.concatenate([label[:1], label[:-1]]) + 0.1 * spread * rng.normal(size=n)  # yesterday's value
    elif order == "series" and rng.random() < 0.3:
        pred = np.cumsum(rng.normal(size=n))  # a series that has nothing to do with it
    return pred, label, {"loss": "mse"} if rng.random() < 0.4 else {}
