"""Images of several classes or channels: the mask of each, and how the classes' losses become that of an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import AxesList, Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.scratch import Array
from .._classes import IGNORED, only_index
from .._stable import complement

Activation = Annotated[
    str,
    Param(
        "sigmoid: each class or channel is a mask by itself; softmax: classes share a pixel; auto: softmax for class "
        "numbers, else sigmoid",
        Choice("auto", "sigmoid", "softmax"),
    ),
]
Channels = Annotated[
    str,
    Param(
        "whether each class or channel has a loss of its own, and the image their mean, or one together; "
        "auto: each where labels or options speak of classes",
        Choice("auto", "each", "together"),
    ),
]
ClassWeights = Annotated[
    float | None,
    Param("weight of each class in the mean over the classes", Interval(0, inf, "left"), per="class"),
]
Background = Annotated[bool, Param("whether class 0, the background, counts")]
IgnoreIndex = Annotated[int | None, Param("class number whose pixels are left out", usual=IGNORED)]
ClassMean = Annotated[
    str,
    Param(
        "the mean over classes: weighted divides by the sum of their weights, plain by their number; sum adds them up",
        Choice("weighted", "plain", "sum"),
        knob=True,
    ),
]


Axes = Annotated[
    str | None,
    Param(
        "the axes that are added up, such as 1,2; 0 counts images. It says what --pool and --channels say otherwise",
        AxesList(),
        knob=True,
    ),
]
_PIECE = 1 << 17  # values of predictions in a piece, which stays in the cache
_OF_CLASSES = ("index", "distribution")


class ClassMasks:
    """The masks of the classes that count, in pieces of their pixels."""

    def __init__(
        self,
        pred: Array,
        label: Array,
        counted: Array | None,
        classes: tuple[int, ...],
        *,
        input: str,
        form: str,
        activation: str,
        background: bool,
        class_weights: Any = None,
        ignore_index: int | None,
    ) -> None:
        only_index(ignore_index, form)
        self.pred, self.counted, self.input = pred, counted, input
        self.softmax = activation == "softmax" or (activation == "auto" and form in _OF_CLASSES)
        self.chosen = chosen_classes(classes, background)
        n, self.count, pixels = pred.shape
        weights_of(self.chosen, class_weights, self.count)
        if self.softmax and input == "logits" and self.count == 1:
            raise UsageProblem(
                "A softmax over one channel is 1 everywhere.", "Say --activation sigmoid.", options=("activation",)
            )
        self.index = form == "index"
        self.label = label.reshape(n, 1, pixels) if self.index else label
        if ignore_index is not None and (left_out := self.label == ignore_index).any():
            self.counted = ~left_out if counted is None else counted & ~left_out

    def pieces(self) -> Iterator[tuple[Array, Array, Array]]:
        """p, 1 - p and y of the classes that count, each (n, classes, pixels of the piece)."""
        numbers = np.array(self.chosen)[:, None]
        for window in self._windows():
            p, q = self.probabilities(self.pred[:, :, window])
            label = self.label[:, :, window]
            y = (label == numbers) if self.index else self._of_chosen(label).astype(p.dtype)
            p, q = self._of_chosen(p), self._of_chosen(q)
            if self.counted is not None:
                counted = self.counted[:, :, window]
                counted = counted if counted.shape[1] == 1 else self._of_chosen(counted)
                p, y = np.where(counted, p, 0.0), np.where(counted, y, 0)
            yield p, q, y.astype(p.dtype)

    def sums(self, parts: Any) -> tuple[Array, ...]:
        """The sums over the pixels of what `parts` makes of p, 1 - p and y: each (n, classes)."""
        sums: list[Array] = []
        for piece in self.pieces():
            added = [np.add.reduce(part, axis=2, dtype=np.float64) for part in parts(*piece)]
            sums = [a + b for a, b in zip(sums, added, strict=True)] if sums else added
        return tuple(sums)

    def label_sums(self, losses: Any) -> tuple[Array, Array]:
        """For each image and class the sum over the pixels of what `losses` makes of predictions and labels, and the
        number of pixels.
        """
        total, pixels = np.zeros((len(self.pred), len(self.chosen))), np.zeros((len(self.pred), len(self.chosen)))
        for window, (p, _, y) in zip(self._windows(), self.pieces(), strict=True):
            pred = np.ascontiguousarray(self._of_chosen(self.pred[:, :, window]))
            counts = np.ones(p.shape, dtype=bool)
            if self.counted is not None:
                counted = self.counted[:, :, window]
                counts &= counted if counted.shape[1] == 1 else self._of_chosen(counted)
            total += np.add.reduce(np.where(counts, losses(pred, y), 0.0), axis=2, dtype=np.float64)
            pixels += np.count_nonzero(counts, axis=2)
        return total, pixels

    def _windows(self) -> Iterator[slice]:
        """The pieces of the pixels."""
        step = max(1, _PIECE // max(1, len(self.pred) * self.count))
        for at in range(0, self.pred.shape[2], step):
            yield slice(at, at + step)

    def probabilities(self, pred: Array) -> tuple[Array, Array]:
        """p and 1 - p of every class of a piece."""
        if self.softmax and self.input == "logits":
            return softmax(pred)
        flat = np.ascontiguousarray(pred)
        p, q = complement(flat, self.input)
        return np.array(p), np.array(q)

    def _of_chosen(self, values: Array) -> Array:
        return values if len(self.chosen) == self.count else values[:, list(self.chosen)]


def masks_of(pred: Array, label: Array, classes: tuple[int, ...] | None, background: bool, **said: Any) -> ClassMasks:
    """The masks of the classes, or the one mask of images without classes: of a 1-D mask's pixels, each by itself."""
    if classes is None:
        no_classes(said.get("class_weights"), background, said["ignore_index"])
        shape = (len(pred), 1, -1)
        pred, label, classes = pred.reshape(shape), label.reshape(shape), (0,)
        counted = said["counted"]
        said = {**said, "counted": None if counted is None else counted.reshape(shape)}
    return ClassMasks(pred, label, said.pop("counted"), classes, background=background, **said)


