"""Predictions and labels that are not what they were declared to be, and probabilities that were squashed twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.arrays.bounds import beyond
from ...core.arrays.inputs import KINDS
from ...core.diagnostics import ERROR, NOTE, WARNING, Alarm
from ...core.scratch import Array
from ..declaration_checks import sums_to_one
from ..held_rows import HeldRows
from ..task import FLOOR, Task, log_probs
from .fixes import FileNames
from .pairing_checks import FEWEST

CLEARLY = 6.0  # standard errors of the mean difference of rows' losses
LITTLE, MUCH = 0.05, 0.2  # by which the loss falls
_ZERO_AND_ONE = frozenset({"sparsemax"})  # losses of signs whose library takes 0 and 1 (optax)


def clearly_better(before: Array, after: Array, least: float) -> bool:
    """Whether the loss falls by this share at least, beyond doubt."""
    gain = before - after
    error = max(float(gain.std()), 1e-12) / np.sqrt(len(gain))
    return bool(gain.mean() >= CLEARLY * error and after.mean() < (1.0 - least) * before.mean())


def kind_alarms(about: FileNames, pred: HeldRows, label: HeldRows | None, task: Task | None) -> Iterator[Alarm]:
    """What contradicts the declared kind, by the values themselves and by the loss under the other reading."""
    values = np.asarray(pred.values[pred.usable])
    if not values.size or values.dtype.kind not in "biuf":
        return
    kind = about.kind
    if kind in ("probs", "logprobs") and (alarm := _outside(about, values, task)) is not None:
        yield alarm
    elif kind in ("probs", "logprobs"):
        yield from _normalised(about, values, task, label)
    elif kind in ("logits", "scores") and KINDS["probs"].holds(values.min(), values.max()):
        yield from _probs_declared_as_scores(about, kind, values, pred, label, task)
    if task is not None and values.min() >= 0 and values.max() <= 1:
        yield from _squashed_twice(about, task, pred, label)


def _outside(about: FileNames, values: Array, task: Task | None) -> Alarm | None:
    kind = KINDS[about.kind or "probs"]
    out = beyond(values, kind.low, kind.high, kind.rounding)
    if not out.any():
        return None
    low, high = float(values.min()), float(values.max())
    evidence = f"{out.mean():.1%} of the values of {about.pred} are outside the range of {kind.name}: they go from "
    evidence += f"{low:.4g} to {high:.4g}"
    if kind.name == "logprobs" and low >= 0 and high <= 1:
        return Alarm("probs-as-logprobs", ERROR, evidence + ".", about.command_declaring("probs"))
    if kind.name == "probs" and low >= 0 and 1.5 < high <= 100 and (task is None or _percent(task)):
        return Alarm("percent-as-fraction", ERROR, evidence + ", as percentages do.", about.rows(pred="{} / 100"))
    if kind.name == "probs" and high <= 0:
        return Alarm("logprobs-as-probs", ERROR, evidence + ".", about.command_declaring("logprobs"))
    return Alarm(
        "logits-as-probs",
        ERROR,
        evidence + ", as scores before sigmoid or softmax do.",
        about.command_declaring("logits"),
    )


def _percent(task: Task) -> bool:
    """Whether a hundredth of the predictions is near the labels' mean."""
    mean = float(task.pred.values[task.pred.usable].mean()) / 100
    truth = float(task.right[task.label.usable].mean())
    return 0.2 * truth <= mean <= 5 * truth


def _normalised(about: FileNames, values: Array, task: Task | None, label: HeldRows | None) -> Iterator[Alarm]:
    """Rows of one probability a class, that do not sum to one."""
    if values.ndim != 2 or (about.forms and not {"index", "distribution"} & set(about.forms)):
        return
    if task.name != "multiclass" if task is not None else (label is not None or "binary" in about.forms):
        return
    with np.errstate(over="ignore"):
        rows = np.exp(values.astype(np.float64)) if about.kind == "logprobs" else values
    off = ~sums_to_one(rows)
    if off.mean() > 0.01:
        row = int(np.argmax(off))
        what = "exponentials" if about.kind == "logprobs" else "probabilities"
        evidence = (
            f"The {what} of {off.mean():.1%} of the rows of {about.pred} do not sum to one; the first such sum is "
        )
        evidence += f"{float(rows[row].sum()):.6g}."
        yield Alarm("not-normalised", WARNING, evidence, about.command_declaring("logits"))


