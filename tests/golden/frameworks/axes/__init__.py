"""The plain questions of a framework once more, of arrays with other numbers of axes made of the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...ask import Question, answered
from ...case import Case, Raised
from ...draw import Array, Data, Rng

Questions = Callable[[Rng], Iterator[Question]]
Names = Callable[[Question], dict[str, Any]]

SHAPES = ((3, 4), (2, 2, 3), (2, 1, 2, 2), (1, 2, 2, 1, 2))  # of arrays whose elements stand alone
OUTER = ((2, 3), (2, 1, 3), (2, 1, 2, 1))  # of rows of classes or columns, whose axis comes last or second
PLAIN = ("plain", "columns", "same")
Asked = tuple[str, str, dict[str, Array], dict[str, Any], dict[str, Any]]  # loss, call, arrays, arguments, names


def cases_of(
    like: str, rng: Rng, raises: list[Raised] | None, asked: list[tuple[Questions, Names]], most: int = 5
) -> Iterator[Case]:
    """What a framework answers of more axes, to each of its calls as it stands without options, or with the first."""
    for questions, names in asked:
        yield from answered(like, _stretched(questions(rng), most), names, raises)


def _stretched(questions: Iterator[Question], most: int) -> Iterator[Question]:
    seen: set[Any] = set()
    for question in questions:
        pred, label = question.data.pred, question.data.label
        key = (question.way.loss, question.way.name, question.reduction, question.data.name)
        suits = (
            _any_axes(question.call)
            and question.weights is None
            and not question.names
            and question.reduction != "none"
        )
        if not suits or key in seen or question.data.name not in PLAIN or label is None or pred.ndim > 2:
            continue
        if pred.dtype == np.float64 or question.way.name.endswith("single"):
            seen.add(key)
            for data in _data(question.data, most):
                yield replace(question, data=data)


def _any_axes(call: str) -> bool:
    """Whether a call says the same of arrays with more axes: it names no axis, and divides by no rows."""
    return "batchmean" not in call and "axis=1" not in call


def _data(data: Data, most: int) -> Iterator[Data]:
    """The arrays with more axes, where each of them goes along the predictions or their rows."""
    arrays = {"pred": data.pred, "label": data.label, **data.roles}
    if data.pred.ndim == 2 and not data.roles and data.label is not None and data.label.shape == data.pred.shape:
        yield _named(data, {"pred": data.pred.ravel(), "label": data.label.ravel()}, (data.pred.size,), "")
    alike = all(each is not None and each.shape == data.pred.shape for each in arrays.values())
    along = data.pred.ndim == 2 and all(each is not None and each.ndim <= 2 for each in arrays.values())
    if data.pred.ndim == 1 and alike:
        for shape in SHAPES:
            if len(shape) <= most:
                yield _named(data, {key: np.resize(x, shape) for key, x in arrays.items()}, shape, "")  # type: ignore[arg-type]
    elif along and all(len(each) == len(data.pred) for each in arrays.values() if each is not None):
        for outer in OUTER:
            for axis in (-1, 1):
                if len(outer) < most:
                    made = {key: _rows(x, outer, axis) for key, x in arrays.items() if x is not None}
                    yield _named(data, made, outer, f"-axis{axis}")


def _rows(values: Array, outer: tuple[int, ...], axis: int) -> Array:
    """Rows laid out along the outer axes, what each row holds along the given one."""
    taken = values[np.arange(int(np.prod(outer))) % len(values)].reshape(*outer, *values.shape[1:])
    return np.ascontiguousarray(np.moveaxis(taken, -1, axis)) if values.ndim == 2 else taken


def _named(data: Data, arrays: dict[str, Array], shape: tuple[int, ...], more: str) -> Data:
    roles = {key: value for key, value in arrays.items() if key not in ("pred", "label")}
    name = f"{data.name}-{'x'.join(map(str, shape))}{more}"
    return Data(name, arrays["pred"], arrays["label"], roles, data.reductions)


def cases_by_call(
    like: str, asked: Iterator[Asked], evaluate: Callable[[str, dict[str, Any]], float], raises: list[Raised] | None
) -> Iterator[Case]:
    """What a framework answers to calls whose arrays it is given in another form, as masks with an axis of channels."""
    for number, (loss, call, arrays, arguments, names) in enumerate(asked):
        shape = "x".join(map(str, arrays["pred"].shape))
        name = f"{loss}/call-{number}/{arrays['pred'].dtype}/axes-{shape}/mean"
        given = {**arrays, **arguments}
        try:
            value = evaluate(call, names)
        except Exception as problem:
            if raises is not None:
                raises.append(
                    Raised(name, loss, like, call, given, "mean", f"{type(problem).__name__}: {problem}"[:200])
                )
            continue
        yield Case(name, loss, like, call, given, "mean", value, "float32")


def flat(rng: Rng) -> dict[str, Array]:
    """One mask: logits, probabilities, and what is true of each pixel."""
    logits = np.round(rng.normal(0.0, 2.0, 12), 4)
    return {"logits": logits, "probs": np.round(1 / (1 + np.exp(-logits)), 5), "label": (np.arange(12) % 3 == 0) * 1.0}


def of_classes(rng: Rng, last: bool, classes: int = 3) -> Iterator[dict[str, Array]]:
    """Logits, probabilities, class numbers and one-hot labels of two to five axes, the classes at axis 1 or last."""
    axis = -1 if last else 1
    for outer in ((5,), (4, 5), (2, 3, 4), (2, 2, 3, 2)):
        logits = np.round(rng.normal(0.0, 2.0, (*outer, classes)), 4)
        probs = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        label = rng.integers(0, classes, outer)
        made = {"logits": logits, "probs": probs, "onehot": np.eye(classes)[label]}
        yield {**{key: np.ascontiguousarray(np.moveaxis(x, -1, axis)) for key, x in made.items()}, "label": label}


def with_holes(rng: Rng) -> Iterator[dict[str, Array]]:
    """Images of three classes of which no pixel is of the last, with some pixels that are left out."""
    for drawn in of_classes(rng, last=False):
        if drawn["label"].ndim > 1:
            label = np.where(drawn["label"] == 2, 0, drawn["label"])
            onehot = np.ascontiguousarray(np.moveaxis(np.eye(3)[label], -1, 1))
            holes = np.where(rng.random(label.shape) < 0.25, 255, label)
            yield {"logits": drawn["logits"], "label": label, "onehot": onehot, "holes": holes}
