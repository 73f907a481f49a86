"""Data that the frameworks are asked about: plain draws and the edges, the same for every framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Dtype = type[np.float32] | type[np.float64]
Rng = np.random.Generator

FLOATS: tuple[Dtype, ...] = (np.float32, np.float64)
ALL = ("mean", "sum", "none")
EDGE = ("mean", "none")
EXTREMES = (50.0, 200.0, 1e4)


@dataclass(frozen=True)
class Data:
    """Predictions, labels and further arrays; `reductions` are those worth asking for."""

    name: str
    pred: Array
    label: Array | None = None
    roles: Mapping[str, Array] = field(default_factory=dict)
    reductions: tuple[str, ...] = ALL

    def arrays(self) -> dict[str, Array]:
        """All arrays by losscli's names."""
        label = {} if self.label is None else {"label": self.label}
        return {"pred": self.pred, **label, **self.roles}


def sizes(rng: Rng) -> tuple[int, int]:
    """Rows and columns."""
    return int(rng.integers(5, 10)), int(rng.integers(3, 6))


def numbers(rng: Rng, shape: tuple[int, ...], dtype: Dtype, scale: float = 2.0) -> Array:
    """Normal numbers of four decimals."""
    return np.round(rng.normal(0.0, scale, shape), 4).astype(dtype)


def probs(rng: Rng, shape: tuple[int, ...], dtype: Dtype) -> Array:
    """Probabilities of four decimals, none of them 0 or 1."""
    return np.round(rng.uniform(0.01, 0.99, shape), 4).astype(dtype)


def rows(rng: Rng, n: int, c: int, dtype: Dtype) -> Array:
    """Distributions over c classes, of five decimals, none of them 0."""
    found = np.round(0.98 * rng.dirichlet(np.ones(c), n) + 0.02 / c, 5)
    found[:, -1] = np.round(1 - found[:, :-1].sum(axis=1), 5)
    return found.astype(dtype)


def hard(rng: Rng, shape: tuple[int, ...], dtype: Dtype) -> Array:
    """Labels 0 and 1, both of which occur where there are two."""
    label = rng.integers(0, 2, shape)
    label.flat[:2] = (0, 1)[: label.size]
    return label.astype(dtype)


def classes(rng: Rng, n: int, c: int) -> Array:
    """Class numbers, every one of which occurs where there are rows enough."""
    label = rng.integers(0, c, n)
    label[: min(n, c)] = rng.permutation(c)[:n]
    return label


def onehot(label: Array, c: int, dtype: Dtype) -> Array:
    """One-hot rows."""
    return np.eye(c, dtype=dtype)[label]


def log_softmax(x: Array) -> Array:
    """Log-probabilities of five decimals, in the dtype of x."""
    wide = x.astype(np.float64)
    with np.errstate(invalid="ignore"):
        wide = wide - wide.max(axis=-1, keepdims=True, initial=-np.inf)
    return np.round(wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True)), 5).astype(x.dtype)


