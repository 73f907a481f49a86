"""CTC as tests run it, and how far two results may differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from losscli.core import registry

CTC = registry.find("ctc")


NEG = -math.inf


def run(pred: Any, label: Any, **options: Any) -> np.ndarray:
    with np.errstate(all="raise"):
        kind = {} if "like" in options else {"input": "logits"}
        return CTC(np.asarray(pred, dtype=float), label, **{**kind, **options})


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def agree(found: Any, wanted: Any, rel: float = 1e-13) -> None:
    np.testing.assert_allclose(found, wanted, rtol=rel, atol=0.0)
