"""Rows that are lists of numbers to be added up: the log-probabilities of a document's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..declarations.declaration import Loss
from ..errors import BadValue, UsageProblem
from ..scratch import Array
from ..sums.exact import row_sums
from .inputs import Kind
from .ragged import Ragged

_A_DISTRIBUTION = 1e-3  # so near to 1 add the probabilities of all classes up, also in float16


def added_lists(loss: Loss, kind: Kind, block: Mapping[str, Any]) -> dict[str, Any]:
    """The block with the sum of each row's list, and how many entries it has where the loss counts them itself."""
    pred = block["pred"]
    counts = next((role for role in loss.roles if role.name == "count"), None)
    if counts is not None and not counts.required and "count" in block:
        raise UsageProblem(
            "--count is for one log-probability a row, and here each row is a list of them, which are counted.",
            "Leave out --count.",
            options=("count",),
        )
    if isinstance(pred, Ragged):
        sums, sizes = _of_ragged(pred, kind), pred.sizes
    else:
        values = kind.check(np.asarray(pred, dtype=np.float64))
        _refuse_distributions(loss, values)
        sums, sizes = row_sums(values), np.full(len(values), values.shape[1])
    counted = {"count": sizes.astype(np.float64)} if counts is not None and not counts.required else {}
    return {**block, "pred": sums, **counted}


def _of_ragged(pred: Ragged, kind: Kind) -> Array:
    values = np.asarray(pred.values, dtype=np.float64)
    try:
        values = kind.check(values)
    except BadValue as bad:
        row = int(np.searchsorted(pred.offsets, bad.index, side="right")) - 1
        raise BadValue(bad.role, row, bad.message, bad.hint, options=bad.options) from None
    sums = np.zeros(len(pred))
    full = np.flatnonzero(pred.sizes)
    if len(full):
        sums[full] = np.add.reduceat(values, pred.offsets[full])
    return sums


def _refuse_distributions(loss: Loss, values: Array) -> None:
    """Log-probabilities of all classes, which need labels to say whose are meant."""
    if values.shape[1] < 2 or not len(values):
        return
    with np.errstate(under="ignore"):
        wholes = row_sums(np.exp(values))
    if bool((np.abs(wholes - 1.0) < _A_DISTRIBUTION).all()):
        raise UsageProblem(
            f"The predictions have {values.shape[1]} columns, whose probabilities add up to 1 in every row: they are "
            f"those of classes, and {loss.name} needs to know which of them came true.",
            "Give labels too; without labels a row is a list of the log-probabilities of its tokens.",
            kind="missing_labels",
            options=("label",),
        )