def weightings(rng: Rng, n: int, dtype: Dtype) -> Iterator[tuple[str, Array]]:
    """Weights of rows: some of them zero, then all of them."""
    weights = np.round(rng.uniform(0.2, 3.0, n), 2)
    weights[:: max(2, n // 2)] = 0.0
    yield "weights", weights.astype(dtype)
    yield "zero-weights", np.zeros(n, dtype)


def factors(rng: Rng, c: int, dtype: Dtype) -> Array:
    """Factors of classes or columns."""
    return np.round(rng.uniform(0.3, 3.0, c), 2).astype(dtype)


def _marred(x: Array) -> Array:
    """The same with one NaN, in its second row."""
    x = x.copy()
    x[1, ...] = np.where(np.arange(x[1].size).reshape(x[1].shape) == 0, np.nan, x[1])
    return x


def binary_logits(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Logits with labels 0 and 1, or between."""

    def draw(*shape: int) -> Array:
        return numbers(rng, shape, dtype)

    yield from _binary_edges(rng, n, c, dtype, draw)
    far = np.array([sign * size for size in EXTREMES for sign in (1, -1)] * 2, dtype)
    yield Data("saturated", far, np.repeat([0, 1], 6).astype(dtype), reductions=EDGE)
    yield Data("infinite-right", np.array([np.inf, -np.inf, 0.5], dtype), np.array([1, 0, 1], dtype), reductions=EDGE)
    yield Data("infinite-wrong", np.array([np.inf, -np.inf, 0.5], dtype), np.array([0, 1, 1], dtype), reductions=EDGE)


def binary_probs(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Probabilities with labels 0 and 1, or between."""

    def draw(*shape: int) -> Array:
        return probs(rng, shape, dtype)

    yield from _binary_edges(rng, n, c, dtype, draw)
    edge = np.array([0, 1, 1e-9, 3e-8, 2e-7, 1 - 1e-9, 1 - 2e-7, 0.5] * 2, dtype)
    yield Data("saturated", edge, np.repeat([0, 1], 8).astype(dtype), reductions=EDGE)
    yield Data("sure-right", np.array([0, 1, 0, 1], dtype), np.array([0, 1, 0, 1], dtype), reductions=EDGE)
    yield Data("sure-wrong", np.array([0, 1, 0, 1], dtype), np.array([1, 0, 1, 0], dtype), reductions=EDGE)


def _binary_edges(rng: Rng, n: int, c: int, dtype: Dtype, draw: Any) -> Iterator[Data]:
    yield Data("plain", draw(n), hard(rng, (n,), dtype))
    yield Data("columns", draw(n, c), hard(rng, (n, c), dtype))
    yield Data("soft", draw(n), probs(rng, (n,), dtype), reductions=EDGE)
    yield Data("soft-columns", draw(n, c), probs(rng, (n, c), dtype), reductions=EDGE)
    yield Data("ones", draw(n), np.ones(n, dtype), reductions=EDGE)
    yield Data("zeros", draw(n), np.zeros(n, dtype), reductions=EDGE)
    yield Data("single", draw(1), hard(rng, (1,), dtype), reductions=EDGE)
    yield Data("nan", _marred(draw(n)), hard(rng, (n,), dtype), reductions=EDGE)
    yield Data("empty", np.zeros(0, dtype), np.zeros(0, dtype))


def class_logits(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Logits (n, c) with class numbers (n,)."""
    yield from _class_edges(rng, n, c, dtype, lambda m: numbers(rng, (m, c), dtype))
    far = numbers(rng, (len(EXTREMES) * 4, c), dtype)
    far[:, 0] += np.repeat([s * size for size in EXTREMES for s in (1, -1)], 2).astype(dtype)
    yield Data("saturated", far, np.tile([0, 1], len(far) // 2), reductions=EDGE)
    some = numbers(rng, (3, c), dtype)
    some[:, 0] = -np.inf
    yield Data("minus-inf-elsewhere", some, np.ones(3, np.int64), reductions=EDGE)
    yield Data("minus-inf-at-label", some, np.array([0, 1, 2]), reductions=EDGE)
    yield Data("plus-inf-elsewhere", -some, np.ones(3, np.int64), reductions=EDGE)
    yield Data("plus-inf-at-label", -some, np.zeros(3, np.int64), reductions=EDGE)


def class_probs(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Distributions (n, c) with class numbers (n,)."""
    yield from _class_edges(rng, n, c, dtype, lambda m: rows(rng, m, c, dtype))
    sure = np.eye(c, dtype=dtype)
    yield Data("sure-right", sure, np.arange(c), reductions=EDGE)
    yield Data("sure-wrong", sure, np.roll(np.arange(c), 1), reductions=EDGE)
    tiny = np.full((4, c), 0.0, dtype)
    tiny[:, 0] = [1e-9, 3e-8, 2e-7, 1e-3]
    tiny[:, 1] = 1 - tiny[:, 0]
    yield Data("saturated", np.concatenate([tiny, tiny]), np.repeat([0, 1], 4), reductions=EDGE)
    yield Data("halved", rows(rng, n, c, dtype) / dtype(2), classes(rng, n, c), reductions=EDGE)


def _class_edges(rng: Rng, n: int, c: int, dtype: Dtype, draw: Any) -> Iterator[Data]:
    yield Data("plain", draw(n), classes(rng, n, c))
    yield Data("one-class", draw(n), np.full(n, c - 1), reductions=EDGE)
    yield Data("single", draw(1), classes(rng, 1, c), reductions=EDGE)
    yield Data("nan", _marred(draw(n)), classes(rng, n, c), reductions=EDGE)
    yield Data("label-minus-one", draw(3), np.array([0, -1, 1]), reductions=EDGE)
    yield Data("label-too-large", draw(3), np.array([0, c, 1]), reductions=EDGE)
    yield Data("empty", np.zeros((0, c), dtype), np.zeros(0, np.int64))


def as_rows(rng: Rng, data: Iterator[Data], dtype: Dtype) -> Iterator[Data]:
    """The same with one-hot labels; soft labels, and ones that do not sum to one, in addition."""
    for each in data:
        label, c = each.label, each.pred.shape[1]
        assert label is not None
        if len(label) and not 0 <= label.min() <= label.max() < c:
            continue
        yield Data(each.name, each.pred, onehot(label, c, dtype), each.roles, each.reductions)
        if each.name == "plain":
            yield Data("soft", each.pred, rows(rng, len(label), c, dtype), reductions=EDGE)
            yield Data("many-hot", each.pred, hard(rng, each.pred.shape, dtype), reductions=EDGE)


def ignored(data: Data, value: int) -> Iterator[Data]:
    """Class numbers some of which are `value`, then all of which are."""
    assert data.label is not None
    label = data.label.copy()
    label[::2] = value
    yield Data(f"ignored({value})", data.pred, label)
    yield Data(f"all-ignored({value})", data.pred, np.full_like(label, value))


def distributions(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Distributions (n, c) as predictions and as labels."""

    def draw() -> tuple[Array, Array]:
        return rows(rng, n, c, dtype), rows(rng, n, c, dtype)

    yield Data("plain", *draw())
    pred, label = draw()
    without = pred.copy()
    without[:, 0] = 0
    without /= without.sum(axis=1, keepdims=True)
    yield Data("label-zero", pred, without, reductions=EDGE)
    yield Data("pred-zero", without, label, reductions=EDGE)
    yield Data("both-zero", without, np.roll(without[:, 1:], 1, axis=1) @ np.eye(c, dtype=dtype)[1:], reductions=EDGE)
    yield Data("onehot", pred, onehot(classes(rng, n, c), c, dtype), reductions=EDGE)
    yield Data("equal", pred, pred, reductions=EDGE)
    yield Data("halved-label", pred, label / dtype(2), reductions=EDGE)
    yield Data("halved-pred", pred / dtype(2), label, reductions=EDGE)
    yield Data("single", pred[:1], label[:1], reductions=EDGE)
    yield Data("nan", _marred(pred), label, reductions=EDGE)
    yield Data("empty", pred[:0], label[:0])


def values(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Real numbers as predictions and as labels."""

    def draw(*shape: int) -> tuple[Array, Array]:
        return numbers(rng, shape, dtype), numbers(rng, shape, dtype)

    yield Data("plain", *draw(n))
    yield Data("columns", *draw(n, c))
    pred, label = draw(n)
    yield Data("equal", pred, pred, reductions=EDGE)
    yield Data("nan", _marred(pred), label, reductions=EDGE)
    yield Data("infinite", np.where(np.arange(n) == 1, -np.inf, pred).astype(dtype), label, reductions=EDGE)
    yield Data("both-infinite", *(np.where(np.arange(n) == 1, np.inf, x).astype(dtype) for x in (pred, label)))
    yield Data("huge", pred * dtype(1e30), label * dtype(1e30), reductions=EDGE)
    yield Data("tiny", pred * dtype(1e-30), label * dtype(1e-30), reductions=EDGE)
    yield Data("close", (100000 + label + pred / 1000).astype(dtype), (100000 + label).astype(dtype), reductions=EDGE)
    yield Data("single", *draw(1), reductions=EDGE)
    yield Data("empty", np.zeros(0, dtype), np.zeros(0, dtype))


def amounts(rng: Rng, n: int, c: int, dtype: Dtype, zero: bool = True) -> Iterator[Data]:
    """Numbers above 0 as predictions and as labels; some labels 0 with `zero`."""

    def draw(*shape: int) -> tuple[Array, Array]:
        pred, label = (np.round(np.exp(rng.normal(0.5, 1.0, shape)) + 0.01, 3).astype(dtype) for _ in range(2))
        return pred, label

    yield Data("plain", *draw(n))
    yield Data("columns", *draw(n, c))
    pred, label = draw(n)
    yield Data("equal", pred, pred, reductions=EDGE)
    yield Data("counts", pred, np.floor(label) + dtype(0 if zero else 1), reductions=EDGE)
    if zero:
        yield Data("label-zero", pred, np.where(np.arange(n) % 2 == 1, 0, label).astype(dtype), reductions=EDGE)
    yield Data("nan", _marred(pred), label, reductions=EDGE)
    yield Data("close", (1000 + label + pred / 100).astype(dtype), (1000 + label).astype(dtype), reductions=EDGE)
    yield Data("single", *draw(1), reductions=EDGE)
    yield Data("empty", np.zeros(0, dtype), np.zeros(0, dtype))


def variances(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Real numbers as predictions and labels, with variances, one of which is 0."""
    for data in values(rng, n, c, dtype):
        if data.name in ("plain", "columns", "equal", "nan", "single", "empty"):
            variance = np.round(rng.uniform(0.05, 3.0, data.pred.shape), 3).astype(dtype)
            yield Data(data.name, data.pred, data.label, {"variance": variance}, data.reductions)
            if data.name == "plain":
                variance = variance.copy()
                variance[1] = 0
                yield Data("variance-zero", data.pred, data.label, {"variance": variance}, EDGE)


def pairs(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Vectors (n, c) as predictions and as labels."""

    def draw() -> tuple[Array, Array]:
        return numbers(rng, (n, c), dtype), numbers(rng, (n, c), dtype)

    yield Data("plain", *draw())
    pred, label = draw()
    yield Data("equal", pred, pred, reductions=EDGE)
    yield Data("opposite", pred, -pred, reductions=EDGE)
    without = pred.copy()
    without[1] = 0
    yield Data("row-of-zeros", without, label, reductions=EDGE)
    yield Data("nan", _marred(pred), label, reductions=EDGE)
    yield Data("single", pred[:1], label[:1], reductions=EDGE)
    yield Data("empty", pred[:0], label[:0])


def scores(rng: Rng, n: int, c: int, dtype: Dtype, low: int) -> Iterator[Data]:
    """Scores with labels `low` and 1; `low` is -1 or 0."""

    def signs(shape: tuple[int, ...]) -> Array:
        return np.where(hard(rng, shape, dtype) == 1, 1, low).astype(dtype)

    yield Data("plain", numbers(rng, (n,), dtype, 1.5), signs((n,)))
    yield Data("columns", numbers(rng, (n, c), dtype, 1.5), signs((n, c)))
    yield Data("ones", numbers(rng, (n,), dtype), np.ones(n, dtype), reductions=EDGE)
    yield Data("negatives", numbers(rng, (n,), dtype), np.full(n, low, dtype), reductions=EDGE)
    far = np.array([1e4, -1e4, np.inf, -np.inf, 1.0, -1.0], dtype)
    yield Data("infinite-right", far, np.where(far > 0, 1, low).astype(dtype), reductions=EDGE)
    yield Data("infinite-wrong", far, np.where(far > 0, low, 1).astype(dtype), reductions=EDGE)
    yield Data("single", numbers(rng, (1,), dtype), np.ones(1, dtype), reductions=EDGE)
    yield Data("nan", _marred(numbers(rng, (n,), dtype)), signs((n,)), reductions=EDGE)
    yield Data("empty", np.zeros(0, dtype), np.zeros(0, dtype))


def masks(rng: Rng, dtype: Dtype, logits: bool) -> Iterator[Data]:
    """Maps (n, h, w) of probabilities or logits, and masks."""
    shape = (int(rng.integers(3, 5)), 2, 3)

    def draw() -> Array:
        return numbers(rng, shape, dtype) if logits else probs(rng, shape, dtype)

    yield Data("plain", draw(), hard(rng, shape, dtype))
    yield Data("soft", draw(), probs(rng, shape, dtype))
    pred, label = draw(), hard(rng, shape, dtype)
    label[1] = 0
    yield Data("absent", pred, label, reductions=EDGE)
    yield Data("all-absent", pred, np.zeros_like(label), reductions=EDGE)
    yield Data("full", pred, np.ones_like(label), reductions=EDGE)
    sure = ((2 * label - 1) * dtype(1e4)) if logits else label
    yield Data("perfect", sure, label, reductions=EDGE)
    yield Data("opposite", -sure if logits else 1 - sure, label, reductions=EDGE)
    yield Data("nothing", np.full(shape, -1e4 if logits else 0, dtype), np.zeros(shape, dtype), reductions=EDGE)
    yield Data("single", draw()[:1], hard(rng, shape, dtype)[:1], reductions=EDGE)
    yield Data("flat-rows", *(x.reshape(len(x), -1) for x in (draw(), hard(rng, shape, dtype))), reductions=EDGE)
    yield Data("nan", _marred(draw()), hard(rng, shape, dtype), reductions=EDGE)


def with_channel(images: Iterator[Data]) -> Iterator[Data]:
    """The same images with one channel, as their second axis."""
    for each in images:
        assert each.label is not None
        yield replace(each, pred=each.pred[:, None], label=each.label[:, None])


def sequences(rng: Rng, dtype: Dtype, blank: int, pad: int) -> Iterator[Data]:
    """Logits (n, t, c) with labels (n, l), filled up with `pad`, and both lengths."""
    n, t, c, size = int(rng.integers(3, 6)), 7, 4, 3
    known = np.array([each for each in range(c) if each != blank % c])

    def draw(name: str, steps: Any, lengths: Any, reductions: tuple[str, ...] = ALL, scale: float = 1.5) -> Data:
        label = known[rng.integers(0, len(known), (n, size))]
        if name == "repeats":
            label[:, 1] = label[:, 0]
        elif name == "impossible":
            label[0] = known[[0, 0, 1]]
        lengths = np.broadcast_to(lengths, n).astype(np.int64)
        label[np.arange(size) >= lengths[:, None]] = pad
        roles = {"input_lengths": np.broadcast_to(steps, n).astype(np.int64), "label_lengths": lengths}
        return Data(name, numbers(rng, (n, t, c), dtype, scale), label, roles, reductions)

    yield draw("plain", t, size)
    yield draw("ragged", rng.integers(5, t + 1, n), rng.integers(1, size + 1, n))
    yield draw("repeats", t, size, EDGE)
    yield draw("saturated", t, size, EDGE, 30.0)
    yield draw("empty-label", t, np.arange(n) % 2 * 2, ALL)
    yield draw("impossible", np.where(np.arange(n) == 0, 2, t), size)
    marred = draw("nan", t, size, EDGE)
    yield Data("nan", _marred(marred.pred), marred.label, marred.roles, EDGE)
    one = draw("single", t, size, EDGE)
    assert one.label is not None
    yield Data("single", one.pred[:1], one.label[:1], {key: x[:1] for key, x in one.roles.items()}, EDGE)


def time_major(data: Data) -> Data:
    """The same with predictions (t, n, c)."""
    return Data(data.name, np.ascontiguousarray(data.pred.swapaxes(0, 1)), data.label, data.roles, data.reductions)


def triplets(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    """Anchors with positives and negatives, each (n, c)."""

    def draw(name: str, *, scale: float = 1.0, m: int = n, reductions: tuple[str, ...] = EDGE) -> Data:
        pred, positive, negative = (numbers(rng, (m, c), dtype, scale) for _ in range(3))
        return Data(name, pred, None, {"positive": positive, "negative": negative}, reductions)

    plain = draw("plain", reductions=ALL)
    yield plain
    yield Data("same-positive", plain.pred, None, {**plain.roles, "positive": plain.pred}, EDGE)
    yield Data("all-same", plain.pred, None, {"positive": plain.pred, "negative": plain.pred}, EDGE)
    yield draw("far", scale=100.0)
    yield draw("near", scale=1e-4)
    yield draw("single", m=1)
    yield draw("empty", m=0)
    yield Data("nan", _marred(plain.pred), None, plain.roles, EDGE)
