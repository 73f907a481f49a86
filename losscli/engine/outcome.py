"""What comes of a run: its sums, what was counted, and what was kept of the rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.record import field, mutable
from ..core.scratch import Array
from ..core.sums.state import State

if TYPE_CHECKING:
    from .groups import GroupSums


@mutable
class Outcome:
    """What a run found: the state, what was counted, and each row's weighted loss if asked for."""

    bound: BoundLoss
    state: State
    counts: Counter[str] = field(default_factory=Counter)
    rows: Array | None = None
    head: dict[str, Array] = field(default_factory=dict)  # the first rows as they came, for a look at them
    histograms: Any = None  # those of the settings, filled
    first_infinite: int | None = None  # the first row whose loss is infinite; how many is among the counts
    groups: GroupSums | None = None
    watcher: Any = None  # what looked at the rows one by one

    @property
    def read(self) -> int:
        """The rows that were read, also those left out."""
        return self.state.rows - self.counts["repeats"] + sum(self.counts[why] for why in ("nan", "missing", "ignored"))
