"""The calls that a search prints: pasted after `--like`, each gives the value that stands beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.calls.reading import read_call
from losscli.core.errors import LossCliError, UsageProblem

FRAMEWORKS = {"torch", "keras", "tf1", "sklearn", "optax", "torchvision", "torchmetrics", "monai", "smp"}
ROWS = 12
# Presets that are no call of one function, or one that --like does not take; and those of another version.
NO_CALLS = (
    "tf.nn.l2_loss(labels - preds)",
    "tf.compat.v1.distributions.kl_divergence(Categorical",
    "optax.kl_divergence(jnp.log(probs)",
    "optax.generalized_kl_divergence(jnp.log",
    "eps=1e-15)",
    "1 - sklearn",
    "(axis=those of an image)",
    ", of three classes and more",
    "smp.losses.TverskyLoss",
)


def _data(rng: np.random.Generator, kind: str) -> Iterator[tuple[Any, Any]]:
    """Predictions of a kind, one and four columns, and labels of several forms."""
    for shape in ((ROWS,), (ROWS, 4)):
        raw = rng.normal(size=shape)
        shares = np.exp(raw) / np.exp(raw).sum(-1, keepdims=True)
        probs = 1 / (1 + np.exp(-raw)) if len(shape) == 1 else shares
        pred = {
            "probs": probs, "logprobs": np.log(probs), "rates": np.exp(raw), "distances": np.abs(raw),
            "classes": rng.integers(0, 2, shape).astype(float),
        }.get(kind, raw)  # fmt: skip
        positive = np.exp(rng.normal(size=shape))
        for label in (
            rng.integers(0, 2, shape),
            rng.integers(0, 4, ROWS),
            positive,
            positive / positive.sum(-1, keepdims=True),
        ):
            yield pred, label


def _is_call(text: str) -> bool:
    try:
        return isinstance(ast.parse(text, mode="eval").body, ast.Call)
    except SyntaxError:
        return False


@pytest.mark.parametrize("name", sorted(losscli.available()))
def test_every_convention_is_printed_as_a_call_that_gives_its_value(name: str) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    for kind in losscli.loss(name).pred:
        for pred, label in _data(rng, kind):
            try:
                matches = losscli.reconcile(name, pred, label, input=kind)
            except LossCliError:
                continue
            for match in matches:
                if (match.like or "").partition("@")[0] not in FRAMEWORKS or "pred" in match.knobs:
                    continue
                if any(text in match.call for text in NO_CALLS):
                    continue
                assert _is_call(match.call), match.call
                value = losscli.compute(name, pred, label, like=match.call).value
                assert value == pytest.approx(match.value, rel=1e-6, nan_ok=True), match.call


@pytest.mark.parametrize(
    ("name", "form", "options", "call"),
    [
        ("huber", "values", {"like": "torch", "delta": 2.0},
         "torch.nn.functional.huber_loss(preds, labels, delta=2.0)"),
        ("huber", "values", {"like": "keras", "delta": 0.5}, "keras.losses.Huber(delta=0.5)(labels, preds)"),
        ("smooth_l1", "values", {"like": "torch", "beta": 0.5},
         "torch.nn.functional.smooth_l1_loss(preds, labels, beta=0.5)"),
        ("mse", "values", {"like": "torch", "reduction": "sum"},
         "torch.nn.functional.mse_loss(preds, labels, reduction='sum')"),
        ("mse", "values", {"like": "optax", "reduction": "sum"}, "optax.squared_error(preds, labels).sum()"),
        ("minkowski", "values", {"like": "torchmetrics", "p": 3.0},
         "torchmetrics.functional.minkowski_distance(preds, labels, 3.0)"),
        ("ce", "index", {"like": "torch", "label_smoothing": 0.1},
         "torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)"),
        ("bce", "binary", {"like": "torch", "pos_weight": 2.0},
         "torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=2.0)"),
        ("focal", "binary", {"like": "torchvision", "gamma": 3.0},
         "torchvision.ops.sigmoid_focal_loss(logits, labels, reduction='mean', gamma=3.0)"),
    ],
)  # fmt: skip
def test_a_search_prints_calls_with_their_numbers(name: str, form: str, options: dict[str, Any], call: str) -> None:
    rng = np.random.default_rng(5)
    pred = rng.normal(size=(40, 3) if form == "index" else 40)
    label = {"values": rng.normal(size=40), "index": rng.integers(0, 3, 40), "binary": rng.integers(0, 2, 40)}[form]
    kind = {} if form == "values" else {"input": "logits"}
    value = losscli.compute(name, pred, label, **options).value
    matches = losscli.reconcile(name, pred, label, expect=repr(value), **kind)
    assert call in [match.call for match in matches]
    for match in matches:
        if not match.like or "pred" in match.knobs:
            continue
        if _is_call(match.call):
            given = losscli.compute(name, pred, label, like=match.call).value
            assert given == pytest.approx(match.value, rel=1e-6), match.call
        else:  # what was changed is no argument of it
            with pytest.raises(UsageProblem, match=r"is no call|is not a call"):
                read_call(match.call)


@pytest.mark.parametrize(
    ("call", "reduction"),
    [
        ("nn.MSELoss()(x, y).sum()", None),
        ("F.mse_loss(x, y).sum()", None),
        ("sklearn.metrics.mean_squared_error(y, x).sum()", None),
        ("keras.losses.MeanSquaredError()(y, x).sum()", None),
        ("tf.reduce_sum(tf.compat.v1.losses.mean_squared_error(y, x))", None),
        ("F.mse_loss(x, y, reduction='none').sum()", "sum"),
        ("tf.reduce_sum(keras.losses.mean_squared_error(y, x))", "sum"),
        ("optax.squared_error(x, y).sum()", "sum"),
    ],
)
def test_a_sum_of_one_number_changes_nothing(call: str, reduction: str | None) -> None:
    assert read_call(call).options.get("reduction") == reduction


def test_whether_a_file_is_one_mask_may_be_said(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    files = tmp_path / "p.npy", tmp_path / "y.npy"
    for file, values in zip(files, (rng.random((6, 20)), rng.integers(0, 2, (6, 20))), strict=True):
        np.save(file, values)
    ended = cli("reconcile", "dice", *files)
    assert ended.code == 2
    assert "--no-stack" in ended.err
    printed = {
        flag: cli("compute", "dice", *files, flag, "--format", "value").out for flag in ("--stack", "--no-stack")
    }
    assert len(set(printed.values())) == 2
    for flag, value in printed.items():
        explained = cli("reconcile", "dice", *files, flag, "--expect", value.strip()[:12])
        assert explained.code == 0
        assert "losscli dice: --input probs, mean over weights" in explained.out
