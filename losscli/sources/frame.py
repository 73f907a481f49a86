"""Roles side by side: predictions, labels and what else a loss takes, cut into the same blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..core.arrays.inputs import Shape, show_shape
from ..core.arrays.ragged import Ragged, row_offsets
from ..core.errors import DataProblem
from .arrays import ArrayTable
from .classes.class_names import relabelled, unknown_number
from .table import Block, Field, Load, Pick, Table, rows_of
from .work_done import WORK

Picked = tuple[Table, Pick]

_PAIRED = "Rows are paired by position, so both must be equally long."


class Frame:
    """The roles of one data set, paired by position. `keep_columns` names roles whose (n, 1) stays 2-D."""

    held = 0  # bytes that pairing may hold in memory

    def __init__(self, roles: Mapping[str, Picked], keep_columns: frozenset[str] = frozenset()) -> None:
        self.roles = dict(roles)
        self.fields: dict[str, Field] = {}
        self._single = set()
        for role, (table, pick) in self.roles.items():
            field = table.describe(pick)
            single = len(field.shape) == 2 and field.shape[1] == 1 and role not in keep_columns
            if single and not (role == "label" and self._of_one_element()):
                self._single.add(role)
                field = Field(field.shape[:1], field.dtype)
            self.fields[role] = field
        self._numbered = {
            role: pick.numbered
            for role, (_, pick) in self.roles.items()
            if pick.numbered is not None and self.fields[role].dtype != "text"
        }
        self._check_shapes()
        self.rows = self._common_rows()
        self._numbers: dict[str, float] = {}

    def with_number(self, role: str, table: Table) -> None:
        """Give the frame a role that has the same number in every row, which is the table's name."""
        self.roles[role] = table, Pick()
        self.fields[role] = Field((self.rows,), "float64")
        self._numbers[role] = float(table.name)

    def _of_one_element(self) -> bool:
        """Whether rows of predictions have several axes, one of them of one element, which labels (n, 1) may be."""
        pred = self.fields.get("pred")
        return pred is not None and len(pred.shape) > 2 and 1 in pred.shape[1:]

    def _check_shapes(self) -> None:
        if 0 in self.fields["pred"].shape[1:]:
            shape = show_shape(self.fields["pred"].shape)
            raise DataProblem(f"{self.where('pred')} has shape {shape}: its rows are empty.")

    @property
    def shapes(self) -> dict[str, Shape]:
        return {role: field.shape for role, field in self.fields.items()}

    @property
    def repeatable(self) -> bool:
        return all(table.repeatable for table, _ in self.roles.values())

    def where(self, role: str, column: int | None = None) -> str:
        """The role's file and column, for messages; `column` counts those of a role that has several."""
        table, pick = self.roles[role]
        if table.format != "npz" and (len(pick.columns) == 1 or (column is not None and column < len(pick.columns))):
            return f"{table.name} column {pick.columns[column or 0]}"
        return table.name if column is None else f"{table.name} column {column} (from 0)"

    def file(self, role: str) -> str:
        """The role's file alone, as messages call it."""
        return self.roles[role][0].name

    def location(self, role: str, row: int | None = None, column: int | None = None) -> dict[str, Any]:
        """Where a value stands, as the fields of a problem: its file, its column where that is one, its row."""
        table, pick = self.roles[role]
        one = len(pick.columns) == 1 or (column is not None and column < len(pick.columns))
        return {"file": table.name, "column": pick.columns[column or 0] if one else "", "row": row}

    def place(self, role: str, row: int) -> str:
        """A row as messages call it."""
        return f"row {row} (from 0)"

    def _common_rows(self) -> int | None:
        known = {role: field.shape[0] for role, field in self.fields.items() if field.shape[0] is not None}
        if not known:
            return None
        first = next(iter(known))
        for role, rows in known.items():
            if rows != known[first]:
                raise self._unequal(first, role, known[first], rows)
        return known[first]

    def _unequal(self, first: str, other: str, rows: int | None, others: int | None) -> DataProblem:
        return DataProblem(
            f"{self.where(first)} has {rows} rows and {self.where(other)} has {others}.",
            _PAIRED,
            kind="unpaired_lengths",
            file=self.file(first),
        )

    def _shorter(self, short: str, rows: int, long: str) -> DataProblem:
        """What is known while files are read: where the shorter one ends."""
        known = self.fields[long].shape[0]
        if known is not None:
            return self._unequal(short, long, rows, known)
        return DataProblem(
            f"{self.where(short)} has {rows} rows; {self.where(long)} goes on.",
            _PAIRED,
            kind="unpaired_lengths",
            file=self.file(short),
        )

    def blocks(self, size: int) -> Iterator[tuple[int, Load]]:
        """(first row, callable that loads the block), in order. One thread at a time may advance it."""
        tables: dict[int, tuple[Table, dict[str, Pick]]] = {}
        for role, (table, pick) in self.roles.items():
            if role in self._numbers:
                continue
            tables.setdefault(id(table), (table, {}))[1][role] = pick
        streams = [table.blocks(picks, size) for table, picks in tables.values()]
        firsts = [next(iter(picks)) for _, picks in tables.values()]
        start = 0
        while True:
            WORK.at(start if self.rows is None else min(start, self.rows), self.rows)
            loads = [next(stream, None) for stream in streams]
            if None in loads:
                if not any(loads):
                    return
                short = firsts[loads.index(None)]
                long = firsts[next(i for i, load in enumerate(loads) if load is not None)]
                # the block before was as long in both, or its own load says so first
                raise self._shorter(short, start, long)
            yield start, self._merged([load for load in loads if load], start)
            start += size

    def _merged(self, loads: list[Load], start: int) -> Load:
        def load() -> Block:
            block = loads[0]()
            if len(loads) == 1 and not (self._single or self._numbered or self._numbers):
                return block
            merged = Block(dict(block.arrays), dict(block.missing))  # a table may keep its blocks
            for each in loads[1:]:
                block = each()
                if len(block) != len(merged):
                    raise self._unlike(merged, block, start)
                merged.arrays.update(block.arrays)
                merged.missing.update(block.missing)
            for role in self._single:
                if role in merged.arrays and merged.arrays[role].ndim == 2:
                    merged.arrays[role] = merged.arrays[role][:, 0]
                    if role in merged.missing:
                        merged.missing[role] = merged.missing[role].reshape(-1)
            for role in self._numbered:
                merged.arrays[role] = self._class_numbers(role, merged, start)
            for role, value in self._numbers.items():
                merged.arrays[role] = np.full(len(merged), value)
            return merged

        return load

    def _class_numbers(self, role: str, block: Block, start: int) -> Any:
        """The labels of a block as numbers of classes that are named by numbers."""
        by = self._numbered[role]
        labels, strange = relabelled(block.arrays[role], by, rows_of(block.missing.get(role)))
        if strange is not None:
            label = np.asarray(block.arrays[role][strange]).flat[0]
            raise unknown_number(label, by, self.where(role), self.place(role, start + strange))
        return labels

    def _unlike(self, ours: Block, theirs: Block, start: int) -> DataProblem:
        short, long = sorted((ours, theirs), key=len)
        return self._shorter(next(iter(short.arrays)), start + len(short), next(iter(long.arrays)))