def formula_masks(
    m: Any, pred: Any, label: Any, input: str, form: str, activation: str, background: bool, class_weights: Any = None
) -> Any:
    """(p, y) of the pixels of each class that counts, over scalars: classes of one pixel, or one mask of several."""
    softmax = activation == "softmax" or (activation == "auto" and form in _OF_CLASSES)
    logs = m.class_logs(pred, input) if softmax else [m.binary_logs(x, input)[0] for x in pred]
    p, y = [m.exp(log) for log in logs], m.onehot(label, len(pred)) if form == "index" else label
    if form not in _OF_CLASSES and background and class_weights is None:
        return [(p, y)]
    return [([p[c]], [y[c]]) for c in chosen_classes(tuple(range(len(pred))), background)]


def softmax(logits: Array) -> tuple[Array, Array]:
    """p and 1 - p along the second axis, each to 4 ulp: the largest class's 1 - p is the sum of the others."""
    at = logits.argmax(axis=1)[:, None]
    peak = np.take_along_axis(logits, at, axis=1)
    with np.errstate(invalid="ignore"):
        shifted = logits - peak
    endless = np.isinf(peak) & (peak > 0)
    if endless.any():
        shifted = np.where(endless, np.where(np.isposinf(logits), 0.0, -np.inf), shifted)
    with np.errstate(under="ignore"):
        powers = np.exp(shifted, out=shifted)
        np.put_along_axis(powers, at, 0.0, axis=1)
        rest = np.add.reduce(powers, axis=1, keepdims=True)
        whole = rest + 1.0
        powers /= whole
        np.put_along_axis(powers, at, 1.0 / whole, axis=1)
        others = 1.0 - powers
        np.put_along_axis(others, at, rest / whole, axis=1)
    return powers, others


