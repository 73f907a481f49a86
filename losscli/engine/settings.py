"""How a loss is run over a frame: policies, threads and memory, and who else looks at the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.record import record
from ..core.scratch import Array
from ..sources.table import Block
from .missing import FilteredBlock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from ..core.binding.bound_loss import BoundLoss
    from .groups import GroupSums

    class RowsWatcher(Protocol):
        """Looks at rows one by one, with columns that are read for nobody else. It copies what it keeps."""

        def taken_out(self, block: Block) -> tuple[Block, Any]:
            """The block without what is read for it alone, and what that is."""

        def add(
            self,
            bound: BoundLoss,
            filtered: FilteredBlock,
            kept: Any,
            terms: Sequence[Array],
            mass: Array | None,
            group: Array | None = None,
        ) -> None:
            """Add the rows of a block, with what was taken out of it; no terms where no row of it has a loss.

            `group` is the number of the group of each row that was read, where there are groups.
            """


@record
class Settings:
    """How to run: `nan` and `missing` are error, omit or propagate; `threads` 0 means what the process may use.

    `empty` lets a run without rows end in an outcome, for conventions that give it a value. `narrow` reads the data
    again where a quantile is of more different values than are kept; shards, which are added up, stay as they are.
    `observer` sees the weighted terms of every block and what its rows count for, in any order and from any thread; it
    copies what it keeps, and that is `observer_bytes` a row. `reader` sees every block as it was read, in the same way.
    `histograms` see what an observer does, and keep counts and sums of a fixed size.
    `groups` are given the rows of every block too, and keep the sums of each group; `rows` look at them one by one.
    `distribute` is given the `BlockRun`, runs its blocks elsewhere, in parts, and adds up what these have seen.
    """

    nan: str = "error"
    missing: str = "error"
    threads: int = 0
    keep_rows: bool = False
    spread: bool = True
    max_memory: int | None = None
    empty: bool = False
    narrow: bool = True
    observer: Callable[[FilteredBlock, list[Array], Array | None], None] | None = None
    observer_bytes: int = 0
    reader: Callable[[int, Block], None] | None = None
    histograms: Any = None
    groups: GroupSums | None = None
    rows: RowsWatcher | None = None
    distribute: Callable[[Any], None] | None = None
