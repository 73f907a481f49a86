"""Losses that widen float32 on the way have the bits of float64, and leave what they are given alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.registry import everything
from losscli.core.scratch import scratch
from losscli.losses.regression._errors import error

ALONE = [name for name, loss in everything().items() if loss.errors_alone]
DTYPES = ["float16", "float32", "float64", "int8", ">f4", ">f8"]


def values(dtype: str, shape: tuple[int, ...], seed: int) -> Any:
    numbers = np.random.default_rng(seed).uniform(-99.0, 99.0, shape)
    if np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize > 2:
        numbers.flat[:4] = [1e-40, -0.0, 3e38, -1e-45]
    return numbers.astype(dtype)


def test_there_are_some() -> None:
    assert {"mse", "mae", "huber", "log_cosh"} <= set(ALONE)


@pytest.mark.parametrize("name", ALONE)
def test_shorter_floats_have_the_bits_of_float64(name: str) -> None:
    for (of_pred, of_label), shape in itertools.product(itertools.product(DTYPES, DTYPES), [(37,), (9, 4)]):
        pred, label = values(of_pred, shape, 1), values(of_label, shape, 2)
        before = pred.tobytes(), label.tobytes()
        weight = np.arange(shape[0]) % 3 + 0.5
        result = losscli.compute(name, pred, label, weights=weight)
        doubles = losscli.compute(name, pred.astype(np.float64), label.astype(np.float64), weights=weight)
        assert (result.value, result.stderr) == (doubles.value, doubles.stderr), (of_pred, of_label, shape)
        assert before == (pred.tobytes(), label.tobytes())


def test_only_labels_that_were_widened_for_the_kernel_are_written_to() -> None:
    """Files are read into working memory too, and what was read is looked at by others."""
    pred = values("float32", (50,), 3)
    read, widened = scratch("read", (50,)), scratch("label floats", (50,))
    read[:] = widened[:] = np.arange(50.0)
    assert np.array_equal(error(pred, read), pred - np.arange(50.0))
    assert np.array_equal(read, np.arange(50.0))
    assert np.shares_memory(error(pred, widened), widened)
    assert np.array_equal(widened, pred - np.arange(50.0))
