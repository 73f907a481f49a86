"""Where the rows of each group stand, and how many of them tell what the rest are like."""

from __future__ import annotations

import numpy as np

from ..core.scratch import Array

ENOUGH = 30  # sampled rows of a group that tell what its other rows are like


class RowsOfGroups:
    """The places of the rows of each group, given the group of every row."""

    def __init__(self, group: Array) -> None:
        self._order = np.argsort(group, kind="stable")
        self._ends = np.searchsorted(group[self._order], np.arange(int(group.max(initial=-1)) + 2))

    def of(self, number: int) -> Array:
        """The places of the rows of a group, in the order in which they came; none of a group without rows."""
        if number + 1 >= len(self._ends):
            return self._order[:0]
        return self._order[self._ends[number] : self._ends[number + 1]]
