"""Rows that are wider than a block, such as images of many logits: computed in pieces, to the same value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.arrays import pieces
from losscli.core.errors import DataProblem

RNG = np.random.default_rng(512)
LOGITS = RNG.normal(size=(2, 3, 420, 450)).astype(np.float32)
LABELS = RNG.integers(0, 3, size=(2, 420, 450))
LABELS[RNG.random(LABELS.shape) < 0.1] = 255
LABELS[1, :300] = 255
LAST = np.ascontiguousarray(np.moveaxis(LOGITS, 1, -1))
MASK = RNG.random((2, 420, 450)) < 0.5
SOFT = np.eye(3)[np.where(LABELS == 255, 0, LABELS)].transpose(0, 3, 1, 2).copy()


@pytest.mark.parametrize(
    ("loss", "labels", "options"),
    [
        ("ce", LABELS, {"ignore_index": 255}),
        ("ce", LABELS, {"ignore_label": 255}),
        ("ce", LABELS, {"ignore_index": 255, "mask": MASK}),
        ("ce", LABELS, {"ignore_index": 255, "weights": MASK * 2.0}),
        ("ce", LABELS, {"ignore_index": 255, "class_weights": (1.0, 2.0, 0.5), "label_smoothing": 0.1}),
        ("ce", LABELS, {"ignore_index": 255, "reduction": "sum"}),
        ("ce", LABELS, {"ignore_index": 255, "reduction": "none"}),
        ("ce", LABELS, {"ignore_index": 255, "like": "torch"}),
        ("ce", LABELS, {"ignore_index": 255, "precision": "single"}),
        ("ce", LABELS, {"ignore_index": 255, "temperature": 2.0}),
        ("ce", SOFT, {"mask": MASK}),
        ("ce", SOFT, {"label_smoothing": 0.2}),
        ("focal", LABELS, {"ignore_index": 255, "gamma": 2.0}),
        ("perplexity", LABELS, {"ignore_index": 255}),
    ],
)
def test_a_wide_row_has_the_value_of_its_elements(loss: str, labels: Any, options: Any) -> None:
    """Beside each image cut into strips that are rows of their own, and both orders of the axes."""
    wide = losscli.compute(loss, LOGITS, labels, input="logits", class_axis=1, **options)
    turned = np.ascontiguousarray(np.moveaxis(labels, 1, -1)) if labels.ndim == 4 else labels
    last = losscli.compute(loss, LAST, turned, input="logits", class_axis=-1, **options)
    strips = {name: _strips(value) if hasattr(value, "shape") else value for name, value in options.items()}
    narrow = losscli.compute(
        loss, _strips(LOGITS, 2), _strips(labels, labels.ndim - 2), input="logits", class_axis=1, **strips
    )
    digits = 2e-6 if {"precision", "like"} & options.keys() else 1e-12
    if options.get("reduction") == "none":
        assert wide.rows == pytest.approx(last.rows, rel=digits)
        return
    assert wide.value == pytest.approx(narrow.value, rel=digits)
    assert last.value == pytest.approx(narrow.value, rel=digits)
    assert wide.elements is not None
    assert narrow.elements is not None
    assert wide.elements["left_out"] == narrow.elements["left_out"]


def _strips(values: Any, axis: int = 1) -> Any:
    parts = np.split(values, 20, axis=axis)
    return np.ascontiguousarray(np.concatenate(parts))


def test_the_number_of_threads_moves_no_bit() -> None:
    one, two = (losscli.compute("ce", LOGITS, LABELS, ignore_index=255, threads=n) for n in (1, 2))
    assert (one.value, one.stderr) == (two.value, two.stderr)


def test_an_image_of_which_nothing_counts_is_left_out() -> None:
    labels = LABELS.copy()
    labels[1] = 255
    result = losscli.compute("ce", LOGITS, labels, ignore_index=255)
    assert result.n == 1
    assert result.counts["ignored"] == 1
    assert result.value == losscli.compute("ce", LOGITS[:1], labels[:1], ignore_index=255).value


def test_a_wrong_label_is_told_with_its_row() -> None:
    labels = LABELS.copy()
    labels[1, 400, 400] = 7
    with pytest.raises(DataProblem, match=r"label 7 is outside 0 \.\.\. 2, in row 1"):
        losscli.compute("ce", LOGITS, labels, ignore_index=255)


def test_large_logits_are_safe_in_every_piece() -> None:
    logits = LOGITS.astype(np.float64)
    logits[0, :, 200] *= 400.0
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    counts = LABELS != 255
    losses = -np.take_along_axis(logs, np.where(counts, LABELS, 0)[:, None], axis=1)[:, 0]
    result = losscli.compute("ce", logits, LABELS, ignore_index=255)
    assert result.value == pytest.approx(losses[counts].mean(), rel=1e-12)
    assert logits[0].size > pieces.PIECE