def _probs_declared_as_scores(
    about: FileNames, kind: str, values: Array, pred: HeldRows, label: HeldRows | None, task: Task | None
) -> Iterator[Alarm]:
    """Probabilities declared as scores."""
    if not ((values > 0) & (values < 1)).any():
        return
    name = f"probs-as-{kind}"
    classes = task.name == "multiclass" if task is not None else "binary" not in about.forms
    if values.ndim == 2 and values.shape[1] > 1 and classes and sums_to_one(values).all():
        evidence = f"Values of {about.pred} were taken for {kind}, but are within [0, 1] and each row sums to one"
        if task is not None and task.name == "multiclass":
            before, after = _as_logits_and_as_probs(task, pred)
            evidence += f": cross entropy {before.mean():.4g} as logits, {after.mean():.4g} as probabilities"
        yield Alarm(name, ERROR, evidence + ". It would be a softmax of a softmax.", about.command_declaring("probs"))
        return
    if label is None or task is None or task.name not in ("binary", "multilabel"):
        if label is None and values.min() < 0.05 and values.max() > 0.95:
            evidence = f"Values of {about.pred} were taken for {kind}, but lie within [0, 1] and fill it."
            yield Alarm(name, NOTE, evidence, about.command_declaring("probs"))
        return
    before, after = _as_logits_and_as_probs(task, pred)
    if clearly_better(before, after, LITTLE if kind == "logits" else MUCH):
        evidence = f"Values of {about.pred} were taken for {kind}, but are within [0, 1]: "
        evidence += f"cross entropy {before.mean():.4g} as logits, "
        evidence += f"{after.mean():.4g} as probabilities, on {len(before)} rows."
        yield Alarm(name, WARNING, evidence, about.command_declaring("probs"))


def _pairs(task: Task, pred: HeldRows) -> tuple[Array, Array]:
    """Positions of the rows that have the same number in both files."""
    rows = pred.rows[np.isin(pred.rows, task.label.rows)]
    return task.usable(task.pred.at(rows), task.label.at(rows))


def _as_logits_and_as_probs(task: Task, pred: HeldRows) -> tuple[Array, Array]:
    """Each row's cross entropy as logits and as probabilities."""
    pi, yi = _pairs(task, pred)
    values = np.asarray(pred.values[pi], dtype=np.float64)
    if task.name == "multiclass":
        before = -(task.right[yi] * log_probs(values, "logits")).sum(axis=1)
        return before, task.losses(pi, yi)
    return _elementwise(task, 1.0 / (1.0 + np.exp(-values)), yi), _elementwise(task, values, yi)


def _elementwise(task: Task, probs: Array, yi: Array) -> Array:
    """The cross entropy of independent labels, of the columns that features have."""
    flat, truth = probs.reshape(len(probs), -1), task.right[yi]
    if flat.shape[1] != truth.shape[1]:
        flat = flat[:, np.linspace(0, flat.shape[1] - 1, truth.shape[1]).astype(np.int64)]
    logs = np.log(np.maximum(flat, FLOOR)), np.log(np.maximum(1.0 - flat, FLOOR))
    return np.asarray(-(truth * logs[0] + (1.0 - truth) * logs[1]).mean(axis=1))


