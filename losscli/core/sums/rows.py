"""What a kernel makes of a block: a term a row, and what each row counts for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..scratch import Array

Blocks = Iterator[Mapping[str, Any]]


class Rows:
    """What a kernel returns when a plain array does not say enough.

    `terms` are (n,) arrays; `mass` is what each row counts for in the sum of weights (1 by default; class weights
    change it); `ignored` counts rows that are left out, whose terms and mass must be 0. `seen` is what a run must know
    of all labels together (`Form.seen`), and `ignored_elements` how many elements of rows are left out; kernels leave
    both.
    """

    __slots__ = ("_sums", "ignored", "ignored_elements", "mass", "seen", "terms")

    def __init__(
        self,
        terms: tuple[Array, ...],
        mass: Array | None = None,
        ignored: int = 0,
        seen: Sequence[str] = (),
        ignored_elements: int = 0,
    ) -> None:
        self.terms, self.mass, self.ignored, self.seen = terms, mass, ignored, seen
        self.ignored_elements = ignored_elements
        self._sums: tuple[float, ...] | None = None

    @property
    def sums(self) -> tuple[float, ...]:
        """The plain float sum of each term, taken once: it shows NaN and infinities, and is most of the state."""
        if self._sums is None:
            self._sums = tuple([float(np.add.reduce(term)) for term in self.terms])
        return self._sums
