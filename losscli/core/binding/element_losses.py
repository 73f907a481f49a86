"""The losses of elements one by one, where a loss has them: of pixels, tokens, columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..scratch import Array
from .bound_loss import BoundLoss


def losses_of_elements(bound: BoundLoss, shown: Mapping[str, Any]) -> Array | None:
    """The loss of each element that a kernel is shown, flat, with the weight of its class.

    None of losses that take the elements of a row together. `shown` is a block as `elements_that_count` makes it.
    """
    folds = bound.layout.folds
    terms = (bound.row_losses(shown) if folds else bound.element_losses(shown)).terms
    elements = len(shown["pred"]) if folds else np.size(shown["pred"])
    return terms[0].astype(np.float64).reshape(-1) if len(terms) == 1 and terms[0].size == elements else None