def read_whole(table: Table, pick: Pick) -> Any:
    """A role that is small and needed all at once: class weights, centres, lengths."""
    parts: list[Any] = []
    for load in table.blocks({"whole": pick}, 1 << 16):
        block = load()
        if "whole" in block.missing:
            raise DataProblem(f"{table.name} has a missing value.")
        part = block.arrays["whole"]
        parts.append(part if isinstance(part, Ragged) else np.array(part))
    if not parts:
        raise DataProblem(f"{table.name} has no rows.", kind="no_rows", file=table.name)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def flat_sequences(labels: Picked, lengths: Picked) -> Picked:
    """Concatenated labels and their lengths, as one ragged column. Both are read whole: small beside logits."""
    values = read_whole(*labels)
    sizes = read_whole(*lengths)
    name = labels[0].name
    if sizes.ndim == 2 and sizes.shape[1] == 1:
        sizes = sizes[:, 0]
    if sizes.ndim != 1 or not ((sizes >= 0) & (sizes < 1 << 62) & (np.floor(sizes) == sizes)).all():
        raise DataProblem(f"{lengths[0].name} does not hold lengths.", "They are whole numbers of at least 0.")
    total = sum(map(int, sizes.tolist()))
    if total != len(values):
        raise DataProblem(f"{name} has {len(values)} labels but the lengths in {lengths[0].name} add up to {total}.")
    return ArrayTable(Ragged(values, row_offsets(sizes)), name), Pick()
