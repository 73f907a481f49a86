"""Parts of a run, by their rows: what one has seen, as it is sent from where the part was run to where parts add up.

Blocks are cut at the same rows as in a run of the whole, and sums are exact, so that the whole has the same bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.record import record, replace
from ..core.scratch import Array
from ..core.sums.state import State
from ..sources.frame import Frame
from ..sources.table import Load
from .groups import SeenGroups
from .missing import by_policies
from .run import BlockRun, prepared_for
from .settings import Settings

if TYPE_CHECKING:
    from ..core.histograms.histogram_parts import HistogramParts

MOST_BYTES = 256 << 20  # of the data of a part, so that there are enough of them where data are large


@record
class SeenRows:
    """What the blocks of a part have seen; `observer` is what the settings' observer kept of its rows."""

    state: State | None
    unknown: State
    counts: Counter[str]
    rows: dict[int, Array]
    infinite: list[int]
    head: dict[str, Array]
    observer: Any
    groups: SeenGroups | None
    histograms: HistogramParts | None = None


def ranges(rows: int | None, block_rows: int, row_bytes: int, workers: int) -> list[tuple[int, int | None]]:
    """The first row of each part and the row after its last, at the ends of blocks; one part where rows are unknown."""
    if rows is None:
        return [(0, None)]
    blocks = -(-rows // block_rows) or 1
    largest = max(1, MOST_BYTES // max(1, row_bytes * block_rows))
    each = max(1, min(largest, -(-blocks // (4 * workers))))
    starts = [at * block_rows for at in range(0, blocks, each)]
    return list(zip(starts, [*starts[1:], None], strict=True))


def run_part(bound: BoundLoss, frame: Frame, settings: Settings, first: int, stop: int | None) -> SeenRows:
    """What is seen of the blocks between two rows."""
    bound = prepared_for(by_policies(bound, settings.nan, settings.missing), frame, settings)
    blocks = _between(frame.blocks(bound.block_rows), first, stop)
    block_run = BlockRun(bound, frame, replace(settings, distribute=None), blocks)
    block_run.run(max(1, settings.threads))
    return seen_of(block_run)


def seen_of(block_run: BlockRun) -> SeenRows:
    """What a run has seen."""
    settings = block_run.settings
    groups = None if settings.groups is None else settings.groups.seen()
    return SeenRows(
        block_run.state, block_run.unknown, block_run.counts, block_run.rows, block_run.infinite, block_run.head,
        settings.observer, groups, None if settings.histograms is None else settings.histograms.parts,
    )  # fmt: skip


def absorb(block_run: BlockRun, seen: SeenRows) -> None:
    """Add what a part has seen to a run, in any order of parts."""
    if seen.state is not None:
        block_run.state = seen.state if block_run.state is None else block_run.state + seen.state
    block_run.unknown += seen.unknown
    block_run.counts.update(seen.counts)
    block_run.rows.update(seen.rows)
    block_run.infinite += seen.infinite
    block_run.head.update(seen.head)
    observer: Any = block_run.settings.observer
    if observer is not None:
        observer.absorb(seen.observer)
    if block_run.settings.histograms is not None and seen.histograms is not None:
        block_run.settings.histograms.absorb(seen.histograms)
    if block_run.settings.groups is not None and seen.groups is not None:
        block_run.settings.groups.absorb(seen.groups)


def _between(blocks: Iterator[tuple[int, Load]], first: int, stop: int | None) -> Iterator[tuple[int, Load]]:
    """The blocks between two rows; those before are passed over, and not loaded."""
    for start, load in blocks:
        if stop is not None and start >= stop:
            return
        if start >= first:
            yield start, load
