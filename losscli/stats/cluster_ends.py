"""Whether clusters follow each other: rows of two clusters that stand side by side, such as at the ends of blocks.

Blocks of a series leave what the last rows of one have in common with the first rows of the next. Sums of clusters show
that only where there are very many; the rows themselves show it early, and how much it adds to the variance.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.record import record
from ..core.scratch import Array

FEWEST = 8  # pairs of rows of which anything is said
BEYOND = 2.6  # standard errors, as for neighbouring rows
_SHORT = 0.03  # by which a standard error may be too small without a word
_FARTHEST = 200  # rows between those of a pair
_LARGEST = 0.98  # correlation with which dependence is taken to fall off


@record
class Following:
    """What rows have in common with the next one, where that is of another cluster.

    Attributes:
        correlation: That of the two rows.
        distance: From nought, in standard errors.
        missing: By how much the variance of the clusters is too small, as a share of it, where dependence falls off
            evenly with the distance of rows.
    """

    correlation: float
    distance: float
    missing: float

    @property
    def short(self) -> float:
        """The share by which the standard error is too small."""
        return 1.0 - 1.0 / math.sqrt(1.0 + max(0.0, self.missing))

    @property
    def matters(self) -> bool:
        """Whether clusters follow each other, beyond chance and so that their standard error is too small."""
        return self.distance > BEYOND and self.short > _SHORT


def following(before: Array, after: Array, influence: Array, code: Array) -> Following | None:
    """From what rows add to an estimate, of those at the ends of clusters and those that follow them; None if too few.

    `influence` is what each cluster adds, and `code` (n,) the cluster of every row, in the order of the file.
    """
    largest = float(np.abs(influence).max(initial=0.0))
    if len(before) < FEWEST or not 0.0 < largest < math.inf:
        return None
    left, right, sums = before / largest, after / largest, influence / largest
    product = left * right
    size = math.sqrt(float(np.sum(left * left)) * float(np.sum(right * right)))
    error = float(np.std(product, ddof=1)) / math.sqrt(len(product))
    if not size or not error or not math.isfinite(size):
        return None
    mean = float(product.mean())
    correlation, distance = float(np.sum(product)) / size, mean / error
    if distance <= BEYOND:
        return Following(correlation, distance, 0.0)
    falls = min(max(correlation, 0.0), _LARGEST)
    missing = sum(2.0 * mean * falls ** (apart - 1) * _pairs(code, apart) for apart in _distances(falls, len(code)))
    return Following(correlation, distance, missing / float(np.sum(sums * sums)))


def _pairs(code: Array, apart: int) -> int:
    """How many pairs of rows so far apart are of two clusters."""
    return int(np.count_nonzero(code[apart:] != code[:-apart]))


def _distances(falls: float, rows: int) -> range:
    """The distances of rows at which more than a hundredth is left of the dependence of neighbours."""
    farthest = _FARTHEST if falls >= _LARGEST else 2 + math.ceil(math.log(0.01) / math.log(max(falls, 0.01)))
    return range(1, min(rows - 1, _FARTHEST, farthest) + 1)
