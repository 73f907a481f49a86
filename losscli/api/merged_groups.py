"""The groups of shards, added up: the State of a key is the sum of its States in all shards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..core.sums.state import State
from ..report.model import Result
from ..sources.grouping.bins import Bins
from ..sources.grouping.group_keys import Key, key_of_text
from ..stats.group_estimates import GroupEstimator
from ..stats.uncertainty import IntervalRequest
from .groups import Grouping, Listing


class MergedGroups:
    """The groups of one result of a shard, to which those of others are added."""

    def __init__(self, where: str, result: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        grouping = result["grouping"]
        self.by = [str(each) for each in grouping["by"]]
        self.macro = grouping.get("macro") is not None
        min_n = request.get("min_n")
        self.min_n = min_n if isinstance(min_n, int) and min_n > 0 else 1
        self._columns: tuple[str, ...] = ()
        self._states: dict[tuple[Any, ...], State] = {}
        for group in result["groups"]:
            self._take(where, group)

    def _take(self, where: str, group: Mapping[str, Any]) -> None:
        columns = self._ordered(list(group["by"]))
        self._columns = self._columns or columns
        if columns != self._columns or not isinstance(group.get("state"), dict):
            raise DataProblem(
                f"{where}: a group has no state in it, or other columns than the rest.",
                "Shards are written by losscli compute --partial.",
            )
        try:
            state = State.from_dict(group["state"])
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise DataProblem(f"{where}: the state of a group is damaged.") from None
        key = tuple((isinstance(each, bool), each) for each in self._key([group["by"][column] for column in columns]))
        self._states[key] = state if key not in self._states else self._states[key] + state

    def _ordered(self, columns: list[str]) -> tuple[str, ...]:
        """The columns of a group in the order of --by: JSON sorts them."""
        names = [each if each in columns else _column_of(each) for each in self.by]
        return tuple(sorted(columns, key=lambda column: names.index(column) if column in names else len(names)))

    @property
    def _bins(self) -> tuple[Bins | None, ...]:
        """The bins of each column, as --by has them."""
        bins: dict[str, Bins | None] = {}
        for each in self.by:
            name, _, width = each.rpartition(":")
            bins[name] = Bins.of(width)
        return tuple(bins.get(column) for column in self._columns)

    def _key(self, values: list[Any]) -> list[Key]:
        """The key of a group, whether a shard wrote its values as numbers or as text; bins by their numbers."""
        return [
            bins.number(each) if bins is not None and isinstance(each, str) else
            key_of_text(each) if isinstance(each, str) else each
            for each, bins in zip(values, self._bins, strict=True)
        ]  # fmt: skip

    def add(self, other: MergedGroups, path: str) -> None:
        """Add the groups of another shard."""
        if (other.by, other.macro, other.min_n) != (self.by, self.macro, self.min_n):
            raise DataProblem(
                f"{path} was grouped otherwise: by {', '.join(other.by)} with groups of at least {other.min_n} rows, "
                f"against {', '.join(self.by)} and {self.min_n}.",
                "Shards of one value have the same --by, --macro and --min-n.",
            )
        self._columns = self._columns or other._columns
        for key, state in other._states.items():
            self._states[key] = state if key not in self._states else self._states[key] + state

    def grouped(self, result: Result, bound: BoundLoss, level: float | None) -> tuple[Result, list[str]]:
        """The merged result with its groups."""
        states = list(self._states.values())
        whole = 0 if any(any(state.special) for state in states) else sum(state.totals[0] for state in states)
        estimator = GroupEstimator(bound, states.__getitem__, whole, IntervalRequest(level))
        keys: list[tuple[Key, ...]] = [tuple(each for _, each in key) for key in self._states]
        rows = [state.rows for state in states]
        listing = Listing(keys, self._columns, self._bins, rows, estimator)
        grouping = Grouping(tuple(self.by), self.macro, self.min_n)
        return grouping.listed(result, listing, bound, level)


def _column_of(text: str) -> str:
    """The column that a part of --by names: of FILE::COLUMN the one, of COLUMN:WIDTH the other."""
    return text.rpartition("::")[2] if "::" in text else text.rpartition(":")[0]
