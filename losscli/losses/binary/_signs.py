"""What margin losses multiply scores by: signs, however labels say them, and as frameworks take them."""

from __future__ import annotations

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import BadValue, UsageProblem
from ...core.loss import Blocks
from ...core.scratch import Array, like
from .._hard import wrong_side

LABEL_MAP = Param(
    "what labels mean: the sign (-1 or 0, and 1); affine: 2 label - 1; as_is: any number; auto: affine if "
    "all of them are 0 or 1, else as_is; larger: of two labels the larger is 1, a single one -1",
    Choice("sign", "affine", "as_is", "auto", "larger"),
    knob=True,
)
SIGN_OR_NUMBER = Param(
    "what labels mean: the sign (-1 or 0, and 1), or as_is: any number", Choice("sign", "as_is"), knob=True
)


def wrong_score(pred: Array, label: Array, slot: str) -> Array:
    """-label pred in scratch, for labels that their form has found to be signs."""
    if label.dtype.kind != "f":
        return wrong_side(pred, label, slot)
    line = np.multiply(label, pred, out=like(slot, pred))  # -1 and 1
    return np.negative(line, out=line)


def signed(pred: Array, label: Array, label_map: str, seen: Array | None) -> Array:
    """What a framework multiplies scores by, as floats of the scores."""
    label = label.astype(pred.dtype)
    if label_map == "larger":
        assert seen is not None
        if pred[:1].size > 1:
            raise UsageProblem("--label-map larger is for one score a row.")
        return np.where(label == seen.max(), 1.0, -1.0).astype(pred.dtype) if len(seen) > 1 else -np.ones_like(label)
    if label_map == "affine" or (seen is not None and np.isin(seen, (0, 1)).all()):
        return 2.0 * label - 1.0
    return label


def labels_that_occur(blocks: Blocks, label_map: str) -> Array:
    """The labels that occur; three of them tell as much as more."""
    seen = np.zeros(0)
    for block in blocks:
        seen = np.union1d(seen, block["label"])[:3]
        if label_map == "larger" and len(seen) > 2:
            names = ", ".join(f"{value:.6g}" for value in seen)
            raise BadValue("label", 0, f"labels {names} are more than two", "--label-map larger is for two of them.")
    return seen
