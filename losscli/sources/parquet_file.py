"""Parquet: only the columns asked for, a few thousand rows at a time.

One thread decodes: measured on two cores, pyarrow's threads gain nothing here and cost memory, and the other
core has the losses to compute. `pre_buffer` would hold whole row groups.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import DataProblem, UsageProblem
from ..core.scratch import Array
from .arrow_columns import (
    CLASSES_HINT,
    BadCell,
    Kind,
    class_numbers,
    either,
    even,
    kind_of,
    lists,
    numbers,
    wanted,
)
from .chunks import Chunk, Part, recut
from .names import shown
from .table import Field, Load, Pick

_BATCH_ROWS = 1 << 16
_BATCH_BYTES = 8 << 20
_BUFFER = 1 << 20
_MAX_ROWS = 1 << 48  # beyond this a row count is a lie
_PEEK_ROWS = 1024


@dataclass(frozen=True)
class _Role:
    """The columns of a role, how each is read, and the length that its lists must have (None: any)."""

    names: tuple[str, ...]
    kind: Kind
    width: int | None
    classes: tuple[str, ...]


class ParquetTable:
    """A Parquet file, by path or as a seekable binary file, which stays its owner's to close."""

    format = "parquet"
    repeatable = True

    def __init__(self, source: str | os.PathLike[str] | BinaryIO, *, name: str | None = None) -> None:
        self.path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        self.name = shown(name or self.path or "standard input")
        self._source = source
        self._widths: dict[str, int] = {}
        with self._reading():
            file = self._open()
            self._metadata: Any = file.metadata
            self._schema: Any = file.schema_arrow
            self.columns: tuple[str, ...] = tuple(self._schema.names)
            file.close(force=self.path is not None)
        self.rows: int | None = self._checked_rows()
        if len(set(self.columns)) < len(self.columns):
            twice = next(name for name in self.columns if self.columns.count(name) > 1)
            raise DataProblem(f"{self.name} has two columns named '{shown(twice)}'.", "Rename one of them.")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever pyarrow raises for a damaged file, as one sentence."""
        import pyarrow as pa

        bad = (pa.ArrowException, OSError, MemoryError, ValueError, OverflowError, TypeError, LookupError)
        try:
            yield
        except bad as error:
            why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            text = f"{self.name} cannot be read as Parquet: {shown(why)}."
            raise DataProblem(text, "It is damaged, or not a Parquet file.") from None

    def _open(self, texts: tuple[str, ...] = (), metadata: Any = None) -> Any:
        import pyarrow as pa
        from pyarrow import parquet

        source = self._source if self.path is None else pa.OSFile(self.path)
        return parquet.ParquetFile(
            source,
            metadata=metadata,
            read_dictionary=list(texts),
            memory_map=False,
            buffer_size=_BUFFER,
            pre_buffer=False,
        )

    def _checked_rows(self) -> int:
        """The number of rows, if the footer agrees with itself."""
        rows: int = self._metadata.num_rows
        with self._reading():
            groups = [self._metadata.row_group(i).num_rows for i in range(self._metadata.num_row_groups)]
        if not 0 <= rows < _MAX_ROWS or min(groups, default=0) < 0 or sum(groups) != rows:
            raise DataProblem(f"{self.name}: the footer's row counts ({rows}) are wrong.", "It is damaged.")
        return rows

    def _batch_rows(self, roles: Mapping[str, _Role]) -> int:
        """How many rows to decode at a time, so that long lists do not take all memory.

        Column chunks have the counts, but pyarrow ends the process where their statistics are damaged.
        """
        values = 0.0
        for role in roles.values():
            values += len(role.names)
            if role.kind.form == "list":
                values += self._mean_length(role.names[0], role.kind)
        return int(min(_BATCH_ROWS, max(16, _BATCH_BYTES // (8 * values))))

    def _mean_length(self, name: str, kind: Kind) -> float:
        """The number of values in a list: the type's, or the first rows' mean, or what fills a row group."""
        if kind.width is not None:
            return kind.width
        groups = [self._metadata.row_group(i) for i in range(self._metadata.num_row_groups)]
        most = max((group.total_byte_size / group.num_rows / 8 for group in groups if group.num_rows), default=0)
        first = next(self._batches((name,), (), _PEEK_ROWS), None)
        if first is None:
            return max(0.0, most)
        return max(0.0, most, len(self._located(0, lists, first[0], name)[0].values) / len(first[0]))

    def _kind(self, name: str) -> Kind:
        kind = kind_of(self._schema.field(self._schema.get_field_index(name)).type)
        if kind is None:
            what = shown(str(self._schema.field(self._schema.get_field_index(name)).type), 80)
            text = f"{self.name}: column {shown(name)} is of type {what}, which holds no numbers."
            raise DataProblem(text, "Numbers, texts and lists of numbers are read.")
        return kind

    def is_text(self, column: str) -> bool:
        """Whether a column holds text."""
        wanted(Pick((column,)), self.columns, self.name)
        return self._kind(column).form == "text"

    def _role(self, pick: Pick) -> _Role:
        names = wanted(pick, self.columns, self.name)
        kinds = [self._kind(name) for name in names]
        forms = {kind.form for kind in kinds}
        if len(kinds) > 1 and forms != {"number"} and forms != {"text"}:
            first = "list" if "list" in forms else "text"
            odd = next(name for name, kind in zip(names, kinds, strict=True) if kind.form == first)
            text = f"{self.name}: column {shown(odd)} does not go side by side with others."
            raise UsageProblem(text, "Take one list column, or columns of numbers.")
        kind = kinds[0]
        if len(kinds) > 1 and kind.form == "number":
            kind = Kind("number", str(np.result_type(*(each.dtype for each in kinds))))
        width = self._width(names[0], kind) if kind.form == "list" and not pick.ragged else None
        return _Role(names, kind, width, pick.classes if kind.form == "text" else ())

    def _width(self, name: str, kind: Kind) -> int:
        """The length of a list column's lists: its type's, or that of the first list."""
        if kind.width is not None:
            return kind.width
        if name not in self._widths:
            self._widths[name] = 0
            for array in self._batches((name,), (), _PEEK_ROWS):
                rows, mask = self._located(0, lists, array[0], name)
                here = np.diff(rows.offsets)[slice(None) if mask is None else ~mask]
                if len(here):
                    self._widths[name] = int(here[0])
                    break
        return self._widths[name]

    def _located(self, before: int, work: Any, *args: Any) -> Any:
        try:
            return work(*args)
        except BadCell as fault:
            raise fault.problem(self.name, before) from None

    def describe(self, pick: Pick) -> Field:
        """The columns' own dtype; several columns have their common one. A list column is (rows, length)."""
        role = self._role(pick)
        if role.kind.form == "list":
            return Field((self.rows, role.width), role.kind.dtype)
        shape = (self.rows,) if len(role.names) == 1 else (self.rows, len(role.names))
        return Field(shape, role.kind.dtype)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` rows. Problems of the picks are raised at once, those of rows as they are read."""
        if not self.rows:
            raise DataProblem(f"{self.name} has no rows.")
        roles = {role: self._role(pick) for role, pick in picks.items()}
        for role in roles.values():
            if role.kind.form == "text" and not role.classes:
                text = f"{self.name}: column {shown(role.names[0])} holds text."
                raise DataProblem(text, CLASSES_HINT)
        return recut(self._chunks(roles), size)

    def _chunks(self, roles: Mapping[str, _Role]) -> Iterator[Chunk]:
        names = tuple(dict.fromkeys(name for role in roles.values() for name in role.names))
        texts = tuple(name for name in names if self._kind(name).form == "text")
        before = 0
        for arrays in self._batches(names, texts, self._batch_rows(roles)):
            rows = len(arrays[0])
            with self._reading():
                chunk = self._located(before, _chunk, dict(zip(names, arrays, strict=True)), roles, rows)
            before += rows
            yield chunk
        if before != self.rows:
            text = f"{self.name} holds {before} rows where its footer says {self.rows}."
            raise DataProblem(text, "It is damaged.")

    def _batches(self, names: tuple[str, ...], texts: tuple[str, ...], rows: int) -> Iterator[list[Any]]:
        """The arrays of the columns, batch by batch."""
        with self._reading():
            file = self._open(texts, self._metadata)
            batches = file.iter_batches(rows, columns=list(names), use_threads=False)
        try:
            while True:
                with self._reading():
                    batch = next(batches, None)
                    if batch is None:
                        return
                    # a name with a dot in it may bring more columns than were asked for
                    arrays = [batch.column(batch.schema.get_field_index(name)) for name in names]
                if len(arrays[0]):
                    yield arrays
        finally:
            file.close(force=self.path is not None)

    def close(self) -> None:
        """Nothing is held open between reads."""


def _chunk(columns: Mapping[str, Any], roles: Mapping[str, _Role], rows: int) -> Chunk:
    parts: dict[str, Part] = {}
    missing: dict[str, Array] = {}
    for name, role in roles.items():
        parts[name], mask = _part(columns, role)
        if mask is not None:
            missing[name] = mask
    return Chunk(rows, parts, missing)


def _part(columns: Mapping[str, Any], role: _Role) -> tuple[Part, Array | None]:
    if role.kind.form == "list":
        name = role.names[0]
        rows, mask = lists(columns[name], name)
        return (rows if role.width is None else even(rows, mask, role.width, name)), mask
    if role.classes:
        pairs = [class_numbers(columns[name], role.classes, name) for name in role.names]
    else:
        pairs = [numbers(columns[name]) for name in role.names]
    values = pairs[0][0] if len(pairs) == 1 else tuple(each for each, _ in pairs)
    return values, either(mask for _, mask in pairs)
