"""What looks at the rows of a run: the worst and the best are kept in memory, and all of them wait on the disk."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.binding.bound_loss import BoundLoss
from ...core.errors import UsageProblem
from ...core.record import record
from ...core.scratch import Array
from ...engine.missing import FilteredBlock
from ...sources.columns.candidates import CLUSTER, KEEP
from ...sources.keeping.kept_columns import KeptColumn
from ...sources.table import Block
from ...stats.extreme_rows import ExtremeRows, own_losses
from .row_spool import RowBlock, RowSpool


@record
class KeptBlock:
    """What was read of a block for the columns that are kept, and of which rows they have no value."""

    arrays: dict[str, Any]
    missing: dict[str, Array]


class RowSink:
    """Sees every block of a run, from any thread, with the columns that are kept.

    Args:
        columns: the kept columns.
        worst, best: how many rows with the highest and the lowest loss to keep.
        spooled: whether all rows are to be written.
    """

    def __init__(self, columns: Sequence[KeptColumn], worst: int, best: int, *, spooled: bool) -> None:
        self.columns = tuple(columns)
        self.worst, self.best = ExtremeRows(worst, worst=True), ExtremeRows(best, worst=False)
        self._ranked = bool(worst or best)
        self.spool = RowSpool() if spooled else None
        self.kinds: list[str | None] = [None] * len(self.columns)  # of the texts of each column
        self.clusters: dict[int, list[Any]] = {}  # the names of each block's clusters
        self.rows, self.unknown = 0, 0
        self.weighted = False
        self._lock = threading.Lock()

    def taken_out(self, block: Block) -> tuple[Block, KeptBlock]:
        """The block without what is read for kept columns alone, and what these hold."""
        roles = {column.role for column in self.columns}
        arrays = {role: array for role, array in block.arrays.items() if role in roles}
        kept = KeptBlock(arrays, {role: mask for role, mask in block.missing.items() if role in roles})
        if not any(role.startswith(KEEP) for role in roles):
            return block, kept
        rest = {role: array for role, array in block.arrays.items() if not role.startswith(KEEP)}
        masks = {role: mask for role, mask in block.missing.items() if not role.startswith(KEEP)}
        return Block(rest, masks), kept

    def add(
        self,
        bound: BoundLoss,
        filtered: FilteredBlock,
        kept: KeptBlock,
        terms: Sequence[Array],
        mass: Array | None,
        group: Array | None = None,
    ) -> None:
        """Add the rows of a block; without terms all of its rows are those whose loss is NaN by policy.

        `group` is the number of the group of each row that was read, where there are groups.
        """
        n = len(terms[0]) if terms else 0
        places = np.arange(n) if filtered.places is None else filtered.places
        if self._ranked and n:
            self._add_extremes(bound, filtered.start, places, kept, terms, mass)
        if self.spool is not None:
            self._add_to_spool(bound, filtered, places[:n], kept, terms, mass, group)

    def _add_extremes(
        self,
        bound: BoundLoss,
        start: int,
        places: Array,
        kept: KeptBlock,
        terms: Sequence[Array],
        mass: Array | None,
    ) -> None:
        losses = own_losses(bound, terms, mass)
        values = partial(kept_values, self.columns, kept, places)
        for each in (self.worst, self.best):
            each.add(bound, start + places, losses, mass, values)

    def _add_to_spool(
        self,
        bound: BoundLoss,
        filtered: FilteredBlock,
        places: Array,
        kept: KeptBlock,
        terms: Sequence[Array],
        mass: Array | None,
        group: Array | None,
    ) -> None:
        assert self.spool is not None
        n, k = len(places), max(1, len(terms))
        every: Array = places
        order: Any = slice(None)
        if len(filtered.unknown):
            every = np.concatenate((places, filtered.unknown))
            order = np.argsort(every, kind="stable")
        block = np.full((len(every), k), np.nan)
        for i, term in enumerate(terms):
            block[:n, i] = term
        self.spool.add(
            filtered.start,
            RowBlock(
                (filtered.start + every)[order],
                block[order],
                self._mass(mass, len(every), order),
                self._repeats(bound, filtered, len(every), order),
                self._clusters(filtered) if CLUSTER in filtered.arrays and n == len(every) else None,
                None if group is None else group[every][order],
                self._kept(kept, every[order]),
            ),
        )
        with self._lock:
            self.rows += len(every)
            self.unknown += len(every) - n

    def _mass(self, mass: Array | None, n: int, order: Any) -> Array | None:
        if mass is None or bool(np.all(mass == 1.0)):
            return None
        self.weighted = True
        whole = np.ones(n)
        whole[: len(mass)] = mass
        return np.asarray(whole[order])

    @staticmethod
    def _repeats(bound: BoundLoss, filtered: FilteredBlock, n: int, order: Any) -> Array | None:
        if not bound.counts_repeats or not len(filtered):
            return None
        from ...stats.row_sample import row_repeats

        whole = np.ones(n, dtype=np.int64)
        whole[: len(filtered)] = row_repeats(filtered).astype(np.int64)
        return np.asarray(whole[order])

    def _clusters(self, filtered: FilteredBlock) -> Array:
        column = filtered.arrays[CLUSTER]
        if isinstance(column, Ragged):
            names = [column.values[a:b].tobytes() for a, b in pairwise(column.offsets.tolist())]
        else:
            names = column.tolist()
        numbers: dict[Any, int] = {}
        codes = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
        with self._lock:
            self.clusters[filtered.start] = list(numbers)
        return codes

    def _kept(self, kept: KeptBlock, places: Array) -> bytes:
        if not self.columns:
            return b""
        from ...sources.keeping.kept_values import columns_at, kind_of, packed, wider

        columns = columns_at(self.columns, kept.arrays, kept.missing, places)
        kinds = [kind_of(column) for column in columns]
        with self._lock:
            self.kinds = [wider(one, other) for one, other in zip(self.kinds, kinds, strict=True)]
        return packed(columns)


def kept_values(columns: Sequence[KeptColumn], kept: KeptBlock, places: Array, chosen: Array) -> list[dict[str, Any]]:
    """The kept values of some of a block's rows, which are asked for where they are among the extreme ones."""
    if not columns:
        return [{} for _ in chosen]
    from ...sources.keeping.kept_values import values_at

    return values_at(columns, kept.arrays, kept.missing, places[chosen])


def refuse_without_rows(bound: BoundLoss, option: str) -> None:
    """A loss whose data are one row has no rows to rank."""
    if bound.one_row:
        raise UsageProblem(
            f"--{option} lists rows, and here all of the data are one row.",
            f"Leave out --{option}, or give a 2-D array with a row for each mask.",
            kind="contradiction", options=(option,),
        )  # fmt: skip
    if bound.reduction.name == "none":
        raise UsageProblem(
            f"--{option} lists rows beside a value, and this reduction gives the loss of every row.",
            f"Leave out --{option} or --reduction none.", kind="contradiction", options=(option, "reduction"),
        )  # fmt: skip