def _squashed_twice(about: FileNames, task: Task, pred: HeldRows, label: HeldRows | None) -> Iterator[Alarm]:
    """Probabilities that are the softmax (or sigmoid) of probabilities: undone, they are probabilities again."""
    pi, yi = _pairs(task, pred)
    if len(pi) < FEWEST:
        return
    probs = np.asarray(pred.values[pi], dtype=np.float64)
    if task.name == "multiclass" and sums_to_one(probs).all() and probs.min() > 0:
        logs = np.log(probs)
        inner = logs - logs.mean(axis=1, keepdims=True) + 1.0 / probs.shape[1]
        before = task.losses(pi, yi)
        after = -(task.right[yi] * np.log(np.maximum(inner, 1e-3))).sum(axis=1)
        function, full = "softmax", (0.6, 0.2) if probs.shape[1] > 2 else (0.95, 0.2)
        filled = (inner.max(axis=1) > full[0]).mean() >= full[1]
    elif task.name in ("binary", "multilabel") and probs.min() >= 0.4999 and probs.max() <= 0.7312:
        inner = np.log(probs) - np.log1p(-probs)
        before, after = _elementwise(task, probs, yi), _elementwise(task, np.clip(inner, 1e-3, 1 - 1e-3), yi)
        function, filled = "sigmoid", inner.max() > 0.6
    else:
        return
    if inner.min() >= -1e-3 and inner.max() <= 1 + 1e-3 and filled and clearly_better(before, after, MUCH):
        evidence = (
            f"Values of {about.pred} look like the {function} of probabilities: cross entropy {before.mean():.4g}, and "
        )
        evidence += f"{after.mean():.4g} with one {function} undone, on {len(before)} rows."
        inverse = "np.log({})" if function == "softmax" else "np.log({0} / (1 - {0}))"
        again = f"Save what it was before the second {function}: {inverse.format(about.pred)}"
        shift = " plus a constant that makes each row sum to one" if function == "softmax" else ""
        yield Alarm(f"double-{function}", WARNING, evidence, f"{again}{shift} are the probabilities.")


def label_alarms(about: FileNames, pred: HeldRows, label: HeldRows) -> Iterator[Alarm]:
    """Labels in an encoding that the loss, or the predictions, do not go with."""
    y, p = label.values[label.usable], pred.values[pred.usable]
    if not y.size or not p.size or y.dtype.kind not in "biuf" or y.shape[1:] != p.shape[1:]:
        return
    labels, guesses = (set(np.unique(each.ravel()[:65536])[:4].tolist()) for each in (y, p))
    signs, bits = {-1.0, 1.0}, {0.0, 1.0}
    probs = _fractions(p) and len(p) >= FEWEST and about.kind not in ("logits", "scores")
    if labels == signs and ("binary" in about.forms or (probs and "values" not in about.forms)):
        beside = f"{about.loss} takes 0 and 1" if "binary" in about.forms else "the predictions are within [0, 1]"
        evidence = f"The values of {about.label} are -1 and 1, and {beside}."
        yield Alarm("labels-signs", ERROR, evidence, about.rows(label="({} + 1) / 2"))
    elif (labels, guesses) in ((signs, bits), (bits, signs)):
        first, second = ("-1 and 1", "0 and 1") if guesses == signs else ("0 and 1", "-1 and 1")
        evidence = f"The values of {about.pred} are {first}, those of {about.label} {second}."
        fix = "({} + 1) / 2"
        yield Alarm(
            "labels-signs", WARNING, evidence, about.rows(**({"pred": fix} if guesses == signs else {"label": fix}))
        )  # fmt: skip
    elif about.forms[:1] == ("sign",) and labels == bits and about.loss not in _ZERO_AND_ONE:
        evidence = f"The values of {about.label} are 0 and 1. losscli takes 0 for -1 here; a {about.loss} that takes "
        evidence += "labels as they are lets every 0 cost 1."
        yield Alarm("labels-zero-one", NOTE, evidence, about.rows(label="2 * {} - 1"))
    elif (
        labels == {1.0, 2.0}
        and ("binary" in about.forms or p.min() < 0 or _fractions(p))
        and "values" not in about.forms
    ):
        evidence = f"The values of {about.label} are 1 and 2, and 0 and 1 are wanted."
        yield Alarm("labels-from-one", ERROR, evidence, about.rows(label="{} - 1"))


def _fractions(values: Array) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1 and ((values > 0) & (values < 1)).any())