def chosen_classes(classes: tuple[int, ...], background: bool) -> tuple[int, ...]:
    """The classes that count: without class 0 where the background does not, unless it is the only channel."""
    chosen = tuple(each for each in classes if background or each != 0)
    if not chosen:
        raise UsageProblem(
            "No class is left: --no-background leaves out class 0, and there is no other.",
            "Leave it out.",
            options=("background",),
        )
    return chosen


def mean_over_classes(
    losses: Array, chosen: Sequence[int], class_weights: Any, class_mean: str = "weighted", reduction: str = "mean"
) -> Array:
    """The mean over the last axis, or the sum where a sum is asked for; `losses` are those of the chosen classes."""
    weights = weights_of(chosen, class_weights)
    summed = np.add.reduce(np.multiply(losses, weights, out=np.zeros(losses.shape), where=weights != 0), axis=-1)
    if reduction == "sum" or class_mean == "sum":
        return np.asarray(summed)
    return np.asarray(summed / (float(weights.sum()) if class_mean == "weighted" else len(chosen)))


def both_parts(first_weight: float, first: Any, second_weight: float, second: Any) -> Any:
    """first_weight first + second_weight second, where a part of weight 0 is not there, however large."""
    one = first_weight * first if first_weight else np.zeros_like(first)
    return one + (second_weight * second if second_weight else 0.0)


def weights_of(chosen: Sequence[int], class_weights: Any, count: int | None = None) -> Array:
    """The weights of the classes that count; `count` is the number of all, which a list of weights must have."""
    listed = class_weights if isinstance(class_weights, tuple) else ()
    if listed and count is not None and len(listed) != count:
        raise UsageProblem(
            f"class_weights has {len(listed)} values for {count} class{'es' * (count != 1)}.",
            kind="bad_parameter",
            options=("class_weights",),
        )
    one = 1.0 if class_weights is None or listed else class_weights
    weights = np.array([listed[each] if listed else one for each in chosen], dtype=np.float64)
    if not weights.any():
        raise UsageProblem(
            "class_weights are 0 for all classes that count.", kind="bad_parameter", options=("class_weights",)
        )
    return weights


def by_class(sums: Sequence[Array]) -> tuple[Array, ...]:
    """Sums (n, classes) as terms of a pooled loss: those of the first sum for each class, then those of the next."""
    return tuple(np.ascontiguousarray(each[:, i]) for each in sums for i in range(each.shape[1]))


def no_classes(class_weights: Any, background: bool, ignore_index: int | None) -> None:
    """Refuse what speaks of classes beside masks that have none."""
    given = {"class_weights": class_weights is not None, "background": not background}
    name = next((name for name, there in given.items() if there), "ignore_index" if ignore_index is not None else "")
    if name:
        raise UsageProblem(
            f"--{name.replace('_', '-')} speaks of classes, and these masks have none.",
            "--ignore-label leaves out pixels by their label." if name == "ignore_index" else "Leave it out.",
            kind="bad_parameter",
            options=(name,),
        )


def mean_formula(m: Any, pred: Any, label: Any, one: Any, input: str, form: str, **said: Any) -> Any:
    """The loss over scalars: of a pixel of several classes, or of a mask; `one` is that of p and y of one mask."""
    speaks = said["class_weights"] is not None or not said["background"]
    if form not in _OF_CLASSES and said["channels"] != "each" and not speaks:
        return one([m.exp(m.binary_logs(x, input)[0]) for x in pred], label)
    softmax = said["activation"] == "softmax" or (said["activation"] == "auto" and form in _OF_CLASSES)
    logs = m.class_logs(pred, input) if softmax else [m.binary_logs(x, input)[0] for x in pred]
    y = m.onehot(label, len(pred)) if form == "index" else label
    chosen = chosen_classes(tuple(range(len(pred))), said["background"])
    weights = said["class_weights"] if isinstance(said["class_weights"], tuple) else [1] * len(pred)
    losses = [weights[c] * one([m.exp(logs[c])], [y[c]]) for c in chosen]
    return m.sum(losses) / m.sum(weights[c] for c in chosen)
